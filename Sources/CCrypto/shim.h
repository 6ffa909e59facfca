// SHA-256 with the processor's own instructions, from OpenSSL's libcrypto.
#include <openssl/sha.h>

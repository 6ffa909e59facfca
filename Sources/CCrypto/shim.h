// SHA-256 of OpenSSL, which the server links for TLS anyway.
#include <openssl/evp.h>
#include <openssl/sha.h>

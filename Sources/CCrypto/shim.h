// SHA-256, HMAC and signatures of OpenSSL, which the server links for TLS anyway; certificates and a TLS client are for tests.
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// What Cryptography uses of OpenSSL's libcrypto, and what Swift cannot import of it: macros, no logic.
#ifndef AVATAR_RELAY_CCRYPTOGRAPHY_SHIM_H
#define AVATAR_RELAY_CCRYPTOGRAPHY_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static const char *const shim_public_key_parameter = OSSL_PKEY_PARAM_PUB_KEY;
static const char *const shim_explicit_curve_parameter = OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS;

#endif

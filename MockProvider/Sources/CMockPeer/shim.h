// The system libraries of the WebRTC peer, and what Swift cannot import of them: macros and variadics, no logic.
#ifndef C_MOCK_PEER_SHIM_H
#define C_MOCK_PEER_SHIM_H

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <srtp2/srtp.h>
#include <usrsctp.h>

static const int shim_bio_retry_read = BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY;
static const int shim_bio_type_datagram = BIO_TYPE_SOURCE_SINK;
static const uint64_t shim_ssl_options = SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET;

static inline EVP_PKEY *shim_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline long shim_set_link_mtu(SSL *ssl, long bytes) { return DTLS_set_link_mtu(ssl, bytes); }
static inline long shim_set_mtu(SSL *ssl, long bytes) { return SSL_set_mtu(ssl, bytes); }
static inline long shim_handle_timeout(SSL *ssl) { return DTLSv1_handle_timeout(ssl); }
static inline int shim_set_dtls_versions(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION);
}
static inline void shim_set_no_session_cache(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

#endif

// The system libraries of the WebRTC peer, and what Swift cannot import of them: macros and variadics, no logic.
#ifndef C_MOCK_PEER_SHIM_H
#define C_MOCK_PEER_SHIM_H

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <srtp2/srtp.h>
#include <usrsctp.h>

#endif

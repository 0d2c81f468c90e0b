// What Swift cannot import of libwebsockets and the sockets beneath it. No logic.
#ifndef AVATAR_RELAY_CTRANSPORT_WEBSOCKETS_SHIM_H
#define AVATAR_RELAY_CTRANSPORT_WEBSOCKETS_SHIM_H

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

// How much room libwebsockets needs in front of what it writes.
static const int shim_lws_pre = LWS_PRE;

// Declared by the C library under _GNU_SOURCE only.
extern int accept4(int, struct sockaddr *, socklen_t *, int);

#endif

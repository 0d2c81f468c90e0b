// What Swift cannot import of libuv, libwebsockets and libcurl: macros that are not plain constants, and variadics.
// No logic.
#ifndef AVATAR_RELAY_CTRANSPORT_SHIM_H
#define AVATAR_RELAY_CTRANSPORT_SHIM_H

#include <uv.h>

#include "curl_shim.h"
#include "websockets_shim.h"

#endif

// The asynchronous interface of hiredis; Swift imports all that is needed of it. No logic.
#ifndef AVATAR_RELAY_CLEDGERREDIS_SHIM_H
#define AVATAR_RELAY_CLEDGERREDIS_SHIM_H

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#endif

// The system libraries of pictures and sound, and what Swift cannot import of them: macros and variadics, no logic.
#ifndef C_TALKING_AVATAR_SHIM_H
#define C_TALKING_AVATAR_SHIM_H

#include <opus/opus.h>
#include <pango/pangoft2.h>
#include <png.h>
#include <turbojpeg.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>
#include <wels/codec_api.h>

#endif

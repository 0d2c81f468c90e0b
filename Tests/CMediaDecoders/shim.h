// The decoders that belong to the encoders, for tests; and what Swift cannot import of them: macros and variadics.
#ifndef C_MEDIA_DECODERS_SHIM_H
#define C_MEDIA_DECODERS_SHIM_H

#include <opus/opus.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <wels/codec_api.h>

// vpx_codec_dec_init is a macro that adds the version of the interface.
static inline vpx_codec_err_t decoders_vpx_init(vpx_codec_ctx_t *codec) {
  return vpx_codec_dec_init(codec, vpx_codec_vp8_dx(), NULL, 0);
}

#endif

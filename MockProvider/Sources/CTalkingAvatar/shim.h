// The system libraries of pictures and sound, and what Swift cannot import of them: macros and variadics, no logic.
#ifndef C_TALKING_AVATAR_SHIM_H
#define C_TALKING_AVATAR_SHIM_H

#include <malloc.h>
#include <opus/opus.h>
#include <pango/pangoft2.h>
#include <png.h>
#include <turbojpeg.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>
#include <wels/codec_api.h>

// vpx_codec_enc_init is a macro that adds the version of the interface.
static inline vpx_codec_err_t talking_vpx_init(vpx_codec_ctx_t *codec, const vpx_codec_enc_cfg_t *configuration) {
  return vpx_codec_enc_init(codec, vpx_codec_vp8_cx(), configuration, 0);
}

// vpx_codec_control_ is variadic.
static inline vpx_codec_err_t talking_vpx_control(vpx_codec_ctx_t *codec, int control, int value) {
  return vpx_codec_control_(codec, control, value);
}

// opus_encoder_ctl is variadic; its requests are macros.
static inline int talking_opus_control(OpusEncoder *encoder, int request, opus_int32 value) {
  return opus_encoder_ctl(encoder, request, value);
}

// G_OBJECT and its kin are macros with casts.
static inline void talking_release(void *object) { g_object_unref(object); }

#endif

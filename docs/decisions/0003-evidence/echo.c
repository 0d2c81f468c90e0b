// A WebSocket echo server with libwebsockets in its own roles, to see what it accepts by itself.
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
static unsigned char out[LWS_PRE + 65536];
static size_t out_len;
static int has_out;
static int cb(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
  switch (reason) {
  case LWS_CALLBACK_RECEIVE:
    memcpy(out + LWS_PRE, in, len); out_len = len; has_out = 1;
    lws_callback_on_writable(wsi); return 0;
  case LWS_CALLBACK_SERVER_WRITEABLE:
    if (has_out) { has_out = 0; lws_write(wsi, out + LWS_PRE, out_len, LWS_WRITE_TEXT); }
    return 0;
  default: return lws_callback_http_dummy(wsi, reason, user, in, len);
  }
}
int main(void) {
  static const struct lws_protocols protocols[] = {{"test.v1", cb, 0, 65536, 0, 0, 0}, {0}};
  struct lws_context_creation_info info; memset(&info, 0, sizeof info);
  info.port = 7999; info.protocols = protocols; info.iface = "lo";
  lws_set_log_level(LLL_ERR, 0);
  struct lws_context *c = lws_create_context(&info);
  if (!c) return 1;
  puts("ready"); fflush(stdout);
  while (lws_service(c, 0) >= 0) {}
}

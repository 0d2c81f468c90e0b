// Echoes WebSocket messages with libwebsockets in its own roles, with every check for which it has a callback or an option.
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

struct session { unsigned char out[LWS_PRE + 70000]; size_t length; int waits, binary; };

static int header(struct lws *wsi, enum lws_token_indexes token, char *value, int size) {
  int length = lws_hdr_copy(wsi, value, size, token);
  if (length < 0) value[0] = 0;
  return length;
}

static int refuse(struct lws *wsi, unsigned int status) {
  lws_return_http_status(wsi, status, NULL);
  return 1;
}

// Whether the handshake is one of RFC 6455 section 4.2.1; else the status to refuse it with.
static unsigned int handshake_fault(struct lws *wsi) {
  char value[256];
  if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0) return 405;
  if (header(wsi, WSI_TOKEN_HTTP, value, sizeof value) < 0 || strncmp(value, "HTTP/1.1", 8)) return 505;
  if (header(wsi, WSI_TOKEN_HOST, value, sizeof value) <= 0) return 400;
  if (header(wsi, WSI_TOKEN_VERSION, value, sizeof value) < 0 || strcmp(value, "13")) return 426;
  if (header(wsi, WSI_TOKEN_KEY, value, sizeof value) != 24 || strspn(value, BASE64) != 22 || strcmp(value + 22, "==")) return 400;
  if (header(wsi, WSI_TOKEN_PROTOCOL, value, sizeof value) <= 0 || strcmp(value, "test.v1")) return 400;
  return 0;
}

static int is_close_payload(const unsigned char *payload, size_t length) {
  if (length < 2) return length == 0;
  unsigned int code = payload[0] << 8 | payload[1];
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
  struct session *session = user;
  char value[64];
  switch (reason) {
  case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: {
    unsigned int status = handshake_fault(wsi);
    return status ? refuse(wsi, status) : 0;
  }
  case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return handshake_fault(wsi) ? -1 : 0;
  case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
    if (header(wsi, WSI_TOKEN_HTTP, value, sizeof value) != 8 || (strcmp(value, "HTTP/1.1") && strcmp(value, "HTTP/1.0")))
      return refuse(wsi, 505);
    if (header(wsi, WSI_TOKEN_HOST, value, sizeof value) <= 0 || strpbrk(value, " /")) return refuse(wsi, 400);
    if (lws_hdr_fragment_length(wsi, WSI_TOKEN_HOST, 1) > 0) return refuse(wsi, 400);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) return refuse(wsi, 501);
    if (lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) > 0) return refuse(wsi, 400);
    if (header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, value, sizeof value) > 0 &&
        (strlen(value) > 9 || strspn(value, "0123456789") != strlen(value)))
      return refuse(wsi, 400);
    return 0;
  case LWS_CALLBACK_HTTP: return refuse(wsi, 200);
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    if (is_close_payload(in, length)) return 0;
    lws_close_reason(wsi, LWS_CLOSE_STATUS_PROTOCOL_ERR, NULL, 0);
    return -1;
  case LWS_CALLBACK_RECEIVE:
    if (session->length + length > 65536) return -1;
    memcpy(session->out + LWS_PRE + session->length, in, length);
    session->length += length;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi)) return 0;
    session->waits = 1;
    session->binary = lws_frame_is_binary(wsi);
    lws_callback_on_writable(wsi);
    return 0;
  case LWS_CALLBACK_SERVER_WRITEABLE:
    if (session->waits)
      lws_write(wsi, session->out + LWS_PRE, session->length, session->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
    session->waits = 0;
    session->length = 0;
    return 0;
  default: return lws_callback_http_dummy(wsi, reason, user, in, length);
  }
}

int main(int count, char **arguments) {
  static const struct lws_protocols protocols[] = {{"test.v1", callback, sizeof(struct session), 65536, 0, NULL, 0}, {0}};
  struct lws_context_creation_info info;
  memset(&info, 0, sizeof info);
  info.port = count > 1 ? atoi(arguments[1]) : 7998;
  info.protocols = protocols;
  info.iface = "lo";
  info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
  lws_set_log_level(LLL_ERR, NULL);
  struct lws_context *context = lws_create_context(&info);
  if (!context) return 1;
  puts("ready");
  fflush(stdout);
  while (lws_service(context, 0) >= 0) {}
}

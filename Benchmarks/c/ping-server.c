// The yardstick in C: a libwebsockets server on its libuv loop that parses each JSON-RPC `ping` and answers it.
//
// ping-server [direct]      prints "port N"; ends with SIGTERM
// Without `direct` it answers as libwebsockets' examples do (queue, then write when told that it is writable); with it,
// it writes at once where the socket has room, which saves a turn of the loop.
#include <arpa/inet.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAXIMUM_MESSAGE 4096
#define MAXIMUM_QUEUED 16

enum { PATH_VERSION, PATH_ID, PATH_METHOD };
static const char *const paths[] = {"jsonrpc", "id", "method"};

struct ping {
  int is_version_2, is_ping;
  char id[24];
};

struct connection {
  char in[MAXIMUM_MESSAGE];
  size_t length;
  char out[MAXIMUM_QUEUED][LWS_PRE + 96];
  size_t sizes[MAXIMUM_QUEUED];
  unsigned head, count;
};

static int is_direct;

static signed char on_json(struct lejp_ctx *json, char reason) {
  struct ping *ping = json->user;
  if (reason == LEJPCB_VAL_STR_END && json->path_match == PATH_VERSION + 1)
    ping->is_version_2 = !strcmp(json->buf, "2.0");
  if (reason == LEJPCB_VAL_STR_END && json->path_match == PATH_METHOD + 1) ping->is_ping = !strcmp(json->buf, "ping");
  if (reason == LEJPCB_VAL_NUM_INT && json->path_match == PATH_ID + 1)
    snprintf(ping->id, sizeof ping->id, "%.20s", json->buf);
  return 0;
}

// Writes the answer behind LWS_PRE bytes; returns its length.
static size_t answer(const char *text, size_t length, char *out, size_t size) {
  struct ping ping = {0};
  struct lejp_ctx json;
  lejp_construct(&json, on_json, &ping, paths, LWS_ARRAY_SIZE(paths));
  int status = lejp_parse(&json, (const unsigned char *)text, (int)length);
  lejp_destruct(&json);
  if (status < 0 || !ping.is_version_2 || !ping.is_ping || !ping.id[0])
    return (size_t)snprintf(out, size, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600}}");
  return (size_t)snprintf(out, size, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}", ping.id);
}

static int write_text(struct lws *wsi, char *slot, size_t length) {
  return lws_write(wsi, (unsigned char *)slot + LWS_PRE, length, LWS_WRITE_TEXT) < (int)length ? -1 : 0;
}

static int received(struct lws *wsi, struct connection *c, const void *bytes, size_t length) {
  if (c->length + length > MAXIMUM_MESSAGE) return -1;
  memcpy(c->in + c->length, bytes, length);
  c->length += length;
  if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi)) return 0;
  if (c->count == MAXIMUM_QUEUED) return -1;
  unsigned tail = (c->head + c->count) % MAXIMUM_QUEUED;
  c->sizes[tail] = answer(c->in, c->length, c->out[tail] + LWS_PRE, sizeof c->out[tail] - LWS_PRE);
  c->length = 0;
  if (is_direct && !c->count && !lws_partial_buffered(wsi) && !lws_send_pipe_choked(wsi))
    return write_text(wsi, c->out[tail], c->sizes[tail]);
  c->count++;
  lws_callback_on_writable(wsi);
  return 0;
}

static int writable(struct lws *wsi, struct connection *c) {
  if (!c->count) return 0;
  unsigned head = c->head;
  c->head = (head + 1) % MAXIMUM_QUEUED;
  if (--c->count) lws_callback_on_writable(wsi);
  return write_text(wsi, c->out[head], c->sizes[head]);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
  // The state is allocated apart, so that an idle connection does not pay for it: as the relay does it too.
  struct connection **slot = user;
  switch (reason) {
  case LWS_CALLBACK_RECEIVE:
    if (!*slot && !(*slot = calloc(1, sizeof **slot))) return -1;
    return received(wsi, *slot, in, length);
  case LWS_CALLBACK_SERVER_WRITEABLE: return *slot ? writable(wsi, *slot) : 0;
  case LWS_CALLBACK_CLOSED: free(*slot); *slot = NULL; return 0;
  default: return 0;
  }
}

static const struct lws_protocols protocols[] = {
  {"avatar-relay.v1", on_event, sizeof(struct connection *), MAXIMUM_MESSAGE, 0, NULL, 0},
  {NULL, NULL, 0, 0, 0, NULL, 0},
};

// The kernel frees what a yardstick holds.
static void stop(void *handle, int number) {
  (void)handle, (void)number;
  _exit(0);
}

int main(int count, char **arguments) {
  is_direct = count > 1 && !strcmp(arguments[1], "direct");
  lws_set_log_level(LLL_ERR, NULL);
  struct lws_context_creation_info info = {0};
  info.port = 0;
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  info.signal_cb = stop;
  struct lws_context *context = lws_create_context(&info);
  struct lws_vhost *host = context ? lws_create_vhost(context, &info) : NULL;
  if (!host) return 1;
  printf("port %d\n", lws_get_vhost_listen_port(host));
  fflush(stdout);
  while (lws_service(context, 0) >= 0) {}
  return 1;
}

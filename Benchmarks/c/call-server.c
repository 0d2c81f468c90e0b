// The yardstick in C of a relayed call: takes `session.speak` and `session.extend` over WebSocket, makes the provider's call with libcurl's
// multi interface on the same libuv loop, and answers. It checks little and keeps nothing.
//
// call-server PROVIDER-PORT      prints "port N"; ends with SIGTERM
// Opening and closing a session block it; nobody measures these.
#include "direct.h"
#include <libwebsockets.h>
#include <signal.h>
#include <uv.h>

#define MAXIMUM_MESSAGE 8192
#define MAXIMUM_TALK 256

enum { PATH_ID, PATH_METHOD, PATH_PROVIDER, PATH_TEXT };
static const char *const paths[] = {"id", "method", "params.provider", "params.text"};

struct request {
  char id[24], method[32], provider[16], text[256];
};

struct client {
  struct lws *wsi;
  struct direct direct;
  struct request request;
  int is_did;
  char in[MAXIMUM_MESSAGE];
  size_t length;
};

static struct {
  int provider_port;
  uv_loop_t loop;
  uv_timer_t timer;
  CURLM *multi;
} server;

// MARK: Messages

static signed char on_json(struct lejp_ctx *json, char reason) {
  struct request *request = json->user;
  struct { char *to; size_t size; } places[] = {
    [PATH_ID] = {request->id, sizeof request->id}, [PATH_METHOD] = {request->method, sizeof request->method},
    [PATH_PROVIDER] = {request->provider, sizeof request->provider}, [PATH_TEXT] = {request->text, sizeof request->text},
  };
  if (json->path_match && (reason == LEJPCB_VAL_STR_END || reason == LEJPCB_VAL_NUM_INT))
    snprintf(places[json->path_match - 1].to, places[json->path_match - 1].size, "%s", json->buf);
  return 0;
}

static signed char on_talk(struct lejp_ctx *json, char reason) {
  if (json->path_match == 1 && reason == LEJPCB_VAL_STR_END) snprintf(json->user, MAXIMUM_TALK, "%s", json->buf);
  return 0;
}

static int parse(const char *text, size_t length, lejp_callback callback, void *user, const char *const *names, int count) {
  struct lejp_ctx json;
  lejp_construct(&json, callback, user, names, (unsigned char)count);
  int status = lejp_parse(&json, (const unsigned char *)text, (int)length);
  lejp_destruct(&json);
  return status >= 0;
}

static void respond(struct client *client, const char *result) {
  char out[LWS_PRE + 1024];
  int n = snprintf(out + LWS_PRE, sizeof out - LWS_PRE, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{%s}}",
    client->request.id, result);
  if (lws_write(client->wsi, (unsigned char *)out + LWS_PRE, (size_t)n, LWS_WRITE_TEXT) < n) fail("write");
}

// MARK: The call

static void begin_call(struct client *client) {
  struct direct *direct = &client->direct;
  if (!strcmp(client->request.method, "session.speak"))
    snprintf(direct->body, sizeof direct->body, "{\"script\":{\"type\":\"text\",\"input\":\"%s\"},\"session_id\":\"%s\"}",
      client->request.text, direct->session);
  prepare_call(direct, "POST", direct->path, direct->body);
  if (curl_multi_add_handle(server.multi, direct->curl)) fail("call");
}

static void end_call(struct client *client, CURLcode code) {
  struct direct *direct = &client->direct;
  curl_multi_remove_handle(server.multi, direct->curl);
  check_call(direct, code);
  char talk[MAXIMUM_TALK] = "", result[MAXIMUM_TALK + 16] = "";
  static const char *const name[] = {"id"};
  if (!parse(direct->answer, direct->answer_length, on_talk, talk, name, 1)) fail(direct->answer);
  if (talk[0]) snprintf(result, sizeof result, "\"talk\":\"%s\"", talk);
  respond(client, result);
}

static void act(curl_socket_t socket, int events) {
  int running = 0, left = 0;
  curl_multi_socket_action(server.multi, socket, events, &running);
  for (CURLMsg *message; (message = curl_multi_info_read(server.multi, &left));) {
    struct client *client = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &client);
    if (message->msg == CURLMSG_DONE) end_call(client, message->data.result);
  }
}

static void timer_fired(uv_timer_t *timer) {
  (void)timer;
  act(CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long milliseconds, void *unused) {
  (void)multi, (void)unused;
  if (milliseconds < 0) return uv_timer_stop(&server.timer);
  return uv_timer_start(&server.timer, timer_fired, (uint64_t)milliseconds, 0);
}

static void socket_ready(uv_poll_t *poll, int status, int events) {
  uv_os_fd_t descriptor;
  if (uv_fileno((uv_handle_t *)poll, &descriptor)) return;
  act(descriptor, status < 0 ? CURL_CSELECT_ERR : (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                                                    (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0));
}

static void free_poll(uv_handle_t *poll) { free(poll); }

static int watch(CURL *curl, curl_socket_t socket, int interest, void *unused, void *known) {
  (void)curl, (void)unused;
  uv_poll_t *poll = known;
  if (interest == CURL_POLL_REMOVE) {
    if (poll) uv_close((uv_handle_t *)poll, free_poll);
    return curl_multi_assign(server.multi, socket, NULL) != CURLM_OK;
  }
  if (!poll) {
    poll = malloc(sizeof *poll);
    if (!poll || uv_poll_init(&server.loop, poll, socket)) fail("poll");
    curl_multi_assign(server.multi, socket, poll);
  }
  return uv_poll_start(poll, (interest & CURL_POLL_IN ? UV_READABLE : 0) | (interest & CURL_POLL_OUT ? UV_WRITABLE : 0),
    socket_ready);
}

// MARK: The client

static void carry_out(struct client *client) {
  struct request *request = &client->request;
  char result[128] = "";
  if (!strcmp(request->method, "session.speak") || !strcmp(request->method, "session.extend")) return begin_call(client);
  if (!strcmp(request->method, "session.open")) {
    client->is_did = !strcmp(request->provider, "did");
    if (client->is_did) open_did_directly(&client->direct);
    else open_heygen_directly(&client->direct);
    strcpy(result, "\"session\":\"one\"");
  } else if (!strcmp(request->method, "session.close")) {
    if (client->is_did) close_did_directly(&client->direct);
    else close_heygen_directly(&client->direct);
  }
  respond(client, result);
}

static int received(struct client *client, const void *bytes, size_t length) {
  if (client->length + length > MAXIMUM_MESSAGE) return -1;
  memcpy(client->in + client->length, bytes, length);
  client->length += length;
  if (!lws_is_final_fragment(client->wsi) || lws_remaining_packet_payload(client->wsi)) return 0;
  length = client->length;
  client->length = 0;
  if (!parse(client->in, length, on_json, &client->request, paths, LWS_ARRAY_SIZE(paths))) return -1;
  carry_out(client);
  return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
  struct client *client = user;
  switch (reason) {
  case LWS_CALLBACK_ESTABLISHED:
    client->wsi = wsi;
    ready_directly(&client->direct, server.provider_port, 1);
    curl_easy_setopt(client->direct.curl, CURLOPT_PRIVATE, client);
    return 0;
  case LWS_CALLBACK_RECEIVE: return received(client, in, length);
  case LWS_CALLBACK_CLOSED: forget_directly(&client->direct); return 0;
  default: return 0;
  }
}

static const struct lws_protocols protocols[] = {
  {"avatar-relay.v1", on_event, sizeof(struct client), MAXIMUM_MESSAGE, 0, NULL, 0},
  {NULL, NULL, 0, 0, 0, NULL, 0},
};

// The kernel frees what a yardstick holds.
static void stop(int number) {
  (void)number;
  _exit(0);
}

int main(int count, char **arguments) {
  if (count != 2) fail("usage: call-server PROVIDER-PORT");
  server.provider_port = atoi(arguments[1]);
  lws_set_log_level(LLL_ERR, NULL);
  struct lws_context_creation_info info = {0};
  info.port = 0;
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  void *loops[] = {&server.loop};
  info.foreign_loops = loops;
  uv_loop_init(&server.loop);
  signal(SIGTERM, stop);
  struct lws_context *context = lws_create_context(&info);
  struct lws_vhost *host = context ? lws_create_vhost(context, &info) : NULL;
  if (!host) return 1;
  uv_timer_init(&server.loop, &server.timer);
  server.multi = curl_multi_init();
  curl_multi_setopt(server.multi, CURLMOPT_SOCKETFUNCTION, watch);
  curl_multi_setopt(server.multi, CURLMOPT_TIMERFUNCTION, set_timer);
  printf("port %d\n", lws_get_vhost_listen_port(host));
  fflush(stdout);
  return uv_run(&server.loop, UV_RUN_DEFAULT);
}

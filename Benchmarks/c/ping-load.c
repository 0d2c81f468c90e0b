// Opens idle connections and lets some active ones send pings, each one message at a time: JSON-RPC's, or Janus's.
//
// ping-load PORT SERVER-PROCESS IDLE ACTIVE MESSAGES [janus]
// Prints: cpu seconds per 100,000 messages, messages per second, RSS in kB before and with all connections open.
#include "process.h"
#include "websocket.h"
#include <sys/epoll.h>

#define HANDSHAKES_AT_ONCE 64
#define SECONDS_TO_LIVE 120

struct client {
  int fd;
  long id;
  size_t length;
  char in[512];
};

static int port, process, is_janus;

static void open_all(struct client *clients, int first, int last) {
  for (int i = first; i < last; i++) {
    clients[i].fd = connect_to(port, (unsigned)i);
    send_upgrade(clients[i].fd, port);
  }
  for (int i = first; i < last; i++) await_upgrade(clients[i].fd);
}

static void send_ping(struct client *client) {
  char text[96];
  const char *format =
    is_janus ? "{\"janus\":\"ping\",\"transaction\":\"%ld\"}" : "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"ping\"}";
  int n = snprintf(text, sizeof text, format, ++client->id);
  send_frame(client->fd, 1, text, (size_t)n);
}

static void check(struct client *client, const struct frame *frame) {
  char text[512], id[40];
  snprintf(text, sizeof text, "%.*s", (int)frame->length, frame->payload);
  snprintf(id, sizeof id, is_janus ? "\"transaction\":\"%ld\"" : "\"id\":%ld", client->id);
  errno = 0;
  int is_pong = is_janus ? !!strstr(text, "\"janus\":\"pong\"")
                         : strstr(text, "\"result\":{}") && strstr(text, "\"jsonrpc\":\"2.0\"");
  if (!is_pong || !strstr(text, id)) fail(text);
}

// Returns how many answers came.
static int readable(struct client *client) {
  ssize_t n = recv(client->fd, client->in + client->length, sizeof client->in - client->length, 0);
  if (n <= 0) fail("connection ended");
  client->length += (size_t)n;
  int answers = 0;
  struct frame frame;
  while (parse_frame(client->in, client->length, &frame)) {
    if (frame.opcode == 1) check(client, &frame), answers++;
    if (frame.opcode == 9) send_frame(client->fd, 10, frame.payload, frame.length);
    if (frame.opcode == 8) fail("connection closed");
    client->length -= frame.total;
    memmove(client->in, client->in + frame.total, client->length);
  }
  return answers;
}

static void exchange(int poll, struct client *active, int count, long messages) {
  struct epoll_event events[64];
  long sent = 0, answered = 0;
  for (int i = 0; i < count && sent < messages; i++) send_ping(&active[i]), sent++;
  while (answered < messages) {
    int n = epoll_wait(poll, events, 64, 20000);
    if (n == 0) fail("no answer for 20 seconds");
    for (int i = 0; i < n; i++) {
      struct client *client = events[i].data.ptr;
      int answers = readable(client);
      answered += answers;
      if (answers && sent < messages) send_ping(client), sent++;
    }
  }
}

int main(int argument_count, char **arguments) {
  is_janus = argument_count == 7 && !strcmp(arguments[6], "janus");
  if (argument_count != 6 && !is_janus) fail("usage: ping-load PORT SERVER-PROCESS IDLE ACTIVE MESSAGES [janus]");
  if (is_janus) websocket_protocol = "janus-protocol";
  alarm(SECONDS_TO_LIVE);
  port = atoi(arguments[1]), process = atoi(arguments[2]);
  int idle = atoi(arguments[3]), active = atoi(arguments[4]), all = idle + active;
  long messages = atol(arguments[5]);
  struct client *clients = calloc((size_t)all, sizeof *clients);
  if (!clients) fail("memory");

  long before = resident_kilobytes(process);
  for (int i = 0; i < all; i += HANDSHAKES_AT_ONCE) {
    int end = i + HANDSHAKES_AT_ONCE;
    open_all(clients, i, end < all ? end : all);
  }
  usleep(300000);
  long opened = resident_kilobytes(process);

  int poll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < all; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &event)) fail("epoll_ctl");
  }
  double cpu = 0, rate = 0;
  if (messages) {
    struct client *talking = clients + idle;
    exchange(poll, talking, active, messages / 10);
    double cpu_before = cpu_seconds(process), started = now_seconds();
    exchange(poll, talking, active, messages);
    rate = (double)messages / (now_seconds() - started);
    cpu = (cpu_seconds(process) - cpu_before) * 100000 / (double)messages;
  }
  printf("%.3f %.0f %ld %ld\n", cpu, rate, before, opened);
  return 0;
}

// The made-up browsers of the programs that measure scale, with a session each, and the relay's CPU time for their steps.
#ifndef BENCHMARK_CLIENTS_H
#define BENCHMARK_CLIENTS_H

#include "../c/process.h"
#include "../c/session.h"
#include <sys/resource.h>

#define AT_ONCE 16
#define SECONDS_TO_LIVE 900
#define BUFFER 16384
// CPU seconds in a second: with so many the relay is not at rest for certain, and so few make no difference.
#define BUSY 0.1
#define NOTHING 0.002

struct client {
  int fd;
  long id;
  char session[64], secret[128];
};

static int port, process;
static const char *provider = "did";
static unsigned opened;
static double idle_rate;

// MARK: One client

static inline void request(struct client *client, const char *method, const char *params) {
  char text[4096];
  int n = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%s\",\"params\":{%s}}", ++client->id,
    method, params);
  send_frame(client->fd, 1, text, (size_t)n);
}

// Reads frames until the response to the latest request came, and gives it. What follows it in the same bytes are
// notifications, which nobody here needs: they are told whole frame by whole frame, and what is cut is read on.
static inline void await_any_response(struct client *client, char *answer) {
  static char in[BUFFER];
  size_t length = 0;
  int is_answered = 0;
  char key[40];
  snprintf(key, sizeof key, "\"id\":%ld,", client->id);
  while (!is_answered || length) {
    ssize_t n = recv(client->fd, in + length, sizeof in - length, 0);
    if (n <= 0) fail("connection ended");
    length += (size_t)n;
    struct frame frame;
    while (parse_frame(in, length, &frame)) {
      if (frame.opcode == 9) send_frame(client->fd, 10, frame.payload, frame.length);
      if (frame.opcode == 8) fail("connection closed");
      if (frame.opcode == 1) {
        char text[BUFFER];
        memcpy(text, frame.payload, frame.length);
        text[frame.length] = 0;
        if (strstr(text, key)) {
          memcpy(answer, text, frame.length + 1);
          is_answered = 1;
        }
      }
      length -= frame.total;
      memmove(in, in + frame.total, length);
    }
  }
}

// The same, where it has to be a result.
static inline void await_response(struct client *client, char *answer) {
  await_any_response(client, answer);
  errno = 0;
  if (!strstr(answer, "\"result\"")) fail(answer);
}

// MARK: Steps, each for some clients at once

typedef void step(struct client *clients, int count);

static inline void connect_all(struct client *clients, int count) {
  for (int i = 0; i < count; i++) {
    clients[i].fd = connect_to(port, opened++);
    send_upgrade(clients[i].fd, port);
  }
  for (int i = 0; i < count; i++) await_upgrade(clients[i].fd);
}

static inline void ask(struct client *clients, int count, const char *method, const char *rest) {
  char params[3072], answer[BUFFER];
  for (int i = 0; i < count; i++) {
    snprintf(params, sizeof params, "\"session\":\"%s\"%s", clients[i].session, rest);
    request(&clients[i], method, params);
  }
  for (int i = 0; i < count; i++) await_response(&clients[i], answer);
}

static inline void open_all(struct client *clients, int count) {
  char params[64], answer[BUFFER];
  snprintf(params, sizeof params, "\"provider\":\"%s\"", provider);
  for (int i = 0; i < count; i++) request(&clients[i], "session.open", params);
  for (int i = 0; i < count; i++) {
    await_response(&clients[i], answer);
    member(answer, "session", clients[i].session, sizeof clients[i].session);
    member(answer, "secret", clients[i].secret, sizeof clients[i].secret);
  }
}

static inline void close_all(struct client *clients, int count) { ask(clients, count, "session.close", ""); }

static inline void do_step(step *step, struct client *clients, int count) {
  for (int i = 0; i < count; i += AT_ONCE) step(clients + i, count - i < AT_ONCE ? count - i : AT_ONCE);
}

static inline double cpu_in_a_second(void) {
  double before = cpu_seconds(process);
  sleep(1);
  return cpu_seconds(process) - before;
}

// What the relay writes down and clears away when everybody has an answer belongs to the step.
static inline void await_rest(void) {
  while (cpu_in_a_second() > 1.5 * idle_rate + NOTHING) {}
}

static inline void measure(const char *name, step *step, struct client *clients, int count) {
  double before = cpu_seconds(process), start = now_seconds();
  do_step(step, clients, count);
  await_rest();
  double used = cpu_seconds(process) - before, time = now_seconds() - start;
  printf("%s %.1f\n", name, (used - time * idle_rate) * 1e6 / count);
}

// What the relay uses in a second for the sessions that do nothing, once it has nothing else to do.
static inline void measure_idle(unsigned seconds) {
  double previous, latest = 1;
  do {
    previous = latest;
    latest = cpu_in_a_second();
  } while (latest > BUSY || latest < 0.8 * previous - NOTHING);
  double before = cpu_seconds(process), start = now_seconds();
  sleep(seconds);
  idle_rate = (cpu_seconds(process) - before) / (now_seconds() - start);
}

// So many clients, none of them connected, and the descriptors for them. The program ends by itself after a while.
static inline struct client *make_clients(int count) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  setvbuf(stdout, NULL, _IOLBF, 0);
  alarm(SECONDS_TO_LIVE);
  struct client *clients = calloc((size_t)count, sizeof *clients);
  if (!clients) fail("memory");
  return clients;
}

#endif

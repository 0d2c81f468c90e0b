// Measures whether what a session costs the relay depends on how many sessions are open: fills the relay with sessions and
// then measures its CPU time for the steps of some more.
//
// scale-load PORT RELAY-PROCESS SESSIONS SAMPLE
// Every session has a connection of its own. Prints a row for each step: its name and the relay's CPU microseconds for one,
// without what the relay used in the same time for the sessions that do nothing (row `idle`: microseconds in a second).
// At the end the connections of all SESSIONS are cut at once, and each session is resumed on a new one: the CPU microseconds
// of one (row `cut`), and the milliseconds from the first cut to the last resumed session (row `resumed`).
#include "../c/process.h"
#include "../c/session.h"
#include <sys/resource.h>

#define AT_ONCE 16
// How many browsers come back at the same time after a cut.
#define BACK_AT_ONCE 256
#define IDLE_SECONDS 2
#define SECONDS_TO_LIVE 900
#define BUFFER 16384

struct client {
  int fd;
  long id;
  char session[64], secret[128];
};

static int port, process;
static unsigned opened;
static double idle_rate;

// MARK: One client

static void request(struct client *client, const char *method, const char *params) {
  char text[4096];
  int n = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%s\",\"params\":{%s}}", ++client->id,
    method, params);
  send_frame(client->fd, 1, text, (size_t)n);
}

// Reads frames until the response to the latest request came. What follows it in the same bytes are notifications, which
// nobody here needs: they are told whole frame by whole frame, and what is cut is read on.
static void await_response(struct client *client, char *answer) {
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
          errno = 0;
          if (!strstr(text, "\"result\"")) fail(text);
          memcpy(answer, text, frame.length + 1);
          is_answered = 1;
        }
      }
      length -= frame.total;
      memmove(in, in + frame.total, length);
    }
  }
}

// MARK: Steps, each for some clients at once

typedef void step(struct client *clients, int count);

static void connect_all(struct client *clients, int count) {
  for (int i = 0; i < count; i++) {
    clients[i].fd = connect_to(port, opened++);
    send_upgrade(clients[i].fd, port);
  }
  for (int i = 0; i < count; i++) await_upgrade(clients[i].fd);
}

static void ask(struct client *clients, int count, const char *method, const char *rest) {
  char params[3072], answer[BUFFER];
  for (int i = 0; i < count; i++) {
    snprintf(params, sizeof params, "\"session\":\"%s\"%s", clients[i].session, rest);
    request(&clients[i], method, params);
  }
  for (int i = 0; i < count; i++) await_response(&clients[i], answer);
}

static void open_all(struct client *clients, int count) {
  char answer[BUFFER];
  for (int i = 0; i < count; i++) request(&clients[i], "session.open", "\"provider\":\"did\"");
  for (int i = 0; i < count; i++) {
    await_response(&clients[i], answer);
    member(answer, "session", clients[i].session, sizeof clients[i].session);
    member(answer, "secret", clients[i].secret, sizeof clients[i].secret);
  }
}

static void answer_all(struct client *clients, int count) {
  char rest[2048];
  snprintf(rest, sizeof rest, ",\"answer\":{\"type\":\"answer\",\"sdp\":\"%s\"}", did_answer);
  ask(clients, count, "session.answer", rest);
}

static void candidate_all(struct client *clients, int count) {
  char members[256], rest[320];
  candidate_members(0, members, sizeof members);
  snprintf(rest, sizeof rest, ",\"candidate\":{%s}", members);
  ask(clients, count, "session.candidate", rest);
}

static void speak_all(struct client *clients, int count) { ask(clients, count, "session.speak", ",\"text\":\"Hello.\""); }

static void close_all(struct client *clients, int count) { ask(clients, count, "session.close", ""); }

static void reconnect_all(struct client *clients, int count) {
  for (int i = 0; i < count; i++) close(clients[i].fd);
  connect_all(clients, count);
}

static void resume_all(struct client *clients, int count) {
  char params[512], answer[BUFFER];
  for (int i = 0; i < count; i++) {
    snprintf(params, sizeof params, "\"session\":\"%s\",\"secret\":\"%s\",\"lastSeq\":0", clients[i].session,
      clients[i].secret);
    request(&clients[i], "session.resume", params);
  }
  for (int i = 0; i < count; i++) await_response(&clients[i], answer);
}

static void do_step(step *step, struct client *clients, int count) {
  for (int i = 0; i < count; i += AT_ONCE) step(clients + i, count - i < AT_ONCE ? count - i : AT_ONCE);
}

static void measure(const char *name, step *step, struct client *clients, int count) {
  double before = cpu_seconds(process), start = now_seconds();
  do_step(step, clients, count);
  double used = cpu_seconds(process) - before, time = now_seconds() - start;
  printf("%s %.1f\n", name, (used - time * idle_rate) * 1e6 / count);
}

static void measure_idle(void) {
  sleep(1);
  double before = cpu_seconds(process), start = now_seconds();
  sleep(IDLE_SECONDS);
  idle_rate = (cpu_seconds(process) - before) / (now_seconds() - start);
  printf("idle %.0f\n", idle_rate * 1e6);
}

// A network that breaks: whoever looks meets a reset.
static void cut_and_resume(struct client *clients, int count) {
  struct linger at_once = {1, 0};
  double before = cpu_seconds(process), start = now_seconds();
  for (int i = 0; i < count; i++) {
    setsockopt(clients[i].fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(clients[i].fd);
  }
  for (int i = 0; i < count; i += BACK_AT_ONCE) {
    int back = count - i < BACK_AT_ONCE ? count - i : BACK_AT_ONCE;
    connect_all(clients + i, back);
    resume_all(clients + i, back);
  }
  double time = now_seconds() - start;
  printf("cut %.1f\nresumed %.0f\n", (cpu_seconds(process) - before) * 1e6 / count, time * 1e3);
}

int main(int count, char **arguments) {
  if (count < 5) fail("usage: scale-load PORT RELAY-PROCESS SESSIONS SAMPLE");
  setvbuf(stdout, NULL, _IOLBF, 0);
  alarm(SECONDS_TO_LIVE);
  port = atoi(arguments[1]), process = atoi(arguments[2]);
  int sessions = atoi(arguments[3]), sample = atoi(arguments[4]);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  struct client *clients = calloc((size_t)(sessions + sample), sizeof *clients), *more = clients + sessions;
  if (!clients) fail("memory");

  do_step(connect_all, clients, sessions);
  do_step(open_all, clients, sessions);
  measure_idle();
  measure("connect", connect_all, more, sample);
  measure("open", open_all, more, sample);
  measure("answer", answer_all, more, sample);
  measure("candidate", candidate_all, more, sample);
  measure("speak", speak_all, more, sample);
  measure("reconnect", reconnect_all, more, sample);
  measure("resume", resume_all, more, sample);
  measure("close", close_all, more, sample);
  cut_and_resume(clients, sessions);
  return 0;
}

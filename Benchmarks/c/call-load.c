// The same provider call, one after the other, through the relay and directly: what the relay adds.
//
// call-load relay PORT CALLS RELAY-PROCESS [CLIENTS]   speak (D-ID) and extend (HeyGen), each by one client, or by so many at the same time
// call-load new|kept PORT CALLS                        the same calls to the provider; each on a new connection, or on a kept one
// Prints for each of the two: median and 99th percentile in microseconds (until all clients have their answers), and CPU microseconds a
// call: the relay's with `relay`, else this client's own, which is what the call costs by libcurl alone. A session lasts for CALLS_A_SESSION
// calls; its opening and closing are in none of the numbers.
#include "direct.h"
#include "process.h"

#define SECONDS_TO_LIVE 120
// A provider lets only so many talks wait in a session.
#define CALLS_A_SESSION 40

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

struct subject {
  const char *name;
  void (*open)(void *), (*call)(void *), (*close)(void *);
};

// Times `calls` calls, each of so many clients at once, after a session's worth that is not counted; prints the row.
static void measure(const struct subject *subject, int calls, int clients, int process, void *context) {
  double *times = calloc((size_t)calls, sizeof *times), cpu = 0, before = 0;
  if (!times) fail("memory");
  for (int i = -CALLS_A_SESSION; i < calls; i++) {
    if (i % CALLS_A_SESSION == 0) {
      subject->open(context);
      before = cpu_seconds(process);
    }
    double start = now_seconds();
    subject->call(context);
    if (i >= 0) times[i] = (now_seconds() - start) * 1e6;
    if (i % CALLS_A_SESSION == CALLS_A_SESSION - 1 || i == -1 || i == calls - 1) {
      if (i >= 0) cpu += cpu_seconds(process) - before;
      subject->close(context);
    }
  }
  qsort(times, (size_t)calls, sizeof *times, by_size);
  printf("%s %.0f %.0f %.1f\n", subject->name, times[calls / 2], times[calls * 99 / 100], cpu * 1e6 / calls / clients);
  free(times);
}

// MARK: Through the relay

struct relayed {
  int fd;
  long id;
  char session[128];
  char in[MAXIMUM_ANSWER], answer[MAXIMUM_ANSWER];
  size_t in_length;
};

// Reads frames until the response to the latest request is in `answer`.
static void await_response(struct relayed *relayed) {
  char key[40], *in = relayed->in;
  snprintf(key, sizeof key, "\"id\":%ld,", relayed->id);
  for (int is_answered = 0; !is_answered;) {
    struct frame frame;
    while (!is_answered && parse_frame(in, relayed->in_length, &frame)) {
      if (frame.opcode == 9) send_frame(relayed->fd, 10, frame.payload, frame.length);
      if (frame.opcode == 1) {
        memcpy(relayed->answer, frame.payload, frame.length);
        relayed->answer[frame.length] = 0;
        is_answered = !!strstr(relayed->answer, key);
      }
      relayed->in_length -= frame.total;
      memmove(in, in + frame.total, relayed->in_length);
    }
    if (is_answered) break;
    ssize_t n = recv(relayed->fd, in + relayed->in_length, sizeof relayed->in - 1 - relayed->in_length, 0);
    if (n <= 0) fail("connection ended");
    relayed->in_length += (size_t)n;
  }
  errno = 0;
  if (!strstr(relayed->answer, "\"result\"")) fail(relayed->answer);
}

static void ask(struct relayed *relayed, const char *method, const char *params) {
  char text[4096];
  int n = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%s\",\"params\":{%s}}",
    ++relayed->id, method, params);
  send_frame(relayed->fd, 1, text, (size_t)n);
}

static void ask_in_session(struct relayed *relayed, const char *method, const char *rest) {
  char params[3072];
  snprintf(params, sizeof params, "\"session\":\"%s\"%s", relayed->session, rest);
  ask(relayed, method, params);
}

static void request_of_session(struct relayed *relayed, const char *method, const char *rest) {
  ask_in_session(relayed, method, rest);
  await_response(relayed);
}

static void open_relayed(struct relayed *relayed, const char *provider) {
  char text[2048];
  snprintf(text, sizeof text, "\"provider\":\"%s\"", provider);
  ask(relayed, "session.open", text);
  await_response(relayed);
  member(relayed->answer, "session", relayed->session, sizeof relayed->session);
  snprintf(text, sizeof text, ",\"answer\":{\"type\":\"answer\",\"sdp\":\"%s\"}", answer_to(provider));
  request_of_session(relayed, "session.answer", text);
  char members[256];
  candidate_members(0, members, sizeof members);
  snprintf(text, sizeof text, ",\"candidate\":{%s}", members);
  request_of_session(relayed, "session.candidate", text);
}

// Several clients that call at the same time, each with a connection and a session of its own.
struct crowd {
  int count;
  struct relayed *clients;
};

static void open_all(struct crowd *crowd, const char *provider) {
  for (int i = 0; i < crowd->count; i++) open_relayed(&crowd->clients[i], provider);
}

static void ask_all(struct crowd *crowd, const char *method, const char *rest) {
  for (int i = 0; i < crowd->count; i++) ask_in_session(&crowd->clients[i], method, rest);
  for (int i = 0; i < crowd->count; i++) await_response(&crowd->clients[i]);
}

static void open_did(void *crowd) { open_all(crowd, "did"); }
static void open_heygen(void *crowd) { open_all(crowd, "heygen"); }
static void speak(void *crowd) { ask_all(crowd, "session.speak", ",\"text\":\"Hello.\""); }
static void extend(void *crowd) { ask_all(crowd, "session.extend", ""); }
static void close_relayed(void *crowd) { ask_all(crowd, "session.close", ""); }

static void through_relay(int port, int calls, int process, int count) {
  struct crowd crowd = {count, calloc((size_t)count, sizeof *crowd.clients)};
  if (!crowd.clients) fail("memory");
  for (int i = 0; i < count; i++) {
    crowd.clients[i].fd = connect_to(port, 0);
    send_upgrade(crowd.clients[i].fd, port);
    await_upgrade(crowd.clients[i].fd);
  }
  measure(&(struct subject){"speak", open_did, speak, close_relayed}, calls, count, process, &crowd);
  measure(&(struct subject){"extend", open_heygen, extend, close_relayed}, calls, count, process, &crowd);
}

// MARK: Directly

static void directly(int port, int calls, int is_kept) {
  struct direct direct;
  ready_directly(&direct, port, is_kept);
  int own = getpid();
  measure(&(struct subject){"speak", open_did_directly, direct_call, close_did_directly}, calls, 1, own, &direct);
  measure(&(struct subject){"extend", open_heygen_directly, direct_call, close_heygen_directly}, calls, 1, own, &direct);
  forget_directly(&direct);
}

int main(int count, char **arguments) {
  int is_relay = count > 1 && !strcmp(arguments[1], "relay");
  if (count < 4 + is_relay || count > 4 + 2 * is_relay)
    fail("usage: call-load relay PORT CALLS RELAY-PROCESS [CLIENTS], or call-load new|kept PORT CALLS");
  alarm(SECONDS_TO_LIVE);
  int port = atoi(arguments[2]), calls = atoi(arguments[3]);
  if (is_relay) through_relay(port, calls, atoi(arguments[4]), count == 6 ? atoi(arguments[5]) : 1);
  else directly(port, calls, !strcmp(arguments[1], "kept"));
  return 0;
}

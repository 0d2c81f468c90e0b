// Measures whether what a session costs the relay depends on how many sessions are open: fills the relay with sessions and
// then measures its CPU time for the steps of some more.
//
// scale-load PORT RELAY-PROCESS SESSIONS SAMPLE
// Every session has a connection of its own. Prints a row for each step: its name and the relay's CPU microseconds for one,
// without what the relay used in the same time for the sessions that do nothing (row `idle`: microseconds in a second).
// At the end the connections of all SESSIONS are cut at once, and each session is resumed on a new one: the CPU microseconds
// of one (row `cut`), and the milliseconds from the first cut to the last resumed session (row `resumed`).
#include "clients.h"

// How many browsers come back at the same time after a cut.
#define BACK_AT_ONCE 256
#define IDLE_SECONDS 2

static void answer_all(struct client *clients, int count) {
  char rest[2048];
  snprintf(rest, sizeof rest, ",\"answer\":{\"type\":\"answer\",\"sdp\":\"%s\"}", answer_to(provider));
  ask(clients, count, "session.answer", rest);
}

static void candidate_all(struct client *clients, int count) {
  char members[256], rest[320];
  candidate_members(0, members, sizeof members);
  snprintf(rest, sizeof rest, ",\"candidate\":{%s}", members);
  ask(clients, count, "session.candidate", rest);
}

static void extend_all(struct client *clients, int count) { ask(clients, count, "session.extend", ""); }

static void speak_all(struct client *clients, int count) { ask(clients, count, "session.speak", ",\"text\":\"Hello.\""); }

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
  port = atoi(arguments[1]), process = atoi(arguments[2]);
  int sessions = atoi(arguments[3]), sample = atoi(arguments[4]);
  struct client *clients = make_clients(sessions + sample), *more = clients + sessions;

  do_step(connect_all, clients, sessions);
  do_step(open_all, clients, sessions);
  measure_idle(IDLE_SECONDS);
  printf("idle %.0f\n", idle_rate * 1e6);
  measure("connect", connect_all, more, sample);
  measure("open", open_all, more, sample);
  measure("answer", answer_all, more, sample);
  measure("candidate", candidate_all, more, sample);
  measure("speak", speak_all, more, sample);
  measure("reconnect", reconnect_all, more, sample);
  measure("resume", resume_all, more, sample);
  measure("close", close_all, more, sample);
  // D-ID's sessions cannot be extended.
  provider = "heygen";
  do_step(open_all, more, sample);
  do_step(answer_all, more, sample);
  measure("extend", extend_all, more, sample);
  do_step(close_all, more, sample);
  cut_and_resume(clients, sessions);
  return 0;
}

// Measures whether what keeps the accounts costs the relay more the more sessions are open: the seconds of subjects and of the
// day, and the search for a session that was opened and whose name nobody has heard.
//
// account-load PORT RELAY-PROCESS MOCK-PORT SESSIONS SAMPLE TOKENS-FILE
// Every session has a connection of its own, with one of the file's tokens, a line each. Prints the relay's CPU microseconds
// for a second of one session that does nothing, while the time of all is charged to the day's account (row `second`); for
// an open and a close of one more session, without that; and for a search, by the sessions on the provider's list (row
// `sweep`).
#include "clients.h"

// The day's account is charged every 10 s.
#define IDLE_SECONDS 20
#define SWEEPS 10
#define MAXIMUM_TOKENS 1000

static char *tokens[MAXIMUM_TOKENS];
static int token_count, mock;

static void read_tokens(const char *path) {
  static const char before[] = "avatar-relay.v1, avatar-relay.token.";
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  char line[1024];
  while (token_count < MAXIMUM_TOKENS && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char *offer = malloc(sizeof before + strlen(line));
    if (!offer) fail("memory");
    strcat(strcpy(offer, before), line);
    tokens[token_count++] = offer;
  }
  fclose(file);
  if (!token_count) fail("no token");
}

static void connect_subjects(struct client *clients, int count) {
  for (int i = 0; i < count; i++) {
    websocket_protocol = tokens[opened % (unsigned)token_count];
    connect_all(clients + i, 1);
  }
}

// Asks the mock for something and waits for its answer, which takes as long as what is asked for.
static void control(const char *path, const char *body) {
  char text[512];
  int fd = connect_to(mock, 0);
  int n = snprintf(text, sizeof text,
    "POST /__admin/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", path,
    strlen(body), body);
  write_all(fd, text, (size_t)n);
  ssize_t length = recv(fd, text, sizeof text - 1, 0);
  text[length > 0 ? length : 0] = 0;
  errno = 0;
  if (strncmp(text, "HTTP/1.1 20", 11)) fail(text);
  close(fd);
}

// A session is opened whose answer is lost. The relay looks through the list of all, and ends the one that nobody knows.
static void sweep(struct client *client, int sessions) {
  char answer[BUFFER], wait[80];
  snprintf(wait, sizeof wait, "{\"open\":%d,\"timeoutMs\":60000}", sessions);
  control("faults", "{\"call\":\"heygen.new\",\"drop\":true,\"takesEffect\":true}");
  request(client, "session.open", "\"provider\":\"heygen\"");
  await_any_response(client, answer);
  errno = 0;
  if (!strstr(answer, "\"provider.fateUnknown\"")) fail(answer);
  control("sessions/wait", wait);
}

static void measure_sweeps(struct client *client, int sessions) {
  double before = cpu_seconds(process), start = now_seconds();
  for (int i = 0; i < SWEEPS; i++) sweep(client, sessions);
  await_rest();
  double used = cpu_seconds(process) - before, time = now_seconds() - start;
  printf("sweep %.2f\n", (used - time * idle_rate) * 1e6 / SWEEPS / sessions);
}

int main(int count, char **arguments) {
  if (count < 7) fail("usage: account-load PORT RELAY-PROCESS MOCK-PORT SESSIONS SAMPLE TOKENS-FILE");
  port = atoi(arguments[1]), process = atoi(arguments[2]), mock = atoi(arguments[3]);
  int sessions = atoi(arguments[4]), sample = atoi(arguments[5]);
  struct client *clients = make_clients(sessions + sample), *more = clients + sessions;
  read_tokens(arguments[6]);
  provider = "heygen";

  do_step(connect_subjects, clients, sessions);
  do_step(open_all, clients, sessions);
  measure_idle(IDLE_SECONDS);
  printf("second %.2f\n", idle_rate * 1e6 / sessions);
  do_step(connect_subjects, more, sample);
  measure_idle(1);
  measure("open", open_all, more, sample);
  measure("close", close_all, more, sample);
  measure_sweeps(more, sessions);
  return 0;
}

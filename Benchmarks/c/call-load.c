// The same provider call, one after the other, through the relay and directly: what the relay adds.
//
// call-load relay PORT CALLS RELAY-PROCESS     speak (D-ID) and extend (HeyGen) over one WebSocket
// call-load new|kept PORT CALLS                the same calls to the provider; each on a new connection, or on a kept one
// Prints for each of the two: median and 99th percentile in microseconds, and CPU microseconds a call: the relay's with
// `relay`, else this client's own, which is what the call costs by libcurl alone. A session lasts for CALLS_A_SESSION calls;
// its opening and closing are in none of the numbers.
#include "process.h"
#include "session.h"
#include <curl/curl.h>

#define SECONDS_TO_LIVE 120
#define MAXIMUM_ANSWER 65536
// A provider lets only so many talks wait in a session.
#define CALLS_A_SESSION 40

static char answer[MAXIMUM_ANSWER];

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

struct subject {
  const char *name;
  void (*open)(void *), (*call)(void *), (*close)(void *);
};

// Times `calls` calls, after a session's worth that is not counted; prints the row.
static void measure(const struct subject *subject, int calls, int process, void *context) {
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
  printf("%s %.0f %.0f %.1f\n", subject->name, times[calls / 2], times[calls * 99 / 100], cpu * 1e6 / calls);
  free(times);
}

// MARK: Through the relay

struct relayed {
  int fd;
  long id;
  char session[128];
};

static char in[MAXIMUM_ANSWER];
static size_t in_length;

// Reads frames until the response to `id` is in `answer`.
static void await_response(int fd, long id) {
  char key[40];
  snprintf(key, sizeof key, "\"id\":%ld,", id);
  for (;;) {
    struct frame frame;
    while (parse_frame(in, in_length, &frame)) {
      int is_text = frame.opcode == 1;
      if (frame.opcode == 9) send_frame(fd, 10, frame.payload, frame.length);
      if (is_text) memcpy(answer, frame.payload, frame.length), answer[frame.length] = 0;
      in_length -= frame.total;
      memmove(in, in + frame.total, in_length);
      if (is_text && strstr(answer, key)) return;
    }
    ssize_t n = recv(fd, in + in_length, sizeof in - 1 - in_length, 0);
    if (n <= 0) fail("connection ended");
    in_length += (size_t)n;
  }
}

static void request(struct relayed *relayed, const char *method, const char *params) {
  char text[4096];
  long id = ++relayed->id;
  int n = snprintf(
    text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%s\",\"params\":{%s}}", id, method, params);
  send_frame(relayed->fd, 1, text, (size_t)n);
  await_response(relayed->fd, id);
  errno = 0;
  if (!strstr(answer, "\"result\"")) fail(answer);
}

static void request_of_session(struct relayed *relayed, const char *method, const char *rest) {
  char params[3072];
  snprintf(params, sizeof params, "\"session\":\"%s\"%s", relayed->session, rest);
  request(relayed, method, params);
}

static void open_relayed(struct relayed *relayed, const char *provider) {
  char text[2048];
  snprintf(text, sizeof text, "\"provider\":\"%s\"", provider);
  request(relayed, "session.open", text);
  member(answer, "session", relayed->session, sizeof relayed->session);
  snprintf(text, sizeof text, ",\"answer\":{\"type\":\"answer\",\"sdp\":\"%s\"}", answer_to(provider));
  request_of_session(relayed, "session.answer", text);
  char members[256];
  candidate_members(0, members, sizeof members);
  snprintf(text, sizeof text, ",\"candidate\":{%s}", members);
  request_of_session(relayed, "session.candidate", text);
}

static void open_did(void *relayed) { open_relayed(relayed, "did"); }
static void open_heygen(void *relayed) { open_relayed(relayed, "heygen"); }
static void speak(void *relayed) { request_of_session(relayed, "session.speak", ",\"text\":\"Hello.\""); }
static void extend(void *relayed) { request_of_session(relayed, "session.extend", ""); }
static void close_relayed(void *relayed) { request_of_session(relayed, "session.close", ""); }

static void through_relay(int port, int calls, int process) {
  struct relayed relayed = {.fd = connect_to(port, 0)};
  send_upgrade(relayed.fd, port);
  await_upgrade(relayed.fd);
  measure(&(struct subject){"speak", open_did, speak, close_relayed}, calls, process, &relayed);
  measure(&(struct subject){"extend", open_heygen, extend, close_relayed}, calls, process, &relayed);
}

// MARK: Directly

struct direct {
  CURL *curl;
  struct curl_slist *headers;
  int port;
  char path[256], session[512], body[1024];
};

static size_t answer_length;

static size_t take(char *bytes, size_t size, size_t count, void *unused) {
  (void)unused;
  if (answer_length + size * count >= sizeof answer) return 0;
  memcpy(answer + answer_length, bytes, size * count);
  answer_length += size * count;
  answer[answer_length] = 0;
  return size * count;
}

static void send_direct(struct direct *direct, const char *method, const char *path, const char *body) {
  char url[512];
  snprintf(url, sizeof url, "http://127.0.0.1:%d%s", direct->port, path);
  curl_easy_setopt(direct->curl, CURLOPT_URL, url);
  curl_easy_setopt(direct->curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(direct->curl, CURLOPT_CUSTOMREQUEST, method);
  answer_length = 0;
  CURLcode code = curl_easy_perform(direct->curl);
  long status = 0;
  curl_easy_getinfo(direct->curl, CURLINFO_RESPONSE_CODE, &status);
  errno = 0;
  if (code || status >= 300) fail(code ? curl_easy_strerror(code) : answer);
}

static void post(struct direct *direct, const char *path, const char *body) {
  send_direct(direct, "POST", path, body);
}

static void direct_call(void *context) {
  struct direct *direct = context;
  post(direct, direct->path, direct->body);
}

static void open_did_directly(void *context) {
  struct direct *direct = context;
  char id[128], path[256], body[2048];
  post(direct, "/talks/streams", "{\"source_url\":\"https://avatar.example/anna.png\"}");
  member(answer, "id", id, sizeof id);
  member(answer, "session_id", direct->session, sizeof direct->session);
  snprintf(path, sizeof path, "/talks/streams/%s/sdp", id);
  snprintf(body, sizeof body, "{\"answer\":{\"type\":\"answer\",\"sdp\":\"%s\"},\"session_id\":\"%s\"}", did_answer,
    direct->session);
  post(direct, path, body);
  snprintf(path, sizeof path, "/talks/streams/%s/ice", id);
  snprintf(body, sizeof body, "{\"session_id\":\"%s\"}", direct->session);
  post(direct, path, body);
  snprintf(direct->path, sizeof direct->path, "/talks/streams/%s", id);
  snprintf(direct->body, sizeof direct->body,
    "{\"script\":{\"type\":\"text\",\"input\":\"Hello.\"},\"session_id\":\"%s\"}", direct->session);
}

static void close_did_directly(void *context) {
  struct direct *direct = context;
  char body[1024];
  snprintf(body, sizeof body, "{\"session_id\":\"%s\"}", direct->session);
  send_direct(direct, "DELETE", direct->path, body);
}

static void open_heygen_directly(void *context) {
  struct direct *direct = context;
  char body[2048];
  post(direct, "/v1/streaming.new", "{}");
  member(answer, "session_id", direct->session, sizeof direct->session);
  snprintf(body, sizeof body, "{\"session_id\":\"%s\",\"sdp\":{\"type\":\"answer\",\"sdp\":\"%s\"}}",
    direct->session, heygen_answer);
  post(direct, "/v1/streaming.start", body);
  char members[256];
  candidate_members(0, members, sizeof members);
  snprintf(body, sizeof body, "{\"session_id\":\"%s\",\"candidate\":{%s}}", direct->session, members);
  post(direct, "/v1/streaming.ice", body);
  snprintf(direct->path, sizeof direct->path, "/v1/streaming.keep_alive");
  snprintf(direct->body, sizeof direct->body, "{\"session_id\":\"%s\"}", direct->session);
}

static void close_heygen_directly(void *context) {
  struct direct *direct = context;
  post(direct, "/v1/streaming.stop", direct->body);
}

static void directly(int port, int calls, int is_kept) {
  struct direct direct = {.curl = curl_easy_init(), .port = port};
  for (const char *const *line = (const char *const[]){
         "Content-Type: application/json", "Authorization: Basic b2ZmbGluZQ==", "X-Api-Key: offline", "Expect:", NULL};
       *line; line++)
    direct.headers = curl_slist_append(direct.headers, *line);
  curl_easy_setopt(direct.curl, CURLOPT_HTTPHEADER, direct.headers);
  curl_easy_setopt(direct.curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(direct.curl, CURLOPT_PROXY, "");
  curl_easy_setopt(direct.curl, CURLOPT_FRESH_CONNECT, is_kept ? 0L : 1L);
  int own = getpid();
  measure(&(struct subject){"speak", open_did_directly, direct_call, close_did_directly}, calls, own, &direct);
  measure(&(struct subject){"extend", open_heygen_directly, direct_call, close_heygen_directly}, calls, own, &direct);
  curl_easy_cleanup(direct.curl);
  curl_slist_free_all(direct.headers);
}

int main(int count, char **arguments) {
  int is_relay = count > 1 && !strcmp(arguments[1], "relay");
  if (count != 4 + is_relay) fail("usage: call-load relay PORT CALLS RELAY-PROCESS, or call-load new|kept PORT CALLS");
  alarm(SECONDS_TO_LIVE);
  int port = atoi(arguments[2]), calls = atoi(arguments[3]);
  if (is_relay) through_relay(port, calls, atoi(arguments[4]));
  else directly(port, calls, !strcmp(arguments[1], "kept"));
  return 0;
}

// The same sessions as session-load's without a relay: one client that keeps its connections, at the provider itself.
//
// direct-load series URL AUTHORITY-FILE PROVIDER CANDIDATES SESSIONS   one after the other
// direct-load herd URL AUTHORITY-FILE PROVIDER CANDIDATES SESSIONS     all at once
// HTTP/2 where the server offers it, and no more connections than the relay makes. A first session, which is not counted,
// makes the connections. Prints the steps of each session as session.h says; `herd` waits for a line before and after.
#include "session.h"
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#define SECONDS_TO_LIVE 180
#define MAXIMUM_ANSWER 32768
#define MAXIMUM_CANDIDATES 60
// As many as the relay has to one provider. Without a bound libcurl makes hundreds for a herd, each with a handshake.
#define MAXIMUM_CONNECTIONS 16

enum step { OPENING, ANSWERING, TELLING, SPEAKING, CLOSING };

struct session {
  enum step step;
  int waiting, is_whole;
  // Of D-ID the stream's id and the text that goes with each call; HeyGen has the one.
  char id[128], routing[512];
  struct steps steps;
};

struct call {
  struct session *session;
  CURL *easy;
  size_t length;
  char answer[MAXIMUM_ANSWER];
};

static const char *url, *authority_file;
static int is_did, candidates;
static struct curl_slist *headers;
static CURLM *multi;
static int poll_fd, timer;
static long busy;

static size_t take(char *bytes, size_t size, size_t count, void *context) {
  struct call *call = context;
  if (call->length + size * count >= sizeof call->answer) return 0;
  memcpy(call->answer + call->length, bytes, size * count);
  call->length += size * count;
  call->answer[call->length] = 0;
  return size * count;
}

static void send_call(struct session *session, const char *method, const char *path, const char *body) {
  char whole[768];
  struct call *call = calloc(1, sizeof *call);
  if (!call || !(call->easy = curl_easy_init())) fail("memory");
  call->session = session;
  snprintf(whole, sizeof whole, "%s%s", url, path);
  curl_easy_setopt(call->easy, CURLOPT_URL, whole);
  curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS, body);
  curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
  curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
  curl_easy_setopt(call->easy, CURLOPT_PROXY, "");
  curl_easy_setopt(call->easy, CURLOPT_CAINFO, authority_file);
  curl_easy_setopt(call->easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(call->easy, CURLOPT_PIPEWAIT, 1L);
  session->waiting++;
  if (curl_multi_add_handle(multi, call->easy)) fail("curl_multi_add_handle");
}

// MARK: A session

// A call of a session that is open: what goes with each, and what is this one's own.
static void send_in_session(struct session *session, const char *call, const char *rest) {
  char path[768], body[4096];
  snprintf(body, sizeof body, "{\"session_id\":\"%s\"%s}", is_did ? session->routing : session->id, rest);
  if (is_did) snprintf(path, sizeof path, "/talks/streams/%s%s", session->id, call);
  else snprintf(path, sizeof path, "/v1/streaming.%s", call);
  send_call(session, is_did && session->step == CLOSING ? "DELETE" : "POST", path, body);
}

static void begin(struct session *session, enum step step) {
  char rest[3072];
  session->step = step;
  switch (step) {
  case OPENING:
    busy++;
    session->steps.begun = now_seconds();
    if (is_did) send_call(session, "POST", "/talks/streams", "{\"source_url\":\"https://avatar.example/anna.png\"}");
    else send_call(session, "POST", "/v1/streaming.new", "{}");
    return;
  case ANSWERING:
    snprintf(rest, sizeof rest, ",\"%s\":{\"type\":\"answer\",\"sdp\":\"%s\"}", is_did ? "answer" : "sdp", is_did ? did_answer : heygen_answer);
    return send_in_session(session, is_did ? "/sdp" : "start", rest);
  case TELLING:
    for (int i = 0; i < candidates; i++) {
      char members[256];
      candidate_members(i, members, sizeof members);
      snprintf(rest, sizeof rest, is_did ? ",%s" : ",\"candidate\":{%s}", members);
      send_in_session(session, is_did ? "/ice" : "ice", rest);
    }
    return;
  case SPEAKING:
    return send_in_session(session, is_did ? "" : "task",
      is_did ? ",\"script\":{\"type\":\"text\",\"input\":\"Hello.\"}" : ",\"text\":\"Hello.\"");
  case CLOSING: session->steps.closing = now_seconds(); return send_in_session(session, is_did ? "" : "stop", "");
  }
}

static void answered(struct session *session, const char *text) {
  double now = now_seconds();
  if (--session->waiting) return;
  switch (session->step) {
  case OPENING:
    session->steps.opened = now;
    member(text, is_did ? "id" : "session_id", session->id, sizeof session->id);
    if (is_did) member(text, "session_id", session->routing, sizeof session->routing);
    return begin(session, ANSWERING);
  case ANSWERING: session->steps.answered = now; return begin(session, TELLING);
  case TELLING:
    session->steps.told = now;
    if (session->is_whole) return begin(session, SPEAKING);
    busy--;
    return;
  case SPEAKING: session->steps.spoken = now; return begin(session, CLOSING);
  case CLOSING: session->steps.closed = now; busy--; return;
  }
}

// MARK: libcurl's sockets and its timer

static int watch(CURL *easy, curl_socket_t fd, int what, void *context, void *of_socket) {
  (void)easy, (void)context;
  struct epoll_event event = {.data.fd = fd};
  if (what != CURL_POLL_OUT && what != CURL_POLL_REMOVE) event.events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) event.events |= EPOLLOUT;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(poll_fd, EPOLL_CTL_DEL, fd, NULL);
  } else {
    epoll_ctl(poll_fd, of_socket ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(multi, fd, &poll_fd);
  }
  return 0;
}

static int set_timer(CURLM *unused, long milliseconds, void *context) {
  (void)unused, (void)context;
  struct itimerspec when = {0};
  if (milliseconds >= 0) {
    when.it_value.tv_sec = milliseconds / 1000;
    when.it_value.tv_nsec = milliseconds % 1000 * 1000000 + 1;
  }
  return timerfd_settime(timer, 0, &when, NULL);
}

static void collect(void) {
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL *easy = message->easy_handle;
    CURLcode code = message->data.result;
    struct call *call;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    errno = 0;
    if (code || status >= 300) fail(code ? curl_easy_strerror(code) : call->answer);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    answered(call->session, call->answer);
    free(call);
  }
}

static void serve_all(void) {
  struct epoll_event events[64];
  while (busy) {
    int running, n = epoll_wait(poll_fd, events, 64, -1);
    for (int i = 0; i < n; i++) {
      uint64_t expirations;
      int fd = events[i].data.fd, is_timer = fd == timer;
      if (is_timer) (void)!read(timer, &expirations, sizeof expirations);
      int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                 (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR | CURL_CSELECT_IN : 0);
      curl_multi_socket_action(multi, is_timer ? CURL_SOCKET_TIMEOUT : fd, is_timer ? 0 : what, &running);
      collect();
    }
  }
}

int main(int count, char **arguments) {
  if (count != 7) fail("usage: direct-load series|herd URL AUTHORITY-FILE PROVIDER CANDIDATES SESSIONS");
  alarm(SECONDS_TO_LIVE);
  url = arguments[2], authority_file = arguments[3], is_did = !strcmp(arguments[4], "did");
  candidates = atoi(arguments[5]);
  if (candidates < 1 || candidates > MAXIMUM_CANDIDATES) fail("candidates");
  int sessions = atoi(arguments[6]), is_herd = !strcmp(arguments[1], "herd");
  for (const char *const *line = (const char *const[]){
         "Content-Type: application/json", is_did ? "Authorization: Basic b2ZmbGluZQ==" : "X-Api-Key: offline", "Expect:",
         NULL};
       *line; line++)
    headers = curl_slist_append(headers, *line);
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = timer};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer, &event);
  multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)MAXIMUM_CONNECTIONS);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)MAXIMUM_CONNECTIONS);

  struct session *all = calloc((size_t)sessions + 1, sizeof *all);
  if (!all) fail("memory");
  for (int i = 0; i <= sessions; i++) {
    all[i].is_whole = !is_herd || i == 0;
    begin(&all[i], OPENING);
    if (!is_herd || i == 0 || i == sessions) serve_all();
    if (is_herd && i == 0) pause_after("ready");
  }
  for (int i = 1; i <= sessions; i++) print_steps(&all[i].steps);
  if (!is_herd) return 0;
  pause_after("opened");
  for (int i = 1; i <= sessions; i++) busy++, begin(&all[i], CLOSING);
  serve_all();
  return 0;
}

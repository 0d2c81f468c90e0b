// Browsers that open sessions through a relay: one after the other, or all at once.
//
// session-load series PORT PROVIDER CANDIDATES SESSIONS [MILLISECONDS]
//   One connection, so many milliseconds old when its first session opens; prints the steps of each session but the first, which
//   is not counted, as session.h says. With SESSIONS 0: of the first and only one.
// session-load herd PORT PROVIDER CANDIDATES BROWSERS CLOSERS
//   BROWSERS connections open a session each at the same moment, while CLOSERS others close theirs, one every
//   CLOSING_PACE seconds. Then the browsers' connections are cut at once, and each resumes on a new one, speaks and closes.
//   Prints a line for each session, `close MS`, `resume MS`, `speak MS`, `end MS`, and for what went wrong
//   `failed STEP KIND`. After each part it says its name and waits for a line.
#define _GNU_SOURCE
#include "session.h"
#include <sys/epoll.h>

#define SECONDS_TO_LIVE 300
#define SECONDS_WITHOUT_ANSWER 40
#define MAXIMUM_INPUT 32768
#define MAXIMUM_CANDIDATES 60
// So that fifty are closed within a quarter of a second: while the herd, which takes three round trips, is on its way.
#define CLOSING_PACE 0.005

enum state { UPGRADING, RESUMING, OPENING, ANSWERING, TELLING, TOLD, SPEAKING, CLOSING, DONE, FAILED };
static const char *const names[] = {
  "upgrade", "resume", "open", "answer", "candidate", "told", "speak", "close", "done", "failed"};

struct browser {
  int fd;
  enum state state;
  long id, last_seq;
  int waiting;
  char session[64], secret[128];
  struct steps steps;
  double asked;
  size_t length;
  char in[MAXIMUM_INPUT];
};

static int port, candidates, poll_fd;
static const char *provider;
// How many browsers have not yet done what the part is about.
static long busy;
// All browsers: of a herd those that open, and those that close meanwhile.
static struct browser *lists[2];
static long counts[2];

static void watch(struct browser *browser) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = browser};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, browser->fd, &event)) fail("epoll_ctl");
}

static void request(struct browser *browser, const char *method, const char *params) {
  char text[4096];
  int n = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%s\",\"params\":{%s}}", ++browser->id,
    method, params);
  browser->waiting++;
  send_frame(browser->fd, 1, text, (size_t)n);
}

static void request_of_session(struct browser *browser, const char *method, const char *rest) {
  char params[3072];
  snprintf(params, sizeof params, "\"session\":\"%s\"%s", browser->session, rest);
  request(browser, method, params);
}

// MARK: What a browser asks for

static void start(struct browser *browser, enum state state) {
  browser->state = state;
  browser->asked = now_seconds();
  busy++;
}

static void open_session(struct browser *browser) {
  char params[128];
  snprintf(params, sizeof params, "\"provider\":\"%s\"", provider);
  browser->steps = (struct steps){.begun = now_seconds()};
  start(browser, OPENING);
  request(browser, "session.open", params);
}

static void answer(struct browser *browser) {
  char rest[2048];
  snprintf(rest, sizeof rest, ",\"answer\":{\"type\":\"answer\",\"sdp\":\"%s\"}", answer_to(provider));
  browser->state = ANSWERING;
  request_of_session(browser, "session.answer", rest);
}

static void tell_candidates(struct browser *browser) {
  browser->state = TELLING;
  for (int i = 0; i < candidates; i++) {
    char members[256], rest[320];
    candidate_members(i, members, sizeof members);
    snprintf(rest, sizeof rest, ",\"candidate\":{%s}", members);
    request_of_session(browser, "session.candidate", rest);
  }
}

static void speak(struct browser *browser) {
  start(browser, SPEAKING);
  request_of_session(browser, "session.speak", ",\"text\":\"Hello.\"");
}

static void close_session(struct browser *browser) {
  start(browser, CLOSING);
  browser->steps.closing = browser->asked;
  request_of_session(browser, "session.close", "");
}

static void resume(struct browser *browser) {
  char rest[256];
  snprintf(rest, sizeof rest, ",\"secret\":\"%s\",\"lastSeq\":%ld", browser->secret, browser->last_seq);
  browser->state = RESUMING;
  request_of_session(browser, "session.resume", rest);
}

// MARK: What it is told

static void finish(struct browser *browser, enum state state) {
  browser->state = state;
  busy--;
}

static void failed(struct browser *browser, const char *kind) {
  if (browser->state == FAILED) return;
  printf("failed %s %s\n", names[browser->state], kind);
  finish(browser, FAILED);
}

static void answered(struct browser *browser, const char *text) {
  char kind[128];
  browser->waiting--;
  if (!strstr(text, "\"result\":")) {
    if (strstr(text, "\"kind\":\"")) member(text, "kind", kind, sizeof kind);
    else snprintf(kind, sizeof kind, "unknown");
    return failed(browser, kind);
  }
  double now = now_seconds(), since = (now - browser->asked) * 1e3;
  switch (browser->state) {
  case OPENING:
    browser->steps.opened = now;
    member(text, "session", browser->session, sizeof browser->session);
    member(text, "secret", browser->secret, sizeof browser->secret);
    return answer(browser);
  case ANSWERING: browser->steps.answered = now; return tell_candidates(browser);
  case TELLING:
    if (browser->waiting) return;
    browser->steps.told = now;
    return finish(browser, TOLD);
  case RESUMING:
    member(text, "secret", browser->secret, sizeof browser->secret);
    printf("resume %.2f\n", since);
    return finish(browser, TOLD);
  case SPEAKING: browser->steps.spoken = now; return finish(browser, TOLD);
  case CLOSING: browser->steps.closed = now; return finish(browser, DONE);
  default: return;
  }
}

static void told(struct browser *browser, const char *text) {
  const char *seq = strstr(text, "\"seq\":");
  if (!strncmp(text, "{\"jsonrpc\":\"2.0\",\"id\":", 22)) answered(browser, text);
  else if (seq) browser->last_seq = atol(seq + 6);
}

static void read_frames(struct browser *browser) {
  struct frame frame;
  while (browser->state != FAILED && parse_frame(browser->in, browser->length, &frame)) {
    static char text[MAXIMUM_INPUT + 1];
    memcpy(text, frame.payload, frame.length);
    text[frame.length] = 0;
    int opcode = frame.opcode;
    browser->length -= frame.total;
    memmove(browser->in, browser->in + frame.total, browser->length);
    if (opcode == 9) send_frame(browser->fd, 10, text, frame.length);
    if (opcode == 8) failed(browser, "connection-closed");
    if (opcode == 1) told(browser, text);
  }
}

static void read_upgrade(struct browser *browser) {
  char *end = memmem(browser->in, browser->length, "\r\n\r\n", 4);
  if (!end) return;
  if (strncmp(browser->in, "HTTP/1.1 101", 12)) return failed(browser, "handshake-refused");
  size_t head = (size_t)(end + 4 - browser->in);
  browser->length -= head;
  memmove(browser->in, end + 4, browser->length);
  if (browser->session[0]) return resume(browser);
  finish(browser, DONE);
}

static void readable(struct browser *browser) {
  ssize_t n = recv(browser->fd, browser->in + browser->length, sizeof browser->in - browser->length, 0);
  if (n <= 0) {
    epoll_ctl(poll_fd, EPOLL_CTL_DEL, browser->fd, NULL);
    if (browser->state == DONE || browser->state == TOLD) busy++;
    return failed(browser, "connection-ended");
  }
  browser->length += (size_t)n;
  if (browser->state == UPGRADING) read_upgrade(browser);
  if (browser->state != UPGRADING) read_frames(browser);
}

// Waits until nobody is busy, or for so many seconds at most.
static void serve(double seconds) {
  struct epoll_event events[64];
  double end = now_seconds() + seconds;
  for (double left; busy && (left = end - now_seconds()) > 0;) {
    int n = epoll_wait(poll_fd, events, 64, (int)(left * 1e3) + 1);
    for (int i = 0; i < n; i++) readable(events[i].data.ptr);
  }
}

// Whoever has no answer by then has failed.
static void serve_all(void) {
  serve(SECONDS_WITHOUT_ANSWER);
  for (int list = 0; list < 2; list++)
    for (long i = 0; i < counts[list]; i++)
      if (lists[list][i].state != TOLD && lists[list][i].state != DONE) failed(&lists[list][i], "no-answer");
}

static void connect_browser(struct browser *browser, unsigned source) {
  browser->fd = connect_to(port, source);
  browser->length = 0;
  browser->waiting = 0;
  browser->state = UPGRADING;
  watch(browser);
  busy++;
  send_upgrade(browser->fd, port);
}

static struct browser *make_browsers(int list, long count) {
  struct browser *browsers = lists[list] = calloc((size_t)count + 1, sizeof *browsers);
  if (!browsers) fail("memory");
  counts[list] = count;
  for (long i = 0; i < count; i++) connect_browser(&browsers[i], (unsigned)i);
  serve_all();
  return browsers;
}

// MARK: The two parts

static void series(long sessions, long milliseconds) {
  struct browser *browser = make_browsers(0, 1);
  usleep((useconds_t)milliseconds * 1000);
  for (long i = 0; i <= sessions; i++) {
    void (*const steps[])(struct browser *) = {open_session, speak, close_session};
    for (int step = 0; step < 3; step++) {
      steps[step](browser);
      serve_all();
      if (browser->state == FAILED) exit(1);
      if (step == 1) browser->steps.spoken -= browser->asked - browser->steps.told;
    }
    if (i > 0 || sessions == 0) print_steps(&browser->steps);
  }
}

static void all(struct browser *browsers, long count, void (*act)(struct browser *)) {
  for (long i = 0; i < count; i++)
    if (browsers[i].state != FAILED) act(&browsers[i]);
}

static void cut_and_resume(struct browser *browsers, long count) {
  struct linger at_once = {1, 0};
  for (long i = 0; i < count; i++) {
    setsockopt(browsers[i].fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(browsers[i].fd);
  }
  double cut = now_seconds();
  for (long i = 0; i < count; i++)
    if (browsers[i].state != FAILED) browsers[i].asked = cut, connect_browser(&browsers[i], (unsigned)i);
  serve_all();
}

static void herd(long count, long closers_count) {
  struct browser *browsers = make_browsers(0, count), *closers = make_browsers(1, closers_count);
  all(closers, closers_count, open_session);
  serve_all();
  pause_after("ready");

  double started = now_seconds();
  all(browsers, count, open_session);
  for (long i = 0; i < closers_count; i++) {
    // The herd may be done early: those that were not closed in the middle of it do not count, and are closed all the same.
    while (busy && now_seconds() < started + CLOSING_PACE * (double)(i + 1))
      serve(started + CLOSING_PACE * (double)(i + 1) - now_seconds());
    if (closers[i].state != FAILED) close_session(&closers[i]);
  }
  serve_all();
  for (long i = 0; i < count; i++)
    if (browsers[i].state != FAILED) print_steps(&browsers[i].steps);
  for (long i = 0; i < closers_count; i++)
    if (closers[i].state != FAILED)
      printf("close %.2f\n", milliseconds(closers[i].steps.closing, closers[i].steps.closed));
  pause_after("opened");

  cut_and_resume(browsers, count);
  pause_after("resumed");

  all(browsers, count, speak);
  serve_all();
  for (long i = 0; i < count; i++)
    if (browsers[i].state != FAILED) printf("speak %.2f\n", milliseconds(browsers[i].asked, browsers[i].steps.spoken));
  pause_after("spoke");

  all(browsers, count, close_session);
  serve_all();
  for (long i = 0; i < count; i++)
    if (browsers[i].state != FAILED)
      printf("end %.2f\n", milliseconds(browsers[i].steps.closing, browsers[i].steps.closed));
}

int main(int count, char **arguments) {
  if (count < 6) fail("usage: session-load series|herd PORT PROVIDER CANDIDATES SESSIONS|BROWSERS [CLOSERS|MILLISECONDS]");
  alarm(SECONDS_TO_LIVE);
  port = atoi(arguments[2]), provider = arguments[3], candidates = atoi(arguments[4]);
  if (candidates < 1 || candidates > MAXIMUM_CANDIDATES) fail("candidates");
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  long more = count > 6 ? atol(arguments[6]) : 0;
  if (!strcmp(arguments[1], "herd")) herd(atol(arguments[5]), more);
  else series(atol(arguments[5]), more);
  return 0;
}

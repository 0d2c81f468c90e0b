// What the made-up browsers of the load programs send, and the times of a session's steps.
#ifndef BENCHMARK_SESSION_H
#define BENCHMARK_SESSION_H

#include "websocket.h"
#include <stdlib.h>
#include <string.h>

// What every section of an answer holds, and what those of sound and picture have beside it.
#define REACHED \
  "c=IN IP4 0.0.0.0\\r\\na=ice-ufrag:aBcD\\r\\na=ice-pwd:0123456789abcdefghijklmn\\r\\na=fingerprint:sha-256 " \
  "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\\r\\n" \
  "a=setup:active\\r\\n"
#define RECEIVED REACHED "a=recvonly\\r\\na=rtcp-mux\\r\\n"
#define AUDIO(mid) "m=audio 9 UDP/TLS/RTP/SAVPF 111\\r\\n" RECEIVED "a=mid:" mid "\\r\\na=rtpmap:111 opus/48000/2\\r\\n"
#define VIDEO(mid) "m=video 9 UDP/TLS/RTP/SAVPF 96\\r\\n" RECEIVED "a=mid:" mid "\\r\\na=rtpmap:96 VP8/90000\\r\\n"
#define DATA(mid) \
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\\r\\n" REACHED "a=mid:" mid "\\r\\na=sctp-port:5000\\r\\n"
#define ANSWER(mids) \
  "v=0\\r\\no=- 4611731400430051336 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\na=group:BUNDLE " mids "\\r\\n"

// Answers to the offers of the mock's two vendors, as JSON writes them inside a string.
static const char *const did_answer = ANSWER("a v d") AUDIO("a") VIDEO("v") DATA("d");
static const char *const heygen_answer = ANSWER("0 1 2") VIDEO("0") AUDIO("1") DATA("2");

static inline const char *answer_to(const char *provider) {
  return strcmp(provider, "did") == 0 ? did_answer : heygen_answer;
}

// The members of a candidate, each with a port of its own.
static inline void candidate_members(int number, char *out, size_t size) {
  snprintf(out, size,
    "\"candidate\":\"candidate:%d 1 udp %d 192.0.2.7 %d typ host\",\"sdpMid\":\"a\",\"sdpMLineIndex\":0", number + 1,
    2122260223 - number, 50000 + number);
}

// Copies the JSON string member `name` as it stands, escapes included.
static inline void member(const char *json, const char *name, char *out, size_t size) {
  char key[64];
  snprintf(key, sizeof key, "\"%s\":\"", name);
  const char *start = strstr(json, key);
  errno = 0;
  if (!start) fail(json);
  start += strlen(key);
  size_t n = 0;
  while (start[n] && start[n] != '"') n += start[n] == '\\' ? 2 : 1;
  if (n >= size) fail("member too long");
  memcpy(out, start, n);
  out[n] = 0;
}

// When a session's steps ended, in seconds of now_seconds(); 0 for those that were not taken.
struct steps {
  double begun, opened, answered, told, spoken, closing, closed;
};

static inline double milliseconds(double from, double to) { return from > 0 && to > 0 ? (to - from) * 1e3 : -1; }

// One line: open, answer, candidates, open to last candidate, speak, close; milliseconds, -1 for what was not done.
static inline void print_steps(const struct steps *steps) {
  printf("session %.2f %.2f %.2f %.2f %.2f %.2f\n", milliseconds(steps->begun, steps->opened),
    milliseconds(steps->opened, steps->answered), milliseconds(steps->answered, steps->told),
    milliseconds(steps->begun, steps->told), milliseconds(steps->told, steps->spoken),
    milliseconds(steps->closing, steps->closed));
}

// Says that a part is over and waits for a line, so that whoever measures can look at the processes in between.
static inline void pause_after(const char *part) {
  char line[16];
  printf("%s\n", part);
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin)) exit(1);
}

#endif

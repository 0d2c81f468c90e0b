// Opens and closes sessions at the mock provider without a relay, and makes the calls that are measured.
#ifndef BENCHMARK_DIRECT_H
#define BENCHMARK_DIRECT_H

#include "session.h"
#include <curl/curl.h>

#define MAXIMUM_ANSWER 65536

struct direct {
  CURL *curl;
  struct curl_slist *headers;
  int port;
  char path[256], session[512], body[1024];
  char answer[MAXIMUM_ANSWER];
  size_t answer_length;
};

static inline size_t take(char *bytes, size_t size, size_t count, void *context) {
  struct direct *direct = context;
  if (direct->answer_length + size * count >= sizeof direct->answer) return 0;
  memcpy(direct->answer + direct->answer_length, bytes, size * count);
  direct->answer_length += size * count;
  direct->answer[direct->answer_length] = 0;
  return size * count;
}

// Sets what is special to a call.
static inline void prepare_call(struct direct *direct, const char *method, const char *path, const char *body) {
  char url[512];
  snprintf(url, sizeof url, "http://127.0.0.1:%d%s", direct->port, path);
  curl_easy_setopt(direct->curl, CURLOPT_URL, url);
  curl_easy_setopt(direct->curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(direct->curl, CURLOPT_CUSTOMREQUEST, method);
  direct->answer_length = 0;
}

static inline void check_call(struct direct *direct, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(direct->curl, CURLINFO_RESPONSE_CODE, &status);
  errno = 0;
  if (code || status >= 300) fail(code ? curl_easy_strerror(code) : direct->answer);
}

static inline void send_direct(struct direct *direct, const char *method, const char *path, const char *body) {
  prepare_call(direct, method, path, body);
  check_call(direct, curl_easy_perform(direct->curl));
}

static inline void post(struct direct *direct, const char *path, const char *body) {
  send_direct(direct, "POST", path, body);
}

static inline void direct_call(void *context) {
  struct direct *direct = context;
  post(direct, direct->path, direct->body);
}

static inline void open_did_directly(void *context) {
  struct direct *direct = context;
  char id[128], path[256], body[2048];
  post(direct, "/talks/streams", "{\"source_url\":\"https://avatar.example/anna.png\"}");
  member(direct->answer, "id", id, sizeof id);
  member(direct->answer, "session_id", direct->session, sizeof direct->session);
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

static inline void close_did_directly(void *context) {
  struct direct *direct = context;
  char body[1024];
  snprintf(body, sizeof body, "{\"session_id\":\"%s\"}", direct->session);
  send_direct(direct, "DELETE", direct->path, body);
}

static inline void open_heygen_directly(void *context) {
  struct direct *direct = context;
  char body[2048];
  post(direct, "/v1/streaming.new", "{}");
  member(direct->answer, "session_id", direct->session, sizeof direct->session);
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

static inline void close_heygen_directly(void *context) {
  struct direct *direct = context;
  post(direct, "/v1/streaming.stop", direct->body);
}

// Readies a kept handle, or one that makes a connection for each call.
static inline void ready_directly(struct direct *direct, int port, int is_kept) {
  memset(direct, 0, sizeof *direct);
  direct->curl = curl_easy_init();
  direct->port = port;
  for (const char *const *line = (const char *const[]){
         "Content-Type: application/json", "Authorization: Basic b2ZmbGluZQ==", "X-Api-Key: offline", "Expect:", NULL};
       *line; line++)
    direct->headers = curl_slist_append(direct->headers, *line);
  curl_easy_setopt(direct->curl, CURLOPT_HTTPHEADER, direct->headers);
  curl_easy_setopt(direct->curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(direct->curl, CURLOPT_WRITEDATA, direct);
  curl_easy_setopt(direct->curl, CURLOPT_PROXY, "");
  curl_easy_setopt(direct->curl, CURLOPT_FRESH_CONNECT, is_kept ? 0L : 1L);
}

static inline void forget_directly(struct direct *direct) {
  curl_easy_cleanup(direct->curl);
  curl_slist_free_all(direct->headers);
}

#endif

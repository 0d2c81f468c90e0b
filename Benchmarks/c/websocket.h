// The little of a WebSocket client that the load programs need (RFC 6455): connect, send text, take frames apart.
#ifndef BENCHMARK_WEBSOCKET_H
#define BENCHMARK_WEBSOCKET_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "unexpected");
  exit(1);
}

static inline double now_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Connects to a loopback port. `source` picks one of several loopback addresses, each with ports of its own.
static inline int connect_to(int port, unsigned source) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + source % 4)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  to.sin_port = htons((uint16_t)port);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&from, sizeof from)) fail("bind");
  if (connect(fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
  return fd;
}

static inline void write_all(int fd, const void *bytes, size_t length) {
  for (const char *p = bytes; length;) {
    ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
    if (n <= 0) fail("send");
    p += n, length -= (size_t)n;
  }
}

// The sub-protocol that is offered.
static const char *websocket_protocol = "avatar-relay.v1";

static inline void send_upgrade(int fd, int port) {
  char text[1024];
  int n = snprintf(text, sizeof text,
    "GET /v1/signaling HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: %s\r\n\r\n", port, websocket_protocol);
  write_all(fd, text, (size_t)n);
}

// Reads up to the end of the handshake's answer (nothing follows it before we send something).
static inline void await_upgrade(int fd) {
  char text[4096];
  size_t length = 0;
  while (length < sizeof text - 1) {
    ssize_t n = recv(fd, text + length, sizeof text - 1 - length, 0);
    if (n <= 0) fail("handshake");
    length += (size_t)n;
    text[length] = 0;
    if (strstr(text, "\r\n\r\n")) break;
  }
  errno = 0;
  if (strncmp(text, "HTTP/1.1 101", 12)) fail("handshake refused");
}

// Sends one masked frame (opcode 1 text, 10 pong).
static inline void send_frame(int fd, int opcode, const char *payload, size_t length) {
  unsigned char head[14];
  size_t n = 2;
  head[0] = (unsigned char)(0x80 | opcode);
  if (length < 126) {
    head[1] = (unsigned char)(0x80 | length);
  } else {
    if (length > 65535) fail("message too long");
    head[1] = 0x80 | 126, head[2] = (unsigned char)(length >> 8), head[3] = (unsigned char)length, n = 4;
  }
  static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
  memcpy(head + n, mask, 4), n += 4;
  char frame[65536 + 14];
  memcpy(frame, head, n);
  for (size_t i = 0; i < length; i++) frame[n + i] = (char)(payload[i] ^ (char)mask[i & 3]);
  write_all(fd, frame, n + length);
}

struct frame {
  int opcode;
  char *payload;
  size_t length, total;
};

// Takes a frame apart; returns 0 when more bytes are needed.
static inline int parse_frame(char *bytes, size_t length, struct frame *out) {
  const unsigned char *p = (unsigned char *)bytes;
  if (length < 2) return 0;
  size_t size = p[1] & 0x7f, head = 2;
  if (size == 126) {
    if (length < 4) return 0;
    size = (size_t)p[2] << 8 | p[3], head = 4;
  } else if (size == 127) {
    fail("frame too long");
  }
  if (length < head + size) return 0;
  *out = (struct frame){p[0] & 0x0f, bytes + head, size, head + size};
  return 1;
}

#endif

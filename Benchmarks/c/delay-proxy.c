// Puts a far network between a client and a server on this machine: every byte and every end arrives later, in order.
//
// delay-proxy SERVER-SOCKET MILLISECONDS      prints "port N"; ends with SIGTERM
// MILLISECONDS is the way in one direction. Bandwidth is not limited and nothing is lost. The kernel accepts at once, so
// the TCP handshake is modelled: what a client sends within the first round trip counts as sent at the end of it.
#define _GNU_SOURCE
#include "websocket.h"
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#define MAXIMUM_CHUNK 65536
// A direction that has so much on its way is not read further until some of it arrived.
#define MAXIMUM_ON_THE_WAY (8 << 20)
#define MAXIMUM_EVENTS 256

enum ending { NONE, FIN, RESET };

struct chunk {
  struct chunk *next;
  double due;
  enum ending ending;
  size_t length, sent;
  char bytes[];
};

struct direction {
  int from, to;
  struct chunk *first, *last;
  size_t on_the_way;
  int was_read_to_the_end, is_paused, is_delivered;
};

// Stays until the program ends, since the schedule and epoll may still name it: some 200 bytes a connection.
struct link {
  struct direction out, back;
  // Before this nothing counts as sent: the handshake is on its way.
  double earliest;
  int is_closed;
};

// What epoll tells: one of the ends of a link.
struct end {
  struct link *link;
  int is_client;
};

// MARK: The schedule: a binary heap of what is due

struct entry {
  double due;
  unsigned long serial;
  struct link *link;
  struct direction *direction;
};

static struct entry *heap;
static size_t heap_count, heap_size;
static unsigned long serial;

static int is_before(const struct entry *a, const struct entry *b) {
  return a->due != b->due ? a->due < b->due : a->serial < b->serial;
}

static void schedule(struct link *link, struct direction *direction, double due) {
  if (heap_count == heap_size) {
    heap_size = heap_size ? heap_size * 2 : 1024;
    heap = realloc(heap, heap_size * sizeof *heap);
    if (!heap) fail("memory");
  }
  struct entry entry = {due, serial++, link, direction};
  size_t i = heap_count++;
  for (; i && is_before(&entry, &heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
  heap[i] = entry;
}

static struct entry take_first(void) {
  struct entry first = heap[0], last = heap[--heap_count];
  size_t i = 0;
  for (size_t child; (child = 2 * i + 1) < heap_count; i = child) {
    if (child + 1 < heap_count && is_before(&heap[child + 1], &heap[child])) child++;
    if (!is_before(&heap[child], &last)) break;
    heap[i] = heap[child];
  }
  heap[i] = last;
  return first;
}

// MARK: Links

static int poll_fd;
static double delay;

static void drop_chunks(struct direction *direction) {
  for (struct chunk *chunk; (chunk = direction->first);) {
    direction->first = chunk->next;
    free(chunk);
  }
  direction->last = NULL;
}

static void close_link(struct link *link, int is_reset) {
  if (link->is_closed) return;
  link->is_closed = 1;
  struct linger at_once = {1, 0};
  for (int i = 0; i < 2; i++) {
    int fd = i ? link->out.to : link->out.from;
    if (is_reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
  }
  drop_chunks(&link->out);
  drop_chunks(&link->back);
}

static void append(struct link *link, struct direction *direction, const char *bytes, size_t length, enum ending ending) {
  struct chunk *chunk = malloc(sizeof *chunk + length);
  if (!chunk) fail("memory");
  double now = now_seconds(), sent = now > link->earliest ? now : link->earliest;
  *chunk = (struct chunk){.due = sent + delay, .ending = ending, .length = length};
  memcpy(chunk->bytes, bytes, length);
  *(direction->last ? &direction->last->next : &direction->first) = chunk;
  direction->last = chunk;
  direction->on_the_way += length;
  schedule(link, direction, chunk->due);
}

static void read_all(struct link *link, struct direction *direction) {
  static char bytes[MAXIMUM_CHUNK];
  while (!link->is_closed && !direction->was_read_to_the_end) {
    direction->is_paused = direction->on_the_way >= MAXIMUM_ON_THE_WAY;
    if (direction->is_paused) return;
    ssize_t n = recv(direction->from, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    direction->was_read_to_the_end = n <= 0;
    append(link, direction, bytes, n > 0 ? (size_t)n : 0, n > 0 ? NONE : n == 0 ? FIN : RESET);
  }
}

// Writes what is due. What the socket does not take waits for epoll to say that it is writable.
static void deliver(struct link *link, struct direction *direction) {
  double now = now_seconds();
  for (struct chunk *chunk; !link->is_closed && (chunk = direction->first) && chunk->due <= now;) {
    if (chunk->ending == RESET) return close_link(link, 1);
    while (chunk->sent < chunk->length) {
      ssize_t n = send(direction->to, chunk->bytes + chunk->sent, chunk->length - chunk->sent, MSG_NOSIGNAL);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      // Nobody is there any more: reading the other direction finds out how it ended, and tells it in time.
      if (n < 0) chunk->sent = chunk->length;
      else chunk->sent += (size_t)n;
    }
    if (chunk->ending == FIN) shutdown(direction->to, SHUT_WR), direction->is_delivered = 1;
    direction->on_the_way -= chunk->length;
    direction->first = chunk->next;
    if (!direction->first) direction->last = NULL;
    free(chunk);
  }
  if (link->out.is_delivered && link->back.is_delivered) close_link(link, 0);
  if (!link->is_closed && direction->is_paused) read_all(link, direction);
}

static int connect_to_server(const char *path) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address)) close(fd), fd = -1;
  if (fd >= 0) fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void accept_all(int listener, const char *path) {
  for (int client; (client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
    int server = connect_to_server(path), on = 1;
    if (server < 0) {
      close(client);
      continue;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct link *link = calloc(1, sizeof *link);
    struct end *ends = calloc(2, sizeof *ends);
    if (!link || !ends) fail("memory");
    link->out = (struct direction){.from = client, .to = server};
    link->back = (struct direction){.from = server, .to = client};
    link->earliest = now_seconds() + 2 * delay;
    for (int i = 0; i < 2; i++) {
      ends[i] = (struct end){link, i == 0};
      struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = &ends[i]};
      if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, i == 0 ? client : server, &event)) fail("epoll_ctl");
    }
  }
}

static void ready(const struct end *end, unsigned events) {
  struct link *link = end->link;
  struct direction *reading = end->is_client ? &link->out : &link->back;
  struct direction *writing = end->is_client ? &link->back : &link->out;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) read_all(link, reading);
  if (events & EPOLLOUT) deliver(link, writing);
}

static int listen_on_loopback(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) fail("listen");
  getsockname(fd, (struct sockaddr *)&address, &size);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static void arm(int timer) {
  struct itimerspec when = {0};
  if (heap_count) {
    when.it_value.tv_sec = (time_t)heap[0].due;
    when.it_value.tv_nsec = (long)((heap[0].due - (double)when.it_value.tv_sec) * 1e9) + 1;
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: delay-proxy SERVER-SOCKET MILLISECONDS");
  delay = atof(arguments[2]) / 1e3;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), listener = listen_on_loopback();
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
  event = (struct epoll_event){.events = EPOLLIN, .data.ptr = &timer};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer, &event);
  for (;;) {
    struct epoll_event events[MAXIMUM_EVENTS];
    int n = epoll_wait(poll_fd, events, MAXIMUM_EVENTS, -1);
    for (int i = 0; i < n; i++) {
      uint64_t expirations;
      if (events[i].data.ptr == &listener) accept_all(listener, arguments[1]);
      else if (events[i].data.ptr == &timer) (void)!read(timer, &expirations, sizeof expirations);
      else ready(events[i].data.ptr, events[i].events);
    }
    while (heap_count && heap[0].due <= now_seconds()) {
      struct entry entry = take_first();
      deliver(entry.link, entry.direction);
    }
    arm(timer);
  }
}

// Writes a page to a file and waits until the disk has it, again and again: less than that no ledger in a file can do.
//
// disk-write FILE WRITES
// Prints: median and 99th percentile of a write in microseconds.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
// The file keeps its size, as SQLite's log does after its first megabytes: to write down a new size takes as long again.
#define PAGES 1000

static int by_size(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void put(int file, const char *page, int place) {
  if (pwrite(file, page, PAGE, (off_t)place * PAGE) == PAGE) return;
  perror("disk-write");
  exit(1);
}

int main(int count, char **arguments) {
  int writes = count == 3 ? atoi(arguments[2]) : 0;
  if (writes < 1) {
    fprintf(stderr, "disk-write FILE WRITES\n");
    return 2;
  }
  int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  double *times = calloc((size_t)writes, sizeof *times);
  char page[PAGE];
  if (file < 0 || !times) {
    perror(arguments[1]);
    return 1;
  }
  memset(page, 1, sizeof page);
  for (int i = 0; i < PAGES; i++) put(file, page, i);
  fsync(file);
  for (int i = 0; i < writes; i++) {
    double began = now();
    put(file, page, i % PAGES);
    if (fdatasync(file)) {
      perror(arguments[1]);
      return 1;
    }
    times[i] = now() - began;
  }
  qsort(times, (size_t)writes, sizeof *times, by_size);
  printf("%.0f %.0f\n", times[writes / 2], times[writes * 99 / 100]);
  free(times);
  close(file);
  unlink(arguments[1]);
}

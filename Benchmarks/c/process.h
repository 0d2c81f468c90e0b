// What the kernel says about the process that is measured.
#ifndef BENCHMARK_PROCESS_H
#define BENCHMARK_PROCESS_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// CPU seconds of all its threads so far, in nanoseconds, those that ended included (clock_getcpuclockid(3)).
static inline double cpu_seconds(int process) {
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(process, &clock) || clock_gettime(clock, &used)) {
    fprintf(stderr, "process %d is gone\n", process);
    exit(1);
  }
  return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

// VmRSS in kB.
static inline long resident_kilobytes(int process) {
  char path[64], line[256];
  long value = 0;
  snprintf(path, sizeof path, "/proc/%d/status", process);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "VmRSS: %ld", &value) == 1) break;
  }
  fclose(file);
  return value;
}

#endif

/*
 * A disk that fails, as a library that is loaded before libc's (LD_PRELOAD): it stands between the database files of one
 * process and the kernel. It must not know SQLite.
 *
 * FAULTY_DISK_FILE     path of the database file; its write-ahead log is that with "-wal".
 * FAULTY_DISK_CONTROL  a file that is read before each operation, so that a test can change it at any time:
 *                      "SEED WRITE_FILE WRITE_LOG SYNC_FILE SYNC_LOG", the latter four in failures of a thousand.
 *                      Absent or empty: nothing fails.
 * FAULTY_DISK_TRACE    a file that gets a record of each operation as it went, and of what was said on stdout:
 *                      struct record, then `length` bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum file { DATABASE, LOG, OUTPUT, OTHER };

struct record {
  char operation; /* w(rite), e(rror of a write), s(ync), f(ailed sync), t(runcate), o(utput) */
  char file;
  uint16_t unused;
  uint32_t length;
  uint64_t offset;
};

struct plan {
  unsigned seed;
  int fails[4]; /* of writes to either file, of syncs of either file */
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static uint64_t chance;

/*
 * How often syncs of either file failed, and how much of that each descriptor was told. Linux (since 4.13, fsync(2))
 * tells a failure once to every descriptor that was open by then, whichever asked.
 */
enum { DESCRIPTORS = 1024 };
static unsigned failures[2];
static struct {
  enum file file;
  unsigned failures;
  int isKnown;
} told[DESCRIPTORS];

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off64_t);
static int (*real_close)(int);

__attribute__((constructor)) static void begin(void) {
  real_write = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  real_pwrite = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_ftruncate = (int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
  real_close = (int (*)(int))dlsym(RTLD_NEXT, "close");
}

static enum file file_of(int fd) {
  const char *database = getenv("FAULTY_DISK_FILE");
  if (database == NULL) return OTHER;
  if (fd == STDOUT_FILENO) return OUTPUT;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  size_t expected = strlen(database);
  if (length < (ssize_t)expected || memcmp(path, database, expected) != 0) return OTHER;
  path[length] = '\0';
  if (path[expected] == '\0') return DATABASE;
  return strcmp(path + expected, "-wal") == 0 ? LOG : OTHER;
}

/* Numbers below a thousand that a seed repeats (xorshift). */
static int number(unsigned seed) {
  if (chance == 0) chance = seed * 2654435761u + 1;
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return (int)(chance % 1000);
}

static struct plan read_plan(void) {
  struct plan plan = {0};
  const char *path = getenv("FAULTY_DISK_CONTROL");
  char text[128] = "";
  int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return plan;
  ssize_t length = read(fd, text, sizeof text - 1);
  real_close(fd);
  if (length > 0)
    sscanf(text, "%u %d %d %d %d", &plan.seed, &plan.fails[0], &plan.fails[1], &plan.fails[2], &plan.fails[3]);
  return plan;
}

/* A descriptor counts as open from its first operation. */
static void meet(int fd, enum file file) {
  if (fd >= DESCRIPTORS) abort();
  if (told[fd].isKnown && told[fd].file == file) return;
  told[fd].file = file;
  told[fd].failures = failures[file];
  told[fd].isKnown = 1;
}

static void note(char operation, enum file file, const void *bytes, size_t length, uint64_t offset) {
  static int trace = -2;
  if (trace == -2) {
    const char *path = getenv("FAULTY_DISK_TRACE");
    trace = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  if (trace < 0) return;
  struct record record = {operation, (char)file, 0, (uint32_t)length, offset};
  if (real_write(trace, &record, sizeof record) != sizeof record) abort();
  if (length > 0 && real_write(trace, bytes, length) != (ssize_t)length) abort();
}

/* Nothing is written, or a part; EIO and ENOSPC take turns. */
static ssize_t write_badly(int fd, enum file file, const void *bytes, size_t length, off64_t offset, int dice) {
  size_t part = length * (size_t)(dice % 10) / 10;
  ssize_t written = part == 0 ? 0 : real_pwrite(fd, bytes, part, offset);
  if (written > 0) note('w', file, bytes, (size_t)written, (uint64_t)offset);
  if (written > 0 && dice >= 500) return written;
  note('e', file, NULL, 0, (uint64_t)offset);
  errno = dice % 2 == 0 ? EIO : ENOSPC;
  return -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  enum file file = file_of(fd);
  if (file != DATABASE && file != LOG) return real_pwrite(fd, bytes, length, offset);
  pthread_mutex_lock(&turn);
  meet(fd, file);
  struct plan plan = read_plan();
  ssize_t written;
  if (number(plan.seed) < plan.fails[file]) {
    written = write_badly(fd, file, bytes, length, offset, number(plan.seed));
  } else {
    written = real_pwrite(fd, bytes, length, offset);
    if (written > 0) note('w', file, bytes, (size_t)written, (uint64_t)offset);
  }
  int error = errno;
  pthread_mutex_unlock(&turn);
  errno = error;
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite64(fd, bytes, length, offset);
}

/* What a process says is part of the trace, so that what it promised can be held against what was on the disk by then. */
ssize_t write(int fd, const void *bytes, size_t length) {
  if (file_of(fd) != OUTPUT) return real_write(fd, bytes, length);
  pthread_mutex_lock(&turn);
  ssize_t written = real_write(fd, bytes, length);
  int error = errno;
  if (written > 0) note('o', OUTPUT, bytes, (size_t)written, 0);
  pthread_mutex_unlock(&turn);
  errno = error;
  return written;
}

int fsync(int fd) {
  enum file file = file_of(fd);
  if (file != DATABASE && file != LOG) return real_fsync(fd);
  pthread_mutex_lock(&turn);
  meet(fd, file);
  struct plan plan = read_plan();
  if (number(plan.seed) < plan.fails[2 + file]) failures[file] += 1;
  int fails = told[fd].failures != failures[file];
  told[fd].failures = failures[file];
  note(fails ? 'f' : 's', file, NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  if (!fails) return 0;
  errno = EIO;
  return -1;
}

/* Whoever gets its number next is told of later failures only. */
int close(int fd) {
  pthread_mutex_lock(&turn);
  if (fd >= 0 && fd < DESCRIPTORS) told[fd].isKnown = 0;
  pthread_mutex_unlock(&turn);
  return real_close(fd);
}

int fdatasync(int fd) {
  return fsync(fd);
}

int ftruncate64(int fd, off64_t size) {
  enum file file = file_of(fd);
  if (file != DATABASE && file != LOG) return real_ftruncate(fd, size);
  pthread_mutex_lock(&turn);
  int answer = real_ftruncate(fd, size);
  if (answer == 0) note('t', file, NULL, 0, (uint64_t)size);
  pthread_mutex_unlock(&turn);
  return answer;
}

int ftruncate(int fd, off_t size) {
  return ftruncate64(fd, size);
}

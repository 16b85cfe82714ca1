/*
 * Clocks that jump, for the test of machines that sleep (suite/roaming.rs). To be preloaded. CHATFILE_CLOCK is a file of two
 * 64-bit numbers: so many seconds are added to the clock that only goes on, and to that of the wall.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead(void)
{
    static const int64_t none[2];
    static const volatile int64_t *found;
    if (found == NULL) {
        const char *path = getenv("CHATFILE_CLOCK");
        int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *place = file >= 0 ? mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
        found = place != MAP_FAILED ? (const volatile int64_t *)place : none;
        if (file >= 0)
            close(file);
    }
    return found;
}

static long (*real_syscall)(long, ...);

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    if (real_syscall == NULL)
        *(void **)&real_syscall = dlsym(RTLD_NEXT, "syscall");
    return real_syscall(number, a, b, c, d, e, f);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)call(SYS_clock_gettime, clock, (long)now, 0, 0, 0, 0);
    if (result == 0 && clock == CLOCK_MONOTONIC)
        now->tv_sec += ahead()[0];
    if (result == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += ahead()[1];
    return result;
}

/* Rust waits by this, until a time by the first clock. */
long syscall(long number, ...)
{
    long given[6];
    struct timespec until;
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        given[i] = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_futex && (given[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && given[3] != 0) {
        until = *(const struct timespec *)given[3];
        until.tv_sec -= ahead()[0];
        given[3] = (long)&until;
    }
    return call(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

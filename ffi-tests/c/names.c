/*
 * Stands in for the system's name look-up (LD_PRELOAD), so that no test asks a name server:
 *
 * - names that end in .invalid do not exist;
 * - names that end in .test are 127.0.0.1;
 * - before that, names that begin with hang. take for ever, those with slow. a third of a second, and those with held.
 *   until names_release() is called.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef int (*look_up_fn)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static int begins_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
}

static int ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static int released;

void names_release(void);

void names_release(void)
{
    pthread_mutex_lock(&lock);
    released = 1;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
}

static void wait_for_release(void)
{
    pthread_mutex_lock(&lock);
    while (!released)
        pthread_cond_wait(&change, &lock);
    pthread_mutex_unlock(&lock);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    look_up_fn real;
    const struct timespec a_while = { 0, 333000000 };
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (name != NULL && begins_with(name, "hang."))
        for (;;)
            pause();
    if (name != NULL && begins_with(name, "slow."))
        nanosleep(&a_while, NULL);
    if (name != NULL && begins_with(name, "held."))
        wait_for_release();
    if (name != NULL && ends_with(name, ".invalid"))
        return EAI_NONAME;
    if (name != NULL && ends_with(name, ".test"))
        name = "127.0.0.1";
    return real(name, service, hints, found);
}

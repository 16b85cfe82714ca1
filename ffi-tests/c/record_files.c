/*
 * Recorded by the test of crash points (suite/crash.rs): what a process does to the files of one folder, in order. To be
 * preloaded. CHATFILE_RECORD is the record, CHATFILE_FOLDER the folder, and CHATFILE_BOOT a file that is read in place of
 * the one that tells one boot of Linux from another. When a file was made is hidden: replayed ones are made later.
 *
 * A line of the record: what, the name in the folder, two numbers or another name; behind a `write` its bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* What each descriptor is of, if it is one of the folder. */
static char names[FILES][256];
static const char *folder;
static int record = -1;

#define REAL(name) (*(void **)&real_##name = real_##name != NULL ? (void *)real_##name : dlsym(RTLD_NEXT, #name))

static int (*real_open64)(const char *, int, ...);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);
static int (*real_close)(int);
static int (*real_statx)(int, const char *, int, unsigned, struct statx *);

static void say(const char *what, const char *name, const char *rest, const void *data, size_t size)
{
    char line[800];
    int length = snprintf(line, sizeof line, "%s %s %s\n", what, name, rest);
    if (record < 0 || real_write(record, line, (size_t)length) != length)
        abort();
    if (size > 0 && real_write(record, data, size) != (ssize_t)size)
        abort();
}

/* The name of a path within the folder; "." is the folder itself; NULL: it is elsewhere. */
static const char *within(const char *path)
{
    size_t length;
    if (folder == NULL) {
        const char *place = getenv("CHATFILE_RECORD");
        folder = getenv("CHATFILE_FOLDER");
        if (folder == NULL)
            folder = "";
        REAL(open64);
        REAL(write);
        if (place != NULL)
            record = real_open64(place, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    length = strlen(folder);
    if (length == 0 || record < 0 || strncmp(path, folder, length) != 0)
        return NULL;
    if (path[length] == '\0')
        return ".";
    return path[length] == '/' && strlen(path) - length < 200 ? path + length + 1 : NULL;
}

static char *name_of(int file)
{
    return file >= 0 && file < FILES && names[file][0] != '\0' ? names[file] : NULL;
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    const char *name;
    int file;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    pthread_mutex_lock(&lock);
    REAL(open64);
    name = within(path);
    if (strcmp(path, "/proc/sys/kernel/random/boot_id") == 0 && getenv("CHATFILE_BOOT") != NULL)
        path = getenv("CHATFILE_BOOT");
    file = real_open64(path, flags, mode);
    if (file >= 0 && file < FILES && name != NULL) {
        strcpy(names[file], name);
        if (flags & O_CREAT)
            say("create", name, "0 0", NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return file;
}

int close(int file)
{
    int result;
    pthread_mutex_lock(&lock);
    REAL(close);
    if (file >= 0 && file < FILES)
        names[file][0] = '\0';
    result = real_close(file);
    pthread_mutex_unlock(&lock);
    return result;
}

static int duplicated(int file, int result)
{
    pthread_mutex_lock(&lock);
    if (name_of(file) != NULL && result >= 0 && result < FILES)
        memmove(names[result], names[file], sizeof names[file]);
    pthread_mutex_unlock(&lock);
    return result;
}

static int with_fcntl(const char *symbol, int file, int command, void *argument)
{
    int (*real)(int, int, ...);
    *(void **)&real = dlsym(RTLD_NEXT, symbol);
    if (command == F_DUPFD_CLOEXEC || command == F_DUPFD)
        return duplicated(file, real(file, command, argument));
    return real(file, command, argument);
}

int fcntl64(int file, int command, ...)
{
    va_list rest;
    void *argument;
    va_start(rest, command);
    argument = va_arg(rest, void *);
    va_end(rest);
    return with_fcntl("fcntl64", file, command, argument);
}

int fcntl(int file, int command, ...)
{
    va_list rest;
    void *argument;
    va_start(rest, command);
    argument = va_arg(rest, void *);
    va_end(rest);
    return with_fcntl("fcntl", file, command, argument);
}

static void say_write(int file, const void *data, ssize_t size, off64_t at)
{
    char rest[64];
    if (size <= 0 || name_of(file) == NULL)
        return;
    snprintf(rest, sizeof rest, "%lld %lld", (long long)at, (long long)size);
    say("write", name_of(file), rest, data, (size_t)size);
}

ssize_t write(int file, const void *data, size_t size)
{
    ssize_t result;
    pthread_mutex_lock(&lock);
    REAL(write);
    {
        off64_t at = name_of(file) != NULL ? lseek64(file, 0, SEEK_CUR) : 0;
        result = real_write(file, data, size);
        say_write(file, data, result, at);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at)
{
    ssize_t result;
    pthread_mutex_lock(&lock);
    REAL(pwrite64);
    result = real_pwrite64(file, data, size, at);
    say_write(file, data, result, at);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int file, off64_t length)
{
    char rest[64];
    int result;
    pthread_mutex_lock(&lock);
    REAL(ftruncate64);
    result = real_ftruncate64(file, length);
    snprintf(rest, sizeof rest, "%lld 0", (long long)length);
    if (result == 0 && name_of(file) != NULL)
        say("truncate", name_of(file), rest, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

static int synced(int file, int result)
{
    pthread_mutex_lock(&lock);
    if (result == 0 && name_of(file) != NULL)
        say("sync", name_of(file), "0 0", NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int file)
{
    REAL(fsync);
    return synced(file, real_fsync(file));
}

int fdatasync(int file)
{
    REAL(fdatasync);
    return synced(file, real_fdatasync(file));
}

int rename(const char *from, const char *to)
{
    const char *old, *new;
    int result, file;
    pthread_mutex_lock(&lock);
    REAL(rename);
    old = within(from);
    new = within(to);
    result = real_rename(from, to);
    if (result == 0 && old != NULL && new != NULL) {
        say("rename", old, new, NULL, 0);
        for (file = 0; file < FILES; file++)
            if (strcmp(names[file], old) == 0)
                strcpy(names[file], new);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path)
{
    const char *name;
    int result;
    pthread_mutex_lock(&lock);
    REAL(unlink);
    name = within(path);
    result = real_unlink(path);
    if (result == 0 && name != NULL)
        say("unlink", name, "0 0", NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int statx(int folder_file, const char *path, int flags, unsigned mask, struct statx *facts)
{
    int result;
    REAL(statx);
    result = real_statx(folder_file, path, flags, mask, facts);
    if (result == 0)
        facts->stx_mask &= ~(unsigned)STATX_BTIME;
    return result;
}

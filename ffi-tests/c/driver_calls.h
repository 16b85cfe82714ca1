/*
 * What the driver's callbacks do, and what they saw.
 */
#ifndef DRIVER_CALLS_H
#define DRIVER_CALLS_H

#include <chatfile.h>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "driver_line.h"

/* What the callbacks of one call share; its address is their user pointer. */
struct call {
    pthread_t thread;
    int strayed;
    uint64_t given, received;
    long long reads, rewinds;
    unsigned long crc;
    long long reports, early, finished, doing;
    uint64_t hashed;
    int rated, left;
    uint64_t first, last, total;
    int fell, outside;
    chatfile_cancel *cancel;
    int over;
};

static struct call new_call(void)
{
    struct call call;
    memset(&call, 0, sizeof call);
    call.thread = pthread_self();
    call.crc = 0xFFFFFFFFUL;
    return call;
}

static struct call *called(void *user)
{
    struct call *call = user;
    if (!pthread_equal(call->thread, pthread_self()))
        call->strayed = 1;
    return call;
}

static int32_t CHATFILE_CALL on_read(void *user, void *buffer, size_t capacity, size_t *size)
{
    struct call *call = called(user);
    uint64_t end = (uint64_t)number(has("produce") ? "produce" : "size");
    size_t most = capacity;
    call->reads++;
    if (has("read_fail_at") && call->given >= (uint64_t)number("read_fail_at"))
        return (int32_t)number("read_value");
    if (has("read_chunk") && most > (size_t)number("read_chunk"))
        most = (size_t)number("read_chunk");
    if (end - call->given < most)
        most = (size_t)(end - call->given);
    copy_pattern(call->given, buffer, most);
    call->given += most;
    *size = has("claim") ? capacity + 1 : most;
    return 0;
}

static int32_t CHATFILE_CALL on_rewind(void *user)
{
    struct call *call = called(user);
    call->rewinds++;
    call->given = 0;
    return (int32_t)number("rewind_value");
}

static int32_t CHATFILE_CALL on_write(void *user, const void *data, size_t size)
{
    struct call *call = called(user);
    call->received += size;
    call->crc = crc32_of(call->crc, data, size);
    if (has("write_fail_at") && call->received >= (uint64_t)number("write_fail_at"))
        return (int32_t)number("write_value");
    return 0;
}

static int32_t CHATFILE_CALL on_progress(void *user, const chatfile_progress *progress)
{
    struct call *call = called(user);
    if (progress->struct_size != sizeof *progress)
        die("the progress structure is not of this header");
    if (call->reports++ == 0)
        call->first = progress->done;
    else if (progress->done < call->last)
        call->fell = 1;
    if (progress->total_known != 0 && progress->done > progress->total)
        call->outside = 1;
    if (progress->total_known == 0 && progress->total != 0)
        die("an unknown total that is not 0");
    if (progress->finished == 0 && progress->total_known != 0 && progress->total > 0 &&
        progress->done == progress->total)
        call->early++;
    call->finished += progress->finished;
    if (progress->activity > CHATFILE_ACTIVITY_RENEWING || progress->reserved != 0 || progress->remaining_ms < -1)
        die("what no progress says");
    if (progress->hashed > progress->hash_total)
        die("more was hashed than there is");
    call->doing |= 1LL << progress->activity;
    call->hashed = progress->hashed > call->hashed ? progress->hashed : call->hashed;
    call->rated |= progress->rate > 0;
    call->left |= progress->remaining_ms > 0;
    call->last = progress->done;
    call->total = progress->total;
    if (has("fire_at") && progress->done >= (uint64_t)number("fire_at"))
        chatfile_cancel_fire(call->cancel);
    if (has("cancel_at") && progress->done >= (uint64_t)number("cancel_at") && call->reports >= number("cancel_report"))
        return (int32_t)number("cancel_value");
    return 0;
}

/* The cancel handle of a call, as the line asks for it; NULL if it does not. */
static chatfile_cancel *make_cancel(void)
{
    chatfile_cancel *cancel;
    if (!has("fire_at") && !has("fire_before") && !has("fire_when"))
        return NULL;
    cancel = chatfile_cancel_new();
    if (cancel == NULL)
        die("no cancel handle");
    if (has("fire_before"))
        chatfile_cancel_fire(cancel);
    return cancel;
}

static pthread_mutex_t over_lock = PTHREAD_MUTEX_INITIALIZER;

static int is_over(struct call *call)
{
    int over;
    pthread_mutex_lock(&over_lock);
    over = call->over;
    pthread_mutex_unlock(&over_lock);
    return over;
}

/* Another thread: fires when the file that the line names is there. */
static void *fire_when_told(void *user)
{
    struct call *call = user;
    const struct timespec pause = { 0, 1000000 };
    while (!is_over(call)) {
        if (access(text("fire_when"), F_OK) == 0) {
            chatfile_cancel_fire(call->cancel);
            break;
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static pthread_t begin(struct call *call)
{
    pthread_t watcher = pthread_self();
    call->cancel = make_cancel();
    if (has("fire_when") && pthread_create(&watcher, NULL, fire_when_told, call) != 0)
        die("no thread");
    return watcher;
}

static void end(struct call *call, pthread_t watcher)
{
    pthread_mutex_lock(&over_lock);
    call->over = 1;
    pthread_mutex_unlock(&over_lock);
    if (has("fire_when"))
        pthread_join(watcher, NULL);
    chatfile_cancel_free(call->cancel);
}

/* What a client outlives the line that opened it with: a secret to tell, and the log. */
struct slot {
    chatfile_client *client;
    char secret[1000];
    int32_t refusal;
    long long asked;
    char login[1000];
    int32_t login_refusal;
    long long logins;
    char challenge[1000];
    char log[1 << 15];
    size_t logged;
};

static pthread_mutex_t slot_lock = PTHREAD_MUTEX_INITIALIZER;

static int32_t CHATFILE_CALL on_secret(void *user, const char *name, char *buffer, size_t capacity, size_t *size)
{
    struct slot *slot = user;
    size_t length = strlen(slot->secret);
    static const char *const names[] = {
        "client_secret", "password", "token", "app_secret", "library_secret", "access_token", "admin_secret",
    };
    size_t i = 0;
    while (i < sizeof names / sizeof *names && strcmp(name, names[i]) != 0)
        i++;
    if (i == sizeof names / sizeof *names)
        die("a secret without a name");
    slot->asked++;
    if (slot->refusal != 0)
        return slot->refusal;
    if (length > capacity)
        die("no room for a secret");
    memcpy(buffer, slot->secret, length);
    *size = length;
    return 0;
}

static int32_t CHATFILE_CALL on_login(void *user, const char *proxy, const char *scheme, const char *realm,
                                      char *buffer, size_t capacity, size_t *size)
{
    struct slot *slot = user;
    size_t length = strlen(slot->login);
    if (strchr(proxy, ':') == NULL)
        die("a login without a proxy");
    slot->logins++;
    sprintf(slot->challenge, "%.99s %.800s", scheme, realm);
    if (slot->login_refusal != 0)
        return slot->login_refusal;
    if (length > capacity)
        die("no room for a login");
    memcpy(buffer, slot->login, length);
    *size = length;
    return 0;
}

static void CHATFILE_CALL on_log(void *user, chatfile_log_level level, const char *text_of_line)
{
    struct slot *slot = user;
    size_t room;
    pthread_mutex_lock(&slot_lock);
    room = sizeof slot->log - slot->logged;
    if (strlen(text_of_line) + 4 < room)
        slot->logged += (size_t)sprintf(slot->log + slot->logged, "%d %s\n", (int)level, text_of_line);
    pthread_mutex_unlock(&slot_lock);
}

static void say_call(const struct call *call)
{
    if (has("progress")) {
        say_number("reports", call->reports);
        say_number("first", (long long)call->first);
        say_number("rising", !call->fell);
        say_number("within", !call->outside);
        say_number("early", call->early);
        say_number("finished", call->finished);
        say_number("last", (long long)call->last);
        say_number("total", (long long)call->total);
        say_number("doing", call->doing);
        say_number("hashed", (long long)call->hashed);
        say_number("rated", call->rated);
        say_number("left", call->left);
    }
    say_number("same_thread", !call->strayed);
}

#endif

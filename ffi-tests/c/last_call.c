/*
 * Calls in the last moments of a thread: last_call BASE_URL APP_KEY CLIENT_ID CLIENT_SECRET. The destructor of a thread's own
 * value (pthread_key_create) makes them, in a round behind that in which what the library had on the thread was taken
 * down. POSIX.
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_key_t early, late;
static char **arguments;
static int has_failed = 1;

static int32_t CHATFILE_CALL give_secret(void *user, const char *name, char *buffer, size_t capacity, size_t *size)
{
    (void)user;
    (void)name;
    *size = strlen(arguments[4]);
    if (*size > capacity)
        return 1;
    memcpy(buffer, arguments[4], *size);
    return 0;
}

static int32_t CHATFILE_CALL go_on(void *user)
{
    (void)user;
    return 0;
}

static void make_calls(void)
{
    static const char content[100000] = "content";
    chatfile_easemob easemob = CHATFILE_EASEMOB_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options how = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_cancel *cancel = chatfile_cancel_new_asking(go_on, NULL);
    chatfile_client *client = NULL;
    chatfile_upload_result *stored = NULL;
    chatfile_check_result *checked = NULL;
    chatfile_error *error = NULL;
    chatfile_status status;
    easemob.base_url = arguments[1];
    easemob.app_key = arguments[2];
    easemob.client_id = arguments[3];
    easemob.secret = give_secret;
    options.trace = 1;
    source.data = content;
    source.data_size = sizeof content;
    how.cancel = cancel;
    status = chatfile_open_easemob(&easemob, &options, &client, &error);
    if (status == CHATFILE_OK)
        status = chatfile_upload(client, &source, &how, &stored, &error);
    if (status == CHATFILE_OK)
        status = chatfile_check(client, NULL, &checked, &error);
    has_failed = status != CHATFILE_OK;
    if (has_failed)
        fprintf(stderr, "%s: %s\n", chatfile_status_name(status), chatfile_error_message(error));
    chatfile_check_result_free(checked);
    chatfile_upload_result_free(stored);
    chatfile_cancel_free(cancel);
    chatfile_client_free(client);
    chatfile_error_free(error);
}

static void end_late(void *value)
{
    (void)value;
    make_calls();
}

static void end_early(void *value)
{
    pthread_setspecific(late, value);
}

static void *begin(void *value)
{
    /* With something of the library's on the thread. */
    make_calls();
    return has_failed || pthread_setspecific(early, value) != 0 ? value : NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    void *failed;
    if (argc != 5)
        return 2;
    arguments = argv;
    /* A round goes through the keys as they were made: what is set behind it waits for the next. */
    if (pthread_key_create(&late, end_late) != 0 || pthread_key_create(&early, end_early) != 0)
        return 2;
    if (pthread_create(&thread, NULL, begin, argv) != 0 || pthread_join(thread, &failed) != 0 || failed != NULL)
        return 1;
    return has_failed;
}

/*
 * One client, two threads: beside BASE_URL APP_KEY APP_SECRET PROXY NO_PROXY CA_PATH, the last three "-" for none. Reads
 * commands, one in a line, and answers each with a line:
 *
 *   block upload SIZE | block download URL    starts a transfer on another thread: "started"
 *   cancel                                    cancels it and waits for it: its status and the microseconds from then on
 *   upload SIZE | download URL                a transfer on this thread: its status, and for an upload its URL
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a transfer is asked for, and what becomes of it. */
struct job {
    char verb[16];
    char what[1000];
    chatfile_cancel *cancel;
    chatfile_status status;
    char url[1000];
};

static chatfile_client *client;
static int plain;

static int32_t CHATFILE_CALL zeros(void *user, void *buffer, size_t capacity, size_t *size)
{
    uint64_t *left = user;
    *size = *left < capacity ? (size_t)*left : capacity;
    memset(buffer, 0, *size);
    *left -= *size;
    return 0;
}

static void run_upload(struct job *job)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_netease_upload netease = CHATFILE_NETEASE_UPLOAD_INIT;
    chatfile_upload_result *result;
    uint64_t left = strtoull(job->what, NULL, 10);
    source.read = zeros;
    source.user = &left;
    source.length = left;
    netease.plain_http_url = plain;
    options.netease = &netease;
    options.cancel = job->cancel;
    job->status = chatfile_upload(client, &source, &options, &result, NULL);
    if (result != NULL)
        snprintf(job->url, sizeof job->url, "%s", chatfile_upload_result_file(result));
    chatfile_upload_result_free(result);
}

static void *run(void *user)
{
    struct job *job = user;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    chatfile_download_result *result;
    job->url[0] = '\0';
    if (strcmp(job->verb, "upload") == 0) {
        run_upload(job);
        return NULL;
    }
    sink.to_memory = 1;
    options.cancel = job->cancel;
    job->status = chatfile_download(client, job->what, &sink, &options, &result, NULL);
    chatfile_download_result_free(result);
    return NULL;
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static const char *given(const char *argument)
{
    return strcmp(argument, "-") == 0 ? NULL : argument;
}

static int obey(const char *line)
{
    static struct job blocked;
    static pthread_t thread;
    struct job job = { "", "", NULL, 0, "" };
    if (sscanf(line, "block %15s %999s", blocked.verb, blocked.what) == 2) {
        blocked.cancel = chatfile_cancel_new();
        if (pthread_create(&thread, NULL, run, &blocked) != 0)
            return 2;
        printf("started\n");
    } else if (strncmp(line, "cancel", 6) == 0) {
        long long begun = now();
        chatfile_cancel_fire(blocked.cancel);
        pthread_join(thread, NULL);
        printf("%s %lld\n", chatfile_status_name(blocked.status), now() - begun);
        chatfile_cancel_free(blocked.cancel);
    } else if (sscanf(line, "%15s %999s", job.verb, job.what) == 2) {
        run(&job);
        printf("%s %s\n", chatfile_status_name(job.status), job.url);
    } else {
        return 2;
    }
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    static char line[2000];
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    int failed = 0;
    if (argc != 7)
        return 2;
    config.base_url = argv[1];
    plain = strncmp(argv[1], "http:", 5) == 0;
    config.app_key = argv[2];
    config.app_secret = argv[3];
    config.max_upload_size = 1 << 30;
    options.proxy = given(argv[4]);
    options.no_proxy = given(argv[5]);
    options.ca_certificates_path = given(argv[6]);
    if (chatfile_open_netease(&config, &options, &client, NULL) != CHATFILE_OK)
        return 2;
    while (failed == 0 && fgets(line, sizeof line, stdin) != NULL)
        failed = obey(line);
    chatfile_client_free(client);
    return failed;
}

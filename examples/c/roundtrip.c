/*
 * roundtrip: uploads a file to Easemob and to NetEase, downloads it again, and
 * compares the two byte for byte.
 *
 *     roundtrip [--max-upload BYTES] URL FILE FOLDER
 *
 * URL is where `chatfile-emulator` listens; its credentials are the defaults
 * below. With "-" for URL the file goes to the services themselves, with the
 * credentials of your own app in EASEMOB_APP_KEY, EASEMOB_CLIENT_ID,
 * EASEMOB_CLIENT_SECRET, NETEASE_APP_KEY and NETEASE_APP_SECRET.
 *
 * Standard error gets a progress bar and the errors; standard output one line
 * for each step, its fields set apart by tabs:
 *
 *     service  verb  bytes  seconds  verdict  where
 *
 * The verdict is "stored", "identical", "different", or the name of a status;
 * after the name of a status, the last field is the message.
 *
 * Exit code: 0 if everything came back identical, 1 if not, 2 for wrong usage.
 *
 * Build it with (LIB is the folder of libchatfile.so):
 *
 *     cc -std=c99 -I include examples/c/roundtrip.c -o roundtrip \
 *         -L LIB -lchatfile -Wl,-rpath,LIB
 */

/* For isatty() and clock_gettime(), which C99 itself does not have. */
#define _POSIX_C_SOURCE 200112L

#include <chatfile.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What the command line asks for. */
struct job {
    const char *url;     /* of the emulator; NULL: the services themselves */
    const char *file;    /* what to upload */
    const char *folder;  /* where to put what is downloaded */
    uint64_t max_upload; /* 0: the limits of the services */
};

/* ---- Progress ---------------------------------------------------------- */

struct bar {
    const char *service;
    const char *verb;
    int next;  /* the percentage to print next, where there is no terminal */
    int drawn; /* a line of the terminal is not finished */
};

/* The library calls this on our own thread while it transfers. */
static int32_t CHATFILE_CALL show_progress(void *user, const chatfile_progress *progress)
{
    struct bar *bar = user;
    int percent = progress->finished ? 100 : 0;

    if (progress->total > 0) /* 0 also while the size is not known */
        percent = (int)(progress->done * 100 / progress->total);

    if (isatty(STDERR_FILENO)) {
        static const char full[] = "#########################";
        static const char empty[] = ".........................";
        int width = percent / 4;

        fprintf(stderr, "\r%-17s %-8s [%.*s%.*s] %3d %%  %.1f MiB\033[K", bar->service, bar->verb,
                width, full, 25 - width, empty, percent, (double)progress->done / 1048576.0);
        if (progress->finished)
            fputc('\n', stderr);
        bar->drawn = !progress->finished;
    } else if (progress->finished || percent >= bar->next) {
        /* No terminal: a line for each quarter at most. */
        bar->next = percent / 25 * 25 + 25;
        fprintf(stderr, "%-17s %-8s %3d %%  %" PRIu64 " bytes\n", bar->service, bar->verb, percent,
                progress->done);
    }
    return 0; /* anything else would stop the transfer */
}

/* ---- Errors ------------------------------------------------------------ */

/* One line of an error; a text that is not there is left out. */
static void print_detail(const char *name, const char *text)
{
    if (text != NULL)
        fprintf(stderr, "  %-15s %s\n", name, text);
}

/* Prints all that an error object tells, and frees it. */
static void print_error(const char *service, const char *verb, chatfile_error *error)
{
    int32_t http_status = chatfile_error_http_status(error);

    fprintf(stderr, "%s %s: %s\n", service, verb,
            chatfile_status_name(chatfile_error_status(error)));
    print_detail("message", chatfile_error_message(error));
    print_detail("field", chatfile_error_field(error));
    if (http_status != 0)
        fprintf(stderr, "  %-15s %d\n", "HTTP status", (int)http_status);
    print_detail("service code", chatfile_error_service_code(error));
    print_detail("service text", chatfile_error_service_message(error));
    print_detail("request id", chatfile_error_request_id(error));
    fprintf(stderr, "  %-15s %u\n", "attempts made", (unsigned)chatfile_error_attempts(error));
    print_detail("trying again",
                 chatfile_error_retryable(error) ? "may help" : "does not help");
    chatfile_error_free(error);
}

/* ---- One service ------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The line on standard output that says how a step went. */
static void report(const struct bar *bar, uint64_t bytes, double begun, const char *verdict,
                   const char *where)
{
    printf("%s\t%s\t%" PRIu64 "\t%.3f\t%s\t%s\n", bar->service, bar->verb, bytes,
           seconds_now() - begun, verdict, where);
    fflush(stdout);
}

/* Reports a step that failed, and frees the error. */
static void report_error(const struct bar *bar, double begun, chatfile_error *error)
{
    if (bar->drawn)
        fputc('\n', stderr);
    report(bar, 0, begun, chatfile_status_name(chatfile_error_status(error)),
           chatfile_error_message(error));
    print_error(bar->service, bar->verb, error);
}

/* 1 if two files hold the same bytes. */
static int same_bytes(const char *one, const char *other)
{
    FILE *a = fopen(one, "rb");
    FILE *b = fopen(other, "rb");
    int same = a != NULL && b != NULL;

    while (same) {
        char from_a[16384], from_b[16384];
        size_t got_a = fread(from_a, 1, sizeof from_a, a);
        size_t got_b = fread(from_b, 1, sizeof from_b, b);

        same = got_a == got_b && memcmp(from_a, from_b, got_a) == 0 && !ferror(a) && !ferror(b);
        if (got_a == 0)
            break;
    }
    if (a != NULL)
        fclose(a);
    if (b != NULL)
        fclose(b);
    return same;
}

/* Uploads the file and returns the result, which the caller frees, or NULL. */
static chatfile_upload_result *upload(const struct job *job, const char *service,
                                      const chatfile_client *client,
                                      const chatfile_netease_upload *netease)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_upload_result *result = NULL;
    chatfile_error *error = NULL;
    struct bar bar = {service, "upload", 0, 0};
    double begun = seconds_now();

    source.path = job->file;
    options.progress = show_progress;
    options.progress_user = &bar;
    options.netease = netease;
    if (chatfile_upload(client, &source, &options, &result, &error) == CHATFILE_OK)
        report(&bar, chatfile_upload_result_size(result), begun, "stored",
               chatfile_upload_result_file(result));
    else
        report_error(&bar, begun, error);
    return result;
}

/* Downloads what was stored to path. Returns 1 if it is what was uploaded. */
static int download(const struct job *job, const char *service, const chatfile_client *client,
                    const chatfile_upload_result *stored, const char *path)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    chatfile_download_result *result = NULL;
    chatfile_error *error = NULL;
    struct bar bar = {service, "download", 0, 0};
    double begun = seconds_now();
    int same = 0;

    sink.path = path;
    options.progress = show_progress;
    options.progress_user = &bar;
    if (chatfile_download(client, chatfile_upload_result_file(stored), &sink, &options, &result,
                          &error) == CHATFILE_OK) {
        same = same_bytes(job->file, path);
        report(&bar, chatfile_download_result_size(result), begun,
               same ? "identical" : "different", path);
        chatfile_download_result_free(result);
    } else {
        report_error(&bar, begun, error);
    }
    return same;
}

/* There and back with one client. Returns 1 if the same bytes came back. */
static int round_trip(const struct job *job, const char *service, const char *file_name,
                      const chatfile_client *client, const chatfile_netease_upload *netease)
{
    chatfile_upload_result *stored;
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", job->folder, file_name);
    int same;

    if (length < 0 || (size_t)length >= sizeof path) {
        fprintf(stderr, "%s: the path of the folder is too long\n", job->folder);
        return 0;
    }
    stored = upload(job, service, client, netease);
    if (stored == NULL)
        return 0;
    same = download(job, service, client, stored, path);
    chatfile_upload_result_free(stored);
    return same;
}

/* ---- Opening clients --------------------------------------------------- */

/* A value from the environment; without one, that of the emulator. */
static const char *setting(const struct job *job, const char *name, const char *of_emulator)
{
    const char *value = getenv(name);

    if (value != NULL)
        return value;
    if (job->url != NULL)
        return of_emulator;
    fprintf(stderr, "set %s to use the services themselves\n", name);
    exit(2);
}

static chatfile_client *open_easemob(const struct job *job, const chatfile_client_options *options)
{
    chatfile_easemob config = CHATFILE_EASEMOB_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    config.base_url = job->url;
    config.app_key = setting(job, "EASEMOB_APP_KEY", "easemob-demo#testapp");
    config.client_id = setting(job, "EASEMOB_CLIENT_ID", "YXA6ZW11bGF0b3ItY2xpZW50LWlk");
    config.client_secret =
        setting(job, "EASEMOB_CLIENT_SECRET", "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA");
    config.max_upload_size = job->max_upload;
    if (chatfile_open_easemob(&config, options, &client, &error) != CHATFILE_OK)
        print_error("Easemob", "open", error);
    return client;
}

static chatfile_client *open_netease(const struct job *job, const chatfile_client_options *options)
{
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;
    char base_url[1024]; /* needed during the call only: the library keeps a copy */

    if (job->url != NULL) {
        snprintf(base_url, sizeof base_url, "%s/nimserver", job->url);
        config.base_url = base_url;
    }
    config.app_key = setting(job, "NETEASE_APP_KEY", "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b");
    config.app_secret = setting(job, "NETEASE_APP_SECRET", "e1a2b3c4d5f6");
    config.max_upload_size = job->max_upload;
    if (chatfile_open_netease(&config, options, &client, &error) != CHATFILE_OK)
        print_error("NetEase", "open", error);
    return client;
}

/* ---- The program ------------------------------------------------------- */

static void read_arguments(struct job *job, int argc, char **argv)
{
    int at = 1;
    char *end = NULL;

    memset(job, 0, sizeof *job);
    if (argc > 2 && strcmp(argv[1], "--max-upload") == 0) {
        job->max_upload = strtoull(argv[2], &end, 10);
        at = 3;
    }
    if (argc != at + 3 || (end != NULL && *end != '\0')) {
        fputs("usage: roundtrip [--max-upload BYTES] URL FILE FOLDER\n"
              "       URL is that of chatfile-emulator, or - for the services themselves\n",
              stderr);
        exit(2);
    }
    job->url = strcmp(argv[at], "-") == 0 ? NULL : argv[at];
    job->file = argv[at + 1];
    job->folder = argv[at + 2];
}

int main(int argc, char **argv)
{
    struct job job;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_netease_upload multipart = CHATFILE_NETEASE_UPLOAD_INIT;
    chatfile_netease_upload base64_form = CHATFILE_NETEASE_UPLOAD_INIT;
    chatfile_client *easemob;
    chatfile_client *netease;
    int same = 0;

    read_arguments(&job, argc, argv);
    options.user_agent = "roundtrip/1.0";
    multipart.method = CHATFILE_NETEASE_MULTIPART;
    base64_form.method = CHATFILE_NETEASE_BASE64_FORM;

    easemob = open_easemob(&job, &options);
    netease = open_netease(&job, &options);
    if (easemob != NULL && netease != NULL) {
        /* A failure of one does not keep the others from being tried. */
        same = round_trip(&job, "Easemob", "easemob.out", easemob, NULL);
        same &= round_trip(&job, "NetEase multipart", "netease-multipart.out", netease, &multipart);
        same &= round_trip(&job, "NetEase base64", "netease-base64.out", netease, &base64_form);
    }
    chatfile_client_free(netease);
    chatfile_client_free(easemob);
    return same ? 0 : 1;
}

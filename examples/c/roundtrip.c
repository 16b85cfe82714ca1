/*
 * roundtrip: uploads a file to each of the five services, in each way it has,
 * downloads it again, and compares the two byte for byte.
 *
 *     roundtrip [--max-upload BYTES] [--retry-delay MS] [--large FILE] URL FILE FOLDER
 *
 * URL is where `chatfile-emulator` listens, whose credentials are known here. With
 * "-" for URL the file goes to the services themselves, to those for which the
 * environment has credentials; services.h has the names of the variables.
 *
 * --large names another file, which goes to Tencent SMH in parts, comes back, and
 * is then uploaded once more, which takes no time: SMH has those bytes already.
 *
 * Standard error gets a progress bar and the errors; standard output one line
 * for each step, its fields set apart by tabs:
 *
 *     service  verb  bytes  seconds  verdict  where
 *
 * The verdict is "stored", "instant" (the service had the bytes, so that none were
 * sent), "identical", "different", or the name of a status; after the name of a
 * status, the last field is the message.
 *
 * Exit code: 0 if everything came back identical, 1 if not, 2 for wrong usage.
 *
 * Build it with (LIB is the folder of an installed libchatfile.so, with libchatfile.so.0
 * beside it, which cargo alone does not make):
 *
 *     cc -std=c99 -I include examples/c/roundtrip.c -o roundtrip \
 *         -L LIB -lchatfile -Wl,-rpath,LIB
 */

/* For fileno() and clock_gettime(), which C99 itself does not have. */
#define _POSIX_C_SOURCE 200112L

#include <chatfile.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portable.h" /* what differs between systems */
#include "services.h" /* opens the clients */
#include "show.h"     /* progress, errors, and the lines on standard output */

/* What the command line asks for. */
struct job {
    const char *file;   /* what to upload */
    const char *large;  /* what to upload in parts, and once more; NULL: nothing */
    const char *folder; /* where to put what is downloaded */
};

/* ---- There and back ---------------------------------------------------- */

/* A way to carry a file: to whom, with which options. */
struct way {
    const char *service; /* as it is shown */
    const chatfile_client *client;
    const char *back; /* the name of what comes back */
    chatfile_upload_options upload;
    chatfile_download_options download;
};

static struct way way_of(const char *service, const chatfile_client *client, const char *back)
{
    struct way way = { 0 };
    const chatfile_upload_options upload = CHATFILE_UPLOAD_OPTIONS_INIT;
    const chatfile_download_options download = CHATFILE_DOWNLOAD_OPTIONS_INIT;

    way.service = service;
    way.client = client;
    way.back = back;
    way.upload = upload;
    way.download = download;
    return way;
}

/* Uploads a file and returns the result, which the caller frees, or NULL. */
static chatfile_upload_result *upload(const struct way *way, const char *file)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = way->upload;
    chatfile_upload_result *result = NULL;
    chatfile_error *error = NULL;
    struct step step = begin_step(way->service, "upload");

    source.path = file;
    options.progress = show_progress;
    options.progress_user = &step;
    if (chatfile_upload(way->client, &source, &options, &result, &error) == CHATFILE_OK)
        report(&step, chatfile_upload_result_size(result),
               chatfile_upload_result_instant(result) ? "instant" : "stored", chatfile_upload_result_file(result));
    else
        report_error(&step, error);
    return result;
}

/* Downloads what was stored to path. Returns 1 if it is what was uploaded. */
static int download(const struct way *way, const char *file, const chatfile_upload_result *stored, const char *path)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_options options = way->download;
    chatfile_download_result *result = NULL;
    chatfile_error *error = NULL;
    struct step step = begin_step(way->service, "download");
    int same = 0;

    sink.path = path;
    options.progress = show_progress;
    options.progress_user = &step;
    if (chatfile_download(way->client, chatfile_upload_result_file(stored), &sink, &options, &result, &error) ==
        CHATFILE_OK) {
        same = same_bytes(file, path);
        report(&step, chatfile_download_result_size(result), same ? "identical" : "different", path);
        chatfile_download_result_free(result);
    } else {
        report_error(&step, error);
    }
    return same;
}

/* There and back. Returns 1 if the same bytes came back. */
static int round_trip(const struct job *job, const struct way *way, const char *file)
{
    chatfile_upload_result *stored;
    char path[4096];
    int same;

    join(path, sizeof path, job->folder, way->back);
    stored = upload(way, file);
    if (stored == NULL)
        return 0;
    same = download(way, file, stored, path);
    chatfile_upload_result_free(stored);
    return same;
}

/* ---- Each service in its ways ------------------------------------------ */

/* A failure in one way does not keep the others from being tried: hence &=. */

static int to_easemob(const struct job *job, const chatfile_client *client)
{
    struct way way = way_of("Easemob", client, "easemob.out");

    return round_trip(job, &way, job->file);
}

static int to_netease(const struct job *job, const chatfile_client *client)
{
    chatfile_netease_upload method = CHATFILE_NETEASE_UPLOAD_INIT;
    struct way form = way_of("NetEase form", client, "netease-form.out");
    struct way base64 = way_of("NetEase base64", client, "netease-base64.out");
    int same;

    form.upload.netease = base64.upload.netease = &method;
    method.method = CHATFILE_NETEASE_METHOD_FORM;
    same = round_trip(job, &form, job->file);
    method.method = CHATFILE_NETEASE_METHOD_BASE64;
    same &= round_trip(job, &base64, job->file);
    return same;
}

static int to_huawei(const struct job *job, const chatfile_client *client)
{
    chatfile_huawei_upload upload_as = CHATFILE_HUAWEI_UPLOAD_INIT;
    chatfile_huawei_download download_as = CHATFILE_HUAWEI_DOWNLOAD_INIT;
    struct way way = way_of("Huawei", client, "huawei.out");

    /* It takes nine types of files, and does not look into them: whatever FILE is,
     * it goes as this one. The service keeps no type, so it is said again. */
    upload_as.file_type = download_as.file_type = "txt";
    way.upload.huawei = &upload_as;
    way.download.huawei = &download_as;
    return round_trip(job, &way, job->file);
}

static int to_openim(const struct job *job, const chatfile_client *client)
{
    chatfile_openim_upload method = CHATFILE_OPENIM_UPLOAD_INIT;
    struct way form = way_of("OpenIM form", client, "openim-form.out");
    struct way parts = way_of("OpenIM parts", client, "openim-parts.out");
    int same;

    form.upload.openim = parts.upload.openim = &method;
    method.method = CHATFILE_OPENIM_METHOD_FORM;
    same = round_trip(job, &form, job->file);
    method.method = CHATFILE_OPENIM_METHOD_PARTS;
    same &= round_trip(job, &parts, job->file);
    return same;
}

static int to_smh(const struct job *job, const chatfile_client *client)
{
    chatfile_smh_upload method = CHATFILE_SMH_UPLOAD_INIT;
    struct way simple = way_of("SMH simple", client, "smh-simple.out");
    struct way form = way_of("SMH form", client, "smh-form.out");
    struct way parts = way_of("SMH parts", client, "smh-parts.out");
    int same;

    /* Names of files may hold what SMH does not take, such as quotes. */
    simple.upload.file_name = simple.back;
    form.upload.file_name = form.back;
    parts.upload.file_name = parts.back;
    simple.upload.smh = form.upload.smh = parts.upload.smh = &method;
    /* The same bytes go there three times, and are to be sent each time. */
    method.skip_instant = 1;
    /* If an answer is lost and the call is made again, there is one file all the same. */
    method.conflict = CHATFILE_SMH_CONFLICT_OVERWRITE;
    method.method = CHATFILE_SMH_METHOD_SIMPLE;
    same = round_trip(job, &simple, job->file);
    method.method = CHATFILE_SMH_METHOD_FORM;
    same &= round_trip(job, &form, job->file);
    method.method = CHATFILE_SMH_METHOD_PARTS;
    same &= round_trip(job, &parts, job->file);
    return same;
}

/* A large file goes to SMH in parts and comes back; then once more, at once. */
static int large_to_smh(const struct job *job, const chatfile_client *client)
{
    chatfile_smh_upload method = CHATFILE_SMH_UPLOAD_INIT;
    struct way first = way_of("SMH large", client, "smh-large.out");
    struct way again = way_of("SMH large again", client, NULL);
    chatfile_upload_result *stored;
    int good;

    first.upload.file_name = "large.bin";
    again.upload.file_name = "large again.bin";
    first.upload.smh = again.upload.smh = &method;
    method.method = CHATFILE_SMH_METHOD_PARTS;
    method.conflict = CHATFILE_SMH_CONFLICT_OVERWRITE;
    good = round_trip(job, &first, job->large);
    /* The same options: SMH is asked for the bytes by their hash, each time. */
    stored = upload(&again, job->large);
    good &= stored != NULL;
    chatfile_upload_result_free(stored);
    return good;
}

/* ---- The program ------------------------------------------------------- */

static void usage(void)
{
    fputs("usage: roundtrip [--max-upload BYTES] [--retry-delay MS] [--large FILE] URL FILE FOLDER\n"
          "       URL is that of chatfile-emulator, or - for the services themselves\n",
          stderr);
    exit(2);
}

static uint64_t number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (end == text || *end != '\0')
        usage();
    return value;
}

static void read_arguments(struct job *job, struct world *world, int argc, char **argv)
{
    int at = 1;

    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--max-upload") == 0)
            world->max_upload = number(argv[at + 1]);
        else if (strcmp(argv[at], "--retry-delay") == 0)
            world->options.retry_delay_ms = (uint32_t)number(argv[at + 1]);
        else if (strcmp(argv[at], "--large") == 0)
            job->large = argv[at + 1];
        else
            usage();
    }
    if (argc != at + 3)
        usage();
    world->url = strcmp(argv[at], "-") == 0 ? NULL : argv[at];
    job->file = argv[at + 1];
    job->folder = argv[at + 2];
}

int main(int argc, char **argv)
{
    static const struct {
        chatfile_client *(*open)(struct world *);
        int (*carry)(const struct job *, const chatfile_client *);
    } services[] = {
        { open_easemob, to_easemob }, { open_netease, to_netease }, { open_huawei, to_huawei },
        { open_openim, to_openim },   { open_smh, to_smh },
    };
    const chatfile_client_options defaults = CHATFILE_CLIENT_OPTIONS_INIT;
    struct job job = { 0 };
    struct world world = { 0 };
    chatfile_client *client;
    int same = 1;
    size_t used = 0, i;

    world.options = defaults;
    world.options.user_agent = "roundtrip/1.0";
    read_arguments(&job, &world, argc, utf8_arguments(argc, argv));
    for (i = 0; i < sizeof services / sizeof *services; i++) {
        client = services[i].open(&world);
        if (client == NULL)
            continue;
        used++;
        same &= services[i].carry(&job, client);
        if (job.large != NULL && services[i].carry == to_smh)
            same &= large_to_smh(&job, client);
        chatfile_client_free(client);
    }
    return same && used > 0 && !world.failed ? 0 : 1;
}

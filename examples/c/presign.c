/*
 * presign: a back-end that holds the secrets of a service allows one upload and
 * one download; a desktop program that holds none does them.
 *
 *     presign URL FILE FOLDER
 *
 * Here both are in one program, and what goes from one to the other is a text in
 * memory. In yours it is the answer of your own back-end, over TLS, to a user who
 * is logged in there. See docs/presigned.md.
 *
 * URL is where `chatfile-emulator` listens; its credentials are the defaults
 * below. With "-" for URL the file goes to the services themselves, with
 * EASEMOB_APP_KEY, EASEMOB_USERNAME, EASEMOB_PASSWORD, NETEASE_APP_KEY and
 * NETEASE_APP_SECRET from the environment.
 *
 * Standard output gets one line for each step, its fields set apart by tabs:
 *
 *     service  verb  verdict  where
 *
 * The verdict is "stored", "identical", "different", or the name of a status.
 *
 * Exit code: 0 if everything came back identical, 1 if not, 2 for wrong usage.
 *
 * Build it with (LIB is the folder of an installed libchatfile.so, with libchatfile.so.0
 * beside it, which cargo alone does not make):
 *
 *     cc -std=c99 -I include examples/c/presign.c -o presign \
 *         -L LIB -lchatfile -Wl,-rpath,LIB
 */

/* For portable.h. */
#define _POSIX_C_SOURCE 200112L

#include <chatfile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portable.h"

/* A text that outlives the object that it came from; the caller frees it. */
static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    if (copy == NULL) {
        fputs("no memory\n", stderr);
        exit(1);
    }
    memcpy(copy, text, size);
    return copy;
}

/* Tells of a step that failed, frees the error, and returns its status. */
static chatfile_status failed(const char *service, const char *verb, chatfile_error *error)
{
    chatfile_status status = chatfile_error_status(error);

    printf("%s\t%s\t%s\t%s\n", service, verb, chatfile_status_name(status), chatfile_error_message(error));
    chatfile_error_free(error);
    return status;
}

/* ---- The back-end: has the secrets, and never sees the file ------------- */

/* Allows the upload of one file of this name and size. Before this, a real
 * back-end asks itself whether this user may do that. */
static char *allow_upload(const chatfile_client *service, const char *name, const char *file_name, uint64_t size)
{
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_presigned *request = NULL;
    chatfile_error *error = NULL;
    char *json = NULL;

    options.file_name = file_name; /* the media type follows from it */
    if (chatfile_presign_upload(service, size, &options, &request, &error) == CHATFILE_OK)
        json = copy_of(chatfile_presigned_json(request));
    else
        failed(name, "presign", error);
    chatfile_presigned_free(request);
    return json;
}

/* Allows the download of one file. */
static char *allow_download(const chatfile_client *service, const char *name, const char *file)
{
    chatfile_presigned *request = NULL;
    chatfile_error *error = NULL;
    char *json = NULL;

    if (chatfile_presign_download(service, file, NULL, &request, &error) == CHATFILE_OK)
        json = copy_of(chatfile_presigned_json(request));
    else
        failed(name, "presign", error);
    chatfile_presigned_free(request);
    return json;
}

/* ---- The desktop program: has the file, and no secret ------------------- */

/* Uploads the file at path as json allows it. *stored becomes what names the file
 * at the service, which the caller frees. */
static chatfile_status send_file(const chatfile_client *plain, const char *name, const char *json, const char *path,
                                 char **stored)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_presigned *request = NULL;
    chatfile_upload_result *result = NULL;
    chatfile_error *error = NULL;
    chatfile_status status;

    source.path = path;
    status = chatfile_presigned_from_json(json, &request, &error);
    if (status == CHATFILE_OK)
        status = chatfile_send_presigned(plain, request, &source, NULL, &result, &error);
    if (status == CHATFILE_OK) {
        *stored = copy_of(chatfile_upload_result_file(result));
        printf("%s\tupload\tstored\t%s\n", name, *stored);
    } else {
        failed(name, "upload", error);
    }
    chatfile_upload_result_free(result);
    chatfile_presigned_free(request);
    return status;
}

/* Downloads to path what json allows. */
static chatfile_status receive_file(const chatfile_client *plain, const char *name, const char *json, const char *path)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_presigned *request = NULL;
    chatfile_download_result *result = NULL;
    chatfile_error *error = NULL;
    chatfile_status status;

    sink.path = path;
    status = chatfile_presigned_from_json(json, &request, &error);
    if (status == CHATFILE_OK)
        status = chatfile_receive_presigned(plain, request, &sink, NULL, &result, &error);
    if (status != CHATFILE_OK)
        failed(name, "download", error);
    chatfile_download_result_free(result);
    chatfile_presigned_free(request);
    return status;
}

/* A request that is no longer good: a new one may be. Others stay as they are. */
static int is_stale(chatfile_status status)
{
    return status == CHATFILE_E_EXPIRED || status == CHATFILE_E_AUTH;
}

/* ---- One service -------------------------------------------------------- */

/* There and back. service has the secrets, plain has none. Returns 1 if the same
 * bytes came back. */
static int round_trip(const char *name, const chatfile_client *service, const chatfile_client *plain, const char *file,
                      uint64_t size, const char *copy)
{
    chatfile_status status = CHATFILE_E_EXPIRED;
    char *stored = NULL;
    int tried;
    int same;

    /* A request that came too late is asked for once more. */
    for (tried = 0; tried < 2 && is_stale(status); tried++) {
        char *json = allow_upload(service, name, name_of(file), size);

        if (json == NULL)
            return 0;
        status = send_file(plain, name, json, file, &stored);
        free(json);
    }
    if (status != CHATFILE_OK)
        return 0;

    status = CHATFILE_E_EXPIRED;
    for (tried = 0; tried < 2 && is_stale(status); tried++) {
        char *json = allow_download(service, name, stored);

        if (json == NULL)
            break;
        status = receive_file(plain, name, json, copy);
        free(json);
    }
    free(stored);
    if (status != CHATFILE_OK)
        return 0;
    same = same_bytes(file, copy);
    printf("%s\tdownload\t%s\t%s\n", name, same ? "identical" : "different", copy);
    return same;
}

/* ---- Opening clients ---------------------------------------------------- */

/* A value from the environment; without one, that of the emulator. */
static const char *setting(const char *url, const char *name, const char *of_emulator)
{
    const char *value = getenv(name);

    if (value != NULL)
        return value;
    if (url != NULL)
        return of_emulator;
    fprintf(stderr, "set %s to use the services themselves\n", name);
    exit(2);
}

/* As a user, not as the app: the user's token is in the request that goes out. */
static chatfile_client *open_easemob(const char *url)
{
    chatfile_easemob config = CHATFILE_EASEMOB_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    config.base_url = url;
    config.app_key = setting(url, "EASEMOB_APP_KEY", "easemob-demo#testapp");
    config.username = setting(url, "EASEMOB_USERNAME", "alice");
    config.password = setting(url, "EASEMOB_PASSWORD", "alice-password");
    if (chatfile_open_easemob(&config, NULL, &client, &error) != CHATFILE_OK)
        failed("Easemob", "open", error);
    return client;
}

static chatfile_client *open_netease(const char *url)
{
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;
    char base_url[1024];

    if (url != NULL) {
        snprintf(base_url, sizeof base_url, "%s/nimserver", url);
        config.base_url = base_url;
    }
    config.app_key = setting(url, "NETEASE_APP_KEY", "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b");
    config.app_secret = setting(url, "NETEASE_APP_SECRET", "e1a2b3c4d5f6");
    if (chatfile_open_netease(&config, NULL, &client, &error) != CHATFILE_OK)
        failed("NetEase", "open", error);
    return client;
}

/* The client of the desktop program: no service, no credentials. */
static chatfile_client *open_plain(void)
{
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    if (chatfile_open_without_service(NULL, &client, &error) != CHATFILE_OK)
        failed("-", "open", error);
    return client;
}

/* ---- The program -------------------------------------------------------- */

/* The size of a file, or CHATFILE_SIZE_UNKNOWN. */
static uint64_t size_of(const char *path)
{
    FILE *file = open_file(path, "rb");
    long size = -1;

    if (file != NULL) {
        if (fseek(file, 0, SEEK_END) == 0)
            size = ftell(file);
        fclose(file);
    }
    return size < 0 ? CHATFILE_SIZE_UNKNOWN : (uint64_t)size;
}

int main(int argc, char **argv)
{
    char easemob_copy[4096], netease_copy[4096];
    const char *url;
    uint64_t size;
    chatfile_client *easemob;
    chatfile_client *netease;
    chatfile_client *plain;
    int same = 0;

    if (argc != 4) {
        fputs("usage: presign URL FILE FOLDER\n"
              "       URL is that of chatfile-emulator, or - for the services themselves\n",
              stderr);
        return 2;
    }
    argv = utf8_arguments(argc, argv);
    url = strcmp(argv[1], "-") == 0 ? NULL : argv[1];
    size = size_of(argv[2]);
    join(easemob_copy, sizeof easemob_copy, argv[3], "easemob-presigned.out");
    join(netease_copy, sizeof netease_copy, argv[3], "netease-presigned.out");

    easemob = open_easemob(url);
    netease = open_netease(url);
    plain = open_plain();
    if (easemob != NULL && netease != NULL && plain != NULL) {
        same = round_trip("Easemob", easemob, plain, argv[2], size, easemob_copy);
        same &= round_trip("NetEase", netease, plain, argv[2], size, netease_copy);
    }
    chatfile_client_free(plain);
    chatfile_client_free(netease);
    chatfile_client_free(easemob);
    return same ? 0 : 1;
}

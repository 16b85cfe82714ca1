/*
 * resume: uploads a file to Tencent SMH in parts, so that it goes on where it broke
 * off when the program is run again; then looks at what SMH has, fetches it, compares
 * the two byte for byte, and deletes it at the service.
 *
 *     resume URL FILE FOLDER
 *
 * URL is where `chatfile-emulator` listens; its credentials are the defaults
 * below. With "-" for URL the file goes to the service itself, with the
 * credentials of your own library in SMH_LIBRARY_ID and SMH_LIBRARY_SECRET.
 *
 * To see it go on: stop it in the middle of a large file, for example by Ctrl-C, and
 * run it again. FOLDER/resume.checkpoint is what it needs for that; the library
 * removes it when the upload is complete.
 *
 * Standard output gets one line for each step, its fields set apart by tabs:
 *
 *     service  verb  verdict  where
 *
 * The verdict is "stored", "instant" (SMH had the bytes already), "identical",
 * "different", "deleted", or the name of a status.
 *
 * Exit code: 0 if everything came back identical, 1 if not, 2 for wrong usage.
 *
 * Build it with (LIB is the folder of an installed libchatfile.so, with libchatfile.so.0
 * beside it, which cargo alone does not make):
 *
 *     cc -std=c99 -I include examples/c/resume.c -o resume \
 *         -L LIB -lchatfile -Wl,-rpath,LIB
 */

/* For portable.h. */
#define _POSIX_C_SOURCE 200112L

#include <chatfile.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portable.h"

#define DIRECTORY "examples/resume"

/* Tells of a step that failed, and frees the error. Returns 0. */
static int failed(const char *verb, chatfile_error *error)
{
    printf("SMH\t%s\t%s\t%s\n", verb, chatfile_status_name(chatfile_error_status(error)),
           chatfile_error_message(error));
    if (chatfile_error_resume_token(error) != NULL)
        fputs("run it again to go on where it broke off\n", stderr);
    chatfile_error_free(error);
    return 0;
}

/* ---- The steps ---------------------------------------------------------- */

/* Uploads FILE; *stored becomes the result, which the caller frees. Returns 1 if it
 * worked, as all steps do. */
static int upload(const chatfile_client *client, const char *file, const char *checkpoint,
                  chatfile_upload_result **stored)
{
    static const char *const labels[] = { "example", "chatfile" };
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_smh_upload smh = CHATFILE_SMH_UPLOAD_INIT;
    chatfile_error *error = NULL;

    source.path = file;
    options.checkpoint = checkpoint; /* what has arrived survives this program */
    options.parallel_parts = 4;
    options.smh = &smh;
    smh.directory = DIRECTORY;
    smh.create_directories = 1;
    smh.method = CHATFILE_SMH_METHOD_PARTS;
    smh.conflict = CHATFILE_SMH_CONFLICT_OVERWRITE;
    smh.labels = labels;
    smh.label_count = sizeof labels / sizeof *labels;
    if (chatfile_upload(client, &source, &options, stored, &error) != CHATFILE_OK)
        return failed("upload", error);
    printf("SMH\tupload\t%s\t%s\n", chatfile_upload_result_instant(*stored) ? "instant" : "stored",
           chatfile_upload_result_file(*stored));
    return 1;
}

/* Tells how many bytes SMH has, and their CRC-64. */
static int look(const chatfile_client *client, const char *stored)
{
    chatfile_file_info *info = NULL;
    chatfile_error *error = NULL;
    uint64_t size;
    size_t i;

    if (chatfile_info(client, stored, NULL, &info, &error) != CHATFILE_OK)
        return failed("info", error);
    if (chatfile_file_info_size(info, &size) && chatfile_file_info_crc64(info) != NULL)
        fprintf(stderr, "%" PRIu64 " bytes with CRC-64 %s\n", size, chatfile_file_info_crc64(info));
    for (i = 0; i < chatfile_file_info_label_count(info); i++)
        fprintf(stderr, "label %s\n", chatfile_file_info_label(info, i));
    chatfile_file_info_free(info);
    return 1;
}

/* Names everything in the folder, as many entries at a time as SMH likes. */
static int list(const chatfile_client *client)
{
    chatfile_list_options options = CHATFILE_LIST_OPTIONS_INIT;
    chatfile_listing *before = NULL; /* the marker belongs to it */
    chatfile_listing *listing = NULL;
    chatfile_error *error = NULL;
    size_t i;

    do {
        if (chatfile_list(client, DIRECTORY, &options, &listing, &error) != CHATFILE_OK) {
            chatfile_listing_free(before);
            return failed("list", error);
        }
        for (i = 0; i < chatfile_listing_count(listing); i++) {
            const char *name = chatfile_file_info_name(chatfile_listing_entry(listing, i));

            fprintf(stderr, "in the folder: %s\n", name != NULL ? name : "?");
        }
        chatfile_listing_free(before);
        before = listing;
        options.marker = chatfile_listing_next_marker(listing);
    } while (options.marker != NULL);
    chatfile_listing_free(before);
    return 1;
}

/* Fetches the file. The library compares it with the CRC-64 that SMH states; that we
 * compare it with what we have sent is for show. */
static int download(const chatfile_client *client, const char *stored, const char *file, const char *copy)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    chatfile_download_result *result = NULL;
    chatfile_error *error = NULL;
    int same;

    sink.path = copy;
    options.resume = 1;
    if (chatfile_download(client, stored, &sink, &options, &result, &error) != CHATFILE_OK)
        return failed("download", error);
    chatfile_download_result_free(result);
    same = same_bytes(file, copy);
    printf("SMH\tdownload\t%s\t%s\n", same ? "identical" : "different", copy);
    return same;
}

static int delete_file(const chatfile_client *client, const char *stored)
{
    chatfile_delete_result *result = NULL;
    chatfile_error *error = NULL;
    const char *recycled;

    if (chatfile_delete(client, stored, NULL, &result, &error) != CHATFILE_OK)
        return failed("delete", error);
    recycled = chatfile_delete_result_recycled_item_id(result);
    printf("SMH\tdelete\tdeleted\t%s\n", recycled != NULL ? "to the recycle bin" : "for good");
    chatfile_delete_result_free(result);
    return 1;
}

/* ---- The program -------------------------------------------------------- */

/* A value from the environment; without one, that of the emulator. */
static const char *setting(const char *url, const char *name, const char *of_emulator)
{
    const char *value = getenv(name);

    if (value != NULL)
        return value;
    if (url != NULL)
        return of_emulator;
    fprintf(stderr, "set %s to use the service itself\n", name);
    exit(2);
}

static chatfile_client *open_client(const char *url)
{
    chatfile_smh config = CHATFILE_SMH_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    config.base_url = url;
    config.library_id = setting(url, "SMH_LIBRARY_ID", "smh0emulator0library");
    config.library_secret = setting(url, "SMH_LIBRARY_SECRET", "4b1e7c52d09f4a86b3a5f0c7e9d21864");
    if (chatfile_open_smh(&config, NULL, &client, &error) != CHATFILE_OK)
        failed("open", error);
    return client;
}

int main(int argc, char **argv)
{
    char checkpoint[4096], copy[4096];
    chatfile_client *client;
    chatfile_upload_result *stored = NULL;
    int good = 0;

    if (argc != 4) {
        fputs("usage: resume URL FILE FOLDER\n"
              "       URL is that of chatfile-emulator, or - for the service itself\n",
              stderr);
        return 2;
    }
    argv = utf8_arguments(argc, argv);
    join(checkpoint, sizeof checkpoint, argv[3], "resume.checkpoint");
    join(copy, sizeof copy, argv[3], "smh-resumed.out");
    client = open_client(strcmp(argv[1], "-") == 0 ? NULL : argv[1]);
    if (client != NULL && upload(client, argv[2], checkpoint, &stored)) {
        const char *name = chatfile_upload_result_file(stored);

        good = look(client, name) && list(client) && download(client, name, argv[2], copy) && delete_file(client, name);
    }
    chatfile_upload_result_free(stored);
    chatfile_client_free(client);
    return good ? 0 : 1;
}

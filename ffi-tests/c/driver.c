/*
 * The C ABI as a driver of the table of cases: reads operations as lines from standard input, answers with one line
 * each. The protocol is described in ffi-tests/tests/suite/protocol.rs.
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include "driver_calls.h"
#include "driver_client.h"
#include "driver_files.h"
#include "driver_line.h"
#include "driver_options.h"

/* The presigned request in the line; NULL without one, or if it is refused, which is told then. */
static chatfile_presigned *presigned_of_line(void)
{
    chatfile_presigned *presigned = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_presigned_from_json(text("json"), &presigned, &error);
    if (status != CHATFILE_OK)
        failed(status, error, presigned);
    return presigned;
}

static void say_upload(const chatfile_error *error, chatfile_upload_result *result)
{
    check_ok(error, result);
    say_upload_result(result);
    chatfile_upload_result_free(result);
}

static void upload(const chatfile_presigned *presigned)
{
    struct call call = new_call();
    struct upload_options all;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_result *result = POISON;
    chatfile_error *error = POISON;
    unsigned char *buffer = fill_source(&source, &call);
    pthread_t watcher = begin(&call);
    const chatfile_upload_options *options = upload_options_of(&all, &call);
    chatfile_status status = presigned != NULL
                                 ? chatfile_send_presigned(client(), presigned, &source, options, &result, &error)
                                 : chatfile_upload(client(), &source, options, &result, &error);
    end(&call, watcher);
    free(buffer);
    if (status != CHATFILE_OK) {
        failed(status, error, result);
    } else {
        say_upload(error, result);
    }
    if (source.read != NULL) {
        say_number("reads", call.reads);
        say_number("rewinds", call.rewinds);
    }
    say_call(&call);
}

static void do_upload(void)
{
    upload(NULL);
}

static void do_send_presigned(void)
{
    chatfile_presigned *presigned = presigned_of_line();
    if (presigned != NULL)
        upload(presigned);
    chatfile_presigned_free(presigned);
}

static void do_complete_presigned(void)
{
    struct call call = new_call();
    chatfile_presigned *presigned = presigned_of_line();
    chatfile_upload_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    chatfile_complete_presigned_options options = CHATFILE_COMPLETE_PRESIGNED_OPTIONS_INIT;
    pthread_t watcher;
    if (presigned == NULL)
        return;
    watcher = begin(&call);
    options.cancel = call.cancel;
    status = chatfile_complete_presigned(client(), presigned, &options, &result, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK)
        failed(status, error, result);
    else
        say_upload(error, result);
    chatfile_presigned_free(presigned);
}

static void say_download(const chatfile_download_result *result, int to_buffer)
{
    const void *data = chatfile_download_result_data(result);
    say_download_result(result);
    if ((data != NULL) != to_buffer)
        die("data where there should be none, or none where there should be");
    if (data != NULL)
        say_sum(crc32_of(0xFFFFFFFFUL, data, (size_t)chatfile_download_result_size(result)));
}

static void download(const chatfile_presigned *presigned)
{
    struct call call = new_call();
    struct download_options all;
    const char *kind = has("sink") ? text("sink") : "buffer";
    int to_callback = strcmp(kind, "callback") == 0;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_result *result = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    const chatfile_download_options *options = download_options_of(&all, &call);
    chatfile_status status;
    sink.path = strcmp(kind, "path") == 0 ? text("path") : NULL;
    sink.write = to_callback ? on_write : NULL;
    sink.user = &call;
    sink.to_memory = strcmp(kind, "buffer") == 0;
    status = presigned != NULL ? chatfile_receive_presigned(client(), presigned, &sink, options, &result, &error)
                               : chatfile_download(client(), text("file"), &sink, options, &result, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK) {
        failed(status, error, result);
    } else {
        check_ok(error, result);
        say_download(result, sink.to_memory);
        chatfile_download_result_free(result);
    }
    if (to_callback) {
        say_number("received", (long long)call.received);
        say_sum(call.crc);
    }
    say_call(&call);
}

static void do_download(void)
{
    download(NULL);
}

static void do_receive_presigned(void)
{
    chatfile_presigned *presigned = presigned_of_line();
    if (presigned != NULL)
        download(presigned);
    chatfile_presigned_free(presigned);
}

static void told_presigned(chatfile_status status, chatfile_presigned *presigned, chatfile_error *error)
{
    if (status != CHATFILE_OK) {
        failed(status, error, presigned);
        return;
    }
    check_ok(error, presigned);
    say_presigned(presigned);
    chatfile_presigned_free(presigned);
}

static void do_presign_upload(void)
{
    struct call call = new_call();
    struct upload_options all;
    chatfile_presigned *presigned = POISON;
    chatfile_error *error = POISON;
    uint64_t size = has("size") ? (uint64_t)number("size") : CHATFILE_SIZE_UNKNOWN;
    pthread_t watcher = begin(&call);
    const chatfile_upload_options *options = upload_options_of(&all, &call);
    chatfile_status status = chatfile_presign_upload(client(), size, options, &presigned, &error);
    end(&call, watcher);
    told_presigned(status, presigned, error);
}

static void do_presign_download(void)
{
    struct call call = new_call();
    struct download_options all;
    chatfile_presigned *presigned = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    const chatfile_download_options *options = download_options_of(&all, &call);
    chatfile_status status = chatfile_presign_download(client(), text("file"), options, &presigned, &error);
    end(&call, watcher);
    told_presigned(status, presigned, error);
}

static void do_set_rates(void)
{
    if (chatfile_client_set_rates(client(), (uint64_t)number("upload_rate"), (uint64_t)number("download_rate"), NULL) !=
        CHATFILE_OK)
        die("set_rates fails");
    printf("ok");
}

/* What the callbacks of a client, rather than of a call, have seen. */
static void do_seen(void)
{
    printf("ok");
    say_number("asked", slot()->asked);
    say_number("logins", slot()->logins);
    say("challenge", slot()->challenge);
    pthread_mutex_lock(&slot_lock);
    say("log", slot()->log);
    pthread_mutex_unlock(&slot_lock);
}

static void do_checksum(void)
{
    char out[CHATFILE_NETEASE_CHECKSUM_SIZE];
    chatfile_error *error = NULL;
    chatfile_status status =
        chatfile_netease_checksum(text("app_secret"), text("nonce"), text("cur_time"), out, sizeof out, &error);
    if (status != CHATFILE_OK) {
        failed(status, error, NULL);
        return;
    }
    check_ok(error, out);
    say("checksum", out);
}

/* Reads the file in pieces of `step` bytes; asks for a digest in between, which must change nothing. */
static chatfile_status digest_pieces(chatfile_digest *digest, chatfile_error **error)
{
    char out[CHATFILE_DIGEST_TEXT_SIZE];
    chatfile_status status = CHATFILE_OK;
    size_t step = (size_t)number("step");
    char *buffer = malloc(step);
    FILE *file = fopen(text("path"), "rb");
    size_t size;
    if (buffer == NULL || file == NULL)
        die("no such file, or no memory");
    while (status == CHATFILE_OK && (size = fread(buffer, 1, step, file)) > 0) {
        status = chatfile_digest_update(digest, buffer, size, error);
        if (chatfile_digest_text(digest, CHATFILE_DIGEST_SMH_FULL, out, sizeof out, NULL) != CHATFILE_OK)
            die("no digest in between");
    }
    fclose(file);
    free(buffer);
    return status;
}

static void say_digest(const chatfile_digest *digest)
{
    static const struct {
        const char *key;
        uint32_t which;
    } all[] = {
        { "full", CHATFILE_DIGEST_SMH_FULL },
        { "beginning", CHATFILE_DIGEST_SMH_BEGINNING },
        { "openim", CHATFILE_DIGEST_OPENIM },
        { "crc64", CHATFILE_DIGEST_CRC64 },
    };
    char out[CHATFILE_DIGEST_TEXT_SIZE];
    char key[20];
    size_t i;
    for (i = 0; i < sizeof all / sizeof *all; i++) {
        if (chatfile_digest_text(digest, all[i].which, out, sizeof out, NULL) != CHATFILE_OK)
            die("no digest");
        say(all[i].key, out);
    }
    say_u64("number", chatfile_digest_crc64_value(digest));
    say_u64("parts", chatfile_digest_part_count(digest));
    for (i = 0; i < chatfile_digest_part_count(digest) && i < 16; i++) {
        if (chatfile_digest_part(digest, i, out, sizeof out, NULL) != CHATFILE_OK)
            die("no part");
        sprintf(key, "part.%u", (unsigned)i);
        say(key, out);
    }
}

static void do_digest(void)
{
    const uint32_t wanted =
        CHATFILE_DIGEST_SMH_FULL | CHATFILE_DIGEST_SMH_BEGINNING | CHATFILE_DIGEST_OPENIM | CHATFILE_DIGEST_CRC64;
    struct call call = new_call();
    chatfile_digest_update_file_options options = CHATFILE_DIGEST_UPDATE_FILE_OPTIONS_INIT;
    chatfile_digest *digest = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_digest_new(wanted, (uint64_t)number("part_size"), &digest, &error);
    if (status != CHATFILE_OK) {
        failed(status, error, digest);
        return;
    }
    if (has("step")) {
        status = digest_pieces(digest, &error);
    } else {
        pthread_t watcher = begin(&call);
        options.cancel = call.cancel;
        status = chatfile_digest_update_file(digest, text("path"), &options, &error);
        end(&call, watcher);
    }
    if (status != CHATFILE_OK) {
        failed(status, error, NULL);
    } else {
        check_ok(error, digest);
        say_digest(digest);
    }
    chatfile_digest_free(digest);
}

static void do_combine(void)
{
    uint64_t first = strtoull(text("first"), NULL, 10);
    uint64_t second = strtoull(text("second"), NULL, 10);
    printf("ok");
    say_u64("number", chatfile_crc64_combine(first, second, (uint64_t)number("length")));
}

static void do_version(void)
{
    printf("ok");
    say("version", chatfile_version());
    say_number("number", chatfile_version_number());
    /* Fields at fault have the header's names as they are. */
    say_number("names_of_header", 1);
}

static void free_client(struct slot *own)
{
    chatfile_client_free(own->client);
    memset(own, 0, sizeof *own);
}

static void do_free(void)
{
    free_client(slot());
    printf("ok");
}

static void do_reset(void)
{
    int i;
    for (i = 0; i < SLOTS; i++)
        free_client(&slots[i]);
    printf("ok");
}

static void do_capabilities(void)
{
    printf("ok");
    say_number("value", chatfile_client_capabilities(client()));
}

#define VERB(service, init) { #service, do_##service },
static const struct {
    const char *verb;
    void (*run)(void);
} verbs[] = {
    EACH_SERVICE(VERB){ "open", do_open },
    { "upload", do_upload },
    { "download", do_download },
    { "delete", do_delete },
    { "delete_by_time", do_delete_by_time },
    { "abort_upload", do_abort_upload },
    { "info", do_info },
    { "exists", do_exists },
    { "check", do_check },
    { "list", do_list },
    { "list_all", do_list_all },
    { "presign_upload", do_presign_upload },
    { "presign_download", do_presign_download },
    { "send_presigned", do_send_presigned },
    { "receive_presigned", do_receive_presigned },
    { "complete_presigned", do_complete_presigned },
    { "set_rates", do_set_rates },
    { "capabilities", do_capabilities },
    { "checksum", do_checksum },
    { "digest", do_digest },
    { "combine", do_combine },
    { "version", do_version },
    { "seen", do_seen },
    { "free", do_free },
    { "reset", do_reset },
};

int main(void)
{
    static char input[1 << 16];
    make_crc_table();
    while (fgets(input, sizeof input, stdin) != NULL) {
        const char *verb = parse(input);
        size_t i;
        size_t count = sizeof verbs / sizeof *verbs;
        for (i = 0; i < count && (verb == NULL || strcmp(verbs[i].verb, verb) != 0); i++)
            continue;
        if (i == count)
            die("an unknown verb");
        verbs[i].run();
        putchar('\n');
        fflush(stdout);
    }
    do_reset();
    putchar('\n');
    return 0;
}

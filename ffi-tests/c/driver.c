/*
 * The C ABI as a driver of the table of cases: reads operations as lines from standard input, answers with one line
 * each. The protocol is described in ffi-tests/tests/suite/protocol.rs.
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include "driver_calls.h"
#include "driver_line.h"

#define SLOTS 8

/* Tells of the failed call, checks that its output is NULL, and frees the error. */
static void say_error(chatfile_status status, chatfile_error *error, const void *out)
{
    if (error == NULL)
        die("a failed call without an error object");
    if (out != NULL)
        die("a failed call with an output");
    if (chatfile_error_status(error) != status)
        die("the status returned is not that of the error object");
    printf("error");
    say("status", chatfile_status_name(status));
    say("message", chatfile_error_message(error));
    say("field", chatfile_error_field(error));
    say_number("http", chatfile_error_http_status(error));
    say("code", chatfile_error_service_code(error));
    say("text", chatfile_error_service_message(error));
    say("request_id", chatfile_error_request_id(error));
    say_number("phase", chatfile_error_phase(error));
    say_number("retryable", chatfile_error_retryable(error));
    say_number("attempts", chatfile_error_attempts(error));
    say_number("callback", chatfile_error_callback_value(error));
    chatfile_error_free(error);
}

static void check_ok(const chatfile_error *error, const void *out)
{
    if (error != NULL)
        die("a call that worked, with an error object");
    if (out == NULL)
        die("a call that worked, without its output");
    printf("ok");
}

static struct slot slots[SLOTS];

static struct slot *slot(void)
{
    long long index = number("client");
    if (index < 0 || index >= SLOTS)
        die("no such slot");
    return &slots[index];
}

static chatfile_client *client(void)
{
    return slot()->client;
}

/* The bytes of the file that a key names, with a NUL behind them; NULL without the key. */
static char *file_of(const char *key, size_t *size)
{
    static char buffers[3][1 << 15];
    static int next;
    char *buffer = buffers[next++ % 3];
    FILE *file;
    *size = 0;
    if (!has(key))
        return NULL;
    file = fopen(text(key), "rb");
    if (file == NULL)
        die("no such file");
    *size = fread(buffer, 1, sizeof buffers[0] - 1, file);
    buffer[*size] = '\0';
    fclose(file);
    return buffer;
}

/* Fills the client options; NULL if none is asked for. */
static const chatfile_client_options *client_options(chatfile_client_options *options)
{
    static const char *const keys[] = {
        "user_agent", "connect_timeout_ms", "stall_timeout_ms", "deadline_ms", "max_attempts", "retry_delay_ms",
        "retry_time_ms", "calls_per_second", "upload_rate", "download_rate", "proxy", "no_proxy",
        "proxy_from_environment", "ca_certificates", "ca_certificates_path", "client_certificate", "client_key",
        "log_level",
    };
    size_t size, i;
    int any = 0;
    for (i = 0; i < sizeof keys / sizeof *keys; i++)
        any |= has(keys[i]);
    options->user_agent = text("user_agent");
    options->connect_timeout_ms = (uint32_t)number("connect_timeout_ms");
    options->stall_timeout_ms = (uint32_t)number("stall_timeout_ms");
    options->deadline_ms = (uint32_t)number("deadline_ms");
    options->max_attempts = (uint32_t)number("max_attempts");
    options->retry_delay_ms = (uint32_t)number("retry_delay_ms");
    options->retry_time_ms = (uint32_t)number("retry_time_ms");
    options->calls_per_second = (uint32_t)number("calls_per_second");
    options->upload_rate = (uint64_t)number("upload_rate");
    options->download_rate = (uint64_t)number("download_rate");
    options->proxy = text("proxy");
    options->no_proxy = text("no_proxy");
    options->proxy_from_environment = (int32_t)number("proxy_from_environment");
    options->ca_certificates = file_of("ca_certificates", &options->ca_certificates_size);
    options->ca_certificates_path = text("ca_certificates_path");
    options->client_certificate = file_of("client_certificate", &size);
    options->client_key = file_of("client_key", &size);
    options->log_level = (int32_t)number("log_level");
    slot()->logged = 0;
    slot()->log[0] = '\0';
    options->log = has("log_level") ? on_log : NULL;
    options->log_user = has("log_level") ? slot() : NULL;
    return any ? options : NULL;
}

/* What the secret callback will say; NULL if there is to be none. */
static chatfile_secret_fn secret(void)
{
    struct slot *own = slot();
    own->asked = 0;
    own->refusal = (int32_t)number("secret_refusal");
    own->secret[0] = '\0';
    if (!has("secret") && !has("secret_refusal"))
        return NULL;
    if (has("secret"))
        sprintf(own->secret, "%.299s", text("secret"));
    return on_secret;
}

static void opened(chatfile_status status, chatfile_client *opened_client, chatfile_error *error)
{
    if (status != CHATFILE_OK) {
        say_error(status, error, opened_client);
        return;
    }
    check_ok(error, opened_client);
    chatfile_client_free(slot()->client);
    slot()->client = opened_client;
}

/* Not NULL before a call, so that it shows when a call does not set it. */
static char poison;
#define POISON ((void *)&poison)

static void do_easemob(void)
{
    chatfile_easemob config = CHATFILE_EASEMOB_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    config.base_url = text("base_url");
    config.app_key = text("app_key");
    config.client_id = text("client_id");
    config.client_secret = text("client_secret");
    config.username = text("username");
    config.password = text("password");
    config.token = text("token");
    config.token_ttl_seconds = (uint64_t)number("token_ttl_seconds");
    config.max_upload_size = (uint64_t)number("max_upload_size");
    config.secret = secret();
    config.secret_user = slot();
    status = chatfile_open_easemob(&config, client_options(&options), &out, &error);
    opened(status, out, error);
}

static void do_netease(void)
{
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    config.base_url = text("base_url");
    config.app_key = text("app_key");
    config.app_secret = text("app_secret");
    config.max_upload_size = (uint64_t)number("max_upload_size");
    config.secret = secret();
    config.secret_user = slot();
    status = chatfile_open_netease(&config, client_options(&options), &out, &error);
    opened(status, out, error);
}

static void do_huawei(void)
{
    chatfile_huawei config = CHATFILE_HUAWEI_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    config.base_url = text("base_url");
    config.app_key = text("app_key");
    config.app_secret = text("app_secret");
    config.channel_id = text("channel_id");
    config.user_id = text("user_id");
    config.max_upload_size = (uint64_t)number("max_upload_size");
    config.secret = secret();
    config.secret_user = slot();
    status = chatfile_open_huawei(&config, client_options(&options), &out, &error);
    opened(status, out, error);
}

static void do_open(void)
{
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_open(client_options(&options), &out, &error);
    opened(status, out, error);
}

static unsigned char *fill_source(chatfile_source *source, struct call *call)
{
    const char *kind = text("source");
    unsigned char *buffer = NULL;
    if (kind == NULL)
        die("upload needs a source");
    make_pattern();
    if (strcmp(kind, "path") == 0 || strcmp(kind, "two") == 0)
        source->path = text("path");
    if (strcmp(kind, "buffer") == 0 || strcmp(kind, "two") == 0) {
        size_t size = (size_t)number("size");
        buffer = malloc(size > 0 ? size : 1);
        if (buffer == NULL)
            die("no memory");
        copy_pattern(0, buffer, size);
        source->data = buffer;
        source->data_size = size;
    }
    if (strcmp(kind, "callback") == 0) {
        source->read = on_read;
        source->rewind = has("rewind") ? on_rewind : NULL;
        source->user = call;
        source->length = (uint64_t)number("size");
    }
    return buffer;
}

/* Options with what hangs off them. */
struct uploading {
    chatfile_upload_options options;
    chatfile_easemob_upload easemob;
    chatfile_netease_upload netease;
    chatfile_huawei_upload huawei;
};

static const chatfile_upload_options *upload_options(struct uploading *all, struct call *call)
{
    const struct uploading none = { CHATFILE_UPLOAD_OPTIONS_INIT, CHATFILE_EASEMOB_UPLOAD_INIT,
                                    CHATFILE_NETEASE_UPLOAD_INIT, CHATFILE_HUAWEI_UPLOAD_INIT };
    *all = none;
    all->options.file_name = text("file_name");
    all->options.content_type = text("content_type");
    all->options.progress = has("progress") ? on_progress : NULL;
    all->options.progress_user = call;
    all->options.cancel = call->cancel;
    all->options.easemob = has("easemob") ? &all->easemob : NULL;
    all->options.netease = has("netease") ? &all->netease : NULL;
    all->options.huawei = has("huawei") ? &all->huawei : NULL;
    all->huawei.file_type = text("file_type");
    all->easemob.restrict_access = (int32_t)number("restrict_access");
    all->easemob.thumbnail_width = (uint32_t)number("thumbnail_width");
    all->easemob.thumbnail_height = (uint32_t)number("thumbnail_height");
    all->netease.method = (uint32_t)number("method");
    all->netease.plain_http_url = (int32_t)number("plain_http_url");
    all->netease.media_type = text("media_type");
    all->netease.tag = text("tag");
    all->netease.expire_seconds = (uint64_t)number("expire_seconds");
    return &all->options;
}

struct downloading {
    chatfile_download_options options;
    chatfile_easemob_download easemob;
    chatfile_huawei_download huawei;
};

static const chatfile_download_options *download_options(struct downloading *all, struct call *call)
{
    const struct downloading none = { CHATFILE_DOWNLOAD_OPTIONS_INIT, CHATFILE_EASEMOB_DOWNLOAD_INIT,
                                      CHATFILE_HUAWEI_DOWNLOAD_INIT };
    *all = none;
    all->options.max_size = (uint64_t)number("max_size");
    all->options.resume = (int32_t)number("resume");
    all->options.progress = has("progress") ? on_progress : NULL;
    all->options.progress_user = call;
    all->options.cancel = call->cancel;
    all->options.easemob = has("easemob") ? &all->easemob : NULL;
    all->options.huawei = has("huawei") ? &all->huawei : NULL;
    all->huawei.file_type = text("file_type");
    all->easemob.share_secret = text("share_secret");
    all->easemob.thumbnail = (int32_t)number("thumbnail");
    return &all->options;
}

/* The presigned request in the line; NULL without one, or if it is refused, which is told then. */
static chatfile_presigned *presigned_of_line(void)
{
    chatfile_presigned *presigned = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_presigned_from_json(text("json"), &presigned, &error);
    if (status != CHATFILE_OK)
        say_error(status, error, presigned);
    return presigned;
}

static void upload(const chatfile_presigned *presigned)
{
    struct call call = new_call();
    struct uploading all;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_result *result = POISON;
    chatfile_error *error = POISON;
    unsigned char *buffer = fill_source(&source, &call);
    pthread_t watcher = begin(&call);
    const chatfile_upload_options *options = upload_options(&all, &call);
    chatfile_status status = presigned != NULL
                                 ? chatfile_send_presigned(client(), presigned, &source, options, &result, &error)
                                 : chatfile_upload(client(), &source, options, &result, &error);
    end(&call, watcher);
    free(buffer);
    if (status != CHATFILE_OK) {
        say_error(status, error, result);
    } else {
        check_ok(error, result);
        say("file", chatfile_upload_result_file(result));
        say("url", chatfile_upload_result_url(result));
        say("share_secret", chatfile_upload_result_share_secret(result));
        say_number("size", (long long)chatfile_upload_result_size(result));
        say_number("attempts", chatfile_upload_result_attempts(result));
        chatfile_upload_result_free(result);
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

static void say_download(const chatfile_download_result *result, int to_buffer)
{
    const void *data = chatfile_download_result_data(result);
    uint64_t size = chatfile_download_result_size(result);
    say_number("size", (long long)size);
    say("content_type", chatfile_download_result_content_type(result));
    say_number("attempts", chatfile_download_result_attempts(result));
    if ((data != NULL) != to_buffer)
        die("data where there should be none, or none where there should be");
    if (data != NULL)
        say_sum(crc32_of(0xFFFFFFFFUL, data, (size_t)size));
}

static void download(const chatfile_presigned *presigned)
{
    struct call call = new_call();
    struct downloading all;
    const char *kind = has("sink") ? text("sink") : "buffer";
    int to_callback = strcmp(kind, "callback") == 0;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_result *result = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    const chatfile_download_options *options = download_options(&all, &call);
    chatfile_status status;
    sink.path = strcmp(kind, "path") == 0 ? text("path") : NULL;
    sink.write = to_callback ? on_write : NULL;
    sink.user = &call;
    status = presigned != NULL ? chatfile_receive_presigned(client(), presigned, &sink, options, &result, &error)
                               : chatfile_download(client(), text("file"), &sink, options, &result, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK) {
        say_error(status, error, result);
    } else {
        check_ok(error, result);
        say_download(result, sink.path == NULL && sink.write == NULL);
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

static void say_presigned(chatfile_status status, chatfile_presigned *presigned, chatfile_error *error)
{
    size_t i;
    char key[40];
    if (status != CHATFILE_OK) {
        say_error(status, error, presigned);
        return;
    }
    check_ok(error, presigned);
    say("json", chatfile_presigned_json(presigned));
    say("method", chatfile_presigned_method(presigned));
    say("url", chatfile_presigned_url(presigned));
    say("prefix", chatfile_presigned_prefix(presigned));
    say("suffix", chatfile_presigned_suffix(presigned));
    say_number("encoding", chatfile_presigned_encoding(presigned));
    say_number("success", chatfile_presigned_success_status(presigned, 0));
    say_number("expires_at", (long long)chatfile_presigned_expires_at(presigned));
    for (i = 0; i < chatfile_presigned_header_count(presigned); i++) {
        sprintf(key, "header.%.30s", chatfile_presigned_header_name(presigned, i));
        say(key, chatfile_presigned_header_value(presigned, i));
    }
    if (chatfile_presigned_header_name(presigned, i) != NULL || chatfile_presigned_header_value(presigned, i) != NULL)
        die("a header field behind the last");
    for (i = 0; i < chatfile_presigned_field_count(presigned); i++) {
        sprintf(key, "field.%.30s", chatfile_presigned_field_name(presigned, i));
        say(key, chatfile_presigned_field_value(presigned, i));
    }
    if (chatfile_presigned_field_name(presigned, i) != NULL || chatfile_presigned_field_value(presigned, i) != NULL)
        die("a form field behind the last");
    chatfile_presigned_free(presigned);
}

static void do_presign_upload(void)
{
    struct call call = new_call();
    struct uploading all;
    chatfile_presigned *presigned = POISON;
    chatfile_error *error = POISON;
    uint64_t size = has("size") ? (uint64_t)number("size") : CHATFILE_SIZE_UNKNOWN;
    pthread_t watcher = begin(&call);
    const chatfile_upload_options *options = upload_options(&all, &call);
    chatfile_status status = chatfile_presign_upload(client(), size, options, &presigned, &error);
    end(&call, watcher);
    say_presigned(status, presigned, error);
}

static void do_presign_download(void)
{
    struct call call = new_call();
    struct downloading all;
    chatfile_presigned *presigned = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    const chatfile_download_options *options = download_options(&all, &call);
    chatfile_status status = chatfile_presign_download(client(), text("file"), options, &presigned, &error);
    end(&call, watcher);
    say_presigned(status, presigned, error);
}

static void do_delete(void)
{
    struct call call = new_call();
    chatfile_delete_options options = CHATFILE_DELETE_OPTIONS_INIT;
    chatfile_netease_delete netease = CHATFILE_NETEASE_DELETE_INIT;
    chatfile_delete_result *result = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_status status;
    options.cancel = call.cancel;
    options.netease = has("netease") ? &netease : NULL;
    netease.start_time_ms = number("start_time_ms");
    netease.end_time_ms = number("end_time_ms");
    netease.media_type = text("media_type");
    netease.tag = text("tag");
    status = chatfile_delete(client(), &options, &result, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK) {
        say_error(status, error, result);
        return;
    }
    check_ok(error, result);
    say("task_id", chatfile_delete_result_task_id(result));
    say_number("attempts", chatfile_delete_result_attempts(result));
    chatfile_delete_result_free(result);
}

static void do_set_rates(void)
{
    if (chatfile_client_set_rates(client(), (uint64_t)number("upload_rate"), (uint64_t)number("download_rate")) != CHATFILE_OK)
        die("set_rates fails");
    printf("ok");
}

/* What the callbacks of a client, rather than of a call, have seen. */
static void do_seen(void)
{
    printf("ok");
    say_number("asked", slot()->asked);
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
        say_error(status, error, NULL);
        return;
    }
    check_ok(error, out);
    say("checksum", out);
}

/* Reads the file in pieces of `step` bytes; asks for a digest in between, which must change nothing. */
static chatfile_status digest_pieces(chatfile_digest *digest, chatfile_error **error)
{
    char out[CHATFILE_DIGEST_SIZE];
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

static void say_u64(const char *key, uint64_t value)
{
    printf(" %s=%llu", key, (unsigned long long)value);
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
    char out[CHATFILE_DIGEST_SIZE];
    char key[20];
    size_t i;
    for (i = 0; i < sizeof all / sizeof *all; i++) {
        if (chatfile_digest_text(digest, all[i].which, out, sizeof out, NULL) != CHATFILE_OK)
            die("no digest");
        say(all[i].key, out);
    }
    say_u64("number", chatfile_digest_crc64(digest));
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
    const uint32_t wanted = CHATFILE_DIGEST_SMH_FULL | CHATFILE_DIGEST_SMH_BEGINNING | CHATFILE_DIGEST_OPENIM |
                            CHATFILE_DIGEST_CRC64;
    struct call call = new_call();
    chatfile_digest *digest = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_digest_new(wanted, (uint64_t)number("part_size"), &digest, &error);
    if (status != CHATFILE_OK) {
        say_error(status, error, digest);
        return;
    }
    if (has("step")) {
        status = digest_pieces(digest, &error);
    } else {
        pthread_t watcher = begin(&call);
        status = chatfile_digest_update_file(digest, text("path"), call.cancel, &error);
        end(&call, watcher);
    }
    if (status != CHATFILE_OK) {
        say_error(status, error, NULL);
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

static const struct {
    const char *verb;
    void (*run)(void);
} verbs[] = {
    { "easemob", do_easemob },
    { "netease", do_netease },
    { "huawei", do_huawei },
    { "open", do_open },
    { "upload", do_upload },
    { "download", do_download },
    { "delete", do_delete },
    { "presign_upload", do_presign_upload },
    { "presign_download", do_presign_download },
    { "send_presigned", do_send_presigned },
    { "receive_presigned", do_receive_presigned },
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

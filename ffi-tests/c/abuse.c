/*
 * What no caller should do: NULL for every pointer, texts that are none, structures of the wrong size. Nothing here
 * reaches the network. Prints the name of each status that was met; fails if anything is not as the header says.
 * Presigned requests are in abuse_presigned.c, digests in abuse_digest.c, the verbs about files in abuse_files.c.
 */
#include <chatfile.h>

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#include "abuse_check.h"
#include "abuse_texts.h"

static chatfile_client *easemob_client;
static chatfile_client *netease_client;

/* Another configuration that works. */
static chatfile_easemob good_easemob(void)
{
    chatfile_easemob config = CHATFILE_EASEMOB_INIT;
    config.app_key = "org#app";
    config.token = "a-token";
    return config;
}

/* One call of each function; each fails before anything is sent, or opens a client and frees it. */

static const chatfile_client_options *client_options;

typedef chatfile_status (*opener)(const void *config, chatfile_client **client, chatfile_error **error);

static chatfile_status open_with(opener open, const void *config, const char *what, chatfile_status expected,
                                 const char *field)
{
    chatfile_client *client = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = open(config, &client, &error);
    if (expected != CHATFILE_OK) {
        expect(what, status, expected, field, client, error);
    } else {
        check(status == CHATFILE_OK && client != NULL && error == NULL, what, "it does not open");
        chatfile_client_free(client);
        chatfile_error_free(error);
    }
    client = POISON;
    check(open(config, &client, NULL) == status, what, "error == NULL changes it");
    chatfile_client_free(client);
    return status;
}

static chatfile_status call_open_easemob(const void *config, chatfile_client **client, chatfile_error **error)
{
    return chatfile_open_easemob(config, client_options, client, error);
}

static chatfile_status open_easemob(const void *config, const char *what, chatfile_status expected, const char *field)
{
    return open_with(call_open_easemob, config, what, expected, field);
}

static chatfile_status call_open_netease(const void *config, chatfile_client **client, chatfile_error **error)
{
    return chatfile_open_netease(config, client_options, client, error);
}

static chatfile_status open_netease(const void *config, const char *what, chatfile_status expected, const char *field)
{
    return open_with(call_open_netease, config, what, expected, field);
}

static chatfile_huawei good_huawei(void)
{
    chatfile_huawei config = CHATFILE_HUAWEI_INIT;
    config.base_url = "http://127.0.0.1:1";
    config.app_key = "key";
    config.app_secret = "the-secret";
    config.channel_id = "channel";
    config.user_id = "user";
    return config;
}

static chatfile_status call_open_huawei(const void *config, chatfile_client **client, chatfile_error **error)
{
    return chatfile_open_huawei(config, client_options, client, error);
}

static chatfile_status open_huawei(const void *config, const char *what, chatfile_status expected, const char *field)
{
    return open_with(call_open_huawei, config, what, expected, field);
}

static chatfile_smh good_smh(void)
{
    chatfile_smh config = CHATFILE_SMH_INIT;
    config.library_id = "library";
    config.library_secret = "the-secret";
    return config;
}

static chatfile_status call_open_smh(const void *config, chatfile_client **client, chatfile_error **error)
{
    return chatfile_open_smh(config, client_options, client, error);
}

static chatfile_status open_smh(const void *config, const char *what, chatfile_status expected, const char *field)
{
    return open_with(call_open_smh, config, what, expected, field);
}

static chatfile_openim good_openim(void)
{
    chatfile_openim config = CHATFILE_OPENIM_INIT;
    config.base_url = "http://127.0.0.1:1";
    config.user_id = "user";
    config.admin_secret = "the-secret";
    config.platform = 1;
    return config;
}

static chatfile_status call_open_openim(const void *config, chatfile_client **client, chatfile_error **error)
{
    return chatfile_open_openim(config, client_options, client, error);
}

static chatfile_status open_openim(const void *config, const char *what, chatfile_status expected, const char *field)
{
    return open_with(call_open_openim, config, what, expected, field);
}

static chatfile_status call_open(const void *config, chatfile_client **client, chatfile_error **error)
{
    (void)config;
    return chatfile_open_without_service(client_options, client, error);
}

static chatfile_status open_nothing(const char *what, chatfile_status expected, const char *field)
{
    return open_with(call_open, NULL, what, expected, field);
}

static chatfile_status upload(const chatfile_client *client, const void *source, const void *options, const char *what,
                              chatfile_status expected, const char *field)
{
    chatfile_upload_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_upload(client, source, options, &result, &error);
    expect(what, status, expected, field, result, error);
    result = POISON;
    check(chatfile_upload(client, source, options, &result, NULL) == status && result == NULL, what, "error == NULL");
    return status;
}

static chatfile_status download(const chatfile_client *client, const char *file, const void *sink, const void *options,
                                const char *what, chatfile_status expected, const char *field)
{
    chatfile_download_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_download(client, file, sink, options, &result, &error);
    expect(what, status, expected, field, result, error);
    result = POISON;
    check(chatfile_download(client, file, sink, options, &result, NULL) == status && result == NULL, what,
          "error == NULL");
    return status;
}

static chatfile_status delete_file(const chatfile_client *client, const char *file, const void *options,
                                   const char *what, chatfile_status expected, const char *field)
{
    chatfile_delete_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_delete(client, file, options, &result, &error);
    expect(what, status, expected, field, result, error);
    result = POISON;
    check(chatfile_delete(client, file, options, &result, NULL) == status && result == NULL, what, "error == NULL");
    return status;
}

static chatfile_status delete_by_time(const chatfile_client *client, const void *task, const void *options,
                                      const char *what, chatfile_status expected, const char *field)
{
    chatfile_delete_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_delete_by_time(client, task, options, &result, &error);
    expect(what, status, expected, field, result, error);
    result = POISON;
    check(chatfile_delete_by_time(client, task, options, &result, NULL) == status && result == NULL, what,
          "error == NULL");
    return status;
}

/* A sink of which nothing can be wrong. */
static chatfile_sink memory_sink(void)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    sink.to_memory = 1;
    return sink;
}

static void checksum(const char *secret, const char *nonce, const char *time, char *out, size_t size, const char *what,
                     chatfile_status expected, const char *field)
{
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_netease_checksum(secret, nonce, time, out, size, &error);
    expect(what, status, expected, field, NULL, error);
    check(chatfile_netease_checksum(secret, nonce, time, out, size, NULL) == expected, what, "error == NULL");
}

/* A source and a sink with which a call gets as far as it can without a network. */
static chatfile_source missing_source(void)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    source.path = "/no/such/file";
    return source;
}

static void nulls_of_huawei(void)
{
    static const struct {
        const char *name;
        size_t offset;
    } required[] = {
        { "base_url", offsetof(chatfile_huawei, base_url) },
        { "app_key", offsetof(chatfile_huawei, app_key) },
        { "app_secret", offsetof(chatfile_huawei, app_secret) },
        { "channel_id", offsetof(chatfile_huawei, channel_id) },
        { "user_id", offsetof(chatfile_huawei, user_id) },
    };
    chatfile_huawei config = good_huawei();
    chatfile_error *error = POISON;
    chatfile_status status;
    size_t i;
    open_huawei(NULL, "open_huawei config", CHATFILE_E_NULL, "config");
    open_huawei(&config, "open_huawei", CHATFILE_OK, NULL);
    for (i = 0; i < sizeof required / sizeof *required; i++) {
        const char *const none = NULL;
        config = good_huawei();
        memcpy((char *)&config + required[i].offset, &none, sizeof none);
        open_huawei(&config, "open_huawei without a field", CHATFILE_E_NULL, required[i].name);
    }
    status = chatfile_open_huawei(&config, NULL, NULL, &error);
    expect("open_huawei out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_open_huawei(NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "open_huawei", "all NULL");
}

static void nulls_of_smh(void)
{
    chatfile_smh config = good_smh();
    chatfile_error *error = POISON;
    chatfile_status status;
    open_smh(NULL, "open_smh config", CHATFILE_E_NULL, "config");
    open_smh(&config, "open_smh", CHATFILE_OK, NULL);
    config.access_token = "token";
    open_smh(&config, "open_smh with both", CHATFILE_E_ARGUMENT, "config");
    config.library_secret = NULL;
    open_smh(&config, "open_smh with a token", CHATFILE_OK, NULL);
    config.access_token = NULL;
    open_smh(&config, "open_smh without a secret", CHATFILE_E_ARGUMENT, "config");
    config = good_smh();
    config.library_id = NULL;
    open_smh(&config, "open_smh library_id", CHATFILE_E_NULL, "library_id");
    status = chatfile_open_smh(&config, NULL, NULL, &error);
    expect("open_smh out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_open_smh(NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "open_smh", "all NULL");
}

static void nulls_of_openim(void)
{
    chatfile_openim config = good_openim();
    chatfile_error *error = POISON;
    chatfile_status status;
    open_openim(NULL, "open_openim config", CHATFILE_E_NULL, "config");
    open_openim(&config, "open_openim", CHATFILE_OK, NULL);
    config.token = "token";
    open_openim(&config, "open_openim with both", CHATFILE_E_ARGUMENT, "config");
    config.admin_secret = NULL;
    open_openim(&config, "open_openim token with platform", CHATFILE_E_ARGUMENT, "platform");
    config.platform = 0;
    open_openim(&config, "open_openim with a token", CHATFILE_OK, NULL);
    config.token = NULL;
    open_openim(&config, "open_openim without a secret", CHATFILE_E_ARGUMENT, "config");
    config = good_openim();
    config.base_url = NULL;
    open_openim(&config, "open_openim base_url", CHATFILE_E_NULL, "base_url");
    config = good_openim();
    config.user_id = NULL;
    open_openim(&config, "open_openim user_id", CHATFILE_E_NULL, "user_id");
    status = chatfile_open_openim(&config, NULL, NULL, &error);
    expect("open_openim out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_open_openim(NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "open_openim", "all NULL");
}

static void nulls(void)
{
    chatfile_easemob easemob = good_easemob();
    chatfile_netease netease = good_netease();
    chatfile_source source = missing_source();
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_netease_delete_task task = CHATFILE_NETEASE_DELETE_TASK_INIT;
    chatfile_error *error = POISON;
    chatfile_status status;
    char out[CHATFILE_NETEASE_CHECKSUM_SIZE] = "untouched";

    client_options = NULL;
    open_easemob(NULL, "open_easemob config", CHATFILE_E_NULL, "config");
    open_easemob(&easemob, "open_easemob", CHATFILE_OK, NULL);
    easemob.app_key = NULL;
    open_easemob(&easemob, "open_easemob app_key", CHATFILE_E_NULL, "app_key");
    status = chatfile_open_easemob(&easemob, NULL, NULL, &error);
    expect("open_easemob out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_open_easemob(NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "open_easemob", "all NULL");

    open_netease(NULL, "open_netease config", CHATFILE_E_NULL, "config");
    open_netease(&netease, "open_netease", CHATFILE_OK, NULL);
    netease.app_secret = NULL;
    open_netease(&netease, "open_netease app_secret", CHATFILE_E_NULL, "app_secret");
    netease = good_netease();
    netease.app_key = NULL;
    open_netease(&netease, "open_netease app_key", CHATFILE_E_NULL, "app_key");
    error = POISON;
    status = chatfile_open_netease(&netease, NULL, NULL, &error);
    expect("open_netease out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_open_netease(NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "open_netease", "all NULL");

    nulls_of_huawei();
    nulls_of_smh();
    nulls_of_openim();
    open_nothing("open", CHATFILE_OK, NULL);
    error = POISON;
    status = chatfile_open_without_service(NULL, NULL, &error);
    expect("open out", status, CHATFILE_E_NULL, "out", NULL, error);

    upload(NULL, &source, NULL, "upload client", CHATFILE_E_NULL, "client");
    upload(easemob_client, NULL, NULL, "upload source", CHATFILE_E_NULL, "source");
    upload(easemob_client, &source, NULL, "upload options", CHATFILE_E_SOURCE, "source.path");
    error = POISON;
    status = chatfile_upload(easemob_client, &source, NULL, NULL, &error);
    expect("upload out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_upload(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "upload", "all NULL");
    source.path = NULL;
    upload(easemob_client, &source, NULL, "upload nothing", CHATFILE_E_ARGUMENT, "source");
    source.data_size = 5;
    upload(easemob_client, &source, NULL, "upload data", CHATFILE_E_ARGUMENT, "source.data_size");
    source.data = "hello";
    source.data_size = 0;
    source.length = 5;
    upload(easemob_client, &source, NULL, "upload data by length", CHATFILE_E_ARGUMENT, "source.length");
    source.data = NULL;
    source.path = "/no/such/file";
    upload(easemob_client, &source, NULL, "upload a file's length", CHATFILE_E_ARGUMENT, "source.length");
    source.length = 0;
    source.data_size = 5;
    upload(easemob_client, &source, NULL, "upload a file's size", CHATFILE_E_ARGUMENT, "source.data_size");
    source.path = NULL;
    source.data = "x";
    source.data_size = SIZE_MAX;
    upload(easemob_client, &source, NULL, "upload of all memory", CHATFILE_E_ARGUMENT, "source.data_size");

    download(easemob_client, "0-1", &sink, NULL, "download to nothing", CHATFILE_E_ARGUMENT, "sink");
    sink.path = "x";
    sink.to_memory = 1;
    download(easemob_client, "0-1", &sink, NULL, "download to two", CHATFILE_E_ARGUMENT, "sink");
    sink = memory_sink();
    sink.reserved = 1;
    download(easemob_client, "0-1", &sink, NULL, "download reserved", CHATFILE_E_STRUCT, "reserved");
    sink = memory_sink();
    download(NULL, "0-1", &sink, NULL, "download client", CHATFILE_E_NULL, "client");
    download(easemob_client, NULL, &sink, NULL, "download file", CHATFILE_E_NULL, "file");
    download(easemob_client, "0-1", NULL, NULL, "download sink", CHATFILE_E_NULL, "sink");
    download(easemob_client, "no uuid", &sink, NULL, "download options", CHATFILE_E_ARGUMENT, "file");
    error = POISON;
    status = chatfile_download(easemob_client, "0-1", &sink, NULL, NULL, &error);
    expect("download out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_download(NULL, NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "download", "all NULL");

    delete_file(NULL, "a", NULL, "delete client", CHATFILE_E_NULL, "client");
    delete_file(netease_client, NULL, NULL, "delete file", CHATFILE_E_NULL, "file");
    delete_file(netease_client, "a", NULL, "delete at NetEase", CHATFILE_E_UNSUPPORTED, "delete");
    delete_file(netease_client, "\xFF", NULL, "delete of no text", CHATFILE_E_TEXT, "file");
    error = POISON;
    status = chatfile_delete(netease_client, "a", NULL, NULL, &error);
    expect("delete out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_delete(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "delete", "all NULL");

    delete_by_time(NULL, &task, NULL, "delete_by_time client", CHATFILE_E_NULL, "client");
    delete_by_time(netease_client, NULL, NULL, "delete_by_time task", CHATFILE_E_NULL, "task");
    delete_by_time(netease_client, &task, NULL, "delete_by_time of no range", CHATFILE_E_LIMIT, "start_time_ms");
    delete_by_time(easemob_client, &task, NULL, "delete_by_time at Easemob", CHATFILE_E_UNSUPPORTED, "delete_by_time");
    error = POISON;
    status = chatfile_delete_by_time(netease_client, &task, NULL, NULL, &error);
    expect("delete_by_time out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_delete_by_time(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "delete_by_time", "all NULL");

    checksum(NULL, "n", "1", out, sizeof out, "checksum app_secret", CHATFILE_E_NULL, "app_secret");
    checksum("s", NULL, "1", out, sizeof out, "checksum nonce", CHATFILE_E_NULL, "nonce");
    checksum("s", "n", NULL, out, sizeof out, "checksum cur_time", CHATFILE_E_NULL, "cur_time");
    checksum("s", "n", "1", NULL, sizeof out, "checksum buffer", CHATFILE_E_NULL, "buffer");
    checksum("s", "n", "1", out, sizeof out - 1, "checksum buffer_size", CHATFILE_E_ARGUMENT, "buffer_size");
    checksum("s", "n", "1", out, 0, "checksum buffer_size", CHATFILE_E_ARGUMENT, "buffer_size");
    check(strcmp(out, "untouched") == 0, "checksum", "a failed call wrote to its output");
    {
        chatfile_error *error = POISON;
        chatfile_status status = chatfile_client_set_rates(NULL, 1, 1, &error);
        expect("client_set_rates", status, CHATFILE_E_NULL, "client", NULL, error);
    }
    check(chatfile_client_set_rates(NULL, 1, 1, NULL) == CHATFILE_E_NULL, "client_set_rates", "error == NULL");
    check(chatfile_client_set_rates(easemob_client, 1, 0, NULL) == CHATFILE_OK, "client_set_rates", "it fails");

    check(chatfile_netease_checksum("a", "b", "c", out, sizeof out, NULL) == CHATFILE_OK, "checksum", "it fails");
    check(strcmp(out, "a9993e364706816aba3e25717850c26c9cd0d89d") == 0, "checksum", "it is wrong");
}

static void getters_of_nothing(void)
{
    const char *const what = "a getter of NULL";
    uint64_t value = 1;
    check(chatfile_client_capabilities(NULL) == 0, what, "client_capabilities");
    check(chatfile_error_status(NULL) == CHATFILE_OK, what, "error_status");
    check(same(chatfile_error_message(NULL), ""), what, "error_message");
    check(chatfile_error_field(NULL) == NULL, what, "error_field");
    check(chatfile_error_http_status(NULL) == 0, what, "error_http_status");
    check(chatfile_error_service_code(NULL) == NULL, what, "error_service_code");
    check(chatfile_error_service_message(NULL) == NULL, what, "error_service_message");
    check(chatfile_error_request_id(NULL) == NULL, what, "error_request_id");
    check(chatfile_error_phase(NULL) == CHATFILE_PHASE_PREPARE, what, "error_phase");
    check(chatfile_error_retryable(NULL) == 0, what, "error_retryable");
    check(chatfile_error_retry_after_ms(NULL, &value) == 0 && value == 0, what, "error_retry_after_ms");
    value = 1;
    check(chatfile_error_attempts(NULL) == 0, what, "error_attempts");
    check(chatfile_error_callback_value(NULL) == 0, what, "error_callback_value");
    check(chatfile_error_resume_token(NULL) == NULL, what, "error_resume_token");
    check(chatfile_error_file(NULL) == NULL, what, "error_file");
    check(chatfile_error_os_error(NULL) == 0, what, "error_os_error");
    check(chatfile_error_limit(NULL, &value) == 0 && value == 0, what, "error_limit");
    check(chatfile_error_limit(NULL, NULL) == 0, what, "error_limit, NULL");
    value = 1;
    check(chatfile_error_actual(NULL, &value) == 0 && value == 0, what, "error_actual");
    check(chatfile_error_tls_fault(NULL) == CHATFILE_TLS_NONE, what, "error_tls_fault");
    check(chatfile_error_at_proxy(NULL) == 0, what, "error_at_proxy");
    check(chatfile_upload_result_file(NULL) == NULL, what, "upload_result_file");
    check(chatfile_upload_result_url(NULL) == NULL, what, "upload_result_url");
    check(chatfile_upload_result_share_secret(NULL) == NULL, what, "upload_result_share_secret");
    check(chatfile_upload_result_size(NULL) == 0, what, "upload_result_size");
    check(chatfile_upload_result_instant(NULL) == 0, what, "upload_result_instant");
    check(chatfile_upload_result_attempts(NULL) == 0, what, "upload_result_attempts");
    check(chatfile_upload_result_md5(NULL) == NULL, what, "upload_result_md5");
    check(chatfile_upload_result_sha256(NULL) == NULL, what, "upload_result_sha256");
    check(chatfile_upload_result_crc64(NULL) == NULL, what, "upload_result_crc64");
    check(chatfile_upload_result_message(NULL) == NULL, what, "upload_result_message");
    check(chatfile_upload_result_message_type(NULL) == NULL, what, "upload_result_message_type");
    check(chatfile_upload_result_content_cas(NULL) == NULL, what, "upload_result_content_cas");
    check(chatfile_download_result_size(NULL) == 0, what, "download_result_size");
    check(chatfile_download_result_file_size(NULL, NULL) == 0, what, "download_result_file_size");
    check(chatfile_download_result_data(NULL) == NULL, what, "download_result_data");
    check(chatfile_download_result_media_type(NULL) == NULL, what, "download_result_media_type");
    check(chatfile_download_result_content_encoding(NULL) == NULL, what, "download_result_content_encoding");
    check(chatfile_download_result_attempts(NULL) == 0, what, "download_result_attempts");
    check(chatfile_delete_result_task_id(NULL) == NULL, what, "delete_result_task_id");
    check(chatfile_delete_result_recycled_item_id(NULL) == NULL, what, "delete_result_recycled_item_id");
    check(chatfile_delete_result_attempts(NULL) == 0, what, "delete_result_attempts");
    chatfile_cancel_fire(NULL);
    chatfile_cancel_free(NULL);
    chatfile_client_free(NULL);
    chatfile_error_free(NULL);
    chatfile_upload_result_free(NULL);
    chatfile_download_result_free(NULL);
    chatfile_delete_result_free(NULL);
}

static void names(void)
{
    check(same(chatfile_status_name(CHATFILE_OK), "CHATFILE_OK"), "status_name", "OK");
    check(same(chatfile_status_name(CHATFILE_E_PANIC), "CHATFILE_E_PANIC"), "status_name", "PANIC");
    check(same(chatfile_status_name(1), "CHATFILE_E_UNKNOWN"), "status_name", "1");
    check(same(chatfile_status_name(-1), "CHATFILE_E_UNKNOWN"), "status_name", "-1");
    check(same(chatfile_status_name(INT32_MAX), "CHATFILE_E_UNKNOWN"), "status_name", "INT32_MAX");
    check(same(chatfile_status_name(INT32_MIN), "CHATFILE_E_UNKNOWN"), "status_name", "INT32_MIN");
    check(same(chatfile_version(), CHATFILE_VERSION), "version", "it is not the header's");
    check(chatfile_version_number() == CHATFILE_VERSION_NUMBER, "version_number", "it is not the header's");
}

/* Headers of other versions, also of some that there will never be. */
static void versions(void)
{
    static const uint32_t others[] = { CHATFILE_VERSION_NUMBER + 1000, CHATFILE_VERSION_NUMBER + 1000000, UINT32_MAX };
    chatfile_error *error;
    size_t at;

    error = POISON;
    check(chatfile_version_check(CHATFILE_VERSION_NUMBER, &error) == CHATFILE_OK, "version_check", "its own header");
    check(error == NULL, "version_check", "an error object without an error");
    check(chatfile_version_check(CHATFILE_VERSION_NUMBER + 1, NULL) == CHATFILE_OK, "version_check", "a patch");
    check(chatfile_version_check(UINT32_MAX, NULL) == CHATFILE_E_STRUCT, "version_check", "no error object");
    for (at = 0; at < sizeof others / sizeof *others; at++) {
        error = POISON;
        chatfile_status status = chatfile_version_check(others[at], &error);
        expect("version_check", status, CHATFILE_E_STRUCT, "header_version_number", NULL, error);
    }
}

/*
 * Structures: for each a call that takes it from memory of the test's making. `valid` is how the call ends when the
 * structure is good.
 */

static const char *at_fault;
static const char *current;

static chatfile_status use_easemob(const void *structure, chatfile_status expected)
{
    client_options = NULL;
    return open_easemob(structure, current, expected, at_fault);
}

static chatfile_status use_netease(const void *structure, chatfile_status expected)
{
    client_options = NULL;
    return open_netease(structure, current, expected, at_fault);
}

static chatfile_status use_huawei(const void *structure, chatfile_status expected)
{
    client_options = NULL;
    return open_huawei(structure, current, expected, at_fault);
}

static chatfile_status use_smh(const void *structure, chatfile_status expected)
{
    client_options = NULL;
    return open_smh(structure, current, expected, at_fault);
}

static chatfile_status use_openim(const void *structure, chatfile_status expected)
{
    client_options = NULL;
    return open_openim(structure, current, expected, at_fault);
}

static chatfile_status use_client_options(const void *structure, chatfile_status expected)
{
    chatfile_easemob easemob = good_easemob();
    chatfile_netease netease = good_netease();
    client_options = structure;
    open_nothing(current, expected, at_fault);
    open_easemob(&easemob, current, expected, at_fault);
    return open_netease(&netease, current, expected, at_fault);
}

static chatfile_status use_source(const void *structure, chatfile_status expected)
{
    return upload(easemob_client, structure, NULL, current, expected, at_fault);
}

static chatfile_status use_upload_options(const void *structure, chatfile_status expected)
{
    chatfile_source source = missing_source();
    return upload(easemob_client, &source, structure, current, expected, at_fault);
}

static chatfile_status use_easemob_upload(const void *structure, chatfile_status expected)
{
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    options.easemob = structure;
    return use_upload_options(&options, expected);
}

static chatfile_status use_netease_upload(const void *structure, chatfile_status expected)
{
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    options.netease = structure;
    return use_upload_options(&options, expected);
}

static chatfile_status use_huawei_upload(const void *structure, chatfile_status expected)
{
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    options.huawei = structure;
    return use_upload_options(&options, expected);
}

static chatfile_status use_smh_upload(const void *structure, chatfile_status expected)
{
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    options.smh = structure;
    return use_upload_options(&options, expected);
}

static chatfile_status use_openim_upload(const void *structure, chatfile_status expected)
{
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    options.openim = structure;
    return use_upload_options(&options, expected);
}

static chatfile_status use_sink(const void *structure, chatfile_status expected)
{
    return download(easemob_client, "no uuid", structure, NULL, current, expected, at_fault);
}

static chatfile_status use_download_options(const void *structure, chatfile_status expected)
{
    const chatfile_sink sink = memory_sink();
    return download(easemob_client, "no uuid", &sink, structure, current, expected, at_fault);
}

static chatfile_status use_easemob_download(const void *structure, chatfile_status expected)
{
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    options.easemob = structure;
    return use_download_options(&options, expected);
}

static chatfile_status use_huawei_download(const void *structure, chatfile_status expected)
{
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    options.huawei = structure;
    /* Easemob has no such options, which shows once the structure is good. */
    return use_download_options(&options, expected);
}

static chatfile_status use_smh_download(const void *structure, chatfile_status expected)
{
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    options.smh = structure;
    return use_download_options(&options, expected);
}

static chatfile_status use_openim_download(const void *structure, chatfile_status expected)
{
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    options.openim = structure;
    return use_download_options(&options, expected);
}

static chatfile_status use_delete_options(const void *structure, chatfile_status expected)
{
    return delete_file(easemob_client, "a", structure, current, expected, at_fault);
}

static chatfile_status use_netease_delete_task(const void *structure, chatfile_status expected)
{
    return delete_by_time(easemob_client, structure, NULL, current, expected, at_fault);
}

static chatfile_status use_smh_delete(const void *structure, chatfile_status expected)
{
    chatfile_delete_options options = CHATFILE_DELETE_OPTIONS_INIT;
    options.smh = structure;
    return use_delete_options(&options, expected);
}

static chatfile_status use_list_options(const void *structure, chatfile_status expected)
{
    chatfile_listing *listing = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_list(easemob_client, "", structure, &listing, &error);
    expect(current, status, expected, at_fault, listing, error);
    return status;
}

static chatfile_status use_info_options(const void *structure, chatfile_status expected)
{
    chatfile_file_info *info = POISON;
    chatfile_error *error = POISON;
    int32_t exists = 7;
    chatfile_status status = chatfile_exists(easemob_client, "a", structure, &exists, NULL);
    check(exists == 0 && (status == CHATFILE_E_STRUCT) == (expected == CHATFILE_E_STRUCT), current, "exists");
    status = chatfile_info(easemob_client, "a", structure, &info, &error);
    expect(current, status, expected, at_fault, info, error);
    return status;
}

/* Of a client that has nobody to ask. */
static chatfile_status use_check_options(const void *structure, chatfile_status expected)
{
    chatfile_client *client = POISON;
    chatfile_check_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    if (chatfile_open_without_service(NULL, &client, NULL) != CHATFILE_OK)
        abort();
    status = chatfile_check(client, structure, &result, &error);
    expect(current, status, expected, at_fault, result, error);
    chatfile_client_free(client);
    return status;
}

static chatfile_status use_abort_upload_options(const void *structure, chatfile_status expected)
{
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_abort_upload(easemob_client, structure, &error);
    expect(current, status, expected, at_fault, NULL, error);
    return status;
}

static chatfile_status use_complete_presigned_options(const void *structure, chatfile_status expected)
{
    chatfile_presigned *presigned = POISON;
    chatfile_upload_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    if (chatfile_presign_download(netease_client, "https://h/x", NULL, &presigned, NULL) != CHATFILE_OK)
        abort();
    status = chatfile_complete_presigned(easemob_client, presigned, structure, &result, &error);
    expect(current, status, expected, at_fault, result, error);
    chatfile_presigned_free(presigned);
    return status;
}

static chatfile_status use_digest_file_options(const void *structure, chatfile_status expected)
{
    chatfile_digest *digest = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    if (chatfile_digest_new(CHATFILE_DIGEST_CRC64, 0, &digest, NULL) != CHATFILE_OK)
        abort();
    status = chatfile_digest_update_file(digest, "/no/such/file", structure, &error);
    expect(current, status, expected, at_fault, NULL, error);
    chatfile_digest_free(digest);
    return status;
}

struct text_field {
    const char *name;
    size_t offset;
};

#define MAX_TEXTS 16

static const struct {
    const char *name;
    size_t size;
    chatfile_status (*use)(const void *structure, chatfile_status expected);
    chatfile_status valid;
    const char *valid_field;
    struct text_field texts[MAX_TEXTS];
} structures[] = {
    { "chatfile_easemob", sizeof(chatfile_easemob), use_easemob, CHATFILE_OK, NULL, { TEXTS_OF_chatfile_easemob } },
    { "chatfile_netease", sizeof(chatfile_netease), use_netease, CHATFILE_OK, NULL, { TEXTS_OF_chatfile_netease } },
    { "chatfile_huawei", sizeof(chatfile_huawei), use_huawei, CHATFILE_OK, NULL, { TEXTS_OF_chatfile_huawei } },
    { "chatfile_smh", sizeof(chatfile_smh), use_smh, CHATFILE_OK, NULL, { TEXTS_OF_chatfile_smh } },
    { "chatfile_openim", sizeof(chatfile_openim), use_openim, CHATFILE_OK, NULL, { TEXTS_OF_chatfile_openim } },
    { "chatfile_client_options",
      sizeof(chatfile_client_options),
      use_client_options,
      CHATFILE_OK,
      NULL,
      { TEXTS_OF_chatfile_client_options } },
    { "chatfile_source",
      sizeof(chatfile_source),
      use_source,
      CHATFILE_E_SOURCE,
      "source.path",
      { TEXTS_OF_chatfile_source } },
    { "chatfile_upload_options",
      sizeof(chatfile_upload_options),
      use_upload_options,
      CHATFILE_E_SOURCE,
      "source.path",
      { TEXTS_OF_chatfile_upload_options } },
    { "chatfile_easemob_upload",
      sizeof(chatfile_easemob_upload),
      use_easemob_upload,
      CHATFILE_E_SOURCE,
      "source.path",
      { TEXTS_OF_chatfile_easemob_upload } },
    { "chatfile_netease_upload",
      sizeof(chatfile_netease_upload),
      use_netease_upload,
      CHATFILE_E_UNSUPPORTED,
      "netease",
      { TEXTS_OF_chatfile_netease_upload } },
    { "chatfile_huawei_upload",
      sizeof(chatfile_huawei_upload),
      use_huawei_upload,
      CHATFILE_E_UNSUPPORTED,
      "huawei",
      { TEXTS_OF_chatfile_huawei_upload } },
    { "chatfile_smh_upload",
      sizeof(chatfile_smh_upload),
      use_smh_upload,
      CHATFILE_E_UNSUPPORTED,
      "smh",
      { TEXTS_OF_chatfile_smh_upload } },
    { "chatfile_openim_upload",
      sizeof(chatfile_openim_upload),
      use_openim_upload,
      CHATFILE_E_UNSUPPORTED,
      "openim",
      { TEXTS_OF_chatfile_openim_upload } },
    { "chatfile_sink", sizeof(chatfile_sink), use_sink, CHATFILE_E_ARGUMENT, "file", { TEXTS_OF_chatfile_sink } },
    { "chatfile_download_options",
      sizeof(chatfile_download_options),
      use_download_options,
      CHATFILE_E_ARGUMENT,
      "file",
      { TEXTS_OF_chatfile_download_options } },
    { "chatfile_easemob_download",
      sizeof(chatfile_easemob_download),
      use_easemob_download,
      CHATFILE_E_ARGUMENT,
      "file",
      { TEXTS_OF_chatfile_easemob_download } },
    { "chatfile_huawei_download",
      sizeof(chatfile_huawei_download),
      use_huawei_download,
      CHATFILE_E_UNSUPPORTED,
      "huawei",
      { TEXTS_OF_chatfile_huawei_download } },
    { "chatfile_smh_download",
      sizeof(chatfile_smh_download),
      use_smh_download,
      CHATFILE_E_UNSUPPORTED,
      "smh",
      { TEXTS_OF_chatfile_smh_download } },
    { "chatfile_openim_download",
      sizeof(chatfile_openim_download),
      use_openim_download,
      CHATFILE_E_UNSUPPORTED,
      "openim",
      { TEXTS_OF_chatfile_openim_download } },
    { "chatfile_smh_delete",
      sizeof(chatfile_smh_delete),
      use_smh_delete,
      CHATFILE_E_UNSUPPORTED,
      "smh",
      { TEXTS_OF_chatfile_smh_delete } },
    { "chatfile_info_options",
      sizeof(chatfile_info_options),
      use_info_options,
      CHATFILE_E_UNSUPPORTED,
      "info",
      { TEXTS_OF_chatfile_info_options } },
    { "chatfile_check_options",
      sizeof(chatfile_check_options),
      use_check_options,
      CHATFILE_E_UNSUPPORTED,
      "check",
      { TEXTS_OF_chatfile_check_options } },
    { "chatfile_abort_upload_options",
      sizeof(chatfile_abort_upload_options),
      use_abort_upload_options,
      CHATFILE_E_ARGUMENT,
      "resume_token",
      { TEXTS_OF_chatfile_abort_upload_options } },
    { "chatfile_complete_presigned_options",
      sizeof(chatfile_complete_presigned_options),
      use_complete_presigned_options,
      CHATFILE_E_ARGUMENT,
      "presigned",
      { TEXTS_OF_chatfile_complete_presigned_options } },
    { "chatfile_digest_update_file_options",
      sizeof(chatfile_digest_update_file_options),
      use_digest_file_options,
      CHATFILE_E_SOURCE,
      "path",
      { TEXTS_OF_chatfile_digest_update_file_options } },
    { "chatfile_list_options",
      sizeof(chatfile_list_options),
      use_list_options,
      CHATFILE_E_UNSUPPORTED,
      "list",
      { TEXTS_OF_chatfile_list_options } },
    { "chatfile_delete_options",
      sizeof(chatfile_delete_options),
      use_delete_options,
      CHATFILE_E_UNSUPPORTED,
      "delete",
      { TEXTS_OF_chatfile_delete_options } },
    { "chatfile_netease_delete_task",
      sizeof(chatfile_netease_delete_task),
      use_netease_delete_task,
      CHATFILE_E_UNSUPPORTED,
      "delete_by_time",
      { TEXTS_OF_chatfile_netease_delete_task } },
};

#define STRUCTURES (sizeof structures / sizeof *structures)
#define LARGEST 4096

/* A zeroed structure with what the call needs; more memory than it states, to hold a longer one. */
static void *make(size_t index)
{
    size_t *memory = calloc(1, LARGEST + 2 * sizeof(size_t));
    const char *name = structures[index].name;
    if (memory == NULL)
        abort();
    if (strcmp(name, "chatfile_easemob") == 0)
        *(chatfile_easemob *)(void *)memory = good_easemob();
    else if (strcmp(name, "chatfile_netease") == 0)
        *(chatfile_netease *)(void *)memory = good_netease();
    else if (strcmp(name, "chatfile_huawei") == 0)
        *(chatfile_huawei *)(void *)memory = good_huawei();
    else if (strcmp(name, "chatfile_smh") == 0)
        *(chatfile_smh *)(void *)memory = good_smh();
    else if (strcmp(name, "chatfile_openim") == 0)
        *(chatfile_openim *)(void *)memory = good_openim();
    else if (strcmp(name, "chatfile_source") == 0)
        *(chatfile_source *)(void *)memory = missing_source();
    else if (strcmp(name, "chatfile_sink") == 0)
        *(chatfile_sink *)(void *)memory = memory_sink();
    else
        *memory = structures[index].size;
    if (strcmp(name, "chatfile_huawei_download") == 0)
        ((chatfile_huawei_download *)(void *)memory)->file_type = "png";
    return memory;
}

/* Calls with that struct_size; `tail` is the offset of a byte to set beyond the known ones, 0 for none. */
static void sized(size_t index, size_t size, size_t tail, int good)
{
    static char what[200];
    char *memory = make(index);
    chatfile_status expected = good ? structures[index].valid : CHATFILE_E_STRUCT;
    memcpy(memory, &size, sizeof size);
    if (tail != 0)
        memory[tail] = 1;
    sprintf(what, "%s of %lu bytes, tail at %lu", structures[index].name, (unsigned long)size, (unsigned long)tail);
    current = what;
    at_fault = good ? structures[index].valid_field : "struct_size";
    structures[index].use(memory, expected);
    free(memory);
}

static void sizes(void)
{
    size_t i;
    for (i = 0; i < STRUCTURES; i++) {
        size_t size = structures[i].size;
        sized(i, size, 0, 1);
        sized(i, size, size, 1); /* what stands behind it is not looked at */
        sized(i, 0, 0, 0);
        sized(i, 1, 0, 0);
        sized(i, sizeof(size_t), 0, 0);
        sized(i, size - 1, 0, 0);
        sized(i, size + 1, 0, 1);
        sized(i, size + 8, 0, 1);
        sized(i, size + 8, size, 0);
        sized(i, size + 8, size + 7, 0);
        sized(i, LARGEST, 0, 1);
        sized(i, LARGEST, LARGEST - 1, 0);
        sized(i, LARGEST + 1, 0, 0);
        sized(i, SIZE_MAX, 0, 0);
        sized(i, (size_t)1 << (sizeof(size_t) * 8 - 1), 0, 0);
    }
}

/* A secret is only looked at beside the name that it goes with. */
static void complete(size_t index, const char *field, void *memory)
{
    chatfile_easemob *config = memory;
    if (strcmp(structures[index].name, "chatfile_smh") == 0 && strcmp(field, "access_token") == 0)
        ((chatfile_smh *)memory)->library_secret = NULL;
    if (strcmp(structures[index].name, "chatfile_openim") == 0 && strcmp(field, "token") == 0) {
        ((chatfile_openim *)memory)->admin_secret = NULL;
        ((chatfile_openim *)memory)->platform = 0;
    }
    if (strcmp(structures[index].name, "chatfile_easemob") != 0)
        return;
    if (strcmp(field, "client_secret") == 0 || strcmp(field, "password") == 0)
        config->token = NULL;
    if (strcmp(field, "client_secret") == 0)
        config->client_id = "id";
    if (strcmp(field, "password") == 0)
        config->username = "name";
}

/* Not UTF-8 (a lone byte, cut short, overlong, a surrogate, too large), or of more than one line. */
static const char *const bad_texts[] = {
    "\xFF",           "caf\xE9", "\xE5\x9B", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
    "a\r\nX-Evil: 1", "a\nb",    "a\r",      "\n",
};

#define BAD_TEXTS (sizeof bad_texts / sizeof *bad_texts)

static void texts(void)
{
    size_t i, field, bad;
    const chatfile_sink sink = memory_sink();
    for (bad = 0; bad < BAD_TEXTS; bad++) {
        char out[CHATFILE_NETEASE_CHECKSUM_SIZE] = "untouched";
        const char *text = bad_texts[bad];
        for (i = 0; i < STRUCTURES; i++) {
            for (field = 0; field < MAX_TEXTS && structures[i].texts[field].name != NULL; field++) {
                char *memory = make(i);
                complete(i, structures[i].texts[field].name, memory);
                memcpy(memory + structures[i].texts[field].offset, &text, sizeof text);
                current = structures[i].name;
                at_fault = structures[i].texts[field].name;
                structures[i].use(memory, CHATFILE_E_TEXT);
                free(memory);
            }
        }
        download(easemob_client, text, &sink, NULL, "file", CHATFILE_E_TEXT, "file");
        checksum(text, "n", "1", out, sizeof out, "app_secret", CHATFILE_E_TEXT, "app_secret");
        checksum("s", text, "1", out, sizeof out, "nonce", CHATFILE_E_TEXT, "nonce");
        checksum("s", "n", text, out, sizeof out, "cur_time", CHATFILE_E_TEXT, "cur_time");
        check(strcmp(out, "untouched") == 0, "checksum", "a failed call wrote to its output");
    }
}

/* Client options that cannot be used. PEM texts have lines of their own, and are judged as PEM. */
static void client_options_of_no_use(void)
{
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    const chatfile_client_options none = options;
    client_options = &options;
    options.ca_certificates = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
    options.ca_certificates_size = strlen(options.ca_certificates);
    open_nothing("ca_certificates", CHATFILE_E_ARGUMENT, "ca_certificates");
    options.ca_certificates_size = 0;
    open_nothing("no ca_certificates", CHATFILE_E_ARGUMENT, "ca_certificates");
    options.ca_certificates_size = SIZE_MAX;
    open_nothing("ca_certificates of all memory", CHATFILE_E_ARGUMENT, "ca_certificates_size");
    options.ca_certificates_path = "/no/such/file";
    open_nothing("both ca_certificates", CHATFILE_E_ARGUMENT, "ca_certificates");
    options.ca_certificates = NULL;
    open_nothing("ca_certificates_path", CHATFILE_E_ARGUMENT, "ca_certificates_path");
    options = none;
    options.client_certificate = options.client_key = "\xFF no PEM";
    open_nothing("client_certificate", CHATFILE_E_ARGUMENT, "client_certificate");
    options.client_key = NULL;
    open_nothing("client_certificate without key", CHATFILE_E_ARGUMENT, "client_certificate");
    options.client_key = options.client_certificate;
    options.client_certificate = NULL;
    open_nothing("client_key without certificate", CHATFILE_E_ARGUMENT, "client_certificate");
    options = none;
    options.proxy = "ftp://proxy:1";
    open_nothing("proxy", CHATFILE_E_ARGUMENT, "proxy");
    options = none;
    options.log_level = 77;
    open_nothing("log_level", CHATFILE_E_ARGUMENT, "log_level");
    client_options = NULL;
}

int main(void)
{
    chatfile_easemob easemob = good_easemob();
    chatfile_netease netease = good_netease();
    if (chatfile_open_easemob(&easemob, NULL, &easemob_client, NULL) != CHATFILE_OK ||
        chatfile_open_netease(&netease, NULL, &netease_client, NULL) != CHATFILE_OK) {
        fprintf(stderr, "no client\n");
        return 1;
    }
    nulls();
    getters_of_nothing();
    names();
    versions();
    sizes();
    texts();
    client_options_of_no_use();
    chatfile_client_free(easemob_client);
    chatfile_client_free(netease_client);
    return failures > 0;
}

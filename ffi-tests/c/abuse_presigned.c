/*
 * Presigned requests as no caller should use them. Nothing here reaches the network. Prints the name of each status
 * that was met; fails if anything is not as the header says.
 */
#include <chatfile.h>

#include <stdlib.h>

#include "abuse_check.h"

static chatfile_client *service;
static chatfile_client *anybody;
static chatfile_presigned *presigned_upload;
static chatfile_presigned *presigned_download;

static void presign_upload(const chatfile_client *client, uint64_t size, const chatfile_upload_options *options,
                           const char *what, chatfile_status expected, const char *field)
{
    chatfile_presigned *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_presign_upload(client, size, options, &out, &error);
    expect(what, status, expected, field, out, error);
    out = POISON;
    status = chatfile_presign_upload(client, size, options, &out, NULL);
    check(status == expected && out == NULL, what, "error == NULL changes it");
}

static void presign_download(const chatfile_client *client, const char *file, const char *what,
                             chatfile_status expected, const char *field)
{
    chatfile_presigned *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_presign_download(client, file, NULL, &out, &error);
    expect(what, status, expected, field, out, error);
    out = POISON;
    status = chatfile_presign_download(client, file, NULL, &out, NULL);
    check(status == expected && out == NULL, what, "error == NULL changes it");
}

static void send_request(const chatfile_client *client, const chatfile_presigned *presigned,
                         const chatfile_source *source, const char *what, chatfile_status expected, const char *field)
{
    chatfile_upload_result *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_send_presigned(client, presigned, source, NULL, &out, &error);
    expect(what, status, expected, field, out, error);
    out = POISON;
    status = chatfile_send_presigned(client, presigned, source, NULL, &out, NULL);
    check(status == expected && out == NULL, what, "error == NULL changes it");
}

static void receive_request(const chatfile_client *client, const chatfile_presigned *presigned,
                            const chatfile_sink *sink, const char *what, chatfile_status expected, const char *field)
{
    chatfile_download_result *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_receive_presigned(client, presigned, sink, NULL, &out, &error);
    expect(what, status, expected, field, out, error);
    out = POISON;
    status = chatfile_receive_presigned(client, presigned, sink, NULL, &out, NULL);
    check(status == expected && out == NULL, what, "error == NULL changes it");
}

static void complete_request(const chatfile_client *client, const chatfile_presigned *presigned, const char *what,
                             chatfile_status expected, const char *field)
{
    chatfile_upload_result *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_complete_presigned(client, presigned, NULL, &out, &error);
    expect(what, status, expected, field, out, error);
    out = POISON;
    status = chatfile_complete_presigned(client, presigned, NULL, &out, NULL);
    check(status == expected && out == NULL, what, "error == NULL changes it");
}

static void from_json(const char *json, const char *what, chatfile_status expected)
{
    chatfile_presigned *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_presigned_from_json(json, &out, &error);
    expect(what, status, expected, "json", out, error);
    out = POISON;
    status = chatfile_presigned_from_json(json, &out, NULL);
    check(status == expected && out == NULL, what, "error == NULL changes it");
}

static void nulls(void)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_error *error = POISON;
    chatfile_status status;
    sink.to_memory = 1;
    source.path = "/no/such/file";

    presign_upload(NULL, 1, NULL, "presign_upload client", CHATFILE_E_NULL, "client");
    status = chatfile_presign_upload(service, 1, NULL, NULL, &error);
    expect("presign_upload out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_presign_upload(NULL, 0, NULL, NULL, NULL) == CHATFILE_E_NULL, "presign_upload", "all NULL");

    presign_download(NULL, "http://h/x", "presign_download client", CHATFILE_E_NULL, "client");
    presign_download(service, NULL, "presign_download file", CHATFILE_E_NULL, "file");
    presign_download(service, "\xFF", "presign_download file", CHATFILE_E_TEXT, "file");
    presign_download(service, "no URL", "presign_download file", CHATFILE_E_ARGUMENT, "file");
    error = POISON;
    status = chatfile_presign_download(service, "http://h/x", NULL, NULL, &error);
    expect("presign_download out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_presign_download(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "presign_download", "all NULL");

    from_json(NULL, "presigned_from_json json", CHATFILE_E_NULL);
    error = POISON;
    status = chatfile_presigned_from_json("{}", NULL, &error);
    expect("presigned_from_json out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_presigned_from_json(NULL, NULL, NULL) == CHATFILE_E_NULL, "presigned_from_json", "all NULL");

    send_request(NULL, presigned_upload, &source, "send_presigned client", CHATFILE_E_NULL, "client");
    send_request(anybody, NULL, &source, "send_presigned presigned", CHATFILE_E_NULL, "presigned");
    send_request(anybody, presigned_upload, NULL, "send_presigned source", CHATFILE_E_NULL, "source");
    send_request(anybody, presigned_upload, &source, "send_presigned", CHATFILE_E_SOURCE, "source.path");
    source.path = NULL;
    send_request(anybody, presigned_upload, &source, "send_presigned nothing", CHATFILE_E_ARGUMENT, "source");
    source.data = "x";
    source.data_size = 1;
    send_request(anybody, presigned_download, &source, "send a download", CHATFILE_E_ARGUMENT, "presigned");
    error = POISON;
    status = chatfile_send_presigned(anybody, presigned_upload, &source, NULL, NULL, &error);
    expect("send_presigned out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_send_presigned(NULL, NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "send_presigned", "all NULL");

    receive_request(NULL, presigned_download, &sink, "receive_presigned client", CHATFILE_E_NULL, "client");
    receive_request(anybody, NULL, &sink, "receive_presigned presigned", CHATFILE_E_NULL, "presigned");
    receive_request(anybody, presigned_download, NULL, "receive_presigned sink", CHATFILE_E_NULL, "sink");
    receive_request(anybody, presigned_upload, &sink, "receive an upload", CHATFILE_E_ARGUMENT, "presigned");
    error = POISON;
    status = chatfile_receive_presigned(anybody, presigned_download, &sink, NULL, NULL, &error);
    expect("receive_presigned out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_receive_presigned(NULL, NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "receive_presigned",
          "all NULL");
}

static void nothing_to_complete(void)
{
    chatfile_error *error = POISON;
    chatfile_status status;
    complete_request(NULL, presigned_upload, "complete_presigned client", CHATFILE_E_NULL, "client");
    complete_request(service, NULL, "complete_presigned presigned", CHATFILE_E_NULL, "presigned");
    complete_request(service, presigned_upload, "complete what needs it not", CHATFILE_E_ARGUMENT, "presigned");
    complete_request(anybody, presigned_download, "complete a download", CHATFILE_E_ARGUMENT, "presigned");
    status = chatfile_complete_presigned(service, presigned_upload, NULL, NULL, &error);
    expect("complete_presigned out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_complete_presigned(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "complete_presigned",
          "all NULL");
}

static void getters_of_nothing(void)
{
    const char *const what = "a getter of NULL";
    uint64_t value = 1;
    check(chatfile_presigned_json(NULL) == NULL, what, "presigned_json");
    check(chatfile_presigned_method(NULL) == NULL, what, "presigned_method");
    check(chatfile_presigned_url(NULL) == NULL, what, "presigned_url");
    check(chatfile_presigned_header_count(NULL) == 0, what, "presigned_header_count");
    check(chatfile_presigned_header_name(NULL, 0) == NULL, what, "presigned_header_name");
    check(chatfile_presigned_header_value(NULL, 0) == NULL, what, "presigned_header_value");
    check(chatfile_presigned_field_count(NULL) == 0, what, "presigned_field_count");
    check(chatfile_presigned_field_name(NULL, 0) == NULL, what, "presigned_field_name");
    check(chatfile_presigned_field_value(NULL, 0) == NULL, what, "presigned_field_value");
    check(chatfile_presigned_prefix(NULL) == NULL, what, "presigned_prefix");
    check(chatfile_presigned_encoding(NULL) == CHATFILE_ENCODING_NONE, what, "presigned_encoding");
    check(chatfile_presigned_suffix(NULL) == NULL, what, "presigned_suffix");
    check(chatfile_presigned_success_status(NULL, 0) == 0, what, "presigned_success_status");
    check(chatfile_presigned_expires_at(NULL, &value) == 0 && value == 0, what, "presigned_expires_at");
    check(chatfile_presigned_expires_at(presigned_upload, NULL) == 1, what, "presigned_expires_at without a place");
    value = 1;
    check(chatfile_presigned_max_size(NULL, &value) == 0 && value == 0, what, "presigned_max_size");
    value = 1;
    check(chatfile_presigned_max_size(presigned_download, &value) == 0 && value == 0, what, "no max_size");
    check(chatfile_presigned_max_size(presigned_upload, &value) == 1 && value > 10, what, "a max_size");
    check(chatfile_presigned_needs_completion(NULL) == 0, what, "presigned_needs_completion");
    check(chatfile_presigned_completion(NULL) == NULL, what, "presigned_completion");
    check(chatfile_presigned_needs_completion(presigned_upload) == 0, what, "presigned_needs_completion");
    check(chatfile_presigned_completion(presigned_upload) == NULL, what, "presigned_completion");
    chatfile_presigned_free(NULL);
}

static void getters_beyond_the_end(void)
{
    const char *const what = "a getter beyond the end";
    size_t headers = chatfile_presigned_header_count(presigned_upload);
    size_t fields = chatfile_presigned_field_count(presigned_upload);
    check(headers > 0 && fields > 0, what, "there is nothing");
    check(chatfile_presigned_header_name(presigned_upload, headers) == NULL, what, "presigned_header_name");
    check(chatfile_presigned_header_value(presigned_upload, SIZE_MAX) == NULL, what, "presigned_header_value");
    check(chatfile_presigned_field_name(presigned_upload, fields) == NULL, what, "presigned_field_name");
    check(chatfile_presigned_field_value(presigned_upload, SIZE_MAX) == NULL, what, "presigned_field_value");
    check(chatfile_presigned_success_status(presigned_upload, SIZE_MAX) == 0, what, "presigned_success_status");
}

/* A copy of a text with one part replaced. */
static const char *with(const char *text, const char *part, const char *other)
{
    static char copy[1 << 14];
    const char *at = strstr(text, part);
    if (at == NULL) {
        fail(part, "is not in the JSON");
        return "{}";
    }
    sprintf(copy, "%.*s%s%s", (int)(at - text), text, other, at + strlen(part));
    return copy;
}

/* JSON comes from other programs: nothing in it may be believed. */
static void json_of_others(void)
{
    const char *json = chatfile_presigned_json(presigned_upload);
    static const char *const nonsense[] = {
        "", "{}", "[]", "null", "7", "{", "{\"format\":1}",
    };
    size_t i;
    chatfile_presigned *copy;
    for (i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        from_json(nonsense[i], "nonsense", CHATFILE_E_ARGUMENT);
    from_json("\xFF", "what is not UTF-8", CHATFILE_E_TEXT);
    from_json(with(json, "http://127.0.0.1:1", "file:///127.0.0.1"), "a file URL", CHATFILE_E_ARGUMENT);
    from_json(with(json, "http://127.0.0.1:1", "http://127.0.0.1:1/\\r\\nX-Evil: 1"), "a URL of two lines",
              CHATFILE_E_ARGUMENT);
    from_json(with(json, "\"AppKey\"", "\"App Key\""), "a header name with a blank", CHATFILE_E_ARGUMENT);
    from_json(with(json, "\"AppKey\"", "\"X: 1\\r\\nAppKey\""), "a header name of two lines", CHATFILE_E_ARGUMENT);
    from_json(with(json, "\"the-key\"", "\"a\\r\\nX-Evil: 1\""), "a header value of two lines", CHATFILE_E_ARGUMENT);
    from_json(with(json, "POST", "GET"), "an upload by GET", CHATFILE_E_ARGUMENT);
    from_json(with(json, "POST", "PATCH"), "an unknown method", CHATFILE_E_ARGUMENT);
    if (chatfile_presigned_from_json(json, &copy, NULL) != CHATFILE_OK)
        fail("presigned_from_json", "it refuses its own JSON");
    check(same(chatfile_presigned_json(copy), json), "presigned_from_json", "the copy differs");
    check(same(chatfile_presigned_method(copy), "POST"), "presigned_method", "it is another");
    check(strstr(json, "the-secret") == NULL, "presigned_json", "the AppSecret is in it");
    chatfile_presigned_free(copy);
}

int main(void)
{
    chatfile_netease config = good_netease();
    config.base_url = "http://127.0.0.1:1/nimserver";
    config.app_key = "the-key";
    if (chatfile_open_netease(&config, NULL, &service, NULL) != CHATFILE_OK ||
        chatfile_open_without_service(NULL, &anybody, NULL) != CHATFILE_OK ||
        chatfile_presign_upload(service, 10, NULL, &presigned_upload, NULL) != CHATFILE_OK ||
        chatfile_presign_download(service, "http://127.0.0.1:1/x", NULL, &presigned_download, NULL) != CHATFILE_OK) {
        fprintf(stderr, "nothing to abuse\n");
        return 1;
    }
    nulls();
    nothing_to_complete();
    getters_of_nothing();
    getters_beyond_the_end();
    json_of_others();
    presign_upload(anybody, 1, NULL, "presign_upload without a service", CHATFILE_E_UNSUPPORTED, "presign_upload");
    presign_download(anybody, "http://127.0.0.1:1/x", "presign_download without a service", CHATFILE_E_UNSUPPORTED,
                     "presign_download");
    presign_upload(service, 0, NULL, "presign_upload of nothing", CHATFILE_E_LIMIT, "source");
    presign_upload(service, CHATFILE_SIZE_UNKNOWN - 1, NULL, "presign_upload of everything", CHATFILE_E_LIMIT,
                   "source");
    chatfile_presigned_free(presigned_upload);
    chatfile_presigned_free(presigned_download);
    chatfile_client_free(service);
    chatfile_client_free(anybody);
    return failures > 0;
}

/*
 * The verbs about files, folders and uploads in parts as no caller should use them. Nothing here reaches the network.
 * Prints the name of each status that was met; fails if anything is not as the header says.
 */
#include <chatfile.h>

#include <stdint.h>
#include <stdlib.h>

#include "abuse_check.h"

static chatfile_client *smh;
static chatfile_client *netease;

static void info(const chatfile_client *client, const char *file, const char *what, chatfile_status expected,
                 const char *field)
{
    chatfile_file_info *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_info(client, file, NULL, &out, &error);
    expect(what, status, expected, field, out, error);
    out = POISON;
    check(chatfile_info(client, file, NULL, &out, NULL) == expected && out == NULL, what, "error == NULL changes it");
}

static void exists(const chatfile_client *client, const char *file, const char *what, chatfile_status expected,
                   const char *field)
{
    int32_t out = 7;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_exists(client, file, NULL, &out, &error);
    expect(what, status, expected, field, NULL, error);
    check(out == 0, what, "the output is not 0");
    out = 7;
    check(chatfile_exists(client, file, NULL, &out, NULL) == expected && out == 0, what, "error == NULL changes it");
}

static void list(const chatfile_client *client, const char *directory, const chatfile_list_options *options,
                 const char *what, chatfile_status expected, const char *field)
{
    chatfile_listing *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_list(client, directory, options, &out, &error);
    expect(what, status, expected, field, out, error);
    out = POISON;
    status = chatfile_list(client, directory, options, &out, NULL);
    check(status == expected && out == NULL, what, "error == NULL changes it");
}

static void abort_upload(const chatfile_client *client, const char *token, const char *checkpoint, const char *what,
                         chatfile_status expected, const char *field)
{
    chatfile_error *error = POISON;
    chatfile_abort_upload_options options = CHATFILE_ABORT_UPLOAD_OPTIONS_INIT;
    chatfile_status status;
    options.resume_token = token;
    options.checkpoint = checkpoint;
    status = chatfile_abort_upload(client, &options, &error);
    expect(what, status, expected, field, NULL, error);
    check(chatfile_abort_upload(client, &options, NULL) == expected, what, "error == NULL changes it");
}

static void nulls(void)
{
    chatfile_error *error = POISON;
    chatfile_status status;
    info(NULL, "a", "info client", CHATFILE_E_NULL, "client");
    info(smh, NULL, "info file", CHATFILE_E_NULL, "file");
    info(smh, "\xFF", "info of no text", CHATFILE_E_TEXT, "file");
    info(smh, "a//b", "info of no path", CHATFILE_E_ARGUMENT, "file");
    info(netease, "a", "info at NetEase", CHATFILE_E_UNSUPPORTED, "info");
    status = chatfile_info(smh, "a", NULL, NULL, &error);
    expect("info out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_info(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "info", "all NULL");

    exists(NULL, "a", "exists client", CHATFILE_E_NULL, "client");
    exists(smh, NULL, "exists file", CHATFILE_E_NULL, "file");
    exists(smh, "a\nb", "exists of no text", CHATFILE_E_TEXT, "file");
    exists(smh, "", "exists of no path", CHATFILE_E_ARGUMENT, "file");
    exists(netease, "a", "exists at NetEase", CHATFILE_E_UNSUPPORTED, "exists");
    error = POISON;
    status = chatfile_exists(smh, "a", NULL, NULL, &error);
    expect("exists out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_exists(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "exists", "all NULL");

    list(NULL, "", NULL, "list client", CHATFILE_E_NULL, "client");
    list(smh, NULL, NULL, "list directory", CHATFILE_E_NULL, "directory");
    list(smh, "\xC0\xAF", NULL, "list of no text", CHATFILE_E_TEXT, "directory");
    list(smh, "a//b", NULL, "list of no path", CHATFILE_E_ARGUMENT, "directory");
    list(netease, "", NULL, "list at NetEase", CHATFILE_E_UNSUPPORTED, "list");
    error = POISON;
    status = chatfile_list(smh, "", NULL, NULL, &error);
    expect("list out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_list(NULL, NULL, NULL, NULL, NULL) == CHATFILE_E_NULL, "list", "all NULL");

    abort_upload(NULL, "{}", NULL, "abort_upload client", CHATFILE_E_NULL, "client");
    abort_upload(smh, "\xFF", NULL, "abort_upload of no text", CHATFILE_E_TEXT, "resume_token");
    abort_upload(smh, "{}", NULL, "abort_upload of no token", CHATFILE_E_ARGUMENT, "resume_token");
    abort_upload(smh, NULL, NULL, "abort_upload of nothing", CHATFILE_E_ARGUMENT, "resume_token");
    abort_upload(smh, "", "c", "abort_upload of both", CHATFILE_E_ARGUMENT, "resume_token");
    abort_upload(smh, NULL, "/no/such", "abort_upload of no file", CHATFILE_E_CHECKPOINT, "checkpoint");
    abort_upload(netease, "{}", NULL, "abort_upload at NetEase", CHATFILE_E_UNSUPPORTED, "abort_upload");
    error = POISON;
    status = chatfile_abort_upload(smh, NULL, &error);
    expect("abort_upload without options", status, CHATFILE_E_ARGUMENT, "resume_token", NULL, error);
    check(chatfile_abort_upload(NULL, NULL, NULL) == CHATFILE_E_NULL, "abort_upload", "all NULL");
}

static void getters_of_nothing(void)
{
    const char *const what = "a getter of NULL";
    uint64_t value = 7;
    check(chatfile_file_info_name(NULL) == NULL, what, "file_info_name");
    check(chatfile_file_info_kind(NULL) == NULL, what, "file_info_kind");
    check(chatfile_file_info_size(NULL, &value) == 0 && value == 0, what, "file_info_size");
    check(chatfile_file_info_crc64(NULL) == NULL, what, "file_info_crc64");
    check(chatfile_file_info_size(NULL, NULL) == 0, what, "file_info_size without a place");
    check(chatfile_file_info_etag(NULL) == NULL, what, "file_info_etag");
    check(chatfile_file_info_media_type(NULL) == NULL, what, "file_info_media_type");
    check(chatfile_file_info_creation_time(NULL) == NULL, what, "file_info_creation_time");
    check(chatfile_file_info_modification_time(NULL) == NULL, what, "file_info_modification_time");
    check(chatfile_file_info_local_creation_time(NULL) == NULL, what, "file_info_local_creation_time");
    check(chatfile_file_info_local_modification_time(NULL) == NULL, what, "file_info_local_modification_time");
    check(chatfile_file_info_label_count(NULL) == 0, what, "file_info_label_count");
    check(chatfile_file_info_label(NULL, 0) == NULL, what, "file_info_label");
    check(chatfile_file_info_category(NULL) == NULL, what, "file_info_category");
    check(chatfile_file_info_url(NULL) == NULL, what, "file_info_url");
    check(chatfile_file_info_content_cas(NULL) == NULL, what, "file_info_content_cas");
    check(chatfile_file_info_version(NULL) == NULL, what, "file_info_version");
    check(chatfile_listing_count(NULL) == 0, what, "listing_count");
    check(chatfile_listing_entry(NULL, 0) == NULL, what, "listing_entry");
    check(chatfile_listing_next_marker(NULL) == NULL, what, "listing_next_marker");
    check(chatfile_check_result_count(NULL) == 0, what, "check_result_count");
    check(chatfile_check_result_step(NULL, 0) == NULL, what, "check_result_step");
    check(chatfile_check_step_kind(NULL) == CHATFILE_CHECK_ADDRESS, what, "check_step_kind");
    check(chatfile_check_step_verdict(NULL) == CHATFILE_VERDICT_NOT_TRIED, what, "check_step_verdict");
    check(chatfile_check_step_status(NULL) == CHATFILE_OK, what, "check_step_status");
    check(chatfile_check_step_time_ms(NULL) == 0, what, "check_step_time_ms");
    check(chatfile_check_step_text(NULL) == NULL, what, "check_step_text");
    check(chatfile_check_step_advice(NULL) == NULL, what, "check_step_advice");
    check(chatfile_error_trace(NULL) == NULL, what, "error_trace");
    chatfile_check_result_free(NULL);
    chatfile_file_info_free(NULL);
    chatfile_listing_free(NULL);
    chatfile_list_cursor_free(NULL);
}

/* A look at the way to the service. */
static void looks(void)
{
    chatfile_check_options options = CHATFILE_CHECK_OPTIONS_INIT;
    chatfile_check_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_check(NULL, NULL, &result, &error);
    expect("check of no client", status, CHATFILE_E_NULL, "client", result, error);
    error = POISON;
    status = chatfile_check(smh, NULL, NULL, &error);
    expect("check without a place", status, CHATFILE_E_NULL, "out", NULL, error);
    options.reserved = 1;
    error = POISON;
    result = POISON;
    status = chatfile_check(smh, &options, &result, &error);
    expect("check reserved", status, CHATFILE_E_STRUCT, "reserved", result, error);
}

static chatfile_client *open_smh(void)
{
    chatfile_smh config = CHATFILE_SMH_INIT;
    chatfile_client *client;
    config.base_url = "http://127.0.0.1:1";
    config.library_id = "library";
    config.library_secret = "the-secret";
    if (chatfile_open_smh(&config, NULL, &client, NULL) != CHATFILE_OK) {
        fprintf(stderr, "no client\n");
        exit(1);
    }
    return client;
}

/* A cursor asks nothing before it is asked itself. */
static void cursors(void)
{
    chatfile_list_options options = CHATFILE_LIST_OPTIONS_INIT;
    chatfile_list_cursor *cursor = POISON;
    const chatfile_file_info *entry = POISON;
    chatfile_error *error = POISON;
    chatfile_client *own = NULL;
    chatfile_cancel *cancel = chatfile_cancel_new();
    chatfile_status status = chatfile_list_cursor_new(smh, NULL, NULL, &cursor, &error);
    expect("cursor without a folder", status, CHATFILE_E_NULL, "directory", cursor, error);
    error = POISON;
    cursor = POISON;
    status = chatfile_list_cursor_new(NULL, "", NULL, &cursor, &error);
    expect("cursor without a client", status, CHATFILE_E_NULL, "client", cursor, error);
    error = POISON;
    status = chatfile_list_cursor_new(smh, "", NULL, NULL, &error);
    expect("cursor without a place", status, CHATFILE_E_NULL, "out", NULL, error);
    options.marker = "\xff";
    error = POISON;
    cursor = POISON;
    status = chatfile_list_cursor_new(smh, "", &options, &cursor, &error);
    expect("cursor with a marker that is no text", status, CHATFILE_E_TEXT, "marker", cursor, error);
    options.marker = NULL;
    error = POISON;
    cursor = POISON;
    status = chatfile_list_cursor_new(netease, "", NULL, &cursor, &error);
    expect("cursor at a service without folders", status, CHATFILE_E_UNSUPPORTED, "list", cursor, error);
    error = POISON;
    status = chatfile_list_cursor_next(NULL, &entry, &error);
    expect("next of no cursor", status, CHATFILE_E_NULL, "cursor", entry, error);
    /* A cursor lives on when its client and its cancel handle are free. */
    own = open_smh();
    options.cancel = cancel;
    check(chatfile_list_cursor_new(own, "", &options, &cursor, NULL) == CHATFILE_OK && cursor != NULL, "cursor",
          "there is none");
    chatfile_client_free(own);
    chatfile_cancel_fire(cancel);
    chatfile_cancel_free(cancel);
    error = POISON;
    status = chatfile_list_cursor_next(cursor, NULL, &error);
    expect("next without a place", status, CHATFILE_E_NULL, "out", NULL, error);
    entry = POISON;
    check(chatfile_list_cursor_next(cursor, &entry, NULL) == CHATFILE_E_CANCELLED && entry == NULL, "next",
          "is not cancelled");
    chatfile_list_cursor_free(cursor);
}

/* An upload with these options, which fails before anything is sent. */
static void upload(const chatfile_upload_options *options, const char *what, chatfile_status expected,
                   const char *field)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_result *result = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    source.data = "x";
    source.data_size = 1;
    status = chatfile_upload(smh, &source, options, &result, &error);
    expect(what, status, expected, field, result, error);
}

static void labels(void)
{
    static const char *const with_hole[] = { "one", NULL, "three" };
    static const char *const not_text[] = { "one", "\xFF" };
    static const char *const two_lines[] = { "a\r\nb" };
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_smh_upload own = CHATFILE_SMH_UPLOAD_INIT;
    options.smh = &own;
    own.label_count = 1;
    upload(&options, "no labels, but a count", CHATFILE_E_NULL, "labels");
    own.label_count = SIZE_MAX;
    upload(&options, "no labels, but many", CHATFILE_E_NULL, "labels");
    own.labels = with_hole;
    own.label_count = 3;
    upload(&options, "labels with a hole", CHATFILE_E_NULL, "labels");
    own.label_count = SIZE_MAX;
    upload(&options, "labels with a hole before the end of memory", CHATFILE_E_NULL, "labels");
    own.labels = not_text;
    own.label_count = 2;
    upload(&options, "labels that are no text", CHATFILE_E_TEXT, "labels");
    own.labels = two_lines;
    own.label_count = 1;
    upload(&options, "labels of two lines", CHATFILE_E_TEXT, "labels");
}

static void numbers(void)
{
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_smh_upload own = CHATFILE_SMH_UPLOAD_INIT;
    chatfile_openim_upload foreign = CHATFILE_OPENIM_UPLOAD_INIT;
    options.smh = &own;
    own.method = CHATFILE_SMH_METHOD_PARTS + 1;
    upload(&options, "an unknown method", CHATFILE_E_ARGUMENT, "method");
    own.method = UINT32_MAX;
    upload(&options, "a wild method", CHATFILE_E_ARGUMENT, "method");
    own.method = 0;
    own.conflict = CHATFILE_SMH_CONFLICT_OVERWRITE + 1;
    upload(&options, "an unknown conflict", CHATFILE_E_ARGUMENT, "conflict");
    own.conflict = 0;
    own.part_size = UINT64_MAX;
    upload(&options, "a wild part_size", CHATFILE_E_LIMIT, "part_size");
    own.part_size = 0;
    own.reserved = 1;
    upload(&options, "reserved", CHATFILE_E_STRUCT, "reserved");
    own.reserved = 0;
    options.parallel_parts = UINT32_MAX;
    upload(&options, "wild parallel_parts", CHATFILE_E_LIMIT, "parallel_parts");
    options.parallel_parts = 0;
    options.resume_token = "{}";
    upload(&options, "no resume_token", CHATFILE_E_ARGUMENT, "resume_token");
    options.resume_token = NULL;
    options.checkpoint = "/no/such/folder/file";
    upload(&options, "no checkpoint", CHATFILE_E_CHECKPOINT, "checkpoint");
    options.checkpoint = NULL;
    options.openim = &foreign;
    upload(&options, "options of two", CHATFILE_E_UNSUPPORTED, "openim");
    options.smh = NULL;
    upload(&options, "options of another", CHATFILE_E_UNSUPPORTED, "openim");
    foreign.method = CHATFILE_OPENIM_METHOD_PARTS + 1;
    upload(&options, "an unknown method of another", CHATFILE_E_ARGUMENT, "method");
}

int main(void)
{
    chatfile_netease other = good_netease();
    smh = open_smh();
    if (chatfile_open_netease(&other, NULL, &netease, NULL) != CHATFILE_OK) {
        fprintf(stderr, "no client\n");
        return 1;
    }
    nulls();
    getters_of_nothing();
    looks();
    cursors();
    labels();
    numbers();
    chatfile_client_free(smh);
    chatfile_client_free(netease);
    return failures > 0;
}

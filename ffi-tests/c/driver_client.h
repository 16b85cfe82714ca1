/*
 * The driver's clients: how they are opened, and how a call that failed or worked is told of.
 */
#ifndef DRIVER_CLIENT_H
#define DRIVER_CLIENT_H

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
    say_number("retry_after_ms", (long long)chatfile_error_retry_after_ms(error));
    say_number("attempts", chatfile_error_attempts(error));
    say_number("callback", chatfile_error_callback_value(error));
    say("resume_token", chatfile_error_resume_token(error));
    say("stored", chatfile_error_file(error));
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
        "proxy_from_environment", "allow_plain_http", "refuse_private_addresses", "ca_certificates", "ca_certificates_path", "client_certificate", "client_key",
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
    options->allow_plain_http = (int32_t)number("allow_plain_http");
    options->refuse_private_addresses = (int32_t)number("refuse_private_addresses");
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
        sprintf(own->secret, "%.999s", text("secret"));
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

static void do_smh(void)
{
    chatfile_smh config = CHATFILE_SMH_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    config.base_url = text("base_url");
    config.library_id = text("library_id");
    config.library_secret = text("library_secret");
    config.access_token = text("access_token");
    config.space_id = text("space_id");
    config.user_id = text("user_id");
    config.client_id = text("client_id");
    config.session_id = text("session_id");
    config.grant = text("grant");
    config.token_period_seconds = (uint64_t)number("token_period_seconds");
    config.private_deployment = (int32_t)number("private_deployment");
    config.ask_access_token = (int32_t)number("ask_access_token");
    config.secret = secret();
    config.secret_user = slot();
    status = chatfile_open_smh(&config, client_options(&options), &out, &error);
    opened(status, out, error);
}

static void do_openim(void)
{
    chatfile_openim config = CHATFILE_OPENIM_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status;
    config.base_url = text("base_url");
    config.user_id = text("user_id");
    config.token = text("token");
    config.admin_secret = text("admin_secret");
    config.admin_user_id = text("admin_user_id");
    config.platform = (uint32_t)number("platform");
    config.ask_admin_secret = (int32_t)number("ask_admin_secret");
    config.max_upload_size = (uint64_t)number("max_upload_size");
    config.secret = secret();
    config.secret_user = slot();
    status = chatfile_open_openim(&config, client_options(&options), &out, &error);
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

#endif

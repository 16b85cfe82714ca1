/*
 * The driver's clients: how they are opened, and how a call that failed or worked is told of.
 */
#ifndef DRIVER_CLIENT_H
#define DRIVER_CLIENT_H

#include <chatfile.h>

#include "driver_calls.h"
#include "driver_fields.h"
#include "driver_line.h"
#include "driver_results.h"

#define SLOTS 8

/* Tells of the failed call, checks that its output is NULL, and frees the error. */
static void failed(chatfile_status status, chatfile_error *error, const void *out)
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
    say_error(error);
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

/* Fills the client options; NULL if none is asked for. */
static const chatfile_client_options *client_options(chatfile_client_options *options)
{
    fill_client_options(options);
    slot()->logged = 0;
    slot()->log[0] = '\0';
    slot()->logins = 0;
    slot()->challenge[0] = '\0';
    slot()->login_refusal = (int32_t)number("login_refusal");
    sprintf(slot()->login, "%.999s", has("login") ? text("login") : "");
    if (has("login") || has("login_refusal")) {
        options->proxy_login = on_login;
        options->proxy_login_user = slot();
    }
    options->log = has("log_level") ? on_log : NULL;
    options->log_user = has("log_level") ? slot() : NULL;
    return has_client_options() ? options : NULL;
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
        failed(status, error, opened_client);
        return;
    }
    check_ok(error, opened_client);
    chatfile_client_free(slot()->client);
    slot()->client = opened_client;
}

/* Not NULL before a call, so that it shows when a call does not set it. */
static char poison;
#define POISON ((void *)&poison)

#define OPENS(service, init)                                                                                           \
    static void do_##service(void)                                                                                     \
    {                                                                                                                  \
        chatfile_##service config = init;                                                                              \
        chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;                                                \
        chatfile_client *out = POISON;                                                                                 \
        chatfile_error *error = POISON;                                                                                \
        chatfile_status status;                                                                                        \
        fill_##service(&config);                                                                                       \
        config.secret = secret();                                                                                      \
        config.secret_user = slot();                                                                                   \
        status = chatfile_open_##service(&config, client_options(&options), &out, &error);                             \
        opened(status, out, error);                                                                                    \
    }
EACH_SERVICE(OPENS)

static void do_open(void)
{
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *out = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_open_without_service(client_options(&options), &out, &error);
    opened(status, out, error);
}

#endif

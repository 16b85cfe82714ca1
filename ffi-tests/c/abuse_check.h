/*
 * How the programs that abuse the library judge what happens. Each status that was met is printed.
 */
#ifndef ABUSE_CHECK_H
#define ABUSE_CHECK_H

#include <chatfile.h>

#include <stdio.h>
#include <string.h>

static int failures;

/* What outputs are set to before a call, so that it shows when one is not written. */
static char poison;
#define POISON ((void *)&poison)

static void fail(const char *what, const char *why)
{
    failures++;
    fprintf(stderr, "%s: %s\n", what, why);
}

static void check(int holds, const char *what, const char *why)
{
    if (!holds)
        fail(what, why);
}

static int same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Judges a failed call, and frees its error object. */
static void expect(const char *what, chatfile_status status, chatfile_status expected, const char *field,
                   const void *out, chatfile_error *error)
{
    printf("%s\n", chatfile_status_name(status));
    if (status != expected)
        fprintf(stderr, "%s: %s instead of %s\n", what, chatfile_status_name(status), chatfile_status_name(expected));
    failures += status != expected;
    check(out == NULL, what, "the output is not NULL");
    if (error == POISON || error == NULL) {
        fail(what, "there is no error object");
        return;
    }
    check(chatfile_error_status(error) == status, what, "the error object has another status");
    check(chatfile_error_message(error)[0] != '\0', what, "the message is empty");
    check(chatfile_error_phase(error) == CHATFILE_PHASE_PREPARE, what, "the phase is another");
    check(chatfile_error_attempts(error) == 0, what, "there were attempts");
    check(chatfile_error_retryable(error) == 0, what, "it is worth a retry");
    check(chatfile_error_http_status(error) == 0, what, "there is an HTTP status");
    check(chatfile_error_callback_value(error) == 0, what, "there is a callback value");
    check(chatfile_error_service_code(error) == NULL, what, "there is a service code");
    check(chatfile_error_service_message(error) == NULL, what, "there is a service message");
    check(chatfile_error_request_id(error) == NULL, what, "there is a request id");
    if (!same(chatfile_error_field(error), field))
        fail(what, chatfile_error_field(error) != NULL ? chatfile_error_field(error) : "no field is named");
    chatfile_error_free(error);
}

/* A configuration that works. */
static chatfile_netease good_netease(void)
{
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    config.app_key = "key";
    config.app_secret = "the-secret";
    return config;
}

#endif

/*
 * What roundtrip.c shows of a transfer: a progress bar and the errors on standard
 * error, a line for each step on standard output.
 */
#ifndef SHOW_H
#define SHOW_H

#include <chatfile.h>

#include <inttypes.h>
#include <stdio.h>

#include "portable.h"

/* One step: the file goes up, or comes down. */
struct step {
    const char *service;
    const char *verb;
    double begun;
    int next;  /* the percentage to print next, where there is no terminal */
    int drawn; /* a line of the terminal is not finished */
};

static inline struct step begin_step(const char *service, const char *verb)
{
    struct step step = { service, verb, seconds_now(), 0, 0 };

    return step;
}

/* The library calls this on our own thread while it transfers. */
static inline int32_t CHATFILE_CALL show_progress(void *user, const chatfile_progress *progress)
{
    struct step *step = user;
    int percent = progress->finished ? 100 : 0;

    if (progress->total > 0) /* 0 also while the size is not known */
        percent = (int)(progress->done * 100 / progress->total);

    if (is_terminal(stderr)) {
        static const char full[] = "#########################";
        static const char empty[] = ".........................";
        int width = percent / 4;

        fprintf(stderr, "\r%-17s %-8s [%.*s%.*s] %3d %%  %.1f MiB   ", step->service, step->verb, width, full,
                25 - width, empty, percent, (double)progress->done / 1048576.0);
        if (progress->finished)
            fputc('\n', stderr);
        step->drawn = !progress->finished;
    } else if (progress->finished || percent >= step->next) {
        /* No terminal: a line for each quarter at most. */
        step->next = percent / 25 * 25 + 25;
        fprintf(stderr, "%-17s %-8s %3d %%  %" PRIu64 " bytes\n", step->service, step->verb, percent, progress->done);
    }
    return 0; /* anything else would stop the transfer */
}

/* One line of an error; a text that is not there is left out. */
static inline void print_detail(const char *name, const char *text)
{
    if (text != NULL)
        fprintf(stderr, "  %-15s %s\n", name, text);
}

/* Prints all that an error object tells, and frees it. */
static inline void print_error(const char *service, const char *verb, chatfile_error *error)
{
    int32_t http_status = chatfile_error_http_status(error);

    fprintf(stderr, "%s %s: %s\n", service, verb, chatfile_status_name(chatfile_error_status(error)));
    print_detail("message", chatfile_error_message(error));
    print_detail("field", chatfile_error_field(error));
    if (http_status != 0)
        fprintf(stderr, "  %-15s %d\n", "HTTP status", (int)http_status);
    print_detail("service code", chatfile_error_service_code(error));
    print_detail("service text", chatfile_error_service_message(error));
    print_detail("request id", chatfile_error_request_id(error));
    print_detail("resume token", chatfile_error_resume_token(error));
    print_detail("stored as", chatfile_error_file(error));
    fprintf(stderr, "  %-15s %u\n", "attempts made", (unsigned)chatfile_error_attempts(error));
    print_detail("trying again", chatfile_error_retryable(error) ? "may help" : "does not help");
    chatfile_error_free(error);
}

/* The line on standard output that says how a step went. */
static inline void report(const struct step *step, uint64_t bytes, const char *verdict, const char *where)
{
    printf("%s\t%s\t%" PRIu64 "\t%.3f\t%s\t%s\n", step->service, step->verb, bytes, seconds_now() - step->begun,
           verdict, where);
    fflush(stdout);
}

/* Reports a step that failed, and frees the error. */
static inline void report_error(const struct step *step, chatfile_error *error)
{
    if (step->drawn)
        fputc('\n', stderr);
    report(step, 0, chatfile_status_name(chatfile_error_status(error)), chatfile_error_message(error));
    print_error(step->service, step->verb, error);
}

#endif

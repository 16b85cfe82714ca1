/*
 * What happens when the operating system refuses what a call needs: refused WHAT URL, which is one of a file. WHAT is
 * "random" (numbers), "thread", "files" (no more may be open) or "peer" (getpeername). Says how the call ended, and what
 * fails in a check of the client, with its advice. Linux.
 */
#define _GNU_SOURCE
#include <chatfile.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* From now on the system call fails with this error. */
static void refuse(unsigned number, unsigned error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program;
    program.len = sizeof filter / sizeof filter[0];
    program.filter = filter;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        puts("no seccomp here");
        exit(3);
    }
}

static void refuse_all(const char *what)
{
    struct rlimit none = { 0, 0 };
    if (strcmp(what, "random") == 0) {
        refuse(SYS_getrandom, EPERM);
        /* /dev/urandom, too. */
        refuse(SYS_openat, EACCES);
#ifdef SYS_open
        refuse(SYS_open, EACCES);
#endif
    } else if (strcmp(what, "thread") == 0) {
        refuse(SYS_clone, EAGAIN);
        refuse(SYS_clone3, EAGAIN);
    } else if (strcmp(what, "peer") == 0) {
        refuse(SYS_getpeername, EPERM);
    } else if (setrlimit(RLIMIT_NOFILE, &none) != 0) {
        exit(3);
    }
}

static void say(chatfile_status status, chatfile_error *error)
{
    printf("%s %d %s\n", chatfile_status_name(status), chatfile_error_retryable(error), chatfile_error_message(error));
    chatfile_error_free(error);
}

static void look(const chatfile_client *client)
{
    chatfile_check_result *result;
    size_t at;
    if (chatfile_check(client, NULL, &result, NULL) != CHATFILE_OK)
        exit(4);
    for (at = 0; at < chatfile_check_result_count(result); at++) {
        const chatfile_check_step *step = chatfile_check_result_step(result, at);
        const char *advice = chatfile_check_step_advice(step);
        if (chatfile_check_step_verdict(step) == CHATFILE_VERDICT_FAILED)
            printf("%s %s | %s\n", chatfile_status_name(chatfile_check_step_status(step)),
                   chatfile_check_step_text(step), advice != NULL ? advice : "");
    }
    chatfile_check_result_free(result);
}

int main(int argc, char **argv)
{
    chatfile_netease netease = CHATFILE_NETEASE_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_client *client;
    chatfile_download_result *result;
    chatfile_error *error;
    chatfile_status status;
    int is_early;
    if (argc != 3)
        return 2;
    sink.to_memory = 1;
    netease.base_url = "http://localhost:9/nimserver";
    netease.app_key = "key";
    netease.app_secret = "secret";
    options.max_attempts = 1;
    options.deadline_ms = 60000;
    is_early = strcmp(argv[1], "random") == 0;
    if (is_early)
        refuse_all(argv[1]);
    status = chatfile_open_netease(&netease, &options, &client, &error);
    if (status != CHATFILE_OK) {
        say(status, error);
        return 0;
    }
    if (!is_early)
        refuse_all(argv[1]);
    status = chatfile_download(client, argv[2], &sink, NULL, &result, &error);
    say(status, error);
    look(client);
    chatfile_download_result_free(result);
    chatfile_client_free(client);
    return 0;
}

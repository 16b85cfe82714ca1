/*
 * What an upload in parts costs: parts URL LIBRARY SECRET FILE ROUNDS PARALLEL. Uploads a file to SMH in parts by
 * chatfile, and does by hand the least that is compared with the store (CRC-64, and the bytes to a socket), and the
 * same with the MD5 that chatfile makes of each part besides. Each in a process of its own, in turns. Prints a line for
 * each round: the CPU milliseconds of the three, chatfile's divided by those of the others, and the peak of chatfile's
 * resident memory in MiB.
 */
#define _DEFAULT_SOURCE
#include <chatfile.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (128 * 1024)

static char chunk[CHUNK];

static int upload(char **argv)
{
    chatfile_smh smh = CHATFILE_SMH_INIT;
    chatfile_smh_upload in_parts = CHATFILE_SMH_UPLOAD_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_client *client = NULL;
    chatfile_upload_result *stored = NULL;
    chatfile_error *error = NULL;
    int failed;

    smh.base_url = argv[1];
    smh.library_id = argv[2];
    smh.library_secret = argv[3];
    in_parts.method = CHATFILE_SMH_PARTS;
    in_parts.conflict = CHATFILE_SMH_OVERWRITE;
    in_parts.skip_instant = 1;
    options.smh = &in_parts;
    options.parallel_parts = (uint32_t)atoi(argv[6]);
    source.path = argv[4];
    failed =
        chatfile_open_smh(&smh, NULL, &client, &error) || chatfile_upload(client, &source, &options, &stored, &error);
    if (failed)
        fprintf(stderr, "%s\n", chatfile_error_message(error));
    chatfile_error_free(error);
    chatfile_upload_result_free(stored);
    chatfile_client_free(client);
    return failed;
}

/* These digests, then the bytes as they are. */
static int by_hand(const char *path, const struct sockaddr_in *sink, uint32_t digests)
{
    chatfile_digest *digest;
    ssize_t got;
    int file = open(path, O_RDONLY), out = socket(AF_INET, SOCK_STREAM, 0);
    if (file < 0 || connect(out, (const struct sockaddr *)sink, sizeof *sink) != 0 ||
        chatfile_digest_new(digests, 0, &digest, NULL) != CHATFILE_OK ||
        chatfile_digest_update_file(digest, path, NULL, NULL) != CHATFILE_OK)
        return 1;
    while ((got = read(file, chunk, sizeof chunk)) > 0)
        if (write(out, chunk, (size_t)got) != got)
            return 1;
    return got != 0;
}

/* Reads whatever comes, until it is killed. */
static void swallow(int listener)
{
    for (;;) {
        int in = accept(listener, NULL, NULL);
        while (read(in, chunk, sizeof chunk) > 0)
            ;
        close(in);
    }
}

/* The CPU milliseconds of one contender, and its peak memory in MiB; without digests that is chatfile. */
static double cost(char **argv, const struct sockaddr_in *sink, uint32_t digests, double *memory)
{
    struct rusage used;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(digests == 0 ? upload(argv) : by_hand(argv[4], sink, digests));
    if (wait4(child, &status, 0, &used) != child || status != 0)
        exit(1);
    *memory = used.ru_maxrss / 1024.0;
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

int main(int argc, char **argv)
{
    struct sockaddr_in sink;
    socklen_t length = sizeof sink;
    int round, rounds, listener = socket(AF_INET, SOCK_STREAM, 0);
    pid_t swallower;

    if (argc != 7)
        return 2;
    rounds = atoi(argv[5]);
    memset(&sink, 0, sizeof sink);
    sink.sin_family = AF_INET;
    sink.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&sink, sizeof sink) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&sink, &length) != 0)
        return 1;
    swallower = fork();
    if (swallower == 0)
        swallow(listener);
    for (round = 0; round < rounds; round++) {
        double memory, unused;
        double ours = cost(argv, &sink, 0, &memory);
        double least = cost(argv, &sink, CHATFILE_DIGEST_CRC64, &unused);
        double same = cost(argv, &sink, CHATFILE_DIGEST_OPENIM | CHATFILE_DIGEST_CRC64, &unused);
        printf("%7.0f  %7.0f  %9.2f  %8.0f  %9.2f  %10.1f\n", ours, least, ours / least, same, ours / same, memory);
        fflush(stdout);
    }
    kill(swallower, 9);
    return 0;
}

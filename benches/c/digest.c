/*
 * What the digests cost: digest FILE ROUNDS. Digests a file by chatfile and by programs that the system has, each in a
 * process of its own, in turns. Prints a line for each digest: its name, the CPU milliseconds of chatfile and of the
 * other (medians), the median of chatfile's divided by the other's of the same round, and the other's name.
 */
#define _DEFAULT_SOURCE
#include <chatfile.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ROUNDS 100

static const struct {
    const char *name;
    uint32_t wanted;
    const char *other[4];
} digests[] = {
    { "smh", CHATFILE_DIGEST_SMH_FULL, { "openssl", "dgst", "-sha256", NULL } },
    { "openim", CHATFILE_DIGEST_OPENIM, { "openssl", "dgst", "-md5", NULL } },
    { "crc64", CHATFILE_DIGEST_CRC64, { "cksum", NULL, NULL, NULL } },
};

static int digest_file(uint32_t wanted, const char *path)
{
    char text[CHATFILE_DIGEST_TEXT_SIZE];
    chatfile_digest *digest;
    return chatfile_digest_new(wanted, wanted == CHATFILE_DIGEST_OPENIM ? 5 << 20 : 0, &digest, NULL) != CHATFILE_OK ||
           chatfile_digest_update_file(digest, path, NULL, NULL) != CHATFILE_OK ||
           chatfile_digest_text(digest, wanted, text, sizeof text, NULL) != CHATFILE_OK;
}

static void become(const char *const *other, const char *path)
{
    char *arguments[5];
    int i = 0;
    for (; other[i] != NULL; i++)
        arguments[i] = (char *)other[i];
    arguments[i++] = (char *)path;
    arguments[i] = NULL;
    dup2(open("/dev/null", O_WRONLY), 1);
    execvp(arguments[0], arguments);
}

/* The CPU milliseconds of one contender. */
static double cost(size_t index, int by_other, const char *path)
{
    struct rusage used;
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (!by_other)
            _exit(digest_file(digests[index].wanted, path));
        become(digests[index].other, path);
        _exit(1);
    }
    if (wait4(child, &status, 0, &used) != child || status != 0) {
        fprintf(stderr, "%s: %s fails\n", digests[index].name, by_other ? digests[index].other[0] : "chatfile");
        exit(1);
    }
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    double ours[MAX_ROUNDS], others[MAX_ROUNDS], ratios[MAX_ROUNDS];
    int rounds = argc == 3 ? atoi(argv[2]) : 0;
    size_t i;
    if (rounds < 1 || rounds > MAX_ROUNDS)
        return 2;
    for (i = 0; i < sizeof digests / sizeof *digests; i++) {
        const char *const *other = digests[i].other;
        int round;
        for (round = 0; round < rounds; round++) {
            ours[round] = cost(i, 0, argv[1]);
            others[round] = cost(i, 1, argv[1]);
            ratios[round] = ours[round] / others[round];
        }
        printf("%-8s %7.1f %9.1f %10.2f  %s%s%s\n", digests[i].name, median(ours, rounds), median(others, rounds),
               median(ratios, rounds), other[0], other[1] != NULL ? " " : "", other[1] != NULL ? other[2] : "");
    }
    return 0;
}

/* What the programs of all contenders share: arguments, and measuring the work
 * between begin() and end(). */

#ifndef BENCH_H
#define BENCH_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* One run: PROGRAM JOB BASE_URL FILE SIZE COUNT BUFFER */
struct run {
    const char *job;      /* of those in src/case.rs */
    const char *base_url; /* of the server */
    const char *file;     /* the source of an upload, the target of a download */
    uint64_t size;        /* of that file */
    long count;           /* how often in a row, on one client */
    long buffer;          /* libcurl: of its transfer buffers; 0: the default */
};

/* What jobs whose name begins with "threads-" are shared among. */
#define THREADS 4

/* Of an upload in parts, of which so many are under way as there are threads. */
#define PART_SIZE (8 * 1024 * 1024)

static double cpu_begun;
static long peak_at_start;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

/* The most memory that this process ever had resident. Not ru_maxrss, which
 * remembers the parent of before exec. */
static long peak_kib(void)
{
    static char line[256];
    long peak = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmHWM: %ld", &peak) == 1)
            break;
    }
    if (status != NULL)
        fclose(status);
    return peak;
}

/* User and system time of this process in microseconds. */
static double cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static struct run parse(int argc, char **argv)
{
    struct run run;
    if (argc != 7)
        die(argv[0], "JOB BASE_URL FILE SIZE COUNT BUFFER");
    run.job = argv[1];
    run.base_url = argv[2];
    run.file = argv[3];
    run.size = strtoull(argv[4], NULL, 10);
    run.count = atol(argv[5]);
    run.buffer = atol(argv[6]);
    peak_at_start = peak_kib();
    return run;
}

/* Where the certificate to trust lies: beside the file. */
static inline const char *ca_file(const struct run *run)
{
    static char path[512];
    const char *slash = strrchr(run->file, '/');
    int folder = slash == NULL ? 0 : (int)(slash - run->file + 1);
    snprintf(path, sizeof path, "%.*sca.pem", folder, run->file);
    return path;
}

/* Whether the job is this one, by whichever way. */
static inline int is_download(const struct run *run)
{
    return strstr(run->job, "download") != NULL;
}

/* What was downloaded to memory, for the bench to compare. */
static inline void keep(const struct run *run, const void *data, size_t size)
{
    FILE *file;
    if (run->count > 1)
        return;
    file = fopen(run->file, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        die(run->file, "cannot be written");
}

/* Runs it in THREADS threads. */
static inline void in_threads(void *(*work)(void *), void *argument)
{
    pthread_t threads[THREADS];
    int i;
    for (i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, work, argument) != 0)
            die("threads", "no thread");
    }
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void begin(void)
{
    cpu_begun = cpu_us();
}

static void end(void)
{
    double cpu = cpu_us() - cpu_begun;
    printf("%.0f %ld\n", cpu, peak_kib() - peak_at_start);
}

#endif

/*
 * What happens when a file does not fit into memory: no_memory BASE_URL PATH. The address space is bounded; then each
 * file of the server is fetched to memory, which must fail with CHATFILE_E_MEMORY and take nothing else along, and once
 * more to PATH, which must work. Linux.
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* More than a call takes, and less than the file has. */
#define ROOM ((rlim_t)64 * 1024 * 1024)

/* Of this process, in pages. */
static unsigned long size_of_process(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages;
}

static chatfile_status fetch(chatfile_client *client, const char *file, const char *path)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_result *result;
    chatfile_error *error;
    chatfile_status outcome;
    sink.path = path;
    sink.to_memory = path == NULL;
    outcome = chatfile_download(client, file, &sink, NULL, &result, &error);
    if (outcome != CHATFILE_OK)
        printf("%s %d %s\n", chatfile_status_name(outcome), chatfile_error_retryable(error),
               chatfile_error_message(error));
    chatfile_error_free(error);
    chatfile_download_result_free(result);
    return outcome;
}

int main(int argc, char **argv)
{
    chatfile_easemob easemob = CHATFILE_EASEMOB_INIT;
    chatfile_client *client;
    struct rlimit limit;
    char files[2][200];
    int i, failures = 0;
    if (argc != 3)
        return 2;
    easemob.base_url = argv[1];
    easemob.app_key = "org#app";
    easemob.token = "token";
    if (chatfile_open_easemob(&easemob, NULL, &client, NULL) != CHATFILE_OK)
        return 2;
    /* Of known length, and of unknown. */
    sprintf(files[0], "%.150s/chatfiles/0-1", argv[1]);
    sprintf(files[1], "%.150s/chatfiles/0-2", argv[1]);
    limit.rlim_cur = limit.rlim_max = size_of_process() * (rlim_t)sysconf(_SC_PAGESIZE) + ROOM;
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return 2;
    for (i = 0; i < 2; i++) {
        failures += fetch(client, files[i], NULL) != CHATFILE_E_MEMORY;
        failures += fetch(client, files[i], argv[2]) != CHATFILE_OK;
    }
    chatfile_client_free(client);
    return failures;
}

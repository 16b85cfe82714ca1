/*
 * Loads the library, gives up a name look-up, and unloads the library while that is still under way: unload LIBRARY URL.
 * A look-up that returns (held., see names.c) does so into code that must still be there.
 */
#define _GNU_SOURCE
#include <chatfile.h>

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How many threads this process has. */
static int threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2;
}

int main(int argc, char **argv)
{
    chatfile_status (*open_client)(const chatfile_client_options *, chatfile_client **, chatfile_error **);
    chatfile_status (*open_netease)(const chatfile_netease *, const chatfile_client_options *, chatfile_client **,
                                    chatfile_error **);
    chatfile_status (*download)(const chatfile_client *, const char *, const chatfile_sink *,
                                const chatfile_download_options *, chatfile_download_result **, chatfile_error **);
    const char *(*name)(chatfile_status);
    void (*free_client)(chatfile_client *);
    void (*release)(void);
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_client *client;
    chatfile_download_result *result;
    const struct timespec pause = { 0, 1000000 };
    void *library;
    int round, waited;
    if (argc != 3)
        return 2;
    library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    *(void **)&open_client = dlsym(library, "chatfile_open_without_service");
    *(void **)&open_netease = dlsym(library, "chatfile_open_netease");
    *(void **)&download = dlsym(library, "chatfile_download");
    *(void **)&name = dlsym(library, "chatfile_status_name");
    *(void **)&free_client = dlsym(library, "chatfile_client_free");
    if (open_client == NULL || open_netease == NULL || download == NULL || name == NULL || free_client == NULL)
        return 2;
    sink.to_memory = 1;
    config.app_key = "key";
    config.app_secret = "secret";
    options.connect_timeout_ms = 50;
    options.max_attempts = 1;
    for (round = 0; round < 3; round++) {
        if (open_netease(&config, &options, &client, NULL) != CHATFILE_OK)
            return 3;
        if (round == 0)
            printf("%s\n", name(download(client, argv[2], &sink, NULL, &result, NULL)));
        else if (download(client, argv[2], &sink, NULL, &result, NULL) != CHATFILE_E_CONNECT_TIMEOUT)
            return 4;
        free_client(client);
    }
    if (threads() < 2)
        return 5;
    if (dlclose(library) != 0)
        return 6;
    /* Until the look-ups have returned, if they ever do. */
    *(void **)&release = dlsym(RTLD_DEFAULT, "names_release");
    if (release == NULL)
        return 8;
    release();
    for (waited = 0; strstr(argv[2], "hang.") == NULL && threads() > 1 && waited < 60000; waited++)
        nanosleep(&pause, NULL);
    if (waited == 60000)
        return 7;
    printf("unloaded\n");
    return 0;
}

/*
 * Loads the library, uses it and unloads it, again and again: load LIBRARY ROUNDS BASE_URL SECRET. Each tenth time a file is
 * sent to OpenIM in parts, by several threads. Fails if the process has more threads or handles then than after the first
 * rounds. The library stays in memory, however often it is unloaded (capi/src/stay.rs).
 */
#define _POSIX_C_SOURCE 200112L
#include <chatfile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#include <tlhelp32.h>

typedef HMODULE library;
typedef FARPROC symbol;
#define load(path) LoadLibraryA(path)
#define find(from, name) GetProcAddress(from, name)
#define unload(what) (FreeLibrary(what) ? 0 : -1)

static long threads(void)
{
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry;
    long count = 0;
    int is_there;
    entry.dwSize = sizeof entry;
    for (is_there = Thread32First(all, &entry); is_there; is_there = Thread32Next(all, &entry))
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(all);
    return count;
}

/* GetProcessHandleCount says 0 in wine. */
static long handles(void)
{
    long count = 0;
    DWORD flags;
    uintptr_t value;
    for (value = 4; value < 0x10000; value += 4)
        count += GetHandleInformation((HANDLE)value, &flags) != 0;
    return count;
}
#else
#include <dirent.h>
#include <dlfcn.h>

typedef void *library;
typedef void *symbol;
#define load(path) dlopen(path, RTLD_NOW | RTLD_LOCAL)
#define find(from, name) dlsym(from, name)
#define unload(what) dlclose(what)

static long entries(const char *path)
{
    DIR *folder = opendir(path);
    long count = 0;
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

static long threads(void)
{
    return entries("/proc/self/task");
}

static long handles(void)
{
    return entries("/proc/self/fd");
}
#endif

/* What is used of the library. */
static struct {
    chatfile_status(CHATFILE_CALL *open)(const chatfile_openim *, const chatfile_client_options *, chatfile_client **,
                                         chatfile_error **);
    chatfile_status(CHATFILE_CALL *upload)(const chatfile_client *, const chatfile_source *,
                                           const chatfile_upload_options *, chatfile_upload_result **,
                                           chatfile_error **);
    void(CHATFILE_CALL *free_result)(chatfile_upload_result *);
    void(CHATFILE_CALL *free_client)(chatfile_client *);
    void(CHATFILE_CALL *free_error)(chatfile_error *);
    const char *(CHATFILE_CALL *message)(const chatfile_error *);
} api;

static int get(library from, const char *name, void *function)
{
    symbol found = find(from, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static int use(char **arguments, int round)
{
    static unsigned char content[40000];
    chatfile_openim openim = CHATFILE_OPENIM_INIT;
    chatfile_openim_upload method = CHATFILE_OPENIM_UPLOAD_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_result *result = NULL;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;
    chatfile_status status;
    openim.base_url = arguments[3];
    openim.admin_secret = arguments[4];
    openim.user_id = "alice";
    openim.platform = 1;
    status = api.open(&openim, NULL, &client, &error);
    if (status == CHATFILE_OK && round % 10 == 0) {
        memset(content, round / 10, sizeof content);
        memcpy(content, &round, sizeof round);
        method.method = CHATFILE_OPENIM_METHOD_PARTS;
        options.openim = &method;
        options.parallel_parts = 4;
        options.file_name = "loaded.bin";
        source.data = content;
        source.data_size = sizeof content;
        status = api.upload(client, &source, &options, &result, &error);
        api.free_result(result);
    }
    if (status != CHATFILE_OK)
        fprintf(stderr, "round %d: %s\n", round, api.message(error));
    api.free_error(error);
    api.free_client(client);
    return status == CHATFILE_OK;
}

int main(int argc, char **argv)
{
    long threads_before = 0, handles_before = 0;
    int rounds = argc == 5 ? atoi(argv[2]) : 0;
    int round;
    if (rounds < 1)
        return 2;
    for (round = 0; round < rounds; round++) {
        library loaded = load(argv[1]);
        if (loaded == NULL)
            return 3;
        if (!get(loaded, "chatfile_open_openim", &api.open) || !get(loaded, "chatfile_upload", &api.upload) ||
            !get(loaded, "chatfile_upload_result_free", &api.free_result) ||
            !get(loaded, "chatfile_client_free", &api.free_client) ||
            !get(loaded, "chatfile_error_free", &api.free_error) ||
            !get(loaded, "chatfile_error_message", &api.message))
            return 4;
        if (!use(argv, round))
            return 5;
        if (unload(loaded) != 0)
            return 6;
        /* What the system itself keeps from its first uses is there by then. */
        if (round == 20) {
            threads_before = threads();
            handles_before = handles();
        }
    }
    printf("%d rounds, %ld threads more, %ld handles more\n", rounds, threads() - threads_before,
           handles() - handles_before);
    return threads() > threads_before || handles() > handles_before;
}

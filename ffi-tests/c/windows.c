/*
 * What is Windows' own: names, paths, and files that others have open. windows BASE_URL APP_KEY APP_SECRET FOLDER makes a
 * client for NetEase, carries files through it to and from FOLDER, which is empty, and prints a line for each thing that is as
 * it should be. A file goes there and back by its UTF-8 name; that it is there is looked up by its UTF-16 name.
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0601
#include <chatfile.h>

#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define LONGEST 2000

static chatfile_client *client;
static const char *url; /* of a file that is stored */
static wchar_t folder[LONGEST];
static int failures;
static uint32_t attempts;    /* that the last download has made */
static int32_t system_error; /* of the last download */

static void check(const char *what, int is_right)
{
    printf("%s%s\n", is_right ? "" : "WRONG: ", what);
    fflush(stdout);
    failures += !is_right;
}

/* FOLDER\name, until the next call but three. */
static const wchar_t *in_folder(const wchar_t *name)
{
    static wchar_t paths[4][LONGEST];
    static int next;
    wchar_t *path = paths[next++ % 4];
    swprintf(path, LONGEST, L"%ls\\%ls", folder, name);
    return path;
}

/* Likewise in UTF-8. */
static const char *utf8(const wchar_t *wide)
{
    static char texts[4][3 * LONGEST];
    static int next;
    char *text = texts[next++ % 4];
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, 3 * LONGEST, NULL, NULL);
    return text;
}

static const char content[] = "what is in the file";

static int write_file(const wchar_t *path, const char *text)
{
    DWORD written = 0;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    int is_written = file != INVALID_HANDLE_VALUE && WriteFile(file, text, (DWORD)strlen(text), &written, NULL);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return is_written && written == strlen(text);
}

/* Whether the file has that text and nothing else. */
static int holds(const wchar_t *path, const char *text)
{
    char found[200];
    DWORD size = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    int is_read = file != INVALID_HANDLE_VALUE && ReadFile(file, found, sizeof found, &size, NULL);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return is_read && size == strlen(text) && memcmp(found, text, size) == 0;
}

/* How many entries FOLDER has. */
static int entries(void)
{
    WIN32_FIND_DATAW entry;
    int count = 0;
    HANDLE search = FindFirstFileW(in_folder(L"*"), &entry);
    if (search == INVALID_HANDLE_VALUE)
        return -1;
    do
        count += wcscmp(entry.cFileName, L".") != 0 && wcscmp(entry.cFileName, L"..") != 0;
    while (FindNextFileW(search, &entry));
    FindClose(search);
    return count;
}

/* Uploads; *stored is the file's URL if it is wanted. */
static chatfile_status upload(const char *path, char **stored)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_netease_upload netease = CHATFILE_NETEASE_UPLOAD_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_upload_result *result;
    chatfile_status status;
    source.path = path;
    netease.plain_http_url = 1;
    options.netease = &netease;
    status = chatfile_upload(client, &source, &options, &result, NULL);
    if (result != NULL && stored != NULL) {
        *stored = malloc(strlen(chatfile_upload_result_file(result)) + 1);
        strcpy(*stored, chatfile_upload_result_file(result));
    }
    chatfile_upload_result_free(result);
    return status;
}

/* Downloads the stored file. */
static chatfile_status download(const char *path, int32_t resume)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    chatfile_download_result *result;
    chatfile_error *error;
    chatfile_status status;
    sink.path = path;
    options.resume = resume;
    status = chatfile_download(client, url, &sink, &options, &result, &error);
    attempts = chatfile_error_attempts(error);
    system_error = chatfile_error_os_error(error);
    if (error != NULL)
        fprintf(stderr, "%s: %s: %s\n", path, chatfile_status_name(status), chatfile_error_message(error));
    chatfile_error_free(error);
    chatfile_download_result_free(result);
    return status;
}

/* There and back by this path, which then is free again. */
static void round_trip(const char *what, const wchar_t *path)
{
    int is_right = write_file(path, content) && upload(utf8(path), NULL) == CHATFILE_OK && DeleteFileW(path) &&
                   download(utf8(path), 0) == CHATFILE_OK && holds(path, content) && DeleteFileW(path) &&
                   download(utf8(path), 1) == CHATFILE_OK && holds(path, content) && DeleteFileW(path);
    check(what, is_right && entries() == 0);
}

static void names(void)
{
    wchar_t longest[251] = { 0 };
    int i;
    round_trip("a plain name", in_folder(L"plain.txt"));
    /* Greek, Chinese, Arabic and an emoji: no ANSI code page has them all. */
    round_trip("a name outside the ANSI code page",
               in_folder(L"\x0391\x03C9 \x6587\x4EF6 \x0645\x0644\x0641 \xD83D\xDE00.txt"));
    for (i = 0; i < 250; i++)
        longest[i] = L'n';
    check("a name that is too long for what stands beside it",
          download(utf8(in_folder(longest)), 1) == CHATFILE_E_SINK && attempts == 0 && entries() == 0);
    check("and would do without",
          download(utf8(in_folder(longest)), 0) == CHATFILE_OK && DeleteFileW(in_folder(longest)));
}

/* A folder whose path is longer than MAX_PATH, which takes \\?\ to be made. */
static void long_paths(void)
{
    static wchar_t path[LONGEST], with_slashes[LONGEST];
    static wchar_t made[6][LONGEST];
    int depth, is_made = 1;
    wchar_t *at;
    swprintf(path, LONGEST, L"\\\\?\\%ls", folder);
    for (depth = 0; depth < 6; depth++) {
        wcscat(path, L"\\a folder with a long name, of which there are several, one in the other");
        is_made &= CreateDirectoryW(path, NULL) != 0;
        wcscpy(made[depth], path);
    }
    wcscat(path, L"\\file.txt");
    check("folders of more than 260 characters", is_made && wcslen(path) > 400);
    check("a file with \\\\?\\", write_file(path, content) && upload(utf8(path), NULL) == CHATFILE_OK &&
                                     download(utf8(path), 0) == CHATFILE_OK && holds(path, content));
    check("a long path", upload(utf8(path + 4), NULL) == CHATFILE_OK && DeleteFileW(path) &&
                             download(utf8(path + 4), 0) == CHATFILE_OK && holds(path, content));
    wcscpy(with_slashes, path + 4);
    for (at = with_slashes; *at != L'\0'; at++)
        if (*at == L'\\')
            *at = L'/';
    check("a long path with slashes", DeleteFileW(path) && download(utf8(with_slashes), 0) == CHATFILE_OK &&
                                          holds(path, content) && DeleteFileW(path));
    while (depth-- > 0)
        is_made &= RemoveDirectoryW(made[depth]) != 0;
    check("and nothing left in them", is_made && entries() == 0);
}

/* Whether a path is refused before anything is asked for. */
static int is_refused(const wchar_t *path)
{
    return download(utf8(path), 0) == CHATFILE_E_SINK && attempts == 0 && download(utf8(path), 1) == CHATFILE_E_SINK &&
           attempts == 0;
}

/* Paths that are no file's. */
static void refused(void)
{
    static const wchar_t *const targets[] = {
        L"NUL",
        L"nul",
        L"CON",
        L"COM1",
        L"\\\\.\\NUL",
        L"\\\\.\\COM1",
        L"\\\\.\\PhysicalDrive0",
        L"\\\\.\\pipe\\chatfile",
        L"CONOUT$",
    };
    static const wchar_t *const inside[] = {
        L"file:stream",
        L"file.txt:stream:$DATA",
        L"folder\\",
        L"folder/",
        L"none\\file.txt",
        L"",
        L".",
        L"..",
        L"what?",
        L"a*b",
        L"a|b",
        L"a<b",
    };
    char what[300];
    size_t i;
    for (i = 0; i < sizeof targets / sizeof *targets; i++) {
        sprintf(what, "no download to %s", utf8(targets[i]));
        check(what, is_refused(targets[i]));
    }
    CreateDirectoryW(in_folder(L"folder"), NULL);
    for (i = 0; i < sizeof inside / sizeof *inside; i++) {
        sprintf(what, "no download to %s in the folder", utf8(inside[i]));
        check(what, is_refused(in_folder(inside[i])) && entries() == 1);
    }
    check("no download to a folder", is_refused(in_folder(L"folder")));
    check("no upload of a folder", upload(utf8(in_folder(L"folder")), NULL) == CHATFILE_E_SOURCE);
    RemoveDirectoryW(in_folder(L"folder"));
    check("no upload of a device",
          upload("\\\\.\\COM1", NULL) == CHATFILE_E_SOURCE && upload("CON", NULL) == CHATFILE_E_SOURCE);
}

/* Opens a file as another program has it. */
static HANDLE open_as(const wchar_t *path, DWORD shared)
{
    return CreateFileW(path, GENERIC_READ | GENERIC_WRITE, shared, NULL, OPEN_EXISTING, 0, NULL);
}

static void replaced(void)
{
    const wchar_t *path = in_folder(L"target.txt");
    HANDLE file;
    check("an existing file is replaced",
          write_file(path, "old") && download(utf8(path), 0) == CHATFILE_OK && holds(path, content));
    check("an existing file is replaced by a resumed download",
          write_file(path, "old") && download(utf8(path), 1) == CHATFILE_OK && holds(path, content));
    write_file(path, "old");
    file = open_as(path, FILE_SHARE_READ | FILE_SHARE_WRITE);
    check("a file that is open is not replaced", is_refused(path) && holds(path, "old") && entries() == 1);
    check("and the system's number says why", system_error == ERROR_SHARING_VIOLATION);
    CloseHandle(file);
    file = open_as(path, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
    check("a file that is open with leave to delete it is replaced, or stays",
          download(utf8(path), 0) == CHATFILE_OK ? holds(path, content) : holds(path, "old"));
    CloseHandle(file);
    DeleteFileW(path);
    check("nothing is left in the folder", entries() == 0);
}

static volatile LONG is_over;

/* As a virus scanner does: looks at a new file for a moment, and does not share it meanwhile. */
static DWORD WINAPI scan(void *seen)
{
    while (!is_over && *(volatile LONG *)seen == 0) {
        WIN32_FIND_DATAW entry;
        HANDLE search = FindFirstFileW(in_folder(L"*.part"), &entry);
        if (search != INVALID_HANDLE_VALUE) {
            static wchar_t path[LONGEST];
            HANDLE file;
            FindClose(search);
            swprintf(path, LONGEST, L"%ls\\%ls", folder, entry.cFileName);
            file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
            if (file != INVALID_HANDLE_VALUE) {
                *(volatile LONG *)seen = 1;
                Sleep(100);
                CloseHandle(file);
            }
        }
        Sleep(0);
    }
    return 0;
}

static void scanned(void)
{
    static wchar_t path[LONGEST];
    LONG has_seen = 0;
    int i, is_right = 1;
    HANDLE scanner = CreateThread(NULL, 0, scan, &has_seen, 0, NULL);
    wcscpy(path, in_folder(L"scanned.txt"));
    /* It may miss one that is there for a moment only. */
    for (i = 0; i < 50 && is_right && !has_seen; i++)
        is_right = download(utf8(path), i % 2) == CHATFILE_OK && holds(path, content) && DeleteFileW(path);
    is_over = 1;
    WaitForSingleObject(scanner, INFINITE);
    CloseHandle(scanner);
    check("a file that is looked at while it is written gets its name", is_right && has_seen);
    check("and nothing is left of it", entries() == 0);
}

/* A path without a root is in the folder that the program was in on that drive, also when it goes elsewhere. */
static int32_t CHATFILE_CALL go_away(void *user, const chatfile_progress *progress)
{
    wchar_t root[] = L"?:\\";
    (void)user;
    (void)progress;
    root[0] = folder[0];
    SetCurrentDirectoryW(root);
    return 0;
}

static void drives(void)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_options options = CHATFILE_DOWNLOAD_OPTIONS_INIT;
    chatfile_download_result *result;
    chatfile_error *error;
    chatfile_status status;
    char path[] = "?:drive.txt";
    path[0] = (char)folder[0];
    sink.path = path;
    options.progress = go_away;
    SetCurrentDirectoryW(folder);
    status = chatfile_download(client, url, &sink, &options, &result, &error);
    if (error != NULL)
        fprintf(stderr, "%s: %s\n", path, chatfile_error_message(error));
    chatfile_error_free(error);
    chatfile_download_result_free(result);
    check("a path on a drive without a root", status == CHATFILE_OK && holds(in_folder(L"drive.txt"), content) &&
                                                  DeleteFileW(in_folder(L"drive.txt")) && entries() == 0);
}

static void read_only(void)
{
    const wchar_t *path = in_folder(L"read only.txt");
    chatfile_status status;
    write_file(path, "old");
    SetFileAttributesW(path, FILE_ATTRIBUTE_READONLY);
    check("a read-only file is sent", upload(utf8(path), NULL) == CHATFILE_OK);
    status = download(utf8(path), 0);
    check("a read-only file is replaced, or stays",
          status == CHATFILE_OK ? holds(path, content) : status == CHATFILE_E_SINK && holds(path, "old"));
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    DeleteFileW(path);
    check("and nothing is left beside it", entries() == 0);
}

static void sources(void)
{
    const wchar_t *path = in_folder(L"source.txt");
    HANDLE file;
    write_file(path, content);
    file = open_as(path, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
    check("a file that another program has open is sent", upload(utf8(path), NULL) == CHATFILE_OK);
    CloseHandle(file);
    check("one whose name Windows reads otherwise is not",
          upload(utf8(in_folder(L"source.txt.")), NULL) == CHATFILE_E_SOURCE &&
              upload(utf8(in_folder(L"source.txt:stream")), NULL) == CHATFILE_E_SOURCE);
    file = open_as(path, 0);
    check("a file that another program has for itself is not", upload(utf8(path), NULL) == CHATFILE_E_SOURCE);
    CloseHandle(file);
    DeleteFileW(path);
}

/* Network folders: wine has none but what stands for one. */
static void network_folders(void)
{
    chatfile_status status = upload("\\\\server.invalid\\share\\file.txt", NULL);
    check("a network folder that is not there", status == CHATFILE_E_SOURCE);
    check("a network folder that is not there, as a target", is_refused(L"\\\\server.invalid\\share\\file.txt"));
}

int main(int argc, char **argv)
{
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    static wchar_t given[LONGEST];
    const wchar_t *first;
    char *stored = NULL;
    if (argc != 5)
        return 2;
    config.base_url = argv[1];
    config.app_key = argv[2];
    config.app_secret = argv[3];
    /* As Windows writes it: with a drive and backslashes. */
    MultiByteToWideChar(CP_UTF8, 0, argv[4], -1, given, LONGEST);
    if (GetFullPathNameW(given, LONGEST, folder, NULL) == 0)
        return 2;
    if (chatfile_open_netease(&config, NULL, &client, NULL) != CHATFILE_OK)
        return 3;
    first = in_folder(L"first");
    if (!write_file(first, content) || upload(utf8(first), &stored) != CHATFILE_OK || !DeleteFileW(first))
        return 4;
    url = stored;
    names();
    long_paths();
    refused();
    replaced();
    read_only();
    scanned();
    drives();
    sources();
    network_folders();
    free(stored);
    chatfile_client_free(client);
    return failures > 0;
}

/*
 * A user at the window of examples/windows/upload.c, in another process: clicks. Reads commands, one in a line, and answers
 * each with a line, in which a blank stands for each line end:
 *
 *     open        waits for the window; its title
 *     text ID     the text of a control
 *     bar ID      how far a progress bar is
 *     click ID    presses a button
 *     box         waits for a message box, and presses its button; its text
 *     answers     whether the window does within a second: "yes" or "no"
 *     close       closes the window
 *     gone        waits for its end
 */
#define UNICODE
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0601
#include <windows.h>
#include <commctrl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 60000
#define PAUSE_MS 10

static HWND window;

static void answer(const wchar_t *wide)
{
    static char line[8000];
    char *at;
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, line, sizeof line, NULL, NULL);
    for (at = line; *at != '\0'; at++)
        if (*at == '\r' || *at == '\n')
            *at = ' ';
    puts(line);
}

static void answer_text_of(HWND control)
{
    static wchar_t wide[2000];
    wide[0] = L'\0';
    /* A message, for GetWindowText() does not ask the controls of others. */
    SendMessage(control, WM_GETTEXT, sizeof wide / sizeof *wide, (LPARAM)wide);
    answer(wide);
}

static HWND find_window(void)
{
    HWND found = FindWindow(L"ChatfileUpload", NULL);
    return found != NULL && IsWindowVisible(found) ? found : NULL;
}

/* A message box that belongs to the window, and has what it says in it. */
static HWND find_box(void)
{
    HWND box = NULL;
    while ((box = FindWindowEx(NULL, box, L"#32770", NULL)) != NULL)
        if (GetWindow(box, GW_OWNER) == window && IsWindowVisible(box) && GetDlgItem(box, 0xFFFF) != NULL)
            return box;
    return NULL;
}

static HWND wait_for(HWND (*find)(void))
{
    int waited;
    HWND found = NULL;
    for (waited = 0; (found = find()) == NULL && waited < PATIENCE_MS; waited += PAUSE_MS)
        Sleep(PAUSE_MS);
    if (found == NULL)
        exit(3);
    return found;
}

static HWND not_there(void)
{
    return IsWindow(window) ? NULL : GetDesktopWindow();
}

static void obey(const char *command, int control)
{
    DWORD_PTR result;
    if (strcmp(command, "open") == 0) {
        window = wait_for(find_window);
        answer_text_of(window);
    } else if (strcmp(command, "text") == 0) {
        answer_text_of(GetDlgItem(window, control));
    } else if (strcmp(command, "bar") == 0) {
        printf("%ld\n", (long)SendDlgItemMessage(window, control, PBM_GETPOS, 0, 0));
    } else if (strcmp(command, "click") == 0) {
        puts(PostMessage(window, WM_COMMAND, (WPARAM)MAKELONG(control, BN_CLICKED), (LPARAM)GetDlgItem(window, control))
                 ? "ok"
                 : "?");
    } else if (strcmp(command, "box") == 0) {
        HWND box = wait_for(find_box);
        answer_text_of(GetDlgItem(box, 0xFFFF));
        PostMessage(box, WM_COMMAND, IDOK, 0);
    } else if (strcmp(command, "answers") == 0) {
        puts(SendMessageTimeout(window, WM_NULL, 0, 0, SMTO_NORMAL, 1000, &result) != 0 ? "yes" : "no");
    } else if (strcmp(command, "close") == 0) {
        puts(PostMessage(window, WM_CLOSE, 0, 0) ? "ok" : "?");
    } else if (strcmp(command, "gone") == 0) {
        wait_for(not_there);
        puts("ok");
    } else {
        exit(2);
    }
}

int main(void)
{
    static char line[200];
    char command[20];
    int control;
    while (fgets(line, sizeof line, stdin) != NULL) {
        control = 0;
        if (sscanf(line, "%19s %d", command, &control) < 1)
            return 2;
        obey(command, control);
        fflush(stdout);
    }
    return 0;
}

/*
 * upload: a window that sends a file to Easemob, with a bar, a button that stops it, and messages in the user's language.
 *
 *     upload [URL [FILE]]
 *
 * URL is where `chatfile-emulator` listens (http://127.0.0.1:8080); its credentials are the defaults below. With "-" for URL
 * the file goes to the service itself, with the credentials of your own app in EASEMOB_APP_KEY, EASEMOB_CLIENT_ID and
 * EASEMOB_CLIENT_SECRET. FILE is sent at once; others are chosen by the button, or dropped on the window.
 *
 * Exit code: 0 if the last file was stored, 1 if not, 2 if there is no window to be had.
 *
 * What matters here:
 * - No call of chatfile is made on the thread of the window, which would not answer meanwhile. There is one worker at a
 *   time; the window belongs to its own thread, and the worker sends it nothing but messages.
 * - chatfile calls show_progress() on the worker. It posts a message and goes on; were it to send one and wait for the
 *   answer, and the window waited for the worker, both would wait for ever.
 * - Cancelling is chatfile_cancel_fire(), which any thread may call. The call ends within 100 ms, and the window learns of it
 *   as of any other end. So closing while a file is on its way is: cancel, and close when the worker has said its last.
 * - Windows has its texts in UTF-16, chatfile in UTF-8: see utf8_of() and wide_of().
 *
 * For Windows 7 and later. With MinGW-w64:
 *
 *     x86_64-w64-mingw32-gcc -std=c99 -I include examples/windows/upload.c -o upload.exe LIB/libchatfile.dll.a \
 *         -municode -mwindows -lcomctl32 -lcomdlg32 -lshell32
 *
 * With Visual C++ 2015 or later:
 *
 *     cl /utf-8 /I include examples\windows\upload.c LIB\chatfile.lib user32.lib comctl32.lib comdlg32.lib shell32.lib
 */

#ifndef UNICODE
#define UNICODE
#endif
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0601 /* Windows 7 */

#include <chatfile.h>

#include <windows.h>
#include <commctrl.h>
#include <commdlg.h>
#include <process.h>
#include <shellapi.h>
#include <stdlib.h>
#include <wchar.h>

#define CLASS_NAME L"ChatfileUpload"
#define PATH_MAX_WIDE 32768 /* the longest path that Windows has */

/* The controls. */
enum { CHOOSE = 100, STOP, BAR, FILE_NAME, STATE };

/* What the worker posts to the window: how much is sent, in thousandths; and that it is over, with a struct outcome. */
enum { SENT = WM_APP, OVER };

/* How an upload ended. Who gets it frees it. */
struct outcome {
    chatfile_status status;
    wchar_t *detail; /* where the file is, or what went wrong */
};

/* What a worker is given, and has until it ends. */
struct job {
    HWND window;
    chatfile_cancel *cancel;
    char *path;
    LPARAM shown; /* thousandths */
};

/* What belongs to the thread of the window. */
static struct {
    HWND window;
    const char *url; /* NULL: the service itself */
    HANDLE worker;   /* NULL: none */
    chatfile_cancel *cancel;
    int is_closing;
    int is_stored;
} app;

/* The worker opens it with the first file, and keeps it. There is one worker at a time. */
static chatfile_client *client;

/* ---- Texts ---------------------------------------------------------------- */

enum text {
    T_TITLE,
    T_CHOOSE,
    T_STOP,
    T_HINT,
    T_SENDING,
    T_STOPPING,
    T_STORED,
    T_STOPPED,
    T_NETWORK,
    T_SLOW,
    T_TLS,
    T_PROXY,
    T_ACCOUNT,
    T_FILE,
    T_TOO_LARGE,
    T_BUSY,
    T_OTHER,
    T_COUNT
};

static const wchar_t *const texts[T_COUNT][2] = {
    { L"Send a file", L"发送文件" },
    { L"Choose…", L"选择文件…" },
    { L"Stop", L"停止" },
    { L"Choose a file, or drop one here.", L"请选择文件，或将文件拖到此处。" },
    { L"Sending: %d.%d %%", L"正在发送：%d.%d %%" },
    { L"Stopping…", L"正在停止…" },
    { L"The file is stored.", L"文件已发送。" },
    { L"Stopped. The file was not sent.", L"已停止，文件未发送。" },
    { L"The service cannot be reached. Look whether this computer is online, and try again.",
      L"无法连接服务器。请检查网络后重试。" },
    { L"The network is too slow, or was interrupted. Try again.", L"网络太慢或已中断。请重试。" },
    { L"The connection is not safe: the certificate of the service is not accepted. Look at the date of this computer.",
      L"连接不安全：服务器证书无效。请检查本机日期。" },
    { L"The proxy does not let us through. Look at its settings.", L"代理服务器拒绝连接。请检查代理设置。" },
    { L"The service does not accept this account.", L"服务器不接受此账号。" },
    { L"The file cannot be read. It may have been moved, or another program may be writing to it.",
      L"无法读取文件。文件可能已被移动，或正被其他程序写入。" },
    { L"The file is empty or too large.", L"文件为空或过大。" },
    { L"The service has too much to do. Try again later.", L"服务器繁忙，请稍后重试。" },
    { L"The file could not be sent.", L"文件发送失败。" },
};

/* In the language of the user's Windows: Chinese, or else English. */
static const wchar_t *text(enum text which)
{
    return texts[which][PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_CHINESE];
}

/* What a status means to someone who wants to send a file. */
static enum text text_of(chatfile_status status)
{
    switch (status) {
    case CHATFILE_OK:
        return T_STORED;
    case CHATFILE_E_CANCELLED:
        return T_STOPPED;
    case CHATFILE_E_RESOLVE:
    case CHATFILE_E_CONNECT:
        return T_NETWORK;
    case CHATFILE_E_CONNECTION_LOST:
    case CHATFILE_E_CONNECT_TIMEOUT:
    case CHATFILE_E_STALLED:
    case CHATFILE_E_DEADLINE:
        return T_SLOW;
    case CHATFILE_E_TLS:
        return T_TLS;
    case CHATFILE_E_PROXY:
        return T_PROXY;
    case CHATFILE_E_AUTH:
    case CHATFILE_E_FORBIDDEN:
        return T_ACCOUNT;
    case CHATFILE_E_SOURCE:
    case CHATFILE_E_SOURCE_CHANGED:
        return T_FILE;
    case CHATFILE_E_LIMIT:
    case CHATFILE_E_TOO_LARGE:
        return T_TOO_LARGE;
    case CHATFILE_E_RATE_LIMITED:
    case CHATFILE_E_UNAVAILABLE:
        return T_BUSY;
    default: /* also what later versions of the library may say */
        return T_OTHER;
    }
}

/* UTF-8 of UTF-16; the caller frees it. NULL for NULL, or without memory. */
static char *utf8_of(const wchar_t *wide)
{
    int size = wide != NULL ? WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL) : 0;
    char *narrow = size > 0 ? malloc((size_t)size) : NULL;

    if (narrow != NULL)
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, narrow, size, NULL, NULL);
    return narrow;
}

/* UTF-16 of UTF-8, likewise. */
static wchar_t *wide_of(const char *narrow)
{
    int count = narrow != NULL ? MultiByteToWideChar(CP_UTF8, 0, narrow, -1, NULL, 0) : 0;
    wchar_t *wide = count > 0 ? malloc((size_t)count * sizeof *wide) : NULL;

    if (wide != NULL)
        MultiByteToWideChar(CP_UTF8, 0, narrow, -1, wide, count);
    return wide;
}

/* ---- The worker ----------------------------------------------------------- */

static int32_t CHATFILE_CALL show_progress(void *user, const chatfile_progress *progress)
{
    struct job *job = user;
    LPARAM now = progress->total > 0 ? (LPARAM)((double)progress->done / (double)progress->total * 1000) : 0;

    /* The queue of a window has room for 10,000 messages: what would not be seen is not posted. */
    if (now != job->shown)
        PostMessage(job->window, SENT, 0, job->shown = now);
    return 0;
}

/* A value from the environment; without one, that of the emulator. */
static const char *setting(const char *name, const char *of_emulator)
{
    return app.url != NULL ? of_emulator : getenv(name);
}

static chatfile_status open_client(chatfile_error **error)
{
    chatfile_easemob config = CHATFILE_EASEMOB_INIT;

    if (client != NULL)
        return CHATFILE_OK;
    config.base_url = app.url;
    config.app_key = setting("EASEMOB_APP_KEY", "easemob-demo#testapp");
    config.client_id = setting("EASEMOB_CLIENT_ID", "YXA6ZW11bGF0b3ItY2xpZW50LWlk");
    config.client_secret = setting("EASEMOB_CLIENT_SECRET", "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA");
    return chatfile_open_easemob(&config, NULL, &client, error);
}

static unsigned __stdcall work(void *data)
{
    struct job *job = data;
    struct outcome *outcome;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_upload_result *stored = NULL;
    chatfile_error *error = NULL;
    chatfile_status status;

    source.path = job->path;
    options.cancel = job->cancel;
    options.progress = show_progress;
    options.progress_user = job;
    status = open_client(&error);
    if (status == CHATFILE_OK)
        status = chatfile_upload(client, &source, &options, &stored, &error);
    outcome = calloc(1, sizeof *outcome);
    if (outcome != NULL) {
        outcome->status = status;
        outcome->detail =
            wide_of(status == CHATFILE_OK ? chatfile_upload_result_url(stored) : chatfile_error_message(error));
    }
    chatfile_upload_result_free(stored);
    chatfile_error_free(error);
    /* The window is there until it gets this; its queue may be full for a moment. */
    while (!PostMessage(job->window, OVER, 0, (LPARAM)outcome))
        Sleep(10);
    free(job->path);
    free(job);
    return 0;
}

/* ---- The window ----------------------------------------------------------- */

static void say(const wchar_t *what)
{
    SetDlgItemText(app.window, STATE, what);
}

static void show(LPARAM thousandths)
{
    wchar_t line[64];

    swprintf(line, sizeof line / sizeof *line, text(T_SENDING), (int)thousandths / 10, (int)thousandths % 10);
    SendDlgItemMessage(app.window, BAR, PBM_SETPOS, (WPARAM)thousandths, 0);
    say(line);
}

static void enable(int control, int is_enabled)
{
    EnableWindow(GetDlgItem(app.window, control), is_enabled);
}

static void tell(const wchar_t *what, const wchar_t *detail, UINT icon)
{
    static wchar_t box[2048];

    say(what);
    /* The detail is the library's own text, in English: for whoever is asked for help. */
    swprintf(box, sizeof box / sizeof *box, detail != NULL ? L"%ls\n\n%.1000ls" : L"%ls", what, detail);
    MessageBox(app.window, box, text(T_TITLE), icon);
}

static void begin(const wchar_t *path)
{
    const wchar_t *name = path + wcslen(path);
    struct job *job;

    if (app.worker != NULL || app.is_closing)
        return;
    job = calloc(1, sizeof *job);
    app.cancel = chatfile_cancel_new();
    if (job != NULL) {
        job->window = app.window;
        job->cancel = app.cancel;
        job->path = utf8_of(path);
        app.is_stored = 0;
        if (job->path != NULL && app.cancel != NULL)
            app.worker = (HANDLE)_beginthreadex(NULL, 0, work, job, 0, NULL);
    }
    if (app.worker == NULL) {
        chatfile_cancel_free(app.cancel);
        app.cancel = NULL;
        free(job != NULL ? job->path : NULL);
        free(job);
        tell(text(T_OTHER), NULL, MB_ICONERROR);
        return;
    }
    while (name > path && name[-1] != L'\\' && name[-1] != L'/')
        name--;
    SetDlgItemText(app.window, FILE_NAME, name);
    enable(CHOOSE, FALSE);
    enable(STOP, TRUE);
    show(0);
}

static void stop(void)
{
    if (app.worker == NULL)
        return;
    chatfile_cancel_fire(app.cancel);
    enable(STOP, FALSE);
    say(text(T_STOPPING));
}

/* The worker has posted its last message. */
static void finish(struct outcome *outcome)
{
    chatfile_status status = outcome != NULL ? outcome->status : CHATFILE_E_MEMORY;

    /* It has nothing left to do but to end. */
    WaitForSingleObject(app.worker, INFINITE);
    CloseHandle(app.worker);
    app.worker = NULL;
    chatfile_cancel_free(app.cancel);
    app.cancel = NULL;
    app.is_stored = status == CHATFILE_OK;
    if (app.is_closing) {
        DestroyWindow(app.window);
    } else {
        SendDlgItemMessage(app.window, BAR, PBM_SETPOS, app.is_stored ? 1000 : 0, 0);
        enable(CHOOSE, TRUE);
        enable(STOP, FALSE);
        if (status == CHATFILE_E_CANCELLED)
            say(text(T_STOPPED)); /* who pressed the button need not be told in a box */
        else
            tell(text(text_of(status)), outcome != NULL ? outcome->detail : NULL,
                 app.is_stored ? MB_ICONINFORMATION : MB_ICONERROR);
    }
    if (outcome != NULL)
        free(outcome->detail);
    free(outcome);
}

static void choose(void)
{
    static wchar_t path[PATH_MAX_WIDE];
    OPENFILENAME dialog;

    ZeroMemory(&dialog, sizeof dialog);
    path[0] = L'\0';
    dialog.lStructSize = sizeof dialog;
    dialog.hwndOwner = app.window;
    dialog.lpstrFile = path;
    dialog.nMaxFile = PATH_MAX_WIDE;
    dialog.Flags = OFN_FILEMUSTEXIST | OFN_HIDEREADONLY | OFN_NOCHANGEDIR;
    if (GetOpenFileName(&dialog))
        begin(path);
}

static void dropped(HDROP drop)
{
    static wchar_t path[PATH_MAX_WIDE];

    if (DragQueryFile(drop, 0, path, PATH_MAX_WIDE) > 0)
        begin(path);
    DragFinish(drop);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM first, LPARAM second)
{
    switch (message) {
    case WM_COMMAND:
        if (LOWORD(first) == CHOOSE)
            choose();
        else if (LOWORD(first) == STOP)
            stop();
        return 0;
    case WM_DROPFILES:
        dropped((HDROP)first);
        return 0;
    case SENT:
        if (app.worker != NULL && IsWindowEnabled(GetDlgItem(window, STOP)))
            show(second);
        return 0;
    case OVER:
        finish((struct outcome *)second);
        return 0;
    case WM_CLOSE:
        app.is_closing = 1;
        if (app.worker == NULL)
            DestroyWindow(window);
        else
            stop();
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProc(window, message, first, second);
    }
}

static void add(const wchar_t *class_name, const wchar_t *title, DWORD style, int id, int x, int y, int width,
                HFONT font)
{
    HWND control = CreateWindowEx(0, class_name, title, WS_CHILD | WS_VISIBLE | style, x, y, width, 26, app.window,
                                  (HMENU)(INT_PTR)id, GetModuleHandle(NULL), NULL);

    SendMessage(control, WM_SETFONT, (WPARAM)font, TRUE);
}

static HFONT font_of_messages(void)
{
    NONCLIENTMETRICS metrics;

    ZeroMemory(&metrics, sizeof metrics);
    metrics.cbSize = sizeof metrics;
    SystemParametersInfo(SPI_GETNONCLIENTMETRICS, sizeof metrics, &metrics, 0);
    return CreateFontIndirect(&metrics.lfMessageFont);
}

/* 0 if there is no window to be had. */
static int open_window(HINSTANCE instance, HFONT font)
{
    const DWORD style = WS_OVERLAPPED | WS_CAPTION | WS_SYSMENU | WS_MINIMIZEBOX;
    INITCOMMONCONTROLSEX controls = { sizeof controls, ICC_PROGRESS_CLASS };
    RECT inner = { 0, 0, 420, 140 };
    WNDCLASS about;

    ZeroMemory(&about, sizeof about);
    about.lpfnWndProc = on_message;
    about.hInstance = instance;
    about.hCursor = LoadCursor(NULL, IDC_ARROW);
    about.hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1);
    about.lpszClassName = CLASS_NAME;
    if (!InitCommonControlsEx(&controls) || !RegisterClass(&about) || !AdjustWindowRect(&inner, style, FALSE))
        return 0;
    app.window = CreateWindowEx(WS_EX_ACCEPTFILES, CLASS_NAME, text(T_TITLE), style, CW_USEDEFAULT, CW_USEDEFAULT,
                                inner.right - inner.left, inner.bottom - inner.top, NULL, NULL, instance, NULL);
    if (app.window == NULL)
        return 0;
    add(L"STATIC", text(T_HINT), SS_PATHELLIPSIS | SS_NOPREFIX, FILE_NAME, 16, 14, 388, font);
    add(PROGRESS_CLASS, L"", 0, BAR, 16, 42, 388, font);
    add(L"STATIC", L"", SS_NOPREFIX | SS_ENDELLIPSIS, STATE, 16, 76, 388, font);
    add(L"BUTTON", text(T_CHOOSE), WS_TABSTOP | BS_DEFPUSHBUTTON, CHOOSE, 188, 104, 104, font);
    add(L"BUTTON", text(T_STOP), WS_TABSTOP | WS_DISABLED, STOP, 300, 104, 104, font);
    SendDlgItemMessage(app.window, BAR, PBM_SETRANGE32, 0, 1000);
    return 1;
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE before, PWSTR line, int how)
{
    MSG message;
    HFONT font = font_of_messages();
    int count = 0;
    wchar_t **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    char *url = count > 1 ? utf8_of(arguments[1]) : NULL;

    (void)before;
    (void)line;
    app.url = url == NULL ? "http://127.0.0.1:8080" : strcmp(url, "-") == 0 ? NULL : url;
    if (!open_window(instance, font))
        return 2;
    ShowWindow(app.window, how);
    if (count > 2)
        begin(arguments[2]);
    while (GetMessage(&message, NULL, 0, 0) > 0) {
        /* Tab goes from button to button. */
        if (!IsDialogMessage(app.window, &message)) {
            TranslateMessage(&message);
            DispatchMessage(&message);
        }
    }
    chatfile_client_free(client);
    DeleteObject(font);
    LocalFree(arguments);
    free(url);
    return app.is_stored ? 0 : 1;
}

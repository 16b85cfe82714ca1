/*
 * What the programs here need and C99 does not have: a clock, a look whether there is a terminal, and arguments and names
 * of files in UTF-8, which is what the library takes on every system.
 *
 * It is for POSIX and for Windows, there with MinGW-w64 and Visual C++ 2015 or later.
 */
#ifndef PORTABLE_H
#define PORTABLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <io.h>
#include <shellapi.h> /* link with shell32 */

/* Windows' own texts are UTF-16. The caller frees what the next two return. */
static inline char *utf8_of(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;

    if (text != NULL)
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

static inline wchar_t *wide_of(const char *text)
{
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *wide = count > 0 ? malloc((size_t)count * sizeof *wide) : NULL;

    if (wide != NULL)
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, count);
    return wide;
}

/* The arguments of main() are in the ANSI code page, in which most names of files have no place: these are all there is,
 * in UTF-8. They are never freed. */
static inline char **utf8_arguments(int argc, char **argv)
{
    int count = 0, i;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char **texts = calloc((size_t)argc + 1, sizeof *texts);

    if (wide == NULL || texts == NULL || count != argc)
        return argv;
    for (i = 0; i < argc; i++)
        if ((texts[i] = utf8_of(wide[i])) == NULL)
            return argv;
    LocalFree(wide);
    return texts;
}

/* fopen() for a name in UTF-8. */
static inline FILE *open_file(const char *path, const char *mode)
{
    wchar_t *wide_path = wide_of(path), *wide_mode = wide_of(mode);
    FILE *file = wide_path != NULL && wide_mode != NULL ? _wfopen(wide_path, wide_mode) : NULL;

    free(wide_mode);
    free(wide_path);
    return file;
}

static inline double seconds_now(void)
{
    LARGE_INTEGER ticks, per_second;

    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&per_second);
    return (double)ticks.QuadPart / (double)per_second.QuadPart;
}

static inline int is_terminal(FILE *file)
{
    return _isatty(_fileno(file));
}

/* Where the folder ends in a path. */
static inline const char *last_separator(const char *path)
{
    const char *slash = strrchr(path, '/'), *backslash = strrchr(path, '\\');

    return slash == NULL || (backslash != NULL && backslash > slash) ? backslash : slash;
}

#else

#include <time.h>
#include <unistd.h>

static inline char **utf8_arguments(int argc, char **argv)
{
    (void)argc;
    return argv;
}

static inline FILE *open_file(const char *path, const char *mode)
{
    return fopen(path, mode);
}

static inline double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline int is_terminal(FILE *file)
{
    return isatty(fileno(file));
}

static inline const char *last_separator(const char *path)
{
    return strrchr(path, '/');
}

#endif

/* The name of a file without its folder. */
static inline const char *name_of(const char *path)
{
    const char *separator = last_separator(path);

    return separator == NULL ? path : separator + 1;
}

/* FOLDER/name in a buffer of that size; exits if that is too long. */
static inline void join(char *path, size_t size, const char *folder, const char *name)
{
    int length = snprintf(path, size, "%s/%s", folder, name);

    if (length < 0 || (size_t)length >= size) {
        fprintf(stderr, "%s: the path of the folder is too long\n", folder);
        exit(2);
    }
}

/* 1 if two files hold the same bytes. */
static inline int same_bytes(const char *one, const char *other)
{
    FILE *a = open_file(one, "rb");
    FILE *b = open_file(other, "rb");
    int same = a != NULL && b != NULL;

    while (same) {
        static char from_a[65536], from_b[65536];
        size_t got_a = fread(from_a, 1, sizeof from_a, a);
        size_t got_b = fread(from_b, 1, sizeof from_b, b);

        same = got_a == got_b && memcmp(from_a, from_b, got_a) == 0 && !ferror(a) && !ferror(b);
        if (got_a == 0)
            break;
    }
    if (a != NULL)
        fclose(a);
    if (b != NULL)
        fclose(b);
    return same;
}

#endif

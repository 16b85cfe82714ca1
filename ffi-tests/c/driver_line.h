/*
 * The line protocol of the driver: keys and values in, keys and values out, and the content that both sides can make.
 */
#ifndef DRIVER_LINE_H
#define DRIVER_LINE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEYS 64
#define PERIOD 65521

/* The line being carried out. */
static struct {
    char *key[MAX_KEYS];
    char *value[MAX_KEYS];
    int count;
} line;

static void die(const char *why)
{
    fprintf(stderr, "driver: %s\n", why);
    exit(3);
}

static const char *text(const char *key)
{
    int i;
    for (i = 0; i < line.count; i++)
        if (strcmp(line.key[i], key) == 0)
            return line.value[i];
    return NULL;
}

static int has(const char *key)
{
    return text(key) != NULL;
}

static long long number(const char *key)
{
    const char *value = text(key);
    return value == NULL ? 0 : strtoll(value, NULL, 10);
}

#define MAX_TEXTS 8

/* The texts of a key, which have commas between them, until the next call; NULL without the key. */
static const char *const *texts(const char *key, size_t *count)
{
    static char copy[1000];
    static const char *found[MAX_TEXTS];
    char *one;
    *count = 0;
    if (!has(key))
        return NULL;
    sprintf(copy, "%.999s", text(key));
    for (one = strtok(copy, ","); one != NULL && *count < MAX_TEXTS; one = strtok(NULL, ","))
        found[(*count)++] = one;
    return found;
}

/* The bytes of the file that a key names, with a NUL behind them; NULL without the key. size may be NULL. */
static char *file_of(const char *key, size_t *size)
{
    static char buffers[3][1 << 15];
    static int next;
    char *buffer = buffers[next++ % 3];
    FILE *file;
    size_t count;
    if (size != NULL)
        *size = 0;
    if (!has(key))
        return NULL;
    file = fopen(text(key), "rb");
    if (file == NULL)
        die("no such file");
    count = fread(buffer, 1, sizeof buffers[0] - 1, file);
    buffer[count] = '\0';
    if (size != NULL)
        *size = count;
    fclose(file);
    return buffer;
}

/* Decodes in place, for a value only gets shorter. */
static void decode(char *value)
{
    char *out = value;
    while (*value != '\0') {
        unsigned byte;
        if (value[0] == '%' && sscanf(value + 1, "%2x", &byte) == 1) {
            *out++ = (char)byte;
            value += 3;
        } else {
            *out++ = *value++;
        }
    }
    *out = '\0';
}

/* What stands before each key: the number of an entry. */
static char prefix[24];

static void say(const char *key, const char *value)
{
    const unsigned char *byte;
    if (value == NULL)
        return;
    printf(" %s%s=", prefix, key);
    for (byte = (const unsigned char *)value; *byte != '\0'; byte++) {
        int plain = (*byte >= '0' && *byte <= '9') || (*byte >= 'a' && *byte <= 'z') ||
                    (*byte >= 'A' && *byte <= 'Z') || strchr("-._~/:", *byte) != NULL;
        if (plain)
            putchar(*byte);
        else
            printf("%%%02X", *byte);
    }
}

static void say_number(const char *key, long long value)
{
    printf(" %s%s=%lld", prefix, key, value);
}

static void say_u64(const char *key, uint64_t value)
{
    printf(" %s%s=%llu", prefix, key, (unsigned long long)value);
}

/* Not 0 before a call, so that it shows when a call does not set it. */
#define UNSET 7

/* A number, if it is known, for which the place is free then. */
static void say_known(const char *key, int32_t is_known, uint64_t *value)
{
    if (is_known == 1)
        say_u64(key, *value);
    else if (*value != 0)
        die("an unknown number that is not 0");
    *value = UNSET;
}

static unsigned long crc_table[256];

static unsigned long crc32_of(unsigned long crc, const void *data, size_t size)
{
    const unsigned char *byte = data;
    while (size-- > 0)
        crc = crc_table[(crc ^ *byte++) & 255] ^ (crc >> 8);
    return crc;
}

static void make_crc_table(void)
{
    unsigned long i, value;
    int bit;
    for (i = 0; i < 256; i++) {
        value = i;
        for (bit = 0; bit < 8; bit++)
            value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320UL : 0);
        crc_table[i] = value;
    }
}

static void say_sum(unsigned long crc)
{
    printf(" sum=%08lx", (crc ^ 0xFFFFFFFFUL) & 0xFFFFFFFFUL);
}

static unsigned char pattern[PERIOD];

static void make_pattern(void)
{
    uint32_t x = (uint32_t)number("seed");
    size_t i;
    if (has("fill")) {
        memset(pattern, (int)number("fill"), sizeof pattern);
        return;
    }
    for (i = 0; i < PERIOD; i++) {
        x = x * 1664525U + 1013904223U;
        pattern[i] = (unsigned char)(x >> 24);
    }
}

static void copy_pattern(uint64_t position, unsigned char *out, size_t size)
{
    size_t at = (size_t)(position % PERIOD);
    while (size > 0) {
        size_t part = PERIOD - at < size ? PERIOD - at : size;
        memcpy(out, pattern + at, part);
        out += part;
        size -= part;
        at = 0;
    }
}

/* Splits the line into its verb, which is returned, and its keys. */
static char *parse(char *input)
{
    char *verb = strtok(input, " \n");
    char *word;
    line.count = 0;
    while ((word = strtok(NULL, " \n")) != NULL) {
        char *value = strchr(word, '=');
        if (value == NULL || line.count == MAX_KEYS)
            die("a malformed line");
        *value++ = '\0';
        decode(value);
        line.key[line.count] = word;
        line.value[line.count++] = value;
    }
    return verb;
}

#endif

/*
 * What no caller should do with digests: as abuse.c.
 */
#include <chatfile.h>

#include "abuse_check.h"

#define ALL (CHATFILE_DIGEST_SMH_FULL | CHATFILE_DIGEST_SMH_BEGINNING | CHATFILE_DIGEST_OPENIM | CHATFILE_DIGEST_CRC64)

static chatfile_digest *begin(uint32_t wanted, uint64_t part_size)
{
    chatfile_digest *digest = POISON;
    chatfile_error *error = POISON;
    check(chatfile_digest_new(wanted, part_size, &digest, &error) == CHATFILE_OK, "digest_new", "it fails");
    check(digest != NULL && error == NULL, "digest_new", "the outputs are wrong");
    return digest;
}

static void refuse(uint32_t wanted, uint64_t part_size, const char *field)
{
    chatfile_digest *digest = POISON;
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_digest_new(wanted, part_size, &digest, &error);
    expect("digest_new", status, CHATFILE_E_ARGUMENT, field, digest, error);
    digest = POISON;
    check(chatfile_digest_new(wanted, part_size, &digest, NULL) == status && digest == NULL, "digest_new",
          "error == NULL");
}

static void update(chatfile_digest *digest, const void *data, size_t size, chatfile_status expected, const char *field)
{
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_digest_update(digest, data, size, &error);
    expect("digest_update", status, expected, field, NULL, error);
    check(chatfile_digest_update(digest, data, size, NULL) == expected, "digest_update", "error == NULL");
}

static void update_file(chatfile_digest *digest, const char *path, const chatfile_cancel *cancel,
                        chatfile_status expected, const char *field)
{
    chatfile_digest_update_file_options options = CHATFILE_DIGEST_UPDATE_FILE_OPTIONS_INIT;
    chatfile_error *error = POISON;
    chatfile_status status;
    options.cancel = cancel;
    status = chatfile_digest_update_file(digest, path, &options, &error);
    expect("digest_update_file", status, expected, field, NULL, error);
    check(chatfile_digest_update_file(digest, path, &options, NULL) == expected, "digest_update_file", "error == NULL");
}

static void text(const chatfile_digest *digest, uint32_t which, char *out, size_t size, chatfile_status expected,
                 const char *field)
{
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_digest_text(digest, which, out, size, &error);
    expect("digest_text", status, expected, field, NULL, error);
    check(chatfile_digest_text(digest, which, out, size, NULL) == expected, "digest_text", "error == NULL");
}

static void part(const chatfile_digest *digest, size_t index, char *out, size_t size, chatfile_status expected,
                 const char *field)
{
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_digest_part(digest, index, out, size, &error);
    expect("digest_part", status, expected, field, NULL, error);
    check(chatfile_digest_part(digest, index, out, size, NULL) == expected, "digest_part", "error == NULL");
}

static void beginnings(void)
{
    chatfile_error *error = POISON;
    chatfile_status status = chatfile_digest_new(ALL, 0, NULL, &error);
    expect("digest_new out", status, CHATFILE_E_NULL, "out", NULL, error);
    check(chatfile_digest_new(ALL, 0, NULL, NULL) == CHATFILE_E_NULL, "digest_new", "all NULL");
    refuse(0, 0, "wanted");
    refuse(16, 0, "wanted");
    refuse(ALL | 0x80000000U, 0, "wanted");
    refuse(CHATFILE_DIGEST_CRC64, 1, "part_size");
    chatfile_digest_free(begin(ALL, UINT64_MAX));
}

static int32_t CHATFILE_CALL go_on_once(void *user)
{
    return ++*(int *)user > 1;
}

/* A handle that asks before each piece that is due: its second answer is to stop. */
static void asking(void)
{
    int asked = 0;
    chatfile_digest *digest = begin(ALL, 0);
    chatfile_cancel *cancel = chatfile_cancel_new_asking(go_on_once, &asked);
    chatfile_digest_update_file_options options = CHATFILE_DIGEST_UPDATE_FILE_OPTIONS_INIT;
    options.cancel = cancel;
    check(chatfile_cancel_new_asking(NULL, &asked) == NULL, "cancel_new_asking", "it asks nobody");
    check(cancel != NULL, "cancel_new_asking", "it fails");
    while (chatfile_digest_update_file(digest, "/proc/self/exe", &options, NULL) == CHATFILE_OK)
        ;
    check(asked == 2, "cancel_new_asking", "it was not asked twice");
    update_file(digest, "/proc/self/exe", cancel, CHATFILE_E_CANCELLED, NULL);
    check(asked == 2, "cancel_new_asking", "it was asked once more");
    chatfile_cancel_free(cancel);
    chatfile_digest_free(digest);
}

static void updates(chatfile_digest *digest)
{
    chatfile_cancel *cancel = chatfile_cancel_new();
    update(NULL, "x", 1, CHATFILE_E_NULL, "digest");
    update(digest, NULL, 1, CHATFILE_E_NULL, "data");
    update(digest, "x", SIZE_MAX, CHATFILE_E_ARGUMENT, "size");
    update_file(NULL, "/dev/null", NULL, CHATFILE_E_NULL, "digest");
    update_file(digest, NULL, NULL, CHATFILE_E_NULL, "path");
    update_file(digest, "\xFF", NULL, CHATFILE_E_TEXT, "path");
    update_file(digest, "a\nb", NULL, CHATFILE_E_TEXT, "path");
    update_file(digest, "", NULL, CHATFILE_E_SOURCE, "path");
    update_file(digest, "/no/such/file", NULL, CHATFILE_E_SOURCE, "path");
    /* A directory, and what would never end. */
    update_file(digest, "/", NULL, CHATFILE_E_SOURCE, "path");
    update_file(digest, "/dev/zero", NULL, CHATFILE_E_SOURCE, "path");
    chatfile_cancel_fire(cancel);
    update_file(digest, "/proc/self/exe", cancel, CHATFILE_E_CANCELLED, NULL);
    chatfile_cancel_free(cancel);
    check(chatfile_digest_update(digest, NULL, 0, NULL) == CHATFILE_OK, "digest_update", "nothing is too much");
    check(chatfile_digest_update(digest, "123456789", 0, NULL) == CHATFILE_OK, "digest_update", "nothing is too much");
}

/* A digest that was given "123456789" and nothing of what failed. */
static void results(const chatfile_digest *digest)
{
    char out[CHATFILE_DIGEST_TEXT_SIZE] = "untouched";
    text(NULL, CHATFILE_DIGEST_CRC64, out, sizeof out, CHATFILE_E_NULL, "digest");
    text(digest, CHATFILE_DIGEST_CRC64, NULL, sizeof out, CHATFILE_E_NULL, "buffer");
    text(digest, CHATFILE_DIGEST_CRC64, out, 20, CHATFILE_E_ARGUMENT, "buffer_size");
    text(digest, CHATFILE_DIGEST_SMH_FULL, out, 0, CHATFILE_E_ARGUMENT, "buffer_size");
    text(digest, 0, out, sizeof out, CHATFILE_E_ARGUMENT, "kind");
    text(digest, ALL, out, sizeof out, CHATFILE_E_ARGUMENT, "kind");
    text(digest, 16, out, sizeof out, CHATFILE_E_ARGUMENT, "kind");
    part(NULL, 0, out, sizeof out, CHATFILE_E_NULL, "digest");
    part(digest, 0, NULL, sizeof out, CHATFILE_E_NULL, "buffer");
    part(digest, 0, out, 32, CHATFILE_E_ARGUMENT, "buffer_size");
    part(digest, 1, out, sizeof out, CHATFILE_E_ARGUMENT, "index");
    part(digest, SIZE_MAX, out, sizeof out, CHATFILE_E_ARGUMENT, "index");
    check(same(out, "untouched"), "digest_text", "a failed call wrote to its output");
    check(chatfile_digest_text(digest, CHATFILE_DIGEST_CRC64, out, sizeof out, NULL) == CHATFILE_OK, "digest_text",
          "CRC-64");
    check(same(out, "11051210869376104954"), "digest_text", "CRC-64 is wrong");
    check(chatfile_digest_part(digest, 0, out, sizeof out, NULL) == CHATFILE_OK, "digest_part", "it fails");
    check(same(out, "25f9e794323b453885f5181f1b624d0b"), "digest_part", "it is wrong");
    check(chatfile_digest_crc64_value(digest) == 11051210869376104954U, "digest_crc64", "it is wrong");
}

/* Each kind alone has its own results and no other. */
static void kinds(void)
{
    char out[CHATFILE_DIGEST_TEXT_SIZE];
    uint32_t kind, which;
    for (kind = 1; kind < 16; kind *= 2) {
        chatfile_digest *digest = begin(kind, 0);
        int openim = kind == CHATFILE_DIGEST_OPENIM;
        check(chatfile_digest_update(digest, "123456789", 9, NULL) == CHATFILE_OK, "digest_update", "it fails");
        for (which = 1; which < 16; which++) {
            if (which == kind)
                check(chatfile_digest_text(digest, which, out, sizeof out, NULL) == CHATFILE_OK, "digest_text",
                      "of one kind");
            else
                text(digest, which, out, sizeof out, CHATFILE_E_ARGUMENT, "kind");
        }
        check((chatfile_digest_crc64_value(digest) != 0) == (kind == CHATFILE_DIGEST_CRC64), "digest_crc64",
              "of another kind");
        check(chatfile_digest_part_count(digest) == (size_t)openim, "digest_part_count", "of another kind");
        if (!openim)
            part(digest, 0, out, sizeof out, CHATFILE_E_ARGUMENT, "index");
        chatfile_digest_free(digest);
    }
}

int main(void)
{
    chatfile_digest *digest = begin(ALL, 0);
    (void)good_netease; /* for the other programs */
    beginnings();
    check(chatfile_digest_update(digest, "12345", 5, NULL) == CHATFILE_OK, "digest_update", "it fails");
    updates(digest);
    asking();
    check(chatfile_digest_update(digest, "6789", 4, NULL) == CHATFILE_OK, "digest_update", "it fails");
    results(digest);
    kinds();
    chatfile_digest_free(digest);
    chatfile_digest_free(NULL);
    check(chatfile_digest_crc64_value(NULL) == 0, "digest_crc64", "NULL");
    check(chatfile_digest_part_count(NULL) == 0, "digest_part_count", "NULL");
    check(chatfile_crc64_combine(0, 0, UINT64_MAX) == 0, "crc64_combine", "nothing");
    check(chatfile_crc64_combine(5, 7, 0) == (5 ^ 7), "crc64_combine", "no second piece");
    return failures > 0;
}

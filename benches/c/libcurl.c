/* The same jobs done with libcurl: as its documentation shows them, in constant
 * memory, and what is base64 also as most programs do it, in memory
 * (netease-form-in-memory, json-upload-in-memory). Where libcurl leaves a choice, this takes the
 * cheaper one: no Expect, a kept connection, fixed signatures. */
#define _DEFAULT_SOURCE
#include "bench.h"
#include <curl/curl.h>
#include <sys/stat.h>

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char FORM_PREFIX[] = "type=application%2Foctet-stream&ishttps=true&content=";

struct answer {
    char text[1024];
    size_t size;
};

static size_t take_answer(char *data, size_t size, size_t count, void *user)
{
    struct answer *answer = user;
    size *= count;
    if (size >= sizeof answer->text - answer->size)
        return 0;
    memcpy(answer->text + answer->size, data, size);
    answer->size += size;
    answer->text[answer->size] = 0;
    return size;
}

static size_t take_file(char *data, size_t size, size_t count, void *user)
{
    return fwrite(data, size, count, user);
}

static void set_common(CURL *curl, const struct run *run, const char *path, struct curl_slist *headers)
{
    char url[512];
    snprintf(url, sizeof url, "%s/%s", run->base_url, path);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (strncmp(run->job, "tls-", 4) == 0)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file(run));
    if (run->buffer > 0) {
        curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, run->buffer);
        curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, run->buffer);
    }
}

static void perform(CURL *curl)
{
    long status = 0;
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        die("libcurl", curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 201)
        die("libcurl", "the status is not 200");
}

/* Performs an upload and looks for `proof` in the answer. */
static void perform_upload(CURL *curl, const char *proof)
{
    struct answer answer = { { 0 }, 0 };
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    perform(curl);
    if (strstr(answer.text, proof) == NULL)
        die("libcurl", answer.text);
}

static struct curl_slist *netease_headers(void)
{
    static const char *const headers[] = { "Expect:",
                                           "Accept: application/json",
                                           "AppKey: 0123456789abcdef0123456789abcdef",
                                           "Nonce: 4tgggergigwow323t23t",
                                           "CurTime: 1443592222",
                                           "CheckSum: 9e9db3b6c9abb2e1962cf3e6f7316fcc55583f86" };
    struct curl_slist *list = NULL;
    size_t i;
    for (i = 0; i < sizeof headers / sizeof *headers; i++) {
        list = curl_slist_append(list, headers[i]);
    }
    return list;
}

static struct curl_slist *easemob_headers(void)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    return curl_slist_append(list, "Authorization: Bearer YWMtF9QoiLBfEeaLW7Ez4VzH3g");
}

static void add_file(curl_mime *form, const char *name, const char *path)
{
    curl_mimepart *part = curl_mime_addpart(form);
    curl_mime_name(part, name);
    curl_mime_type(part, "application/octet-stream");
    curl_mime_filedata(part, path);
}

static void add_text(curl_mime *form, const char *name, const char *text)
{
    curl_mimepart *part = curl_mime_addpart(form);
    curl_mime_name(part, name);
    curl_mime_data(part, text, CURL_ZERO_TERMINATED);
}

static void easemob_upload(CURL *curl, const struct run *run)
{
    struct curl_slist *headers = easemob_headers();
    curl_mime *form;
    set_common(curl, run, "org/app/chatfiles", headers);
    form = curl_mime_init(curl);
    add_file(form, "file", run->file);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
    perform_upload(curl, "\"chatfile\"");
    curl_mime_free(form);
    curl_slist_free_all(headers);
}

static void netease_multipart(CURL *curl, const struct run *run)
{
    struct curl_slist *headers = netease_headers();
    curl_mime *form;
    set_common(curl, run, "msg/fileUpload.action", headers);
    form = curl_mime_init(curl);
    add_text(form, "type", "application/octet-stream");
    add_text(form, "ishttps", "true");
    add_file(form, "content", run->file);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
    perform_upload(curl, "\"code\":200");
    curl_mime_free(form);
    curl_slist_free_all(headers);
}

/* --- the form, in constant memory: every two characters come from a table -- */

#define RAW_SIZE (48 * 1024) /* a multiple of three */

struct form {
    FILE *file;
    size_t start, end; /* what is read and not yet sent */
    unsigned char raw[RAW_SIZE + 8];
    int begun;
};

/* The text of two six-bit values, and its length in the last byte. */
static struct pair {
    char text[7];
    unsigned char length;
} PAIRS[4096];

static size_t put_character(char *out, int value)
{
    if (value == 62 || value == 63) {
        memcpy(out, value == 62 ? "%2B" : "%2F", 3);
        return 3;
    }
    out[0] = ALPHABET[value];
    return 1;
}

static void make_pairs(void)
{
    int i;
    for (i = 0; i < 4096; i++) {
        size_t length = put_character(PAIRS[i].text, i >> 6);
        length += put_character(PAIRS[i].text + length, i & 63);
        PAIRS[i].length = (unsigned char)length;
    }
}

/* How many characters of the text of whole groups are percent-encoded. Each of
 * the eight six-bit lanes counts to at most 63 before they are added up. */
static uint64_t count_escapes(const unsigned char *raw, size_t size)
{
    uint64_t count = 0;
    size_t at = 0;
    while (at + 3 <= size) {
        uint64_t lanes = 0;
        int step;
        for (step = 0; step < 63 && at + 3 <= size; step++) {
            uint64_t v = 0, a;
            if (at + 8 <= size) {
                memcpy(&v, raw + at, 8);
                v = __builtin_bswap64(v) >> 16;
                at += 6;
            } else {
                v = (uint64_t)raw[at] << 16 | (uint64_t)raw[at + 1] << 8 | raw[at + 2];
                at += 3;
            }
            a = v & v << 1;
            lanes += (a & a << 2 & v << 4 & UINT64_C(0x820820820820)) >> 5;
        }
        for (; lanes != 0; lanes >>= 6)
            count += lanes & 63;
    }
    return count;
}

/* The last one or two bytes with padding. */
static size_t put_tail(char *out, const unsigned char *raw, size_t size)
{
    int bits = raw[0] << 16 | (size > 1 ? raw[1] << 8 : 0);
    size_t at = put_character(out, bits >> 18);
    at += put_character(out + at, bits >> 12 & 63);
    if (size > 1)
        at += put_character(out + at, bits >> 6 & 63);
    memcpy(out + at, size > 1 ? "%3D" : "%3D%3D", size > 1 ? 3 : 6);
    return at + (size > 1 ? 3 : 6);
}

static uint64_t form_length(struct form *form)
{
    uint64_t length = sizeof FORM_PREFIX - 1;
    size_t size;
    while ((size = fread(form->raw, 1, RAW_SIZE, form->file)) > 0) {
        size_t whole = size - size % 3;
        char tail[16];
        length += whole / 3 * 4 + 2 * count_escapes(form->raw, whole);
        if (whole < size)
            length += put_tail(tail, form->raw + whole, size - whole);
    }
    rewind(form->file);
    return length;
}

static size_t give_form(char *out, size_t size, size_t count, void *user)
{
    struct form *form = user;
    size_t written = 0;
    size *= count;
    if (!form->begun) {
        form->begun = 1;
        memcpy(out, FORM_PREFIX, sizeof FORM_PREFIX - 1);
        written = sizeof FORM_PREFIX - 1;
    }
    while (written + 16 <= size) {
        const unsigned char *raw, *last;
        if (form->start == form->end) {
            form->start = 0;
            form->end = fread(form->raw, 1, RAW_SIZE, form->file);
            if (form->end == 0)
                break;
        }
        raw = form->raw + form->start;
        last = form->raw + form->end;
        while (raw + 3 <= last && written + 16 <= size) {
            unsigned bits = (unsigned)raw[0] << 16 | (unsigned)raw[1] << 8 | raw[2];
            const struct pair *pair = &PAIRS[bits >> 12];
            memcpy(out + written, pair, 8);
            written += pair->length;
            pair = &PAIRS[bits & 0xfff];
            memcpy(out + written, pair, 8);
            written += pair->length;
            raw += 3;
        }
        if (raw < last && raw + 3 > last && written + 16 <= size) {
            written += put_tail(out + written, raw, (size_t)(last - raw));
            raw = last;
        }
        form->start = (size_t)(raw - form->raw);
    }
    return written;
}

static void netease_form(CURL *curl, const struct run *run)
{
    static struct form form;
    struct curl_slist *headers = netease_headers();
    form.start = form.end = 0;
    form.begun = 0;
    form.file = fopen(run->file, "rb");
    if (form.file == NULL)
        die(run->file, "cannot be opened");
    setvbuf(form.file, NULL, _IONBF, 0);
    set_common(curl, run, "msg/upload.action", headers);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)form_length(&form));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_form);
    curl_easy_setopt(curl, CURLOPT_READDATA, &form);
    perform_upload(curl, "\"code\":200");
    fclose(form.file);
    curl_slist_free_all(headers);
}

/* --- the form in memory, step by step -------------------------------------- */

static unsigned char *read_file(const char *path, size_t *size)
{
    struct stat status;
    unsigned char *data;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &status) != 0)
        die(path, "cannot be read");
    *size = (size_t)status.st_size;
    data = malloc(*size + 1);
    if (data == NULL || fread(data, 1, *size, file) != *size)
        die(path, "cannot be read");
    fclose(file);
    return data;
}

static char *base64(const unsigned char *raw, size_t size, size_t *length)
{
    char *text = malloc((size + 2) / 3 * 4 + 1), *out = text;
    if (text == NULL)
        die("base64", "no memory");
    for (; size >= 3; size -= 3, raw += 3) {
        *out++ = ALPHABET[raw[0] >> 2];
        *out++ = ALPHABET[(raw[0] & 3) << 4 | raw[1] >> 4];
        *out++ = ALPHABET[(raw[1] & 15) << 2 | raw[2] >> 6];
        *out++ = ALPHABET[raw[2] & 63];
    }
    if (size > 0) {
        *out++ = ALPHABET[raw[0] >> 2];
        *out++ = ALPHABET[(raw[0] & 3) << 4 | (size > 1 ? raw[1] >> 4 : 0)];
        *out++ = size > 1 ? ALPHABET[(raw[1] & 15) << 2] : '=';
        *out++ = '=';
    }
    *out = 0;
    *length = (size_t)(out - text);
    return text;
}

/* `text`, behind what a form begins with, as forms have it. */
static char *form_of(const char *text, size_t size, size_t *length)
{
    char *form = malloc(sizeof FORM_PREFIX + 3 * size), *out = form;
    size_t i;
    if (form == NULL)
        die("form", "no memory");
    memcpy(out, FORM_PREFIX, sizeof FORM_PREFIX - 1);
    out += sizeof FORM_PREFIX - 1;
    for (i = 0; i < size; i++) {
        char c = text[i];
        if (c == '+' || c == '/' || c == '=') {
            memcpy(out, c == '+' ? "%2B" : c == '/' ? "%2F" : "%3D", 3);
            out += 3;
        } else {
            *out++ = c;
        }
    }
    *length = (size_t)(out - form);
    return form;
}

static void netease_form_in_memory(CURL *curl, const struct run *run)
{
    struct curl_slist *headers = netease_headers();
    size_t size, length;
    unsigned char *data = read_file(run->file, &size);
    char *text = base64(data, size, &length);
    char *form = form_of(text, length, &length);
    set_common(curl, run, "msg/upload.action", headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
    perform_upload(curl, "\"code\":200");
    free(form);
    free(text);
    free(data);
    curl_slist_free_all(headers);
}

/* --- JSON with base64, in constant memory: as the form, but nothing is escaped -- */

static const char JSON_PREFIX[] = "{\"fileType\":\"jpg\",\"channel\":\"WEB\",\"fileStream\":\"";

/* The text of two six-bit values. */
static char TWO[4096][2];

static void make_twos(void)
{
    int i;
    for (i = 0; i < 4096; i++) {
        TWO[i][0] = ALPHABET[i >> 6];
        TWO[i][1] = ALPHABET[i & 63];
    }
}

static size_t give_json(char *out, size_t size, size_t count, void *user)
{
    struct form *form = user;
    size_t written = 0;
    size *= count;
    if (form->begun == 2)
        return 0;
    if (!form->begun) {
        form->begun = 1;
        memcpy(out, JSON_PREFIX, sizeof JSON_PREFIX - 1);
        written = sizeof JSON_PREFIX - 1;
    }
    while (written + 8 <= size) {
        const unsigned char *raw, *last;
        if (form->start == form->end) {
            form->start = 0;
            form->end = fread(form->raw, 1, RAW_SIZE, form->file);
            if (form->end == 0) {
                memcpy(out + written, "\"}", 2);
                form->begun = 2;
                return written + 2;
            }
        }
        raw = form->raw + form->start;
        last = form->raw + form->end;
        for (; raw + 3 <= last && written + 8 <= size; raw += 3, written += 4) {
            unsigned bits = (unsigned)raw[0] << 16 | (unsigned)raw[1] << 8 | raw[2];
            memcpy(out + written, TWO[bits >> 12], 2);
            memcpy(out + written + 2, TWO[bits & 0xfff], 2);
        }
        if (raw < last && raw + 3 > last && written + 8 <= size) {
            unsigned bits = (unsigned)raw[0] << 16 | (raw + 1 < last ? (unsigned)raw[1] << 8 : 0);
            memcpy(out + written, TWO[bits >> 12], 2);
            out[written + 2] = raw + 1 < last ? ALPHABET[bits >> 6 & 63] : '=';
            out[written + 3] = '=';
            written += 4;
            raw = last;
        }
        form->start = (size_t)(raw - form->raw);
    }
    return written;
}

static struct curl_slist *huawei_headers(int is_upload)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    list = curl_slist_append(list, "Content-Type: application/json");
    list = curl_slist_append(list, "x-app-key: 0123456789");
    list = curl_slist_append(list, "Authorization: Bearer 0123456789abcdef");
    return is_upload ? curl_slist_append(list, "ccmessaging-token: fedcba9876543210") : list;
}

static void huawei_token(CURL *curl, const struct run *run, const char *path, const char *proof)
{
    struct curl_slist *headers = huawei_headers(0);
    set_common(curl, run, path, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{\"app_key\":\"0123456789\",\"app_secret\":\"0123456789ab\"}");
    perform_upload(curl, proof);
    curl_slist_free_all(headers);
}

/* Both tokens, once. */
static void huawei_tokens(CURL *curl, const struct run *run)
{
    static int has_tokens;
    if (has_tokens)
        return;
    huawei_token(curl, run, "apigovernance/api/oauth/tokenByAkSk", "AccessToken");
    huawei_token(curl, run, "apiaccess/ccmessaging/applyToken", "token");
    has_tokens = 1;
}

static void huawei_upload(CURL *curl, const struct run *run)
{
    static struct form form;
    struct curl_slist *headers = huawei_headers(1);
    uint64_t length = sizeof JSON_PREFIX - 1 + (run->size + 2) / 3 * 4 + 2;
    huawei_tokens(curl, run);
    form.start = form.end = 0;
    form.begun = 0;
    form.file = fopen(run->file, "rb");
    if (form.file == NULL)
        die(run->file, "cannot be opened");
    setvbuf(form.file, NULL, _IONBF, 0);
    set_common(curl, run, "apiaccess/ccmessaging/uploadFileStream", headers);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_json);
    curl_easy_setopt(curl, CURLOPT_READDATA, &form);
    perform_upload(curl, "objectKey");
    fclose(form.file);
    curl_slist_free_all(headers);
}

/* The same in memory, step by step. */
static void huawei_in_memory(CURL *curl, const struct run *run)
{
    struct curl_slist *headers = huawei_headers(1);
    size_t size, length;
    unsigned char *data = read_file(run->file, &size);
    char *text = base64(data, size, &length);
    char *body = malloc(sizeof JSON_PREFIX + length + 2);
    if (body == NULL)
        die("json", "no memory");
    memcpy(body, JSON_PREFIX, sizeof JSON_PREFIX - 1);
    memcpy(body + sizeof JSON_PREFIX - 1, text, length);
    memcpy(body + sizeof JSON_PREFIX - 1 + length, "\"}", 2);
    length += sizeof JSON_PREFIX - 1 + 2;
    huawei_tokens(curl, run);
    set_common(curl, run, "apiaccess/ccmessaging/uploadFileStream", headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    perform_upload(curl, "objectKey");
    free(body);
    free(text);
    free(data);
    curl_slist_free_all(headers);
}

/* --- SMH: begin, PUT, confirm; no checksum is made ------------------------- */

static void smh_simple(CURL *curl, const struct run *run)
{
    struct curl_slist *json = curl_slist_append(curl_slist_append(NULL, "Expect:"), "Content-Type: application/json");
    struct curl_slist *store = curl_slist_append(curl_slist_append(NULL, "Expect:"), "x-cos-acl: private");
    FILE *file = fopen(run->file, "rb");
    if (file == NULL)
        die(run->file, "cannot be opened");
    set_common(curl, run, "api/v1/file/smh0123456789/-/source.bin?access_token=acctk0123456789", json);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{}");
    perform_upload(curl, "confirmKey");
    set_common(curl, run, "store/source.bin", store);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READDATA, file);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)run->size);
    perform_upload(curl, "");
    set_common(curl, run, "api/v1/file/smh0123456789/-/0123456789?confirm&access_token=acctk0123456789", json);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{}");
    perform_upload(curl, "\"path\"");
    fclose(file);
    curl_slist_free_all(json);
    curl_slist_free_all(store);
}

/* --- SMH in parts: each thread takes the next part, on a handle of its own ---- */

/* What the threads share. */
struct parts {
    const struct run *run;
    pthread_mutex_t lock;
    uint64_t next;
};

/* The rest of a part. */
struct part {
    FILE *file;
    uint64_t left;
};

static size_t give_part(char *out, size_t size, size_t count, void *user)
{
    struct part *part = user;
    size *= count;
    if (size > part->left)
        size = (size_t)part->left;
    size = fread(out, 1, size, part->file);
    part->left -= size;
    return size;
}

static void *put_parts(void *user)
{
    struct parts *parts = user;
    const struct run *run = parts->run;
    CURL *curl = curl_easy_init();
    struct curl_slist *store = curl_slist_append(curl_slist_append(NULL, "Expect:"), "x-cos-acl: private");
    struct part part;
    part.file = fopen(run->file, "rb");
    if (curl == NULL || part.file == NULL)
        die(run->file, "cannot be opened");
    setvbuf(part.file, NULL, _IONBF, 0);
    for (;;) {
        char path[96];
        uint64_t at;
        pthread_mutex_lock(&parts->lock);
        at = parts->next;
        parts->next += PART_SIZE;
        pthread_mutex_unlock(&parts->lock);
        if (at >= run->size)
            break;
        part.left = run->size - at < PART_SIZE ? run->size - at : PART_SIZE;
        fseek(part.file, (long)at, SEEK_SET);
        snprintf(path, sizeof path, "store/source.bin?partNumber=%d&uploadId=1", (int)(at / PART_SIZE) + 1);
        set_common(curl, run, path, store);
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_part);
        curl_easy_setopt(curl, CURLOPT_READDATA, &part);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)part.left);
        perform_upload(curl, "");
    }
    fclose(part.file);
    curl_slist_free_all(store);
    curl_easy_cleanup(curl);
    return NULL;
}

static void smh_parts(CURL *curl, const struct run *run)
{
    struct curl_slist *json = curl_slist_append(curl_slist_append(NULL, "Expect:"), "Content-Type: application/json");
    struct parts parts = { run, PTHREAD_MUTEX_INITIALIZER, 0 };
    set_common(curl, run, "api/v1/file/smh0123456789/-/source.bin?multipart&access_token=acctk0123456789", json);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{}");
    perform_upload(curl, "confirmKey");
    in_threads(put_parts, &parts);
    set_common(curl, run, "api/v1/file/smh0123456789/-/0123456789?confirm&access_token=acctk0123456789", json);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{}");
    perform_upload(curl, "\"path\"");
    curl_slist_free_all(json);
}

static void download(CURL *curl, const struct run *run)
{
    struct curl_slist *headers = easemob_headers();
    char path[64];
    curl_off_t size = 0;
    FILE *file;
    remove(run->file); /* so that all give the old pages back first */
    file = fopen(run->file, "wb");
    if (file == NULL)
        die(run->file, "cannot be written");
    snprintf(path, sizeof path, "org/app/chatfiles/%llu", (unsigned long long)run->size);
    set_common(curl, run, path, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_file);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, file);
    perform(curl);
    if (fclose(file) != 0)
        die(run->file, "cannot be written");
    curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T, &size);
    if ((uint64_t)size != run->size)
        die(run->file, "wrong size");
    curl_slist_free_all(headers);
}

/* A file in memory; room for all of it is made when its length is known. */
struct memory {
    CURL *curl;
    char *data;
    size_t size, room;
};

static size_t take_memory(char *data, size_t size, size_t count, void *user)
{
    struct memory *memory = user;
    size *= count;
    if (memory->data == NULL) {
        curl_off_t length = 0;
        curl_easy_getinfo(memory->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        memory->room = (size_t)length;
        memory->data = malloc(memory->room + 1);
    }
    if (memory->data == NULL || memory->room - memory->size < size)
        return 0;
    memcpy(memory->data + memory->size, data, size);
    memory->size += size;
    return size;
}

static void download_to_memory(CURL *curl, const struct run *run)
{
    struct curl_slist *headers = easemob_headers();
    struct memory memory = { curl, NULL, 0, 0 };
    char path[64];
    snprintf(path, sizeof path, "org/app/chatfiles/%llu", (unsigned long long)run->size);
    set_common(curl, run, path, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_memory);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &memory);
    perform(curl);
    if (memory.size != run->size)
        die(run->job, "wrong size");
    if (strcmp(run->job, "memory-download") == 0)
        keep(run, memory.data, memory.size);
    free(memory.data);
    curl_slist_free_all(headers);
}

typedef void (*job_fn)(CURL *, const struct run *);

static job_fn find_job(const char *name)
{
    static const struct {
        const char *name;
        job_fn job;
    } JOBS[] = {
        { "easemob-upload", easemob_upload },
        { "netease-multipart", netease_multipart },
        { "netease-form", netease_form },
        { "netease-form-in-memory", netease_form_in_memory },
        { "json-upload", huawei_upload },
        { "json-upload-in-memory", huawei_in_memory },
        { "smh-simple", smh_simple },
        { "smh-parts", smh_parts },
        { "download", download },
        { "memory-download", download_to_memory },
        { "threads-upload", easemob_upload },
        { "threads-download", download_to_memory },
        { "tls-upload", easemob_upload },
        { "tls-download", download },
    };
    size_t i;
    for (i = 0; i < sizeof JOBS / sizeof *JOBS; i++) {
        if (strcmp(name, JOBS[i].name) == 0)
            return JOBS[i].job;
    }
    die(name, "no such job");
    return NULL;
}

/* A share of the work, on a handle of its own. */
static void *work(void *user)
{
    const struct run *run = user;
    job_fn job = find_job(run->job);
    CURL *curl = curl_easy_init();
    long i;
    if (curl == NULL)
        die("libcurl", "no handle");
    for (i = 0; i < run->count; i++)
        job(curl, run);
    curl_easy_cleanup(curl);
    return NULL;
}

int main(int argc, char **argv)
{
    struct run run = parse(argc, argv);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    begin();
    make_pairs();
    make_twos();
    if (strncmp(run.job, "threads-", 8) == 0) {
        run.count /= THREADS;
        in_threads(work, &run);
    } else {
        work(&run);
    }
    end();
    return 0;
}

/* Uploads bytes to NetEase IM and downloads them again; prints "ok" and the versions of header and library. */
#include <chatfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than the buffers on the way. */
static unsigned char sent[300001];

static int failed(const char *what, const chatfile_error *error)
{
    fprintf(stderr, "%s: %s\n", what, chatfile_error_message(error));
    return 1;
}

int main(void)
{
    chatfile_netease app = CHATFILE_NETEASE_INIT;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_client *client = NULL;
    chatfile_upload_result *stored = NULL;
    chatfile_download_result *back = NULL;
    chatfile_error *error = NULL;
    size_t at;

    sink.to_memory = 1;
    if (chatfile_version_check(CHATFILE_VERSION_NUMBER, &error) != CHATFILE_OK)
        return failed("version", error);
    /* A program with the header of a later minor version is told so. */
    if (chatfile_version_check(CHATFILE_VERSION_NUMBER + 1000, &error) != CHATFILE_E_STRUCT ||
        strstr(chatfile_error_message(error), CHATFILE_VERSION) == NULL)
        return failed("a newer header", error);
    chatfile_error_free(error);

    for (at = 0; at < sizeof sent; at++)
        sent[at] = (unsigned char)(at * 7 + at / 251);
    app.base_url = getenv("NETEASE_BASE_URL");
    app.app_key = getenv("NETEASE_APP_KEY");
    app.app_secret = getenv("NETEASE_APP_SECRET");
    source.data = sent;
    source.data_size = sizeof sent;
    if (chatfile_open_netease(&app, NULL, &client, &error) != CHATFILE_OK)
        return failed("open", error);
    if (chatfile_upload(client, &source, NULL, &stored, &error) != CHATFILE_OK)
        return failed("upload", error);
    if (chatfile_download(client, chatfile_upload_result_file(stored), &sink, NULL, &back, &error) != CHATFILE_OK)
        return failed("download", error);
    if (chatfile_download_result_size(back) != sizeof sent ||
        memcmp(chatfile_download_result_data(back), sent, sizeof sent) != 0) {
        fputs("the bytes are not those that were sent\n", stderr);
        return 1;
    }
    printf("ok %s %s\n", CHATFILE_VERSION, chatfile_version());
    chatfile_download_result_free(back);
    chatfile_upload_result_free(stored);
    chatfile_client_free(client);
    return 0;
}

/*
 * How much memory one transfer takes: memory KIND BASE_URL PATH, where PATH is what to send or where to put what comes.
 * Prints by how many KiB the peak resident size exceeds what it was before the call. Linux.
 */
#include <chatfile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of /proc/self/status, in KiB. */
static long status(const char *name)
{
    char line[256];
    long value = -1;
    size_t length = strlen(name);
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            value = strtol(line + length + 1, NULL, 10);
    fclose(file);
    return value;
}

static void reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL)
        return;
    fputs("5", file);
    fclose(file);
}

static int report(chatfile_status outcome, chatfile_error *error, long before)
{
    if (outcome != CHATFILE_OK) {
        fprintf(stderr, "%s: %s\n", chatfile_status_name(outcome), chatfile_error_message(error));
        chatfile_error_free(error);
        return 1;
    }
    printf("%ld\n", status("VmHWM") - before);
    return 0;
}

static chatfile_client *open_client(int is_easemob, const char *base_url)
{
    chatfile_easemob easemob = CHATFILE_EASEMOB_INIT;
    chatfile_netease netease = CHATFILE_NETEASE_INIT;
    chatfile_client *client;
    easemob.base_url = netease.base_url = base_url;
    easemob.max_upload_size = netease.max_upload_size = (uint64_t)1 << 40;
    easemob.app_key = "org#app";
    easemob.client_id = "id";
    easemob.client_secret = "secret";
    netease.app_key = "key";
    netease.app_secret = "secret";
    if (is_easemob)
        chatfile_open_easemob(&easemob, NULL, &client, NULL);
    else
        chatfile_open_netease(&netease, NULL, &client, NULL);
    return client;
}

int main(int argc, char **argv)
{
    chatfile_client *client;
    chatfile_error *error;
    chatfile_status outcome;
    char file[200];
    long before;
    int is_easemob;
    if (argc != 4)
        return 2;
    is_easemob = strncmp(argv[1], "easemob", 7) == 0;
    client = open_client(is_easemob, argv[2]);
    if (client == NULL)
        return 2;
    reset_peak();
    before = status("VmRSS");
    if (strstr(argv[1], "download") != NULL) {
        chatfile_sink sink = CHATFILE_SINK_INIT;
        chatfile_download_result *result;
        sink.path = argv[3];
        sprintf(file, "%.150s/chatfiles/0-1", argv[2]);
        outcome = chatfile_download(client, file, &sink, NULL, &result, &error);
        chatfile_download_result_free(result);
    } else {
        chatfile_source source = CHATFILE_SOURCE_INIT;
        chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
        chatfile_netease_upload netease = CHATFILE_NETEASE_UPLOAD_INIT;
        chatfile_upload_result *result;
        source.path = argv[3];
        netease.method =
            strstr(argv[1], "form") != NULL ? CHATFILE_NETEASE_METHOD_BASE64 : CHATFILE_NETEASE_METHOD_FORM;
        options.netease = is_easemob ? NULL : &netease;
        outcome = chatfile_upload(client, &source, &options, &result, &error);
        chatfile_upload_result_free(result);
    }
    chatfile_client_free(client);
    return report(outcome, error, before);
}

/* The jobs done with chatfile. */
#define _DEFAULT_SOURCE
#include "bench.h"
#include <chatfile.h>

static void check(const chatfile_error *error) {
    if (error != NULL) die("chatfile", chatfile_error_message(error));
}

static chatfile_client *open_client(const struct run *run) {
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *client;
    chatfile_error *error;
    options.calls_per_second = 1000000; /* else it waits between tiny files */
    if (strncmp(run->job, "netease", 7) == 0) {
        chatfile_netease config = CHATFILE_NETEASE_INIT;
        config.base_url = run->base_url;
        config.app_key = "0123456789abcdef0123456789abcdef";
        config.app_secret = "0123456789ab";
        config.max_upload_size = UINT64_MAX;
        chatfile_open_netease(&config, &options, &client, &error);
    } else {
        chatfile_easemob config = CHATFILE_EASEMOB_INIT;
        config.base_url = run->base_url;
        config.app_key = "org#app";
        config.token = "YWMtF9QoiLBfEeaLW7Ez4VzH3g";
        config.max_upload_size = UINT64_MAX;
        chatfile_open_easemob(&config, &options, &client, &error);
    }
    check(error);
    return client;
}

static void upload(const chatfile_client *client, const struct run *run) {
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_netease_upload netease = CHATFILE_NETEASE_UPLOAD_INIT;
    chatfile_upload_result *result;
    chatfile_error *error;
    source.path = run->file;
    if (strcmp(run->job, "netease-form") == 0) {
        netease.method = CHATFILE_NETEASE_BASE64;
        options.netease = &netease;
    }
    chatfile_upload(client, &source, &options, &result, &error);
    check(error);
    if (chatfile_upload_result_size(result) != run->size) die(run->file, "wrong size");
    chatfile_upload_result_free(result);
}

static void download(const chatfile_client *client, const struct run *run) {
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_result *result;
    chatfile_error *error;
    char uuid[32];
    snprintf(uuid, sizeof uuid, "%llu", (unsigned long long)run->size);
    if (strcmp(run->job, "download") == 0) {
        sink.path = run->file;
        remove(run->file); /* so that all give the old pages back first */
    }
    chatfile_download(client, uuid, &sink, NULL, &result, &error);
    check(error);
    if (chatfile_download_result_size(result) != run->size) die(run->file, "wrong size");
    if (sink.path == NULL) keep(run, chatfile_download_result_data(result), run->size);
    chatfile_download_result_free(result);
}

int main(int argc, char **argv) {
    struct run run = parse(argc, argv);
    chatfile_client *client;
    long i;
    begin();
    client = open_client(&run);
    for (i = 0; i < run.count; i++) {
        if (strstr(run.job, "download") != NULL) {
            download(client, &run);
        } else {
            upload(client, &run);
        }
    }
    chatfile_client_free(client);
    end();
    return 0;
}

/* The jobs done with chatfile. */
#define _DEFAULT_SOURCE
#include "bench.h"
#include <chatfile.h>

static void check(const chatfile_error *error)
{
    if (error != NULL)
        die("chatfile", chatfile_error_message(error));
}

static chatfile_client *open_client(const struct run *run)
{
    chatfile_client_options options = CHATFILE_CLIENT_OPTIONS_INIT;
    chatfile_client *client;
    chatfile_error *error;
    options.calls_per_second = 1000000; /* else it waits between tiny files */
    if (strncmp(run->job, "tls-", 4) == 0)
        options.ca_certificates_path = ca_file(run);
    if (strcmp(run->job, "json-upload") == 0) {
        chatfile_huawei config = CHATFILE_HUAWEI_INIT;
        config.base_url = run->base_url;
        config.app_key = "0123456789";
        config.app_secret = "0123456789ab";
        config.channel_id = "1";
        config.user_id = "1";
        chatfile_open_huawei(&config, &options, &client, &error);
    } else if (strncmp(run->job, "smh-", 4) == 0) {
        chatfile_smh config = CHATFILE_SMH_INIT;
        config.base_url = run->base_url;
        config.library_id = "smh0123456789";
        config.access_token = "acctk0123456789";
        chatfile_open_smh(&config, &options, &client, &error);
    } else if (strncmp(run->job, "netease", 7) == 0) {
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

static void upload(const chatfile_client *client, const struct run *run)
{
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_netease_upload netease = CHATFILE_NETEASE_UPLOAD_INIT;
    chatfile_smh_upload smh = CHATFILE_SMH_UPLOAD_INIT;
    chatfile_huawei_upload huawei = CHATFILE_HUAWEI_UPLOAD_INIT;
    chatfile_upload_result *result;
    chatfile_error *error;
    source.path = run->file;
    if (strcmp(run->job, "netease-form") == 0) {
        netease.method = CHATFILE_NETEASE_METHOD_BASE64;
        options.netease = &netease;
    } else if (strcmp(run->job, "smh-simple") == 0) {
        smh.method = CHATFILE_SMH_METHOD_SIMPLE;
        smh.skip_instant = 1;
        options.smh = &smh;
    } else if (strcmp(run->job, "smh-parts") == 0) {
        smh.method = CHATFILE_SMH_METHOD_PARTS;
        smh.part_size = PART_SIZE;
        smh.skip_instant = 1;
        options.smh = &smh;
        options.parallel_parts = THREADS;
    } else if (strcmp(run->job, "json-upload") == 0) {
        huawei.file_type = "jpg";
        options.huawei = &huawei;
    }
    chatfile_upload(client, &source, &options, &result, &error);
    check(error);
    if (chatfile_upload_result_size(result) != run->size)
        die(run->file, "wrong size");
    chatfile_upload_result_free(result);
}

static void download(const chatfile_client *client, const struct run *run)
{
    chatfile_sink sink = CHATFILE_SINK_INIT;
    chatfile_download_result *result;
    chatfile_error *error;
    char uuid[32];
    snprintf(uuid, sizeof uuid, "%llu", (unsigned long long)run->size);
    if (strcmp(run->job, "download") == 0 || strcmp(run->job, "tls-download") == 0) {
        sink.path = run->file;
        remove(run->file); /* so that all give the old pages back first */
    } else {
        sink.to_memory = 1;
    }
    chatfile_download(client, uuid, &sink, NULL, &result, &error);
    check(error);
    if (chatfile_download_result_size(result) != run->size)
        die(run->file, "wrong size");
    if (strcmp(run->job, "memory-download") == 0)
        keep(run, chatfile_download_result_data(result), run->size);
    chatfile_download_result_free(result);
}

/* A share of the work, on a client that is shared. */
struct share {
    const chatfile_client *client;
    const struct run *run;
    long count;
};

static void *work(void *user)
{
    const struct share *share = user;
    long i;
    for (i = 0; i < share->count; i++) {
        if (is_download(share->run)) {
            download(share->client, share->run);
        } else {
            upload(share->client, share->run);
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct run run = parse(argc, argv);
    chatfile_client *client;
    struct share share;
    begin();
    client = open_client(&run);
    share.client = client;
    share.run = &run;
    share.count = run.count;
    if (strncmp(run.job, "threads-", 8) == 0) {
        share.count /= THREADS;
        in_threads(work, &share);
    } else {
        work(&share);
    }
    chatfile_client_free(client);
    end();
    return 0;
}

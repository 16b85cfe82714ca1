/*
 * The keys of a line as structures of the C ABI.
 *
 * Made from include/chatfile.h by cargo xtask bindings; do not edit.
 */
#ifndef DRIVER_FIELDS_H
#define DRIVER_FIELDS_H

#include <chatfile.h>

#include "driver_line.h"

static void fill_client_options(chatfile_client_options *to)
{
    to->user_agent = text("user_agent");
    to->connect_timeout_ms = (uint32_t)number("connect_timeout_ms");
    to->stall_timeout_ms = (uint32_t)number("stall_timeout_ms");
    to->deadline_ms = (uint32_t)number("deadline_ms");
    to->max_attempts = (uint32_t)number("max_attempts");
    to->retry_delay_ms = (uint32_t)number("retry_delay_ms");
    to->retry_time_ms = (uint32_t)number("retry_time_ms");
    to->calls_per_second = (uint32_t)number("calls_per_second");
    to->upload_rate = (uint64_t)number("upload_rate");
    to->download_rate = (uint64_t)number("download_rate");
    to->fallback_urls = text("fallback_urls");
    to->resolve = text("resolve");
    to->ip_version = (chatfile_ip_version)number("ip_version");
    to->proxy = text("proxy");
    to->no_proxy = text("no_proxy");
    to->proxy_from_environment = (int32_t)number("proxy_from_environment");
    to->allow_plain_http = (int32_t)number("allow_plain_http");
    to->refuse_private_addresses = (int32_t)number("refuse_private_addresses");
    to->log_level = (chatfile_log_level)number("log_level");
    to->trace = (int32_t)number("trace");
    to->trust = (chatfile_trust)number("trust");
    to->ca_certificates = file_of("ca_certificates", &to->ca_certificates_size);
    to->ca_certificates_path = text("ca_certificates_path");
    to->client_certificate = file_of("client_certificate", NULL);
    to->client_key = file_of("client_key", NULL);
}

static int has_client_options(void)
{
    return has("user_agent") ||
           has("connect_timeout_ms") ||
           has("stall_timeout_ms") ||
           has("deadline_ms") ||
           has("max_attempts") ||
           has("retry_delay_ms") ||
           has("retry_time_ms") ||
           has("calls_per_second") ||
           has("upload_rate") ||
           has("download_rate") ||
           has("fallback_urls") ||
           has("resolve") ||
           has("ip_version") ||
           has("proxy") ||
           has("no_proxy") ||
           has("proxy_from_environment") ||
           has("allow_plain_http") ||
           has("refuse_private_addresses") ||
           has("log_level") ||
           has("trace") ||
           has("trust") ||
           has("ca_certificates") ||
           has("ca_certificates_path") ||
           has("client_certificate") ||
           has("client_key");
}

static void fill_easemob_upload(chatfile_easemob_upload *to)
{
    to->restrict_access = (int32_t)number("restrict_access");
    to->thumbnail_width = (uint32_t)number("thumbnail_width");
    to->thumbnail_height = (uint32_t)number("thumbnail_height");
}

static void fill_netease_upload(chatfile_netease_upload *to)
{
    to->method = (chatfile_netease_method)number("method");
    to->plain_http_url = (int32_t)number("plain_http_url");
    to->tag = text("tag");
    to->ttl_seconds = (uint64_t)number("ttl_seconds");
}

static void fill_huawei_upload(chatfile_huawei_upload *to)
{
    to->file_type = text("file_type");
}

static void fill_smh_upload(chatfile_smh_upload *to)
{
    to->directory = text("directory");
    to->labels = texts("labels", &to->label_count);
    to->category = text("category");
    to->local_creation_time = text("local_creation_time");
    to->local_modification_time = text("local_modification_time");
    to->content_cas = text("content_cas");
    to->part_size = (uint64_t)number("part_size");
    to->traffic_limit = (uint64_t)number("traffic_limit");
    to->method = (chatfile_smh_method)number("method");
    to->conflict = (chatfile_smh_conflict)number("conflict");
    to->create_directories = (int32_t)number("create_directories");
    to->skip_instant = (int32_t)number("skip_instant");
    to->prefer_same_origin = (int32_t)number("prefer_same_origin");
}

static void fill_openim_upload(chatfile_openim_upload *to)
{
    to->name = text("name");
    to->group = text("group");
    to->cause = text("cause");
    to->method = (chatfile_openim_method)number("method");
    to->absolute = (int32_t)number("absolute");
}

/* chatfile_upload_options with what hangs off it. */
struct upload_options {
    chatfile_upload_options options;
    chatfile_easemob_upload easemob;
    chatfile_netease_upload netease;
    chatfile_huawei_upload huawei;
    chatfile_smh_upload smh;
    chatfile_openim_upload openim;
};

static void fill_upload_options(struct upload_options *all)
{
    const struct upload_options none = {
        CHATFILE_UPLOAD_OPTIONS_INIT,
        CHATFILE_EASEMOB_UPLOAD_INIT,
        CHATFILE_NETEASE_UPLOAD_INIT,
        CHATFILE_HUAWEI_UPLOAD_INIT,
        CHATFILE_SMH_UPLOAD_INIT,
        CHATFILE_OPENIM_UPLOAD_INIT,
    };
    *all = none;
    all->options.file_name = text("file_name");
    all->options.media_type = text("media_type");
    all->options.parallel_parts = (uint32_t)number("parallel_parts");
    all->options.resumable = (int32_t)number("resumable");
    all->options.resume_token = text("resume_token");
    all->options.checkpoint = text("checkpoint");
    all->options.compute_md5 = (int32_t)number("compute_md5");
    all->options.compute_sha256 = (int32_t)number("compute_sha256");
    all->options.compute_crc64 = (int32_t)number("compute_crc64");
    all->options.message = (chatfile_message_kind)number("message");
    all->options.media_width = (uint32_t)number("media_width");
    all->options.media_height = (uint32_t)number("media_height");
    all->options.media_duration_ms = (uint32_t)number("media_duration_ms");
    fill_easemob_upload(&all->easemob);
    all->options.easemob = has("easemob") ? &all->easemob : NULL;
    fill_netease_upload(&all->netease);
    all->options.netease = has("netease") ? &all->netease : NULL;
    fill_huawei_upload(&all->huawei);
    all->options.huawei = has("huawei") ? &all->huawei : NULL;
    fill_smh_upload(&all->smh);
    all->options.smh = has("smh") ? &all->smh : NULL;
    fill_openim_upload(&all->openim);
    all->options.openim = has("openim") ? &all->openim : NULL;
}

static void fill_abort_upload_options(chatfile_abort_upload_options *to)
{
    to->resume_token = text("resume_token");
    to->checkpoint = text("checkpoint");
}

static void fill_easemob_download(chatfile_easemob_download *to)
{
    to->share_secret = text("share_secret");
}

static void fill_huawei_download(chatfile_huawei_download *to)
{
    to->file_type = text("file_type");
    to->media_library = (int32_t)number("media_library");
}

static void fill_smh_download(chatfile_smh_download *to)
{
    to->version = text("version");
    to->traffic_limit = (uint64_t)number("traffic_limit");
    to->link_ttl_seconds = (uint64_t)number("link_ttl_seconds");
    to->disposition = (chatfile_smh_disposition)number("disposition");
}

static void fill_openim_download(chatfile_openim_download *to)
{
    to->thumbnail_format = text("thumbnail_format");
}

/* chatfile_download_options with what hangs off it. */
struct download_options {
    chatfile_download_options options;
    chatfile_easemob_download easemob;
    chatfile_huawei_download huawei;
    chatfile_smh_download smh;
    chatfile_openim_download openim;
};

static void fill_download_options(struct download_options *all)
{
    const struct download_options none = {
        CHATFILE_DOWNLOAD_OPTIONS_INIT,
        CHATFILE_EASEMOB_DOWNLOAD_INIT,
        CHATFILE_HUAWEI_DOWNLOAD_INIT,
        CHATFILE_SMH_DOWNLOAD_INIT,
        CHATFILE_OPENIM_DOWNLOAD_INIT,
    };
    *all = none;
    all->options.max_size = (uint64_t)number("max_size");
    all->options.offset = (uint64_t)number("offset");
    all->options.length = (uint64_t)number("length");
    all->options.expected_size = (uint64_t)number("expected_size");
    all->options.expect_empty = has("expected_size") && all->options.expected_size == 0;
    all->options.expected_md5 = text("expected_md5");
    all->options.expected_sha256 = text("expected_sha256");
    all->options.expected_crc64 = text("expected_crc64");
    all->options.referer = text("referer");
    all->options.thumbnail = (chatfile_thumbnail_kind)number("thumbnail");
    all->options.thumbnail_width = (uint32_t)number("thumbnail_width");
    all->options.thumbnail_height = (uint32_t)number("thumbnail_height");
    all->options.resume = (int32_t)number("resume");
    all->options.durable = (int32_t)number("durable");
    all->options.parallel_parts = (uint32_t)number("parallel_parts");
    fill_easemob_download(&all->easemob);
    all->options.easemob = has("easemob") ? &all->easemob : NULL;
    fill_huawei_download(&all->huawei);
    all->options.huawei = has("huawei") ? &all->huawei : NULL;
    fill_smh_download(&all->smh);
    all->options.smh = has("smh") ? &all->smh : NULL;
    fill_openim_download(&all->openim);
    all->options.openim = has("openim") ? &all->openim : NULL;
}

static void fill_list_options(chatfile_list_options *to)
{
    to->marker = text("marker");
    to->limit = (uint32_t)number("limit");
    to->versions = (int32_t)number("versions");
}

static void fill_smh_delete(chatfile_smh_delete *to)
{
    to->permanent = (int32_t)number("permanent");
}

/* chatfile_delete_options with what hangs off it. */
struct delete_options {
    chatfile_delete_options options;
    chatfile_smh_delete smh;
};

static void fill_delete_options(struct delete_options *all)
{
    const struct delete_options none = {
        CHATFILE_DELETE_OPTIONS_INIT,
        CHATFILE_SMH_DELETE_INIT,
    };
    *all = none;
    fill_smh_delete(&all->smh);
    all->options.smh = has("smh") ? &all->smh : NULL;
}

static void fill_check_options(chatfile_check_options *to)
{
    to->store = (int32_t)number("store");
}

static void fill_easemob(chatfile_easemob *to)
{
    to->base_url = text("base_url");
    to->app_key = text("app_key");
    to->client_id = text("client_id");
    to->client_secret = text("client_secret");
    to->username = text("username");
    to->password = text("password");
    to->token = text("token");
    to->token_ttl_seconds = (uint64_t)number("token_ttl_seconds");
    to->max_upload_size = (uint64_t)number("max_upload_size");
}

static void fill_netease(chatfile_netease *to)
{
    to->base_url = text("base_url");
    to->app_key = text("app_key");
    to->app_secret = text("app_secret");
    to->max_upload_size = (uint64_t)number("max_upload_size");
}

static void fill_netease_delete_task(chatfile_netease_delete_task *to)
{
    to->start_time_ms = (int64_t)number("start_time_ms");
    to->end_time_ms = (int64_t)number("end_time_ms");
    to->media_type = text("media_type");
    to->tag = text("tag");
}

static void fill_huawei(chatfile_huawei *to)
{
    to->base_url = text("base_url");
    to->app_key = text("app_key");
    to->app_secret = text("app_secret");
    to->channel_id = text("channel_id");
    to->user_id = text("user_id");
    to->user_name = text("user_name");
    to->locale = text("locale");
    to->token_ttl_seconds = (uint64_t)number("token_ttl_seconds");
    to->max_upload_size = (uint64_t)number("max_upload_size");
}

static void fill_smh(chatfile_smh *to)
{
    to->base_url = text("base_url");
    to->library_id = text("library_id");
    to->library_secret = text("library_secret");
    to->access_token = text("access_token");
    to->space_id = text("space_id");
    to->user_id = text("user_id");
    to->client_id = text("client_id");
    to->session_id = text("session_id");
    to->grant = text("grant");
    to->token_ttl_seconds = (uint64_t)number("token_ttl_seconds");
    to->private_deployment = (int32_t)number("private_deployment");
    to->ask_access_token = (int32_t)number("ask_access_token");
}

static void fill_openim(chatfile_openim *to)
{
    to->base_url = text("base_url");
    to->user_id = text("user_id");
    to->token = text("token");
    to->admin_secret = text("admin_secret");
    to->admin_user_id = text("admin_user_id");
    to->platform = (uint32_t)number("platform");
    to->ask_admin_secret = (int32_t)number("ask_admin_secret");
    to->max_upload_size = (uint64_t)number("max_upload_size");
}

/* X(name, INIT) for each service. */
#define EACH_SERVICE(X) \
    X(easemob, CHATFILE_EASEMOB_INIT) \
    X(netease, CHATFILE_NETEASE_INIT) \
    X(huawei, CHATFILE_HUAWEI_INIT) \
    X(smh, CHATFILE_SMH_INIT) \
    X(openim, CHATFILE_OPENIM_INIT)

#endif

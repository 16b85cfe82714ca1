/*
 * The keys of a line as options of the C++ API.
 *
 * Made from include/chatfile.h by cargo xtask bindings; do not edit.
 */
#ifndef DRIVER_FIELDS_HPP
#define DRIVER_FIELDS_HPP

#include <chatfile.hpp>

#include "driver_line.hpp"

inline chatfile::client_options client_options_of(const line &in)
{
    chatfile::client_options to;
    to.user_agent = in.text("user_agent");
    to.connect_timeout = in.milliseconds("connect_timeout_ms");
    to.stall_timeout = in.milliseconds("stall_timeout_ms");
    to.deadline = in.milliseconds("deadline_ms");
    to.max_attempts = in.u32("max_attempts");
    to.retry_delay = in.milliseconds("retry_delay_ms");
    to.retry_time = in.milliseconds("retry_time_ms");
    to.calls_per_second = in.u32("calls_per_second");
    to.upload_rate = in.u64("upload_rate");
    to.download_rate = in.u64("download_rate");
    to.fallback_urls = in.text("fallback_urls");
    to.resolve = in.text("resolve");
    to.ip_version = static_cast<chatfile::ip_version>(in.number("ip_version"));
    to.proxy = in.text("proxy");
    to.no_proxy = in.text("no_proxy");
    to.proxy_from_environment = in.flag("proxy_from_environment");
    to.allow_plain_http = in.flag("allow_plain_http");
    to.refuse_private_addresses = in.flag("refuse_private_addresses");
    to.log_level = static_cast<chatfile::log_level>(in.number("log_level"));
    to.trace = in.flag("trace");
    to.trust = static_cast<chatfile::trust>(in.number("trust"));
    to.ca_certificates = in.content("ca_certificates");
    to.ca_certificates_path = in.path("ca_certificates_path");
    to.client_certificate = in.content("client_certificate");
    to.client_key = in.content("client_key");
    return to;
}

inline chatfile::easemob_upload easemob_upload_of(const line &in)
{
    chatfile::easemob_upload to;
    to.restrict_access = in.flag("restrict_access");
    to.thumbnail_width = in.u32("thumbnail_width");
    to.thumbnail_height = in.u32("thumbnail_height");
    return to;
}

inline chatfile::netease_upload netease_upload_of(const line &in)
{
    chatfile::netease_upload to;
    to.method = static_cast<chatfile::netease_method>(in.number("method"));
    to.plain_http_url = in.flag("plain_http_url");
    to.tag = in.text("tag");
    to.ttl = in.seconds("ttl_seconds");
    return to;
}

inline chatfile::huawei_upload huawei_upload_of(const line &in)
{
    chatfile::huawei_upload to;
    to.file_type = in.text("file_type");
    return to;
}

inline chatfile::smh_upload smh_upload_of(const line &in)
{
    chatfile::smh_upload to;
    to.directory = in.text("directory");
    to.labels = in.texts("labels");
    to.category = in.text("category");
    to.local_creation_time = in.text("local_creation_time");
    to.local_modification_time = in.text("local_modification_time");
    to.content_cas = in.text("content_cas");
    to.part_size = in.u64("part_size");
    to.traffic_limit = in.u64("traffic_limit");
    to.method = static_cast<chatfile::smh_method>(in.number("method"));
    to.conflict = static_cast<chatfile::smh_conflict>(in.number("conflict"));
    to.create_directories = in.flag("create_directories");
    to.skip_instant = in.flag("skip_instant");
    to.prefer_same_origin = in.flag("prefer_same_origin");
    return to;
}

inline chatfile::openim_upload openim_upload_of(const line &in)
{
    chatfile::openim_upload to;
    to.name = in.text("name");
    to.group = in.text("group");
    to.cause = in.text("cause");
    to.method = static_cast<chatfile::openim_method>(in.number("method"));
    to.absolute = in.flag("absolute");
    return to;
}

inline chatfile::upload_options upload_options_of(const line &in)
{
    chatfile::upload_options to;
    to.file_name = in.text("file_name");
    to.media_type = in.text("media_type");
    to.parallel_parts = in.u32("parallel_parts");
    to.resumable = in.flag("resumable");
    to.resume_token = in.text("resume_token");
    to.checkpoint = in.path("checkpoint");
    to.compute_md5 = in.flag("compute_md5");
    to.compute_sha256 = in.flag("compute_sha256");
    to.compute_crc64 = in.flag("compute_crc64");
    to.message = static_cast<chatfile::message_kind>(in.number("message"));
    to.media_width = in.u32("media_width");
    to.media_height = in.u32("media_height");
    to.media_duration = in.milliseconds("media_duration_ms");
    if (in.has("easemob"))
        to.easemob = easemob_upload_of(in);
    if (in.has("netease"))
        to.netease = netease_upload_of(in);
    if (in.has("huawei"))
        to.huawei = huawei_upload_of(in);
    if (in.has("smh"))
        to.smh = smh_upload_of(in);
    if (in.has("openim"))
        to.openim = openim_upload_of(in);
    return to;
}

inline chatfile::abort_upload_options abort_upload_options_of(const line &in)
{
    chatfile::abort_upload_options to;
    to.resume_token = in.text("resume_token");
    to.checkpoint = in.path("checkpoint");
    return to;
}

inline chatfile::easemob_download easemob_download_of(const line &in)
{
    chatfile::easemob_download to;
    to.share_secret = in.text("share_secret");
    return to;
}

inline chatfile::huawei_download huawei_download_of(const line &in)
{
    chatfile::huawei_download to;
    to.file_type = in.word("file_type");
    to.media_library = in.flag("media_library");
    return to;
}

inline chatfile::smh_download smh_download_of(const line &in)
{
    chatfile::smh_download to;
    to.version = in.text("version");
    to.traffic_limit = in.u64("traffic_limit");
    to.link_ttl = in.seconds("link_ttl_seconds");
    to.disposition = static_cast<chatfile::smh_disposition>(in.number("disposition"));
    return to;
}

inline chatfile::openim_download openim_download_of(const line &in)
{
    chatfile::openim_download to;
    to.thumbnail_format = in.text("thumbnail_format");
    return to;
}

inline chatfile::download_options download_options_of(const line &in)
{
    chatfile::download_options to;
    to.max_size = in.u64("max_size");
    to.offset = in.u64("offset");
    to.length = in.u64("length");
    to.expected_size = in.known("expected_size");
    to.expected_md5 = in.text("expected_md5");
    to.expected_sha256 = in.text("expected_sha256");
    to.expected_crc64 = in.text("expected_crc64");
    to.referer = in.text("referer");
    to.thumbnail = static_cast<chatfile::thumbnail_kind>(in.number("thumbnail"));
    to.thumbnail_width = in.u32("thumbnail_width");
    to.thumbnail_height = in.u32("thumbnail_height");
    to.resume = in.flag("resume");
    to.durable = in.flag("durable");
    to.parallel_parts = in.u32("parallel_parts");
    if (in.has("easemob"))
        to.easemob = easemob_download_of(in);
    if (in.has("huawei"))
        to.huawei = huawei_download_of(in);
    if (in.has("smh"))
        to.smh = smh_download_of(in);
    if (in.has("openim"))
        to.openim = openim_download_of(in);
    return to;
}

inline chatfile::list_options list_options_of(const line &in)
{
    chatfile::list_options to;
    to.marker = in.text("marker");
    to.limit = in.u32("limit");
    to.versions = in.flag("versions");
    return to;
}

inline chatfile::smh_delete smh_delete_of(const line &in)
{
    chatfile::smh_delete to;
    to.permanent = in.flag("permanent");
    return to;
}

inline chatfile::delete_options delete_options_of(const line &in)
{
    chatfile::delete_options to;
    if (in.has("smh"))
        to.smh = smh_delete_of(in);
    return to;
}

inline chatfile::check_options check_options_of(const line &in)
{
    chatfile::check_options to;
    to.store = in.flag("store");
    return to;
}

inline chatfile::easemob easemob_of(const line &in)
{
    chatfile::easemob to;
    to.base_url = in.text("base_url");
    to.app_key = in.word("app_key");
    to.client_id = in.text("client_id");
    to.client_secret = in.text("client_secret");
    to.username = in.text("username");
    to.password = in.text("password");
    to.token = in.text("token");
    to.token_ttl = in.seconds("token_ttl_seconds");
    to.max_upload_size = in.u64("max_upload_size");
    return to;
}

inline chatfile::netease netease_of(const line &in)
{
    chatfile::netease to;
    to.base_url = in.text("base_url");
    to.app_key = in.word("app_key");
    to.app_secret = in.text("app_secret");
    to.max_upload_size = in.u64("max_upload_size");
    return to;
}

inline chatfile::netease_delete_task netease_delete_task_of(const line &in)
{
    chatfile::netease_delete_task to;
    to.start_time = chatfile::time_ms(in.milliseconds("start_time_ms"));
    to.end_time = chatfile::time_ms(in.milliseconds("end_time_ms"));
    to.media_type = in.text("media_type");
    to.tag = in.text("tag");
    return to;
}

inline chatfile::huawei huawei_of(const line &in)
{
    chatfile::huawei to;
    to.base_url = in.word("base_url");
    to.app_key = in.word("app_key");
    to.app_secret = in.text("app_secret");
    to.channel_id = in.word("channel_id");
    to.user_id = in.word("user_id");
    to.user_name = in.text("user_name");
    to.locale = in.text("locale");
    to.token_ttl = in.seconds("token_ttl_seconds");
    to.max_upload_size = in.u64("max_upload_size");
    return to;
}

inline chatfile::smh smh_of(const line &in)
{
    chatfile::smh to;
    to.base_url = in.text("base_url");
    to.library_id = in.word("library_id");
    to.library_secret = in.text("library_secret");
    to.access_token = in.text("access_token");
    to.space_id = in.text("space_id");
    to.user_id = in.text("user_id");
    to.client_id = in.text("client_id");
    to.session_id = in.text("session_id");
    to.grant = in.text("grant");
    to.token_ttl = in.seconds("token_ttl_seconds");
    to.private_deployment = in.flag("private_deployment");
    to.ask_access_token = in.flag("ask_access_token");
    return to;
}

inline chatfile::openim openim_of(const line &in)
{
    chatfile::openim to;
    to.base_url = in.word("base_url");
    to.user_id = in.word("user_id");
    to.token = in.text("token");
    to.admin_secret = in.text("admin_secret");
    to.admin_user_id = in.text("admin_user_id");
    to.platform = in.u32("platform");
    to.ask_admin_secret = in.flag("ask_admin_secret");
    to.max_upload_size = in.u64("max_upload_size");
    return to;
}

/* X(name) for each service. */
#define EACH_SERVICE(X) \
    X(easemob) \
    X(netease) \
    X(huawei) \
    X(smh) \
    X(openim)

#endif

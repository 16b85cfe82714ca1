"""The keys of a line as options of the package.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

import chatfile


def easemob(line, **more):
    return chatfile.Easemob(
        app_key=line.get("app_key"),
        client_id=line.get("client_id"),
        client_secret=line.get("client_secret"),
        username=line.get("username"),
        password=line.get("password"),
        token=line.get("token"),
        token_ttl=line.seconds("token_ttl_seconds", 1),
        max_upload_size=line.number("max_upload_size") or None,
        base_url=line.get("base_url"),
        **more,
    )


def netease(line, **more):
    return chatfile.Netease(
        app_key=line.get("app_key"),
        app_secret=line.get("app_secret"),
        max_upload_size=line.number("max_upload_size") or None,
        base_url=line.get("base_url"),
        **more,
    )


def huawei(line, **more):
    return chatfile.Huawei(
        base_url=line.get("base_url"),
        app_key=line.get("app_key"),
        channel_id=line.get("channel_id"),
        user_id=line.get("user_id"),
        app_secret=line.get("app_secret"),
        user_name=line.get("user_name"),
        locale=line.get("locale"),
        token_ttl=line.seconds("token_ttl_seconds", 1),
        max_upload_size=line.number("max_upload_size") or None,
        **more,
    )


def smh(line, **more):
    return chatfile.Smh(
        library_id=line.get("library_id"),
        library_secret=line.get("library_secret"),
        access_token=line.get("access_token"),
        space_id=line.get("space_id"),
        user_id=line.get("user_id"),
        client_id=line.get("client_id"),
        session_id=line.get("session_id"),
        grant=line.get("grant"),
        token_ttl=line.seconds("token_ttl_seconds", 1),
        private_deployment=line.flag("private_deployment"),
        ask_access_token=line.flag("ask_access_token"),
        base_url=line.get("base_url"),
        **more,
    )


def openim(line, **more):
    return chatfile.Openim(
        base_url=line.get("base_url"),
        user_id=line.get("user_id"),
        token=line.get("token"),
        admin_secret=line.get("admin_secret"),
        admin_user_id=line.get("admin_user_id"),
        platform=line.number("platform") or None,
        ask_admin_secret=line.flag("ask_admin_secret"),
        max_upload_size=line.number("max_upload_size") or None,
        **more,
    )


def client_options(line, **more):
    return chatfile.ClientOptions(
        user_agent=line.get("user_agent"),
        connect_timeout=line.seconds("connect_timeout_ms", 1000),
        stall_timeout=line.seconds("stall_timeout_ms", 1000),
        deadline=line.seconds("deadline_ms", 1000),
        max_attempts=line.number("max_attempts") or None,
        retry_delay=line.seconds("retry_delay_ms", 1000),
        retry_time=line.seconds("retry_time_ms", 1000),
        calls_per_second=line.number("calls_per_second") or None,
        upload_rate=line.number("upload_rate") or None,
        download_rate=line.number("download_rate") or None,
        fallback_urls=line.get("fallback_urls"),
        resolve=line.get("resolve"),
        ip_version=line.number("ip_version"),
        proxy=line.get("proxy"),
        no_proxy=line.get("no_proxy"),
        proxy_from_environment=line.flag("proxy_from_environment"),
        allow_plain_http=line.flag("allow_plain_http"),
        refuse_private_addresses=line.flag("refuse_private_addresses"),
        log_level=line.number("log_level") or None,
        trace=line.flag("trace"),
        trust=line.number("trust"),
        ca_certificates=line.content("ca_certificates"),
        ca_certificates_path=line.get("ca_certificates_path"),
        client_certificate=line.content("client_certificate"),
        client_key=line.content("client_key"),
        **more,
    )


CLIENT_OPTIONS = (
    "user_agent",
    "connect_timeout_ms",
    "stall_timeout_ms",
    "deadline_ms",
    "max_attempts",
    "retry_delay_ms",
    "retry_time_ms",
    "calls_per_second",
    "upload_rate",
    "download_rate",
    "fallback_urls",
    "resolve",
    "ip_version",
    "proxy",
    "no_proxy",
    "proxy_from_environment",
    "allow_plain_http",
    "refuse_private_addresses",
    "log_level",
    "trace",
    "trust",
    "ca_certificates",
    "ca_certificates_path",
    "client_certificate",
    "client_key",
)


def easemob_upload(line):
    return chatfile.EasemobUpload(
        restrict_access=line.flag("restrict_access"),
        thumbnail_width=line.number("thumbnail_width") or None,
        thumbnail_height=line.number("thumbnail_height") or None,
    )


def netease_upload(line):
    return chatfile.NeteaseUpload(
        method=line.number("method"),
        plain_http_url=line.flag("plain_http_url"),
        tag=line.get("tag"),
        ttl=line.seconds("ttl_seconds", 1),
    )


def huawei_upload(line):
    return chatfile.HuaweiUpload(
        file_type=line.get("file_type"),
    )


def smh_upload(line):
    return chatfile.SmhUpload(
        directory=line.get("directory"),
        labels=line.texts("labels"),
        category=line.get("category"),
        local_creation_time=line.get("local_creation_time"),
        local_modification_time=line.get("local_modification_time"),
        content_cas=line.get("content_cas"),
        part_size=line.number("part_size") or None,
        traffic_limit=line.number("traffic_limit") or None,
        method=line.number("method"),
        conflict=line.number("conflict"),
        create_directories=line.flag("create_directories"),
        skip_instant=line.flag("skip_instant"),
        prefer_same_origin=line.flag("prefer_same_origin"),
    )


def openim_upload(line):
    return chatfile.OpenimUpload(
        name=line.get("name"),
        group=line.get("group"),
        cause=line.get("cause"),
        method=line.number("method"),
        absolute=line.flag("absolute"),
    )


def upload_options(line):
    return chatfile.UploadOptions(
        file_name=line.get("file_name"),
        media_type=line.get("media_type"),
        parallel_parts=line.number("parallel_parts") or None,
        resumable=line.flag("resumable"),
        resume_token=line.get("resume_token"),
        checkpoint=line.get("checkpoint"),
        compute_md5=line.flag("compute_md5"),
        compute_sha256=line.flag("compute_sha256"),
        compute_crc64=line.flag("compute_crc64"),
        message=line.number("message"),
        media_width=line.number("media_width") or None,
        media_height=line.number("media_height") or None,
        media_duration=line.seconds("media_duration_ms", 1000),
        easemob=easemob_upload(line) if "easemob" in line else None,
        netease=netease_upload(line) if "netease" in line else None,
        huawei=huawei_upload(line) if "huawei" in line else None,
        smh=smh_upload(line) if "smh" in line else None,
        openim=openim_upload(line) if "openim" in line else None,
    )


def easemob_download(line):
    return chatfile.EasemobDownload(
        share_secret=line.get("share_secret"),
    )


def huawei_download(line):
    return chatfile.HuaweiDownload(
        file_type=line.get("file_type"),
        media_library=line.flag("media_library"),
    )


def smh_download(line):
    return chatfile.SmhDownload(
        version=line.get("version"),
        traffic_limit=line.number("traffic_limit") or None,
        link_ttl=line.seconds("link_ttl_seconds", 1),
        disposition=line.number("disposition"),
    )


def openim_download(line):
    return chatfile.OpenimDownload(
        thumbnail_format=line.get("thumbnail_format"),
    )


def download_options(line):
    return chatfile.DownloadOptions(
        max_size=line.number("max_size") or None,
        offset=line.number("offset") or None,
        length=line.number("length") or None,
        expected_size=line.number("expected_size") if "expected_size" in line else None,
        expected_md5=line.get("expected_md5"),
        expected_sha256=line.get("expected_sha256"),
        expected_crc64=line.get("expected_crc64"),
        referer=line.get("referer"),
        thumbnail=line.number("thumbnail"),
        thumbnail_width=line.number("thumbnail_width") or None,
        thumbnail_height=line.number("thumbnail_height") or None,
        resume=line.flag("resume"),
        durable=line.flag("durable"),
        parallel_parts=line.number("parallel_parts") or None,
        easemob=easemob_download(line) if "easemob" in line else None,
        huawei=huawei_download(line) if "huawei" in line else None,
        smh=smh_download(line) if "smh" in line else None,
        openim=openim_download(line) if "openim" in line else None,
    )


def list_options(line):
    return chatfile.ListOptions(
        marker=line.get("marker"),
        limit=line.number("limit") or None,
        versions=line.flag("versions"),
    )


def smh_delete(line):
    return chatfile.SmhDelete(
        permanent=line.flag("permanent"),
    )


def delete_options(line):
    return chatfile.DeleteOptions(
        smh=smh_delete(line) if "smh" in line else None,
    )


def netease_delete_task(line):
    return chatfile.NeteaseDeleteTask(
        start_time=line.seconds("start_time_ms", 1000),
        end_time=line.seconds("end_time_ms", 1000),
        media_type=line.get("media_type"),
        tag=line.get("tag"),
    )


ACCOUNTS = {
    "easemob": easemob,
    "netease": netease,
    "huawei": huawei,
    "smh": smh,
    "openim": openim,
}

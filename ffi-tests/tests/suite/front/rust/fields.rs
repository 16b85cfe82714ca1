//! The keys of a line as options of the Rust API.
//!
//! Made from include/chatfile.h by cargo xtask bindings; do not edit.

use std::time::Duration;

use chatfile::{
    ClientOptions, DownloadOptions, EasemobDownload, EasemobUpload, HuaweiDownload, HuaweiUpload,
    IpVersion, MessageKind, NeteaseDeleteTask, NeteaseUpload, NeteaseUploadMethod, OpenimDownload,
    OpenimUpload, OpenimUploadMethod, ServiceDownload, ServiceUpload, SmhConflict, SmhDelete,
    SmhDisposition, SmhDownload, SmhUpload, SmhUploadMethod, ThumbnailKind, Trust, UploadOptions,
};

use super::options::{content, flag, known, number, text, texts};
use crate::protocol::Line;

pub(super) fn client_options(line: &Line) -> ClientOptions {
    let mut to = ClientOptions::default();
    to.user_agent = text(line, "user_agent");
    to.connect_timeout = number(line, "connect_timeout_ms").map(Duration::from_millis);
    to.stall_timeout = number(line, "stall_timeout_ms").map(Duration::from_millis);
    to.deadline = number(line, "deadline_ms").map(Duration::from_millis);
    to.max_attempts = number(line, "max_attempts");
    to.retry_delay = number(line, "retry_delay_ms").map(Duration::from_millis);
    to.retry_time = number(line, "retry_time_ms").map(Duration::from_millis);
    to.calls_per_second = number(line, "calls_per_second");
    to.upload_rate = number(line, "upload_rate");
    to.download_rate = number(line, "download_rate");
    to.fallback_urls = text(line, "fallback_urls");
    to.resolve = text(line, "resolve");
    to.ip_version = match line.number("ip_version") {
        0 => IpVersion::Any,
        4 => IpVersion::V4,
        _ => IpVersion::V6,
    };
    to.proxy = text(line, "proxy");
    to.no_proxy = text(line, "no_proxy");
    to.proxy_from_environment = flag(line, "proxy_from_environment");
    to.allow_plain_http = flag(line, "allow_plain_http");
    to.refuse_private_addresses = flag(line, "refuse_private_addresses");
    to.trace = flag(line, "trace");
    to.trust = match line.number("trust") {
        0 => Trust::Both,
        1 => Trust::BuiltIn,
        _ => Trust::System,
    };
    to.client_certificate = content(line, "client_certificate");
    to.client_key = content(line, "client_key");
    to
}

fn easemob_upload(line: &Line) -> EasemobUpload {
    let mut to = EasemobUpload::default();
    to.restrict_access = flag(line, "restrict_access");
    to.thumbnail_width = number(line, "thumbnail_width");
    to.thumbnail_height = number(line, "thumbnail_height");
    to
}

fn netease_upload(line: &Line) -> NeteaseUpload {
    let mut to = NeteaseUpload::default();
    to.method = match line.number("method") {
        0 => NeteaseUploadMethod::Form,
        _ => NeteaseUploadMethod::Base64,
    };
    to.plain_http_url = flag(line, "plain_http_url");
    to.tag = text(line, "tag");
    to.ttl = number(line, "ttl_seconds").map(Duration::from_secs);
    to
}

fn huawei_upload(line: &Line) -> HuaweiUpload {
    let mut to = HuaweiUpload::default();
    to.file_type = text(line, "file_type");
    to
}

fn smh_upload(line: &Line) -> SmhUpload {
    let mut to = SmhUpload::default();
    to.directory = text(line, "directory");
    to.labels = texts(line, "labels");
    to.category = text(line, "category");
    to.local_creation_time = text(line, "local_creation_time");
    to.local_modification_time = text(line, "local_modification_time");
    to.content_cas = text(line, "content_cas");
    to.part_size = number(line, "part_size");
    to.traffic_limit = number(line, "traffic_limit");
    to.method = match line.number("method") {
        0 => SmhUploadMethod::Automatic,
        1 => SmhUploadMethod::Simple,
        2 => SmhUploadMethod::Form,
        _ => SmhUploadMethod::Parts,
    };
    to.conflict = match line.number("conflict") {
        0 => SmhConflict::Rename,
        1 => SmhConflict::Fail,
        _ => SmhConflict::Overwrite,
    };
    to.create_directories = flag(line, "create_directories");
    to.skip_instant = flag(line, "skip_instant");
    to.prefer_same_origin = flag(line, "prefer_same_origin");
    to
}

fn openim_upload(line: &Line) -> OpenimUpload {
    let mut to = OpenimUpload::default();
    to.name = text(line, "name");
    to.group = text(line, "group");
    to.cause = text(line, "cause");
    to.method = match line.number("method") {
        0 => OpenimUploadMethod::Automatic,
        1 => OpenimUploadMethod::Form,
        _ => OpenimUploadMethod::Parts,
    };
    to.absolute = flag(line, "absolute");
    to
}

pub(super) fn upload_options<'a>(line: &Line) -> UploadOptions<'a> {
    let mut to = UploadOptions::default();
    to.file_name = text(line, "file_name");
    to.media_type = text(line, "media_type");
    to.parallel_parts = number(line, "parallel_parts");
    to.resumable = flag(line, "resumable");
    to.resume_token = text(line, "resume_token");
    to.checkpoint = text(line, "checkpoint").map(Into::into);
    to.compute_md5 = flag(line, "compute_md5");
    to.compute_sha256 = flag(line, "compute_sha256");
    to.compute_crc64 = flag(line, "compute_crc64");
    to.message = match line.number("message") {
        0 => MessageKind::None,
        1 => MessageKind::Automatic,
        2 => MessageKind::File,
        3 => MessageKind::Image,
        4 => MessageKind::Audio,
        _ => MessageKind::Video,
    };
    to.media_width = number(line, "media_width");
    to.media_height = number(line, "media_height");
    to.media_duration = number(line, "media_duration_ms").map(Duration::from_millis);
    to.service = upload_service(line);
    to
}

fn easemob_download(line: &Line) -> EasemobDownload {
    let mut to = EasemobDownload::default();
    to.share_secret = text(line, "share_secret").map(Into::into);
    to
}

fn huawei_download(line: &Line) -> HuaweiDownload {
    let mut to = HuaweiDownload::new(text(line, "file_type").unwrap_or_default());
    to.media_library = flag(line, "media_library");
    to
}

fn smh_download(line: &Line) -> SmhDownload {
    let mut to = SmhDownload::default();
    to.version = text(line, "version");
    to.traffic_limit = number(line, "traffic_limit");
    to.link_ttl = number(line, "link_ttl_seconds").map(Duration::from_secs);
    to.disposition = match line.number("disposition") {
        0 => SmhDisposition::Automatic,
        1 => SmhDisposition::Show,
        _ => SmhDisposition::Save,
    };
    to
}

fn openim_download(line: &Line) -> OpenimDownload {
    let mut to = OpenimDownload::default();
    to.thumbnail_format = text(line, "thumbnail_format");
    to
}

pub(super) fn download_options<'a>(line: &Line) -> DownloadOptions<'a> {
    let mut to = DownloadOptions::default();
    to.max_size = number(line, "max_size");
    to.offset = number(line, "offset");
    to.length = number(line, "length");
    to.expected_size = known(line, "expected_size");
    to.expected_md5 = text(line, "expected_md5");
    to.expected_sha256 = text(line, "expected_sha256");
    to.expected_crc64 = text(line, "expected_crc64");
    to.referer = text(line, "referer");
    to.thumbnail = match line.number("thumbnail") {
        0 => ThumbnailKind::None,
        1 => ThumbnailKind::Image,
        _ => ThumbnailKind::Video,
    };
    to.thumbnail_width = number(line, "thumbnail_width");
    to.thumbnail_height = number(line, "thumbnail_height");
    to.resume = flag(line, "resume");
    to.durable = flag(line, "durable");
    to.parallel_parts = number(line, "parallel_parts");
    to.service = download_service(line);
    to
}

pub(super) fn smh_delete(line: &Line) -> SmhDelete {
    let mut to = SmhDelete::default();
    to.permanent = flag(line, "permanent");
    to
}

pub(super) fn netease_delete_task(line: &Line) -> NeteaseDeleteTask {
    let mut to = NeteaseDeleteTask::new(line.number("start_time_ms"), line.number("end_time_ms"));
    to.media_type = text(line, "media_type");
    to.tag = text(line, "tag");
    to
}

/// What the line has of one service.
fn upload_service(line: &Line) -> Option<ServiceUpload> {
    if line.get("easemob").is_some() {
        return Some(easemob_upload(line).into());
    }
    if line.get("netease").is_some() {
        return Some(netease_upload(line).into());
    }
    if line.get("huawei").is_some() {
        return Some(huawei_upload(line).into());
    }
    if line.get("smh").is_some() {
        return Some(smh_upload(line).into());
    }
    if line.get("openim").is_some() {
        return Some(openim_upload(line).into());
    }
    None
}

/// What the line has of one service.
fn download_service(line: &Line) -> Option<ServiceDownload> {
    if line.get("easemob").is_some() {
        return Some(easemob_download(line).into());
    }
    if line.get("huawei").is_some() {
        return Some(huawei_download(line).into());
    }
    if line.get("smh").is_some() {
        return Some(smh_download(line).into());
    }
    if line.get("openim").is_some() {
        return Some(openim_download(line).into());
    }
    None
}

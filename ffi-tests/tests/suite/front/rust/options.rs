//! The keys of a line as the structures of the Rust API.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chatfile::{
    Asker, CancelHandle, Capability, ClientOptions, DownloadOptions, Easemob, EasemobCredentials,
    EasemobDownload, EasemobUpload, LogLevel, Netease, NeteaseUpload, NeteaseUploadMethod,
    ProgressCallback, Secret, UploadOptions,
};

use super::callbacks::SeenByClient;
use crate::protocol::Line;

pub(super) fn number_of(capability: Capability) -> u32 {
    match capability {
        Capability::Upload => 1,
        Capability::Download => 2,
        Capability::DeleteByTime => 4,
        Capability::ShareSecret => 8,
        Capability::Thumbnail => 16,
        Capability::Presign => 32,
        other => panic!("what is the number of {other:?}?"),
    }
}

pub(super) fn text(line: &Line, key: &str) -> Option<String> {
    line.get(key).map(str::to_owned)
}

/// An absent or zero number is a default.
fn number<T: TryFrom<i64>>(line: &Line, key: &str) -> Option<T> {
    let value = line.number(key);
    (value != 0).then(|| T::try_from(value).ok()).flatten()
}

/// A secret: its value, or what the secret callback tells in place of it.
fn secret(line: &Line, name: &'static str, seen: &Arc<SeenByClient>) -> Secret {
    let Some(told) = text(line, "secret") else {
        return text(line, name).unwrap_or_default().into();
    };
    let seen = Arc::clone(seen);
    Secret::asked(Asker::new(move |asked| {
        assert_eq!(asked, name);
        seen.asked.fetch_add(1, Ordering::Relaxed);
        Ok(told.clone().into())
    }))
}

pub(super) fn easemob(line: &Line, seen: &Arc<SeenByClient>) -> Easemob {
    let secret = |name| secret(line, name, seen);
    let credentials = if let Some(id) = text(line, "client_id") {
        EasemobCredentials::Client {
            id,
            secret: secret("client_secret"),
        }
    } else if let Some(username) = text(line, "username") {
        EasemobCredentials::Password {
            username,
            password: secret("password"),
        }
    } else if line.get("token").or(line.get("secret")).is_some() {
        EasemobCredentials::Token(secret("token"))
    } else {
        EasemobCredentials::None
    };
    Easemob {
        base_url: text(line, "base_url"),
        app_key: text(line, "app_key").unwrap_or_default(),
        credentials,
        token_ttl: number(line, "token_ttl_seconds").map(Duration::from_secs),
        max_upload_size: number(line, "max_upload_size"),
    }
}

pub(super) fn netease(line: &Line, seen: &Arc<SeenByClient>) -> Netease {
    Netease {
        base_url: text(line, "base_url"),
        app_key: text(line, "app_key").unwrap_or_default(),
        app_secret: secret(line, "app_secret", seen),
        max_upload_size: number(line, "max_upload_size"),
    }
}

pub(super) fn client_options(line: &Line, seen: &Arc<SeenByClient>) -> ClientOptions {
    let time = |key| number(line, key).map(Duration::from_millis);
    let file = |key| line.get(key).map(|path| std::fs::read(path).unwrap());
    let level = match line.number("log_level") {
        1 => LogLevel::Error,
        2 => LogLevel::Warn,
        4 => LogLevel::Debug,
        _ => LogLevel::Info,
    };
    let seen = Arc::clone(seen);
    ClientOptions {
        user_agent: text(line, "user_agent"),
        connect_timeout: time("connect_timeout_ms"),
        stall_timeout: time("stall_timeout_ms"),
        deadline: time("deadline_ms"),
        max_attempts: number(line, "max_attempts"),
        retry_time: time("retry_time_ms"),
        retry_delay: time("retry_delay_ms"),
        calls_per_second: number(line, "calls_per_second"),
        upload_rate: number(line, "upload_rate"),
        download_rate: number(line, "download_rate"),
        proxy: text(line, "proxy"),
        no_proxy: text(line, "no_proxy"),
        proxy_from_environment: line.number("proxy_from_environment") != 0,
        ca_certificates: file("ca_certificates").or_else(|| file("ca_certificates_path")),
        client_certificate: file("client_certificate"),
        client_key: file("client_key"),
        log: line.get("log_level").map(|_| {
            let callback = move |level: LogLevel, text: &str| {
                *seen.log.lock().unwrap() += &format!("{} {text}\n", level as i32);
            };
            (level, Arc::new(callback) as chatfile::LogCallback)
        }),
    }
}

pub(super) fn upload_options<'a>(
    line: &'a Line,
    progress: Option<ProgressCallback<'a>>,
    cancel: Option<CancelHandle>,
) -> UploadOptions<'a> {
    UploadOptions {
        file_name: text(line, "file_name"),
        content_type: text(line, "content_type"),
        progress,
        cancel,
        easemob: line.get("easemob").map(|_| EasemobUpload {
            restrict_access: line.number("restrict_access") != 0,
            thumbnail_width: number(line, "thumbnail_width"),
            thumbnail_height: number(line, "thumbnail_height"),
        }),
        netease: line.get("netease").map(|_| NeteaseUpload {
            method: match line.number("method") {
                0 => NeteaseUploadMethod::Multipart,
                _ => NeteaseUploadMethod::Base64Form,
            },
            media_type: text(line, "media_type"),
            tag: text(line, "tag"),
            plain_http_url: line.number("plain_http_url") != 0,
            expire_seconds: number(line, "expire_seconds"),
        }),
        huawei: None,
        openim: None,
    }
}

pub(super) fn download_options<'a>(
    line: &'a Line,
    progress: Option<ProgressCallback<'a>>,
    cancel: Option<CancelHandle>,
) -> DownloadOptions<'a> {
    DownloadOptions {
        max_size: number(line, "max_size"),
        resume: line.number("resume") != 0,
        progress,
        cancel,
        easemob: line.get("easemob").map(|_| EasemobDownload {
            share_secret: text(line, "share_secret").map(Secret::from),
            thumbnail: line.number("thumbnail") != 0,
        }),
        huawei: None,
        openim: None,
    }
}

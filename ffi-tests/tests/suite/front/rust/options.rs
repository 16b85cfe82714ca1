//! The keys of a line as the structures of the Rust API.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chatfile::{
    Asker, CancelHandle, Capability, ClientOptions, DownloadOptions, Easemob, EasemobCredentials,
    EasemobDownload, EasemobUpload, LogLevel, Netease, NeteaseUpload, NeteaseUploadMethod, Openim,
    OpenimCredentials, OpenimDownload, OpenimUpload, OpenimUploadMethod, ProgressCallback, Secret,
    ServiceDownload, ServiceUpload, Smh, SmhConflict, SmhCredentials, SmhDownload, SmhUpload,
    SmhUploadMethod, UploadOptions,
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
        Capability::Delete => 64,
        Capability::Parts => 128,
        Capability::InstantUpload => 256,
        Capability::Info => 512,
        Capability::List => 1024,
        other => panic!("what is the number of {other:?}?"),
    }
}

pub(super) fn text(line: &Line, key: &str) -> Option<String> {
    line.get(key).map(str::to_owned)
}

/// An absent or zero number is a default.
pub(super) fn number<T: TryFrom<i64>>(line: &Line, key: &str) -> Option<T> {
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

pub(super) fn smh(line: &Line, seen: &Arc<SeenByClient>) -> Smh {
    let is_token = line.get("access_token").is_some() || line.number("ask_access_token") != 0;
    Smh {
        base_url: text(line, "base_url"),
        library_id: text(line, "library_id").unwrap_or_default(),
        space_id: text(line, "space_id"),
        credentials: if is_token {
            SmhCredentials::AccessToken(secret(line, "access_token", seen))
        } else {
            SmhCredentials::LibrarySecret(secret(line, "library_secret", seen))
        },
        user_id: text(line, "user_id"),
        client_id: text(line, "client_id"),
        session_id: text(line, "session_id"),
        token_period: number(line, "token_period_seconds").map(Duration::from_secs),
        grant: text(line, "grant"),
        private_deployment: line.number("private_deployment") != 0,
    }
}

pub(super) fn openim(line: &Line, seen: &Arc<SeenByClient>) -> Openim {
    let is_admin = line.get("admin_secret").is_some() || line.number("ask_admin_secret") != 0;
    let admin_secret = || secret(line, "admin_secret", seen);
    Openim {
        base_url: text(line, "base_url").unwrap_or_default(),
        user_id: text(line, "user_id").unwrap_or_default(),
        credentials: match number(line, "platform") {
            Some(platform) => OpenimCredentials::User {
                admin_secret: admin_secret(),
                admin_user_id: text(line, "admin_user_id"),
                platform,
            },
            None if is_admin => OpenimCredentials::Admin {
                secret: admin_secret(),
            },
            None => OpenimCredentials::Token(secret(line, "token", seen)),
        },
        max_upload_size: number(line, "max_upload_size"),
    }
}

fn smh_upload(line: &Line) -> SmhUpload {
    let labels = line.get("labels").unwrap_or_default().split(',');
    SmhUpload {
        method: match line.number("method") {
            0 => SmhUploadMethod::Automatic,
            1 => SmhUploadMethod::Simple,
            2 => SmhUploadMethod::Form,
            _ => SmhUploadMethod::Parts,
        },
        directory: text(line, "directory"),
        create_directories: line.number("create_directories") != 0,
        conflict: match line.number("conflict") {
            0 => SmhConflict::Rename,
            1 => SmhConflict::Ask,
            _ => SmhConflict::Overwrite,
        },
        skip_instant: line.number("skip_instant") != 0,
        part_size: number(line, "part_size"),
        labels: labels
            .filter(|label| !label.is_empty())
            .map(Into::into)
            .collect(),
        category: text(line, "category"),
        local_creation_time: text(line, "local_creation_time"),
        local_modification_time: text(line, "local_modification_time"),
        traffic_limit: number(line, "traffic_limit"),
        prefer_same_origin: line.number("prefer_same_origin") != 0,
    }
}

fn openim_upload(line: &Line) -> OpenimUpload {
    OpenimUpload {
        method: match line.number("method") {
            0 => OpenimUploadMethod::Automatic,
            1 => OpenimUploadMethod::Form,
            _ => OpenimUploadMethod::Parts,
        },
        name: text(line, "name"),
        group: text(line, "group"),
        cause: text(line, "cause"),
        absolute: line.number("absolute") != 0,
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
        allow_plain_http: line.number("allow_plain_http") != 0,
        refuse_private_addresses: line.number("refuse_private_addresses") != 0,
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
        media_type: text(line, "media_type"),
        progress,
        cancel,
        parallel_parts: number(line, "parallel_parts"),
        resumable: line.number("resumable") != 0,
        resume_token: text(line, "resume_token"),
        checkpoint: text(line, "checkpoint").map(Into::into),
        service: upload_service(line),
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
        service: download_service(line),
    }
}

/// What the line has of one service.
fn upload_service(line: &Line) -> Option<ServiceUpload> {
    if line.get("easemob").is_some() {
        let easemob = EasemobUpload {
            restrict_access: line.number("restrict_access") != 0,
            thumbnail_width: number(line, "thumbnail_width"),
            thumbnail_height: number(line, "thumbnail_height"),
        };
        return Some(easemob.into());
    }
    if line.get("netease").is_some() {
        let netease = NeteaseUpload {
            method: match line.number("method") {
                0 => NeteaseUploadMethod::Form,
                _ => NeteaseUploadMethod::Base64,
            },
            tag: text(line, "tag"),
            plain_http_url: line.number("plain_http_url") != 0,
            expire_seconds: number(line, "expire_seconds"),
        };
        return Some(netease.into());
    }
    let smh = line.get("smh").map(|_| smh_upload(line).into());
    smh.or_else(|| line.get("openim").map(|_| openim_upload(line).into()))
}

fn download_service(line: &Line) -> Option<ServiceDownload> {
    if line.get("easemob").is_some() {
        let easemob = EasemobDownload {
            share_secret: text(line, "share_secret").map(Secret::from),
            thumbnail: line.number("thumbnail") != 0,
        };
        return Some(easemob.into());
    }
    if line.get("smh").is_some() {
        let smh = SmhDownload {
            traffic_limit: number(line, "traffic_limit"),
        };
        return Some(smh.into());
    }
    line.get("openim").map(|_| {
        let openim = OpenimDownload {
            thumbnail: line.number("thumbnail") != 0,
            thumbnail_width: number(line, "thumbnail_width"),
            thumbnail_height: number(line, "thumbnail_height"),
            thumbnail_format: text(line, "thumbnail_format"),
        };
        openim.into()
    })
}

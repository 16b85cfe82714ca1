//! The keys of a line as the structures of the Rust API.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chatfile::{
    CancelHandle, Capability, Client, ClientOptions, DownloadOptions, LogLevel, ProgressCallback,
    ProxyLogin, Secret, SecretProvider, UploadOptions,
};

use super::callbacks::SeenByClient;
use super::fields;
use crate::protocol::Line;
use crate::service;

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
        Capability::Message => 2048,
        other => panic!("what is the number of {other:?}?"),
    }
}

pub fn text(line: &Line, key: &str) -> Option<String> {
    line.get(key).map(str::to_owned)
}

/// An absent or zero number is a default.
pub fn number<T: TryFrom<i64>>(line: &Line, key: &str) -> Option<T> {
    let value = line.number(key);
    (value != 0).then(|| T::try_from(value).ok()).flatten()
}

/// A number that may be 0, too.
pub(super) fn known<T: TryFrom<i64>>(line: &Line, key: &str) -> Option<T> {
    line.get(key)
        .and_then(|_| T::try_from(line.number(key)).ok())
}

/// The bytes of the file that a key names.
pub(super) fn content(line: &Line, key: &str) -> Option<Vec<u8>> {
    line.get(key).map(|path| std::fs::read(path).unwrap())
}

pub(super) fn flag(line: &Line, key: &str) -> bool {
    line.number(key) != 0
}

/// Texts with commas between them.
pub(super) fn texts(line: &Line, key: &str) -> Vec<String> {
    let all = line.get(key).unwrap_or_default().split(',');
    all.filter(|one| !one.is_empty()).map(Into::into).collect()
}

/// A secret: its value, or what the secret callback tells in place of it.
pub fn secret(line: &Line, name: &'static str, seen: &Arc<SeenByClient>) -> Secret {
    let Some(told) = text(line, "secret") else {
        return text(line, name).unwrap_or_default().into();
    };
    let seen = Arc::clone(seen);
    Secret::from(SecretProvider::new(move |asked| {
        assert_eq!(asked, name);
        seen.asked.fetch_add(1, Ordering::Relaxed);
        Ok(told.clone().into())
    }))
}

/// What opens a client by a line.
pub type Open = fn(&Line, &Arc<SeenByClient>) -> chatfile::Result<Client>;

/// What opens a client by this verb.
pub(super) fn opener(verb: &str) -> Option<Open> {
    if verb == "open" {
        return Some(|line, seen| Client::without_service(client_options(line, seen)));
    }
    service::opened_by(verb).map(|one| one.open)
}

pub fn client_options(line: &Line, seen: &Arc<SeenByClient>) -> ClientOptions {
    let level = match line.number("log_level") {
        1 => LogLevel::Error,
        2 => LogLevel::Warn,
        4 => LogLevel::Debug,
        5 => LogLevel::Trace,
        _ => LogLevel::Info,
    };
    let seen = Arc::clone(seen);
    let mut options = fields::client_options(line);
    let certificates = content(line, "ca_certificates");
    options.ca_certificates = certificates.or_else(|| content(line, "ca_certificates_path"));
    let seen_by_login = Arc::clone(&seen);
    options.proxy_login = text(line, "login").map(|told| {
        ProxyLogin::new(move |asked| {
            assert!(asked.proxy.contains(':'));
            let seen = &seen_by_login;
            seen.logins.fetch_add(1, Ordering::Relaxed);
            *seen.challenge.lock().unwrap() = format!("{} {}", asked.scheme, asked.realm);
            Ok(told.clone().into())
        })
    });
    options.log = line.get("log_level").map(|_| {
        let callback = move |level: LogLevel, text: &str| {
            *seen.log.lock().unwrap() += &format!("{} {text}\n", level as i32);
        };
        (level, Arc::new(callback) as chatfile::LogCallback)
    });
    options
}

pub(super) fn upload_options<'a>(
    line: &'a Line,
    progress: Option<ProgressCallback<'a>>,
    cancel: Option<CancelHandle>,
) -> UploadOptions<'a> {
    let mut options = fields::upload_options(line);
    options.progress = progress;
    options.cancel = cancel;
    options
}

pub(super) fn download_options<'a>(
    line: &'a Line,
    progress: Option<ProgressCallback<'a>>,
    cancel: Option<CancelHandle>,
) -> DownloadOptions<'a> {
    let mut options = fields::download_options(line);
    options.progress = progress;
    options.cancel = cancel;
    options
}

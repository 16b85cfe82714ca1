//! The keys of a line as the structures of the Rust API.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chatfile::{
    CancelHandle, Capability, Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials,
    Huawei, LogLevel, Netease, Openim, OpenimCredentials, ProgressCallback, Secret, SecretProvider,
    Smh, SmhCredentials, UploadOptions,
};

use super::callbacks::SeenByClient;
use super::fields;
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
fn secret(line: &Line, name: &'static str, seen: &Arc<SeenByClient>) -> Secret {
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

type Open = fn(&Line, &Arc<SeenByClient>) -> chatfile::Result<Client>;

/// What opens a client by this verb.
pub(super) fn opener(verb: &str) -> Option<Open> {
    Some(match verb {
        "easemob" => |line, seen| Client::easemob(easemob(line, seen), client_options(line, seen)),
        "netease" => |line, seen| Client::netease(netease(line, seen), client_options(line, seen)),
        "huawei" => |line, seen| Client::huawei(huawei(line, seen), client_options(line, seen)),
        "smh" => |line, seen| Client::smh(smh(line, seen), client_options(line, seen)),
        "openim" => |line, seen| Client::openim(openim(line, seen), client_options(line, seen)),
        "open" => |line, seen| Client::without_service(client_options(line, seen)),
        _ => return None,
    })
}

fn easemob(line: &Line, seen: &Arc<SeenByClient>) -> Easemob {
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
    let mut config = Easemob::new(text(line, "app_key").unwrap_or_default(), credentials);
    config.base_url = text(line, "base_url");
    config.token_ttl = number(line, "token_ttl_seconds").map(Duration::from_secs);
    config.max_upload_size = number(line, "max_upload_size");
    config
}

fn netease(line: &Line, seen: &Arc<SeenByClient>) -> Netease {
    let mut config = Netease::new(
        text(line, "app_key").unwrap_or_default(),
        secret(line, "app_secret", seen),
    );
    config.base_url = text(line, "base_url");
    config.max_upload_size = number(line, "max_upload_size");
    config
}

fn huawei(line: &Line, seen: &Arc<SeenByClient>) -> Huawei {
    let required = |key| text(line, key).unwrap_or_default();
    let mut config = Huawei::new(
        required("base_url"),
        required("app_key"),
        secret(line, "app_secret", seen),
        required("channel_id"),
        required("user_id"),
    );
    config.user_name = text(line, "user_name");
    config.locale = text(line, "locale");
    config.token_ttl = number(line, "token_ttl_seconds").map(Duration::from_secs);
    config.max_upload_size = number(line, "max_upload_size");
    config
}

fn smh(line: &Line, seen: &Arc<SeenByClient>) -> Smh {
    let is_token = line.get("access_token").is_some() || line.number("ask_access_token") != 0;
    let mut config = Smh::new(
        text(line, "library_id").unwrap_or_default(),
        if is_token {
            SmhCredentials::AccessToken(secret(line, "access_token", seen))
        } else {
            SmhCredentials::LibrarySecret(secret(line, "library_secret", seen))
        },
    )
    .private_deployment(line.number("private_deployment") != 0);
    config.base_url = text(line, "base_url");
    config.space_id = text(line, "space_id");
    config.user_id = text(line, "user_id");
    config.client_id = text(line, "client_id");
    config.session_id = text(line, "session_id");
    config.token_period = number(line, "token_period_seconds").map(Duration::from_secs);
    config.grant = text(line, "grant");
    config
}

fn openim(line: &Line, seen: &Arc<SeenByClient>) -> Openim {
    let is_admin = line.get("admin_secret").is_some() || line.number("ask_admin_secret") != 0;
    let admin_secret = || secret(line, "admin_secret", seen);
    let mut config = Openim::new(
        text(line, "base_url").unwrap_or_default(),
        text(line, "user_id").unwrap_or_default(),
        match number(line, "platform") {
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
    );
    config.max_upload_size = number(line, "max_upload_size");
    config
}

fn client_options(line: &Line, seen: &Arc<SeenByClient>) -> ClientOptions {
    let level = match line.number("log_level") {
        1 => LogLevel::Error,
        2 => LogLevel::Warn,
        4 => LogLevel::Debug,
        _ => LogLevel::Info,
    };
    let seen = Arc::clone(seen);
    let mut options = fields::client_options(line);
    let certificates = content(line, "ca_certificates");
    options.ca_certificates = certificates.or_else(|| content(line, "ca_certificates_path"));
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

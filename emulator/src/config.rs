//! How an emulator is set up. Every field has a documented default, so `Config::default()` is a whole set-up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Serialize;

pub use crate::config_huawei::HuaweiConfig;
pub use crate::config_openim::OpenimConfig;

use crate::choices::{
    BadCheckSum, DeleteSpan, EasemobOversize, LimitReading, NeteaseOversize, RestrictAccess,
    UrlEncodedFile,
};

pub use crate::config_smh::SmhConfig;

/// The whole set-up. Change what a test needs and take the rest from [`Config::default`].
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// Where files and their metadata are kept. `None` is a fresh folder that goes away with the emulator.
    pub folder: Option<PathBuf>,
    /// The address to listen on. Port 0 takes any free one.
    pub bind: SocketAddr,
    /// Also listen with TLS, on a port of its own.
    pub tls: Option<SocketAddr>,
    /// How many requests the journal remembers.
    pub journal_length: usize,
    /// How many bytes of files are kept; a file counts as 16 KiB at least. When there are more, the oldest are dropped.
    /// SMH's files are counted apart from those of the others, and so are uploads in parts that are not finished.
    pub max_storage: u64,
    /// The kernel's receive buffer of each connection in bytes. A small one makes a stalled upload block early.
    pub receive_buffer: Option<u32>,
    /// Easemob's part.
    pub easemob: EasemobConfig,
    /// NetEase's part.
    pub netease: NeteaseConfig,
    /// Huawei AICC's part.
    pub huawei: HuaweiConfig,
    /// OpenIM's part.
    pub openim: OpenimConfig,
    /// Tencent SMH's part.
    pub smh: SmhConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: None,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            journal_length: 10_000,
            max_storage: 4 * 1024 * 1024 * 1024,
            receive_buffer: None,
            easemob: EasemobConfig::default(),
            netease: NeteaseConfig::default(),
            huawei: HuaweiConfig::default(),
            openim: OpenimConfig::default(),
            smh: SmhConfig::default(),
        }
    }
}

/// A user of the Easemob app.
#[derive(Debug, Clone, Serialize)]
pub struct EasemobUser {
    /// The name, compared without regard to case.
    pub username: String,
    /// The password.
    pub password: String,
    /// Whether the account is active; a banned one gets no token.
    pub activated: bool,
}

/// Easemob's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize)]
pub struct EasemobConfig {
    /// The organisation; with `app` it makes the AppKey `org#app`.
    pub org: String,
    /// The app's name.
    pub app: String,
    /// The app's id: the `application` of replies, and the path `/app-id/{app_id}/…`.
    pub app_id: String,
    /// For `client_credentials`.
    pub client_id: String,
    /// For `client_credentials`.
    pub client_secret: String,
    /// For `password` and `inherit`.
    pub users: Vec<EasemobUser>,
    /// How many users there may be before `autoCreateUser` is refused with `resource_limited`.
    pub max_users: usize,
    /// The one Agora token that the grant type `agora` accepts.
    pub agora_token: String,
    /// Seconds a token lives when the request names no `ttl`.
    pub token_ttl: u64,
    /// Read `ttl` and write `expires_in` in milliseconds, as the VIP5 cluster does.
    pub ttl_in_milliseconds: bool,
    /// The largest file in bytes.
    pub max_upload: u64,
    /// Seconds a file lives; 0 is for ever.
    pub file_ttl: u64,
    /// Uploads, and likewise downloads, per second; 0 is no limit.
    pub calls_per_second: u32,
    /// Token requests per second; 0 is no limit.
    pub tokens_per_second: u32,
    /// What `restrict-access` means.
    pub restrict_access: RestrictAccess,
    /// Return a `share-secret` for unrestricted files too.
    pub always_share_secret: bool,
    /// Accept a share-secret in the query in place of a token (callbacks and history imply it).
    pub secret_without_token: bool,
    /// How a file over the limit is refused.
    pub oversize: EasemobOversize,
    /// Serve ranges; else every GET gets the whole file and no `Accept-Ranges`.
    pub range: bool,
    /// Send `Content-Disposition` with the file's name.
    pub content_disposition: bool,
    /// Add the optional `file-metadata` to the reply of an upload.
    pub file_metadata: bool,
    /// Answer `em-redirect=true` with a redirect.
    pub redirect: bool,
    /// The scheme and host of the `uri` in replies (such as `https://elsewhere.example`), when it is not the host asked.
    pub public_base: Option<String>,
    /// The groups that exist; `None` lets every group id of digits exist.
    pub groups: Option<Vec<String>>,
    /// The `part_lower_limit` of the web SDK's chunked upload; parts but the last may not be smaller.
    pub part_lower_limit: u64,
}

impl Default for EasemobConfig {
    fn default() -> Self {
        let user = |username: &str, password: &str, activated| EasemobUser {
            username: username.to_owned(),
            password: password.to_owned(),
            activated,
        };
        Self {
            org: "easemob-demo".to_owned(),
            app: "testapp".to_owned(),
            app_id: "8be024f0-e978-11e8-b697-5d598d5f8402".to_owned(),
            client_id: "YXA6ZW11bGF0b3ItY2xpZW50LWlk".to_owned(),
            client_secret: "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA".to_owned(),
            users: vec![
                user("alice", "alice-password", true),
                user("bob", "bob-password", true),
                user("banned", "banned-password", false),
            ],
            // The community edition's number of users.
            max_users: 100,
            agora_token: "007emulatoragoratoken".to_owned(),
            // 60 days (easemob.md §2.2).
            token_ttl: 5_184_000,
            ttl_in_milliseconds: false,
            // "cannot exceed 10M" on the vendor's page.
            max_upload: 10 * 1024 * 1024,
            // 7 days (easemob.md §2.3).
            file_ttl: 7 * 86_400,
            // 100 a second for each AppKey, 300 for tokens (easemob.md §2.2, §2.3).
            calls_per_second: 100,
            tokens_per_second: 300,
            restrict_access: RestrictAccess::default(),
            always_share_secret: false,
            secret_without_token: true,
            oversize: EasemobOversize::default(),
            range: true,
            content_disposition: true,
            file_metadata: false,
            redirect: true,
            public_base: None,
            groups: None,
            // The web SDK's part size (easemob.md §2.7).
            part_lower_limit: 5 * 1024 * 1024,
        }
    }
}

/// NetEase's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize)]
pub struct NeteaseConfig {
    /// The AppKey.
    pub app_key: String,
    /// The AppSecret.
    pub app_secret: String,
    /// The app's id, which the addresses of files begin with.
    pub app_id: String,
    /// The largest file in bytes.
    pub max_upload: u64,
    /// Calls per second of each of the two upload calls; 0 is no limit.
    pub calls_per_second: u32,
    /// Seconds that a call stays blocked after the limit was passed.
    pub block_seconds: u64,
    /// Calls of del.action in a day, then a day's block; 0 is no limit.
    pub deletes_per_day: u32,
    /// The code of a bad or stale CheckSum.
    pub bad_checksum: BadCheckSum,
    /// Refuse a Nonce seen within the last five minutes with code 431.
    pub refuse_repeated_nonce: bool,
    /// What upload.action's limit is counted on.
    pub limit_reading: LimitReading,
    /// How a file over the limit is refused.
    pub oversize: NeteaseOversize,
    /// What fileUpload.action makes of a url-encoded body.
    pub url_encoded_file: UrlEncodedFile,
    /// The span of del.action.
    pub delete_span: DeleteSpan,
    /// Serve ranges of files.
    pub range: bool,
    /// The scheme and host of file addresses (such as `https://nim-nosdn.netease.im`), when it is not the host asked.
    pub object_base: Option<String>,
}

impl Default for NeteaseConfig {
    fn default() -> Self {
        Self {
            app_key: "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b".to_owned(),
            app_secret: "e1a2b3c4d5f6".to_owned(),
            app_id: "1000001".to_owned(),
            max_upload: 15 * 1024 * 1024,
            // netease.md §1.6: 100 a second, then 10 s of silence; 5 a day, then a day of it.
            calls_per_second: 100,
            block_seconds: 10,
            deletes_per_day: 5,
            bad_checksum: BadCheckSum::default(),
            refuse_repeated_nonce: false,
            limit_reading: LimitReading::default(),
            oversize: NeteaseOversize::default(),
            url_encoded_file: UrlEncodedFile::default(),
            delete_span: DeleteSpan::default(),
            range: true,
            object_base: None,
        }
    }
}

//! How Easemob is set up, and the open questions of its pages: each type but the last is one, its variants are the
//! readings, and the default is the more permissive one unless a vendor's page states it plainly.

use serde::{Deserialize, Serialize};

/// What `restrict-access` means (easemob.md §2.3). The vendor's page says that its presence counts, the
/// current documents and the official SDKs that its value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestrictAccess {
    /// Absent or `false` is unrestricted, anything else is restricted.
    #[default]
    Value,
    /// Any value restricts, `false` too (the old page, by the letter).
    Presence,
    /// The feature was never switched on for this app: nothing is restricted and no secret is returned.
    Disabled,
}

/// How a file over the limit is refused (easemob.md §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EasemobOversize {
    /// 413 with the documented JSON.
    #[default]
    Json,
    /// 413 with the HTML page of a gateway, as older accounts show.
    Html,
}

// Words and numbers that no public source gives.

/// The status of a wrong or missing share-secret; both official web SDKs read 403 with these words.
pub(crate) const NO_PERMISSION: &str = "chatfile no permission";
/// How long the storage address of `em-redirect=true` lives; the real one is not known.
pub(crate) const REDIRECT_LIFE_MS: i64 = 3600 * 1000;

/// A user of the Easemob app.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EasemobUser {
    /// The name, compared without regard to case.
    pub username: String,
    /// The password.
    pub password: String,
    /// Whether the account is active; a banned one gets no token.
    pub activated: bool,
}

/// Easemob's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

//! How OpenIM and its object store is set up, and the open questions of its pages: each type but the last is one, its variants are the
//! readings, and the default is the more permissive one unless a vendor's page states it plainly.

use serde::{Deserialize, Serialize};

/// The object store behind it (openim.md §2.4), which decides the shape of forms and of signed parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenimDriver {
    /// MinIO, the default of OpenIM.
    #[default]
    Minio,
    /// Tencent COS.
    Cos,
    /// Alibaba OSS.
    Oss,
    /// Qiniu Kodo; its forms do not work, as in OpenIM.
    Kodo,
    /// Amazon S3; without forms, as in OpenIM.
    Aws,
}

/// The items of `header` in the reply of initiate_form_data (openim.md §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenimFormHeader {
    /// `null`: what every driver of OpenIM returns.
    #[default]
    Null,
    /// `[]`.
    Empty,
    /// `{"key","values":[…]}`, the shape in OpenIM's protocol.
    Values,
    /// `{"key","value"}`, as on the vendor's page.
    Value,
}

/// Which server it is: their errors are told otherwise, and an admin's tokens kept (docs/emulator.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OpenimServer {
    /// The release line 3.8 as a cluster, which is what people run (recorded from 3.8.3).
    #[default]
    #[serde(rename = "3.8")]
    Release,
    /// The main line in one process (recorded from 2026-07).
    #[serde(rename = "main")]
    Main,
}

/// Which older tokens of a user a login makes invalid (`multiLogin.policy` in OpenIM's configuration; openim.md §2.3).
/// The release line only ever reaches tokens of the platform that logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenimMultiLogin {
    /// Policy 1, as the vendor sets it: all of the same platform.
    #[default]
    OneEach,
    /// Policy 0: those beyond the 30 newest of a platform.
    ThirtyEach,
    /// Policy 4: all of the same class of platforms (PC, mobile, pad, web).
    OneOfClass,
    /// Policy 5: PCs may be many, and of all others there is one.
    PcAndOther,
}

// Words and numbers that no public source gives.

/// The region of its MinIO, which nobody sets.
pub(crate) const OPENIM_REGION: &str = "us-east-1";
/// How far the date of a signed header may be off (MinIO's rule).
pub(crate) const OPENIM_SKEW_MS: i64 = 15 * 60 * 1000;
/// For so long a StatObject is remembered (its Redis cache).
pub(crate) const OPENIM_STAT_CACHE_MS: i64 = 12 * 3600 * 1000;
/// For so long an admin's token outlives a newer one.
pub(crate) const OPENIM_OLD_ADMIN_MS: i64 = 5 * 60 * 1000;

/// OpenIM's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenimConfig {
    /// The secret of get_admin_token; it also signs the tokens.
    pub secret: String,
    /// The admin.
    pub admin_id: String,
    /// Users that exist from the start.
    pub users: Vec<String>,
    /// Seconds a token lives.
    pub token_ttl: u64,
    /// Which tokens a new one makes invalid.
    pub multi_login: OpenimMultiLogin,
    /// Seconds a form is valid when an admin does not say otherwise.
    pub form_ttl: u64,
    /// The items of `header` in the reply of initiate_form_data.
    pub form_header: OpenimFormHeader,
    /// Fields in that `header`. The vendor's page has `Content-Type: multipart/form-data`, without a boundary.
    pub form_header_fields: Vec<(String, String)>,
    /// Which server it is.
    pub server: OpenimServer,
    /// Compress replies when asked to.
    pub gzip: bool,
    /// The object store.
    pub driver: OpenimDriver,
    /// Its bucket, the first part of its paths.
    pub bucket: String,
    /// Where the store is, if not here: an address such as `http://127.0.0.1:9000` of one that speaks S3, with the bucket and
    /// keys below. The API signs for it and asks it itself, by the emulator's clock, which it must not be far from.
    pub store: Option<String>,
    /// Its access key.
    pub access_key: String,
    /// Its secret key.
    pub secret_key: String,
    /// Scheme and host of the store's addresses, when it is not the host asked; signatures hold for that host only.
    pub external_address: Option<String>,
    /// Let everyone read and write objects without a signature.
    pub public_read: bool,
    /// The smallest part; `None` is what the driver has.
    pub min_part_size: Option<u64>,
    /// The greatest number of parts; `None` is what the driver has.
    pub max_parts: Option<u64>,
    /// Seconds that the parts of an unfinished upload are kept.
    pub upload_ttl: u64,
    /// Serve ranges of objects.
    pub range: bool,
    /// Seconds of silence in the body of a request to the store that are too long for it; 0 is for ever. These three are by
    /// the emulator's clock.
    pub silence: u64,
    /// Seconds that an answer of the store waits for a reader, before the connection ends; 0 is for ever.
    pub unread: u64,
    /// Seconds that a connection stays open behind an answer of the store; 0 is for ever.
    pub idle: u64,
    /// The `Retry-After` of the store's 429 and 503, in seconds; MinIO always says 60. `None` leaves it out, so that a
    /// test need not wait for it.
    pub retry_after: Option<u64>,
}

impl Default for OpenimConfig {
    fn default() -> Self {
        Self {
            // As in OpenIM's config/share.yml and minio.yml.
            secret: "openIM123".to_owned(),
            admin_id: "imAdmin".to_owned(),
            users: vec!["alice".to_owned(), "bob".to_owned()],
            // 90 days (openim.md §2.3).
            token_ttl: 90 * 86_400,
            multi_login: OpenimMultiLogin::default(),
            form_ttl: 600,
            form_header: OpenimFormHeader::default(),
            form_header_fields: vec![("Content-Type".to_owned(), "multipart/form-data".to_owned())],
            server: OpenimServer::default(),
            gzip: true,
            driver: OpenimDriver::default(),
            store: None,
            bucket: "openim".to_owned(),
            access_key: "root".to_owned(),
            secret_key: "openIM123".to_owned(),
            external_address: None,
            public_read: false,
            min_part_size: None,
            max_parts: None,
            // 7 days, as the `expireTime` of an upload says (openim.md §2.5).
            upload_ttl: 7 * 86_400,
            range: true,
            // As measured at MinIO.
            silence: 30,
            unread: 30,
            idle: 30,
            retry_after: Some(60),
        }
    }
}

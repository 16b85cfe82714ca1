//! How Huawei Cloud AICC is set up, and the open questions of its pages: each type but the last is one, its variants are the
//! readings, and the default is the more permissive one unless a vendor's page states it plainly.

use serde::{Deserialize, Serialize};

/// The name of the code in an upload's reply (huawei.md §3.3). The API reference and all samples write
/// `returnCode`, a table of the web developer guide `resultCode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiReplyCode {
    /// `returnCode`.
    #[default]
    ReturnCode,
    /// `resultCode` and `resultDesc`.
    ResultCode,
}

/// The HTTP status under which an upload or download fails with a code of its own (huawei.md §3.3, the vendor's
/// page lists the codes under 200 and calls 500 a "business failure").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiFailure {
    /// 200.
    #[default]
    Status200,
    /// 500.
    Status500,
}

/// How `fileStream` is read (huawei.md §3.3 wants standard, padded base64, but the vendor's own sample has an
/// impossible length).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiBase64 {
    /// The standard alphabet; padding and length are not looked at.
    #[default]
    Alphabet,
    /// The standard alphabet, padded, of a right length.
    Strict,
}

/// How a file over the limit is refused (the limit itself is unpublished).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiOversize {
    /// Code 13.
    #[default]
    Code13,
    /// A gateway's HTTP 413 with an HTML page.
    Http413,
}

/// An `X-Token-Expire` above 3600 (huawei.md §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiLongExpire {
    /// The token lives for 3600 seconds.
    #[default]
    Clamp,
    /// HTTP 400.
    Refuse,
}

/// How downloadFileStream hands a file out (huawei.md §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiDownload {
    /// As base64 in `fileStream`.
    #[default]
    Stream,
    /// As an address in `fileUrl`.
    Url,
    /// As both.
    Both,
}

/// What becomes of the field that is not used, `fileStream` or `fileUrl` (huawei.md §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiUnused {
    /// Empty text.
    #[default]
    Empty,
    /// Left out.
    Absent,
    /// `null`.
    Null,
}

// Words and numbers that no public source gives.

/// The answer to a wrong app key or secret is not documented; it is made up as the gateway words its others.
pub(crate) const HUAWEI_BAD_SECRET: &str = "auth fail! app_key or app_secret is wrong.";
/// What the gateway says of an AccessToken that does not hold; the page breaks off after these words.
pub(crate) const HUAWEI_BAD_ACCESS: &str = "auth fail! illegal or expired token info.";
/// The words under 401, for a ccmessaging-token that does not hold, are not documented.
pub(crate) const HUAWEI_BAD_TOKEN: &str = "ccmessaging-token is invalid or expired";

/// Huawei AICC's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HuaweiConfig {
    /// The app key, which is also `x-app-key`.
    pub app_key: String,
    /// The app secret.
    pub app_secret: String,
    /// The id of the one configured channel, for applyToken.
    pub channel_id: String,
    /// Seconds an AccessToken lives when the request names none in `X-Token-Expire`; at most 3600.
    pub access_token_ttl: u64,
    /// What a longer `X-Token-Expire` gets.
    pub long_expire: HuaweiLongExpire,
    /// Seconds a ccmessaging-token lives.
    pub token_ttl: u64,
    /// Hand out a new ccmessaging-token in the header of every so many-th upload or download of a session; 0 is never.
    /// It can be changed while running.
    pub rotate_every: u32,
    /// Seconds that the old token still holds after a new one was handed out.
    pub rotation_grace: u64,
    /// ccmessaging-tokens hold quotes, as one sample on the vendor's pages does.
    pub odd_token: bool,
    /// The largest upload in bytes; 0 is no limit, since none is published.
    pub max_upload: u64,
    /// How a file over that limit is refused.
    pub oversize: HuaweiOversize,
    /// The name of the code in an upload's reply.
    pub reply_code: HuaweiReplyCode,
    /// Write codes as numbers instead of text, in all replies.
    pub numeric_codes: bool,
    /// The HTTP status of failures that have a code of their own.
    pub failure: HuaweiFailure,
    /// How `fileStream` is read.
    pub base64: HuaweiBase64,
    /// The largest download in bytes.
    pub max_download: u64,
    /// How a download is handed out.
    pub download: HuaweiDownload,
    /// What becomes of the field that a download does not use.
    pub unused: HuaweiUnused,
    /// Seconds a `fileUrl` works.
    pub url_ttl: u64,
    /// Serve ranges behind a `fileUrl`.
    pub range: bool,
    /// The scheme and host of `fileUrl` (such as `https://aicc.obs.cn-north-4.myhuaweicloud.com`), when it is not the
    /// host asked.
    pub storage_base: Option<String>,
}

impl Default for HuaweiConfig {
    fn default() -> Self {
        Self {
            app_key: "0d8f3c5a9b6e4f27a1c2".to_owned(),
            app_secret: "emulator-app-secret".to_owned(),
            channel_id: "7c2f4b1e9d3a4e5f8a6b".to_owned(),
            // At most 1 h (huawei.md §3.1); what holds without X-Token-Expire is not published.
            access_token_ttl: 3600,
            long_expire: HuaweiLongExpire::default(),
            // 1 h (huawei.md §3.2).
            token_ttl: 3600,
            rotate_every: 0,
            rotation_grace: 60,
            odd_token: false,
            max_upload: 0,
            oversize: HuaweiOversize::default(),
            reply_code: HuaweiReplyCode::default(),
            numeric_codes: false,
            failure: HuaweiFailure::default(),
            base64: HuaweiBase64::default(),
            // 2 MB (huawei.md §3.4).
            max_download: 2 * 1024 * 1024,
            download: HuaweiDownload::default(),
            unused: HuaweiUnused::default(),
            // 24 h (huawei.md §3.4).
            url_ttl: 86_400,
            range: true,
            storage_base: None,
        }
    }
}

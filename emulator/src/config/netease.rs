//! How NetEase IM is set up, and the open questions of its pages: each type but the last is one, its variants are the
//! readings, and the default is the more permissive one unless a vendor's page states it plainly.

use serde::{Deserialize, Serialize};

/// The business code of a bad or stale CheckSum (netease.md §1.1). The API-call page says 414, the status
/// table of the upload page says 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadCheckSum {
    /// Code 414.
    #[default]
    Code414,
    /// Code 403.
    Code403,
}

impl BadCheckSum {
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Code414 => 414,
            Self::Code403 => 403,
        }
    }
}

/// What the 15 MB of upload.action are counted on (netease.md §1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitReading {
    /// The file's own bytes, after decoding.
    #[default]
    Decoded,
    /// The characters of the base64 text.
    Text,
}

/// How a file over the limit is refused (netease.md §1.7, undocumented).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeteaseOversize {
    /// HTTP 200 with code 414.
    #[default]
    Code414,
    /// A gateway's HTTP 413 with an HTML page.
    Http413,
}

/// What fileUpload.action makes of a url-encoded body (netease.md §1.8). The vendor's own curl sample sends
/// one, under a multipart type without a boundary, and so do several wrappers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrlEncodedFile {
    /// `content` is base64, as in upload.action.
    #[default]
    Base64,
    /// `content` is the file itself.
    Raw,
    /// It is not a multipart body: code 414.
    Refuse,
}

/// The span of del.action (netease.md §1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteSpan {
    /// More than one day and less than seven, as the vendor's page says.
    #[default]
    OneToSevenDays,
    /// At most seven days, as other documents say.
    UpToSevenDays,
}

// Words and numbers that no public source gives.

/// How far CurTime may be off, in both directions (netease.md §1.1 states five minutes and no direction).
pub(crate) const CHECKSUM_WINDOW_S: i64 = 300;
/// The description of a failed authentication is nowhere stated.
pub(crate) const DESC_BAD_CHECKSUM: &str = "check sum is invalid";
/// Likewise for a CurTime outside the window.
pub(crate) const DESC_STALE: &str = "CurTime is out of the valid range";
/// Likewise for missing or malformed header fields ("bad http header" is what people report).
pub(crate) const DESC_BAD_HEADER: &str = "bad http header";
/// Likewise for an AppKey that does not exist.
pub(crate) const DESC_UNKNOWN_APP: &str = "app key not found";
/// Likewise for a file over the limit.
pub(crate) const DESC_TOO_LARGE: &str = "content is too large";
/// Likewise for frequency control.
pub(crate) const DESC_FREQUENCY: &str = "frequency control";
/// The day of del.action ("earlier than the current day") is taken in China's time.
pub(crate) const CHINA_OFFSET_MS: i64 = 8 * 3600 * 1000;

/// NetEase's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

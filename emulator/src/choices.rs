//! Where the services' pages leave something open, or contradict each other: the readings offered, in one place.
//!
//! Each type is one open question; the variants are its readings, and the default is the more permissive one unless a
//! vendor's page states it plainly. The constants below are words and numbers that no public source gives.

use serde::Serialize;

/// Easemob: what `restrict-access` means (easemob.md §2.3). The vendor's page says that its presence counts, the
/// current documents and the official SDKs that its value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// Easemob: how a file over the limit is refused (§2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EasemobOversize {
    /// 413 with the documented JSON.
    #[default]
    Json,
    /// 413 with the HTML page of a gateway, as older accounts show.
    Html,
}

/// NetEase: the business code of a bad or stale CheckSum (netease.md §1.1). The API-call page says 414, the status
/// table of the upload page says 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// NetEase: what the 15 MB of upload.action are counted on (§1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitReading {
    /// The file's own bytes, after decoding.
    #[default]
    Decoded,
    /// The characters of the base64 text.
    Text,
}

/// NetEase: how a file over the limit is refused (§1.7, undocumented).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NeteaseOversize {
    /// HTTP 200 with code 414.
    #[default]
    Code414,
    /// A gateway's HTTP 413 with an HTML page.
    Http413,
}

/// NetEase: what fileUpload.action makes of a url-encoded body (§1.8). The vendor's own curl sample sends one, under a
/// multipart type without a boundary, and so do several wrappers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// NetEase: the span of del.action (§1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteSpan {
    /// More than one day and less than seven, as the vendor's page says.
    #[default]
    OneToSevenDays,
    /// At most seven days, as other documents say.
    UpToSevenDays,
}

/// NetEase: how far CurTime may be off, in both directions (§1.1 states five minutes and no direction).
pub(crate) const CHECKSUM_WINDOW_S: i64 = 300;
/// NetEase: the description of a failed authentication is nowhere stated.
pub(crate) const DESC_BAD_CHECKSUM: &str = "check sum is invalid";
/// NetEase: likewise for a CurTime outside the window.
pub(crate) const DESC_STALE: &str = "CurTime is out of the valid range";
/// NetEase: likewise for missing or malformed header fields ("bad http header" is what people report).
pub(crate) const DESC_BAD_HEADER: &str = "bad http header";
/// NetEase: likewise for an AppKey that does not exist.
pub(crate) const DESC_UNKNOWN_APP: &str = "app key not found";
/// NetEase: likewise for a file over the limit.
pub(crate) const DESC_TOO_LARGE: &str = "content is too large";
/// NetEase: likewise for frequency control.
pub(crate) const DESC_FREQUENCY: &str = "frequency control";
/// NetEase: the day of del.action ("earlier than the current day") is taken in China's time.
pub(crate) const CHINA_OFFSET_MS: i64 = 8 * 3600 * 1000;
/// Easemob: the status of a wrong or missing share-secret; both official web SDKs read 403 with these words.
pub(crate) const NO_PERMISSION: &str = "chatfile no permission";
/// Easemob: how long the storage address of `em-redirect=true` lives; the real one is not known.
pub(crate) const REDIRECT_LIFE_MS: i64 = 3600 * 1000;

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

/// Easemob: how a file over the limit is refused (easemob.md §2.3).
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

/// NetEase: what the 15 MB of upload.action are counted on (netease.md §1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitReading {
    /// The file's own bytes, after decoding.
    #[default]
    Decoded,
    /// The characters of the base64 text.
    Text,
}

/// NetEase: how a file over the limit is refused (netease.md §1.7, undocumented).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NeteaseOversize {
    /// HTTP 200 with code 414.
    #[default]
    Code414,
    /// A gateway's HTTP 413 with an HTML page.
    Http413,
}

/// NetEase: what fileUpload.action makes of a url-encoded body (netease.md §1.8). The vendor's own curl sample sends
/// one, under a multipart type without a boundary, and so do several wrappers.
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

/// NetEase: the span of del.action (netease.md §1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteSpan {
    /// More than one day and less than seven, as the vendor's page says.
    #[default]
    OneToSevenDays,
    /// At most seven days, as other documents say.
    UpToSevenDays,
}

/// NetEase: how far CurTime may be off, in both directions (netease.md §1.1 states five minutes and no direction).
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

/// Huawei: the name of the code in an upload's reply (huawei.md §3.3). The API reference and all samples write
/// `returnCode`, a table of the web developer guide `resultCode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiReplyCode {
    /// `returnCode`.
    #[default]
    ReturnCode,
    /// `resultCode` and `resultDesc`.
    ResultCode,
}

/// Huawei: the HTTP status under which an upload or download fails with a code of its own (huawei.md §3.3, the vendor's
/// page lists the codes under 200 and calls 500 a "business failure").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiFailure {
    /// 200.
    #[default]
    Status200,
    /// 500.
    Status500,
}

/// Huawei: how `fileStream` is read (huawei.md §3.3 wants standard, padded base64, but the vendor's own sample has an
/// impossible length).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiBase64 {
    /// The standard alphabet; padding and length are not looked at.
    #[default]
    Alphabet,
    /// The standard alphabet, padded, of a right length.
    Strict,
}

/// Huawei: how a file over the limit is refused (the limit itself is unpublished).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiOversize {
    /// Code 13.
    #[default]
    Code13,
    /// A gateway's HTTP 413 with an HTML page.
    Http413,
}

/// Huawei: an `X-Token-Expire` above 3600 (huawei.md §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HuaweiLongExpire {
    /// The token lives for 3600 seconds.
    #[default]
    Clamp,
    /// HTTP 400.
    Refuse,
}

/// Huawei: how downloadFileStream hands a file out (huawei.md §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// Huawei: what becomes of the field that is not used, `fileStream` or `fileUrl` (huawei.md §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// OpenIM: the object store behind it (openim.md §2.4), which decides the shape of forms and of signed parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// OpenIM: the items of `header` in the reply of initiate_form_data (openim.md §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// OpenIM: what access_url says of an unknown name (openim.md §2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenimUnknownName {
    /// Code 1004, as a cluster does.
    #[default]
    NotFound,
    /// Code 500, as the build in a single process does.
    Internal,
}

/// OpenIM: which older tokens of a user a new one makes invalid (openim.md §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenimMultiLogin {
    /// Those beyond the 30 newest of a platform.
    #[default]
    ThirtyEach,
    /// All of the same platform.
    OneEach,
}

/// Huawei: the answer to a wrong app key or secret is not documented; it is made up as the gateway words its others.
pub(crate) const HUAWEI_BAD_SECRET: &str = "auth fail! app_key or app_secret is wrong.";
/// Huawei: what the gateway says of an AccessToken that does not hold; the page breaks off after these words.
pub(crate) const HUAWEI_BAD_ACCESS: &str = "auth fail! illegal or expired token info.";
/// Huawei: the words under 401, for a ccmessaging-token that does not hold, are not documented.
pub(crate) const HUAWEI_BAD_TOKEN: &str = "ccmessaging-token is invalid or expired";
/// OpenIM: the region of its MinIO, which nobody sets.
pub(crate) const OPENIM_REGION: &str = "us-east-1";
/// OpenIM: how far the date of a signed header may be off (MinIO's rule).
pub(crate) const OPENIM_SKEW_MS: i64 = 15 * 60 * 1000;
/// OpenIM: for so long a StatObject is remembered (its Redis cache).
pub(crate) const OPENIM_STAT_CACHE_MS: i64 = 12 * 3600 * 1000;
/// OpenIM: for so long an admin's token outlives a newer one.
pub(crate) const OPENIM_OLD_ADMIN_MS: i64 = 5 * 60 * 1000;

/// SMH: the host that `domain` names in the replies that begin an upload (smh.md §1.3). Real clients put `https://`
/// before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhDomain {
    /// Host and port that the client asked.
    #[default]
    Asked,
    /// The emulator's TLS listener, for clients that ask SMH without TLS and the store with it.
    Tls,
    /// This one. `{port}` and `{tls_port}` in it become the emulator's ports, so that `localhost:{port}` is another
    /// host than the `127.0.0.1` that was asked.
    Named(String),
}

/// SMH: when `ask` complains of a name that is taken (smh.md §1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhConflict {
    /// At the beginning, as the vendor's page reads, and again at the confirmation.
    #[default]
    Begin,
    /// At the confirmation only, as measured at a private deployment.
    Confirm,
}

/// SMH: what confirming an upload again gets (smh.md §1.8, not measured).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhRepeat {
    /// 409 `UploadComplete`.
    #[default]
    Complete,
    /// 200 and the file as it is now.
    Same,
    /// 404 `UploadNotFound`.
    NotFound,
}

/// SMH: the field that tells of an overwritten file (smh.md §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhOverwritten {
    /// `isOverwritten`, as the vendor's page has it.
    #[default]
    IsOverwritten,
    /// `isOverwrittened`, as a private deployment has it.
    IsOverwrittened,
    /// Both.
    Both,
}

/// SMH: whether files have a history, and what overwriting then does (smh.md §1.8, §1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhHistory {
    /// There is none; overwriting replaces.
    #[default]
    Off,
    /// Overwriting keeps the old content, which `history_id` fetches.
    Kept,
    /// There is one, and overwriting is 400 `OverwriteFileNotAllowed`.
    Refused,
}

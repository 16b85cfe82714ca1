//! What each service is told and how its answers are read: plain functions
//! that open no socket, read no file and keep no clock.

pub(crate) mod chat;
pub(crate) mod easemob;
mod exif;
mod file;
pub(crate) mod huawei;
pub(crate) mod media_type;
pub(crate) mod multipart;
pub(crate) mod netease;
pub(crate) mod openim;
pub(crate) mod picture;
mod profile;
mod refusal;
pub(crate) mod smh;
pub(crate) mod thumbnail;
pub(crate) mod xml;

/// What callers have of the services, too.
pub mod exports {
    pub use super::chat::MessageKind;
    pub use super::easemob::{Easemob, EasemobCredentials, EasemobDownload, EasemobUpload};
    pub use super::file::{FileInfo, Listing};
    pub use super::huawei::{Huawei, HuaweiDownload, HuaweiUpload};
    pub use super::netease::{Netease, NeteaseDeleteTask, NeteaseUpload, NeteaseUploadMethod};
    pub use super::openim::{
        Openim, OpenimCredentials, OpenimDownload, OpenimUpload, OpenimUploadMethod,
    };
    pub use super::smh::{
        Smh, SmhConflict, SmhCredentials, SmhDelete, SmhDisposition, SmhDownload, SmhUpload,
        SmhUploadMethod,
    };
    pub use super::thumbnail::ThumbnailKind;
}

pub(crate) use exports::{FileInfo, Listing};
pub(crate) use profile::{Announced, Delivery, FileReader, JsonReader, Profile, Sent, Stored};
use refusal::Refusal;

use crate::error::{Credential, Error, Phase, Remedy, Result, Status};
use crate::message::{Answer, Fault, Head, Url, url};
use crate::text::clean;
use std::time::{Duration, SystemTime};

/// What a refusal is, what to do about it, and whether trying again may help.
#[derive(Clone, Copy)]
pub(crate) struct Judgement {
    pub(crate) status: Status,
    pub(crate) advice: &'static str,
    pub(crate) retryable: bool,
    /// What would help besides.
    pub(crate) remedy: Option<Remedy>,
}

impl Judgement {
    /// A refusal that stays one.
    pub(crate) const fn final_(status: Status, advice: &'static str) -> Self {
        Self {
            status,
            advice,
            retryable: false,
            remedy: None,
        }
    }

    /// A refusal that may pass.
    pub(crate) const fn passing(status: Status, advice: &'static str) -> Self {
        Self {
            status,
            advice,
            retryable: true,
            remedy: None,
        }
    }

    pub(crate) const fn with_remedy(self, remedy: Remedy) -> Self {
        Self {
            remedy: Some(remedy),
            ..self
        }
    }
}

/// What a store says of bytes that it has got.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct StoredDigests {
    /// In lower-case hex.
    pub(crate) md5: Option<String>,
    pub(crate) crc64: Option<u64>,
}

/// A part of an upload that a store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredPart {
    /// Counts from 1.
    pub(crate) number: u32,
    /// The MD5 of its bytes in lower-case hex, if the store says.
    pub(crate) md5: Option<String>,
    pub(crate) size: u64,
}

/// All services.
pub(crate) const ALL: &[&Profile] = &[
    &easemob::PROFILE,
    &netease::PROFILE,
    &huawei::PROFILE,
    &smh::PROFILE,
    &openim::PROFILE,
];

/// What helps where a token is refused.
pub(crate) const NEW_TOKEN: Remedy = Remedy::Renew(Credential::Token);

/// Whether the answer is of somebody else: text of this type for people or
/// programs, without the version of a file, which all storages name.
pub(crate) fn is_foreign(head: &Head, media_type: &str) -> bool {
    let is_of_type = head.header("content-type").is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(media_type)
    });
    let names = ["etag", "last-modified"];
    is_of_type && names.iter().all(|name| head.header(name).is_none())
}

/// Whether a parameter of this name belongs to the signature of an address: that of S3, COS, OSS
/// or Kodo. Others say which file it is, which version and which picture of it.
pub(crate) fn is_of_signature(name: &str) -> bool {
    const BEGINNINGS: &[&str] = &["x-amz-", "q-"];
    const NAMES: &[&str] = &[
        "e",
        "expires",
        "ossaccesskeyid",
        "security-token",
        "signature",
        "token",
        "x-cos-security-token",
        "x-oss-credential",
        "x-oss-date",
        "x-oss-expires",
        "x-oss-security-token",
        "x-oss-signature",
        "x-oss-signature-version",
    ];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || BEGINNINGS.iter().any(|begin| name.starts_with(begin))
}

/// Codes of a service that mean the same.
pub(crate) struct Code {
    pub(crate) names: &'static [&'static str],
    pub(crate) judgement: Judgement,
}

/// What a code means that stands in the table of its service.
pub(crate) fn known(codes: &[Code], name: &str) -> Option<Judgement> {
    let code = codes.iter().find(|code| code.names.contains(&name))?;
    Some(code.judgement)
}

/// What to do about a store that refuses the URL of a file.
pub(crate) const STORE_REFUSAL: &str = "the URL may have expired, or be good only for pages of \
     some site: a host with hot-link protection wants their address as Referer (set referer)";

/// What an HTTP status means wherever a service does not say otherwise; also
/// that of a gateway in front of it.
pub(crate) fn judge_http(http_status: u16) -> Judgement {
    match http_status {
        401 => Judgement::final_(Status::Auth, "check the credentials or get a new token"),
        403 => Judgement::final_(Status::Forbidden, "these credentials do not allow it"),
        404 | 410 => {
            Judgement::final_(Status::NotFound, "check what is asked for and the base URL")
        }
        413 => Judgement::final_(
            Status::TooLarge,
            "send a smaller file or have the limit raised",
        ),
        429 => Judgement::passing(Status::RateLimited, "wait a little and try again"),
        501 => Judgement::final_(Status::Unavailable, "the service cannot do this"),
        408 => Judgement::passing(Status::Unavailable, "wait a little and try again")
            .with_remedy(Remedy::Connection),
        500.. => Judgement::passing(Status::Unavailable, "wait a little and try again"),
        301..=303 | 307 | 308 => Judgement::final_(
            Status::Redirect,
            "set the base URL to the address it names, if that is the service's own: of a store, check \
             for what stands in between",
        ),
        300 => Judgement::final_(
            Status::Response,
            "it offers several addresses to choose from, which none of these services does; check \
             the base URL and any proxy",
        ),
        304 => Judgement::final_(
            Status::Response,
            "it says that nothing has changed, which nobody asked; check for a cache in between",
        ),
        305..=399 => Judgement::final_(
            Status::Response,
            "none of these services answers so; check the base URL and any proxy",
        ),
        _ => Judgement::final_(Status::Service, "see the reason it gives"),
    }
}

/// Whether the same may be answered otherwise in a while, by the status alone.
pub(crate) fn may_pass(http_status: u16) -> bool {
    judge_http(http_status).retryable
}

/// The size of the file behind whose end the range lies that was asked for, if the
/// answer (416) says so: in Content-Range (RFC 9110 §14.4), or in the XML of S3 and
/// its like, which have no such field there.
pub(crate) fn size_of_shorter(answer: &Answer) -> Option<u64> {
    let Some(range) = answer.head.header("content-range") else {
        return xml::text(&answer.body, "ActualObjectSize")?.parse().ok();
    };
    let (unit, range) = range.trim().split_once(' ')?;
    let size = range.trim().strip_prefix("*/")?;
    let is_bytes = unit.eq_ignore_ascii_case("bytes");
    is_bytes.then(|| size.parse().ok())?
}

/// The answer is not the documented one: what was expected, and what came.
pub(crate) fn unexpected(service: &str, expected: &str, answer: &Answer) -> Error {
    Error::new(
        Status::Response,
        format!(
            "{service} answered {}{} without {expected}: {}; check the base URL and any proxy",
            answer.status(),
            asked(answer),
            answer.excerpt(),
        ),
    )
    .with_phase(Phase::Receive)
    .with_http_status(answer.status())
    .with_request_id(request_id(&answer.head))
}

/// What an answer is one to, if that is known.
fn asked(answer: &Answer) -> String {
    let asked = answer.head.asked.as_ref();
    asked.map_or_else(String::new, |asked| {
        format!(" to {} {}", asked.method.as_str(), asked.place)
    })
}

/// Fails for a lifetime of a token of less than a second: services count in seconds, and 0 of
/// them may be for ever (easemob.md §2.2).
pub(crate) fn check_token_ttl(ttl: Option<Duration>) -> Result<()> {
    match ttl {
        Some(ttl) if ttl.as_secs() == 0 => {
            Err(Error::out_of_bounds("token_ttl", "is less than a second").bound(1, 0))
        }
        _ => Ok(()),
    }
}

/// The address of a service, as the caller has it.
pub(crate) fn base_url(text: &str) -> Result<Url> {
    Url::parse_base(text).map_err(|fault| Error::argument("base_url", fault))
}

/// The URL that a message has, or another that the caller was handed, in the
/// parameter `field`.
pub(crate) fn message_url(field: &'static str, text: &str) -> Result<Url> {
    Url::parse(text).map_err(|fault| {
        let text = clean(&url::redacted(text));
        Error::argument(field, format_args!("{text:?} {fault}"))
    })
}

/// The answer names, as `what`, a URL or a host that cannot be asked.
pub(crate) fn unusable(
    service: &str,
    what: &str,
    text: &str,
    fault: Fault,
    answer: &Answer,
) -> Error {
    let text = clean(&url::redacted(text));
    Error::new(
        Status::Response,
        format!("{service} answered with a {what} that cannot be asked: {text:?} {fault}"),
    )
    .with_phase(Phase::Receive)
    .with_http_status(answer.status())
    .with_request_id(request_id(&answer.head))
}

/// The id under which a service or its storage has logged a request.
pub(crate) fn request_id(head: &Head) -> Option<String> {
    [
        "x-request-id",
        "x-nos-request-id",
        "x-smh-request-id",
        "x-cos-request-id",
    ]
    .iter()
    .find_map(|name| head.header(name))
    // What a further service, or a gateway, calls it.
    .or_else(|| {
        let mut headers = head.headers.iter();
        headers
            .find(|(name, _)| name.ends_with("request-id"))
            .map(|(_, value)| value.as_str())
    })
    .map(clean)
}

/// The pause that an answer asks for (RFC 9110 §10.2.3): in seconds, or until
/// a date, which is compared with the answer's own so that no clock here matters.
pub(crate) fn retry_after(head: &Head) -> Option<Duration> {
    let value = head.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    Some(until.duration_since(date(head)?).unwrap_or_default())
}

/// When the answer was written, by the clock of the other side.
pub(crate) fn date(head: &Head) -> Option<SystemTime> {
    httpdate::parse_http_date(head.header("date")?).ok()
}

#[cfg(test)]
mod test_kit;
#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;

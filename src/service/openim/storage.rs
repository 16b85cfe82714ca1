//! What the storage behind OpenIM answers: MinIO, COS, OSS and others of the
//! manners of S3, whose errors are XML (openim.md §2.4).

use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::Answer;
use crate::service::{Judgement, Refusal, STORE_REFUSAL, is_foreign, judge_http, unexpected};

const STORAGE: &str = "OpenIM's storage";

/// Reads the answer to a form: exactly these statuses are a success, not all
/// that begin with 2 (openim.md §2.4).
pub(crate) fn read_stored(success: &[u16], answer: &Answer) -> Result<()> {
    match answer.status() {
        // A page of the network's: the next answer may be the storage's.
        status if success.contains(&status) && is_foreign(&answer.head, "text/html") => {
            Err(unexpected(STORAGE, "what a storage says", answer).retryable())
        }
        status if success.contains(&status) => Ok(()),
        200..=299 => Err(unexpected(
            STORAGE,
            "the status that OpenIM announced",
            answer,
        )),
        _ => Err(refusal(STORAGE, "the upload", answer)),
    }
}

/// Reads the answer to a part, or to a file of one: its ETag, which is the MD5
/// of what arrived in lower-case hex (openim.md §2.5).
pub(crate) fn read_part(answer: &Answer) -> Result<String> {
    if !answer.is_success() {
        return Err(refusal(STORAGE, "a part", answer));
    }
    let Some(etag) = answer.head.header("etag") else {
        return Err(unexpected(STORAGE, "an ETag", answer).retryable());
    };
    let md5 = etag.trim_matches('"').to_ascii_lowercase();
    if md5.len() == 32 && md5.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(md5);
    }
    Err(unexpected(STORAGE, "an ETag that is an MD5", answer))
}

/// The error for an answer of a storage that refuses `what`.
pub(super) fn refusal(who: &str, what: &str, answer: &Answer) -> Error {
    let refusal = Refusal::of_xml(&answer.body);
    let judgement = judge(
        answer.status(),
        refusal.code.as_deref().unwrap_or_default(),
        refusal.text.as_deref().unwrap_or_default(),
    );
    refusal.error(who, what, answer, &judgement)
}

/// The error if it is a storage that answers in place of the server: the base URL
/// is that of the storage, which is the next port (openim.md §2.4).
pub(super) fn in_place_of_the_api(answer: &Answer) -> Option<Error> {
    let Refusal { code, text, .. } = Refusal::of_xml(&answer.body);
    let code = code?;
    let message = format!(
        "a storage answers at the base URL, and not OpenIM's API (HTTP {}, {code}: {}); set the \
         base URL to the API's address, whose port is 10002 if nobody has changed it",
        answer.status(),
        text.as_deref().unwrap_or("no reason given"),
    );
    let error = Error::new(Status::Response, message)
        .with_phase(Phase::Receive)
        .with_http_status(answer.status())
        .with_service(Some(code), text);
    Some(error)
}

fn judge(http_status: u16, code: &str, message: &str) -> Judgement {
    if is_expiry(http_status, code, message) {
        return Judgement::final_(Status::Expired, "the permission has expired; get a new one")
            .with_remedy(Remedy::Permission);
    }
    match code {
        "NoSuchUpload" | "InvalidPart" => {
            Judgement::final_(Status::NotFound, "upload the file again")
                .with_remedy(Remedy::Restart)
        }
        "EntityTooLarge" => Judgement::final_(
            Status::TooLarge,
            "the file is larger than announced, or than the storage takes",
        ),
        "SignatureDoesNotMatch" => Judgement::final_(
            Status::Forbidden,
            "check the external address of the storage in OpenIM's configuration, and any proxy",
        ),
        // They have the status 400, and say that the request did not arrive.
        "BadDigest" | "IncompleteBody" => {
            Judgement::passing(Status::Unavailable, "wait a little and try again")
        }
        // The connection was quiet or broke: within the fields of a form MinIO takes that for a
        // form which is no form (openim.md §2.9).
        "RequestTimeout" | "ClientDisconnected" | "MalformedPOSTRequest" => {
            Judgement::passing(Status::Unavailable, "wait a little and try again")
                .with_remedy(Remedy::Connection)
        }
        "AccessDenied" if http_status == 403 => {
            Judgement::final_(Status::Forbidden, STORE_REFUSAL).with_remedy(Remedy::PermissionOnce)
        }
        "" if http_status == 403 => Judgement::final_(Status::Forbidden, STORE_REFUSAL),
        _ => judge_http(http_status),
    }
}

fn is_expiry(http_status: u16, code: &str, message: &str) -> bool {
    matches!(http_status, 400 | 401 | 403)
        && (matches!(code, "ExpiredToken" | "RequestTimeTooSkewed")
            || message.to_ascii_lowercase().contains("expired"))
}

#[cfg(test)]
#[path = "storage_tests.rs"]
mod tests;

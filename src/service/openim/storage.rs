//! What the storage behind OpenIM answers: MinIO, COS, OSS and others of the
//! manners of S3, whose errors are XML (§2.4).

use super::SERVICE;
use crate::error::{Error, Result, Status};
use crate::service::{Verdict, judge_http, refused, unexpected, xml};
use crate::text::clean;
use crate::transfer::message::Answer;

const STORAGE: &str = "OpenIM's storage";

/// Reads the answer to a form: exactly these statuses are a success, not all
/// that begin with 2 (§2.4).
pub(crate) fn read_stored(success: &[u16], answer: &Answer) -> Result<()> {
    match answer.status() {
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
/// of what arrived in lower-case hex (§2.5).
pub(crate) fn read_part(answer: &Answer) -> Result<String> {
    if !answer.is_success() {
        return Err(refusal(STORAGE, "a part", answer));
    }
    answer
        .head
        .header("etag")
        .map(|etag| etag.trim_matches('"').to_ascii_lowercase())
        .filter(|etag| etag.len() == 32 && etag.bytes().all(|b| b.is_ascii_hexdigit()))
        .ok_or_else(|| unexpected(STORAGE, "an ETag that is an MD5", answer))
}

/// The server has no XML, so what it says is its whole text.
pub(super) fn refusal_of_file(answer: &Answer) -> Error {
    refusal(SERVICE, "the file", answer)
}

fn refusal(who: &str, what: &str, answer: &Answer) -> Error {
    let element = |tag| xml::text(&answer.body, tag).as_deref().map(clean);
    let [code, message, id] = ["Code", "Message", "RequestId"].map(element);
    let verdict = judge(
        answer.status(),
        code.as_deref().unwrap_or_default(),
        message.as_deref().unwrap_or_default(),
    );
    let error = refused(who, what, answer, code, message, &verdict);
    match id {
        Some(id) => error.with_request_id(Some(id)),
        None => error,
    }
}

fn judge(http_status: u16, code: &str, message: &str) -> Verdict {
    if is_expiry(http_status, code, message) {
        return Verdict::final_(Status::Expired, "the permission has expired; get a new one");
    }
    match code {
        "EntityTooLarge" => Verdict::final_(
            Status::TooLarge,
            "the file is larger than announced, or than the storage takes",
        ),
        "SignatureDoesNotMatch" => Verdict::final_(
            Status::Forbidden,
            "check the external address of the storage in OpenIM's configuration, and any proxy",
        ),
        // They have the status 400, and say that the request did not arrive.
        "BadDigest" | "IncompleteBody" | "RequestTimeout" => {
            Verdict::passing(Status::Unavailable, "wait a little and try again")
        }
        _ => judge_http(http_status),
    }
}

fn is_expiry(http_status: u16, code: &str, message: &str) -> bool {
    matches!(http_status, 400 | 401 | 403)
        && (matches!(code, "ExpiredToken" | "RequestTimeTooSkewed")
            || message.to_ascii_lowercase().contains("expired"))
}

/// Whether the storage no longer takes a policy or a signature: a new one helps.
pub(crate) fn is_credential_expired(error: &Error) -> bool {
    is_expiry(
        error.http_status().unwrap_or_default(),
        error.service_code().unwrap_or_default(),
        error.service_message().unwrap_or_default(),
    )
}

/// Whether an upload in parts is no longer known, to the storage or, in a text
/// of the storage's, to the server; or a part of it is not. It has to begin again.
pub(crate) fn is_upload_gone(error: &Error) -> bool {
    matches!(error.service_code(), Some("NoSuchUpload" | "1701"))
        || error.service_message().is_some_and(|text| {
            [
                "NoSuchUpload",
                "upload does not exist",
                "InvalidPart",
                "specified parts could not be found",
            ]
            .iter()
            .any(|sign| text.contains(sign))
        })
}

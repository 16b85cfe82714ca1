//! Refusals of SMH, which are JSON, and of its store, which are XML (smh.md
//! §1.11).

use super::codes::{CODES, WAIT};
use crate::error::{Error, Status};
use crate::json::Json;
use crate::message::Answer;
use crate::service::xml;
use crate::service::{Verdict, judge_http, known, refused};
use crate::text::clean;

/// Reads an answer of SMH or its store (`service`) that is not the success.
pub(super) fn refusal(service: &str, what: &str, answer: &Answer) -> Error {
    let json = Json::parse(&answer.body);
    let (code, text, id) = if json.is_null() {
        let text = |tag| xml::text(&answer.body, tag);
        (text("Code"), text("Message"), text("RequestId"))
    } else {
        let text = |key| json.get(key).words();
        (text("code"), text("message"), text("requestId"))
    };
    let [code, text, id] = [code, text, id].map(|text| text.as_deref().map(clean));
    let http = answer.status();
    let is_over = http == 403 && text.as_deref().is_some_and(says_expired);
    let verdict = match code.as_deref() {
        _ if is_over => expired(),
        Some(code) => judge(http, code),
        None => judge_http(http),
    };
    let error = refused(service, what, answer, code, text, &verdict);
    // The id in the body is of the one that refused it, not of a gateway.
    match id {
        Some(_) => error.with_request_id(id),
        None => error,
    }
}

/// Temporary credentials are over: a call that gets new ones may do.
fn expired() -> Verdict {
    Verdict::passing(
        Status::Forbidden,
        "the credentials for the store have expired; try again",
    )
}

/// What a code means.
fn judge(http_status: u16, code: &str) -> Verdict {
    match known(CODES, code) {
        Some(verdict) => verdict,
        None if is_expiry(code) => expired(),
        // The connection broke off.
        None if http_status == 499 => Verdict::passing(Status::Unavailable, WAIT),
        None => judge_http(http_status),
    }
}

/// Codes of the store for temporary credentials that are over.
fn is_expiry(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken" | "RequestTimeTooSkewed" | "RequestIsExpired" | "InvalidAccessKeyId"
    )
}

/// 403, with `Request has expired` in the message (smh.md §1.5).
fn says_expired(text: &str) -> bool {
    text.contains("Request has expired")
}

fn has_code(error: &Error, codes: &[&str]) -> bool {
    error
        .service_code()
        .is_some_and(|code| codes.contains(&code))
}

/// The token has expired: 403 and InvalidAccessToken (smh.md §1.2), or
/// was made by another version of SMH, and a new one may do.
pub(crate) fn is_token_refused(error: &Error) -> bool {
    error.http_status() == Some(403)
        && has_code(error, &["InvalidAccessToken", "AccessTokenVersionNotMatch"])
}

/// The store refused credentials that may be over: new ones may help. What it
/// denies without a reason is counted too, since asking anew costs one call.
pub(crate) fn is_credential_expired(error: &Error) -> bool {
    let code = error.service_code();
    code.is_some_and(is_expiry)
        || error.http_status() == Some(403)
            && (code == Some("AccessDenied") || error.service_message().is_some_and(says_expired))
}

/// The folder of the file does not exist (smh.md §1.3).
pub(crate) fn is_missing_directory(error: &Error) -> bool {
    has_code(error, &["DirectoryNotFound"])
}

/// SMH itself says that there is no such file, or none any more. A wrong
/// library or address is another matter.
pub(crate) fn is_missing_file(error: &Error) -> bool {
    has_code(
        error,
        &[
            "FileNotFound",
            "PathNotFound",
            "DirectoryNotFound",
            "CosObjectNonexistent",
            "FileRemovedByQuota",
        ],
    )
}

/// A file or folder of that name is there.
pub(crate) fn is_conflict(error: &Error) -> bool {
    has_code(error, &["SameNameDirectoryOrFileExists"])
}

/// SMH or its store does not know the upload (any more).
pub(crate) fn is_upload_gone(error: &Error) -> bool {
    has_code(
        error,
        &["UploadNotFound", "ConfirmKeyNotFound", "NoSuchUpload"],
    )
}

/// The bytes that SMH has are not those that it was told of.
pub(crate) fn is_damaged(error: &Error) -> bool {
    has_code(error, &["BadCrc64"])
}

/// The upload was confirmed before (smh.md §1.8).
pub(crate) fn is_complete(error: &Error) -> bool {
    has_code(error, &["UploadComplete"])
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;

//! Refusals of SMH, which are JSON, and of its store, which are XML (§1.11).

use super::xml;
use crate::error::{Error, Status};
use crate::json::Json;
use crate::service::{Verdict, judge_http, refused};
use crate::text::clean;
use crate::transfer::message::Answer;

/// Reads an answer of SMH or its store (`service`) that is not the success.
pub(super) fn refusal(service: &str, what: &str, answer: &Answer) -> Error {
    let json = Json::parse(&answer.body);
    let (code, text, id) = if json.is_null() {
        let text = |tag| xml::text(&answer.body, tag);
        (text("Code"), text("Message"), text("RequestId"))
    } else {
        let text = |key| json.get(key).text();
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
    use Status::{
        Auth, Conflict, Expired, Forbidden, Integrity, NotFound, RateLimited, Service, TooLarge,
        Unavailable,
    };
    const WAIT: &str = "wait a little and try again";
    const DAMAGED: &str = "the bytes were damaged on the way; upload the file again";
    let (status, advice) = match code {
        "InvalidAccessToken" => (Auth, "the token has expired; get a new one"),
        "EmptyAccessToken" => (Auth, "give an access token"),
        "WrongLibraryIdOrSecret" => (Auth, "check library_id and library_secret"),
        "AccessTokenNotMatchLibrary" | "AccessTokenNotMatchSpace" => (
            Auth,
            "the token is of another library or space; check library_id and space_id",
        ),
        "NoPermission" | "WriteForbidden" | "ReadForbidden" => {
            (Forbidden, "get a token whose grant allows it")
        }
        "LibraryServiceExpired" | "SpaceBanned" => (Forbidden, "ask who runs the library"),
        "SensitiveContentRecognized" => (Forbidden, "the content was found to be unfit"),
        "LibraryNotFound" | "SpaceNotFound" => (NotFound, "check library_id and space_id"),
        "DirectoryNotFound" => (NotFound, "make the folder first, or set create_directories"),
        "FileNotFound" | "PathNotFound" | "CosObjectNonexistent" | "NoSuchKey" => {
            (NotFound, "check the path")
        }
        "UploadNotFound" | "ConfirmKeyNotFound" | "NoSuchUpload" => (
            NotFound,
            "the upload was cancelled, or is over; upload the file again",
        ),
        "RouteNotFound" => (NotFound, "check the base URL"),
        "FileRemovedByQuota" => (Expired, "the space had run full, and the file was removed"),
        "SameNameDirectoryOrFileExists" => (
            Conflict,
            "choose another name, or the conflict strategy rename or overwrite",
        ),
        "PathConflict" | "RenameTooManyTimes" => (Conflict, "choose another name"),
        "OverwriteFileNotAllowed" => (
            Conflict,
            "the space keeps old versions and overwrites none; use the conflict strategy rename",
        ),
        "UploadComplete" => (Service, "the upload is complete already"),
        "NotMultipartUpload" => (
            Service,
            "only uploads in parts can be renewed; upload the file again",
        ),
        "MultipartUploadIncomplete" | "UploadIncomplete" => {
            (Service, "send the missing bytes first")
        }
        "MultipartUploadPartTooSmall" | "EntityTooSmall" => (Service, "choose a larger part_size"),
        "FileNameLengthExceed" | "IllegalFileName" | "ExtnameNotAllowed" => {
            (Service, "choose another file name")
        }
        "ParamInvalid" | "BadRequest" | "InvalidConflictResolutionStrategy" => {
            (Service, "check the options")
        }
        // Nothing but fewer bytes helps, as with a single file that is too
        // large; the credentials are good, so it is not Forbidden.
        "QuotaLimitReached" => (
            TooLarge,
            "the space is full; delete files or have its quota raised",
        ),
        "EntityTooLarge" => (TooLarge, "upload in parts"),
        // To confirm again would not mend the bytes; to send them again does.
        "BadCrc64" => (Integrity, DAMAGED),
        "BadDigest" | "InvalidDigest" => return Verdict::passing(Integrity, DAMAGED),
        "RateLimitExceeded" => return Verdict::passing(RateLimited, WAIT),
        // The connection broke off, whatever the status says.
        "IncompleteBody" | "ReadRequestTimeout" | "RequestTimeout" => {
            return Verdict::passing(Unavailable, WAIT);
        }
        _ if http_status == 499 => return Verdict::passing(Unavailable, WAIT),
        _ if is_expiry(code) => return expired(),
        "AccessDenied" | "SignatureDoesNotMatch" => (
            Forbidden,
            "the store does not accept the credentials of SMH; check any proxy on the way",
        ),
        _ => return judge_http(http_status),
    };
    Verdict::final_(status, advice)
}

/// Codes of the store for temporary credentials that are over.
fn is_expiry(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken" | "RequestTimeTooSkewed" | "RequestIsExpired" | "InvalidAccessKeyId"
    )
}

/// "403, message contains `Request has expired`" (§1.5).
fn says_expired(text: &str) -> bool {
    text.contains("Request has expired")
}

fn has_code(error: &Error, codes: &[&str]) -> bool {
    error
        .service_code()
        .is_some_and(|code| codes.contains(&code))
}

/// The token has expired: "exactly 403+InvalidAccessToken" (§1.2).
pub(crate) fn is_token_refused(error: &Error) -> bool {
    error.http_status() == Some(403) && has_code(error, &["InvalidAccessToken"])
}

/// The store refused credentials that may be over: new ones may help. What it
/// denies without a reason is counted too, since asking anew costs one call.
pub(crate) fn is_credential_expired(error: &Error) -> bool {
    let code = error.service_code();
    code.is_some_and(is_expiry)
        || error.http_status() == Some(403)
            && (code == Some("AccessDenied") || error.service_message().is_some_and(says_expired))
}

/// The folder of the file does not exist (§1.3).
pub(crate) fn is_missing_directory(error: &Error) -> bool {
    has_code(error, &["DirectoryNotFound"])
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

/// The upload was confirmed before (§1.8).
pub(crate) fn is_complete(error: &Error) -> bool {
    has_code(error, &["UploadComplete"])
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;

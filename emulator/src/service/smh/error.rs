//! Errors of SMH: a status, a code, a sentence (smh.md §1.11).

use hyper::header::HeaderName;
use serde_json::{Value, json};
use uuid::Uuid;

use super::codes::{self, Code};
use crate::config::SmhConfig;
use crate::http::{Answer, BodyError, json, set};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-smh-request-id");
pub(super) const PLAIN_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The codes that clients know, with their statuses. The words are ours; clients show their own.
const CODES: &[Code] = &[
    ("BadRequest", 400, "the request cannot be understood"),
    ("ParamInvalid", 400, "a parameter is invalid"),
    ("EmptyAccessToken", 400, "access_token is missing"),
    (
        "EmptyLibraryIdOrSecret",
        400,
        "library_id or library_secret is missing",
    ),
    ("EmptyFileName", 400, "the path names no file"),
    (
        "InvalidConflictResolutionStrategy",
        400,
        "conflict_resolution_strategy is not ask, rename or overwrite",
    ),
    (
        "BadCrc64",
        400,
        "crc64 differs from that of the uploaded file",
    ),
    ("QuotaSpacesInvalid", 400, "the quota's spaces are none"),
    (
        "QuotaCapacityRequired",
        400,
        "the quota's capacity is missing",
    ),
    ("QuotaLimitReached", 400, "the space has no room for this"),
    ("FileNameLengthExceed", 400, "the file name is too long"),
    (
        "IllegalFileName",
        400,
        "the file name has a forbidden character",
    ),
    (
        "ExtnameNotAllowed",
        400,
        "the library takes no files with this extension",
    ),
    (
        "RootDirectoryNotAllowed",
        400,
        "this cannot be done to the root directory",
    ),
    (
        "SourceDirectoryIsParentOfDestination",
        400,
        "a directory cannot move into itself",
    ),
    (
        "MultipartUploadIncomplete",
        400,
        "not all parts were uploaded",
    ),
    ("UploadIncomplete", 400, "the file was not uploaded"),
    (
        "MultipartUploadPartTooSmall",
        400,
        "a part other than the last is smaller than 1 MiB",
    ),
    ("IncompleteBody", 400, "the request body ended early"),
    (
        "OverwriteFileNotAllowed",
        400,
        "files with history cannot be overwritten",
    ),
    ("FunctionNotEnabled", 400, "this function is not enabled"),
    ("NoPermission", 403, "the access token does not grant this"),
    (
        "InvalidAccessToken",
        403,
        "the access token is unknown or has expired",
    ),
    (
        "AccessTokenNotMatchLibrary",
        403,
        "the access token belongs to another library",
    ),
    (
        "AccessTokenNotMatchSpace",
        403,
        "the access token belongs to another space",
    ),
    ("ReadForbidden", 403, "reading is forbidden"),
    ("WriteForbidden", 403, "writing is forbidden"),
    (
        "LibraryServiceExpired",
        403,
        "the library's service has expired",
    ),
    ("SpaceBanned", 403, "the space is banned"),
    ("RouteNotFound", 404, "there is no such call"),
    ("LibraryNotFound", 404, "there is no such library"),
    ("SpaceNotFound", 404, "there is no such space"),
    (
        "DirectoryNotFound",
        404,
        "the directory, or a parent of the file, does not exist",
    ),
    ("FileNotFound", 404, "the file does not exist"),
    ("PathNotFound", 404, "the path does not exist"),
    (
        "SourceFileNotFound",
        404,
        "the file to move or copy does not exist",
    ),
    (
        "SourceDirectoryNotFound",
        404,
        "the directory to move or copy does not exist",
    ),
    ("UploadNotFound", 404, "there is no such upload"),
    ("ConfirmKeyNotFound", 404, "there is no such confirm key"),
    ("NotMultipartUpload", 404, "the upload has no parts"),
    ("NoQuota", 404, "the space has no quota"),
    ("QuotaNotFound", 404, "there is no such quota"),
    ("MarkerNotFound", 404, "there is no such marker"),
    (
        "WrongLibraryIdOrSecret",
        404,
        "library_id or library_secret is wrong",
    ),
    (
        "FileRemovedByQuota",
        404,
        "the file was removed for lack of room",
    ),
    (
        "CosObjectNonexistent",
        404,
        "the file's content does not exist",
    ),
    (
        "ReadRequestTimeout",
        408,
        "the request did not arrive in time",
    ),
    (
        "SameNameDirectoryOrFileExists",
        409,
        "a directory or file of this name exists",
    ),
    ("UploadComplete", 409, "the upload is confirmed already"),
    ("DuplicateQuota", 409, "the space has a quota already"),
    (
        "PathConflict",
        409,
        "another operation works on the same path",
    ),
    ("RenameTooManyTimes", 409, "every name tried is taken"),
    (
        "ContentCasConflict",
        409,
        "there is no file with the content that content_cas names",
    ),
    ("RequestEntityTooLarge", 413, "the request body is too long"),
    ("URITooLong", 414, "the address is too long"),
    ("RateLimitExceeded", 429, "too many requests"),
    ("HeaderFieldsTooLarge", 431, "the header is too long"),
    (
        "SensitiveContentRecognized",
        451,
        "the content is not allowed",
    ),
    ("ClientDisconnected", 499, "the client went away"),
    ("InternalServerError", 500, "an internal error"),
    ("ServerOverloaded", 503, "the server is overloaded"),
];

/// An error on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Error {
    status: u16,
    code: &'static str,
    message: String,
}

impl Error {
    /// One of the known codes, with its usual status and words.
    pub(super) fn new(code: &'static str) -> Self {
        let (status, message) = codes::usual(CODES, code);
        Self {
            status,
            code,
            message: message.to_owned(),
        }
    }

    /// The same with other words.
    pub(super) fn because(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::new(code)
        }
    }

    pub(super) fn parameter(message: impl Into<String>) -> Self {
        Self::because("ParamInvalid", message)
    }

    /// As one result among several.
    pub(super) fn in_list(&self, mut about: Value) -> Value {
        about["status"] = self.status.into();
        about["code"] = self.code.into();
        about["message"] = self.message.clone().into();
        about
    }

    pub(super) fn answer(&self, config: &SmhConfig) -> Answer {
        let id = Uuid::new_v4().simple().to_string();
        let mut body = json!({
            "code": self.code,
            "message": self.message,
            "requestId": id,
        });
        if config.private_cloud {
            body["status"] = self.status.into();
        }
        let mut answer = json(self.status, "application/json; charset=utf-8", &body);
        set(&mut answer, REQUEST_ID, &id);
        set(&mut answer, PLAIN_REQUEST_ID, &id);
        answer
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection | BodyError::Silent { .. } => Self::new("IncompleteBody"),
            BodyError::Malformed(how) => Self::because("BadRequest", how),
            BodyError::Disk(error) => Self::because("InternalServerError", error.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        BodyError::from(error).into()
    }
}

/// Whether there is one of that code or status.
pub(crate) fn has_error(name: &str) -> bool {
    codes::asked_for(CODES, name).is_some()
}

/// An error by its code, or by its HTTP status, for the fault `service_error`.
pub(crate) fn named_error(config: &SmhConfig, name: &str) -> Answer {
    let code = codes::asked_for(CODES, name).unwrap_or("InternalServerError");
    Error::new(code).answer(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_by_status() {
        for (at, known) in CODES.iter().enumerate() {
            assert!(CODES[..at].iter().all(|other| other.0 != known.0));
            assert!(CODES[..at].iter().all(|other| other.1 <= known.1));
        }
        assert_eq!(Error::new("BadCrc64").status, 400);
        assert_eq!(Error::new("nonsense").status, 500);
    }
}

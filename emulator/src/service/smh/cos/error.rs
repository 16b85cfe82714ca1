//! The store's errors, in XML.

use super::super::codes::{self, Code};
use crate::http::{Answer, BodyError, set, text};

/// Code, status and words. The words are ours, but for those that clients look for.
const CODES: &[Code] = &[
    ("InvalidArgument", 400, "an argument is invalid"),
    (
        "BadDigest",
        400,
        "Content-MD5 differs from that of the body",
    ),
    (
        "InvalidDigest",
        400,
        "Content-MD5 is not a digest in base64",
    ),
    ("EntityTooLarge", 400, "the body is longer than 5 GiB"),
    ("IncompleteBody", 400, "the request body ended early"),
    ("MalformedPOSTRequest", 400, "the form is not well-formed"),
    ("AccessDenied", 403, "Access Denied."),
    (
        "SignatureDoesNotMatch",
        403,
        "the signature is not that of this request",
    ),
    ("InvalidAccessKeyId", 403, "there is no such key id"),
    (
        "RequestTimeTooSkewed",
        403,
        "the request is signed for another time",
    ),
    ("NoSuchKey", 404, "The specified key does not exist."),
    (
        "NoSuchUpload",
        404,
        "The specified multipart upload does not exist.",
    ),
    ("NoSuchBucket", 404, "The specified bucket does not exist."),
    (
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource.",
    ),
    ("RequestTimeout", 408, "the body did not arrive in time"),
    ("MissingContentLength", 411, "Content-Length is missing"),
    ("PreconditionFailed", 412, "a condition does not hold"),
    ("TooManyRequests", 429, "too many requests"),
    (
        "InternalError",
        500,
        "We encountered an internal error. Please try again.",
    ),
    ("SlowDown", 503, "Reduce your request rate."),
    ("ServiceUnavailable", 503, "the service is unavailable"),
];

/// An error on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Error {
    status: u16,
    code: &'static str,
    message: String,
}

impl Error {
    pub(super) fn new(code: &'static str) -> Self {
        let (status, message) = codes::usual(CODES, code);
        Self {
            status,
            code,
            message: message.to_owned(),
        }
    }

    pub(super) fn because(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::new(code)
        }
    }

    pub(super) fn answer(&self, path: &str) -> Answer {
        let id = request_id();
        let body = format!(
            "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>{}</Code>\n\t<Message>{}</Message>\n\
             \t<Resource>{}</Resource>\n\t<RequestId>{id}</RequestId>\n\t<TraceId>{id}</TraceId>\n</Error>\n",
            self.code,
            escape(&self.message),
            escape(path),
        );
        let mut answer = text(self.status, "application/xml", body);
        set(&mut answer, super::REQUEST_ID, &id);
        answer
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection | BodyError::Silent => Self::new("IncompleteBody"),
            BodyError::Malformed(how) => Self::because("MalformedPOSTRequest", how),
            BodyError::Disk(error) => Self::because("InternalError", error.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        BodyError::Disk(error).into()
    }
}

pub(super) fn request_id() -> String {
    use base64::Engine;
    let id = uuid::Uuid::new_v4();
    base64::engine::general_purpose::STANDARD.encode(id.simple().to_string())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Whether there is one of that code or status.
pub(crate) fn has_error(name: &str) -> bool {
    name.eq_ignore_ascii_case("expired") || codes::asked_for(CODES, name).is_some()
}

/// An error by its code, or by its HTTP status, for the fault `service_error`.
pub(crate) fn named_error(name: &str) -> Answer {
    if name.eq_ignore_ascii_case("expired") {
        return Error::because("AccessDenied", "Request has expired").answer("/");
    }
    let code = codes::asked_for(CODES, name).unwrap_or("InternalError");
    Error::new(code).answer("/")
}

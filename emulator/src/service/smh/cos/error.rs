//! The store's errors, in XML (smh.md §1.17).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::codes::{self, Code};
use super::super::sign::Fault;
use crate::calendar::iso_date;
use crate::http::{Answer, BodyError, set, text};
use crate::service::smh::upload::random_hex;

/// Code, status and words. The words are COS's where they are known, else ours.
const CODES: &[Code] = &[
    ("InvalidArgument", 400, "an argument is invalid"),
    (
        "BadDigest",
        400,
        "Content-MD5 differs from that of the body",
    ),
    (
        "EntityTooLarge",
        400,
        "the body is longer than the store takes",
    ),
    ("EntityTooSmall", 400, "a part but the last is below 1 MB"),
    ("ExpiredToken", 400, "the security token is too old"),
    ("IncompleteBody", 400, "the request body ended early"),
    (
        "InvalidDigest",
        400,
        "Content-MD5 is not a digest in base64",
    ),
    (
        "InvalidPart",
        400,
        "a part is missing, or its ETag is another",
    ),
    (
        "InvalidPartOrder",
        400,
        "the parts are not in ascending order",
    ),
    ("InvalidRequest", 400, "the request is invalid"),
    (
        "KeyTooLong",
        400,
        "the object's key is longer than 850 bytes",
    ),
    ("MalformedPOSTRequest", 400, "the form is not well-formed"),
    ("MalformedXML", 400, "the XML is not well-formed"),
    ("MissingRequestBodyError", 400, "the request has no body"),
    ("RequestTimeout", 400, "the body did not arrive in time"),
    ("UserNetworkTooSlow", 400, "the body arrives too slowly"),
    ("AccessDenied", 403, "Access Denied."),
    (
        "AccessForbidden",
        403,
        "the rules for other origins do not allow this",
    ),
    (
        "InvalidAccessKeyId",
        403,
        "The Access Key Id you provided does not exist in our records",
    ),
    (
        "RequestTimeTooSkewed",
        403,
        "the request is signed for another time",
    ),
    (
        "SignatureDoesNotMatch",
        403,
        "The Signature you specified is invalid.",
    ),
    ("NoSuchBucket", 404, "The specified bucket does not exist."),
    ("NoSuchKey", 404, "The specified key does not exist."),
    (
        "NoSuchUpload",
        404,
        "The specified multipart upload does not exist.",
    ),
    (
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource.",
    ),
    (
        "FileAlreadyExists",
        409,
        "there is an object of this key, and x-cos-forbid-overwrite is true",
    ),
    ("MissingContentLength", 411, "Content-Length is missing"),
    ("PreconditionFailed", 412, "a condition does not hold"),
    ("InvalidRange", 416, "the range lies behind the object"),
    ("TooManyRequests", 429, "too many requests"),
    (
        "InternalError",
        500,
        "We encountered an internal error. Please try again.",
    ),
    (
        "NotImplemented",
        501,
        "what is asked for is not in this emulator",
    ),
    ("ServiceUnavailable", 503, "the service is unavailable"),
    ("SlowDown", 503, "Reduce your request rate."),
];

/// An error on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Error {
    status: u16,
    code: &'static str,
    message: String,
    /// What was signed, for whom it did not match.
    signed: Option<Box<(String, String)>>,
}

impl Error {
    pub(super) fn new(code: &'static str) -> Self {
        let (status, message) = codes::usual(CODES, code);
        Self {
            status,
            code,
            message: message.to_owned(),
            signed: None,
        }
    }

    pub(super) fn because(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::new(code)
        }
    }

    /// `resource` is host and path.
    pub(super) fn answer(&self, resource: &str, now_ms: i64) -> Answer {
        let id = request_id();
        let trace = STANDARD.encode(random_hex(64));
        let mut more = String::new();
        let mut put = |name: &str, value: &str| {
            more.push_str(&format!("\t<{name}>{}</{name}>\n", escape(value)));
        };
        if let Some(signed) = &self.signed {
            put("StringToSign", &signed.0);
            put("FormatString", &signed.1);
        }
        if self.code == "AccessDenied" {
            // Without the milliseconds.
            let now = iso_date(now_ms.div_euclid(1000).saturating_mul(1000));
            put("ServerTime", &now.replace(".000Z", "Z"));
        }
        put("Resource", resource);
        put("RequestId", &id);
        put("TraceId", &trace);
        let body = format!(
            "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>{}</Code>\n\t<Message>{}</Message>\n{more}</Error>\n",
            self.code,
            escape(&self.message),
        );
        let mut answer = text(self.status, "application/xml", body);
        set(&mut answer, super::REQUEST_ID, &id);
        set(&mut answer, super::TRACE_ID, &trace);
        answer
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection | BodyError::Silent { .. } => Self::new("IncompleteBody"),
            BodyError::Malformed(how) => Self::because("MalformedPOSTRequest", how),
            BodyError::Disk(error) => Self::because("InternalError", error.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        BodyError::from(error).into()
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Missing => Self::new("AccessDenied"),
            Fault::Malformed => Self::because(
                "InvalidArgument",
                "the authorization does not have the documented form",
            ),
            Fault::UnknownKey => Self::new("InvalidAccessKeyId"),
            // Clients look for these words.
            Fault::Expired => Self::because("AccessDenied", "Request has expired"),
            Fault::NotYet => Self::new("RequestTimeTooSkewed"),
            Fault::Mismatch(signed) => Self {
                signed,
                ..Self::new("SignatureDoesNotMatch")
            },
            Fault::Token => Self::because(
                "AccessDenied",
                "the security token is missing or belongs to something else",
            ),
            Fault::TokenExpired => Self::new("ExpiredToken"),
        }
    }
}

/// Four numbers in hex, as COS has them: the time and where the request was answered.
pub(super) fn request_id() -> String {
    let random = random_hex(15);
    let fields = [&random[..8], &random[8..16], &random[16..20], &random[20..]];
    STANDARD.encode(fields.join("_"))
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Whether there is one of that code or status.
pub(crate) fn has_error(name: &str) -> bool {
    name.eq_ignore_ascii_case("expired") || codes::asked_for(CODES, name).is_some()
}

/// An error by its code, or by its HTTP status, for the fault `service_error`.
pub(crate) fn named_error(name: &str, resource: &str, now_ms: i64) -> Answer {
    let error = match name.eq_ignore_ascii_case("expired") {
        true => Fault::Expired.into(),
        false => Error::new(codes::asked_for(CODES, name).unwrap_or("InternalError")),
    };
    error.answer(resource, now_ms)
}

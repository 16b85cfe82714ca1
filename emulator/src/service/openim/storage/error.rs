//! Errors of an S3 store, in XML and with MinIO's words.

use hyper::header;

use super::super::Context;
use crate::config::OpenimConfig;
use crate::http::{Answer, BodyError, set, text};

/// A kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Error {
    status: u16,
    code: &'static str,
    message: &'static str,
}

macro_rules! errors {
    ($($name:ident $status:literal $code:literal $message:literal;)*) => {
        impl Error {
            $(pub(super) const $name: Self = Self { status: $status, code: $code, message: $message };)*

            const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

errors! {
    ACCESS_DENIED 403 "AccessDenied" "Access Denied.";
    EXPIRED 403 "AccessDenied" "Request has expired";
    NOT_YET 403 "AccessDenied" "Request is not valid yet";
    SKEWED 403 "RequestTimeTooSkewed" "The difference between the request time and the server's time is too large.";
    SIGNATURE 403 "SignatureDoesNotMatch" "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    ACCESS_KEY 403 "InvalidAccessKeyId" "The Access Key Id you provided does not exist in our records.";
    POLICY_FORM 403 "PostPolicyInvalidKeyName" "Invalid according to Policy: Policy Condition failed";
    CREDENTIAL 400 "AuthorizationQueryParametersError" "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
    QUERY 400 "AuthorizationQueryParametersError" "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
    LONG_EXPIRES 400 "AuthorizationQueryParametersError" "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds";
    AUTHORIZATION 400 "AuthorizationHeaderMalformed" "The authorization header that you provided is not valid.";
    REGION 400 "AuthorizationHeaderMalformed" "The authorization header is malformed; the region is wrong; expecting 'us-east-1'.";
    UNSIGNED_HEADERS 400 "AccessDenied" "There were headers present in the request which were not signed";
    NO_DATE 400 "AccessDenied" "AWS authentication requires a valid Date or x-amz-date header";
    BAD_DATE 400 "MalformedDate" "Invalid date format header, expected to be in ISO8601, RFC1123 or RFC1123Z time format.";
    EMPTY_BODY 400 "EmptyRequestBody" "Request body cannot be empty.";
    BAD_FORM 400 "MalformedPOSTRequest" "The body of your POST request is not well-formed multipart/form-data.";
    TOO_LARGE 400 "EntityTooLarge" "Your proposed upload exceeds the maximum allowed object size.";
    TOO_SMALL 400 "EntityTooSmall" "Your proposed upload is smaller than the minimum allowed object size.";
    BAD_DIGEST 400 "BadDigest" "The Content-Md5 you specified did not match what we received.";
    NO_DIGEST 400 "InvalidDigest" "The Content-Md5 you specified is not valid.";
    BAD_SHA256 400 "XAmzContentSHA256Mismatch" "The provided 'x-amz-content-sha256' header does not match what was computed.";
    INCOMPLETE 400 "IncompleteBody" "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    NAME 400 "XMinioInvalidObjectName" "Object name contains unsupported characters.";
    PART_NUMBER 400 "InvalidArgument" "Part number must be an integer between 1 and 10000, inclusive";
    INVALID_PART 400 "InvalidPart" "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    PART_ORDER 400 "InvalidPartOrder" "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
    MISSING_PART 400 "InvalidRequest" "You must specify at least one part";
    MALFORMED_XML 400 "MalformedXML" "The XML you provided was not well-formed or did not validate against our published schema.";
    NO_SUCH_KEY 404 "NoSuchKey" "The specified key does not exist.";
    NO_SUCH_UPLOAD 404 "NoSuchUpload" "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    METHOD 405 "MethodNotAllowed" "The specified method is not allowed against this resource.";
    NO_LENGTH 411 "MissingContentLength" "You must provide the Content-Length HTTP header.";
    INVALID_RANGE 416 "InvalidRange" "The requested range is not satisfiable";
    NOT_IMPLEMENTED 501 "NotImplemented" "A header you provided implies functionality that is not implemented";
    INTERNAL 500 "InternalError" "We encountered an internal error, please try again.";
    TOO_MANY 429 "TooManyRequests" "Please reduce your request rate";
    SLOW_DOWN 503 "SlowDownWrite" "Resource requested is unwritable, please reduce your request rate";
    SLOW_DOWN_READ 503 "SlowDownRead" "Resource requested is unreadable, please reduce your request rate";
    SLOW_DOWN_OLD 503 "SlowDown" "Please reduce your request rate.";
    TIMEOUT 503 "RequestTimeout" "A timeout occurred while trying to lock a resource, please reduce your request rate";
    BUSY 503 "ServerBusy" "The service is unavailable. Please retry.";
    NOT_READY 503 "XMinioServerNotInitialized" "Server not initialized yet, please try again.";
    FULL 507 "XMinioStorageFull" "Storage backend has reached its minimum free drive threshold. Please delete a few objects to proceed.";
}

/// An error on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Failure {
    error: Error,
    /// In place of the kind's own words.
    message: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            message: None,
        }
    }
}

impl Failure {
    pub(super) fn new(error: Error, message: impl Into<String>) -> Self {
        Self {
            error,
            message: Some(message.into()),
        }
    }

    /// The kind's words, and why in brackets.
    pub(super) fn because(error: Error, why: &str) -> Self {
        Self::new(error, format!("{} ({why})", error.message))
    }

    pub(super) fn words(&self) -> String {
        self.message
            .clone()
            .unwrap_or_else(|| self.error.message.to_owned())
    }

    pub(super) fn answer(&self, context: &Context<'_>, key: &str) -> Answer {
        let bucket = &context.config.bucket;
        xml(self.error, &self.words(), bucket, key)
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection => Error::INCOMPLETE.into(),
            BodyError::Malformed(how) => Self::because(Error::BAD_FORM, how),
            BodyError::Disk(error) => Self::new(Error::INTERNAL, error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        BodyError::Disk(error).into()
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

fn xml(error: Error, message: &str, bucket: &str, key: &str) -> Answer {
    let optional = |name: &str, value: &str| {
        if value.is_empty() {
            String::new()
        } else {
            format!("<{name}>{}</{name}>", escape(value))
        }
    };
    let resource = escape(&format!("/{bucket}/{key}"));
    let id = uuid::Uuid::new_v4().simple().to_string()[..16].to_uppercase();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>{}{}\
         <Resource>{resource}</Resource><RequestId>{id}</RequestId><HostId>emulator</HostId></Error>",
        error.code,
        escape(message),
        optional("Key", key),
        optional("BucketName", bucket),
    );
    text(error.status, "application/xml", body)
}

/// The first of several with the same code or status.
fn named(name: &str) -> Option<Error> {
    let is =
        |error: &&Error| error.code.eq_ignore_ascii_case(name) || error.status.to_string() == name;
    Error::ALL.iter().find(is).copied()
}

/// Whether there is an error of that code or status.
pub(crate) fn knows(name: &str) -> bool {
    named(name).is_some()
}

/// An error by its code or status, for the fault `service_error`.
pub(crate) fn named_error(config: &OpenimConfig, name: &str) -> Answer {
    let wanted = named(name).unwrap_or(Error::INTERNAL);
    let mut answer = xml(wanted, wanted.message, "", "");
    if let (429 | 503, Some(seconds)) = (wanted.status, config.retry_after) {
        set(&mut answer, header::RETRY_AFTER, &seconds.to_string());
    }
    answer
}

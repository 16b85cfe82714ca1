//! Errors of an S3 store, in XML and with MinIO's words.

use hyper::Method;
use hyper::ext::ReasonPhrase;
use hyper::header::{self, HeaderName};

use super::super::Context;
use super::manners::{Early, HOST_ID, RequestId};
use crate::clock::http_date;
use crate::config::OpenimConfig;
use crate::http::{Answer, BodyError, Head, set, status_only, text};
use crate::store::Meta;

const ERROR_CODE: HeaderName = HeaderName::from_static("x-minio-error-code");
const ERROR_DESC: HeaderName = HeaderName::from_static("x-minio-error-desc");

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
    CREDENTIAL_DATE 400 "AuthorizationQueryParametersError" "Error parsing the X-Amz-Credential parameter; incorrect date format. This date in the credential must be in the format \"yyyyMMdd\".";
    TERMINAL 400 "AuthorizationQueryParametersError" "Error parsing the X-Amz-Credential parameter; incorrect terminal. This endpoint uses \"aws4_request\".";
    QUERY 400 "AuthorizationQueryParametersError" "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
    LONG_EXPIRES 400 "AuthorizationQueryParametersError" "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds";
    TOKEN 403 "InvalidTokenId" "The security token included in the request is invalid";
    MECHANISM 400 "InvalidRequest" "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
    TWO_KINDS 400 "InvalidRequest" "Invalid Request (request has multiple authentication types, please use one)";
    NO_CREDENTIAL 400 "InvalidRequest" "Missing Credential field for this request.";
    MISSING_FIELDS 400 "MissingFields" "Missing fields in request.";
    SERVICE 400 "AuthorizationParametersError" "Error parsing the Credential/X-Amz-Credential parameter; incorrect service. This endpoint belongs to \"s3\".";
    ALGORITHM 400 "AuthorizationQueryParametersError" "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\".";
    EXPIRES_NUMBER 400 "AuthorizationQueryParametersError" "X-Amz-Expires should be a number";
    EXPIRES_NEGATIVE 400 "AuthorizationQueryParametersError" "X-Amz-Expires must be non-negative";
    QUERY_DATE 400 "AuthorizationQueryParametersError" "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"";
    AUTHORIZATION 400 "AuthorizationHeaderMalformed" "The authorization header that you provided is not valid.";
    UNSIGNED_HEADERS 400 "AccessDenied" "There were headers present in the request which were not signed";
    NO_DATE 400 "AccessDenied" "AWS authentication requires a valid Date or x-amz-date header";
    BAD_DATE 400 "MalformedDate" "Invalid date format header, expected to be in ISO8601, RFC1123 or RFC1123Z time format.";
    PRECONDITION 412 "PreconditionFailed" "At least one of the pre-conditions you specified did not hold";
    RESOURCE 400 "XMinioInvalidResourceName" "Resource name contains bad components such as \"..\" or \".\".";
    KEY_TOO_LONG 400 "KeyTooLongError" "Your key is too long";
    UNSUPPORTED 400 "BadRequest" "An unsupported API call";
    VERSION 400 "InvalidArgument" "Invalid version id specified";
    NO_SUCH_VERSION 404 "NoSuchVersion" "The specified version does not exist.";
    MAX_KEYS 400 "InvalidArgument" "Argument maxKeys must be an integer between 0 and 2147483647";
    MAX_UPLOADS 400 "InvalidArgument" "Argument max-uploads must be an integer between 0 and 2147483647";
    ENCODING 400 "InvalidArgument" "Invalid Encoding Method specified in Request";
    CONTINUATION 400 "InvalidArgument" "The continuation token provided is incorrect";
    ATTRIBUTES 400 "InvalidArgument" "Invalid attribute name specified.";
    METADATA_DIRECTIVE 400 "InvalidArgument" "Unknown metadata directive.";
    TAG_DIRECTIVE 400 "InvalidArgument" "Unknown tag directive.";
    SELF_COPY 400 "InvalidRequest" "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
    METADATA 400 "MetadataTooLarge" "Your metadata headers exceed the maximum allowed metadata size.";
    MANY_TAGS 400 "BadRequest" "Tags cannot be more than 10";
    TAG_KEY 400 "InvalidTag" "The TagKey you have provided is invalid";
    TAG_VALUE 400 "InvalidTag" "The TagValue you have provided is invalid";
    TAG_TWICE 400 "InvalidTag" "Cannot provide multiple Tags with the same key";
    NO_MD5 400 "MissingContentMD5" "Missing or invalid required header for this request: Content-Md5 or Amz-Content-Checksum";
    COPY_SOURCE 400 "InvalidArgument" "Copy Source must mention the source bucket and key: sourcebucket/sourcekey.";
    NO_LOCK 400 "InvalidRequest" "Bucket is missing ObjectLockConfiguration";
    PART_BEYOND 416 "InvalidPartNumber" "The requested partnumber is not satisfiable";
    RANGE_OF_PART 400 "InvalidRequest" "Cannot specify both Range header and partNumber query parameter";
    ARGUMENTS 400 "XMinioAdminInvalidArgument" "Invalid arguments specified.";
    STORAGE_CLASS 400 "InvalidStorageClass" "Invalid storage class.";
    ENCRYPTION 501 "NotImplemented" "Server side encryption specified but KMS is not configured (KMS not configured for a server side encrypted objects)";
    EMPTY_BODY 400 "EmptyRequestBody" "Request body cannot be empty.";
    BAD_FORM 400 "MalformedPOSTRequest" "The body of your POST request is not well-formed multipart/form-data.";
    TOO_LARGE 400 "EntityTooLarge" "Your proposed upload exceeds the maximum allowed object size.";
    TOO_SMALL 400 "EntityTooSmall" "Your proposed upload is smaller than the minimum allowed object size.";
    BAD_DIGEST 400 "BadDigest" "The Content-Md5 you specified did not match what we received.";
    NO_DIGEST 400 "InvalidDigest" "The Content-Md5 you specified is not valid.";
    BAD_SHA256 400 "XAmzContentSHA256Mismatch" "The provided 'x-amz-content-sha256' header does not match what was computed.";
    DISCONNECTED 499 "ClientDisconnected" "Client disconnected before response was ready";
    BAD_CHECKSUM 400 "XAmzContentChecksumMismatch" "The provided 'x-amz-checksum' header does not match what was computed.";
    ODD_CHECKSUM 400 "InvalidArgument" "Invalid checksum provided.";
    INCOMPLETE 400 "IncompleteBody" "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    NAME 400 "XMinioInvalidObjectName" "Object name contains unsupported characters.";
    PART_NUMBER 400 "InvalidArgument" "Part number must be an integer between 1 and 10000, inclusive";
    INVALID_PART 400 "InvalidPart" "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    PART_ORDER 400 "InvalidPartOrder" "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
    MISSING_PART 400 "InvalidRequest" "You must specify at least one part";
    MALFORMED_XML 400 "MalformedXML" "The XML you provided was not well-formed or did not validate against our published schema.";
    BUCKET_NAME 400 "InvalidBucketName" "The specified bucket is not valid.";
    BUCKET_EXISTS 409 "BucketAlreadyOwnedByYou" "Your previous request to create the named bucket succeeded and you already own it.";
    OWN_KEY 400 "InvalidRequest" "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.";
    NO_SUCH_BUCKET 404 "NoSuchBucket" "The specified bucket does not exist";
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
    /// Given before the store looked at bucket and key.
    early: Option<Early>,
    /// ETag and time of the version that a condition was about.
    version: Option<Box<(String, String)>>,
    /// Refused at the router, which names no key.
    is_keyless: bool,
    /// Bucket and key that it is about, in place of those asked for.
    place: Option<Box<(String, String)>>,
    /// More elements of the XML.
    more: Vec<(&'static str, String)>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            message: None,
            early: None,
            version: None,
            is_keyless: false,
            place: None,
            more: Vec::new(),
        }
    }
}

impl Failure {
    pub(super) fn new(error: Error, message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..Self::from(error)
        }
    }

    /// Refused before the store looked at bucket and key.
    pub(super) fn early(error: Error) -> Self {
        Self {
            early: Some(Early::Uncounted),
            ..Self::from(error)
        }
    }

    /// Without the key in its XML.
    pub(super) fn keyless(self) -> Self {
        Self {
            is_keyless: true,
            ..self
        }
    }

    /// About another object than the one asked for.
    pub(super) fn of(self, bucket: &str, key: &str) -> Self {
        Self {
            place: Some(Box::new((bucket.to_owned(), key.to_owned()))),
            ..self
        }
    }

    /// Names the version that is there.
    pub(super) fn of_version(self, meta: &Meta) -> Self {
        Self {
            version: Some(Box::new((
                format!("\"{}\"", meta.md5),
                http_date(meta.created_ms),
            ))),
            ..self
        }
    }

    /// With more elements in its XML.
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.more.push((name, value.to_string()));
        self
    }

    /// A method that it does not know at this place.
    pub(super) fn unsupported(head: &Head) -> Self {
        let (method, path) = (&head.method, &head.path);
        let words = format!("An unsupported API call for method: {method} at '{path}'");
        Self {
            early: Some(Early::Unnamed),
            ..Self::new(Error::UNSUPPORTED, words)
        }
    }

    /// The kind's words, and why in brackets.
    pub(super) fn because(error: Error, why: &str) -> Self {
        Self::new(error, format!("{} ({why})", error.message))
    }

    /// What went wrong in MinIO itself, in Go's words.
    pub(super) fn internal(why: &str) -> Self {
        let words = Error::INTERNAL.message;
        Self::new(Error::INTERNAL, format!("{words}: cause({why})"))
    }

    pub(super) fn words(&self) -> String {
        self.message
            .clone()
            .unwrap_or_else(|| self.error.message.to_owned())
    }

    pub(super) fn answer(&self, context: &Context<'_>, key: &str) -> Answer {
        // To HEAD it is said in the header alone, but where it was too early for that.
        if context.head.method != Method::HEAD || self.early.is_some() {
            return self.whole(context, key);
        }
        let mut answer = status_only(self.error.status);
        set(&mut answer, header::CONTENT_LENGTH, "0");
        set(&mut answer, ERROR_CODE, self.error.code);
        set(&mut answer, ERROR_DESC, &format!("\"{}\"", self.words()));
        answer
    }

    /// With its XML.
    pub(super) fn whole(&self, context: &Context<'_>, key: &str) -> Answer {
        let resource = crate::http::decode_percent(&context.head.path, false);
        let place = match (self.early, &self.place) {
            (None, Some(place)) => Place {
                bucket: &place.0,
                key: &place.1,
                resource: &resource,
            },
            (Some(_), _) => Place {
                bucket: "",
                key: "",
                resource: &resource,
            },
            (None, None) => Place {
                bucket: context.bucket,
                key: if self.is_keyless { "" } else { key },
                resource: &resource,
            },
        };
        let mut answer = xml(self.error, &self.words(), &place, &self.more);
        if let Some(version) = &self.version {
            let (etag, modified) = &**version;
            set(&mut answer, header::ETAG, etag);
            set(&mut answer, header::LAST_MODIFIED, modified);
        }
        if let Some(early) = self.early {
            answer.extensions_mut().insert(early);
        }
        if self.error == Error::DISCONNECTED {
            // Go has no name for it.
            let reason = ReasonPhrase::from_static(b"status code 499");
            answer.extensions_mut().insert(reason);
        }
        say_when(self.error, context.config, &mut answer);
        answer
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection => Error::DISCONNECTED.into(),
            BodyError::Silent { .. } => Self::from(Error::TIMEOUT),
            BodyError::Malformed(how) => Self::because(Error::BAD_FORM, how),
            BodyError::Disk(error) => Self::internal(&error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        BodyError::from(error).into()
    }
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' => escaped.push_str("&#x9;"),
            '\n' => escaped.push_str("&#xA;"),
            '\r' => escaped.push_str("&#xD;"),
            // No character of XML.
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}

/// What an error is about.
struct Place<'a> {
    bucket: &'a str,
    key: &'a str,
    resource: &'a str,
}

fn xml(error: Error, message: &str, place: &Place<'_>, more: &[(&str, String)]) -> Answer {
    let optional = |name: &str, value: &str| {
        if value.is_empty() {
            String::new()
        } else {
            format!("<{name}>{}</{name}>", escape(value))
        }
    };
    let resource = escape(place.resource);
    let id = RequestId::new();
    let more: String = more
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>", escape(value)))
        .collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>{}{}\
         <Resource>{resource}</Resource><RequestId>{}</RequestId><HostId>{HOST_ID}</HostId>{more}</Error>",
        error.code,
        escape(message),
        optional("Key", place.key),
        optional("BucketName", place.bucket),
        id.text(),
    );
    let mut answer = text(error.status, "application/xml", body);
    answer.extensions_mut().insert(id);
    answer
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
    let nowhere = Place {
        bucket: "",
        key: "",
        resource: "/",
    };
    let mut answer = xml(wanted, wanted.message, &nowhere, &[]);
    say_when(wanted, config, &mut answer);
    answer
}

/// When to come again, of a store that is too busy.
fn say_when(error: Error, config: &OpenimConfig, answer: &mut Answer) {
    if let (429 | 503, Some(seconds)) = (error.status, config.retry_after) {
        set(answer, header::RETRY_AFTER, &seconds.to_string());
    }
}

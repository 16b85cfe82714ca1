//! The one error type: what failed, where, what the service said, and what to do.

mod io;

pub(crate) use io::Reason;

use std::fmt;

/// What kind of failure an [`Error`] is. The numbers are the C ABI's
/// `chatfile_status` values: they come in bands and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum Status {
    /// A parameter has a value that can never work.
    Argument = 100,
    /// A required parameter is NULL (C ABI only).
    Null = 101,
    /// A text is not valid UTF-8, or holds CR, LF or NUL where none may be.
    Text = 102,
    /// A structure is shorter than its first version, or asks for something
    /// this library is too old to know (C ABI only).
    Struct = 103,
    /// A limit would be exceeded: one that is known beforehand, so that nothing
    /// was sent, or the caller's own on the size of a download.
    Limit = 104,
    /// The opened service cannot do this.
    Unsupported = 105,
    /// The source could not be opened, read or rewound, or did not hold the
    /// number of bytes announced.
    Source = 106,
    /// The target could not be written.
    Sink = 107,
    /// The file changed while it was being read.
    SourceChanged = 108,
    /// There is no memory for what the call needs: a file that is downloaded to
    /// memory, or an answer.
    Memory = 109,
    /// The checkpoint of an upload cannot be read or written, or is in use.
    Checkpoint = 110,
    /// The operating system refuses what a call needs: random numbers, a thread,
    /// a socket.
    System = 111,

    /// The host name could not be resolved.
    Resolve = 200,
    /// No connection could be made.
    Connect = 201,
    /// TLS failed: most often a certificate that is not trusted.
    Tls = 202,
    /// The connection broke while sending or receiving.
    Connection = 203,
    /// No connection within the connect time-out.
    ConnectTimeout = 204,
    /// No byte moved for the length of the stall time-out.
    Stalled = 205,
    /// The deadline of the whole call passed.
    Deadline = 206,
    /// A redirect was refused: too many, from https to http (see
    /// [`ClientOptions::allow_plain_http`](crate::ClientOptions::allow_plain_http)),
    /// or to what is no URL that can be asked.
    Redirect = 207,
    /// The other side does not speak HTTP/1.1.
    Protocol = 208,
    /// The proxy refused, or wants another login.
    Proxy = 209,

    /// The service refused the request for a reason of its own.
    Service = 300,
    /// The credentials or the token were refused.
    Auth = 301,
    /// The credentials are good, but do not allow this.
    Forbidden = 302,
    /// The file, the app or the address does not exist.
    NotFound = 303,
    /// The file existed and has expired.
    Expired = 304,
    /// The service finds the file too large.
    TooLarge = 305,
    /// Too many calls; try again later.
    RateLimited = 306,
    /// The service is out of order at the moment.
    Unavailable = 307,
    /// The answer is not the documented one, so nothing in it was believed.
    Response = 308,
    /// A file or folder of that name is there already.
    Conflict = 309,
    /// The file was stored, but not restricted as was asked for: anyone may get
    /// it. [`Error::file`] names it.
    NotRestricted = 310,

    /// Fewer bytes arrived than were announced.
    Truncated = 400,
    /// The bytes do not match the checksum stated for them.
    Integrity = 401,

    /// The transfer was cancelled by its cancel handle.
    Cancelled = 500,
    /// A callback of the caller returned non-zero, which stopped the transfer.
    Callback = 501,

    /// A defect in this library was caught at its boundary.
    Panic = 900,
}

impl Status {
    /// Every status, in the order of their numbers.
    pub const ALL: &'static [Status] = &[
        Self::Argument,
        Self::Null,
        Self::Text,
        Self::Struct,
        Self::Limit,
        Self::Unsupported,
        Self::Source,
        Self::Sink,
        Self::SourceChanged,
        Self::Memory,
        Self::Checkpoint,
        Self::System,
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Connection,
        Self::ConnectTimeout,
        Self::Stalled,
        Self::Deadline,
        Self::Redirect,
        Self::Protocol,
        Self::Proxy,
        Self::Service,
        Self::Auth,
        Self::Forbidden,
        Self::NotFound,
        Self::Expired,
        Self::TooLarge,
        Self::RateLimited,
        Self::Unavailable,
        Self::Response,
        Self::Conflict,
        Self::NotRestricted,
        Self::Truncated,
        Self::Integrity,
        Self::Cancelled,
        Self::Callback,
        Self::Panic,
    ];

    /// The number of this status in the C ABI.
    pub fn code(self) -> i32 {
        self as i32
    }

    /// The name of this status in the C header, for example `CHATFILE_E_LIMIT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Argument => "CHATFILE_E_ARGUMENT",
            Self::Null => "CHATFILE_E_NULL",
            Self::Text => "CHATFILE_E_TEXT",
            Self::Struct => "CHATFILE_E_STRUCT",
            Self::Limit => "CHATFILE_E_LIMIT",
            Self::Unsupported => "CHATFILE_E_UNSUPPORTED",
            Self::Source => "CHATFILE_E_SOURCE",
            Self::Sink => "CHATFILE_E_SINK",
            Self::SourceChanged => "CHATFILE_E_SOURCE_CHANGED",
            Self::Memory => "CHATFILE_E_MEMORY",
            Self::Checkpoint => "CHATFILE_E_CHECKPOINT",
            Self::System => "CHATFILE_E_SYSTEM",
            Self::Resolve => "CHATFILE_E_RESOLVE",
            Self::Connect => "CHATFILE_E_CONNECT",
            Self::Tls => "CHATFILE_E_TLS",
            Self::Connection => "CHATFILE_E_CONNECTION",
            Self::ConnectTimeout => "CHATFILE_E_CONNECT_TIMEOUT",
            Self::Stalled => "CHATFILE_E_STALLED",
            Self::Deadline => "CHATFILE_E_DEADLINE",
            Self::Redirect => "CHATFILE_E_REDIRECT",
            Self::Protocol => "CHATFILE_E_PROTOCOL",
            Self::Proxy => "CHATFILE_E_PROXY",
            Self::Service => "CHATFILE_E_SERVICE",
            Self::Auth => "CHATFILE_E_AUTH",
            Self::Forbidden => "CHATFILE_E_FORBIDDEN",
            Self::NotFound => "CHATFILE_E_NOT_FOUND",
            Self::Expired => "CHATFILE_E_EXPIRED",
            Self::TooLarge => "CHATFILE_E_TOO_LARGE",
            Self::RateLimited => "CHATFILE_E_RATE_LIMITED",
            Self::Unavailable => "CHATFILE_E_UNAVAILABLE",
            Self::Response => "CHATFILE_E_RESPONSE",
            Self::Conflict => "CHATFILE_E_CONFLICT",
            Self::NotRestricted => "CHATFILE_E_NOT_RESTRICTED",
            Self::Truncated => "CHATFILE_E_TRUNCATED",
            Self::Integrity => "CHATFILE_E_INTEGRITY",
            Self::Cancelled => "CHATFILE_E_CANCELLED",
            Self::Callback => "CHATFILE_E_CALLBACK",
            Self::Panic => "CHATFILE_E_PANIC",
        }
    }
}

impl fmt::Display for Status {
    /// As this API calls it; [`Status::name`] is what the C header does, and the
    /// log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How far a call had come when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(i32)]
#[non_exhaustive]
pub enum Phase {
    /// Checking parameters and opening the source; nothing was sent.
    #[default]
    Prepare = 0,
    /// Getting a token.
    Token = 1,
    /// Resolving the name, connecting, and TLS.
    Connect = 2,
    /// Sending the request or its body.
    Send = 3,
    /// Waiting for the answer, reading it, and judging it.
    Receive = 4,
    /// Putting the finished file in its place.
    Finish = 5,
}

/// What it was in TLS that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum TlsFault {
    /// Something else; the message says what is known.
    Other = 1,
    /// The certificate is signed by nobody who is trusted.
    UnknownIssuer = 2,
    /// The certificate has expired, or the clock of this machine is wrong.
    Expired = 3,
    /// The certificate is not valid yet, or the clock of this machine is wrong.
    NotYetValid = 4,
    /// The certificate is for other names.
    WrongName = 5,
    /// The certificate was revoked.
    Revoked = 6,
    /// The certificate is not signed by the authority that it names.
    BadSignature = 7,
    /// The certificate is not made for servers.
    WrongPurpose = 8,
    /// The server wants another certificate of the client, or one at all.
    ClientCertificate = 9,
    /// The two sides have no version or no cipher in common.
    Incompatible = 10,
    /// The other side does not speak TLS.
    NotSpoken = 11,
}

/// What would help against a failure, besides time, which is
/// [`Error::is_retryable`]. A service says so where it reads an answer; whoever
/// goes on within the call acts on this, and never on what the service said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another one of this, which was refused.
    Renew(Credential),
    /// Another permission of a storage: a signature, a policy.
    Permission,
    /// The same, but once: it was refused without a reason, as MinIO does now and
    /// then to one that is good.
    PermissionOnce,
    /// To sign by the clock of the service, which shows so many seconds since
    /// 1970 UTC.
    Clock(u64),
    /// No call for so long: the service punishes each one.
    Silence(std::time::Duration),
    /// To ask for the limits of the service again: they are others than before.
    Limits,
    /// To make the folder first.
    Folder,
    /// The upload from its beginning: what was sent is not there any more, or is
    /// not it.
    Restart,
    /// All of the bytes once more: those that arrived are not those that were
    /// sent.
    Resend,
    /// None is needed: it is done already, by an attempt whose answer was lost,
    /// or by an earlier call.
    Done,
}

/// Which of the credentials of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// Its token; where it has two, the one that opens the door.
    Token,
    /// The other: that of a session.
    Session,
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. Its text says what happened and what to do about it, and
/// never holds a secret.
pub struct Error(Box<Detail>);

impl fmt::Debug for Error {
    /// What is known of it; what the service has kept of an upload is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = &*self.0;
        let mut said = f.debug_struct("Error");
        said.field("status", &detail.status)
            .field("message", &detail.message)
            .field("phase", &detail.phase)
            .field("attempts", &detail.attempts)
            .field("retryable", &detail.retryable);
        let texts = [
            ("field", detail.field),
            ("service_code", detail.service_code.as_deref()),
            ("service_message", detail.service_message.as_deref()),
            ("request_id", detail.request_id.as_deref()),
            ("file", detail.file.as_deref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                said.field(name, &text);
            }
        }
        if let Some(status) = detail.http_status {
            said.field("http_status", &status);
        }
        if let Some(cause) = &detail.cause {
            said.field("source", cause);
        }
        said.finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    /// What the operating system or the caller's own code said, where that is what
    /// made the call fail; the message has it already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.cause.as_ref()?)
    }
}

#[derive(Debug)]
struct Detail {
    status: Status,
    message: String,
    field: Option<&'static str>,
    phase: Phase,
    http_status: Option<u16>,
    service_code: Option<String>,
    service_message: Option<String>,
    request_id: Option<String>,
    retryable: bool,
    remedy: Option<Remedy>,
    retry_after: Option<std::time::Duration>,
    lost_idle: bool,
    needs_new_connection: bool,
    refused: bool,
    unsettled: bool,
    attempts: u32,
    callback_value: Option<i32>,
    resume_token: Option<String>,
    file: Option<String>,
    cause: Option<std::io::Error>,
    bound: Option<(u64, u64)>,
    tls_fault: Option<TlsFault>,
    of_proxy: bool,
}

impl Error {
    /// An error of the caller's own, for what a callback returns: the call then
    /// fails with it. `message` says what happened and what to do about it.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self(Box::new(Detail {
            status,
            message: message.into(),
            field: None,
            phase: Phase::Prepare,
            http_status: None,
            service_code: None,
            service_message: None,
            request_id: None,
            retryable: false,
            remedy: None,
            retry_after: None,
            lost_idle: false,
            needs_new_connection: false,
            refused: false,
            unsettled: false,
            attempts: 0,
            callback_value: None,
            resume_token: None,
            file: None,
            cause: None,
            bound: None,
            tls_fault: None,
            of_proxy: false,
        }))
    }

    /// A parameter named `field` cannot be used, for the reason given.
    pub(crate) fn argument(field: &'static str, reason: impl fmt::Display) -> Self {
        Self::new(Status::Argument, format!("{field}: {reason}")).with_field(field)
    }

    /// A limit known beforehand: names the field, its value and the bound, which
    /// [`Error::bound`] takes as numbers.
    pub(crate) fn out_of_bounds(field: &'static str, reason: impl fmt::Display) -> Self {
        Self::new(Status::Limit, format!("{field}: {reason}")).with_field(field)
    }

    /// What a callback returns to stop its transfer: the call then fails with
    /// this error, in which [`Error::callback_value`] is `value`. `which` names
    /// the callback in the text, for example `progress`.
    pub fn callback(which: &str, value: i32) -> Self {
        let mut error = Self::new(
            Status::Callback,
            format!("stopped: the {which} callback returned {value}"),
        );
        error.0.callback_value = Some(value);
        error
    }

    /// The limit, and the value that is beyond it, where both are such numbers.
    pub(crate) fn bound(mut self, limit: impl TryInto<u64>, actual: impl TryInto<u64>) -> Self {
        self.0.bound = limit.try_into().ok().zip(actual.try_into().ok());
        self
    }

    /// What it was in TLS.
    pub(crate) fn with_tls_fault(mut self, fault: TlsFault) -> Self {
        self.0.tls_fault = Some(fault);
        self
    }

    /// No connection to the proxy could be made.
    pub(crate) fn of_proxy(mut self) -> Self {
        self.0.of_proxy = matches!(
            self.0.status,
            Status::Resolve | Status::Connect | Status::ConnectTimeout
        );
        self
    }

    /// The same error, in which the service's texts do not hold `secret`.
    pub(crate) fn redacted(mut self, secret: &str) -> Self {
        const REDACTED: &str = "…";
        let redact = |text: &mut String| {
            if text.contains(secret) {
                *text = text.replace(secret, REDACTED);
            }
        };
        let detail = &mut *self.0;
        redact(&mut detail.message);
        [
            &mut detail.service_code,
            &mut detail.service_message,
            &mut detail.request_id,
        ]
        .into_iter()
        .flatten()
        .for_each(redact);
        self
    }

    /// The same error, said differently.
    pub(crate) fn with_message(mut self, message: String) -> Self {
        self.0.message = message;
        self
    }

    /// The same error, about this parameter or field.
    #[must_use]
    pub fn with_field(mut self, field: &'static str) -> Self {
        self.0.field = Some(field);
        self
    }

    pub(crate) fn with_phase(mut self, phase: Phase) -> Self {
        self.0.phase = phase;
        self
    }

    pub(crate) fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    pub(crate) fn with_service(mut self, code: Option<String>, message: Option<String>) -> Self {
        self.0.service_code = code;
        self.0.service_message = message;
        self
    }

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    pub(crate) fn retryable(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    /// The same request again would fail again.
    pub(crate) fn not_retryable(mut self) -> Self {
        self.0.retryable = false;
        self
    }

    pub(crate) fn with_remedy(mut self, remedy: Option<Remedy>) -> Self {
        self.0.remedy = remedy;
        self
    }

    /// What would help, besides time.
    pub(crate) fn remedy(&self) -> Option<Remedy> {
        self.0.remedy
    }

    pub(crate) fn with_retry_after(mut self, pause: Option<std::time::Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    /// The request was lost on a kept-alive connection that the server had
    /// closed: that says nothing of the request.
    pub(crate) fn lost_idle(mut self) -> Self {
        self.0.lost_idle = true;
        self
    }

    pub(crate) fn is_lost_idle(&self) -> bool {
        self.0.lost_idle
    }

    /// The connection was quiet for too long, which says nothing of how busy the
    /// other side is: at once again, over another.
    pub(crate) fn quiet_connection(mut self) -> Self {
        self.0.needs_new_connection = true;
        self.0.retry_after = None;
        self
    }

    pub(crate) fn needs_new_connection(&self) -> bool {
        self.0.needs_new_connection
    }

    /// The service itself says so, and has done nothing of what it was asked for.
    pub(crate) fn refused(mut self) -> Self {
        self.0.refused = true;
        self
    }

    /// Whether the other side may have done what it was asked for all the same:
    /// the request was sent, and no answer says for certain that it was not.
    pub(crate) fn may_be_done(&self) -> bool {
        let says_no =
            self.0.http_status.is_some() && !self.0.retryable && self.0.status != Status::Response;
        let is_certain = says_no || self.0.refused || self.0.status == Status::RateLimited;
        self.0.phase > Phase::Connect && !is_certain
    }

    /// If so, what was to be done may be done by another attempt, or an earlier call.
    pub(crate) fn unsettled_if(mut self, may_be_done: bool) -> Self {
        self.0.unsettled |= may_be_done;
        self
    }

    /// Whether this attempt, or one before it, [may be done](Self::may_be_done).
    pub(crate) fn is_unsettled(&self) -> bool {
        self.0.unsettled
    }

    /// Nothing helps but to begin anew with what the request is a part of.
    pub(crate) fn begun_anew(self) -> Self {
        self.with_attempts(0).retryable()
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_resume_token(mut self, token: Option<String>) -> Self {
        self.0.resume_token = token;
        self
    }

    /// The same error, at the point that the call had reached with `other`.
    pub(crate) fn in_place_of(mut self, other: &Self) -> Self {
        self.0.phase = other.0.phase;
        self.0.attempts = other.0.attempts;
        self.0.resume_token.clone_from(&other.0.resume_token);
        self
    }

    pub(crate) fn with_file(mut self, file: String) -> Self {
        self.0.file = Some(file);
        self
    }

    /// What kind of failure this is.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// What happened and what to do about it.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The parameter, field or option at fault, as this API calls it, or, with
    /// [`Status::Unsupported`], the verb.
    pub fn field(&self) -> Option<&'static str> {
        self.0.field
    }

    /// With [`Status::Limit`]: the limit that is exceeded, or not reached, in the
    /// unit of the field; `None` where it is no such number.
    pub fn limit(&self) -> Option<u64> {
        self.0.bound.map(|(limit, _)| limit)
    }

    /// With [`Error::limit`]: the value that is beyond it; of a download that is
    /// still under way, what there is of it at least.
    pub fn actual(&self) -> Option<u64> {
        self.0.bound.map(|(_, actual)| actual)
    }

    /// With [`Status::Tls`]: what it was that failed.
    pub fn tls_fault(&self) -> Option<TlsFault> {
        self.0.tls_fault
    }

    /// Whether it was the proxy that failed, or was not to be reached, and not what
    /// is behind it.
    pub fn is_at_proxy(&self) -> bool {
        self.0.of_proxy || self.0.status == Status::Proxy
    }

    /// How far the call had come.
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// The HTTP status of the answer that made the call fail, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The service's own error code, as it wrote it.
    pub fn service_code(&self) -> Option<&str> {
        self.0.service_code.as_deref()
    }

    /// The service's own text.
    pub fn service_message(&self) -> Option<&str> {
        self.0.service_message.as_deref()
    }

    /// The id under which the service has logged the request, if it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Whether the same call may succeed when it is made again later.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long the service asks to wait before the next try, if it says so. The
    /// library has waited itself if that was no more than a minute.
    pub fn retry_after(&self) -> Option<std::time::Duration> {
        self.0.retry_after
    }

    /// How many attempts were made at the request that failed, also those that
    /// found no connection; 0 if the call failed before any request.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What a later upload of the same file needs to send only what is missing
    /// ([`UploadOptions::resume_token`](crate::UploadOptions::resume_token)), if
    /// the service has kept something of this one.
    pub fn resume_token(&self) -> Option<&str> {
        self.0.resume_token.as_deref()
    }

    /// With [`Status::NotRestricted`]: the file that was stored all the same, as
    /// [`Upload::file`](crate::Upload::file) would name it.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// What the caller's own callback returned to stop the transfer.
    pub fn callback_value(&self) -> Option<i32> {
        self.0.callback_value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_unique_and_within_their_bands() {
        let mut codes: Vec<i32> = Status::ALL.iter().map(|s| s.code()).collect();
        assert!(codes.is_sorted());
        codes.dedup();
        assert_eq!(codes.len(), Status::ALL.len());
        assert!(codes.iter().all(|c| (100..=999).contains(c)));
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}

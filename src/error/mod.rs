//! The one error type: what failed, where, what the service said, and what to do.

mod context;
mod display;
mod io;
mod remedy;
mod status;

pub use io::English;
pub(crate) use io::Reason;
pub(crate) use remedy::{Credential, Remedy};
pub(crate) use status::Band;
pub use status::{Phase, Status, TlsFault};

use std::fmt;
use std::time::Duration;

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed. Its text says what happened and what to do about it, and
/// never holds a secret.
pub struct Error(Box<Detail>);

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
    retry_after: Option<Duration>,
    lost_idle: bool,
    refused: bool,
    unsettled: bool,
    of_caller: bool,
    given_up: bool,
    attempts: u32,
    callback_value: Option<i32>,
    resume_token: Option<String>,
    file: Option<String>,
    cause: Option<std::io::Error>,
    bound: Option<(u64, u64)>,
    tls_fault: Option<TlsFault>,
    of_proxy: bool,
    trace: Option<String>,
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
            refused: false,
            unsettled: false,
            of_caller: false,
            given_up: false,
            attempts: 0,
            callback_value: None,
            resume_token: None,
            file: None,
            cause: None,
            bound: None,
            tls_fault: None,
            of_proxy: false,
            trace: None,
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

    /// The same error, about this parameter or field.
    #[must_use]
    pub fn with_field(mut self, field: &'static str) -> Self {
        self.0.field = Some(field);
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

    /// The parameter, field or option at fault, as this API calls it. With
    /// [`Status::Unsupported`], what cannot be done: the verb, or, of a verb that can be
    /// called, the option.
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

    /// How long the service asks to wait before the next try, if it says so. Wait that long
    /// before you call again: the library waits for it only between its own attempts, and not
    /// at all if it is more than a minute.
    pub fn retry_after(&self) -> Option<Duration> {
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

    /// With [`Status::NotRestricted`], and with [`Status::Integrity`] of an upload to SMH: the
    /// file that was stored all the same, as [`UploadResult::file`](crate::UploadResult::file)
    /// would name it.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// With [`ClientOptions::trace`](crate::ClientOptions::trace): what the call has done,
    /// line by line, for the support of a vendor or of your own: how connections came
    /// about, the requests and the heads of their answers, with times and the ids under
    /// which they are logged. It holds no secret, but paths and names of hosts. `None` if
    /// nothing was sent.
    pub fn trace(&self) -> Option<&str> {
        self.0.trace.as_deref()
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
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}

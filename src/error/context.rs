//! What this crate adds to an error on its way up.

use super::{Error, Phase, Status, TlsFault};
use std::time::Duration;

impl Error {
    /// Seen from further away it is another one.
    pub(crate) fn with_status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    /// The same error, said differently.
    pub(crate) fn with_message(mut self, message: String) -> Self {
        self.0.message = message;
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

    pub(crate) fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
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
        self.0.trace.clone_from(&other.0.trace);
        self
    }

    pub(crate) fn with_file(mut self, file: String) -> Self {
        self.0.file = Some(file);
        self
    }

    /// The limit, and the value that is beyond it, where both are such numbers.
    pub(crate) fn bound(mut self, limit: impl TryInto<u64>, actual: impl TryInto<u64>) -> Self {
        self.0.bound = limit.try_into().ok().zip(actual.try_into().ok());
        self
    }

    /// What the call has done.
    pub(crate) fn with_trace(mut self, trace: String) -> Self {
        self.0.trace = Some(trace);
        self
    }

    /// What it was in TLS.
    pub(crate) fn with_tls_fault(mut self, fault: TlsFault) -> Self {
        self.0.tls_fault = Some(fault);
        self
    }

    /// No connection to the proxy could be made.
    pub(crate) fn of_proxy(mut self) -> Self {
        self.0.of_proxy = self.0.status.is_unreachable();
        self
    }
}

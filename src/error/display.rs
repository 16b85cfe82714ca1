//! What is shown of an error, and what is not: it never holds a secret.

use super::Error;
use crate::text::hidden;
use std::fmt;

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

impl Error {
    /// The same error, whose texts do not hold these secrets, nor the beginning of one where they
    /// were cut.
    pub(crate) fn redacted(mut self, secrets: &[&str]) -> Self {
        let detail = &mut *self.0;
        let told = [
            &mut detail.service_code,
            &mut detail.service_message,
            &mut detail.request_id,
        ];
        for text in told.into_iter().flatten().chain([&mut detail.message]) {
            if let Some(hidden) = hidden(text, secrets) {
                *text = hidden;
            }
        }
        self
    }
}

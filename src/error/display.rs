//! What is shown of an error, and what is not: it never holds a secret.

use super::Error;
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
    /// The same error, in which the service's texts do not hold `secret`, nor the beginning
    /// of it where they were cut.
    pub(crate) fn redacted(mut self, secret: &str) -> Self {
        const REDACTED: &str = "…";
        let detail = &mut *self.0;
        if let Some(told) = &mut detail.service_message
            && let Some(before) = before_a_beginning_of(secret, told)
        {
            let shorter = format!("{before}{REDACTED}");
            detail.message = detail.message.replace(told.as_str(), &shorter);
            *told = shorter;
        }
        let redact = |text: &mut String| {
            if text.contains(secret) {
                *text = text.replace(secret, REDACTED);
            }
        };
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
}

/// What stands before the end of a text, if that is the beginning of a secret.
fn before_a_beginning_of<'t>(secret: &str, text: &'t str) -> Option<&'t str> {
    /// Fewer characters tell nothing of it, and may be anything.
    const LEAST: usize = 4;
    let lengths = (LEAST..secret.len()).rev();
    lengths
        .filter_map(|length| secret.get(..length))
        .find_map(|beginning| text.strip_suffix(beginning))
}

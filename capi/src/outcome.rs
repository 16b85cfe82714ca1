//! # What every call returns
//!
//! A status, and on failure an error object with the details. The other numbers, and
//! what an error object can be asked, stand below: "Errors and statuses".

use crate::boundary::c_string;
use chatfile::Error;
use std::ffi::CString;

/// How a call ended: CHATFILE_OK or one of the CHATFILE_E_ numbers. They come
/// in bands: 1xx the caller, 2xx the transport, 3xx the service, 4xx the
/// integrity of the bytes, 5xx control by the caller, 9xx this library. A number
/// is never used for something else later, and new ones may come: treat one
/// you do not know by its band.
pub type chatfile_status = u32;

/// It worked.
pub const CHATFILE_OK: chatfile_status = 0;

/// Why a call failed. You own it: free it with chatfile_error_free(). It never holds
/// a secret. May be read by several threads at once.
pub struct chatfile_error {
    pub(crate) error: Error,
    pub(crate) message: CString,
    pub(crate) field: Option<CString>,
    pub(crate) service_code: Option<CString>,
    pub(crate) service_message: Option<CString>,
    pub(crate) request_id: Option<CString>,
    pub(crate) resume_token: Option<CString>,
    pub(crate) file: Option<CString>,
    pub(crate) trace: Option<CString>,
}

/// What the header calls a field of the Rust API: units are in its names, and
/// credentials are fields of the configuration.
fn header_name(field: &str) -> &str {
    match field {
        "connect_timeout" => "connect_timeout_ms",
        "stall_timeout" => "stall_timeout_ms",
        "deadline" => "deadline_ms",
        "retry_delay" => "retry_delay_ms",
        "retry_time" => "retry_time_ms",
        "ttl" => "ttl_seconds",
        "token_ttl" => "token_ttl_seconds",
        "media_duration" => "media_duration_ms",
        "link_ttl" => "link_ttl_seconds",
        "credentials" => "config",
        other => other,
    }
}

impl chatfile_error {
    pub(crate) fn new(error: Error) -> Self {
        let field = error.field().map(header_name);
        // The message begins with the field that it is about.
        let rest = error
            .field()
            .and_then(|field| error.message().strip_prefix(field));
        let message = match (field, rest) {
            (Some(field), Some(rest)) => c_string(&format!("{field}{rest}")),
            _ => c_string(error.message()),
        };
        Self {
            message,
            field: field.map(c_string),
            service_code: error.service_code().map(c_string),
            service_message: error.service_message().map(c_string),
            request_id: error.request_id().map(c_string),
            resume_token: error.resume_token().map(c_string),
            file: error.file().map(c_string),
            trace: error.trace().map(c_string),
            error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::argument;

    #[test]
    fn fields_have_the_names_of_the_header() {
        for (own, field, message) in [
            (
                "token_ttl",
                "token_ttl_seconds",
                "token_ttl_seconds: is too long",
            ),
            ("deadline", "deadline_ms", "deadline_ms: is too long"),
            ("credentials", "config", "config: is too long"),
            ("tag", "tag", "tag: is too long"),
        ] {
            let error = chatfile_error::new(argument(own, "is too long"));
            let told = error.field.as_ref().map(|field| field.to_str());
            assert_eq!(told, Some(Ok(field)));
            assert_eq!(error.message.to_str(), Ok(message));
        }
        let other = Error::new(chatfile::Status::Source, "cannot open x").with_field("source.path");
        assert_eq!(
            chatfile_error::new(other).message.to_str(),
            Ok("cannot open x")
        );
    }
}

//! Error objects.

use super::boundary::{c_string, free, get, pointer_to, put_number};
use super::status::{
    CHATFILE_OK, CHATFILE_TLS_NONE, chatfile_phase, chatfile_status, chatfile_tls_fault,
};
use chatfile::Error;
use std::ffi::{CString, c_char};

/// Why a call failed. You own it: free it with chatfile_error_free(). All texts
/// that it gives are UTF-8, belong to it, and live as long as it does. It never
/// holds a secret. May be read by several threads at once.
pub struct chatfile_error {
    error: Error,
    message: CString,
    field: Option<CString>,
    service_code: Option<CString>,
    service_message: Option<CString>,
    request_id: Option<CString>,
    resume_token: Option<CString>,
    file: Option<CString>,
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
        "token_ttl" => "token_ttl_seconds",
        "token_period" => "token_period_seconds",
        "credentials" => "config",
        other => other,
    }
}

impl chatfile_error {
    pub(super) fn new(error: Error) -> Self {
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
            error,
        }
    }
}

/// The status that the failed call returned; CHATFILE_OK if error is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_status(error: *const chatfile_error) -> chatfile_status {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, CHATFILE_OK, |e| e.error.status().code()) }
}

/// What happened and what to do about it, for a person to read. "" if error is
/// NULL, else never empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_message(error: *const chatfile_error) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, c"".as_ptr(), |e| e.message.as_ptr()) }
}

/// The parameter or field at fault, as this header calls it ("app_key",
/// "source.path"), or, with CHATFILE_E_UNSUPPORTED, the verb ("delete"); NULL if
/// the error is not about one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_field(error: *const chatfile_error) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, std::ptr::null(), |e| pointer_to(e.field.as_ref())) }
}

/// The HTTP status of the answer that made the call fail; 0 if there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_http_status(error: *const chatfile_error) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| e.error.http_status().map_or(0, i32::from)) }
}

/// The service's own error code as it wrote it ("auth_bad_access_token",
/// "414"); NULL if it gave none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_service_code(
    error: *const chatfile_error,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe {
        get(error, std::ptr::null(), |e| {
            pointer_to(e.service_code.as_ref())
        })
    }
}

/// The service's own text; NULL if it gave none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_service_message(
    error: *const chatfile_error,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe {
        get(error, std::ptr::null(), |e| {
            pointer_to(e.service_message.as_ref())
        })
    }
}

/// The id under which the service has logged the request, for its support;
/// NULL if it gave none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_request_id(error: *const chatfile_error) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe {
        get(error, std::ptr::null(), |e| {
            pointer_to(e.request_id.as_ref())
        })
    }
}

/// How far the call had come; CHATFILE_PHASE_PREPARE if error is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_phase(error: *const chatfile_error) -> chatfile_phase {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| e.error.phase() as i32) }
}

/// 1 if the same call may succeed when it is made again later, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_retryable(error: *const chatfile_error) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| i32::from(e.error.is_retryable())) }
}

/// How many milliseconds the service asks to wait before the next try; 0 if it does
/// not say. The library has waited itself if that was no more than a minute.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_retry_after_ms(error: *const chatfile_error) -> u64 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe {
        get(error, 0, |e| {
            let pause = e.error.retry_after().unwrap_or_default();
            u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
        })
    }
}

/// How many attempts were made at the request that failed, also those that found
/// no connection; 0 if the call failed before any request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_attempts(error: *const chatfile_error) -> u32 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| e.error.attempts()) }
}

/// With CHATFILE_E_CALLBACK: what your callback returned, untouched; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_callback_value(error: *const chatfile_error) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| e.error.callback_value().unwrap_or(0)) }
}

/// What a later chatfile_upload() of the same file needs to send only what is
/// missing (chatfile_upload_options.resume_token), and chatfile_abort_upload() to
/// throw it away; NULL if the service has kept nothing. It holds no secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_resume_token(
    error: *const chatfile_error,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe {
        get(error, std::ptr::null(), |e| {
            pointer_to(e.resume_token.as_ref())
        })
    }
}

/// With CHATFILE_E_NOT_RESTRICTED: the file that was stored all the same, as
/// chatfile_upload_result_file() would name it; else NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_file(error: *const chatfile_error) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, std::ptr::null(), |e| pointer_to(e.file.as_ref())) }
}

/// The operating system's own number of what it refused: errno, or on Windows what
/// GetLastError() or WSAGetLastError() said; 0 if it was not the system, or it gave
/// none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_os_error(error: *const chatfile_error) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| e.error.os_error().unwrap_or(0)) }
}

/// With CHATFILE_E_LIMIT: 1 with the limit that is exceeded or not reached in *out, in
/// the unit of the field (bytes of a source or a text, for example); else 0 with 0 in
/// *out. out may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_limit(error: *const chatfile_error, out: *mut u64) -> i32 {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe { put_number(get(error, None, |e| e.error.limit()), out) }
}

/// As chatfile_error_limit(), the value that is beyond the limit; of a download that
/// was under way, what there is of it at least.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_actual(error: *const chatfile_error, out: *mut u64) -> i32 {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe { put_number(get(error, None, |e| e.error.actual()), out) }
}

/// With CHATFILE_E_TLS: what it was that failed; else CHATFILE_TLS_NONE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_tls_fault(
    error: *const chatfile_error,
) -> chatfile_tls_fault {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe {
        get(error, CHATFILE_TLS_NONE, |e| {
            e.error
                .tls_fault()
                .map_or(CHATFILE_TLS_NONE, |fault| fault as i32)
        })
    }
}

/// 1 if it was the proxy that failed, or was not to be reached, and not what is
/// behind it; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_at_proxy(error: *const chatfile_error) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| i32::from(e.error.is_at_proxy())) }
}

/// Frees an error object. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_free(error: *mut chatfile_error) {
    // SAFETY: the C caller guarantees that it is NULL or an error object, and
    // does not use it any more.
    unsafe { free(error) }
}

#[cfg(test)]
mod tests {
    use super::super::boundary::argument;
    use super::*;

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

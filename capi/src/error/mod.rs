//! # Errors and statuses
//!
//! The numbers of statuses, and what an error object can be asked.

use crate::boundary::{c_string, free, get, guard_getter, pointer_to, put_number};
use crate::{CHATFILE_OK, chatfile_error, chatfile_status};
use chatfile::Status;
use std::ffi::{CStr, CString, c_char};
use std::sync::LazyLock;
use std::time::Duration;

mod status;

pub use status::*;

/// The name of a status in this header, for example "CHATFILE_E_LIMIT"; for a
/// number that is none, "CHATFILE_E_UNKNOWN". Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn chatfile_status_name(status: chatfile_status) -> *const c_char {
    const UNKNOWN: &CStr = c"CHATFILE_E_UNKNOWN";
    if status == CHATFILE_OK {
        return c"CHATFILE_OK".as_ptr();
    }
    guard_getter(UNKNOWN.as_ptr(), || {
        static NAMES: LazyLock<Vec<CString>> =
            LazyLock::new(|| Status::ALL.iter().map(|one| c_string(one.name())).collect());
        Status::ALL
            .iter()
            .zip(NAMES.iter())
            .find(|(known, _)| known.code() == status)
            .map_or(UNKNOWN.as_ptr(), |(_, name)| name.as_ptr())
    })
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
/// "source.path"). With CHATFILE_E_UNSUPPORTED, what cannot be done: the verb ("delete",
/// "presign_upload"), or, of a verb that can be called, the option ("parallel_parts").
/// NULL if the error is not about one.
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

/// How far a call had come when it failed: one of the CHATFILE_PHASE_ numbers.
pub type chatfile_phase = u32;

/// Checking parameters and opening the source; nothing was sent.
pub const CHATFILE_PHASE_PREPARE: chatfile_phase = 0;
/// Getting a token.
pub const CHATFILE_PHASE_TOKEN: chatfile_phase = 1;
/// Resolving the name, connecting, and TLS.
pub const CHATFILE_PHASE_CONNECT: chatfile_phase = 2;
/// Sending the request or its body.
pub const CHATFILE_PHASE_SEND: chatfile_phase = 3;
/// Waiting for the answer, reading it, and judging it.
pub const CHATFILE_PHASE_RECEIVE: chatfile_phase = 4;
/// Putting the finished file in its place.
pub const CHATFILE_PHASE_FINISH: chatfile_phase = 5;

/// How far the call had come; CHATFILE_PHASE_PREPARE if error is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_phase(error: *const chatfile_error) -> chatfile_phase {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| e.error.phase() as u32) }
}

/// 1 if the same call may succeed when it is made again later, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_retryable(error: *const chatfile_error) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, 0, |e| i32::from(e.error.is_retryable())) }
}

/// 1 with how many milliseconds the service asks to wait before the next try in *out; else 0
/// with 0 in *out. out may be NULL. Wait that long before you call again: the library waits
/// for it only between its own attempts, and not at all if it is more than a minute.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_retry_after_ms(
    error: *const chatfile_error,
    out: *mut u64,
) -> i32 {
    let ms = |pause: Duration| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe { put_number(get(error, None, |e| e.error.retry_after().map(ms)), out) }
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

/// With CHATFILE_E_NOT_RESTRICTED, and with CHATFILE_E_INTEGRITY of an upload to SMH: the file
/// that was stored all the same, as chatfile_upload_result_file() would name it; else NULL.
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
/// the unit of the field (bytes of a source or a text, for example); else 0 with 0 in *out.
/// out may be NULL. There is none where it is below 0, or one field is the limit of another.
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

/// What it was in TLS that failed: one of the CHATFILE_TLS_ numbers.
pub type chatfile_tls_fault = u32;

/// It was not TLS.
pub const CHATFILE_TLS_NONE: chatfile_tls_fault = 0;
/// Something else; the message says what is known.
pub const CHATFILE_TLS_OTHER: chatfile_tls_fault = 1;
/// The certificate is signed by nobody who is trusted.
pub const CHATFILE_TLS_UNKNOWN_ISSUER: chatfile_tls_fault = 2;
/// The certificate has expired, or the clock of this machine is wrong.
pub const CHATFILE_TLS_EXPIRED: chatfile_tls_fault = 3;
/// The certificate is not valid yet, or the clock of this machine is wrong.
pub const CHATFILE_TLS_NOT_YET_VALID: chatfile_tls_fault = 4;
/// The certificate is for other names.
pub const CHATFILE_TLS_WRONG_NAME: chatfile_tls_fault = 5;
/// The certificate was revoked.
pub const CHATFILE_TLS_REVOKED: chatfile_tls_fault = 6;
/// The certificate is not signed by the authority that it names.
pub const CHATFILE_TLS_BAD_SIGNATURE: chatfile_tls_fault = 7;
/// The certificate is not made for servers.
pub const CHATFILE_TLS_WRONG_PURPOSE: chatfile_tls_fault = 8;
/// The server wants another certificate of the client, or one at all.
pub const CHATFILE_TLS_CLIENT_CERTIFICATE: chatfile_tls_fault = 9;
/// The two sides have no version or no cipher in common.
pub const CHATFILE_TLS_INCOMPATIBLE: chatfile_tls_fault = 10;
/// The other side does not speak TLS.
pub const CHATFILE_TLS_NOT_SPOKEN: chatfile_tls_fault = 11;

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
                .map_or(CHATFILE_TLS_NONE, |fault| fault as u32)
        })
    }
}

/// With chatfile_client_options.trace: what the call has done, for the support of a
/// vendor or of your own, in lines: how connections came about, the requests and the
/// heads of their answers, with times and the ids under which they are logged. It holds no
/// secret, but paths and names of hosts. NULL if no request was begun, or without that option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_error_trace(error: *const chatfile_error) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an error object.
    unsafe { get(error, std::ptr::null(), |e| pointer_to(e.trace.as_ref())) }
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
    use super::*;
    use chatfile::{Phase, TlsFault};

    #[test]
    fn phases_have_the_same_numbers() {
        for (c, rust) in [
            (CHATFILE_PHASE_PREPARE, Phase::Prepare),
            (CHATFILE_PHASE_TOKEN, Phase::Token),
            (CHATFILE_PHASE_CONNECT, Phase::Connect),
            (CHATFILE_PHASE_SEND, Phase::Send),
            (CHATFILE_PHASE_RECEIVE, Phase::Receive),
            (CHATFILE_PHASE_FINISH, Phase::Finish),
        ] {
            assert_eq!(c, rust as u32);
        }
    }

    #[test]
    fn faults_of_tls_have_the_same_numbers() {
        for (c, rust) in [
            (CHATFILE_TLS_OTHER, TlsFault::Other),
            (CHATFILE_TLS_UNKNOWN_ISSUER, TlsFault::UnknownIssuer),
            (CHATFILE_TLS_EXPIRED, TlsFault::Expired),
            (CHATFILE_TLS_NOT_YET_VALID, TlsFault::NotYetValid),
            (CHATFILE_TLS_WRONG_NAME, TlsFault::WrongName),
            (CHATFILE_TLS_REVOKED, TlsFault::Revoked),
            (CHATFILE_TLS_BAD_SIGNATURE, TlsFault::BadSignature),
            (CHATFILE_TLS_WRONG_PURPOSE, TlsFault::WrongPurpose),
            (CHATFILE_TLS_CLIENT_CERTIFICATE, TlsFault::ClientCertificate),
            (CHATFILE_TLS_INCOMPATIBLE, TlsFault::Incompatible),
            (CHATFILE_TLS_NOT_SPOKEN, TlsFault::NotSpoken),
        ] {
            assert_eq!(c, rust as u32);
        }
    }
}

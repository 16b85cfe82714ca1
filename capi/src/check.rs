//! # Looking at the connection
//!
//! What works on the way to the service, for who supports others by telephone.

use crate::boundary::{c_string, clear_out, free, get, guard, hand_out, handle, pointer_to};
use crate::cancel::cancel;
use crate::structures::{check_reserved, extensible, read_or_default};
use crate::{CHATFILE_OK, chatfile_cancel, chatfile_client, chatfile_error, chatfile_status};
use chatfile::{CheckOptions, CheckStep, Result};
use std::ffi::{CString, c_char};
use std::ptr;

/// Options of chatfile_check().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_check_options {
    /// Set by CHATFILE_CHECK_OPTIONS_INIT.
    pub struct_size: usize,
    /// Can end the call before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// Not 0: where the service has no call that takes the credentials and stores
    /// nothing, one byte is uploaded, for a day if that can be said. 0: nothing is
    /// stored, and that step is not tried there.
    pub store: i32,
    /// Leave it 0.
    pub reserved: u32,
}

extensible!(chatfile_check_options.reserved);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
unsafe fn check_options(options: *const chatfile_check_options) -> Result<CheckOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        check_reserved(options.reserved == 0)?;
        let mut check = CheckOptions::default();
        check.cancel = cancel(options.cancel);
        check.store = options.store != 0;
        Ok(check)
    }
}

/// What was looked at: one of the CHATFILE_CHECK_ numbers. The order of the steps is that
/// of the result, not of the numbers.
pub type chatfile_check_kind = u32;

/// Where calls go.
pub const CHATFILE_CHECK_ADDRESS: chatfile_check_kind = 0;
/// Whether they go through a proxy, and whether that lets them.
pub const CHATFILE_CHECK_PROXY: chatfile_check_kind = 1;
/// The addresses of the host, or of the proxy.
pub const CHATFILE_CHECK_NAME: chatfile_check_kind = 2;
/// A TCP connection.
pub const CHATFILE_CHECK_CONNECTION: chatfile_check_kind = 3;
/// TLS, and whether the certificate is trusted.
pub const CHATFILE_CHECK_TLS: chatfile_check_kind = 4;
/// Whether the clock of this machine is that of the service.
pub const CHATFILE_CHECK_CLOCK: chatfile_check_kind = 5;
/// A token, where the service has some.
pub const CHATFILE_CHECK_CREDENTIALS: chatfile_check_kind = 6;
/// The smallest call that takes the credentials.
pub const CHATFILE_CHECK_SERVICE: chatfile_check_kind = 7;

/// What came of a step: one of the CHATFILE_VERDICT_ numbers.
pub type chatfile_verdict = u32;

/// It works.
pub const CHATFILE_VERDICT_OK: chatfile_verdict = 1;
/// It works, and something about it is to be looked at.
pub const CHATFILE_VERDICT_WARNING: chatfile_verdict = 2;
/// It does not work.
pub const CHATFILE_VERDICT_FAILED: chatfile_verdict = 3;
/// There is no such thing here, or a step before it has failed.
pub const CHATFILE_VERDICT_NOT_TRIED: chatfile_verdict = 0;

/// The steps of a chatfile_check(). You own it: free it with
/// chatfile_check_result_free().
pub struct chatfile_check_result {
    steps: Vec<chatfile_check_step>,
}

/// A step of a check. It belongs to the result.
pub struct chatfile_check_step {
    step: CheckStep,
    text: CString,
    advice: Option<CString>,
}

impl chatfile_check_step {
    fn new(step: CheckStep) -> Self {
        Self {
            text: c_string(&step.text),
            advice: step.advice.map(c_string),
            step,
        }
    }
}

/// Looks at what works on the way to the service, each step for itself: the address,
/// the proxy, the name, the connection, TLS, the clock, the credentials, and the
/// smallest call. What does not work is no failure of this call, but
/// CHATFILE_VERDICT_FAILED of its step; those behind it that need it are
/// CHATFILE_VERDICT_NOT_TRIED. Nothing is stored unless the options say so. It begins
/// with a connection of its own; time-outs and attempts are those of the client.
///
/// Fails with CHATFILE_E_CANCELLED and _CALLBACK, and with CHATFILE_E_UNSUPPORTED of a
/// client without a service.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check(
    client: *const chatfile_client,
    options: *const chatfile_check_options,
    out: *mut *mut chatfile_check_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let steps = client.0.check(check_options(options)?)?;
            let steps = steps.into_iter().map(chatfile_check_step::new).collect();
            hand_out(out, chatfile_check_result { steps });
            Ok(())
        })
    }
}

/// The number of steps.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_result_count(
    result: *const chatfile_check_result,
) -> usize {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.steps.len()) }
}

/// A step, from index 0; NULL if there is none. It belongs to the result: do not free
/// it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_result_step(
    result: *const chatfile_check_result,
    index: usize,
) -> *const chatfile_check_step {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe {
        get(result, ptr::null(), |r| {
            r.steps.get(index).map_or(ptr::null(), ptr::from_ref)
        })
    }
}

/// What was looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_step_kind(
    step: *const chatfile_check_step,
) -> chatfile_check_kind {
    // SAFETY: the C caller guarantees that it is NULL or a step.
    unsafe { get(step, CHATFILE_CHECK_ADDRESS, |s| s.step.kind as u32) }
}

/// What came of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_step_verdict(
    step: *const chatfile_check_step,
) -> chatfile_verdict {
    // SAFETY: the C caller guarantees that it is NULL or a step.
    unsafe { get(step, CHATFILE_VERDICT_NOT_TRIED, |s| s.step.verdict as u32) }
}

/// How it failed; CHATFILE_OK if it did not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_step_status(
    step: *const chatfile_check_step,
) -> chatfile_status {
    // SAFETY: the C caller guarantees that it is NULL or a step.
    unsafe {
        get(step, CHATFILE_OK, |s| {
            s.step.status.map_or(CHATFILE_OK, |status| status.code())
        })
    }
}

/// How many milliseconds it took.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_step_time_ms(step: *const chatfile_check_step) -> u64 {
    // SAFETY: the C caller guarantees that it is NULL or a step.
    unsafe {
        get(step, 0, |s| {
            u64::try_from(s.step.time.as_millis()).unwrap_or(u64::MAX)
        })
    }
}

/// What was found, or how it failed, for a person to read; without secrets. NULL only
/// if step is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_step_text(
    step: *const chatfile_check_step,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a step.
    unsafe { get(step, ptr::null(), |s| s.text.as_ptr()) }
}

/// What to do about it, if something is to be done that the text does not say; else
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_step_advice(
    step: *const chatfile_check_step,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a step.
    unsafe { get(step, ptr::null(), |s| pointer_to(s.advice.as_ref())) }
}

/// Frees a result with its steps. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_check_result_free(result: *mut chatfile_check_result) {
    // SAFETY: the C caller guarantees that it is NULL or a result, and does not use
    // it any more.
    unsafe { free(result) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatfile::{CheckKind, Verdict};

    #[test]
    fn kinds_and_verdicts_have_the_same_numbers() {
        for (c, rust) in [
            (CHATFILE_CHECK_ADDRESS, CheckKind::Address),
            (CHATFILE_CHECK_PROXY, CheckKind::Proxy),
            (CHATFILE_CHECK_NAME, CheckKind::Name),
            (CHATFILE_CHECK_CONNECTION, CheckKind::Connection),
            (CHATFILE_CHECK_TLS, CheckKind::Tls),
            (CHATFILE_CHECK_CLOCK, CheckKind::Clock),
            (CHATFILE_CHECK_CREDENTIALS, CheckKind::Credentials),
            (CHATFILE_CHECK_SERVICE, CheckKind::Service),
        ] {
            assert_eq!(c, rust as u32);
        }
        for (c, rust) in [
            (CHATFILE_VERDICT_OK, Verdict::Ok),
            (CHATFILE_VERDICT_WARNING, Verdict::Warning),
            (CHATFILE_VERDICT_FAILED, Verdict::Failed),
            (CHATFILE_VERDICT_NOT_TRIED, Verdict::NotTried),
        ] {
            assert_eq!(c, rust as u32);
        }
    }
}

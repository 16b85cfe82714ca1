//! # Cancelling
//!
//! A call ends early when the cancel handle fires that its options name; a transfer
//! also when its progress function says so.

use crate::boundary::{free, guard_getter};
use crate::callbacks::User;
use chatfile::CancelHandle;
use std::ffi::c_void;
use std::ptr;

/// Cancels the calls whose options name it, from any thread. It can be used once:
/// calls that begin after it was fired are cancelled, too. You own it: free it
/// with chatfile_cancel_free(), also while a call is using it.
pub struct chatfile_cancel(CancelHandle);

/// A cancel handle; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn chatfile_cancel_new() -> *mut chatfile_cancel {
    guard_getter(ptr::null_mut(), || {
        Box::into_raw(Box::new(chatfile_cancel(CancelHandle::new())))
    })
}

/// Cancels: calls that it was given to return CHATFILE_E_CANCELLED within 100 ms,
/// also from a blocked read, write or connect of the network; a callback of yours, and a
/// file system that hangs, have to come back first. Other calls of the same client go on.
/// Does not wait. NULL is fine. May be called from any thread, not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_cancel_fire(cancel: *const chatfile_cancel) {
    // SAFETY: the C caller guarantees that it is NULL or a cancel handle.
    if let Some(cancel) = unsafe { cancel.as_ref() } {
        cancel.0.cancel();
    }
}

/// Frees a cancel handle, which no other thread may be firing. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_cancel_free(cancel: *mut chatfile_cancel) {
    // SAFETY: the C caller guarantees that it is NULL or a cancel handle, and
    // does not use it any more.
    unsafe { free(cancel) }
}

/// Says whether a call is to stop: 0 to go on, anything else cancels it. Called on the
/// thread that made the call. May make other calls. Must not throw, longjmp, or free
/// the client or the cancel handle.
pub type chatfile_stop_fn = Option<unsafe extern "C" fn(user: *mut c_void) -> i32>;

/// A cancel handle that is also asked: during each call that it is given to, stop is
/// called with user at least 4 times a second on the thread that made the call, whatever
/// that waits for besides the file system; by several at once, if several make calls with the handle. So a
/// program with one thread can look after other things meanwhile, and stop calls
/// that report no progress, too. NULL if stop is.
#[unsafe(no_mangle)]
pub extern "C" fn chatfile_cancel_new_asking(
    stop: chatfile_stop_fn,
    user: *mut c_void,
) -> *mut chatfile_cancel {
    guard_getter(ptr::null_mut(), || {
        let Some(stop) = stop else {
            return ptr::null_mut();
        };
        let user = User::new(user);
        // SAFETY: the C caller guarantees that the function may be called with its
        // user pointer on a thread that makes a call with this handle.
        let ask = move || unsafe { stop(user.pointer()) } == 0;
        Box::into_raw(Box::new(chatfile_cancel(CancelHandle::asking(ask))))
    })
}

/// The handle that options name, kept by the call whatever becomes of it.
///
/// # Safety
/// `cancel` is NULL or a cancel handle; the C caller guarantees it.
pub(crate) unsafe fn cancel(cancel: *const chatfile_cancel) -> Option<CancelHandle> {
    // SAFETY: what the caller of this function guarantees.
    unsafe { cancel.as_ref() }.map(|cancel| cancel.0.clone())
}

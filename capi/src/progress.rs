//! # Progress
//!
//! A transfer says how far it has come to a function that its options name.

use chatfile::{Error, Progress, ProgressCallback};
use std::ffi::c_void;

/// How far a transfer has come. Counts bytes of the file, not of its encoding.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_progress {
    /// The size of this structure in the library that calls you.
    pub struct_size: usize,
    /// Bytes moved so far. Never falls, also when an attempt is repeated, unless a
    /// download had to begin anew because the file at the service had become
    /// shorter. Equals total in the last report only, when the service has said yes
    /// (or for an empty file).
    pub done: u64,
    /// The size of the file; 0 while it is not known.
    pub total: u64,
    /// 1 if total is known.
    pub total_known: i32,
    /// 1 in the last report, which a failed transfer never makes.
    pub finished: i32,
}

/// Reports progress: once at the start, then at least 4 and at most 20 times a
/// second, and once at the end if all went well. While nothing moves, whatever
/// the call waits for, the same numbers come again: a program with one thread can
/// do its other work here, and stop the call. Called on the calling thread.
/// progress is valid during the call only. Return 0 to go on; anything else stops
/// the transfer with CHATFILE_E_CALLBACK (in the last report it is too late, and
/// ignored). Must not throw, longjmp, or free the client.
pub type chatfile_progress_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, progress: *const chatfile_progress) -> i32>;

/// The caller's progress function.
pub(crate) fn progress<'a>(
    callback: chatfile_progress_fn,
    user: *mut c_void,
) -> Option<ProgressCallback<'a>> {
    let callback = callback?;
    Some(Box::new(move |progress: Progress| {
        let report = chatfile_progress {
            struct_size: size_of::<chatfile_progress>(),
            done: progress.done,
            total: progress.total.unwrap_or(0),
            total_known: i32::from(progress.total.is_some()),
            finished: i32::from(progress.finished),
        };
        // SAFETY: the C caller guarantees that the function may be called with
        // its user pointer during the call.
        match unsafe { callback(user, &report) } {
            0 => Ok(()),
            value => Err(Error::callback("progress", value)),
        }
    }))
}

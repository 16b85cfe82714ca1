//! # Progress
//!
//! A transfer says how far it has come to a function that its options name.

use chatfile::{Error, Progress, ProgressCallback};
use std::ffi::c_void;

/// What a call is doing: one of the CHATFILE_ACTIVITY_ numbers.
pub type chatfile_activity = u32;

/// It waits, for an answer, for its turn, or to try again.
pub const CHATFILE_ACTIVITY_WAITING: chatfile_activity = 0;
/// It looks for a host and connects, through a proxy and with TLS where there are.
pub const CHATFILE_ACTIVITY_CONNECTING: chatfile_activity = 1;
/// It sends the file.
pub const CHATFILE_ACTIVITY_SENDING: chatfile_activity = 2;
/// It receives the file.
pub const CHATFILE_ACTIVITY_RECEIVING: chatfile_activity = 3;
/// It reads the file before it sends it, or once more: for a hash that the service
/// knows it by, to compare what has arrived of an earlier upload, or for a digest that
/// was asked for.
pub const CHATFILE_ACTIVITY_HASHING: chatfile_activity = 4;
/// It gets a token, or another permission of the storage.
pub const CHATFILE_ACTIVITY_RENEWING: chatfile_activity = 5;

/// How far a transfer has come. Counts bytes of the file, not of its encoding.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_progress {
    /// The size of this structure in the library that calls you: fields of your header
    /// that lie beyond it are not there.
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
    /// What the call is doing: CHATFILE_ACTIVITY_WAITING (0), _CONNECTING, _SENDING,
    /// _RECEIVING, _HASHING or _RENEWING.
    pub activity: chatfile_activity,
    /// Nothing yet.
    pub reserved: u32,
    /// Bytes that have been read for a hash, while activity is CHATFILE_ACTIVITY_HASHING;
    /// else those of the last time. Begins anew with each reading.
    pub hashed: u64,
    /// Bytes that are to be read for it.
    pub hash_total: u64,
    /// Bytes of the file in a second, over the last seconds; 0 while it is not known.
    pub rate: u64,
    /// Milliseconds until all bytes have moved, at that rate; -1 while it cannot be told.
    pub remaining_ms: i64,
}

/// Reports progress: once at the start, then at least 4 and at most 20 times a
/// second, and once at the end if all went well. While nothing moves, whatever
/// the call waits for besides the file system (which may take a while to have a finished
/// file on its disk), the same numbers come again: a program with one thread can
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
            activity: progress.activity as u32,
            reserved: 0,
            hashed: progress.hashed,
            hash_total: progress.hash_total,
            rate: progress.rate,
            remaining_ms: progress
                .remaining
                .and_then(|time| i64::try_from(time.as_millis()).ok())
                .unwrap_or(-1),
        };
        // SAFETY: the C caller guarantees that the function may be called with
        // its user pointer during the call.
        match unsafe { callback(user, &report) } {
            0 => Ok(()),
            value => Err(Error::callback("progress", value)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatfile::Activity;

    #[test]
    fn activities_have_the_same_numbers() {
        for (c, rust) in [
            (CHATFILE_ACTIVITY_WAITING, Activity::Waiting),
            (CHATFILE_ACTIVITY_CONNECTING, Activity::Connecting),
            (CHATFILE_ACTIVITY_SENDING, Activity::Sending),
            (CHATFILE_ACTIVITY_RECEIVING, Activity::Receiving),
            (CHATFILE_ACTIVITY_HASHING, Activity::Hashing),
            (CHATFILE_ACTIVITY_RENEWING, Activity::Renewing),
        ] {
            assert_eq!(c, rust as u32);
        }
    }
}

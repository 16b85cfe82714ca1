//! The caller's functions as the sources, sinks and progress of the Rust side.

use crate::error::Error;
use crate::transfer::progress::{Progress, ProgressCallback};
use crate::transfer::source::ReadCallback;
use std::ffi::c_void;
use std::io::{self, Write};

/// How far a transfer has come. Counts bytes of the file, not of its encoding.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_progress {
    /// The size of this structure in the library that calls you.
    pub struct_size: usize,
    /// Bytes moved so far. Never falls, also when an attempt is repeated; equals
    /// total in the last report only, when the service has said yes (or for an
    /// empty file).
    pub done: u64,
    /// The size of the file; 0 while it is not known.
    pub total: u64,
    /// 1 if total is known.
    pub total_known: i32,
    /// 1 in the last report, which a failed transfer never makes.
    pub finished: i32,
}

/// Reports progress: once at the start, then at most 20 times a second, and once
/// at the end if all went well. Called on the calling thread. progress is valid
/// during the call only. Return 0 to go on; anything else stops the transfer with
/// CHATFILE_E_CALLBACK (in the last report it is too late, and ignored). Must not
/// throw, longjmp, or free the client.
pub type chatfile_progress_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, progress: *const chatfile_progress) -> i32>;

/// Produces bytes of a source: puts up to capacity of them at buffer, stores
/// their number in *size (0 at the end of the data), and returns 0. Anything else
/// stops the transfer with CHATFILE_E_CALLBACK. Must not throw or longjmp.
pub type chatfile_read_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        buffer: *mut c_void,
        capacity: usize,
        size: *mut usize,
    ) -> i32,
>;

/// Goes back to the first byte of a source and returns 0. Anything else stops the
/// transfer with CHATFILE_E_CALLBACK. Must not throw or longjmp.
pub type chatfile_rewind_fn = Option<unsafe extern "C" fn(user: *mut c_void) -> i32>;

/// Takes all size bytes at data and returns 0. Anything else stops the transfer
/// with CHATFILE_E_CALLBACK. Must not throw or longjmp.
pub type chatfile_write_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, data: *const c_void, size: usize) -> i32>;

/// What a callback of the caller returned, as a result.
fn outcome(which: &str, value: i32) -> io::Result<()> {
    match value {
        0 => Ok(()),
        value => Err(io::Error::other(Error::callback(which, value))),
    }
}

/// A source that the caller's functions produce.
pub(super) struct CallerSource {
    pub(super) read: unsafe extern "C" fn(*mut c_void, *mut c_void, usize, *mut usize) -> i32,
    pub(super) rewind: chatfile_rewind_fn,
    pub(super) user: *mut c_void,
}

impl ReadCallback for CallerSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut size = 0;
        // SAFETY: the C caller guarantees that the function may be called with
        // its user pointer during the call, and writes at most `capacity` bytes.
        let value = unsafe {
            (self.read)(
                self.user,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &mut size,
            )
        };
        outcome("read", value)?;
        Ok(size)
    }

    fn can_rewind(&self) -> bool {
        self.rewind.is_some()
    }

    fn rewind(&mut self) -> io::Result<()> {
        let Some(rewind) = self.rewind else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        // SAFETY: as for `read`.
        outcome("rewind", unsafe { rewind(self.user) })
    }
}

/// A sink that is the caller's function.
pub(super) struct CallerSink {
    pub(super) write: unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> i32,
    pub(super) user: *mut c_void,
}

impl Write for CallerSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        // SAFETY: the C caller guarantees that the function may be called with
        // its user pointer during the call, and only reads the bytes.
        let value = unsafe { (self.write)(self.user, data.as_ptr().cast(), data.len()) };
        outcome("write", value)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The caller's progress function.
pub(super) fn progress<'a>(
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

//! The caller's functions as the sources, sinks and progress of the Rust side.

use super::boundary::{argument, c_string, not_utf8};
use super::status::{CHATFILE_LOG_DEBUG, CHATFILE_LOG_ERROR, CHATFILE_LOG_INFO, CHATFILE_LOG_WARN};
use chatfile::{
    Error, LogCallback, LogLevel, Progress, ProgressCallback, ReadCallback, Result, SecretProvider,
    Status,
};
use std::ffi::{c_char, c_void};
use std::io::{self, Write};
use std::sync::Arc;
use zeroize::Zeroizing;

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

/// Produces bytes of a source: puts up to capacity of them at buffer, stores
/// their number in *size (0 at the end of the data), and returns 0. Anything else
/// stops the transfer with CHATFILE_E_CALLBACK. Is asked for the end, too: it is
/// called behind the last byte, where a stream that waits for more would hold up the
/// call. Must not throw or longjmp.
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

/// Gives a secret: puts the text of the field that is called name ("app_secret",
/// "password", ...) at buffer, at most capacity bytes, without a NUL, stores their
/// number in *size, and returns 0. Anything else stops the call with
/// CHATFILE_E_CALLBACK. Called on a thread that made a call, when the secret is
/// needed, by one thread at a time. The copy is wiped after use; tokens that are got
/// with it are kept as long as they live, and then wiped. Must not throw, longjmp, or
/// use the client.
pub type chatfile_secret_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        name: *const c_char,
        buffer: *mut c_char,
        capacity: usize,
        size: *mut usize,
    ) -> i32,
>;

/// Takes a line of the log, UTF-8 without a line end, valid during the call only.
/// level is a CHATFILE_LOG_ number. A line says which service was called for what,
/// with which outcome, and never holds a secret; but paths are in it, and that of a
/// NetEase file is enough to fetch it. Called on a thread that made a
/// call, so by several at once if several use the client. Must not throw, longjmp,
/// or use the client.
pub type chatfile_log_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, level: i32, line: *const c_char)>;

/// A pointer of the caller's that is handed back to the caller's functions.
#[derive(Clone, Copy)]
pub(super) struct User(*mut c_void);

// SAFETY: this library only hands it back; that the functions may use it on any
// thread that makes a call is what the header asks of the C caller.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    pub(super) fn new(pointer: *mut c_void) -> Self {
        Self(pointer)
    }

    /// A method, so that closures capture the whole of it.
    pub(super) fn pointer(self) -> *mut c_void {
        self.0
    }
}

/// A buffer for secrets: no token or key of these services comes near.
const SECRET_MAX: usize = 16 * 1024;

/// The caller's function for secrets.
pub(super) fn provider(secret: chatfile_secret_fn, user: *mut c_void) -> Option<SecretProvider> {
    let secret = secret?;
    let user = User(user);
    Some(SecretProvider::new(move |name| {
        let mut buffer = Zeroizing::new(vec![0u8; SECRET_MAX]);
        let mut size = 0;
        let c_name = c_string(name);
        // SAFETY: the C caller guarantees that the function may be called with
        // its user pointer while the client lives, and writes at most
        // `capacity` bytes.
        let value = unsafe {
            secret(
                user.pointer(),
                c_name.as_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &mut size,
            )
        };
        if value != 0 {
            return Err(Error::callback("secret", value));
        }
        let fault = |what: &str| Error::new(Status::Text, format!("{name}: the secret {what}"));
        let bytes = buffer
            .get(..size)
            .ok_or_else(|| fault("callback claims more bytes than the buffer has"))?;
        let text = std::str::from_utf8(bytes).map_err(|e| fault(&not_utf8(e)))?;
        if text.contains(['\r', '\n', '\0']) {
            return Err(fault("holds a CR, LF or NUL"));
        }
        Ok(Zeroizing::new(text.to_owned()))
    }))
}

/// The caller's function for the log.
pub(super) fn log(
    log: chatfile_log_fn,
    user: *mut c_void,
    level: i32,
) -> Result<Option<(LogLevel, LogCallback)>> {
    let level = match level {
        0 | CHATFILE_LOG_INFO => LogLevel::Info,
        CHATFILE_LOG_ERROR => LogLevel::Error,
        CHATFILE_LOG_WARN => LogLevel::Warn,
        CHATFILE_LOG_DEBUG => LogLevel::Debug,
        other => {
            return Err(argument(
                "log_level",
                format_args!(
                    "{other} is none of the levels, 1 (errors) to 4 (everything); 0 is the default"
                ),
            ));
        }
    };
    let user = User(user);
    Ok(log.map(|log| {
        let callback: LogCallback = Arc::new(move |level: LogLevel, line: &str| {
            let line = c_string(line);
            // SAFETY: the C caller guarantees that the function may be called
            // with its user pointer while the client lives, from any thread
            // that makes a call.
            unsafe { log(user.pointer(), level as i32, line.as_ptr()) }
        });
        (level, callback)
    }))
}

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

//! What is common to the functions that callers provide.

use crate::boundary::not_utf8;
use chatfile::{Error, Result, SecretText, Status};
use std::ffi::{c_char, c_void};
use std::io;
use zeroize::Zeroizing;

/// A buffer for secrets: no token or key of the services comes near.
const SECRET_MAX: usize = 16 * 1024;

/// What a callback tells that puts a text into a buffer. `which` is the callback, `field`
/// what it was asked for.
pub(crate) fn told(
    which: &str,
    field: &str,
    ask: impl FnOnce(*mut c_char, usize, &mut usize) -> i32,
) -> Result<SecretText> {
    let mut buffer = Zeroizing::new(vec![0u8; SECRET_MAX]);
    let mut size = 0;
    let capacity = buffer.len();
    let value = ask(buffer.as_mut_ptr().cast(), capacity, &mut size);
    if value != 0 {
        return Err(Error::callback(which, value));
    }
    let fault = |what: &str| Error::new(Status::Text, format!("{field}: the {which} {what}"));
    let bytes = buffer
        .get(..size)
        .ok_or_else(|| fault("callback claims more bytes than the buffer has"))?;
    let text = std::str::from_utf8(bytes).map_err(|e| fault(&not_utf8(e)))?;
    if text.contains(['\r', '\n', '\0']) {
        return Err(fault("holds a CR, LF or NUL"));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// A pointer of the caller's that is handed back to the caller's functions.
#[derive(Clone, Copy)]
pub(crate) struct User(*mut c_void);

// SAFETY: this library only hands it back; that the functions may use it on any
// thread that makes a call is what the header asks of the C caller.
unsafe impl Send for User {}

// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    pub(crate) fn new(pointer: *mut c_void) -> Self {
        Self(pointer)
    }

    /// A method, so that closures capture the whole of it.
    pub(crate) fn pointer(self) -> *mut c_void {
        self.0
    }
}

/// What a callback of the caller returned, as a result.
pub(crate) fn io_result(which: &str, value: i32) -> io::Result<()> {
    match value {
        0 => Ok(()),
        value => Err(io::Error::other(Error::callback(which, value))),
    }
}

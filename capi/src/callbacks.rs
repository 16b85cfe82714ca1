//! What is common to the functions that callers provide.

use chatfile::Error;
use std::ffi::c_void;
use std::io;

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
pub(crate) fn outcome(which: &str, value: i32) -> io::Result<()> {
    match value {
        0 => Ok(()),
        value => Err(io::Error::other(Error::callback(which, value))),
    }
}

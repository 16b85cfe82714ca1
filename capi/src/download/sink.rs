//! Where to put what is downloaded.

use crate::boundary::{argument, text};
use crate::callbacks::io_result;
use crate::structures::{check_reserved, extensible};
use chatfile::{Result, Sink};
use std::ffi::{c_char, c_void};
use std::io::{self, Write};

/// Takes all size bytes at data and returns 0. Anything else stops the transfer
/// with CHATFILE_E_CALLBACK. Must not throw or longjmp.
pub type chatfile_write_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, data: *const c_void, size: usize) -> i32>;

/// Where to put what is downloaded. Set exactly one of path, write and to_memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_sink {
    /// Set by CHATFILE_SINK_INIT.
    pub struct_size: usize,
    /// A file, in UTF-8. The bytes arrive under a temporary name in the same
    /// folder; the file gets its name, replacing one that exists, when all is
    /// well and on the disk, with the permissions of what it replaces. On any error
    /// the target is as it was. A symbolic link is replaced, not followed. A device,
    /// FIFO, socket or folder is CHATFILE_E_SINK before anything is sent, and so is,
    /// on Windows, a file that another program has open and lets nobody replace.
    pub path: *const c_char,
    /// Takes the bytes; called on the calling thread. What it got before an error
    /// cannot be taken back: a further attempt is made only if the service can go
    /// on where the last one broke off.
    pub write: chatfile_write_fn,
    /// Handed to write.
    pub user: *mut c_void,
    /// Not 0: the bytes are kept in memory, for chatfile_download_result_data().
    pub to_memory: i32,
    /// Leave it 0.
    pub reserved: i32,
}

extensible!(chatfile_sink.reserved);

/// # Safety
/// The pointers in `sink` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn sink_from<'a>(sink: &chatfile_sink) -> Result<Sink<'a>> {
    // SAFETY: what the caller of this function guarantees.
    let path = unsafe { text(sink.path, "sink.path") }?;
    check_reserved(sink.reserved == 0)?;
    match (path, sink.write, sink.to_memory != 0) {
        (Some(path), None, false) => Ok(Sink::path(path)),
        (None, Some(write), false) => Ok(Sink::writer(CallerSink {
            write,
            user: sink.user,
        })),
        (None, None, true) => Ok(Sink::buffer()),
        _ => Err(argument(
            "sink",
            "it has to be exactly one of a path, a function that writes, and memory",
        )),
    }
}

/// A sink that is the caller's function.
struct CallerSink {
    write: unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> i32,
    user: *mut c_void,
}

impl Write for CallerSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        // SAFETY: the C caller guarantees that the function may be called with
        // its user pointer during the call, and only reads the bytes.
        let value = unsafe { (self.write)(self.user, data.as_ptr().cast(), data.len()) };
        io_result("write", value)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! What to upload.

use crate::boundary::{argument, bytes, text};
use crate::callbacks::io_result;
use crate::structures::extensible;
use chatfile::{ReadCallback, Result, Source};
use std::ffi::{c_char, c_void};
use std::io;

/// Produces bytes of a source: puts up to capacity of them at buffer, stores
/// their number in *size (0 at the end of the data), and returns 0. Anything else
/// stops the transfer with CHATFILE_E_CALLBACK, and a number above capacity with
/// CHATFILE_E_SOURCE. After the last byte it is called once more and has to store 0; a stream that waits for more there holds up the call. Must
/// not throw or longjmp.
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

/// A size that is not known: of what read of a chatfile_source produces, or of the file
/// that chatfile_presign_upload() makes a request for.
pub const CHATFILE_SIZE_UNKNOWN: u64 = u64::MAX;

/// What to upload. Set exactly one of path, data and read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_source {
    /// Set by CHATFILE_SOURCE_INIT.
    pub struct_size: usize,
    /// A regular file, in UTF-8. It must not change during the call, or the call
    /// fails with CHATFILE_E_SOURCE_CHANGED. What the system makes up as it is read
    /// (/proc) has no size, and is CHATFILE_E_SOURCE.
    pub path: *const c_char,
    /// Bytes in memory; read during the call, never copied whole. Not NULL also
    /// for no bytes.
    pub data: *const c_void,
    /// The number of bytes at data; 0 without data.
    pub data_size: usize,
    /// Produces the bytes; called on the calling thread.
    pub read: chatfile_read_fn,
    /// Goes back to the first byte. Without it an upload is not tried again once
    /// its first byte went out, SMH is not asked whether it has the bytes, and
    /// CHATFILE_NETEASE_METHOD_BASE64 and CHATFILE_OPENIM_METHOD_PARTS are not possible. Not needed
    /// where the length is CHATFILE_SIZE_UNKNOWN.
    pub rewind: chatfile_rewind_fn,
    /// Handed to read and rewind.
    pub user: *mut c_void,
    /// The exact number of bytes that read will produce; 0 are none. Behind them read
    /// is called once more, and has to say that the data are at an end: the call fails
    /// with CHATFILE_E_SOURCE if it gives fewer, or more. What does not end by itself
    /// (a pipe that stays open) has to be ended by read.
    ///
    /// CHATFILE_SIZE_UNKNOWN: as many as read produces until it says that they are at an
    /// end. The services have to be told the length of a request before its first byte.
    /// So SMH gets such bytes in parts as they come, of which a few are kept until they are
    /// sent, and elsewhere, or where the upload is to be resumed, all are kept first: in a
    /// file that nobody else can open, in the system's folder for temporary files (TMPDIR;
    /// TMP on Windows), and no more than the service takes (else CHATFILE_E_LIMIT).
    ///
    /// 0 without read.
    pub length: u64,
}

extensible!(chatfile_source.length);

/// # Safety
/// The pointers in `source` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn source_from<'a>(source: &chatfile_source) -> Result<Source<'a>> {
    // SAFETY: what the caller of this function guarantees.
    let path = unsafe { text(source.path, "source.path") }?;
    // Else bytes whose number was put into length, for one, would be an empty file.
    if source.data.is_null() && source.data_size != 0 {
        return Err(argument(
            "source.data_size",
            "is that of data, which is NULL",
        ));
    }
    if source.read.is_none() && source.length != 0 {
        let what = "is that of what read produces, which is NULL; the size of data is data_size";
        return Err(argument("source.length", what));
    }
    if source.read.is_none() && source.rewind.is_some() {
        return Err(argument("source.rewind", "goes with read, which is NULL"));
    }
    match (path, source.data.is_null(), source.read) {
        (Some(path), true, None) => Ok(Source::path(path)),
        (None, false, None) => {
            // SAFETY: not NULL; the rest is what the C caller guarantees.
            let data = unsafe { bytes(source.data, source.data_size, "source.data_size") }?;
            Ok(Source::bytes(data))
        }
        (None, true, Some(read)) => Ok(Source::callback(
            CallerSource {
                read,
                rewind: source.rewind,
                user: source.user,
            },
            (source.length != CHATFILE_SIZE_UNKNOWN).then_some(source.length),
        )),
        _ => Err(argument(
            "source",
            "it has to be exactly one of a path, bytes in memory and a function that reads",
        )),
    }
}

/// A source that the caller's functions produce.
struct CallerSource {
    read: unsafe extern "C" fn(*mut c_void, *mut c_void, usize, *mut usize) -> i32,
    rewind: chatfile_rewind_fn,
    user: *mut c_void,
}

impl ReadCallback for CallerSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut size = usize::MAX;
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
        io_result("read", value)?;
        // None stored is no end of the data.
        match size {
            usize::MAX => Err(io::Error::other(
                "read has not stored how many bytes it gave",
            )),
            size => Ok(size),
        }
    }

    fn can_rewind(&self) -> bool {
        self.rewind.is_some()
    }

    fn rewind(&mut self) -> io::Result<()> {
        let Some(rewind) = self.rewind else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        // SAFETY: as for `read`.
        io_result("rewind", unsafe { rewind(self.user) })
    }
}

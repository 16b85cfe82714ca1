//! # Digests
//!
//! What services know files by, of bytes of your own: to find out whether a service has
//! a file, or whether one has arrived whole.

use crate::boundary::{
    argument, bytes, c_string, clear_out, free, get, guard, guard_getter, hand_out, handle, null,
    required_text,
};
use crate::cancel::cancel;
use crate::structures::{extensible, read_or_default};
use crate::{chatfile_cancel, chatfile_error, chatfile_status};
use chatfile::{CancelHandle, Crc64, OpenimHasher, Result, SmhHasher, Update, update_from_file};
use std::ffi::{c_char, c_void};

/// Writes a text and its NUL.
///
/// # Safety
/// `buffer` is NULL or points to `buffer_size` writable bytes; the C caller guarantees it.
pub(crate) unsafe fn write(text: &str, buffer: *mut c_char, buffer_size: usize) -> Result<()> {
    if buffer.is_null() {
        return Err(null("buffer"));
    }
    let text = c_string(text);
    let length = text.as_bytes_with_nul().len();
    if buffer_size < length {
        let reason = format_args!("{buffer_size} is less than {length}");
        return Err(argument("buffer_size", reason));
    }
    // SAFETY: `buffer` has room for `buffer_size` bytes, which are no fewer.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), buffer, length) };
    Ok(())
}

/// Digests of bytes that come one after the other, by which services know files
/// they already have, and check what they got. You own it: free it with
/// chatfile_digest_free(). Several threads may ask it for results at once, but
/// none while another calls one of the two update functions.
#[derive(Clone)]
pub struct chatfile_digest {
    wanted: u32,
    smh: Option<SmhHasher>,
    openim: Option<OpenimHasher>,
    crc64: Option<Crc64>,
}

/// Digests by which services know files: one of the CHATFILE_DIGEST_ numbers, or
/// several of them, or-ed.
pub type chatfile_digest_kind = u32;

/// The hash by which Tencent SMH knows a whole file (fullHash): SHA-256, chained after
/// every MiB; 64 lower-case hex digits.
pub const CHATFILE_DIGEST_SMH_FULL: chatfile_digest_kind = 1;
/// SMH's beginningHash: SHA-256 of the first MiB, or of all if it is less; 64
/// lower-case hex digits.
pub const CHATFILE_DIGEST_SMH_BEGINNING: chatfile_digest_kind = 2;
/// The hash by which OpenIM knows a file: MD5 of the MD5s of its parts, joined by
/// commas; 32 lower-case hex digits.
pub const CHATFILE_DIGEST_OPENIM: chatfile_digest_kind = 4;
/// CRC-64/XZ, which Tencent calls CRC64; an unsigned decimal number.
pub const CHATFILE_DIGEST_CRC64: chatfile_digest_kind = 8;

/// The digests of SMH, which come from one hasher.
const SMH: u32 = CHATFILE_DIGEST_SMH_FULL | CHATFILE_DIGEST_SMH_BEGINNING;

impl chatfile_digest {
    fn new(wanted: u32, part_size: u64) -> Result<Self> {
        if wanted == 0 || wanted & !(SMH | CHATFILE_DIGEST_OPENIM | CHATFILE_DIGEST_CRC64) != 0 {
            return Err(argument(
                "wanted",
                format_args!("{wanted} is not made of the kinds of digests"),
            ));
        }
        if part_size != 0 && wanted & CHATFILE_DIGEST_OPENIM == 0 {
            let reason = "goes with the digest of OpenIM alone; give 0";
            return Err(argument("part_size", reason));
        }
        Ok(Self {
            wanted,
            smh: (wanted & SMH != 0).then(SmhHasher::new),
            openim: (wanted & CHATFILE_DIGEST_OPENIM != 0).then(|| OpenimHasher::new(part_size)),
            crc64: (wanted & CHATFILE_DIGEST_CRC64 != 0).then(Crc64::new),
        })
    }

    fn text(&self, kind: u32) -> Option<String> {
        if kind & !self.wanted != 0 {
            return None;
        }
        match kind {
            CHATFILE_DIGEST_SMH_FULL => self.smh.as_ref().map(|smh| smh.hashes().full),
            CHATFILE_DIGEST_SMH_BEGINNING => self.smh.as_ref().map(|smh| smh.hashes().beginning),
            CHATFILE_DIGEST_OPENIM => self.openim.as_ref().map(OpenimHasher::hash),
            CHATFILE_DIGEST_CRC64 => self.crc64.as_ref().map(|crc64| crc64.value().to_string()),
            _ => None,
        }
    }
}

impl Update for chatfile_digest {
    fn update(&mut self, bytes: &[u8]) {
        if let Some(smh) = &mut self.smh {
            smh.update(bytes);
        }
        if let Some(openim) = &mut self.openim {
            openim.update(bytes);
        }
        if let Some(crc64) = &mut self.crc64 {
            crc64.update(bytes);
        }
    }
}

/// Begins the digests wanted, or-ed, for all of which
/// the bytes are then read once. part_size is for CHATFILE_DIGEST_OPENIM alone: the
/// size of a part in bytes, as OpenIM's part_size call says, 0 for one part of
/// everything; 16 bytes of memory are taken for each part. It must be 0 without that.
///
/// Fails with CHATFILE_E_NULL or _ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_new(
    wanted: chatfile_digest_kind,
    part_size: u64,
    out: *mut *mut chatfile_digest,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            hand_out(out, chatfile_digest::new(wanted, part_size)?);
            Ok(())
        })
    }
}

/// Takes the next size bytes; data may be NULL if there are none. Cannot fail but
/// with CHATFILE_E_NULL, or _ARGUMENT if size is more than PTRDIFF_MAX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_update(
    digest: *mut chatfile_digest,
    data: *const c_void,
    size: usize,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let digest = digest.as_mut().ok_or_else(|| null("digest"))?;
            if size > 0 {
                if data.is_null() {
                    return Err(null("data"));
                }
                digest.update(bytes(data, size, "size")?);
            }
            Ok(())
        })
    }
}

/// Options of chatfile_digest_update_file().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_digest_update_file_options {
    /// Set by CHATFILE_DIGEST_UPDATE_FILE_OPTIONS_INIT.
    pub struct_size: usize,
    /// Can end the call before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_digest_update_file_options.cancel);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
unsafe fn digest_file_options(
    options: *const chatfile_digest_update_file_options,
) -> Result<Option<CancelHandle>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe { Ok(cancel(read_or_default(options)?.cancel)) }
}

/// Takes the bytes of a whole regular file, and blocks until they are read. To show
/// how far it is, read the file yourself and call chatfile_digest_update().
///
/// Fails with CHATFILE_E_NULL or _TEXT; with _SOURCE if the file cannot be read,
/// _SOURCE_CHANGED if it changed meanwhile, _CANCELLED within 100 ms unless the
/// file system hangs. The digest is then what it was before the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_update_file(
    digest: *mut chatfile_digest,
    path: *const c_char,
    options: *const chatfile_digest_update_file_options,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            // No reference to it is held while the file is read: a callback may ask for it.
            let mut updated = handle(digest.cast_const(), "digest")?.clone();
            let path = required_text(path, "path")?;
            let cancel = digest_file_options(options)?;
            update_from_file(&mut updated, path, cancel.as_ref())?;
            *digest = updated;
            Ok(())
        })
    }
}

/// The size of a buffer for any text of a chatfile_digest, also of later versions.
pub const CHATFILE_DIGEST_TEXT_SIZE: usize = 129;

/// Writes one digest of the bytes so far, as the service wants it, and a NUL to
/// buffer, which has room for buffer_size bytes; CHATFILE_DIGEST_TEXT_SIZE is enough.
/// kind is one of the numbers that chatfile_digest_new() was given. More bytes may follow.
///
/// Fails with CHATFILE_E_NULL or _ARGUMENT; buffer is not written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_text(
    digest: *const chatfile_digest,
    kind: chatfile_digest_kind,
    buffer: *mut c_char,
    buffer_size: usize,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let text = handle(digest, "digest")?.text(kind).ok_or_else(|| {
                let reason = format_args!("{kind} is not one of the digests that were begun");
                argument("kind", reason)
            })?;
            write(&text, buffer, buffer_size)
        })
    }
}

/// The CRC-64 of the bytes so far as a number, for chatfile_crc64_combine(); 0 of no
/// bytes, if it was not begun, or if digest is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_crc64_value(digest: *const chatfile_digest) -> u64 {
    // SAFETY: the C caller guarantees that it is NULL or a digest.
    unsafe { get(digest, 0, |d| d.crc64.as_ref().map_or(0, Crc64::value)) }
}

/// How many parts there are so far for CHATFILE_DIGEST_OPENIM, at least 1; 0 if it
/// was not begun, or if digest is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_part_count(digest: *const chatfile_digest) -> usize {
    // SAFETY: the C caller guarantees that it is NULL or a digest.
    unsafe {
        get(digest, 0, |d| {
            d.openim.as_ref().map_or(0, OpenimHasher::part_count)
        })
    }
}

/// As chatfile_digest_text(), the MD5 of one of OpenIM's parts: 32 lower-case hex
/// digits. index is from 0 to below chatfile_digest_part_count().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_part(
    digest: *const chatfile_digest,
    index: usize,
    buffer: *mut c_char,
    buffer_size: usize,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let openim = handle(digest, "digest")?.openim.as_ref();
            let text = openim
                .and_then(|o| o.part(index))
                .ok_or_else(|| argument("index", format_args!("there is no part {index}")))?;
            write(&text, buffer, buffer_size)
        })
    }
}

/// Frees a digest. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_digest_free(digest: *mut chatfile_digest) {
    // SAFETY: the C caller guarantees that it is NULL or a digest, and does not
    // use it any more.
    unsafe { free(digest) }
}

/// The CRC-64 of two pieces one after the other, from the CRC-64 of each and the
/// length of the second in bytes: parts that were read side by side have that of
/// the whole. Takes microseconds, whatever the length.
#[unsafe(no_mangle)]
pub extern "C" fn chatfile_crc64_combine(first: u64, second: u64, second_length: u64) -> u64 {
    guard_getter(0, || chatfile::crc64_combine(first, second, second_length))
}

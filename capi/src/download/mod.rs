//! # Downloading
//!
//! Where the bytes go is a sink: a file, memory, or a function that takes them.

// In the order of the header.
mod sink;

mod options;

pub use options::*;
pub use sink::*;

use crate::boundary::{
    c_string, clear_out, free, get, guard, hand_out, handle, pointer_to, put_number, required_text,
};
use crate::structures::read_required;
use crate::{chatfile_client, chatfile_error, chatfile_status};
use chatfile::DownloadResult;
use std::ffi::{CString, c_char, c_void};
use std::ptr;

/// A file that has arrived, or a part of one. You own it: free it with
/// chatfile_download_result_free().
pub struct chatfile_download_result {
    media_type: Option<CString>,
    content_encoding: Option<CString>,
    download: DownloadResult,
}

pub(crate) fn download_result(download: DownloadResult) -> chatfile_download_result {
    chatfile_download_result {
        media_type: download.media_type.as_deref().map(c_string),
        content_encoding: download.content_encoding.as_deref().map(c_string),
        download,
    }
}

/// Downloads the file that file names: what chatfile_upload_result_file() gave, or
/// what a message carries; the section of its service has what that is. Blocks until
/// it is complete and in its place.
///
/// May fail with any status; a target file is then as it was, and no other file
/// is left but those that the option resume asks for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download(
    client: *const chatfile_client,
    file: *const c_char,
    sink: *const chatfile_sink,
    options: *const chatfile_download_options,
    out: *mut *mut chatfile_download_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let file = required_text(file, "file")?;
            let sink = sink_from(&read_required(sink, "sink")?)?;
            let download = client.0.download(file, sink, download_options(options)?)?;
            hand_out(out, download_result(download));
            Ok(())
        })
    }
}

/// Bytes that have arrived: those of the file, or of the part of it that was asked
/// for; 0 if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_size(
    result: *const chatfile_download_result,
) -> u64 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.download.size) }
}

/// 1 with the size of the whole file in bytes (also if a part of it was asked for) in *out if
/// it is known, else 0 with 0 in *out. out may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_file_size(
    result: *const chatfile_download_result,
    out: *mut u64,
) -> i32 {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe { put_number(get(result, None, |r| r.download.file_size), out) }
}

/// The bytes, chatfile_download_result_size() of them, if the sink had to_memory;
/// else NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_data(
    result: *const chatfile_download_result,
) -> *const c_void {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe {
        get(result, ptr::null(), |r| {
            let data = r.download.data.as_ref();
            data.map_or(ptr::null(), |bytes| bytes.as_ptr().cast())
        })
    }
}

/// The media type, as the service states it; NULL if it does not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_media_type(
    result: *const chatfile_download_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.media_type.as_ref())) }
}

/// How the bytes are coded ("gzip", for example), if the answer says so though
/// nothing but the bytes as they are was asked for; else NULL. They are as they
/// came: to have the file, undo it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_content_encoding(
    result: *const chatfile_download_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe {
        get(result, ptr::null(), |r| {
            pointer_to(r.content_encoding.as_ref())
        })
    }
}

/// How often the download was tried, 1 or more; 0 if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_attempts(
    result: *const chatfile_download_result,
) -> u32 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.download.attempts) }
}

/// Frees a result with the bytes it holds. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_free(result: *mut chatfile_download_result) {
    // SAFETY: the C caller guarantees that it is NULL or a result, and does not
    // use it any more.
    unsafe { free(result) }
}

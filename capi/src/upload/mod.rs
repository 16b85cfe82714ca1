//! # Uploading
//!
//! What is uploaded is a source: a file, bytes in memory, or what a function produces.

// In the order of the header.
mod source;

mod options;

pub use options::*;
pub use source::*;

use crate::boundary::{
    argument, c_string, clear_out, free, get, guard, hand_out, handle, owned_text, pointer_to,
};
use crate::cancel::cancel;
use crate::structures::{extensible, read_or_default, read_required};
use crate::{chatfile_cancel, chatfile_client, chatfile_error, chatfile_status};
use chatfile::{AbortUploadOptions, Leftover, Result, UploadResult};
use std::ffi::{CString, c_char};
use std::ptr;

/// A stored file. You own it: free it with chatfile_upload_result_free().
pub struct chatfile_upload_result {
    file: CString,
    url: Option<CString>,
    share_secret: Option<CString>,
    size: u64,
    instant: bool,
    attempts: u32,
    md5: Option<CString>,
    sha256: Option<CString>,
    crc64: Option<CString>,
    message: Option<CString>,
    message_type: Option<CString>,
    content_cas: Option<CString>,
}

pub(crate) fn upload_result(upload: &UploadResult) -> chatfile_upload_result {
    chatfile_upload_result {
        file: c_string(&upload.file),
        url: upload.url.as_deref().map(c_string),
        share_secret: upload.share_secret.as_deref().map(c_string),
        size: upload.size,
        instant: upload.instant,
        attempts: upload.attempts,
        md5: upload.digests.md5.as_deref().map(c_string),
        sha256: upload.digests.sha256.as_deref().map(c_string),
        crc64: upload.digests.crc64.as_deref().map(c_string),
        message: upload.message.as_deref().map(c_string),
        message_type: upload.message_type.as_deref().map(c_string),
        content_cas: upload.content_cas.as_deref().map(c_string),
    }
}

/// Uploads a file. Blocks until the service has it, or has refused it.
///
/// May fail with any status. Limits known beforehand (CHATFILE_E_LIMIT) are
/// checked before anything is sent. An upload that is tried again, because its
/// answer was lost, may leave a second copy where the service names files itself and
/// takes none back. One in parts that fails can be gone on with: see the options
/// resumable, resume_token and checkpoint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload(
    client: *const chatfile_client,
    source: *const chatfile_source,
    options: *const chatfile_upload_options,
    out: *mut *mut chatfile_upload_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let source = source_from(&read_required(source, "source")?)?;
            let upload = client.0.upload(source, upload_options(options)?)?;
            hand_out(out, upload_result(&upload));
            Ok(())
        })
    }
}

/// What names the file in chatfile_download(): each service has a kind of name of its
/// own. NULL only if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_file(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| r.file.as_ptr()) }
}

/// The URL to put into a message, as the service gave it, but for what no URL can
/// hold, which is percent-encoded here. NULL where files have no lasting URL, or none
/// yet (a presigned upload that is not completed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_url(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.url.as_ref())) }
}

/// The secret that a download of this file needs; NULL if it needs none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_share_secret(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.share_secret.as_ref())) }
}

/// Bytes of the file; 0 if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_size(result: *const chatfile_upload_result) -> u64 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.size) }
}

/// 1 if the service had these bytes already, so that none were sent; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_instant(
    result: *const chatfile_upload_result,
) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| i32::from(r.instant)) }
}

/// How often the upload was tried, 1 or more; of several requests, the one that was
/// tried most. 0 if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_attempts(
    result: *const chatfile_upload_result,
) -> u32 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.attempts) }
}

/// The MD5 of what was sent, in 32 lower-case hexadecimal digits; NULL unless the
/// option compute_md5 was set, or a message says it (NetEase).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_md5(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.md5.as_ref())) }
}

/// The SHA-256 of what was sent, in 64 lower-case hexadecimal digits; NULL unless the
/// option compute_sha256 was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_sha256(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.sha256.as_ref())) }
}

/// The CRC-64 (CRC-64/XZ) of what was sent, as services write it: an unsigned decimal
/// number; NULL unless the option compute_crc64 was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_crc64(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.crc64.as_ref())) }
}

/// What the service's own message about the file says, as JSON: what the vendor's SDKs, or
/// the call that sends messages, take (the page of each service says it). It may hold the
/// share secret. NULL unless the option message was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_message(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.message.as_ref())) }
}

/// What the service calls messages of this kind: "1", "img", "102" or "IMAGE" for a
/// picture, as the service has it. NULL unless the option message was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_message_type(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.message_type.as_ref())) }
}

/// What the content of the file is known by, for chatfile_smh_upload.content_cas of an
/// upload that overwrites it; NULL where the service does not say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_content_cas(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.content_cas.as_ref())) }
}

/// Frees a result. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_free(result: *mut chatfile_upload_result) {
    // SAFETY: the C caller guarantees that it is NULL or a result, and does not
    // use it any more.
    unsafe { free(result) }
}

/// Which upload chatfile_abort_upload() is about, by exactly one of a resume token and a
/// checkpoint; and its options.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_abort_upload_options {
    /// Set by CHATFILE_ABORT_UPLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// Can end the call before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// What chatfile_error_resume_token() gave. One that is not of this account is
    /// CHATFILE_E_ARGUMENT. NULL: the checkpoint says which upload it is.
    pub resume_token: *const c_char,
    /// A file that chatfile_upload_options.checkpoint has made (its path in UTF-8). It is removed
    /// when the service has thrown the upload away. One that an upload is using, or that is
    /// not there, is CHATFILE_E_CHECKPOINT; what is no checkpoint of this account is
    /// CHATFILE_E_ARGUMENT; neither is touched. NULL: the resume token says which upload it is.
    pub checkpoint: *const c_char,
}

extensible!(chatfile_abort_upload_options.checkpoint);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
unsafe fn abort_upload_options(
    options: *const chatfile_abort_upload_options,
) -> Result<(Leftover, AbortUploadOptions)> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        let token = owned_text(options.resume_token, "resume_token")?;
        let checkpoint = owned_text(options.checkpoint, "checkpoint")?;
        let leftover = match (token, checkpoint) {
            (Some(token), None) => Leftover::Token(token),
            (None, Some(path)) => Leftover::Checkpoint(path.into()),
            _ => {
                let what = "say which upload it is by exactly one of it and checkpoint";
                return Err(argument("resume_token", what));
            }
        };
        let mut made = AbortUploadOptions::default();
        made.cancel = cancel(options.cancel);
        Ok((leftover, made))
    }
}

/// Makes the service throw away what it has kept of an upload in parts that was
/// broken off: the one that the options name by its resume token or its checkpoint, of which
/// exactly one has to be set. An upload that the service does not know any more counts as
/// done; a file that is complete stays. client is one of the account that made the upload.
///
/// Fails with CHATFILE_E_ARGUMENT if the options name none or two, or one that is not of
/// this account, with CHATFILE_E_UNSUPPORTED where an upload cannot be thrown away (OpenIM
/// forgets it in a week, its storage perhaps sooner), and may fail with any other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_abort_upload(
    client: *const chatfile_client,
    options: *const chatfile_abort_upload_options,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let client = handle(client, "client")?;
            let (leftover, options) = abort_upload_options(options)?;
            client.0.abort_upload(leftover, options)
        })
    }
}

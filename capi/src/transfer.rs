//! The verbs and their results.

use super::boundary::{
    c_string, clear_out, free, get, guard, hand_out, handle, pointer_to, read_required,
    required_text,
};
use super::client::chatfile_client;
use super::error::chatfile_error;
use super::options::{
    abort_upload_options, chatfile_abort_upload_options, chatfile_delete_options,
    chatfile_download_options, chatfile_netease_delete, chatfile_sink, chatfile_source,
    chatfile_upload_options, delete_options, download_options, netease_delete, sink_from,
    source_from, upload_options,
};
use super::status::chatfile_status;
use chatfile::{Deleted, Download, Upload};
use std::ffi::{CString, c_char, c_void};
use std::ptr;

/// A stored file. You own it: free it with chatfile_upload_result_free(). The
/// texts that it gives are UTF-8, belong to it, and live as long as it does.
pub struct chatfile_upload_result {
    file: CString,
    url: Option<CString>,
    share_secret: Option<CString>,
    size: u64,
    instant: bool,
    attempts: u32,
}

/// A file that has arrived. You own it: free it with
/// chatfile_download_result_free(). What it gives belongs to it, and lives as
/// long as it does.
pub struct chatfile_download_result {
    media_type: Option<CString>,
    content_encoding: Option<CString>,
    download: Download,
}

/// A deletion that the service has accepted. You own it: free it with
/// chatfile_delete_result_free(). The texts that it gives belong to it, and live
/// as long as it does.
pub struct chatfile_delete_result {
    task_id: Option<CString>,
    recycled_item_id: Option<CString>,
    attempts: u32,
}

/// Uploads a file. Blocks until the service has it, or has refused it.
///
/// client and source are required; options may be NULL. out is required: on
/// success *out is a result that you free, else NULL. error may be NULL;
/// otherwise *error is an error object that you free, or NULL on success.
///
/// May fail with any status. Limits known beforehand (CHATFILE_E_LIMIT) are
/// checked before anything is sent. An upload that is tried again, because its
/// answer was lost, may leave a second copy at Easemob, NetEase and Huawei, which
/// take none back. One in parts that fails can be gone on with: see the options
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

/// Downloads the file that file names: what chatfile_upload_result_file() gave,
/// or what a message carries (Easemob: a uuid or the URL of the file; NetEase: the
/// URL; Huawei: the objectKey; SMH: the path; OpenIM: the full name or the URL).
/// Blocks until it is complete and in its place.
///
/// client, file and sink are required; options may be NULL. out is required: on
/// success *out is a result that you free, else NULL. error may be NULL;
/// otherwise *error is an error object that you free, or NULL on success.
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

/// Deletes a file, which file names as for chatfile_download(). options may be NULL.
///
/// client and file are required. out is required: on success *out is a result that
/// you free, else NULL. error may be NULL; otherwise *error is an error object that
/// you free, or NULL on success.
///
/// Fails with CHATFILE_E_NOT_FOUND if there is no such file, with
/// CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_DELETE is not set, and may fail with any
/// other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete(
    client: *const chatfile_client,
    file: *const c_char,
    options: *const chatfile_delete_options,
    out: *mut *mut chatfile_delete_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let file = required_text(file, "file")?;
            let deleted = client.0.delete(file, delete_options(options)?)?;
            hand_out(out, delete_result(&deleted));
            Ok(())
        })
    }
}

/// Has the service delete files by the time of their upload, as task says. Otherwise
/// as chatfile_delete(): client and task are required; options may be NULL, and of
/// them cancel alone is of use.
///
/// Fails with CHATFILE_E_LIMIT if the service takes no such range, with
/// CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_DELETE_BY_TIME is not set, and may fail
/// with any other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_by_time(
    client: *const chatfile_client,
    task: *const chatfile_netease_delete,
    options: *const chatfile_delete_options,
    out: *mut *mut chatfile_delete_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let task = netease_delete(&read_required(task, "task")?)?;
            let deleted = client.0.delete_by_time(&task, delete_options(options)?)?;
            hand_out(out, delete_result(&deleted));
            Ok(())
        })
    }
}

fn delete_result(deleted: &Deleted) -> chatfile_delete_result {
    chatfile_delete_result {
        task_id: deleted.task_id.as_deref().map(c_string),
        recycled_item_id: deleted.recycled_item_id.as_deref().map(c_string),
        attempts: deleted.attempts,
    }
}

/// Makes the service throw away what it has kept of an upload in parts that was
/// broken off. resume_token is what chatfile_error_resume_token() gave. An upload
/// that the service does not know any more counts as done; a file that is complete
/// stays. client is one of the account that made the upload; options and error may
/// be NULL; *error is an error object that you free, or NULL on success.
///
/// Fails with CHATFILE_E_ARGUMENT if the token is not of this account, with
/// CHATFILE_E_UNSUPPORTED where an upload cannot be thrown away (OpenIM forgets it
/// in a week), and may fail with any other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_abort_upload(
    client: *const chatfile_client,
    resume_token: *const c_char,
    options: *const chatfile_abort_upload_options,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let client = handle(client, "client")?;
            let token = required_text(resume_token, "resume_token")?;
            client.0.abort_upload(token, abort_upload_options(options)?)
        })
    }
}

pub(super) fn download_result(download: Download) -> chatfile_download_result {
    chatfile_download_result {
        media_type: download.media_type.as_deref().map(c_string),
        content_encoding: download.content_encoding.as_deref().map(c_string),
        download,
    }
}

pub(super) fn upload_result(upload: &Upload) -> chatfile_upload_result {
    chatfile_upload_result {
        file: c_string(&upload.file),
        url: upload.url.as_deref().map(c_string),
        share_secret: upload.share_secret.as_deref().map(c_string),
        size: upload.size,
        instant: upload.instant,
        attempts: upload.attempts,
    }
}

/// What names the file in chatfile_download(): Easemob's uuid, NetEase's URL,
/// Huawei's objectKey, SMH's path (another than was asked for, if that was taken),
/// OpenIM's full name. NULL only if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_file(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| r.file.as_ptr()) }
}

/// The URL to put into a message, as the service gave it, but for what no URL can
/// hold: OpenIM writes names there as they are, and here they are percent-encoded.
/// NULL where files have no lasting URL (Huawei, SMH), or none yet (OpenIM: a
/// presigned upload that is not completed).
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

/// Frees a result. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_free(result: *mut chatfile_upload_result) {
    // SAFETY: the C caller guarantees that it is NULL or a result, and does not
    // use it any more.
    unsafe { free(result) }
}

/// Bytes of the file; 0 if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_download_result_size(
    result: *const chatfile_download_result,
) -> u64 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.download.size) }
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

/// The id of the task that deletes later, if the service answers with one; else
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_task_id(
    result: *const chatfile_delete_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.task_id.as_ref())) }
}

/// What the file is known by in the recycle bin, if it went there (SMH); else NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_recycled_item_id(
    result: *const chatfile_delete_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe {
        get(result, ptr::null(), |r| {
            pointer_to(r.recycled_item_id.as_ref())
        })
    }
}

/// How often the call was tried, 1 or more; 0 if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_attempts(
    result: *const chatfile_delete_result,
) -> u32 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.attempts) }
}

/// Frees a result. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_free(result: *mut chatfile_delete_result) {
    // SAFETY: the C caller guarantees that it is NULL or a result, and does not
    // use it any more.
    unsafe { free(result) }
}

//! The verbs and their results.

use super::boundary::{
    bytes, c_string, check_reserved, clear_out, free, get, guard, hand_out, handle, non_zero,
    owned_text, pointer_to, read_or_default, read_required, required_text, text,
};
use super::callbacks::{CallerSink, CallerSource, progress};
use super::cancel::cancel;
use super::client::chatfile_client;
use super::error::chatfile_error;
use super::options::{
    chatfile_delete_options, chatfile_download_options, chatfile_easemob_download,
    chatfile_easemob_upload, chatfile_huawei_download, chatfile_huawei_upload,
    chatfile_netease_delete, chatfile_netease_upload, chatfile_sink, chatfile_source,
    chatfile_upload_options,
};
use super::status::{CHATFILE_NETEASE_BASE64_FORM, CHATFILE_NETEASE_MULTIPART, chatfile_status};
use crate::client::{DeleteOptions, Deleted, Download, DownloadOptions, Upload, UploadOptions};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::service::easemob::{EasemobDownload, EasemobUpload};
use crate::service::huawei::{HuaweiDownload, HuaweiUpload};
use crate::service::netease::{NeteaseDelete, NeteaseUpload, NeteaseUploadMethod};
use crate::transfer::sink::Sink;
use crate::transfer::source::Source;
use std::ffi::{CString, c_char, c_void};
use std::ptr;

/// A stored file. You own it: free it with chatfile_upload_result_free(). The
/// texts that it gives are UTF-8, belong to it, and live as long as it does.
pub struct chatfile_upload_result {
    file: CString,
    url: Option<CString>,
    share_secret: Option<CString>,
    size: u64,
    attempts: u32,
}

/// A file that has arrived. You own it: free it with
/// chatfile_download_result_free(). What it gives belongs to it, and lives as
/// long as it does.
pub struct chatfile_download_result {
    content_type: Option<CString>,
    download: Download,
}

/// A deletion that the service has accepted. You own it: free it with
/// chatfile_delete_result_free(). The texts that it gives belong to it, and live
/// as long as it does.
pub struct chatfile_delete_result {
    task_id: Option<CString>,
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
/// answer was lost, may leave a second copy at the service: no service here takes
/// one back.
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
/// URL; Huawei: the objectKey). Blocks until it is complete and in its place.
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

/// Deletes files, in the way the service has; see chatfile_delete_options.
///
/// client and options are required. out is required: on success *out is a result
/// that you free, else NULL. error may be NULL; otherwise *error is an error
/// object that you free, or NULL on success.
///
/// Fails with CHATFILE_E_UNSUPPORTED where the service deletes nothing, and may
/// fail with any other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete(
    client: *const chatfile_client,
    options: *const chatfile_delete_options,
    out: *mut *mut chatfile_delete_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let options = delete_options(&read_required(options, "options")?)?;
            let Deleted {
                task_id, attempts, ..
            } = client.0.delete(options)?;
            let task_id = task_id.as_deref().map(c_string);
            hand_out(out, chatfile_delete_result { task_id, attempts });
            Ok(())
        })
    }
}

pub(super) fn download_result(download: Download) -> chatfile_download_result {
    chatfile_download_result {
        content_type: download.content_type.as_deref().map(c_string),
        download,
    }
}

pub(super) fn upload_result(upload: &Upload) -> chatfile_upload_result {
    chatfile_upload_result {
        file: c_string(&upload.file),
        url: upload.url.as_deref().map(c_string),
        share_secret: upload.share_secret.as_deref().map(c_string),
        size: upload.size,
        attempts: upload.attempts,
    }
}

/// # Safety
/// The pointers in `source` are what the header says; the C caller guarantees it.
pub(super) unsafe fn source_from<'a>(source: &chatfile_source) -> Result<Source<'a>> {
    // SAFETY: what the caller of this function guarantees.
    let path = unsafe { text(source.path, "source.path") }?;
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
            source.length,
        )),
        _ => Err(Error::argument(
            "source",
            "set exactly one of path, data and read",
        )),
    }
}

/// # Safety
/// The pointers in `sink` are what the header says; the C caller guarantees it.
pub(super) unsafe fn sink_from<'a>(sink: &chatfile_sink) -> Result<Sink<'a>> {
    // SAFETY: what the caller of this function guarantees.
    let path = unsafe { text(sink.path, "sink.path") }?;
    match (path, sink.write) {
        (Some(path), None) => Ok(Sink::path(path)),
        (None, None) => Ok(Sink::buffer()),
        (None, Some(write)) => Ok(Sink::writer(CallerSink {
            write,
            user: sink.user,
        })),
        (Some(_), Some(_)) => Err(Error::argument("sink", "set path or write, not both")),
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(super) unsafe fn upload_options<'a>(
    options: *const chatfile_upload_options,
) -> Result<UploadOptions<'a>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        Ok(UploadOptions {
            file_name: owned_text(options.file_name, "file_name")?,
            content_type: owned_text(options.content_type, "content_type")?,
            progress: progress(options.progress, options.progress_user),
            cancel: cancel(options.cancel),
            parallel_parts: None,
            resumable: false,
            resume_token: None,
            checkpoint: None,
            easemob: optional(options.easemob, easemob_upload)?,
            netease: optional(options.netease, netease_upload)?,
            huawei: optional(options.huawei, huawei_upload)?,
            smh: None,
            openim: None,
        })
    }
}

/// Reads a structure that hangs off another, if it is there.
///
/// # Safety
/// As for [`read_or_default`].
unsafe fn optional<T: super::boundary::Extensible, R>(
    pointer: *const T,
    convert: unsafe fn(&T) -> Result<R>,
) -> Result<Option<R>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: what the caller of this function guarantees.
    unsafe { convert(&read_or_default(pointer)?).map(Some) }
}

fn easemob_upload(options: &chatfile_easemob_upload) -> Result<EasemobUpload> {
    check_reserved(options.reserved == 0)?;
    Ok(EasemobUpload {
        restrict_access: options.restrict_access != 0,
        thumbnail_width: non_zero(options.thumbnail_width),
        thumbnail_height: non_zero(options.thumbnail_height),
    })
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn netease_upload(options: &chatfile_netease_upload) -> Result<NeteaseUpload> {
    let method = match options.method {
        CHATFILE_NETEASE_MULTIPART => NeteaseUploadMethod::Multipart,
        CHATFILE_NETEASE_BASE64_FORM => NeteaseUploadMethod::Base64Form,
        other => {
            return Err(Error::argument(
                "method",
                format_args!("{other} is none of the CHATFILE_NETEASE_ methods"),
            ));
        }
    };
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        Ok(NeteaseUpload {
            method,
            media_type: owned_text(options.media_type, "media_type")?,
            tag: owned_text(options.tag, "tag")?,
            plain_http_url: options.plain_http_url != 0,
            expire_seconds: non_zero(options.expire_seconds),
        })
    }
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn huawei_upload(options: &chatfile_huawei_upload) -> Result<HuaweiUpload> {
    Ok(HuaweiUpload {
        // SAFETY: what the caller of this function guarantees.
        file_type: unsafe { owned_text(options.file_type, "file_type") }?,
    })
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn huawei_download(options: &chatfile_huawei_download) -> Result<HuaweiDownload> {
    check_reserved(options.reserved == 0)?;
    Ok(HuaweiDownload {
        // SAFETY: what the caller of this function guarantees.
        file_type: unsafe { required_text(options.file_type, "file_type") }?.to_owned(),
        media_library: options.media_library != 0,
    })
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(super) unsafe fn download_options<'a>(
    options: *const chatfile_download_options,
) -> Result<DownloadOptions<'a>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        Ok(DownloadOptions {
            max_size: non_zero(options.max_size),
            resume: options.resume != 0,
            cancel: cancel(options.cancel),
            progress: progress(options.progress, options.progress_user),
            easemob: optional(options.easemob, easemob_download)?,
            huawei: optional(options.huawei, huawei_download)?,
            smh: None,
            openim: None,
        })
    }
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn easemob_download(options: &chatfile_easemob_download) -> Result<EasemobDownload> {
    check_reserved(options.reserved == 0)?;
    Ok(EasemobDownload {
        // SAFETY: what the caller of this function guarantees.
        share_secret: unsafe { owned_text(options.share_secret, "share_secret") }?
            .map(Secret::from),
        thumbnail: options.thumbnail != 0,
    })
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn delete_options(options: &chatfile_delete_options) -> Result<DeleteOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        Ok(DeleteOptions {
            cancel: cancel(options.cancel),
            netease: optional(options.netease, netease_delete)?,
            smh: None,
        })
    }
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn netease_delete(options: &chatfile_netease_delete) -> Result<NeteaseDelete> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        Ok(NeteaseDelete {
            start_time_ms: options.start_time_ms,
            end_time_ms: options.end_time_ms,
            media_type: owned_text(options.media_type, "media_type")?,
            tag: owned_text(options.tag, "tag")?,
        })
    }
}

/// What names the file in chatfile_download(): Easemob's uuid, NetEase's URL,
/// Huawei's objectKey. NULL only if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_upload_result_file(
    result: *const chatfile_upload_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| r.file.as_ptr()) }
}

/// The URL to put into a message, as the service gave it; NULL where files have
/// no URL (Huawei).
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

/// How often the upload was tried, 1 or more; 0 if result is NULL.
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

/// The bytes, chatfile_download_result_size() of them, if the sink had neither
/// path nor write; else NULL.
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
pub unsafe extern "C" fn chatfile_download_result_content_type(
    result: *const chatfile_download_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.content_type.as_ref())) }
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

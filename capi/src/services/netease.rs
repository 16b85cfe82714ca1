//! # NetEase IM
//!
//! A file is named by its URL.

use super::{chatfile_secret_fn, provider, secret};
use crate::boundary::{clear_out, guard, hand_out, handle, null, owned_text, required_text};
use crate::client::{client_options, open};
use crate::delete::{delete_options, delete_result};
use crate::digest::write;
use crate::structures::{choice, extensible, non_zero, read_required};
use crate::{
    chatfile_client, chatfile_client_options, chatfile_delete_options, chatfile_delete_result,
    chatfile_error, chatfile_status,
};
use chatfile::{Client, Netease, NeteaseDeleteTask, NeteaseUpload, NeteaseUploadMethod, Result};
use std::ffi::{c_char, c_void};
use std::time::Duration;

/// A NetEase IM (Yunxin) app.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease {
    /// Set by CHATFILE_NETEASE_INIT.
    pub struct_size: usize,
    /// The server address with its path: http:// or https://. NULL:
    /// "https://api.yunxinapi.com/nimserver". Overseas:
    /// "https://api-sg.yunxinapi.com/nimserver".
    pub base_url: *const c_char,
    /// The AppKey. Required.
    pub app_key: *const c_char,
    /// The AppSecret; it signs the requests and is never sent. NULL: secret gives
    /// it.
    pub app_secret: *const c_char,
    /// The largest content that may be sent, in bytes as the service counts them:
    /// of the file with CHATFILE_NETEASE_METHOD_FORM, of its base64 text with
    /// CHATFILE_NETEASE_METHOD_BASE64. 0: 15 MiB (15,728,640), which as base64 is a
    /// file of 11,796,480 bytes.
    pub max_upload_size: u64,
    /// Gives "app_secret" each time it is needed. NULL: app_secret holds it.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

extensible!(chatfile_netease.secret_user);

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn netease_config(config: &chatfile_netease) -> Result<Netease> {
    let provider = provider(config.secret, config.secret_user);
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut account = Netease::new(
            required_text(config.app_key, "app_key")?,
            secret(config.app_secret, "app_secret", provider.as_ref())?
                .ok_or_else(|| null("app_secret"))?,
        );
        account.base_url = owned_text(config.base_url, "base_url")?;
        account.max_upload_size = non_zero(config.max_upload_size);
        Ok(account)
    }
}

/// Opens a client of a NetEase IM app. config is copied. Otherwise as
/// chatfile_open_without_service().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_netease(
    config: *const chatfile_netease,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::netease(netease_config(&config)?, client_options(options)?)
        })
    }
}

/// How a file goes to NetEase: one of the CHATFILE_NETEASE_METHOD_ numbers.
pub type chatfile_netease_method = u32;

/// multipart/form-data to msg/fileUpload.action, the bytes as they are.
pub const CHATFILE_NETEASE_METHOD_FORM: chatfile_netease_method = 0;
/// base64 in a form to msg/upload.action, a third larger. Reads the source twice.
pub const CHATFILE_NETEASE_METHOD_BASE64: chatfile_netease_method = 1;

/// What an upload to NetEase can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease_upload {
    /// Set by CHATFILE_NETEASE_UPLOAD_INIT.
    pub struct_size: usize,
    /// How the file goes: CHATFILE_NETEASE_METHOD_FORM (0) or
    /// CHATFILE_NETEASE_METHOD_BASE64.
    pub method: chatfile_netease_method,
    /// Not 0: ask for an http:// URL. 0: https://, other than the service's own
    /// default.
    pub plain_http_url: i32,
    /// The scenario tag to store with the file, at most 32 characters. NULL: none.
    pub tag: *const c_char,
    /// The lifetime of the file, in seconds, at least 86,400 and at most 68 years: it
    /// is deleted then. 0: for ever.
    pub ttl_seconds: u64,
}

extensible!(chatfile_netease_upload.ttl_seconds);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn netease_upload(options: &chatfile_netease_upload) -> Result<NeteaseUpload> {
    let method = choice(
        options.method,
        &[
            (CHATFILE_NETEASE_METHOD_FORM, NeteaseUploadMethod::Form),
            (CHATFILE_NETEASE_METHOD_BASE64, NeteaseUploadMethod::Base64),
        ],
        "method",
    )?;
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut upload = NeteaseUpload::default();
        upload.method = method;
        upload.tag = owned_text(options.tag, "tag")?;
        upload.plain_http_url = options.plain_http_url != 0;
        upload.ttl = non_zero(options.ttl_seconds).map(Duration::from_secs);
        Ok(upload)
    }
}

/// What chatfile_delete_by_time() deletes. NetEase takes 5 such tasks a day.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease_delete_task {
    /// Set by CHATFILE_NETEASE_DELETE_TASK_INIT.
    pub struct_size: usize,
    /// Files uploaded from this time on: milliseconds since 1970 UTC, more than 0.
    /// Required.
    pub start_time_ms: i64,
    /// Files uploaded up to this time: more than 1 and less than 7 days after the
    /// start, and before today in China (UTC+8). Required.
    pub end_time_ms: i64,
    /// Only files whose media type contains this text; "image" is in "image/png".
    /// NULL: all.
    pub media_type: *const c_char,
    /// Only files with exactly this tag. NULL: all.
    pub tag: *const c_char,
}

extensible!(chatfile_netease_delete_task.tag);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn netease_delete_task(
    options: &chatfile_netease_delete_task,
) -> Result<NeteaseDeleteTask> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut delete = NeteaseDeleteTask::new(options.start_time_ms, options.end_time_ms);
        delete.media_type = owned_text(options.media_type, "media_type")?;
        delete.tag = owned_text(options.tag, "tag")?;
        Ok(delete)
    }
}

/// Has the service delete files by the time of their upload, as task says. Of options,
/// cancel alone is of use. Otherwise as chatfile_delete().
///
/// Fails with CHATFILE_E_LIMIT if the service takes no such range, with
/// CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_DELETE_BY_TIME is not set, and may fail
/// with any other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_by_time(
    client: *const chatfile_client,
    task: *const chatfile_netease_delete_task,
    options: *const chatfile_delete_options,
    out: *mut *mut chatfile_delete_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let task = netease_delete_task(&read_required(task, "task")?)?;
            let deleted = client.0.delete_by_time(&task, delete_options(options)?)?;
            hand_out(out, delete_result(&deleted));
            Ok(())
        })
    }
}

/// The size of a buffer for chatfile_netease_checksum(): 40 hex digits and a NUL.
pub const CHATFILE_NETEASE_CHECKSUM_SIZE: usize = 41;

/// Signs a NetEase request: the CheckSum header for these values of the Nonce
/// (at most 128 characters) and CurTime (seconds since 1970 UTC, decimal) headers,
/// which is SHA-1 of app_secret, nonce and cur_time in this order, in lower-case
/// hex. The service takes it for 5 minutes from cur_time.
///
/// Writes 40 digits and a NUL to buffer, which has room for buffer_size bytes, at least
/// CHATFILE_NETEASE_CHECKSUM_SIZE.
///
/// Fails with CHATFILE_E_NULL, _TEXT or _ARGUMENT; buffer is not written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_netease_checksum(
    app_secret: *const c_char,
    nonce: *const c_char,
    cur_time: *const c_char,
    buffer: *mut c_char,
    buffer_size: usize,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let checksum = chatfile::netease_checksum(
                required_text(app_secret, "app_secret")?,
                required_text(nonce, "nonce")?,
                required_text(cur_time, "cur_time")?,
            );
            write(&checksum, buffer, buffer_size)
        })
    }
}

//! NetEase's structures.

use super::{choice, secret};
use crate::boundary::{non_zero, null, owned_text, required_text};
use crate::callbacks::{chatfile_secret_fn, provider};
use chatfile::{Netease, NeteaseDelete, NeteaseUpload, NeteaseUploadMethod, Result};
use std::ffi::{c_char, c_void};

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
    /// of the file with CHATFILE_NETEASE_FORM, of its base64 text with
    /// CHATFILE_NETEASE_BASE64. 0: 15 MiB (15,728,640), which as base64 is a
    /// file of 11,796,480 bytes.
    pub max_upload_size: u64,
    /// Gives "app_secret" each time it is needed. NULL: app_secret holds it.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

extensible!(chatfile_netease.secret_user);

/// What an upload to NetEase can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease_upload {
    /// Set by CHATFILE_NETEASE_UPLOAD_INIT.
    pub struct_size: usize,
    /// How the file goes: CHATFILE_NETEASE_FORM (0) or
    /// CHATFILE_NETEASE_BASE64.
    pub method: u32,
    /// Not 0: ask for an http:// URL. 0: https://, other than the service's own
    /// default.
    pub plain_http_url: i32,
    /// The scenario tag to store with the file, at most 32 characters. NULL: none.
    pub tag: *const c_char,
    /// Seconds until the file is deleted, at least 86,400. 0: never.
    pub expire_seconds: u64,
}

extensible!(chatfile_netease_upload.expire_seconds);

/// What chatfile_delete_by_time() deletes. NetEase takes 5 such tasks a day.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease_delete {
    /// Set by CHATFILE_NETEASE_DELETE_INIT.
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

extensible!(chatfile_netease_delete.tag);

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn netease_config(config: &chatfile_netease) -> Result<Netease> {
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

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(super) unsafe fn netease_upload(options: &chatfile_netease_upload) -> Result<NeteaseUpload> {
    let method = choice(
        options.method,
        &[NeteaseUploadMethod::Form, NeteaseUploadMethod::Base64],
        "method",
    )?;
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut upload = NeteaseUpload::default();
        upload.method = method;
        upload.tag = owned_text(options.tag, "tag")?;
        upload.plain_http_url = options.plain_http_url != 0;
        upload.expire_seconds = non_zero(options.expire_seconds);
        Ok(upload)
    }
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn netease_delete(options: &chatfile_netease_delete) -> Result<NeteaseDelete> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut delete = NeteaseDelete::new(options.start_time_ms, options.end_time_ms);
        delete.media_type = owned_text(options.media_type, "media_type")?;
        delete.tag = owned_text(options.tag, "tag")?;
        Ok(delete)
    }
}

//! # Huawei Cloud AICC
//!
//! A file is named by its objectKey, and has no URL.

use super::{chatfile_secret_fn, provider, secret};
use crate::boundary::{null, owned_text, required_text};
use crate::client::{client_options, open};
use crate::structures::{check_reserved, extensible, non_zero, read_required};
use crate::{chatfile_client, chatfile_client_options, chatfile_error, chatfile_status};
use chatfile::{Client, Huawei, HuaweiDownload, HuaweiUpload, Result};
use std::ffi::{c_char, c_void};
use std::time::Duration;

/// A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_huawei {
    /// Set by CHATFILE_HUAWEI_INIT.
    pub struct_size: usize,
    /// The domain of the deployment with its port, if it has one: http:// or
    /// https://, for example "https://service.besclouds.com". Required.
    pub base_url: *const c_char,
    /// The app key. Required.
    pub app_key: *const c_char,
    /// The app secret. NULL: secret gives it.
    pub app_secret: *const c_char,
    /// The id of the configured channel. Required.
    pub channel_id: *const c_char,
    /// The customer, 1 to 32 characters. Required.
    pub user_id: *const c_char,
    /// The customer's name. NULL: user_id.
    pub user_name: *const c_char,
    /// "zh", "zh_CN", "en" or "en_US". NULL: "zh".
    pub locale: *const c_char,
    /// The lifetime to ask for when the AccessToken is fetched, in seconds, at most
    /// 3,600. 0: what the service gives.
    pub token_ttl_seconds: u64,
    /// The largest file that may be sent, in bytes. 0: no limit, since the vendor
    /// publishes none.
    pub max_upload_size: u64,
    /// Gives "app_secret" each time it is needed. NULL: app_secret holds it.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

extensible!(chatfile_huawei.secret_user);

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn huawei_config(config: &chatfile_huawei) -> Result<Huawei> {
    let provider = provider(config.secret, config.secret_user);
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut account = Huawei::new(
            required_text(config.base_url, "base_url")?,
            required_text(config.app_key, "app_key")?,
            secret(config.app_secret, "app_secret", provider.as_ref())?
                .ok_or_else(|| null("app_secret"))?,
            required_text(config.channel_id, "channel_id")?,
            required_text(config.user_id, "user_id")?,
        );
        account.user_name = owned_text(config.user_name, "user_name")?;
        account.locale = owned_text(config.locale, "locale")?;
        account.token_ttl = non_zero(config.token_ttl_seconds).map(Duration::from_secs);
        account.max_upload_size = non_zero(config.max_upload_size);
        Ok(account)
    }
}

/// Opens a client of a Huawei AICC tenant. config is copied. Otherwise as
/// chatfile_open_without_service(): may also fail with CHATFILE_E_LIMIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_huawei(
    config: *const chatfile_huawei,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::huawei(huawei_config(&config)?, client_options(options)?)
        })
    }
}

/// What an upload to Huawei can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_huawei_upload {
    /// Set by CHATFILE_HUAWEI_UPLOAD_INIT.
    pub struct_size: usize,
    /// The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any
    /// case. NULL: the extension of its name, for which alone file_name is of use
    /// here; media_type is not sent.
    pub file_type: *const c_char,
}

extensible!(chatfile_huawei_upload.file_type);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn huawei_upload(options: &chatfile_huawei_upload) -> Result<HuaweiUpload> {
    let mut upload = HuaweiUpload::default();
    // SAFETY: what the caller of this function guarantees.
    upload.file_type = unsafe { owned_text(options.file_type, "file_type") }?;
    Ok(upload)
}

/// What a download from Huawei has to say besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_huawei_download {
    /// Set by CHATFILE_HUAWEI_DOWNLOAD_INIT.
    pub struct_size: usize,
    /// The type of the file, which the service does not know by itself: one of
    /// those of an upload, richtext, doc, docx, pdf or zip. Required.
    pub file_type: *const c_char,
    /// Not 0: the file is one of the media library.
    pub media_library: i32,
    /// Leave it 0.
    pub reserved: i32,
}

extensible!(chatfile_huawei_download.reserved);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn huawei_download(options: &chatfile_huawei_download) -> Result<HuaweiDownload> {
    check_reserved(options.reserved == 0)?;
    // SAFETY: what the caller of this function guarantees.
    let file_type = unsafe { required_text(options.file_type, "file_type") }?;
    let mut download = HuaweiDownload::new(file_type);
    download.media_library = options.media_library != 0;
    Ok(download)
}

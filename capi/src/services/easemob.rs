//! # Easemob
//!
//! A file is named by its uuid, or by its URL.

use super::{chatfile_secret_fn, provider, secret};
use crate::boundary::{argument, owned_text, required_text};
use crate::client::{client_options, open};
use crate::structures::{check_reserved, extensible, non_zero, read_required};
use crate::{chatfile_client, chatfile_client_options, chatfile_error, chatfile_status};
use chatfile::{
    Client, Easemob, EasemobCredentials, EasemobDownload, EasemobUpload, Result, Secret,
};
use std::ffi::{c_char, c_void};
use std::time::Duration;

/// An Easemob app and who asks it. Give one kind of credentials: client_id and
/// client_secret, or username and password, or token. A client_secret, password
/// or token that is NULL is asked for by secret, if that is set.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_easemob {
    /// Set by CHATFILE_EASEMOB_INIT.
    pub struct_size: usize,
    /// The REST address of the app's data centre, without a path: http:// or
    /// https://. NULL: "https://a1.easemob.com" (China 1). Others: a31 (China 2),
    /// a1-sgp (Singapore), a41 (US-East), a51 (Frankfurt).
    pub base_url: *const c_char,
    /// The AppKey, "org#app". Required.
    pub app_key: *const c_char,
    /// The app's client id, for back-ends. The token is fetched when it is needed,
    /// kept, and fetched anew when it expires or is refused.
    pub client_id: *const c_char,
    /// The secret that goes with client_id.
    pub client_secret: *const c_char,
    /// A user's name; the token is fetched and kept as above.
    pub username: *const c_char,
    /// The password that goes with username.
    pub password: *const c_char,
    /// A token that you got elsewhere. It cannot be renewed here: when it is
    /// refused, calls fail with CHATFILE_E_AUTH. One that secret gives is asked for
    /// again then, once.
    pub token: *const c_char,
    /// The lifetime to ask for when a token is fetched, in seconds. 0: what the
    /// Easemob console says, 60 days unless changed.
    pub token_ttl_seconds: u64,
    /// The largest file that may be sent, in bytes. 0: 10 MiB (10,485,760), the
    /// service's limit unless it was raised for your app.
    pub max_upload_size: u64,
    /// Gives "client_secret", "password" or "token" when it is needed. NULL: the
    /// fields above hold what is needed.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

extensible!(chatfile_easemob.secret_user);

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn easemob_config(config: &chatfile_easemob) -> Result<Easemob> {
    let provider = provider(config.secret, config.secret_user);
    let provider = provider.as_ref();
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let id = owned_text(config.client_id, "client_id")?;
        let username = owned_text(config.username, "username")?;
        let token = owned_text(config.token, "token")?;
        let credentials = match (id, username, token) {
            (Some(id), None, None) if config.password.is_null() => {
                secret(config.client_secret, "client_secret", provider)?
                    .map(|secret| EasemobCredentials::Client { id, secret })
            }
            (None, Some(username), None) if config.client_secret.is_null() => {
                secret(config.password, "password", provider)?
                    .map(|password| EasemobCredentials::Password { username, password })
            }
            (None, None, _) if config.client_secret.is_null() && config.password.is_null() => {
                secret(config.token, "token", provider)?.map(EasemobCredentials::Token)
            }
            _ => None,
        };
        let mut account = Easemob::new(
            required_text(config.app_key, "app_key")?,
            credentials.ok_or_else(|| {
                argument(
                    "credentials",
                    "set either client_id and client_secret, or username and password, or token; \
                     or, for what is secret of it, the secret callback",
                )
            })?,
        );
        account.base_url = owned_text(config.base_url, "base_url")?;
        account.token_ttl = non_zero(config.token_ttl_seconds).map(Duration::from_secs);
        account.max_upload_size = non_zero(config.max_upload_size);
        Ok(account)
    }
}

/// Opens a client of an Easemob app. config is copied. Otherwise as
/// chatfile_open_without_service(): may also fail with CHATFILE_E_LIMIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_easemob(
    config: *const chatfile_easemob,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::easemob(easemob_config(&config)?, client_options(options)?)
        })
    }
}

/// What an upload to Easemob can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_easemob_upload {
    /// Set by CHATFILE_EASEMOB_UPLOAD_INIT.
    pub struct_size: usize,
    /// Not 0: only who knows the share secret may download the file. Easemob has
    /// to switch the feature on for the app: else the file is stored open to all,
    /// and the call fails with CHATFILE_E_NOT_RESTRICTED.
    pub restrict_access: i32,
    /// Width of the thumbnail that the service makes of an image, in pixels. 0: 170.
    pub thumbnail_width: u32,
    /// Height of that thumbnail, in pixels. 0: 170.
    pub thumbnail_height: u32,
    /// Leave it 0.
    pub reserved: u32,
}

extensible!(chatfile_easemob_upload.reserved);

pub(crate) fn easemob_upload(options: &chatfile_easemob_upload) -> Result<EasemobUpload> {
    check_reserved(options.reserved == 0)?;
    let mut upload = EasemobUpload::default();
    upload.restrict_access = options.restrict_access != 0;
    upload.thumbnail_width = non_zero(options.thumbnail_width);
    upload.thumbnail_height = non_zero(options.thumbnail_height);
    Ok(upload)
}

/// What a download from Easemob can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_easemob_download {
    /// Set by CHATFILE_EASEMOB_DOWNLOAD_INIT.
    pub struct_size: usize,
    /// The secret that came with the upload of a restricted file. NULL: none.
    pub share_secret: *const c_char,
}

extensible!(chatfile_easemob_download.share_secret);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn easemob_download(
    options: &chatfile_easemob_download,
) -> Result<EasemobDownload> {
    let mut download = EasemobDownload::default();
    // SAFETY: what the caller of this function guarantees.
    download.share_secret =
        unsafe { owned_text(options.share_secret, "share_secret") }?.map(Secret::from);
    Ok(download)
}

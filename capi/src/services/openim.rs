//! # OpenIM
//!
//! A file is named by its full name, or by its URL.

use super::{chatfile_secret_fn, provider, secret};
use crate::boundary::{argument, owned_text, required_text};
use crate::client::{client_options, open};
use crate::structures::{choice, extensible, non_zero, read_required};
use crate::{chatfile_client, chatfile_client_options, chatfile_error, chatfile_status};
use chatfile::{
    Client, Openim, OpenimCredentials, OpenimDownload, OpenimUpload, OpenimUploadMethod, Result,
};
use std::ffi::{c_char, c_void};

/// An OpenIM server and who asks it: a user with a token, or, for back-ends, the
/// admin with the server's secret, for himself or for a user.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_openim {
    /// Set by CHATFILE_OPENIM_INIT.
    pub struct_size: usize,
    /// The address of the server's API: http:// or https://, for example
    /// "https://im.example.com/api" or "http://10.0.0.1:10002". Required.
    pub base_url: *const c_char,
    /// Who asks: a user's id; with admin_secret and without platform the admin's.
    /// Required.
    pub user_id: *const c_char,
    /// A token of user_id that you got elsewhere. It cannot be renewed here: when it
    /// is refused, calls fail with CHATFILE_E_AUTH. One that secret gives is asked
    /// for again then, once.
    pub token: *const c_char,
    /// The server's secret, in place of token, for back-ends. Tokens are fetched when
    /// they are needed, kept, and fetched anew when they expire or are refused.
    pub admin_secret: *const c_char,
    /// The admin who fetches the token of user_id; with platform alone. NULL:
    /// "imAdmin".
    pub admin_user_id: *const c_char,
    /// With admin_secret: what user_id is logged in on, which can end an older login of the
    /// user there. 1 iOS, 2 Android, 3 Windows, 4 macOS, 5 web, 6 mini program, 7 Linux, 8
    /// Android tablet, 9 iPad, 11 HarmonyOS. 0: user_id is the admin.
    pub platform: u32,
    /// Not 0: with token and admin_secret both NULL, secret is asked for
    /// "admin_secret". 0: for "token".
    pub ask_admin_secret: i32,
    /// The largest file that may be sent, in bytes. 0: no limit, since the server has
    /// none.
    pub max_upload_size: u64,
    /// Gives "token" or "admin_secret" when it is needed. NULL: the fields above hold
    /// it.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

extensible!(chatfile_openim.secret_user);

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn openim_config(config: &chatfile_openim) -> Result<Openim> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut account = Openim::new(
            required_text(config.base_url, "base_url")?,
            required_text(config.user_id, "user_id")?,
            credentials(config)?,
        );
        account.max_upload_size = non_zero(config.max_upload_size);
        Ok(account)
    }
}

/// # Safety
/// As for [`openim_config`].
unsafe fn credentials(config: &chatfile_openim) -> Result<OpenimCredentials> {
    let provider = provider(config.secret, config.secret_user);
    let provider = provider.as_ref();
    let is_admin = !config.admin_secret.is_null() || config.ask_admin_secret != 0;
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let admin_user_id = owned_text(config.admin_user_id, "admin_user_id")?;
        if admin_user_id.is_some() && config.platform == 0 {
            return Err(argument(
                "admin_user_id",
                "goes with platform alone; without it, user_id is the admin",
            ));
        }
        if config.platform != 0 && !is_admin {
            return Err(argument(
                "platform",
                "goes with admin_secret alone; a token has its own",
            ));
        }
        let secret = if !is_admin {
            secret(config.token, "token", provider)?
        } else if config.token.is_null() {
            secret(config.admin_secret, "admin_secret", provider)?
        } else {
            None
        };
        secret
            .map(|secret| match config.platform {
                _ if !is_admin => OpenimCredentials::Token(secret),
                0 => OpenimCredentials::Admin { secret },
                platform => OpenimCredentials::User {
                    admin_secret: secret,
                    admin_user_id,
                    platform,
                },
            })
            .ok_or_else(|| {
                argument(
                    "credentials",
                    "set either token or admin_secret; or the secret callback, and \
                     ask_admin_secret if it gives the latter",
                )
            })
    }
}

/// Opens a client of an OpenIM server. config is copied. Otherwise as
/// chatfile_open_without_service().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_openim(
    config: *const chatfile_openim,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::openim(openim_config(&config)?, client_options(options)?)
        })
    }
}

/// How a file goes to OpenIM: one of the CHATFILE_OPENIM_METHOD_ numbers.
pub type chatfile_openim_method = u32;

/// In parts; by form where the source cannot be read twice, or an option asks for it.
pub const CHATFILE_OPENIM_METHOD_AUTOMATIC: chatfile_openim_method = 0;
/// In one form.
pub const CHATFILE_OPENIM_METHOD_FORM: chatfile_openim_method = 1;
/// In parts, which can go on after an interruption. Reads the source twice.
pub const CHATFILE_OPENIM_METHOD_PARTS: chatfile_openim_method = 2;

/// What an upload to OpenIM can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_openim_upload {
    /// Set by CHATFILE_OPENIM_UPLOAD_INIT.
    pub struct_size: usize,
    /// The full name to store the file under, at most 1,024 bytes; it replaces a file
    /// of that name. It begins with user_id and a slash, unless the admin asks, and
    /// has no segment "." or "..", which no URL can hold. Its extension decides the
    /// media type if media_type is NULL. NULL: user_id, a slash and the name of the
    /// file.
    pub name: *const c_char,
    /// The group of files that the server counts this one to; then it goes by form, if
    /// one can be signed for its name and media type. NULL: none.
    pub group: *const c_char,
    /// What the file is for, in words of your own; then it goes in parts. NULL: not
    /// said.
    pub cause: *const c_char,
    /// How the file goes: CHATFILE_OPENIM_METHOD_AUTOMATIC (0), _FORM or _PARTS.
    pub method: chatfile_openim_method,
    /// Not 0: the name itself is the key in the storage; for the admin alone, and by
    /// form. A second file under it of another size replaces the first in the storage,
    /// but is CHATFILE_E_INTEGRITY for 12 hours: the server remembers the size.
    pub absolute: i32,
}

extensible!(chatfile_openim_upload.absolute);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn openim_upload(options: &chatfile_openim_upload) -> Result<OpenimUpload> {
    let method = choice(
        options.method,
        &[
            (
                CHATFILE_OPENIM_METHOD_AUTOMATIC,
                OpenimUploadMethod::Automatic,
            ),
            (CHATFILE_OPENIM_METHOD_FORM, OpenimUploadMethod::Form),
            (CHATFILE_OPENIM_METHOD_PARTS, OpenimUploadMethod::Parts),
        ],
        "method",
    )?;
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut upload = OpenimUpload::default();
        upload.method = method;
        upload.name = owned_text(options.name, "name")?;
        upload.group = owned_text(options.group, "group")?;
        upload.cause = owned_text(options.cause, "cause")?;
        upload.absolute = options.absolute != 0;
        Ok(upload)
    }
}

/// What a download from OpenIM can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_openim_download {
    /// Set by CHATFILE_OPENIM_DOWNLOAD_INIT.
    pub struct_size: usize,
    /// The format of the picture that chatfile_download_options.thumbnail asks for: "png",
    /// "jpeg", "jpg" or "gif" (one frame). NULL: the storage's choice, which is "png" for
    /// MinIO, whatever the image is.
    pub thumbnail_format: *const c_char,
}

extensible!(chatfile_openim_download.thumbnail_format);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn openim_download(options: &chatfile_openim_download) -> Result<OpenimDownload> {
    let mut download = OpenimDownload::default();
    // SAFETY: what the caller of this function guarantees.
    download.thumbnail_format =
        unsafe { owned_text(options.thumbnail_format, "thumbnail_format") }?;
    Ok(download)
}

//! # Tencent SMH
//!
//! A file is named by its path. An upload may give it another than was asked for, if that
//! was taken. It has no lasting URL.

use super::{chatfile_secret_fn, provider, secret};
use crate::boundary::{argument, owned_text, owned_texts, required_text};
use crate::client::{client_options, open};
use crate::structures::{check_reserved, choice, extensible, non_zero, read_required};
use crate::{chatfile_client, chatfile_client_options, chatfile_error, chatfile_status};
use chatfile::{
    Client, Result, Smh, SmhConflict, SmhCredentials, SmhDelete, SmhDisposition, SmhDownload,
    SmhUpload, SmhUploadMethod,
};
use std::ffi::{c_char, c_void};
use std::time::Duration;

/// A media library of Tencent SMH and who asks it: give library_secret or
/// access_token. If both are NULL, one of them is asked for by secret;
/// ask_access_token says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_smh {
    /// Set by CHATFILE_SMH_INIT.
    pub struct_size: usize,
    /// The address of SMH without a path: http:// or https://. NULL:
    /// "https://api.tencentsmh.cn". The vendor recommends the domain of the library,
    /// "https://LIBRARY_ID.api.tencentsmh.cn". With http:// the store behind it is
    /// reached without TLS, too.
    pub base_url: *const c_char,
    /// The id of the media library. Required.
    pub library_id: *const c_char,
    /// The secret of the library, for back-ends. A token is fetched when it is
    /// needed, kept, and fetched anew when it expires or is refused.
    pub library_secret: *const c_char,
    /// A token that you got elsewhere. It cannot be renewed here: when it is
    /// refused, calls fail with CHATFILE_E_AUTH. One that secret gives is asked for
    /// again then, once.
    pub access_token: *const c_char,
    /// The tenant space. NULL: the only one of a single-tenant library.
    pub space_id: *const c_char,
    /// The user in whose name it is done. NULL: nobody's.
    pub user_id: *const c_char,
    /// The client of that user that a token is fetched for. NULL: none.
    pub client_id: *const c_char,
    /// The session of that user that a token is fetched for. NULL: none.
    pub session_id: *const c_char,
    /// What a fetched token may do, with commas between ("upload_file",
    /// "confirm_upload", ..., or "admin"). "": read only. NULL: what uploads,
    /// downloads, deletions and the making of folders need.
    pub grant: *const c_char,
    /// The lifetime of a fetched token in seconds, 300 to 315,360,000; every use of
    /// the token begins it anew. 0: a day.
    pub token_ttl_seconds: u64,
    /// Not 0: SMH runs as a private deployment, in which each part of a file has
    /// credentials of its own.
    pub private_deployment: i32,
    /// Not 0: with library_secret and access_token both NULL, secret is asked for
    /// "access_token"; with library_secret it is CHATFILE_E_ARGUMENT. 0: for
    /// "library_secret".
    pub ask_access_token: i32,
    /// Gives "library_secret" or "access_token" when it is needed. NULL: the fields
    /// above hold it.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

extensible!(chatfile_smh.secret_user);

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn smh_config(config: &chatfile_smh) -> Result<Smh> {
    let provider = provider(config.secret, config.secret_user);
    let provider = provider.as_ref();
    let has = |pointer: *const c_char| !pointer.is_null();
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let is_token = has(config.access_token) || config.ask_access_token != 0;
        let credentials = if is_token && !has(config.library_secret) {
            secret(config.access_token, "access_token", provider)?.map(SmhCredentials::AccessToken)
        } else if is_token {
            None
        } else {
            secret(config.library_secret, "library_secret", provider)?
                .map(SmhCredentials::LibrarySecret)
        };
        let mut account = Smh::new(
            required_text(config.library_id, "library_id")?,
            credentials.ok_or_else(|| {
                argument(
                    "credentials",
                    "set either library_secret or access_token; or the secret callback, and \
                     ask_access_token if it gives the latter",
                )
            })?,
        );
        account.base_url = owned_text(config.base_url, "base_url")?;
        account.space_id = owned_text(config.space_id, "space_id")?;
        account.user_id = owned_text(config.user_id, "user_id")?;
        account.client_id = owned_text(config.client_id, "client_id")?;
        account.session_id = owned_text(config.session_id, "session_id")?;
        account.token_ttl = non_zero(config.token_ttl_seconds).map(Duration::from_secs);
        account.grant = owned_text(config.grant, "grant")?;
        account.private_deployment = config.private_deployment != 0;
        Ok(account)
    }
}

/// Opens a client of a media library of Tencent SMH. config is copied. Otherwise as
/// chatfile_open_without_service(): may also fail with CHATFILE_E_LIMIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_smh(
    config: *const chatfile_smh,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::smh(smh_config(&config)?, client_options(options)?)
        })
    }
}

/// How a file goes to Tencent SMH: one of the CHATFILE_SMH_METHOD_ numbers.
pub type chatfile_smh_method = u32;

/// In parts above 32 MiB, else in one request; if that is cut after a mebibyte or more,
/// the next attempt goes in parts.
pub const CHATFILE_SMH_METHOD_AUTOMATIC: chatfile_smh_method = 0;
/// In one request, up to 5 GiB.
pub const CHATFILE_SMH_METHOD_SIMPLE: chatfile_smh_method = 1;
/// In one request as multipart/form-data, up to 5 GiB.
pub const CHATFILE_SMH_METHOD_FORM: chatfile_smh_method = 2;
/// In parts, which can go on after an interruption.
pub const CHATFILE_SMH_METHOD_PARTS: chatfile_smh_method = 3;

/// What happens if a file of that name is there: one of the CHATFILE_SMH_CONFLICT_
/// numbers.
pub type chatfile_smh_conflict = u32;

/// The new file gets another name, "name (1).ext".
pub const CHATFILE_SMH_CONFLICT_RENAME: chatfile_smh_conflict = 0;
/// The upload fails with CHATFILE_E_CONFLICT.
pub const CHATFILE_SMH_CONFLICT_FAIL: chatfile_smh_conflict = 1;
/// The file is replaced; a folder stays, and the upload fails with CHATFILE_E_CONFLICT.
pub const CHATFILE_SMH_CONFLICT_OVERWRITE: chatfile_smh_conflict = 2;

/// What an upload to Tencent SMH can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_smh_upload {
    /// Set by CHATFILE_SMH_UPLOAD_INIT.
    pub struct_size: usize,
    /// The folder to put the file in, with / between the names. NULL: the root of
    /// the space.
    pub directory: *const c_char,
    /// Labels of the file, by which it can be searched for: label_count pointers, of
    /// which none is NULL. NULL: none.
    pub labels: *const *const c_char,
    /// The number of pointers at labels.
    pub label_count: usize,
    /// A category of your own, at most 16 bytes. NULL: none.
    pub category: *const c_char,
    /// When the file was made where it comes from, like "2022-07-26T02:58:09Z".
    /// NULL: not said.
    pub local_creation_time: *const c_char,
    /// When it was last changed there, in the same form. NULL: not said.
    pub local_modification_time: *const c_char,
    /// With CHATFILE_SMH_CONFLICT_OVERWRITE: only the file with this content, which
    /// chatfile_upload_result_content_cas() or chatfile_file_info_content_cas() has told.
    /// If it has been changed meanwhile, or is not there, nothing is overwritten, and the
    /// upload fails with CHATFILE_E_CONFLICT. CHATFILE_E_UNSUPPORTED with a private
    /// deployment, which ignores it. NULL: whatever is there is overwritten.
    pub content_cas: *const c_char,
    /// The bytes of each part but the last, 1 MiB to 5 GiB, and enough for at most
    /// 10,000 parts; CHATFILE_E_ARGUMENT with CHATFILE_SMH_METHOD_SIMPLE or _FORM. 0: 2 MiB,
    /// or more where that makes too many.
    pub part_size: u64,
    /// The most bytes a second that the store takes on each connection, 100 KiB
    /// (102,400) to 100 MiB (104,857,600). 0: no limit.
    pub traffic_limit: u64,
    /// How the file goes: CHATFILE_SMH_METHOD_AUTOMATIC (0), _SIMPLE, _FORM or _PARTS.
    pub method: chatfile_smh_method,
    /// What happens if a file of that name is there: CHATFILE_SMH_CONFLICT_RENAME (0), _FAIL
    /// or _OVERWRITE.
    pub conflict: chatfile_smh_conflict,
    /// Not 0: make the folder, with its parents, if it is missing. 0: the upload
    /// fails then.
    pub create_directories: i32,
    /// Not 0: do not ask by hash whether SMH has the bytes already. Asking costs
    /// reading the file once more, from 1 MiB on, and saves sending it.
    pub skip_instant: i32,
    /// Not 0: keep the store's domain of the file of the same name, if possible.
    pub prefer_same_origin: i32,
    /// Leave it 0.
    pub reserved: i32,
}

extensible!(chatfile_smh_upload.reserved);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn smh_upload(options: &chatfile_smh_upload) -> Result<SmhUpload> {
    check_reserved(options.reserved == 0)?;
    let method = choice(
        options.method,
        &[
            (CHATFILE_SMH_METHOD_AUTOMATIC, SmhUploadMethod::Automatic),
            (CHATFILE_SMH_METHOD_SIMPLE, SmhUploadMethod::Simple),
            (CHATFILE_SMH_METHOD_FORM, SmhUploadMethod::Form),
            (CHATFILE_SMH_METHOD_PARTS, SmhUploadMethod::Parts),
        ],
        "method",
    )?;
    let conflict = choice(
        options.conflict,
        &[
            (CHATFILE_SMH_CONFLICT_RENAME, SmhConflict::Rename),
            (CHATFILE_SMH_CONFLICT_FAIL, SmhConflict::Fail),
            (CHATFILE_SMH_CONFLICT_OVERWRITE, SmhConflict::Overwrite),
        ],
        "conflict",
    )?;
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut upload = SmhUpload::default();
        upload.method = method;
        upload.directory = owned_text(options.directory, "directory")?;
        upload.create_directories = options.create_directories != 0;
        upload.conflict = conflict;
        upload.skip_instant = options.skip_instant != 0;
        upload.part_size = non_zero(options.part_size);
        upload.labels = owned_texts(options.labels, options.label_count, "labels")?;
        upload.category = owned_text(options.category, "category")?;
        upload.local_creation_time =
            owned_text(options.local_creation_time, "local_creation_time")?;
        upload.local_modification_time =
            owned_text(options.local_modification_time, "local_modification_time")?;
        upload.content_cas = owned_text(options.content_cas, "content_cas")?;
        upload.traffic_limit = non_zero(options.traffic_limit);
        upload.prefer_same_origin = options.prefer_same_origin != 0;
        Ok(upload)
    }
}

/// What a browser does with the file at the address of a presigned download: one of the
/// CHATFILE_SMH_DISPOSITION_ numbers.
pub type chatfile_smh_disposition = u32;

/// What a browser makes of the file's type.
pub const CHATFILE_SMH_DISPOSITION_AUTOMATIC: chatfile_smh_disposition = 0;
/// A browser shows it, if it can.
pub const CHATFILE_SMH_DISPOSITION_SHOW: chatfile_smh_disposition = 1;
/// A browser saves it under its name.
pub const CHATFILE_SMH_DISPOSITION_SAVE: chatfile_smh_disposition = 2;

/// What a download from Tencent SMH can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_smh_download {
    /// Set by CHATFILE_SMH_DOWNLOAD_INIT.
    pub struct_size: usize,
    /// An older version of the file: chatfile_file_info_version() of a list of its versions
    /// (chatfile_list_options.versions). NULL: the present one.
    pub version: *const c_char,
    /// The most bytes a second that the store sends, 100 KiB (102,400) to 100 MiB
    /// (104,857,600). 0: no limit.
    pub traffic_limit: u64,
    /// How long the address of a presigned download is good, from a minute to two hours; only
    /// for chatfile_presign_download(). 0: as long as SMH finds fit, some two hours.
    pub link_ttl_seconds: u64,
    /// What a browser does with the file at the address of a presigned download:
    /// CHATFILE_SMH_DISPOSITION_AUTOMATIC (0), _SHOW or _SAVE; only for
    /// chatfile_presign_download().
    pub disposition: chatfile_smh_disposition,
    /// Leave it 0.
    pub reserved: u32,
}

extensible!(chatfile_smh_download.reserved);

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn smh_download(options: &chatfile_smh_download) -> Result<SmhDownload> {
    check_reserved(options.reserved == 0)?;
    let dispositions = &[
        (
            CHATFILE_SMH_DISPOSITION_AUTOMATIC,
            SmhDisposition::Automatic,
        ),
        (CHATFILE_SMH_DISPOSITION_SHOW, SmhDisposition::Show),
        (CHATFILE_SMH_DISPOSITION_SAVE, SmhDisposition::Save),
    ];
    let mut download = SmhDownload::default();
    // SAFETY: what the caller of this function guarantees.
    download.version = unsafe { owned_text(options.version, "version") }?;
    download.traffic_limit = non_zero(options.traffic_limit);
    download.link_ttl = non_zero(options.link_ttl_seconds).map(Duration::from_secs);
    download.disposition = choice(options.disposition, dispositions, "disposition")?;
    Ok(download)
}

/// What a deletion at Tencent SMH can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_smh_delete {
    /// Set by CHATFILE_SMH_DELETE_INIT.
    pub struct_size: usize,
    /// Not 0: delete it for good, also where the space has a recycle bin.
    pub permanent: i32,
    /// Leave it 0.
    pub reserved: i32,
}

extensible!(chatfile_smh_delete.reserved);

pub(crate) fn smh_delete(options: &chatfile_smh_delete) -> Result<SmhDelete> {
    check_reserved(options.reserved == 0)?;
    let mut delete = SmhDelete::default();
    delete.permanent = options.permanent != 0;
    Ok(delete)
}

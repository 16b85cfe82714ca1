//! Sources, sinks, and the options of the verbs.

use super::easemob::{easemob_download, easemob_upload};
use super::huawei::{huawei_download, huawei_upload};
use super::netease::netease_upload;
use super::openim::{openim_download, openim_upload};
use super::smh::{smh_delete, smh_download, smh_upload};
use super::{
    chatfile_easemob_download, chatfile_easemob_upload, chatfile_huawei_download,
    chatfile_huawei_upload, chatfile_netease_upload, chatfile_openim_download,
    chatfile_openim_upload, chatfile_smh_delete, chatfile_smh_download, chatfile_smh_upload,
    optional,
};
use crate::boundary::{
    argument, bytes, check_reserved, non_zero, owned_text, read_or_default, text,
};
use crate::callbacks::{
    CallerSink, CallerSource, chatfile_progress_fn, chatfile_read_fn, chatfile_rewind_fn,
    chatfile_write_fn, progress,
};
use crate::cancel::{cancel, chatfile_cancel};
use chatfile::{
    AbortUploadOptions, CancelHandle, CompletePresignedOptions, DeleteOptions, DownloadOptions,
    Error, InfoOptions, ListOptions, Result, Sink, Source, Status, UploadOptions,
};
use std::ffi::{c_char, c_void};

/// What to upload. Set exactly one of path, data and read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_source {
    /// Set by CHATFILE_SOURCE_INIT.
    pub struct_size: usize,
    /// A regular file, in UTF-8. It must not change during the call, or the call
    /// fails with CHATFILE_E_SOURCE_CHANGED. What the system makes up as it is read
    /// (/proc) has no size, and is CHATFILE_E_SOURCE.
    pub path: *const c_char,
    /// Bytes in memory; read during the call, never copied whole. Not NULL also
    /// for no bytes.
    pub data: *const c_void,
    /// The number of bytes at data.
    pub data_size: usize,
    /// Produces the bytes; called on the calling thread.
    pub read: chatfile_read_fn,
    /// Goes back to the first byte. Without it an upload is not tried again once
    /// its first byte went out, SMH is not asked whether it has the bytes, and
    /// CHATFILE_NETEASE_BASE64 and CHATFILE_OPENIM_PARTS are not possible.
    pub rewind: chatfile_rewind_fn,
    /// Handed to read and rewind.
    pub user: *mut c_void,
    /// The exact number of bytes that read will produce; 0 are none. Behind them read
    /// is called once more, and has to say that the data are at an end: the call fails
    /// with CHATFILE_E_SOURCE if it gives fewer, or more. What does not end by itself
    /// (a pipe that stays open) has to be ended by read.
    pub length: u64,
}

extensible!(chatfile_source.length);

/// Where to put what is downloaded. Set exactly one of path, write and to_memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_sink {
    /// Set by CHATFILE_SINK_INIT.
    pub struct_size: usize,
    /// A file, in UTF-8. The bytes arrive under a temporary name in the same
    /// folder; the file gets its name, replacing one that exists, when all is
    /// well and on the disk, with the permissions of what it replaces. On any error
    /// the target is as it was. A symbolic link is replaced, not followed; a device,
    /// FIFO, socket or folder is CHATFILE_E_SINK before anything is sent.
    pub path: *const c_char,
    /// Takes the bytes; called on the calling thread. What it got before an error
    /// cannot be taken back: a further attempt is made only if the service can go
    /// on where the last one broke off.
    pub write: chatfile_write_fn,
    /// Handed to write.
    pub user: *mut c_void,
    /// Not 0: the bytes are kept in memory, for chatfile_download_result_data().
    pub to_memory: i32,
    /// Leave it 0.
    pub reserved: i32,
}

extensible!(chatfile_sink.reserved);

/// Options of an upload.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_upload_options {
    /// Set by CHATFILE_UPLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// The name to store, in UTF-8. NULL: that of the path, or "file".
    pub file_name: *const c_char,
    /// The media type to store; NetEase takes at most 128 characters, and deletes by
    /// it. NULL: what the name's extension suggests, or "application/octet-stream".
    pub media_type: *const c_char,
    /// Reports progress, and can stop the upload. NULL: none.
    pub progress: chatfile_progress_fn,
    /// Handed to progress.
    pub progress_user: *mut c_void,
    /// Cancels the upload from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// Where files are sent in parts (CHATFILE_CAN_PARTS): how many of them side by
    /// side, at most 16, each with a thread and a connection while the call lasts.
    /// What a read callback gives is sent one part after the other. 0: 4.
    pub parallel_parts: u32,
    /// Not 0: what has arrived of an upload in parts is kept when it fails, and
    /// chatfile_error_resume_token() says how to go on with it. A file is then sent
    /// in parts whenever it makes more than one (SMH: 8 MiB, OpenIM: 5 MiB), unless a
    /// method is asked for. 0: the service is told to throw it away, if it can be
    /// told.
    pub resumable: i32,
    /// chatfile_error_resume_token() of an earlier call for the same file and name.
    /// What has arrived is compared with the file and not sent again; a file that
    /// has changed is sent from the start. As with resumable, which it implies.
    /// NULL: none.
    pub resume_token: *const c_char,
    /// A file (its path in UTF-8) that keeps what a resume token says, so that it
    /// survives your program. It is made when parts are sent, gone on with if it is
    /// there, and removed when the upload has succeeded; one upload at a time can
    /// use it (CHATFILE_E_CHECKPOINT). A file that no upload of this user has left is
    /// not touched (CHATFILE_E_ARGUMENT, or _CHECKPOINT if it is no file but a link).
    /// Not together with resume_token; implies resumable. NULL: none.
    pub checkpoint: *const c_char,
    /// What Easemob alone can do. NULL: nothing of it.
    pub easemob: *const chatfile_easemob_upload,
    /// What NetEase alone can do. NULL: nothing of it.
    pub netease: *const chatfile_netease_upload,
    /// What Huawei alone can do. NULL: nothing of it.
    pub huawei: *const chatfile_huawei_upload,
    /// What Tencent SMH alone can do. NULL: nothing of it.
    pub smh: *const chatfile_smh_upload,
    /// What OpenIM alone can do. NULL: nothing of it.
    pub openim: *const chatfile_openim_upload,
}

extensible!(chatfile_upload_options.openim);

/// Options of a download.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_download_options {
    /// Set by CHATFILE_DOWNLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// A file of more bytes is refused with CHATFILE_E_LIMIT, at the latest when it
    /// has arrived so far. 0: no limit.
    pub max_size: u64,
    /// Not 0: when a download to a path fails, what has arrived is kept as NAME.part
    /// and NAME.part.json, if the service names the version of the file (ETag); the
    /// next call for the same file and path goes on from there, if the version is
    /// still the same. Only what an earlier call of this user has left is gone on
    /// with; anything else of these names is CHATFILE_E_SINK. After a power cut, what
    /// was not on the disk is fetched again. Huawei cannot do it. 0: nothing is kept.
    pub resume: i32,
    /// Reports progress, and can stop the download. NULL: none.
    pub progress: chatfile_progress_fn,
    /// Handed to progress.
    pub progress_user: *mut c_void,
    /// Cancels the download from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// What Easemob alone can do. NULL: nothing of it.
    pub easemob: *const chatfile_easemob_download,
    /// What Huawei has to be told; required there.
    pub huawei: *const chatfile_huawei_download,
    /// What Tencent SMH alone can do. NULL: nothing of it.
    pub smh: *const chatfile_smh_download,
    /// What OpenIM alone can do. NULL: nothing of it.
    pub openim: *const chatfile_openim_download,
}

extensible!(chatfile_download_options.openim);

/// Options of a deletion.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_delete_options {
    /// Set by CHATFILE_DELETE_OPTIONS_INIT.
    pub struct_size: usize,
    /// Cancels the call from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// What Tencent SMH alone can do. NULL: nothing of it.
    pub smh: *const chatfile_smh_delete,
}

extensible!(chatfile_delete_options.smh);

/// Options of chatfile_info() and chatfile_exists().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_info_options {
    /// Set by CHATFILE_INFO_OPTIONS_INIT.
    pub struct_size: usize,
    /// Cancels the call from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_info_options.cancel);

/// Options of chatfile_abort_upload().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_abort_upload_options {
    /// Set by CHATFILE_ABORT_UPLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// Cancels the call from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_abort_upload_options.cancel);

/// Options of chatfile_complete_presigned().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_complete_presigned_options {
    /// Set by CHATFILE_COMPLETE_PRESIGNED_OPTIONS_INIT.
    pub struct_size: usize,
    /// Cancels the call from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_complete_presigned_options.cancel);

/// Options of chatfile_digest_update_file().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_digest_file_options {
    /// Set by CHATFILE_DIGEST_FILE_OPTIONS_INIT.
    pub struct_size: usize,
    /// Cancels the call from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_digest_file_options.cancel);

/// Which of what is in a folder chatfile_list() gives.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_list_options {
    /// Set by CHATFILE_LIST_OPTIONS_INIT.
    pub struct_size: usize,
    /// chatfile_listing_next_marker() of the list before. NULL: from the start.
    pub marker: *const c_char,
    /// The most entries; the service may give fewer. 0: what it finds fit (SMH: 20).
    pub limit: u32,
    /// Leave it 0.
    pub reserved: u32,
    /// Cancels the call from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_list_options.cancel);

/// # Safety
/// The pointers in `source` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn source_from<'a>(source: &chatfile_source) -> Result<Source<'a>> {
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
        _ => Err(argument(
            "source",
            "it has to be exactly one of a path, bytes in memory and a function that reads",
        )),
    }
}

/// # Safety
/// The pointers in `sink` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn sink_from<'a>(sink: &chatfile_sink) -> Result<Sink<'a>> {
    // SAFETY: what the caller of this function guarantees.
    let path = unsafe { text(sink.path, "sink.path") }?;
    check_reserved(sink.reserved == 0)?;
    match (path, sink.write, sink.to_memory != 0) {
        (Some(path), None, false) => Ok(Sink::path(path)),
        (None, Some(write), false) => Ok(Sink::writer(CallerSink {
            write,
            user: sink.user,
        })),
        (None, None, true) => Ok(Sink::buffer()),
        _ => Err(argument(
            "sink",
            "it has to be exactly one of a path, a function that writes, and memory",
        )),
    }
}

/// The options of the one service that has any, of those with these names.
fn of_one_service<T, const N: usize>(given: [(&'static str, Option<T>); N]) -> Result<Option<T>> {
    let mut set = given
        .into_iter()
        .filter_map(|(name, one)| Some((name, one?)));
    match (set.next(), set.next()) {
        (Some((first, _)), Some((second, _))) => {
            let what =
                format!("{second}: those of {first} are set, too, and a client has one service");
            Err(Error::new(Status::Unsupported, what).with_field(second))
        }
        (one, _) => Ok(one.map(|(_, one)| one)),
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn upload_options<'a>(
    options: *const chatfile_upload_options,
) -> Result<UploadOptions<'a>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        // Filled one by one, so that a failure has one thing to undo.
        let mut upload = UploadOptions::default();
        upload.progress = progress(options.progress, options.progress_user);
        upload.cancel = cancel(options.cancel);
        upload.parallel_parts = non_zero(options.parallel_parts);
        upload.resumable = options.resumable != 0;
        upload.file_name = owned_text(options.file_name, "file_name")?;
        upload.media_type = owned_text(options.media_type, "media_type")?;
        upload.resume_token = owned_text(options.resume_token, "resume_token")?;
        upload.checkpoint = owned_text(options.checkpoint, "checkpoint")?.map(Into::into);
        upload.service = of_one_service([
            (
                "easemob",
                optional(options.easemob, easemob_upload)?.map(Into::into),
            ),
            (
                "netease",
                optional(options.netease, netease_upload)?.map(Into::into),
            ),
            (
                "huawei",
                optional(options.huawei, huawei_upload)?.map(Into::into),
            ),
            ("smh", optional(options.smh, smh_upload)?.map(Into::into)),
            (
                "openim",
                optional(options.openim, openim_upload)?.map(Into::into),
            ),
        ])?;
        Ok(upload)
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn download_options<'a>(
    options: *const chatfile_download_options,
) -> Result<DownloadOptions<'a>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        let mut download = DownloadOptions::default();
        download.max_size = non_zero(options.max_size);
        download.resume = options.resume != 0;
        download.cancel = cancel(options.cancel);
        download.progress = progress(options.progress, options.progress_user);
        download.service = of_one_service([
            (
                "easemob",
                optional(options.easemob, easemob_download)?.map(Into::into),
            ),
            (
                "huawei",
                optional(options.huawei, huawei_download)?.map(Into::into),
            ),
            ("smh", optional(options.smh, smh_download)?.map(Into::into)),
            (
                "openim",
                optional(options.openim, openim_download)?.map(Into::into),
            ),
        ])?;
        Ok(download)
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn delete_options(
    options: *const chatfile_delete_options,
) -> Result<DeleteOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        let mut delete = DeleteOptions::default();
        delete.cancel = cancel(options.cancel);
        delete.smh = optional(options.smh, smh_delete)?;
        Ok(delete)
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn info_options(options: *const chatfile_info_options) -> Result<InfoOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut made = InfoOptions::default();
        made.cancel = cancel(read_or_default(options)?.cancel);
        Ok(made)
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn abort_upload_options(
    options: *const chatfile_abort_upload_options,
) -> Result<AbortUploadOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut made = AbortUploadOptions::default();
        made.cancel = cancel(read_or_default(options)?.cancel);
        Ok(made)
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn complete_presigned_options(
    options: *const chatfile_complete_presigned_options,
) -> Result<CompletePresignedOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut made = CompletePresignedOptions::default();
        made.cancel = cancel(read_or_default(options)?.cancel);
        Ok(made)
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn digest_file_options(
    options: *const chatfile_digest_file_options,
) -> Result<Option<CancelHandle>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe { Ok(cancel(read_or_default(options)?.cancel)) }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn list_options(options: *const chatfile_list_options) -> Result<ListOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        check_reserved(options.reserved == 0)?;
        let mut list = ListOptions::default();
        list.marker = owned_text(options.marker, "marker")?;
        list.limit = non_zero(options.limit);
        list.cancel = cancel(options.cancel);
        Ok(list)
    }
}

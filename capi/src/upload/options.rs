//! How to upload.

use crate::boundary::owned_text;
use crate::cancel::cancel;
use crate::progress::progress;
use crate::services::{
    easemob_upload, huawei_upload, netease_upload, of_one_service, openim_upload, smh_upload,
};
use crate::structures::{choice, extensible, non_zero, optional, read_or_default};
use crate::{
    chatfile_cancel, chatfile_easemob_upload, chatfile_huawei_upload, chatfile_netease_upload,
    chatfile_openim_upload, chatfile_progress_fn, chatfile_smh_upload,
};
use chatfile::{MessageKind, Result, UploadOptions};
use std::ffi::{c_char, c_void};
use std::time::Duration;

/// What a service's message about a file shows: one of the CHATFILE_MESSAGE_ numbers.
pub type chatfile_message_kind = u32;

/// No message is made.
pub const CHATFILE_MESSAGE_NONE: chatfile_message_kind = 0;
/// What the media type says: an image, audio or a video; anything else is a file.
pub const CHATFILE_MESSAGE_AUTOMATIC: chatfile_message_kind = 1;
/// A file to download.
pub const CHATFILE_MESSAGE_FILE: chatfile_message_kind = 2;
/// A picture.
pub const CHATFILE_MESSAGE_IMAGE: chatfile_message_kind = 3;
/// Sound.
pub const CHATFILE_MESSAGE_AUDIO: chatfile_message_kind = 4;
/// A video.
pub const CHATFILE_MESSAGE_VIDEO: chatfile_message_kind = 5;

const MESSAGES: &[(u32, MessageKind)] = &[
    (CHATFILE_MESSAGE_NONE, MessageKind::None),
    (CHATFILE_MESSAGE_AUTOMATIC, MessageKind::Automatic),
    (CHATFILE_MESSAGE_FILE, MessageKind::File),
    (CHATFILE_MESSAGE_IMAGE, MessageKind::Image),
    (CHATFILE_MESSAGE_AUDIO, MessageKind::Audio),
    (CHATFILE_MESSAGE_VIDEO, MessageKind::Video),
];

/// Options of an upload.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_upload_options {
    /// Set by CHATFILE_UPLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// The name to store, in UTF-8. NULL: that of the path, or "file".
    pub file_name: *const c_char,
    /// The media type to store; NetEase takes at most 128 characters, and deletes by
    /// it. NULL: what the name's extension suggests, or else the first bytes show (of a read
    /// callback only with message, for it is not touched before there is a connection), or
    /// "application/octet-stream".
    pub media_type: *const c_char,
    /// Reports progress, and can stop the upload. NULL: none.
    pub progress: chatfile_progress_fn,
    /// Handed to progress.
    pub progress_user: *mut c_void,
    /// Can end the upload before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// Where files are sent in parts (CHATFILE_CAN_PARTS): how many of them side by
    /// side, at most 16, each with a thread and a connection while the call lasts.
    /// What a read callback gives is sent one part after the other. 0: 4.
    pub parallel_parts: u32,
    /// Not 0: what has arrived of an upload in parts is kept when it fails, and
    /// chatfile_error_resume_token() says how to go on with it. A file is then sent
    /// in parts whenever it makes more than one (SMH: 2 MiB, OpenIM: 5 MiB), unless a
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
    /// not touched (CHATFILE_E_ARGUMENT, or _CHECKPOINT if it is no file but a link), but for
    /// one of nothing but zeros, as a power cut makes one of a checkpoint.
    /// Not together with resume_token; implies resumable. NULL: none.
    pub checkpoint: *const c_char,
    /// Not 0: the MD5 of what is sent is computed on the way, for
    /// chatfile_upload_result_md5(). What other threads have sent (parts side by side), or an
    /// earlier call, is read once more for it before the upload is completed. 0: none.
    pub compute_md5: i32,
    /// Not 0: the same with the SHA-256, for chatfile_upload_result_sha256(). 0: none.
    pub compute_sha256: i32,
    /// Not 0: the same with the CRC-64, for chatfile_upload_result_crc64(); at SMH, that of
    /// the parts is made of theirs, and nothing is read once more for it. 0: none.
    pub compute_crc64: i32,
    /// What the service's own message about the file shows, if one is to be made:
    /// CHATFILE_MESSAGE_NONE (0), _AUTOMATIC, _FILE, _IMAGE, _AUDIO or _VIDEO. It is then in
    /// chatfile_upload_result_message(), ready to send. CHATFILE_E_UNSUPPORTED where
    /// the service has no messages (SMH), or a presigned upload has no URL before it is
    /// completed.
    pub message: chatfile_message_kind,
    /// What the message says of the width of a picture or video, in pixels; with
    /// media_height, and only with message. 0: that in the first 256 KiB of a picture (JPEG,
    /// PNG, GIF, WebP, BMP, HEIC, AVIF), as it is shown: turned as Exif data of a JPEG and the
    /// box "irot" of a HEIC say.
    pub media_width: u32,
    /// The same of the height; with media_width. 0: as there.
    pub media_height: u32,
    /// What the message says of how long it plays; only with message. Services that count
    /// in seconds are told whole ones, rounded up. 0: nothing.
    pub media_duration_ms: u32,
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
        upload.compute_md5 = options.compute_md5 != 0;
        upload.compute_sha256 = options.compute_sha256 != 0;
        upload.compute_crc64 = options.compute_crc64 != 0;
        upload.message = choice(options.message, MESSAGES, "message")?;
        upload.media_width = non_zero(options.media_width);
        upload.media_height = non_zero(options.media_height);
        let duration_ms = non_zero(options.media_duration_ms);
        upload.media_duration = duration_ms.map(|ms| Duration::from_millis(ms.into()));
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

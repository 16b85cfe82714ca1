//! How to download.

use crate::boundary::{argument, owned_text};
use crate::cancel::cancel;
use crate::progress::progress;
use crate::services::{
    easemob_download, huawei_download, of_one_service, openim_download, smh_download,
};
use crate::structures::{choice, extensible, non_zero, optional, read_or_default};
use crate::{
    chatfile_cancel, chatfile_easemob_download, chatfile_huawei_download, chatfile_openim_download,
    chatfile_progress_fn, chatfile_smh_download,
};
use chatfile::{DownloadOptions, Result, ThumbnailKind};
use std::ffi::{c_char, c_void};

/// Of what kind of file a small picture is wanted: one of the CHATFILE_THUMBNAIL_
/// numbers.
pub type chatfile_thumbnail_kind = u32;

/// The file itself.
pub const CHATFILE_THUMBNAIL_NONE: chatfile_thumbnail_kind = 0;
/// A small picture of an image.
pub const CHATFILE_THUMBNAIL_IMAGE: chatfile_thumbnail_kind = 1;
/// A picture of a video, its first frame.
pub const CHATFILE_THUMBNAIL_VIDEO: chatfile_thumbnail_kind = 2;

const THUMBNAILS: &[(u32, ThumbnailKind)] = &[
    (CHATFILE_THUMBNAIL_NONE, ThumbnailKind::None),
    (CHATFILE_THUMBNAIL_IMAGE, ThumbnailKind::Image),
    (CHATFILE_THUMBNAIL_VIDEO, ThumbnailKind::Video),
];

/// Options of a download.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_download_options {
    /// Set by CHATFILE_DOWNLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// A file of more bytes is refused with CHATFILE_E_LIMIT, at the latest when it
    /// has arrived so far. 0: no limit.
    pub max_size: u64,
    /// The first byte that is wanted, counted from 0, for a preview, or to go on by hand. At the
    /// end of the file there is nothing, which is a success; behind it CHATFILE_E_LIMIT. With
    /// this or length, max_size and progress are about the part alone, expected_size is compared
    /// with the whole size that the answer states, and expected_md5 and its like, which are of
    /// the whole file, are CHATFILE_E_ARGUMENT. Of a server that serves no ranges the bytes before are
    /// received and passed over. Huawei cannot do it (CHATFILE_E_UNSUPPORTED). 0: from the start.
    pub offset: u64,
    /// How many bytes are wanted; a file that ends before has fewer:
    /// chatfile_download_result_size() says how many have come. 0: all that follow.
    pub length: u64,
    /// How many bytes the file has to have, as the message that names it says. Another
    /// size is CHATFILE_E_INTEGRITY, before the first byte is taken if the answer states its
    /// length, and no file is left: so a page that a portal answers with is told from the
    /// file. What differs is in chatfile_error_field(), both values are in the message. Such
    /// an error is not retried. 0: not checked.
    pub expected_size: u64,
    /// Not 0: expected_size is 0, and meant: the file has to be empty. CHATFILE_E_ARGUMENT with
    /// another expected_size.
    pub expect_empty: i32,
    /// The MD5 that the file has to have: 32 hexadecimal digits. It is compared when all has
    /// arrived, also of a download that was resumed; another one is CHATFILE_E_INTEGRITY, and
    /// no file is left, but a write callback has got the bytes by then. NULL: not checked.
    pub expected_md5: *const c_char,
    /// The SHA-256 that the file has to have: 64 hexadecimal digits; as with expected_md5.
    /// NULL: not checked.
    pub expected_sha256: *const c_char,
    /// The CRC-64 (CRC-64/XZ) that the file has to have, as services write it: an unsigned
    /// decimal number; as with expected_md5. NULL: not checked.
    pub expected_crc64: *const c_char,
    /// The page that the file is said to be for, which goes as the header field Referer with
    /// the requests that fetch it, redirected ones too: hosts with hot-link protection want
    /// that of a page that may show it. NULL: none is said.
    pub referer: *const c_char,
    /// Whether a small picture comes in place of the file, and of what kind of file:
    /// CHATFILE_THUMBNAIL_NONE (0), _IMAGE or _VIDEO. Where none can be made of it, the file
    /// itself may come. CHATFILE_E_UNSUPPORTED where the service makes none (Huawei), and of
    /// videos at OpenIM.
    pub thumbnail: chatfile_thumbnail_kind,
    /// The width of that picture at most, in pixels; the proportions stay. Only with thumbnail,
    /// and CHATFILE_E_UNSUPPORTED at Easemob, where the upload says it, and CHATFILE_E_LIMIT
    /// above what the service makes. 0: as the height
    /// demands; if that is not said either: what the upload asked for (Easemob), the image's own
    /// size (OpenIM, also above 1,024), elsewhere 170 by 170.
    pub thumbnail_width: u32,
    /// The height of that picture at most, as the width. 0: as there.
    pub thumbnail_height: u32,
    /// Not 0: when a download to a path fails, what has arrived is kept as NAME.part
    /// and NAME.part.json, if the service names the version of the file (ETag); the
    /// next call for the same file and path goes on from there, if the version is
    /// still the same. Only what an earlier call of this user has left is gone on
    /// with; anything else of these names is CHATFILE_E_SINK. After a power cut, what
    /// was not on the disk is fetched again. Huawei cannot do it. 0: nothing is kept.
    pub resume: i32,
    /// Not 0: when a download to a path has succeeded, no power cut takes the file back: it is
    /// synced before it gets its name, and its folder behind that (on Windows, which syncs no
    /// folders, the file once more). If that fails, the call fails with CHATFILE_E_SINK although
    /// the file is in its place. A folder that cannot be synced because it may not be read is
    /// found before anything is sent. 0: the bytes are synced; after a power cut the name may
    /// still stand for the old file, or for none.
    pub durable: i32,
    /// How many ranges of the file are fetched side by side when it goes to a path and is
    /// larger than 256 KiB: 1 to 16. Each has a thread and a connection while the call lasts. All
    /// are of one version: where the service names none or serves no ranges, and to memory or
    /// a callback, the bytes come one after the other. Huawei cannot do it
    /// (CHATFILE_E_UNSUPPORTED). 0: 1.
    pub parallel_parts: u32,
    /// Reports progress, and can stop the download. NULL: none.
    pub progress: chatfile_progress_fn,
    /// Handed to progress.
    pub progress_user: *mut c_void,
    /// Can end the download before it is done. NULL: nothing does.
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

/// The size that the file has to have, if one was given.
fn expected_size(options: &chatfile_download_options) -> Result<Option<u64>> {
    match (options.expected_size, options.expect_empty) {
        (0, 0) => Ok(None),
        (size, 0) => Ok(Some(size)),
        (0, _) => Ok(Some(0)),
        (size, _) => {
            let what = format_args!("goes with an expected_size of 0, which is {size}");
            Err(argument("expect_empty", what))
        }
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
        download.offset = non_zero(options.offset);
        download.length = non_zero(options.length);
        download.expected_size = expected_size(&options)?;
        download.expected_md5 = owned_text(options.expected_md5, "expected_md5")?;
        download.expected_sha256 = owned_text(options.expected_sha256, "expected_sha256")?;
        download.expected_crc64 = owned_text(options.expected_crc64, "expected_crc64")?;
        download.parallel_parts = non_zero(options.parallel_parts);
        download.referer = owned_text(options.referer, "referer")?;
        download.thumbnail = choice(options.thumbnail, THUMBNAILS, "thumbnail")?;
        download.thumbnail_width = non_zero(options.thumbnail_width);
        download.thumbnail_height = non_zero(options.thumbnail_height);
        download.resume = options.resume != 0;
        download.durable = options.durable != 0;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use chatfile::Status;

    #[test]
    fn an_empty_file_is_told_from_one_of_any_size() {
        // SAFETY: NULL is what no options are.
        let mut options: chatfile_download_options =
            unsafe { read_or_default(std::ptr::null()) }.unwrap();
        let mut expected = |size, empty| {
            (options.expected_size, options.expect_empty) = (size, empty);
            expected_size(&options)
        };
        assert_eq!(expected(0, 0).unwrap(), None);
        assert_eq!(expected(0, 1).unwrap(), Some(0));
        assert_eq!(expected(7, 0).unwrap(), Some(7));
        let error = expected(7, 1).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Argument, Some("expect_empty"))
        );
    }
}

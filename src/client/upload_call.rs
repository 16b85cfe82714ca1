//! What a service is asked while an upload lasts: the file to be stored, and how.

use super::options::{Digests, UploadResult};
use super::service::ServiceUpload;
use crate::digest::Update;
use crate::error::Result;
use crate::service::chat::{FileMessage, MessageKind, MessageWriter};
use crate::service::{Stored, media_type, picture};
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::retry::Retryable;
use crate::transfer::source::OpenSource;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// What a file that is stored is to be.
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) media_type: String,
    /// Nothing has said what it is.
    pub(super) is_type_unknown: bool,
    pub(super) service: Option<ServiceUpload>,
}

/// An upload under way.
pub(super) struct UploadCall<'a> {
    pub(super) call: Call,
    pub(super) file: NewFile,
    pub(super) content: OpenSource<'a>,
    pub(super) meter: Rc<Meter<'a>>,
    pub(super) parallel_parts: u32,
    pub(super) resume: ResumeOptions,
    pub(super) message: Option<WantedMessage>,
}

/// The message that is to be made of an upload.
pub(super) struct WantedMessage {
    pub(super) writer: &'static MessageWriter,
    pub(super) kind: MessageKind,
    /// Width and height, if they are known.
    pub(super) pixels: Option<(u32, u32)>,
    pub(super) duration: Option<Duration>,
    /// What the service is told of the kind of the file, if that is no media type.
    pub(super) file_type: Option<String>,
}

/// A picture says its size within so many bytes, behind Exif data of at most 64 KiB and
/// a colour profile.
const PICTURE_HEAD: usize = 256 * 1024;

impl UploadCall<'_> {
    /// Keeps what comes of unknown length, up to one byte more than the service takes,
    /// by which its check of the size notices.
    pub(super) fn spool(&mut self, most: u64) -> Result<()> {
        self.keep(most.saturating_add(1))
    }

    /// Keeps so much of what comes of unknown length; a stream may be slow, so progress is reported.
    pub(super) fn keep(&mut self, most: u64) -> Result<()> {
        if self.content.is_unsized() {
            self.meter.start(None)?;
        }
        self.content.spool(most, &self.call.watch)
    }

    /// Looks at the first bytes, for what nobody has said of the file. Nothing is taken
    /// from a callback for its type alone: a call that fails before anything is sent has
    /// not touched it.
    pub(super) fn look(&mut self) -> Result<()> {
        let watch = &self.call.watch;
        let may_look = self.message.is_some() || self.content.shared().is_some();
        if self.file.is_type_unknown && may_look {
            let head = self.content.peek(media_type::HEAD, watch)?;
            if let Some(found) = media_type::of_content(head) {
                found.clone_into(&mut self.file.media_type);
            }
        }
        let Some(message) = &mut self.message else {
            return Ok(());
        };
        message.kind = message.kind.of(&self.file.media_type);
        let is_picture = self.file.media_type.starts_with("image/");
        let mut most = 4 * 1024;
        while message.pixels.is_none() && is_picture && most <= PICTURE_HEAD {
            let head = self.content.peek(most, watch)?;
            message.pixels = picture::pixels(head);
            if head.len() < most {
                break;
            }
            most *= 4;
        }
        Ok(())
    }

    /// Reads a section of the content into a digest.
    pub(super) fn hash(&mut self, section: Range<u64>, digest: &mut dyn Update) -> Result<()> {
        self.content.hash(section, digest, &self.call.watch)
    }

    /// The result of an upload of which the service says this.
    pub(super) fn uploaded(&self, stored: Stored) -> UploadResult {
        UploadResult::new(stored, self.content.len(), self.call.attempts())
    }

    /// The same with the message that was asked for.
    pub(super) fn with_message(&self, mut upload: UploadResult) -> UploadResult {
        let Some(wanted) = &self.message else {
            return upload;
        };
        let message = (wanted.writer.write)(&FileMessage {
            kind: wanted.kind,
            name: &self.file.name,
            media_type: &self.file.media_type,
            size: upload.size,
            file: &upload.file,
            url: upload.url.as_deref().unwrap_or_default(),
            share_secret: upload.share_secret.as_deref(),
            md5: upload.digests.md5.as_deref(),
            pixels: wanted.pixels,
            duration: wanted.duration,
            file_type: wanted.file_type.as_deref(),
        });
        upload.message_type = Some(message.kind.to_owned());
        upload.message = Some(message.body);
        upload
    }

    /// The same with the digests that were asked for.
    pub(super) fn with_digests(&mut self, upload: UploadResult) -> Result<UploadResult> {
        self.content.finish_whole(&self.call.watch)?;
        let digests = self.content.whole().map(|digests| Digests {
            md5: digests.md5(),
            sha256: digests.sha256(),
            crc64: digests.crc64().map(|crc64| crc64.to_string()),
        });
        Ok(UploadResult {
            digests: digests.unwrap_or_default(),
            ..upload
        })
    }
}

/// Whether what has arrived of an upload in parts is kept, and where it is
/// known from.
#[derive(Default)]
pub(super) struct ResumeOptions {
    pub(super) wanted: bool,
    pub(super) token: Option<String>,
    pub(super) checkpoint: Option<PathBuf>,
}

impl Retryable for UploadCall<'_> {
    fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    fn can_repeat(&self) -> bool {
        self.content.can_restart()
    }
}

//! What is asked of a service while a call lasts: the file to be stored, an upload
//! or a download under way.

use super::expected::Expected;
use super::extent::Wanted;
use super::options::{Digests, Upload};
use super::service::{ServiceDownload, ServiceUpload};
use crate::digest::Update;
use crate::error::{Error, Phase, Result};
use crate::service::chat::{FileMessage, MessageKind, MessageWriter};
use crate::service::thumbnail::Thumbnail;
use crate::service::{Stored, media_type, picture};
use crate::transfer::CHUNK;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::retry::Retryable;
use crate::transfer::sink::OpenSink;
use crate::transfer::source::OpenSource;
use crate::watch::{self, Activity};
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
        let watch = &self.call.watch;
        self.content.spool(most.saturating_add(1), watch)
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
        self.content.select(section, &self.call.watch)?;
        watch::hashing(self.content.len());
        let length = usize::try_from(self.content.len()).unwrap_or(CHUNK);
        let mut chunk = vec![0; length.clamp(1, CHUNK)];
        loop {
            self.call.watch.check()?;
            match self.content.read(&mut chunk)? {
                0 => return Ok(()),
                read => {
                    digest.update(&chunk[..read]);
                    watch::hashed(read);
                }
            }
        }
    }

    /// The result of an upload of which the service says this.
    pub(super) fn uploaded(&self, stored: Stored) -> Upload {
        Upload::new(stored, self.content.len(), self.call.attempts())
    }

    /// The same with the message that was asked for.
    pub(super) fn with_message(&self, mut upload: Upload) -> Upload {
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
    pub(super) fn with_digests(&mut self, upload: Upload) -> Result<Upload> {
        self.content.finish_whole(&self.call.watch)?;
        let digests = self.content.whole().map(|digests| Digests {
            md5: digests.md5(),
            sha256: digests.sha256(),
            crc64: digests.crc64().map(|crc64| crc64.to_string()),
        });
        Ok(Upload {
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

/// What is asked for of a file.
pub(super) struct FileForm {
    pub(super) service: Option<ServiceDownload>,
    pub(super) thumbnail: Option<Thumbnail>,
}

impl FileForm {
    /// Tells one from another: what has arrived of one is none of the other.
    pub(super) fn identity(&self) -> String {
        let Some(thumbnail) = self.thumbnail else {
            return String::new();
        };
        let format = self.service.as_ref().and_then(|s| s.thumbnail_format());
        format!("{thumbnail:?} {format:?}")
    }
}

/// A download under way.
pub(super) struct DownloadCall<'a> {
    pub(super) call: Call,
    pub(super) form: FileForm,
    /// The page that the file is said to be for.
    pub(super) referer: Option<String>,
    pub(super) wanted: Wanted,
    /// How many ranges are fetched at a time.
    pub(super) parallel_parts: u32,
    pub(super) max_size: Option<u64>,
    pub(super) sink: OpenSink<'a>,
    pub(super) meter: Rc<Meter<'a>>,
    pub(super) expected: Expected,
}

impl DownloadCall<'_> {
    /// Takes the next bytes of the file.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.expect(bytes.len())?;
        let stored = self.sink.write(bytes);
        stored.map_err(|e| e.with_phase(Phase::Receive))?;
        self.expected.take(bytes);
        self.moved(bytes.len())
    }

    /// The same of those that were read into the room of the sink.
    pub(super) fn take_read(&mut self, count: usize) -> Result<()> {
        self.expect(count)?;
        self.expected.take(self.sink.fill(count));
        self.moved(count)
    }

    /// Fails if so many bytes more are too many.
    fn expect(&mut self, count: usize) -> Result<()> {
        let size = self.sink.written() + count as u64;
        self.check_size(size)?;
        self.expected
            .size_so_far(self.wanted.offset.saturating_add(size))
            .inspect_err(|_| self.sink.distrust())
    }

    /// So many bytes more are in the sink.
    fn moved(&mut self, count: usize) -> Result<()> {
        watch::doing(Activity::Receiving);
        if let Some(exchange) = &mut self.call.exchange {
            exchange.bytes += count as u64;
        }
        self.meter.advance(count as u64)
    }

    /// The sink has bytes up to `end`, which others have written.
    pub(super) fn reach(&mut self, end: u64) -> Result<()> {
        let from = self.sink.written();
        if self.expected.must_catch_up(end) {
            self.digest(from..end)?;
        }
        self.sink.reach(end)
    }

    /// The digests go on from `at`: what is there already belongs to them too.
    pub(super) fn catch_up(&mut self, at: u64) -> Result<()> {
        if !self.expected.must_catch_up(at) {
            return Ok(());
        }
        self.expected.restart();
        match at {
            0 => Ok(()),
            _ => self.digest(0..at),
        }
    }

    /// Reads what is in the sink into the digests.
    fn digest(&mut self, range: Range<u64>) -> Result<()> {
        let (expected, watch) = (&mut self.expected, &self.call.watch);
        self.sink.read_range(range, &mut |bytes| {
            expected.take(bytes);
            watch.check()
        })
    }

    /// Compares the bytes that have arrived with what the service states of them.
    pub(super) fn verify(&mut self, stated: u64) -> Result<()> {
        // Nobody goes on with bytes that are others.
        let verified = self.expected.verify(stated);
        verified.inspect_err(|_| self.sink.distrust())
    }

    /// Compares all that has arrived with what the caller expects. Of a part the size
    /// of its file was stated.
    pub(super) fn check_file(&mut self) -> Result<()> {
        if !self.wanted.is_whole() {
            return Ok(());
        }
        let checked = self.expected.file(self.sink.written());
        checked.inspect_err(|_| self.sink.distrust())
    }

    /// The size of the file, as the answer states it before the first byte. What an
    /// earlier call has left stays if it is another: this may be no answer of the
    /// service.
    pub(super) fn check_stated_size(&self, size: Option<u64>) -> Result<()> {
        let Some(size) = size else {
            return match self.wanted.is_whole() {
                true => Ok(()),
                false => self.expected.size_is_not_expected(),
            };
        };
        self.check_size(self.wanted.count(size))?;
        self.expected.size(size)
    }

    fn check_size(&self, size: u64) -> Result<()> {
        match self.max_size {
            Some(max) if size > max => Err(Error::out_of_bounds(
                "max_size",
                format_args!("the file has {size} bytes or more, the limit set is {max}"),
            )
            .bound(max, size)
            .with_phase(Phase::Receive)),
            _ => Ok(()),
        }
    }
}

impl Retryable for UploadCall<'_> {
    fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    fn can_repeat(&self) -> bool {
        self.content.can_restart()
    }
}

/// The most requests that a download which goes on and on may take: 8 GB over
/// connections that last for 8 MB.
pub(super) const DOWNLOAD_ATTEMPTS: u32 = 1000;

impl Retryable for DownloadCall<'_> {
    fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    /// What the next attempt need not bring again.
    fn headway(&self) -> u64 {
        self.sink.resume_from().map_or(0, |(at, _)| at)
    }

    fn is_headway_certain(&self) -> bool {
        true
    }

    fn attempts_with_headway(&self) -> u32 {
        DOWNLOAD_ATTEMPTS
    }

    fn can_repeat(&self) -> bool {
        self.sink.can_repeat()
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}

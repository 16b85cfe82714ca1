//! What is asked of a service while a call lasts: the file to be stored, an upload
//! or a download under way.

use super::check::Check;
use super::extent::Wanted;
use super::options::{Digests, Upload};
use super::service::{ServiceDownload, ServiceUpload};
use crate::error::{Error, Phase, Result};
use crate::service::Stored;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::sink::OpenSink;
use crate::transfer::source::OpenSource;
use std::path::PathBuf;
use std::rc::Rc;

/// The size of a read: what the HTTP client has buffered at most.
pub(super) const CHUNK: usize = 128 * 1024;

/// What a file that is stored is to be.
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) media_type: String,
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
}

impl UploadCall<'_> {
    /// Keeps what comes of unknown length, up to one byte more than the service takes,
    /// by which its check of the size notices.
    pub(super) fn spool(&mut self, most: u64) -> Result<()> {
        let watch = &self.call.watch;
        self.content.spool(most.saturating_add(1), watch)
    }

    /// The result of an upload of which the service says this.
    pub(super) fn uploaded(&self, stored: Stored) -> Upload {
        Upload {
            file: stored.file,
            url: stored.url,
            share_secret: stored.share_secret,
            size: self.content.len(),
            instant: false,
            attempts: self.call.attempts(),
            digests: Digests::default(),
        }
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

/// A download under way.
pub(super) struct DownloadCall<'a> {
    pub(super) call: Call,
    pub(super) service: Option<ServiceDownload>,
    pub(super) wanted: Wanted,
    /// How many ranges are fetched at a time.
    pub(super) parallel_parts: u32,
    pub(super) max_size: Option<u64>,
    pub(super) sink: OpenSink<'a>,
    pub(super) meter: Rc<Meter<'a>>,
    pub(super) check: Check,
}

impl DownloadCall<'_> {
    /// Takes the next bytes of the file.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let count = bytes.len() as u64;
        let size = self.sink.written() + count;
        self.check_size(size)?;
        self.check
            .size_so_far(self.wanted.offset.saturating_add(size))
            .inspect_err(|_| self.sink.distrust())?;
        let stored = self.sink.write(bytes);
        stored.map_err(|e| e.with_phase(Phase::Receive))?;
        self.check.take(bytes);
        if let Some(exchange) = &mut self.call.exchange {
            exchange.bytes += count;
        }
        self.meter.advance(count)
    }

    /// The sink has bytes up to `end`, which others have written.
    pub(super) fn reach(&mut self, end: u64) -> Result<()> {
        let from = self.sink.written();
        if self.check.must_catch_up(end) {
            let (check, watch) = (&mut self.check, &self.call.watch);
            self.sink.read_range(from..end, &mut |bytes| {
                check.take(bytes);
                watch.check()
            })?;
        }
        self.sink.reach(end)
    }

    /// The digests go on from `at`: what is there already belongs to them too.
    pub(super) fn catch_up(&mut self, at: u64) -> Result<()> {
        if !self.check.must_catch_up(at) {
            return Ok(());
        }
        self.check.restart();
        if at == 0 {
            return Ok(());
        }
        let (check, watch) = (&mut self.check, &self.call.watch);
        self.sink.read_back(&mut |bytes| {
            check.take(bytes);
            watch.check()
        })
    }

    /// Compares the bytes that have arrived with what the service states of them.
    pub(super) fn verify(&mut self, stated: u64) -> Result<()> {
        // Nobody goes on with bytes that are others.
        let verified = self.check.verify(stated);
        verified.inspect_err(|_| self.sink.distrust())
    }

    /// Compares all that has arrived with what the caller expects. Of a part the size
    /// of its file was stated.
    pub(super) fn check_file(&mut self) -> Result<()> {
        if !self.wanted.is_whole() {
            return Ok(());
        }
        let checked = self.check.file(self.sink.written());
        checked.inspect_err(|_| self.sink.distrust())
    }

    /// The size of the file, as the answer states it before the first byte. What an
    /// earlier call has left stays if it is another: this may be no answer of the
    /// service.
    pub(super) fn check_stated_size(&self, size: Option<u64>) -> Result<()> {
        let Some(size) = size else {
            return match self.wanted.is_whole() {
                true => Ok(()),
                false => self.check.size_is_not_expected(),
            };
        };
        self.check_size(self.wanted.count(size))?;
        self.check.size(size)
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

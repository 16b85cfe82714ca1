//! What a service is asked while a download lasts: which file, and where its bytes go.

use super::expected::Expected;
use super::extent::Wanted;
use super::service::ServiceDownload;
use crate::error::{Error, Phase, Result};
use crate::service::thumbnail::Thumbnail;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::retry::Retryable;
use crate::transfer::sink::OpenSink;
use crate::watch::{self, Activity};
use std::ops::Range;
use std::rc::Rc;

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
        let format = self.service.as_ref();
        let format = format.and_then(|own| own.common().thumbnail_format());
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

//! What is asked of a service while a call lasts: the file to be stored, an upload
//! or a download under way.

use super::options::Upload;
use super::service::{ServiceDownload, ServiceUpload};
use crate::digest::{Crc64, Update as _};
use crate::error::{Error, Phase, Result, Status};
use crate::message::Head;
use crate::service::Stored;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::sink::OpenSink;
use crate::transfer::source::OpenSource;
use std::path::PathBuf;
use std::rc::Rc;

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
    /// The result of an upload of which the service says this.
    pub(super) fn uploaded(&self, stored: Stored) -> Upload {
        Upload {
            file: stored.file,
            url: stored.url,
            share_secret: stored.share_secret,
            size: self.content.len(),
            instant: false,
            attempts: self.call.attempts(),
        }
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
    pub(super) max_size: Option<u64>,
    pub(super) sink: OpenSink<'a>,
    pub(super) meter: Rc<Meter<'a>>,
    pub(super) checksum: Option<Checksum>,
}

impl DownloadCall<'_> {
    /// Takes the next bytes of the file.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let count = bytes.len() as u64;
        self.check_size(self.sink.written() + count)?;
        let stored = self.sink.write(bytes);
        stored.map_err(|e| e.with_phase(Phase::Receive))?;
        if let Some(checksum) = &mut self.checksum {
            checksum.update(bytes);
        }
        if let Some(exchange) = &mut self.call.exchange {
            exchange.bytes += count;
        }
        self.meter.advance(count)
    }

    /// The checksum goes on from `at`: what is there already belongs to it too.
    pub(super) fn catch_up(&mut self, at: u64) -> Result<()> {
        let Some(checksum) = &mut self.checksum else {
            return Ok(());
        };
        if checksum.taken == at {
            return Ok(());
        }
        checksum.crc64 = Crc64::new();
        checksum.taken = 0;
        if at == 0 {
            return Ok(());
        }
        let watch = &self.call.watch;
        self.sink.read_back(&mut |bytes| {
            checksum.update(bytes);
            watch.check()
        })
    }

    /// Compares the bytes that have arrived with what the service says of them.
    pub(super) fn verify(&mut self, stated: u64) -> Result<()> {
        let Some(checksum) = &mut self.checksum else {
            return Ok(());
        };
        checksum.is_verified = true;
        if checksum.crc64.value() == stated {
            return Ok(());
        }
        // Nobody goes on with these bytes.
        self.sink.distrust();
        Err(Error::new(
            Status::Integrity,
            format!(
                "the bytes have the CRC-64 {}, the service states {stated}: they were damaged on \
                 the way; try again",
                checksum.crc64.value()
            ),
        )
        .with_phase(Phase::Receive)
        .retryable())
    }

    pub(super) fn check_size(&self, size: u64) -> Result<()> {
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

/// The checksum of the bytes that arrive, for a service that states it.
pub(super) struct Checksum {
    /// Where the answer states it, as a CRC-64.
    pub(super) stated: fn(&Head) -> Option<u64>,
    crc64: Crc64,
    /// Bytes that are in it.
    taken: u64,
    pub(super) is_verified: bool,
}

impl Checksum {
    pub(super) fn new(stated: fn(&Head) -> Option<u64>) -> Self {
        Self {
            stated,
            crc64: Crc64::new(),
            taken: 0,
            is_verified: false,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.crc64.update(bytes);
        self.taken += bytes.len() as u64;
    }
}

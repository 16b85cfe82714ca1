//! A file that is read, and must not change meanwhile.

use super::disk;
use crate::error::{Error, Reason, Result, Status};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

/// What a file looked like when it was opened; a difference at the end means
/// that what was sent may be a mixture of two states.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Stamp {
    pub(super) length: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// A file, and what it looked like when it was opened.
pub(crate) struct StampedFile {
    pub(super) file: File,
    path: PathBuf,
    pub(super) stamp: Stamp,
}

impl StampedFile {
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        let fail = |reason: Reason| {
            let text = format!("cannot read {}: {reason}", path.display());
            Error::new(Status::Source, text)
                .with_field("source.path")
                .because(reason)
        };
        // Looked at before opening, which means something to a device, and afterwards, for it
        // may be another by then.
        let check = |metadata: io::Result<Metadata>| match metadata {
            Ok(metadata) if metadata.is_file() => Ok(metadata),
            Ok(_) => Err(fail("it is not a regular file".into())),
            Err(e) => Err(fail(e.into())),
        };
        disk::check_meaning(&path).map_err(|e| fail(e.into()))?;
        check(std::fs::metadata(&path))?;
        let mut options = OpenOptions::new();
        options.read(true);
        // A FIFO that has just been put there does not block.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, nix::libc::O_NONBLOCK);
        let file = options.open(&path).map_err(|e| fail(e.into()))?;
        let stamp = Stamp::of(&check(file.metadata())?);
        Ok(Self { file, path, stamp })
    }

    /// The system makes it up as it is read (/proc), and does not know its size.
    pub(super) fn longer_than_said(&self) -> Error {
        Error::new(
            Status::Source,
            format!(
                "{} holds more than the {} bytes that the system says it has; read it yourself, \
                 and give its bytes",
                self.path.display(),
                self.stamp.length
            ),
        )
        .with_field("source.path")
    }

    /// A file that changed while it was read may have been sent as a mixture.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        match self.file.metadata() {
            Ok(now) if Stamp::of(&now) == self.stamp => Ok(()),
            _ => Err(Error::new(
                Status::SourceChanged,
                format!(
                    "{} changed while it was being read; try again once it is at rest",
                    self.path.display()
                ),
            )
            .with_field("source.path")),
        }
    }
}

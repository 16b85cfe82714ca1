//! A file that several threads write to, each its own bytes.

use super::CHUNK;
use super::disk::{self, read_at, write_at};
use crate::error::{Error, Reason, Result, Status};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A part of a download on its way to `target`.
pub(crate) struct SharedFile {
    file: File,
    part: PathBuf,
    target: PathBuf,
    /// It has at least so many bytes, unless another program cuts it.
    length: AtomicU64,
}

impl SharedFile {
    /// The one at `part`, which has so many bytes.
    pub(super) fn new(file: File, part: &Path, target: &Path, length: u64) -> Self {
        Self {
            file,
            part: part.to_owned(),
            target: target.to_owned(),
            length: AtomicU64::new(length),
        }
    }

    /// Makes it so long, for bytes that will be written up to there. Not the whole file at once: some file
    /// systems fill it with zeros.
    pub(crate) fn grow(&self, length: u64) -> Result<()> {
        self.check()?;
        let grown = self.file.set_len(length);
        grown.map_err(|e| sink_error(&self.target, e))?;
        self.length.store(length, Ordering::Release);
        Ok(())
    }

    /// What another program has cut off is not written again, and would be filled with zeros by
    /// what comes behind it.
    fn check(&self) -> Result<()> {
        let length = self.length.load(Ordering::Acquire);
        match self.file.metadata() {
            Ok(metadata) if metadata.len() >= length => Ok(()),
            Ok(_) => Err(sink_error(&self.target, changed(&self.part))),
            Err(e) => Err(sink_error(&self.target, e)),
        }
    }

    /// Writes all of these bytes, within the [length](Self::grow).
    pub(crate) fn write_at(&self, mut bytes: &[u8], mut position: u64) -> Result<()> {
        self.check()?;
        while !bytes.is_empty() {
            let written = match write_at(&self.file, bytes, position) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                other => other,
            };
            let written = written.map_err(|e| sink_error(&self.target, e))?;
            bytes = &bytes[written..];
            position += written as u64;
        }
        Ok(())
    }

    /// Reads what is there.
    pub(super) fn read(
        &self,
        range: Range<u64>,
        take: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut chunk = vec![0; CHUNK];
        let mut at = range.start;
        while at < range.end {
            let room = usize::try_from(range.end - at).unwrap_or(chunk.len());
            let room = room.min(chunk.len());
            match read_at(&self.file, &mut chunk[..room], at) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(read) if read > 0 => {
                    take(&chunk[..read])?;
                    at += read as u64;
                }
                Ok(_) => return Err(sink_error(&self.target, "it has become shorter")),
                Err(e) => return Err(sink_error(&self.target, e)),
            }
        }
        Ok(())
    }
}

/// Another program has written to what is at `part`, or cut it.
pub(super) fn changed(part: &Path) -> io::Error {
    io::Error::other(format!(
        "another program has changed {} while it was written",
        part.display()
    ))
}

/// What is downloaded cannot be written to `target`.
pub(super) fn sink_error(target: &Path, reason: impl Into<Reason>) -> Error {
    let reason = reason.into();
    let advice = match &reason {
        Reason::Cause(cause) => disk::advice(cause),
        Reason::Words(_) => "",
    };
    let text = format!("cannot write {}: {reason}{advice}", target.display());
    Error::new(Status::Sink, text)
        .with_field("sink.path")
        .because(reason)
}

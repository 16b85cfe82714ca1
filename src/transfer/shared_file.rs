//! A file that several threads write to, each its own bytes.

use super::CHUNK;
use super::disk::{self, read_at, write_at};
use crate::error::{Error, Reason, Result, Status};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A part of a download on its way to `target`.
pub(crate) struct SharedFile {
    pub(super) file: File,
    pub(super) target: PathBuf,
}

impl SharedFile {
    /// Writes all of these bytes.
    pub(crate) fn write_at(&self, mut bytes: &[u8], mut position: u64) -> Result<()> {
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

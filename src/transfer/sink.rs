//! Where the bytes of a download go.

use super::disk;
use super::input::heed;
use super::part_file::PartFile;
pub(crate) use super::shared_file::SharedFile;
use super::version::Version;
use crate::error::{English, Error, Phase, Result, Status};
use crate::watch::Watch;
use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where to put what is downloaded: a file, memory, or a writer.
pub struct Sink<'a>(SinkKind<'a>);

enum SinkKind<'a> {
    Path(PathBuf),
    Buffer,
    Writer(Box<dyn Write + 'a>),
}

impl fmt::Debug for Sink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SinkKind::Path(path) => f.debug_tuple("Sink::path").field(path).finish(),
            SinkKind::Buffer => f.write_str("Sink::buffer"),
            SinkKind::Writer(_) => f.write_str("Sink::writer"),
        }
    }
}

impl From<&Path> for Sink<'_> {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<&PathBuf> for Sink<'_> {
    fn from(path: &PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for Sink<'_> {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl<'a> Sink<'a> {
    /// A file. The bytes arrive under a temporary name in the same folder; the
    /// file gets its name, replacing one that exists, when all is well and on the
    /// disk. It gets the permissions of the one that it replaces. A symbolic link is
    /// replaced, not followed. What is no file, or on Windows a file that another program
    /// has open and lets nobody replace, is refused before anything is sent.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(SinkKind::Path(path.into()))
    }

    /// Memory; the bytes are in [`DownloadResult::data`](crate::DownloadResult::data).
    pub fn buffer() -> Self {
        Self(SinkKind::Buffer)
    }

    /// A writer. What it got before an error stays with it: a further attempt
    /// is made only if the service can go on where the last one broke off. An
    /// [`Error`] wrapped by [`std::io::Error::other`] comes out of the call as
    /// it is.
    pub fn writer(writer: impl Write + 'a) -> Self {
        Self(SinkKind::Writer(Box::new(writer)))
    }

    /// The same, of which a writer ends with this call.
    pub(crate) fn heeding(self, watch: &Watch) -> Self {
        match self.0 {
            SinkKind::Writer(writer) => {
                let watch = watch.clone();
                Self(SinkKind::Writer(Box::new(Heeding { writer, watch })))
            }
            other => Self(other),
        }
    }

    /// `resume` names the file that is downloaded, if what an earlier call left
    /// of it is to be used, and what this one leaves to be kept.
    pub(crate) fn open(self, resume: Option<&str>) -> Result<OpenSink<'a>> {
        let mut written = 0;
        let mut version = None;
        let mut size = None;
        let target = match (self.0, resume) {
            (SinkKind::Path(path), None) => {
                Target::File(Box::new(PartFile::temporary(disk::absolute(path))?))
            }
            (SinkKind::Path(path), Some(identity)) => {
                let part = PartFile::resumable(disk::absolute(path), identity)?;
                (written, version, size) = part.found();
                Target::File(Box::new(part))
            }
            (_, Some(_)) => {
                return Err(Error::argument(
                    "resume",
                    "only a download to a path can be resumed by a later call",
                ));
            }
            (SinkKind::Buffer, None) => Target::Buffer(Vec::new()),
            (SinkKind::Writer(writer), None) => Target::Writer(writer),
        };
        Ok(OpenSink {
            target,
            written,
            version,
            size,
        })
    }
}

/// A writer of the caller's, which ends with its call also where all that it says is that it
/// was interrupted.
struct Heeding<'a> {
    writer: Box<dyn Write + 'a>,
    watch: Watch,
}

impl Write for Heeding<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match heed(&self.watch, || self.writer.write(bytes))? {
            taken if taken <= bytes.len() => Ok(taken),
            taken => Err(io::Error::other(format!(
                "it claims to have taken {taken} bytes of {}",
                bytes.len()
            ))),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        heed(&self.watch, || self.writer.flush())
    }
}

/// A sink that is being written.
pub(crate) struct OpenSink<'a> {
    target: Target<'a>,
    written: u64,
    /// The version of the file that the bytes written belong to.
    version: Option<Version>,
    /// The size of that, if it is known.
    size: Option<u64>,
}

enum Target<'a> {
    File(Box<PartFile>),
    /// Those that are written, and room for the next.
    Buffer(Vec<u8>),
    Writer(Box<dyn Write + 'a>),
}

impl OpenSink<'_> {
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// What an earlier call has left, if it cannot be read any more: the download
    /// begins anew.
    pub(crate) fn damaged(&self) -> Option<PathBuf> {
        match &self.target {
            Target::File(part) => part.damaged(),
            Target::Buffer(_) | Target::Writer(_) => None,
        }
    }

    /// Whether another attempt can follow: from the start, or from where this
    /// one broke off.
    pub(crate) fn can_repeat(&self) -> bool {
        self.written == 0 || self.version.is_some() || !matches!(self.target, Target::Writer(_))
    }

    /// Where to go on, and in which version of the file; `None`: at the start.
    pub(crate) fn resume_from(&self) -> Option<(u64, &Version)> {
        let version = self.version.as_ref()?;
        (self.written > 0).then_some((self.written, version))
    }

    /// The size of that version, if it is known.
    pub(crate) fn size(&self) -> Option<u64> {
        self.size
    }

    /// The file and its name are to be on the disk when the call says yes.
    pub(crate) fn make_durable(&mut self) -> Result<()> {
        match &mut self.target {
            Target::File(part) => part.make_durable(),
            Target::Buffer(_) | Target::Writer(_) => Err(Error::argument(
                "durable",
                "only a download to a path can be made to outlast a power cut",
            )),
        }
    }

    /// Whether a later call is to go on if this one breaks off.
    pub(crate) fn is_resumable(&self) -> bool {
        matches!(&self.target, Target::File(part) if part.is_resumable())
    }

    /// Begins the file anew, in this version and size.
    pub(crate) fn restart(&mut self, version: Option<&Version>, size: Option<u64>) -> Result<()> {
        match &mut self.target {
            Target::File(part) => part.restart(version, size)?,
            Target::Buffer(bytes) => bytes.clear(),
            Target::Writer(_) if self.written > 0 => {
                // No further attempt can do better.
                self.version = None;
                return Err(Error::new(
                    Status::Truncated,
                    format!(
                        "the download broke off after {} bytes, and the service only gives the whole \
                         file again, while what the writer got cannot be taken back; try again, or \
                         download to a path",
                        self.written
                    ),
                )
                .with_phase(Phase::Receive)
                .retryable());
            }
            Target::Writer(_) => {}
        }
        self.written = 0;
        self.version = version.cloned();
        self.size = size;
        self.reserve(size.unwrap_or(0))
    }

    /// Makes room for a file of known size, so that a lack of memory shows early; and for
    /// one byte more, in which the end is seen: so an empty file has an address, too, as Go
    /// wants it of each pointer that it gets from C.
    fn reserve(&mut self, size: u64) -> Result<()> {
        if let Target::Buffer(bytes) = &mut self.target {
            let room = usize::try_from(size).ok().and_then(|n| n.checked_add(1));
            let room = room.ok_or_else(|| out_of_memory(size))?;
            bytes
                .try_reserve_exact(room)
                .map_err(|_| out_of_memory(size))?;
        }
        Ok(())
    }

    /// Whether it is memory, which has [room](Self::room).
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self.target, Target::Buffer(_))
    }

    /// Room in memory for the next bytes, `most` of them, which
    /// [`fill`](Self::fill) then takes.
    pub(crate) fn room(&mut self, most: usize) -> Result<&mut [u8]> {
        let Target::Buffer(bytes) = &mut self.target else {
            return Ok(&mut []);
        };
        let start = bytes.len().min(self.written as usize);
        let missing = (start + most).saturating_sub(bytes.len());
        bytes
            .try_reserve(missing)
            .map_err(|_| out_of_memory((start + most) as u64))?;
        // Each byte is made once, whatever is read.
        bytes.resize(bytes.len() + missing, 0);
        Ok(&mut bytes[start..start + most])
    }

    /// So many bytes were read into the room; gives them.
    pub(crate) fn fill(&mut self, count: usize) -> &[u8] {
        let Target::Buffer(bytes) = &self.target else {
            return &[];
        };
        let start = self.written as usize;
        self.written += count as u64;
        bytes.get(start..start + count).unwrap_or_default()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.target {
            Target::File(part) => part.write(bytes)?,
            Target::Buffer(buffer) => {
                buffer.truncate(self.written as usize);
                buffer
                    .try_reserve(bytes.len())
                    .map_err(|_| out_of_memory(self.written + bytes.len() as u64))?;
                buffer.extend_from_slice(bytes);
            }
            Target::Writer(writer) => writer.write_all(bytes).map_err(writer_error)?,
        }
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Whether it is a file.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.target, Target::File(_))
    }

    /// The file for other threads to write to, if it is one.
    pub(crate) fn share(&self) -> Result<Option<SharedFile>> {
        match &self.target {
            Target::File(part) => part.share().map(Some),
            Target::Buffer(_) | Target::Writer(_) => Ok(None),
        }
    }

    /// Others have written all bytes up to `end`.
    pub(crate) fn reach(&mut self, end: u64) -> Result<()> {
        if let Target::File(part) = &mut self.target {
            part.reach(end)?;
        }
        self.written = end;
        Ok(())
    }

    /// What others have written behind that is of no use, and none writes any more.
    pub(crate) fn cut(&mut self) -> Result<()> {
        match &mut self.target {
            Target::File(part) => part.cut(self.written),
            Target::Buffer(_) | Target::Writer(_) => Ok(()),
        }
    }

    /// Reads what was written there, by whomever.
    pub(crate) fn read_range(
        &self,
        range: Range<u64>,
        take: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        match &self.target {
            Target::File(part) => part.share()?.read(range, take),
            Target::Buffer(bytes) => match bytes.get(range.start as usize..range.end as usize) {
                Some(bytes) => take(bytes),
                None => Ok(()),
            },
            // It gets nothing that an earlier call has left.
            Target::Writer(_) => Ok(()),
        }
    }

    /// The bytes written are not those of the file: no attempt goes on with them.
    pub(crate) fn distrust(&mut self) {
        self.version = None;
        if let Target::File(part) = &mut self.target {
            part.forget_version();
        }
    }

    /// All bytes are there and verified: puts the file in its place. Returns
    /// the bytes of a buffer.
    pub(crate) fn finish(self) -> Result<Option<Vec<u8>>> {
        match self.target {
            Target::File(part) => part.finish(self.written).map(|()| None),
            Target::Buffer(mut bytes) => {
                bytes.truncate(self.written as usize);
                Ok(Some(bytes))
            }
            Target::Writer(mut writer) => writer
                .flush()
                .map(|()| None)
                .map_err(|e| writer_error(e).with_phase(Phase::Finish)),
        }
    }
}

/// Keeps an [`Error`] that a writer passed through; describes any other.
fn writer_error(error: io::Error) -> Error {
    error
        .downcast::<Error>()
        .map(Error::of_caller)
        .unwrap_or_else(|e| {
            let text = format!("the writer failed: {}", English(&e));
            Error::new(Status::Sink, text).because(e)
        })
}

fn out_of_memory(size: u64) -> Error {
    Error::new(
        Status::Memory,
        format!("no memory for a file of {size} bytes; download it to a path"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_writer_that_got_bytes_goes_on_only_in_the_same_version() {
        let mut out = Vec::new();
        let mut sink = Sink::writer(&mut out).open(None).unwrap();
        sink.restart(None, None).unwrap();
        assert!(sink.can_repeat());
        sink.write(b"x").unwrap();
        assert!(!sink.can_repeat());
        let error = sink.restart(None, None).unwrap_err();
        assert_eq!(error.status(), Status::Truncated);
        let mut out = Vec::new();
        let mut sink = Sink::writer(&mut out).open(None).unwrap();
        let version = Version::tagged("\"1\"");
        sink.restart(Some(&version), Some(2)).unwrap();
        sink.write(b"x").unwrap();
        assert!(sink.can_repeat());
        assert_eq!(sink.resume_from(), Some((1, &version)));
    }

    #[test]
    fn a_buffer_that_cannot_be_had_is_an_error() {
        let mut sink = Sink::buffer().open(None).unwrap();
        let error = sink.restart(None, Some(u64::MAX)).unwrap_err();
        assert_eq!(error.status(), Status::Memory);
    }

    #[test]
    fn what_is_read_into_memory_is_there_and_no_more() {
        let mut sink = Sink::buffer().open(None).unwrap();
        sink.restart(None, Some(5)).unwrap();
        sink.room(4).unwrap()[..3].copy_from_slice(b"abc");
        assert_eq!(sink.fill(3), b"abc");
        sink.room(2).unwrap().copy_from_slice(b"de");
        assert_eq!(sink.fill(2), b"de");
        // The end is seen in this.
        assert_eq!(sink.room(1).unwrap(), [0]);
        assert_eq!((sink.written(), sink.is_memory()), (5, true));
        assert_eq!(sink.finish().unwrap().unwrap(), b"abcde");
    }

    #[test]
    fn only_a_path_can_be_resumed_later() {
        let error = Sink::buffer().open(Some("x")).err().unwrap();
        assert_eq!(error.field(), Some("resume"));
    }
}

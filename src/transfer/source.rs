//! Where the bytes of an upload come from.

use crate::error::{Error, Result, Status};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A stream of known length that the caller produces.
///
/// An [`Error`] wrapped by [`io::Error::other`] comes out of the transfer as
/// it is; any other error becomes [`Status::Source`].
pub trait ReadCallback {
    /// Fills the front of `buffer` and says how much; 0 is the end.
    ///
    /// # Errors
    /// Whatever keeps it from reading; it ends the transfer.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Whether [`ReadCallback::rewind`] works. A source that cannot be rewound
    /// is not sent a second time once the first of its bytes went out.
    fn can_rewind(&self) -> bool {
        false
    }

    /// Goes back to the first byte.
    ///
    /// # Errors
    /// Whatever keeps it from going back; it ends the transfer.
    fn rewind(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Adapts any `Read + Seek` to a rewindable [`ReadCallback`].
struct Seekable<T>(T);

impl<T: Read + Seek> ReadCallback for Seekable<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    fn can_rewind(&self) -> bool {
        true
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(0)).map(drop)
    }
}

/// Adapts any `Read` to a [`ReadCallback`] without rewind.
struct OneWay<T>(T);

impl<T: Read> ReadCallback for OneWay<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// What to upload: a file, bytes in memory, or a stream of known length.
pub struct Source<'a>(Kind<'a>);

enum Kind<'a> {
    Path(PathBuf),
    Bytes(&'a [u8]),
    Callback(Box<dyn ReadCallback + 'a>, u64),
}

impl<'a> Source<'a> {
    /// A regular file. It is opened when the upload begins, and must not change
    /// until it is over.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Path(path.into()))
    }

    /// Bytes in memory; they are not copied.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self(Kind::Bytes(bytes))
    }

    /// A stream of exactly `length` bytes that cannot be read twice.
    pub fn reader(reader: impl Read + 'a, length: u64) -> Self {
        Self::callback(OneWay(reader), length)
    }

    /// A stream of exactly `length` bytes from position 0 that can be read again.
    pub fn seekable(reader: impl Read + Seek + 'a, length: u64) -> Self {
        Self::callback(Seekable(reader), length)
    }

    /// A stream of exactly `length` bytes that the caller's own code produces.
    pub fn callback(callback: impl ReadCallback + 'a, length: u64) -> Self {
        Self(Kind::Callback(Box::new(callback), length))
    }

    /// The last component of the path, if this is a file.
    pub(crate) fn file_name(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            Kind::Path(path) => path.file_name().map(|name| name.to_string_lossy()),
            Kind::Bytes(_) | Kind::Callback(..) => None,
        }
    }

    pub(crate) fn open(self) -> Result<OpenSource<'a>> {
        let (reader, length) = match self.0 {
            Kind::Path(path) => {
                let (file, stamp) = open_file(&path)?;
                (Reader::File { file, path, stamp }, stamp.length)
            }
            Kind::Bytes(bytes) => (Reader::Bytes(bytes), bytes.len() as u64),
            Kind::Callback(callback, length) => (Reader::Callback(callback), length),
        };
        Ok(OpenSource {
            reader,
            length,
            position: 0,
        })
    }
}

/// What a file looked like when it was opened; a difference at the end means
/// that what was sent may be a mixture of two states.
#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

fn open_file(path: &Path) -> Result<(File, Stamp)> {
    let fail = |reason: String| {
        Error::new(
            Status::Source,
            format!("cannot read {}: {reason}", path.display()),
        )
        .with_field("source.path")
    };
    // Looked at before opening, for opening a FIFO would block.
    let metadata = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
    if !metadata.is_file() {
        return Err(fail("it is not a regular file".into()));
    }
    let file = File::open(path).map_err(|e| fail(e.to_string()))?;
    let stamp = Stamp::of(&file).map_err(|e| fail(e.to_string()))?;
    Ok((file, stamp))
}

/// A source that is being read. Gives exactly its announced length, or fails.
pub(crate) struct OpenSource<'a> {
    reader: Reader<'a>,
    length: u64,
    position: u64,
}

enum Reader<'a> {
    File {
        file: File,
        path: PathBuf,
        stamp: Stamp,
    },
    Bytes(&'a [u8]),
    Callback(Box<dyn ReadCallback + 'a>),
}

impl OpenSource<'_> {
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// Whether the bytes can be sent (again) from the first one on.
    pub(crate) fn can_restart(&self) -> bool {
        match &self.reader {
            Reader::File { .. } | Reader::Bytes(_) => true,
            Reader::Callback(callback) => self.position == 0 || callback.can_rewind(),
        }
    }

    /// Whether the bytes can be read twice, as a counting pass needs.
    pub(crate) fn can_rewind(&self) -> bool {
        match &self.reader {
            Reader::File { .. } | Reader::Bytes(_) => true,
            Reader::Callback(callback) => callback.can_rewind(),
        }
    }

    /// Whether all `len()` bytes were given.
    pub(crate) fn is_over(&self) -> bool {
        self.position == self.length
    }

    /// Goes back to the first byte, if not there already.
    pub(crate) fn restart(&mut self) -> Result<()> {
        if self.position == 0 {
            return Ok(());
        }
        match &mut self.reader {
            Reader::File { file, .. } => file.rewind(),
            Reader::Bytes(_) => Ok(()),
            Reader::Callback(callback) => callback.rewind(),
        }
        .map_err(|e| source_error("the source could not be rewound", e))?;
        self.position = 0;
        Ok(())
    }

    /// Reads the next bytes; 0 only when all `len()` bytes were given.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = self.length - self.position;
        if left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let capacity = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..capacity];
        let got = loop {
            let result = match &mut self.reader {
                Reader::File { file, .. } => file.read(buffer),
                Reader::Bytes(bytes) => {
                    // In range: position is below length, which came from this slice.
                    let start = usize::try_from(self.position).unwrap_or(bytes.len());
                    (&bytes[start..]).read(buffer)
                }
                Reader::Callback(callback) => callback.read(buffer),
            };
            match result {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        }
        .map_err(|e| source_error("the source could not be read", e))?;
        if got == 0 {
            return Err(Error::new(
                Status::Source,
                format!(
                    "the source ended after {} bytes, {} were announced",
                    self.position, self.length
                ),
            ));
        }
        if got > capacity {
            return Err(Error::new(
                Status::Source,
                format!("the read callback claims {got} bytes in a buffer of {capacity}"),
            ));
        }
        self.position += got as u64;
        if self.position == self.length {
            self.check_unchanged()?;
        }
        Ok(got)
    }

    /// A file that changed while it was read may have been sent as a mixture.
    fn check_unchanged(&self) -> Result<()> {
        let Reader::File { file, path, stamp } = &self.reader else {
            return Ok(());
        };
        match Stamp::of(file) {
            Ok(now) if now == *stamp => Ok(()),
            _ => Err(Error::new(
                Status::SourceChanged,
                format!(
                    "{} changed while it was being sent; send it again once it is at rest",
                    path.display()
                ),
            )
            .with_field("source.path")),
        }
    }
}

/// Keeps an [`Error`] that a callback passed through; describes any other.
fn source_error(what: &str, error: io::Error) -> Error {
    error
        .downcast::<Error>()
        .unwrap_or_else(|e| Error::new(Status::Source, format!("{what}: {e}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn drain(source: &mut OpenSource<'_>) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut buffer = [0; 7];
        loop {
            match source.read(&mut buffer)? {
                0 => return Ok(all),
                n => all.extend_from_slice(&buffer[..n]),
            }
        }
    }

    #[test]
    fn bytes_can_be_read_again() {
        let mut source = Source::bytes(b"twenty bytes of text").open().unwrap();
        assert_eq!(drain(&mut source).unwrap(), b"twenty bytes of text");
        assert!(source.can_restart());
        source.restart().unwrap();
        assert_eq!(drain(&mut source).unwrap(), b"twenty bytes of text");
    }

    #[test]
    fn a_stream_that_ends_early_is_an_error() {
        let mut source = Source::reader(&b"abc"[..], 4).open().unwrap();
        let error = drain(&mut source).unwrap_err();
        assert_eq!(error.status(), Status::Source);
        assert!(error.message().contains("after 3 bytes, 4"), "{error}");
    }

    #[test]
    fn a_longer_stream_gives_the_announced_length() {
        let mut source = Source::reader(&b"abcdef"[..], 4).open().unwrap();
        assert_eq!(drain(&mut source).unwrap(), b"abcd");
    }

    #[test]
    fn a_one_way_stream_restarts_only_before_its_first_byte() {
        let mut source = Source::reader(&b"abc"[..], 3).open().unwrap();
        assert!(source.can_restart());
        assert!(!source.can_rewind());
        source.read(&mut [0; 1]).unwrap();
        assert!(!source.can_restart());
        assert!(source.restart().is_err());
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_told_apart() {
        let path = std::env::temp_dir().join(format!("chatfile-source-{}", std::process::id()));
        std::fs::write(&path, b"0123456789").unwrap();
        let mut source = Source::path(&path).open().unwrap();
        source.read(&mut [0; 4]).unwrap();
        std::fs::write(&path, b"0123456789 and more").unwrap();
        let error = drain(&mut source).unwrap_err();
        assert_eq!(error.status(), Status::SourceChanged);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_directory_is_not_a_source() {
        let error = Source::path(std::env::temp_dir()).open().err().unwrap();
        assert_eq!(error.status(), Status::Source);
        assert_eq!(error.field(), Some("source.path"));
    }
}

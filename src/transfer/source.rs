//! Where the bytes of an upload come from.

pub use super::input::ReadCallback;

use super::CHUNK;
use super::disk::read_at;
use super::input::{Heeding, Input, OneWay, Seekable, source_error, until_done};
use super::spool::Spool;
use super::stamped_file::StampedFile;
use crate::digest::{FileDigests, SectionDigest, Update};
use crate::error::{Error, Result, Status};
use crate::watch::{self, Watch};
use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What to upload: a file, bytes in memory, or a stream.
pub struct Source<'a>(SourceKind<'a>);

enum SourceKind<'a> {
    Path(PathBuf),
    Bytes(&'a [u8]),
    Callback(Box<dyn ReadCallback + 'a>, Option<u64>),
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SourceKind::Path(path) => f.debug_tuple("Source::path").field(path).finish(),
            SourceKind::Bytes(bytes) => f.debug_tuple("Source::bytes").field(&bytes.len()).finish(),
            SourceKind::Callback(_, length) => {
                f.debug_tuple("Source::callback").field(length).finish()
            }
        }
    }
}

impl From<&Path> for Source<'_> {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<&PathBuf> for Source<'_> {
    fn from(path: &PathBuf) -> Self {
        Self::path(path)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Source<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::bytes(bytes)
    }
}

impl From<PathBuf> for Source<'_> {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl<'a> From<&'a [u8]> for Source<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Source<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}

impl<'a> Source<'a> {
    /// A regular file. It is opened when the upload begins, and must not change
    /// until it is over.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(SourceKind::Path(path.into()))
    }

    /// Bytes in memory; they are not copied.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self(SourceKind::Bytes(bytes))
    }

    /// A stream of exactly `length` bytes that cannot be read twice. It has to end
    /// behind them: it is read once more, and what it gives then is
    /// [`Status::Source`], as when it ends before.
    pub fn reader(reader: impl Read + 'a, length: u64) -> Self {
        Self::callback(OneWay(reader), Some(length))
    }

    /// A stream of unknown length: standard input, a pipe, the body of an HTTP request.
    /// Tencent SMH gets it in parts as it comes; elsewhere, and where an upload is to be
    /// resumed, it is kept first, up to what the service takes, in a file that nobody else
    /// can open, in the system's folder for temporary files.
    pub fn stream(reader: impl Read + 'a) -> Self {
        Self::callback(OneWay(reader), None)
    }

    /// What a stream has from where it stands to its end, which it is asked for; it can
    /// be read again.
    pub fn seekable(stream: impl Read + Seek + 'a) -> Self {
        Self::callback(Seekable::new(stream), None)
    }

    /// A stream of exactly `length` bytes that the caller's own code produces, as
    /// [`Source::reader`]; without one, of as many as [`ReadCallback::length`] says, or
    /// else as [`Source::stream`].
    pub fn callback(callback: impl ReadCallback + 'a, length: Option<u64>) -> Self {
        Self(SourceKind::Callback(Box::new(callback), length))
    }

    /// The same, of which the caller's own code ends with this call.
    pub(crate) fn heeding(self, watch: &Watch) -> Self {
        match self.0 {
            SourceKind::Callback(callback, length) => {
                let callback = Box::new(Heeding::new(callback, watch.clone()));
                Self(SourceKind::Callback(callback, length))
            }
            other => Self(other),
        }
    }

    /// The last component of the path, if this is a file.
    pub(crate) fn file_name(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            SourceKind::Path(path) => path.file_name().map(|name| name.to_string_lossy()),
            SourceKind::Bytes(_) | SourceKind::Callback(..) => None,
        }
    }

    pub(crate) fn open(self) -> Result<OpenSource<'a>> {
        let (reader, length) = match self.0 {
            SourceKind::Path(path) => {
                let file = StampedFile::open(path)?;
                let length = file.stamp.length;
                (
                    Reader::RandomAccess(RandomAccess::File(Arc::new(file))),
                    length,
                )
            }
            SourceKind::Bytes(bytes) => {
                let length = bytes.len() as u64;
                (Reader::RandomAccess(RandomAccess::Bytes(bytes)), length)
            }
            SourceKind::Callback(mut callback, length) => {
                let told = match length {
                    Some(length) => Some(length),
                    None => callback
                        .length()
                        .map_err(|e| source_error("the source could not be measured", e))?,
                };
                let Some(length) = told else {
                    let stream = UnsizedStream {
                        input: Input::new(callback),
                        spool: None,
                        has_ended: false,
                    };
                    return Ok(OpenSource::new(Reader::Unsized(stream), 0..0));
                };
                // What is made of it has no more either, in base64 and with a form around it.
                if i64::try_from(length).is_err() {
                    return Err(Error::argument(
                        "source.length",
                        "is more than a file can have (2^63 - 1)",
                    ));
                }
                let stream = CallbackStream {
                    input: Input::new(callback),
                    length,
                };
                (Reader::Callback(stream), length)
            }
        };
        let mut source = OpenSource::new(reader, 0..length);
        // One without bytes is not read. A length that was forgotten is 0, and so
        // is that of many a file that the system makes up.
        if length == 0 {
            source.check_end()?;
        }
        Ok(source)
    }
}

/// A stream of unknown length, and what is kept of it.
struct UnsizedStream<'a> {
    input: Input<'a>,
    spool: Option<Spool>,
    has_ended: bool,
}

/// A source of which several threads can read sections at once.
#[derive(Clone)]
pub(crate) enum RandomAccess<'a> {
    File(Arc<StampedFile>),
    Bytes(&'a [u8]),
    Spool(Spool),
}

impl<'a> RandomAccess<'a> {
    /// A reader of its own for this section.
    pub(crate) fn open(&self, section: Range<u64>) -> OpenSource<'a> {
        OpenSource::new(Reader::RandomAccess(self.clone()), section)
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => read_at(&file.file, buffer, position),
            Self::Spool(spool) => spool.read_at(buffer, position),
            Self::Bytes(bytes) => {
                let start = usize::try_from(position).unwrap_or(usize::MAX);
                bytes.get(start..).unwrap_or_default().read(buffer)
            }
        }
    }
}

/// A section of a source (at first, all of it) that is being read. Gives
/// exactly its announced length, or fails.
pub(crate) struct OpenSource<'a> {
    reader: Reader<'a>,
    section: Range<u64>,
    /// Where the next byte is read, counted from the start of the source.
    position: u64,
    /// Takes the bytes of the section as they are read, if they are wanted.
    digest: Option<SectionDigest>,
    /// Takes those of the whole source, if they are wanted.
    whole: Option<Whole>,
    /// What was looked at before it is read.
    head: Vec<u8>,
    /// That is all there is, and is not read again.
    is_head_all: bool,
}

/// At least so many bytes are looked at: with a tiny file's first bytes all of it is there.
const HEAD_MIN: usize = 4 * 1024;

/// The digests of a whole source: each byte is taken once, when it is read for the
/// first time, whatever for.
struct Whole {
    digests: FileDigests,
    length: u64,
}

impl Whole {
    /// Takes those of these bytes that come next.
    fn take(&mut self, position: u64, bytes: &[u8]) {
        let known = self.digests.taken().checked_sub(position);
        let new = known.and_then(|known| bytes.get(usize::try_from(known).ok()?..));
        self.digests.update(new.unwrap_or_default());
    }
}

enum Reader<'a> {
    RandomAccess(RandomAccess<'a>),
    Callback(CallbackStream<'a>),
    /// What is kept of it is read, as if it were all.
    Unsized(UnsizedStream<'a>),
}

/// What the caller produces.
struct CallbackStream<'a> {
    input: Input<'a>,
    length: u64,
}

impl<'a> OpenSource<'a> {
    fn new(reader: Reader<'a>, section: Range<u64>) -> Self {
        Self {
            reader,
            position: section.start,
            section,
            digest: None,
            whole: None,
            head: Vec::new(),
            is_head_all: false,
        }
    }

    /// The first bytes, `most` of them if there are so many; nothing was read yet, and they
    /// come again when it is.
    pub(crate) fn peek(&mut self, most: usize, watch: &Watch) -> Result<&[u8]> {
        match &mut self.reader {
            Reader::RandomAccess(shared) => {
                // At most one byte more than there are, in which the end is seen.
                let all = usize::try_from(self.section.end).unwrap_or(usize::MAX);
                let asked = most.max(HEAD_MIN).min(all.saturating_add(1));
                self.head.resize(asked, 0);
                let got = until_done(|| shared.read_at(&mut self.head, 0))?;
                self.head.truncate(got);
                self.is_head_all = got < asked && got as u64 == self.section.end;
                Ok(&self.head[..got.min(most)])
            }
            Reader::Callback(stream) => {
                let length = usize::try_from(stream.length).unwrap_or(usize::MAX);
                stream.input.peek(most.min(length), watch)
            }
            Reader::Unsized(stream) => stream.input.peek(most, watch),
        }
    }

    /// The length of the section.
    pub(crate) fn len(&self) -> u64 {
        self.section.end - self.section.start
    }

    /// When the file was last modified, in nanoseconds since 1970 UTC; `None` if
    /// it is not a file.
    pub(crate) fn modified(&self) -> Option<u64> {
        let Reader::RandomAccess(RandomAccess::File(file)) = &self.reader else {
            return None;
        };
        let since_1970 = file.stamp.modified?.duration_since(SystemTime::UNIX_EPOCH);
        u64::try_from(since_1970.ok()?.as_nanos()).ok()
    }

    /// The source for other threads, if they can have it: callbacks run on the
    /// calling thread only.
    pub(crate) fn shared(&self) -> Option<RandomAccess<'a>> {
        match &self.reader {
            Reader::RandomAccess(shared) => Some(shared.clone()),
            Reader::Unsized(stream) => stream.spool.clone().map(RandomAccess::Spool),
            Reader::Callback(_) => None,
        }
    }

    /// From now on this section is read, from its first byte. The caller knows
    /// that it lies within the source.
    pub(crate) fn select(&mut self, section: Range<u64>, on: &Watch) -> Result<()> {
        self.section = section;
        self.digest = None;
        self.restart(on)
    }

    /// The digests of the section are wanted.
    pub(crate) fn digest(&mut self, digest: SectionDigest) {
        self.digest = Some(digest);
    }

    /// The digests of the section, if they were wanted and all of it was read.
    pub(crate) fn take_digest(&mut self) -> Option<SectionDigest> {
        self.digest.take().filter(|_| self.is_over())
    }

    /// These digests of the whole source are wanted, of which nothing was read yet.
    pub(crate) fn digest_whole(&mut self, digests: FileDigests) {
        let length = self.len();
        self.whole = Some(Whole { digests, length });
    }

    /// Reads what the digests of the whole source have not seen: what other threads
    /// have sent, or an earlier call.
    pub(crate) fn finish_whole(&mut self, on: &Watch) -> Result<()> {
        let Some(Whole { digests, length }) = &self.whole else {
            return Ok(());
        };
        let (taken, length) = (digests.taken(), *length);
        if !digests.are_wanted() || taken == length {
            return Ok(());
        }
        self.select(taken..length, on)?;
        self.read_rest(on, |_| {})
    }

    /// Reads a section into a digest.
    pub(crate) fn hash(
        &mut self,
        section: Range<u64>,
        digest: &mut dyn Update,
        on: &Watch,
    ) -> Result<()> {
        self.select(section, on)?;
        self.read_rest(on, |bytes| digest.update(bytes))
    }

    /// Reads the rest of the section for nothing but digests: those that go along with reading, and what `take` does.
    fn read_rest(&mut self, on: &Watch, mut take: impl FnMut(&[u8])) -> Result<()> {
        let rest = self.section.end - self.position;
        watch::hashing(rest);
        let length = usize::try_from(rest).unwrap_or(CHUNK);
        let mut chunk = vec![0; length.min(CHUNK)];
        while !self.is_over() {
            on.check()?;
            let read = self.read(&mut chunk)?;
            take(&chunk[..read]);
            watch::hashed(read);
        }
        Ok(())
    }

    /// The digests of the section, which is read again for them.
    pub(crate) fn digest_again(
        &mut self,
        digest: SectionDigest,
        on: &Watch,
    ) -> Result<SectionDigest> {
        self.restart(on)?;
        self.digest(digest);
        self.read_rest(on, |_| {})?;
        Ok(self.digest.take().unwrap_or_default())
    }

    /// The digests of the whole source, if they are wanted.
    pub(crate) fn whole(&mut self) -> Option<&mut FileDigests> {
        self.whole.as_mut().map(|whole| &mut whole.digests)
    }

    /// Whether the section can be sent (again) from its first byte on.
    pub(crate) fn can_restart(&self) -> bool {
        self.position == self.section.start || self.can_rewind()
    }

    /// Whether the bytes can be read twice, as a counting pass needs.
    pub(crate) fn can_rewind(&self) -> bool {
        match &self.reader {
            Reader::RandomAccess(_) | Reader::Unsized(_) => true,
            Reader::Callback(stream) => stream.input.can_rewind(),
        }
    }

    /// Whether it is a stream of which more may come than is kept.
    pub(crate) fn is_unsized(&self) -> bool {
        matches!(self.reader, Reader::Unsized(_))
    }

    /// Keeps up to `most` bytes of a stream of unknown length, those that come next;
    /// they are the section then. If the stream has ended, and they are all of it, it is
    /// one of known length from now on.
    pub(crate) fn spool(&mut self, most: u64, watch: &Watch) -> Result<()> {
        let Reader::Unsized(stream) = &mut self.reader else {
            return Ok(());
        };
        let mut spool = match stream.spool.take() {
            Some(spool) => spool,
            None => Spool::new()?,
        };
        let start = self.section.end;
        let (mut at, input, whole) = (start, &mut stream.input, &mut self.whole);
        let filled = spool.fill(start, most, watch, &mut |buffer| {
            let got = input.read(buffer)?;
            if let Some(whole) = whole {
                whole.take(at, &buffer[..got]);
            }
            at += got as u64;
            Ok(got)
        })?;
        let end = start + filled;
        self.section = start..end;
        self.position = start;
        if let Some(whole) = &mut self.whole {
            whole.length = end;
        }
        if start == 0 && filled < most {
            self.reader = Reader::RandomAccess(RandomAccess::Spool(spool));
        } else {
            stream.spool = Some(spool);
            stream.has_ended = filled < most;
        }
        Ok(())
    }

    /// Whether no more comes than what [`spool`](Self::spool) has kept last.
    pub(crate) fn has_ended(&self) -> bool {
        match &self.reader {
            Reader::Unsized(stream) => stream.has_ended,
            Reader::RandomAccess(_) | Reader::Callback(_) => true,
        }
    }

    /// Whether all `len()` bytes were given.
    pub(crate) fn is_over(&self) -> bool {
        self.position == self.section.end
    }

    /// Goes to the first byte of the section, if not there already.
    pub(crate) fn restart(&mut self, on: &Watch) -> Result<()> {
        if self.position == self.section.start {
            return Ok(());
        }
        if let Some(digest) = &mut self.digest {
            digest.restart();
        }
        match &mut self.reader {
            Reader::RandomAccess(_) | Reader::Unsized(_) => {
                self.position = self.section.start;
                Ok(())
            }
            Reader::Callback(stream) => {
                // What comes later is reached by reading on.
                if self.position > self.section.start {
                    stream.input.rewind()?;
                    self.position = 0;
                }
                self.skip_to_section(on)
            }
        }
    }

    fn skip_to_section(&mut self, on: &Watch) -> Result<()> {
        if self.position == self.section.start {
            return Ok(());
        }
        // It may be gigabytes.
        watch::hashing(self.section.start - self.position);
        let mut scratch = vec![0; CHUNK];
        while self.position < self.section.start {
            on.check()?;
            let room = scratch.len() as u64;
            let wanted = room.min(self.section.start - self.position);
            // At most the size of the scratch.
            watch::hashed(self.read_next(&mut scratch[..wanted as usize])?);
        }
        Ok(())
    }

    /// Reads the next bytes; 0 only when all `len()` bytes were given.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = self.section.end - self.position;
        if left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let capacity = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..capacity];
        let got = self.read_next(buffer)?;
        if let Some(digest) = &mut self.digest {
            digest.update(&buffer[..got]);
        }
        if self.is_over() {
            self.check_end()?;
        }
        Ok(got)
    }

    /// Reads what comes next; 0 is the end.
    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let position = self.position;
        match &mut self.reader {
            Reader::RandomAccess(_) if self.is_head_all => {
                // Its end was seen, too.
                let start = usize::try_from(position).unwrap_or(usize::MAX);
                until_done(|| self.head.get(start..).unwrap_or_default().read(buffer))
            }
            Reader::RandomAccess(shared) => until_done(|| shared.read_at(buffer, position)),
            Reader::Callback(stream) => stream.input.read(buffer),
            Reader::Unsized(stream) => match &stream.spool {
                Some(spool) => until_done(|| spool.read_at(buffer, position)),
                None => Ok(0),
            },
        }
    }

    /// Reads at least one byte into a buffer that is not empty.
    fn read_next(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let got = self.read_some(buffer)?;
        if got == 0 {
            if let Reader::RandomAccess(RandomAccess::File(file)) = &self.reader {
                file.check_unchanged()?;
            }
            return Err(Error::new(
                Status::Source,
                format!(
                    "the source ended after {} bytes, {} were announced",
                    self.position, self.section.end
                ),
            )
            .with_field("source"));
        }
        if let Some(whole) = &mut self.whole {
            whole.take(self.position, &buffer[..got]);
        }
        self.position += got as u64;
        Ok(got)
    }

    /// At the end of the section: what was read is what was announced, and behind
    /// the last byte of the source there are no more. What is cut would be stored
    /// as if it were whole.
    fn check_end(&mut self) -> Result<()> {
        let length = match &self.reader {
            Reader::RandomAccess(RandomAccess::File(file)) => file.stamp.length,
            Reader::Callback(stream) if !stream.input.has_ended => stream.length,
            Reader::RandomAccess(_) | Reader::Callback(_) | Reader::Unsized(_) => return Ok(()),
        };
        let has_more = self.position == length && self.read_some(&mut [0])? > 0;
        match &mut self.reader {
            Reader::RandomAccess(RandomAccess::File(file)) => {
                file.check_unchanged()?;
                if has_more {
                    return Err(file.longer_than_said());
                }
            }
            Reader::Callback(_) if has_more => {
                return Err(Error::new(
                    Status::Source,
                    format!(
                        "the source gives more than the {length} bytes that were announced as its \
                         length; announce all that it gives"
                    ),
                )
                .with_field("source"));
            }
            Reader::Callback(stream) => stream.input.has_ended = self.position == length,
            Reader::RandomAccess(_) | Reader::Unsized(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;

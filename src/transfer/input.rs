//! Bytes that the caller's own code produces.

use crate::error::{English, Error, Result, Status};
use crate::watch::Watch;
use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};

/// A stream that the caller produces.
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

    /// How many bytes there will be, where it can tell; asked before the first is
    /// read, unless the caller has said it.
    ///
    /// # Errors
    /// Whatever keeps it from finding out; it ends the transfer.
    fn length(&mut self) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

macro_rules! as_it_is {
    ($($whose:ty),*) => {
        $(
            impl<T: ReadCallback + ?Sized> ReadCallback for $whose {
                fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                    (**self).read(buffer)
                }

                fn can_rewind(&self) -> bool {
                    (**self).can_rewind()
                }

                fn rewind(&mut self) -> io::Result<()> {
                    (**self).rewind()
                }

                fn length(&mut self) -> io::Result<Option<u64>> {
                    (**self).length()
                }
            }
        )*
    };
}

as_it_is!(&mut T, Box<T>);

/// Adapts any `Read + Seek` to a rewindable [`ReadCallback`].
pub(super) struct Seekable<T> {
    stream: T,
    /// Where it stood.
    start: u64,
}

impl<T> Seekable<T> {
    pub(super) fn new(stream: T) -> Self {
        Self { stream, start: 0 }
    }
}

impl<T: Read + Seek> ReadCallback for Seekable<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    fn can_rewind(&self) -> bool {
        true
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.stream.seek(SeekFrom::Start(self.start)).map(drop)
    }

    fn length(&mut self) -> io::Result<Option<u64>> {
        self.start = self.stream.stream_position()?;
        let end = self.stream.seek(SeekFrom::End(0))?;
        self.rewind()?;
        Ok(Some(end.saturating_sub(self.start)))
    }
}

/// Adapts any `Read` to a [`ReadCallback`] without rewind.
pub(super) struct OneWay<T>(pub(super) T);

impl<T: Read> ReadCallback for OneWay<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// A stream of the caller's, which ends with its call also where all that it says is that it
/// was interrupted.
pub(super) struct Heeding<'a> {
    callback: Box<dyn ReadCallback + 'a>,
    watch: Watch,
}

impl<'a> Heeding<'a> {
    pub(super) fn new(callback: Box<dyn ReadCallback + 'a>, watch: Watch) -> Self {
        Self { callback, watch }
    }
}

impl ReadCallback for Heeding<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        heed(&self.watch, || self.callback.read(buffer))
    }

    fn can_rewind(&self) -> bool {
        self.callback.can_rewind()
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.callback.rewind()
    }

    fn length(&mut self) -> io::Result<Option<u64>> {
        self.callback.length()
    }
}

/// Does it until it is not interrupted, or the call is over.
pub(super) fn heed<T>(watch: &Watch, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match act() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {
                watch.check().map_err(io::Error::other)?;
            }
            done => return done,
        }
    }
}

/// A stream, of which some may have been read before its time.
pub(super) struct Input<'a> {
    callback: Box<dyn ReadCallback + 'a>,
    /// What was read before its time, and comes next.
    ahead: VecDeque<u8>,
    /// It has said so; not every stream can say it twice.
    pub(super) has_ended: bool,
}

impl<'a> Input<'a> {
    pub(super) fn new(callback: Box<dyn ReadCallback + 'a>) -> Self {
        Self {
            callback,
            ahead: VecDeque::new(),
            has_ended: false,
        }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match (self.ahead.is_empty(), self.has_ended) {
            (false, _) => until_done(|| self.ahead.read(buffer)),
            (true, true) => Ok(0),
            (true, false) => read_callback(self.callback.as_mut(), buffer),
        }
    }

    /// The first bytes, `most` of them if there are so many.
    pub(super) fn peek(&mut self, most: usize, watch: &Watch) -> Result<&[u8]> {
        let mut chunk = [0; 4 * 1024];
        while self.ahead.len() < most && !self.has_ended {
            watch.check()?;
            let missing = (most - self.ahead.len()).min(chunk.len());
            let got = read_callback(self.callback.as_mut(), &mut chunk[..missing])?;
            self.has_ended = got == 0;
            self.ahead.extend(&chunk[..got]);
        }
        Ok(self.ahead.make_contiguous())
    }

    pub(super) fn can_rewind(&self) -> bool {
        self.callback.can_rewind()
    }

    pub(super) fn rewind(&mut self) -> Result<()> {
        self.ahead.clear();
        self.has_ended = false;
        let rewound = self.callback.rewind();
        rewound.map_err(|e| source_error("the source could not be rewound", e))
    }
}

fn read_callback(callback: &mut dyn ReadCallback, buffer: &mut [u8]) -> Result<usize> {
    let got = until_done(|| callback.read(buffer))?;
    if got <= buffer.len() {
        return Ok(got);
    }
    Err(Error::new(
        Status::Source,
        format!(
            "the read callback claims {got} bytes in a buffer of {}",
            buffer.len()
        ),
    ))
}

pub(super) fn until_done(mut read: impl FnMut() -> io::Result<usize>) -> Result<usize> {
    loop {
        match read() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other.map_err(|e| source_error("the source could not be read", e)),
        }
    }
}

/// Keeps an [`Error`] that a callback passed through; describes any other.
pub(super) fn source_error(what: &str, error: io::Error) -> Error {
    error
        .downcast::<Error>()
        .map(Error::of_caller)
        .unwrap_or_else(|e| {
            Error::new(Status::Source, format!("{what}: {}", English(&e))).because(e)
        })
}

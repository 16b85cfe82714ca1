//! Where the bytes of a download go.

use crate::error::{Error, Phase, Result, Status};
use crate::random;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

/// Where to put what is downloaded: a file, memory, or a writer.
pub struct Sink<'a>(Kind<'a>);

enum Kind<'a> {
    Path(PathBuf),
    Buffer,
    Writer(Box<dyn Write + 'a>),
}

impl<'a> Sink<'a> {
    /// A file. The bytes arrive under a temporary name in the same folder; the
    /// file gets its name, replacing one that exists, when all is well.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Path(path.into()))
    }

    /// Memory; the bytes are in [`Download::data`](crate::Download::data).
    pub fn buffer() -> Self {
        Self(Kind::Buffer)
    }

    /// A writer. What it got before an error stays with it, and cannot be
    /// taken back: no second attempt is made once it got a byte. An
    /// [`Error`] wrapped by [`io::Error::other`] comes out of the call as it is.
    pub fn writer(writer: impl Write + 'a) -> Self {
        Self(Kind::Writer(Box::new(writer)))
    }

    pub(crate) fn open(self) -> Result<OpenSink<'a>> {
        let target = match self.0 {
            Kind::Path(path) => Target::File(PartFile::create(path)?),
            Kind::Buffer => Target::Buffer(Vec::new()),
            Kind::Writer(writer) => Target::Writer(writer),
        };
        Ok(OpenSink { target, written: 0 })
    }
}

/// A sink that is being written.
pub(crate) struct OpenSink<'a> {
    target: Target<'a>,
    written: u64,
}

enum Target<'a> {
    File(PartFile),
    Buffer(Vec<u8>),
    Writer(Box<dyn Write + 'a>),
}

impl OpenSink<'_> {
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn can_restart(&self) -> bool {
        self.written == 0 || !matches!(self.target, Target::Writer(_))
    }

    /// Forgets what was written.
    pub(crate) fn restart(&mut self) -> Result<()> {
        if self.written == 0 {
            return Ok(());
        }
        match &mut self.target {
            Target::File(part) => part.clear()?,
            Target::Buffer(bytes) => bytes.clear(),
            Target::Writer(_) => {
                return Err(Error::new(
                    Status::Sink,
                    "what the writer got cannot be taken back",
                ));
            }
        }
        self.written = 0;
        Ok(())
    }

    /// Makes room for a file of known size, so that a lack of memory shows early.
    pub(crate) fn reserve(&mut self, size: u64) -> Result<()> {
        if let Target::Buffer(bytes) = &mut self.target {
            let size = usize::try_from(size).map_err(|_| out_of_memory(size))?;
            bytes
                .try_reserve_exact(size)
                .map_err(|_| out_of_memory(size as u64))?;
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.target {
            Target::File(part) => part.write(bytes)?,
            Target::Buffer(buffer) => {
                buffer
                    .try_reserve(bytes.len())
                    .map_err(|_| out_of_memory(self.written + bytes.len() as u64))?;
                buffer.extend_from_slice(bytes);
            }
            Target::Writer(writer) => writer.write_all(bytes).map_err(|e| {
                e.downcast::<Error>()
                    .unwrap_or_else(|e| Error::new(Status::Sink, format!("the writer failed: {e}")))
            })?,
        }
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// All bytes are there and verified: puts the file in its place. Returns
    /// the bytes of a buffer.
    pub(crate) fn finish(self) -> Result<Option<Vec<u8>>> {
        match self.target {
            Target::File(part) => part.finish().map(|()| None),
            Target::Buffer(bytes) => Ok(Some(bytes)),
            Target::Writer(mut writer) => writer
                .flush()
                .map(|()| None)
                .map_err(|e| Error::new(Status::Sink, format!("the writer failed: {e}"))),
        }
    }
}

fn out_of_memory(size: u64) -> Error {
    Error::new(
        Status::Sink,
        format!("no memory for a file of {size} bytes; download it to a path"),
    )
}

/// A file under a temporary name, removed unless it is finished.
struct PartFile {
    target: PathBuf,
    part: PathBuf,
    file: Option<File>,
}

impl PartFile {
    fn create(target: PathBuf) -> Result<Self> {
        let fail = |reason: String| sink_error(&target, &reason);
        if target.file_name().is_none() {
            return Err(fail("the path does not end in a file name".into()));
        }
        // Also finds a name that is too long while nothing has been received.
        match std::fs::metadata(&target) {
            Ok(metadata) if metadata.is_dir() => return Err(fail("it is a folder".into())),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(fail(e.to_string())),
        }
        let part = target.with_file_name(format!(".chatfile-{}.part", random::token()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&part)
            .map_err(|e| fail(e.to_string()))?;
        Ok(Self {
            target,
            part,
            file: Some(file),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
        .map_err(|e| sink_error(&self.target, &e.to_string()))
    }

    fn clear(&mut self) -> Result<()> {
        match &mut self.file {
            Some(file) => file.set_len(0).and_then(|()| file.rewind()),
            None => Ok(()),
        }
        .map_err(|e| sink_error(&self.target, &e.to_string()))
    }

    fn finish(mut self) -> Result<()> {
        // Closed first: Windows does not rename a file that is open.
        self.file = None;
        std::fs::rename(&self.part, &self.target)
            .map_err(|e| sink_error(&self.target, &e.to_string()).with_phase(Phase::Finish))?;
        self.part = PathBuf::new();
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        self.file = None;
        if !self.part.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

fn sink_error(target: &Path, reason: &str) -> Error {
    Error::new(
        Status::Sink,
        format!("cannot write {}: {reason}", target.display()),
    )
    .with_field("sink.path")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("chatfile-sink-{}-{name}", random::token()));
        std::fs::create_dir(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_only_when_it_is_finished() {
        let folder = folder("finish");
        let mut sink = Sink::path(folder.join("a")).open().unwrap();
        sink.write(b"first attempt").unwrap();
        assert!(!names(&folder).contains(&"a".to_owned()));
        sink.restart().unwrap();
        sink.write(b"second").unwrap();
        assert_eq!(sink.finish().unwrap(), None);
        assert_eq!(names(&folder), ["a"]);
        assert_eq!(std::fs::read(folder.join("a")).unwrap(), b"second");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_unfinished_file_leaves_the_old_one_and_nothing_else() {
        let folder = folder("drop");
        std::fs::write(folder.join("a"), b"old").unwrap();
        let mut sink = Sink::path(folder.join("a")).open().unwrap();
        sink.write(b"new").unwrap();
        drop(sink);
        assert_eq!(names(&folder), ["a"]);
        assert_eq!(std::fs::read(folder.join("a")).unwrap(), b"old");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn unusable_targets_are_found_before_anything_is_received() {
        let folder = folder("unusable");
        for target in [
            folder.clone(),
            folder.join("missing/a"),
            folder.join("x".repeat(300)),
            PathBuf::from("/"),
            PathBuf::from(".."),
        ] {
            let error = Sink::path(&target).open().err().unwrap();
            assert_eq!(error.status(), Status::Sink, "{}", target.display());
            assert_eq!(error.field(), Some("sink.path"));
        }
        assert!(names(&folder).is_empty());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_writer_cannot_be_restarted_once_it_got_bytes() {
        let mut out = Vec::new();
        let mut sink = Sink::writer(&mut out).open().unwrap();
        assert!(sink.can_restart());
        sink.write(b"x").unwrap();
        assert!(!sink.can_restart());
        assert!(sink.restart().is_err());
    }

    #[test]
    fn a_buffer_that_cannot_be_had_is_an_error() {
        let mut sink = Sink::buffer().open().unwrap();
        assert_eq!(sink.reserve(u64::MAX).unwrap_err().status(), Status::Sink);
    }
}

//! What comes of unknown length is kept in a file that nobody else can open, until it
//! is sent.

use super::CHUNK;
use super::disk::read_at;
use crate::error::{English, Error, Result, Status};
use crate::watch::Watch;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;

/// Some bytes of a stream, those from `start` on.
#[derive(Clone)]
pub(crate) struct Spool {
    file: Arc<File>,
    start: u64,
}

impl Spool {
    /// One that holds nothing yet, in the system's folder for temporary files.
    pub(super) fn new() -> Result<Self> {
        let folder = std::env::temp_dir();
        let file = nameless(&folder).map_err(|e| {
            let text = format!(
                "what comes of unknown length is kept in {} until it is sent, and no file can be \
                 made there: {}; say the length, or set TMPDIR (TMP on Windows)",
                folder.display(),
                English(&e)
            );
            Error::new(Status::Source, text)
                .with_field("source")
                .because(e)
        })?;
        Ok(Self {
            file: Arc::new(file),
            start: 0,
        })
    }

    pub(super) fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        read_at(&self.file, buffer, position - self.start)
    }

    /// In place of what it holds, takes up to `most` bytes of a stream that come from
    /// `start` on; says how many it has got. Fewer are all there are.
    pub(super) fn fill(
        &mut self,
        start: u64,
        most: u64,
        watch: &Watch,
        read: &mut dyn FnMut(&mut [u8]) -> Result<usize>,
    ) -> Result<u64> {
        self.start = start;
        let mut file = &*self.file;
        file.set_len(0).and_then(|()| file.rewind()).map_err(full)?;
        let mut chunk = vec![0; CHUNK];
        let mut filled = 0;
        while filled < most {
            watch.check()?;
            let room = chunk
                .len()
                .min(usize::try_from(most - filled).unwrap_or(CHUNK));
            match read(&mut chunk[..room])? {
                0 => break,
                got => {
                    file.write_all(&chunk[..got]).map_err(full)?;
                    filled += got as u64;
                }
            }
        }
        Ok(filled)
    }
}

fn full(error: io::Error) -> Error {
    let text = format!(
        "what comes of unknown length cannot be kept until it is sent: {}; say the length, or \
         set TMPDIR (TMP on Windows) to a folder with more room",
        English(&error)
    );
    Error::new(Status::Source, text)
        .with_field("source")
        .because(error)
}

/// Makes a file that never has a name, where the system can do that.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> io::Result<File> {
    use nix::libc::{EINVAL, EISDIR, ENOENT, EOPNOTSUPP, O_EXCL, O_TMPFILE};
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    // With O_EXCL it gets none later, either (open(2)).
    match options.custom_flags(O_TMPFILE | O_EXCL).open(folder) {
        // The file system cannot do it, or the kernel (open(2)).
        Err(e)
            if matches!(
                e.raw_os_error(),
                Some(EOPNOTSUPP | EISDIR | EINVAL | ENOENT)
            ) =>
        {
            unlinked(folder)
        }
        other => other,
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn nameless(folder: &Path) -> io::Result<File> {
    unlinked(folder)
}

/// Makes a file for this user alone, and takes its name away at once.
#[cfg(unix)]
fn unlinked(folder: &Path) -> io::Result<File> {
    let path = folder.join(format!(".chatfile-{}.spool", crate::random::token()));
    let file = super::disk::create(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// Makes a file that nobody else can open, and that is gone when it is closed, however
/// the process ends.
#[cfg(windows)]
fn nameless(folder: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    /// CreateFileW.
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const FILE_ATTRIBUTE_TEMPORARY: u32 = 0x100;
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .share_mode(0)
        .custom_flags(FILE_FLAG_DELETE_ON_CLOSE)
        .attributes(FILE_ATTRIBUTE_TEMPORARY)
        .open(folder.join(format!(".chatfile-{}.spool", crate::random::token())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::transfer::source::Source;

    #[test]
    fn a_spool_leaves_no_name_and_holds_what_came_last() {
        let folder = std::env::temp_dir().join(format!("chatfile-spool-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let make: [fn(&Path) -> io::Result<File>; _] = [
            nameless,
            #[cfg(unix)]
            unlinked,
        ];
        for make in make {
            let file = make(&folder).unwrap();
            if cfg!(unix) {
                assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
            }
            let mut spool = Spool {
                file: Arc::new(file),
                start: 0,
            };
            let watch = crate::watch::tests::watch(None);
            let mut given = 0..;
            let mut read = |buffer: &mut [u8]| {
                let count = buffer.len().min(3);
                buffer[..count].fill_with(|| given.next().unwrap());
                Ok(count)
            };
            assert_eq!(spool.fill(0, 4, &watch, &mut read).unwrap(), 4);
            assert_eq!(spool.fill(4, 2, &watch, &mut read).unwrap(), 2);
            let mut buffer = [0u8; 9];
            assert_eq!(spool.read_at(&mut buffer, 5).unwrap(), 1);
            assert_eq!(buffer[0], 5);
            assert_eq!(spool.fill(6, 9, &watch, &mut |_| Ok(0)).unwrap(), 0);
            assert_eq!(spool.read_at(&mut buffer, 6).unwrap(), 0);
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        std::fs::remove_dir(folder).unwrap();
    }

    #[test]
    fn a_stream_of_unknown_length_comes_in_pieces_or_whole() {
        let bytes: Vec<u8> = (0..1000u16).map(|i| i as u8).collect();
        let watch = crate::watch::tests::watch(None);
        let mut source = Source::stream(&bytes[..]).open().unwrap();
        let mut digests = crate::digest::FileDigests::default();
        digests.want_crc64();
        source.digest_whole(digests);
        let mut all = Vec::new();
        for (most, expected) in [(400, 400), (400, 400), (400, 200), (400, 0)] {
            assert!(source.is_unsized());
            source.spool(most, &watch).unwrap();
            assert_eq!(source.len(), expected);
            // Twice, as a part that is sent again.
            for _ in 0..2 {
                let at = all.len();
                source.restart(&watch).unwrap();
                let mut piece = vec![0; 1000];
                let mut got = 0;
                while !source.is_over() {
                    got += source.read(&mut piece[got..]).unwrap();
                }
                assert_eq!(piece[..got], bytes[at..at + got]);
            }
            all.extend_from_slice(&bytes[all.len()..][..expected as usize]);
        }
        source.finish_whole(&watch).unwrap();
        assert_eq!(source.whole().unwrap().taken(), 1000);
        // What has ended within the first piece is of known length.
        for length in [0, 999] {
            let mut source = Source::stream(&bytes[..length]).open().unwrap();
            source.spool(1000, &watch).unwrap();
            assert!(!source.is_unsized() && source.can_rewind());
            assert_eq!(source.len(), length as u64);
        }
    }
}

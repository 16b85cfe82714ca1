//! Digests of whole files.

use super::CHUNK;
use super::source::Source;
use crate::digest::Update;
use crate::error::{Error, Result};
use crate::watch::CancelHandle;
use std::path::PathBuf;

/// Gives a whole regular file to a digest, or to two as a pair. To show how far
/// it is, read the file yourself and call [`Update::update`].
///
/// ```no_run
/// use chatfile::{Crc64, SmhHasher, update_from_file};
///
/// # fn main() -> chatfile::Result<()> {
/// let mut digests = (SmhHasher::new(), Crc64::new());
/// update_from_file(&mut digests, "cat.jpg", None)?;
/// println!("{} {}", digests.0.hashes().full, digests.1.value());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Status::Source`] if it cannot be read or is no regular file,
/// [`Status::SourceChanged`] if it changed meanwhile, [`Status::Cancelled`]. The
/// digest may then have taken some of its bytes.
///
/// [`Status::Source`]: crate::Status::Source
/// [`Status::SourceChanged`]: crate::Status::SourceChanged
/// [`Status::Cancelled`]: crate::Status::Cancelled
pub fn update_from_file(
    digest: &mut impl Update,
    path: impl Into<PathBuf>,
    cancel: Option<&CancelHandle>,
) -> Result<()> {
    let fail = |e: Error| e.with_field("path");
    let mut file = Source::path(path).open().map_err(fail)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        if let Some(cancel) = cancel {
            cancel.ask();
            cancel.check()?;
        }
        match file.read(&mut chunk).map_err(fail)? {
            0 => return Ok(()),
            read => digest.update(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::digest::Crc64;
    use crate::error::Status;

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for path in ["/no/such/file".into(), std::env::temp_dir()] {
            let error = update_from_file(&mut Crc64::new(), path, None).unwrap_err();
            assert_eq!(error.status(), Status::Source);
            assert_eq!(error.field(), Some("path"));
        }
    }

    /// Fires the handle once it has taken a chunk.
    struct Firing(CancelHandle, usize);

    impl Update for Firing {
        fn update(&mut self, bytes: &[u8]) {
            self.0.cancel();
            self.1 += bytes.len();
        }
    }

    #[test]
    fn cancelling_stops_it_between_two_chunks() {
        let name = format!("chatfile-digest-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, vec![1; 3 * CHUNK]).unwrap();
        let cancel = CancelHandle::new();
        let mut digest = Firing(cancel.clone(), 0);
        let error = update_from_file(&mut digest, &path, Some(&cancel)).unwrap_err();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(error.status(), Status::Cancelled);
        assert_eq!(digest.1, CHUNK);
    }
}

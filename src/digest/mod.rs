//! Checksums that the services ask for, over texts, streams and files.

mod crc64;
mod openim;
mod section;
mod smh;

pub use crc64::{Crc64, crc64_combine};
pub use openim::OpenimHasher;
pub(crate) use section::SectionDigest;
pub use smh::{SmhHasher, SmhHashes};

use crate::error::{Error, Result, Status};
use sha1::{Digest as _, Sha1};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The `CheckSum` of NetEase IM: SHA-1 over secret, nonce and time in this
/// order, as 40 lower-case hex digits (services/netease.md §1.1).
pub fn netease_checksum(app_secret: &str, nonce: &str, cur_time: &str) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(app_secret);
    sha1.update(nonce);
    sha1.update(cur_time);
    hex(&sha1.finalize())
}

/// Something that takes the bytes of a file one after the other.
pub trait Update {
    /// Takes the next bytes.
    fn update(&mut self, bytes: &[u8]);
}

/// Gives a whole file to a digest.
///
/// # Errors
/// [`Status::Source`] if it cannot be read.
pub fn update_from_file(digest: &mut impl Update, path: impl AsRef<Path>) -> Result<()> {
    /// Large enough that reading costs little, small enough for the cache.
    const CHUNK: usize = 128 * 1024;
    let path = path.as_ref();
    let fail = |e: std::io::Error| {
        Error::new(
            Status::Source,
            format!("cannot read {}: {e}", path.display()),
        )
        .with_field("path")
    };
    let mut file = File::open(path).map_err(fail)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => digest.update(&chunk[..read]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(fail(e)),
        }
    }
}

/// The SHA-1 of a text: a name for it that does not tell it.
pub(crate) fn sha1_hex(text: &str) -> String {
    hex(&Sha1::digest(text))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// The bytes of the vectors in services/smh.md §1.4.
    pub(super) fn sample(length: usize) -> Vec<u8> {
        (0..length)
            .map(|i| (31 * i + 7 * (i >> 8) + 11) as u8)
            .collect()
    }

    #[test]
    fn checksum_is_the_sha1_of_the_concatenation() {
        // printf 'abc' | sha1sum, split in every way over the three values.
        let abc = "a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(netease_checksum("a", "b", "c"), abc);
        assert_eq!(netease_checksum("abc", "", ""), abc);
        assert_eq!(netease_checksum("", "ab", "c"), abc);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        let error = update_from_file(&mut Crc64::new(), "/no/such/file").unwrap_err();
        assert_eq!(error.status(), Status::Source);
    }
}

//! Checksums that the services ask for, over texts and streams;
//! `transfer/digest_file.rs` reads files for them.

mod crc64;
mod file;
mod openim;
mod section;
mod smh;

pub use crc64::{Crc64, crc64_combine};
pub(crate) use file::FileDigests;
pub use openim::OpenimHasher;
pub(crate) use section::SectionDigest;
pub(crate) use smh::PIECE as SMH_PIECE;
pub use smh::{SmhHasher, SmhHashes};

use sha1::{Digest as _, Sha1};

/// The `CheckSum` of NetEase IM: SHA-1 over secret, nonce and time in this
/// order, as 40 lower-case hex digits (netease.md §1.1).
pub fn netease_checksum(app_secret: &str, nonce: &str, cur_time: &str) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(app_secret);
    sha1.update(nonce);
    sha1.update(cur_time);
    hex(&sha1.finalize())
}

/// Something that takes the bytes of a file one after the other: a digest, or
/// two of them as a pair. [`update_from_file`](crate::update_from_file) gives it
/// those of a file.
pub trait Update {
    /// Takes the next bytes.
    fn update(&mut self, bytes: &[u8]);
}

/// Two digests of the same bytes, which are then read only once.
impl<A: Update, B: Update> Update for (A, B) {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
        self.1.update(bytes);
    }
}

/// The SHA-1 of a text: a name for it that does not tell it.
pub(crate) fn sha1_hex(text: &str) -> String {
    hex(&Sha1::digest(text))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS[usize::from(nibble)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of the vectors in smh.md §1.4.
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
    fn two_digests_at_once_are_those_of_each() {
        let mut both = (Crc64::new(), SmhHasher::new());
        both.update(b"12345");
        both.update(b"6789");
        assert_eq!(both.0.value(), 0x995D_C9BB_DF19_39FA);
        // printf 123456789 | sha256sum
        let expected = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
        assert_eq!(both.1.hashes().full, expected);
    }
}

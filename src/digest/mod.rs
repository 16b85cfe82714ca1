//! Checksums that the services ask for.

use sha1::{Digest, Sha1};

/// The `CheckSum` of NetEase IM: SHA-1 over secret, nonce and time in this
/// order, as 40 lower-case hex digits (services/netease.md §1.1).
pub fn netease_checksum(app_secret: &str, nonce: &str, cur_time: &str) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(app_secret);
    sha1.update(nonce);
    sha1.update(cur_time);
    hex(&sha1.finalize())
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
    use super::*;

    #[test]
    fn checksum_is_the_sha1_of_the_concatenation() {
        // printf 'abc' | sha1sum, split in every way over the three values.
        let abc = "a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(netease_checksum("a", "b", "c"), abc);
        assert_eq!(netease_checksum("abc", "", ""), abc);
        assert_eq!(netease_checksum("", "ab", "c"), abc);
    }
}

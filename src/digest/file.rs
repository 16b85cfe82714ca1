//! The digests that messages know a file by.

use super::{Crc64, Update, hex};
use md5::{Digest as _, Md5};
use sha2::Sha256;

/// The digests of a file whose bytes come one after the other; those that are wanted.
#[derive(Default)]
pub(crate) struct FileDigests {
    md5: Option<Md5>,
    sha256: Option<Sha256>,
    crc64: Option<Crc64>,
    /// The CRC-64, if it is known without the bytes.
    known_crc64: Option<u64>,
    /// Bytes that are in them.
    taken: u64,
}

impl FileDigests {
    pub(crate) fn want_md5(&mut self) {
        self.md5.get_or_insert_default();
    }

    pub(crate) fn want_sha256(&mut self) {
        self.sha256.get_or_insert_default();
    }

    pub(crate) fn want_crc64(&mut self) {
        self.crc64.get_or_insert_default();
    }

    /// The CRC-64 of all bytes has been found out, from those of the parts.
    pub(crate) fn know_crc64(&mut self, crc64: u64) {
        if self.crc64.take().is_some() {
            self.known_crc64 = Some(crc64);
        }
    }

    /// Whether any is wanted that has to see the bytes.
    pub(crate) fn are_wanted(&self) -> bool {
        self.md5.is_some() || self.sha256.is_some() || self.crc64.is_some()
    }

    /// Bytes that are in them.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Those of no bytes again.
    pub(crate) fn restart(&mut self) {
        self.md5 = self.md5.take().map(|_| Md5::default());
        self.sha256 = self.sha256.take().map(|_| Sha256::default());
        self.crc64 = self.crc64.take().map(|_| Crc64::new());
        self.taken = 0;
    }

    /// In lower-case hex.
    pub(crate) fn md5(&self) -> Option<String> {
        self.md5.as_ref().map(|md5| hex(&md5.clone().finalize()))
    }

    /// In lower-case hex.
    pub(crate) fn sha256(&self) -> Option<String> {
        let sha256 = self.sha256.as_ref();
        sha256.map(|sha256| hex(&sha256.clone().finalize()))
    }

    pub(crate) fn crc64(&self) -> Option<u64> {
        self.crc64.as_ref().map(Crc64::value).or(self.known_crc64)
    }
}

impl Update for FileDigests {
    fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        if let Some(crc64) = &mut self.crc64 {
            crc64.update(bytes);
        }
        self.taken += bytes.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_wanted_are_those_of_the_bytes() {
        let mut digests = FileDigests::default();
        digests.update(b"1");
        assert!(!digests.are_wanted());
        assert_eq!((digests.md5(), digests.sha256()), (None, None));
        digests.want_md5();
        digests.want_sha256();
        digests.want_crc64();
        digests.restart();
        digests.update(b"12345");
        digests.update(b"6789");
        assert_eq!(digests.taken(), 9);
        // printf 123456789 | md5sum; printf 123456789 | sha256sum
        assert_eq!(
            digests.md5().as_deref(),
            Some("25f9e794323b453885f5181f1b624d0b")
        );
        assert_eq!(
            digests.sha256().as_deref(),
            Some("15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225")
        );
        assert_eq!(digests.crc64(), Some(0x995D_C9BB_DF19_39FA));
        digests.know_crc64(1);
        assert_eq!(digests.crc64(), Some(1));
        // Nobody has asked for it.
        let mut none = FileDigests::default();
        none.know_crc64(1);
        assert_eq!(none.crc64(), None);
    }
}

//! What is known of a section of a file that was sent as a part.

use super::{Crc64, Update, hex};
use md5::{Digest as _, Md5};

/// The MD5 that storages answer as the ETag of a part, and the CRC-64 that is
/// combined to that of the file.
#[derive(Clone, Default)]
pub(crate) struct SectionDigest {
    md5: Md5,
    crc64: Crc64,
}

impl SectionDigest {
    /// In lower-case hex.
    pub(crate) fn md5(&self) -> String {
        hex(&self.md5.clone().finalize())
    }

    pub(crate) fn crc64(&self) -> u64 {
        self.crc64.value()
    }
}

impl Update for SectionDigest {
    fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.crc64.update(bytes);
    }
}

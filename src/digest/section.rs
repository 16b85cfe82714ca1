//! What is known of a section of a file that was sent as a part.

use super::{Crc64, Update, hex};
use md5::{Digest as _, Md5};

/// The CRC-64 that is combined to that of the file, and that some storages answer; and,
/// if it is wanted, the MD5 that others answer as the ETag of a part. It costs ten times
/// as much.
#[derive(Clone, Default)]
pub(crate) struct SectionDigest {
    md5: Option<Md5>,
    crc64: Crc64,
}

impl SectionDigest {
    pub(crate) fn with_md5() -> Self {
        Self {
            md5: Some(Md5::new()),
            crc64: Crc64::new(),
        }
    }

    /// The same of no bytes again.
    pub(crate) fn restart(&mut self) {
        *self = match self.md5 {
            Some(_) => Self::with_md5(),
            None => Self::default(),
        };
    }

    /// In lower-case hex.
    pub(crate) fn md5(&self) -> Option<String> {
        let md5 = self.md5.as_ref();
        md5.map(|md5| hex(&md5.clone().finalize()))
    }

    pub(crate) fn crc64(&self) -> u64 {
        self.crc64.value()
    }
}

impl Update for SectionDigest {
    fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        self.crc64.update(bytes);
    }
}

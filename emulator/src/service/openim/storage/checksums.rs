//! The checksums that come with a body, in the fields that S3 has for them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderName;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::super::Context;
use super::error::{Error, Failure};

/// The fields, which go back as they came.
pub(super) static NAMES: [HeaderName; 5] = [
    HeaderName::from_static("x-amz-checksum-crc32"),
    HeaderName::from_static("x-amz-checksum-crc32c"),
    HeaderName::from_static("x-amz-checksum-crc64nvme"),
    HeaderName::from_static("x-amz-checksum-sha1"),
    HeaderName::from_static("x-amz-checksum-sha256"),
];

/// Of each field.
enum Sum {
    Crc32(crc32fast::Hasher),
    Crc32C(Crc),
    Crc64Nvme(Crc),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Sum {
    /// By the place of the field's name, with how many bytes it has.
    fn all() -> [(Self, usize); 5] {
        [
            (Self::Crc32(crc32fast::Hasher::new()), 4),
            (Self::Crc32C(Crc::new(&CRC32C)), 4),
            (Self::Crc64Nvme(Crc::new(&CRC64_NVME)), 8),
            (Self::Sha1(Sha1::new()), 20),
            (Self::Sha256(Sha256::new()), 32),
        ]
    }

    fn update(&mut self, chunk: &[u8]) {
        match self {
            Self::Crc32(sum) => sum.update(chunk),
            Self::Crc32C(sum) | Self::Crc64Nvme(sum) => sum.update(chunk),
            Self::Sha1(sum) => sum.update(chunk),
            Self::Sha256(sum) => sum.update(chunk),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Crc32(sum) => sum.finalize().to_be_bytes().to_vec(),
            Self::Crc32C(sum) => sum.value().to_be_bytes()[4..].to_vec(),
            Self::Crc64Nvme(sum) => sum.value().to_be_bytes().to_vec(),
            Self::Sha1(sum) => sum.finalize().to_vec(),
            Self::Sha256(sum) => sum.finalize().to_vec(),
        }
    }
}

/// Those that a request states, and what the body has so far.
pub(super) struct Checksums(Vec<(Vec<u8>, Sum)>);

impl Checksums {
    pub(super) fn read(context: &Context<'_>) -> Result<Self, Failure> {
        let stated = NAMES
            .iter()
            .zip(Sum::all())
            .filter_map(|(name, (sum, length))| {
                let text = context.head.header(name.as_str())?;
                let value = STANDARD.decode(text).ok();
                let value = value.filter(|value| value.len() == length);
                let value = value.ok_or(Failure::from(Error::ODD_CHECKSUM));
                Some(value.map(|value| (value, sum)))
            });
        Ok(Self(stated.collect::<Result<_, _>>()?))
    }

    pub(super) fn update(&mut self, chunk: &[u8]) {
        for (_, sum) in &mut self.0 {
            sum.update(chunk);
        }
    }

    pub(super) fn compare(self) -> Result<(), Failure> {
        let mut sums = self.0.into_iter();
        let are_right = sums.all(|(stated, sum)| stated == sum.bytes());
        are_right.then_some(()).ok_or(Error::BAD_CHECKSUM.into())
    }
}

/// What each byte does to a CRC whose lowest bit comes first, by its polynomial.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (if value & 1 == 1 { polynomial } else { 0 });
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// A kind of CRC: its table, and all bits of its value.
struct Kind {
    table: [u64; 256],
    ones: u64,
}

static CRC32C: Kind = Kind {
    table: table(0x82F6_3B78),
    ones: 0xFFFF_FFFF,
};
static CRC64_NVME: Kind = Kind {
    table: table(0x9A6C_9329_AC4B_C9B5),
    ones: u64::MAX,
};

/// Those that no crate here has.
struct Crc {
    kind: &'static Kind,
    value: u64,
}

impl Crc {
    fn new(kind: &'static Kind) -> Self {
        let value = kind.ones;
        Self { kind, value }
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let at = (self.value as u8 ^ byte) as usize;
            self.value = (self.value >> 8) ^ self.kind.table[at];
        }
    }

    fn value(&self) -> u64 {
        self.value ^ self.kind.ones
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of CRCs.
    #[test]
    fn crcs() {
        for (kind, expected) in [(&CRC32C, 0xE306_9283), (&CRC64_NVME, 0xAE8B_1486_0A79_9888)] {
            let mut crc = Crc::new(kind);
            crc.update(b"1234");
            crc.update(b"56789");
            assert_eq!(crc.value(), expected);
        }
    }
}

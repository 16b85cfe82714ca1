//! The chained hash by which Tencent SMH knows a file it already has (smh.md
//! §1.4).

use super::{Update, hex};
use sha2::{Digest as _, Sha256};

/// The hash is chained after every piece of this size.
pub(crate) const PIECE: usize = 1024 * 1024;

/// The two hashes of a file, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmhHashes {
    /// SHA-256 of the first MiB, or of the whole file if it is shorter.
    pub beginning: String,
    /// The chained hash of the whole file: that of each further MiB begins with
    /// the 32 bytes of the one before.
    pub full: String,
}

/// The hashes of bytes that come one after the other.
#[derive(Debug, Clone, Default)]
pub struct SmhHasher {
    current: Sha256,
    /// Bytes of the file in the current piece.
    filled: usize,
    /// The hash of the pieces that are over.
    chained: Option<[u8; 32]>,
    beginning: Option<[u8; 32]>,
}

impl SmhHasher {
    /// The hashes of no bytes, so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends a full piece and begins the next with its hash.
    fn chain(&mut self) {
        let hash: [u8; 32] = self.current.finalize_reset().into();
        self.beginning.get_or_insert(hash);
        self.chained = Some(hash);
        self.filled = 0;
    }

    /// The hash of the first MiB, once there are that many bytes.
    pub fn beginning(&self) -> Option<String> {
        self.beginning.map(|hash| hex(&hash))
    }

    /// The hashes of the bytes so far.
    pub fn hashes(&self) -> SmhHashes {
        let full = match self.chained {
            // Nothing follows the last full piece.
            Some(hash) if self.filled == 0 => hash,
            _ => self.current.clone().finalize().into(),
        };
        SmhHashes {
            beginning: hex(&self.beginning.unwrap_or(full)),
            full: hex(&full),
        }
    }
}

impl Update for SmhHasher {
    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if let Some(hash) = self.chained
                && self.filled == 0
            {
                self.current.update(hash);
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.filled));
            self.current.update(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == PIECE {
                self.chain();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn the_vectors_of_the_service() {
        const BEGIN: &str = "503b5e5ad1710ffa17440d82a923184b90590e1e03f03947b5ed7b31bbb53243";
        for (length, beginning, full) in [
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                None,
            ),
            (
                9,
                "f31f20ae218992b2f583da7d38b337c40d9641cd1015d0cb40de5b298ce11a6b",
                None,
            ),
            (
                1_048_575,
                "b32f60d33274d23dfe7725f6a04599cdc2e403c372c3286fd16b77fa5afd6cd4",
                None,
            ),
            (1_048_576, BEGIN, None),
            (
                1_048_577,
                BEGIN,
                Some("5904bf0be31cc1abbf936988c0d6a79b528c8bf0936cfc32c5e3b1b1c8aa7efe"),
            ),
            (
                2_097_152,
                BEGIN,
                Some("d5a0564308531f950527af6f28143a83d32d4b15390ba2a3adf18800623c5fbb"),
            ),
            (
                2_109_497,
                BEGIN,
                Some("087ffd5a1bbeda8643df8bbc48f1642ae57f247149b9cd7e020175083e6f5160"),
            ),
            (
                3_145_728,
                BEGIN,
                Some("4290aa1846c8d78ad59390dc8ef3cac5003c7dec759f0b03d624c6f41a772c7a"),
            ),
        ] {
            let bytes = sample(length);
            for step in [bytes.len().max(1), 1000, 1_048_576, 700_001] {
                let mut hasher = SmhHasher::new();
                bytes.chunks(step).for_each(|chunk| hasher.update(chunk));
                let hashes = hasher.hashes();
                assert_eq!(hashes.beginning, beginning, "{length} by {step}");
                assert_eq!(hashes.full, full.unwrap_or(beginning), "{length} by {step}");
                assert_eq!(hasher.beginning().is_some(), length >= 1_048_576);
            }
        }
    }
}

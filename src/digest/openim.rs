//! The hash of part hashes by which OpenIM knows a file (openim.md §2.5).

use super::{Update, hex};
use md5::{Digest as _, Md5};

/// The part hashes of bytes that come one after the other. It takes 16 bytes of
/// memory for each part.
#[derive(Debug, Clone)]
pub struct OpenimHasher {
    part_size: u64,
    current: Md5,
    filled: u64,
    /// The hashes of the parts that are over.
    parts: Vec<[u8; 16]>,
}

impl OpenimHasher {
    /// For parts of `part_size` bytes, as the server's `part_size` says; 0 makes
    /// one part of everything.
    pub fn new(part_size: u64) -> Self {
        Self {
            part_size: if part_size == 0 { u64::MAX } else { part_size },
            current: Md5::new(),
            filled: 0,
            parts: Vec::new(),
        }
    }

    /// How many parts there are so far. A file of no bytes is one part.
    pub fn part_count(&self) -> usize {
        self.parts.len() + usize::from(self.filled > 0 || self.parts.is_empty())
    }

    /// The MD5 of one part, counted from 0, in lower-case hex.
    pub fn part(&self, index: usize) -> Option<String> {
        if index >= self.part_count() {
            return None;
        }
        Some(match self.parts.get(index) {
            Some(hash) => hex(hash),
            None => hex(&self.current.clone().finalize()),
        })
    }

    /// The MD5 of each part, in lower-case hex.
    pub fn parts(&self) -> Vec<String> {
        let parts = 0..self.part_count();
        parts.filter_map(|index| self.part(index)).collect()
    }

    /// The hash of the file: the MD5 of its part hashes, joined by commas, also
    /// if there is only one.
    pub fn hash(&self) -> String {
        Self::hash_of(&self.parts())
    }

    /// The hash of a file of these part hashes.
    pub fn hash_of(parts: &[String]) -> String {
        hex(&Md5::digest(parts.join(",")))
    }
}

impl Update for OpenimHasher {
    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(self.part_size - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.current.update(now);
            self.filled += now.len() as u64;
            bytes = later;
            if self.filled == self.part_size {
                self.parts.push(self.current.finalize_reset().into());
                self.filled = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(part_size: u64, bytes: &[u8], step: usize) -> OpenimHasher {
        let mut hasher = OpenimHasher::new(part_size);
        bytes.chunks(step).for_each(|chunk| hasher.update(chunk));
        hasher
    }

    #[test]
    fn parts_and_the_hash_of_their_hashes() {
        // printf ab | md5sum; printf c | md5sum; then of both with a comma.
        let ab = "187ef4436122d1cc2f40dc2b92f0eba0";
        let c = "4a8a08f09d37b73795649038408b5f33";
        for step in [1, 2, 3] {
            let both = hasher(2, b"abc", step);
            assert_eq!(both.parts(), [ab, c]);
            assert_eq!(both.part(2), None);
            assert_eq!(both.hash(), "7e68dfd141c98ed26fbeecd5ce4ff733");
        }
        let one = hasher(2, b"ab", 2);
        assert_eq!(one.parts(), [ab]);
        assert_eq!(one.hash(), "a93ef3a7b083e2d631f6f4d1c9053549");
        assert_eq!(hasher(0, b"abc", 1).parts().len(), 1);
        assert_eq!(
            hasher(5, b"", 1).parts(),
            ["d41d8cd98f00b204e9800998ecf8427e"]
        );
    }
}

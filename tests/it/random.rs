//! Numbers and bytes that a seed repeats.

/// A prime: parts do not end where it does.
const BLOCK: usize = 65_521;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Bytes of which no two sections of a block's length are the same. The block is repeated, for these tests are not
    /// optimised, but each time with another number at its front.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut block = [0; BLOCK];
        for word in block.chunks_mut(8) {
            word.copy_from_slice(&self.next().to_le_bytes()[..word.len()]);
        }
        let mut bytes = Vec::with_capacity(length.next_multiple_of(BLOCK));
        while bytes.len() < length {
            block[..8].copy_from_slice(&self.next().to_le_bytes());
            bytes.extend_from_slice(&block);
        }
        bytes.truncate(length);
        bytes
    }
}

/// What a file holds where it does not matter what: each time the same.
pub fn pattern(length: usize) -> Vec<u8> {
    Random::new(1).bytes(length)
}

//! Numbers that a seed repeats.

use std::time::SystemTime;

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

    /// Bytes of which no two sections are the same.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// `CHATFILE_KILL_SEED`, or another one each time.
pub fn seed() -> u64 {
    if let Ok(text) = std::env::var("CHATFILE_KILL_SEED") {
        return text
            .trim()
            .parse()
            .expect("CHATFILE_KILL_SEED is a decimal number");
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // The low bits are those that change.
    Random::new(now.unwrap().as_nanos() as u64).next() >> 32
}

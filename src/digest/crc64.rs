//! CRC-64/XZ, which Tencent calls CRC64-ECMA182 (smh.md §1.12).

use super::Update;
use crc64fast::Digest;
use std::fmt;

/// The generator polynomial, reflected.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

/// A CRC-64/XZ of bytes that come one after the other.
#[derive(Clone)]
pub struct Crc64(Digest);

impl fmt::Debug for Crc64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Crc64").field(&self.value()).finish()
    }
}

impl Crc64 {
    /// The checksum of no bytes, so far.
    pub fn new() -> Self {
        // Of crc64fast's code for x86, that for 32 bit does not compile (see Cargo.toml);
        // its table makes 2 GB/s there.
        Self(if cfg!(target_arch = "x86") {
            Digest::new_table()
        } else {
            Digest::new()
        })
    }

    /// The checksum of the bytes so far, 0 for none; services write it as a
    /// decimal number.
    pub fn value(&self) -> u64 {
        self.0.sum64()
    }
}

impl Default for Crc64 {
    fn default() -> Self {
        Self::new()
    }
}

impl Update for Crc64 {
    fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

/// The checksum of two pieces one after the other, from the checksums of both
/// and the length of the second: parts that were sent side by side have the
/// checksum of the whole.
pub fn crc64_combine(first: u64, second: u64, second_length: u64) -> u64 {
    // As of a file in one part: what it is multiplied by takes as long as a request.
    if first == 0 {
        return second;
    }
    // Appending n zero bytes multiplies the checksum by x^(8n) modulo the
    // polynomial, which n's binary digits give by repeated squaring.
    let mut power = X8;
    let mut length = second_length;
    let mut shifted = first;
    while length > 0 {
        if length & 1 == 1 {
            shifted = multiply(shifted, power);
        }
        power = multiply(power, power);
        length >>= 1;
    }
    shifted ^ second
}

/// x^8: in reflected order the highest bit is x^0.
const X8: u64 = 1 << (63 - 8);

/// The product of two polynomials modulo the generator.
fn multiply(mut a: u64, b: u64) -> u64 {
    let mut product = 0;
    for bit in (0..64).rev() {
        if b >> bit & 1 == 1 {
            product ^= a;
        }
        let carry = a & 1;
        a >>= 1;
        if carry == 1 {
            a ^= POLYNOMIAL;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    fn crc64(bytes: &[u8]) -> u64 {
        let mut crc = Crc64::new();
        crc.update(bytes);
        crc.value()
    }

    #[test]
    fn the_vectors_of_the_service() {
        assert_eq!(crc64(b"123456789"), 0x995D_C9BB_DF19_39FA);
        for (length, expected) in [
            (0, 0),
            (9, 14_359_965_983_236_094_330),
            (1_048_575, 2_137_122_490_336_627_600),
            (1_048_576, 3_842_782_548_025_872_436),
            (1_048_577, 5_976_039_285_672_947_699),
            (2_097_152, 18_083_270_082_574_692_898),
            (2_109_497, 18_377_771_109_239_849_375),
            (3_145_728, 17_419_250_836_975_047_413),
        ] {
            let bytes = sample(length);
            assert_eq!(crc64(&bytes), expected, "{length}");
            let mut table = Crc64(Digest::new_table());
            table.update(&bytes);
            assert_eq!(table.value(), expected, "{length}");
        }
    }

    #[test]
    fn parts_combine_to_the_whole() {
        let part = 3_842_782_548_025_872_436;
        let two = crc64_combine(part, part, 1_048_576);
        let whole = crc64_combine(two, 4_240_867_287_423_761_954, 12_345);
        assert_eq!(whole, 18_377_771_109_239_849_375);
        let bytes = sample(1000);
        for split in [0, 1, 7, 500, 999, 1000] {
            let (a, b) = bytes.split_at(split);
            assert_eq!(
                crc64_combine(crc64(a), crc64(b), b.len() as u64),
                crc64(&bytes)
            );
        }
    }
}

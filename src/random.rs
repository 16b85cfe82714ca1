//! Random values for boundaries, nonces, temporary names and jitter.

use crate::digest::hex;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// 64 random bits. The standard library seeds every `RandomState` from the
/// operating system's generator and changes it with each one made.
fn bits() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// 32 random hex digits.
pub(crate) fn token() -> String {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&bits().to_le_bytes());
    bytes[8..].copy_from_slice(&bits().to_le_bytes());
    hex(&bytes)
}

/// A number from 0 to 1.
pub(crate) fn fraction() -> f64 {
    // 53 bits: the precision of an f64.
    (bits() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        let tokens: std::collections::HashSet<_> = (0..1000).map(|_| token()).collect();
        assert_eq!(tokens.len(), 1000);
        assert!(tokens.iter().all(|t| t.len() == 32));
    }

    #[test]
    fn fractions_spread() {
        let all: Vec<_> = (0..1000).map(|_| fraction()).collect();
        assert!(all.iter().all(|f| (0.0..1.0).contains(f)));
        assert!(all.iter().any(|f| *f < 0.5) && all.iter().any(|f| *f > 0.5));
    }
}

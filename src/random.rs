//! Random values for boundaries, nonces, temporary names and jitter.

use crate::digest::hex;
use crate::error::{Error, Result, Status};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// What all that follows is made of: a sandbox may later refuse to give more.
static SEED: OnceLock<[u8; 32]> = OnceLock::new();

/// Fails where the operating system gives no random numbers. Every client begins
/// with it.
pub(crate) fn check() -> Result<()> {
    if SEED.get().is_none() {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| refused())?;
        SEED.get_or_init(|| seed);
    }
    Ok(())
}

/// Also when TLS gets none.
pub(crate) fn refused() -> Error {
    Error::new(
        Status::System,
        "the operating system gives no random numbers; allow this process the system call for them \
         (getrandom), or /dev/urandom",
    )
}

/// 128 bits that no other call and no other process gets, nor one that was forked.
fn bits() -> [u8; 16] {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut sha = Sha256::new();
    sha.update(SEED.get().map_or(&[][..], |seed| seed));
    sha.update(COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    sha.update(std::process::id().to_le_bytes());
    sha.update(since_1970.unwrap_or_default().as_nanos().to_le_bytes());
    let mut bits = [0; 16];
    bits.copy_from_slice(&sha.finalize()[..16]);
    bits
}

/// 32 random hex digits.
pub(crate) fn token() -> String {
    hex(&bits())
}

/// A number from 0 to 1.
pub(crate) fn fraction() -> f64 {
    // 53 bits: the precision of an f64.
    (u128::from_le_bytes(bits()) >> 75) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
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

//! Random values for boundaries, nonces, temporary names and jitter.

use crate::digest::hex;
use crate::error::{Error, Result, Status};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

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
    // 584 years: with all that, a digest still takes one block.
    let nanos = since_1970.unwrap_or_default().as_nanos() as u64;
    sha.update(nanos.to_le_bytes());
    let mut bits = [0; 16];
    bits.copy_from_slice(&sha.finalize()[..16]);
    bits
}

/// 32 random hex digits.
pub(crate) fn token() -> String {
    hex(&bits())
}

/// Some part of it, each as likely as any other.
pub(crate) fn part_of(whole: Duration) -> Duration {
    // 584 years.
    let whole = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
    // 64 random bits are a fraction of 2^64.
    let random = u128::from_le_bytes(bits()) >> 64;
    Duration::from_nanos(((random * u128::from(whole)) >> 64) as u64)
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
    fn parts_spread() {
        const WHOLE: Duration = Duration::from_secs(10);
        let all: Vec<_> = (0..1000).map(|_| part_of(WHOLE)).collect();
        assert!(all.iter().all(|part| *part < WHOLE));
        for tenth in 0..10 {
            let bounds = WHOLE * tenth / 10..WHOLE * (tenth + 1) / 10;
            let count = all.iter().filter(|part| bounds.contains(part)).count();
            assert!((40..=160).contains(&count), "{count} in {bounds:?}");
        }
        assert_eq!(part_of(Duration::ZERO), Duration::ZERO);
        assert!(part_of(Duration::MAX) > Duration::ZERO);
    }
}

//! The chained hash of instant uploads (smh.md §1.4).
//!
//! The hash of the first MiB is made when an upload is confirmed. The whole file's follows in the background, so that a
//! large file's confirmation does not wait for it; who asks for it before it is there waits.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::world::Memory;
use crate::store::hex;

/// The length of a link of the chain.
const LINK: usize = 1024 * 1024;

/// Hashes bytes that come in any pieces.
#[derive(Debug)]
struct Chain {
    hasher: Sha256,
    filled: usize,
    last: Option<[u8; 32]>,
}

impl Chain {
    fn new() -> Self {
        Self {
            hasher: Sha256::new(),
            filled: 0,
            last: None,
        }
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.filled == LINK {
                self.close();
            }
            let count = bytes.len().min(LINK - self.filled);
            self.hasher.update(&bytes[..count]);
            self.filled += count;
            bytes = &bytes[count..];
        }
    }

    /// Ends the current link; the next begins with its hash.
    fn close(&mut self) {
        let hash: [u8; 32] = std::mem::take(&mut self.hasher).finalize().into();
        self.last = Some(hash);
        self.hasher.update(hash);
        self.filled = 0;
    }

    fn finish(mut self) -> String {
        if self.filled > 0 || self.last.is_none() {
            self.close();
        }
        self.last.map(|hash| hex(&hash)).unwrap_or_default()
    }
}

/// The hash of the first MiB of some files read as one, in lower-case hex.
pub(super) fn beginning(paths: &[PathBuf]) -> io::Result<String> {
    let mut start = Vec::new();
    for path in paths {
        let left = LINK.saturating_sub(start.len());
        File::open(path)?
            .take(left as u64)
            .read_to_end(&mut start)?;
        if start.len() >= LINK {
            break;
        }
    }
    Ok(hex(&Sha256::digest(start)))
}

/// The chained hash of files read as one, unless it is called off.
fn full(paths: &[PathBuf], stop: &AtomicBool) -> io::Result<String> {
    let mut chain = Chain::new();
    let mut piece = vec![0; 256 * 1024];
    for path in paths {
        let mut file = File::open(path)?;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match file.read(&mut piece)? {
                0 => break,
                count => chain.update(&piece[..count]),
            }
        }
    }
    Ok(chain.finish())
}

/// A hash that is being made, and those that wait for it.
pub(super) type Pending = Arc<tokio::sync::OnceCell<String>>;

/// Makes an object's whole hash, unless it is there.
pub(super) async fn ensure(memory: Arc<Memory>, object: String) {
    let found = memory.world().begin_hash(&object);
    let Some((paths, pending)) = found else {
        return;
    };
    let stop = memory.stop();
    let made = pending
        .get_or_try_init(|| async {
            let made = tokio::task::spawn_blocking(move || full(&paths, &stop)).await;
            made.map_err(io::Error::other)?
        })
        .await;
    // A failure means that the object is gone, or the emulator is about to be.
    let hash = made.ok().cloned();
    let _ = memory.world().end_hash(&object, hash);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(size: usize) -> Vec<u8> {
        let byte = |i: usize| ((31 * i + 7 * (i >> 8) + 11) & 255) as u8;
        (0..size).map(byte).collect()
    }

    fn chained(data: &[u8], piece: usize) -> String {
        let mut chain = Chain::new();
        for piece in data.chunks(piece) {
            chain.update(piece);
        }
        chain.finish()
    }

    #[test]
    fn vectors_in_any_pieces() {
        const ONE: &str = "503b5e5ad1710ffa17440d82a923184b90590e1e03f03947b5ed7b31bbb53243";
        for (size, beginning, full) in [
            (0, "e3b0c442", "e3b0c442"),
            (9, "f31f20ae", "f31f20ae"),
            (1_048_575, "b32f60d3", "b32f60d3"),
            (1_048_576, ONE, ONE),
            (1_048_577, ONE, "5904bf0b"),
            (2_097_152, ONE, "d5a05643"),
            (2_109_497, ONE, "087ffd5a"),
            (3_145_728, ONE, "4290aa18"),
        ] {
            let data = data(size);
            for piece in [1000, LINK, 3 * LINK] {
                assert!(chained(&data, piece).starts_with(full), "{size}");
            }
            let first = &data[..size.min(LINK)];
            assert!(chained(first, LINK).starts_with(beginning), "{size}");
        }
    }
}

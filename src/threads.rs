//! The threads that the library starts: of a size of their own, and without the
//! host's signals. And what they share.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

/// Enough for any call (docs/embedding.md) with the name services that
/// `getaddrinfo` may load, and little address space even for sixteen parts in a
/// 32-bit program. Without it the host's `RUST_MIN_STACK` would decide.
const STACK_SIZE: usize = 1024 * 1024;

/// A thread that is called `name`. Start it within [`with_signals_blocked`].
pub(crate) fn named(name: &str) -> Builder {
    Builder::new().name(name.into()).stack_size(STACK_SIZE)
}

/// Which thread of the process it is. That of std is not to be had any more when a host makes
/// calls in the destructors of its own values on a thread (`pthread_key_create`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadId(u64);

impl ThreadId {
    /// Of this thread.
    pub(crate) fn here() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        thread_local! {
            // Without a destructor, so that it is there to the end.
            static OWN: Cell<Option<u64>> = const { Cell::new(None) };
        }
        OWN.with(|own| {
            let id = own
                .get()
                .unwrap_or_else(|| NEXT.fetch_add(1, Ordering::Relaxed));
            own.set(Some(id));
            Self(id)
        })
    }
}

/// Locks what threads share. Each leaves it whole when it panics.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `start`, whose threads take none of the signals that are sent to the
/// process: the host's handlers run on the host's threads. Those that a thread
/// brings upon itself stay, for blocking them is undefined (POSIX, sigprocmask).
#[cfg(unix)]
pub(crate) fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    use nix::sys::signal::{SigSet, SigmaskHow, Signal};
    let mut signals = SigSet::all();
    for own in [
        Signal::SIGABRT,
        Signal::SIGBUS,
        Signal::SIGFPE,
        Signal::SIGILL,
        Signal::SIGSEGV,
        Signal::SIGSYS,
        Signal::SIGTRAP,
    ] {
        signals.remove(own);
    }
    // A thread begins with the mask of the one that starts it.
    let before = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let started = start();
    if let Ok(before) = before {
        let _ = before.thread_set_mask();
    }
    started
}

#[cfg(not(unix))]
pub(crate) fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    start()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// The signals that the calling thread blocks, a bit each.
    fn blocked() -> u64 {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
        u64::from_str_radix(mask.unwrap().trim(), 16).unwrap()
    }

    #[test]
    fn a_thread_takes_no_signal_that_others_send() {
        let before = blocked();
        let theirs = with_signals_blocked(|| named("test").spawn(blocked))
            .unwrap()
            .join();
        let theirs = theirs.unwrap();
        let is_blocked = |signal: u32| theirs & (1 << (signal - 1)) != 0;
        // SIGHUP, SIGINT, SIGUSR1, SIGALRM, SIGTERM, SIGCHLD, SIGPROF.
        for signal in [1, 2, 10, 14, 15, 17, 27] {
            assert!(is_blocked(signal), "{signal} in {theirs:x}");
        }
        // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS.
        for signal in [4, 5, 6, 7, 8, 11, 31] {
            assert!(!is_blocked(signal), "{signal} in {theirs:x}");
        }
        assert_eq!(blocked(), before);
    }
}

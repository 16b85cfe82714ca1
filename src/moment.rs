//! A clock for time-outs, which stands still while the caller's own code runs.

use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    /// How long callbacks of the caller's have lasted on this thread.
    static AWAY: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// A moment by a clock of this thread that stands still while a callback of the caller's runs on
/// it, for no time-out is for that: a program may ask its user in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Instant);

impl Moment {
    pub(crate) fn now() -> Self {
        let now = Instant::now();
        Self(now.checked_sub(AWAY.get()).unwrap_or(now))
    }

    pub(crate) fn elapsed(self) -> Duration {
        Self::now().0.saturating_duration_since(self.0)
    }

    pub(crate) fn after(self, time: Duration) -> Option<Self> {
        self.0.checked_add(time).map(Self)
    }
}

/// Runs a callback of the caller's.
pub(crate) fn away<T>(callback: impl FnOnce() -> T) -> T {
    let (begun, before) = (Instant::now(), AWAY.get());
    let done = callback();
    // That of a callback within it is part of this.
    AWAY.set(before.saturating_add(begun.elapsed()));
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn callbacks_take_no_time() {
        const MOST: Duration = Duration::from_millis(30);
        let real = Instant::now();
        let begun = Moment::now();
        away(|| {
            let inner = Moment::now();
            sleep(MOST);
            assert!(inner.elapsed() >= MOST);
            away(|| sleep(MOST));
            assert!(inner.elapsed() < real.elapsed());
        });
        assert!(real.elapsed() >= 2 * MOST + begun.elapsed());
        assert!(begun.after(MOST) > Some(begun));
    }
}

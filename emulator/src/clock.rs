//! The emulator's idea of "now": the system clock plus an offset, or a clock that stands still.
//!
//! Token lifetimes, the CheckSum window, rate limits, file expiry and the `Date` header all read it, so a test
//! moves days in no time.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use crate::store::lock;

#[derive(Debug, Clone, Copy)]
enum Mode {
    Running { offset_ms: i64 },
    Frozen { now_ms: i64 },
}

/// The years that dates of all forms can be written for: 1970 to 9998, so that what is told of the time some years
/// ahead has four digits still.
const RANGE_MS: std::ops::RangeInclusive<i64> = 0..=253_370_764_799_999;

#[derive(Debug)]
pub(crate) struct Clock {
    mode: Mutex<Mode>,
    /// Told of whenever it is set.
    changed: Notify,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            mode: Mutex::new(Mode::Running { offset_ms: 0 }),
            changed: Notify::new(),
        }
    }

    fn with<T>(&self, look: impl FnOnce(&Mode) -> T) -> T {
        look(&lock(&self.mode))
    }

    fn set(&self, change: impl FnOnce(&mut Mode)) {
        change(&mut lock(&self.mode));
        self.changed.notify_waiters();
    }

    /// Waits until it is that late, be it that time passes or that the clock is set.
    pub(crate) async fn reached(&self, moment_ms: i64) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            let left = moment_ms.saturating_sub(self.now_ms());
            match u64::try_from(left) {
                Err(_) | Ok(0) => return,
                Ok(_) if self.is_frozen() => changed.await,
                Ok(left) => tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep(Duration::from_millis(left)) => {}
                },
            }
        }
    }

    /// Milliseconds since 1970 by the emulator's clock, which stops at the ends of its range.
    pub(crate) fn now_ms(&self) -> i64 {
        let now_ms = self.with(|mode| match *mode {
            Mode::Running { offset_ms } => system_ms().saturating_add(offset_ms),
            Mode::Frozen { now_ms } => now_ms,
        });
        now_ms.clamp(*RANGE_MS.start(), *RANGE_MS.end())
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.now_ms().saturating_sub(system_ms())
    }

    pub(crate) fn advance_ms(&self, step: i64) {
        self.set(|mode| match mode {
            Mode::Running { offset_ms } => *offset_ms = offset_ms.saturating_add(step),
            Mode::Frozen { now_ms } => *now_ms = now_ms.saturating_add(step),
        });
    }

    pub(crate) fn set_offset_ms(&self, offset: i64) {
        self.set(|mode| match mode {
            Mode::Running { offset_ms } => *offset_ms = offset,
            Mode::Frozen { now_ms } => *now_ms = system_ms().saturating_add(offset),
        });
    }

    /// Makes the clock stand still, or lets it run on from where it stood.
    pub(crate) fn set_frozen(&self, frozen: bool) {
        self.set(|mode| {
            *mode = match (*mode, frozen) {
                (Mode::Running { offset_ms }, true) => Mode::Frozen {
                    now_ms: system_ms().saturating_add(offset_ms),
                },
                (Mode::Frozen { now_ms }, false) => Mode::Running {
                    offset_ms: now_ms.saturating_sub(system_ms()),
                },
                (same, _) => same,
            };
        });
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.with(|mode| matches!(mode, Mode::Frozen { .. }))
    }

    pub(crate) fn reset(&self) {
        self.set(|mode| *mode = Mode::Running { offset_ms: 0 });
    }

    /// The time as the `Date` header writes it.
    pub(crate) fn http_date(&self) -> String {
        http_date(self.now_ms())
    }
}

/// A point in time in the form of RFC 9110 §5.6.7; times before 1970 become 1970.
pub(crate) fn http_date(ms: i64) -> String {
    // httpdate panics beyond the year 9999.
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(ms / 1000).unwrap_or(0).min(LAST);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

fn system_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = Clock::new();
        clock.set_frozen(true);
        let start = clock.now_ms();
        assert_eq!(clock.now_ms(), start);
        clock.advance_ms(86_400_000);
        assert_eq!(clock.now_ms(), start + 86_400_000);
        clock.set_frozen(false);
        assert!(clock.now_ms() >= start + 86_400_000);
        clock.reset();
        assert!(clock.offset_ms().abs() < 60_000);
    }

    #[test]
    fn the_clock_stays_where_dates_can_be_written() {
        let clock = Clock::new();
        for (step, year) in [
            (i64::MIN, "1970"),
            (i64::MAX, "9998"),
            (i64::MAX, "9998"),
            (i64::MIN, "1970"),
        ] {
            clock.set_offset_ms(step);
            assert!(clock.http_date().contains(year), "{step}");
            clock.set_frozen(true);
            clock.advance_ms(step);
            assert!(clock.http_date().contains(year), "{step}");
            clock.set_frozen(false);
        }
    }

    #[test]
    fn dates_out_of_range_do_not_panic() {
        assert_eq!(http_date(-5), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert!(http_date(i64::MAX).ends_with("GMT"));
    }
}

//! When to try again, and how long to wait before.

use super::watch::Watch;
use crate::error::{Error, Result};
use std::time::Duration;

/// A pause is never longer than this, whatever a service asks for: then it is
/// better to report the error, with the pause in its text.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// How often and how fast to try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// At least 1.
    pub(crate) max_attempts: u32,
    /// The upper bound of the first pause; it doubles with each attempt.
    pub(crate) base_delay: Duration,
}

impl RetryPolicy {
    /// Runs `attempt` until it succeeds, fails for good, or the attempts are
    /// used up; returns the attempts made, too. `can_repeat` says whether what
    /// it sends can be sent again.
    pub(crate) fn run<T, C>(
        &self,
        watch: &Watch,
        context: &mut C,
        mut attempt: impl FnMut(&mut C) -> Result<T>,
        can_repeat: impl Fn(&C) -> bool,
    ) -> Result<(T, u32)> {
        let mut made = 0;
        loop {
            made += 1;
            let error = match attempt(context) {
                Ok(value) => return Ok((value, made)),
                Err(error) => error.with_attempts(made),
            };
            if !error.is_retryable() || made >= self.max_attempts || !can_repeat(context) {
                return Err(error);
            }
            let pause = self.pause(made, &error);
            if pause > PAUSE_MAX || watch.pause(pause).is_err() {
                return Err(error);
            }
        }
    }

    /// Exponential back-off with full jitter, or what the service asks for.
    fn pause(&self, made: u32, error: &Error) -> Duration {
        let ceiling = self
            .base_delay
            .saturating_mul(2u32.saturating_pow(made - 1))
            .min(PAUSE_MAX);
        let jittered = ceiling.mul_f64(crate::random::fraction());
        error
            .retry_after()
            .map_or(jittered, |asked| asked + jittered)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::error::Status;
    use crate::transfer::watch::Timeouts;

    fn watch(deadline: Option<Duration>) -> Watch {
        Watch::start(Timeouts {
            connect: PAUSE_MAX,
            stall: PAUSE_MAX,
            deadline,
        })
    }

    fn policy(max_attempts: u32, base_delay: Duration) -> RetryPolicy {
        RetryPolicy {
            max_attempts,
            base_delay,
        }
    }

    fn busy() -> Error {
        Error::new(Status::Unavailable, "busy").retryable()
    }

    /// Runs an attempt that fails `failures` times; (attempts made, result).
    fn run(policy: RetryPolicy, failures: u32, error: fn() -> Error) -> (u32, Result<()>) {
        let mut made = 0;
        let attempt = |made: &mut u32| {
            *made += 1;
            if *made <= failures {
                Err(error())
            } else {
                Ok(())
            }
        };
        let result = policy.run(&watch(None), &mut made, attempt, |_| true);
        (made, result.map(drop))
    }

    #[test]
    fn attempts_are_bounded_and_counted() {
        let quick = policy(3, Duration::ZERO);
        assert!(run(quick, 2, busy).1.is_ok());
        let (made, result) = run(quick, 9, busy);
        assert_eq!((made, result.unwrap_err().attempts()), (3, 3));
    }

    #[test]
    fn what_cannot_help_is_not_repeated() {
        let quick = policy(3, Duration::ZERO);
        let (made, _) = run(quick, 9, || Error::new(Status::Forbidden, "no"));
        assert_eq!(made, 1);
        let result = quick.run(&watch(None), &mut (), |()| Err::<(), _>(busy()), |()| false);
        assert_eq!(result.unwrap_err().attempts(), 1);
    }

    #[test]
    fn a_pause_that_would_pass_the_deadline_is_not_begun() {
        let slow = policy(3, Duration::ZERO);
        let asked = || busy().with_retry_after(Some(Duration::from_secs(50)));
        let soon = watch(Some(Duration::from_secs(20)));
        let result = slow.run(&soon, &mut (), |()| Err::<(), _>(asked()), |()| true);
        assert_eq!(result.unwrap_err().status(), Status::Unavailable);
    }

    #[test]
    fn pauses_grow_with_jitter_and_heed_the_service() {
        let policy = policy(9, Duration::from_millis(500));
        for made in 1..30 {
            let ceiling = Duration::from_millis(500) * 2u32.pow((made - 1).min(7));
            assert!(policy.pause(made, &busy()) <= ceiling.min(PAUSE_MAX));
        }
        let asked = busy().with_retry_after(Some(Duration::from_secs(10)));
        assert!(policy.pause(1, &asked) >= Duration::from_secs(10));
    }
}

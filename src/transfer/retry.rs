//! When to try again, and how long to wait before.

use super::call::Call;
use super::limit::PAUSE_MAX;
use crate::error::{Error, Remedy, Result, Status};
use std::time::Duration;

/// The longest back-off, which comes on top.
const BACK_OFF_MAX: Duration = Duration::from_secs(30);

/// How often, how long and how fast to try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// At least 1; what has had some of them has [those that are left](Call::attempts_left).
    pub(crate) max_attempts: u32,
    /// No attempt begins later than this after the call did.
    pub(crate) max_time: Option<Duration>,
    /// The upper bound of the first pause; it doubles with each attempt.
    pub(crate) base_delay: Duration,
}

/// How often a proxy may ask for another login in one request: a caller is asked three times at
/// most, and each answer may be given by a nonce that is too old.
pub(crate) const LOGINS_MAX: u32 = 8;

/// Something that may be tried again.
pub(crate) trait Retryable {
    fn call(&mut self) -> &mut Call;
    /// Whether what was sent or received so far can be done over.
    fn can_repeat(&self) -> bool;
    /// Whether doing it twice is as good as doing it once.
    fn is_idempotent(&self) -> bool {
        false
    }
    /// How far the attempts have come. When the connection is lost after one that
    /// came further, attempts are counted anew.
    fn headway(&self) -> u64 {
        0
    }
    /// Whether the other side has shown that headway, as by what it has sent. What
    /// was sent to it may stand in the buffers of this machine: after a silence
    /// that is none.
    fn is_headway_certain(&self) -> bool {
        false
    }
    /// The most attempts in all, where they make headway.
    fn attempts_with_headway(&self) -> u32 {
        0
    }
}

/// A call that is made again only if the other side has surely not done what it was asked for.
pub(crate) struct Once<'c>(pub(crate) &'c mut Call);

impl Retryable for Once<'_> {
    fn call(&mut self) -> &mut Call {
        self.0
    }

    fn can_repeat(&self) -> bool {
        !self.0.is_unsettled
    }
}

/// A call that moves no file, and does no harm when it is made twice.
impl Retryable for Call {
    fn call(&mut self) -> &mut Call {
        self
    }

    fn can_repeat(&self) -> bool {
        true
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}

/// What became of an attempt.
pub(crate) enum Outcome<'a> {
    Success,
    /// It was lost on an idle connection that was dead; it does not count, and
    /// another follows at once.
    LostIdle,
    /// A proxy asks for a login, or another; it does not count either.
    Login,
    /// It failed, and after this pause another will follow.
    Again(&'a Error, Duration),
    Failure(&'a Error),
}

impl RetryPolicy {
    /// Runs `attempt` until it succeeds, fails for good, or the attempts are
    /// used up. `report` is told of each.
    pub(crate) fn run<C: Retryable, T>(
        &self,
        context: &mut C,
        mut attempt: impl FnMut(&mut C) -> Result<T>,
        report: &mut dyn FnMut(&mut Call, Outcome<'_>),
    ) -> Result<T> {
        let outer = context.call().begin_request();
        let mut record = Record {
            was_lost: false,
            logins: 0,
            failures: 0,
            headway: context.headway(),
        };
        let result = loop {
            context.call().attempt += 1;
            match attempt(context) {
                Ok(value) => {
                    report(context.call(), Outcome::Success);
                    break Ok(value);
                }
                Err(error) => {
                    if let Err(error) = self.failed(context, error, &mut record, report) {
                        break Err(error);
                    }
                }
            }
        };
        context.call().end_request(outer);
        result
    }

    /// After a failed attempt: returns when the next can begin.
    fn failed(
        &self,
        context: &mut dyn Retryable,
        error: Error,
        record: &mut Record,
        report: &mut dyn FnMut(&mut Call, Outcome<'_>),
    ) -> Result<()> {
        if error.is_given_up() {
            report(context.call(), Outcome::Failure(&error));
            return Err(error);
        }
        let made = context.call().attempt;
        // What failed before anything was sent was no attempt.
        let counted = if context.call().has_sent { made } else { 0 };
        let place = |error: Error, call: &Call| match error.attempts() {
            0 => call.locate(error.with_attempts(counted)),
            _ => call.locate(error),
        };
        let error = place(error, context.call());
        context.call().is_unsettled |= error.may_be_done() || error.is_unsettled();
        let error = error.unsettled_if(context.call().is_unsettled);
        // One attempt means one, where a second could store a second file.
        let may_repeat = self.max_attempts > 1 || context.is_idempotent();
        if error.is_lost_idle() && !record.was_lost && may_repeat && context.can_repeat() {
            record.was_lost = true;
            report(context.call(), Outcome::LostIdle);
            context.call().attempt -= 1;
            return Ok(());
        }
        // The proxy has passed nothing on.
        if error.remedy() == Some(Remedy::Login)
            && record.logins < LOGINS_MAX
            && context.can_repeat()
        {
            record.logins += 1;
            report(context.call(), Outcome::Login);
            context.call().attempt -= 1;
            return Ok(());
        }
        record.count(context, &error);
        // Whoever stops it is told so, whatever the attempt was failing with.
        let error = match context.call().watch.check() {
            Err(stop) if stop.is_stop() => stop.in_place_of(&error),
            _ => error,
        };
        let pause = self.pause(record.failures, &error);
        if !self.goes_on(context, &error, pause, record.failures) {
            report(context.call(), Outcome::Failure(&error));
            return Err(error.given_up());
        }
        let call = context.call();
        report(call, Outcome::Again(&error, pause));
        call.again = Some(error.status());
        call.watch
            .pause(pause)
            .map_err(|stop| place(stop, call).with_phase(error.phase()).given_up())
    }

    fn goes_on(
        &self,
        context: &mut dyn Retryable,
        error: &Error,
        pause: Duration,
        failures: u32,
    ) -> bool {
        let can_repeat = context.can_repeat();
        let allowed = context.call().attempts_left(self.max_attempts);
        let most = allowed.max(context.attempts_with_headway());
        let call = context.call();
        let in_time = self
            .max_time
            .is_none_or(|max| call.watch.elapsed().saturating_add(pause) <= max);
        error.may_pass()
            && failures < allowed
            && call.attempt < most
            && error.retry_after().unwrap_or_default() <= PAUSE_MAX
            && in_time
            && can_repeat
            && call.watch.check().is_ok()
            && !call.watch.is_beyond(pause)
    }

    /// Exponential back-off with full jitter, on top of what the service asks for.
    fn pause(&self, failures: u32, error: &Error) -> Duration {
        let ceiling = self
            .base_delay
            .saturating_mul(2u32.saturating_pow(failures - 1))
            .min(BACK_OFF_MAX);
        let jittered = crate::random::part_of(ceiling);
        error
            .retry_after()
            .unwrap_or_default()
            .saturating_add(jittered)
    }
}

/// What has become of the attempts at one request.
struct Record {
    was_lost: bool,
    /// How often a proxy has asked for another login.
    logins: u32,
    /// Attempts that have failed since the last one that made headway, with that.
    failures: u32,
    headway: u64,
}

impl Record {
    /// An attempt has failed.
    fn count(&mut self, context: &dyn Retryable, error: &Error) {
        let headway = context.headway();
        let is_certain = context.is_headway_certain();
        let counts = match error.http_status() {
            None => is_certain || error.status() != Status::Stalled,
            // What the other side has refused is not mended by having sent it; but a permission that
            // was good for a while was.
            Some(_) => is_certain && error.remedy() == Some(Remedy::Permission),
        };
        if headway > self.headway && counts {
            self.failures = 0;
        }
        self.headway = headway;
        self.failures += 1;
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;

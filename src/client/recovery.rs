//! What is done within a call against a failure: the service has said what would
//! help where it read the answer, and here it is done, for all services.

use super::engine::Engine;
use crate::error::{Credential, Error, Remedy, Result};
use crate::message::{Answer, Request};
use crate::transfer::call::Call;
use crate::transfer::retry::Retryable;
use std::mem;

/// Which one it was that the service has refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forgotten {
    /// The present one: there is none now.
    Present,
    /// One that another thread has renewed before.
    Earlier,
    /// None that could be renewed.
    Foreign,
}

/// What the requests to a service are made with.
pub(super) trait Credentials {
    type Held;

    /// Those that are good now.
    fn get(&self, engine: &Engine, call: &mut Call) -> Result<Self::Held>;

    /// The service has refused this one of them, so the next to ask gets another.
    fn forget(&self, held: &Self::Held, refused: Credential) -> Forgotten;

    /// Whether another may come when one is refused.
    fn can_renew(&self) -> bool {
        true
    }
}

impl Engine {
    /// Tries with credentials that are good, until it succeeds or fails for good.
    pub(super) fn attempt_as<C: Retryable, K: Credentials, T>(
        &self,
        context: &mut C,
        credentials: &K,
        mut attempt: impl FnMut(&mut C, &K::Held) -> Result<T>,
    ) -> Result<T> {
        self.attempt(context, |context| {
            let mut recovery = Recovery::new(credentials.can_renew());
            loop {
                let held = credentials.get(self, context.call())?;
                let is_clock_on_trial = self.clock.is_on_trial();
                let result = attempt(context, &held);
                if is_clock_on_trial {
                    self.clock.judge(&result);
                }
                let error = match result {
                    Err(error) => error,
                    done => return done,
                };
                let helps = recovery.helps(self, &error, &mut |refused| {
                    credentials.forget(&held, refused)
                });
                if !helps || !context.can_repeat() {
                    return Err(error);
                }
            }
        })
    }

    /// Tries until it succeeds or fails for good, each time from the beginning of an
    /// upload: with another permission of the storage, and with all of the bytes.
    pub(super) fn attempt_anew<C: Retryable, T>(
        &self,
        context: &mut C,
        mut attempt: impl FnMut(&mut C) -> Result<T>,
    ) -> Result<T> {
        let mut may_be_denied = true;
        self.attempt(context, |context| {
            attempt(context).map_err(|error| match error.remedy() {
                Some(Remedy::Restart | Remedy::Resend) => error.begun_anew(),
                Some(Remedy::Permission) => error.retryable(),
                Some(Remedy::PermissionOnce) if mem::take(&mut may_be_denied) => error.retryable(),
                _ => error,
            })
        })
    }

    /// Makes a small call, with as many attempts as it needs, and may have.
    pub(super) fn ask_as<C: Retryable, K: Credentials, T>(
        &self,
        context: &mut C,
        credentials: &K,
        request: &dyn Fn(&K::Held) -> Request,
        read: impl Fn(&Answer) -> Result<T>,
    ) -> Result<T> {
        self.attempt_as(context, credentials, |context, held| {
            read(&self.ask(&request(held), context.call())?)
        })
    }
}

/// What became of something that is done but once, after all: an attempt may have
/// done it whose answer was lost, or the service says that it is done already.
/// Then `look` finds out, with the attempts that are left of those, or with one.
pub(super) fn settle<T>(
    result: Result<T>,
    call: &mut Call,
    look: impl FnOnce(&Error, &mut Call) -> Result<Option<T>>,
) -> Result<T> {
    let error = match result {
        Err(error) => error,
        done => return done,
    };
    let may_be_done = error.is_unsettled() || error.remedy() == Some(Remedy::Done);
    // Whoever is told to wait does not ask.
    if !may_be_done || error.retry_after().is_some() {
        return Err(error);
    }
    match call.after_attempts(error.attempts(), |call| look(&error, call)) {
        Ok(found) => found.ok_or(error),
        Err(stop) if stop.is_stop() => Err(stop),
        // What cannot be found out says less than what it is about.
        Err(_) => Err(error),
    }
}

/// What has helped within one attempt, and does so once.
struct Recovery {
    tokens: Renewals,
    sessions: Renewals,
    may_set_clock: bool,
}

impl Recovery {
    fn new(can_renew: bool) -> Self {
        Self {
            tokens: Renewals::new(can_renew),
            sessions: Renewals::new(can_renew),
            may_set_clock: true,
        }
    }

    /// Does what helps against an error; says whether the same can be tried again
    /// at once. `forget` is [`Credentials::forget`].
    fn helps(
        &mut self,
        engine: &Engine,
        error: &Error,
        forget: &mut dyn FnMut(Credential) -> Forgotten,
    ) -> bool {
        if error.is_given_up() {
            return false;
        }
        match error.remedy() {
            Some(Remedy::Renew(refused)) => {
                let renewals = match refused {
                    Credential::Token => &mut self.tokens,
                    Credential::Session => &mut self.sessions,
                };
                renewals.allow(forget(refused))
            }
            Some(Remedy::Clock(there)) => {
                let may_set = mem::take(&mut self.may_set_clock);
                if may_set {
                    engine.clock.set(there);
                }
                may_set
            }
            Some(Remedy::Silence(pause)) => {
                engine.be_silent(pause);
                false
            }
            // Acted on where the upload begins anew (`attempt_anew`, parts/).
            Some(Remedy::Permission | Remedy::PermissionOnce) => false,
            Some(Remedy::Restart | Remedy::Resend | Remedy::Divide | Remedy::Limits) => false,
            // By who makes the request: the service, `settle`, the retry (retry.rs).
            Some(Remedy::Folder | Remedy::Done | Remedy::Connection | Remedy::Login) => false,
            None => false,
        }
    }
}

/// How often one attempt may follow a refused token with another.
struct Renewals {
    own: bool,
    /// Those of other threads, of which this one has only the newer token: as
    /// many as there are, within reason.
    others: u32,
}

impl Renewals {
    /// One, if the token can be renewed at all.
    fn new(can_renew: bool) -> Self {
        Self {
            own: can_renew,
            others: if can_renew { 100 } else { 0 },
        }
    }

    /// After [`Credentials::forget`]: whether to try with another one.
    fn allow(&mut self, forgotten: Forgotten) -> bool {
        match forgotten {
            Forgotten::Present => mem::take(&mut self.own),
            Forgotten::Earlier => {
                let is_left = self.others > 0;
                self.others = self.others.saturating_sub(1);
                is_left
            }
            Forgotten::Foreign => false,
        }
    }
}

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;

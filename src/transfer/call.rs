//! One call of a verb, through all its attempts.

use super::exchange::Exchange;
use super::limit::Ticket;
use super::sent_secrets::SentSecrets;
use crate::error::{Error, Phase, Result, Status};
use crate::message::Request;
use crate::secret::{Secret, SecretText};
use crate::text::{clean, hidden};
use crate::watch::Watch;
use std::mem;
use std::time::Instant;

/// Who is called for what, its time-outs, and what is being tried.
pub(crate) struct Call {
    pub(crate) service: &'static str,
    pub(crate) verb: &'static str,
    pub(crate) watch: Watch,
    /// Of the present request; counts from 1.
    pub(crate) attempt: u32,
    /// Of the requests before it, the one that needed most.
    most_attempts: u32,
    /// Attempts that the requests from now on are to do without.
    used_attempts: u32,
    /// How many requests are under way, one within the other: a token is got, or
    /// a redirect followed, in an attempt at another.
    depth: u32,
    /// Whether any request was begun.
    pub(crate) has_sent: bool,
    /// Why the previous attempt failed, if this is not the first.
    pub(crate) again: Option<Status>,
    /// What is redacted wherever an error or the log quotes an answer.
    pub(crate) secrets: SentSecrets,
    /// The request under way or just over, until it is logged.
    pub(crate) exchange: Option<Exchange>,
    /// Whether an attempt at the present request may be done, though it failed.
    pub(crate) is_unsettled: bool,
    /// The call limit counts the next request.
    pub(crate) ticket: Option<Ticket>,
}

/// Where the request was around the one that has begun.
pub(crate) struct OuterRequest {
    attempt: u32,
    again: Option<Status>,
    is_unsettled: bool,
}

impl Call {
    pub(crate) fn new(service: &'static str, verb: &'static str, watch: Watch) -> Self {
        Self {
            service,
            verb,
            watch,
            attempt: 0,
            most_attempts: 0,
            used_attempts: 0,
            depth: 0,
            has_sent: false,
            again: None,
            secrets: SentSecrets::default(),
            exchange: None,
            is_unsettled: false,
            ticket: None,
        }
    }

    /// A secret of the caller's that is sent: whoever quotes an answer leaves it out.
    pub(crate) fn secret(&mut self, field: &'static str, secret: &Secret) -> Result<SecretText> {
        let secret = secret.get(field, &self.watch)?;
        self.secrets.add(&secret);
        Ok(secret)
    }

    /// Does what is nice to be done, and is not waited for long.
    pub(crate) fn briefly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let brief = self.watch.brief();
        let whole = mem::replace(&mut self.watch, brief);
        let done = run(self);
        self.watch = whole;
        done
    }

    /// Does what belongs to a request that has had so many attempts: no request of it
    /// has more than are left, or one.
    pub(crate) fn after_attempts<T>(&mut self, made: u32, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = mem::replace(&mut self.used_attempts, made);
        let done = run(self);
        self.used_attempts = before;
        done
    }

    /// How many attempts a request has, of so many.
    pub(crate) fn attempts_left(&self, most: u32) -> u32 {
        most.saturating_sub(self.used_attempts).max(1)
    }

    /// Another request begins, whose attempts are its own.
    pub(crate) fn begin_request(&mut self) -> OuterRequest {
        self.depth += 1;
        OuterRequest {
            attempt: mem::take(&mut self.attempt),
            again: self.again.take(),
            is_unsettled: mem::take(&mut self.is_unsettled),
        }
    }

    /// It is over, and the one around it goes on.
    pub(crate) fn end_request(&mut self, outer: OuterRequest) {
        self.note_attempts(self.attempt);
        self.depth -= 1;
        self.attempt = outer.attempt;
        self.again = outer.again;
        self.is_unsettled = outer.is_unsettled;
    }

    /// This request is sent now.
    pub(crate) fn begin_exchange(&mut self, request: &Request) {
        self.exchange = Some(Exchange {
            service: self.service,
            verb: self.verb,
            method: request.method.as_str(),
            // A token may stand in a path.
            place: clean(&self.redact_text(request.url.place().to_owned())),
            status: None,
            bytes: 0,
            begun: Instant::now(),
            ended: None,
            attempt: self.attempt,
            again: self.again,
        });
    }

    /// Whether the request is one within an attempt at another.
    pub(crate) fn is_within(&self) -> bool {
        self.depth > 1
    }

    /// Whether no request is under way.
    pub(crate) fn is_between(&self) -> bool {
        self.depth == 0
    }

    /// An error between two requests: something was sent before.
    pub(crate) fn locate(&self, error: Error) -> Error {
        if !self.has_sent {
            return error;
        }
        let error = match error.phase() {
            Phase::Prepare => error.with_phase(Phase::Send),
            _ => error,
        };
        match error.attempts() {
            0 => error.with_attempts(self.attempts()),
            _ => error,
        }
    }

    /// A thread of this call has needed so many attempts for a request.
    pub(crate) fn note_attempts(&mut self, attempts: u32) {
        self.most_attempts = self.most_attempts.max(attempts);
    }

    /// The most attempts that one of the requests has needed.
    pub(crate) fn attempts(&self) -> u32 {
        self.most_attempts.max(self.attempt)
    }

    /// The text without the secrets that are sent.
    pub(crate) fn redact_text(&self, text: String) -> String {
        hidden(&text, &self.secrets.all()).unwrap_or(text)
    }

    /// The error with what the call has done, if that is wanted and there is something.
    pub(crate) fn traced(&self, error: Error) -> Error {
        let trace = self.watch.trace().filter(|trace| trace.is_for_error());
        let text = trace.and_then(|trace| trace.text(&format!("{} {}", self.service, self.verb)));
        let Some(text) = text else {
            return error;
        };
        let (status, ms) = (error.status().name(), self.watch.elapsed().as_millis());
        let text = self.redact_text(format!("{text}+{ms} ms failed: {status}: {error}\n"));
        error.with_trace(text)
    }

    /// The error as it comes out of the call: with where that was, and what it has done.
    pub(crate) fn told(&self, error: Error) -> Error {
        self.traced(self.locate(error))
    }

    /// The error without the secrets that were sent.
    pub(crate) fn redact(&self, error: Error) -> Error {
        error.redacted(&self.secrets.all())
    }
}

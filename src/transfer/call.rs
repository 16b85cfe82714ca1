//! One call of a verb, through all its attempts.

use super::limit::Ticket;
use crate::error::{Error, Phase, Status};
use crate::message::url::{percent_decode, percent_encode};
use crate::message::{Provenance, Request};
use crate::secret::SecretText;
use crate::text::hidden;
use crate::watch::Watch;
use std::fmt;
use std::mem;
use std::time::Instant;
use zeroize::Zeroizing;

/// Who is called for what, its time-outs, and what is being tried.
pub(crate) struct Call {
    pub(crate) service: &'static str,
    pub(crate) verb: &'static str,
    pub(crate) watch: Watch,
    /// Of the present request; counts from 1.
    pub(crate) attempt: u32,
    /// Of the requests before it, the one that needed most.
    most_attempts: u32,
    /// How many requests are under way, one within the other: a token is got, or
    /// a redirect followed, in an attempt at another.
    depth: u32,
    /// Whether any request was begun.
    pub(crate) has_sent: bool,
    /// Why the previous attempt failed, if this is not the first.
    pub(crate) again: Option<Status>,
    /// What was sent and is secret, to be redacted: a service may quote it.
    secrets: Secrets,
    /// The same of the request that was sent last: each to a store may have its own.
    secrets_of_request: Secrets,
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
            depth: 0,
            has_sent: false,
            again: None,
            secrets: Secrets::default(),
            secrets_of_request: Secrets::default(),
            exchange: None,
            is_unsettled: false,
            ticket: None,
        }
    }

    /// Does what is nice to be done, and is not waited for long.
    pub(crate) fn briefly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let brief = self.watch.brief();
        let whole = mem::replace(&mut self.watch, brief);
        let done = run(self);
        self.watch = whole;
        done
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

    /// This secret is sent: redacted wherever an error or the log quotes the answer.
    pub(crate) fn add_secret(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// The same of what stands in a header field.
    pub(crate) fn add_credential(&mut self, value: &str) {
        self.secrets.add_credential(value);
    }

    /// The text without the secrets that are sent.
    pub(crate) fn redact_text(&self, text: String) -> String {
        hidden(&text, &self.all_secrets()).unwrap_or(text)
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
        error.redacted(&self.all_secrets())
    }

    fn all_secrets(&self) -> Vec<&str> {
        let all = self.secrets.0.iter().chain(&self.secrets_of_request.0);
        all.map(|secret| secret.as_str()).collect()
    }

    /// This request is sent: what its query signs, or lets in, is a secret, as are credentials and
    /// values of its form. Those of the service itself may be quoted later, too.
    pub(crate) fn note_request(&mut self, request: &Request) {
        /// Shorter values are words, sizes and dates.
        const SHORTEST: usize = 16;
        let url = request.url.as_str();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let of_request = &mut self.secrets_of_request;
        of_request.0.clear();
        let values = query.split('&').filter_map(|pair| pair.split_once('='));
        for (_, value) in values.filter(|(_, value)| value.len() >= SHORTEST) {
            let decoded = SecretText::new(percent_decode(value));
            if *decoded != *value {
                of_request.0.push(decoded);
            }
            of_request.0.push(SecretText::new(value.to_owned()));
        }
        for secret in &request.form_secrets {
            of_request.add(secret);
        }
        let of_headers = match request.provenance {
            Provenance::Config => &mut self.secrets,
            Provenance::Message | Provenance::Answer { .. } | Provenance::Redirect { .. } => {
                of_request
            }
        };
        for header in request.headers.iter().filter(|header| header.secret) {
            of_headers.add_credential(&header.value);
        }
    }
}

/// What is not to be quoted.
#[derive(Default)]
struct Secrets(Vec<SecretText>);

impl Secrets {
    /// This secret is sent: redacted wherever an error or the log quotes the answer, also as
    /// it stands in a URL, in a form and in JSON.
    fn add(&mut self, secret: &str) {
        /// A shorter one would be found in words that have nothing to do with it.
        const SHORTEST: usize = 6;
        let is_known = self.0.iter().any(|known| **known == secret);
        if secret.len() < SHORTEST || is_known {
            return;
        }
        let encoded = SecretText::new(percent_encode(secret));
        if *encoded != *secret {
            self.0.push(encoded);
            // Room for all of it escaped: what grows leaves a copy behind.
            let mut json = Zeroizing::new(Vec::with_capacity(6 * secret.len() + 2));
            let is_written = serde_json::to_writer(&mut *json, secret).is_ok();
            let text = std::str::from_utf8(&json).unwrap_or_default();
            if let Some(text) = text.get(1..text.len().saturating_sub(1))
                && is_written
                && text != secret
            {
                self.0.push(SecretText::new(text.to_owned()));
            }
        }
        self.0.push(SecretText::new(secret.to_owned()));
    }

    /// The same of what stands in a header field: of `Bearer …` the second word, of a
    /// signature in several also the last.
    fn add_credential(&mut self, value: &str) {
        let mut schemes = ["Bearer ", "Basic "].iter();
        if let Some(word) = schemes.find_map(|scheme| value.strip_prefix(scheme)) {
            return self.add(word);
        }
        self.add(value);
        if let Some((_, word)) = value.rsplit_once(' ') {
            self.add(word);
        }
    }
}

/// One request and its answer, as the log tells it.
pub(crate) struct Exchange {
    pub(crate) method: &'static str,
    /// Host and path, never the query.
    pub(crate) place: String,
    pub(crate) status: Option<u16>,
    /// Bytes of the body sent or received.
    pub(crate) bytes: u64,
    pub(crate) begun: Instant,
    /// When all of a small answer was there; a line that is told later says how long it took.
    pub(crate) ended: Option<Instant>,
    pub(crate) attempt: u32,
    /// Why the attempt before it failed, if this is not the first.
    pub(crate) again: Option<Status>,
}

/// A line of the log: `NetEase upload POST host/path status=200 bytes=5 ms=7
/// attempt=1`.
pub(crate) struct ExchangeLine<'a>(pub(crate) &'a Call, pub(crate) &'a Exchange);

impl fmt::Display for ExchangeLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(call, exchange) = self;
        write!(
            f,
            "{} {} {} {} status=",
            call.service, call.verb, exchange.method, exchange.place
        )?;
        match exchange.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("-")?,
        }
        write!(
            f,
            " bytes={} ms={} attempt={}",
            exchange.bytes,
            (exchange.ended.unwrap_or_else(Instant::now) - exchange.begun).as_millis(),
            exchange.attempt
        )?;
        match exchange.again {
            Some(reason) => write!(f, " retry_of={}", reason.name()),
            None => Ok(()),
        }
    }
}

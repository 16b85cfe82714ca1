//! What all verbs share: the HTTP client, time-outs, attempts, and the log.

mod configure;

use super::UploadCall;
use super::bases::Bases;
use super::clock::Clock;
use crate::error::{Error, Remedy, Result, Status};
use crate::log::{LogLevel, Logger};
use crate::message::{Answer, Asked, Body, Method, Namer, Provenance, Request, Url};
use crate::presign::{Presigned, Terms};
use crate::text::clean;
use crate::trace::Trace;
use crate::transfer::body::{BodyReader, Pace};
use crate::transfer::call::Call;
use crate::transfer::exchange::Exchange;
use crate::transfer::http::{Http, Response};
use crate::transfer::limit::{CallLimit, Throttle};
use crate::transfer::progress::Meter;
use crate::transfer::retry::{Outcome, RetryPolicy, Retryable};
use crate::transfer::source::OpenSource;
use crate::watch::{self, Activity, CancelHandle, Timeouts, Watch};
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) struct Engine {
    http: Http,
    bases: Bases,
    timeouts: Timeouts,
    retry: RetryPolicy,
    log: Logger,
    /// Errors are to say what the call has done.
    traces: bool,
    calls: CallLimit,
    pub(super) clock: Clock,
    upload_rate: Throttle,
    download_rate: Throttle,
}

impl Engine {
    /// A call of a verb begins.
    pub(super) fn call(
        &self,
        service: &'static str,
        verb: &'static str,
        cancel: Option<CancelHandle>,
    ) -> Call {
        let watch = Watch::start(self.timeouts, cancel);
        let call = Call::new(service, verb, watch);
        match self.traces || self.log.takes(LogLevel::Trace) {
            true => self.tracing(call),
            false => call,
        }
    }

    /// The same call, of which it is written down what it does.
    pub(super) fn tracing(&self, mut call: Call) -> Call {
        let trace = Trace::new(self.log.clone(), self.traces);
        call.watch = call.watch.traced(trace);
        call
    }

    /// Waits until the limit allows another call: one that [is
    /// counted](Request::is_counted) waits when it is sent, unless it has before.
    pub(super) fn admit(&self, call: &mut Call) -> Result<()> {
        call.ticket = None;
        call.ticket = self.calls.admit(&call.watch)?;
        Ok(())
    }

    /// No call is made for so long, by any thread.
    pub(super) fn be_silent(&self, pause: Duration) {
        self.calls.be_silent(pause);
    }

    pub(super) fn set_rates(&self, upload: u64, download: u64) {
        self.upload_rate.set(upload);
        self.download_rate.set(download);
    }

    /// Tries until it succeeds or fails for good.
    pub(super) fn attempt<C: Retryable, T>(
        &self,
        context: &mut C,
        attempt: impl FnMut(&mut C) -> Result<T>,
    ) -> Result<T> {
        self.attempt_elsewhere(context, attempt, &|level, line| self.log_line(level, &line))
    }

    /// The same on a thread that may not call the log: `log` takes its lines.
    pub(super) fn attempt_elsewhere<C: Retryable, T>(
        &self,
        context: &mut C,
        attempt: impl FnMut(&mut C) -> Result<T>,
        log: &dyn Fn(LogLevel, String),
    ) -> Result<T> {
        let result = self.retry.run(context, attempt, &mut |call, outcome| {
            match outcome {
                Outcome::LostIdle => self.http.drop_idle(),
                Outcome::Again(error, _) if error.remedy() == Some(Remedy::Connection) => {
                    self.http.drop_idle();
                }
                // Told by the request around it, or by the next one.
                Outcome::Success | Outcome::Failure(_) if call.is_within() => return,
                _ => {}
            }
            let level = attempt_level(call, &outcome);
            let exchange = call.exchange.take();
            let line = || attempt_line(call, exchange.as_ref(), &outcome);
            call.watch.note_besides(|| match &outcome {
                Outcome::Again(error, _) | Outcome::Failure(error) => {
                    call.redact_text(format!("{}: {error}", line()))
                }
                _ => line(),
            });
            if self.log.takes(level) {
                log(level, line());
            }
        });
        result.map_err(|error| {
            let call = context.call();
            let error = call.redact(error);
            match call.is_between() {
                true => call.traced(error),
                false => error,
            }
        })
    }

    pub(super) fn log_line(&self, level: LogLevel, line: &str) {
        self.log.line(level, line);
    }

    /// Tells that what an earlier call has left is of no use.
    pub(super) fn log_damage(&self, service: &str, verb: &str, path: &Path) {
        let path = path.display();
        let line = format!("{service} {verb} damaged={path} begins anew");
        self.log_line(LogLevel::Warn, &line);
    }

    /// Tells of a step that is not an attempt of its own.
    fn log_step(&self, call: &mut Call) {
        if let Some(exchange) = call.exchange.take() {
            self.log.line(LogLevel::Debug, exchange);
        }
    }

    /// Sends a request with the content of an upload from its first byte on,
    /// and reads the (small) answer.
    pub(super) fn upload(&self, request: &Request, call: &mut UploadCall<'_>) -> Result<Answer> {
        self.send_part(request, &mut call.content, &call.meter, &mut call.call)
    }

    /// The same for a part of the content.
    pub(super) fn send_part(
        &self,
        request: &Request,
        content: &mut OpenSource<'_>,
        meter: &Meter<'_>,
        call: &mut Call,
    ) -> Result<Answer> {
        let response = self.send(request, Some(content), meter, call)?;
        collect(response, call)
    }

    /// Sends a request without content and returns the head of its answer.
    pub(super) fn request(&self, request: &Request, call: &mut Call) -> Result<Response<'_>> {
        self.send(request, None, &Meter::new(None), call)
    }

    /// Sends a request without content and reads its (small) answer.
    pub(super) fn ask(&self, request: &Request, call: &mut Call) -> Result<Answer> {
        let response = self.request(request, call)?;
        collect(response, call)
    }

    /// Sends a request to the service, wherever it can be reached, or to another host.
    fn send(
        &self,
        request: &Request,
        mut content: Option<&mut OpenSource<'_>>,
        meter: &Meter<'_>,
        call: &mut Call,
    ) -> Result<Response<'_>> {
        self.bases.send(request, |request| {
            self.send_once(request, content.as_deref_mut(), meter, call)
        })
    }

    fn send_once(
        &self,
        request: &Request,
        mut content: Option<&mut OpenSource<'_>>,
        meter: &Meter<'_>,
        call: &mut Call,
    ) -> Result<Response<'_>> {
        if request.is_counted && call.ticket.is_none() {
            self.admit(call)?;
        }
        self.log_step(call);
        if let Some(content) = &mut content {
            content.restart(&call.watch)?;
        }
        let length = request.body.length(content.as_deref_mut(), &call.watch)?;
        call.begin_exchange(request);
        meter.restart(0);
        call.secrets.note_request(request);
        call.watch.check()?;
        call.watch.note(|| call.redact_text(request.outline()));
        call.has_sent = true;
        let ticket = call.ticket.take().filter(|_| request.is_counted);
        if let Some(ticket) = &ticket
            && !request.method.has_body()
        {
            ticket.sent(true, &call.watch)?;
        }
        let mut sent = 0;
        let body = BodyReader::new(
            &request.body,
            content,
            meter,
            Pace {
                rate: &self.upload_rate,
                watch: &call.watch,
                sent: &mut sent,
                ticket: ticket.as_ref(),
            },
            length,
        );
        watch::doing(Activity::Waiting);
        let mut result = self.http.send(request, length, body, &call.watch);
        drop(ticket);
        // A proxy may quote what it was told.
        for secret in self.http.proxy_secrets() {
            call.secrets.add_credential(&secret);
        }
        if let Some(exchange) = &mut call.exchange {
            exchange.bytes = sent;
            if let Ok(response) = &mut result {
                exchange.status = Some(response.head.status);
                response.head.asked = Some(Asked {
                    method: request.method,
                    place: exchange.place.clone(),
                });
                response.head.is_redirected =
                    matches!(request.provenance.namer, Namer::Redirect { .. });
            }
        }
        if let Ok(response) = &result {
            call.watch
                .note(|| call.redact_text(response.head.outline()));
        }
        result.map_err(|error| about_the_address(error, request))
    }

    /// Where the service was reached last; `None` without one.
    pub(super) fn address(&self) -> Option<&Url> {
        self.bases.good()
    }

    /// The proxy that requests to it go through, without its login.
    pub(super) fn proxy(&self) -> Option<String> {
        self.http.proxy_for(self.address()?)
    }

    /// Asks the host of the service for next to nothing, over a new connection.
    pub(super) fn knock(&self, call: &mut Call) -> Result<Response<'_>> {
        self.use_new_connection();
        let url = self.address().and_then(|url| url.join("/").ok());
        let url = url.ok_or_else(|| Error::new(Status::Argument, "base_url: is missing"))?;
        let request = Request::new(Method::Head, url, Provenance::CONFIG, Body::empty());
        self.send_once(&request, None, &Meter::new(None), call)
    }

    /// A request for another program to send, unless it may not be sent at all.
    pub(super) fn presigned(&self, request: Request, terms: Terms) -> Result<Presigned> {
        let request = self.bases.place(&request).into_owned();
        self.check_reach(&request)?;
        Ok(Presigned::new(request, terms))
    }

    /// Fails if a request may not be sent to where others have said.
    pub(super) fn check_reach(&self, request: &Request) -> Result<()> {
        let fault = |error| about_the_address(error, request);
        self.http.check_reach(request).map_err(fault)
    }

    /// Asks the caller for the login of a proxy that threads of the call wait for, which `stop`
    /// ends, unless he has `declined`.
    pub(super) fn answer_proxy(
        &self,
        call: &Call,
        stop: &CancelHandle,
        declined: &mut bool,
    ) -> Result<()> {
        self.http.answer_proxy(&call.watch, stop, declined)
    }

    /// The next request goes over a new connection: for one that must not be
    /// lost on a connection that the server has closed meanwhile.
    pub(super) fn use_new_connection(&self) {
        self.http.drop_idle();
    }
}

/// Who named an address that cannot be reached, where it was not the caller.
fn about_the_address(error: Error, request: &Request) -> Error {
    let is_of_it = error.status().is_unreachable() || error.status() == Status::BlockedAddress;
    let Some(note) = request.provenance.note.filter(|_| is_of_it) else {
        return error;
    };
    let message = format!("{error}; {} is {note}", clean(request.url.address()));
    error.with_message(message)
}

/// How much it matters how an attempt has ended.
fn attempt_level(call: &Call, outcome: &Outcome<'_>) -> LogLevel {
    match outcome {
        Outcome::Success => LogLevel::Info,
        Outcome::LostIdle | Outcome::Login => LogLevel::Debug,
        Outcome::Again(..) => LogLevel::Warn,
        Outcome::Failure(_) if call.watch.is_stopped() => LogLevel::Debug,
        Outcome::Failure(_) => LogLevel::Error,
    }
}

/// What the log is told of it.
fn attempt_line(call: &Call, exchange: Option<&Exchange>, outcome: &Outcome<'_>) -> String {
    let line = exchange.map_or_else(
        || format!("{} {} attempt={}", call.service, call.verb, call.attempt),
        ToString::to_string,
    );
    match outcome {
        Outcome::Success => line,
        Outcome::LostIdle => format!("{line} lost on an idle connection, once more"),
        Outcome::Login => format!("{line} the proxy asks for a login, once more"),
        Outcome::Again(error, pause) => format!(
            "{line} failed={} again_in_ms={}",
            error.status().name(),
            pause.as_millis()
        ),
        Outcome::Failure(_) if call.watch.is_stopped() => {
            format!("{line} given up, since another part has failed")
        }
        Outcome::Failure(error) => format!("{line} failed={}", error.status().name()),
    }
}

/// Reads a small answer, with which its request is over.
fn collect(response: Response<'_>, call: &mut Call) -> Result<Answer> {
    let answer = response.collect();
    if let Some(exchange) = &mut call.exchange {
        exchange.ended = Some(Instant::now());
    }
    answer
}

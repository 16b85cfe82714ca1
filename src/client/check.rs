//! What works on the way to the service, step by step: for who supports others by telephone.

use super::backend::unsupported;
use super::engine::Engine;
use super::options::UploadOptions;
use super::{Backend, Client};
use crate::error::{Error, Result, Status};
use crate::message::{Answer, url::bare};
use crate::service;
use crate::setters::options;
use crate::trace::{Line, Milestone};
use crate::transfer::call::Call;
use crate::transfer::source::Source;
use crate::watch::CancelHandle;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// Signatures are good for five minutes where a service looks at the clock; half of that
/// is told.
const CLOCK_MAX: Duration = Duration::from_secs(150);

/// A file that nobody has uploaded, and a name that says whose one would be.
pub(super) const NO_FILE: &str = "8be024f0-e978-11e8-b697-5d598d5f8402";
pub(super) const PROBE: &str = "chatfile-check.txt";
/// What is said where that was asked for.
pub(super) const ABSENT: &str = "the credentials are good (a file that is not there was asked for)";

const EARLIER: &str = "a step before this one has failed";

options! {
    /// Options of [`Client::check`].
    #[derive(Debug, Clone, Default)]
    pub struct CheckOptions {
        /// Where the service has no call that takes the credentials and stores nothing,
        /// upload one byte, for a day if that can be said. Otherwise nothing is stored,
        /// and that step is not tried there.
        pub store: bool,
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
    }
}

/// What was looked at, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum CheckKind {
    /// Where calls go.
    Address = 0,
    /// Whether they go through a proxy, and whether that lets them.
    Proxy = 1,
    /// The addresses of the host, or of the proxy.
    Name = 2,
    /// A TCP connection.
    Connection = 3,
    /// TLS, and whether the certificate is trusted.
    Tls = 4,
    /// Whether the clock of this machine is that of the service.
    Clock = 5,
    /// A token, where the service has some.
    Credentials = 6,
    /// The smallest call that takes the credentials.
    Service = 7,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Verdict {
    /// There is no such thing here, or a step before it has failed.
    NotTried = 0,
    /// It works.
    Ok = 1,
    /// It works, and something about it is to be looked at.
    Warning = 2,
    /// It does not work.
    Failed = 3,
}

/// A step of [`Client::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckStep {
    /// What was looked at.
    pub kind: CheckKind,
    /// What came of it.
    pub verdict: Verdict,
    /// How it failed, if it did.
    pub status: Option<Status>,
    /// How long it took.
    pub time: Duration,
    /// What was found, or how it failed, for a person to read. It holds no secret.
    pub text: String,
    /// What to do about it, if something is to be done that the text does not say.
    pub advice: Option<&'static str>,
}

impl Client {
    /// Looks at what works on the way to the service, each step for itself: the address,
    /// the proxy, the name, the connection, TLS, the clock, the credentials, and the
    /// smallest call. What does not work is no error, but the [`Verdict::Failed`] of its
    /// step; those behind it that need it are [`Verdict::NotTried`]. Nothing is stored
    /// unless the options say so. It begins with a connection of its own; the time-outs
    /// and attempts are those of the client.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// for step in client.check(Default::default())? {
    ///     println!("{:?} {:?}: {}", step.kind, step.verdict, step.text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Status::Cancelled`] and [`Status::Callback`]; [`Status::Unsupported`] of a client
    /// without a service.
    pub fn check(&self, options: CheckOptions) -> Result<Vec<CheckStep>> {
        let name = self.backend.name();
        if self.backend.profile().is_none() {
            return Err(unsupported(
                name,
                "check",
                "be checked: there is nothing to ask",
            ));
        }
        let call = self
            .engine
            .tracing(self.call("check", options.cancel.clone()));
        let mut checkup = Checkup {
            engine: &self.engine,
            backend: &*self.backend,
            call,
            steps: Vec::new(),
            at: Duration::ZERO,
        };
        checkup.look_at_address();
        let is_reached = checkup.look_at_connection()?;
        if checkup.look_at_credentials(is_reached)? {
            self.look_at_service(&mut checkup, options)?;
        }
        Ok(checkup.steps)
    }

    fn look_at_service(&self, checkup: &mut Checkup<'_>, options: CheckOptions) -> Result<()> {
        let done = self.backend.check_call(&self.engine, &mut checkup.call);
        let done = match done {
            Ok(None) if options.store => {
                let mut upload = UploadOptions::default().file_name(PROBE);
                upload.cancel = options.cancel;
                upload.service = self.backend.probe();
                let stored = self.upload(Source::bytes(b"\n"), upload);
                stored.map(|_| Some("the credentials are good (one byte was uploaded)"))
            }
            other => other,
        };
        match done {
            Ok(Some(text)) => checkup.ok(CheckKind::Service, text),
            Ok(None) => {
                let text = format!("{} has no call that stores nothing", self.backend.name());
                let advice = "let it upload one byte (store)";
                checkup.say(CheckKind::Service, Verdict::NotTried, text, Some(advice));
            }
            Err(error) => checkup.failed(CheckKind::Service, error, None)?,
        }
        Ok(())
    }
}

/// The steps so far.
struct Checkup<'c> {
    engine: &'c Engine,
    backend: &'c dyn Backend,
    call: Call,
    steps: Vec<CheckStep>,
    /// When the last of them ended, since the call began.
    at: Duration,
}

impl Checkup<'_> {
    fn look_at_address(&mut self) {
        let Some(url) = self.engine.address() else {
            return;
        };
        let text = format!("{} at {}", self.backend.name(), url.without_query());
        let host = bare(url.host());
        let is_here = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if url.is_https() || is_here {
            self.ok(CheckKind::Address, text);
        } else {
            let advice = "without TLS everybody on the way can read what is sent";
            self.say(CheckKind::Address, Verdict::Warning, text, Some(advice));
        }
    }

    /// Whether the service has answered.
    fn look_at_connection(&mut self) -> Result<bool> {
        let engine = self.engine;
        let is_https = engine.address().is_some_and(|url| url.is_https());
        let proxy = engine.proxy();
        let answered = engine
            .knock(&mut self.call)
            .map(|response| response.head.clone());
        let ended = self.call.watch.elapsed();
        let reached = self.call.watch.trace().map(|trace| trace.milestones());
        let reached = reached.unwrap_or_default();
        // The last of a kind is that of the host, behind the proxy's.
        let last = |milestone| {
            reached
                .iter()
                .rfind(|line| line.milestone == Some(milestone))
        };
        let mut fault = answered.as_ref().err();
        let is_refused = fault.is_some_and(|error| error.status() == Status::Proxy);
        let proxy_text = match (&proxy, last(Milestone::Tunnel)) {
            (None, _) => "no proxy".to_owned(),
            (Some(proxy), None) => proxy.clone(),
            (Some(proxy), Some(line)) => format!("{proxy}: {}", line.text),
        };
        match fault.filter(|_| is_refused) {
            Some(error) => {
                self.fail(CheckKind::Proxy, error, None);
                fault = None;
            }
            None => self.ok(CheckKind::Proxy, proxy_text),
        }
        for (kind, milestone, advice) in [
            (
                CheckKind::Name,
                Milestone::Name,
                "ask for the name server, or the proxy, of this network",
            ),
            (
                CheckKind::Connection,
                Milestone::Connection,
                "a firewall, or nobody listens there: check the port, or ask for the proxy of this \
                 network",
            ),
            (
                CheckKind::Tls,
                Milestone::Tls,
                "check what stands in between",
            ),
        ] {
            let needs_tls = kind == CheckKind::Tls;
            match (last(milestone), fault) {
                _ if needs_tls && !is_https => {
                    self.not_tried(kind, "no TLS: the address is http://");
                }
                (Some(line), _) => self.reached(kind, line),
                (None, Some(error)) => {
                    // What the machine is short of, or TLS fails for, is said with its cure.
                    let is_told = error.status() == Status::System
                        || (needs_tls && error.tls_fault().is_some());
                    let advice = Some(advice).filter(|_| !is_told);
                    self.at = self.at.min(ended);
                    self.fail(kind, error, advice);
                    fault = None;
                }
                (None, None) => self.not_tried(kind, EARLIER),
            }
        }
        let date = answered.as_ref().ok().and_then(service::date);
        match (&answered, fault) {
            (Ok(_), _) => self.look_at_clock(date),
            (Err(_), Some(error)) => {
                let advice = "what answers there is not the service: check the address";
                self.fail(CheckKind::Clock, error, Some(advice));
            }
            (Err(_), None) => self.not_tried(CheckKind::Clock, EARLIER),
        }
        match answered {
            Err(error) if error.is_stop() => Err(error),
            other => Ok(other.is_ok()),
        }
    }

    fn look_at_clock(&mut self, there: Option<SystemTime>) {
        let Some(there) = there else {
            self.not_tried(CheckKind::Clock, "the answer does not say what time it is");
            return;
        };
        let here = SystemTime::now();
        let (apart, word) = match here.duration_since(there) {
            Ok(ahead) => (ahead, "ahead of"),
            Err(behind) => (behind.duration(), "behind"),
        };
        let text = format!("this machine is {} s {word} the service", apart.as_secs());
        if apart <= CLOCK_MAX {
            self.ok(CheckKind::Clock, text);
        } else {
            let advice = "set the clock of this machine: signatures and certificates depend on it";
            self.say(CheckKind::Clock, Verdict::Warning, text, Some(advice));
        }
    }

    /// Whether the service can be asked.
    fn look_at_credentials(&mut self, is_reached: bool) -> Result<bool> {
        if !is_reached {
            self.not_tried(CheckKind::Credentials, EARLIER);
            self.not_tried(CheckKind::Service, EARLIER);
            return Ok(false);
        }
        self.call.has_sent = false;
        match self.backend.check_credentials(self.engine, &mut self.call) {
            Ok(true) if self.call.has_sent => self.ok(CheckKind::Credentials, "a token was got"),
            Ok(true) => self.ok(
                CheckKind::Credentials,
                "the client has a token, which was got before",
            ),
            Ok(false) => self.not_tried(
                CheckKind::Credentials,
                "no token has to be got: what is given goes with the calls",
            ),
            Err(error) => {
                let advice = (error.status() == Status::Auth)
                    .then_some("check them, and that they are for this address");
                self.failed(CheckKind::Credentials, error, advice)?;
                self.not_tried(CheckKind::Service, EARLIER);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ok(&mut self, kind: CheckKind, text: impl Into<String>) {
        self.say(kind, Verdict::Ok, text, None);
    }

    fn not_tried(&mut self, kind: CheckKind, text: &str) {
        self.say(kind, Verdict::NotTried, text, None);
    }

    /// A connection has come so far.
    fn reached(&mut self, kind: CheckKind, line: &Line) {
        let time = line.at.saturating_sub(self.at);
        self.at = line.at.max(self.at);
        self.add(kind, Verdict::Ok, time, line.text.clone(), None);
    }

    /// The step fails, unless it was the caller who has stopped the call.
    fn failed(
        &mut self,
        kind: CheckKind,
        error: Error,
        advice: Option<&'static str>,
    ) -> Result<()> {
        if error.is_stop() {
            return Err(error);
        }
        self.fail(kind, &error, advice);
        Ok(())
    }

    fn fail(&mut self, kind: CheckKind, error: &Error, advice: Option<&'static str>) {
        let advice = match error.is_at_proxy() {
            true => Some("it is the proxy that is at fault"),
            false => advice,
        };
        self.say(kind, Verdict::Failed, error.message(), advice);
        if let Some(step) = self.steps.last_mut() {
            step.status = Some(error.status());
        }
    }

    /// A step is over now.
    fn say(
        &mut self,
        kind: CheckKind,
        verdict: Verdict,
        text: impl Into<String>,
        advice: Option<&'static str>,
    ) {
        let now = self.call.watch.elapsed();
        let is_made = verdict != Verdict::NotTried && kind >= CheckKind::Name;
        let time = if is_made {
            now.saturating_sub(self.at)
        } else {
            Duration::ZERO
        };
        if is_made {
            self.at = now;
        }
        self.add(kind, verdict, time, text.into(), advice);
    }

    fn add(
        &mut self,
        kind: CheckKind,
        verdict: Verdict,
        time: Duration,
        text: String,
        advice: Option<&'static str>,
    ) {
        self.steps.push(CheckStep {
            kind,
            verdict,
            status: None,
            time,
            text,
            advice,
        });
    }
}

/// What an answer says to who asks for a file that is not there: of some services only
/// that it failed, and not why.
pub(super) fn absent(answer: &Answer, refusal: fn(&Answer) -> Error) -> Result<()> {
    if answer.is_success() {
        return Ok(());
    }
    is_absent(refusal(answer))
}

/// The same of an error that was read.
pub(super) fn is_absent(error: Error) -> Result<()> {
    match error.status() {
        Status::NotFound | Status::Expired | Status::Service => Ok(()),
        _ => Err(error),
    }
}

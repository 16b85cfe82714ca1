//! HTTP/1.1 over ureq. Only this module names it.
//!
//! ureq speaks HTTP; what is under it is ours ([`stream`], [`connect`]), so that
//! a call ends when it is cancelled or its time is over, whatever it waits for.

mod buffers;
mod bypass;
mod challenge;
mod connect;
mod descriptors;
mod fault;
mod head;
mod idle;
mod login;
mod names;
mod parse;
mod proxy;
mod reach;
mod request_state;
mod route;
#[cfg(all(unix, any(test, fuzzing)))]
mod script;
mod socket;
mod stream;
mod system_proxy;
mod tcp;
mod tls;
mod transport;
mod trust;
mod workarounds;

pub use login::{ProxyChallenge, ProxyLogin};
pub use names::IpVersion;
pub(crate) use names::{Entry, NameOptions};
pub(crate) use proxy::{Proxies, ProxyRules};
pub(crate) use reach::Reach;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) use script::Script;
pub(crate) use tls::TlsOptions;
pub use trust::Trust;

use super::body::BodyReader;
use super::limit::Throttle;
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::{Answer, Head, Namer, Request, Url, url};
use crate::threads::lock;
use crate::watch::{CancelHandle, Watch};
use challenge::AUTHENTICATE;
use connect::Dialer;
use fault::from_ureq;
use idle::{IDLE_MAX, Idle};
use proxy::Proxy;
use request_state::RequestState;
use route::Route;
use std::collections::TryReserveError;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard};
use transport::{NoLookup, UreqConnector, is_broken};
use zeroize::Zeroizing;

/// Idle agents in the pool, as many as calls or parts were lately made side by side,
/// but no more; each may hold an open connection to two hosts, with a quarter of a
/// mebibyte of buffers.
const IDLE_AGENTS: usize = 16;
/// The most connections that an idle agent keeps open (API, storage).
const IDLE_CONNECTIONS: usize = 2;

/// A body of up to this size goes out with its head: a segment each, on loopback a wake of
/// the server each, were a third of what a small call cost.
const SMALL_BODY: u64 = 16 * 1024;

/// URL and header fields of a request, at most: more than servers take (nginx: 32 KiB in all),
/// and less than ureq has room for (128 KiB) beside what it adds.
const REQUEST_HEAD_MAX: usize = 64 * 1024;

/// A JSON answer larger than this is not one of the documented answers: the largest is a list of 1,000
/// files (smh.md §1.10), which has some 3 KB for each with the longest names as escapes, and labels.
const ANSWER_MAX: usize = 3 * 1024 * 1024;

/// How to reach hosts.
#[derive(Default)]
pub(crate) struct HttpOptions {
    pub(crate) user_agent: String,
    pub(crate) names: NameOptions,
    pub(crate) proxies: Proxies,
    pub(crate) reach: Reach,
    pub(crate) tls: TlsOptions,
}

/// An HTTP client whose calls do not disturb each other: each takes a ureq agent,
/// with its connections, out of a pool for itself while it runs, so that its
/// time-outs are its own, and puts it back for the next call.
pub(crate) struct Http {
    config: ureq::config::Config,
    dialer: Arc<Dialer>,
    reach: Reach,
    download_rate: Throttle,
    idle: Mutex<Vec<PooledAgent>>,
}

struct PooledAgent {
    agent: ureq::Agent,
    idle: Idle,
    state: Arc<RequestState>,
}

impl Http {
    pub(crate) fn new(options: HttpOptions, download_rate: Throttle) -> Result<Self> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are followed by the caller, who knows which headers
            // may go to another host. The environment is not read.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(&options.user_agent)
            // Files as they are stored, and JSON that can be read.
            .accept_encoding("identity")
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(1)
            // The transport knows better.
            .max_idle_age(IDLE_MAX * 2)
            .build();
        let tls = tls::config(&options.tls)?;
        Ok(Self {
            config,
            dialer: Arc::new(Dialer::new(options.names, options.proxies, tls)),
            reach: options.reach,
            download_rate,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Sends a request with its body, and returns as soon as the head of the
    /// answer is there; also if the server answers before it has all of it.
    pub(crate) fn send(
        &self,
        request: &Request,
        length: u64,
        body: BodyReader<'_, '_, '_>,
        watch: &Watch,
    ) -> Result<Response<'_>> {
        self.check_reach(request)?;
        check_head(request)?;
        // Most clients have none, and need not look at each URL.
        let proxy = match self.dialer.has_proxies() {
            true => self.route(&request.url, |route| route.plain_proxy()),
            false => None,
        };
        let used = proxy.map_or(0, |proxy| proxy.login().generation());
        let agent = self.take_agent(watch);
        let is_restricted = self.reach.restricts(request);
        let before = agent.state.begin(watch.clone(), is_restricted);
        let is_held = (1..=SMALL_BODY).contains(&length) && body.is_at_hand();
        agent.state.hold_head(is_held && request.method.has_body());
        let mut result = run(&agent.agent, request, length, body);
        if result.is_err() && agent.state.rescued.is_there() {
            result = workarounds::read_early_answer(&agent.agent, request).map(received);
        }
        if let (Some(proxy), Ok((head, _))) = (proxy, &result) {
            if head.status == 407 {
                let offers: Vec<_> = head.headers_named(AUTHENTICATE).collect();
                let may_pass = proxy.login().again(&offers, used, watch);
                let error = proxy
                    .refuses_login(&offers)
                    .with_phase(Phase::Connect)
                    .with_http_status(407);
                // With what it wants it is sent again at once.
                return Err(match may_pass.map_err(|e| e.with_phase(Phase::Connect))? {
                    true => error.with_remedy(Some(Remedy::Login)),
                    false => error,
                });
            }
            proxy.login().accepted();
        }
        match result {
            Ok((head, body)) => Ok(Response {
                head,
                url: request.url.clone(),
                body: Some(body),
                agent: Some(agent),
                http: self,
                watch: watch.clone(),
                is_over: false,
            }),
            Err(error) => {
                let state = Arc::clone(&agent.state);
                // Its other connections are still good.
                drop(state.rescued.take());
                self.put_back(agent, false);
                let broken = matches!(&error, ureq::Error::Io(e) if is_broken(e));
                let error = from_ureq(error, state.phase());
                let was_idle = state.connections() == before && !state.has_received();
                Err(if broken && was_idle {
                    error.lost_idle()
                } else {
                    error
                })
            }
        }
    }

    /// What the proxies are told that nobody else may see.
    pub(crate) fn proxy_secrets(&self) -> impl Iterator<Item = Zeroizing<String>> {
        self.dialer.proxy_secrets()
    }

    /// Asks the caller for the login of a proxy, if threads of the call wait for that, which
    /// `stop` ends.
    pub(crate) fn answer_proxy(
        &self,
        watch: &Watch,
        stop: &CancelHandle,
        declined: &mut bool,
    ) -> Result<()> {
        self.dialer.answer_proxy(watch, stop, declined)
    }

    /// Fails if a request may not be sent to where others have said.
    pub(crate) fn check_reach(&self, request: &Request) -> Result<()> {
        self.reach.check(request)
    }

    /// The proxy that requests to this URL go through, without its login.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<String> {
        self.route(url, |route| route.proxy)
            .map(ToString::to_string)
    }

    /// The proxy that `which` says of the way to this URL.
    fn route<'h>(
        &'h self,
        url: &Url,
        which: impl FnOnce(&Route<'h, '_>) -> Option<&'h Proxy>,
    ) -> Option<&'h Proxy> {
        let uri = url.as_str().parse().ok()?;
        which(&self.dialer.route(&uri))
    }

    fn take_agent(&self, watch: &Watch) -> PooledAgent {
        if let Some(agent) = self.lock_idle().pop() {
            return agent;
        }
        let state = Arc::new(RequestState::new(watch.clone()));
        let connector = UreqConnector {
            state: Arc::clone(&state),
            dialer: Arc::clone(&self.dialer),
        };
        PooledAgent {
            agent: ureq::Agent::with_parts(self.config.clone(), connector, NoLookup),
            idle: Idle::begin(),
            state,
        }
    }

    /// Puts an agent back for a later call: as the next one to be taken, or, if it has
    /// just lost its connection, as the last. So those that are not needed any more
    /// grow old, and are closed.
    fn put_back(&self, mut agent: PooledAgent, is_connected: bool) {
        agent.state.end();
        agent.idle = Idle::begin();
        let mut idle = self.lock_idle();
        idle.retain(|agent| !agent.idle.is_too_long());
        if idle.len() < IDLE_AGENTS {
            let place = if is_connected { idle.len() } else { 0 };
            idle.insert(place, agent);
        }
    }

    /// Drops the idle connections: one of them turned out to be dead, and the
    /// others are as old.
    pub(crate) fn drop_idle(&self) {
        self.lock_idle().clear();
    }

    fn lock_idle(&self) -> MutexGuard<'_, Vec<PooledAgent>> {
        lock(&self.idle)
    }
}

fn check_head(request: &Request) -> Result<()> {
    let fields = request.headers.iter();
    let fields = fields.map(|header| header.name.len() + header.value.len());
    let size = request.url.as_str().len() + fields.sum::<usize>();
    if size <= REQUEST_HEAD_MAX {
        return Ok(());
    }
    let (status, what) = match request.provenance.namer {
        Namer::Config | Namer::Message => (Status::Argument, "a token or a name in it"),
        Namer::Answer { .. } | Namer::Redirect { .. } => {
            (Status::Response, "what the service names for it")
        }
    };
    Err(Error::new(
        status,
        format!(
            "the request cannot be sent: its URL and header fields are {size} bytes long, and at \
             most {REQUEST_HEAD_MAX} go; {what} is too long"
        ),
    ))
}

type Received = (Head, ureq::BodyReader<'static>);

fn run(
    agent: &ureq::Agent,
    request: &Request,
    length: u64,
    mut body: BodyReader<'_, '_, '_>,
) -> Result<Received, ureq::Error> {
    let mut builder = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(request.url.as_str());
    for header in &request.headers {
        builder = builder.header(header.name.as_ref(), header.value.as_str());
    }
    let response = if request.method.has_body() {
        let builder = builder.header("Content-Length", length);
        agent.run(builder.body(ureq::SendBody::from_reader(&mut body))?)?
    } else {
        agent.run(builder.body(())?)?
    };
    Ok(received(response))
}

fn received(response: ureq::http::Response<ureq::Body>) -> Received {
    let (parts, body) = response.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = if name == ureq::http::header::LOCATION {
                url::from_bytes(value.as_bytes())
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_owned(), value)
        })
        .collect();
    let head = Head {
        status: parts.status.as_u16(),
        is_http_1_1: parts.version == ureq::http::Version::HTTP_11,
        headers,
        asked: None,
        is_redirected: false,
    };
    (head, body.into_reader())
}

/// An answer whose body is still to be read. Dropping it early closes the
/// connection.
pub(crate) struct Response<'h> {
    pub(crate) head: Head,
    /// What was asked: of several addresses of a service the one that was reached.
    pub(crate) url: Url,
    body: Option<ureq::BodyReader<'static>>,
    agent: Option<PooledAgent>,
    http: &'h Http,
    watch: Watch,
    /// The body was read to its end, so that the connection is good for another
    /// request.
    is_over: bool,
}

impl Response<'_> {
    /// The length of the body, if the answer states it. Beside a coding of the
    /// transfer it says nothing (RFC 9112 §6.3).
    pub(crate) fn length(&self) -> Option<u64> {
        if self.head.header("transfer-encoding").is_some() {
            return None;
        }
        self.head.header("content-length")?.trim().parse().ok()
    }

    /// Whether the end of the body can be told from a broken connection (RFC 9112
    /// §6.3): what else comes ends when the connection does.
    pub(crate) fn has_framing(&self) -> bool {
        let mut codings = self.head.headers_named("transfer-encoding");
        match (codings.next(), codings.next()) {
            (Some(coding), None) => {
                self.head.is_http_1_1 && coding.trim().eq_ignore_ascii_case("chunked")
            }
            (Some(_), Some(_)) => false,
            (None, _) => self.length().is_some(),
        }
    }

    /// Reads the next bytes of the body; 0 at its end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Some(body) = &mut self.body else {
            return Ok(0);
        };
        if let Some(agent) = &self.agent {
            agent.state.begin_read();
        }
        let rate = &self.http.download_rate;
        let step = rate.step(buffer.len());
        loop {
            match body.read(&mut buffer[..step.room]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(read) => {
                    self.is_over = read == 0 && step.room > 0;
                    rate.pace(&step, read, &self.watch)?;
                    return Ok(read);
                }
                Err(e) => {
                    let error = from_ureq(ureq::Error::from(e), Phase::Receive);
                    return Err(if error.status() == Status::ConnectionLost {
                        truncated()
                    } else {
                        error
                    });
                }
            }
        }
    }

    /// Reads the whole body, which must be small. Of a refusal the beginning
    /// is enough: it may be anything, also a large page of HTML.
    pub(crate) fn collect(mut self) -> Result<Answer> {
        /// Room for what comes next, of which no more is known.
        const STEP: u64 = 8 * 1024;
        let mut body = Zeroizing::new(Vec::new());
        let mut filled = 0;
        let length = self.length().unwrap_or(u64::MAX);
        let is_refusal = self.head.status / 100 != 2;
        loop {
            if filled == body.len() {
                // One byte more, in which the end is seen.
                let left = length.saturating_sub(filled as u64).saturating_add(1);
                make_room(&mut body, left.min(STEP) as usize).map_err(|_| {
                    Error::new(Status::Memory, "no memory for the answer")
                        .with_phase(Phase::Receive)
                })?;
            }
            let read = match self.read(&mut body[filled..]) {
                // The status of a refusal says enough.
                Err(e) if is_refusal && is_of_the_body(&e) => 0,
                other => other?,
            };
            if read == 0 {
                break;
            }
            filled += read;
            if filled <= ANSWER_MAX {
                continue;
            }
            if is_refusal {
                break;
            }
            return Err(Error::new(
                Status::Response,
                format!(
                    "the answer is larger than {ANSWER_MAX} bytes, which no documented answer is; \
                     check the base URL and any proxy"
                ),
            )
            .with_phase(Phase::Receive)
            .with_http_status(self.head.status));
        }
        body.truncate(filled);
        Ok(Answer {
            head: std::mem::take(&mut self.head),
            body,
        })
    }
}

/// Adds so many zeros. What was there is wiped if it moves, for there may be secrets in it.
fn make_room(body: &mut Zeroizing<Vec<u8>>, more: usize) -> Result<(), TryReserveError> {
    let length = body.len() + more;
    if length > body.capacity() {
        let mut larger = Zeroizing::new(Vec::new());
        larger.try_reserve_exact(length.max(2 * body.len()))?;
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.resize(length, 0);
    Ok(())
}

/// Whether it is the server or the way that keeps the rest of the body, or spoils it; not the caller.
fn is_of_the_body(error: &Error) -> bool {
    matches!(
        error.status(),
        Status::Truncated | Status::ConnectionLost | Status::Stalled | Status::Protocol
    )
}

fn truncated() -> Error {
    Error::new(
        Status::Truncated,
        "the connection broke before the whole answer had arrived; try again",
    )
    .with_phase(Phase::Receive)
    .retryable()
}

impl Drop for Response<'_> {
    fn drop(&mut self) {
        // The reader first: it gives its connection back to the agent.
        self.body = None;
        if let Some(agent) = self.agent.take() {
            self.http.put_back(agent, self.is_over);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use crate::message::Url;

    /// ureq takes what the parser of URLs has let through, and changes nothing.
    #[test]
    fn every_url_goes_into_a_request_line_as_it_is() {
        for text in [
            "http://h",
            "http://h?x",
            "https://my_b.example:9/a//..;v=1/%2f%zz?q=a+b/c:d@e!$&'()*,;=~#f",
            "http://[::1]:9/\"<>`{|}^\\[]ü 图?\"<>`{|}^\\[]ü 图?",
            "http://bücher.example./x",
        ] {
            let url = Url::parse(text).unwrap();
            let uri: ureq::http::Uri = url.as_str().parse().unwrap();
            let target = uri.path_and_query().unwrap().as_str();
            let sent = format!("{}{target}", url.address());
            assert_eq!(sent.trim_end_matches('/'), url.as_str());
            assert_eq!(uri.host().unwrap(), url.host());
        }
    }
}

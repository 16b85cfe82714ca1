//! From a URL to a connected stream: name look-up, TCP, proxy, TLS. Each step
//! ends when the call is cancelled or its time is over.

use super::proxy::{Proxies, Proxy};
use super::reach::{is_public, private};
use super::request_state::RequestState;
use super::stream::Stream;
use super::tcp::Connecting;
use super::tls;
use crate::error::{Error, Phase, Result, Status};
use crate::message::url::bare;
use crate::threads;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use ureq::http::Uri;

/// The most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 16;

/// How connections are made; shared by all calls of a client.
pub(super) struct Dialer {
    proxies: Proxies,
    tls: Arc<rustls::ClientConfig>,
}

impl Dialer {
    pub(super) fn new(proxies: Proxies, tls: Arc<rustls::ClientConfig>) -> Self {
        Self { proxies, tls }
    }

    /// The proxy that answers for itself where it has to, if a request for this URL
    /// goes to it as it is.
    pub(super) fn plain_proxy(&self, url: &str) -> Option<&Proxy> {
        let uri: Uri = url.parse().ok()?;
        let proxy = self.proxy_for(&uri)?;
        let is_plain = proxy.takes_plain_requests() && uri.scheme_str() == Some("http");
        is_plain.then_some(proxy)
    }

    /// The proxy that requests to this URL go through, if any.
    pub(super) fn proxy_for(&self, uri: &Uri) -> Option<&Proxy> {
        let host = uri.host().unwrap_or_default();
        self.proxies.choose(uri.scheme_str() == Some("https"), host)
    }

    pub(super) fn connect(&self, request: &RequestState, uri: &Uri) -> Result<Stream> {
        let watch = request.watch();
        request.enter(Phase::Connect);
        let host = uri.host().unwrap_or_default();
        let https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let connecting = Connecting::begin(&watch);
        let mut stream = match self.proxy_for(uri) {
            None => {
                let endpoint = Endpoint {
                    host,
                    port,
                    who: "",
                    is_restricted: request.is_restricted(),
                };
                self.dial(&connecting, &endpoint)?
            }
            // It is the proxy that knows what the host's name stands for.
            Some(proxy) => {
                let endpoint = Endpoint {
                    host: proxy.host(),
                    port: proxy.port(),
                    who: "the proxy ",
                    is_restricted: false,
                };
                let mut stream = self.dial(&connecting, &endpoint).map_err(Error::of_proxy)?;
                proxy
                    .negotiate(&mut stream, &connecting, host, port, https)
                    .map_err(|e| match e.status() {
                        // What it has no connection to is behind it.
                        Status::Connect => e,
                        _ => e.of_proxy(),
                    })?;
                stream
            }
        };
        if https {
            self.start_tls(&mut stream, &connecting, host, port)?;
        }
        Ok(stream)
    }

    fn start_tls(
        &self,
        stream: &mut Stream,
        connecting: &Connecting<'_>,
        host: &str,
        port: u16,
    ) -> Result<()> {
        let endpoint = format!("{host}:{port}");
        stream
            .start_tls(Arc::clone(&self.tls), bare(host))
            .map_err(|e| tls::error(&e, &endpoint))?;
        stream
            .handshake(connecting.watch, || connecting.check("the TLS handshake"))
            .map_err(|e| match e.downcast::<Error>() {
                Ok(ours) => ours,
                Err(e) => match tls::fault(&e) {
                    Some(fault) => tls::error(fault, &endpoint),
                    None => Error::new(
                        Status::Connect,
                        format!(
                            "{endpoint} hung up during the TLS handshake: {e}; check that it is a port \
                             for https, and what stands in between"
                        ),
                    )
                    .because(e)
                    .retryable(),
                },
            })
    }

    /// Tries the addresses of a host one after the other; each may use an equal
    /// share of the time that is left, so that a dead one does not use up all.
    fn dial(&self, connecting: &Connecting<'_>, endpoint: &Endpoint<'_>) -> Result<Stream> {
        let mut addresses = self.resolve(connecting, endpoint)?;
        if endpoint.is_restricted {
            let first = addresses.first().map(SocketAddr::ip);
            addresses.retain(|address| is_public(address.ip()));
            if let (Some(first), true) = (first, addresses.is_empty()) {
                return Err(private(endpoint.host, first));
            }
        }
        let mut last = None;
        for (tried, address) in addresses.iter().enumerate() {
            let left = connecting.time_left();
            let share = left / u32::try_from(addresses.len() - tried).unwrap_or(1);
            match connecting.dial(*address, share)? {
                Ok(stream) => return Ok(stream),
                Err(e) => last = Some(e),
            }
        }
        match last {
            Some(e) if e.kind() != io::ErrorKind::TimedOut => {
                let (status, advice) = about_connecting(&e);
                let text = format!("cannot connect to {endpoint}: {e}; {advice}");
                Err(Error::new(status, text).because(e).retryable())
            }
            _ => {
                connecting.check("the TCP connection")?;
                Err(Error::new(
                    Status::ConnectTimeout,
                    format!("{endpoint} does not answer; check the address and the network"),
                )
                .retryable())
            }
        }
    }

    /// The system's resolver cannot be interrupted, so it runs on a thread of
    /// its own, which is left behind when it hangs: the code of the library stays in
    /// memory for it (capi/build/main.rs, capi/src/stay.rs).
    fn resolve(
        &self,
        connecting: &Connecting<'_>,
        endpoint: &Endpoint<'_>,
    ) -> Result<Vec<SocketAddr>> {
        let Endpoint {
            host, port, who, ..
        } = *endpoint;
        if let Ok(address) = bare(host).parse::<IpAddr>() {
            return Ok(vec![(address, port).into()]);
        }
        let fail = |reason: &str| {
            Error::new(
                Status::Resolve,
                format!("cannot resolve {who}{host}: {reason}; check the name and the network"),
            )
            .retryable()
        };
        let (answer, answers) = mpsc::channel();
        let name = host.to_owned();
        let look_up = move || {
            let found = (name.as_str(), port)
                .to_socket_addrs()
                .map(|found| found.take(MAX_ADDRESSES).collect::<Vec<_>>());
            // Nobody listens any more if the look-up was given up.
            let _ = answer.send(found);
        };
        let lookup =
            threads::with_signals_blocked(|| threads::named("chatfile-lookup").spawn(look_up))
                .map_err(|e| no_thread(host, e))?;
        loop {
            match answers.recv_timeout(connecting.watch.slice()) {
                Ok(found) => {
                    // It has nothing left to do but to end.
                    let _ = lookup.join();
                    return match found {
                        Ok(addresses) if addresses.is_empty() => Err(fail("it has no address")),
                        Ok(addresses) => Ok(addresses),
                        Err(e) if is_out_of_files(&e) => {
                            let text = format!("cannot resolve {who}{host}: {e}; {TOO_MANY_FILES}");
                            Err(Error::new(Status::System, text).because(e).retryable())
                        }
                        Err(e) => Err(fail(&e.to_string()).because(e)),
                    };
                }
                Err(RecvTimeoutError::Disconnected) => return Err(fail("the look-up failed")),
                Err(RecvTimeoutError::Timeout) => {
                    connecting.check("the name look-up")?;
                }
            }
        }
    }
}

/// What is connected to.
struct Endpoint<'a> {
    host: &'a str,
    port: u16,
    /// "the proxy ", if it is that.
    who: &'static str,
    /// Only public addresses will do.
    is_restricted: bool,
}

impl fmt::Display for Endpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}", self.who, self.host, self.port)
    }
}

const TOO_MANY_FILES: &str = "this process or machine has too many files and connections open: close some, or raise the \
     limit (ulimit -n)";

/// What it is that no connection could be made, and what to do about it.
fn about_connecting(error: &io::Error) -> (Status, &'static str) {
    match error.kind() {
        _ if is_out_of_files(error) => (Status::System, TOO_MANY_FILES),
        io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported => (
            Status::System,
            "this machine does not allow it; check its firewall and the sandbox of this process",
        ),
        _ => (Status::Connect, "check the address and the network"),
    }
}

/// EMFILE and ENFILE, which have no stable ErrorKind.
fn is_out_of_files(error: &io::Error) -> bool {
    let codes: &[i32] = if cfg!(windows) { &[10024] } else { &[24, 23] };
    error
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

fn no_thread(host: &str, error: io::Error) -> Error {
    Error::new(
        Status::System,
        format!(
            "no thread can be started to look up {host}: {error}; this process or user has too many, \
             or memory is short: end some, or raise the limit (ulimit -u)"
        ),
    )
    .because(error)
    .retryable()
}

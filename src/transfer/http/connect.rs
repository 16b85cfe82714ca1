//! From a URL to a connected stream: name look-up, TCP, proxy, TLS. Each step
//! ends when the call is cancelled or its time is over.

use super::line::Line;
use super::proxy::{Proxies, Proxy};
use super::reach::{is_public, private};
use super::stream::Stream;
use super::tls;
use crate::error::{Error, Phase, Result, Status};
use crate::threads;
use crate::transfer::watch::{SLICE, Watch};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use ureq::http::Uri;

/// The most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 16;

/// The state of a connect is looked at after this time first, then after twice
/// as long each time, up to a tenth of a slice.
const FIRST_LOOK: Duration = Duration::from_micros(100);

/// How connections are made; shared by all calls of a client.
pub(super) struct Dialer {
    proxies: Proxies,
    tls: Arc<rustls::ClientConfig>,
    /// Name look-ups that were given up, and still hang in the system's
    /// resolver, which cannot be interrupted.
    abandoned: Mutex<Vec<JoinHandle<()>>>,
}

impl Dialer {
    pub(super) fn new(proxies: Proxies, tls: Arc<rustls::ClientConfig>) -> Self {
        Self {
            proxies,
            tls,
            abandoned: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn has_proxy(&self) -> bool {
        self.proxies.any()
    }

    /// The proxy that requests to this URL go through, if any.
    pub(super) fn proxy_for(&self, uri: &Uri) -> Option<&Proxy> {
        let host = uri.host().unwrap_or_default();
        self.proxies.choose(uri.scheme_str() == Some("https"), host)
    }

    pub(super) fn connect(&self, line: &Line, uri: &Uri) -> Result<Stream> {
        let watch = line.watch();
        line.enter(Phase::Connect);
        let host = uri.host().unwrap_or_default();
        let https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let attempt = Attempt {
            watch: &watch,
            begun: Instant::now(),
        };
        let mut stream = match self.proxy_for(uri) {
            None => self.dial(&attempt, host, port, line.is_restricted())?,
            // It is the proxy that knows what the host's name stands for.
            Some(proxy) => {
                let mut stream = self.dial(&attempt, proxy.host(), proxy.port(), false)?;
                proxy.negotiate(&mut stream, &attempt, host, port, https)?;
                stream
            }
        };
        if https {
            self.start_tls(&mut stream, &attempt, host)?;
        }
        Ok(stream)
    }

    fn start_tls(&self, stream: &mut Stream, attempt: &Attempt<'_>, host: &str) -> Result<()> {
        stream
            .start_tls(Arc::clone(&self.tls), bare(host))
            .map_err(|e| tls::error(&e))?;
        stream
            .handshake(attempt.watch, || attempt.check("the TLS handshake"))
            .map_err(|e| match e.downcast::<Error>() {
                Ok(ours) => ours,
                Err(e) if tls::is_fault(&e) => tls::error(&e),
                Err(e) => Error::new(
                    Status::Connect,
                    format!("{host} hung up during the TLS handshake: {e}"),
                )
                .retryable(),
            })
    }

    /// Tries the addresses of a host one after the other; each may use an equal
    /// share of the time that is left, so that a dead one does not use up all.
    fn dial(
        &self,
        attempt: &Attempt<'_>,
        host: &str,
        port: u16,
        is_restricted: bool,
    ) -> Result<Stream> {
        let mut addresses = self.resolve(attempt, host, port)?;
        if is_restricted {
            let first = addresses.first().map(SocketAddr::ip);
            addresses.retain(|address| is_public(address.ip()));
            if let (Some(first), true) = (first, addresses.is_empty()) {
                return Err(private(host, first));
            }
        }
        let mut last = None;
        for (tried, address) in addresses.iter().enumerate() {
            let left = attempt.watch.connect_time_left(attempt.begun);
            let share = left / u32::try_from(addresses.len() - tried).unwrap_or(1);
            match attempt.dial(*address, share)? {
                Ok(stream) => return Ok(stream),
                Err(e) => last = Some(e),
            }
        }
        match last {
            Some(e) if e.kind() != io::ErrorKind::TimedOut => Err(Error::new(
                Status::Connect,
                format!("cannot connect to {host}:{port}: {e}; check the address and the network"),
            )
            .retryable()),
            _ => {
                attempt.check("the TCP connection")?;
                Err(Error::new(
                    Status::ConnectTimeout,
                    format!("{host}:{port} does not answer; check the address and the network"),
                )
                .retryable())
            }
        }
    }

    /// The system's resolver cannot be interrupted, so it runs on a thread of
    /// its own, which is left behind when it hangs.
    fn resolve(&self, attempt: &Attempt<'_>, host: &str, port: u16) -> Result<Vec<SocketAddr>> {
        if let Ok(address) = bare(host).parse::<IpAddr>() {
            return Ok(vec![(address, port).into()]);
        }
        let fail = |reason: &str| {
            Error::new(
                Status::Resolve,
                format!("cannot resolve {host}: {reason}; check the name and the network"),
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
        let lookup = threads::deaf(|| threads::named("chatfile-lookup").spawn(look_up))
            .map_err(|e| fail(&e.to_string()))?;
        let given_up = loop {
            match answers.recv_timeout(attempt.watch.slice()) {
                Ok(found) => {
                    // It has nothing left to do but to end.
                    let _ = lookup.join();
                    return match found {
                        Ok(addresses) if addresses.is_empty() => Err(fail("it has no address")),
                        Ok(addresses) => Ok(addresses),
                        Err(e) => Err(fail(&e.to_string())),
                    };
                }
                Err(RecvTimeoutError::Disconnected) => return Err(fail("the look-up failed")),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = attempt.check("the name look-up") {
                        break error;
                    }
                }
            }
        };
        let mut abandoned = self
            .abandoned
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        abandoned.retain(|thread| !thread.is_finished());
        abandoned.push(lookup);
        Err(given_up)
    }
}

impl Drop for Dialer {
    /// On Windows a thread must not outlive the library's code, so the client
    /// waits for it. Elsewhere the library stays in memory (build.rs links it
    /// with -z nodelete, and macOS keeps one that has thread-locals).
    fn drop(&mut self) {
        let abandoned = self
            .abandoned
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for thread in abandoned.drain(..) {
            if cfg!(windows) {
                let _ = thread.join();
            }
        }
    }
}

/// An IPv6 address stands in brackets in a URL, and without them elsewhere.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// A connection under way.
pub(super) struct Attempt<'a> {
    pub(super) watch: &'a Watch,
    begun: Instant,
}

impl Attempt<'_> {
    /// Fails when it is time to give up; `step` is what it is waiting for.
    pub(super) fn check(&self, step: &str) -> Result<()> {
        self.watch.check_connect(self.begun, step)
    }

    /// Connects to one address within `time`. The outer error ends the call,
    /// the inner one only this address.
    fn dial(&self, address: SocketAddr, time: Duration) -> Result<io::Result<Stream>> {
        let socket = match begin_connect(address) {
            Ok(socket) => socket,
            Err(e) => return Ok(Err(e)),
        };
        let begun = Instant::now();
        let mut look = FIRST_LOOK;
        loop {
            self.watch.check()?;
            // A connect under way has neither an error nor a peer.
            match (socket.take_error(), socket.peer_addr()) {
                (Ok(Some(e)), _) | (Err(e), _) => return Ok(Err(e)),
                (Ok(None), Ok(_)) => {
                    let stream = socket
                        .set_nonblocking(false)
                        .and_then(|()| Stream::plain(TcpStream::from(socket)));
                    return Ok(stream);
                }
                (Ok(None), Err(_)) => {}
            }
            if begun.elapsed() >= time {
                return Ok(Err(io::ErrorKind::TimedOut.into()));
            }
            std::thread::sleep(look);
            look = (look * 2).min(SLICE / 10);
        }
    }
}

fn begin_connect(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(e) if !is_under_way(&e) => Err(e),
        _ => Ok(socket),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    // EINPROGRESS (Linux 115, macOS and BSD 36) has no stable ErrorKind.
    error.kind() == io::ErrorKind::WouldBlock
        || (cfg!(unix) && matches!(error.raw_os_error(), Some(115 | 36)))
}

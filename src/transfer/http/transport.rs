//! The transport under ureq: a [`Stream`] with buffers.

use super::SMALL_BODY;
use super::buffers::WipedBuffers;
use super::connect::Dialer;
use super::fault::to_ureq;
use super::head;
use super::idle::{IDLE_MAX, Idle};
use super::reach::is_public;
use super::request_state::RequestState;
use super::stream::Stream;
use super::workarounds::PlainProxyHead;
use crate::error::Phase;
use crate::watch::{self, Activity};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroize as _;

/// Leaves the names to the [`Dialer`], which knows whether a proxy resolves them.
#[derive(Debug)]
pub(super) struct NoLookup;

impl Resolver for NoLookup {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

pub(super) struct UreqConnector {
    pub(super) state: Arc<RequestState>,
    pub(super) dialer: Arc<Dialer>,
}

impl Connector for UreqConnector {
    type Out = UreqTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<UreqTransport>, ureq::Error> {
        let route = self.dialer.route(details.uri);
        let rescued = self.state.rescued.take();
        let is_rescued = rescued.is_some();
        let stream = match rescued {
            Some(stream) => stream,
            None => {
                watch::doing(Activity::Connecting);
                let stream = self.dialer.connect(&self.state, &route);
                watch::doing(Activity::Waiting);
                let stream = stream.map_err(to_ureq)?;
                self.state.connected();
                stream
            }
        };
        Ok(Some(UreqTransport {
            plain_proxy: PlainProxyHead::of(&route, details.uri),
            // Where names are looked up here for a proxy, the peer is the proxy: only who is
            // restricted has had the address looked at.
            is_public: match route.proxy {
                None => is_public(stream.peer()),
                Some(proxy) => !proxy.wants_addresses() || self.state.is_restricted(),
            },
            stream: Some(stream),
            is_rescued,
            head_is_next: true,
            was_used: false,
            idle: Idle::begin(),
            buffers: WipedBuffers::new(
                details.config.input_buffer_size(),
                details.config.output_buffer_size(),
            ),
            held: Vec::new(),
            state: Arc::clone(&self.state),
        }))
    }
}

impl fmt::Debug for UreqConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UreqConnector")
    }
}

/// The network is not looked at more often.
const MOMENT: Duration = Duration::from_secs(1);

pub(super) struct UreqTransport {
    /// Gone when it was rescued.
    stream: Option<Stream>,
    /// The answer is already there: nothing more is sent.
    is_rescued: bool,
    /// What is received next is the head of an answer.
    head_is_next: bool,
    /// Since the connection was last found open.
    was_used: bool,
    idle: Idle,
    plain_proxy: Option<PlainProxyHead>,
    /// Good for requests that may go to public addresses only, as far as it is
    /// known here.
    is_public: bool,
    buffers: WipedBuffers,
    /// The head of a request that waits for its body. It is kept for the next one, as the
    /// buffers are: to wipe it each time is more work than a small call.
    held: Vec<u8>,
    state: Arc<RequestState>,
}

/// Tokens went through it, as through the buffers.
impl Drop for UreqTransport {
    fn drop(&mut self) {
        self.held.zeroize();
    }
}

impl UreqTransport {
    /// The server has refused before it had the whole request: keeps the
    /// connection for reading that answer, and stops the sending.
    fn rescue(&mut self) -> ureq::Error {
        if let Some(stream) = self.stream.take() {
            self.state.rescued.put(stream);
        }
        io::Error::from(io::ErrorKind::BrokenPipe).into()
    }
}

/// Sends everything; `false` if the server has refused before.
fn send_all(stream: &mut Stream, mut bytes: &[u8], state: &RequestState) -> io::Result<bool> {
    let watch = state.watch();
    while !bytes.is_empty() {
        match stream.send(bytes, &watch) {
            Ok(Some(sent)) => bytes = &bytes[sent..],
            Ok(None) => return Ok(false),
            // What the server said before it hung up is still to be read.
            Err(e) if is_broken(&e) && stream.is_refused() => return Ok(false),
            Err(e) => return Err(e),
        }
    }
    Ok(true)
}

/// Whether the connection was closed or reset by the other side.
pub(super) fn is_broken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

impl Transport for UreqTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        if self.is_rescued {
            return Ok(());
        }
        let is_head = self.state.takes_head();
        self.head_is_next |= is_head;
        let Some(stream) = &mut self.stream else {
            return Err(io::Error::from(io::ErrorKind::NotConnected).into());
        };
        if is_head {
            self.held.clear();
        } else if self.held.is_empty() && stream.is_refused() {
            return Err(self.rescue());
        }
        let output = self.buffers.written(amount);
        let rewritten = match &self.plain_proxy {
            Some(proxy) if is_head => proxy.rewrite(output),
            _ => None,
        };
        let mut bytes = rewritten.as_ref().map_or(output, |head| head.as_slice());
        if is_head && self.state.holds_head() {
            // With room for the body; no copy of a token is left behind when it grows.
            let room = bytes.len() + SMALL_BODY as usize;
            if self.held.capacity() < room {
                self.held.zeroize();
                self.held.reserve(room);
            }
            self.held.extend_from_slice(bytes);
            return Ok(());
        }
        if !self.held.is_empty() {
            self.held.extend_from_slice(bytes);
            bytes = &self.held;
        }
        self.state.enter(Phase::Send);
        let sent = send_all(stream, bytes, &self.state);
        self.held.clear();
        if sent? { Ok(()) } else { Err(self.rescue()) }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        if !self.held.is_empty() {
            self.transmit_output(0, timeout)?;
        }
        self.state.enter(Phase::Receive);
        self.was_used = true;
        let Some(stream) = &mut self.stream else {
            return Err(io::Error::from(io::ErrorKind::NotConnected).into());
        };
        let watch = self.state.watch();
        let input = self.buffers.input_append_buf();
        let received = if std::mem::take(&mut self.head_is_next) {
            let proxy = self.plain_proxy.as_ref().map(PlainProxyHead::proxy);
            head::receive(stream, input, &watch, proxy)?
        } else {
            self.state.check_framing(input.len()).map_err(to_ureq)?;
            stream.receive(input, &watch)?
        };
        self.buffers.input_appended(received);
        self.state.received(received);
        Ok(received > 0)
    }

    fn is_open(&mut self) -> bool {
        // Another request has made it. This one shall find the same refusal as on
        // a new connection.
        if !self.is_public && self.state.is_restricted() {
            return false;
        }
        // ureq asks when it keeps the connection and when it takes it up again, which
        // is when the answer matters.
        if std::mem::take(&mut self.was_used) {
            self.idle = Idle::begin();
            return self.stream.is_some() && !self.is_rescued;
        }
        let idle = self.idle.time();
        let is_open =
            |stream: &mut Stream| stream.is_idle() && (idle < MOMENT || stream.has_its_address());
        idle <= IDLE_MAX && self.stream.as_mut().is_some_and(is_open) && !self.is_rescued
    }

    fn is_tls(&self) -> bool {
        self.stream.as_ref().is_some_and(Stream::is_tls)
    }
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport").finish_non_exhaustive()
    }
}

//! The socket under ureq: connects, sends and receives, and keeps the
//! time-outs of the call that is using the connection.

use super::to_ureq;
use crate::error::{Error, Phase, Result, Status};
use crate::transfer::watch::Watch;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

/// A blocked send or receive comes back this often, so that a stall or a
/// deadline is noticed within it. Windows calls the state of a socket whose
/// time-out has fired indeterminate, so there the first slice is the last one.
const SLICE: Duration = Duration::from_millis(100);

/// The most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 16;

/// What the wire and the call that is using it tell each other.
pub(super) struct Line {
    watch: Mutex<Watch>,
    phase: AtomicU8,
    connections: AtomicU32,
    received: AtomicBool,
}

impl Line {
    pub(super) fn new(watch: Watch) -> Self {
        Self {
            watch: Mutex::new(watch),
            phase: AtomicU8::new(Phase::Connect as u8),
            connections: AtomicU32::new(0),
            received: AtomicBool::new(false),
        }
    }

    /// A request begins. Returns how many connections were made so far.
    pub(super) fn begin(&self, watch: Watch) -> u32 {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = watch;
        self.enter(Phase::Connect);
        self.received.store(false, Ordering::Relaxed);
        self.connections()
    }

    pub(super) fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Whether any byte of an answer to the present request has arrived.
    pub(super) fn has_received(&self) -> bool {
        self.received.load(Ordering::Relaxed)
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            p if p == Phase::Send as u8 => Phase::Send,
            p if p == Phase::Receive as u8 => Phase::Receive,
            _ => Phase::Connect,
        }
    }

    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    fn watch(&self) -> Watch {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Resolves names on the calling thread: no helper thread that could outlive
/// the library.
pub(super) struct Lookup;

impl Resolver for Lookup {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let default_port = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let port = uri.port_u16().unwrap_or(default_port);
        let fail = |reason: &str| {
            to_ureq(
                Error::new(
                    Status::Resolve,
                    format!("cannot resolve {host}: {reason}; check the name and the network"),
                )
                .retryable(),
            )
        };
        // An IPv6 address stands in brackets in a URL, and without them here.
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = (bare, port)
            .to_socket_addrs()
            .map_err(|e| fail(&e.to_string()))?;
        let mut addresses = self.empty();
        for address in found.take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() {
            return Err(fail("it has no address"));
        }
        Ok(addresses)
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup")
    }
}

pub(super) struct WireConnector(pub(super) Arc<Line>);

impl Connector for WireConnector {
    type Out = Wire;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Wire>, ureq::Error> {
        let stream = connect(&self.0, details).map_err(to_ureq)?;
        self.0.connections.fetch_add(1, Ordering::Relaxed);
        Ok(Some(Wire {
            stream,
            buffers: LazyBuffers::new(
                details.config.input_buffer_size(),
                details.config.output_buffer_size(),
            ),
            line: Arc::clone(&self.0),
        }))
    }
}

impl fmt::Debug for WireConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WireConnector")
    }
}

/// Tries the addresses one after the other; each may use an equal share of
/// the time that is left, so that a dead one does not use up all of it.
fn connect(line: &Line, details: &ConnectionDetails<'_>) -> Result<TcpStream> {
    let watch = line.watch();
    let started = Instant::now();
    let budget = watch.connect_budget()?;
    let mut last = None;
    for (tried, address) in details.addrs.iter().enumerate() {
        let left = budget.saturating_sub(started.elapsed());
        if left.is_zero() {
            break;
        }
        let share = left / u32::try_from(details.addrs.len() - tried).unwrap_or(1);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => {
                set_up(&stream, &watch).map_err(|e| connect_failed(details, &e))?;
                return Ok(stream);
            }
            Err(e) => last = Some(e),
        }
    }
    Err(match last {
        Some(e) if e.kind() != io::ErrorKind::TimedOut => connect_failed(details, &e),
        _ => watch.connect_error(),
    })
}

fn connect_failed(details: &ConnectionDetails<'_>, error: &io::Error) -> Error {
    let authority = details.uri.authority().map_or("", |a| a.as_str());
    Error::new(
        Status::Connect,
        format!("cannot connect to {authority}: {error}; check the address and the network"),
    )
    .retryable()
}

fn set_up(stream: &TcpStream, watch: &Watch) -> io::Result<()> {
    let slice = if cfg!(windows) { watch.stall() } else { SLICE };
    stream.set_read_timeout(Some(slice))?;
    stream.set_write_timeout(Some(slice))?;
    stream.set_nodelay(true)
}

pub(super) struct Wire {
    stream: TcpStream,
    buffers: LazyBuffers,
    line: Arc<Line>,
}

/// Repeats `step` until it moves at least one byte or finds the end, or the
/// watch says that it is too late.
fn move_bytes(
    line: &Line,
    mut step: impl FnMut() -> io::Result<usize>,
) -> Result<usize, ureq::Error> {
    let watch = line.watch();
    watch.check_deadline().map_err(to_ureq)?;
    let begun = Instant::now();
    loop {
        match step() {
            Ok(moved) => return Ok(moved),
            Err(e) => match e.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    watch.check_stall(begun).map_err(to_ureq)?;
                }
                _ => return Err(e.into()),
            },
        }
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.line.enter(Phase::Send);
        let mut output = &self.buffers.output()[..amount];
        let mut stream = &self.stream;
        while !output.is_empty() {
            match move_bytes(&self.line, || stream.write(output))? {
                0 => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                sent => output = &output[sent..],
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        self.line.enter(Phase::Receive);
        let input = self.buffers.input_append_buf();
        let mut stream = &self.stream;
        let received = move_bytes(&self.line, || stream.read(input))?;
        self.buffers.input_appended(received);
        if received > 0 {
            self.line.received.store(true, Ordering::Relaxed);
        }
        Ok(received > 0)
    }

    /// An idle connection is usable while it is open and silent.
    fn is_open(&mut self) -> bool {
        let silent = self.stream.set_nonblocking(true).is_ok()
            && matches!((&self.stream).read(&mut [0]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock);
        silent && self.stream.set_nonblocking(false).is_ok()
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

//! TCP connections, which can be given up while they are made.

use super::stream::Stream;
use crate::error::Result;
use crate::watch::{SLICE, Watch};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The state of a connect is looked at after this time first, then after twice
/// as long each time, up to a tenth of a slice.
const FIRST_LOOK: Duration = Duration::from_micros(100);

/// A connection under way, with the time that it has.
pub(super) struct Connecting<'a> {
    pub(super) watch: &'a Watch,
    begun: Instant,
}

impl<'a> Connecting<'a> {
    pub(super) fn begin(watch: &'a Watch) -> Self {
        Self {
            watch,
            begun: Instant::now(),
        }
    }

    pub(super) fn time_left(&self) -> Duration {
        self.watch.connect_time_left(self.begun)
    }

    /// Fails when it is time to give up; `step` is what it is waiting for.
    pub(super) fn check(&self, step: &str) -> Result<()> {
        self.watch.check_connect(self.begun, step)
    }

    /// Connects to one address within `time`. The outer error ends the call,
    /// the inner one only this address.
    pub(super) fn dial(&self, address: SocketAddr, time: Duration) -> Result<io::Result<Stream>> {
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
                (Ok(None), Err(e)) if !is_unconnected(&e) => return Ok(Err(e)),
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

/// What `getpeername` says until there is a peer; macOS and the BSDs also EINVAL.
fn is_unconnected(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotConnected => true,
        io::ErrorKind::InvalidInput => cfg!(not(any(target_os = "linux", windows))),
        _ => false,
    }
}

fn is_under_way(error: &io::Error) -> bool {
    // EINPROGRESS (Linux 115, macOS and BSD 36) has no stable ErrorKind.
    error.kind() == io::ErrorKind::WouldBlock
        || (cfg!(unix) && matches!(error.raw_os_error(), Some(115 | 36)))
}

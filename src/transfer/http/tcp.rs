//! TCP connections, which can be given up while they are made.

use super::socket::Socket;
use super::stream::Stream;
use crate::error::Result;
use crate::watch::Watch;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

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
        let mut socket = match Socket::connect(address) {
            Ok(socket) => socket,
            Err(e) => return Ok(Err(e)),
        };
        let begun = Instant::now();
        loop {
            self.watch.check()?;
            let left = time.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(Err(io::ErrorKind::TimedOut.into()));
            }
            match socket.is_connected(left.min(self.watch.slice())) {
                Ok(true) => return Ok(Ok(Stream::plain(socket))),
                Ok(false) => {}
                Err(e) => return Ok(Err(e)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::watch::tests::watch;
    use std::net::TcpListener;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn who_refuses_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let watch = watch(None);
        let connecting = Connecting::begin(&watch);
        assert!(connecting.dial(address, HOUR).unwrap().is_ok());
        drop(listener);
        let refused = connecting.dial(address, HOUR).unwrap().err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }
}

//! TCP connections, which can be given up while they are made.

use super::socket::Socket;
use super::stream::Stream;
use crate::error::Result;
use crate::watch::Watch;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long one address is waited for before another is tried besides (RFC 8305 §8).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// Sockets count in milliseconds, and with less would not wait at all.
const MOMENT: Duration = Duration::from_millis(1);

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

    /// Fails when it is time to give up; `step` is what it is waiting for.
    pub(super) fn check(&self, step: &str) -> Result<()> {
        self.watch.check_connect(self.begun, step)
    }

    /// Connects to one of these addresses, by Happy Eyeballs (RFC 8305 §5): in their
    /// order, the next as soon as one has failed or some time has gone by, and the
    /// first that is connected is taken. The outer error ends the call, the inner
    /// one is that of the first address.
    pub(super) fn dial(&self, addresses: &[SocketAddr]) -> Result<io::Result<Stream>> {
        let mut waiting = addresses.iter();
        let mut under_way = Vec::new();
        let mut fault = None;
        let mut next = Instant::now();
        loop {
            self.check("the TCP connection")?;
            if under_way.is_empty() || next <= Instant::now() {
                match waiting.next().map(|address| Socket::connect(*address)) {
                    Some(Ok(socket)) => {
                        under_way.push(socket);
                        next = Instant::now() + ATTEMPT_DELAY;
                    }
                    Some(Err(e)) => {
                        fault.get_or_insert(e);
                        continue;
                    }
                    None if under_way.is_empty() => {
                        return Ok(Err(fault.unwrap_or(io::ErrorKind::TimedOut.into())));
                    }
                    None => {}
                }
            }
            let mut time = self.watch.connect_time_left(self.begun);
            if waiting.len() > 0 {
                time = time.min(next.saturating_duration_since(Instant::now()));
            }
            let time = time.min(self.watch.slice()).max(MOMENT);
            let pending = under_way.len();
            match first_connected(&mut under_way, time, &mut fault) {
                Ok(Some(socket)) => return Ok(Ok(Stream::plain(socket))),
                Ok(None) if under_way.len() < pending => next = Instant::now(),
                Ok(None) => {}
                Err(e) => return Ok(Err(e)),
            }
        }
    }
}

/// Waits for one of them to be connected, but no longer than so. Those that have
/// failed are taken out.
fn first_connected(
    under_way: &mut Vec<Socket>,
    mut at_most: Duration,
    fault: &mut Option<io::Error>,
) -> io::Result<Option<Socket>> {
    if under_way.len() > 1 {
        Socket::wait_for_any(under_way, at_most)?;
        at_most = Duration::ZERO;
    }
    let mut at = 0;
    while at < under_way.len() {
        match under_way[at].is_connected(at_most) {
            Ok(true) => return Ok(Some(under_way.swap_remove(at))),
            Ok(false) => at += 1,
            Err(e) => {
                fault.get_or_insert(e);
                under_way.remove(at);
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::watch::tests::watch;
    use std::net::TcpListener;

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn who_refuses_is_not_waited_for() {
        let (open, good) = listener();
        let (closed, refusing) = listener();
        drop(closed);
        let watch = watch(None);
        let connecting = Connecting::begin(&watch);
        for addresses in [&[good][..], &[refusing, good], &[good, refusing]] {
            let stream = connecting.dial(addresses).unwrap().unwrap();
            assert_eq!(stream.peer(), good.ip());
        }
        drop(open);
        let fault =
            |addresses: &[SocketAddr]| connecting.dial(addresses).unwrap().err().unwrap().kind();
        let refused = fault(&[refusing, good]);
        assert_eq!(refused, io::ErrorKind::ConnectionRefused);
        assert_eq!(fault(&[]), io::ErrorKind::TimedOut);
    }

    /// A listener whose queue is full: the kernel answers no further SYN.
    #[cfg(target_os = "linux")]
    fn full() -> (socket2::Socket, Vec<Socket>, SocketAddr) {
        use socket2::{Domain, Type};
        let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        socket.bind(&address.into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        // More than fit; those behind wait, too.
        let waiting = (0..4).map(|_| Socket::connect(address).unwrap());
        let waiting = waiting.collect();
        (socket, waiting, address)
    }

    /// The time for the connection is an hour: who waited for the dead ones would not end.
    #[cfg(target_os = "linux")]
    #[test]
    fn who_does_not_answer_is_not_waited_for_alone() {
        let (_open, good) = listener();
        let (_full, _waiting, dead) = full();
        let watch = watch(None);
        let connecting = Connecting::begin(&watch);
        for addresses in [&[dead, good][..], &[dead, dead, good, dead]] {
            let stream = connecting.dial(addresses).unwrap().unwrap();
            assert_eq!(stream.peer(), good.ip());
        }
    }
}

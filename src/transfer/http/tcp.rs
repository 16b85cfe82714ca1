//! TCP connections, which can be given up while they are made.

use super::socket::Socket;
use super::stream::Stream;
use crate::error::{Error, Result, Status};
use crate::moment::Moment;
use crate::watch::Watch;
use std::cell::Cell;
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
    begun: Cell<Moment>,
    /// When another way to the same host is tried.
    until: Option<Moment>,
}

impl<'a> Connecting<'a> {
    pub(super) fn begin(watch: &'a Watch) -> Self {
        Self {
            watch,
            begun: Cell::new(Moment::now()),
            until: None,
        }
    }

    /// The time begins anew: what has gone by was the caller's.
    pub(super) fn restart(&self) {
        self.begun.set(Moment::now());
    }

    /// The same where so many ways are left, this one included, which all have the same share of the
    /// time; the last has all that is left.
    pub(super) fn with_share(&self, ways: u32) -> Self {
        let share = self.time_left() / ways.max(1);
        Self {
            watch: self.watch,
            begun: self.begun.clone(),
            until: Moment::now().after(share).filter(|_| ways > 1),
        }
    }

    fn time_left(&self) -> Duration {
        self.watch.connect_time_left(self.begun.get())
    }

    /// Fails when it is time to give up; `step` is what it is waiting for.
    pub(super) fn check(&self, step: &str) -> Result<()> {
        if self.until.is_some_and(|until| Moment::now() >= until) {
            let text = format!("no connection so far, {step} still under way");
            return Err(Error::new(Status::Connect, text).retryable());
        }
        self.watch.check_connect(self.begun.get(), step)
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
            let mut time = self.time_left();
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
    fn who_has_a_share_of_the_time_gives_way_to_the_next() {
        let watch = watch(None);
        let connecting = Connecting::begin(&watch);
        connecting.with_share(1).check("x").unwrap();
        let many = connecting.with_share(u32::MAX);
        // An hour by so many is no time.
        let error = loop {
            if let Err(error) = many.check("x") {
                break error;
            }
        };
        assert_eq!(error.status(), Status::Connect);
        connecting.check("x").unwrap();
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

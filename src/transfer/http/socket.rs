//! A TCP socket that never blocks: who finds nothing to read, or no room to
//! write, waits for that, and looks up now and then.

use mio::Interest;
use mio::net::TcpStream;
use std::io::{self, IoSlice, Read, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

pub(super) struct Socket {
    // Dropped before what waits for it.
    stream: TcpStream,
    peer: IpAddr,
    #[cfg(windows)]
    poll: Option<Poll>,
}

impl Socket {
    /// Begins to connect; [`Socket::is_connected`] tells when it is.
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            stream: TcpStream::connect(address)?,
            peer: address.ip(),
            #[cfg(windows)]
            poll: None,
        })
    }

    /// One of a pair, as if it were connected to this machine.
    #[cfg(all(unix, any(test, fuzzing)))]
    pub(super) fn of(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let stream = std::net::TcpStream::from(std::os::fd::OwnedFd::from(stream));
        Ok(Self {
            stream: TcpStream::from_std(stream),
            peer: std::net::Ipv4Addr::LOCALHOST.into(),
        })
    }

    /// Waits until the connection is made or has failed, but no longer than so.
    pub(super) fn is_connected(&mut self, at_most: Duration) -> io::Result<bool> {
        let is_over = self.wait(Interest::WRITABLE, at_most)?.is_some();
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(_) => self.stream.set_nodelay(true).map(|()| true),
            Err(e) if is_over => Err(e),
            Err(_) => Ok(false),
        }
    }

    /// Waits until one of them is connected or has failed, as [`Socket::is_connected`]
    /// then tells, but no longer than so.
    #[cfg(unix)]
    pub(super) fn wait_for_any(sockets: &mut [Self], at_most: Duration) -> io::Result<()> {
        use nix::poll::{PollFd, PollFlags};
        use std::os::fd::AsFd as _;
        let mut fds: Vec<_> = sockets
            .iter()
            .map(|socket| PollFd::new(socket.stream.as_fd(), PollFlags::POLLOUT))
            .collect();
        wait_for(&mut fds, at_most)
    }

    /// Waits until one of them is connected or has failed, as [`Socket::is_connected`]
    /// then tells, but no longer than so.
    #[cfg(windows)]
    pub(super) fn wait_for_any(sockets: &mut [Self], at_most: Duration) -> io::Result<()> {
        let mut poll = mio::Poll::new()?;
        for socket in &mut *sockets {
            // It waits with one at a time.
            if let Some(own) = socket.poll.take() {
                own.poll.registry().deregister(&mut socket.stream)?;
            }
            let registry = poll.registry();
            registry.register(&mut socket.stream, TOKEN, Interest::WRITABLE)?;
        }
        let waited = poll.poll(&mut mio::Events::with_capacity(1), Some(at_most));
        for socket in sockets {
            poll.registry().deregister(&mut socket.stream)?;
        }
        waited
    }

    /// Waits for one of these, but no longer than so; says what there is.
    #[cfg(unix)]
    pub(super) fn wait(
        &mut self,
        interest: Interest,
        at_most: Duration,
    ) -> io::Result<Option<Interest>> {
        use nix::poll::{PollFd, PollFlags};
        use std::os::fd::AsFd as _;
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::POLLIN, interest.is_readable());
        flags.set(PollFlags::POLLOUT, interest.is_writable());
        let mut fds = [PollFd::new(self.stream.as_fd(), flags)];
        wait_for(&mut fds, at_most)?;
        let found = fds[0].revents().unwrap_or(PollFlags::empty());
        // The next operation says what is wrong.
        let is_over = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
        Ok(ready(
            found.intersects(PollFlags::POLLIN | is_over),
            found.intersects(PollFlags::POLLOUT | is_over),
        ))
    }

    /// Waits for one of these, but no longer than so; says what there is.
    #[cfg(windows)]
    pub(super) fn wait(
        &mut self,
        interest: Interest,
        at_most: Duration,
    ) -> io::Result<Option<Interest>> {
        let poll = match &mut self.poll {
            Some(poll) => {
                let registry = poll.poll.registry();
                registry.reregister(&mut self.stream, TOKEN, interest)?;
                poll
            }
            none => {
                let poll = Poll {
                    poll: mio::Poll::new()?,
                    events: mio::Events::with_capacity(1),
                };
                let registry = poll.poll.registry();
                registry.register(&mut self.stream, TOKEN, interest)?;
                none.insert(poll)
            }
        };
        poll.poll.poll(&mut poll.events, Some(at_most))?;
        let event = poll.events.iter().next();
        Ok(event.and_then(|event| {
            // A failed connect is an error alone; the next operation says which.
            let is_over = event.is_error();
            ready(
                event.is_readable() || is_over,
                event.is_writable() || is_over,
            )
        }))
    }

    /// Looks at what has arrived, and leaves it there.
    pub(super) fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.peek(buffer)
    }

    /// Whether this machine still has the address of this end.
    pub(super) fn has_its_address(&self) -> bool {
        self.stream.local_addr().is_ok_and(is_of_this_machine)
    }

    /// Who is at the other end.
    pub(super) fn peer(&self) -> IpAddr {
        self.peer
    }
}

/// Whether this machine has an address, as only binding to it tells.
fn is_of_this_machine(mut address: SocketAddr) -> bool {
    address.set_port(0);
    let bound = UdpSocket::bind(address);
    !bound.is_err_and(|e| e.kind() == io::ErrorKind::AddrNotAvailable)
}

#[cfg(unix)]
fn wait_for(fds: &mut [nix::poll::PollFd<'_>], at_most: Duration) -> io::Result<()> {
    use nix::errno::Errno;
    use nix::poll::{PollTimeout, poll};
    let at_most = PollTimeout::try_from(at_most).unwrap_or(PollTimeout::MAX);
    match poll(fds, at_most) {
        // A signal: whoever waits looks whether to go on.
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// `select` misses no failed connect, as WSAPoll does before Windows 10 2004; this
/// asks the driver that is behind it.
#[cfg(windows)]
struct Poll {
    poll: mio::Poll,
    events: mio::Events,
}

#[cfg(windows)]
const TOKEN: mio::Token = mio::Token(0);

fn ready(is_readable: bool, is_writable: bool) -> Option<Interest> {
    match (is_readable, is_writable) {
        (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
        (true, false) => Some(Interest::READABLE),
        (false, true) => Some(Interest::WRITABLE),
        (false, false) => None,
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    /// rustls has several records at once. writev() would raise SIGPIPE where the other side has
    /// hung up, which ends a program that has not thought of it; Apple's sockets are told not to
    /// when they are made (SO_NOSIGPIPE).
    fn write_vectored(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        #[cfg(all(unix, not(target_vendor = "apple")))]
        {
            use nix::sys::socket::{MsgFlags, sendmsg};
            use std::os::fd::AsRawFd as _;
            let socket = self.stream.as_raw_fd();
            Ok(sendmsg::<()>(
                socket,
                bytes,
                &[],
                MsgFlags::MSG_NOSIGNAL,
                None,
            )?)
        }
        #[cfg(not(all(unix, not(target_vendor = "apple"))))]
        self.stream.write_vectored(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether an operation has to be waited for.
pub(super) fn is_to_wait(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::net::TcpListener;

    const MOMENT: Duration = Duration::from_millis(1);
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_address_that_has_gone_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut socket = Socket::connect(listener.local_addr().unwrap()).unwrap();
        while !socket.is_connected(MINUTE).unwrap() {}
        assert!(socket.has_its_address());
        // Of a network that is none (RFC 5737).
        assert!(!is_of_this_machine(([192, 0, 2, 1], 9).into()));
    }

    /// Rust's programs ignore it, others die of it.
    #[cfg(target_os = "linux")]
    #[test]
    fn who_writes_to_nobody_raises_no_signal() {
        use nix::sys::signal::{SigSet, Signal};
        // So that it stays where it can be seen (proc(5)).
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGPIPE);
        signals.thread_block().unwrap();
        let (own, peer) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut socket = Socket::of(own).unwrap();
        drop(peer);
        let written = [
            socket.write(b"a"),
            socket.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b"b")]),
        ];
        let is_broken = |e: io::Error| e.kind() == io::ErrorKind::BrokenPipe;
        assert!(written.into_iter().all(|one| one.is_err_and(is_broken)));
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        assert!(status.contains("SigPnd:\t0000000000000000\n"), "{status}");
    }

    #[test]
    fn what_is_waited_for_is_told_and_nothing_else() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut socket = Socket::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        while !socket.is_connected(MINUTE).unwrap() {}
        let both = Interest::READABLE | Interest::WRITABLE;
        assert_eq!(socket.wait(both, MINUTE).unwrap(), Some(Interest::WRITABLE));
        assert_eq!(socket.wait(Interest::READABLE, MOMENT).unwrap(), None);
        let nothing = socket.read(&mut [0]).unwrap_err();
        assert!(is_to_wait(&nothing));
        peer.write_all(b"ab").unwrap();
        for looked in [&b"ab"[..], b"b"] {
            // Also what was there before.
            let mut ready = None;
            while ready.is_none() {
                ready = socket.wait(Interest::READABLE, MINUTE).unwrap();
            }
            assert_eq!(ready, Some(Interest::READABLE));
            let mut bytes = [0; 9];
            let there = socket.peek(&mut bytes).unwrap();
            assert_eq!(&bytes[..there], looked);
            assert_eq!(socket.read(&mut [0]).unwrap(), 1);
        }
        drop(peer);
        while socket.wait(Interest::READABLE, MINUTE).unwrap().is_none() {}
        assert_eq!(socket.read(&mut [0]).unwrap(), 0);
    }
}

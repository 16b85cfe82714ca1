//! What carries the bytes of a [`Stream`]: a socket, or TLS to a proxy.

use super::super::socket::Socket;
use super::Stream;
use mio::Interest;
use std::io::{self, IoSlice, Read, Write};
use std::net::IpAddr;
use std::time::Duration;

/// Never blocks, as a [`Socket`].
pub(in super::super) enum Wire {
    Socket(Socket),
    /// TLS within TLS: a tunnel through a proxy that is reached by https.
    Proxy(Box<Stream>),
}

impl Wire {
    fn socket(&self) -> &Socket {
        match self {
            Self::Socket(socket) => socket,
            Self::Proxy(stream) => stream.wire().socket(),
        }
    }

    /// Waits for one of these, but no longer than so; says what there is. Only after it
    /// was found that there is nothing to read, or no room: then TLS holds nothing back.
    pub(in super::super) fn wait(
        &mut self,
        interest: Interest,
        at_most: Duration,
    ) -> io::Result<Option<Interest>> {
        match self {
            Self::Socket(socket) => socket.wait(interest, at_most),
            Self::Proxy(stream) => stream.wire_mut().wait(interest, at_most),
        }
    }

    /// Looks at what has arrived, and leaves it there.
    pub(in super::super) fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.peek(buffer),
            // What is within is TLS, which is not looked at.
            Self::Proxy(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Whether this machine still has the address of this end.
    pub(in super::super) fn has_its_address(&self) -> bool {
        self.socket().has_its_address()
    }

    /// Who is at the other end.
    pub(in super::super) fn peer(&self) -> IpAddr {
        self.socket().peer()
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.read(buffer),
            Self::Proxy(stream) => stream.read_now(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.write(bytes),
            Self::Proxy(stream) => stream.write_now(bytes),
        }
    }

    fn write_vectored(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.write_vectored(bytes),
            Self::Proxy(stream) => {
                let first = bytes.iter().find(|slice| !slice.is_empty());
                first.map_or(Ok(0), |first| stream.write_now(first))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

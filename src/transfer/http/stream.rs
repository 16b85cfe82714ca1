//! A connected socket, plain or under TLS, that moves what it can within a
//! slice of time and then comes back.

use crate::error::Result;
use crate::transfer::watch::Watch;
use rustls::ClientConnection;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// TLS takes this much plaintext at once: four records, as ciphertext a good
/// size for one write.
const TLS_BUFFER: usize = 64 * 1024;

pub(super) struct Stream {
    socket: TcpStream,
    tls: Option<Box<Tls>>,
    slice: Duration,
    /// When a byte last moved, also one of a handshake.
    moved: Instant,
}

struct Tls {
    connection: ClientConnection,
    /// Plaintext that was taken and is not all on its way.
    taken: usize,
}

impl Stream {
    pub(super) fn plain(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            tls: None,
            slice: Duration::ZERO,
            moved: Instant::now(),
        })
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Puts TLS on the connection. The handshake happens with the first bytes.
    pub(super) fn start_tls(
        &mut self,
        config: Arc<rustls::ClientConfig>,
        host: &str,
    ) -> Result<(), rustls::Error> {
        let name = rustls::pki_types::ServerName::try_from(host.to_owned())
            .map_err(|_| rustls::Error::General(format!("{host:?} is not a host name")))?;
        let mut connection = ClientConnection::new(config, name)?;
        connection.set_buffer_limit(Some(TLS_BUFFER));
        self.tls = Some(Box::new(Tls {
            connection,
            taken: 0,
        }));
        Ok(())
    }

    /// Waits until the TLS handshake is over. `check` looks whether to go on.
    pub(super) fn handshake(
        &mut self,
        watch: &Watch,
        check: impl Fn() -> Result<()>,
    ) -> io::Result<()> {
        self.set_slice(watch)?;
        let Some(tls) = &mut self.tls else {
            return Ok(());
        };
        while tls.connection.is_handshaking() {
            match tls.connection.complete_io(&mut self.socket) {
                Ok(_) => {}
                Err(e) if is_slice_over(&e) => check().map_err(io::Error::other)?,
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Sends what it can of `bytes`, at least one. While it waits, it looks
    /// whether to go on, and whether the server has answered already: then it
    /// returns `None`.
    pub(super) fn send(&mut self, bytes: &[u8], watch: &Watch) -> io::Result<Option<usize>> {
        watch.check().map_err(io::Error::other)?;
        self.set_slice(watch)?;
        let begun = Instant::now();
        loop {
            match self.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => {
                    self.moved = Instant::now();
                    return Ok(Some(sent));
                }
                Err(e) if is_slice_over(&e) => {
                    watch
                        .check_stall(self.moved.max(begun))
                        .map_err(io::Error::other)?;
                    if self.has_input() {
                        return Ok(None);
                    }
                }
                Err(e) => return Err(e),
            }
        }
    }

    /// Receives at least one byte, or 0 at the end.
    pub(super) fn receive(&mut self, buffer: &mut [u8], watch: &Watch) -> io::Result<usize> {
        self.receive_while(buffer, watch, |moved| watch.check_stall(moved))
    }

    /// As [`Stream::receive`], as long as `check` agrees, which is told when a
    /// byte last moved.
    pub(super) fn receive_while(
        &mut self,
        buffer: &mut [u8],
        watch: &Watch,
        check: impl Fn(Instant) -> Result<()>,
    ) -> io::Result<usize> {
        watch.check().map_err(io::Error::other)?;
        self.set_slice(watch)?;
        let begun = Instant::now();
        loop {
            match self.read(buffer) {
                Ok(received) => {
                    self.moved = Instant::now();
                    return Ok(received);
                }
                Err(e) if is_slice_over(&e) => {
                    check(self.moved.max(begun)).map_err(io::Error::other)?;
                }
                Err(e) => return Err(e),
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.socket.write(bytes);
        };
        if tls.taken == 0 {
            tls.taken = tls.connection.writer().write(bytes)?;
        }
        while tls.connection.wants_write() {
            tls.connection.write_tls(&mut self.socket)?;
            self.moved = Instant::now();
        }
        Ok(std::mem::take(&mut tls.taken))
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.socket.read(buffer);
        };
        loop {
            match tls.connection.reader().read(buffer) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
            tls.connection.read_tls(&mut self.socket)?;
            self.moved = Instant::now();
            tls.process()?;
            while tls.connection.wants_write() {
                tls.connection.write_tls(&mut self.socket)?;
            }
        }
    }

    /// Whether the server has said something, without waiting. Its TLS
    /// messages that carry no data, such as session tickets, do not count.
    pub(super) fn has_input(&mut self) -> bool {
        if self.socket.set_nonblocking(true).is_err() {
            return false;
        }
        let found = self.look();
        // A socket that cannot be made to block again fails at its next use.
        let _ = self.socket.set_nonblocking(false);
        found
    }

    fn look(&mut self) -> bool {
        let Some(tls) = &mut self.tls else {
            return matches!(self.socket.peek(&mut [0]), Ok(1..));
        };
        while let Ok(1..) = tls.connection.read_tls(&mut self.socket) {
            if tls.process().is_err() {
                break;
            }
        }
        let state = tls.connection.process_new_packets();
        state.is_ok_and(|state| state.plaintext_bytes_to_read() > 0)
    }

    /// Whether an idle connection is open and silent.
    pub(super) fn is_idle(&mut self) -> bool {
        // After a handshake a server sends session tickets when it likes; this
        // takes them in.
        if self.has_input() || self.socket.set_nonblocking(true).is_err() {
            return false;
        }
        let silent = matches!(self.socket.peek(&mut [0]),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock);
        self.socket.set_nonblocking(false).is_ok() && silent
    }

    fn set_slice(&mut self, watch: &Watch) -> io::Result<()> {
        let slice = watch.slice();
        if slice != self.slice {
            self.socket.set_read_timeout(Some(slice))?;
            self.socket.set_write_timeout(Some(slice))?;
            self.slice = slice;
        }
        Ok(())
    }
}

impl Tls {
    /// Reads the messages that have arrived. What goes wrong here is TLS's
    /// fault, and the other side is told.
    fn process(&mut self) -> io::Result<()> {
        match self.connection.process_new_packets() {
            Ok(_) => Ok(()),
            Err(e) => Err(io::Error::new(io::ErrorKind::InvalidData, e)),
        }
    }
}

/// Whether an operation only ran out of its slice of time.
fn is_slice_over(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

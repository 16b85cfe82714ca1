//! A connected socket, plain or under TLS, that moves what it can within a
//! slice of time and then comes back.

mod wire;

use super::parse::{is_interim, parse, room};
use super::socket::{Socket, is_to_wait};
use crate::error::Result;
use crate::moment::Moment;
use crate::watch::Watch;
use mio::Interest;
use rustls::ClientConnection;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use wire::Wire;

/// The most that the head of an answer may have, with those of interim answers
/// (1xx) before it; and the most that may stand between and behind the bytes of
/// a body.
pub(super) const ANSWER_HEAD_MAX: usize = 64 * 1024;

/// More than interim answers have, but for a few.
const PEEK: usize = 4096;

/// TLS takes this much plaintext at once: four records, as ciphertext a good
/// size for one write. As much is read at once, for rustls itself asks for 4 KiB.
const TLS_BUFFER: usize = 64 * 1024;

pub(super) struct Stream {
    wire: Wire,
    tls: Option<Box<Tls>>,
    /// When a byte last moved, also one of a handshake, or was asked to.
    moved: Moment,
    /// Something was sent since something was received: the answer takes a while.
    is_asked: bool,
}

struct Tls {
    connection: ClientConnection,
    /// What has arrived.
    arrived: Box<[u8]>,
    /// Which of that TLS has not taken in yet.
    unread: Range<usize>,
    /// There was nothing more behind that.
    is_dry: bool,
    /// Plaintext that was taken and is not all on its way.
    taken: usize,
    /// Bytes since there was something for the caller.
    silent: usize,
    /// What went wrong behind bytes that the caller is to have first.
    fault: Option<io::Error>,
    /// Plaintext that was looked at, and not taken by the caller yet.
    peeked: Vec<u8>,
}

impl Stream {
    pub(super) fn plain(socket: Socket) -> Self {
        Self::over(Wire::Socket(socket))
    }

    /// What goes through a proxy, to which this one is.
    pub(super) fn through(proxy: Self) -> Self {
        Self::over(Wire::Proxy(Box::new(proxy)))
    }

    fn over(wire: Wire) -> Self {
        Self {
            wire,
            tls: None,
            moved: Moment::now(),
            is_asked: false,
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The version that is spoken, as its RFC calls it.
    pub(super) fn tls_version(&self) -> &'static str {
        let tls = self.tls.as_ref();
        match tls.and_then(|tls| tls.connection.protocol_version()) {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        }
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
            arrived: vec![0; TLS_BUFFER].into_boxed_slice(),
            unread: 0..0,
            is_dry: false,
            taken: 0,
            silent: 0,
            fault: None,
            peeked: Vec::new(),
        }));
        Ok(())
    }

    /// Waits until the TLS handshake is over. `check` looks whether to go on.
    pub(super) fn handshake(
        &mut self,
        watch: &Watch,
        check: impl Fn() -> Result<()>,
    ) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            return Ok(());
        };
        while tls.connection.is_handshaking() {
            check().map_err(io::Error::other)?;
            let (step, interest) = if tls.connection.wants_write() {
                let step = tls.connection.write_tls(&mut self.wire);
                (step, Interest::WRITABLE)
            } else {
                let step = tls.take_in(&mut self.wire);
                (step, Interest::READABLE)
            };
            match step {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(e) if is_to_wait(&e) => {
                    self.wire.wait(interest, watch.slice())?;
                }
                Err(e) => return Err(e),
            }
            // The messages of the handshake are bounded by themselves.
            if let Err(e) = tls.process(0) {
                // Tells the server why; that it may not hear it changes nothing.
                let _ = tls.connection.write_tls(&mut self.wire);
                return Err(e);
            }
        }
        Ok(())
    }

    /// Sends what it can of `bytes`, at least one. While it waits, it looks
    /// whether to go on, and whether the server has refused already: then it
    /// returns `None`.
    pub(super) fn send(&mut self, bytes: &[u8], watch: &Watch) -> io::Result<Option<usize>> {
        watch.check().map_err(io::Error::other)?;
        self.moved = Moment::now();
        const ROOM: Interest = Interest::WRITABLE;
        const ROOM_OR_INPUT: Interest = ROOM.add(Interest::READABLE);
        let mut interest = ROOM_OR_INPUT;
        loop {
            match self.write_now(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => {
                    self.moved = Moment::now();
                    self.is_asked = true;
                    return Ok(Some(sent));
                }
                Err(e) if is_to_wait(&e) => {
                    watch.check_stall(self.moved).map_err(io::Error::other)?;
                    let ready = self.wire.wait(interest, watch.slice())?;
                    let has_input = ready.is_some_and(Interest::is_readable);
                    if (has_input || ready.is_none()) && self.is_refused() {
                        return Ok(None);
                    }
                    // What is no refusal stays there, and would end each wait.
                    interest = if has_input { ROOM } else { ROOM_OR_INPUT };
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
        check: impl Fn(Moment) -> Result<()>,
    ) -> io::Result<usize> {
        watch.check().map_err(io::Error::other)?;
        self.moved = Moment::now();
        // TLS may have the beginning of the answer already.
        let mut is_dry = std::mem::take(&mut self.is_asked)
            && self.tls.as_mut().is_none_or(|tls| tls.is_empty());
        loop {
            if is_dry {
                check(self.moved).map_err(io::Error::other)?;
                self.wire.wait(Interest::READABLE, watch.slice())?;
            }
            match self.read_now(buffer) {
                Ok(received) => {
                    self.moved = Moment::now();
                    return Ok(received);
                }
                Err(e) if is_to_wait(&e) => is_dry = true,
                Err(e) => return Err(e),
            }
        }
    }

    /// The status of a final answer that is already there, without waiting and
    /// without taking it. Interim ones (1xx) are taken and forgotten.
    pub(super) fn early_status(&mut self) -> Option<u16> {
        /// Behind more at once, whoever sends looks first whether to go on.
        const INTERIM_MAX: usize = 16;
        for _ in 0..INTERIM_MAX {
            match self.peek_status()? {
                (status, _) if !is_interim(status) => return Some(status),
                (_, Some(length)) if self.discard(length) => {}
                _ => return None,
            }
        }
        None
    }

    /// The status of the answer that begins in what has arrived, and the length
    /// of its head if that is complete.
    fn peek_status(&mut self) -> Option<(u16, Option<usize>)> {
        let Some(tls) = &mut self.tls else {
            let mut head = [0; PEEK];
            let length = self.wire.peek(&mut head).ok()?;
            return match parse_status(&head[..length]) {
                Some((status, None)) if is_interim(status) && length == PEEK => {
                    let mut head = vec![0; ANSWER_HEAD_MAX];
                    let length = self.wire.peek(&mut head).ok()?;
                    parse_status(&head[..length])
                }
                found => found,
            };
        };
        tls.peek(&mut self.wire);
        parse_status(&tls.peeked)
    }

    /// Takes `length` bytes that have arrived.
    fn discard(&mut self, length: usize) -> bool {
        match &mut self.tls {
            None => self.wire.read_exact(&mut vec![0; length]).is_ok(),
            Some(tls) => {
                tls.peeked.drain(..length);
                true
            }
        }
    }

    /// Takes what it can at once. After [`io::ErrorKind::WouldBlock`] the same bytes have
    /// to come again.
    pub(super) fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.wire.write(bytes);
        };
        if tls.taken == 0 {
            tls.taken = tls.connection.writer().write(bytes)?;
        }
        // All that there is room for: poll() tells of room only when there is plenty.
        while tls.connection.wants_write() {
            if tls.connection.write_tls(&mut self.wire)? == 0 {
                return Ok(0);
            }
            self.moved = Moment::now();
        }
        Ok(std::mem::take(&mut tls.taken))
    }

    /// Gives what there is: records have up to 16 KiB, so of TLS as many as there is room for.
    pub(super) fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.wire.read(buffer);
        };
        let mut given = tls.take_peeked(buffer);
        let fault = loop {
            match tls.connection.reader().read(&mut buffer[given..]) {
                // The end, or of the room.
                Ok(0) => return Ok(given),
                Ok(more) => {
                    given += more;
                    continue;
                }
                Err(e) if is_to_wait(&e) => {}
                Err(e) => break e,
            }
            if given > 0 && tls.is_drained() {
                return Ok(given);
            }
            if let Some(fault) = tls.fault.take() {
                break fault;
            }
            match tls.receive(&mut self.wire) {
                Ok(()) => self.moved = Moment::now(),
                Err(e) if is_to_wait(&e) => break e,
                // There may be bytes before it.
                Err(e) => tls.fault = Some(e),
            }
        };
        if given == 0 {
            return Err(fault);
        }
        if !is_to_wait(&fault) {
            tls.fault = Some(fault);
        }
        Ok(given)
    }

    /// Whether the server has answered, and not with success, while it is still
    /// being sent to. A success before the end may only stand for what it has,
    /// so the sending goes on.
    pub(super) fn is_refused(&mut self) -> bool {
        self.early_status().is_some_and(|status| status >= 300)
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    pub(super) fn wire_mut(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Who is at the other end.
    pub(super) fn peer(&self) -> IpAddr {
        self.wire.peer()
    }

    /// Whether this machine still has the address that the connection was made from:
    /// it has not when it has changed the network, and nobody tells the socket.
    pub(super) fn has_its_address(&self) -> bool {
        self.wire.has_its_address()
    }

    /// Whether an idle connection is open and silent. TLS messages that carry no
    /// data are taken in: servers send session tickets when they like.
    pub(super) fn is_idle(&mut self) -> bool {
        let Some(tls) = &mut self.tls else {
            return is_silent(self.wire.peek(&mut [0]));
        };
        while tls.peeked.is_empty() && tls.has_no_data() {
            match tls.take_in(&mut self.wire) {
                Ok(got @ 1..) if tls.takes_silent(got) => {}
                Ok(1..) => return false,
                end => return is_silent(end),
            }
        }
        false
    }
}

/// Whether there is nothing to read, and may be yet.
fn is_silent(read: io::Result<usize>) -> bool {
    read.is_err_and(|e| is_to_wait(&e))
}

impl Tls {
    /// Has TLS take in what has arrived, or arrives: 0 at the end.
    fn take_in(&mut self, wire: &mut Wire) -> io::Result<usize> {
        if self.unread.is_empty() {
            let got = wire.read(&mut self.arrived)?;
            self.unread = 0..got;
            self.is_dry = got < self.arrived.len();
        }
        let got = self
            .connection
            .read_tls(&mut &self.arrived[self.unread.clone()])?;
        self.unread.start += got;
        Ok(got)
    }

    /// Whether it is no use to look for more at once.
    fn is_drained(&self) -> bool {
        self.unread.is_empty() && self.is_dry
    }

    /// Takes in what there is of records. What they ask for is sent if there is room: behind the part of a request that
    /// nobody reads any more there never is, and the answer is still to be read.
    fn receive(&mut self, wire: &mut Wire) -> io::Result<()> {
        let got = self.take_in(wire)?;
        self.process(got)?;
        while self.connection.wants_write() {
            if !matches!(self.connection.write_tls(wire), Ok(1..)) {
                break;
            }
        }
        Ok(())
    }

    /// Looks at what has arrived, as far as it can be the head of an answer. What goes wrong is kept for who reads.
    fn peek(&mut self, wire: &mut Wire) {
        let mut chunk = [0; PEEK];
        while self.peeked.len() < ANSWER_HEAD_MAX {
            match self.connection.reader().read(&mut chunk) {
                Ok(got @ 1..) => {
                    self.peeked.extend_from_slice(&chunk[..got]);
                    continue;
                }
                Err(e) if is_to_wait(&e) => {}
                _ => return,
            }
            let Ok(got @ 1..) = self.take_in(wire) else {
                return;
            };
            if let Err(fault) = self.process(got) {
                self.fault = Some(fault);
                return;
            }
        }
    }

    /// Gives what was looked at before.
    fn take_peeked(&mut self, buffer: &mut [u8]) -> usize {
        let given = self.peeked.len().min(buffer.len());
        buffer[..given].copy_from_slice(&self.peeked[..given]);
        self.peeked.drain(..given);
        given
    }

    /// Reads the messages that have arrived with so many bytes. What goes wrong here is
    /// TLS's fault, and the other side is told.
    fn process(&mut self, got: usize) -> io::Result<()> {
        let fault = |e| io::Error::new(io::ErrorKind::InvalidData, e);
        let state = self.connection.process_new_packets().map_err(fault)?;
        if state.plaintext_bytes_to_read() > 0 {
            self.silent = 0;
        } else if !self.takes_silent(got) {
            let text = "the server sends messages without end that carry no data";
            return Err(fault(rustls::Error::General(text.to_owned())));
        }
        Ok(())
    }

    /// So many bytes have brought nothing for the caller; says whether that may go on. Session
    /// tickets and empty records cost the other side nothing, and TLS counts neither.
    fn takes_silent(&mut self, got: usize) -> bool {
        /// A record that is not complete has up to 16 KiB; what stands in between is some hundred bytes.
        const SILENT_MAX: usize = 96 * 1024;
        self.silent = self.silent.saturating_add(got);
        self.silent <= SILENT_MAX
    }

    /// Whether there is nothing for the caller before more arrives.
    fn is_empty(&mut self) -> bool {
        self.peeked.is_empty() && self.is_drained() && self.fault.is_none() && self.has_no_data()
    }

    /// Reads the messages that have arrived: whether none was for the caller, nor
    /// said that it was the last.
    fn has_no_data(&mut self) -> bool {
        let state = self.connection.process_new_packets();
        state.is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
    }
}

/// The status, and the length of the head if that is complete.
fn parse_status(bytes: &[u8]) -> Option<(u16, Option<usize>)> {
    // A refusal, too, which head.rs puts into words.
    if is_tls_record(bytes) {
        return Some((400, None));
    }
    let mut fields = room();
    let (response, length) = parse(bytes, &mut fields);
    let length = match length {
        Ok(httparse::Status::Complete(length)) => Some(length),
        Ok(httparse::Status::Partial) | Err(_) => None,
    };
    Some((response.code?, length))
}

/// Whether these are the first bytes of a TLS alert or handshake, which is what
/// a server of TLS says to plain text.
pub(super) fn is_tls_record(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 3, ..])
}

#[cfg(all(test, unix))]
#[path = "stream_tests.rs"]
mod tests;

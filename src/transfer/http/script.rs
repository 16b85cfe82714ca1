//! Connections to nobody: what comes over them is given beforehand. For the fuzz targets,
//! which try what answers do to everything above the socket.

use super::socket::Socket;
use super::stream::Stream;
use crate::error::{Error, Result, Status};
use crate::threads::lock;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

thread_local! {
    static CURRENT: RefCell<Option<Script>> = const { RefCell::new(None) };
}

/// The answers, a connection each; behind the last one nobody can be reached.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: VecDeque<Vec<u8>>,
    /// The other ends: what is sent has to go somewhere.
    peers: Vec<UnixStream>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let answers = answers.into_iter().collect();
        let peers = Vec::new();
        Self(Arc::new(Mutex::new(State { answers, peers })))
    }

    /// The clients that are made meanwhile, on this thread, have no other network.
    pub(crate) fn during<T>(&self, run: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(self.clone()));
        let made = run();
        CURRENT.set(before);
        made
    }

    pub(super) fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    pub(super) fn connect(&self) -> Result<Stream> {
        let mut state = lock(&self.0);
        let Some(answer) = state.answers.pop_front() else {
            return Err(Error::new(Status::Connect, "there is no further answer"));
        };
        let connect = || -> io::Result<_> {
            let (own, mut peer) = UnixStream::pair()?;
            // What has no room in the socket's buffer is cut off.
            peer.set_nonblocking(true)?;
            let _ = peer.write(&answer)?;
            peer.shutdown(Shutdown::Write)?;
            Ok((Stream::plain(Socket::of(own)?), peer))
        };
        let (stream, peer) = connect()
            .map_err(|e| Error::new(Status::System, format!("no pair of sockets: {e}")))?;
        state.peers.push(peer);
        Ok(stream)
    }
}

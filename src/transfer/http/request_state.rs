//! What a call and the connection that it is using tell each other, past ureq.

use super::stream::ANSWER_HEAD_MAX;
use super::workarounds::Rescued;
use crate::error::{Error, Phase, Result, Status};
use crate::threads::lock;
use crate::watch::Watch;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};

/// The state of the one request that an agent is sending.
pub(super) struct RequestState {
    watch: Mutex<Watch>,
    phase: AtomicU8,
    connections: AtomicU32,
    received: AtomicBool,
    /// Bytes that have come since the caller last got some of them.
    framing: AtomicUsize,
    head_is_next: AtomicBool,
    is_restricted: AtomicBool,
    holds_head: AtomicBool,
    pub(super) rescued: Rescued,
}

impl RequestState {
    pub(super) fn new(watch: Watch) -> Self {
        Self {
            watch: Mutex::new(watch),
            phase: AtomicU8::new(Phase::Connect as u8),
            connections: AtomicU32::new(0),
            received: AtomicBool::new(false),
            framing: AtomicUsize::new(0),
            head_is_next: AtomicBool::new(true),
            is_restricted: AtomicBool::new(false),
            holds_head: AtomicBool::new(false),
            rescued: Rescued::default(),
        }
    }

    /// A request begins, which may be restricted to public addresses. Returns how
    /// many connections were made so far.
    pub(super) fn begin(&self, watch: Watch, is_restricted: bool) -> u32 {
        *lock(&self.watch) = watch;
        self.is_restricted.store(is_restricted, Ordering::Relaxed);
        self.enter(Phase::Connect);
        self.received.store(false, Ordering::Relaxed);
        self.head_is_next.store(true, Ordering::Relaxed);
        self.connections()
    }

    /// The request is over: what its caller has given is not kept for as long as the connection.
    pub(super) fn end(&self) {
        let mut watch = lock(&self.watch);
        *watch = watch.without_caller();
    }

    /// The head of the request waits for the body, which is small and at hand: they
    /// go out together.
    pub(super) fn hold_head(&self, is_held: bool) {
        self.holds_head.store(is_held, Ordering::Relaxed);
    }

    pub(super) fn holds_head(&self) -> bool {
        self.holds_head.load(Ordering::Relaxed)
    }

    /// Whether the head of the request is what goes out next; true once.
    pub(super) fn takes_head(&self) -> bool {
        self.head_is_next.swap(false, Ordering::Relaxed)
    }

    pub(super) fn is_restricted(&self) -> bool {
        self.is_restricted.load(Ordering::Relaxed)
    }

    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn received(&self, bytes: usize) {
        if bytes > 0 {
            self.received.store(true, Ordering::Relaxed);
            self.framing.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// The caller asks for the next bytes of the body.
    pub(super) fn begin_read(&self) {
        self.framing.store(0, Ordering::Relaxed);
    }

    /// Fails when what has come since then can only be the lengths of chunks
    /// and trailers, and is more of them than a head may have, or when there is no
    /// `room` for more: then what came was no such thing either, but has no end.
    pub(super) fn check_framing(&self, room: usize) -> Result<()> {
        if room > 0 && self.framing.load(Ordering::Relaxed) <= ANSWER_HEAD_MAX {
            return Ok(());
        }
        Err(Error::new(
            Status::Protocol,
            format!(
                "the answer goes on with some {ANSWER_HEAD_MAX} bytes that belong to no file; check \
                 the address and any proxy"
            ),
        ))
    }

    /// Whether any byte of an answer to the present request has arrived.
    pub(super) fn has_received(&self) -> bool {
        self.received.load(Ordering::Relaxed)
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            p if p == Phase::Send as u8 => Phase::Send,
            p if p == Phase::Receive as u8 => Phase::Receive,
            _ => Phase::Connect,
        }
    }

    pub(super) fn watch(&self) -> Watch {
        lock(&self.watch).clone()
    }
}

//! A socket that can misbehave below HTTP: stop reading, stop writing, or go away with a reset.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::http::RequestBody;
use crate::service::Patience;
use crate::store::lock;

/// How a connection is ended by force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Close,
    Reset,
    /// Closed a moment later, so that the client can read what was sent before what it still sends is answered by a reset.
    Linger,
}

/// How long Go's server waits with that (`rstAvoidanceDelay` in net/http).
const LINGER: Duration = Duration::from_millis(500);

const NO_LIMIT: u64 = u64::MAX;

/// One connection, as shared by its socket and the requests on it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) number: u64,
    pub(crate) tls: bool,
    /// Both addresses, as Go writes them.
    pub(crate) way: String,
    requests: AtomicU64,
    read_paused: AtomicBool,
    write_left: AtomicU64,
    /// 0 nothing, 1 close, 2 reset, 3 close a moment later, once everything buffered went out.
    end_when_flushed: AtomicU8,
    reset: AtomicBool,
    stalled: AtomicBool,
    ended: Notify,
    clock: Arc<Clock>,
    /// What its peer may take its time with; of the latest request.
    patience: Mutex<Patience>,
    /// When it is ended, by the emulator's clock, unless something happens.
    deadline: watch::Sender<Option<i64>>,
    /// Whether the deadline is that of an answer which nobody reads.
    stuck: AtomicBool,
    /// Request bodies that are neither read nor given up, so that hyper neither drains nor closes.
    held: Mutex<Vec<RequestBody>>,
}

impl Link {
    pub(crate) fn new(number: u64, tls: bool, way: String, clock: Arc<Clock>) -> Arc<Self> {
        Arc::new(Self {
            number,
            tls,
            way,
            requests: AtomicU64::new(0),
            read_paused: AtomicBool::new(false),
            write_left: AtomicU64::new(NO_LIMIT),
            end_when_flushed: AtomicU8::new(0),
            reset: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            ended: Notify::new(),
            clock,
            patience: Mutex::default(),
            deadline: watch::Sender::new(None),
            stuck: AtomicBool::new(false),
            held: Mutex::default(),
        })
    }

    /// Counts a request in; the first is 1.
    pub(crate) fn count_request(&self) -> u64 {
        self.set_deadline(None);
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn pause_reading(&self) {
        self.stalled.store(true, Ordering::Release);
        self.read_paused.store(true, Ordering::Release);
    }

    /// Lets only so many more bytes out.
    pub(crate) fn limit_writing(&self, bytes: u64) {
        self.stalled.store(true, Ordering::Release);
        self.write_left.store(bytes, Ordering::Release);
    }

    pub(crate) fn mark_stalled(&self) {
        self.stalled.store(true, Ordering::Release);
    }

    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Acquire)
    }

    pub(crate) fn set_patience(&self, patience: Patience) {
        *self.patience() = patience;
    }

    fn patience(&self) -> MutexGuard<'_, Patience> {
        lock(&self.patience)
    }

    /// So many milliseconds from now; `None` is never.
    fn set_deadline(&self, after_ms: Option<i64>) {
        let moment = after_ms.map(|after| self.clock.now_ms().saturating_add(after));
        self.deadline.send_replace(moment);
    }

    /// An answer has gone out, and nothing else is asked yet.
    pub(crate) fn rest(&self) {
        let idle = self.patience().idle_ms;
        if idle.is_some() {
            self.set_deadline(idle);
        }
    }

    /// Whether what is written finds no room.
    fn set_stuck(&self, stuck: bool) {
        if self.stuck.swap(stuck, Ordering::AcqRel) != stuck {
            let unread = self.patience().unread_ms;
            if unread.is_some() {
                self.set_deadline(unread.filter(|_| stuck));
            }
        }
    }

    /// Waits until its peer has taken too long.
    pub(crate) async fn overdue(&self) {
        let mut deadline = self.deadline.subscribe();
        loop {
            let moment = *deadline.borrow_and_update();
            // The sender lives as long as the link.
            match moment {
                None => _ = deadline.changed().await,
                Some(moment) => tokio::select! {
                    _ = deadline.changed() => {}
                    () = self.clock.reached(moment) => return,
                },
            }
        }
    }

    /// Ends the connection once everything buffered is with the kernel.
    pub(crate) fn end_when_flushed(&self, how: End) {
        let value = match how {
            End::Close => 1,
            End::Reset => 2,
            End::Linger => 3,
        };
        self.end_when_flushed.store(value, Ordering::Release);
    }

    fn end_later(self: &Arc<Self>) {
        let link = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(LINGER).await;
            if let Some(link) = link.upgrade() {
                link.end(End::Close);
            }
        });
    }

    /// Ends the connection now.
    pub(crate) fn end(&self, how: End) {
        if how == End::Reset {
            self.reset.store(true, Ordering::Release);
        }
        self.ended.notify_one();
    }

    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    pub(crate) fn hold(&self, body: RequestBody) {
        lock(&self.held).push(body);
    }

    pub(crate) fn release(&self) {
        lock(&self.held).clear();
    }
}

/// The TCP stream under HTTP (and under TLS).
#[derive(Debug)]
pub(crate) struct Socket {
    tcp: TcpStream,
    link: Arc<Link>,
}

impl Socket {
    pub(crate) fn new(tcp: TcpStream, link: Arc<Link>) -> Self {
        Self { tcp, link }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.link.reset.load(Ordering::Acquire) {
            // A zero linger time makes the close that follows send RST instead of FIN.
            let _ = self.tcp.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.link.read_paused.load(Ordering::Acquire) {
            // Nothing wakes it: the connection waits for `Link::end` or for the emulator to stop.
            return Poll::Pending;
        }
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let left = self.link.write_left.load(Ordering::Acquire);
        if left == NO_LIMIT {
            let written = Pin::new(&mut self.tcp).poll_write(cx, buf);
            self.link.set_stuck(written.is_pending());
            return written;
        }
        if left == 0 {
            return Poll::Pending;
        }
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, &buf[..count]))?;
        self.link
            .write_left
            .store(left.saturating_sub(written as u64), Ordering::Release);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.tcp).poll_flush(cx))?;
        match self.link.end_when_flushed.swap(0, Ordering::AcqRel) {
            1 => self.link.end(End::Close),
            2 => self.link.end(End::Reset),
            3 => self.link.end_later(),
            _ => {}
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

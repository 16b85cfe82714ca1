//! A socket that can misbehave below HTTP: stop reading, stop writing, or go away with a reset.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::http::RequestBody;

/// How a connection is ended by force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Close,
    Reset,
}

const NO_LIMIT: u64 = u64::MAX;

/// One connection, as shared by its socket and the requests on it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) number: u64,
    pub(crate) tls: bool,
    requests: AtomicU64,
    read_paused: AtomicBool,
    write_left: AtomicU64,
    /// 0 nothing, 1 close, 2 reset, once everything buffered went out.
    end_when_flushed: AtomicU8,
    reset: AtomicBool,
    stalled: AtomicBool,
    ended: Notify,
    /// Request bodies that are neither read nor given up, so that hyper neither drains nor closes.
    held: Mutex<Vec<RequestBody>>,
}

impl Link {
    pub(crate) fn new(number: u64, tls: bool) -> Arc<Self> {
        Arc::new(Self {
            number,
            tls,
            requests: AtomicU64::new(0),
            read_paused: AtomicBool::new(false),
            write_left: AtomicU64::new(NO_LIMIT),
            end_when_flushed: AtomicU8::new(0),
            reset: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            ended: Notify::new(),
            held: Mutex::default(),
        })
    }

    /// Counts a request in; the first is 1.
    pub(crate) fn count_request(&self) -> u64 {
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

    /// Ends the connection once everything buffered is with the kernel.
    pub(crate) fn end_when_flushed(&self, how: End) {
        let value = match how {
            End::Close => 1,
            End::Reset => 2,
        };
        self.end_when_flushed.store(value, Ordering::Release);
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
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(body);
    }

    pub(crate) fn release(&self) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
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
            return Pin::new(&mut self.tcp).poll_write(cx, buf);
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
            _ => {}
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

//! Sockets, connections, and the way of a request through faults and journal to its service.

mod dispatch;
mod mishap;
mod socket;
mod spelling;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

pub(crate) use socket::{End, Link};
pub(crate) use tls::Authority;

use crate::clock::Clock;
use crate::state::State;
use crate::store::lock;
use socket::Socket;

/// The connections that live, so that stalled ones can be let go.
#[derive(Debug)]
pub(crate) struct Links {
    clock: Arc<Clock>,
    next: AtomicU64,
    living: Mutex<Vec<Weak<Link>>>,
}

impl Links {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self {
            clock,
            next: AtomicU64::default(),
            living: Mutex::default(),
        }
    }

    fn open(&self, tls: bool, way: String) -> Arc<Link> {
        let number = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let link = Link::new(number, tls, way, Arc::clone(&self.clock));
        let mut living = lock(&self.living);
        living.retain(|link| link.strong_count() > 0);
        living.push(Arc::downgrade(&link));
        link
    }

    /// How many connections live.
    pub(crate) fn count(&self) -> usize {
        let living = lock(&self.living);
        let lives = |link: &&Weak<Link>| link.strong_count() > 0;
        living.iter().filter(lives).count()
    }

    /// Ends every connection that a fault has stalled.
    pub(crate) fn end_stalled(&self) {
        let living = lock(&self.living);
        for link in living.iter().filter_map(Weak::upgrade) {
            if link.is_stalled() {
                link.end(End::Reset);
            }
        }
    }
}

/// Binds and listens. Must be called within a runtime.
pub(crate) fn listen(address: SocketAddr, receive_buffer: Option<u32>) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // On Windows the option would let two programs share a port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    if let Some(size) = receive_buffer {
        socket.set_recv_buffer_size(size)?;
    }
    socket.bind(address)?;
    socket.listen(1024)
}

/// Accepts connections until told to stop.
pub(crate) async fn accept(
    listener: TcpListener,
    authority: Option<Arc<Authority>>,
    state: Arc<State>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((tcp, peer)) => {
                let way = tcp.local_addr().map(|own| format!("{own}->{peer}"));
                // Here, so that the connections that are counted are those accepted.
                let link = state
                    .links
                    .open(authority.is_some(), way.unwrap_or_default());
                tokio::spawn(connection(tcp, link, authority.clone(), Arc::clone(&state)));
            }
            // Out of descriptors, most likely: let other tasks close some.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn connection(
    tcp: TcpStream,
    link: Arc<Link>,
    authority: Option<Arc<Authority>>,
    state: Arc<State>,
) {
    // Slow answers are to arrive piece by piece.
    let _ = tcp.set_nodelay(true);
    let socket = Socket::new(tcp, Arc::clone(&link));
    match authority {
        None => talk(socket, Arc::clone(&link), state).await,
        Some(authority) => {
            if let Ok(stream) = authority.accept(socket).await {
                talk(stream, Arc::clone(&link), state).await;
            }
        }
    }
    link.release();
}

async fn talk<S>(stream: S, link: Arc<Link>, state: Arc<State>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(async |request| {
        let mut answered = dispatch::answer(Arc::clone(&state), Arc::clone(&link), request).await;
        if let Ok(answer) = &mut answered {
            let spelling = spelling::learned(answer.headers()).await;
            answer.extensions_mut().extend(spelling);
        }
        answered
    });
    let mut http = http1::Builder::new();
    // The emulator writes its own Date, and never times a client out.
    http.timer(TokioTimer::new())
        .header_read_timeout(None)
        .auto_date_header(false)
        // As the services write them; some clients are not careful.
        .title_case_headers(true);
    let talking = http.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        () = link.ended() => {}
        () = link.overdue() => {}
        _ = talking => {}
    }
}

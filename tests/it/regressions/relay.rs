//! A TCP relay that goes slow on demand, for what lies behind it under TLS.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

/// The pause between two bytes of a trickle: far less than a time-out, and so
/// long that one record of TLS would take minutes.
const BETWEEN_BYTES: Duration = Duration::from_millis(20);

/// How many bytes of a trickle have to pass before it is told of.
const TELL_AT: u64 = 5;

#[derive(Clone, Copy)]
pub enum Way {
    Up,
    Down,
}

pub struct Relay {
    address: SocketAddr,
    /// Told as soon as a connection trickles.
    pub trickles: Receiver<()>,
}

impl Relay {
    /// Passes on everything at once, but trickles byte by byte in one `way` after
    /// the first `freely` bytes.
    pub fn start(to: SocketAddr, way: Way, freely: u64) -> Self {
        Self::new(to, way, freely, 0)
    }

    /// Hangs up on the first connections, and passes on the others.
    pub fn refusing(to: SocketAddr, refusals: usize) -> Self {
        Self::new(to, Way::Down, u64::MAX, refusals)
    }

    fn new(to: SocketAddr, way: Way, freely: u64, refusals: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, trickles) = mpsc::channel();
        std::thread::spawn(move || {
            for client in listener.incoming().skip(refusals) {
                let (client, server) = (client.unwrap(), TcpStream::connect(to).unwrap());
                let up = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let down = (server, client);
                let (slow, fast) = match way {
                    Way::Up => (up, down),
                    Way::Down => (down, up),
                };
                let tell = tell.clone();
                std::thread::spawn(move || pass(fast, u64::MAX, None));
                std::thread::spawn(move || pass(slow, freely, Some(&tell)));
            }
        });
        Self { address, trickles }
    }

    pub fn tls_url(&self) -> String {
        format!("https://{}", self.address)
    }
}

fn pass((mut from, mut to): (TcpStream, TcpStream), mut freely: u64, tell: Option<&Sender<()>>) {
    let _ = to.set_nodelay(true);
    let mut buffer = vec![0; 64 * 1024];
    let mut trickled = 0;
    loop {
        let room = usize::try_from(freely).map_or(buffer.len(), |free| free.min(buffer.len()));
        let got = match from.read(&mut buffer[..room.max(1)]) {
            Ok(0) | Err(_) => break,
            Ok(got) => got,
        };
        if to.write_all(&buffer[..got]).is_err() {
            break;
        }
        if freely > 0 {
            freely = freely.saturating_sub(got as u64);
            continue;
        }
        trickled += 1;
        if trickled == TELL_AT
            && let Some(tell) = tell
        {
            // The test may be over.
            let _ = tell.send(());
        }
        std::thread::sleep(BETWEEN_BYTES);
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

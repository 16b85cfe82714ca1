//! Peers that send or take a byte now and then: each byte is life, but none may
//! hold up a time-out or a cancel.

use super::kit::{PATIENCE, easemob_config, must_end, single_attempt, with_token};
use super::relay::{Relay, Way};
use super::server::{Server, Visit};
use chatfile::{
    CancelHandle, Client, ClientOptions, DownloadOptions, Sink, Source, Status, UploadOptions,
};
use chatfile_emulator::{Config, Emulator};
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

/// A handshake, a token and the head of an answer fit in; the rest is records.
const FREELY: u64 = 40_000;

/// More than all buffers on the way hold together.
const LENGTH: usize = 9_000_000;

struct Behind {
    emulator: Emulator,
    file: String,
}

impl Behind {
    /// An emulator with a stored file.
    fn start() -> Self {
        let config = Config {
            tls: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            ..Config::default()
        };
        let emulator = Emulator::start(config).unwrap();
        let client = Client::easemob(easemob_config(emulator.base_url()), single_attempt());
        let stored = client
            .unwrap()
            .upload(Source::bytes(&vec![7; LENGTH]), UploadOptions::default())
            .unwrap();
        Self {
            emulator,
            file: stored.file,
        }
    }

    fn relay(&self, way: Way, freely: u64) -> Relay {
        let url = self.emulator.tls_base_url().unwrap();
        let to = url.strip_prefix("https://").unwrap().parse().unwrap();
        Relay::start(to, way, freely)
    }

    fn client(&self, relay: &Relay, options: ClientOptions) -> Client {
        let mut options = options;
        options.ca_certificates = self.emulator.ca_pem().map(|pem| pem.as_bytes().to_vec());
        Client::easemob(easemob_config(relay.tls_url()), options).unwrap()
    }
}

/// Moves the file in one direction.
fn transfer(client: &Client, way: Way, file: &str, cancel: Option<CancelHandle>) -> Status {
    let result = match way {
        Way::Up => {
            let mut options = UploadOptions::default();
            options.cancel = cancel;
            client
                .upload(Source::bytes(&vec![7; LENGTH]), options)
                .map(drop)
        }
        Way::Down => {
            let mut options = DownloadOptions::default();
            options.cancel = cancel;
            client.download(file, Sink::buffer(), options).map(drop)
        }
    };
    result.unwrap_err().status()
}

#[test]
fn a_trickled_tls_handshake_obeys_the_connect_time_out() {
    let behind = Behind::start();
    let relay = behind.relay(Way::Down, 0);
    let options = single_attempt().connect_timeout(Duration::from_millis(500));
    let client = behind.client(&relay, options);
    let file = behind.file.clone();
    let status = must_end(move || transfer(&client, Way::Down, &file, None));
    assert_eq!(status, Status::ConnectTimeout);
}

#[test]
fn trickled_tls_records_obey_a_cancel() {
    let behind = Behind::start();
    for way in [Way::Down, Way::Up] {
        let relay = behind.relay(way, FREELY);
        let client = behind.client(&relay, single_attempt());
        let cancel = CancelHandle::new();
        let (done, result) = mpsc::channel();
        let (file, handle) = (behind.file.clone(), cancel.clone());
        std::thread::spawn(move || done.send(transfer(&client, way, &file, Some(handle))));
        relay.trickles.recv_timeout(PATIENCE).unwrap();
        cancel.cancel();
        assert_eq!(result.recv_timeout(PATIENCE).unwrap(), Status::Cancelled);
    }
}

#[test]
fn trickled_tls_records_obey_a_deadline() {
    let behind = Behind::start();
    for way in [Way::Down, Way::Up] {
        let relay = behind.relay(way, FREELY);
        let options = single_attempt().deadline(Duration::from_millis(700));
        let client = behind.client(&relay, options);
        let file = behind.file.clone();
        let status = must_end(move || transfer(&client, way, &file, None));
        assert_eq!(status, Status::Deadline);
    }
}

/// Says one byte after the other until the client has gone.
fn trickle(visit: &mut Visit, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if visit.say([byte]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn through_proxy(proxy: String, base_url: &str) -> Status {
    let options = single_attempt()
        .proxy(proxy)
        .connect_timeout(Duration::from_millis(500));
    let client = with_token(base_url.into(), options);
    must_end(move || client.upload(Source::bytes(b"x"), UploadOptions::default()))
        .unwrap_err()
        .status()
}

#[test]
fn a_trickled_answer_to_connect_obeys_the_connect_time_out() {
    // As long a head as is read at all would take minutes.
    let head = || b"HTTP/1.1 200 OK\r\nX: ".iter().copied();
    let (tell, asked) = mpsc::channel();
    let proxy = Server::start(move |visit| {
        // The test may be over.
        let _ = tell.send(visit.head());
        trickle(visit, head().chain(std::iter::repeat(b'x')));
    });
    let status = through_proxy(proxy.url(), "https://h.example");
    assert_eq!(status, Status::ConnectTimeout);
    let asked = asked.recv_timeout(PATIENCE).unwrap();
    assert!(asked.starts_with("connect h.example:443 "), "{asked}");
}

#[test]
fn a_trickled_answer_of_socks_obeys_the_connect_time_out() {
    let proxy = Server::start(move |visit| {
        visit.take_exact::<3>();
        // A bound address that is a name: as long as one can be.
        let answer = [5, 0, 5, 0, 0, 3, 255].into_iter();
        trickle(visit, answer.chain(std::iter::repeat_n(b'x', 255)));
    });
    let url = format!("socks5h://{}", proxy.address());
    let status = through_proxy(url, "http://h.example");
    assert_eq!(status, Status::ConnectTimeout);
}

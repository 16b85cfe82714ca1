#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "test_certificate.rs"]
mod certificate;

use super::*;
use crate::watch::tests::watch;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::os::unix::net::UnixStream;
use std::result::Result;

type Fault = Box<dyn std::error::Error>;

/// A server of TLS at the other end.
type Peer = rustls::StreamOwned<rustls::ServerConnection, UnixStream>;

/// A connection whose handshake is over.
fn under_tls() -> Result<(Stream, Peer), Fault> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate::PEM.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (own, peer) = UnixStream::pair()?;
    let mut stream = Stream::plain(Socket::of(own)?);
    stream.start_tls(Arc::new(config), "127.0.0.1")?;
    let server = rustls::ServerConnection::new(certificate::server_config())?;
    let mut peer = rustls::StreamOwned::new(server, peer);
    let served = std::thread::spawn(move || {
        while peer.conn.is_handshaking() {
            peer.conn.complete_io(&mut peer.sock)?;
        }
        io::Result::Ok(peer)
    });
    stream.handshake(&watch(None), || Ok(()))?;
    // The end of the handshake goes with the first bytes.
    stream.write_now(b"?")?;
    let peer = served.join().map_err(|_| "the server panics")??;
    Ok((stream, peer))
}

/// Sends until there is no more room, so that something waits to be sent.
fn fill(stream: &mut Stream) {
    while stream.write_now(&[1; TLS_BUFFER]).is_ok() {}
}

/// Whoever sends looks in between whether to go on: a server can say them as fast as they are read.
#[test]
fn interim_answers_are_passed_over_a_few_at_a_time() -> io::Result<()> {
    let (own, mut peer) = UnixStream::pair()?;
    let mut stream = Stream::plain(Socket::of(own)?);
    peer.write_all("HTTP/1.1 100 Continue\r\n\r\n".repeat(40).as_bytes())?;
    peer.write_all(b"HTTP/1.1 413 Too Large\r\n\r\n")?;
    let seen = [(); 4].map(|()| stream.early_status());
    assert_eq!(seen, [None, None, Some(413), Some(413)]);
    Ok(())
}

/// It is the last answer, so it stays for whoever receives.
#[test]
fn what_answers_101_is_no_interim_answer() -> io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
    let (own, mut peer) = UnixStream::pair()?;
    let mut stream = Stream::plain(Socket::of(own)?);
    peer.write_all(ANSWER)?;
    assert_eq!(stream.early_status(), Some(101));
    assert!(!stream.is_refused());
    let mut head = [0; 100];
    let length = stream.read_now(&mut head)?;
    assert_eq!(&head[..length], ANSWER);
    Ok(())
}

#[test]
fn messages_that_carry_nothing_are_bounded() -> Result<(), Box<dyn std::error::Error>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let (own, _peer) = UnixStream::pair()?;
    let mut stream = Stream::plain(Socket::of(own)?);
    stream.start_tls(Arc::new(config), "example.com")?;
    let tls = stream.tls.as_mut().ok_or("no TLS")?;
    let record = 16 * 1024;
    let results: Vec<_> = (0..7).map(|_| tls.process(record)).collect();
    let (fine, broken) = results.split_at(6);
    assert!(fine.iter().all(io::Result::is_ok));
    let text = broken[0].as_ref().map_err(ToString::to_string);
    assert!(text.is_err_and(|text| text.contains("carry no data")));
    Ok(())
}

#[test]
fn what_the_server_said_is_read_although_nothing_can_be_sent_any_more() -> Result<(), Fault> {
    let (mut stream, mut peer) = under_tls()?;
    fill(&mut stream);
    let mut buffer = [0; 100];
    peer.write_all(b"HTTP/1.1 403 X\r\n\r\n")?;
    assert_eq!(stream.early_status(), Some(403));
    assert_eq!(stream.read_now(&mut buffer)?, 18);
    // There is no room for what is still to be sent ...
    peer.write_all(b"so")?;
    assert_eq!(stream.read_now(&mut buffer)?, 2);
    // ... and then nobody to take it.
    peer.write_all(b"why")?;
    peer.write_all(b" not")?;
    drop(peer);
    assert_eq!(stream.read_now(&mut buffer)?, 7);
    assert_eq!(&buffer[..7], b"why not");
    assert!(stream.read_now(&mut buffer).is_err_and(|e| !is_to_wait(&e)));
    Ok(())
}

#[test]
fn what_is_no_tls_while_sending_is_no_silence() -> Result<(), Fault> {
    let (mut stream, mut peer) = under_tls()?;
    let nobodys_record = [&[0x17, 3, 3, 0, 20][..], &[0; 20]].concat();
    peer.sock.write_all(&nobodys_record)?;
    assert_eq!(stream.early_status(), None);
    let read = stream.read_now(&mut [0; 9]);
    assert!(read.is_err_and(|e| matches!(
        super::super::tls::fault(&e),
        Some(rustls::Error::DecryptError)
    )));
    Ok(())
}

#[test]
fn an_early_answer_may_come_in_pieces() -> Result<(), Fault> {
    const ANSWER: &[u8] = b"HTTP/1.1 100 Continue\n\nHTTP/1.1 413 X\r\nA: b\r\n\r\n";
    let (mut tls, mut peer) = under_tls()?;
    let (own, mut plain_peer) = UnixStream::pair()?;
    let mut plain = Stream::plain(Socket::of(own)?);
    for byte in ANSWER {
        assert!([None, Some(413)].contains(&tls.early_status()));
        peer.write_all(&[*byte])?;
        plain_peer.write_all(&[*byte])?;
    }
    for stream in [&mut tls, &mut plain] {
        assert_eq!(stream.early_status(), Some(413));
        assert!(!stream.is_idle());
        let mut head = [0; 100];
        // Interim answers are gone, and nothing else.
        let length = stream.read_now(&mut head)?;
        assert_eq!(&head[..length], b"HTTP/1.1 413 X\r\nA: b\r\n\r\n");
    }
    Ok(())
}

#[test]
fn records_come_as_many_as_there_is_room_for() -> Result<(), Fault> {
    let (mut stream, mut peer) = under_tls()?;
    for piece in [&b"one"[..], b"two", b"three"] {
        peer.write_all(piece)?;
    }
    let mut buffer = [0; 100];
    assert_eq!(stream.read_now(&mut buffer[..4])?, 4);
    assert_eq!(stream.read_now(&mut buffer[4..])?, 7);
    assert_eq!(&buffer[..11], b"onetwothree");
    assert!(stream.read_now(&mut buffer).is_err_and(|e| is_to_wait(&e)));
    peer.conn.send_close_notify();
    peer.write_all(b"")?;
    peer.flush()?;
    assert_eq!(stream.read_now(&mut buffer)?, 0);
    Ok(())
}

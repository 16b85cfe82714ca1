//! What a proxy says to CONNECT before TLS begins behind it.

use super::certificate;
use super::kit::{STORED, failed, must_end, options, single_attempt, with_token};
use super::server::Server;
use chatfile::{Source, Status, UploadOptions, UploadResult};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Uploads through a proxy that says so, and is the host itself then.
fn upload_behind(answer: &[u8]) -> chatfile::Result<UploadResult> {
    let answer = answer.to_vec();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = certificate::server_config();
    let behind = move |mut socket: TcpStream| {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(head.starts_with(b"CONNECT 127.0.0.1:9 HTTP/1.1\r\n"));
        // Who has heard enough hangs up.
        let _ = socket.write_all(&answer);
        let tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        Box::new(rustls::StreamOwned::new(tls, socket)) as _
    };
    let proxy = Server::listen(listener, behind, |visit| {
        visit.request();
        visit.answer(200, "", STORED);
    });
    let options = single_attempt()
        .proxy(proxy.url())
        .ca_certificates(certificate::PEM);
    let client = with_token("https://127.0.0.1:9".into(), options);
    must_end(move || client.upload(Source::bytes(b"x"), UploadOptions::default()))
}

#[test]
fn what_is_said_before_it_is_no_answer() {
    for answer in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\nVia: a line without CR\n\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 102 X\r\nA: b\r\n\r\nHTTP/1.1 103 Y\n\nHTTP/1.1 200\r\n\r\n",
    ] {
        assert_eq!(upload_behind(answer.as_bytes()).unwrap().file, "abc");
    }
}

#[test]
fn a_proxy_that_speaks_tls_is_told_from_a_host_that_does() {
    for scheme in ["http", "https"] {
        let proxy = Server::start(|visit| {
            visit.head();
            let _ = visit.say([0x15, 3, 1, 0, 2, 2, 70]);
        });
        let client = with_token(
            format!("{scheme}://127.0.0.1:9"),
            options().proxy(proxy.url()),
        );
        let upload = client.upload(Source::bytes(b"x"), UploadOptions::default());
        let error = failed(upload);
        assert_eq!(error.status(), Status::Proxy, "{error}");
        let said = format!(
            "the proxy {} speaks TLS at this port: begin the proxy's URL",
            proxy.address()
        );
        assert!(error.message().contains(&said), "{error}");
        assert_eq!((error.attempts(), error.is_retryable()), (1, false));
    }
}

#[test]
fn nor_is_it_waited_for_without_end() {
    for answer in [
        "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000),
        "HTTP/1.1 403 No\r\n\r\n".to_owned(),
        "HTTP/1.1 1000 No\r\n\r\n".to_owned(),
    ] {
        let error = failed(upload_behind(answer.as_bytes()));
        assert_eq!(error.status(), Status::Proxy, "{error}");
        assert!(error.is_at_proxy());
    }
}

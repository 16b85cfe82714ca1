//! A refusal that breaks off in its body is still that refusal.

use super::certificate;
use super::kit::{failed, must_end, options, single_attempt, with_token};
use super::server::Server;
use chatfile::{DownloadOptions, Sink, Source, Status, UploadOptions};
use std::time::Duration;

#[test]
fn a_413_whose_body_is_cut_keeps_its_status_and_is_not_repeated() {
    let server = Server::start(|visit| {
        visit.request();
        let cut = "HTTP/1.1 413 Too Large\r\nContent-Length: 100\r\n\r\n<html>413";
        visit.say(cut).unwrap();
    });
    let client = with_token(server.url(), options());
    let error = failed(client.upload(Source::bytes(b"abc"), UploadOptions::default()));
    assert_eq!(error.status(), Status::TooLarge, "{error}");
    assert_eq!(error.http_status(), Some(413));
    assert_eq!(error.attempts(), 1);
    assert!(!error.is_retryable());
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn so_does_a_404_of_a_download_in_broken_chunks() {
    let server = Server::start(|visit| {
        visit.head();
        let cut = "HTTP/1.1 404 X\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n<html>";
        visit.say(cut).unwrap();
    });
    let client = with_token(server.url(), options());
    let error = client
        .download("5f", Sink::buffer(), DownloadOptions::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::NotFound, "{error}");
    assert_eq!((error.http_status(), error.attempts()), (Some(404), 1));
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn a_success_whose_body_is_cut_is_no_success() {
    let server = Server::start(|visit| {
        visit.request();
        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"entities\":";
        visit.say(cut).unwrap();
    });
    let client = with_token(server.url(), single_attempt());
    let error = failed(client.upload(Source::bytes(b"abc"), UploadOptions::default()));
    assert_eq!(error.status(), Status::Truncated, "{error}");
}

/// What was under way to it is still to be sent then, and finds nobody.
#[test]
fn under_tls_a_refusal_is_read_although_the_server_has_hung_up() {
    const WORDS: &str = "the quota of this app is used up";
    let server = Server::start_tls(|visit| {
        visit.head();
        let body = format!("{{\"error\":\"quota\",\"error_description\":\"{WORDS}\"}}");
        let length = body.len();
        let head = format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {length}\r\n\r\n");
        let _ = visit.say(head);
        // A record each, so that the client reads while they come; no more of them than go out at once (RFC 6928), for
        // the rest is dropped with the connection.
        for piece in body.as_bytes().chunks(16) {
            let _ = visit.say(piece);
        }
    });
    for _ in 0..20 {
        let options = single_attempt().ca_certificates(certificate::PEM);
        let client = with_token(server.tls_url(), options);
        let error = must_end(move || {
            let data = vec![1; 9_000_000];
            failed(client.upload(Source::bytes(&data), UploadOptions::default()))
        });
        assert_eq!(error.http_status(), Some(403), "{error}");
        assert!(error.message().contains(WORDS), "{error}");
    }
}

#[test]
fn a_refusal_whose_body_never_comes_is_still_that_refusal() {
    let server = Server::start(|visit| {
        visit.request();
        let cut = "HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{";
        visit.say(cut).unwrap();
        // Until the client has heard enough.
        visit.take(1);
    });
    let options = options().stall_timeout(Duration::from_millis(200));
    let client = with_token(server.url(), options);
    let error =
        must_end(move || failed(client.upload(Source::bytes(b"abc"), UploadOptions::default())));
    assert_eq!(
        (error.http_status(), error.attempts()),
        (Some(403), 1),
        "{error}"
    );
    assert_eq!(server.heads().len(), 1);
}

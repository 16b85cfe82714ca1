//! A refusal that breaks off in its body is still that refusal.

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

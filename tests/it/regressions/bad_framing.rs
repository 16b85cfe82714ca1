//! Answers whose end cannot be told from a broken connection.

use super::kit::{Folder, download_resumably, single_attempt, with_token};
use super::server::Server;
use chatfile::{DownloadOptions, Sink, Status};

/// Each breaks off in the middle of `hello`, but for one.
const CUT: &[&str] = &[
    // HTTP/1.0 knows no chunks (RFC 9112 §6.1), so these are bytes to the end.
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nhel",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhel",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhel",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    // Whole, but in another coding of the transfer as well.
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    "HTTP/1.1 200 OK\r\n\r\nhel",
    "HTTP/1.0 200 OK\r\n\r\nhel",
];

fn server(answer: &'static str) -> Server {
    Server::start(move |visit| {
        visit.head();
        visit.say(answer).unwrap();
    })
}

#[test]
fn a_cut_body_is_an_error_and_leaves_nothing_on_the_disk() {
    for answer in CUT {
        let server = server(answer);
        let client = with_token(server.url(), single_attempt());
        let folder = Folder::new("framing");
        let target = folder.join("file");
        let plain = client.download("5f", Sink::path(&target), DownloadOptions::default());
        let error = plain.expect_err(answer);
        let expected = [Status::Truncated, Status::Response, Status::Protocol];
        assert!(expected.contains(&error.status()), "{answer:?}: {error}");
        download_resumably(&client, &target).expect_err(answer);
        assert!(folder.names().is_empty(), "{answer:?} {:?}", folder.names());
        let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
        assert!(got.is_err(), "{answer:?}");
    }
}

#[test]
fn whole_chunks_are_taken_in_http_1_1() {
    let server = server(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    );
    let client = with_token(server.url(), single_attempt());
    let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
    assert_eq!(got.unwrap().data.unwrap(), b"hello");
}

//! A download that goes on never puts two versions of a file together.

use super::kit::{Folder, download_resumably, options, single_attempt, with_token};
use super::server::{Server, Visit, field};
use chatfile::{DownloadOptions, Sink, Status};

/// How a server that has a new version by now answers the request for the rest
/// of the old one: what no client may take for that rest.
const NOT_THE_REST: &[(&str, &str)] = &[
    (
        "another ETag",
        "206 X\r\nETag: \"v2\"\r\nContent-Range: bytes 5-9/10\r\n",
    ),
    ("no ETag", "206 X\r\nContent-Range: bytes 5-9/10\r\n"),
    (
        "a weak ETag",
        "206 X\r\nETag: W/\"v1\"\r\nContent-Range: bytes 5-9/10\r\n",
    ),
    (
        "an earlier part",
        "206 X\r\nETag: \"v1\"\r\nContent-Range: bytes 3-7/10\r\n",
    ),
    (
        "a part that ends early",
        "206 X\r\nETag: \"v1\"\r\nContent-Range: bytes 5-8/10\r\n",
    ),
    (
        "no size",
        "206 X\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/*\r\n",
    ),
    ("no range", "206 X\r\nETag: \"v1\"\r\n"),
    (
        "a huge range",
        "206 X\r\nETag: \"v1\"\r\nContent-Range: bytes 5-18446744073709551615/0\r\n",
    ),
    (
        "a range and a length that do not agree",
        "206 X\r\nETag: \"v1\"\r\nContent-Range: bytes 5-99/100\r\n",
    ),
    (
        "two ranges",
        "206 X\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/10\r\nContent-Range: bytes 0-4/10\r\n",
    ),
    (
        "ranges in one body",
        "206 X\r\nETag: \"v1\"\r\nContent-Type: multipart/byteranges; boundary=b\r\n\
         Content-Range: bytes 5-9/10\r\n",
    ),
    (
        "the rest as if it were all",
        "200 X\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/10\r\n",
    ),
    (
        "all as if it were ranges",
        "200 X\r\nETag: \"v1\"\r\nContent-Type: Multipart/Byteranges\r\n",
    ),
    ("412", "412 X\r\n"),
    ("416", "416 X\r\nContent-Range: bytes */3\r\n"),
];

/// Version 1 is ten times A, and breaks off after five of them; the rest is
/// answered as said; then there is version 2, ten times B.
fn changing(rest: &'static str) -> Server {
    Server::start(move |visit: &mut Visit| {
        let head = visit.head();
        if visit.number == 0 {
            let half = "HTTP/1.1 200 X\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nAAAAA";
            visit.say(half).unwrap();
        } else if field(&head, "range").is_some() {
            let end = "Connection: close\r\nContent-Length: 5\r\n\r\nBBBBB";
            let _ = visit.say(format!("HTTP/1.1 {rest}{end}"));
        } else {
            visit.answer(200, "ETag: \"v2\"\r\n", "BBBBBBBBBB");
        }
    })
}

/// The ranges that were asked for.
fn ranges(server: &Server) -> Vec<Option<String>> {
    let range = |head: &String| field(head, "range").map(str::to_owned);
    server.heads().iter().map(range).collect()
}

fn with_one_restart() -> [Option<String>; 3] {
    [None, Some("bytes=5-".into()), None]
}

#[test]
fn a_later_call_begins_anew_unless_it_gets_the_rest_of_the_same_version() {
    for (name, rest) in NOT_THE_REST {
        let server = changing(rest);
        let client = with_token(server.url(), single_attempt());
        let folder = Folder::new("resume");
        let target = folder.join("file");
        let error = download_resumably(&client, &target).unwrap_err();
        assert_eq!(error.status(), Status::Truncated, "{name}");
        assert_eq!(folder.names(), ["file.part", "file.part.json"], "{name}");
        download_resumably(&client, &target).expect(name);
        assert_eq!(std::fs::read(&target).unwrap(), b"BBBBBBBBBB", "{name}");
        assert_eq!(folder.names(), ["file"], "{name}");
        assert_eq!(ranges(&server), with_one_restart(), "{name}");
    }
}

#[test]
fn a_further_attempt_does_so_too() {
    for (name, rest) in NOT_THE_REST {
        let server = changing(rest);
        let client = with_token(server.url(), options());
        let got = client
            .download("5f", Sink::buffer(), DownloadOptions::default())
            .expect(name);
        assert_eq!(got.data.unwrap(), b"BBBBBBBBBB", "{name}");
        assert_eq!(ranges(&server), with_one_restart(), "{name}");
    }
}

#[test]
fn a_writer_never_gets_a_mixture() {
    for (name, rest) in NOT_THE_REST {
        let server = changing(rest);
        let client = with_token(server.url(), options());
        let mut got = Vec::new();
        let error = client
            .download("5f", Sink::writer(&mut got), DownloadOptions::default())
            .unwrap_err();
        assert_eq!(error.status(), Status::Truncated, "{name}: {error}");
        assert_eq!(got, b"AAAAA", "{name}");
    }
}

#[test]
fn the_rest_of_the_same_version_is_taken() {
    let server = changing("206 X\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/10\r\n");
    let client = with_token(server.url(), single_attempt());
    let folder = Folder::new("rest");
    let target = folder.join("file");
    download_resumably(&client, &target).unwrap_err();
    assert_eq!(download_resumably(&client, &target).unwrap(), 10);
    // Only this server makes B of it.
    assert_eq!(std::fs::read(&target).unwrap(), b"AAAAABBBBB");
    assert_eq!(field(&server.heads()[1], "if-range"), Some("\"v1\""));
}

#[test]
fn without_a_strong_etag_the_rest_is_not_asked_for() {
    for version in ["", "ETag: W/\"v1\"\r\n", "ETag: \"\r\n"] {
        let server = Server::start(move |visit| {
            visit.head();
            if visit.number == 0 {
                let half = format!("HTTP/1.1 200 X\r\n{version}Content-Length: 10\r\n\r\nAAAAA");
                visit.say(half).unwrap();
            } else {
                visit.answer(200, version, "BBBBBBBBBB");
            }
        });
        let client = with_token(server.url(), single_attempt());
        let folder = Folder::new("no-etag");
        let target = folder.join("file");
        download_resumably(&client, &target).unwrap_err();
        assert!(folder.names().is_empty(), "{version:?}");
        download_resumably(&client, &target).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"BBBBBBBBBB");
        assert_eq!(ranges(&server), [None, None], "{version:?}");
    }
}

#[test]
fn progress_of_a_shorter_version_ends_at_its_size() {
    let server = Server::start(|visit| {
        visit.head();
        if visit.number == 0 {
            let head = "HTTP/1.1 200 X\r\nETag: \"v1\"\r\nContent-Length: 1000000\r\n\r\n";
            visit.say(head).unwrap();
            visit.say(vec![1; 500_000]).unwrap();
        } else {
            visit.answer(200, "ETag: \"v2\"\r\n", &"x".repeat(1000));
        }
    });
    let client = with_token(server.url(), options());
    let mut seen = Vec::new();
    let progress = |progress: chatfile::Progress| {
        seen.push(progress);
        Ok(())
    };
    let options = DownloadOptions::default().progress(progress);
    let got = client.download("5f", Sink::buffer(), options).unwrap();
    assert_eq!(got.size, 1000);
    let last = seen.last().unwrap();
    assert_eq!(
        (last.done, last.total, last.finished),
        (1000, Some(1000), true)
    );
    let others = &seen[..seen.len() - 1];
    assert!(
        others
            .iter()
            .all(|p| p.total.is_none_or(|total| p.done < total))
    );
}

#[test]
fn what_a_callback_has_stopped_says_what_it_has_done() {
    let server = Server::start(|visit| {
        visit.head();
        visit
            .say("HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhello")
            .unwrap();
        // Until the other side hangs up.
        visit.take(1);
    });
    let client = with_token(server.url(), options().trace(true));
    let progress = |progress: chatfile::Progress| match progress.done {
        0 => Ok(()),
        _ => Err(chatfile::Error::new(Status::Callback, "enough")),
    };
    let options = DownloadOptions::default().progress(progress);
    let error = client
        .download("5f", Sink::buffer(), options)
        .err()
        .unwrap();
    assert_eq!(error.status(), Status::Callback);
    assert!(error.trace().unwrap().contains("GET"), "{error:?}");
}

#[test]
fn what_cannot_take_its_place_says_what_was_done() {
    let folder = Folder::new("taken");
    let target = folder.join("file");
    let taken = target.clone();
    let server = Server::start(move |visit| {
        visit.head();
        std::fs::create_dir_all(taken.join("within")).unwrap();
        visit.answer(200, "", "hello");
    });
    let client = with_token(server.url(), options().trace(true));
    let got = client.download("5f", Sink::path(&target), DownloadOptions::default());
    let error = got.unwrap_err();
    assert_eq!(
        (error.status(), error.attempts()),
        (Status::Sink, 1),
        "{error}"
    );
    assert!(error.trace().unwrap().contains("GET"), "{error:?}");
}

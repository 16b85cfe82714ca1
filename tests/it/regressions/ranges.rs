//! What states a range is believed as one or refused; and which versions of a
//! file a later call can go on with.

use super::kit::{Folder, download_resumably, netease_at, options, single_attempt, with_token};
use super::server::{Server, Visit, field};
use chatfile::{
    Client, ClientOptions, DownloadOptions, Huawei, HuaweiDownload, LogLevel, Sink, Source, Status,
    UploadOptions,
};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// Answers to a plain GET that are not the file: their heads, with `hello`.
const NOT_THE_FILE: &[&str] = &[
    "206 X\r\nContent-Range: bytes 0-4/5\r\n",
    "206 X\r\nContent-Range: bytes 0-4/10\r\n",
    "206 X\r\n",
    "206 X\r\nContent-Type: multipart/byteranges; boundary=x\r\n",
    "200 X\r\nContent-Range: bytes 0-4/10\r\n",
    "200 X\r\nContent-Range: bytes 5-9/10\r\n",
    "200 X\r\nContent-Range: bytes 0-9/10\r\n",
    "200 X\r\nContent-Range: bytes 0-4/*\r\n",
    "200 X\r\nContent-Range: whatever\r\n",
    "200 X\r\nContent-Type: multipart/byteranges; boundary=x\r\n",
    "201 X\r\n",
    "203 X\r\n",
];

fn server(head: &'static str) -> Server {
    Server::start(move |visit| {
        visit.head();
        let end = "Connection: close\r\nContent-Length: 5\r\n\r\nhello";
        let _ = visit.say(format!("HTTP/1.1 {head}{end}"));
    })
}

#[test]
fn a_part_is_never_taken_for_the_file() {
    for head in NOT_THE_FILE {
        let server = server(head);
        let folder = Folder::new("part");
        let url = format!("{}/f", server.url());
        let client = netease_at(server.url(), options());
        let presigned = client.presign_download(&url, DownloadOptions::default());
        let presigned = presigned.unwrap();
        let without = Client::without_service(options()).unwrap();
        let target = || Sink::path(folder.join("file"));
        let plain = DownloadOptions::default;
        for result in [
            client.download(&url, target(), plain()),
            client.download(&url, Sink::buffer(), plain()),
            with_token(server.url(), options()).download("5f", target(), plain()),
            without.receive_presigned(&presigned, target(), plain()),
        ] {
            let error = result.expect_err(head);
            assert_eq!(error.status(), Status::Response, "{head:?}: {error}");
            assert_eq!(error.attempts(), 1, "{head:?}");
            let status = head[..3].parse().ok();
            assert_eq!(error.http_status(), status, "{head:?}");
            assert!(!error.message().contains("hello"), "{head:?}: {error}");
        }
        assert!(folder.names().is_empty(), "{head:?}");
    }
}

#[test]
fn a_range_that_is_the_whole_file_is_the_file() {
    let server = server("200 X\r\nContent-Range: bytes 0-4/5\r\n");
    let client = with_token(server.url(), single_attempt());
    let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
    assert_eq!(got.unwrap().data.unwrap(), b"hello");
}

#[test]
fn huaweis_storage_gives_no_part_for_the_file() {
    for head in NOT_THE_FILE {
        let server = Server::start(move |visit| {
            let asked = visit.request().0;
            let address = field(&asked, "host").unwrap().to_owned();
            let (status, end) = head.split_once(' ').unwrap();
            let fields = end.split_once("\r\n").unwrap().1;
            if asked.starts_with("get /file") {
                visit.answer(status.parse().unwrap(), fields, "hello");
            } else {
                visit.answer(200, "", &huawei_says(&asked, &address));
            }
        });
        let error = huawei(&server, options())
            .download("key", Sink::buffer(), huawei_options())
            .expect_err(head);
        assert_eq!(error.status(), Status::Response, "{head:?}: {error}");
        assert!(!error.message().contains("hello"), "{head:?}: {error}");
    }
}

/// The tokens, or where the file is.
fn huawei_says(asked: &str, address: &str) -> String {
    if asked.contains("tokenbyaksk") {
        r#"{"AccessToken":"access","Expires":3600}"#.into()
    } else if asked.contains("downloadfilestream") {
        format!(r#"{{"resultCode":"0","fileStream":"","fileUrl":"http://{address}/file"}}"#)
    } else {
        r#"{"resultCode":"0","token":"session"}"#.into()
    }
}

fn huawei(server: &Server, options: ClientOptions) -> Client {
    let config = Huawei::new(server.url(), "key", "secret", "channel", "user");
    Client::huawei(config, options).unwrap()
}

fn huawei_options() -> DownloadOptions<'static> {
    DownloadOptions::default().service(HuaweiDownload::new("png").media_library(false))
}

const CHANGED: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
const LATER: &str = "Date: Sun, 06 Nov 1994 09:49:37 GMT\r\n";

/// Breaks off after five of ten A; the rest, if it is asked for, is B with these
/// fields; all of it is C.
fn broken(fields: String, rest: String) -> Server {
    Server::start(move |visit| {
        let head = visit.head();
        if visit.number == 0 {
            let half = format!("HTTP/1.1 200 X\r\n{fields}Content-Length: 10\r\n\r\nAAAAA");
            visit.say(half).unwrap();
        } else if field(&head, "range").is_some() {
            let range = "Content-Range: bytes 5-9/10\r\n";
            visit.answer(206, &format!("{range}{rest}"), "BBBBB");
        } else {
            visit.answer(200, &fields, "CCCCCCCCCC");
        }
    })
}

#[test]
fn without_a_strong_etag_a_time_that_lies_back_names_the_version() {
    for etag in ["", "ETag: W/\"v1\"\r\n", "ETag: v1\r\n"] {
        for (again, content) in [
            (CHANGED, b"AAAAABBBBB"),
            (
                "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n",
                b"CCCCCCCCCC",
            ),
            ("", b"CCCCCCCCCC"),
        ] {
            let server = broken(
                format!("{etag}{CHANGED}{LATER}"),
                format!("{etag}{again}{LATER}"),
            );
            let client = with_token(server.url(), single_attempt());
            let folder = Folder::new("dated");
            let target = folder.join("file");
            download_resumably(&client, &target).unwrap_err();
            assert_eq!(folder.names(), ["file.part", "file.part.json"], "{etag:?}");
            download_resumably(&client, &target).unwrap();
            assert_eq!(
                std::fs::read(&target).unwrap(),
                content,
                "{etag:?} {again:?}"
            );
            let asked = &server.heads()[1];
            assert_eq!(field(asked, "range"), Some("bytes=5-"));
            assert_eq!(
                field(asked, "if-range"),
                Some("sun, 06 nov 1994 08:49:37 gmt")
            );
        }
    }
}

#[test]
fn a_version_that_may_change_within_the_second_is_none_and_the_log_says_so() {
    for fields in [
        "ETag: W/\"v1\"\r\n".to_owned(),
        "ETag: v1\r\n".to_owned(),
        CHANGED.to_owned(),
        format!("{CHANGED}Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"),
    ] {
        let server = broken(fields.clone(), fields.clone());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = move |_: LogLevel, line: &str| sink.lock().unwrap().push(line.to_owned());
        let options = single_attempt().log(LogLevel::Warn, log);
        let client = with_token(server.url(), options);
        let folder = Folder::new("undated");
        let target = folder.join("file");
        download_resumably(&client, &target).unwrap_err();
        assert!(folder.names().is_empty(), "{fields:?}");
        let said = lines.lock().unwrap().join("\n");
        assert!(said.contains("nothing is kept"), "{fields:?}: {said}");
        let plain = client.download("5f", Sink::buffer(), DownloadOptions::default());
        assert_eq!(plain.unwrap().data.unwrap(), b"CCCCCCCCCC");
        assert_eq!(
            said,
            lines.lock().unwrap().join("\n"),
            "only where it matters"
        );
    }
}

#[test]
fn the_same_etag_with_another_size_is_another_version() {
    let server = Server::start(|visit| {
        let head = visit.head();
        let etag = "ETag: \"v1\"\r\n";
        if visit.number == 0 {
            let half = format!("HTTP/1.1 200 X\r\n{etag}Content-Length: 10\r\n\r\nAAAAA");
            visit.say(half).unwrap();
        } else if field(&head, "range").is_some() {
            let fields = format!("{etag}Content-Range: bytes 5-11/12\r\n");
            visit.answer(206, &fields, "BBBBBBB");
        } else {
            visit.answer(200, etag, "CCCCCCCCCCCC");
        }
    });
    let folder = Folder::new("size");
    let target = folder.join("file");
    let client = with_token(server.url(), single_attempt());
    download_resumably(&client, &target).unwrap_err();
    download_resumably(&client, &target).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"CCCCCCCCCCCC");
}

#[test]
fn chunks_count_and_not_the_length_beside_them() {
    let server = Server::start(|visit| {
        visit.head();
        let head = "HTTP/1.1 200 X\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
        visit.say(format!("{head}5\r\nhello\r\n0\r\n\r\n")).unwrap();
    });
    let client = with_token(server.url(), single_attempt());
    let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
    assert_eq!(got.unwrap().data.unwrap(), b"hello");
}

#[test]
fn an_upload_is_not_answered_by_a_part() {
    let server = Server::start(|visit| {
        visit.request();
        visit.answer(206, "", super::kit::STORED);
    });
    let client = with_token(server.url(), single_attempt());
    let error = client.upload(Source::bytes(b"x"), UploadOptions::default());
    assert_eq!(error.unwrap_err().http_status(), Some(206));
}

/// Huawei's API, and a storage behind it that does what `file` says.
fn huawei_with_storage(file: impl Fn(&str, &mut Visit) + Send + Sync + 'static) -> Server {
    Server::start(move |visit| {
        loop {
            let asked = visit.request().0;
            let address = field(&asked, "host").unwrap_or_default().to_owned();
            if asked.starts_with("get /file") {
                return file(&asked, visit);
            } else if asked.is_empty() {
                return;
            }
            let body = huawei_says(&asked, &address);
            let head = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n", body.len());
            visit.say(head + &body).unwrap();
        }
    })
}

#[test]
fn a_stall_of_huaweis_storage_is_called_that() {
    for begin in [
        "",
        "HTTP/1.1 200 X\r\n",
        "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 X\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let (stop, stopped) = mpsc::channel::<()>();
        let stopped = Mutex::new(stopped);
        let server = huawei_with_storage(move |asked, visit| {
            let rest = "HTTP/1.1 206 X\r\nETag: \"1\"\r\nContent-Range: bytes 5-9/10\r\n\
                        Content-Length: 5\r\n\r\n";
            let is_rest = field(asked, "range").is_some();
            visit.say(if is_rest { rest } else { begin }).unwrap();
            let _ = stopped.lock().unwrap().recv();
        });
        for attempts in [1, 2] {
            let options = options()
                .stall_timeout(Duration::from_millis(150))
                .max_attempts(attempts);
            let mut got = Vec::new();
            let error = huawei(&server, options)
                .download("key", Sink::writer(&mut got), huawei_options())
                .unwrap_err();
            assert_eq!(
                error.status(),
                Status::Stalled,
                "{begin:?} {attempts}: {error}"
            );
        }
        drop(stop);
    }
}

#[test]
fn a_file_in_huaweis_storage_is_gone_on_with() {
    let server = huawei_with_storage(|asked, visit| {
        if field(asked, "range") == Some("bytes=5-") {
            let fields = "ETag: \"1\"\r\nContent-Range: bytes 5-9/10\r\n";
            visit.answer(206, fields, "world");
        } else {
            let head = "HTTP/1.1 200 X\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n";
            visit.say(format!("{head}hello")).unwrap();
        }
    });
    let mut got = Vec::new();
    let sink = Sink::writer(&mut got);
    let downloaded = huawei(&server, options()).download("key", sink, huawei_options());
    assert_eq!(downloaded.unwrap().attempts, 2);
    assert_eq!(got, b"helloworld");
}

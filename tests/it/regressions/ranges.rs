//! What states a range is believed as one or refused; and which versions of a
//! file a later call can go on with.

use super::kit::{Folder, download_resumably, netease_at, options, single_attempt, with_token};
use super::server::{Server, Visit, field};
use chatfile::{
    Client, ClientOptions, DownloadOptions, Error, Huawei, HuaweiDownload, LogLevel, Sink, Source,
    Status, UploadOptions,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
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

#[test]
fn an_etag_beyond_ascii_names_no_version() {
    // Latin-1, of which the one would be taken for the other.
    let answer = |etag: u8, length: &str, body: &[u8]| {
        let etag = [b"ETag: \"v", &[etag][..], b"\"\r\n"].concat();
        let head = format!("{length}\r\n\r\n");
        [b"HTTP/1.1 200 X\r\n", &etag[..], head.as_bytes(), body].concat()
    };
    let server = Server::start(move |visit| {
        visit.head();
        let whole = answer(0xea, "Content-Length: 10", b"CCCCCCCCCC");
        let half = answer(0xe9, "Content-Length: 10", b"AAAAA");
        visit
            .say(if visit.number == 0 { half } else { whole })
            .unwrap();
    });
    let folder = Folder::new("latin");
    let target = folder.join("file");
    let client = with_token(server.url(), single_attempt());
    download_resumably(&client, &target).unwrap_err();
    download_resumably(&client, &target).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"CCCCCCCCCC");
    assert_eq!(field(&server.heads()[1], "range"), None);
}

#[test]
fn a_range_that_brings_more_than_it_says_is_not_taken() {
    let server = Server::start(|visit| {
        let head = visit.head();
        let range = match field(&head, "range") {
            Some("bytes=0-9") => "0-9",
            _ => "5-9",
        };
        if visit.number == 0 && range == "5-9" {
            let half = "HTTP/1.1 200 X\r\nETag: \"v\"\r\nContent-Length: 10\r\n\r\nAAAAA";
            return visit.say(half).unwrap();
        }
        let fields = format!("ETag: \"v\"\r\nContent-Range: bytes {range}/1000\r\n");
        let fields = if range == "5-9" {
            fields.replace("/1000", "/10")
        } else {
            fields
        };
        let chunk = "B".repeat(5000);
        let body = format!("1388\r\n{chunk}\r\n0\r\n\r\n");
        let head = format!("HTTP/1.1 206 X\r\n{fields}Transfer-Encoding: chunked\r\n\r\n");
        let _ = visit.say(head + &body);
    });
    let client = with_token(server.url(), single_attempt());
    for sink in [Sink::buffer(), Sink::writer(std::io::sink())] {
        let options = DownloadOptions::default().length(10);
        let error = client.download("5f", sink, options).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{error}");
        assert!(!error.is_retryable());
    }
}

#[test]
fn nothing_is_kept_of_an_answer_that_brought_too_much() {
    let server = Server::start(|visit| {
        visit.head();
        if visit.number == 0 {
            let half = "HTTP/1.1 200 X\r\nETag: \"v\"\r\nContent-Length: 10\r\n\r\nAAAAA";
            return visit.say(half).unwrap();
        }
        let fields = "ETag: \"v\"\r\nContent-Range: bytes 5-9/10\r\nTransfer-Encoding: chunked";
        let _ = visit.say(format!(
            "HTTP/1.1 206 X\r\n{fields}\r\n\r\n9\r\nBBBBBBBBB\r\n0\r\n\r\n"
        ));
    });
    let folder = Folder::new("much");
    let target = folder.join("file");
    let client = with_token(server.url(), single_attempt());
    download_resumably(&client, &target).unwrap_err();
    let error = download_resumably(&client, &target).unwrap_err();
    assert_eq!(error.status(), Status::Response, "{error}");
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

/// A large file that is fetched side by side; what its ranges answer is `of_range`'s.
fn side_by_side(
    of_range: impl Fn(&mut Visit, u64, u64) + Send + Sync + 'static,
) -> chatfile::Result<Vec<u8>> {
    let server = Server::start(move |visit| {
        let head = visit.head();
        let (first, last) = asked_range(&head);
        of_range(visit, first, last);
    });
    let folder = Folder::new("side");
    let target = folder.join("file");
    let client = with_token(server.url(), options());
    let options = DownloadOptions::default().parallel_parts(4);
    client.download("5f", Sink::path(&target), options)?;
    Ok(std::fs::read(target).unwrap())
}

const LARGE: u64 = 4 * 1024 * 1024;
/// Where the first range ends that comes alone.
const FIRST: u64 = 256 * 1024;

/// The first and the last byte that are asked for.
fn asked_range(head: &str) -> (u64, u64) {
    let range = field(head, "range").map(|range| range.trim_start_matches("bytes="));
    match range.and_then(|range| range.split_once('-')) {
        Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap_or(LARGE - 1)),
        None => (0, LARGE - 1),
    }
}

fn answer_range(visit: &mut Visit, first: u64, last: u64, size: u64, byte: &str) {
    let body = byte.repeat((last - first + 1) as usize);
    let fields = format!("ETag: \"v\"\r\nContent-Range: bytes {first}-{last}/{size}\r\n");
    visit.answer(206, &fields, &body);
}

#[test]
fn a_range_of_a_file_of_another_size_is_one_of_another_version() {
    let got = side_by_side(|visit, first, last| match first {
        0 if last < LARGE - 1 => answer_range(visit, first, last, LARGE, "A"),
        0 => visit.answer(200, "ETag: \"v\"\r\n", &"C".repeat(LARGE as usize)),
        _ => answer_range(visit, first, last, 2 * LARGE, "B"),
    });
    // Never of two versions.
    if let Ok(file) = got {
        assert!(file.iter().all(|byte| *byte == file[0]));
    }
}

/// What another program does to the part in the folder.
fn cut_part(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "part")
        {
            let part = File::options().write(true).open(path).unwrap();
            part.set_len(4096).unwrap();
        }
    }
}

#[test]
fn what_another_program_cuts_off_is_not_filled_with_zeros() {
    // Before the bytes of the first range come that is not alone, and before those of the last one.
    for is_cut_by in [
        |first: u64, _: u64| first == FIRST,
        |_: u64, last: u64| last == LARGE - 1,
    ] {
        let folder = Arc::new(Folder::new("cut"));
        let of_server = Arc::clone(&folder);
        let server = Server::start(move |visit| {
            let (first, last) = asked_range(&visit.head());
            if first > 0 && is_cut_by(first, last) {
                cut_part(&of_server.join(""));
            }
            answer_range(visit, first, last, LARGE, "A");
        });
        let client = with_token(server.url(), options());
        let options = DownloadOptions::default().parallel_parts(4);
        let target = folder.join("file");
        let result = client.download("5f", Sink::path(&target), options);
        let error = result.unwrap_err();
        assert_eq!(error.status(), Status::Sink, "{error}");
        assert!(error.message().contains("another program"), "{error}");
        assert_eq!(std::fs::read_dir(folder.join("")).unwrap().count(), 0);
    }
}

#[test]
fn the_log_tells_of_each_range() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let log = move |_: LogLevel, line: &str| sink.lock().unwrap().push(line.to_owned());
    let server = Server::start(|visit| {
        let head = visit.head();
        let (first, last) = asked_range(&head);
        answer_range(visit, first, last, LARGE, "A");
    });
    let folder = Folder::new("told");
    let client = with_token(server.url(), options().log(LogLevel::Trace, log));
    let options = DownloadOptions::default().parallel_parts(4);
    let target = folder.join("file");
    client.download("5f", Sink::path(&target), options).unwrap();
    let lines = lines.lock().unwrap();
    let told = lines
        .iter()
        .filter(|line| line.to_lowercase().contains("range: bytes="));
    assert_eq!(told.count(), server.heads().len(), "{lines:#?}");
}

#[test]
fn who_stops_a_download_is_told_how_often_a_range_was_tried() {
    const TIMES: u32 = 10;
    let tried = Mutex::new(BTreeMap::new());
    let is_enough = Arc::<AtomicBool>::default();
    let has_had = Arc::clone(&is_enough);
    // Of each range there is a little, until one of them was asked for so often.
    let server = Server::start(move |visit| {
        let (first, last) = asked_range(&visit.head());
        if first == 0 {
            answer_range(visit, first, last, LARGE, "A");
            return;
        }
        let mut tried = tried.lock().unwrap();
        let times = tried.entry(last).or_insert(0);
        *times += 1;
        has_had.fetch_or(*times == TIMES, Ordering::Relaxed);
        drop(tried);
        if has_had.load(Ordering::Relaxed) {
            visit.take(1);
        }
        let _ = visit.say(format!(
            "HTTP/1.1 206 X\r\nETag: \"v\"\r\nContent-Range: bytes {first}-{last}/{LARGE}\r\n\
             Content-Length: {}\r\n\r\nAAAAA",
            last - first + 1
        ));
    });
    let folder = Folder::new("tried");
    let client = with_token(server.url(), options());
    let options = DownloadOptions::default()
        .parallel_parts(4)
        .progress(move |_| match is_enough.load(Ordering::Relaxed) {
            true => Err(Error::callback("progress", 1)),
            false => Ok(()),
        });
    let result = client.download("5f", Sink::path(folder.join("file")), options);
    let error = result.unwrap_err();
    assert_eq!(error.status(), Status::Callback, "{error}");
    assert_eq!(error.attempts(), TIMES, "{error:?}");
}

#[test]
fn an_address_that_is_good_for_one_connection_is_enough() {
    let got = side_by_side(|visit, first, last| {
        // Ranges that others of the same file are asked for beside are refused.
        if first > 0 && last < LARGE - 1 {
            visit.answer(403, "", "");
        } else {
            answer_range(visit, first, last, LARGE, "A");
        }
    });
    assert_eq!(got.unwrap().len() as u64, LARGE);
}

/// Sends so many bytes of the range that was asked for, and then nothing until the other side
/// goes.
fn begin_range(visit: &mut Visit, first: u64, last: u64, count: usize) {
    let length = last - first + 1;
    let fields = format!("ETag: \"v\"\r\nContent-Range: bytes {first}-{last}/{LARGE}");
    let head = format!("HTTP/1.1 206 X\r\n{fields}\r\nContent-Length: {length}\r\n\r\n");
    let _ = visit.say(head + &"A".repeat(count));
    visit.take(u64::MAX);
}

#[test]
fn what_has_come_without_a_gap_is_kept_piece_or_not() {
    const FIRST: u64 = 256 * 1024;
    const OF_EACH: u64 = 100_000;
    let server = Server::start(|visit| {
        let head = visit.head();
        match asked_range(&head) {
            (0, last) => answer_range(visit, 0, last, LARGE, "A"),
            (first, last) => begin_range(visit, first, last, OF_EACH as usize),
        }
    });
    let folder = Folder::new("slow");
    let target = folder.join("file");
    let client = with_token(server.url(), single_attempt());
    // Until so many bytes have come.
    let download = |parallel: u32, most: u64| {
        let options = DownloadOptions::default()
            .resume(true)
            .parallel_parts(parallel)
            .progress(move |progress| match progress.done < most {
                true => Ok(()),
                false => Err(Error::new(Status::Callback, "enough")),
            });
        let error = client
            .download("5f", Sink::path(&target), options)
            .unwrap_err();
        assert_eq!(error.message(), "enough", "{error}");
        let part = std::fs::metadata(folder.join("file.part")).unwrap();
        part.len()
    };
    // Side by side, and then one after the other.
    assert_eq!(download(4, FIRST + 4 * OF_EACH), FIRST + OF_EACH);
    assert_eq!(download(1, FIRST + 2 * OF_EACH), FIRST + 2 * OF_EACH);
    assert_eq!(download(1, FIRST + 3 * OF_EACH), FIRST + 3 * OF_EACH);
}

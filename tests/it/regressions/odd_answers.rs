//! Answers that are odd, and good nevertheless; and those that have no end.

use super::kit::{
    STORED, easemob_config, failed, must_end, netease_at, options, single_attempt, smh, with_token,
};
use super::server::{Server, field};
use chatfile::{
    Client, DownloadOptions, EasemobCredentials, ListOptions, Sink, Source, Status, UploadOptions,
};

/// Says these bytes to each request, and hangs up.
fn saying(answer: impl AsRef<[u8]> + Send + Sync + 'static) -> Server {
    Server::start(move |visit| {
        visit.request();
        let _ = visit.say(answer.as_ref());
    })
}

fn with_body(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn upload(client: &Client) -> chatfile::Result<chatfile::UploadResult> {
    client.upload(Source::bytes(b"x"), UploadOptions::default())
}

#[test]
fn a_stored_file_is_a_success_whatever_else_the_answer_has() {
    for answer in [
        with_body("200 OK\r\n", STORED.as_bytes()),
        with_body("201 Created\r\n", STORED.as_bytes()),
        with_body("202 Accepted\r\n", STORED.as_bytes()),
        with_body("200 OK\r\n", format!("\u{feff}{STORED}").as_bytes()),
        with_body("200 OK\r\n", format!("{STORED}\r\n\0\0").as_bytes()),
        with_body("200 OK\r\n", odd_members(r#""n":1e400"#).as_bytes()),
        with_body("200 OK\r\n", odd_members(r#""t":"\ud83d""#).as_bytes()),
        with_body("200 OK\r\n", odd_members("\"t\":\"a\nb\"").as_bytes()),
        with_body("200 OK\r\n", odd_members(r#""n":1,"n":2"#).as_bytes()),
        // "文件" in GBK.
        with_body(
            "200 OK\r\n",
            &[b"{\"t\":\"\xce\xc4\xbc\xfe\",", &STORED.as_bytes()[1..]].concat(),
        ),
        with_body(
            "200 OK\r\nContent-Encoding: identity\r\n",
            STORED.as_bytes(),
        ),
    ] {
        let server = saying(answer.clone());
        let stored = upload(&with_token(server.url(), single_attempt()));
        let shown = String::from_utf8_lossy(&answer);
        assert_eq!(stored.expect(&shown).file, "abc", "{shown}");
    }
}

/// The answer of a stored file with these members before its own.
fn odd_members(members: &str) -> String {
    format!("{{{members},{}", &STORED[1..])
}

#[test]
fn a_token_may_come_with_any_success() {
    let server = Server::start(|visit| {
        let (asked, _) = visit.request();
        if asked.starts_with("post /org/app/token") {
            visit.answer(
                201,
                "",
                "\u{feff}{\"access_token\":\"t\",\"expires_in\":60}",
            );
        } else {
            visit.answer(201, "", STORED);
        }
    });
    let mut config = easemob_config(server.url()).credentials(EasemobCredentials::Client {
        id: "id".into(),
        secret: "secret".into(),
    });
    config.app_key = "org#app".into();
    upload(&Client::easemob(config, single_attempt()).unwrap()).unwrap();
}

#[test]
fn netease_says_yes_in_any_success() {
    let server = saying(with_body(
        "201 X\r\n",
        br#"{"code":200,"url":"http://h/f"}"#,
    ));
    let stored = upload(&netease_at(server.url(), single_attempt())).unwrap();
    assert_eq!(stored.file, "http://h/f");
}

/// `hello` in gzip, as made by gzip 1.12.
const GZIP: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0,
];

#[test]
fn nothing_but_the_bytes_as_they_are_is_asked_for() {
    let server = saying(with_body("200 OK\r\n", STORED.as_bytes()));
    let client = with_token(server.url(), single_attempt());
    upload(&client).unwrap();
    client
        .download("5f", Sink::buffer(), DownloadOptions::default())
        .unwrap();
    for head in server.heads() {
        assert_eq!(field(&head, "accept-encoding"), Some("identity"));
    }
}

#[test]
fn a_coded_file_is_told_as_such() {
    for (fields, told) in [
        ("Content-Encoding: gzip\r\n", Some("gzip")),
        ("Content-Encoding: GZIP, identity\r\n", Some("GZIP")),
        (
            "Content-Encoding: br\r\nContent-Encoding: gzip\r\n",
            Some("br, gzip"),
        ),
        ("Content-Encoding: identity\r\n", None),
        ("Content-Encoding: \r\n", None),
        ("", None),
    ] {
        let server = saying(with_body(&format!("200 OK\r\n{fields}"), GZIP));
        let client = with_token(server.url(), single_attempt());
        let got = client
            .download("5f", Sink::buffer(), DownloadOptions::default())
            .unwrap();
        assert_eq!(got.content_encoding.as_deref(), told, "{fields:?}");
        assert_eq!(got.data.unwrap(), GZIP);
    }
}

#[test]
fn json_in_a_coding_is_refused_by_its_name() {
    for (status, fields, said) in [
        ("200 OK", "Content-Encoding: gzip\r\n", "gzip"),
        ("200 OK", "Content-Encoding: x-snappy\r\n", "x-snappy"),
        ("403 No", "Content-Encoding: gzip\r\n", "gzip"),
        ("200 OK", "", "no text"),
    ] {
        let server = saying(with_body(&format!("{status}\r\n{fields}"), GZIP));
        for client in [
            with_token(server.url(), single_attempt()),
            netease_at(server.url(), single_attempt()),
        ] {
            let error = upload(&client).unwrap_err();
            if status == "200 OK" {
                assert_eq!(error.status(), Status::Response, "{error}");
            }
            assert!(error.message().contains(said), "{error}");
            assert!(error.message().is_ascii(), "{error}");
        }
    }
}

#[test]
fn folded_header_fields_are_taken() {
    let body = "Content-Length: 5\r\n\r\nhello";
    for fields in [
        "Content-Security-Policy:\r\n  default-src 'self';\r\n\timg-src 'self'\r\n",
        "X: a\r\n b\r\n",
        "X: a\n b\n",
    ] {
        for pieces in [false, true] {
            let server = Server::start(move |visit| {
                visit.head();
                let answer =
                    format!("HTTP/1.1 200 OK\r\nContent-Type: a/b;\r\n c=d\r\n{fields}{body}");
                if pieces {
                    for byte in answer.bytes() {
                        visit.say([byte]).unwrap();
                    }
                } else {
                    visit.say(answer).unwrap();
                }
            });
            let client = with_token(server.url(), single_attempt());
            let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
            let got = got.expect(fields);
            assert_eq!(got.data.unwrap(), b"hello");
            assert_eq!(got.media_type.as_deref(), Some("a/b;   c=d"));
        }
    }
}

/// Each goes on as long as it is listened to, and brings nothing more.
const ENDLESS: &[(&str, &str)] = &[
    ("HTTP/1.1 200 OK\r\n", "X-Header: x\r\n"),
    ("HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx"),
    ("", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"),
    ("", "\r\n"),
    ("HTTP/1.1 ", "2"),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
        "extension=value;",
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "X-Trailer: x\r\n",
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: ",
        "xxxxxxxxxxxxxxxx",
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "0000000000000000",
    ),
];

#[test]
fn what_has_no_end_and_brings_nothing_is_cut_off() {
    for (begin, on) in ENDLESS {
        let server = Server::start(move |visit| {
            visit.request();
            // The first connection's begin comes with what follows; the second's may come alone.
            if visit.number > 0 {
                visit.say(begin).unwrap();
            } else {
                let _ = visit.say(begin.to_string() + &on.repeat(10_000));
            }
            let lines = on.repeat(100);
            while visit.say(&lines).is_ok() {}
        });
        let url = server.url();
        let upload_error = must_end({
            let url = url.clone();
            move || upload(&with_token(url, single_attempt())).unwrap_err()
        });
        let download_error = must_end(move || {
            let client = with_token(url, single_attempt());
            let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
            got.unwrap_err()
        });
        for error in [upload_error, download_error] {
            assert_eq!(
                error.status(),
                Status::Protocol,
                "{begin:?} {on:?}: {error}"
            );
        }
    }
}

/// A server whose answers go on, with `on`, as long as they are listened to.
fn endless(begin: impl Fn(&str) -> String + Send + Sync + 'static, on: &'static str) -> Server {
    Server::start(move |visit| {
        let (head, _) = visit.request();
        let _ = visit.say(begin(&head));
        let more = on.repeat(100);
        while visit.say(&more).is_ok() {}
    })
}

#[test]
fn the_text_of_a_refusal_is_not_read_to_an_end_that_it_has_not() {
    for (begin, on) in [
        ("<Error><Code>", "AccessDenied"),
        ("<Error>", "<Code>AccessDenied</Code>"),
        ("{\"error\":\"", "x"),
        ("[", "["),
        ("<!DOCTYPE x [", "<!ENTITY a \"&b;\">"),
    ] {
        for framing in ["Content-Length: 99999999999", "Connection: close"] {
            let head = format!("HTTP/1.1 403 X\r\n{framing}\r\n\r\n{begin}");
            let url = endless(move |_| head.clone(), on).url();
            let error = must_end(move || {
                let client = with_token(url, single_attempt());
                let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
                got.unwrap_err()
            });
            assert_eq!(
                error.status(),
                Status::Forbidden,
                "{begin} {framing}: {error}"
            );
            assert!(error.message().len() < 2000, "{error}");
        }
    }
}

#[test]
fn a_list_of_the_longest_names_is_read() {
    let name = "\\u4e2d".repeat(255);
    let entry = format!(r#"{{"name":"{name}","type":"file","size":"1","labels":["{name}"]}}"#);
    let entries = vec![entry; 1000].join(",");
    let body = format!(r#"{{"path":[],"contents":[{entries}]}}"#);
    assert!(body.len() > 3_000_000, "{}", body.len());
    let server = saying(with_body("200 OK\r\n", body.as_bytes()));
    let listing = smh(server.url(), single_attempt()).list("", ListOptions::default());
    let entries = listing.unwrap().entries;
    assert_eq!(entries.len(), 1000);
    assert_eq!(
        entries[999].name.as_deref(),
        Some("中".repeat(255).as_str())
    );
}

#[test]
fn json_without_end_is_no_answer() {
    for (begin, on) in [
        ("{\"entities\":[", "{},"),
        ("", " "),
        ("\"", "x"),
        ("", "["),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{begin}");
        let url = endless(move |_| head.clone(), on).url();
        let error = must_end(move || upload(&with_token(url, single_attempt())).unwrap_err());
        assert_eq!(error.status(), Status::Response, "{begin}: {error}");
    }
}

#[test]
fn redirects_that_lead_on_and_on_end() {
    let server = Server::start(|visit| {
        let (head, _) = visit.request();
        let path = head.split(' ').nth(1).unwrap_or("/");
        visit.answer(302, &format!("Location: {path}x\r\n"), "");
    });
    let client = with_token(server.url(), single_attempt());
    let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
    let error = got.unwrap_err();
    assert_eq!(error.status(), Status::Redirect, "{error}");
    assert!(server.heads().len() < 20);
}

#[test]
fn trailers_are_passed_over() {
    let trailers = "X: y\r\n".repeat(5000);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n{trailers}\r\n"
    );
    let server = saying(answer);
    let client = with_token(server.url(), single_attempt());
    let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
    assert_eq!(got.unwrap().data.unwrap(), b"hello");
}

#[test]
fn plain_text_to_a_tls_port_is_said_to_be_that() {
    let server = Server::start_tls(|visit| {
        visit.request();
    });
    let large = vec![0; 3_000_000];
    for source in [&b"x"[..], &large] {
        let client = with_token(server.url(), options());
        let error = client
            .upload(Source::bytes(source), UploadOptions::default())
            .unwrap_err();
        assert_eq!(error.status(), Status::Protocol, "{error}");
        assert!(error.message().contains("https://"), "{error}");
        assert_eq!(error.attempts(), 1);
    }
}

#[test]
fn an_answer_in_pieces_is_stalled_when_it_stalls() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let stopped = std::sync::Mutex::new(stopped);
    let server = Server::start(move |visit| {
        visit.request();
        visit.say("HTTP/1.1 200 OK\r\nX: y\r\n").unwrap();
        // Until the call is over.
        let _ = stopped.lock().unwrap().recv();
    });
    let options = single_attempt().stall_timeout(std::time::Duration::from_millis(100));
    let error = upload(&with_token(server.url(), options)).unwrap_err();
    drop(stop);
    assert_eq!(error.status(), Status::Stalled, "{error}");
}

/// It would have to know the bytes by their hash, and was told none.
#[test]
fn smh_does_not_have_what_it_was_told_nothing_of() {
    let server = Server::start(|visit| {
        visit.request();
        visit.answer(
            200,
            "",
            r#"{"path":["f"],"type":"file","name":"f","size":"5"}"#,
        );
    });
    for data in [&b"hello"[..], &vec![1; 1_500_000]] {
        let client = smh(server.url(), single_attempt());
        let options = UploadOptions::default().file_name("f");
        let error = failed(client.upload(Source::bytes(data), options));
        assert_eq!(error.status(), Status::Response, "{error}");
    }
}

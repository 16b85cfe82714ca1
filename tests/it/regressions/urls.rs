//! URLs that are odd or wrong, and whose fault that is.

use super::kit::{netease_at, single_attempt, with_token};
use super::server::{Server, Visit};
use chatfile::{
    Client, DownloadOptions, DownloadResult, Easemob, EasemobCredentials, Error, Presigned, Sink,
    Source, Status, UploadOptions,
};

/// Any service but for its redirects: the URL of the file is the caller's.
fn netease() -> Client {
    netease_at("http://127.0.0.1:1/nimserver".into(), single_attempt())
}

fn download(client: &Client, url: &str) -> chatfile::Result<DownloadResult> {
    client.download(url, Sink::buffer(), DownloadOptions::default())
}

fn hello(visit: &mut Visit) {
    visit.answer(200, "", "hello");
}

/// Redirects its first visitor, and gives every other the file.
fn redirecting(location: &'static [u8]) -> Server {
    Server::start(move |visit| {
        let head = visit.head();
        if head.starts_with("get /a/b?x=1 ") && visit.number == 0 {
            let begin =
                b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: ";
            let _ = visit.say([&begin[..], location, b"\r\n\r\n"].concat());
        } else {
            hello(visit);
        }
    })
}

/// What the second request asks for, in lower case.
fn target_of(server: &Server) -> String {
    let heads = server.heads();
    assert_eq!(heads.len(), 2, "{heads:?}");
    heads[1].split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn a_redirect_leads_where_rfc_3986_says() {
    for (location, target) in [
        (&b"../../../c"[..], "/c"),
        (b"/foo/../get", "/get"),
        (b"./d/../e", "/a/e"),
        (b"", "/a/b?x=1"),
        (b"?y=2", "/a/b?y=2"),
        (b"c", "/a/c"),
        (b"1:2", "/a/1:2"),
        (b"/c#frag", "/c"),
        (
            b"/a%2Fb?X-Amz-Signature=a%2fb+c:d",
            "/a%2fb?x-amz-signature=a%2fb+c:d",
        ),
        // GBK, Latin-1, UTF-8: as they are.
        (b"/\xc4\xe3", "/%c4%e3"),
        (b"/f\xfc.png?\xff", "/f%fc.png?%ff"),
        ("/ü".as_bytes(), "/%c3%bc"),
        (
            b"/a<b>\"{c}\" d|`^\\[]",
            "/a%3cb%3e%22%7bc%7d%22%20d%7c%60%5e%5c%5b%5d",
        ),
        (b"/100%", "/100%25"),
    ] {
        let server = redirecting(location);
        download(&netease(), &format!("{}/a/b?x=1#f", server.url())).unwrap();
        let shown = String::from_utf8_lossy(location);
        assert_eq!(target_of(&server), target, "{shown}");
    }
}

#[test]
fn a_redirect_to_nowhere_is_the_servers_fault_and_names_it() {
    for location in [
        "http://h:0/x?secret",
        "http://h:65536/",
        "https://h:abc/",
        "http://[::1/",
        "http://a b/",
        "http:///x",
        "//:1/",
        "http://2130706433/",
        "ftp://h/x",
        "http://[::1",
    ] {
        let server = redirecting(location.as_bytes());
        let error = download(&netease(), &format!("{}/a/b?x=1", server.url())).unwrap_err();
        assert_eq!(error.status(), Status::Redirect, "{error}");
        assert_eq!(error.field(), None, "{error}");
        let shown = location.split('?').next().unwrap();
        assert!(error.message().contains(shown), "{error}");
        assert!(!error.message().contains("secret"), "{error}");
        assert_eq!(server.heads().len(), 1);
    }
    // What a login in it says is not shown.
    for location in ["http://user:secret@127.0.0.1/", "//secret@127.0.0.1/"] {
        let server = redirecting(location.as_bytes());
        let error = download(&netease(), &format!("{}/a/b?x=1", server.url())).unwrap_err();
        assert_eq!((error.status(), error.field()), (Status::Redirect, None));
        assert!(error.message().contains("user name"), "{error}");
        assert!(!error.message().contains("secret@"), "{error}");
    }
}

#[test]
fn a_message_url_that_cannot_be_asked_is_the_callers() {
    let client = netease();
    for url in [
        "http://h:0/x",
        "http://h:65536/x",
        "http://h:abc/x",
        "http://[::1",
        "http://:80/",
        "http://a b/x",
        "http://u:p@127.0.0.1/x",
        "http://127.1/x",
        "http://a..b/",
        "ftp://h/x",
        "x",
    ] {
        let error = download(&client, url).unwrap_err();
        assert_eq!(error.status(), Status::Argument, "{error}");
        assert_eq!((error.field(), error.attempts()), (Some("file"), 0));
        let made = client.presign_download(url, DownloadOptions::default());
        assert_eq!(made.err().and_then(|e| e.field()), Some("file"), "{url}");
    }
}

#[test]
fn what_no_url_has_is_escaped() {
    let server = Server::start(|visit| {
        visit.head();
        hello(visit);
    });
    for (rest, target) in [
        (
            "/a\"{b}<c> d?q=\"{x}\" y",
            "/a%22%7bb%7d%3cc%3e%20d?q=%22%7bx%7d%22%20y",
        ),
        ("/图?签=名", "/%e5%9b%be?%e7%ad%be=%e5%90%8d"),
        (
            "/a%2Fb%20c?sign=q%3Ds+1/2:3&x=%zz",
            "/a%2fb%20c?sign=q%3ds+1/2:3&x=%25zz",
        ),
        ("//a/./b/../c", "//a/./b/../c"),
    ] {
        download(&netease(), &(server.url() + rest)).unwrap();
        let heads = server.heads();
        let seen = heads.last().unwrap().split(' ').nth(1).unwrap();
        assert_eq!(seen, target, "{rest}");
    }
}

/// The proxy is told the name, so that none has to be resolved here.
#[test]
fn a_host_that_is_not_ascii_is_asked_by_its_ascii_name() {
    let proxy = Server::start(|visit| {
        visit.head();
        hello(visit);
    });
    let options = single_attempt().proxy(proxy.url());
    let client = netease_at("http://例え.jp/nimserver".into(), options);
    for url in ["http://Bücher.example/x", "http://b%C3%BCcher.example:80/x"] {
        download(&client, url).unwrap();
    }
    let _ = client.upload(Source::bytes(b"x"), UploadOptions::default());
    let heads = proxy.heads();
    assert!(
        heads[0].starts_with("get http://xn--bcher-kva.example/x "),
        "{heads:?}"
    );
    assert!(
        heads[0].contains("\r\nhost: xn--bcher-kva.example\r\n"),
        "{heads:?}"
    );
    assert!(
        heads[2].starts_with("post http://xn--r8jz45g.jp/nimserver/"),
        "{heads:?}"
    );
}

#[test]
fn a_proxy_that_cannot_be_asked_is_refused() {
    for proxy in [
        "http://h:0",
        "http://h:65536",
        "http://h:+8080",
        "socks5://[::1",
        "http://a..b",
        "http://a b:1",
        "http://127.1:8080",
        "h:80:80",
    ] {
        let options = single_attempt().proxy(proxy);
        let opened = Client::without_service(options);
        let error = opened.err().unwrap();
        assert_eq!(error.status(), Status::Argument, "{error}");
        assert_eq!(error.field(), Some("proxy"), "{error}");
    }
}

#[test]
fn a_presigned_url_that_cannot_be_asked_is_refused() {
    let made = netease().presign_download("http://127.0.0.1:1/x", DownloadOptions::default());
    let json = made.unwrap().to_json();
    for url in [
        "http://h:0/",
        "http://h:65536/",
        "http://[::1",
        "http://u@h/",
        "http://a b/",
    ] {
        let error = Presigned::from_json(&json.replace("http://127.0.0.1:1/x", url)).err();
        assert_eq!(error.and_then(|e| e.field()), Some("json"), "{url}");
    }
}

#[test]
fn a_url_of_a_stored_file_that_cannot_be_asked_is_the_services_fault() {
    for url in [
        "http://h:0/x?secret",
        "ftp://h/x",
        "http://[::1",
        "http://u:p@h/",
    ] {
        let server = Server::start(move |visit| {
            visit.request();
            visit.answer(200, "", &format!(r#"{{"code":200,"url":"{url}"}}"#));
        });
        let client = netease_at(server.url(), single_attempt());
        let stored = client.upload(Source::bytes(b"x"), UploadOptions::default());
        let error: Error = stored.err().unwrap();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Response, None),
            "{error}"
        );
        let host = url.split(['?', '@']).next().unwrap();
        assert!(error.message().contains("url"), "{error}");
        assert!(
            error.message().contains(host) || url.contains('@'),
            "{error}"
        );
        assert!(!error.message().contains("secret"), "{error}");
    }
}

#[test]
fn a_host_that_wants_a_referer_is_told_of() {
    let server = Server::start(|visit| {
        visit.head();
        visit.answer(403, "", "<Error><Code>AccessDenied</Code></Error>");
    });
    let error = download(&netease(), &format!("{}/x", server.url())).unwrap_err();
    assert_eq!(error.status(), Status::Forbidden);
    assert!(error.message().contains("Referer"), "{error}");
    assert!(error.message().contains("may have expired"), "{error}");
}

/// A token goes along with what leads to the same host, however that is written.
#[test]
fn the_same_host_written_otherwise_is_the_same() {
    let server = Server::start(move |visit| {
        let head = visit.head();
        let port = head.split("127.0.0.1:").nth(1).unwrap_or_default();
        let port = port.split("\r\n").next().unwrap_or_default();
        if head.contains("/chatfiles/") {
            let location = format!("Location: HTTP://127.0.0.1:0{port}/x\r\n");
            visit.answer(302, &location, "");
        } else {
            hello(visit);
        }
    });
    let client = with_token(server.url(), single_attempt());
    download(&client, "5f").unwrap();
    assert!(server.heads()[1].contains("authorization: bearer token"));
}

#[test]
fn a_token_that_is_too_long_to_be_sent_is_the_callers_fault() {
    let server = Server::start(hello);
    let client = |length| {
        let token = EasemobCredentials::Token("t".repeat(length).into());
        let config = Easemob::new("org#app", token).base_url(server.url());
        Client::easemob(config, single_attempt()).unwrap()
    };
    let url = format!("{}/org/app/chatfiles/abc", server.url());
    let error = download(&client(300_000), &url).unwrap_err();
    assert_eq!(error.status(), Status::Argument, "{error}");
    assert!(error.to_string().contains("token"), "{error}");
    assert_eq!(server.heads().len(), 0);
    download(&client(60_000), &url).unwrap();
}

//! Presigned requests: made by who holds the secrets, sent by who holds none.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::cases;
use crate::protocol::Line;
use crate::recorder::RawServer;
use crate::world::{World, base64, content, download, upload, upload_one_way};

cases![
    easemob_there_and_back,
    netease_there_and_back,
    any_program_can_send_it,
    the_secrets_are_not_in_it,
    numbers_that_may_be_missing,
    limits_hold_on_both_sides,
    it_expires,
    it_is_for_one_direction,
    a_client_without_a_service_can_do_nothing_else,
    a_wrong_secret_shows_when_it_is_made,
    the_framing_is_not_for_others_to_say,
];

/// Opens a client that knows no secret, in slot 1.
fn open_anybody(world: &mut World<'_>) {
    world.ok(Line::new("open")
        .with("client", 1)
        .with("retry_delay_ms", 1));
}

/// Presigns with client 0 and sends with client 1; returns what the upload gave.
fn send(world: &mut World<'_>, line: &Line) -> Line {
    let mut presign = line.clone();
    presign.head = "presign_upload".into();
    let made = world.ok(presign);
    assert_eq!(made.get("method"), Some("POST"));
    assert_eq!(made.number("success_status.0"), 200);
    let sent = Line::new("send_presigned")
        .with("client", 1)
        .with("json", made.get("json").unwrap())
        .with("source", "buffer")
        .with("size", line.number("size"))
        .with("seed", line.number("seed"))
        .with("progress", 1);
    world.ok(sent)
}

/// The same for the way back; compares the bytes.
fn receive(world: &mut World<'_>, file: &str, options: &Line, content: &[u8]) {
    let mut presign = options.clone().with("file", file);
    presign.head = "presign_download".into();
    let made = world.ok(presign);
    assert_eq!(made.get("method"), Some("GET"));
    assert_eq!(made.number("encoding"), 0);
    let target = world.path("target");
    let line = Line::new("receive_presigned")
        .with("client", 1)
        .with("json", made.get("json").unwrap())
        .with("sink", "path")
        .with("path", target.display())
        .with("progress", 1);
    world.ok(line);
    assert!(std::fs::read(&target).unwrap() == content, "other bytes");
}

fn easemob_there_and_back(world: &mut World<'_>) {
    world.open_easemob();
    open_anybody(world);
    let line = upload(100_000)
        .with("file_name", "图 \"1\".png")
        .with("easemob", 1)
        .with("restrict_access", 1)
        .with("thumbnail_width", 80);
    let stored = send(world, &line);
    let secret = stored.get("share_secret").unwrap().to_owned();
    assert_eq!(stored.number("size"), 100_000);
    let options = Line::new("")
        .with("easemob", 1)
        .with("share_secret", secret);
    receive(
        world,
        stored.get("file").unwrap(),
        &options,
        &content(&line),
    );
    assert_eq!(
        world.requests("upload")[0].header("thumbnail-width"),
        Some("80")
    );
    world.count("token", 1);
}

fn netease_there_and_back(world: &mut World<'_>) {
    world.open_netease();
    open_anybody(world);
    for (line, encoding) in [(upload(100_000), 1), (base64(upload(100_000)), 3)] {
        let mut presign = line.clone();
        presign.head = "presign_upload".into();
        assert_eq!(world.ok(presign).number("encoding"), encoding);
        let stored = send(world, &line);
        receive(
            world,
            stored.get("file").unwrap(),
            &Line::new(""),
            &content(&line),
        );
    }
}

/// Sends what a presigned request says, without the library.
fn send_by_hand(made: &Line, content: &str) -> String {
    let url = made.get("url").unwrap();
    let (authority, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let body = [
        made.get("prefix").unwrap(),
        content,
        made.get("suffix").unwrap(),
    ]
    .concat();
    let mut request = format!(
        "{} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n",
        made.get("method").unwrap()
    );
    for (key, value) in made.pairs() {
        if let Some(name) = key.strip_prefix("header.") {
            request += &format!("{name}: {value}\r\n");
        }
    }
    request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn any_program_can_send_it(world: &mut World<'_>) {
    world.open_netease();
    let line = Line::new("presign_upload")
        .with("file_name", "a.txt")
        .with("netease", 1)
        .with("tag", "the tag");
    let made = world.ok(line.clone());
    assert_eq!(made.get("field.tag"), Some("the tag"));
    assert_eq!(made.get("field.type"), Some("text/plain"));
    let answer = send_by_hand(&made, "hello");
    assert!(answer.contains(r#""code":200"#), "{answer}");
    let made = world.ok(line.with("method", 1));
    let answer = send_by_hand(&made, "aGVsbG8%3D");
    assert!(answer.contains(r#""code":200"#), "{answer}");
    world.open_easemob();
    let made = world.ok(Line::new("presign_upload"));
    let answer = send_by_hand(&made, "hello");
    assert!(answer.contains(r#""type":"chatfile""#), "{answer}");
}

fn the_secrets_are_not_in_it(world: &mut World<'_>) {
    let config = world.control.config().clone();
    world.open_easemob();
    let made = world.ok(Line::new("presign_upload"));
    assert!(
        !made.to_string().contains(&config.easemob.client_secret),
        "{made}"
    );
    let now = world.control.now_ms() / 1000;
    let expires = made.number("expires_at");
    // The token's 60 days, less the margin that is kept.
    assert!((now..=now + 5_184_000).contains(&expires), "{made}");
    world.open_netease();
    let made = world.ok(Line::new("presign_upload"));
    assert!(
        !made.to_string().contains(&config.netease.app_secret),
        "{made}"
    );
    let expires = made.number("expires_at");
    assert!((now + 200..=now + 310).contains(&expires), "{made}");
}

/// An empty file is told from one of any size, and what is not known from 0.
fn numbers_that_may_be_missing(world: &mut World<'_>) {
    world.open_smh();
    let empty = Line::new("presign_upload").with("file_name", "a");
    let empty = world.ok(empty.with("size", 0));
    assert_eq!(empty.get("max_size"), Some("0"), "{empty}");
    world.open_netease();
    let download = world.ok(Line::new("presign_download").with("file", "http://127.0.0.1:1/x"));
    for key in ["max_size", "expires_at"] {
        assert_eq!(download.get(key), None, "{download}");
    }
}

fn limits_hold_on_both_sides(world: &mut World<'_>) {
    open_anybody(world);
    world.open_easemob_with("max_upload_size", 1000);
    world.fails_unsent(
        Line::new("presign_upload").with("size", 1001),
        "LIMIT",
        "source",
    );
    let made = world.ok(Line::new("presign_upload").with("size", 1000));
    let line = |size: u64| {
        let mut line = upload_one_way(size);
        line.head = "send_presigned".into();
        line.with("client", 1)
            .with("json", made.get("json").unwrap())
    };
    world.fails_unsent(line(1001), "LIMIT", "source");
    world.ok(line(1000));
    world.open_netease();
    world.fails_unsent(
        Line::new("presign_upload").with("size", 0),
        "LIMIT",
        "source",
    );
    world.fails_unsent(
        Line::new("presign_upload")
            .with("netease", 1)
            .with("tag", "x".repeat(33)),
        "LIMIT",
        "tag",
    );
    world.fails_unsent(
        Line::new("presign_upload").with("easemob", 1),
        "UNSUPPORTED",
        "easemob",
    );
    // What is for the other program is not dropped.
    for option in ["compute_md5", "compute_sha256", "compute_crc64"] {
        let line = Line::new("presign_upload").with(option, 1);
        world.fails_unsent(line, "ARGUMENT", option);
    }
    let sha256 = "0".repeat(64);
    for (option, value) in [
        ("max_size", "1"),
        ("offset", "1"),
        ("length", "1"),
        ("expected_size", "1"),
        ("expected_md5", &sha256[..32]),
        ("expected_sha256", &sha256),
        ("expected_crc64", "1"),
        ("parallel_parts", "2"),
        ("resume", "1"),
        ("durable", "1"),
    ] {
        let line = Line::new("presign_download").with("file", "https://a.test/b");
        world.fails_unsent(line.with(option, value), "ARGUMENT", option);
    }
}

fn it_expires(world: &mut World<'_>) {
    open_anybody(world);
    world.open_netease();
    let made = world.ok(Line::new("presign_upload"));
    world.control.advance_seconds(400);
    let mut line = upload(10)
        .with("client", 1)
        .with("json", made.get("json").unwrap());
    line.head = "send_presigned".into();
    let answer = world.fails(line, "AUTH");
    assert_eq!(answer.get("service_code"), Some("414"));
    assert_eq!(answer.number("attempts"), 1);
}

fn it_is_for_one_direction(world: &mut World<'_>) {
    open_anybody(world);
    world.open_easemob();
    let up = world.ok(Line::new("presign_upload"));
    let down = world.ok(Line::new("presign_download").with("file", "0-1"));
    world.control.clear_journal();
    let mut line = upload(10)
        .with("client", 1)
        .with("json", down.get("json").unwrap());
    line.head = "send_presigned".into();
    assert_eq!(
        world.fails(line, "ARGUMENT").get("field"),
        Some("presigned")
    );
    let line = Line::new("receive_presigned")
        .with("client", 1)
        .with("json", up.get("json").unwrap());
    assert_eq!(
        world.fails(line, "ARGUMENT").get("field"),
        Some("presigned")
    );
    assert!(world.control.journal().is_empty());
}

fn a_client_without_a_service_can_do_nothing_else(world: &mut World<'_>) {
    world.ok(Line::new("open"));
    assert_eq!(world.ok(Line::new("capabilities")).number("value"), 0);
    let url = format!("{}/a/b", world.emulator.base_url());
    for line in [
        upload(10),
        download(&url),
        Line::new("delete_by_time").with("netease", 1),
        Line::new("presign_upload"),
        Line::new("presign_download").with("file", url),
    ] {
        world.fails(line, "UNSUPPORTED");
    }
    assert!(world.control.journal().is_empty());
}

fn a_wrong_secret_shows_when_it_is_made(world: &mut World<'_>) {
    world.open_easemob_with("client_secret", "wrong-secret");
    let answer = world.fails(Line::new("presign_upload"), "AUTH");
    assert_eq!(answer.number("phase"), 1);
}

/// The JSON may come from anywhere, and must not put a second length or another framing beside the library's own.
fn the_framing_is_not_for_others_to_say(world: &mut World<'_>) {
    open_anybody(world);
    world.open_netease();
    let made = world.ok(Line::new("presign_upload"));
    let server = RawServer::answering(
        b"HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{\"code\":200,\"url\":\"http://h/x\"}",
    );
    let json = made
        .get("json")
        .unwrap()
        .replace(&world.emulator.base_url(), &server.base_url());
    let nonce = made.get("header.Nonce").unwrap();
    for (name, value) in [
        ("Content-Length", "3"),
        ("Transfer-Encoding", "chunked"),
        ("Host", "evil.example"),
    ] {
        // The Nonce becomes another header field.
        let json = json
            .replace("\"Nonce\"", &format!("\"{name}\""))
            .replace(nonce, value);
        let mut line = upload(10).with("client", 1).with("json", json);
        line.head = "send_presigned".into();
        let before = server.requests().len();
        let answer = world.call(&line);
        let requests = server.requests();
        if answer.head == "error" {
            assert_eq!(requests.len(), before, "it was refused, but sent: {answer}");
            continue;
        }
        let head = String::from_utf8_lossy(requests.last().unwrap()).to_ascii_lowercase();
        let count = |field: &str| head.matches(&format!("\r\n{field}:")).count();
        assert_eq!(count("content-length"), 1, "{head}");
        assert_eq!(count("transfer-encoding"), 0, "{head}");
        assert_eq!(count("host"), 1, "{head}");
    }
}

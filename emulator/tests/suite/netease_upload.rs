//! NetEase IM's uploads and files, against netease.md §1.7 to §1.9.

use crate::common::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatfile_emulator::{Emulator, LimitReading, NeteaseConfig, NeteaseOversize, UrlEncodedFile};

fn upload(emulator: &Emulator, body: &str) -> Reply {
    netease(emulator, UPLOAD, URL_ENCODED, body.as_bytes())
}

#[track_caller]
fn refused(reply: &Reply, expected: i64, description: &str) {
    assert_eq!(code(reply), expected, "{}", reply.text());
    assert_eq!(reply.json()["desc"], description);
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("application/json")
    );
}

#[test]
fn base64_uploads_come_down_again() {
    let emulator = start();
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let body = format!(
        "content={}&type=image%2Fpng&ishttps=false&expireSec=86400&tag=usericon",
        encoded(&content)
    );
    let types = [
        URL_ENCODED,
        "application/x-www-form-urlencoded;charset=utf-8",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-Urlencoded;charset=UTF-8",
    ];
    for content_type in types {
        let path = stored(&netease(&emulator, UPLOAD, content_type, body.as_bytes()));
        let reply = get(&emulator, &path, &[]);
        assert_eq!(reply.status, 200);
        assert!(reply.body == content);
        assert_eq!(reply.header("content-type"), Some("image/png"));
    }
}

#[test]
fn of_a_field_given_twice_the_first_counts() {
    let emulator = start();
    let fields = [
        ("content", "aGVsbG8="),
        ("content", "d29ybGQ="),
        ("type", "image/png"),
        ("type", "image/gif"),
        ("expireSec", "86400"),
        ("expireSec", "1"),
    ];
    let form = fields.map(|(name, value)| format!("{name}={}", value.replace('=', "%3D")));
    let upload = upload(&emulator, &form.join("&"));
    let parts: String = fields
        .iter()
        .map(|(name, value)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        })
        .collect();
    let kind = "multipart/form-data; boundary=b";
    let parts = parts + "--b--\r\n";
    let file_upload = netease(&emulator, FILE_UPLOAD, kind, parts.as_bytes());
    for (reply, expected) in [(upload, "hello"), (file_upload, "aGVsbG8=")] {
        let file = get(&emulator, &stored(&reply), &[]);
        assert_eq!(file.text(), expected);
        assert_eq!(file.header("content-type"), Some("image/png"));
    }
}

#[test]
fn the_address_has_the_shape_of_real_ones() {
    let emulator = start();
    let reply = upload(&emulator, "content=YWJj&ishttps=true");
    let url = reply.json()["url"].as_str().unwrap().to_owned();
    // Without a TLS listener there is nothing that https could lead to.
    assert!(
        url.starts_with("http://emulator.test/MTAwMDAwMQ==/"),
        "{url}"
    );
    let name = STANDARD.decode(url.rsplit('/').next().unwrap()).unwrap();
    let name = String::from_utf8(name).unwrap();
    let parts: Vec<&str> = name.split('_').collect();
    assert_eq!((parts[0], parts.len()), ("nima", 4), "{name}");
    assert!(parts[2].parse::<i64>().unwrap() > 1_600_000_000_000);
    assert!(parts[3].parse::<uuid::Uuid>().is_ok());
    let again = upload(&emulator, "content=YWJj").json()["url"].clone();
    assert_ne!(again, url);
    // The escapes that some clients write lead to the same file, and so does a query.
    let path = path_of(&url);
    let (app, name) = path[1..].split_once('/').unwrap();
    for path in [
        path.clone(),
        path.replace('=', "%3D"),
        format!("/{}%2F{}", app.replace('=', "%3d"), name),
        format!("{path}?createTime=1600000000000"),
    ] {
        assert_eq!(get(&emulator, &path, &[]).body, b"abc", "{path}");
    }
}

#[test]
fn lenient_base64() {
    let emulator = start();
    // The vendor's sample and the official SDK's test.
    for (text, size) in [("gwettwgsgssgs323f", 12), ("abcdef", 4)] {
        let path = stored(&upload(&emulator, &format!("content={text}")));
        assert_eq!(get(&emulator, &path, &[]).body.len(), size);
    }
    // A `+` that was not escaped is a space, which no base64 has: the file is damaged, as the client deserves.
    let path = stored(&upload(&emulator, "content=%2B%2B%2B%2B"));
    assert_eq!(
        get(&emulator, &path, &[]).body,
        STANDARD.decode("++++").unwrap()
    );
    let path = stored(&upload(&emulator, "content=++++YWJj"));
    assert_eq!(get(&emulator, &path, &[]).body, b"abc");
}

#[test]
fn nothing_to_upload() {
    let emulator = start();
    for body in [
        "",
        "content=",
        "content",
        "type=image",
        "content=&content=YWJj",
        "content=*",
    ] {
        refused(&upload(&emulator, body), 414, "content is empty");
    }
    let reply = netease(
        &emulator,
        UPLOAD,
        "application/json",
        b"{\"content\":\"YWJj\"}",
    );
    refused(&reply, 414, "content is empty");
    let reply = netease(
        &emulator,
        FILE_UPLOAD,
        FORM.1,
        &file_form("content", "a", "text/plain", b""),
    );
    refused(&reply, 414, "content is empty");
    let reply = netease(
        &emulator,
        FILE_UPLOAD,
        FORM.1,
        &file_form("file", "a", "text/plain", b"x"),
    );
    refused(&reply, 414, "content is empty");
    let reply = netease(&emulator, FILE_UPLOAD, "multipart/form-data", b"");
    refused(&reply, 414, "content is empty");
}

#[test]
fn parameters_are_checked() {
    let emulator = start();
    let long = "x".repeat(129);
    let path = stored(&upload(
        &emulator,
        &format!("content=YWJj&type=image/{long}"),
    ));
    // Too long a type is no type, not an error.
    assert_eq!(
        get(&emulator, &path, &[]).header("content-type"),
        Some("application/octet-stream")
    );
    let fits = format!("image/{}", "y".repeat(122));
    let path = stored(&upload(&emulator, &format!("type={fits}&content=YWJj")));
    assert_eq!(
        get(&emulator, &path, &[]).header("content-type"),
        Some(fits.as_str())
    );
    let with = |field: &str| upload(&emulator, &format!("content=YWJj&{field}"));
    refused(
        &with("expireSec=86399"),
        414,
        "expireSec is less than 86400",
    );
    refused(&with("expireSec=-1"), 414, "expireSec is less than 86400");
    refused(&with("expireSec=soon"), 414, "expireSec is not a number");
    assert_eq!(code(&with("expireSec=")), 200);
    let tag = |count: usize| format!("tag={}", "%E6%A0%87".repeat(count));
    refused(&with(&tag(33)), 414, "tag is too long");
    assert_eq!(code(&with(&tag(32))), 200);
}

#[test]
fn multipart_uploads() {
    let emulator = start();
    let boundary = FORM.1.split_once('=').unwrap().1;
    let mut body = String::new();
    for (name, value) in [
        ("type", "image/gif"),
        ("ishttps", "true"),
        ("expireSec", "1296000"),
        ("tag", "usericon"),
    ] {
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    let mut body = body.into_bytes();
    body.extend(file_form(
        "content",
        "a.gif",
        "application/octet-stream",
        b"GIF89a+/=",
    ));
    let reply = get(
        &emulator,
        &stored(&netease(&emulator, FILE_UPLOAD, FORM.1, &body)),
        &[],
    );
    assert_eq!(
        (reply.body.as_slice(), reply.header("content-type")),
        (&b"GIF89a+/="[..], Some("image/gif"))
    );
    // Without a type the part's own counts.
    let body = file_form("content", "a.txt", "text/plain", b"raw");
    let reply = get(
        &emulator,
        &stored(&netease(&emulator, FILE_UPLOAD, FORM.1, &body)),
        &[],
    );
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    // The vendor's table calls `content` a string: a plain field is taken too.
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nplain\r\n--{boundary}--\r\n"
    );
    let path = stored(&netease(&emulator, FILE_UPLOAD, FORM.1, body.as_bytes()));
    assert_eq!(get(&emulator, &path, &[]).body, b"plain");
}

#[test]
fn file_upload_without_multipart() {
    let fetch = |reading, content_type: &str, body: &str| {
        let emulator = start_netease(NeteaseConfig {
            url_encoded_file: reading,
            ..NeteaseConfig::default()
        });
        let reply = netease(&emulator, FILE_UPLOAD, content_type, body.as_bytes());
        match code(&reply) {
            200 => Ok(get(&emulator, &stored(&reply), &[]).body),
            _ => Err(reply.json()["desc"].as_str().unwrap().to_owned()),
        }
    };
    // The vendor's sample names no boundary; wrappers name the right type for what they send.
    for content_type in [
        "multipart/form-data",
        "multipart/form-data;charset=utf-8",
        URL_ENCODED,
    ] {
        assert_eq!(
            fetch(UrlEncodedFile::Base64, content_type, "content=YWJj").unwrap(),
            b"abc"
        );
        assert_eq!(
            fetch(UrlEncodedFile::Raw, content_type, "content=YWJj").unwrap(),
            b"YWJj"
        );
        let error = fetch(UrlEncodedFile::Refuse, content_type, "content=YWJj").unwrap_err();
        assert_eq!(error, "the body is not multipart/form-data");
    }
    // A real form under a type without its boundary is a mistake that must show.
    let form = String::from_utf8(file_form("content", "a", "text/plain", b"x")).unwrap();
    let error = fetch(UrlEncodedFile::Base64, "multipart/form-data", &form).unwrap_err();
    assert_eq!(error, "the multipart content type names no boundary");
}

#[test]
fn limits_in_both_readings() {
    let start = |limit_reading, oversize| {
        start_netease(NeteaseConfig {
            max_upload: 300,
            limit_reading,
            oversize,
            ..NeteaseConfig::default()
        })
    };
    let body = |size: usize| format!("content={}", encoded(&vec![b'a'; size]));
    let decoded = start(LimitReading::Decoded, NeteaseOversize::Code414);
    assert_eq!(code(&upload(&decoded, &body(300))), 200);
    refused(&upload(&decoded, &body(301)), 414, "content is too large");
    let text = start(LimitReading::Text, NeteaseOversize::Http413);
    // 225 bytes are 300 characters.
    assert_eq!(code(&upload(&text, &body(225))), 200);
    let reply = upload(&text, &body(226));
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (413, Some("text/html"))
    );
    for size in [300, 301] {
        let form = file_form("content", "a", "text/plain", &vec![b'a'; size]);
        let reply = netease(&decoded, FILE_UPLOAD, FORM.1, &form);
        assert_eq!(code(&reply), if size > 300 { 414 } else { 200 });
        let reply = netease(&text, FILE_UPLOAD, FORM.1, &form);
        assert_eq!(reply.status, if size > 300 { 413 } else { 200 });
    }
}

#[test]
fn the_real_limit_and_a_body_in_small_pieces() {
    let emulator = start();
    let limit = 15 * 1024 * 1024;
    let form = |size: usize| {
        file_form(
            "content",
            "a.bin",
            "application/octet-stream",
            &vec![b'a'; size],
        )
    };
    assert_eq!(
        code(&netease(&emulator, FILE_UPLOAD, FORM.1, &form(limit))),
        200
    );
    refused(
        &netease(&emulator, FILE_UPLOAD, FORM.1, &form(limit + 1)),
        414,
        "content is too large",
    );
    let body = format!(
        "content={}&type=text%2Fplain",
        encoded(b"\xfb\xff\xfe some bytes")
    );
    let signed = signed(&emulator);
    let mut headers: Vec<(&str, &str)> = signed
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    headers.push(("Content-Type", URL_ENCODED));
    let mut connection = Connection::open(&emulator);
    connection.send(head(
        "POST",
        &format!("/nimserver/{UPLOAD}"),
        &headers,
        body.len(),
    ));
    for byte in body.as_bytes() {
        connection.send([*byte]);
    }
    let path = stored(&connection.reply());
    assert_eq!(get(&emulator, &path, &[]).body, b"\xfb\xff\xfe some bytes");
}

#[test]
fn files_have_ranges_etags_and_an_end() {
    let emulator = start();
    let path = stored(&upload(
        &emulator,
        "content=MDEyMzQ1Njc4OQ%3D%3D&expireSec=86400",
    ));
    let whole = get(&emulator, &path, &[]);
    // The MD5 of the content, as an S3-like store has it.
    assert_eq!(
        whole.header("etag"),
        Some("\"781e5e245d69b566979b86e28d23f2c7\"")
    );
    let part = get(&emulator, &path, &[("Range", "bytes=2-4")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &b"234"[..]));
    let head = request(&emulator, "HEAD", &path, &[], b"");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("10"))
    );
    assert_eq!(request(&emulator, "POST", &path, &[], b"").status, 405);
    emulator.control().advance_seconds(86_400);
    let gone = get(&emulator, &path, &[]);
    assert_eq!(gone.status, 404);
    assert!(
        gone.header("content-type")
            .unwrap()
            .starts_with("application/xml")
    );
    assert!(gone.text().contains("<Code>NoSuchKey</Code>"));
    for path in [
        "/MTAwMDAwMQ==/bmltYQ==",
        "/MTAwMDAwMQ==/!",
        "/b3RoZXI=/bmltYQ==",
    ] {
        assert_eq!(get(&emulator, path, &[]).status, 404, "{path}");
    }
}

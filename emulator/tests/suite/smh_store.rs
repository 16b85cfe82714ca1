//! The store behind SMH as COS is known: conditions, ranges, errors, what comes back of a header, and what its owner can do.

use chatfile_emulator::{Emulator, SmhConfig};
use serde_json::Value;

use crate::common::*;
use crate::smh::*;

/// The address of a file at the store.
fn address(client: &Client<'_>, name: &str) -> String {
    let reply = client.call("GET", name, "", &Value::Null);
    assert_eq!(reply.status, 302, "{}", reply.text());
    path_of(reply.header("location").unwrap())
}

fn ask(emulator: &Emulator, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    request(emulator, method, path, headers, b"")
}

#[test]
fn conditions_are_read_as_the_page_of_get_object_has_them() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.put("a.txt", "", b"0123456789");
    let path = address(&client, "a.txt");
    let whole = ask(&emulator, "GET", &path, &[]);
    assert_eq!(whole.status, 200);
    let etag = whole.header("etag").unwrap();
    let plain = etag.trim_matches('"');
    let changed = whole.header("last-modified").unwrap();
    let (early, late) = (
        "Thu, 01 Jan 2015 00:00:00 GMT",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    );
    for (field, value, status) in [
        ("If-Match", etag, 200),
        ("If-Match", plain, 200),
        ("If-Match", "*", 200),
        ("If-Match", "\"other\"", 412),
        ("If-None-Match", etag, 304),
        ("If-None-Match", "\"other\"", 200),
        ("If-Modified-Since", changed, 304),
        ("If-Modified-Since", late, 304),
        ("If-Modified-Since", early, 200),
        ("If-Modified-Since", "yesterday", 200),
        ("If-Unmodified-Since", changed, 200),
        ("If-Unmodified-Since", early, 412),
    ] {
        let reply = ask(&emulator, "GET", &path, &[(field, value)]);
        assert_eq!(reply.status, status, "{field}: {value}");
        match status {
            412 => store_refused(&reply, 412, "PreconditionFailed"),
            304 => assert_eq!(reply.header("etag"), Some(etag)),
            _ => assert_eq!(reply.body, b"0123456789"),
        }
        let reply = ask(&emulator, "HEAD", &path, &[(field, value)]);
        assert_eq!(reply.status, status, "HEAD {field}: {value}");
    }
    // A condition on the ETag goes before one on the time.
    let both = [("If-Match", etag), ("If-Unmodified-Since", early)];
    assert_eq!(ask(&emulator, "GET", &path, &both).status, 200);
    let both = [("If-None-Match", "\"other\""), ("If-Modified-Since", late)];
    assert_eq!(ask(&emulator, "GET", &path, &both).status, 200);
}

#[test]
fn one_range_is_served_and_one_behind_the_end_is_an_error() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.put("a.txt", "", b"0123456789");
    let path = address(&client, "a.txt");
    for (range, status, body) in [
        ("bytes=0-0", 206, "0"),
        ("bytes=5-9", 206, "56789"),
        ("bytes=8-", 206, "89"),
        ("bytes=-3", 206, "789"),
        ("bytes=5-99", 206, "56789"),
        // "not multiple ranges"
        ("bytes=0-1,4-5", 200, "0123456789"),
    ] {
        let reply = ask(&emulator, "GET", &path, &[("Range", range)]);
        assert_eq!(
            (reply.status, reply.text().as_str()),
            (status, body),
            "{range}"
        );
        assert!(reply.header("x-cos-hash-crc64ecma").is_some());
    }
    let reply = ask(&emulator, "GET", &path, &[("Range", "bytes=10-")]);
    store_refused(&reply, 416, "InvalidRange");
    assert_eq!(reply.header("content-range"), Some("bytes */10"));
}

#[test]
fn errors_have_the_shape_of_the_stores() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.put("a.txt", "", b"hello");
    let path = address(&client, "a.txt");
    let part = |reply: &Reply, name: &str| {
        let text = reply.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    let bare = path.split('?').next().unwrap();
    let reply = ask(&emulator, "GET", bare, &[]);
    store_refused(&reply, 403, "AccessDenied");
    assert_eq!(part(&reply, "Message").unwrap(), "Access Denied.");
    assert_eq!(
        part(&reply, "Resource").unwrap(),
        format!("emulator.test{bare}")
    );
    assert_eq!(
        reply.header("x-cos-trace-id").map(str::to_owned),
        part(&reply, "TraceId")
    );
    let time = part(&reply, "ServerTime").unwrap();
    assert!(time.ends_with('Z') && !time.contains('.'), "{time}");
    // One that does not match is told what was signed here.
    let at = path.find("q-signature=").unwrap() + "q-signature=".len();
    let forged = format!("{}{}{}", &path[..at], "0".repeat(40), &path[at + 40..]);
    let reply = ask(&emulator, "GET", &forged, &[]);
    store_refused(&reply, 403, "SignatureDoesNotMatch");
    assert!(part(&reply, "StringToSign").unwrap().starts_with("sha1\n"));
    let format = part(&reply, "FormatString").unwrap();
    assert_eq!(format, format!("get\n{bare}\n\n\n"));
    let strange = path.replace("q-ak=AKID", "q-ak=BKID");
    let reply = ask(&emulator, "GET", &strange, &[]);
    store_refused(&reply, 403, "InvalidAccessKeyId");
    // To HEAD there is no body, and the ids say enough.
    let reply = ask(&emulator, "HEAD", &forged, &[]);
    assert_eq!(reply.status, 403);
    assert!(reply.header("x-cos-trace-id").is_some());
    let good = ask(&emulator, "GET", &path, &[]);
    assert_eq!(good.header("x-cos-trace-id"), None);
    assert_eq!(good.header("server"), Some("tencent-cos"));
}

#[test]
fn what_a_put_and_a_form_say_of_the_object_comes_back() {
    let emulator = start();
    let client = Client::new(&emulator);
    let labels = [
        ("Cache-Control", "max-age=9"),
        ("Content-Disposition", "attachment; filename=\"x\""),
        ("Content-Encoding", "identity"),
        ("Expires", "Wed, 21 Oct 2035 07:28:00 GMT"),
        ("x-cos-meta-one", "1"),
    ];
    let upload = client.begin("a.txt", "", &Value::Null);
    let mut headers = upload.headers();
    headers.extend(labels.map(|(name, value)| (name.to_owned(), value.to_owned())));
    headers.retain(|(name, _)| name != "Content-Type");
    headers.push(("Content-Type".to_owned(), "text/plain".to_owned()));
    assert_eq!(upload.put_with(&headers, "", b"hello").status, 200);
    assert_eq!(client.confirm(&upload, "", &Value::Null).status, 200);
    let form = client.begin("b.txt", "form", &Value::Null);
    let mut fields = fields(&form.info["form"]);
    fields.extend(labels.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (body, kind) = form_of(&fields, b"hello");
    let reply = request(&emulator, "POST", "/", &[("Content-Type", &kind)], &body);
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_eq!(client.confirm(&form, "", &Value::Null).status, 200);
    for name in ["a.txt", "b.txt"] {
        let path = address(&client, name);
        let reply = ask(&emulator, "GET", &path, &[]);
        for (name, value) in labels {
            assert_eq!(
                reply.header(&name.to_ascii_lowercase()),
                Some(value),
                "{name}"
            );
        }
        let wanted = if name == "a.txt" {
            "text/plain"
        } else {
            "application/octet-stream"
        };
        assert_eq!(reply.header("content-type"), Some(wanted));
    }
}

fn form_of(fields: &[(String, String)], content: &[u8]) -> (Vec<u8>, String) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    body.extend(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n");
    body.extend(content);
    body.extend(b"\r\n--b--\r\n");
    (body, "multipart/form-data; boundary=b".to_owned())
}

#[test]
fn a_form_is_answered_as_it_asks() {
    let emulator = start();
    let client = Client::new(&emulator);
    let post = |name: &str, value: &str| {
        let form = client.begin("f.txt", "form", &Value::Null);
        let mut fields = fields(&form.info["form"]);
        fields.push((name.to_owned(), value.to_owned()));
        let (body, kind) = form_of(&fields, b"hello");
        request(&emulator, "POST", "/", &[("Content-Type", &kind)], &body)
    };
    assert_eq!(post("success_action_status", "200").status, 200);
    let told = post("success_action_status", "201");
    assert_eq!(told.status, 201);
    let text = told.text();
    assert!(text.contains("<PostResponse><Location>http://"), "{text}");
    assert!(
        text.contains("<ETag>\"5d41402abc4b2a76b9719d911017c592\"</ETag>"),
        "{text}"
    );
    let led = post("success_action_redirect", "http://a.example/?x=1");
    assert_eq!(led.status, 303);
    let target = led.header("location").unwrap();
    assert!(
        target.starts_with("http://a.example/?x=1&bucket=smh-1250000000&key="),
        "{target}"
    );
    assert!(
        target.ends_with("&etag=%225d41402abc4b2a76b9719d911017c592%22"),
        "{target}"
    );
}

#[test]
fn preflights_need_an_origin_and_a_method() {
    let emulator = start();
    let path = format!("/{LIBRARY}/x");
    let reply = ask(
        &emulator,
        "OPTIONS",
        &path,
        &[
            ("Origin", "https://a.example"),
            ("Access-Control-Request-Method", "PUT"),
            (
                "Access-Control-Request-Headers",
                "authorization,x-cos-security-token",
            ),
        ],
    );
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let fields = reply.header("access-control-allow-headers");
    assert_eq!(fields, Some("authorization,x-cos-security-token"));
    let methods = reply.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("PUT"), "{methods}");
    // Under the host alone, a path of any name is the store's, if it is to be signed.
    let wanted = [
        ("Origin", "https://a.example"),
        ("Access-Control-Request-Method", "PUT"),
        (
            "Access-Control-Request-Headers",
            "content-type, Authorization",
        ),
    ];
    assert_eq!(
        ask(&emulator, "OPTIONS", "/any/name.txt", &wanted).status,
        200
    );
    let reply = ask(&emulator, "OPTIONS", "/any/name.txt", &wanted[..2]);
    assert_eq!(reply.status, 404);
    let reply = ask(&emulator, "OPTIONS", &path, &[]);
    store_refused(&reply, 403, "AccessForbidden");
    // Nobody else is told of other origins.
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[test]
fn temporary_keys_reach_one_object_and_nothing_of_the_bucket() {
    let emulator = start();
    let client = Client::new(&emulator);
    let upload = client.begin("a.mp4", "multipart", &Value::Null);
    let headers = upload.headers();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    // The signature is for PUT; what else is asked for with it does not match.
    let id = upload.info["uploadId"].as_str().unwrap();
    let path = format!("{}?uploadId={id}", upload.path());
    let reply = ask(&emulator, "GET", &path, &headers);
    store_refused(&reply, 403, "SignatureDoesNotMatch");
    // A sub-resource is never taken for the object.
    let sub = format!("{}?acl", upload.path());
    let reply = request(&emulator, "PUT", &sub, &headers, b"<x/>");
    store_refused(&reply, 403, "AccessDenied");
    for (number, status) in [("0", 400), ("10001", 400), ("x", 400), ("10000", 200)] {
        let path = format!("{}?uploadId={id}&partNumber={number}", upload.path());
        let reply = request(&emulator, "PUT", &path, &headers, b"1");
        assert_eq!(reply.status, status, "{number}");
    }
    // Keys that no token goes with.
    let without: Vec<(&str, &str)> = headers
        .iter()
        .copied()
        .filter(|(name, _)| *name != "x-cos-security-token")
        .collect();
    let path = format!("{}?uploadId={id}&partNumber=1", upload.path());
    let reply = request(&emulator, "PUT", &path, &without, b"1");
    store_refused(&reply, 403, "AccessDenied");
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let emulator = start_smh(SmhConfig {
        max_part: 4,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    let upload = client.begin("a.txt", "", &Value::Null);
    store_refused(&upload.put("", b"12345"), 400, "EntityTooLarge");
    assert_eq!(upload.put("", b"1234").status, 200);
}

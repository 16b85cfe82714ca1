//! Upload in parts: begin, sign, put, complete, resume.

use crate::common::*;
use crate::openim_kit::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatfile_emulator::{Config, Emulator, OpenimConfig, OpenimDriver};
use serde_json::{Value, json};

const LIMIT: &str = "/object/part_limit";
const SIZE: &str = "/object/part_size";
const INITIATE: &str = "/object/initiate_multipart_upload";
const SIGN: &str = "/object/auth_sign";
const COMPLETE: &str = "/object/complete_multipart_upload";

const MIB: i64 = 1024 * 1024;
const GIB: i64 = 1024 * MIB;

/// With parts small enough for a test.
fn small() -> OpenimConfig {
    OpenimConfig {
        min_part_size: Some(10),
        ..OpenimConfig::default()
    }
}

const PARTS: &[&[u8]] = &[b"0123456789", b"abcdefghij", b"end"];

#[test]
fn limits_and_sizes() {
    for (driver, min, count) in [
        (OpenimDriver::Minio, 5 * MIB, 10_000),
        (OpenimDriver::Cos, MIB, 1000),
        (OpenimDriver::Oss, MIB, 10_000),
        (OpenimDriver::Kodo, MIB, 10_000),
        (OpenimDriver::Aws, 5 * MIB, 10_000),
    ] {
        let emulator = start_openim(OpenimConfig {
            driver,
            ..OpenimConfig::default()
        });
        let token = admin(&emulator);
        let expected = json!({ "minPartSize": min, "maxPartSize": 5 * GIB, "maxNumSize": count });
        assert_eq!(data(&emulator, &token, LIMIT, json!({})), expected);
        let size =
            |size: i64| data(&emulator, &token, SIZE, json!({ "size": size }))["size"].clone();
        assert_eq!(size(1), min);
        assert_eq!(size(min * count), min);
        assert_eq!(size(min * count + 1), min + 1);
        for wrong in [0, -1, 5 * GIB * count + 1] {
            assert_eq!(
                failure(&emulator, &token, SIZE, json!({ "size": wrong })).0,
                500
            );
        }
        assert_eq!(
            failure(&emulator, &token, SIZE, json!({ "size": "1" })).0,
            1001
        );
    }
}

#[test]
fn in_parts_and_then_at_once() {
    let emulator = start_openim(small());
    let alice = user(&emulator, "alice");
    let url = by_parts(&emulator, &alice, "alice/a.pdf", PARTS);
    assert_eq!(url, "http://emulator.test/object/alice/a.pdf");
    let file = fetch(&emulator, "/object/alice/a.pdf", &[]);
    assert_eq!(file.text(), "0123456789abcdefghijend");
    assert_eq!(file.header("content-type"), Some("application/pdf"));
    assert!(file.header("etag").unwrap().ends_with("-3\""));
    // The same content again, under another name: nothing is sent.
    let (hash, _) = hash_of(PARTS);
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 23, "alice/b.pdf", 3),
    );
    assert_eq!(
        begun,
        json!({ "url": "http://emulator.test/object/alice/b.pdf", "upload": null })
    );
    assert_eq!(fetch(&emulator, "/object/alice/b.pdf", &[]).body, file.body);
    // Nothing of the parts is left.
    let left = std::fs::read_dir(emulator.folder().join("files")).unwrap();
    let left: Vec<String> = left
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.contains("part-") && !name.contains("upload-")),
        "{left:?}"
    );
}

#[test]
fn the_reply_of_initiate() {
    let emulator = start_openim(small());
    let alice = user(&emulator, "alice");
    let (hash, _) = hash_of(PARTS);
    let begin = |max| {
        data(
            &emulator,
            &alice,
            INITIATE,
            begin_multipart(&hash, 23, "alice/a", max),
        )
    };
    let none = begin(0);
    assert_eq!(
        (&none["url"], &none["upload"]["sign"]),
        (&"".into(), &Value::Null)
    );
    assert_eq!(none["upload"]["partSize"], 10);
    let life = none["upload"]["expireTime"].as_i64().unwrap() - emulator.control().now_ms();
    assert!((7 * 86_400_000 - life).abs() < 10_000);
    let id = STANDARD
        .decode(none["upload"]["uploadID"].as_str().unwrap())
        .unwrap();
    let id: Value = serde_json::from_slice(&id).unwrap();
    assert_eq!(
        (&id["a"], &id["d"], &id["e"], &id["c"]),
        (
            &1.into(),
            &23.into(),
            &hash.as_str().into(),
            &format!("openim/data/hash/{hash}").into()
        )
    );
    let count = |begun: &Value| begun["upload"]["sign"]["parts"].as_array().unwrap().len();
    assert_eq!(
        (count(&begin(2)), count(&begin(3)), count(&begin(-1))),
        (2, 3, 3)
    );
    // More signatures than parts: the check is upside down.
    let (code, words) = failure(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 23, "alice/a", 4),
    );
    assert_eq!(
        (code, words.as_str()),
        (500, "too many parts: 3|too many parts: 3")
    );
    let sign = &begin(1)["upload"]["sign"];
    let url = sign["url"].as_str().unwrap();
    assert_eq!(
        url,
        format!("http://emulator.test/openim/openim/data/hash/{hash}")
    );
    assert_eq!(sign["query"][0]["key"], "uploadId");
    assert_eq!(sign["header"], Value::Null);
    let part = &sign["parts"][0];
    assert_eq!(
        (&part["partNumber"], &part["url"], &part["query"]),
        (
            &1.into(),
            &"".into(),
            &json!([{ "key": "partNumber", "values": ["1"] }])
        )
    );
    let names: Vec<&str> = part["header"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["key"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["X-Amz-Content-Sha256", "X-Amz-Date", "Authorization"]
    );
    for (body, code, part) in [
        (
            begin_multipart("xyz", 23, "alice/a", 0),
            500,
            "invalid byte: U+0078 'x'",
        ),
        (
            begin_multipart("abcd", 23, "alice/a", 0),
            500,
            "invalid md5",
        ),
        (begin_multipart("abc", 23, "alice/a", 0), 500, "odd length"),
        (
            begin_multipart(&hash, 0, "alice/a", 0),
            500,
            "greater than 0",
        ),
        (
            begin_multipart(&hash, 23, "bob/a", 0),
            1002,
            "must start with",
        ),
        (begin_multipart(&hash, 23, "", 0), 1001, "name is empty"),
    ] {
        let (got, words) = failure(&emulator, &alice, INITIATE, body);
        assert!(got == code && words.contains(part), "{words}");
    }
}

#[test]
fn a_small_file_is_one_put() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    let alice = user(&emulator, "alice");
    let (hash, digests) = hash_of(&[b"small"]);
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 5, "alice/s", 1),
    );
    let upload = &begun["upload"];
    let sign = &upload["sign"];
    assert_eq!(
        (&sign["url"], &sign["query"], &sign["header"]),
        (&"".into(), &Value::Null, &Value::Null)
    );
    let part = &sign["parts"][0];
    assert!(part["url"].as_str().unwrap().contains("X-Amz-Signature=") && part["header"].is_null());
    let body = json!({ "uploadID": upload["uploadID"], "partNumbers": [1] });
    let (code, words) = failure(&emulator, &alice, SIGN, body);
    assert!(
        code == 500 && words.contains("presigned id not support auth sign"),
        "{words}"
    );
    let finish = |upload: &Value| json!({ "uploadID": upload["uploadID"], "parts": digests, "name": "alice/s", "contentType": "text/plain" });
    let (code, words) = failure(&emulator, &alice, COMPLETE, finish(upload));
    assert!(code == 500 && words.contains("does not exist"), "{words}");
    assert_eq!(put_part(&emulator, sign, 1, b"small").status, 200);
    data(&emulator, &alice, COMPLETE, finish(upload));
    let file = fetch(&emulator, "/object/alice/s", &[]);
    assert_eq!(
        (file.text().as_str(), file.header("content-type")),
        ("small", Some("text/plain"))
    );
    // Complete is repeatable: the content is there.
    data(&emulator, &alice, COMPLETE, finish(upload));
    // Wrong size, wrong content.
    for (content, code, part) in [
        (&b"smal"[..], 500, "upload size mismatching"),
        (b"smalL", 1001, "md5 mismatching"),
    ] {
        let emulator = start();
        let alice = user(&emulator, "alice");
        let begun = data(
            &emulator,
            &alice,
            INITIATE,
            begin_multipart(&hash, 5, "alice/s", 1),
        );
        let upload = &begun["upload"];
        assert_eq!(put_part(&emulator, &upload["sign"], 1, content).status, 200);
        let (got, words) = failure(&emulator, &alice, COMPLETE, finish(upload));
        assert!(got == code && words.contains(part), "{words}");
    }
    // A week, not a second more. The date that is signed has no fraction.
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash_of(&[b"other"]).0, 5, "alice/o", 1),
    );
    control.advance_seconds(7 * 86_400 - 1);
    assert_eq!(
        put_part(&emulator, &begun["upload"]["sign"], 1, b"other").status,
        200
    );
    control.advance_seconds(2);
    let late = put_part(&emulator, &begun["upload"]["sign"], 1, b"other");
    assert!(late.status == 403 && late.text().contains("Request has expired"));
}

#[test]
fn signatures_hold_a_quarter_of_an_hour_and_for_one_part() {
    let emulator = start_openim(small());
    let control = emulator.control();
    control.freeze_clock(true);
    let alice = user(&emulator, "alice");
    let (hash, digests) = hash_of(PARTS);
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 23, "alice/a", 3),
    );
    let upload = &begun["upload"];
    control.advance_seconds(899);
    assert_eq!(
        put_part(&emulator, &upload["sign"], 1, PARTS[0]).status,
        200
    );
    control.advance_seconds(2);
    let late = put_part(&emulator, &upload["sign"], 2, PARTS[1]);
    assert!(late.status == 403 && late.text().contains("<Code>RequestTimeTooSkewed</Code>"));
    let body = json!({ "uploadID": upload["uploadID"], "partNumbers": [3, 2] });
    let fresh = data(&emulator, &alice, SIGN, body);
    assert_eq!(fresh["parts"][0]["partNumber"], 3);
    for number in [2, 3] {
        assert_eq!(
            put_part(&emulator, &fresh, number, PARTS[number - 1]).status,
            200
        );
    }
    // The signature of one part does not do for another, and none does for another host.
    let mut swapped = fresh.clone();
    swapped["parts"][0]["query"] = fresh["parts"][1]["query"].clone();
    let reply = put_part(&emulator, &swapped, 3, PARTS[2]);
    assert!(reply.status == 403 && reply.text().contains("<Code>SignatureDoesNotMatch</Code>"));
    let mut connection = Connection::open(&emulator);
    let headers = fresh["parts"][0]["header"].as_array().unwrap().iter();
    let headers: String = headers
        .map(|item| {
            format!(
                "{}: {}\r\n",
                item["key"].as_str().unwrap(),
                item["values"][0].as_str().unwrap()
            )
        })
        .collect();
    let id = fresh["query"][0]["values"][0].as_str().unwrap();
    connection.send(format!(
        "PUT /openim/openim/data/hash/{hash}?partNumber=3&uploadId={id} HTTP/1.1\r\nHost: other.test\r\n{headers}\
         Content-Length: 3\r\n\r\nend"
    ));
    assert!(connection.reply().text().contains("SignatureDoesNotMatch"));
    let unsigned = format!("/openim/openim/data/hash/{hash}?partNumber=3&uploadId={id}");
    assert_eq!(
        request(&emulator, "PUT", &unsigned, &[], b"end").status,
        403
    );
    let body = json!({ "uploadID": upload["uploadID"], "parts": digests, "name": "alice/a" });
    data(&emulator, &alice, COMPLETE, body);
    let gone = put_part(&emulator, &fresh, 3, PARTS[2]);
    assert!(gone.status == 404 && gone.text().contains("<Code>NoSuchUpload</Code>"));
    let body = json!({ "uploadID": "e30=", "partNumbers": [1] });
    assert_eq!(failure(&emulator, &alice, SIGN, body).0, 500);
}

#[test]
fn completing_checks_the_parts() {
    let emulator = start_openim(small());
    let alice = user(&emulator, "alice");
    let (hash, digests) = hash_of(PARTS);
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 23, "alice/a", -1),
    );
    let upload = &begun["upload"];
    let complete = |parts: &[String]| {
        let body = json!({ "uploadID": upload["uploadID"], "parts": parts, "name": "alice/a" });
        let (code, words) = failure(&emulator, &alice, COMPLETE, body);
        assert_eq!(code, 500);
        words
    };
    assert!(complete(&digests[..2]).contains("md5 mismatching"));
    assert!(complete(&digests).contains("could not be found"));
    for (number, part) in [(1, PARTS[0]), (2, &b"short"[..]), (3, PARTS[2])] {
        assert_eq!(
            put_part(&emulator, &upload["sign"], number, part).status,
            200
        );
    }
    assert!(complete(&digests).contains("could not be found"));
    // Sent again, the later one counts.
    assert_eq!(
        put_part(&emulator, &upload["sign"], 2, PARTS[1]).status,
        200
    );
    let body = json!({ "uploadID": upload["uploadID"], "parts": digests, "name": "alice/a" });
    data(&emulator, &alice, COMPLETE, body);
    // Too small a part that is not the last; the announced size is not compared.
    let (hash, digests) = hash_of(&[b"one", b"two"]);
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 20, "alice/b", -1),
    );
    let upload = &begun["upload"];
    for (number, part) in [(1, b"one"), (2, b"two")] {
        assert_eq!(
            put_part(&emulator, &upload["sign"], number, part).status,
            200
        );
    }
    let body = json!({ "uploadID": upload["uploadID"], "parts": digests, "name": "alice/b" });
    let (code, words) = failure(&emulator, &alice, COMPLETE, body);
    assert!(
        code == 500 && words.contains("smaller than the minimum"),
        "{words}"
    );
}

#[test]
fn an_unfinished_upload_outlives_a_restart_but_not_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let begin = || {
        Emulator::start(Config {
            folder: Some(folder.path().to_owned()),
            openim: small(),
            ..Config::default()
        })
        .unwrap()
    };
    let first = begin();
    let alice = user(&first, "alice");
    let (hash, digests) = hash_of(PARTS);
    let begun = data(
        &first,
        &alice,
        INITIATE,
        begin_multipart(&hash, 23, "alice/a", 3),
    );
    let upload = &begun["upload"];
    for number in [1, 3] {
        put_part(&first, &upload["sign"], number, PARTS[number - 1]);
    }
    drop(first);
    let second = begin();
    let alice = user(&second, "alice");
    let body = json!({ "uploadID": upload["uploadID"], "partNumbers": [2] });
    let sign = data(&second, &alice, SIGN, body.clone());
    assert_eq!(put_part(&second, &sign, 2, PARTS[1]).status, 200);
    let control = second.control();
    control.advance_seconds(7 * 86_400);
    let sign = data(&second, &alice, SIGN, body);
    assert_eq!(put_part(&second, &sign, 2, PARTS[1]).status, 404);
    control.advance_seconds(-86_400);
    let body = json!({ "uploadID": upload["uploadID"], "parts": digests, "name": "alice/a" });
    data(&second, &alice, COMPLETE, body);
    assert_eq!(
        fetch(&second, "/object/alice/a", &[]).text(),
        "0123456789abcdefghijend"
    );
}

#[test]
fn parts_of_other_stores() {
    for driver in [
        OpenimDriver::Cos,
        OpenimDriver::Oss,
        OpenimDriver::Kodo,
        OpenimDriver::Aws,
    ] {
        let emulator = start_openim(OpenimConfig { driver, ..small() });
        let control = emulator.control();
        control.freeze_clock(true);
        let alice = user(&emulator, "alice");
        by_parts(&emulator, &alice, "alice/a", PARTS);
        by_parts(&emulator, &alice, "alice/b", &[b"tiny"]);
        assert_eq!(
            fetch(&emulator, "/object/alice/a", &[]).text(),
            "0123456789abcdefghijend"
        );
        assert_eq!(fetch(&emulator, "/object/alice/b", &[]).text(), "tiny");
        let (hash, _) = hash_of(&[PARTS[1], PARTS[0]]);
        let begun = data(
            &emulator,
            &alice,
            INITIATE,
            begin_multipart(&hash, 20, "alice/c", -1),
        );
        let sign = &begun["upload"]["sign"];
        let shape = |value: &Value| !value.is_null();
        let part = &sign["parts"][0];
        let shapes = (
            shape(&sign["header"]),
            !part["url"].as_str().unwrap().is_empty(),
            shape(&part["header"]),
        );
        let expected = match driver {
            OpenimDriver::Cos => (true, false, false),
            OpenimDriver::Oss | OpenimDriver::Kodo => (false, true, true),
            _ => (false, false, true),
        };
        assert_eq!(shapes, expected, "{driver:?}");
        assert_eq!(put_part(&emulator, sign, 1, PARTS[1]).status, 200);
        control.advance_seconds(86_401);
        assert_eq!(
            put_part(&emulator, sign, 2, PARTS[0]).status,
            403,
            "{driver:?}"
        );
    }
    // OSS alone wants its content type sent, where one was given.
    let emulator = start_openim(OpenimConfig {
        driver: OpenimDriver::Oss,
        ..small()
    });
    let alice = user(&emulator, "alice");
    let (hash, _) = hash_of(&[b"tiny"]);
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 4, "alice/c", 1),
    );
    let mut sign = begun["upload"]["sign"].clone();
    assert_eq!(sign["parts"][0]["header"][0]["key"], "Content-Type");
    sign["parts"][0]["header"] = Value::Null;
    assert_ne!(put_part(&emulator, &sign, 1, b"tiny").status, 200);
}

#[test]
fn a_public_bucket_and_another_host() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        external_address: Some("https://files.example:9000/".to_owned()),
        ..small()
    });
    let alice = user(&emulator, "alice");
    let (hash, _) = hash_of(PARTS);
    let begun = data(
        &emulator,
        &alice,
        INITIATE,
        begin_multipart(&hash, 23, "alice/a", 1),
    );
    let url = begun["upload"]["sign"]["url"].as_str().unwrap();
    assert!(
        url.starts_with("https://files.example:9000/openim/openim/data/"),
        "{url}"
    );
    // Signed for that host, so it does not hold here.
    assert_eq!(
        put_part(&emulator, &begun["upload"]["sign"], 1, PARTS[0]).status,
        403
    );
    by_form(&emulator, &alice, "alice/p.png", b"public");
    let reply = get(&emulator, "/object/alice/p.png", &[]);
    let location = reply.header("location").unwrap().to_owned();
    assert!(!location.contains("X-Amz-Signature"), "{location}");
    let plain = path_of(location.split('?').next().unwrap());
    assert_eq!(get(&emulator, &plain, &[]).text(), "public");
    assert_eq!(
        request(&emulator, "PUT", "/openim/any", &[], b"x").status,
        200
    );
    assert_eq!(get(&emulator, "/openim/any", &[]).text(), "x");
}

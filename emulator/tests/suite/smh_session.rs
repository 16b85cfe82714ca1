//! SMH's uploads between their beginning and their end: what the store and the confirmation refuse, credentials that
//! expire, clients and servers that go away.

use chatfile_emulator::{SmhConfig, SmhDomain, SmhRepeat};
use serde_json::{Value, json};

use crate::common::*;
use crate::smh::*;

const ONE: &str = "503b5e5ad1710ffa17440d82a923184b90590e1e03f03947b5ed7b31bbb53243";

#[test]
fn what_the_store_refuses() {
    let emulator = start_smh(SmhConfig {
        max_part: 2000,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    let upload = client.begin("a.bin", "multipart", &Value::Null);
    let other = client.begin("b.bin", "multipart", &Value::Null);
    let part = |number: &str| format!("{}{number}", upload.part_query(1).trim_end_matches('1'));
    for number in ["0", "10001", "x", ""] {
        let reply = upload.put(&part(number), b"x");
        store_refused(&reply, 400, "InvalidArgument");
    }
    assert_eq!(upload.put(&part("10000"), b"x").status, 200);
    store_refused(
        &upload.put("?uploadId=nope&partNumber=1", b"x"),
        404,
        "NoSuchUpload",
    );
    store_refused(&upload.put("", b"x"), 400, "InvalidArgument");
    store_refused(&upload.put(&part("1"), &[0; 2001]), 400, "EntityTooLarge");
    // Credentials of another upload, of none, broken ones.
    let change = |name: &str, value: Option<&str>| -> Vec<(String, String)> {
        let mut headers = upload.headers();
        headers.retain(|(key, _)| key != name);
        headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        headers
    };
    let put = |headers: &[(String, String)]| upload.put_with(headers, &part("1"), b"x");
    store_refused(&put(&other.headers()), 403, "SignatureDoesNotMatch");
    store_refused(&put(&change("Authorization", None)), 403, "AccessDenied");
    store_refused(
        &put(&change("x-cos-security-token", None)),
        403,
        "AccessDenied",
    );
    store_refused(
        &put(&change("x-cos-security-token", Some("x"))),
        403,
        "AccessDenied",
    );
    store_refused(
        &put(&change("Authorization", Some("q-ak=1"))),
        400,
        "InvalidArgument",
    );
    let authorization = upload.info["headers"]["Authorization"].as_str().unwrap();
    let foreign = authorization.replace("q-ak=AKID", "q-ak=AKIX");
    store_refused(
        &put(&change("Authorization", Some(&foreign))),
        403,
        "InvalidAccessKeyId",
    );
    // Whatever is not signed may differ, and Content-MD5 is checked.
    assert_eq!(put(&change("Content-Type", Some("text/plain"))).status, 200);
    let with_md5 = |md5: &str| put(&change("Content-MD5", Some(md5)));
    assert_eq!(with_md5("nd0hBY9jk9XCZbi2s/YhVA==").status, 400);
    store_refused(&with_md5("nope"), 400, "InvalidDigest");
    store_refused(&with_md5("XUFAKrxLKna5cZ2REBfFkg=="), 400, "BadDigest");
    let nothing = format!("/{LIBRARY}/0123.bin");
    store_refused(
        &request(&emulator, "PUT", &nothing, &[], b"x"),
        403,
        "AccessDenied",
    );
    store_refused(
        &request(&emulator, "PATCH", &nothing, &[], b"x"),
        405,
        "MethodNotAllowed",
    );
}

#[test]
fn signed_header_fields_must_come_as_handed_out() {
    let emulator = start_smh(SmhConfig {
        sign_headers: true,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    let upload = client.begin("a", "traffic_limit=204800", &Value::Null);
    for name in ["Content-Type", "x-cos-traffic-limit"] {
        let mut headers = upload.headers();
        headers.retain(|(key, _)| key != name);
        let reply = upload.put_with(&headers, "", b"x");
        store_refused(&reply, 403, "SignatureDoesNotMatch");
    }
    assert_eq!(upload.put("", b"x").status, 200);
}

#[test]
fn credentials_expire_and_are_renewed() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    let client = Client::new(&emulator);
    let content = data(MIB + 5);
    let mut upload = client.begin("a", "multipart", &Value::Null);
    let renew = |key: &str| client.call("POST", key, "renew", &Value::Null);
    assert_eq!(
        upload.put(&upload.part_query(1), &content[..MIB]).status,
        200
    );
    // Before the end: the old ones go on holding until theirs.
    control.advance_seconds(3000);
    let renewed = renew(upload.key());
    assert_eq!(renewed.status, 200);
    let renewed = renewed.json();
    for name in [
        "confirmKey",
        "uploadId",
        "path",
        "domain",
        "availableDomainNum",
    ] {
        assert_eq!(renewed[name], upload.info[name], "{name}");
    }
    assert_ne!(renewed["expiration"], upload.info["expiration"]);
    let old = upload.headers();
    control.advance_seconds(599);
    assert_eq!(upload.put(&upload.part_query(2), b"12345").status, 200);
    control.advance_seconds(1);
    let reply = upload.put_with(&old, &upload.part_query(2), b"12345");
    store_refused(&reply, 403, "AccessDenied");
    assert!(reply.text().contains("Request has expired"));
    upload.info = renewed;
    let reply = upload.put(&upload.part_query(2), &content[MIB..]);
    assert_eq!(reply.status, 200);
    // After the end, too; and a confirmation needs no living credentials.
    control.advance_seconds(80_000);
    let reply = upload.put(&upload.part_query(2), b"x");
    store_refused(&reply, 403, "AccessDenied");
    let limited = client.call(
        "POST",
        upload.key(),
        "renew&traffic_limit=1048576",
        &Value::Null,
    );
    assert_eq!(
        limited.json()["headers"]["x-cos-traffic-limit"],
        json!(1_048_576)
    );
    let reply = client.confirm(&upload, "", &Value::Null);
    assert_eq!(reply.status, 200, "{}", reply.text());
    refused(&renew(upload.key()), 409, "UploadComplete");
    refused(&renew("beef"), 404, "UploadNotFound");
    let simple = client.begin("b", "", &Value::Null);
    refused(&renew(simple.key()), 404, "NotMultipartUpload");
    // A clock set back far makes a signature one of the future.
    let upload = client.begin("c", "", &Value::Null);
    control.advance_seconds(-3600);
    store_refused(&upload.put("", b"x"), 403, "RequestTimeTooSkewed");
}

#[test]
fn what_a_confirmation_refuses() {
    let emulator = start();
    let client = Client::new(&emulator);
    let confirm = |upload: &Upload<'_>, body: &Value| client.confirm(upload, "", body);
    let none = &Value::Null;
    let simple = client.begin("s", "", none);
    refused(&confirm(&simple, none), 400, "UploadIncomplete");
    let upload = client.begin("m", "multipart", none);
    refused(&confirm(&upload, none), 400, "MultipartUploadIncomplete");
    upload.put(&upload.part_query(2), &vec![0; MIB]);
    refused(&confirm(&upload, none), 400, "MultipartUploadIncomplete");
    upload.put(&upload.part_query(1), &vec![0; MIB - 1]);
    refused(&confirm(&upload, none), 400, "MultipartUploadPartTooSmall");
    upload.put(&upload.part_query(1), &vec![0; MIB]);
    refused(&confirm(&upload, &json!({ "crc64": "1" })), 400, "BadCrc64");
    for crc64 in [
        json!("0x1"),
        json!("18446744073709551616"),
        json!(1),
        json!("-1"),
    ] {
        let reply = confirm(&upload, &json!({ "crc64": crc64 }));
        refused(&reply, 400, "ParamInvalid");
    }
    let odd = client.confirm(&upload, "conflict_resolution_strategy=x", none);
    refused(&odd, 400, "InvalidConflictResolutionStrategy");
    // None of it ended the upload.
    assert_eq!(confirm(&upload, none).status, 200);
    refused(&confirm(&upload, none), 409, "UploadComplete");
    let unknown = client.call("POST", "beef", "confirm", none);
    refused(&unknown, 404, "UploadNotFound");
}

#[test]
fn a_second_confirmation_as_configured() {
    for (reading, status) in [(SmhRepeat::Same, 200), (SmhRepeat::NotFound, 404)] {
        let emulator = start_smh(SmhConfig {
            repeated_confirm: reading,
            ..SmhConfig::default()
        });
        let client = Client::new(&emulator);
        let upload = client.begin("a", "", &Value::Null);
        upload.put("", b"x");
        let first = client.confirm(&upload, "", &Value::Null);
        let second = client.confirm(&upload, "", &Value::Null);
        assert_eq!((first.status, second.status), (200, status));
        if status == 200 {
            assert_eq!(first.json(), second.json());
        }
    }
}

#[test]
fn cancelling() {
    let emulator = start();
    let client = Client::new(&emulator);
    let cancel = |upload: &Upload<'_>| client.call("DELETE", upload.key(), "upload", &Value::Null);
    let upload = client.begin("a", "multipart", &Value::Null);
    upload.put(&upload.part_query(1), b"x");
    assert_eq!(cancel(&upload).status, 204);
    refused(&cancel(&upload), 404, "UploadNotFound");
    refused(
        &client.confirm(&upload, "", &Value::Null),
        404,
        "UploadNotFound",
    );
    store_refused(
        &upload.put(&upload.part_query(1), b"x"),
        404,
        "NoSuchUpload",
    );
    let objects = emulator.folder().join("smh/objects");
    assert_eq!(std::fs::read_dir(&objects).unwrap().count(), 0);
    // After a confirmation: the same answer, and the file stays.
    let upload = client.begin("a", "", &Value::Null);
    upload.put("", b"x");
    client.confirm(&upload, "", &Value::Null);
    assert_eq!(cancel(&upload).status, 204);
    assert_eq!(client.get("a", "", &[]).body, b"x");
}

#[test]
fn a_directory_that_goes_takes_the_path_with_it() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.of("directory", "PUT", "d/e", "", &Value::Null);
    let upload = client.begin("d/e/a", "", &Value::Null);
    upload.put("", b"x");
    client.of("directory", "DELETE", "d", "", &Value::Null);
    let state = client
        .call("GET", upload.key(), "upload", &Value::Null)
        .json();
    assert_eq!(state["path"], Value::Null);
    let reply = client.confirm(&upload, "", &Value::Null);
    let object = reply.json();
    assert_eq!((reply.status, &object["path"]), (200, &Value::Null));
    assert_eq!(
        (&object["name"], &object["size"]),
        (&json!("a"), &json!("1"))
    );
}

#[test]
fn a_directory_that_moves_takes_the_upload_along() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.of("directory", "PUT", "d", "", &Value::Null);
    let upload = client.begin("d/a", "", &Value::Null);
    upload.put("", b"x");
    let moved = client.of("directory", "PUT", "new/place", "", &json!({ "from": "d" }));
    assert_eq!(moved.status, 204);
    let object = client.confirm(&upload, "", &Value::Null).json();
    assert_eq!(object["path"], json!(["new", "place", "a"]));
}

#[test]
fn the_domain_can_be_another_host() {
    let emulator = start_smh(SmhConfig {
        domain: SmhDomain::Named("localhost:{port}".to_owned()),
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    let upload = client.begin("a", "", &Value::Null);
    let host = format!("localhost:{}", emulator.addr().port());
    assert_eq!(upload.info["domain"], host);
    upload.put("", b"x");
    client.confirm(&upload, "", &Value::Null);
    let reply = client.call("GET", "a", "", &Value::Null);
    let location = reply.header("location").unwrap();
    assert!(
        location.starts_with(&format!("http://{host}/")),
        "{location}"
    );
}

#[test]
fn a_lost_client_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = || chatfile_emulator::Config {
        folder: Some(folder.path().to_owned()),
        ..chatfile_emulator::Config::default()
    };
    let content = data(3 * MIB + 7);
    let (info, kept) = {
        let emulator = chatfile_emulator::Emulator::start(config()).unwrap();
        let client = Client::new(&emulator);
        client.of("directory", "PUT", "d", "", &Value::Null);
        let kept = client.put_parts("d/kept.bin", &content, MIB);
        let upload = client.begin("d/late.bin", "multipart", &Value::Null);
        for number in [1, 2, 3] {
            upload.put(
                &upload.part_query(number),
                &content[(number - 1) * MIB..number * MIB],
            );
        }
        upload.put(&upload.part_query(2), &content[MIB..2 * MIB]);
        // The last part is cut short by the client's end.
        let mut lost = Connection::open(&emulator);
        let path = format!("{}{}", upload.path(), upload.part_query(4));
        let headers = upload.headers();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        lost.send(head("PUT", &path, &headers, 7));
        lost.send(b"abc");
        drop(lost);
        (upload.info, kept)
    };
    let emulator = chatfile_emulator::Emulator::start(config()).unwrap();
    let client = Client::new(&emulator);
    let upload = Upload {
        emulator: &emulator,
        info,
    };
    let state = client
        .call("GET", upload.key(), "upload", &Value::Null)
        .json();
    let numbers: Vec<u64> = state["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["PartNumber"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    // The credentials of before the restart hold.
    let last = upload.put(&upload.part_query(4), &content[3 * MIB..]);
    assert_eq!(last.status, 200, "{}", last.text());
    let object = client.confirm(&upload, "", &Value::Null).json();
    assert_eq!(
        (&object["crc64"], &object["eTag"]),
        (&kept["crc64"], &kept["eTag"])
    );
    assert!(client.get("d/late.bin", "", &[]).body == content);
    assert!(client.get("d/kept.bin", "", &[]).body == content);
    // Known content is known after the restart, too.
    let hash = json!({ "beginningHash": ONE, "size": content.len().to_string() });
    assert_eq!(client.call("PUT", "x", "", &hash).status, 202);
    emulator.control().reset().unwrap();
    let fresh = Client::new(&emulator);
    refused(
        &fresh.call("GET", "d/kept.bin", "", &Value::Null),
        404,
        "FileNotFound",
    );
    assert_eq!(fresh.call("PUT", "x", "", &hash).status, 201);
}

#[test]
fn concurrent_confirmations_end_as_one() {
    let emulator = start();
    let client = Client::new(&emulator);
    let upload = client.begin("a", "multipart", &Value::Null);
    upload.put_all(&data(2 * MIB), MIB);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| client.confirm(&upload, "", &Value::Null).status))
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
}

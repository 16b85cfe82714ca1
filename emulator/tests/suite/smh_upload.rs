//! SMH's uploads: the three ways, instant upload, what the beginning refuses.

use chatfile_emulator::SmhConfig;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::common::*;
use crate::smh::*;

fn md5_hex(bytes: &[u8]) -> String {
    Md5::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn simple() {
    let emulator = start();
    let client = Client::new(&emulator);
    let upload = client.begin("report.xlsx", "filesize=5", &json!({}));
    let info = &upload.info;
    assert!(info.get("uploadId").is_none() && info["availableDomainNum"] == 1);
    assert_eq!(info["domain"], "emulator.test");
    assert!(upload.path().starts_with(&format!("/{LIBRARY}/")) && upload.path().ends_with(".xlsx"));
    let reply = upload.put("", b"hello");
    assert_eq!(
        (reply.status, reply.header("etag")),
        (200, Some("\"5d41402abc4b2a76b9719d911017c592\""))
    );
    assert_eq!(
        reply.header("x-cos-hash-crc64ecma"),
        Some("11177612005948864433")
    );
    let reply = client.confirm(&upload, "", &json!({ "crc64": "11177612005948864433" }));
    let object = reply.json();
    assert_eq!(
        (reply.status, &object["path"]),
        (200, &json!(["report.xlsx"]))
    );
    for (name, value) in [
        ("name", json!("report.xlsx")),
        ("type", json!("file")),
        ("size", json!("5")),
        ("crc64", json!("11177612005948864433")),
        ("eTag", json!("\"5d41402abc4b2a76b9719d911017c592\"")),
        ("isOverwritten", json!(false)),
        ("metaData", json!({})),
        ("previewByDoc", json!(true)),
        ("previewByCI", json!(true)),
        ("previewAsIcon", json!(false)),
        ("fileType", json!("excel")),
        (
            "contentType",
            json!("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ),
    ] {
        assert_eq!(object[name], value, "{name}");
    }
    assert!(object.get("inode").is_none());
    assert_eq!(client.get("report.xlsx", "", &[]).body, b"hello");
}

#[test]
fn multipart_in_any_order_with_a_part_sent_again() {
    let emulator = start();
    let client = Client::new(&emulator);
    let content = data(2 * MIB + 12_345);
    let upload = client.begin("a.bin", "multipart=1", &Value::Null);
    let parts: Vec<&[u8]> = content.chunks(MIB).collect();
    for number in [3, 1, 2] {
        let wrong = upload.put(&upload.part_query(number), &vec![7; MIB + number]);
        assert_eq!(wrong.status, 200);
        let part = parts[number - 1];
        let reply = upload.put(&upload.part_query(number), part);
        let etag = format!("\"{}\"", md5_hex(part));
        assert_eq!(reply.header("etag"), Some(etag.as_str()));
    }
    let state = client
        .call("GET", upload.key(), "upload", &Value::Null)
        .json();
    assert_eq!(state["confirmed"], false);
    assert_eq!(state["path"], json!(["a.bin"]));
    assert_eq!(state["conflictResolutionStrategy"], "rename");
    assert_eq!(state["force"], false);
    assert_eq!(state["uploadId"], upload.info["uploadId"]);
    let listed = state["parts"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!(
        (&listed[2]["PartNumber"], &listed[2]["Size"]),
        (&json!(3), &json!(12_345))
    );
    assert_eq!(listed[0]["ETag"], format!("\"{}\"", md5_hex(parts[0])));
    assert!(listed[0]["LastModified"].as_str().unwrap().ends_with('Z'));
    for name in ["domain", "path", "uploadId", "headers", "expiration"] {
        assert_eq!(state["uploadPartInfo"][name], upload.info[name], "{name}");
    }
    let crc64 = "18377771109239849375";
    let reply = client.confirm(&upload, "with_inode=1", &json!({ "crc64": crc64 }));
    let object = reply.json();
    let whole: Vec<u8> = parts.iter().flat_map(Md5::digest).collect();
    assert_eq!(object["eTag"], format!("\"{}-3\"", md5_hex(&whole)));
    assert_eq!(
        (&object["crc64"], &object["size"]),
        (&json!(crc64), &json!("2109497"))
    );
    assert_eq!(object["inode"].as_str().unwrap().len(), 32);
    let state = client
        .call("GET", upload.key(), "upload", &Value::Null)
        .json();
    assert_eq!(
        (&state["confirmed"], &state["path"]),
        (&json!(true), &json!(["a.bin"]))
    );
    assert!(state.get("uploadId").is_none() && state.get("parts").is_none());
    assert!(client.get("a.bin", "", &[]).body == content);
    let reply = client.get("a.bin", "", &[("Range", "bytes=1048570-2097160")]);
    assert_eq!(reply.status, 206);
    assert!(reply.body == content[1_048_570..=2_097_160]);
    // What is over is over, also at the store.
    store_refused(
        &upload.put(&upload.part_query(1), b"x"),
        404,
        "NoSuchUpload",
    );
}

#[test]
fn form() {
    let emulator = start();
    let client = Client::new(&emulator);
    let upload = client.begin("f.txt", "form", &json!({}));
    assert_eq!(upload.path(), "/");
    assert!(upload.info.get("headers").is_none());
    let given = fields(&upload.info["form"]);
    let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "key",
        "acl",
        "Content-Type",
        "x-cos-security-token",
        "policy",
        "q-sign-algorithm",
        "q-ak",
        "q-key-time",
        "q-signature",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    let post = |fields: &[(String, String)], last: &str| {
        let boundary = FORM.1.split_once('=').unwrap().1;
        let mut body = String::new();
        let field = |name: &str, value: &str| {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        };
        for (name, value) in fields {
            body += &field(name, value);
        }
        body += &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\ncontent\r\n"
        );
        body += last;
        body += &format!("--{boundary}--\r\n");
        request(&emulator, "POST", "/", &[FORM], body.as_bytes())
    };
    let without = |name: &str| -> Vec<(String, String)> {
        let rest = given.iter().filter(|(key, _)| key != name);
        rest.cloned().collect()
    };
    let with = |name: &str, value: &str| {
        let mut fields = without(name);
        fields.push((name.to_owned(), value.to_owned()));
        fields
    };
    store_refused(&post(&without("policy"), ""), 403, "AccessDenied");
    store_refused(
        &post(&without("x-cos-security-token"), ""),
        403,
        "AccessDenied",
    );
    store_refused(
        &post(&with("q-signature", "beef"), ""),
        403,
        "SignatureDoesNotMatch",
    );
    store_refused(&post(&with("key", "elsewhere"), ""), 403, "AccessDenied");
    // A field behind the file is not seen.
    let policy = &given.iter().find(|(name, _)| name == "policy").unwrap().1;
    let boundary = FORM.1.split_once('=').unwrap().1;
    let late = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\n{policy}\r\n"
    );
    store_refused(&post(&without("policy"), &late), 403, "AccessDenied");
    store_refused(
        &request(
            &emulator,
            "POST",
            "/",
            &[("Content-Type", "text/plain")],
            b"x",
        ),
        400,
        "MalformedPOSTRequest",
    );
    refused(
        &client.confirm(&upload, "", &Value::Null),
        400,
        "UploadIncomplete",
    );
    let reply = post(&given, "");
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert!(reply.header("etag").is_some() && reply.header("location").is_some());
    assert_eq!(client.confirm(&upload, "", &Value::Null).status, 200);
    assert_eq!(client.get("f.txt", "", &[]).body, b"content");
    let stale = client.begin("g.txt", "form", &json!({}));
    emulator.control().advance_seconds(3600);
    let reply = post(&fields(&stale.info["form"]), "");
    store_refused(&reply, 403, "AccessDenied");
    assert!(reply.text().contains("Request has expired"));
}

/// Sizes, beginningHash, fullHash and crc64 of smh.md §1.4.
const VECTORS: &[(usize, &str, &str, &str)] = &[
    (0, EMPTY, EMPTY, "0"),
    (9, NINE, NINE, "14359965983236094330"),
    (MIB - 1, BELOW, BELOW, "2137122490336627600"),
    (MIB, ONE, ONE, "3842782548025872436"),
    (
        MIB + 1,
        ONE,
        "5904bf0be31cc1abbf936988c0d6a79b528c8bf0936cfc32c5e3b1b1c8aa7efe",
        "5976039285672947699",
    ),
    (
        2 * MIB,
        ONE,
        "d5a0564308531f950527af6f28143a83d32d4b15390ba2a3adf18800623c5fbb",
        "18083270082574692898",
    ),
    (
        2_109_497,
        ONE,
        "087ffd5a1bbeda8643df8bbc48f1642ae57f247149b9cd7e020175083e6f5160",
        "18377771109239849375",
    ),
    (
        3 * MIB,
        ONE,
        "4290aa1846c8d78ad59390dc8ef3cac5003c7dec759f0b03d624c6f41a772c7a",
        "17419250836975047413",
    ),
];
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const NINE: &str = "f31f20ae218992b2f583da7d38b337c40d9641cd1015d0cb40de5b298ce11a6b";
const BELOW: &str = "b32f60d33274d23dfe7725f6a04599cdc2e403c372c3286fd16b77fa5afd6cd4";
const ONE: &str = "503b5e5ad1710ffa17440d82a923184b90590e1e03f03947b5ed7b31bbb53243";

#[test]
fn the_vectors_through_real_uploads() {
    let emulator = start();
    let client = Client::new(&emulator);
    for (size, beginning, full, crc64) in VECTORS {
        let content = data(*size);
        let object = client.put_parts(&format!("{size}.bin"), &content, MIB);
        assert_eq!(
            (&object["size"], &object["crc64"]),
            (&json!(size.to_string()), &json!(crc64))
        );
        let known = json!({ "beginningHash": beginning, "size": size.to_string() });
        let whole =
            json!({ "fullHash": full, "beginningHash": beginning, "size": size.to_string() });
        for (method, query) in [("PUT", ""), ("POST", "multipart"), ("POST", "")] {
            let name = format!("copy of {size}.bin").replace(' ', "%20");
            let first = client.call(method, &name, query, &known);
            let second = client.call(method, &name, query, &whole);
            if *size < MIB {
                assert_eq!((first.status, second.status), (201, 201), "{size}");
                continue;
            }
            assert_eq!((first.status, first.body.len()), (202, 0), "{size}");
            let copy = second.json();
            assert_eq!(second.status, 200, "{size}");
            assert_eq!(copy["crc64"], *crc64);
            assert_eq!(copy["eTag"], object["eTag"]);
            let path = copy["path"][0].as_str().unwrap().replace(' ', "%20");
            assert!(client.get(&path, "", &[]).body == content);
        }
    }
    let unknown = json!({ "beginningHash": NINE, "size": "3145728" });
    assert_eq!(client.call("PUT", "x", "", &unknown).status, 201);
    // The beginning fits, the whole does not: on with the upload.
    let other = json!({ "fullHash": NINE, "beginningHash": ONE, "size": "3145728" });
    let upload = client.begin("x", "multipart", &other);
    upload.put_all(b"else", MIB);
    assert_eq!(client.confirm(&upload, "", &Value::Null).status, 200);
    // A number of bytes as a number is taken, too.
    let number = json!({ "beginningHash": ONE, "size": MIB });
    assert_eq!(client.call("PUT", "x", "", &number).status, 202);
}

#[test]
fn a_beginning_can_need_its_size() {
    let emulator = start_smh(SmhConfig {
        beginning_hash_with_size: true,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    client.put("a", "", &data(MIB + 1));
    let ask = |size: usize| {
        let body = json!({ "beginningHash": ONE, "size": size.to_string() });
        client.call("PUT", "b", "", &body).status
    };
    assert_eq!([ask(MIB + 1), ask(MIB + 2)], [202, 201]);
    // What nobody has any more is not known either.
    client.call("DELETE", "a", "permanent=1", &Value::Null);
    assert_eq!(ask(MIB + 1), 201);
}

#[test]
fn mistakes_at_the_beginning() {
    let emulator = start_smh(SmhConfig {
        refused_extensions: vec!["exe".to_owned()],
        quota: Some(1000),
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    let begin = |rest: &str, query: &str, body: &Value| client.call("PUT", rest, query, body);
    let none = &Value::Null;
    for (rest, query, body, status, code) in [
        ("", "", none, 400, "EmptyFileName"),
        ("a%3Fb", "", none, 400, "IllegalFileName"),
        ("a%7Cb/c", "", none, 400, "IllegalFileName"),
        ("%FF", "", none, 400, "IllegalFileName"),
        ("no/such", "", none, 404, "DirectoryNotFound"),
        ("no%2Fsuch", "", none, 404, "DirectoryNotFound"),
        ("a.EXE", "", none, 400, "ExtnameNotAllowed"),
        ("a", "filesize=1001", none, 400, "QuotaLimitReached"),
        ("a", "filesize=x", none, 400, "ParamInvalid"),
        ("a", "traffic_limit=99999", none, 400, "ParamInvalid"),
        ("a", "traffic_limit=104857601", none, 400, "ParamInvalid"),
        (
            "a",
            "conflict_resolution_strategy=maybe",
            none,
            400,
            "InvalidConflictResolutionStrategy",
        ),
        ("a", "", &json!([]), 400, "BadRequest"),
        ("a", "", &json!({ "size": "x" }), 400, "ParamInvalid"),
        ("a", "", &json!({ "labels": "x" }), 400, "ParamInvalid"),
        ("a", "", &json!({ "labels": [1] }), 400, "ParamInvalid"),
        (
            "a",
            "",
            &json!({ "category": "seventeen letters" }),
            400,
            "ParamInvalid",
        ),
        (
            "a",
            "",
            &json!({ "linkTo": "b" }),
            400,
            "FunctionNotEnabled",
        ),
    ] {
        let reply = begin(rest, query, body);
        assert_eq!(
            refusal(&reply),
            (status, code.to_owned()),
            "{rest}?{query} {body}"
        );
    }
    refused(
        &begin(&"x".repeat(256), "", none),
        400,
        "FileNameLengthExceed",
    );
    let long = json!({ "category": "x".repeat(2 << 20) });
    refused(&begin("a", "", &long), 413, "RequestEntityTooLarge");
    // Names that are allowed, in both encodings.
    for name in ["%27%25%26%2B", "%20x%20", "%E6%96%87", "/a", "%2Fa"] {
        assert_eq!(begin(name, "", none).status, 201, "{name}");
    }
}

#[test]
fn a_traffic_limit_comes_back_as_a_number() {
    let emulator = start();
    let client = Client::new(&emulator);
    let upload = client.begin("a", "multipart&traffic_limit=204800", &Value::Null);
    assert_eq!(
        upload.info["headers"]["x-cos-traffic-limit"],
        json!(204_800)
    );
    let upload = client.begin("a", "prefer_same_origin=true&user_id=u", &Value::Null);
    assert!(upload.info["headers"].get("x-cos-traffic-limit").is_none());
    let emulator = start_smh(SmhConfig {
        default_traffic_limit: Some(819_200),
        ..SmhConfig::default()
    });
    let upload = Client::new(&emulator).begin("a", "", &Value::Null);
    assert_eq!(
        upload.info["headers"]["x-cos-traffic-limit"],
        json!(819_200)
    );
}

#[test]
fn attributes_and_metadata_come_back() {
    let emulator = start();
    let client = Client::new(&emulator);
    let body = json!({
        "labels": ["elephant", "大象"], "category": "video",
        "localCreationTime": "2022-07-26T02:58:09Z",
    });
    let address = client.address("file", "a.mp4", "");
    let headers = [JSON, ("X-Smh-Meta-Creation-Date", "2022-07-26")];
    let begun = request(
        &emulator,
        "PUT",
        &address,
        &headers,
        body.to_string().as_bytes(),
    );
    let upload = Upload {
        emulator: &emulator,
        info: begun.json(),
    };
    upload.put("", b"movie");
    let later = json!({ "category": "film", "localModificationTime": "2023-01-01T00:00:00Z" });
    let object = client.confirm(&upload, "", &later).json();
    for (name, value) in [
        ("labels", json!(["elephant", "大象"])),
        ("category", json!("film")),
        ("localCreationTime", json!("2022-07-26T02:58:09Z")),
        ("localModificationTime", json!("2023-01-01T00:00:00Z")),
        (
            "metaData",
            json!({ "x-smh-meta-creation-date": "2022-07-26" }),
        ),
        ("type", json!("video")),
    ] {
        assert_eq!(object[name], value, "{name}");
    }
    let info = client.call("GET", "a.mp4", "info", &Value::Null).json();
    assert_eq!(info["metaData"], object["metaData"]);
    let head = client.call("HEAD", "a.mp4", "", &Value::Null);
    assert_eq!(head.header("x-smh-meta-creation-date"), Some("2022-07-26"));
}

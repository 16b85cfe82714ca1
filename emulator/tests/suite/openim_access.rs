//! Access by name, thumbnails, the store's GET and PUT, faults.

use crate::common::*;
use crate::openim_kit::*;
use chatfile_emulator::{Action, Emulator, OpenimConfig, OpenimServer, Rule, Timing};
use serde_json::{Value, json};

const ACCESS: &str = "/object/access_url";

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 9]));
    image.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

#[test]
fn names_lead_to_files_for_a_week() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    let alice = user(&emulator, "alice");
    by_form(&emulator, &alice, "alice/a b&文.png", b"0123456789");
    let path = "/object/alice/a%20b&%E6%96%87.png";
    // No token, no operationID.
    let reply = get(&emulator, path, &[]);
    let location = path_of(reply.header("location").unwrap());
    assert_eq!((reply.status, reply.body.len()), (302, 0));
    assert!(location.contains("X-Amz-Expires=604800&"));
    let file = get(&emulator, &location, &[]);
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename*=UTF-8''a%20b&%E6%96%87.png")
    );
    assert_eq!(file.header("content-type"), Some("image/png"));
    let part = get(&emulator, &location, &[("Range", "bytes=3-5")]);
    assert_eq!((part.status, part.text().as_str()), (206, "345"));
    assert_eq!(part.header("content-range"), Some("bytes 3-5/10"));
    let beyond = get(&emulator, &location, &[("Range", "bytes=10-")]);
    assert!(beyond.status == 416 && beyond.text().contains("<Code>InvalidRange</Code>"));
    // As MinIO: it does not say how long the file is.
    assert_eq!(beyond.header("content-range"), None);
    let reply = request(&emulator, "HEAD", &location, &[], b"");
    // Signed for GET, so a HEAD does not fit.
    assert_eq!(reply.status, 403);
    assert_eq!(
        get(&emulator, &location.replace("direct", "other"), &[]).status,
        403
    );
    assert_eq!(
        get(
            &emulator,
            &location.replace("image%2Fpng", "text%2Fhtml"),
            &[]
        )
        .status,
        403
    );
    // The same by the API, without regard to whose file it is.
    let bob = user(&emulator, "bob");
    let body = json!({ "name": "alice/a b&文.png", "query": {} });
    let url = data(&emulator, &bob, ACCESS, body);
    assert_eq!(url["expireTime"], control.now_ms() + 7 * 86_400_000);
    assert_eq!(
        get(&emulator, &path_of(url["url"].as_str().unwrap()), &[]).text(),
        "0123456789"
    );
    control.advance_seconds(7 * 86_400 + 1);
    let late = get(&emulator, &location, &[]);
    assert!(late.status == 403 && late.text().contains("Request has expired"));
}

#[test]
fn unknown_names() {
    let emulator = start();
    let alice = user(&emulator, "alice");
    by_form(&emulator, &alice, "alice/a.png", b"no picture");
    assert_eq!(
        failure(&emulator, &alice, ACCESS, json!({ "name": "alice/none" })).0,
        1004
    );
    let reply = get(&emulator, "/object/alice/none", &[]);
    // Behind that stands where in the server it was raised.
    let said = |reply: &Reply| reply.text().split(" | ->").next().map(str::to_owned);
    assert_eq!(
        (reply.status, said(&reply).unwrap().as_str()),
        (
            404,
            "Error: 1004 RecordNotFoundError mongo: no documents in result mongo find one"
        )
    );
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let reply = get(&emulator, "/object/alice/a.png?type=video", &[]);
    assert_eq!(
        (reply.status, said(&reply).unwrap().as_str()),
        (400, "Error: 1001 ArgsError invalid query type")
    );
    let reply = get(&emulator, "/object/alice/a.png?type=image&width=5", &[]);
    assert!(reply.status == 500 && reply.text().contains("object not image"));
    let body = json!({ "name": "alice/a.png", "query": { "type": "video" } });
    assert_eq!(failure(&emulator, &alice, ACCESS, body).0, 1001);
    let emulator = start_openim(OpenimConfig {
        server: OpenimServer::Main,
        ..OpenimConfig::default()
    });
    let alice = user(&emulator, "alice");
    assert_eq!(
        failure(&emulator, &alice, ACCESS, json!({ "name": "alice/none" })).0,
        500
    );
    let reply = get(&emulator, "/object/alice/none", &[]);
    assert_eq!(
        (reply.status, said(&reply).unwrap().as_str()),
        (
            404,
            "Error: Error: mongo: no documents in result mongo find one"
        )
    );
}

#[test]
fn thumbnails_are_really_made() {
    let emulator = start();
    let alice = user(&emulator, "alice");
    let picture = png(200, 100);
    by_form(&emulator, &alice, "alice/p.png", &picture);
    let fetch = |query: &str| {
        fetch(
            &emulator,
            &format!("/object/alice/p.png?type=image{query}"),
            &[],
        )
    };
    for (query, kind, width, height) in [
        ("&width=50&height=50", "png", 50, 25),
        ("&width=50&format=jpg", "jpeg", 50, 25),
        ("&height=10&format=gif", "gif", 20, 10),
        ("&format=jpeg", "jpeg", 200, 100),
        ("&width=50&format=webp", "png", 50, 25),
    ] {
        let reply = fetch(query);
        assert_eq!(
            reply.header("content-type"),
            Some(format!("image/{kind}").as_str())
        );
        assert!(reply.header("content-disposition").is_none());
        let image = image::load_from_memory(&reply.body).unwrap();
        assert_eq!((image.width(), image.height()), (width, height), "{query}");
    }
    for original in [
        "",
        "&width=200&height=100",
        "&width=2000&height=5",
        "&width=many",
    ] {
        assert!(fetch(original).body == picture, "{original}");
    }
    let body = json!({ "name": "alice/p.png", "query": { "type": "image", "width": "20", "height": "20" } });
    let url = data(&emulator, &alice, ACCESS, body);
    let url = url["url"].as_str().unwrap();
    assert!(
        url.contains("/openim/openim/thumbnail/") && url.contains("/image_w20_h20.png?"),
        "{url}"
    );
}

/// curl signs by itself, so that the store's reading of a signature is not checked by our own code alone.
#[test]
fn curl_signs_and_is_understood() {
    let emulator = start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.bin");
    std::fs::write(&file, b"signed by curl").unwrap();
    let url = format!(
        "{}/openim/some%20folder/key%2B1.bin?x=%20%2F&b=&a",
        emulator.base_url()
    );
    let sign = [
        "--aws-sigv4",
        "aws:amz:us-east-1:s3",
        "--user",
        "root:openIM123",
        "-w",
        "%{http_code}",
    ];
    let curl = |more: &[&str], url: &str| {
        let line: Vec<&str> = sign.iter().chain(more).copied().chain([url]).collect();
        crate::curl::curl(&line).map(|answer| String::from_utf8(answer).unwrap())
    };
    let unsigned = "x-amz-content-sha256: UNSIGNED-PAYLOAD";
    let plain = url.split('?').next().unwrap();
    let Some(answer) = curl(&["-H", unsigned, "-T", file.to_str().unwrap()], plain) else {
        return;
    };
    assert_eq!(answer, "200");
    assert_eq!(curl(&["-H", unsigned], plain).unwrap(), "signed by curl200");
    let other = [
        "--aws-sigv4",
        "aws:amz:us-east-1:s3",
        "--user",
        "root:wrong",
        "-H",
        unsigned,
        plain,
    ];
    let answer = String::from_utf8(crate::curl::curl(&other).unwrap()).unwrap();
    assert!(answer.contains("SignatureDoesNotMatch"), "{answer}");
    // A bucket that is not there is one once the signature is right; what is deleted is gone, however often.
    let elsewhere = plain.replace("/openim/", "/nobody/");
    let answer = curl(&["-H", unsigned], &elsewhere).unwrap();
    assert!(answer.contains("<Code>NoSuchBucket</Code>"), "{answer}");
    for _ in 0..2 {
        assert_eq!(
            curl(&["-H", unsigned, "-X", "DELETE"], plain).unwrap(),
            "204"
        );
    }
    let answer = curl(&["-H", unsigned], plain).unwrap();
    assert!(answer.contains("<Code>NoSuchKey</Code>"), "{answer}");
    // The parts of an upload are listed in order, and gone with it.
    let begun = curl(
        &["-H", unsigned, "-X", "POST"],
        &format!("{plain}?uploads="),
    )
    .unwrap();
    let id = begun
        .split("<UploadId>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    for number in [2, 1] {
        let url = format!("{plain}?partNumber={number}&uploadId={id}");
        let put = curl(&["-H", unsigned, "-T", file.to_str().unwrap()], &url).unwrap();
        assert_eq!(put, "200");
    }
    let of_upload = format!("{plain}?uploadId={id}");
    let listed = curl(&["-H", unsigned], &of_upload).unwrap();
    let numbers: Vec<&str> = listed
        .split("<PartNumber>")
        .skip(1)
        .map(|part| &part[..1])
        .collect();
    assert_eq!(numbers, ["1", "2"], "{listed}");
    assert_eq!(
        curl(&["-H", unsigned, "-X", "DELETE"], &of_upload).unwrap(),
        "204"
    );
    let answer = curl(&["-H", unsigned], &of_upload).unwrap();
    assert!(answer.contains("<Code>NoSuchUpload</Code>"), "{answer}");
}

/// What Go's HTTP server says by itself, of API and store alike.
#[test]
fn what_is_no_request_is_refused_before_all_else() {
    let emulator = start();
    for (head, status, words) in [
        (
            "GET /openim/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            400,
            "400 Bad Request",
        ),
        (
            "GET /object/x HTTP/1.1\r\n\r\n",
            400,
            "400 Bad Request: missing required Host header",
        ),
        (
            "PUT /openim/k HTTP/1.1\r\nHost: x\r\nExpect: much\r\n\r\n",
            417,
            "",
        ),
    ] {
        let mut connection = Connection::open(&emulator);
        connection.send(head);
        let reply = connection.reply();
        assert_eq!((reply.status, reply.text().as_str()), (status, words));
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
}

#[test]
fn paths_are_matched_without_their_escapes() {
    let emulator = start();
    let alice = user(&emulator, "alice");
    for path in [
        "/object/part%5flimit",
        "/%6fbject/part_limit",
        "/object%2Fpart_limit",
    ] {
        let reply = call(&emulator, &alice, path, &json!({}));
        assert_eq!(reply.json()["errCode"], 0, "{path}: {}", reply.text());
    }
    by_form(&emulator, &alice, "alice/a%2Fb.png", b"hello");
    let file = fetch(&emulator, "/object/alice%2Fa%252Fb.png", &[]);
    assert_eq!(file.text(), "hello");
}

#[test]
fn digests_that_come_with_a_put_are_compared() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    let put = |headers: &[(&str, &str)]| request(&emulator, "PUT", "/openim/k", headers, b"hello");
    assert_eq!(
        put(&[("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==")]).status,
        200
    );
    let reply = put(&[("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")]);
    assert!(reply.status == 400 && reply.text().contains("<Code>BadDigest</Code>"));
    assert!(
        put(&[("Content-MD5", "!")])
            .text()
            .contains("InvalidDigest")
    );
    let mut connection = Connection::open(&emulator);
    connection
        .send("PUT /openim/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_eq!(connection.reply().status, 411);
    assert_eq!(get(&emulator, "/openim/none", &[]).status, 404);
    assert_eq!(
        request(&emulator, "DELETE", "/openim/k", &[], b"").status,
        403
    );
    assert_eq!(get(&emulator, "/openim/k", &[]).text(), "hello");
    let labelled = get(&emulator, "/openim/k?response-content-type=text/html", &[]);
    assert_eq!(labelled.header("content-type"), Some("text/html"));
}

/// As recorded from MinIO.
#[test]
fn the_store_keeps_labels_and_heeds_conditions() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    let put = |headers: &[(&str, &str)]| request(&emulator, "PUT", "/openim/k", headers, b"hello");
    let kept = put(&[("Cache-Control", "max-age=5"), ("x-amz-meta-a", "b")]);
    let etag = kept.header("etag").unwrap().to_owned();
    let file = get(&emulator, "/openim/k", &[]);
    assert_eq!(file.header("cache-control"), Some("max-age=5"));
    assert_eq!(file.header("x-amz-meta-a"), Some("b"));
    for (name, value, status) in [
        ("If-Match", etag.as_str(), 200),
        ("If-Match", "\"other\"", 412),
        ("If-None-Match", etag.as_str(), 304),
        ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("If-Unmodified-Since", "Fri, 01 Jan 2010 00:00:00 GMT", 412),
        ("Range", "bytes=3-1", 416),
    ] {
        assert_eq!(
            get(&emulator, "/openim/k", &[(name, value)]).status,
            status,
            "{name}"
        );
    }
    // That it is known already is said before a condition that fails; both say how long it may be kept.
    let (future, past) = (
        "Fri, 01 Jan 2100 00:00:00 GMT",
        "Fri, 01 Jan 2010 00:00:00 GMT",
    );
    for (first, second, status) in [
        (("If-Match", "\"x\""), ("If-Modified-Since", future), 304),
        (("If-Match", "\"x\""), ("If-None-Match", &*etag), 304),
        (("If-Unmodified-Since", past), ("If-None-Match", &etag), 304),
        (("If-Match", &etag), ("If-Unmodified-Since", past), 200),
        (("If-Match", "\"x\""), ("If-Unmodified-Since", future), 412),
    ] {
        let reply = get(&emulator, "/openim/k", &[first, second]);
        assert_eq!(reply.status, status, "{first:?} {second:?}");
        assert_eq!(reply.header("cache-control"), Some("max-age=5"));
        assert_eq!(reply.header("x-amz-meta-a").is_some(), status == 200);
    }
    let part = [("Range", "bytes=1-2"), ("If-Range", "\"other\"")];
    assert_eq!(get(&emulator, "/openim/k", &part).text(), "el");
    assert_eq!(put(&[("If-None-Match", "*")]).status, 412);
    for (name, good, bad) in [
        ("x-amz-checksum-crc32", "NhCmhg==", "AAAAAA=="),
        ("x-amz-checksum-crc32c", "mnG7TA==", "AAAAAA=="),
        ("x-amz-checksum-crc64nvme", "M3eFcAZSQlc=", "AAAAAAAAAAA="),
    ] {
        assert_eq!(put(&[(name, good)]).header(name), Some(good));
        let reply = put(&[(name, bad)]).text();
        assert!(reply.contains("XAmzContentChecksumMismatch"), "{name}");
    }
    let long = "x".repeat(2037);
    let reply = put(&[("x-amz-meta-a", &long)]).text();
    assert!(reply.contains("<Code>MetadataTooLarge</Code>"), "{reply}");
    assert_eq!(put(&[("x-amz-meta-a", &long[1..])]).status, 200);
    let eleven: Vec<String> = (0..11).map(|number| format!("k{number}=v")).collect();
    for (tags, refusal) in [
        ("a=1&b", None),
        ("a b=c+d&e=f=g", None),
        (&eleven.join("&"), Some("Tags cannot be more than 10")),
        ("a=1&a=2", Some("multiple Tags with the same key")),
        ("=1", Some("The TagKey you")),
        ("a%26=1", Some("The TagKey you")),
        (&format!("{}=1", "k".repeat(129)), Some("The TagKey you")),
        ("a=%21", Some("The TagValue you")),
    ] {
        let reply = put(&[("x-amz-tagging", tags)]);
        assert_eq!(
            reply.status,
            if refusal.is_some() { 400 } else { 200 },
            "{tags}"
        );
        assert!(reply.text().contains(refusal.unwrap_or_default()), "{tags}");
    }
    let wanted = [("If-Match", etag.as_str())];
    let absent = request(&emulator, "PUT", "/openim/absent", &wanted, b"hello");
    assert!(absent.status == 404 && absent.text().contains("<Code>NoSuchKey</Code>"));
    assert_eq!(get(&emulator, "/openim/absent", &[]).status, 404);
}

/// As MinIO has it, the type comes from the key where the field is empty, or a form has none.
#[test]
fn a_type_that_is_not_given_comes_from_the_key() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    for (key, given, expected) in [
        ("k.png", Some(""), "image/png"),
        ("k.none", Some(""), "application/octet-stream"),
        ("k.png", Some("text/x"), "text/x"),
        ("k.png", None, "binary/octet-stream"),
    ] {
        let path = format!("/openim/{key}");
        let headers: Vec<_> = given.iter().map(|kind| ("Content-Type", *kind)).collect();
        assert_eq!(request(&emulator, "PUT", &path, &headers, b"x").status, 200);
        let file = get(&emulator, &path, &[]);
        assert_eq!(file.header("content-type"), Some(expected), "{key}");
    }
    let alice = user(&emulator, "alice");
    for (name, expected) in [
        ("alice/a.html", "text/html"),
        ("alice/a", "application/octet-stream"),
    ] {
        let body = json!({ "name": name, "size": 5 });
        let form = data(&emulator, &alice, "/object/initiate_form_data", body);
        assert_eq!(post_form(&emulator, &form, b"hello").status, 200);
        let id = json!({ "id": form["id"] });
        data(&emulator, &alice, "/object/complete_form_data", id);
        let file = fetch(&emulator, &format!("/object/{name}"), &[]);
        assert_eq!(file.header("content-type"), Some(expected), "{name}");
    }
}

/// As MinIO answered.
#[test]
fn copies_keep_what_the_request_does_not_say_anew() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    let own = [
        ("Content-Type", "text/x"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "k=v"),
    ];
    let etag = request(&emulator, "PUT", "/openim/a", &own, b"hello");
    let etag = etag.header("etag").unwrap().to_owned();
    let copy = |to: &str, more: &[(&str, &str)]| {
        let headers = [&[("x-amz-copy-source", "/openim/a")], more].concat();
        request(&emulator, "PUT", &format!("/openim/{to}"), &headers, b"")
    };
    let replace = ("x-amz-metadata-directive", "REPLACE");
    let retag = ("x-amz-tagging-directive", "REPLACE");
    for (more, kind, meta, tag) in [
        (
            vec![("Content-Type", "a/b")],
            "text/x",
            Some("1"),
            "<Key>k<",
        ),
        (
            vec![replace, ("Content-Type", "a/b"), ("x-amz-tagging", "z=1")],
            "a/b",
            None,
            "<Key>k<",
        ),
        (
            vec![retag, ("x-amz-tagging", "z=1")],
            "text/x",
            Some("1"),
            "<Key>z<",
        ),
        (vec![retag], "text/x", Some("1"), "<TagSet></TagSet>"),
    ] {
        let reply = copy("b", &more);
        assert_eq!((reply.status, reply.header("etag")), (200, Some(&*etag)));
        let file = get(&emulator, "/openim/b", &[]);
        assert_eq!(file.text(), "hello");
        assert_eq!(file.header("content-type"), Some(kind), "{more:?}");
        assert_eq!(file.header("x-amz-meta-a"), meta, "{more:?}");
        let tags = get(&emulator, "/openim/b?tagging", &[]).text();
        assert!(tags.contains(tag), "{more:?}: {tags}");
    }
    let refused = |more: &[(&str, &str)]| copy("c", more).status;
    let source =
        |name: &str, value: &str| refused(&[(&format!("x-amz-copy-source-if-{name}"), value)]);
    assert_eq!(refused(&[("x-amz-metadata-directive", "junk")]), 400);
    assert_eq!(refused(&[("x-amz-tagging-directive", "junk")]), 400);
    assert_eq!(source("match", "\"x\""), 412);
    assert_eq!(source("none-match", &etag), 412);
    assert_eq!(
        source("modified-since", "Fri, 01 Jan 2100 00:00:00 GMT"),
        412
    );
    assert_eq!(
        source("unmodified-since", "Fri, 01 Jan 2010 00:00:00 GMT"),
        412
    );
    assert_eq!(get(&emulator, "/openim/c", &[]).status, 404);
    assert_eq!(source("match", &etag), 200);
    let itself = copy("a", &[]);
    assert!(itself.status == 400 && itself.text().contains("<Code>InvalidRequest</Code>"));
    assert_eq!(copy("a", &[replace]).status, 200);
}

/// As MinIO answered.
#[test]
fn what_is_asked_of_many_objects_at_once() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    request(&emulator, "PUT", "/openim/a", &[], b"hello");
    let delete = |keys: &[&str], headers: &[(&str, &str)]| {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| format!("<Object><Key>{key}</Key></Object>"))
            .collect();
        let list = format!("<Delete>{}</Delete>", keys.concat());
        request(
            &emulator,
            "POST",
            "/openim?delete",
            headers,
            list.as_bytes(),
        )
    };
    let digest = ("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==");
    let reply = delete(&["a"], &[]);
    assert!(reply.status == 400 && reply.text().contains("<Code>MissingContentMD5</Code>"));
    assert_eq!(get(&emulator, "/openim/a", &[]).status, 200);
    let none = request(&emulator, "POST", "/openim?delete", &[digest], b"");
    assert_eq!(none.status, 411);
    let text = delete(&["../x", "", "/a", "b//c"], &[digest]).text();
    assert!(
        text.contains("<Deleted><Key>a</Key></Deleted><Error>"),
        "{text}"
    );
    assert_eq!(
        text.matches("<Code>XMinioInvalidObjectName</Code>").count(),
        3
    );
    assert_eq!(get(&emulator, "/openim/a", &[]).status, 404);
    for query in [
        "list-type=2&continuation-token=",
        "list-type=2&continuation-token=x",
    ] {
        let reply = get(&emulator, &format!("/openim?{query}"), &[]);
        assert_eq!(reply.status, 400, "{query}");
    }
}

/// An object of parts with these numbers, each with its CRC-32.
fn put_in_parts(emulator: &Emulator, key: &str, parts: &[(u32, &str, &str)]) {
    let path = format!("/openim/{key}?uploads");
    let fields = [("x-amz-checksum-algorithm", "CRC32")];
    let text = request(emulator, "POST", &path, &fields, b"").text();
    let (_, id) = text.split_once("<UploadId>").unwrap();
    let id = id.split_once("</UploadId>").unwrap().0;
    let mut list = String::new();
    for (number, content, sum) in parts {
        let path = format!("/openim/{key}?partNumber={number}&uploadId={id}");
        let fields = [("x-amz-checksum-crc32", *sum)];
        let part = request(emulator, "PUT", &path, &fields, content.as_bytes());
        let etag = part.header("etag").unwrap();
        let sum = format!("<ChecksumCRC32>{sum}</ChecksumCRC32>");
        list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{sum}</Part>");
    }
    let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let path = format!("/openim/{key}?uploadId={id}");
    let done = request(emulator, "POST", &path, &[], list.as_bytes());
    assert_eq!(done.status, 200, "{}", done.text());
}

/// As MinIO answered: what is left out is told by the number of the last part, as if that were how many there are.
#[test]
fn attributes_are_those_that_are_asked_for() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        min_part_size: Some(1),
        ..OpenimConfig::default()
    });
    let sum = ("x-amz-checksum-crc32", "NhCmhg==");
    request(&emulator, "PUT", "/openim/a", &[sum], b"hello");
    let parts = [(2, "hello", "NhCmhg=="), (5, "world", "OncRQw==")];
    put_in_parts(&emulator, "k", &parts);
    let ask = |key: &str, fields: &[(&str, &str)]| {
        get(&emulator, &format!("/openim/{key}?attributes"), fields)
    };
    let part = |number: u32, sum: &str| {
        let sum = match sum {
            "" => String::new(),
            sum => format!("<ChecksumCRC32>{sum}</ChecksumCRC32>"),
        };
        format!("<Part><PartNumber>{number}</PartNumber><Size>5</Size>{sum}</Part>")
    };
    let all = |is_cut, most, next, after, count, listed: &str| {
        format!(
            "<ObjectParts><IsTruncated>{is_cut}</IsTruncated><MaxParts>{most}</MaxParts>\
             <NextPartNumberMarker>{next}</NextPartNumberMarker><PartNumberMarker>{after}</PartNumberMarker>\
             <PartsCount>{count}</PartsCount>{listed}</ObjectParts>"
        )
    };
    let (first, second) = (part(2, "NhCmhg=="), part(5, "OncRQw=="));
    let both = format!("{first}{second}");
    let etag = format!("<ETag>{}</ETag>", md5_hex("hello"));
    let whole = format!(
        "{etag}<Checksum><ChecksumCRC32>NhCmhg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType></Checksum>{}\
         <StorageClass>STANDARD</StorageClass><ObjectSize>5</ObjectSize>",
        all(false, 10_000, 1, 0, 1, &part(1, ""))
    );
    let (most, after) = ("x-amz-max-parts", "x-amz-part-number-marker");
    for (key, names, fields, expected) in [
        (
            "a",
            "ObjectSize,ETag,StorageClass,ObjectParts,Checksum",
            &[][..],
            whole,
        ),
        ("a", "ETag", &[], etag),
        ("k", "ObjectParts", &[], all(true, 10_000, 5, 0, 2, &both)),
        (
            "k",
            "ObjectParts",
            &[(most, "1")],
            all(false, 1, 2, 0, 2, &first),
        ),
        (
            "k",
            "ObjectParts",
            &[(after, "2")],
            all(true, 10_000, 5, 2, 2, &second),
        ),
        (
            "k",
            "ObjectParts",
            &[(most, "-1")],
            all(true, -1, 0, 0, 2, ""),
        ),
    ] {
        let names = ("x-amz-object-attributes", names);
        let reply = ask(key, &[&[names], fields].concat());
        let text = reply.text();
        let (_, told) = text.split_once("<getObjectAttributesResponse>").unwrap();
        assert_eq!(told, format!("{expected}</getObjectAttributesResponse>"));
        assert!(reply.header("last-modified").is_some() && reply.header("etag").is_none());
    }
    let composite = ask("k", &[("x-amz-object-attributes", "Checksum")]).text();
    assert!(
        composite.contains("==</ChecksumCRC32><ChecksumType>COMPOSITE<"),
        "{composite}"
    );
    for (key, names, field, status, argument) in [
        (
            "a",
            "ETag,junk",
            (most, "1"),
            400,
            "<ArgumentName>x-amz-object-attributes</ArgumentName><ArgumentValue>junk<",
        ),
        (
            "none",
            "",
            (most, "1"),
            400,
            "<ArgumentValue></ArgumentValue>",
        ),
        (
            "a",
            "ETag",
            (most, "x"),
            400,
            "(Unable to parse X-Amz-Max-Parts, value should be an integer)",
        ),
        ("none", "ETag", (most, "1"), 404, "NoSuchKey"),
        ("a", "ETag", ("if-match", "x"), 412, "PreconditionFailed"),
        ("a", "ETag", ("if-none-match", "*"), 304, ""),
    ] {
        let reply = ask(key, &[("x-amz-object-attributes", names), field]);
        assert_eq!(reply.status, status, "{key} {names}");
        assert!(reply.text().contains(argument), "{}", reply.text());
    }
}

/// As MinIO answered: whether a part is there goes by its number, which one it is by its place.
#[test]
fn parts_by_their_numbers() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        min_part_size: Some(1),
        ..OpenimConfig::default()
    });
    request(&emulator, "PUT", "/openim/one", &[], b"hello");
    let parts = [(2, "first", "knHuVw=="), (5, "other", "2Vg1IA==")];
    put_in_parts(&emulator, "k", &parts);
    let part = |key: &str, number: &str, headers: &[(&str, &str)]| {
        let path = format!("/openim/{key}?partNumber={number}");
        get(&emulator, &path, headers)
    };
    for (key, number, status, content) in [
        ("k", "1", 206, "first"),
        ("k", "2", 206, "other"),
        ("k", "5", 206, "other"),
        ("k", "", 200, "firstother"),
        ("k", "3", 416, "<Code>InvalidPartNumber</Code>"),
        ("k", "0", 400, "<Code>XMinioAdminInvalidArgument</Code>"),
        ("k", "-1", 400, "<Code>XMinioAdminInvalidArgument</Code>"),
        ("k", "10001", 400, "<Code>InvalidArgument</Code>"),
        ("k", "x", 500, "strconv.Atoi: parsing &#34;x&#34;"),
        ("one", "1", 206, "hello"),
        ("one", "2", 416, "<Code>InvalidPartNumber</Code>"),
    ] {
        let reply = part(key, number, &[]);
        assert_eq!(reply.status, status, "{key} {number}");
        assert!(reply.text().contains(content), "{}", reply.text());
        if status == 206 && key == "k" {
            assert_eq!(reply.header("x-amz-mp-parts-count"), Some("2"));
        }
    }
    let both = part("k", "1", &[("Range", "bytes=0-1")]);
    assert!(both.status == 400 && both.text().contains("Cannot specify both"));
}

/// In place of the objects, as recorded from MinIO: a prefix is a whole key.
#[test]
fn uploads_under_way_are_listed() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    let list = |query: &str| get(&emulator, &format!("/openim?uploads{query}"), &[]);
    request(&emulator, "PUT", "/openim/object", &[], b"hello");
    assert!(!list("").text().contains("<Key>"));
    let begun = ["a/b c", "a/b c", "a/d"].map(|key| {
        let path = format!("/openim/{}?uploads", key.replace(' ', "%20"));
        let text = request(&emulator, "POST", &path, &[], b"").text();
        let (_, id) = text.split_once("<UploadId>").unwrap();
        id.split_once("</UploadId>").unwrap().0.to_owned()
    });
    let keys = |text: &str| text.matches("<Upload><Key>").count();
    let all = list("").text();
    assert!(all.contains("<ListMultipartUploadsResult"), "{all}");
    assert!(begun.iter().all(|id| all.contains(id)) && keys(&all) == 3);
    for (query, count, expected) in [
        ("&prefix=a/b%20c", 2, "<IsTruncated>false</IsTruncated>"),
        ("&prefix=a/", 0, "<Prefix>a/</Prefix>"),
        ("&max-uploads=1", 3, "<MaxUploads>1</MaxUploads>"),
        (
            "&prefix=a/b%20c&max-uploads=1",
            1,
            "<IsTruncated>true</IsTruncated>",
        ),
        ("&encoding-type=url", 3, "<Key>a/b+c</Key>"),
        ("&max-uploads=-1", 0, "<Code>InvalidArgument</Code>"),
    ] {
        let text = list(query).text();
        assert!(keys(&text) == count && text.contains(expected), "{text}");
    }
    emulator.control().advance_seconds(8 * 86_400);
    assert_eq!(keys(&list("").text()), 0);
}

#[test]
fn faults_at_each_verb() {
    let emulator = start_openim(OpenimConfig {
        min_part_size: Some(10),
        ..OpenimConfig::default()
    });
    let control = emulator.control();
    let alice = user(&emulator, "alice");
    by_form(&emulator, &alice, "alice/a.png", b"x");
    let form = initiate_form(&emulator, &alice, "alice/f.png", 1);
    let (hash, _) = hash_of(&[b"0123456789", b"x"]);
    let begun = data(
        &emulator,
        &alice,
        "/object/initiate_multipart_upload",
        begin_multipart(&hash, 11, "alice/m", 1),
    );
    let location = get(&emulator, "/object/alice/a.png", &[]);
    let location = path_of(location.header("location").unwrap());
    let run = |verb: &str| {
        let api = |path: &str| call(&emulator, &alice, path, &json!({}));
        match verb {
            "admin_token" => api("/auth/get_admin_token"),
            "user_token" => api("/auth/get_user_token"),
            "parse_token" => api("/auth/parse_token"),
            "force_logout" => api("/auth/force_logout"),
            "register" => api("/user/user_register"),
            "initiate_form" => api("/object/initiate_form_data"),
            "form_post" => post_form(&emulator, &form, b"x"),
            "complete_form" => api("/object/complete_form_data"),
            "part_limit" => api("/object/part_limit"),
            "part_size" => api("/object/part_size"),
            "initiate_multipart" => api("/object/initiate_multipart_upload"),
            "auth_sign" => api("/object/auth_sign"),
            "part_put" => put_part(&emulator, &begun["upload"]["sign"], 1, b"0123456789"),
            "complete_multipart" => api("/object/complete_multipart_upload"),
            "access_url" => api(ACCESS),
            "object" => get(&emulator, "/object/alice/a.png", &[]),
            "storage_get" => get(&emulator, &location, &[]),
            "storage_other" => request(&emulator, "DELETE", "/openim/x", &[], b""),
            "preflight" => request(&emulator, "OPTIONS", "/object/part_size", &[], b""),
            _ => get(&emulator, "/auth/x", &[]),
        }
    };
    let storage = ["form_post", "part_put", "storage_get", "storage_other"];
    let mut verbs = vec![
        "admin_token",
        "user_token",
        "parse_token",
        "force_logout",
        "register",
        "initiate_form",
        "complete_form",
        "part_limit",
        "part_size",
        "initiate_multipart",
        "auth_sign",
        "complete_multipart",
        "access_url",
        "object",
        "preflight",
        "unknown",
    ];
    verbs.extend(storage);
    for verb in verbs {
        let fail = |name: &str| {
            control.clear_faults();
            let action = Action::ServiceError {
                name: name.to_owned(),
                timing: Timing::AfterBody,
            };
            let rule = Rule::new(action).service("openim").verb(verb).times(1);
            control.add_fault(rule).unwrap();
            let reply = run(verb);
            let entry = control.journal().pop().unwrap();
            assert_eq!(
                (entry.service.as_str(), entry.verb.as_str()),
                ("openim", verb)
            );
            assert_eq!(entry.fault.as_deref(), Some("service_error"), "{verb}");
            reply
        };
        if storage.contains(&verb) {
            let reply = fail("SlowDownWrite");
            assert!(reply.status == 503 && reply.text().contains("<Code>SlowDownWrite</Code>"));
            assert_eq!(fail("EntityTooLarge").status, 400);
            continue;
        }
        let reply = fail("90007");
        let expected = json!({ "errCode": 90_007, "errMsg": "DataError", "errDlt": "DataError" });
        assert_eq!((reply.status, reply.json()), (200, expected));
        assert_eq!(fail("1501").json()["errMsg"], "TokenExpiredError");
        let reply = fail("429");
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (429, Some("1"))
        );
        let reply = fail("http_500");
        assert_eq!((reply.status, reply.body.len()), (500, 0));
        // And once more without a fault.
        assert_ne!(run(verb).status, 0);
    }
}

#[test]
fn credentials_are_in_the_configuration() {
    let emulator = start();
    let config: Value = get(&emulator, "/_emulator/config", &[]).json();
    assert_eq!(config["openim"]["secret"], "openIM123");
    assert_eq!(config["openim"]["driver"], "minio");
    assert_eq!(config["huawei"]["reply_code"], "return_code");
    assert!(config["huawei"]["app_secret"].is_string());
    // Resetting forgets files, users and tokens.
    let alice = user(&emulator, "alice");
    by_form(&emulator, &alice, "alice/a.png", b"x");
    emulator.control().reset().unwrap();
    assert_eq!(get(&emulator, "/object/alice/a.png", &[]).status, 404);
    assert_eq!(
        failure(&emulator, &alice, "/object/part_limit", json!({})).0,
        1507
    );
}

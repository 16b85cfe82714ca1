//! The store beyond what OpenIM's clients do: all as recorded from MinIO of 2026-02.

use crate::common::*;
use crate::openim_kit::*;
use chatfile_emulator::Emulator;

/// Status, and the code of an error.
fn outcome(reply: &Reply) -> (u16, String) {
    let text = reply.text();
    let code = text.split_once("<Code>").map_or("", |(_, rest)| {
        rest.split("</Code>").next().unwrap_or_default()
    });
    (reply.status, code.to_owned())
}

#[track_caller]
fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!(
        outcome(reply),
        (status, code.to_owned()),
        "{}",
        reply.text()
    );
}

/// The store has the object `k`.
fn with_an_object() -> Emulator {
    let emulator = start();
    is(
        &ask_store(&emulator, "PUT", "/openim/k", &[], b"hello"),
        200,
        "",
    );
    emulator
}

#[test]
fn a_digest_that_is_none_is_refused_whatever_is_asked() {
    let emulator = with_an_object();
    const HASHED: &str = "x-amz-content-sha256";
    let copied = ("x-amz-copy-source", "/openim/k");
    for digest in [
        "x",
        "",
        "abc",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-x",
    ] {
        for (method, target, field) in [
            ("GET", "/openim/k", None),
            ("GET", "/openim", None),
            ("GET", "/openim?uploads=", None),
            ("GET", "/openim/k?tagging=", None),
            ("DELETE", "/openim/k", None),
            ("DELETE", "/openim/k?tagging=", None),
            ("DELETE", "/openim/k?uploadId=q", None),
            ("POST", "/openim/k?uploads=", None),
            ("PUT", "/openim/c", Some(copied)),
        ] {
            let fields: Vec<_> = [(HASHED, digest)].into_iter().chain(field).collect();
            let reply = ask_store(&emulator, method, target, &fields, b"");
            let code = match (field, digest) {
                (Some(_), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") => "InvalidRequest",
                _ => "XAmzContentSHA256Mismatch",
            };
            is(&reply, 400, code);
        }
        let reply = ask_store(&emulator, "HEAD", "/openim/k", &[(HASHED, digest)], b"");
        assert_eq!(reply.status, 400);
    }
    // Nothing was carried out.
    assert_eq!(
        ask_store(&emulator, "GET", "/openim/k", &[], b"").text(),
        "hello"
    );
    for digest in ["00", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] {
        is(
            &ask_store(&emulator, "GET", "/openim/k", &[(HASHED, digest)], b""),
            200,
            "",
        );
    }
    // Where a body is stored, a digest of nothing is none.
    is(
        &ask_store(&emulator, "PUT", "/openim/k", &[(HASHED, "")], b"1"),
        200,
        "",
    );
    is(
        &ask_store(
            &emulator,
            "PUT",
            "/openim/k",
            &[(HASHED, "STREAMING-x")],
            b"1",
        ),
        400,
        "XAmzContentSHA256Mismatch",
    );
}

#[test]
fn buckets_beside_the_one() {
    let emulator = start();
    let ask =
        |method: &str, target: &str, body: &[u8]| ask_store(&emulator, method, target, &[], body);
    is(&ask("PUT", "/openim", b""), 409, "BucketAlreadyOwnedByYou");
    is(&ask("PUT", "/openim/", b""), 409, "BucketAlreadyOwnedByYou");
    is(&ask("PUT", "/openim", b"<x>"), 400, "MalformedXML");
    is(
        &request(&emulator, "PUT", "/openim", &[], b""),
        403,
        "AccessDenied",
    );
    // MinIO would make another; here there is none.
    is(&ask("PUT", "/another", b""), 501, "NotImplemented");
    let list = ask("GET", "/", b"").text();
    assert!(list.contains("<Bucket><Name>openim</Name>"), "{list}");
    let versioning = ask("GET", "/openim?versioning=", b"");
    assert_eq!(
        (versioning.status, &*versioning.text()),
        (
            200,
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></VersioningConfiguration>"
        )
    );
    for bucket in ["ab", "A_b", "a..b", "a-.b", "-ab", "1.2.3.4"] {
        is(
            &ask("GET", &format!("/{bucket}/x"), b""),
            400,
            "InvalidBucketName",
        );
    }
    is(&ask("GET", "/nobody/x", b""), 404, "NoSuchBucket");
}

#[test]
fn wishes_that_are_not_granted_are_refused() {
    let emulator = with_an_object();
    let own_key = ("x-amz-server-side-encryption-customer-algorithm", "AES256");
    for (method, target) in [
        ("PUT", "/openim/s"),
        ("GET", "/openim/k"),
        ("POST", "/openim/s?uploads="),
    ] {
        is(
            &ask_store(&emulator, method, target, &[own_key], b""),
            400,
            "InvalidRequest",
        );
    }
    let head = ask_store(&emulator, "HEAD", "/openim/k", &[own_key], b"");
    assert_eq!(head.header("x-minio-error-code"), Some("InvalidRequest"));
    for field in [
        ("x-amz-object-lock-mode", "GOVERNANCE"),
        (
            "x-amz-object-lock-retain-until-date",
            "2033-01-01T00:00:00Z",
        ),
        ("x-amz-object-lock-legal-hold", "ON"),
        ("x-amz-storage-class", "GLACIER"),
        ("x-amz-server-side-encryption", "AES256"),
    ] {
        let copied = ("x-amz-copy-source", "/openim/k");
        for (method, target, more) in [
            ("PUT", "/openim/s", None),
            ("POST", "/openim/s?uploads=", None),
            ("PUT", "/openim/s", Some(copied)),
        ] {
            let fields: Vec<_> = [field].into_iter().chain(more).collect();
            let reply = ask_store(&emulator, method, target, &fields, b"");
            assert!(reply.status >= 400, "{method} {target} {field:?}");
        }
    }
    is(
        &ask_store(&emulator, "GET", "/openim/s", &[], b""),
        404,
        "NoSuchKey",
    );
    // What is granted is told, but for the usual.
    for (class, told) in [
        ("REDUCED_REDUNDANCY", Some("REDUCED_REDUNDANCY")),
        ("STANDARD", None),
    ] {
        let put = ask_store(
            &emulator,
            "PUT",
            "/openim/c",
            &[("x-amz-storage-class", class)],
            b"1",
        );
        assert_eq!((put.status, put.header("x-amz-storage-class")), (200, None));
        let file = ask_store(&emulator, "GET", "/openim/c", &[], b"");
        assert_eq!(file.header("x-amz-storage-class"), told);
        let list = ask_store(&emulator, "GET", "/openim?prefix=c", &[], b"").text();
        assert!(
            list.contains(&format!("<StorageClass>{class}</StorageClass>")),
            "{list}"
        );
    }
}

#[test]
fn a_version_that_is_not_there_is_not_the_object() {
    const OTHER: &str = "6b0d2b1e-0000-4000-8000-000000000000";
    let emulator = start();
    let ask = |method: &str, target: &str, version: &str| {
        let sign = if target.contains('?') { '&' } else { '?' };
        let target = format!("{target}{sign}versionId={version}");
        ask_store(&emulator, method, &target, &[], b"")
    };
    is(
        &ask_store(&emulator, "PUT", "/openim/k", &[], b"hello"),
        200,
        "",
    );
    is(&ask("DELETE", "/openim/k", "x"), 400, "InvalidArgument");
    is(&ask("DELETE", "/openim/k", OTHER), 204, "");
    for target in ["/openim/k", "/openim/k?tagging="] {
        is(&ask("GET", target, "x"), 400, "InvalidArgument");
        is(&ask("GET", target, OTHER), 404, "NoSuchVersion");
    }
    is(
        &ask("DELETE", "/openim/k?tagging=", OTHER),
        404,
        "NoSuchVersion",
    );
    is(&ask("PUT", "/openim/k", "x"), 400, "InvalidArgument");
    is(&ask("GET", "/openim/k", "null"), 200, "");
    is(&ask("DELETE", "/openim/k", "null"), 204, "");
    is(&ask("GET", "/openim/k", ""), 404, "NoSuchKey");
}

#[test]
fn what_an_object_says_of_itself() {
    let emulator = start();
    let said = |name: &str, value: &str| {
        is(
            &ask_store(&emulator, "PUT", "/openim/k", &[(name, value)], b"1"),
            200,
            "",
        );
        let file = ask_store(&emulator, "GET", "/openim/k", &[], b"");
        file.header(name).map(str::to_owned)
    };
    const DATE: &str = "Wed, 21 Oct 2037 07:28:00 GMT";
    for (name, value, expected) in [
        ("x-amz-meta-a", "", Some("")),
        ("x-amz-meta-a", "文", Some("=?UTF-8?q?=E6=96=87?=")),
        ("x-amz-meta-a", "a.文", Some("=?UTF-8?b?YS7mloc=?=")),
        ("cache-control", "", Some("")),
        ("content-disposition", "", Some("")),
        ("expires", DATE, Some(DATE)),
        ("expires", "soon", None),
        ("expires", "2015-10-21T07:28:00Z", None),
        ("content-encoding", "gzip,aws-chunked", Some("gzip")),
        (
            "content-encoding",
            "gzip, aws-chunked",
            Some("gzip, aws-chunked"),
        ),
        ("content-encoding", "aws-chunked", None),
    ] {
        assert_eq!(said(name, value).as_deref(), expected, "{name}: {value}");
    }
    for (target, expected) in [
        ("/openim/k?Response-Content-Type=a%2Fb", "a/b"),
        (
            "/openim/k?response-content-type=a%2Fb&response-content-type=c",
            "a/b,c",
        ),
    ] {
        let file = ask_store(&emulator, "GET", target, &[], b"");
        assert_eq!(file.header("content-type"), Some(expected));
    }
    for (origin, expected) in [
        ("null", Some("*")),
        ("http://a.b", Some("http://a.b")),
        ("", None),
    ] {
        let file = ask_store(&emulator, "GET", "/openim/k", &[("Origin", origin)], b"");
        assert_eq!(file.header("access-control-allow-origin"), expected);
    }
}

#[test]
fn errors_of_a_copy_are_about_its_source() {
    let emulator = start();
    is(
        &ask_store(
            &emulator,
            "PUT",
            "/openim/k",
            &[("Expires", "Wed, 21 Oct 2037 07:28:00 GMT")],
            b"1",
        ),
        200,
        "",
    );
    for (source, status, code, place) in [
        (
            "/openim/none",
            404,
            "NoSuchKey",
            "<Key>none</Key><BucketName>openim</BucketName>",
        ),
        (
            "/other/none",
            404,
            "NoSuchBucket",
            "<Key>none</Key><BucketName>other</BucketName>",
        ),
        (
            "/ab/none",
            400,
            "InvalidBucketName",
            "<Key>none</Key><BucketName>ab</BucketName>",
        ),
        (
            "/openim/a//b",
            400,
            "XMinioInvalidObjectName",
            "<Key>a//b</Key>",
        ),
        (
            "/openim/../k",
            400,
            "XMinioInvalidObjectName",
            "<Key>../k</Key>",
        ),
        (
            "/openim/none?x=1",
            404,
            "NoSuchKey",
            "<Key>none</Key><BucketName>openim</BucketName>",
        ),
        (
            "/openim/k?versionId=x",
            404,
            "NoSuchVersion",
            "<Key>k</Key>",
        ),
        (
            "k",
            400,
            "InvalidArgument",
            "<Key>c</Key><BucketName>openim</BucketName>",
        ),
    ] {
        let reply = ask_store(
            &emulator,
            "PUT",
            "/openim/c",
            &[("x-amz-copy-source", source)],
            b"",
        );
        is(&reply, status, code);
        assert!(reply.text().contains(place), "{}", reply.text());
    }
    let source = [("x-amz-copy-source", "/openim/k?versionId=null")];
    let copy = ask_store(&emulator, "PUT", "/openim/c", &source, b"");
    assert_eq!(copy.header("x-amz-copy-source-version-id"), Some("null"));
    let file = ask_store(&emulator, "GET", "/openim/c", &[], b"");
    assert_eq!((file.status, file.header("expires")), (200, None));
}

#[test]
fn xml_is_read_up_to_the_end_of_its_root() {
    let emulator = with_an_object();
    let tag = |body: &str| ask_store(&emulator, "PUT", "/openim/k?tagging=", &[], body.as_bytes());
    const TAGS: &str =
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    let tags = || ask_store(&emulator, "GET", "/openim/k?tagging=", &[], b"").text();
    is(&tag(&format!("{TAGS} junk <x>")), 200, "");
    assert!(tags().ends_with(TAGS));
    for (body, words) in [
        (
            "<x/>",
            "cause(expected element type &lt;Tagging&gt; but have &lt;x&gt;)",
        ),
        ("", "cause(EOF)"),
        ("x", "cause(EOF)"),
    ] {
        let reply = tag(body);
        is(&reply, 500, "InternalError");
        assert!(reply.text().contains(words), "{}", reply.text());
    }
    is(&tag("<Tagging>"), 400, "MalformedXML");
    assert!(tags().ends_with(TAGS));
    is(
        &tag("<Tagging><Tag><Key>a</Key><Value>b</Value></Tag></Tagging>"),
        200,
        "",
    );
    assert!(tags().ends_with("<Tagging><TagSet></TagSet></Tagging>"));
}

#[test]
fn a_missing_part_is_told_before_a_small_one() {
    let emulator = start();
    let begun = ask_store(&emulator, "POST", "/openim/m?uploads=", &[], b"").text();
    let id = begun.split("<UploadId>").nth(1).unwrap();
    let id = id.split('<').next().unwrap();
    for number in [1, 2] {
        let target = format!("/openim/m?partNumber={number}&uploadId={id}");
        is(&ask_store(&emulator, "PUT", &target, &[], b"1"), 200, "");
    }
    let part = |number: u32, etag: &str| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let complete = |parts: &[String], behind: &str| {
        let list = format!(
            "<CompleteMultipartUpload>{}</CompleteMultipartUpload>{behind}",
            parts.concat()
        );
        ask_store(
            &emulator,
            "POST",
            &format!("/openim/m?uploadId={id}"),
            &[],
            list.as_bytes(),
        )
    };
    is(
        &ask_store(&emulator, "DELETE", "/openim/m?uploadId=q", &[], b""),
        404,
        "NoSuchUpload",
    );
    let target = format!("/openim/m?partNumber=x&uploadId={id}");
    let digest = [("Content-MD5", "x")];
    is(
        &ask_store(&emulator, "PUT", &target, &digest, b"1"),
        400,
        "InvalidDigest",
    );
    let known = md5_hex("1");
    is(
        &complete(&[part(1, &known), part(9, "0")], ""),
        400,
        "InvalidPart",
    );
    is(
        &complete(&[part(1, &known), part(2, &known)], ""),
        400,
        "EntityTooSmall",
    );
    is(&complete(&[part(1, &known)], " junk"), 200, "");
}

#[test]
fn checksums_are_kept_and_told_to_who_asks() {
    let emulator = start();
    const SUM: (&str, &str) = ("x-amz-checksum-crc32", "NhCmhg==");
    const WANTED: (&str, &str) = ("x-amz-checksum-mode", "ENABLED");
    let put = |fields: &[(&str, &str)]| ask_store(&emulator, "PUT", "/openim/k", fields, b"hello");
    let told = |reply: &Reply| {
        let field = |name: &str| reply.header(name).unwrap_or_default().to_owned();
        (field("x-amz-checksum-crc32"), field("x-amz-checksum-type"))
    };
    let whole = (SUM.1.to_owned(), "FULL_OBJECT".to_owned());
    let nothing = (String::new(), String::new());
    assert_eq!(told(&put(&[SUM])), whole);
    for (fields, expected) in [
        (&[WANTED][..], &whole),
        (&[], &nothing),
        (&[("x-amz-checksum-mode", "enabled")], &nothing),
        (&[WANTED, ("Range", "bytes=0-4")], &nothing),
        (&[WANTED, ("If-None-Match", "*")], &nothing),
    ] {
        let file = ask_store(&emulator, "GET", "/openim/k", fields, b"");
        assert_eq!(told(&file), *expected, "{fields:?}");
    }
    let copy = ask_store(
        &emulator,
        "PUT",
        "/openim/c",
        &[("x-amz-copy-source", "/openim/k")],
        b"",
    );
    assert_eq!(told(&copy), whole);
    assert_eq!(
        told(&ask_store(&emulator, "GET", "/openim/c", &[WANTED], b"")),
        whole
    );
    is(
        &put(&[SUM, ("x-amz-checksum-crc32c", "mnG7TA==")]),
        400,
        "InvalidArgument",
    );
    is(&put(&[("x-amz-checksum-crc32", "")]), 200, "");
    // A copy of what has none has MinIO's own.
    let copy = ask_store(
        &emulator,
        "PUT",
        "/openim/c",
        &[("x-amz-copy-source", "/openim/k")],
        b"",
    );
    assert_eq!(
        copy.header("x-amz-checksum-crc64nvme"),
        Some("M3eFcAZSQlc=")
    );
}

#[test]
fn checksums_of_parts_make_that_of_the_object() {
    let emulator = start();
    const SUM: (&str, &str) = ("x-amz-checksum-crc32", "NhCmhg==");
    const ASKED: (&str, &str) = ("x-amz-checksum-algorithm", "CRC32");
    let begin =
        |fields: &[(&str, &str)]| ask_store(&emulator, "POST", "/openim/m?uploads=", fields, b"");
    for (kind, expected, value) in [
        ("", "COMPOSITE", "FKTmaw==-1"),
        ("FULL_OBJECT", "FULL_OBJECT", "NhCmhg=="),
    ] {
        let begun = begin(&[ASKED, ("x-amz-checksum-type", kind)]);
        assert_eq!(begun.header("x-amz-checksum-algorithm"), Some("CRC32"));
        assert_eq!(begun.header("x-amz-checksum-type"), Some(expected));
        let text = begun.text();
        let id = text
            .split("<UploadId>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        let target = format!("/openim/m?partNumber=1&uploadId={id}");
        let part = |fields: &[(&str, &str)]| ask_store(&emulator, "PUT", &target, fields, b"hello");
        for fields in [&[][..], &[("x-amz-checksum-crc32c", "mnG7TA==")]] {
            let reply = part(fields);
            is(&reply, 400, "InvalidArgument");
            assert!(
                reply
                    .text()
                    .contains("(checksum missing, want &#34;CRC32&#34;, got")
            );
        }
        let kept = part(&[SUM]);
        assert_eq!(kept.header("x-amz-checksum-crc32"), Some(SUM.1));
        assert_eq!(kept.header("x-amz-checksum-type"), None);
        let target = format!("/openim/m?uploadId={id}");
        let list = ask_store(&emulator, "GET", &target, &[], b"").text();
        for wanted in [
            format!(
                "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>{expected}</ChecksumType>"
            ),
            "<Size>5</Size><ChecksumCRC32>NhCmhg==</ChecksumCRC32></Part>".to_owned(),
        ] {
            assert!(list.contains(&wanted), "{list}");
        }
        let complete = |sum: &str, fields: &[(&str, &str)]| {
            let etag = md5_hex("hello");
            let list =
                format!("<C><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag>{sum}</Part></C>");
            ask_store(&emulator, "POST", &target, fields, list.as_bytes())
        };
        let stated = "<ChecksumCRC32>NhCmhg==</ChecksumCRC32>";
        for sum in [
            "",
            "<ChecksumCRC32>NaCmhg==</ChecksumCRC32>",
            "<ChecksumSHA1>x</ChecksumSHA1>",
        ] {
            is(&complete(sum, &[]), 400, "InvalidPart");
        }
        let wrong = [("x-amz-checksum-crc32", "AAAAAA==")];
        is(
            &complete(stated, &wrong),
            400,
            "XAmzContentChecksumMismatch",
        );
        let done = complete(stated, &[]);
        is(&done, 200, "");
        let element = format!("<ChecksumCRC32>{value}</ChecksumCRC32>");
        assert!(done.text().contains(&element), "{}", done.text());
        let fields = [("x-amz-checksum-mode", "ENABLED")];
        let file = ask_store(&emulator, "HEAD", "/openim/m", &fields, b"");
        assert_eq!(file.header("x-amz-checksum-crc32"), Some(value));
        assert_eq!(file.header("x-amz-checksum-type"), Some(expected));
    }
    for fields in [
        [
            ("x-amz-checksum-algorithm", "x"),
            ("x-amz-checksum-type", ""),
        ],
        [
            ("x-amz-checksum-algorithm", "SHA256"),
            ("x-amz-checksum-type", "FULL_OBJECT"),
        ],
        [ASKED, ("x-amz-checksum-type", "x")],
    ] {
        is(&begin(&fields), 400, "InvalidArgument");
    }
}

#[test]
fn a_broken_disk_is_told_without_a_path() {
    let emulator = start();
    std::fs::remove_dir_all(emulator.folder().join("incoming")).unwrap();
    let reply = ask_store(&emulator, "PUT", "/openim/k", &[], b"1");
    is(&reply, 500, "InternalError");
    let folder = emulator.folder();
    assert!(
        !reply.text().contains(folder.to_str().unwrap()),
        "{}",
        reply.text()
    );
}

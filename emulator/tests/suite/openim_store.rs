//! The store beyond what OpenIM's clients do: all as recorded from MinIO of 2026-02.

use crate::common::*;
use crate::openim_kit::*;

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

#[test]
fn a_digest_that_is_none_is_refused_whatever_is_asked() {
    let emulator = start();
    is(
        &ask_store(&emulator, "PUT", "/openim/k", &[], b"hello"),
        200,
        "",
    );
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

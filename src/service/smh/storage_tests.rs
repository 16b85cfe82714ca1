#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::tests::{library, other_library};
use super::super::{UploadKind, upload::BeginAnswer};
use super::*;
use crate::error::Remedy;
use crate::error::Status;
use crate::message::Namer;
use crate::service::test_kit::{answer, headers, text};

fn session(body: &str, kind: UploadKind) -> StoreSession {
    begun(body, kind).unwrap()
}

/// Where the bytes go, as a library says that is asked over TLS.
fn begun(body: &str, kind: UploadKind) -> Result<StoreSession> {
    match library().read_begin(&answer(201, body), kind)? {
        BeginAnswer::Upload(session) => Ok(session),
        BeginAnswer::Stuck { confirm_key, error } => {
            assert_eq!(confirm_key, "k");
            Err(error)
        }
        other => panic!("{other:?}"),
    }
}

const SIMPLE: &str = r#"{"domain":"b-1.cos.ap-beijing.myqcloud.com","path":"/smhxxx/a%2Bb=.视频",
    "headers":{"Content-Type":"application/octet-stream","x-cos-traffic-limit":204800,
    "Authorization":"q-sign-algorithm=sha1&x","x-cos-security-token":"tok","Host":"evil",
    "content-length":"5","Transfer-Encoding":"chunked","x-cos-meta_tag":"a b","X-Obj":{}},
    "confirmKey":"k","expiration":"2021-07-24T10:34:32.000Z","availableDomainNum":1}"#;

#[test]
fn a_simple_upload_says_what_was_handed_out() {
    let session = session(SIMPLE, UploadKind::Simple);
    let request = library().simple_request(&session.target);
    assert_eq!(request.method, Method::Put);
    assert_eq!(
        request.url,
        "https://b-1.cos.ap-beijing.myqcloud.com/smhxxx/a%2Bb=.%E8%A7%86%E9%A2%91"
    );
    assert_eq!(
        headers(&request),
        [
            ("Content-Type", "application/octet-stream", true),
            ("x-cos-traffic-limit", "204800", true),
            ("Authorization", "q-sign-algorithm=sha1&x", true),
            ("x-cos-security-token", "tok", true),
            ("x-cos-meta_tag", "a b", true),
        ]
    );
    assert_eq!(request.provenance.namer, Namer::Answer { over_tls: true });
    assert_eq!(request.body.content, Some(Encoding::Identity));
    assert!(request.body.prefix.is_empty() && request.body.suffix.is_empty());
}

#[test]
fn what_stands_in_the_path_is_of_the_name() {
    let body = r##"{"domain":"h","path":"/p/x.c#?ü%23","confirmKey":"k"}"##;
    let session = begun(body, UploadKind::Simple).unwrap();
    let url = library().simple_request(&session.target).url;
    assert_eq!(url, "https://h/p/x.c%23%3F%C3%BC%23");
}

#[test]
fn the_domain_comes_with_a_scheme_or_without() {
    for (library, domain, url) in [
        (library(), "h:9", "https://h:9/p"),
        (library(), "H", "https://h/p"),
        (library(), "https://h", "https://h/p"),
        (library(), "https://h/", "https://h/p"),
        // Whether it is followed is the client's to say.
        (library(), "http://h", "http://h/p"),
        (other_library(), "h", "http://h/p"),
        (other_library(), "https://h", "https://h/p"),
        (
            library(),
            "bücher.example",
            "https://xn--bcher-kva.example/p",
        ),
    ] {
        let body = format!(r#"{{"domain":"{domain}","path":"/p","confirmKey":"k"}}"#);
        let begun = library.read_begin(&answer(201, &body), UploadKind::Simple);
        let BeginAnswer::Upload(session) = begun.unwrap() else {
            panic!("{domain}");
        };
        assert_eq!(library.simple_request(&session.target).url, url, "{domain}");
    }
}

#[test]
fn a_part_has_its_number_and_the_upload() {
    let body = r#"{"domain":"h:9","path":"/p","uploadId":"1+a/b=","headers":{"A":"1"},
        "confirmKey":"k"}"#;
    let session = session(body, UploadKind::Parts);
    assert!(session.target.is_cos());
    for number in [1, 10_000] {
        let request = library()
            .part_request(&session.target, session.upload_id.as_deref(), number)
            .unwrap();
        assert_eq!(
            request.url,
            format!("https://h:9/p?partNumber={number}&uploadId=1%2Ba%2Fb%3D")
        );
        assert_eq!(headers(&request), [("A", "1", true)]);
    }
}

#[test]
fn a_part_of_a_private_deployment_has_headers_of_its_own() {
    let body = r#"{"domain":"h","path":"/p","uploadId":"u","confirmKey":"k","parts":{
        "2":{"headers":{"x-amz-date":"d2","authorization":"a2"}},
        "1":{"headers":{"x-amz-date":"d1","x-amz-content-sha256":"UNSIGNED-PAYLOAD",
        "authorization":"a1"}},"x":{}}}"#;
    let library = other_library();
    let begun = library.read_begin(&answer(201, body), UploadKind::Parts);
    let BeginAnswer::Upload(session) = begun.unwrap() else {
        panic!("it has begun");
    };
    let request = library
        .part_request(&session.target, session.upload_id.as_deref(), 1)
        .unwrap();
    assert_eq!(request.url, "http://h/p?partNumber=1&uploadId=u");
    assert_eq!(
        headers(&request),
        [
            ("x-amz-date", "d1", true),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD", true),
            ("authorization", "a1", true),
        ]
    );
    assert!(!session.target.is_cos());
    let request = library
        .part_request(&session.target, session.upload_id.as_deref(), 2)
        .unwrap();
    assert_eq!(headers(&request)[1], ("authorization", "a2", true));
    assert_eq!(
        library.part_request(&session.target, session.upload_id.as_deref(), 3),
        None
    );
}

#[test]
fn a_form_keeps_the_order_and_ends_with_the_file() {
    let body = r#"{"domain":"h","path":"/","confirmKey":"k","form":{"key":"smh/ü.bin","acl":"d",
        "Content-Type":"image/png","x-cos-security-token":"t","policy":"p","empty":"","n":7,
        "q-signature":"s"}}"#;
    let session = session(body, UploadKind::Form);
    let request = library().form_request(&session.target, "0", "ü.png", "image/png");
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "https://h/");
    assert_eq!(
        headers(&request),
        [(
            "Content-Type",
            "multipart/form-data; boundary=chatfile-0",
            false
        )]
    );
    let mut expected = String::new();
    for (name, value) in [
        ("key", "smh/ü.bin"),
        ("acl", "d"),
        ("Content-Type", "image/png"),
        ("x-cos-security-token", "t"),
        ("policy", "p"),
        ("empty", ""),
        ("n", "7"),
        ("q-signature", "s"),
    ] {
        expected += &format!(
            "--chatfile-0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    expected += "--chatfile-0\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"ü.png\"\r\nContent-Type: image/png\r\n\r\n";
    assert_eq!(text(&request.body.prefix), expected);
    assert_eq!(request.body.suffix, b"\r\n--chatfile-0--\r\n");
}

#[test]
fn a_target_that_cannot_be_asked_is_refused() {
    for (domain, path) in [
        ("", "/p"),
        ("h/x", "/p"),
        ("u@h", "/p"),
        ("h?x", "/p"),
        ("https://h/x", "/p"),
        ("ftp://h", "/p"),
        ("h:0", "/p"),
        ("h:65536", "/p"),
        ("h x", "/p"),
        ("h", ""),
        ("h", "p"),
        ("h", r"/p\n"),
    ] {
        let body = format!(r#"{{"domain":"{domain}","path":"{path}","confirmKey":"k"}}"#);
        let error = begun(&body, UploadKind::Simple).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{domain} {path}");
        assert!(
            error.message().contains("domain") || domain == "h",
            "{error}"
        );
    }
    for header in [r#""bad name":"x""#, r#""X-Bad":"a\r\nb""#] {
        let body =
            format!(r#"{{"domain":"h","path":"/","confirmKey":"k","headers":{{{header}}}}}"#);
        let error = begun(&body, UploadKind::Simple).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{header}");
    }
}

#[test]
fn the_store_states_an_md5_or_nothing() {
    let read = |status: u16, etag: Option<&str>| {
        let mut answer = answer(status, "");
        if let Some(etag) = etag {
            answer.head.headers.push(("etag".into(), etag.into()));
        }
        read_stored(&answer)
    };
    let stored = |status: u16, etag: Option<&str>| read(status, etag).unwrap().md5;
    let md5 = "b581c674266a2b0ff16a9505b4c52300";
    assert_eq!(
        stored(200, Some("\"B581C674266A2B0FF16A9505B4C52300\"")).as_deref(),
        Some(md5)
    );
    assert_eq!(
        stored(204, Some(&format!("\"{md5}\""))).as_deref(),
        Some(md5)
    );
    for none in [
        md5,
        "\"\"",
        "\"b581c674266a2b0ff16a9505b4c52300-2\"",
        "W/\"b581c674266a2b0ff16a9505b4c52300\"",
        "\"zzzzc674266a2b0ff16a9505b4c52300\"",
        "\"",
    ] {
        assert_eq!(stored(200, Some(none)), None, "{none}");
    }
    // The store always states one: this is somebody else's answer.
    for status in [200, 204] {
        let error = read(status, None).unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable()),
            (Status::Response, true)
        );
    }
}

#[test]
fn the_store_states_a_crc() {
    let stated = |value: &str| {
        stated_crc64(&Head {
            headers: vec![("x-cos-hash-crc64ecma".into(), value.into())],
            ..Head::default()
        })
    };
    assert_eq!(
        stated("18446744073709551615"),
        Some(18_446_744_073_709_551_615)
    );
    assert_eq!(stated("0"), Some(0));
    assert_eq!(stated("x"), None);
    assert_eq!(stated_crc64(&Head::default()), None);
}

#[test]
fn cos_states_the_crc64() {
    let crc64 = |value: &str| {
        let mut answer = answer(200, "");
        for (name, value) in [("etag", "\"1\""), ("x-cos-hash-crc64ecma", value)] {
            answer.head.headers.push((name.into(), value.into()));
        }
        read_stored(&answer).unwrap().crc64
    };
    assert_eq!(crc64("11051210869376104954"), Some(0x995D_C9BB_DF19_39FA));
    assert_eq!(crc64("0"), Some(0));
    assert_eq!(crc64("-1"), None);
}

#[test]
fn the_store_refuses() {
    let refused = |status, body: &str| read_stored(&answer(status, body)).unwrap_err();
    assert_eq!(refused(304, "").http_status(), Some(304));
    let error = refused(
        403,
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
    );
    assert_eq!(error.remedy(), Some(Remedy::Permission));
    // Another request has to be made.
    assert!(!error.is_retryable());
    let gone = refused(404, "<Error><Code>NoSuchUpload</Code></Error>");
    assert_eq!(gone.remedy(), Some(Remedy::Restart));
    assert!(refused(503, "").is_retryable());
}

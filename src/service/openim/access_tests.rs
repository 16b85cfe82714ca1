#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::test_kit::*;
use super::super::*;
use super::*;
use crate::error::Status;
use crate::message::{Head, Namer};
use crate::service::test_kit::answer;

const SMALL: Option<Thumbnail> = Some(Thumbnail {
    is_of_video: false,
    width: Some(64),
    height: Some(48),
});

fn jpeg() -> OpenimDownload {
    OpenimDownload {
        thumbnail_format: Some("JPEG".into()),
    }
}

#[test]
fn a_download_byte_for_byte() {
    let app = app();
    let url = |file: &str, options: &OpenimDownload, thumbnail: Option<Thumbnail>| {
        let request = app.download_request(file, options, thumbnail)?;
        assert!(request.headers.is_empty());
        Ok::<_, Error>(request.url)
    };
    let plain = OpenimDownload::default();
    assert_eq!(
        url("alice/图 50%?.png", &plain, None).unwrap(),
        "https://im.example.com/api/object/alice/%E5%9B%BE%2050%25%3F.png"
    );
    assert_eq!(
        url("a/b", &jpeg(), SMALL).unwrap(),
        "https://im.example.com/api/object/a/b?type=image&width=64&height=48&format=jpeg"
    );
    assert_eq!(
        url("https://other/object/a/图?x=1#f", &jpeg(), SMALL).unwrap(),
        "https://other/object/a/%E5%9B%BE?x=1&type=image&width=64&height=48&format=jpeg"
    );
    // Of another client, which writes what it likes.
    assert_eq!(
        url("http://other/object/a/100%.txt <`>%41", &plain, None).unwrap(),
        "http://other/object/a/100%25.txt%20%3C%60%3E%41"
    );
    for (raw, escaped) in [
        ("C# notes.pdf", "C%23%20notes.pdf"),
        ("what?.txt", "what%3F.txt"),
        ("a#b?c?type=image", "a%23b%3Fc?type=image"),
        ("a?x=1#f", "a?x=1"),
    ] {
        let whole = format!("http://other/object/a/{raw}");
        let escaped = format!("http://other/object/a/{escaped}");
        assert_eq!(url(&whole, &plain, None).unwrap(), *escaped);
    }
    // As it stands in messages about pictures.
    assert_eq!(
        url(
            "http://other/object/a?height=640&type=image&width=640&x=1",
            &plain,
            SMALL
        )
        .unwrap(),
        "http://other/object/a?x=1&type=image&width=64&height=48"
    );
    for bad in ["", "..", "a/../b", "a/."] {
        assert_eq!(
            url(bad, &plain, None).unwrap_err().field(),
            Some("file"),
            "{bad}"
        );
    }
    let webp = OpenimDownload {
        thumbnail_format: Some("webp".into()),
    };
    for (options, thumbnail) in [(jpeg(), None), (webp, SMALL)] {
        let error = url("a", &options, thumbnail).unwrap_err();
        assert_eq!(error.field(), Some("thumbnail_format"));
    }
}

#[test]
fn a_url_of_a_file_byte_for_byte() {
    let params = |options: &OpenimDownload, thumbnail: Option<Thumbnail>| {
        app().access_url_request(&CALLER, "a/b", &options.query(thumbnail).unwrap())
    };
    assert_eq!(
        posted(&params(&OpenimDownload::default(), None)),
        ("object/access_url", r#"{"name":"a/b"}"#)
    );
    assert_eq!(
        posted(&params(&jpeg(), SMALL)).1,
        r#"{"name":"a/b","query":{"type":"image","width":"64","height":"48","format":"jpeg"}}"#
    );
    let got = read_access_url(&data(
        r#"{"url":"http://s/k?X=y%2F","expireTime":1715065020123}"#,
    ));
    let got = got.unwrap();
    assert_eq!(
        (got.url.as_str(), got.expires_ms),
        ("http://s/k?X=y%2F", Some(1_715_065_020_123))
    );
    let provenance = app().access_request(got.url).provenance;
    assert_eq!(provenance.namer, Namer::Answer { over_tls: true });
    assert_eq!(provenance.note, Some(STORAGE_NOTE));
    assert!(read_access_url(&data(r#"{"url":""}"#)).is_err());
    for (body, status, retryable) in [
        (r#"{"errCode":1004,"errMsg":"x"}"#, Status::NotFound, false),
        (
            r#"{"errCode":500,"errMsg":"ServerInternalError","errDlt":"mongo: no documents in result"}"#,
            Status::NotFound,
            false,
        ),
        // The database is away.
        (
            r#"{"errCode":500,"errMsg":"ServerInternalError","errDlt":"server selection timeout"}"#,
            Status::Unavailable,
            true,
        ),
    ] {
        let error = read_access_url(&answer(200, body)).err().unwrap();
        assert_eq!((error.status(), error.is_retryable()), (status, retryable));
    }
}

/// As `GET /object/…` answers, in one process and in a cluster (openim.md
/// §2.9).
const UNKNOWN: [&str; 2] = [
    "Error: Error: mongo: no documents in result | -> mongoutil.FindOne() /x/s3.go:9 mongo find one | -> a() b:1",
    "Error: 1004 RecordNotFoundError mongo: no documents in result mongo find one | -> a() b:1",
];

#[test]
fn a_refused_download_is_a_text_or_xml() {
    let refusal = |status, body: &str| (FILE.refusal)(&answer(status, body));
    for (body, code) in UNKNOWN.iter().zip([None, Some("1004")]) {
        let error = refusal(404, body);
        assert_eq!(
            (error.status(), error.service_code()),
            (Status::NotFound, code)
        );
        assert!(error.message().contains("knows no file"), "{error}");
        assert!(!error.message().contains("->"), "{error}");
    }
    for (status, body, expected, retryable) in [
        (
            400,
            "Error: 1001 ArgsError invalid query type | -> x",
            Status::Service,
            false,
        ),
        (
            500,
            "Error: object not image | -> x",
            Status::Service,
            false,
        ),
        (
            500,
            "Error: 500 object not image object not image",
            Status::Service,
            false,
        ),
        (
            500,
            "Error: server selection error",
            Status::Unavailable,
            true,
        ),
        (
            500,
            "Error: 14 connection refused",
            Status::Unavailable,
            true,
        ),
        (500, "", Status::Unavailable, true),
        (404, "404 page not found", Status::NotFound, false),
    ] {
        let error = refusal(status, body);
        assert_eq!(
            (error.status(), error.is_retryable()),
            (expected, retryable),
            "{body}"
        );
    }
    // Where the server redirects to it does so again, to a new address.
    let mut expired = s3_error(403, "AccessDenied", "Request has expired");
    for is_redirected in [false, true] {
        expired.head.is_redirected = is_redirected;
        let error = FILE.refused(&expired);
        assert_eq!(
            (error.status(), error.is_retryable()),
            (Status::Expired, is_redirected)
        );
    }
}

#[test]
fn what_the_server_says_itself_is_no_file() {
    let mut said = answer(200, "<html>Sign in</html>");
    let is_file = |said: &Answer| [FILE, FILE_OF_API].map(|reader| (reader.is_file)(&said.head));
    assert_eq!(is_file(&said), [true, false]);
    for (name, value, expected) in [
        ("content-type", "application/JSON", false),
        ("content-type", "Text/HTML;charset=utf-8", false),
        ("last-modified", "Thu, 26 Nov 2026 10:00:00 GMT", true),
    ] {
        said.head.headers.retain(|(known, _)| known != name);
        said.head.headers.push((name.into(), value.into()));
        assert_eq!(is_file(&said), [expected, false], "{value}");
    }
    let error = (FILE_OF_API.refusal)(&said);
    assert_eq!(
        (error.status(), error.is_retryable()),
        (Status::Response, false)
    );
    said.head.is_redirected = true;
    assert!((FILE_OF_API.is_file)(&said.head));
    for (body, retryable) in [
        (
            r#"{"errCode":500,"errMsg":"ServerInternalError","errDlt":"x"}"#,
            true,
        ),
        (r#"{"errCode":1004,"errMsg":"RecordNotFoundError"}"#, false),
        (r#"{"errCode":0}"#, false),
    ] {
        let error = (FILE_OF_API.refusal)(&answer(200, body));
        assert_eq!(
            (error.status(), error.is_retryable()),
            (Status::Response, retryable),
            "{body}"
        );
    }
    let is_of_api = |file: &str| {
        let reader = app().file_reader(file);
        !(reader.is_file)(&Head {
            is_redirected: false,
            ..said.head.clone()
        })
    };
    for (file, expected) in [
        ("alice/a", true),
        ("https://im.example.com/api/object/alice/a", true),
        (
            "https://im.example.com/api/minio/openim/a?X-Amz-Signature=1",
            false,
        ),
        ("https://im.example.com/api2/object/a", false),
    ] {
        assert_eq!(is_of_api(file), expected, "{file}");
    }
}

#[test]
fn a_storage_that_wants_a_referer_is_told_of() {
    for body in ["", "<Error><Code>AccessDenied</Code></Error>"] {
        let error = (access::FILE.refusal)(&answer(403, body));
        assert_eq!(error.status(), Status::Forbidden, "{error}");
        assert!(error.message().contains("Referer"), "{error}");
    }
}

#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::test_kit::*;
use super::*;
use crate::error::{Remedy, Status};
use crate::message::Encoding;
use crate::service::test_kit::{answer, headers, text};

fn start() -> MultipartStart<'static> {
    MultipartStart {
        hash: "a93ef3a7b083e2d631f6f4d1c9053549",
        size: 11_000_000,
        part_size: 5_242_880,
        parts: 3,
        name: "alice/v.mp4",
        content_type: "video/mp4",
        cause: Some("msg"),
    }
}

#[test]
fn an_upload_in_parts_byte_for_byte() {
    let app = app();
    assert_eq!(
        posted(&app.part_limit_request(&CALLER)),
        ("object/part_limit", "{}")
    );
    assert_eq!(
        posted(&app.initiate_multipart_request(&CALLER, &start())),
        (
            "object/initiate_multipart_upload",
            "{\"hash\":\"a93ef3a7b083e2d631f6f4d1c9053549\",\"name\":\"alice/v.mp4\",\
             \"size\":11000000,\"partSize\":5242880,\"maxParts\":3,\
             \"contentType\":\"video/mp4\",\"cause\":\"msg\"}"
        )
    );
    let many = MultipartStart {
        parts: 10_000,
        cause: None,
        ..start()
    };
    let request = app.initiate_multipart_request(&CALLER, &many);
    assert!(text(&request.body.prefix).contains("\"maxParts\":20,\"contentType\""));
    assert_eq!(
        posted(&app.auth_sign_request(&CALLER, "dXA", &[21, 22])),
        (
            "object/auth_sign",
            r#"{"uploadID":"dXA","partNumbers":[21,22]}"#
        )
    );
    let parts = ["0cc1".to_owned(), "92eb".to_owned()];
    assert_eq!(
        posted(&app.complete_multipart_request(&CALLER, "dXA", &parts, &start())),
        (
            "object/complete_multipart_upload",
            "{\"uploadID\":\"dXA\",\"parts\":[\"0cc1\",\"92eb\"],\"name\":\"alice/v.mp4\",\
             \"contentType\":\"video/mp4\",\"cause\":\"msg\"}"
        )
    );
}

#[test]
fn the_size_of_parts_is_what_the_server_computes() {
    let read = |min: i64, max: i64, count: i64| {
        read_part_limits(&data(&format!(
            r#"{{"minPartSize":{min},"maxPartSize":{max},"maxNumSize":{count}}}"#
        )))
    };
    let minio = read(5 << 20, 5 << 30, 10_000).unwrap();
    for (size, part_size) in [
        (1, 5 << 20),
        ((5 << 20) * 10_000, 5 << 20),
        ((5 << 20) * 10_000 + 1, (5 << 20) + 1),
        ((5 << 30) * 10_000, 5 << 30),
    ] {
        assert_eq!(minio.part_size(size).unwrap(), part_size, "{size}");
    }
    let error = minio.part_size((5 << 30) * 10_000 + 1).unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Limit, Some("source"))
    );
    for (min, max, count) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)] {
        assert!(read(min, max, count).is_err());
    }
    assert!(read_part_limits(&data("null")).is_err());
    // As many parts as would take all memory.
    let odd = read(1, 1, 1 << 32).unwrap();
    assert_eq!(odd.part_size(10_000).unwrap(), 1);
    assert_eq!(
        odd.part_size(10_001).unwrap_err().status(),
        Status::Response
    );
}

#[test]
fn known_content_is_stored_at_once() {
    let read = |json: &str| read_initiated("alice/#", 9, &data(json));
    assert_eq!(
        read(r#"{"url":"http://h/object/alice/#","upload":null}"#).unwrap(),
        Initiated::Stored {
            url: "http://h/object/alice/%23".into()
        }
    );
    for bad in [
        r#"{"url":"","upload":null}"#,
        r#"{"url":"","upload":{"uploadID":"","partSize":1}}"#,
        r#"{"url":"","upload":{"uploadID":"u","partSize":0}}"#,
    ] {
        let error = read(bad).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{bad}");
        assert!(error.remedy() != Some(Remedy::Limits));
    }
    let other = r#"{"url":"","upload":{"uploadID":"u","partSize":8,"sign":null}}"#;
    assert_eq!(read(other).unwrap_err().remedy(), Some(Remedy::Limits));
    let many = r#"{"errCode":500,"errMsg":"ServerInternalError","errDlt":"too many parts: 1"}"#;
    let error = read_initiated("x", 9, &answer(200, many)).unwrap_err();
    assert!(error.remedy() == Some(Remedy::Limits) && !error.is_retryable());
}

#[test]
fn parts_are_signed_in_every_shape() {
    let read = |sign: &str| {
        let json = format!(
            r#"{{"url":"","upload":{{"uploadID":"dXA","partSize":5242880,"sign":{sign},"expireTime":1715065020123}}}}"#
        );
        match read_initiated("x", 5_242_880, &data(&json)).unwrap() {
            Initiated::Upload(upload) => upload,
            Initiated::Stored { .. } => panic!("not stored"),
        }
    };
    let upload = read("null");
    assert_eq!(
        upload,
        MultipartUpload {
            upload_id: "dXA".into(),
            part_size: 5_242_880,
            expires_at_ms: Some(1_715_065_020_123),
            signs: Vec::new(),
        }
    );
    // MinIO: one URL and header fields for each part.
    let upload = read(
        r#"{"url":"http://s:9000/b/k","query":[{"key":"uploadId","values":["a/b="]}],
            "header":[{"key":"X-Amz-Content-Sha256","values":["UNSIGNED-PAYLOAD"]},
                      {"key":"Host","values":["s:9000"]}],
            "parts":[{"partNumber":1,"url":"","query":[{"key":"partNumber","values":["1"]}],
                      "header":[{"key":"Authorization","values":["AWS4 x, y"]}]},
                     {"partNumber":2,"url":"","query":null,"header":null}]}"#,
    );
    let request = app().part_request(&upload.signs[0]);
    assert_eq!(request.method.as_str(), "PUT");
    assert_eq!(request.provenance, app().storage());
    assert_eq!(
        request.url,
        "http://s:9000/b/k?uploadId=a%2Fb%3D&partNumber=1"
    );
    assert_eq!(
        headers(&request),
        [
            ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD", true),
            ("Authorization", "AWS4 x, y", true),
        ]
    );
    assert_eq!(request.body.content, Some(Encoding::Identity));
    assert!(request.body.prefix.is_empty() && request.body.suffix.is_empty());
    assert_eq!(upload.signs[1].number, 2);
    assert_eq!(
        app().part_request(&upload.signs[1]).url,
        "http://s:9000/b/k?uploadId=a%2Fb%3D"
    );
    // OSS: the URL of a part has already what stands beside it.
    let upload = read(
        r#"{"url":"http://s/b/k","query":[{"key":"uploadId","values":["a/b="]}],"header":null,
            "parts":[{"partNumber":3,"url":"http://s/b/k?partNumber=3&uploadId=a%2Fb%3D&x=",
                      "query":[{"key":"partNumber","values":["3"]}],"header":null}]}"#,
    );
    assert_eq!(
        app().part_request(&upload.signs[0]).url,
        "http://s/b/k?x=&uploadId=a%2Fb%3D&partNumber=3"
    );
    // A single presigned PUT: its URL is left as it is.
    let upload = read(
        r#"{"url":"","query":null,"header":null,"parts":[{"partNumber":1,
            "url":"http://s/k?X-Amz-Signature=a%2Fb","query":null,"header":null}]}"#,
    );
    let request = app().part_request(&upload.signs[0]);
    assert_eq!(request.url, "http://s/k?X-Amz-Signature=a%2Fb");
    assert!(request.headers.is_empty());
    // auth_sign has the same without what is around it.
    let signs = read_part_signs(&data(
        r#"{"url":"http://s/k","query":null,"header":null,
            "parts":[{"partNumber":7,"url":"","query":null,"header":null}]}"#,
    ))
    .unwrap();
    assert_eq!((signs.len(), signs[0].number), (1, 7));
    for bad in [
        "null",
        r#"{"url":"http://s/k","parts":null}"#,
        r#"{"url":"","parts":[{"partNumber":1,"url":""}]}"#,
        r#"{"url":"http://s/k","parts":[{"url":""}]}"#,
        r#"{"url":"http://s/k","header":[{"key":"X","values":["ü"]}],"parts":[{"partNumber":1}]}"#,
    ] {
        assert!(read_part_signs(&data(bad)).is_err(), "{bad}");
    }
}

#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::SmhConflict;
use super::super::tests::{library, other_library, path};
use super::*;
use crate::error::Status;
use crate::service::test_kit::{answer, headers, text};

const PLAIN: &str = "https://api.tencentsmh.cn/api/v1/file/smh123/-";
const OTHER: &str = "http://127.0.0.1:9/smh/api/v1/file/smh%20123/space%2B1";
const USER: &str = "user_id=%C3%BC%261&access_token=t";

fn way(kind: UploadKind, part_size: u64) -> Way {
    Way {
        kind,
        part_size,
        divided: None,
    }
}

fn begin(kind: UploadKind, options: &SmhUpload, hashes: Option<&Hashes<'_>>) -> Request {
    library().begin_request(
        "t+k",
        &path("a dir/ü.mp4"),
        way(kind, 1_048_576),
        options,
        Some(2_081_112),
        hashes,
    )
}

#[test]
fn each_kind_begins_in_its_own_way() {
    let defaults = SmhUpload::default();
    for (kind, method, flag) in [
        (UploadKind::Simple, Method::Put, ""),
        (UploadKind::Form, Method::Post, ""),
        (UploadKind::Parts, Method::Post, "multipart&"),
    ] {
        let request = begin(kind, &defaults, None);
        assert_eq!(request.method, method);
        assert_eq!(
            request.url,
            format!(
                "{PLAIN}/a%20dir/%C3%BC.mp4?{flag}conflict_resolution_strategy=rename\
                 &filesize=2081112&with_content_cas=1&access_token=t%2Bk"
            )
        );
        assert_eq!(text(&request.body.prefix), "{}");
        assert_eq!(
            headers(&request),
            [
                ("Accept", "application/json", false),
                ("Content-Type", "application/json", false)
            ]
        );
    }
}

#[test]
fn the_body_of_the_vendor_page() {
    let options = SmhUpload {
        labels: ["elephant", "animal", "Asian elephant"]
            .map(String::from)
            .into(),
        category: Some("video".into()),
        local_creation_time: Some("2022-07-26T02:58:09Z".into()),
        local_modification_time: Some("2022-07-26T02:58:09Z".into()),
        conflict: SmhConflict::Overwrite,
        traffic_limit: Some(204_800),
        prefer_same_origin: true,
        content_cas: Some("c&1".into()),
        ..SmhUpload::default()
    };
    let full = "9fee55123adad49e5090236eead6a8a9edc9caaa0f97b9e38c3713c1b97b9d29";
    let beginning = "9faskdfhwek2h3r4kjdsjkahfsdkfhjaksdldc9caaa0f97b9e38c3713c1b97b9d29";
    let hashes = Hashes {
        beginning,
        full: Some(full),
    };
    let request = begin(UploadKind::Parts, &options, Some(&hashes));
    assert_eq!(
        request.url,
        format!(
            "{PLAIN}/a%20dir/%C3%BC.mp4?multipart&conflict_resolution_strategy=overwrite\
             &filesize=2081112&traffic_limit=204800&prefer_same_origin=true\
             &content_cas=c%261&with_content_cas=1&access_token=t%2Bk"
        )
    );
    let about = r#""labels":["elephant","animal","Asian elephant"],"category":"video","localCreationTime":"2022-07-26T02:58:09Z","localModificationTime":"2022-07-26T02:58:09Z"}"#;
    assert_eq!(
        text(&request.body.prefix),
        format!(r#"{{"fullHash":"{full}","beginningHash":"{beginning}","size":"2081112",{about}"#)
    );
    let request = library().confirm_request("t", "k", Some(u64::MAX), Some(&options));
    assert_eq!(
        request.url,
        format!(
            "{PLAIN}/k?confirm&conflict_resolution_strategy=overwrite&content_cas=c%261\
             &with_content_cas=1&access_token=t"
        )
    );
    assert_eq!(
        text(&request.body.prefix),
        format!(r#"{{"crc64":"18446744073709551615",{about}"#)
    );
    let hashes = Hashes {
        beginning: "b",
        full: None,
    };
    let request = begin(UploadKind::Simple, &SmhUpload::default(), Some(&hashes));
    assert_eq!(
        text(&request.body.prefix),
        r#"{"beginningHash":"b","size":"2081112"}"#
    );
}

#[test]
fn a_private_deployment_is_told_every_number() {
    let request = other_library().begin_request(
        "t",
        &path("a"),
        way(UploadKind::Parts, 3),
        &SmhUpload {
            conflict: SmhConflict::Fail,
            ..SmhUpload::default()
        },
        Some(7),
        None,
    );
    assert_eq!(
        request.url,
        format!("{OTHER}/a?multipart&conflict_resolution_strategy=ask&filesize=7&{USER}")
    );
    assert_eq!(text(&request.body.prefix), r#"{"partNumberRange":[1,2,3]}"#);
    let request = other_library().renew_request("t", "k", None, &[4, 6]);
    assert_eq!(text(&request.body.prefix), r#"{"partNumberRange":[4,6]}"#);
    // So many, and no more.
    let missing: Vec<u32> = (1..=51).collect();
    let request = other_library().renew_request("t", "k", None, &missing);
    assert!(text(&request.body.prefix).ends_with(",49,50]}"));
    let request = other_library().state_request("t", "k");
    assert_eq!(
        request.url,
        format!("{OTHER}/k?upload&no_upload_part_info=1&{USER}")
    );
}

#[test]
fn an_upload_goes_by_its_key() {
    let library = library();
    let options = SmhUpload::default();
    for (request, method, query, body) in [
        (
            library.renew_request("t", "k/1", None, &[1]),
            Method::Post,
            "renew",
            "",
        ),
        (
            library.renew_request("t", "k/1", Some(102_400), &[1]),
            Method::Post,
            "renew&traffic_limit=102400",
            "",
        ),
        (library.state_request("t", "k/1"), Method::Get, "upload", ""),
        (
            library.confirm_request("t", "k/1", Some(0), Some(&options)),
            Method::Post,
            "confirm&conflict_resolution_strategy=rename&with_content_cas=1",
            r#"{"crc64":"0"}"#,
        ),
        (
            library.confirm_request("t", "k/1", None, None),
            Method::Post,
            "confirm&with_content_cas=1",
            "{}",
        ),
        (
            library.cancel_request("t", "k/1"),
            Method::Delete,
            "upload",
            "",
        ),
    ] {
        assert_eq!(request.method, method);
        assert_eq!(request.url, format!("{PLAIN}/k%2F1?{query}&access_token=t"));
        assert_eq!(text(&request.body.prefix), body);
    }
}

/// The first example of the vendor page.
const BEGUN: &str = r#"{"domain": "examplebucket-1250000000.cos.ap-beijing.myqcloud.com","path": "/smhxxx/xxx.mp4","uploadId": "xxx","headers": {"Content-Type": "application/octet-stream","Authorization": "q-sign-algorithm=sha1&xxxxxx","x-cos-security-token": "1dleQZoBrm4i5UKcV1ovQM4f63aE3Ldaa508aa686f404316d3628xxx","x-cos-traffic-limit": 204800},"confirmKey": "7e8481cea3beecbfe5374c904ca9e7496abc612f400c323877310198745270b0","expiration": "2021-07-24T10:34:32.000Z","availableDomainNum":1}"#;

#[test]
fn an_upload_begins_as_on_the_vendor_page() {
    let BeginAnswer::Upload(session) = library()
        .read_begin(&answer(201, BEGUN), UploadKind::Parts)
        .unwrap()
    else {
        panic!()
    };
    assert_eq!(
        session.confirm_key,
        "7e8481cea3beecbfe5374c904ca9e7496abc612f400c323877310198745270b0"
    );
    assert_eq!(session.upload_id.as_deref(), Some("xxx"));
    assert_eq!(session.expires_at, Some(1_627_122_872));
    let target = session.target;
    assert_eq!(
        target.url,
        "https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com/smhxxx/xxx.mp4"
    );
    assert_eq!(target.headers.len(), 4);
    assert_eq!(target.headers[3].name, "x-cos-traffic-limit");
    assert_eq!(*target.headers[3].value, "204800");
    assert!(target.form.is_empty() && target.parts.is_empty());
}

#[test]
fn what_is_missing_is_missed() {
    let target = r#""domain":"h","path":"/p""#;
    for (kind, body) in [
        (UploadKind::Simple, String::new()),
        (UploadKind::Simple, "[]".into()),
        (UploadKind::Simple, format!("{{{target}}}")),
        (
            UploadKind::Simple,
            format!(r#"{{{target},"confirmKey":""}}"#),
        ),
        // Nothing is sent that could not be confirmed.
        (
            UploadKind::Simple,
            format!(r#"{{{target},"confirmKey":"{}"}}"#, "k".repeat(70_000)),
        ),
        (
            UploadKind::Parts,
            format!(
                r#"{{{target},"confirmKey":"k","uploadId":"{}"}}"#,
                "u".repeat(70_000)
            ),
        ),
        (UploadKind::Simple, r#"{"confirmKey":"k"}"#.into()),
        (
            UploadKind::Parts,
            format!(r#"{{{target},"confirmKey":"k"}}"#),
        ),
        (
            UploadKind::Form,
            format!(r#"{{{target},"confirmKey":"k","form":{{}}}}"#),
        ),
    ] {
        let error = match library().read_begin(&answer(201, &body), kind) {
            Ok(BeginAnswer::Stuck { confirm_key, error }) if confirm_key == "k" => error,
            other => other.unwrap_err(),
        };
        assert_eq!(error.status(), Status::Response, "{body}");
    }
    // Without headers or a time there is nothing wrong yet.
    let body = format!(r#"{{{target},"confirmKey":"k","expiration":"soon"}}"#);
    let begun = library()
        .read_begin(&answer(201, &body), UploadKind::Simple)
        .unwrap();
    assert!(matches!(begun, BeginAnswer::Upload(session) if session.expires_at.is_none()));
}

#[test]
fn an_instant_upload_has_three_answers() {
    let begun = library()
        .read_begin(&answer(202, ""), UploadKind::Simple)
        .unwrap();
    assert!(matches!(begun, BeginAnswer::NeedsFullHash));
    let body = r#"{"path":["a","b.bin"],"name":"b.bin","size":"9"}"#;
    let begun = library()
        .read_begin(&answer(200, body), UploadKind::Parts)
        .unwrap();
    assert!(matches!(begun, BeginAnswer::Done(object) if object.path == "a/b.bin"));
    let error = library()
        .read_begin(&answer(200, "{}"), UploadKind::Simple)
        .unwrap_err();
    assert_eq!(error.status(), Status::Response);
    let body = r#"{"code":"SameNameDirectoryOrFileExists","message":"m"}"#;
    let error = library()
        .read_begin(&answer(409, body), UploadKind::Simple)
        .unwrap_err();
    assert_eq!(error.status(), Status::Conflict);
}

#[test]
fn a_renewed_upload_keeps_its_names() {
    let session = library().read_renew(&answer(200, BEGUN), "k", "u").unwrap();
    assert_eq!(session.confirm_key, "k");
    assert_eq!(session.upload_id.as_deref(), Some("xxx"));
    let session = library()
        .read_renew(&answer(200, r#"{"domain":"h","path":"/p"}"#), "k", "u")
        .unwrap();
    assert_eq!(session.upload_id.as_deref(), Some("u"));
    let error = library().read_renew(&answer(404, r#"{"code":"NotMultipartUpload"}"#), "k", "u");
    assert_eq!(error.unwrap_err().status(), Status::Service);
    let error = library().read_renew(&answer(200, "{}"), "k", "u");
    assert_eq!(error.unwrap_err().status(), Status::Response);
}

#[test]
fn the_state_lists_parts_of_either_type() {
    let body = r#"{"confirmed":false,"path":["d","x"],"type":"file","force":false,"uploadId":"u",
        "creationTime":"2021-07-24T10:34:32.000Z","conflictResolutionStrategy":"rename",
        "parts":[
        {"PartNumber":1,"LastModified":"l","ETag":"\"B581C674266A2B0FF16A9505B4C52300\"","Size":8},
        {"PartNumber":"10000","ETag":"x","Size":"5368709120"}],
        "uploadPartInfo":{"domain":"h","path":"/p","uploadId":"u","headers":{"A":"1"},
        "expiration":"2021-07-24T10:34:32.000Z"}}"#;
    let state = library().read_state(&answer(200, body), "k").unwrap();
    assert!(!state.confirmed);
    assert_eq!(state.path.as_deref(), Some("d/x"));
    assert_eq!(state.upload_id.as_deref(), Some("u"));
    assert_eq!(
        state.parts,
        [
            StoredPart {
                number: 1,
                md5: Some("b581c674266a2b0ff16a9505b4c52300".into()),
                size: 8
            },
            StoredPart {
                number: 10_000,
                md5: None,
                size: 5_368_709_120
            },
        ]
    );
    let session = state.session.unwrap();
    assert_eq!(session.confirm_key, "k");
    assert_eq!(session.expires_at, Some(1_627_122_872));
}

#[test]
fn a_long_list_of_parts_may_have_been_cut() {
    for (count, is_cut) in [(999, false), (1000, true)] {
        let parts: Vec<_> = (1..=count)
            .map(|number| format!(r#"{{"PartNumber":{number},"Size":8}}"#))
            .collect();
        let parts = parts.join(",");
        let body = format!(r#"{{"confirmed":false,"uploadId":"u","parts":[{parts}]}}"#);
        let state = library().read_state(&answer(200, &body), "k").unwrap();
        assert_eq!(state.is_list_cut(), is_cut);
    }
}

#[test]
fn a_confirmed_state_has_no_upload() {
    let body = r#"{"confirmed":true,"path":null,"uploadId":""}"#;
    let state = library().read_state(&answer(200, body), "k").unwrap();
    assert!(state.confirmed && state.parts.is_empty());
    assert_eq!((state.path, state.upload_id), (None, None));
    assert_eq!(state.session, None);
    for bad in [
        "{}",
        r#"{"confirmed":"no"}"#,
        r#"{"confirmed":false,"parts":[{"PartNumber":1}]}"#,
        r#"{"confirmed":false,"parts":[{"PartNumber":4294967296,"Size":1}]}"#,
    ] {
        let error = library().read_state(&answer(200, bad), "k").unwrap_err();
        assert_eq!(error.status(), Status::Response, "{bad}");
    }
}

#[test]
fn a_confirmation_is_read() {
    // The second example of the vendor page, as JSON.
    let body = r#"{"path": ["test.xlsx"],"name": "test.xlsx","type": "file","creationTime": "2022-04-08T08:44:59.000Z","modificationTime": "2022-04-08T08:44:59.000Z","contentType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet","size": "2811086","eTag": "\"b581c674266a2b0ff16a9505b4c52300\"","crc64": "16293198345556339838","metaData": {},"isOverwritten": false,"previewByDoc": true,"previewByCI": true,"previewAsIcon": false,"fileType": "excel"}"#;
    let object = read_confirm(&answer(200, body)).unwrap();
    assert_eq!(object.path, "test.xlsx");
    assert_eq!(object.info.name.as_deref(), Some("test.xlsx"));
    assert_eq!(object.info.size, Some(2_811_086));
    assert_eq!(object.info.crc64_value(), Some(16_293_198_345_556_339_838));
    assert_eq!(
        object.info.etag.as_deref(),
        Some("b581c674266a2b0ff16a9505b4c52300")
    );
    let body = r#"{"path":["a","b"],"size":5,"isOverwritten":true,"eTag":"\"m-2\""}"#;
    let object = read_confirm(&answer(200, body)).unwrap();
    assert_eq!(object.info.name.as_deref(), Some("b"));
    assert_eq!(object.info.size, Some(5));
    assert_eq!(object.info.etag.as_deref(), Some("m-2"));
}

#[test]
fn a_confirmation_can_fail() {
    for (status, body, expected) in [
        (200, r#"{"path":null,"name":"x"}"#, Status::NotFound),
        (200, r#"{"name":"x"}"#, Status::Response),
        // No later call could name it.
        (200, r#"{"path":["a\r\nb"]}"#, Status::Response),
        (200, r#"{"path":[]}"#, Status::Response),
        (200, r#"{"path":[1]}"#, Status::Response),
        (200, "", Status::Response),
        (400, r#"{"code":"BadCrc64"}"#, Status::Integrity),
        (
            409,
            r#"{"code":"SameNameDirectoryOrFileExists"}"#,
            Status::Conflict,
        ),
    ] {
        let error = read_confirm(&answer(status, body)).unwrap_err();
        assert_eq!(error.status(), expected, "{body}");
    }
    let error = read_confirm(&answer(409, r#"{"code":"UploadComplete"}"#)).unwrap_err();
    assert_eq!(error.remedy(), Some(Remedy::Done));
}

#[test]
fn a_cancelled_upload_is_gone() {
    assert!(read_cancel(&answer(204, "")).is_ok());
    assert!(read_cancel(&answer(404, r#"{"code":"UploadNotFound"}"#)).is_ok());
    assert!(read_cancel(&answer(404, "")).is_err());
    let portal = read_cancel(&answer(200, "<html>")).unwrap_err();
    assert_eq!(portal.status(), Status::Response);
    assert!(read_cancel(&answer(409, r#"{"code":"UploadComplete"}"#)).is_err());
}

#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::test_kit::*;
use super::super::*;
use super::*;
use crate::error::{Remedy, Status};
use crate::service::test_kit::answer;

#[test]
fn the_storage_refuses_in_xml() {
    for (http, code, message, status, retryable) in [
        (
            403,
            "AccessDenied",
            "Invalid according to Policy: Policy expired.",
            Status::Expired,
            false,
        ),
        (
            403,
            "AccessDenied",
            "Each form field that you specify must appear in the list of policy conditions.",
            Status::Forbidden,
            false,
        ),
        (403, "SignatureDoesNotMatch", "x", Status::Forbidden, false),
        (403, "RequestTimeTooSkewed", "x", Status::Expired, false),
        (400, "EntityTooLarge", "x", Status::TooLarge, false),
        (400, "IncompleteBody", "x", Status::Unavailable, true),
        (
            400,
            "MalformedPOSTRequest",
            "multipart: NextPart: read tcp 10.0.0.1:9000: i/o timeout",
            Status::Unavailable,
            true,
        ),
        (499, "ClientDisconnected", "x", Status::Unavailable, true),
        (429, "SlowDown", "x", Status::RateLimited, true),
        (503, "SlowDownWrite", "x", Status::Unavailable, true),
        (500, "InternalError", "x", Status::Unavailable, true),
    ] {
        let error = read_stored(&[200], &s3_error(http, code, message)).unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable()),
            (status, retryable),
            "{code}"
        );
        assert_eq!(error.service_code(), Some(code));
        assert_eq!(error.service_message(), Some(message));
        assert_eq!(error.request_id(), Some("17C0"));
        let is_over = error.remedy() == Some(Remedy::Permission);
        assert_eq!(is_over, status == Status::Expired);
    }
    for status in [200, 204] {
        let mut stored = answer(status, "");
        read_stored(&[200, 204], &stored).unwrap();
        let mut add =
            |name: &str, value: &str| stored.head.headers.push((name.into(), value.into()));
        add("content-type", "text/html; charset=utf-8");
        let error = read_stored(&[200, 204], &stored).unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable()),
            (Status::Response, true)
        );
        stored.head.headers.push(("etag".into(), "\"5f\"".into()));
        read_stored(&[200, 204], &stored).unwrap();
    }
    let error = read_stored(&[200], &answer(204, "")).unwrap_err();
    assert_eq!(error.status(), Status::Response);
    for broken in [
        "",
        "<Code>",
        "<Code></Code>",
        "<Message>x</Code>",
        "\u{fffd}",
    ] {
        let error = read_stored(&[200], &answer(403, broken)).unwrap_err();
        assert_eq!(
            (error.status(), error.service_code()),
            (Status::Forbidden, None)
        );
    }
}

#[test]
fn a_part_has_the_hash_of_what_arrived() {
    let part = |etag: &str| {
        let mut part = answer(200, "");
        part.head.headers.push(("etag".into(), etag.into()));
        read_part(&part)
    };
    let md5 = "187ef4436122d1cc2f40dc2b92f0eba0";
    assert_eq!(part(&format!("\"{}\"", md5.to_uppercase())).unwrap(), md5);
    assert_eq!(part(md5).unwrap(), md5);
    assert!(part("\"x\"").is_err());
    assert!(read_part(&answer(200, "")).is_err());
    let gone = s3_error(404, "NoSuchUpload", "The specified upload does not exist.");
    let error = read_part(&gone).unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
    assert_eq!(error.remedy(), Some(Remedy::Restart));
    let told =
        r#"{"errCode":500,"errMsg":"x","errDlt":"The specified multipart upload does not exist."}"#;
    let error = read(ApiCall::Upload, "x", &answer(200, told))
        .err()
        .unwrap();
    assert_eq!(error.remedy(), Some(Remedy::Restart));
}

#[test]
fn a_storage_in_place_of_the_api_is_told_as_such() {
    let body = "<Error><Code>BadRequest</Code><Message>An unsupported API call for method: POST \
                at &#39;/auth/get_admin_token&#39;</Message></Error>";
    let error = read_token(ApiCall::AdminToken, &answer(400, body)).unwrap_err();
    assert_eq!(error.status(), Status::Response);
    assert!(
        error.message().contains("at '/auth/get_admin_token'"),
        "{error}"
    );
    assert!(error.message().contains("10002"), "{error}");
}

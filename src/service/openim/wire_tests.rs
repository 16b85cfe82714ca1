#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::error::{Remedy, Status};
use crate::service::NEW_TOKEN;
use crate::service::test_kit::answer;

#[test]
fn errors_come_under_http_200() {
    let refused = |http, body: &str| {
        read(ApiCall::Upload, "x", &answer(http, body))
            .err()
            .unwrap()
    };
    for (code, status, retryable) in [
        (500, Status::Unavailable, true),
        (1000, Status::Service, false),
        (1001, Status::Service, false),
        (1002, Status::Forbidden, false),
        (1003, Status::Service, true),
        (1004, Status::NotFound, false),
        (1101, Status::Auth, false),
        (1102, Status::Service, false),
        (1501, Status::Auth, false),
        (1502, Status::Auth, false),
        (1503, Status::Auth, false),
        (1504, Status::Auth, false),
        (1505, Status::Auth, false),
        (1506, Status::Auth, false),
        (1507, Status::Auth, false),
        (1701, Status::Expired, false),
        (90002, Status::Unavailable, true),
        (90004, Status::Unavailable, true),
        (90007, Status::Integrity, false),
        (4242, Status::Service, false),
    ] {
        let error = refused(
            200,
            &format!(r#"{{"errCode":{code},"errMsg":"M","errDlt":"D"}}"#),
        );
        assert_eq!(
            (error.status(), error.is_retryable()),
            (status, retryable),
            "{code}"
        );
        assert_eq!(error.service_code(), Some(code.to_string().as_str()));
        assert_eq!(error.service_message(), Some("M: D"));
        let remedy = match code {
            1501..=1507 => Some(NEW_TOKEN),
            1701 | 90007 => Some(Remedy::Restart),
            _ => None,
        };
        assert_eq!(error.remedy(), remedy, "{code}");
    }
    let detail = r#"{"errCode":1001,"errMsg":"ArgsError","errDlt":"1001 ArgsError: bad"}"#;
    let error = refused(200, detail);
    assert_eq!(error.service_message(), Some("1001 ArgsError: bad"));
    for (http, status, retryable) in [
        (429, Status::RateLimited, true),
        (500, Status::Unavailable, true),
        (404, Status::NotFound, false),
    ] {
        let error = refused(http, "");
        assert_eq!((error.status(), error.is_retryable()), (status, retryable));
    }
    for bad in ["", "{}", "<html>", r#"{"errCode":null}"#, "[]"] {
        assert_eq!(refused(200, bad).status(), Status::Response, "{bad}");
    }
    // Success without data, as of messages without fields (openim.md §2.2).
    assert!(read(ApiCall::Upload, "x", &answer(200, r#"{"errCode":0}"#)).is_ok());
}

//! What the tests of this service share.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::service::test_kit::{answer, headers, text};

pub(super) fn config(credentials: OpenimCredentials) -> Openim {
    Openim {
        base_url: "https://im.example.com/api/".into(),
        user_id: "alice".into(),
        credentials,
        max_upload_size: None,
    }
}

pub(super) fn user() -> OpenimCredentials {
    OpenimCredentials::User {
        admin_secret: "openIM123".into(),
        admin_user_id: None,
        platform: 5,
    }
}

pub(super) fn app() -> App {
    App::new(config(user())).unwrap()
}

pub(super) fn admin() -> App {
    let secret = "openIM123".into();
    App::new(config(OpenimCredentials::Admin { secret })).unwrap()
}

pub(super) const CALLER: Caller<'_> = Caller {
    operation_id: "1646445464564",
    token: "eyJhb",
};

/// Path and body of a POST, whose header fields are checked.
pub(super) fn posted(request: &Request) -> (&str, &str) {
    assert_eq!(
        headers(request),
        [
            ("Content-Type", "application/json", false),
            ("operationID", "1646445464564", false),
            ("X-Request-Api", "https://im.example.com/api", false),
            ("token", "eyJhb", true),
        ]
    );
    assert_eq!(request.method.as_str(), "POST");
    let path = request
        .url
        .as_str()
        .strip_prefix("https://im.example.com/api/")
        .unwrap();
    (path, text(&request.body.prefix))
}

pub(super) fn data(json: &str) -> Answer {
    answer(
        200,
        &format!(r#"{{"errCode":0,"errMsg":"","errDlt":"","data":{json}}}"#),
    )
}

pub(super) fn s3_error(status: u16, code: &str, message: &str) -> Answer {
    answer(
        status,
        &format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{message}</Message><RequestId>17C0</RequestId></Error>"
        ),
    )
}

#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::test_kit::{answer, headers, text};
use super::*;

fn app_with(credentials: EasemobCredentials) -> App {
    App::new(Easemob::new("easemob-demo#testapp", credentials)).unwrap()
}

fn app() -> App {
    app_with(EasemobCredentials::Client {
        id: "YXA6id".into(),
        secret: "YXA6secret".into(),
    })
}

#[test]
fn a_token_for_less_than_a_second_would_be_one_for_ever() {
    let config = Easemob::new(
        "org#app",
        EasemobCredentials::Token("token".to_owned().into()),
    );
    let error = App::new(config.token_ttl(Duration::from_millis(999)))
        .err()
        .unwrap();
    assert_eq!(error.field(), Some("token_ttl"));
}

fn sent() -> Request {
    Request::get(app().files_url(), Provenance::CONFIG)
}

#[test]
fn token_requests_of_both_grants() {
    let app_by_client = app();
    let (name, _) = app_by_client.login_secret().unwrap();
    assert_eq!(name, "client_secret");
    let request = app_by_client.token_request("YXA6secret");
    assert_eq!(
        request.url,
        "https://a1.easemob.com/easemob-demo/testapp/token"
    );
    assert_eq!(
        headers(&request),
        [
            ("Content-Type", "application/json", false),
            ("Accept", "application/json", false)
        ]
    );
    let json: serde_json::Value = serde_json::from_slice(&request.body.prefix).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "grant_type": "client_credentials",
            "client_id": "YXA6id",
            "client_secret": "YXA6secret",
        })
    );
    let mut app = app_with(EasemobCredentials::Password {
        username: "zoë".into(),
        password: "\"\\".into(),
    });
    app.token_ttl = Some(Duration::from_secs(600));
    assert_eq!(app.login_secret().unwrap().0, "password");
    let request = app.token_request("\"\\");
    let json: serde_json::Value = serde_json::from_slice(&request.body.prefix).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "grant_type": "password", "username": "zoë", "password": "\"\\", "ttl": 600,
        })
    );
}

#[test]
fn an_upload_byte_for_byte() {
    let options = EasemobUpload {
        restrict_access: true,
        thumbnail_width: Some(200),
        thumbnail_height: Some(100),
    };
    let request = app().upload_request("YWMt0", "7", "a.jpg", "image/jpeg", &options);
    assert_eq!(
        request.url,
        "https://a1.easemob.com/easemob-demo/testapp/chatfiles"
    );
    assert_eq!(
        headers(&request),
        [
            (
                "Content-Type",
                "multipart/form-data; boundary=chatfile-7",
                false
            ),
            ("Accept", "application/json", false),
            ("Authorization", "Bearer YWMt0", true),
            ("restrict-access", "true", false),
            ("thumbnail-width", "200", false),
            ("thumbnail-height", "100", false),
        ]
    );
    assert_eq!(
        text(&request.body.prefix),
        "--chatfile-7\r\n\
         Content-Disposition: form-data; name=\"thumbnail-width\"\r\n\r\n200\r\n\
         --chatfile-7\r\n\
         Content-Disposition: form-data; name=\"thumbnail-height\"\r\n\r\n100\r\n\
         --chatfile-7\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    );
    assert_eq!(text(&request.body.suffix), "\r\n--chatfile-7--\r\n");
}

#[test]
fn an_unrestricted_upload_does_not_name_the_restriction() {
    let request = app().upload_request("t", "7", "a", "x/y", &EasemobUpload::default());
    assert_eq!(request.headers.len(), 3);
}

#[test]
fn a_download_byte_for_byte() {
    let file = FileRef::parse("7f456bf0-ecb2-11e8-b630-777db304f26c#fragment").unwrap();
    let request = app()
        .download_request("YWMt0", &file, Some("f0Vr-uyy"), Some(thumbnail(false)))
        .unwrap();
    assert_eq!(
        request.url,
        "https://a1.easemob.com/easemob-demo/testapp/chatfiles/7f456bf0-ecb2-11e8-b630-777db304f26c"
    );
    assert_eq!(
        headers(&request),
        [
            ("Accept", "application/octet-stream", false),
            ("Authorization", "Bearer YWMt0", true),
            ("share-secret", "f0Vr-uyy", true),
            ("thumbnail", "true", false),
        ]
    );
    assert_eq!(request.body, Body::empty());
    // That of a video is another question.
    let request = app().download_request("YWMt0", &file, None, Some(thumbnail(true)));
    let request = request.unwrap();
    assert_eq!(
        request.url,
        "https://a1.easemob.com/easemob-demo/testapp/chatfiles/7f456bf0-ecb2-11e8-b630-777db304f26c?vframe=true"
    );
    assert!(
        request
            .headers
            .iter()
            .all(|header| header.name != "thumbnail")
    );
}

fn thumbnail(is_of_video: bool) -> Thumbnail {
    Thumbnail {
        is_of_video,
        width: None,
        height: None,
    }
}

#[test]
fn a_file_is_named_by_uuid_or_url_and_never_by_a_foreign_path() {
    let with_secret = FileRef::parse(
        "https://evil.example/o/a/chatfiles/5f-d7?em-redirect=true&share-secret=s-1",
    );
    assert_eq!(
        with_secret.unwrap(),
        FileRef {
            uuid: "5f-d7".into(),
            share_secret: Some("s-1".into())
        }
    );
    for bad in [
        "",
        "a/b",
        "../token",
        "https://h/o/a/users/5f",
        "https://h/chatfiles/",
        "a b",
        "ü",
        "a\r\nb",
    ] {
        assert_eq!(
            FileRef::parse(bad).unwrap_err().field(),
            Some("file"),
            "{bad}"
        );
    }
}

#[test]
fn configurations_that_cannot_work_name_the_field() {
    let field = |change: fn(&mut Easemob)| {
        let mut config = Easemob::new("o#a", EasemobCredentials::None);
        change(&mut config);
        App::new(config).err().and_then(|e| e.field())
    };
    assert_eq!(field(|_| {}), None);
    for bad in ["", "o", "o#", "#a", "o#a#b"] {
        let config = Easemob::new(bad, EasemobCredentials::None);
        assert_eq!(
            App::new(config).err().unwrap().field(),
            Some("app_key"),
            "{bad}"
        );
    }
    assert_eq!(
        field(|c| c.base_url = Some("a1.easemob.com".into())),
        Some("base_url")
    );
    assert_eq!(
        field(|c| c.credentials = EasemobCredentials::Token("a\nb".into())),
        Some("token")
    );
}

#[test]
fn the_size_limit_is_exact() {
    let app = app();
    app.check_size(0).unwrap();
    app.check_size(10_485_760).unwrap();
    let error = app.check_size(10_485_761).unwrap_err();
    assert_eq!(error.status(), Status::Limit);
    assert!(error.message().contains("10485761") && error.message().contains("10485760"));
}

#[test]
fn tokens_are_read_with_their_lifetime() {
    let read = |body| read_token(&answer(200, body));
    let token = read(r#"{"access_token":"YWMt0","expires_in":5184000,"application":"x"}"#).unwrap();
    assert_eq!(token.value.as_str(), "YWMt0");
    assert_eq!(token.lifetime, Some(Duration::from_secs(5_184_000)));
    let endless = read(r#"{"access_token":"YWMt0","expires_in":0}"#).unwrap();
    assert_eq!(endless.lifetime, None);
    for bad in [
        "",
        "<html>",
        "{}",
        r#"{"access_token":5}"#,
        r#"{"access_token":"a\r\nb"}"#,
    ] {
        let error = read(bad).unwrap_err();
        assert_eq!(
            (error.status(), error.phase()),
            (Status::Response, Phase::Token),
            "{bad}"
        );
    }
    let wrong = answer(
        400,
        r#"{"error":"invalid_grant","error_description":"client_secret does not match"}"#,
    );
    let error = read_token(&wrong).unwrap_err();
    assert_eq!(
        (error.status(), error.service_code()),
        (Status::Auth, Some("invalid_grant"))
    );
}

/// The success of the vendor's own page.
const UPLOADED: &str = r#"{
    "action": "post", "application": "8be024f0-e978-11e8-b697-5d598d5f8402",
    "path": "/chatfiles", "uri": "https://a1.easemob.com/easemob-demo/testapp/chatfiles",
    "entities": [{ "uuid": "5fd74830-56be-11e9-822a-81ea50bb049d", "type": "chatfile",
        "share-secret": "X9dIOla-EemnFYUgtUZLGyqG9Y-S01eL_ysw27NqTV1_g7Yc" }],
    "timestamp": 1554371126338, "duration": 0,
    "organization": "easemob-demo", "applicationName": "testapp" }"#;

#[test]
fn an_upload_answer_is_read() {
    let stored = read_upload(&sent(), &answer(200, UPLOADED)).unwrap();
    assert_eq!(
        stored,
        Stored {
            file: "5fd74830-56be-11e9-822a-81ea50bb049d".into(),
            url: Some("https://a1.easemob.com/easemob-demo/testapp/chatfiles/5fd74830-56be-11e9-822a-81ea50bb049d".into()),
            share_secret: Some("X9dIOla-EemnFYUgtUZLGyqG9Y-S01eL_ysw27NqTV1_g7Yc".into()),
        }
    );
    // Newer sister services leave most fields out (easemob.md §2.1).
    let short = r#"{"entities":[{"uuid":"5f","type":"chatfile"}]}"#;
    let stored = read_upload(&sent(), &answer(200, short)).unwrap();
    assert_eq!(
        stored.url.as_deref(),
        Some("https://a1.easemob.com/easemob-demo/testapp/chatfiles/5f")
    );
    assert_eq!(stored.share_secret, None);
}

#[test]
fn a_success_that_is_none_is_not_believed() {
    for bad in [
        "",
        "null",
        "[]",
        "<html>welcome</html>",
        r#"{"entities":[]}"#,
        r#"{"entities":[{"uuid":"8be0","type":"application"}]}"#,
        r#"{"entities":[{"type":"chatfile"}]}"#,
        r#"{"entities":[{"uuid":"","type":"chatfile"}]}"#,
        r#"{"entities":[{"uuid":"../x","type":"chatfile"}]}"#,
        r#"{"entities":[{"uuid":5,"type":"chatfile"}]}"#,
        r#"{"entities":{"uuid":"5f","type":"chatfile"}}"#,
    ] {
        let error = read_upload(&sent(), &answer(200, bad)).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{bad}");
        assert!(!error.is_retryable());
    }
}

#[test]
fn refusals_are_told_apart() {
    let body = |error: &str| format!(r#"{{"error":"{error}","error_description":"why"}}"#);
    for (http, code, status, retryable) in [
        (400, "illegal_argument", Status::Service, false),
        (400, "invalid_grant", Status::Auth, false),
        (401, "auth_bad_access_token", Status::Auth, false),
        (401, "unauthorized", Status::Auth, false),
        (403, "forbidden_op", Status::Forbidden, false),
        (404, "entity_not_found", Status::NotFound, false),
        (
            404,
            "organization_application_not_found",
            Status::NotFound,
            false,
        ),
        (404, "file_expired", Status::Expired, false),
        (408, "timeout", Status::Unavailable, true),
        (413, "error", Status::TooLarge, false),
        (429, "reach_limit", Status::RateLimited, true),
        (500, "web_application", Status::Unavailable, true),
        (501, "x", Status::Unavailable, false),
        (503, "x", Status::Unavailable, true),
        (307, "x", Status::Redirect, false),
        (409, "x", Status::Service, false),
    ] {
        let error = read_upload(&sent(), &answer(http, &body(code))).unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable()),
            (status, retryable),
            "{http} {code}"
        );
        assert_eq!(error.http_status(), Some(http));
        assert_eq!(error.service_code(), Some(code));
        assert_eq!(error.service_message(), Some("why"));
    }
}

#[test]
fn a_gateway_page_is_quoted_as_one_line() {
    let page = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n";
    let mut gateway = answer(413, page);
    gateway.head.headers = vec![
        ("x-request-id".into(), "r-1".into()),
        ("retry-after".into(), "7".into()),
    ];
    let error = read_upload(&sent(), &gateway).unwrap_err();
    assert_eq!(error.status(), Status::TooLarge);
    assert_eq!(error.service_code(), None);
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(
        error.message().contains("413 Request Entity Too Large"),
        "{error}"
    );
    assert!(!error.message().contains('\n'));
}

#[test]
fn every_code_of_the_vendors_list_has_a_status_and_advice() {
    // easemob.md §2.2 to §2.5; `web_application` (415, 500) and `error` (413)
    // say less than the HTTP status.
    const LIST: &str = "invalid_grant json_parse unauthorized auth_bad_access_token \
                        organization_application_not_found concurrent_operation_error \
                        resource_limited illegal_argument entity_not_found file_expired \
                        forbidden_op service_resource_not_found reach_limit no_full_text_index \
                        unsupported_service_operation";
    for code in LIST.split(' ') {
        assert!(
            known(CODES, code).is_some_and(|v| !v.advice.is_empty()),
            "{code}"
        );
    }
    // A new token helps where the service does not know who asks, and nowhere else.
    let names = CODES.iter().flat_map(|code| code.names);
    for code in names.map(|name| Some(*name)).chain([None, Some("unknown")]) {
        for http in [200, 400, 401, 403, 404, 429, 500] {
            let auth = matches!(
                code,
                Some("invalid_grant" | "unauthorized" | "auth_bad_access_token")
            );
            let is_nameless = code.is_none_or(|code| code == "unknown");
            let remedy = (http == 401 && (auth || is_nameless)).then_some(NEW_TOKEN);
            assert_eq!(judge(http, code).remedy, remedy, "{http} {code:?}");
        }
    }
    let count: usize = CODES.iter().map(|code| code.names.len()).sum();
    assert_eq!(count, LIST.split(' ').count());
    // Flow limits were 503 once (easemob.md §2.5).
    assert_eq!(
        judge(503, Some("resource_limited")).status,
        Status::RateLimited
    );
    assert_eq!(judge(415, Some("web_application")).status, Status::Service);
}

#[test]
fn the_uri_of_an_answer_is_believed_if_it_is_one() {
    for uri in [
        "\"\"",
        "\"/o/a/chatfiles\"",
        "\"ftp://h/chatfiles\"",
        "5",
        "null",
    ] {
        let body = format!(r#"{{"uri":{uri},"entities":[{{"uuid":"0-1","type":"chatfile"}}]}}"#);
        let stored = read_upload(
            &Request::get(
                Url::parse("https://h/o/a/chatfiles").unwrap(),
                Provenance::CONFIG,
            ),
            &answer(200, &body),
        )
        .unwrap();
        let url = stored.url.as_deref();
        assert_eq!(url, Some("https://h/o/a/chatfiles/0-1"), "{uri}");
    }
}

#[test]
fn an_open_file_is_none_that_was_to_be_restricted() {
    let restricted = sent().header(RESTRICT, "true");
    for secret in ["", r#","share-secret":"""#, r#","share-secret":null"#] {
        let body = format!(r#"{{"entities":[{{"uuid":"0-1","type":"chatfile"{secret}}}]}}"#);
        let error = read_upload(&restricted, &answer(200, &body)).unwrap_err();
        assert_eq!(error.status(), Status::NotRestricted);
        assert_eq!(error.file(), Some("0-1"));
        assert!(error.message().contains("0-1"), "{error}");
        assert_eq!(
            read_upload(&sent(), &answer(200, &body))
                .unwrap()
                .share_secret,
            None
        );
    }
}

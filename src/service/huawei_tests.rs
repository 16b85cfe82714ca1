#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::test_kit::{answer, headers, text};
use super::*;

fn config() -> Huawei {
    Huawei {
        base_url: "https://service.besclouds.com:28443/".into(),
        app_key: "key".into(),
        app_secret: "secret".into(),
        channel_id: "channel".into(),
        user_id: "user".into(),
        user_name: None,
        locale: None,
        token_ttl: Some(Duration::from_secs(600)),
        max_upload_size: None,
    }
}

fn tenant() -> Tenant {
    Tenant::new(config()).unwrap()
}

const TOKENS: Tokens<'_> = Tokens {
    access: "access",
    session: "session",
};

#[test]
fn both_tokens_are_asked_for_byte_for_byte() {
    let request = tenant().access_token_request("secret");
    assert_eq!(
        request.url,
        "https://service.besclouds.com:28443/apigovernance/api/oauth/tokenByAkSk"
    );
    assert_eq!(
        text(&request.body.prefix),
        r#"{"app_key":"key","app_secret":"secret"}"#
    );
    assert!(headers(&request).contains(&("X-Token-Expire", "600", false)));
    let request = tenant().session_token_request("access");
    assert_eq!(
        text(&request.body.prefix),
        r#"{"userId":"user","userName":"user","channelId":"channel","locale":"zh"}"#
    );
    assert_eq!(
        headers(&request)[2..],
        [
            ("x-app-key", "key", false),
            ("Authorization", "Bearer access", true)
        ]
    );
}

#[test]
fn an_upload_byte_for_byte() {
    let request = tenant().upload_request(&TOKENS, "jpg");
    assert_eq!(
        request.url,
        "https://service.besclouds.com:28443/apiaccess/ccmessaging/uploadFileStream"
    );
    assert_eq!(
        headers(&request),
        [
            ("Content-Type", "application/json; charset=UTF-8", false),
            ("x-app-key", "key", false),
            ("Authorization", "Bearer access", true),
            ("ccmessaging-token", "session", true),
        ]
    );
    assert_eq!(
        text(&request.body.prefix),
        r#"{"fileType":"jpg","fileStream":""#
    );
    assert_eq!(request.body.content, Some(Encoding::Base64));
    assert_eq!(text(&request.body.suffix), r#"","channel":"WEB"}"#);
}

#[test]
fn a_download_byte_for_byte() {
    let request = tenant().download_request(&TOKENS, "44\"92", "pdf", false);
    assert_eq!(
        text(&request.body.prefix),
        r#"{"fileId":"44\"92","channel":"WEB","fileType":"pdf"}"#
    );
    let request = tenant().download_request(&TOKENS, "k", "jpg", true);
    assert_eq!(
        text(&request.body.prefix),
        r#"{"fileId":"k","channel":"WEB","fileType":"jpg","multiMedia":"multiMedia"}"#
    );
}

#[test]
fn types_are_the_documented_ones_in_any_case() {
    let by_name = |name| upload_type(&HuaweiUpload::default(), name);
    assert_eq!(by_name("IMG.JPG").unwrap(), "jpg");
    assert_eq!(by_name("a.b.csv").unwrap(), "csv");
    for bad in ["a", "a.exe", "a.pdf", ".", "a.jpg\"x"] {
        assert_eq!(
            by_name(bad).unwrap_err().field(),
            Some("file_type"),
            "{bad}"
        );
    }
    let given = HuaweiUpload {
        file_type: Some("BPM".into()),
    };
    assert_eq!(upload_type(&given, "a.exe").unwrap(), "bpm");
    let of = |file_type: &str| {
        download_type(&HuaweiDownload {
            file_type: file_type.into(),
            media_library: false,
        })
    };
    assert_eq!(of("PDF").unwrap(), "pdf");
    for missing in [of(""), by_name("a"), by_name("a.")] {
        let error = missing.unwrap_err();
        assert!(
            error.message().starts_with("file_type: is missing"),
            "{error}"
        );
        assert!(error.message().contains("jpg, "), "{error}");
    }
}

#[test]
fn tokens_are_read_with_their_lifetime() {
    // The vendor's own shape: strings only.
    let sample = r#"{"AccessToken":"abc","ApplyType":"Bearer","CreateTime":"1","Expires":"600",
        "Scope":"","AppKey":"k","UserID":"Anonymous"}"#;
    let (token, lifetime) = read_access_token(&answer(200, sample)).unwrap();
    assert_eq!((token.as_str(), lifetime.unwrap().as_secs()), ("abc", 600));
    let number = read_access_token(&answer(200, r#"{"AccessToken":"a","Expires":5}"#)).unwrap();
    assert_eq!(number.1.unwrap().as_secs(), 5);
    assert!(read_access_token(&answer(200, "{}")).is_err());
    let session = |body| read_session_token(&answer(200, body));
    assert_eq!(
        session(r#"{"resultCode":"0","token":"t"}"#)
            .unwrap()
            .as_str(),
        "t"
    );
    let odd = session(r#"{"resultCode":"0","token":"{\"a\":\"b\"}"}"#).unwrap();
    assert_eq!(odd.as_str(), r#"{"a":"b"}"#);
    for (bad, status) in [
        (r#"{"resultCode":"1"}"#, Status::Service),
        (r#"{"resultCode":"0"}"#, Status::Response),
        (r#"{"resultCode":"0","token":"a\r\nb"}"#, Status::Response),
        ("<html>", Status::Response),
    ] {
        let error = session(bad).unwrap_err();
        assert_eq!(
            (error.status(), error.phase()),
            (status, Phase::Token),
            "{bad}"
        );
    }
}

#[test]
fn the_code_has_two_names_and_two_types() {
    let read = |body: &str| read_upload(&answer(200, body));
    let key = "44992392-2078-4caa-af3f-16cc328db296";
    for name in ["returnCode", "resultCode"] {
        for zero in ["0", "\"0\""] {
            let body = format!(r#"{{"{name}":{zero},"objectKey":"{key}"}}"#);
            assert_eq!(read(&body).unwrap(), Stored::named(key));
        }
    }
    let error = read(r#"{"returnCode":"13","resultDesc":"decode file failed"}"#).unwrap_err();
    assert_eq!(error.status(), Status::Service);
    assert_eq!(error.service_code(), Some("13"));
    assert_eq!(error.service_message(), Some("decode file failed"));
    for bad in [
        "",
        "{}",
        r#"{"returnCode":0}"#,
        r#"{"objectKey":"k"}"#,
        r#"{"returnCode":0,"objectKey":""}"#,
        // No later call could name it.
        r#"{"returnCode":0,"objectKey":"k\r\nX-Evil: 1"}"#,
        r#"{"returnCode":0,"objectKey":"k\u0000z"}"#,
    ] {
        assert_eq!(read(bad).unwrap_err().status(), Status::Response, "{bad}");
    }
}

#[test]
fn refusals_are_told_apart() {
    let body = r#"{"errorCode":"0","exceptionInfo":"auth fail! illegal or expired token info."}"#;
    for (http, status, retryable, remedy) in [
        (400, Status::Service, false, None),
        (
            401,
            Status::Auth,
            false,
            Some(Remedy::Renew(Credential::Session)),
        ),
        (403, Status::Auth, false, Some(NEW_TOKEN)),
        (404, Status::NotFound, false, None),
        (500, Status::Service, false, None),
        (503, Status::Unavailable, true, None),
    ] {
        let error = read_upload(&answer(http, body)).unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable(), error.remedy()),
            (status, retryable, remedy),
            "{http}"
        );
        assert_eq!(error.service_code(), Some("0"));
    }
}

#[test]
fn configurations_that_cannot_work_name_the_field() {
    let field = |change: fn(&mut Huawei)| {
        let mut config = config();
        change(&mut config);
        Tenant::new(config).err().and_then(|e| e.field())
    };
    assert_eq!(field(|_| {}), None);
    assert_eq!(
        field(|c| c.base_url = "service.besclouds.com".into()),
        Some("base_url")
    );
    assert_eq!(field(|c| c.app_key = "a\nb".into()), Some("app_key"));
    assert_eq!(field(|c| c.app_secret = "".into()), Some("app_secret"));
    assert_eq!(field(|c| c.channel_id.clear()), Some("channel_id"));
    assert_eq!(field(|c| c.user_id = "x".repeat(33)), Some("user_id"));
    assert_eq!(
        field(|c| c.token_ttl = Some(Duration::from_secs(3601))),
        Some("token_ttl")
    );
    assert_eq!(
        field(|c| c.token_ttl = Some(Duration::from_millis(999))),
        Some("token_ttl")
    );
}

#[test]
fn every_result_code_has_a_status_and_advice() {
    for (code, said) in [
        ("1", "channel_id"),
        ("2", "channel_id"),
        ("3", "file_type"),
        ("13", "type"),
        ("401", "objectKey"),
    ] {
        let judgement = known(CODES, code).unwrap();
        assert_eq!(judgement.remedy, None, "{code}");
        assert!(judgement.advice.contains(said), "{code}");
    }
}

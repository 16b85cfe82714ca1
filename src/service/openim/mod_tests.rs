#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::NEW_TOKEN;
use super::super::test_kit::{answer, headers, text};
use super::access::FILE_OF_API;
use super::wire::read;
use super::*;
use crate::error::{Remedy, Status};
use crate::message::{Encoding, Head};

fn config(credentials: OpenimCredentials) -> Openim {
    Openim {
        base_url: "https://im.example.com/api/".into(),
        user_id: "alice".into(),
        credentials,
        max_upload_size: None,
    }
}

fn user() -> OpenimCredentials {
    OpenimCredentials::User {
        admin_secret: "openIM123".into(),
        admin_user_id: None,
        platform: 5,
    }
}

fn app() -> App {
    App::new(config(user())).unwrap()
}

fn admin() -> App {
    let secret = "openIM123".into();
    App::new(config(OpenimCredentials::Admin { secret })).unwrap()
}

const CALLER: Caller<'_> = Caller {
    operation_id: "1646445464564",
    token: "eyJhb",
};

/// Path and body of a POST, whose header fields are checked.
fn posted(request: &Request) -> (&str, &str) {
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

fn data(json: &str) -> Answer {
    answer(
        200,
        &format!(r#"{{"errCode":0,"errMsg":"","errDlt":"","data":{json}}}"#),
    )
}

#[test]
fn tokens_are_asked_for_byte_for_byte() {
    let request = app().admin_token_request("1", "openIM123");
    assert_eq!(
        request.url,
        "https://im.example.com/api/auth/get_admin_token"
    );
    assert_eq!(
        text(&request.body.prefix),
        r#"{"secret":"openIM123","userID":"imAdmin"}"#
    );
    assert!(headers(&request).iter().all(|(name, ..)| *name != "token"));
    let request = admin().admin_token_request("1", "openIM123");
    assert!(text(&request.body.prefix).contains(r#""userID":"alice""#));
    assert_eq!(
        posted(&app().user_token_request(&CALLER, 5)),
        (
            "auth/get_user_token",
            r#"{"platformID":5,"userID":"alice"}"#
        )
    );
}

#[test]
fn tokens_are_read_with_their_lifetime() {
    let read = |json: &str| {
        read_token(ApiCall::AdminToken, &data(json)).map(|(token, life)| (token.to_string(), life))
    };
    for seconds in ["7776000", "\"7776000\""] {
        let json = format!(r#"{{"token":"eyJhb","expireTimeSeconds":{seconds}}}"#);
        let life = Some(Duration::from_secs(7_776_000));
        assert_eq!(read(&json).unwrap(), ("eyJhb".into(), life));
    }
    assert_eq!(read(r#"{"token":"t"}"#).unwrap().1, None);
    for bad in ["null", "{}", r#"{"token":""}"#, r#"{"token":"a\r\nb"}"#] {
        assert_eq!(read(bad).unwrap_err().status(), Status::Response, "{bad}");
    }
    for code in [1001, 1002] {
        let refusal = format!(r#"{{"errCode":{code},"errMsg":"NoPermissionError"}}"#);
        let error = read_token(ApiCall::AdminToken, &answer(200, &refusal)).unwrap_err();
        assert_eq!(error.status(), Status::Auth);
        assert_eq!(error.remedy(), None);
    }
}

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

#[test]
fn names_are_checked_beforehand() {
    let name = |app: &App, name: Option<&str>, file: &str| {
        let options = OpenimUpload {
            name: name.map(Into::into),
            ..OpenimUpload::default()
        };
        app.upload_name(&options, file)
    };
    assert_eq!(name(&app(), None, "图.png").unwrap(), "alice/图.png");
    assert_eq!(name(&admin(), None, "a").unwrap(), "alice/a");
    assert_eq!(name(&app(), Some("alice/b/c"), "x").unwrap(), "alice/b/c");
    assert_eq!(name(&admin(), Some("bob/c"), "x").unwrap(), "bob/c");
    for name_of in ["alice/./x", "alice/../bob/x", "alice/x/.."] {
        for app in [&app(), &admin()] {
            let error = name(app, Some(name_of), "x").unwrap_err();
            assert_eq!(
                (error.status(), error.field()),
                (Status::Argument, Some("name"))
            );
        }
    }
    assert!(name(&app(), None, "..").is_err());
    assert_eq!(name(&app(), None, "..x/.y.").unwrap(), "alice/..x/.y.");
    assert_eq!(name(&app(), Some("alice//x"), "").unwrap(), "alice//x");
    let longest = "x".repeat(1024 - "alice/".len());
    assert_eq!(name(&app(), None, &longest).unwrap().len(), 1024);
    for bad in [Some("bob/c"), Some("alice"), Some("/alice/x"), Some("")] {
        let error = name(&app(), bad, "x").unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Argument, Some("name"))
        );
    }
    assert!(name(&admin(), Some("/x"), "x").is_err());
    let error = name(&admin(), None, &"x".repeat(1019)).unwrap_err();
    assert_eq!(error.field(), Some("name"));
    let absolute = OpenimUpload {
        absolute: true,
        ..OpenimUpload::default()
    };
    assert!(admin().upload_name(&absolute, "x").is_ok());
    let error = app().upload_name(&absolute, "x").unwrap_err();
    assert_eq!(error.field(), Some("absolute"));
    let error = admin().upload_name(&absolute, "a//b").unwrap_err();
    assert_eq!(error.field(), Some("name"));
}

#[test]
fn sizes_are_checked_beforehand() {
    let app = App::new(Openim {
        max_upload_size: Some(10),
        ..config(user())
    })
    .unwrap();
    app.check_size(1).unwrap();
    app.check_size(10).unwrap();
    for bad in [0, 11] {
        let error = app.check_size(bad).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Limit, Some("source"))
        );
    }
}

#[test]
fn the_source_and_the_options_decide_how_a_file_goes() {
    use OpenimUploadMethod::{Automatic, Form, Parts};
    let [good, bad] = ["a.txt", "a.\""];
    for (method, group, cause, name, can_rewind, expected) in [
        (Automatic, false, false, good, true, Ok(false)),
        (Automatic, false, false, good, false, Ok(true)),
        (Automatic, false, false, bad, true, Ok(false)),
        (Automatic, false, false, bad, false, Err("name")),
        (Automatic, true, false, good, true, Ok(true)),
        (Automatic, true, false, bad, true, Ok(false)),
        (Automatic, true, false, bad, false, Err("name")),
        (Automatic, false, true, good, true, Ok(false)),
        (Automatic, false, true, good, false, Ok(false)),
        (Automatic, true, true, good, true, Err("cause")),
        (Form, true, false, good, true, Ok(true)),
        (Form, false, false, bad, true, Err("name")),
        (Form, false, true, good, true, Err("cause")),
        (Parts, false, true, bad, true, Ok(false)),
        (Parts, true, false, good, true, Err("group")),
    ] {
        let options = OpenimUpload {
            method,
            group: group.then(|| "g".into()),
            cause: cause.then(|| "c".into()),
            ..OpenimUpload::default()
        };
        let got = is_form(&options, name, "a/b", can_rewind).map_err(|e| e.field().unwrap());
        assert_eq!(got, expected, "{options:?} {name} {can_rewind}");
        let quoted = "a/b; c=\"d\"";
        let got = is_form(&options, good, quoted, true);
        if method == Automatic && group && !cause {
            assert!(!got.unwrap(), "{options:?}");
        }
    }
    let absolute = OpenimUpload {
        absolute: true,
        ..OpenimUpload::default()
    };
    for (name, expected) in [
        ("shared/a.txt", Ok(true)),
        ("\"/a.txt", Err(Some("name"))),
        (&"x".repeat(256), Err(Some("name"))),
    ] {
        let got = is_form(&absolute, name, "a/b; c=\"d\"", true).map_err(|e| e.field());
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn a_form_can_be_signed_for_what_stands_in_json_as_it_is() {
    use super::form::can_sign_name;
    let longest = format!("a.{}", "x".repeat(222));
    for good in ["a", "\"\\\u{1}.a b", "a.图<'>", "\".b/c", "a.", &longest] {
        assert!(can_sign_name(good, false), "{good}");
    }
    for bad in [
        "a.\"",
        "a.b\\",
        "a.\u{1}",
        "a.\u{7f}",
        &format!("{longest}x"),
    ] {
        assert!(!can_sign_name(bad, false), "{bad}");
    }
    for (told, plain) in [
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("text/plain;charset=\"utf-8\"", "text/plain; charset=utf-8"),
        (
            "video/mp4; codecs=\"avc1, mp4a\"; a=\"b\"",
            "video/mp4; a=b",
        ),
        ("a/b; c=\"d;e=f\"; g=h", "a/b"),
        ("a/b; c=\"d\\\"e\"", "a/b"),
        ("a\"b/c", "application/octet-stream"),
    ] {
        assert_eq!(plain_type(told), plain);
    }
}

#[test]
fn a_form_is_asked_for_byte_for_byte() {
    let options = OpenimUpload {
        group: Some("avatar".into()),
        absolute: true,
        ..OpenimUpload::default()
    };
    let ask =
        |options| app().initiate_form_request(&CALLER, "a.png", 204_800, "image/png", options);
    assert_eq!(
        posted(&ask(&options)),
        (
            "object/initiate_form_data",
            r#"{"name":"a.png","size":204800,"contentType":"image/png","group":"avatar","absolute":true}"#
        )
    );
    assert_eq!(
        posted(&ask(&OpenimUpload::default())).1,
        r#"{"name":"a.png","size":204800,"contentType":"image/png"}"#
    );
    assert_eq!(
        posted(&app().complete_form_request(&CALLER, "upload-task-id")),
        ("object/complete_form_data", r#"{"id":"upload-task-id"}"#)
    );
}

/// The answer on the vendor's page, with this `header`.
fn form_answer(header: &str) -> Answer {
    data(&format!(
        r#"{{"id":"upload-task-id","url":"https://storage.example.com/form-upload","file":"file",
            "header":{header},"formData":{{"policy":"BASE64_POLICY","signature":"SIGN_VALUE",
            "key":"tmp/avatar.png"}},"expires":1715065020123,"successCodes":[200]}}"#
    ))
}

#[test]
fn a_form_is_sent_byte_for_byte() {
    let form = read_form(&form_answer(
        r#"[{"key":"Content-Type","value":"multipart/form-data"}]"#,
    ))
    .unwrap();
    assert_eq!(
        (form.id.as_str(), &*form.success),
        ("upload-task-id", &[200][..])
    );
    assert_eq!(form.expires_ms, Some(1_715_065_020_123));
    let request = form.request("0", "avatar.png", "image/png");
    assert_eq!(request.url, "https://storage.example.com/form-upload");
    assert_eq!(
        headers(&request),
        [(
            "Content-Type",
            "multipart/form-data; boundary=chatfile-0",
            false
        )]
    );
    assert_eq!(
        text(&request.body.prefix),
        "--chatfile-0\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\nBASE64_POLICY\r\n\
         --chatfile-0\r\nContent-Disposition: form-data; name=\"signature\"\r\n\r\nSIGN_VALUE\r\n\
         --chatfile-0\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\ntmp/avatar.png\r\n\
         --chatfile-0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"avatar.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    assert_eq!(request.body.content, Some(Encoding::Identity));
    assert_eq!(text(&request.body.suffix), "\r\n--chatfile-0--\r\n");
}

#[test]
fn header_fields_come_in_two_shapes() {
    let sent = |header: &str| {
        let form = read_form(&form_answer(header)).unwrap();
        let request = form.request("0", "a", "b/c");
        let fields = headers(&request)[1..]
            .iter()
            .map(|(name, value, secret)| {
                assert!(secret);
                format!("{name}={value}")
            })
            .collect::<Vec<_>>();
        fields.join(" ")
    };
    assert_eq!(sent("null"), "");
    assert_eq!(sent("[]"), "");
    assert_eq!(
        sent(
            r#"[{"key":"X-A","values":["1","2"]},{"key":"content-type","values":["x"]},
                {"key":"HOST","values":["evil"]},{"key":"Content-Length","value":"5"},
                {"key":"x-b","value":"3","values":null}]"#
        ),
        "X-A=1 X-A=2 x-b=3"
    );
    for bad in [
        r#"[{"key":"X A","value":"1"}]"#,
        r#"[{"key":"X","value":"a\r\nb"}]"#,
        r#"[{"value":"1"}]"#,
        "5",
    ] {
        let error = read_form(&form_answer(bad)).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{bad}");
    }
}

#[test]
fn a_form_that_cannot_be_sent_is_refused() {
    let good = r#"{"id":"i","url":"https://h/","file":"f","header":null,"expires":1,"successCodes":[200]}"#;
    let form = read_form(&data(good)).unwrap();
    assert!(form.fields.is_empty());
    for (from, to) in [
        (r#""id":"i""#, r#""id":"""#),
        ("https://h/", "file:///x"),
        ("https://h/", "http://h:65536/"),
        (r#""file":"f""#, r#""file":null"#),
        ("[200]", "null"),
        ("[200]", "[]"),
    ] {
        let error = read_form(&data(&good.replace(from, to))).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{to}");
    }
}

#[test]
fn a_completed_upload_has_a_url() {
    let url = |name: &str| {
        let json = format!(r#"{{"url":"http://h/object/{name}"}}"#);
        read_url(name, &data(&json)).unwrap()
    };
    assert_eq!(
        url("alice/图 a.png"),
        "http://h/object/alice/%E5%9B%BE%20a.png"
    );
    assert_eq!(
        url("alice/50%?#<`>^{}[]|/%41"),
        "http://h/object/alice/50%25%3F%23%3C%60%3E%5E%7B%7D%5B%5D%7C/%2541"
    );
    // A server, or what stands before it, that makes the URL in another way.
    let other = |url: &str| read_url("x", &data(&format!(r#"{{"url":"{url}"}}"#))).unwrap();
    assert_eq!(other("https://cdn/y?z=%41"), "https://cdn/y?z=%41");
    assert_eq!(other("https://cdn/ü <%>"), "https://cdn/%C3%BC%20%3C%25%3E");
    for bad in ["null", "{}", r#"{"url":""}"#, r#"{"url":"alice/x"}"#] {
        assert!(read_url("x", &data(bad)).is_err(), "{bad}");
    }
}

fn s3_error(status: u16, code: &str, message: &str) -> Answer {
    answer(
        status,
        &format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{message}</Message><RequestId>17C0</RequestId></Error>"
        ),
    )
}

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
        (400, "MalformedPOSTRequest", "x", Status::Service, false),
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
    let request = upload.signs[0].request();
    assert_eq!(request.method.as_str(), "PUT");
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
        upload.signs[1].request().url,
        "http://s:9000/b/k?uploadId=a%2Fb%3D"
    );
    // OSS: the URL of a part has already what stands beside it.
    let upload = read(
        r#"{"url":"http://s/b/k","query":[{"key":"uploadId","values":["a/b="]}],"header":null,
            "parts":[{"partNumber":3,"url":"http://s/b/k?partNumber=3&uploadId=a%2Fb%3D&x=",
                      "query":[{"key":"partNumber","values":["3"]}],"header":null}]}"#,
    );
    assert_eq!(
        upload.signs[0].request().url,
        "http://s/b/k?x=&uploadId=a%2Fb%3D&partNumber=3"
    );
    // A single presigned PUT: its URL is left as it is.
    let upload = read(
        r#"{"url":"","query":null,"header":null,"parts":[{"partNumber":1,
            "url":"http://s/k?X-Amz-Signature=a%2Fb","query":null,"header":null}]}"#,
    );
    let request = upload.signs[0].request();
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

fn thumbnail() -> OpenimDownload {
    OpenimDownload {
        thumbnail: true,
        thumbnail_width: Some(64),
        thumbnail_height: Some(48),
        thumbnail_format: Some("JPEG".into()),
    }
}

#[test]
fn a_download_byte_for_byte() {
    let app = app();
    let url = |file: &str, options: &OpenimDownload| {
        let request = app.download_request(file, options)?;
        assert!(request.headers.is_empty());
        Ok::<_, Error>(request.url)
    };
    let plain = OpenimDownload::default();
    assert_eq!(
        url("alice/图 50%?.png", &plain).unwrap(),
        "https://im.example.com/api/object/alice/%E5%9B%BE%2050%25%3F.png"
    );
    assert_eq!(
        url("a/b", &thumbnail()).unwrap(),
        "https://im.example.com/api/object/a/b?type=image&width=64&height=48&format=jpeg"
    );
    assert_eq!(
        url("https://other/object/a/图?x=1#f", &thumbnail()).unwrap(),
        "https://other/object/a/%E5%9B%BE?x=1&type=image&width=64&height=48&format=jpeg"
    );
    // Of another client, which writes what it likes.
    assert_eq!(
        url("http://other/object/a/100%.txt <`>%41", &plain).unwrap(),
        "http://other/object/a/100%25.txt%20%3C%60%3E%41"
    );
    for bad in ["", "..", "a/../b", "a/."] {
        assert_eq!(url(bad, &plain).unwrap_err().field(), Some("file"), "{bad}");
    }
    for (options, field) in [
        (
            OpenimDownload {
                thumbnail: false,
                ..thumbnail()
            },
            "thumbnail_width",
        ),
        (
            OpenimDownload {
                thumbnail_format: Some("webp".into()),
                ..thumbnail()
            },
            "thumbnail_format",
        ),
    ] {
        assert_eq!(url("a", &options).unwrap_err().field(), Some(field));
    }
}

#[test]
fn a_url_of_a_file_byte_for_byte() {
    let params = |options: &OpenimDownload| {
        app().access_url_request(&CALLER, "a/b", &options.query().unwrap())
    };
    assert_eq!(
        posted(&params(&OpenimDownload::default())),
        ("object/access_url", r#"{"name":"a/b"}"#)
    );
    assert_eq!(
        posted(&params(&thumbnail())).1,
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
        let error = (FILE.refusal)(&expired);
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

#[test]
fn a_form_that_expires_at_once_is_a_matter_of_clocks() {
    let fresh = |life: Option<Duration>| {
        let mut form = read_form(&form_answer("null")).unwrap();
        form.life = life;
        let expired = s3_error(403, "AccessDenied", "Policy expired");
        form.read_stored(&expired, Duration::from_secs(7))
            .unwrap_err()
    };
    for life in [None, Some(Duration::from_secs(7))] {
        assert_eq!(fresh(life).remedy(), Some(Remedy::Permission));
    }
    let error = fresh(Some(Duration::from_secs(600)));
    assert_eq!((error.status(), error.remedy()), (Status::Expired, None));
    assert!(error.message().contains("clocks"), "{error}");
    let mut dated = form_answer("null");
    let date = "Tue, 07 May 2024 06:47:00 GMT";
    dated.head.headers.push(("date".into(), date.into()));
    let form = read_form(&dated).unwrap();
    assert_eq!(form.life, Some(Duration::from_millis(600_123)));
}

#[test]
fn configurations_that_cannot_work_name_the_field() {
    let field = |config: Openim| App::new(config).err().and_then(|e| e.field());
    assert_eq!(field(config(user())), None);
    let odd = |base_url: &str, user_id: &str| Openim {
        base_url: base_url.into(),
        user_id: user_id.into(),
        ..config(user())
    };
    assert_eq!(field(odd("im.example.com", "a")), Some("base_url"));
    assert_eq!(field(odd("http://h", "")), Some("user_id"));
    let empty = OpenimCredentials::Admin { secret: "".into() };
    assert_eq!(field(config(empty)), Some("admin_secret"));
    let token = OpenimCredentials::Token("a\nb".into());
    assert_eq!(field(config(token)), Some("token"));
    for (platform, id, expected) in [
        (0, None, Some("platform")),
        (10, None, Some("platform")),
        (12, None, Some("platform")),
        (11, None, None),
        (1, Some(""), Some("admin_user_id")),
    ] {
        let credentials = OpenimCredentials::User {
            admin_secret: "s".into(),
            admin_user_id: id.map(Into::into),
            platform,
        };
        assert_eq!(field(config(credentials)), expected);
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

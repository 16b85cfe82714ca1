#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::test_kit::*;
use super::super::*;
use super::*;
use crate::error::{Remedy, Status};
use crate::message::Encoding;
use crate::service::test_kit::{headers, text};

#[test]
fn a_form_can_be_signed_for_what_stands_in_json_as_it_is() {
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
    let request = app().form_request(&form, "0", "avatar.png", "image/png");
    assert_eq!(request.provenance, app().storage());
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
        let request = app().form_request(&form, "0", "a", "b/c");
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

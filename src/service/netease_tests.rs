#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::test_kit::{answer, headers, text};
use super::*;
use std::time::Duration;

fn app() -> App {
    App::new(Netease {
        base_url: Some("https://api.netease.im/nimserver/".into()),
        app_key: "go9dnk49bkd9jd9vmel1kglw0803mgq3".into(),
        app_secret: "b".into(),
        max_upload_size: None,
    })
    .unwrap()
}

const SIGNATURE: Signature<'_> = Signature {
    app_secret: "b",
    nonce: "4tgggergigwow323t23t",
    cur_time: 1_443_592_222,
};

/// Names and values.
fn named(request: &Request) -> Vec<(&str, &str)> {
    let all = headers(request).into_iter();
    all.map(|(name, value, _)| (name, value)).collect()
}

/// What the answer to an upload says, and that to a delete task.
fn uploaded(answer: &Answer) -> Result<String> {
    let options = NeteaseUpload::default();
    let request = app().upload_request(&SIGNATURE, "0", "a", "text/plain", &options);
    read_upload(&request, answer).map(|stored| stored.file)
}

fn deleted(answer: &Answer) -> Result<String> {
    let request = app().delete_request(&SIGNATURE, &NeteaseDeleteTask::default());
    read_delete(&request, answer)
}

/// The four signing headers; printf 'b4tgggergigwow323t23t1443592222' | sha1sum.
const SIGNED: [(&str, &str); 5] = [
    ("Accept", "application/json"),
    ("AppKey", "go9dnk49bkd9jd9vmel1kglw0803mgq3"),
    ("Nonce", "4tgggergigwow323t23t"),
    ("CurTime", "1443592222"),
    ("CheckSum", "21832db76b9383780e99e1e3135753edc56759f7"),
];

#[test]
fn an_upload_as_base64_byte_for_byte() {
    let options = NeteaseUpload {
        method: NeteaseUploadMethod::Base64,
        tag: Some("头像 &=".into()),
        ttl: Some(Duration::from_secs(86_400)),
        ..NeteaseUpload::default()
    };
    let request = app().upload_request(&SIGNATURE, "7", "a.bin", "image/png", &options);
    assert_eq!(
        request.url,
        "https://api.netease.im/nimserver/msg/upload.action"
    );
    let mut expected = vec![(
        "Content-Type",
        "application/x-www-form-urlencoded;charset=utf-8",
    )];
    expected.extend(SIGNED);
    assert_eq!(named(&request), expected);
    assert_eq!(
        text(&request.body.prefix),
        "type=image%2Fpng&ishttps=true&expireSec=86400&tag=%E5%A4%B4%E5%83%8F%20%26%3D&content="
    );
    assert_eq!(request.body.content, Some(Encoding::Base64Form));
    assert_eq!(text(&request.body.suffix), "");
}

#[test]
fn an_upload_as_form_byte_for_byte() {
    let options = NeteaseUpload {
        tag: Some("usericon".into()),
        plain_http_url: true,
        ..NeteaseUpload::default()
    };
    let request = app().upload_request(&SIGNATURE, "7", "a.png", "image/png", &options);
    assert_eq!(
        request.url,
        "https://api.netease.im/nimserver/msg/fileUpload.action"
    );
    let mut expected = vec![(
        "Content-Type",
        "multipart/form-data; charset=utf-8; boundary=chatfile-7",
    )];
    expected.extend(SIGNED);
    assert_eq!(named(&request), expected);
    assert_eq!(
        text(&request.body.prefix),
        "--chatfile-7\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n\
         --chatfile-7\r\nContent-Disposition: form-data; name=\"ishttps\"\r\n\r\nfalse\r\n\
         --chatfile-7\r\nContent-Disposition: form-data; name=\"tag\"\r\n\r\nusericon\r\n\
         --chatfile-7\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    assert_eq!(text(&request.body.suffix), "\r\n--chatfile-7--\r\n");
}

#[test]
fn a_delete_task_byte_for_byte() {
    // The values of the vendor's own example.
    let options = NeteaseDeleteTask {
        start_time_ms: 1_533_988_669_286,
        end_time_ms: 1_534_420_669_286,
        media_type: Some("image".into()),
        tag: Some("usericon".into()),
    };
    let request = app().delete_request(&SIGNATURE, &options);
    assert_eq!(
        request.url,
        "https://api.netease.im/nimserver/job/nos/del.action"
    );
    assert_eq!(
        text(&request.body.prefix),
        "startTime=1533988669286&endTime=1534420669286&contentType=image&tag=usericon"
    );
    assert_eq!(request.body.content, None);
}

#[test]
fn nothing_that_signs_goes_to_another_host() {
    let request = app().delete_request(&SIGNATURE, &NeteaseDeleteTask::default());
    for name in ["AppKey", "Nonce", "CurTime", "CheckSum"] {
        assert!(
            request.headers.iter().any(|h| h.name == name && h.secret),
            "{name}"
        );
    }
}

/// (status, field) of the refusal, if there is one.
fn checked(size: u64, change: fn(&mut NeteaseUpload)) -> Option<(Status, &'static str)> {
    let mut options = NeteaseUpload::default();
    change(&mut options);
    let checked = app()
        .check_size(size, options.method)
        .and_then(|()| options.check("x/y"));
    let error = checked.err()?;
    Some((error.status(), error.field().unwrap()))
}

#[test]
fn upload_limits_are_exact() {
    let form: fn(&mut NeteaseUpload) = |o| o.method = NeteaseUploadMethod::Base64;
    let limit = |field| Some((Status::Limit, field));
    assert_eq!(checked(0, |_| {}), limit("source"));
    assert_eq!(checked(1, |_| {}), None);
    assert_eq!(checked(15_728_640, |_| {}), None);
    assert_eq!(checked(15_728_641, |_| {}), limit("source"));
    assert_eq!(checked(11_796_480, form), None);
    assert_eq!(checked(11_796_481, form), limit("source"));
    let typed = |letters| {
        let checked = NeteaseUpload::default().check(&"类".repeat(letters));
        checked.err().and_then(|error| error.field())
    };
    assert_eq!((typed(128), typed(129)), (None, Some("media_type")));
    assert_eq!(checked(1, |o| o.tag = Some("签".repeat(32))), None);
    assert_eq!(checked(1, |o| o.tag = Some("签".repeat(33))), limit("tag"));
    assert_eq!(
        checked(1, |o| o.ttl = Some(Duration::from_secs(86_400))),
        None
    );
    assert_eq!(
        checked(1, |o| o.ttl = Some(Duration::from_secs(86_399))),
        limit("ttl")
    );
    assert_eq!(
        checked(1, |o| o.ttl = Some(Duration::from_secs(2_147_483_647))),
        None
    );
    assert_eq!(
        checked(1, |o| o.ttl = Some(Duration::from_secs(2_147_483_648))),
        limit("ttl")
    );
}

#[test]
fn a_limit_error_names_value_and_bound_and_a_way_out() {
    let form = NeteaseUploadMethod::Base64;
    let error = app().check_size(11_796_481, form).unwrap_err();
    assert_eq!(
        error.message(),
        "source: 15728644 bytes of base64 text are more than the 15728640 that NetEase takes; \
         send a smaller file, or this one as a form"
    );
}

/// 2026-11-20 05:00 UTC, which is 13:00 in China.
const NOW: i64 = 1_795_150_800_000;
/// Midnight in China on that day.
const TODAY: i64 = 1_795_104_000_000;

fn delete_fault(start: i64, end: i64) -> Option<&'static str> {
    let options = NeteaseDeleteTask {
        start_time_ms: start,
        end_time_ms: end,
        ..NeteaseDeleteTask::default()
    };
    check_delete(&options, NOW).err()?.field()
}

#[test]
fn delete_ranges_are_exact() {
    let end = TODAY - 1;
    assert_eq!(delete_fault(end - DAY_MS - 1, end), None);
    assert_eq!(delete_fault(end - DAY_MS, end), Some("end_time_ms"));
    assert_eq!(delete_fault(end - 7 * DAY_MS + 1, end), None);
    assert_eq!(delete_fault(end - 7 * DAY_MS, end), Some("end_time_ms"));
    assert_eq!(delete_fault(end, end), Some("end_time_ms"));
    assert_eq!(delete_fault(end, end - 1), Some("end_time_ms"));
    assert_eq!(delete_fault(TODAY - 2 * DAY_MS, TODAY), Some("end_time_ms"));
    assert_eq!(delete_fault(0, 2 * DAY_MS), Some("start_time_ms"));
    assert_eq!(delete_fault(-1, 2 * DAY_MS), Some("start_time_ms"));
    assert_eq!(delete_fault(1, 2 * DAY_MS), None);
    assert_eq!(delete_fault(i64::MIN, i64::MAX), Some("start_time_ms"));
    assert_eq!(delete_fault(1, i64::MAX), Some("end_time_ms"));
}

#[test]
fn a_filter_of_a_delete_task_is_one() {
    let fault = |media_type: Option<&str>, tag: Option<&str>| {
        let options = NeteaseDeleteTask {
            start_time_ms: 1,
            end_time_ms: 2 * DAY_MS,
            media_type: media_type.map(str::to_owned),
            tag: tag.map(str::to_owned),
            ..NeteaseDeleteTask::default()
        };
        check_delete(&options, NOW).err()?.field()
    };
    assert_eq!(fault(Some("image"), Some("t")), None);
    // The service could take it for none, and delete all.
    assert_eq!(fault(Some(""), None), Some("media_type"));
    assert_eq!(fault(None, Some("")), Some("tag"));
    assert_eq!(fault(Some(&"t".repeat(128)), None), None);
    assert_eq!(fault(Some(&"t".repeat(129)), None), Some("media_type"));
    assert_eq!(fault(None, Some(&"签".repeat(33))), Some("tag"));
}

#[test]
fn a_url_is_read_and_kept_as_it_is() {
    let url = "https://nim-nosdn.netease.im/NDA=/bmlt%2FYQ==?createTime=1";
    let stored = uploaded(&answer(200, &format!(r#"{{"url":"{url}","code":200}}"#))).unwrap();
    assert_eq!(stored, url);
    assert_eq!(download_request(url, None).unwrap().url, url);
    assert!(download_request(url, None).unwrap().headers.is_empty());
    for bad in ["", "nos/x", "file:///etc/passwd", "http://h/a\r\nb"] {
        assert_eq!(
            download_request(bad, None).unwrap_err().field(),
            Some("file"),
            "{bad}"
        );
    }
}

#[test]
fn a_small_picture_is_asked_of_the_store() {
    let url = |file: &str, is_of_video, width, height| {
        let thumbnail = Thumbnail {
            is_of_video,
            width,
            height,
        };
        let request = download_request(file, Some(thumbnail)).unwrap();
        request.url.as_str().to_owned()
    };
    assert_eq!(
        url("http://h/a/b=", false, Some(80), Some(90)),
        "http://h/a/b=?imageView&thumbnail=80x90"
    );
    assert_eq!(
        url("http://h/a/b=?createTime=1", false, None, Some(90)),
        "http://h/a/b=?createTime=1&imageView&thumbnail=0x90"
    );
    assert_eq!(
        url("http://h/a/b=", true, None, None),
        "http://h/a/b=?vframe&offset=0&resize=170x170&type=jpeg"
    );
}

#[test]
fn a_success_that_is_none_is_not_believed() {
    for bad in [
        "",
        "<html>",
        "{}",
        r#"{"code":200}"#,
        r#"{"code":200,"url":""}"#,
        r#"{"code":200,"url":"javascript:1"}"#,
        r#"{"code":200,"url":5}"#,
        r#"{"url":"https://h/x"}"#,
        r#"{"code":"ok","url":"https://h/x"}"#,
    ] {
        let error = uploaded(&answer(200, bad)).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{bad}");
    }
    let ok = r#"{"code":200,"data":{"taskid":"1024030f3841440daf2af73672792f47"}}"#;
    assert_eq!(
        deleted(&answer(200, ok)).unwrap(),
        "1024030f3841440daf2af73672792f47"
    );
    for bad in [
        r#"{"code":200}"#,
        r#"{"code":200,"data":{}}"#,
        r#"{"code":200,"data":{"taskid":""}}"#,
    ] {
        assert_eq!(
            deleted(&answer(200, bad)).unwrap_err().status(),
            Status::Response,
            "{bad}"
        );
    }
}

#[test]
fn the_code_in_the_body_decides() {
    for (code, desc, status, retryable) in [
        (403, "x", Status::Auth, false),
        (404, "x", Status::NotFound, false),
        (405, "x", Status::Service, false),
        (408, "x", Status::Unavailable, true),
        (414, "content is empty", Status::Service, false),
        (414, "bad CheckSum", Status::Auth, false),
        (416, "x", Status::RateLimited, true),
        (419, "x", Status::Service, false),
        (422, "x", Status::Forbidden, false),
        (500, "x", Status::Unavailable, true),
        (503, "x", Status::Unavailable, true),
        (514, "x", Status::Unavailable, true),
    ] {
        let body = format!(r#"{{"code":{code},"desc":"{desc}"}}"#);
        let error = uploaded(&answer(200, &body)).unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable()),
            (status, retryable),
            "{code} {desc}"
        );
        assert_eq!(error.service_code(), Some(code.to_string().as_str()));
        assert_eq!(error.service_message(), Some(desc));
        assert_eq!(error.http_status(), Some(200));
    }
    let limited = uploaded(&answer(200, r#"{"code":416}"#)).unwrap_err();
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(10)));
    // Five delete tasks a day are no matter of seconds, nor of uploads.
    let limited = deleted(&answer(200, r#"{"code":416}"#)).unwrap_err();
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(86_400)));
    assert_eq!(limited.remedy(), None);
    // What has broken down may have taken the task, of which there are five a day.
    for (code, may_be_done) in [
        (500, true),
        (408, true),
        (503, false),
        (414, false),
        (416, false),
    ] {
        let error = deleted(&answer(200, &format!(r#"{{"code":{code}}}"#))).unwrap_err();
        assert_eq!(error.is_unsettled(), may_be_done, "{code}");
        let error = uploaded(&answer(200, &format!(r#"{{"code":{code}}}"#))).unwrap_err();
        assert!(!error.is_unsettled() && !error.may_be_done(), "{code}");
    }
    let odd = uploaded(&answer(200, r#"{"code":414,"data":"x"}"#)).unwrap_err();
    assert_eq!(odd.service_code(), Some("414"));
    let v2 = uploaded(&answer(200, r#"{"code":414,"msg":"from msg"}"#)).unwrap_err();
    assert_eq!(v2.service_message(), Some("from msg"));
}

#[test]
fn a_wrong_clock_is_learnt_from_a_refused_signature() {
    let refused = |code: u32, date: &str| {
        let mut answer = answer(200, &format!(r#"{{"code":{code}}}"#));
        answer.head.headers = vec![("date".into(), date.into())];
        [uploaded(&answer), deleted(&answer)].map(|read| read.unwrap_err().remedy())
    };
    // 1443592222 is Wed, 30 Sep 2015 05:50:22 GMT.
    assert_eq!(
        refused(414, "Wed, 30 Sep 2015 06:50:22 GMT"),
        [Some(Remedy::Clock(1_443_595_822)); 2]
    );
    assert_eq!(
        refused(403, "Wed, 30 Sep 2015 04:50:22 GMT"),
        [Some(Remedy::Clock(1_443_588_622)); 2]
    );
    for (code, date) in [
        (414, "Wed, 30 Sep 2015 05:51:22 GMT"),
        (405, "Wed, 30 Sep 2015 06:50:22 GMT"),
        (414, "yesterday"),
    ] {
        assert_eq!(refused(code, date), [None; 2], "{code} {date}");
    }
}

#[test]
fn an_http_status_is_not_a_code() {
    for (http, status, retryable) in [
        (302, Status::Redirect, false),
        (404, Status::NotFound, false),
        (413, Status::TooLarge, false),
        (416, Status::Service, false),
        (429, Status::RateLimited, true),
        (502, Status::Unavailable, true),
    ] {
        let error = uploaded(&answer(http, r#"{"code":200,"url":"https://h/x"}"#)).unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable()),
            (status, retryable),
            "{http}"
        );
        assert_eq!(error.service_code(), None);
    }
}

#[test]
fn the_store_answers_in_xml() {
    let xml = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The specified key \
               does not exist.</Message><RequestId>r-1</RequestId></Error>";
    let error = read_download_refusal(&answer(404, xml));
    assert_eq!(error.status(), Status::NotFound);
    assert_eq!(error.service_code(), Some("NoSuchKey"));
    let bare = read_download_refusal(&answer(404, ""));
    assert_eq!(
        (bare.status(), bare.service_code()),
        (Status::NotFound, None)
    );
}

#[test]
fn configurations_that_cannot_work_name_the_field() {
    let field = |key: &str, secret: &str, base: Option<&str>| {
        App::new(Netease {
            base_url: base.map(str::to_owned),
            app_key: key.into(),
            app_secret: secret.into(),
            max_upload_size: None,
        })
        .err()
        .and_then(|e| e.field())
    };
    assert_eq!(field("k", "s", None), None);
    assert_eq!(field("", "s", None), Some("app_key"));
    assert_eq!(field("k\r\nX: 1", "s", None), Some("app_key"));
    assert_eq!(field("k", "", None), Some("app_secret"));
    assert_eq!(field("k", "s", Some("nimserver")), Some("base_url"));
}

#[test]
fn every_code_of_the_vendors_table_has_a_status_and_advice() {
    // netease.md §1.5, without 200.
    const TABLE: &str = "201 301 302 315 403 404 405 406 408 413 414 415 416 417 418 419 422 423 \
                         431 500 503 508 509 514 998 999";
    for code in TABLE.split(' ') {
        assert!(
            known(CODES, code).is_some_and(|v| !v.advice.is_empty()),
            "{code}"
        );
    }
    let count: usize = CODES.iter().map(|code| code.names.len()).sum();
    assert_eq!(count, TABLE.split(' ').count());
    // Against a clock that shows the service's time, and but for too many calls,
    // nothing helps within the call.
    for code in TABLE.split(' ') {
        let answer = answer(200, &format!(r#"{{"code":{code}}}"#));
        let silence = Remedy::Silence(Duration::from_secs(10));
        let remedy = (code == "416").then_some(silence);
        assert_eq!(uploaded(&answer).unwrap_err().remedy(), remedy, "{code}");
        assert_eq!(deleted(&answer).unwrap_err().remedy(), None, "{code}");
    }
}

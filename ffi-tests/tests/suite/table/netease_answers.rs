//! NetEase: the code in the body decides; signatures; answers that are none.

use chatfile_emulator::{Action, BadCheckSum, Canned, NeteaseOversize, Rule};

use super::cases;
use crate::world::{World, base64, download, error, json, upload, upload_callback, upload_one_way};

cases![
    a_base_url_without_its_path_is_named,
    the_code_in_the_body_decides,
    a_wrong_secret_as_403: |config| config.netease.bad_checksum = BadCheckSum::Code403,
    a_wrong_secret_as_414,
    a_wrong_key_as_403: |config| config.netease.bad_checksum = BadCheckSum::Code403,
    a_clock_within_the_window,
    a_wrong_clock_is_learnt_once,
    a_one_way_source_is_not_sent_again_with_another_time,
    too_many_calls: |config| config.netease.calls_per_second = 1,
    a_pause_that_would_pass_the_deadline_is_not_begun,
    a_200_that_is_no_upload,
    a_200_that_is_no_deletion,
    http_statuses_that_are_not_the_services,
    a_file_too_large_for_the_service: |config| config.netease.max_upload = 1000,
    a_file_too_large_for_the_gateway: |config| {
        config.netease.max_upload = 1000;
        config.netease.oversize = NeteaseOversize::Http413;
    },
    a_file_that_is_gone,
    a_store_that_forbids,
];

/// NetEase's codes: status here, whether to retry.
const CODES: &[(&str, &str, i64)] = &[
    ("201", "SERVICE", 0),
    ("301", "FORBIDDEN", 0),
    ("302", "AUTH", 0),
    ("315", "FORBIDDEN", 0),
    ("403", "AUTH", 0),
    ("404", "NOT_FOUND", 0),
    ("405", "SERVICE", 0),
    ("408", "UNAVAILABLE", 1),
    ("413", "SERVICE", 0),
    ("414", "SERVICE", 0),
    ("415", "UNAVAILABLE", 1),
    ("416", "RATE_LIMITED", 1),
    ("417", "SERVICE", 0),
    ("419", "SERVICE", 0),
    ("422", "FORBIDDEN", 0),
    ("431", "SERVICE", 0),
    ("500", "UNAVAILABLE", 1),
    ("503", "UNAVAILABLE", 1),
    ("514", "UNAVAILABLE", 1),
    ("998", "SERVICE", 0),
];

fn a_base_url_without_its_path_is_named(world: &mut World<'_>) {
    let base_url = world.emulator.base_url();
    world.open_netease_with("base_url", base_url);
    let not_there = world.fails(upload(10), "NOT_FOUND");
    world.fault(Rule::new(json(r#"{"status":"UP"}"#)));
    let other_answer = world.fails(upload(10), "RESPONSE");
    for answer in [not_there, other_answer] {
        let message = answer.get("message").unwrap();
        for said in [
            "/msg/fileUpload.action",
            "https://api.yunxinapi.com/nimserver",
        ] {
            assert!(message.contains(said), "{message}");
        }
    }
}

fn the_code_in_the_body_decides(world: &mut World<'_>) {
    for (line, verb) in [(upload(10), "file_upload"), (base64(upload(10)), "upload")] {
        for (code, status, retryable) in CODES {
            // After 416, a client is silent for ten seconds.
            world.open_netease_with("max_attempts", 1);
            world.control.clear_faults();
            world.service_error(verb, code);
            let answer = world.fails(line.clone().with("progress", 1), status);
            assert_eq!(answer.number("http_status"), 200, "{code}: {answer}");
            assert_eq!(answer.get("service_code"), Some(*code), "{code}: {answer}");
            assert!(answer.get("service_message").is_some(), "{code}: {answer}");
            assert_eq!(answer.number("retryable"), *retryable, "{code}: {answer}");
            assert_eq!(answer.number("attempts"), 1, "{code}: {answer}");
        }
    }
}

#[track_caller]
fn refused(world: &mut World<'_>, key: &str, status: &str, code: &str) {
    let line = world.netease().with(key, "wrong-value");
    world.ok(line);
    for line in [upload(1), base64(upload(1))] {
        let answer = world.fails(line, status);
        assert_eq!(answer.number("http_status"), 200, "{answer}");
        assert_eq!(answer.get("service_code"), Some(code), "{answer}");
        assert_eq!(answer.number("attempts"), 1, "{answer}");
        // Whatever the code is, the text says what to look at.
        assert!(
            answer.get("message").unwrap().contains("AppSecret"),
            "{answer}"
        );
    }
}

fn a_wrong_secret_as_403(world: &mut World<'_>) {
    refused(world, "app_secret", "AUTH", "403");
}

/// The service's own page says 414, the code of any bad parameter. Its text is not documented; the emulator says
/// "check sum is invalid".
fn a_wrong_secret_as_414(world: &mut World<'_>) {
    refused(world, "app_secret", "AUTH", "414");
}

fn a_wrong_key_as_403(world: &mut World<'_>) {
    refused(world, "app_key", "AUTH", "403");
}

fn a_clock_within_the_window(world: &mut World<'_>) {
    world.open_netease();
    for seconds in [290, -290] {
        world.control.set_clock_offset_seconds(seconds);
        world.ok(upload(1));
    }
}

fn a_wrong_clock_is_learnt_once(world: &mut World<'_>) {
    for seconds in [3600, -3600, 86_400 * 365] {
        world.open_netease();
        world.control.set_clock_offset_seconds(seconds);
        for (line, requests) in [
            (upload_callback(1), 2),
            (upload(1), 1),
            (upload_one_way(1), 1),
        ] {
            world.control.clear_journal();
            assert_eq!(world.ok(line).number("attempts"), 1);
            world.count("file_upload", requests);
        }
    }
}

fn a_one_way_source_is_not_sent_again_with_another_time(world: &mut World<'_>) {
    world.open_netease();
    world.control.set_clock_offset_seconds(3600);
    let answer = world.fails(upload_one_way(1), "AUTH");
    assert_eq!(answer.get("service_code"), Some("414"));
    assert!(answer.get("message").unwrap().contains("clock"), "{answer}");
    world.count("file_upload", 1);
}

fn too_many_calls(world: &mut World<'_>) {
    world.control.freeze_clock(true);
    world.open_netease_with("max_attempts", 1);
    world.ok(upload(1));
    let answer = world.fails(upload(1), "RATE_LIMITED");
    assert_eq!(answer.get("service_code"), Some("416"));
    assert_eq!(answer.number("retryable"), 1);
    assert!(
        answer.get("message").unwrap().contains("10 seconds"),
        "{answer}"
    );
    // Another client does not know that it is to be silent: the service decides.
    world.control.advance_seconds(9);
    world.open_netease_with("max_attempts", 1);
    world.fails(upload(1), "RATE_LIMITED");
    world.control.advance_seconds(12);
    world.open_netease_with("max_attempts", 1);
    world.ok(upload(1));
}

fn a_pause_that_would_pass_the_deadline_is_not_begun(world: &mut World<'_>) {
    let deadline = world.patience(5000).min(9000);
    world.open_netease_with("deadline_ms", deadline);
    world.service_error("file_upload", "416");
    let answer = world.fails(upload(1), "RATE_LIMITED");
    assert_eq!(answer.number("attempts"), 1);
    world.control.clear_faults();
    // More than a person waits for: not slept through either.
    let patient = Canned {
        status: 503,
        headers: vec![("Retry-After".into(), "86400".into())],
        ..Canned::default()
    };
    world.open_netease();
    world.fault(Rule::new(Action::Answer(patient)));
    let answer = world.fails(upload(1), "UNAVAILABLE");
    assert_eq!(answer.number("attempts"), 1);
    // It is for the caller to wait.
    assert_eq!(answer.number("retry_after_ms"), 86_400_000);
    assert_eq!(answer.number("retryable"), 1);
}

#[track_caller]
fn not_believed(world: &mut World<'_>, line: &crate::protocol::Line, verb: &str, bodies: &[&str]) {
    for body in bodies {
        world.control.clear_faults();
        world.control.clear_journal();
        world.fault(Rule::new(json(body)).verb(verb));
        let answer = world.fails(line.clone(), "RESPONSE");
        assert_eq!(answer.number("http_status"), 200, "{body}: {answer}");
        assert_eq!(answer.number("attempts"), 1, "{body}: {answer}");
        world.count(verb, 1);
    }
}

fn a_200_that_is_no_upload(world: &mut World<'_>) {
    world.open_netease();
    let bodies = [
        "",
        "{}",
        "[]",
        "<html><body>Sign in</body></html>",
        r#"{"code":"ok"}"#,
        r#"{"url":"http://h/x"}"#,
        r#"{"code":200}"#,
        r#"{"code":200,"url":""}"#,
        r#"{"code":200,"url":null}"#,
        r#"{"code":200,"url":"file:///etc/passwd"}"#,
        // As the vendor's own page prints it, which is not JSON.
        r#"{"code":414 "desc":"content is empty"} // no"#,
    ];
    not_believed(
        world,
        &upload(10).with("progress", 1),
        "file_upload",
        &bodies,
    );
    not_believed(
        world,
        &base64(upload(10)).with("progress", 1),
        "upload",
        &bodies,
    );
}

fn a_200_that_is_no_deletion(world: &mut World<'_>) {
    world.open_netease();
    let now = world.control.now_ms();
    let line = crate::protocol::Line::new("delete_by_time")
        .with("netease", 1)
        .with("start_time_ms", now - 5 * 86_400_000)
        .with("end_time_ms", now - 3 * 86_400_000);
    let bodies = [
        "",
        r#"{"code":200}"#,
        r#"{"code":200,"data":{}}"#,
        r#"{"code":200,"data":{"taskid":""}}"#,
    ];
    not_believed(world, &line, "delete", &bodies);
}

fn http_statuses_that_are_not_the_services(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 1);
    for (http, status) in [
        (302, "REDIRECT"),
        (400, "SERVICE"),
        (401, "AUTH"),
        (403, "FORBIDDEN"),
        (404, "NOT_FOUND"),
        (413, "TOO_LARGE"),
        (414, "SERVICE"),
        (416, "SERVICE"),
        (429, "RATE_LIMITED"),
        (500, "UNAVAILABLE"),
        (502, "UNAVAILABLE"),
        (504, "UNAVAILABLE"),
    ] {
        world.control.clear_faults();
        let page = Canned {
            status: http,
            content_type: Some("text/html".into()),
            // Whatever it says: a code counts only in an answer of the service.
            body: r#"{"code":200,"url":"http://h/x"}"#.into(),
            ..Canned::default()
        };
        world.fault(Rule::new(Action::Answer(page)));
        let answer = world.fails(upload(10), status);
        assert_eq!(answer.number("http_status"), i64::from(http), "{answer}");
    }
}

fn a_file_too_large_for_the_service(world: &mut World<'_>) {
    world.open_netease();
    let answer = world.fails(upload(1001), "SERVICE");
    assert_eq!(answer.get("service_code"), Some("414"));
    assert_eq!(answer.get("service_message"), Some("content is too large"));
}

fn a_file_too_large_for_the_gateway(world: &mut World<'_>) {
    world.open_netease();
    for line in [upload(1001), base64(upload(1001)), upload(9_000_000)] {
        let answer = world.fails(line, "TOO_LARGE");
        assert_eq!(answer.number("http_status"), 413);
        assert_eq!(answer.number("attempts"), 1);
    }
}

fn a_file_that_is_gone(world: &mut World<'_>) {
    world.open_netease();
    let stored = world.ok(upload(1));
    let url = stored.get("url").unwrap();
    let gone = format!("{}AA==", url.trim_end_matches('='));
    let answer = world.fails(download(&gone), "NOT_FOUND");
    assert_eq!(answer.number("http_status"), 404);
    assert_eq!(answer.get("service_code"), Some("NoSuchKey"));
    assert_eq!(
        answer.get("service_message"),
        Some("The specified key does not exist.")
    );
}

fn a_store_that_forbids(world: &mut World<'_>) {
    world.open_netease();
    let stored = world.ok(upload(1));
    let body = "<Error><Code>AccessDenied</Code><Message>Access\r\nDenied</Message></Error>";
    world.fault(Rule::new(Action::Answer(Canned {
        status: 403,
        content_type: Some("application/xml".into()),
        headers: vec![("x-nos-request-id".into(), "n-1".into())],
        body: body.into(),
        ..Canned::default()
    })));
    let answer = world.fails(download(stored.get("file").unwrap()), "FORBIDDEN");
    assert_eq!(answer.get("service_code"), Some("AccessDenied"));
    assert_eq!(answer.get("request_id"), Some("n-1"));
    world.control.clear_faults();
    world.fault(Rule::new(error("503")).verb("download"));
    // NetEase's own codes do not come from the store: a JSON 200 is a file like any other.
    let answer = world.ok(download(stored.get("file").unwrap()));
    assert_eq!(
        answer.get("media_type"),
        Some("application/json;charset=utf-8")
    );
}

//! What no request and no clock may do: pass for another call, break the emulator, fill the disk.

use std::path::Path;

use chatfile_emulator::{Action, Config, Emulator, OpenimConfig, Rule, SmhConfig, Timing};
use serde_json::{Value, json};

use crate::common::*;
use crate::openim_kit;
use crate::smh::*;

#[test]
fn actions_that_are_not_emulated_are_no_other_call() {
    let emulator = start_smh(SmhConfig::default());
    let client = Client::new(&emulator);
    client.put("f", "", b"content");
    for (kind, method, rest, action) in [
        ("directory", "PUT", "d", "calibrate"),
        ("directory", "PUT", "d", "calibrate=1"),
        ("directory", "PUT", "d", "calibrate=2"),
        ("directory", "PUT", "d", "stats=yes"),
        ("directory", "GET", "", "stats"),
        ("directory", "GET", "", "history=true"),
        ("directory", "DELETE", "d", "multipart"),
        ("file", "PUT", "f", "info"),
        ("file", "PUT", "f", "symlink"),
        ("file", "PUT", "f", "multipart=2"),
        ("file", "PUT", "f", "cover=a"),
        ("file", "PUT", "f", "convert=1"),
        ("file", "POST", "f", "multipart&confirm"),
        ("file", "POST", "f", "uncompress"),
        ("file", "POST", "f", "uncompress=zip"),
        ("file", "GET", "f", "stats"),
        ("file", "GET", "f", "cover=1"),
        ("file", "GET", "f", "transcoding_template_id=7"),
        ("file", "HEAD", "f", "history"),
        ("file", "DELETE", "f", "history"),
    ] {
        let reply = client.of(kind, method, rest, action, &Value::Null);
        assert_eq!(reply.status, 404, "{method} {kind} ?{action}");
        if method != "HEAD" {
            refused(&reply, 404, "RouteNotFound");
        }
    }
    let list = client.of("directory", "GET", "", "", &Value::Null).json();
    assert_eq!(list["contents"].as_array().unwrap().len(), 1);
    assert_eq!(client.get("f", "", &[]).body, b"content");
    // What is a parameter of a call, or is switched off, is no action.
    for query in [
        "permanent=0&stats=0",
        "with_inode=1&limit=1",
        "by_page=1&page=1",
        "marker=",
        "_=1&foo=&sdk_version=1",
    ] {
        let reply = client.of("directory", "GET", "", query, &Value::Null);
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    }
}

#[test]
fn sub_resources_of_a_store_are_not_the_object() {
    let emulator = openim_kit::start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    let put = |query: &str, body: &[u8]| {
        let headers = [("Content-Type", "application/xml")];
        request(
            &emulator,
            "PUT",
            &format!("/openim/k{query}"),
            &headers,
            body,
        )
    };
    assert_eq!(put("", b"content").status, 200);
    // As recorded from MinIO.
    for (name, of_put, of_get) in [
        ("acl", 501, 200),
        ("tagging", 500, 200),
        ("retention", 501, 400),
        ("legal-hold", 501, 400),
        ("torrent", 501, 501),
    ] {
        for query in [format!("?{name}"), format!("?{name}=")] {
            assert_eq!(put(&query, b"<Xml/>").status, of_put, "{query}");
            let reply = get(&emulator, &format!("/openim/k{query}"), &[]);
            assert_eq!(reply.status, of_get, "{query}");
            assert_ne!(reply.body, b"content", "{query}");
        }
        assert_eq!(get(&emulator, "/openim/k", &[]).body, b"content", "{name}");
    }
    let tags = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    assert_eq!(put("?tagging", tags).status, 200);
    let tagged = get(&emulator, "/openim/k", &[]);
    assert_eq!(tagged.header("x-amz-tagging-count"), Some("1"));
    let emulator = start_smh(SmhConfig::default());
    let client = Client::new(&emulator);
    let upload = client.begin("f", "", &Value::Null);
    store_refused(&upload.put("?acl", b"<Xml/>"), 403, "AccessDenied");
    assert_eq!(upload.put("", b"content").status, 200);
    client.confirm(&upload, "", &Value::Null);
    let reply = client.call("GET", "f", "", &Value::Null);
    let path = path_of(reply.header("location").unwrap());
    for (query, status) in [
        ("acl", 403),
        ("ci-process=snapshot", 501),
        ("imageMogr2/thumbnail/!50p", 501),
    ] {
        let reply = request(&emulator, "GET", &format!("{path}&{query}"), &[], b"");
        assert_eq!(reply.status, status, "{query}");
    }
}

#[test]
fn no_clock_breaks_a_call() {
    for seconds in ODD_CLOCKS {
        let emulator = start();
        emulator.control().set_clock_offset_seconds(seconds);
        // A panic would leave these without an answer.
        let token = app_token(&emulator);
        let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], b"content"));
        let path = format!("{APP}/chatfiles/{id}");
        assert_eq!(
            get(&emulator, &path, &[("Authorization", &token)]).status,
            200
        );
        let form = format!("content={}", encoded(b"content"));
        let path = stored(&netease(&emulator, UPLOAD, URL_ENCODED, form.as_bytes()));
        assert_eq!(get(&emulator, &path, &[]).body, b"content");
        let user = openim_kit::user(&emulator, "alice");
        let url = openim_kit::by_form(&emulator, &user, "alice/f", b"content");
        let fetched = openim_kit::fetch(&emulator, &path_of(&url), &[]);
        assert_eq!(fetched.body, b"content");
        let url = openim_kit::by_parts(&emulator, &user, "alice/p", &[b"content"]);
        let fetched = openim_kit::fetch(&emulator, &path_of(&url), &[]);
        assert_eq!(fetched.body, b"content");
        let client = Client::new(&emulator);
        client.put("f", "", b"content");
        client.put_parts("g", b"content", 1024 * 1024);
        assert_eq!(client.get("f", "", &[]).body, b"content");
        assert_eq!(client.call("GET", "g", "info", &Value::Null).status, 200);
        let unanswered = |entry: &chatfile_emulator::Entry| entry.status.is_none();
        assert!(!emulator.control().journal().iter().any(unanswered));
    }
}

/// Bytes in a folder and below it.
fn size_of(folder: &Path) -> u64 {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let facts = entry.metadata().unwrap();
            if facts.is_dir() {
                size_of(&entry.path())
            } else {
                facts.len()
            }
        })
        .sum()
}

#[test]
fn what_is_kept_is_bounded_and_the_newest_stays() {
    const MOST: u64 = 1_000_000;
    let content = data(100_000);
    let emulator = Emulator::start(Config {
        max_storage: MOST,
        ..Config::default()
    })
    .unwrap();
    emulator.control().freeze_clock(true);
    let token = app_token(&emulator);
    let client = Client::new(&emulator);
    let mut ids = Vec::new();
    for number in 0..40 {
        emulator.control().advance_seconds(1);
        ids.push(uploaded(&easemob_upload(&emulator, &token, &[], &content)).0);
        client.put(&format!("f{number}"), "", &content);
        // Begun, and never finished.
        let upload = client.begin(&format!("p{number}"), "multipart", &json!({}));
        assert_eq!(upload.put(&upload.part_query(1), &content).status, 200);
        let begun = format!("{APP}/sdk/chatfiles/part-upload");
        let reply = request(
            &emulator,
            "POST",
            &begun,
            &[JSON, ("Authorization", &token)],
            b"",
        );
        let uuid = reply.json()["entities"][0]["uuid"]
            .as_str()
            .unwrap()
            .to_owned();
        let boundary = FORM.1.split_once('=').unwrap().1;
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"part_number\"\r\n\r\n1\r\n"
        )
        .into_bytes();
        body.extend(file_form("part_file", "blob", "image/png", &content));
        let headers = [FORM, ("Authorization", token.as_str())];
        let reply = request(
            &emulator,
            "PUT",
            &format!("{begun}/{uuid}"),
            &headers,
            &body,
        );
        assert_eq!(reply.status, 200, "{}", reply.text());
        // The files of SMH and of the others, and the unfinished uploads of both.
        let kept = size_of(emulator.control().folder());
        assert!(kept < 4 * MOST + MOST / 2, "{kept} bytes after {number}");
    }
    let easemob = |id: &String| {
        let path = format!("{APP}/chatfiles/{id}");
        get(&emulator, &path, &[("Authorization", &token)]).status
    };
    assert_eq!((easemob(&ids[0]), easemob(&ids[39])), (404, 200));
    refused(
        &client.call("GET", "f0", "info", &Value::Null),
        404,
        "FileNotFound",
    );
    assert_eq!(client.get("f39", "", &[]).body, content);
    // One that is larger than all may be is kept alone.
    let large = data(2_000_000);
    let id = uploaded(&easemob_upload(&emulator, &token, &[], &large)).0;
    assert_eq!((easemob(&id), easemob(&ids[39])), (200, 404));
}

#[test]
fn an_error_of_a_service_has_its_own_status_or_is_refused() {
    let emulator = openim_kit::start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    });
    let control = emulator.control();
    let rule = |service: Option<&str>, verb: Option<&str>, name: &str| {
        let rule = Rule::new(Action::ServiceError {
            name: name.to_owned(),
            timing: Timing::AfterBody,
        });
        let rule = service.map_or(rule.clone(), |service| rule.service(service));
        verb.map_or(rule.clone(), |verb| rule.verb(verb))
    };
    // What MinIO sends, recorded.
    for (name, status, code, retry_after) in [
        ("RequestTimeout", 503, "RequestTimeout", Some("60")),
        ("SlowDownRead", 503, "SlowDownRead", Some("60")),
        ("SlowDownWrite", 503, "SlowDownWrite", Some("60")),
        ("ServerBusy", 503, "ServerBusy", Some("60")),
        ("503", 503, "SlowDownWrite", Some("60")),
        ("TooManyRequests", 429, "TooManyRequests", Some("60")),
        ("429", 429, "TooManyRequests", Some("60")),
        ("XMinioStorageFull", 507, "XMinioStorageFull", None),
        ("InternalError", 500, "InternalError", None),
        ("500", 500, "InternalError", None),
    ] {
        control.clear_faults();
        control
            .add_fault(rule(None, Some("storage_get"), name))
            .unwrap();
        let reply = get(&emulator, "/openim/k", &[]);
        assert_eq!(reply.status, status, "{name}");
        assert!(
            reply.text().contains(&format!("<Code>{code}</Code>")),
            "{name}"
        );
        assert_eq!(reply.header("retry-after"), retry_after, "{name}");
    }
    for (service, verb, name) in [
        (None, None, "nonsense"),
        (Some("easemob"), None, "reach_limits"),
        (Some("easemob"), None, "416"),
        (Some("netease"), None, "reach_limit"),
        (Some("netease"), None, "41x"),
        (Some("openim"), Some("object"), "SlowDownWrite"),
        (Some("openim"), Some("part_put"), "1501"),
        (Some("smh"), None, "SlowDown"),
        (Some("cos"), None, "QuotaLimitReached"),
        (None, Some("confirm"), "reach_limit"),
    ] {
        let refused = control.add_fault(rule(service, verb, name)).unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
    // One that only some of the services have is left to them.
    control.clear_faults();
    control.add_fault(rule(None, None, "reach_limit")).unwrap();
    assert_eq!(get(&emulator, "/openim/k", &[]).status, 404);
    assert_eq!(token_request(&emulator, "{}", &[]).status, 429);
}

//! Form upload, and the store's rules for forms.

use crate::common::*;
use crate::openim_kit::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chatfile_emulator::{Config, Emulator, OpenimConfig, OpenimDriver, OpenimFormHeader};
use serde_json::{Value, json};

const INITIATE: &str = "/object/initiate_form_data";
const COMPLETE: &str = "/object/complete_form_data";

#[test]
fn the_vendors_sample() {
    let emulator = start();
    let admin = admin(&emulator);
    let content = vec![7; 204_800];
    let body = json!({
        "name": "avatar.png", "size": 204_800, "contentType": "image/png", "group": "avatar", "millisecond": 600_000,
    });
    let form = data(&emulator, &admin, INITIATE, body);
    assert_eq!(
        (&form["file"], &form["header"], &form["successCodes"]),
        (&"file".into(), &Value::Null, &json!([200]))
    );
    let expires = form["expires"].as_i64().unwrap() - emulator.control().now_ms();
    assert!((590_000..=600_000).contains(&expires), "{expires}");
    let id = STANDARD_NO_PAD
        .decode(form["id"].as_str().unwrap())
        .unwrap();
    let id: Value = serde_json::from_slice(&id).unwrap();
    assert_eq!(
        (&id["name"], &id["size"]),
        (&"avatar.png".into(), &204_800.into())
    );
    let key = id["key"].as_str().unwrap();
    assert!(
        key.starts_with("openim/direct/20") && key.ends_with(".png") && key.contains("/imAdmin/")
    );
    let mut names: Vec<_> = fields_of(&form).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Content-Type",
            "bucket",
            "key",
            "policy",
            "success_action_status",
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-signature"
        ]
    );
    let reply = post_form(&emulator, &form, &content);
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    let etag = format!("\"{}\"", md5_hex(&content));
    assert_eq!(reply.header("etag"), Some(etag.as_str()));
    assert!(reply.header("location").unwrap().ends_with(key));
    let done = data(&emulator, &admin, COMPLETE, json!({ "id": form["id"] }));
    assert_eq!(done["url"], "http://emulator.test/object/avatar.png");
    let file = fetch(&emulator, "/object/avatar.png", &[]);
    assert!(file.body == content);
    assert_eq!(file.header("content-type"), Some("image/png"));
}

#[test]
fn the_sample_by_curl() {
    let emulator = start();
    let admin = admin(&emulator);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("avatar.png");
    std::fs::write(&file, b"a picture").unwrap();
    // For curl the host is the real one.
    let body = json!({ "name": "avatar.png", "size": 9, "contentType": "image/png" }).to_string();
    let token = format!("token: {admin}");
    let url = format!("{}{INITIATE}", emulator.base_url());
    let line = ["-H", "operationID: 1", "-H", &token, "-d", &body, &url];
    let Some(form) = crate::curl::curl(&line) else {
        return;
    };
    let form: Value = serde_json::from_slice(&form).unwrap();
    let form = &form["data"];
    let url = form["url"].as_str().unwrap();
    assert_eq!(url, format!("{}/openim", emulator.base_url()));
    // The page's line sends the content type of its header list, too; curl adds the boundary to it.
    let mut line = vec!["-X".to_owned(), "POST".to_owned(), url.to_owned()];
    line.extend(["-H", "Content-Type: multipart/form-data"].map(str::to_owned));
    for (name, value) in fields_of(form) {
        line.extend(["-F".to_owned(), format!("{name}={value}")]);
    }
    line.extend(["-F".to_owned(), format!("file=@{}", file.to_str().unwrap())]);
    line.extend(["-w", "%{http_code}"].map(str::to_owned));
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let answer = String::from_utf8(crate::curl::curl(&line).unwrap()).unwrap();
    assert_eq!(answer, "200");
    data(&emulator, &admin, COMPLETE, json!({ "id": form["id"] }));
    let url = format!("{}/object/avatar.png", emulator.base_url());
    assert_eq!(crate::curl::curl(&["-L", &url]).unwrap(), b"a picture");
}

#[test]
fn names_and_sizes_are_checked() {
    let emulator = start();
    let (admin, alice) = (admin(&emulator), user(&emulator, "alice"));
    let long = format!("alice/{}", "文".repeat(340));
    for (token, name, size, code, part) in [
        (
            &alice,
            "alice/a.png",
            0,
            1001,
            "size must be greater than 0",
        ),
        (
            &alice,
            "alice/a.png",
            -1,
            1001,
            "size must be greater than 0",
        ),
        (&alice, "", 1, 1001, "name is empty"),
        (&alice, "/a.png", 1, 1001, "cannot start with"),
        (&alice, "a.png", 1, 1002, "name must start with `alice/`"),
        (
            &alice,
            "bob/a.png",
            1,
            1002,
            "name must start with `alice/`",
        ),
        (&alice, long.as_str(), 1, 1001, "longer than 1024"),
        (&admin, " ", 1, 1001, "cannot be empty"),
    ] {
        let body = json!({ "name": name, "size": size });
        let (got, words) = failure(&emulator, token, INITIATE, body);
        assert!(got == code && words.contains(part), "{name}: {words}");
    }
    let (code, words) = failure(
        &emulator,
        &alice,
        INITIATE,
        json!({ "name": "alice/a", "size": "1" }),
    );
    let expected = "Error: Error: json: cannot unmarshal string into Go struct field \
                    InitiateFormDataReq.size of type int64 | -> ";
    assert!(code == 1001 && words.starts_with(expected), "{words}");
    // Absolute names and lives of their own are for admins alone.
    let body = json!({ "name": "alice/a", "size": 1, "absolute": true, "millisecond": 5000 });
    let now = emulator.control().now_ms();
    let key = |form: &Value| form["formData"]["key"].as_str().unwrap().to_owned();
    let life = |form: &Value| form["expires"].as_i64().unwrap() - now;
    let form = data(&emulator, &admin, INITIATE, body.clone());
    assert!(key(&form) == "alice/a" && life(&form) < 100_000);
    let form = data(&emulator, &alice, INITIATE, body);
    assert!(key(&form).starts_with("openim/direct/") && life(&form) >= 600_000);
    assert!(form["formData"].get("Content-Type").is_none());
}

#[test]
fn completing_looks_at_the_object() {
    let emulator = start();
    let alice = user(&emulator, "alice");
    let complete = |id: &Value| failure(&emulator, &alice, COMPLETE, json!({ "id": id }));
    let form = initiate_form(&emulator, &alice, "alice/a.png", 10);
    let (code, words) = complete(&form["id"]);
    assert!(
        code == 500 && words.contains("key does not exist"),
        "{words}"
    );
    // Fewer bytes pass the policy, and are caught here. The finding sticks to the id.
    assert_eq!(post_form(&emulator, &form, b"short").status, 200);
    assert_eq!(
        complete(&form["id"]),
        (90_007, "DataError|file size mismatch".to_owned())
    );
    assert_eq!(post_form(&emulator, &form, b"0123456789").status, 200);
    assert_eq!(complete(&form["id"]).0, 90_007);
    emulator.control().advance_seconds(12 * 3600);
    let alice = user(&emulator, "alice");
    data(&emulator, &alice, COMPLETE, json!({ "id": form["id"] }));
    // An id works repeatedly; the file may change between.
    let url = by_form(&emulator, &alice, "alice/b.png", b"first");
    assert_eq!(url, "http://emulator.test/object/alice/b.png");
    by_form(&emulator, &alice, "alice/b.png", b"second");
    assert_eq!(
        fetch(&emulator, "/object/alice/b.png", &[]).text(),
        "second"
    );
    for id in [
        json!(""),
        json!("!"),
        json!("e30="),
        json!("eA"),
        Value::Null,
    ] {
        let body = json!({ "id": id });
        assert_eq!(failure(&emulator, &alice, COMPLETE, body).0, 1001, "{id}");
    }
    let bob = user(&emulator, "bob");
    assert_eq!(
        failure(&emulator, &bob, COMPLETE, json!({ "id": form["id"] })).0,
        1002
    );
    // Names are not escaped in addresses; X-Request-Api goes before them.
    let form = initiate_form(&emulator, &alice, "alice/文 件.png", 1);
    post_form(&emulator, &form, b"x");
    let headers = [
        ("operationID", "1"),
        ("token", &alice),
        ("X-Request-Api", "https://im.example/api"),
    ];
    let body = json!({ "id": form["id"], "urlPrefix": "ignored" }).to_string();
    let reply = request(&emulator, "POST", COMPLETE, &headers, body.as_bytes()).json();
    assert_eq!(
        reply["data"]["url"],
        "https://im.example/api/object/alice/文 件.png"
    );
    assert_eq!(
        fetch(&emulator, "/object/alice/%E6%96%87%20%E4%BB%B6.png", &[]).text(),
        "x"
    );
}

/// Status and S3 code of an answer.
fn refusal(reply: &Reply) -> (u16, String) {
    let text = reply.text();
    assert_eq!(
        reply.header("content-type"),
        Some("application/xml"),
        "{text}"
    );
    let code = text
        .split_once("<Code>")
        .unwrap()
        .1
        .split_once("</Code>")
        .unwrap()
        .0;
    (reply.status, code.to_owned())
}

#[test]
fn the_stores_rules_for_forms() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    let alice = user(&emulator, "alice");
    let form = initiate_form(&emulator, &alice, "alice/a.png", 10);
    let fields = fields_of(&form);
    let post = |body: &[u8]| request(&emulator, "POST", "/openim", &[FORM], body);
    let is = |status: u16, code: &str| (status, code.to_owned());
    let with = |name: &str, value: &str| {
        let mut fields = fields.clone();
        fields.retain(|(key, _)| key != name);
        fields.push((name.to_owned(), value.to_owned()));
        post(&filled(&fields, b"0123456789"))
    };
    // Each field is held against the policy.
    for (name, value, status, code) in [
        ("Content-Type", "image/jpeg", 403, "AccessDenied"),
        ("key", "other", 403, "AccessDenied"),
        ("success_action_status", "201", 403, "AccessDenied"),
        ("x-amz-date", "20200101T000000Z", 403, "AccessDenied"),
        ("x-amz-signature", "00", 403, "SignatureDoesNotMatch"),
        (
            "x-amz-credential",
            "root/x",
            400,
            "AuthorizationQueryParametersError",
        ),
        (
            "x-amz-credential",
            "me/20200101/us-east-1/s3/aws4_request",
            403,
            "InvalidAccessKeyId",
        ),
        ("acl", "public-read", 403, "AccessDenied"),
    ] {
        assert_eq!(refusal(&with(name, value)), is(status, code), "{name}");
    }
    let extra = with("extra", "1").text();
    assert!(
        extra.contains("Each form field that you specify in a form must appear in the list"),
        "{extra}"
    );
    assert_eq!(with("x-ignore-me", "1").status, 200);
    let dropped = |name: &str| {
        let fields: Vec<_> = fields
            .iter()
            .filter(|(key, _)| key != name)
            .cloned()
            .collect();
        refusal(&post(&filled(&fields, b"x")))
    };
    assert_eq!(dropped("key"), is(400, "MalformedPOSTRequest"));
    assert_eq!(dropped("Content-Type"), is(403, "AccessDenied"));
    assert_eq!(dropped("policy"), is(403, "SignatureDoesNotMatch"));
    // What follows the file is not seen, so fields behind it are missing.
    let boundary = FORM.1.split_once('=').unwrap().1;
    let good = filled(&fields, b"0123456789");
    let end = format!("--{boundary}--\r\n");
    let late =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"extra\"\r\n\r\n1\r\n{end}");
    let behind = [&good[..good.len() - end.len()], late.as_bytes()].concat();
    assert_eq!(post(&behind).status, 200);
    let first = filled(&[], b"0123456789");
    let rest = filled(&fields, b"");
    let file_first = [&first[..first.len() - end.len()], &rest[..]].concat();
    assert_eq!(refusal(&post(&file_first)), is(400, "MalformedPOSTRequest"));
    // Size: more is refused, fewer are not.
    assert_eq!(
        refusal(&post(&filled(&fields, b"0123456789X"))),
        is(400, "EntityTooLarge")
    );
    assert_eq!(post(&filled(&fields, b"")).status, 200);
    // The body: with a length, and of the right kind.
    let mut connection = Connection::open(&emulator);
    connection.send(format!(
        "POST /openim HTTP/1.1\r\nHost: x\r\n{}: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        FORM.0, FORM.1
    ));
    assert_eq!(refusal(&connection.reply()), is(400, "EmptyRequestBody"));
    for (content_type, code) in [
        ("multipart/form-data", "MalformedPOSTRequest"),
        ("application/json", "BadRequest"),
        ("multipart/mixed; boundary=x", "BadRequest"),
    ] {
        let headers = [("Content-Type", content_type)];
        let reply = request(&emulator, "POST", "/openim", &headers, &good);
        assert_eq!(refusal(&reply), is(400, code));
    }
    let reply = request(&emulator, "POST", "/openim/some/key", &[FORM], &good);
    assert_eq!(refusal(&reply), is(405, "MethodNotAllowed"));
    control.advance_seconds(600);
    let late = post(&good);
    assert!(late.text().contains("Policy expired"));
    assert_eq!(refusal(&late), is(403, "AccessDenied"));
}

/// A form with a policy of the test's own, signed by curl's words: by hand.
#[test]
fn success_actions() {
    let emulator = start();
    let admin = admin(&emulator);
    // Without a policy nothing is demanded, but the signature covers it all the same.
    let form = initiate_form(&emulator, &admin, "a", 1);
    let mut fields = fields_of(&form);
    let policy = fields
        .iter()
        .find(|(name, _)| name == "policy")
        .unwrap()
        .1
        .clone();
    let policy: Value = serde_json::from_slice(&STANDARD.decode(policy).unwrap()).unwrap();
    let conditions = policy["conditions"].as_array().unwrap();
    assert!(conditions.contains(&json!(["content-length-range", 0, 1])));
    assert!(conditions.contains(&json!(["eq", "$success_action_status", "200"])));
    fields.retain(|(name, _)| name != "success_action_status");
    // The policy demands the field that was dropped.
    let reply = request(
        &emulator,
        "POST",
        "/openim",
        &[FORM],
        &filled(&fields, b"x"),
    );
    assert_eq!(refusal(&reply).0, 403);
}

#[test]
fn the_header_in_all_its_shapes() {
    let header = |form_header| {
        let emulator = start_openim(OpenimConfig {
            form_header,
            ..OpenimConfig::default()
        });
        initiate_form(&emulator, &admin(&emulator), "a", 1)["header"].take()
    };
    assert_eq!(header(OpenimFormHeader::Null), Value::Null);
    assert_eq!(header(OpenimFormHeader::Empty), json!([]));
    assert_eq!(
        header(OpenimFormHeader::Values),
        json!([{ "key": "Content-Type", "values": ["multipart/form-data"] }])
    );
    assert_eq!(
        header(OpenimFormHeader::Value),
        json!([{ "key": "Content-Type", "value": "multipart/form-data" }])
    );
}

#[test]
fn forms_of_other_stores() {
    for (driver, field) in [
        (OpenimDriver::Cos, "q-signature"),
        (OpenimDriver::Oss, "OSSAccessKeyId"),
    ] {
        let emulator = start_openim(OpenimConfig {
            driver,
            ..OpenimConfig::default()
        });
        let admin = admin(&emulator);
        let form = initiate_form(&emulator, &admin, "a", 5);
        assert!(form["formData"].get(field).is_some(), "{form}");
        by_form(&emulator, &admin, "a/b.png", b"other");
        assert_eq!(fetch(&emulator, "/object/a/b.png", &[]).text(), "other");
        // COS knows no limit; OSS does.
        let status = post_form(&emulator, &form, b"larger").status;
        assert_eq!(
            status,
            if driver == OpenimDriver::Cos {
                200
            } else {
                400
            }
        );
        let mut forged = form.clone();
        forged["formData"][if driver == OpenimDriver::Cos {
            "q-signature"
        } else {
            "signature"
        }] = "x".into();
        assert_eq!(
            refusal(&post_form(&emulator, &forged, b"x")).1,
            "SignatureDoesNotMatch"
        );
        let mut forged = form.clone();
        forged["formData"]["key"] = "other".into();
        assert_eq!(
            refusal(&post_form(&emulator, &forged, b"x")).1,
            "AccessDenied"
        );
        emulator.control().advance_seconds(601);
        assert_eq!(post_form(&emulator, &form, b"x").status, 403);
    }
    let emulator = start_openim(OpenimConfig {
        driver: OpenimDriver::Kodo,
        ..OpenimConfig::default()
    });
    let form = initiate_form(&emulator, &admin(&emulator), "a", 5);
    assert!(form["formData"]["token"].is_string());
    assert_eq!(post_form(&emulator, &form, b"x").status, 401);
    let emulator = start_openim(OpenimConfig {
        driver: OpenimDriver::Aws,
        ..OpenimConfig::default()
    });
    let body = json!({ "name": "a", "size": 1 });
    let (code, words) = failure(&emulator, &admin(&emulator), INITIATE, body);
    assert!(code == 500 && words.contains("aws does not"), "{words}");
}

#[test]
fn forms_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let begin = || {
        Emulator::start(Config {
            folder: Some(folder.path().to_owned()),
            ..Config::default()
        })
        .unwrap()
    };
    let first = begin();
    let users = json!({ "users": [{ "userID": "carol", "nickname": "n" }] });
    data(&first, &admin(&first), "/user/user_register", users);
    let alice = user(&first, "alice");
    by_form(&first, &alice, "alice/done.png", b"done");
    let form = initiate_form(&first, &alice, "alice/begun.png", 5);
    assert_eq!(post_form(&first, &form, b"begun").status, 200);
    drop(first);
    let second = begin();
    user(&second, "carol");
    assert_eq!(
        failure(&second, &alice, COMPLETE, json!({ "id": form["id"] })).0,
        1507
    );
    data(
        &second,
        &user(&second, "alice"),
        COMPLETE,
        json!({ "id": form["id"] }),
    );
    for name in ["done", "begun"] {
        let path = format!("/object/alice/{name}.png");
        assert_eq!(fetch(&second, &path, &[]).text(), name);
    }
}

#[test]
fn a_policy_is_written_without_escapes() {
    let emulator = start();
    let alice = user(&emulator, "alice");
    let sent = |name: &str, content_type: &str| {
        let body = json!({ "name": name, "size": 1, "contentType": content_type });
        let form = data(&emulator, &alice, INITIATE, body);
        let reply = post_form(&emulator, &form, b"x");
        match reply.status {
            200 => (200, String::new()),
            _ => refusal(&reply),
        }
    };
    let long = format!("alice/a.{}", "e".repeat(222));
    for (name, content_type) in [
        ("alice/say \"hi\".txt", "text/plain; charset=utf-8"),
        ("alice/a.文", "a/<b>&"),
        ("alice/a.a b", "a/b,c/d"),
        ("alice/a.'q'", ""),
        (&long, "a/b"),
    ] {
        assert_eq!(sent(name, content_type), (200, String::new()), "{name}");
    }
    for (name, content_type, status, code) in [
        (
            "alice/a.txt",
            "text/plain; charset=\"utf-8\"",
            403,
            "PostPolicyInvalidKeyName",
        ),
        ("alice/a.txt", "a/b\nc", 403, "PostPolicyInvalidKeyName"),
        ("alice/a.\"q\"", "a/b", 403, "PostPolicyInvalidKeyName"),
        ("alice/a.\u{1}", "a/b", 403, "PostPolicyInvalidKeyName"),
        // An escape that JSON knows, and so another value.
        ("alice/a.a\\b", "a/b", 403, "AccessDenied"),
        (&format!("{long}e"), "a/b", 400, "XMinioInvalidObjectName"),
    ] {
        assert_eq!(sent(name, content_type), (status, code.into()), "{name}");
    }
    let admin = admin(&emulator);
    for name in ["a//b", "a/../b", ".", ".."] {
        let body = json!({ "name": name, "size": 1, "contentType": "", "absolute": true });
        let form = data(&emulator, &admin, INITIATE, body);
        let reply = post_form(&emulator, &form, b"x");
        assert_eq!(
            refusal(&reply),
            (400, "XMinioInvalidObjectName".into()),
            "{name}"
        );
    }
}

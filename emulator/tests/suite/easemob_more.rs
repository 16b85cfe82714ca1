//! Easemob's other two file calls, and the odd forms of real clients: easemob.md §2.6, §2.7, §2.8.

use crate::common::*;
use chatfile_emulator::{EasemobConfig, Emulator};
use serde_json::Value;

fn share(emulator: &Emulator, token: &str, group: &str, file_name: &str, content: &[u8]) -> Reply {
    let path = format!("{APP}/chatgroups/{group}/share_files");
    let body = file_form("file", file_name, "image/jpeg", content);
    request(
        emulator,
        "POST",
        &path,
        &[FORM, ("Authorization", token)],
        &body,
    )
}

#[test]
fn group_files_are_shared_listed_fetched_and_deleted() {
    let emulator = start();
    let token = user_token(&emulator);
    let auth = [("Authorization", token.as_str())];
    let base = format!("{APP}/chatgroups/66021836783617/share_files");
    emulator.control().freeze_clock(true);
    let mut ids = Vec::new();
    for content in ["one", "two", "three"] {
        let reply = share(
            &emulator,
            &token,
            "66021836783617",
            "IMG_3.JPG",
            content.as_bytes(),
        );
        assert_eq!(reply.status, 200, "{}", reply.text());
        let body = reply.json();
        let data = &body["data"];
        let id = data["file_id"].as_str().unwrap().to_owned();
        assert_eq!(data["group_id"], "66021836783617");
        assert_eq!(data["file_name"], "IMG_3.JPG");
        assert_eq!(data["file_size"], content.len());
        assert_eq!(data["file_url"], format!("http://emulator.test{base}/{id}"));
        assert!(data["created"].is_i64());
        assert_eq!(body["entities"], Value::Array(Vec::new()));
        assert_eq!(body["organization"], "easemob-demo");
        ids.push(id);
        emulator.control().advance_seconds(1);
    }
    let list = |query: &str| -> Vec<String> {
        let body = get(&emulator, &format!("{base}{query}"), &auth).json();
        let files = body["data"].as_array().unwrap().clone();
        assert!(
            files
                .iter()
                .all(|file| file["file_owner"] == "alice" && file["file_size"].is_u64())
        );
        files
            .iter()
            .map(|file| file["file_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let newest_first: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(list(""), newest_first);
    assert_eq!(list("?pagenum=2&pagesize=2"), newest_first[2..]);
    assert_eq!(list("?pagenum=9&pagesize=2"), Vec::<String>::new());
    assert_eq!(
        get(&emulator, &format!("{base}/{}", ids[0]), &auth).body,
        b"one"
    );
    let reply = request(
        &emulator,
        "DELETE",
        &format!("{base}/{}", ids[0]),
        &auth,
        b"",
    );
    assert_eq!(reply.json()["data"]["result"], true);
    assert_eq!(reply.json()["action"], "delete");
    assert_eq!(list(""), newest_first[..2]);
    let gone = get(&emulator, &format!("{base}/{}", ids[0]), &auth);
    assert_eq!(
        (gone.status, gone.json()["error"].as_str()),
        (404, Some("RestGroupFeignException"))
    );
    // A group's file is neither another group's nor a chat file.
    let other = format!("{APP}/chatgroups/1/share_files/{}", ids[1]);
    assert_eq!(get(&emulator, &other, &auth).status, 404);
    assert_eq!(
        get(&emulator, &format!("{APP}/chatfiles/{}", ids[1]), &auth).status,
        404
    );
}

#[test]
fn group_files_are_refused_with_their_own_words() {
    let emulator = start_easemob(EasemobConfig {
        groups: Some(vec!["42".to_owned()]),
        ..EasemobConfig::default()
    });
    let token = app_token(&emulator);
    let check = |reply: Reply, status: u16, error: &str, description: &str| {
        let body = reply.json();
        assert_eq!(reply.status, status);
        assert_eq!(
            (body["error"].as_str(), body["error_description"].as_str()),
            (Some(error), Some(description))
        );
    };
    let reply = share(&emulator, &token, "43", "a.txt", b"x");
    check(
        reply,
        404,
        "RestGroupFeignException",
        "grpID 43 does not exist!",
    );
    let reply = share(&emulator, "Bearer x", "42", "a.txt", b"x");
    check(reply, 401, "unauthorized", "Unable to authenticate (OAuth)");
    let path = format!("{APP}/chatgroups/42/share_files");
    let body = file_form("other", "a.txt", "text/plain", b"x");
    let reply = request(
        &emulator,
        "POST",
        &path,
        &[FORM, ("Authorization", &token)],
        &body,
    );
    check(
        reply,
        400,
        "IllegalArgumentException",
        "file must be provided.",
    );
    assert_eq!(share(&emulator, &token, "42", "a.txt", b"x").status, 200);
}

struct Parts<'a> {
    emulator: &'a Emulator,
    token: String,
    path: String,
}

impl<'a> Parts<'a> {
    fn begin(emulator: &'a Emulator) -> (Self, Value) {
        let token = user_token(emulator);
        let path = format!("{APP}/sdk/chatfiles/part-upload");
        let reply = request(
            emulator,
            "POST",
            &path,
            &[JSON, ("Authorization", &token)],
            b"",
        );
        let entity = reply.json()["entities"][0].clone();
        let path = format!("{path}/{}", entity["uuid"].as_str().unwrap());
        (
            Self {
                emulator,
                token,
                path,
            },
            entity,
        )
    }

    fn put(&self, number: &str, content: &[u8]) -> Reply {
        let boundary = FORM.1.split_once('=').unwrap().1;
        let mut body = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"part_number\"\r\n\r\n{number}\r\n").into_bytes();
        body.extend(file_form(
            "part_file",
            "blob",
            "application/octet-stream",
            content,
        ));
        let headers = [
            FORM,
            ("Authorization", self.token.as_str()),
            ("restrict-access", "true"),
        ];
        request(self.emulator, "PUT", &self.path, &headers, &body)
    }

    fn call(&self, method: &str, query: &str) -> Reply {
        let path = format!("{}{query}", self.path);
        request(
            self.emulator,
            method,
            &path,
            &[JSON, ("Authorization", &self.token)],
            b"",
        )
    }
}

#[test]
fn the_web_sdk_uploads_in_parts() {
    let emulator = start_easemob(EasemobConfig {
        part_lower_limit: 4,
        max_upload: 12,
        ..EasemobConfig::default()
    });
    let (parts, entity) = Parts::begin(&emulator);
    assert_eq!(
        (&entity["file_upper_limit"], &entity["part_lower_limit"]),
        (&12.into(), &4.into())
    );
    // Out of order, and one sent twice.
    for (number, content) in [("3", "ij"), ("1", "xxxx"), ("2", "efgh"), ("1", "abcd")] {
        assert_eq!(parts.put(number, content.as_bytes()).status, 200);
    }
    let reply = parts.call(
        "POST",
        "?restrict-access=true&chat-type=CHAT&chat-target=bob&thumbnail-width=9",
    );
    let (id, secret) = uploaded(&reply);
    assert_eq!(reply.json()["path"], "/chatfiles");
    let secret = secret.unwrap();
    let headers = [
        ("Authorization", parts.token.as_str()),
        ("share-secret", &secret),
    ];
    // As a message says where the file is.
    let url = format!("{}/{id}", reply.json()["uri"].as_str().unwrap());
    assert_eq!(path_of(&url), format!("{APP}/chatfiles/{id}"));
    assert_eq!(get(&emulator, &path_of(&url), &headers).body, b"abcdefghij");
    assert_eq!(
        get(&emulator, &format!("{APP}/chatfiles/{id}"), &headers).body,
        b"abcdefghij"
    );
    // It is complete now, and so no longer there.
    assert_eq!(parts.call("POST", "").status, 404);
    assert_eq!(parts.put("1", b"abcd").status, 404);
}

#[test]
fn parts_that_do_not_add_up() {
    let emulator = start_easemob(EasemobConfig {
        part_lower_limit: 4,
        max_upload: 12,
        ..EasemobConfig::default()
    });
    let (parts, _) = Parts::begin(&emulator);
    assert_eq!(parts.call("POST", "").json()["error"], "illegal_argument");
    assert_eq!(parts.put("0", b"abcd").status, 400);
    assert_eq!(parts.put("x", b"abcd").status, 400);
    assert_eq!(parts.put("1", b"ab").status, 200);
    assert_eq!(parts.put("3", b"abcd").status, 200);
    assert!(parts.call("POST", "").text().contains("part 2 is missing"));
    assert_eq!(parts.put("2", b"abcd").status, 200);
    assert!(
        parts
            .call("POST", "")
            .text()
            .contains("part 1 is too small")
    );
    assert_eq!(parts.put("1", b"abcde").status, 200);
    assert_eq!(parts.call("POST", "").status, 413);
    assert_eq!(parts.call("DELETE", "").status, 200);
    assert_eq!(parts.call("DELETE", "").status, 404);
    assert_eq!(parts.call("POST", "").status, 404);
    assert_eq!(
        std::fs::read_dir(emulator.folder().join("incoming"))
            .unwrap()
            .count(),
        0
    );
}

/// Uploads a form as given, and says under which name its file is kept and what is in it.
#[track_caller]
fn kept(emulator: &Emulator, token: &str, content_type: &str, body: &[u8]) -> (String, Vec<u8>) {
    let auth = ("Authorization", token);
    let headers = [auth, ("content-type", content_type)];
    let reply = request(
        emulator,
        "POST",
        &format!("{APP}/chatfiles"),
        &headers,
        body,
    );
    let (id, _) = uploaded(&reply);
    let reply = get(emulator, &format!("{APP}/chatfiles/{id}"), &[auth]);
    let disposition = reply.header("content-disposition").unwrap();
    let name = disposition
        .split_once("filename*=UTF-8''")
        .unwrap()
        .1
        .to_owned();
    (name, reply.body)
}

#[test]
fn file_names_as_real_clients_write_them() {
    let emulator = start();
    let token = app_token(&emulator);
    let cases = [
        (r#"filename="文件.txt""#, "%E6%96%87%E4%BB%B6.txt"),
        (r#"filename="a%22b.txt""#, "a%22b.txt"),
        (r#"filename="a\"b.txt""#, "a%22b.txt"),
        (r#"filename="a"b.txt""#, "a%22b.txt"),
        (r#"filename*=UTF-8''%E6%96%87.txt"#, "%E6%96%87.txt"),
        (r#"filename="/Users/test/9.2/IMG_2953.JPG""#, "IMG_2953.JPG"),
        (r#"filename="C:\Users\test\IMG_2953.JPG""#, "IMG_2953.JPG"),
        ("filename=plain.txt", "plain.txt"),
    ];
    for (parameter, expected) in cases {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; {parameter}\r\n\r\nx\r\n--b--\r\n"
        );
        let (name, content) = kept(
            &emulator,
            &token,
            "multipart/form-data; boundary=b",
            body.as_bytes(),
        );
        assert_eq!(
            (name.as_str(), content),
            (expected, b"x".to_vec()),
            "{parameter}"
        );
    }
}

#[test]
fn extra_parts_in_any_order_and_two_boundaries() {
    let emulator = start();
    let token = app_token(&emulator);
    let text = |name: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n--b is not here\r\n")
    };
    let file = "--b\r\nContent-Type: image/png\r\ncontent-disposition: form-data; filename=\"a.png\"; name=\"file\"\r\n\r\n\r\n--c\r\n--\r\n\r\n";
    let end = "--b--\r\nepilogue";
    let (one, two) = (text("type"), text("file-type"));
    for body in [
        [file, &one, &two, end].concat(),
        [&one, file, &two, end].concat(),
        ["preamble\r\n", &one, &two, file, end].concat(),
    ] {
        for content_type in [
            "multipart/form-data; boundary=b",
            "multipart/form-data;charset=utf-8;boundary=\"b\"",
            "Multipart/Form-Data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW; boundary=b",
        ] {
            let (_, content) = kept(&emulator, &token, content_type, body.as_bytes());
            assert_eq!(content, b"\r\n--c\r\n--\r\n", "{content_type}");
        }
    }
}

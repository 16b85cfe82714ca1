//! What OpenIM and SMH and their stores are sent, and what it should be: for the judges of `wire`.

use serde_json::json;

use crate::front::Rust;
use crate::protocol::Line;
use crate::recorder::RawServer;
use crate::wire::{Body, Expected, NAMES, TAG, call};
use crate::world::{content, download, upload};

/// Of the first 1,000 bytes of the pattern 0, by md5sum; and of that text.
const MD5: &str = "0b73415090d64c1a05dd380e8e6215c1";
const MD5_OF_MD5: &str = "b2e432fc3b9b446f014590c186047ce4";

const IMAGE: &str = "image/x-own; q=\"a b\"";
/// What the policy of OpenIM's forms can hold of it.
const PLAIN_IMAGE: &str = "image/x-own";
/// A token, a key, and a policy with what a URL or a form may get wrong.
const TOKEN: &str = "acctk+a/b=&c%2B";
const ID: &str = "bG9uZw==+/";
const POLICY: &str = "eyJ+/==\" x";

/// Answers as OpenIM, as SMH, and as their stores; `None` if it is neither.
pub fn answer(request: &[u8]) -> Option<Vec<u8>> {
    let head = String::from_utf8_lossy(&request[..request.len().min(2000)]).into_owned();
    let line = head.lines().next().unwrap_or_default();
    let host = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("host: ")
            .map(str::to_owned)
    })?;
    let is = |text: &str| line.contains(text);
    let openim = |data: serde_json::Value| {
        Some((
            200,
            json!({"errCode": 0, "errMsg": "", "errDlt": "", "data": data}).to_string(),
        ))
    };
    let pair = |key: &str, value: &str| json!({"key": key, "values": [value]});
    let (status, body) = if is("/auth/get_") {
        let kind = if is("admin") { "admin" } else { "user" };
        openim(json!({"token": format!("the-{kind}-token"), "expireTimeSeconds": 7_776_000}))
    } else if is("/object/initiate_form_data") {
        openim(json!({
            "id": ID, "url": format!("http://{host}/store/form?a=b%20c"), "file": "file", "header": null,
            "formData": {"key": "alice/x y", "policy": POLICY}, "expires": 4_000_000_000_000_u64,
            "successCodes": [200],
        }))
    } else if is("/object/initiate_multipart_upload") {
        openim(json!({"url": "", "upload": {
            "uploadID": ID, "partSize": 5_242_880, "expireTime": 4_000_000_000_000_u64,
            "sign": {"url": format!("http://{host}/store/one"), "query": [pair("X-Sig", POLICY)],
                     "header": [pair("X-Amz-Date", "20260101T000000Z")],
                     "parts": [{"partNumber": 1, "url": "", "query": [pair("partNumber", "1")], "header": null}]},
        }}))
    } else if is("/object/part_limit") {
        openim(
            json!({"minPartSize": 5_242_880, "maxPartSize": 5_368_709_120_u64, "maxNumSize": 10_000}),
        )
    } else if is("POST /object/") {
        openim(json!({"url": "http://h/object/alice/x", "expireTime": 4_000_000_000_000_u64}))
    } else if is("GET /api/v1/token") {
        Some((
            200,
            json!({"accessToken": TOKEN, "expiresIn": 86_400}).to_string(),
        ))
    } else if is("?confirm") {
        Some((
            200,
            json!({"path": ["d", "x"], "name": "x", "type": "file"}).to_string(),
        ))
    } else if is("filesize=") {
        let store = json!({
            "domain": host, "path": "/smhlib/ob j.图", "confirmKey": "the key",
            "expiration": "2036-01-01T00:00:00Z",
            "headers": {"Authorization": "q-sign=a&b=c d", "x-cos-security-token": POLICY},
            "form": {"key": "smhlib/x y", "policy": POLICY},
        });
        Some((201, store.to_string()))
    } else if is("PUT /api/v1/directory") {
        Some((201, "{}".to_owned()))
    } else if is("?info") {
        Some((200, json!({"name": "x", "type": "file"}).to_string()))
    } else if is("GET /api/v1/directory") {
        Some((
            200,
            json!({"path": [], "contents": [], "fileCount": 0, "subDirCount": 0}).to_string(),
        ))
    } else if is("DELETE /api/v1") || is("HEAD /api/v1") {
        Some((if is("DELETE") { 204 } else { 200 }, String::new()))
    } else if is("GET /object/") {
        Some((302, String::new()))
    } else if is("/store/") || is("/smhlib/") || is("GET /api/v1") {
        Some((200, String::new()))
    } else {
        None
    }?;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Fine\r\nContent-Length: {length}\r\nETag: \"{MD5}\"\r\nLocation: /store/found\r\nConnection: close\r\n\r\n"
    );
    Some((head + &body).into_bytes())
}

fn post(path: &str, token: &str, value: serde_json::Value) -> Expected {
    Expected {
        method: "POST",
        path: path.to_owned(),
        headers: vec![
            ("token", token.to_owned()),
            ("content-type", "application/json".to_owned()),
        ],
        body: Body::Json(value),
        query: None,
    }
}

fn fields() -> Vec<(&'static str, String)> {
    vec![
        ("key", "alice/x y".to_owned()),
        ("policy", POLICY.to_owned()),
    ]
}

pub fn openim(front: &mut Rust, server: &RawServer, expected: &mut Vec<Expected>) {
    let secret = "p\"a\\ss wörd";
    let open = Line::new("openim")
        .with("base_url", server.base_url())
        .with("user_id", "alice")
        .with("admin_secret", secret)
        .with("platform", 5)
        .with("max_attempts", 1);
    call(front, &open);
    let user = "the-user-token";
    let mut admin = post(
        "/auth/get_admin_token",
        "",
        json!({"secret": secret, "userID": "imAdmin"}),
    );
    admin.headers.remove(0);
    expected.push(admin);
    expected.push(post(
        "/auth/get_user_token",
        "the-admin-token",
        json!({"platformID": 5, "userID": "alice"}),
    ));
    let mut knows_limits = false;
    for (name, written) in NAMES {
        if name.contains('\r') {
            // Refused before anything is sent.
            continue;
        }
        let line = upload(1000)
            .with("file_name", name)
            .with("media_type", IMAGE)
            .with("openim", 1)
            .with("method", 1)
            .with("group", TAG);
        call(front, &line);
        expected.push(post(
            "/object/initiate_form_data",
            user,
            json!({"name": format!("alice/{name}"), "size": 1000, "contentType": PLAIN_IMAGE, "group": TAG}),
        ));
        expected.push(Expected {
            method: "POST",
            path: "/store/form?a=b%20c".to_owned(),
            headers: vec![],
            body: Body::Multipart(
                fields(),
                ["file".into(), written.into(), PLAIN_IMAGE.into()],
                content(&line),
            ),
            query: None,
        });
        expected.push(post("/object/complete_form_data", user, json!({"id": ID})));
        let line = upload(1000)
            .with("seed", 0)
            .with("file_name", name)
            .with("openim", 1)
            .with("method", 2)
            .with("cause", TAG)
            .with("media_type", IMAGE);
        call(front, &line);
        if !std::mem::replace(&mut knows_limits, true) {
            expected.push(post("/object/part_limit", user, json!({})));
        }
        expected.push(post(
            "/object/initiate_multipart_upload",
            user,
            json!({"hash": MD5_OF_MD5, "size": 1000, "partSize": 5_242_880, "maxParts": 1, "cause": TAG,
                   "name": format!("alice/{name}"), "contentType": IMAGE}),
        ));
        expected.push(Expected {
            method: "PUT",
            path: "/store/one".to_owned(),
            headers: vec![("x-amz-date", "20260101T000000Z".to_owned())],
            body: Body::Raw(content(&line)),
            query: Some(vec![
                ("X-Sig", POLICY.to_owned()),
                ("partNumber", "1".to_owned()),
            ]),
        });
        expected.push(post(
            "/object/complete_multipart_upload",
            user,
            json!({"uploadID": ID, "parts": [MD5], "cause": TAG, "name": format!("alice/{name}"), "contentType": IMAGE}),
        ));
        call(
            front,
            &download(&format!("alice/{name}"))
                .with("openim", 1)
                .with("thumbnail", 1)
                .with("thumbnail_width", 64),
        );
        expected.push(Expected {
            method: "GET",
            path: format!("/object/alice/{name}"),
            headers: vec![],
            body: Body::None,
            query: Some(vec![
                ("type", "image".to_owned()),
                ("width", "64".to_owned()),
            ]),
        });
        expected.push(Expected {
            method: "GET",
            path: "/store/found".to_owned(),
            headers: vec![],
            body: Body::None,
            query: None,
        });
    }
    call(
        front,
        &Line::new("presign_download").with("file", format!("alice/{TAG}")),
    );
    expected.push(post(
        "/object/access_url",
        user,
        json!({"name": format!("alice/{TAG}")}),
    ));
}

/// A name that SMH takes, with what URLs escape.
const NAME: &str = "图片 ü 😀 100%25 a+b=c;d#e&f' (1) [2].png";
const DIRECTORY: &str = "a b/c+d";

fn query(pairs: &[(&'static str, &str)]) -> Option<Vec<(&'static str, String)>> {
    let own = [("user_id", "ü&1"), ("access_token", TOKEN)];
    let all = pairs.iter().chain(&own);
    Some(
        all.map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
    )
}

/// CRC-64/XZ, bit by bit.
fn crc64(bytes: &[u8]) -> u64 {
    let fold = |crc: u64, byte: &u8| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| {
            (crc >> 1)
                ^ if crc & 1 == 1 {
                    0xC96C_5795_D787_0F42
                } else {
                    0
                }
        })
    };
    !bytes.iter().fold(!0, fold)
}

pub fn smh(front: &mut Rust, server: &RawServer, expected: &mut Vec<Expected>) {
    let secret = "se cret&+";
    let open = Line::new("smh")
        .with("base_url", server.base_url())
        .with("library_id", "smhlib")
        .with("library_secret", secret)
        .with("space_id", "space+1")
        .with("user_id", "ü&1")
        .with("grant", "upload_file,admin")
        .with("max_attempts", 1);
    call(front, &open);
    expected.push(Expected {
        method: "GET",
        path: "/api/v1/token".to_owned(),
        headers: vec![],
        body: Body::None,
        query: Some(vec![
            ("library_id", "smhlib".to_owned()),
            ("space_id", "space+1".to_owned()),
            ("user_id", "ü&1".to_owned()),
            ("grant", "upload_file,admin".to_owned()),
            ("library_secret", secret.to_owned()),
        ]),
    });
    let place = "/api/v1/file/smhlib/space+1";
    let file = format!("{place}/{DIRECTORY}/{NAME}");
    let about = json!({"labels": [TAG, "b"], "category": "ü c", "localCreationTime": "2022-07-26T02:58:09Z"});
    for (method, verb) in [(1, "PUT"), (2, "POST")] {
        let line = upload(1000)
            .with("file_name", NAME)
            .with("media_type", IMAGE)
            .with("smh", 1)
            .with("method", method)
            .with("conflict", 2)
            .with("directory", DIRECTORY)
            .with("labels", format!("{TAG},b"))
            .with("category", "ü c")
            .with("local_creation_time", "2022-07-26T02:58:09Z")
            .with("traffic_limit", 204_800);
        call(front, &line);
        expected.push(Expected {
            method: verb,
            path: file.clone(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: Body::Json(about.clone()),
            query: query(&[
                ("conflict_resolution_strategy", "overwrite"),
                ("filesize", "1000"),
                ("traffic_limit", "204800"),
                ("with_content_cas", "1"),
            ]),
        });
        expected.push(Expected {
            method: verb,
            path: "/smhlib/ob j.图".to_owned(),
            headers: if method == 1 {
                vec![("authorization", "q-sign=a&b=c d".to_owned())]
            } else {
                vec![]
            },
            body: if method == 1 {
                Body::Raw(content(&line))
            } else {
                Body::Multipart(
                    vec![
                        ("key", "smhlib/x y".to_owned()),
                        ("policy", POLICY.to_owned()),
                    ],
                    ["file".into(), NAME.into(), IMAGE.into()],
                    content(&line),
                )
            },
            query: Some(vec![]),
        });
        let mut said = about.clone();
        said["crc64"] = crc64(&content(&line)).to_string().into();
        expected.push(Expected {
            method: "POST",
            path: format!("{place}/the key"),
            headers: vec![("content-type", "application/json".to_owned())],
            body: Body::Json(said),
            query: query(&[
                ("confirm", ""),
                ("conflict_resolution_strategy", "overwrite"),
                ("with_content_cas", "1"),
            ]),
        });
    }
    let path = format!("{DIRECTORY}/{NAME}");
    let mut asked = |method, kind: &str, path: &str, pairs: &[(&'static str, &str)]| {
        expected.push(Expected {
            method,
            path: format!("/api/v1/{kind}/smhlib/space+1/{path}"),
            headers: vec![],
            body: Body::None,
            query: query(pairs),
        });
    };
    call(front, &download(&path));
    asked("GET", "file", &path, &[]);
    // The store states no CRC-64 here.
    asked("GET", "file", &path, &[("info", "")]);
    call(front, &Line::new("exists").with("file", &path));
    asked("HEAD", "file", &path, &[]);
    let list = Line::new("list").with("directory", DIRECTORY);
    call(front, &list.with("marker", TAG).with("limit", 7));
    asked(
        "GET",
        "directory",
        DIRECTORY,
        &[("marker", TAG), ("limit", "7"), ("with_content_cas", "1")],
    );
    let delete = Line::new("delete").with("smh", 1).with("file", &path);
    call(front, &delete.with("permanent", 1));
    asked("DELETE", "file", &path, &[("permanent", "1")]);
}

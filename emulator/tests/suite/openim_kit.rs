//! What the tests of OpenIM share: its API, its store, and a client's side of both.

use crate::common::*;
pub use chatfile_emulator::hex;
use chatfile_emulator::{Config, Emulator, OpenimConfig};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use serde_json::{Value, json};

pub fn start_openim(openim: OpenimConfig) -> Emulator {
    Emulator::start(Config {
        openim,
        ..Config::default()
    })
    .unwrap()
}

pub fn md5_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(&Md5::digest(bytes))
}

/// The hash of a file by its parts.
pub fn hash_of(parts: &[&[u8]]) -> (String, Vec<String>) {
    let digests: Vec<String> = parts.iter().map(md5_hex).collect();
    (md5_hex(digests.join(",")), digests)
}

pub fn call(emulator: &Emulator, token: &str, path: &str, body: &Value) -> Reply {
    let mut headers = vec![JSON, ("operationID", "1646445464564")];
    if !token.is_empty() {
        headers.push(("token", token));
    }
    request(
        emulator,
        "POST",
        path,
        &headers,
        body.to_string().as_bytes(),
    )
}

/// The data of a call that succeeds.
#[track_caller]
pub fn data(emulator: &Emulator, token: &str, path: &str, body: Value) -> Value {
    let reply = call(emulator, token, path, &body);
    let mut body = reply.json();
    assert_eq!((reply.status, &body["errCode"]), (200, &0.into()), "{body}");
    body["data"].take()
}

/// Code, and message with detail, of a call that fails.
#[track_caller]
pub fn failure(emulator: &Emulator, token: &str, path: &str, body: Value) -> (i64, String) {
    let reply = call(emulator, token, path, &body);
    let body = reply.json();
    assert!(reply.status == 200 && body.get("data").is_none(), "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let words = format!("{}|{}", text("errMsg"), text("errDlt"));
    (body["errCode"].as_i64().unwrap(), words)
}

#[track_caller]
pub fn admin(emulator: &Emulator) -> String {
    let control = emulator.control();
    let config = &control.config().openim;
    let body = json!({ "secret": config.secret, "userID": config.admin_id });
    let data = data(emulator, "", "/auth/get_admin_token", body);
    data["token"].as_str().unwrap().to_owned()
}

#[track_caller]
pub fn user(emulator: &Emulator, name: &str) -> String {
    let body = json!({ "platformID": 5, "userID": name });
    let data = data(emulator, &admin(emulator), "/auth/get_user_token", body);
    data["token"].as_str().unwrap().to_owned()
}

#[track_caller]
pub fn initiate_form(emulator: &Emulator, token: &str, name: &str, size: usize) -> Value {
    let body = json!({
        "name": name, "size": size, "contentType": "image/png", "group": "avatar",
    });
    data(emulator, token, "/object/initiate_form_data", body)
}

/// A form's fields in order, then the file, under the boundary of [`FORM`].
pub fn filled(fields: &[(String, String)], file: &[u8]) -> Vec<u8> {
    let boundary = FORM.1.split_once('=').unwrap().1;
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    let file = file_form("file", "avatar.png", "image/png", file);
    [body.into_bytes(), file].concat()
}

pub fn fields_of(form: &Value) -> Vec<(String, String)> {
    let fields = form["formData"].as_object().unwrap();
    fields
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect()
}

pub fn post_form(emulator: &Emulator, form: &Value, file: &[u8]) -> Reply {
    let path = path_of(form["url"].as_str().unwrap());
    request(
        emulator,
        "POST",
        &path,
        &[FORM],
        &filled(&fields_of(form), file),
    )
}

/// Uploads by form, whole; the name's address.
#[track_caller]
pub fn by_form(emulator: &Emulator, token: &str, name: &str, file: &[u8]) -> String {
    let form = initiate_form(emulator, token, name, file.len());
    let reply = post_form(emulator, &form, file);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let done = data(
        emulator,
        token,
        "/object/complete_form_data",
        json!({ "id": form["id"] }),
    );
    done["url"].as_str().unwrap().to_owned()
}

fn pairs(list: &Value) -> Vec<(String, String)> {
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|item| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&item["key"]), text(&item["values"][0]))
        })
        .collect()
}

/// One part as the SDK sends it: address, query and header fields of all parts, then of this one.
pub fn put_part(emulator: &Emulator, sign: &Value, number: usize, content: &[u8]) -> Reply {
    let part = sign["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["partNumber"] == number)
        .unwrap();
    let own = part["url"].as_str().unwrap();
    let url = if own.is_empty() {
        sign["url"].as_str().unwrap()
    } else {
        own
    };
    let (mut path, mut query) = match path_of(url).split_once('?') {
        Some((path, query)) => (
            path.to_owned(),
            query.split('&').map(str::to_owned).collect::<Vec<_>>(),
        ),
        None => (path_of(url), Vec::new()),
    };
    for (name, value) in pairs(&sign["query"])
        .into_iter()
        .chain(pairs(&part["query"]))
    {
        // Go's url.Values sets, so a name that is there already is replaced.
        query.retain(|pair| !pair.starts_with(&format!("{name}=")));
        query.push(format!("{name}={}", value.replace('/', "%2F")));
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let headers: Vec<(String, String)> = pairs(&sign["header"])
        .into_iter()
        .chain(pairs(&part["header"]))
        // The raw client sends a Host of its own, the same one.
        .filter(|(name, _)| name != "Host")
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    request(emulator, "PUT", &path, &headers, content)
}

pub fn begin_multipart(hash: &str, size: usize, name: &str, max_parts: i32) -> Value {
    json!({
        "hash": hash, "size": size, "partSize": 0, "maxParts": max_parts, "cause": "msg-file",
        "name": name, "contentType": "application/pdf",
    })
}

/// Uploads in parts, whole; the name's address.
#[track_caller]
pub fn by_parts(emulator: &Emulator, token: &str, name: &str, parts: &[&[u8]]) -> String {
    let (hash, digests) = hash_of(parts);
    let size = parts.iter().map(|part| part.len()).sum();
    let body = begin_multipart(&hash, size, name, -1);
    let begun = data(emulator, token, "/object/initiate_multipart_upload", body);
    let upload = &begun["upload"];
    for (number, part) in (1..).zip(parts) {
        let reply = put_part(emulator, &upload["sign"], number, part);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let etag = format!("\"{}\"", digests[number - 1]);
        assert_eq!(reply.header("etag"), Some(etag.as_str()));
    }
    let body = json!({
        "uploadID": upload["uploadID"], "parts": digests, "name": name,
        "contentType": "application/pdf", "cause": "msg-file",
    });
    let done = data(emulator, token, "/object/complete_multipart_upload", body);
    done["url"].as_str().unwrap().to_owned()
}

/// Follows an address as a client without a token does; the store's answer.
#[track_caller]
pub fn fetch(emulator: &Emulator, path: &str, headers: &[(&str, &str)]) -> Reply {
    let reply = get(emulator, path, &[]);
    assert_eq!(reply.status, 302, "{}", reply.text());
    get(
        emulator,
        &path_of(reply.header("location").unwrap()),
        headers,
    )
}

/// A request to the store that is signed in its header (version 4). The query is as it is sent: `name=value`, in order.
/// What is signed as the body's SHA-256 is `UNSIGNED-PAYLOAD`, unless the fields have it.
pub fn ask_store(
    emulator: &Emulator,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    const HASHED: &str = "x-amz-content-sha256";
    let hash = |bytes: &[u8]| hex(&sha2::Sha256::digest(bytes));
    let seconds = emulator.control().now_ms().div_euclid(1000);
    let now = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    let day = format!(
        "{:04}{:02}{:02}",
        now.year(),
        u8::from(now.month()),
        now.day()
    );
    let (hour, minute, second) = now.to_hms();
    let date = format!("{day}T{hour:02}{minute:02}{second:02}Z");
    let given = fields.iter().find(|(name, _)| *name == HASHED);
    let payload = given.map_or("UNSIGNED-PAYLOAD", |(_, value)| value);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let lines = format!("host:emulator.test\n{HASHED}:{payload}\nx-amz-date:{date}\n");
    let names = format!("host;{HASHED};x-amz-date");
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hash(canonical.as_bytes())
    );
    let signature = sign_text(&day, &text);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=root/{scope}, SignedHeaders={names}, Signature={signature}"
    );
    let mut headers = vec![("x-amz-date", &*date), ("Authorization", &authorization)];
    headers.extend(fields);
    if given.is_none() {
        headers.push((HASHED, payload));
    }
    request(emulator, method, target, &headers, body)
}

/// The signature of a text, or of a form's policy.
pub fn sign_text(day: &str, text: &str) -> String {
    let hmac = |key: Vec<u8>, text: &str| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let parts = [day, "us-east-1", "s3", "aws4_request", text];
    hex(&parts.into_iter().fold(b"AWS4openIM123".to_vec(), hmac))
}

//! What the tests of Tencent SMH share: calls as its clients make them, over raw sockets.

use chatfile_emulator::{Config, Emulator, SmhConfig};
use serde_json::{Value, json};

use crate::common::*;

pub const LIBRARY: &str = "smh0emulator0library";
pub const SECRET: &str = "4b1e7c52d09f4a86b3a5f0c7e9d21864";
pub const MIB: usize = 1 << 20;

pub fn start_smh(smh: SmhConfig) -> Emulator {
    Emulator::start(Config {
        smh,
        ..Config::default()
    })
    .unwrap()
}

/// The bytes of the vectors in smh.md §1.4.
pub fn data(size: usize) -> Vec<u8> {
    let byte = |i: usize| ((31 * i + 7 * (i >> 8) + 11) & 255) as u8;
    (0..size).map(byte).collect()
}

/// A client with a token of its own.
pub struct Client<'a> {
    pub emulator: &'a Emulator,
    pub token: String,
    pub space: String,
}

impl<'a> Client<'a> {
    pub fn new(emulator: &'a Emulator) -> Self {
        Self::with_grant(emulator, "admin")
    }

    pub fn with_grant(emulator: &'a Emulator, grant: &str) -> Self {
        let reply = token(emulator, &format!("&space_id=-&user_id=u1&grant={grant}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        Self {
            emulator,
            token: reply.json()["accessToken"].as_str().unwrap().to_owned(),
            space: "-".to_owned(),
        }
    }

    pub fn address(&self, kind: &str, rest: &str, query: &str) -> String {
        format!(
            "/api/v1/{kind}/{LIBRARY}/{}/{rest}?{query}&access_token={}",
            self.space, self.token
        )
    }

    #[track_caller]
    pub fn call(&self, method: &str, rest: &str, query: &str, body: &Value) -> Reply {
        self.of("file", method, rest, query, body)
    }

    #[track_caller]
    pub fn of(&self, kind: &str, method: &str, rest: &str, query: &str, body: &Value) -> Reply {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        request(
            self.emulator,
            method,
            &self.address(kind, rest, query),
            &[JSON],
            body.as_bytes(),
        )
    }

    #[track_caller]
    pub fn begin(&self, name: &str, query: &str, body: &Value) -> Upload<'a> {
        // By form is what a POST without an action is.
        let method = if query.starts_with("multipart") || query == "form" {
            "POST"
        } else {
            "PUT"
        };
        let query = if query == "form" { "" } else { query };
        let reply = self.call(method, name, query, body);
        assert_eq!(reply.status, 201, "{}", reply.text());
        Upload {
            emulator: self.emulator,
            info: reply.json(),
        }
    }

    #[track_caller]
    pub fn confirm(&self, upload: &Upload<'_>, query: &str, body: &Value) -> Reply {
        self.call("POST", upload.key(), &format!("confirm&{query}"), body)
    }

    /// A whole simple upload.
    #[track_caller]
    pub fn put(&self, name: &str, query: &str, content: &[u8]) -> Value {
        let upload = self.begin(name, query, &Value::Null);
        assert_eq!(upload.put("", content).status, 200);
        let reply = self.confirm(&upload, "", &Value::Null);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// A whole upload in parts.
    #[track_caller]
    pub fn put_parts(&self, name: &str, content: &[u8], part: usize) -> Value {
        let upload = self.begin(name, "multipart", &json!({}));
        upload.put_all(content, part);
        let reply = self.confirm(&upload, "", &Value::Null);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    #[track_caller]
    pub fn get(&self, name: &str, query: &str, headers: &[(&str, &str)]) -> Reply {
        let reply = self.call("GET", name, query, &Value::Null);
        assert_eq!(reply.status, 302, "{}", reply.text());
        let path = path_of(reply.header("location").unwrap());
        request(self.emulator, "GET", &path, headers, b"")
    }
}

pub fn token(emulator: &Emulator, query: &str) -> Reply {
    let path = format!("/api/v1/token?library_id={LIBRARY}&library_secret={SECRET}{query}");
    get(emulator, &path, &[])
}

/// What a beginning handed out.
pub struct Upload<'a> {
    pub emulator: &'a Emulator,
    pub info: Value,
}

impl Upload<'_> {
    pub fn key(&self) -> &str {
        self.info["confirmKey"].as_str().unwrap()
    }

    pub fn path(&self) -> &str {
        self.info["path"].as_str().unwrap()
    }

    pub fn part_query(&self, number: usize) -> String {
        let id = self.info["uploadId"].as_str().unwrap();
        format!("?uploadId={id}&partNumber={number}")
    }

    /// The header fields as they were handed out, text or number.
    pub fn headers(&self) -> Vec<(String, String)> {
        fields(&self.info["headers"])
    }

    pub fn put(&self, query: &str, content: &[u8]) -> Reply {
        self.put_with(&self.headers(), query, content)
    }

    pub fn put_with(&self, headers: &[(String, String)], query: &str, content: &[u8]) -> Reply {
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = format!("{}{query}", self.path());
        request(self.emulator, "PUT", &path, &headers, content)
    }

    #[track_caller]
    pub fn put_all(&self, content: &[u8], part: usize) {
        let mut parts: Vec<&[u8]> = content.chunks(part).collect();
        if parts.is_empty() {
            parts.push(b"");
        }
        for (at, part) in parts.iter().enumerate() {
            let reply = self.put(&self.part_query(at + 1), part);
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
    }
}

pub fn fields(object: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let object = object.as_object().unwrap();
    object
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// Status and code of a refusal, whose shape is checked.
#[track_caller]
pub fn refusal(reply: &Reply) -> (u16, String) {
    let body = reply.json();
    let id = body["requestId"].as_str().unwrap();
    assert_eq!(reply.header("x-smh-request-id"), Some(id));
    assert!(!body["message"].as_str().unwrap().is_empty());
    (reply.status, body["code"].as_str().unwrap().to_owned())
}

#[track_caller]
pub fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(refusal(reply), (status, code.to_owned()));
}

/// Status and code of the store's refusal.
#[track_caller]
pub fn store_refused(reply: &Reply, status: u16, code: &str) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{text}");
    assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}");
    let id = reply.header("x-cos-request-id").unwrap();
    assert!(text.contains(&format!("<RequestId>{id}</RequestId>")));
    assert_eq!(reply.header("content-type"), Some("application/xml"));
}

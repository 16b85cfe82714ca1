//! What the tests of Huawei AICC share.

use crate::common::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatfile_emulator::{Config, Emulator, HuaweiConfig};
use serde_json::{Value, json};

pub fn start_huawei(huawei: HuaweiConfig) -> Emulator {
    Emulator::start(Config {
        huawei,
        ..Config::default()
    })
    .unwrap()
}

pub const ACCESS: &str = "/apigovernance/api/oauth/tokenByAkSk";
pub const APPLY: &str = "/apiaccess/ccmessaging/applyToken";
pub const UPLOAD_STREAM: &str = "/apiaccess/ccmessaging/uploadFileStream";
pub const DOWNLOAD_STREAM: &str = "/apiaccess/ccmessaging/downloadFileStream";

pub fn post(emulator: &Emulator, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers: Vec<_> = [JSON].iter().chain(headers).copied().collect();
    request(emulator, "POST", path, &headers, body.as_bytes())
}

/// A customer's session: both tokens, and the app key.
#[derive(Debug, Clone)]
pub struct Session {
    pub app_key: String,
    pub bearer: String,
    pub token: String,
}

impl Session {
    #[track_caller]
    pub fn open(emulator: &Emulator) -> Self {
        let control = emulator.control();
        let config = &control.config().huawei;
        let body = json!({ "app_key": config.app_key, "app_secret": config.app_secret });
        let reply = post(emulator, ACCESS, &[], &body.to_string());
        assert_eq!(reply.status, 200, "{}", reply.text());
        let bearer = format!("Bearer {}", reply.json()["AccessToken"].as_str().unwrap());
        let mut session = Self {
            app_key: config.app_key.clone(),
            bearer,
            token: String::new(),
        };
        session.apply(emulator);
        session
    }

    pub fn headers(&self) -> Vec<(&str, &str)> {
        vec![
            ("Authorization", &self.bearer),
            ("x-app-key", &self.app_key),
            ("ccmessaging-token", &self.token),
        ]
    }

    #[track_caller]
    pub fn apply(&mut self, emulator: &Emulator) {
        let control = emulator.control();
        let body = json!({
            "userId": "customer-1", "userName": "A customer", "locale": "en",
            "channelId": control.config().huawei.channel_id,
        });
        let reply = post(emulator, APPLY, &self.headers()[..2], &body.to_string());
        assert_eq!(reply.status, 200, "{}", reply.text());
        self.token = reply.json()["token"].as_str().unwrap().to_owned();
    }

    pub fn call(&self, emulator: &Emulator, path: &str, body: &Value) -> Reply {
        post(emulator, path, &self.headers(), &body.to_string())
    }

    pub fn upload(&self, emulator: &Emulator, file_type: &str, content: &[u8]) -> Reply {
        let body = upload_body(file_type, content);
        self.call(emulator, UPLOAD_STREAM, &body)
    }

    #[track_caller]
    pub fn uploaded(&self, emulator: &Emulator, content: &[u8]) -> String {
        let reply = self.upload(emulator, "txt", content);
        let body = reply.json();
        assert_eq!((reply.status, &body["returnCode"]), (200, &"0".into()));
        body["objectKey"].as_str().unwrap().to_owned()
    }

    pub fn download(&self, emulator: &Emulator, id: &str) -> Reply {
        let body = json!({ "fileId": id, "channel": "WEB", "fileType": "txt" });
        self.call(emulator, DOWNLOAD_STREAM, &body)
    }
}

pub fn upload_body(file_type: &str, content: &[u8]) -> Value {
    json!({ "fileType": file_type, "channel": "WEB", "fileStream": STANDARD.encode(content) })
}

/// The content of a download's reply.
#[track_caller]
pub fn stream(reply: &Reply) -> Vec<u8> {
    let body = reply.json();
    assert_eq!(body["resultCode"], "0", "{body}");
    STANDARD
        .decode(body["fileStream"].as_str().unwrap())
        .unwrap()
}

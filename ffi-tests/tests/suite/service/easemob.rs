//! Easemob.

use std::sync::Arc;
use std::time::Duration;

use chatfile::{Client, Easemob, EasemobCredentials};
use serde_json::json;

use super::{DOWNLOAD, MESSAGE, PRESIGN, SHARE_SECRET, Service, THUMBNAIL, UPLOAD};
use crate::front::rust::{SeenByClient, client_options, number, secret, text};
use crate::protocol::Line;
use crate::world::World;

pub static SERVICE: Service = Service {
    name: "easemob",
    open: |line, seen| Client::easemob(config(line, seen), client_options(line, seen)),
    account: |world| world.easemob(),
    secrets: |config| {
        vec![
            config.easemob.client_secret.clone(),
            config.easemob.users[0].password.clone(),
        ]
    },
    sent_secrets: |_| Vec::new(),
    can: UPLOAD | DOWNLOAD | SHARE_SECRET | THUMBNAIL | PRESIGN | MESSAGE,
    options: &[],
    takes_empty_files: true,
    has_limit: true,
    in_parts: &[],
    picture_message: Some(("img", |stored| {
        json!({
            "filename": "cat",
            "url": stored.get("url"),
            "file_length": stored.number("size"),
            "size": {"width": 200, "height": 150},
        })
    })),
    sizes_thumbnails: false,
    shows_videos: true,
    presigns_thumbnails: true,
    fetches_by: Some("download"),
    // Ranges side by side are many calls.
    set_up: |config| config.easemob.calls_per_second = 10_000,
};

impl World<'_> {
    /// An `easemob` line for the emulator's app, with its client id and secret.
    pub fn easemob(&self) -> Line {
        let config = &self.control.config().easemob;
        self.easemob_app()
            .with("client_id", &config.client_id)
            .with("client_secret", &config.client_secret)
    }

    /// An `easemob` line for the emulator's app, without credentials.
    pub fn easemob_app(&self) -> Line {
        let config = &self.control.config().easemob;
        Line::new("easemob")
            .with("base_url", self.emulator.base_url())
            .with("app_key", format!("{}#{}", config.org, config.app))
            .with("retry_delay_ms", 1)
    }

    /// Opens the emulator's Easemob app, with defaults but for the pause between attempts.
    pub fn open_easemob(&mut self) {
        let line = self.easemob();
        self.ok(line);
    }

    /// Opens Easemob with one more client option or field.
    pub fn open_easemob_with(&mut self, key: &str, value: impl std::fmt::Display) {
        let line = self.easemob().with(key, value);
        self.ok(line);
    }
}

fn config(line: &Line, seen: &Arc<SeenByClient>) -> Easemob {
    let secret = |name| secret(line, name, seen);
    let credentials = if let Some(id) = text(line, "client_id") {
        EasemobCredentials::Client {
            id,
            secret: secret("client_secret"),
        }
    } else if let Some(username) = text(line, "username") {
        EasemobCredentials::Password {
            username,
            password: secret("password"),
        }
    } else if line.get("token").or(line.get("secret")).is_some() {
        EasemobCredentials::Token(secret("token"))
    } else {
        EasemobCredentials::None
    };
    let mut config = Easemob::new(text(line, "app_key").unwrap_or_default(), credentials);
    config.base_url = text(line, "base_url");
    config.token_ttl = number(line, "token_ttl_seconds").map(Duration::from_secs);
    config.max_upload_size = number(line, "max_upload_size");
    config
}

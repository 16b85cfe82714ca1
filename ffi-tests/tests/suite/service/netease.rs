//! NetEase.

use std::sync::Arc;

use chatfile::{Client, Netease};
use serde_json::json;

use super::{DELETE_BY_TIME, DOWNLOAD, MESSAGE, PRESIGN, Service, THUMBNAIL, UPLOAD};
use crate::front::rust::{SeenByClient, client_options, number, secret, text};
use crate::protocol::Line;
use crate::world::World;

pub static SERVICE: Service = Service {
    name: "netease",
    open: |line, seen| Client::netease(config(line, seen), client_options(line, seen)),
    account: |world| world.netease(),
    secrets: |config| vec![config.netease.app_secret.clone()],
    sent_secrets: |_| Vec::new(),
    can: THUMBNAIL | UPLOAD | DOWNLOAD | DELETE_BY_TIME | PRESIGN | MESSAGE,
    options: &[],
    takes_empty_files: false,
    has_limit: true,
    in_parts: &[],
    picture_message: Some(("1", |stored| {
        json!({
            "name": "cat",
            "md5": stored.get("md5"),
            "url": stored.get("url"),
            "ext": "bmp",
            "size": stored.number("size"),
            "w": 200,
            "h": 150,
        })
    })),
    sizes_thumbnails: true,
    shows_videos: true,
    presigns_thumbnails: true,
    fetches_by: Some("download"),
    // Ranges side by side are many calls.
    set_up: |config| config.netease.calls_per_second = 10_000,
};

impl World<'_> {
    /// A `netease` line for the emulator's app.
    pub fn netease(&self) -> Line {
        let config = &self.control.config().netease;
        Line::new("netease")
            .with(
                "base_url",
                format!("{}/nimserver", self.emulator.base_url()),
            )
            .with("app_key", &config.app_key)
            .with("app_secret", &config.app_secret)
            .with("retry_delay_ms", 1)
    }

    /// Likewise its NetEase app.
    pub fn open_netease(&mut self) {
        let line = self.netease();
        self.ok(line);
    }

    /// Opens NetEase with one more client option or field.
    pub fn open_netease_with(&mut self, key: &str, value: impl std::fmt::Display) {
        let line = self.netease().with(key, value);
        self.ok(line);
    }
}

fn config(line: &Line, seen: &Arc<SeenByClient>) -> Netease {
    let mut config = Netease::new(
        text(line, "app_key").unwrap_or_default(),
        secret(line, "app_secret", seen),
    );
    config.base_url = text(line, "base_url");
    config.max_upload_size = number(line, "max_upload_size");
    config
}

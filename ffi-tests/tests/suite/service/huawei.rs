//! Huawei.

use std::sync::Arc;
use std::time::Duration;

use chatfile::{Client, Huawei};
use serde_json::json;

use super::{DOWNLOAD, MESSAGE, PRESIGN, Service, UPLOAD};
use crate::front::rust::{SeenByClient, client_options, number, secret, text};
use crate::protocol::Line;
use crate::world::World;

pub static SERVICE: Service = Service {
    name: "huawei",
    open: |line, seen| Client::huawei(config(line, seen), client_options(line, seen)),
    account: |world| world.huawei(),
    secrets: |config| vec![config.huawei.app_secret.clone()],
    sent_secrets: |_| Vec::new(),
    can: UPLOAD | DOWNLOAD | PRESIGN | MESSAGE,
    options: &[("huawei", "1"), ("file_type", "txt")],
    takes_empty_files: false,
    has_limit: true,
    in_parts: &[],
    picture_message: Some(("IMAGE", |stored| {
        json!({
            "channel": "WEB",
            "content": stored.get("file"),
            "controlType": "CHAT",
            "mediaType": "IMAGE",
            "sourceType": "CUSTOMER",
        })
    })),
    sizes_thumbnails: false,
    shows_videos: false,
    presigns_thumbnails: false,
    fetches_by: None,
    set_up: |_| {},
};

impl World<'_> {
    /// A `huawei` line for a customer of the emulator's tenant.
    pub fn huawei(&self) -> Line {
        let config = &self.control.config().huawei;
        Line::new("huawei")
            .with("base_url", self.emulator.base_url())
            .with("app_key", &config.app_key)
            .with("app_secret", &config.app_secret)
            .with("channel_id", &config.channel_id)
            .with("user_id", "somebody")
            .with("retry_delay_ms", 1)
    }
}

fn config(line: &Line, seen: &Arc<SeenByClient>) -> Huawei {
    let required = |key| text(line, key).unwrap_or_default();
    let mut config = Huawei::new(
        required("base_url"),
        required("app_key"),
        secret(line, "app_secret", seen),
        required("channel_id"),
        required("user_id"),
    );
    config.user_name = text(line, "user_name");
    config.locale = text(line, "locale");
    config.token_ttl = number(line, "token_ttl_seconds").map(Duration::from_secs);
    config.max_upload_size = number(line, "max_upload_size");
    config
}

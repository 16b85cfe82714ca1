//! OpenIM.

use std::sync::Arc;

use chatfile::{Client, Openim, OpenimCredentials};
use serde_json::json;

use super::{DOWNLOAD, INSTANT, MESSAGE, PARTS, PRESIGN, Service, THUMBNAIL, UPLOAD};
use crate::front::rust::{SeenByClient, client_options, number, secret, text};
use crate::protocol::Line;
use crate::world::World;

pub static SERVICE: Service = Service {
    name: "openim",
    open: |line, seen| Client::openim(config(line, seen), client_options(line, seen)),
    account: |world| world.openim(),
    secrets: |config| vec![config.openim.secret.clone()],
    sent_secrets: |_| Vec::new(),
    can: UPLOAD | DOWNLOAD | THUMBNAIL | PRESIGN | MESSAGE | PARTS | INSTANT,
    options: &[],
    takes_empty_files: false,
    has_limit: true,
    in_parts: &[("openim", "1"), ("method", "2")],
    picture_message: Some(("102", |stored| {
        let url = stored.get("url").unwrap();
        let picture = json!({
            "uuid": stored.get("file"),
            "type": "image/bmp",
            "size": stored.number("size"),
            "width": 200,
            "height": 150,
            "url": url,
        });
        let mut small = picture.clone();
        small["size"] = 0.into();
        small["width"] = 640.into();
        small["height"] = 640.into();
        small["url"] = format!("{url}?height=640&type=image&width=640").into();
        json!({"sourcePicture": picture, "bigPicture": picture, "snapshotPicture": small})
    })),
    sizes_thumbnails: true,
    shows_videos: false,
    presigns_thumbnails: true,
    fetches_by: Some("storage_get"),
    // It takes small parts, and an upload in parts is a small one.
    set_up: |config| config.openim.min_part_size = Some(200_000),
};

impl World<'_> {
    /// An `openim` line for that user, with a token that the admin fetches.
    pub fn openim(&self) -> Line {
        self.openim_user()
            .with("admin_secret", &self.control.config().openim.secret)
            .with("platform", 1)
    }

    /// An `openim` line for a user of the emulator's server, without credentials; with `CHATFILE_SUITE_OPENIM` of
    /// the server of that address (docs/live-tests.md).
    pub fn openim_user(&self) -> Line {
        let elsewhere = std::env::var("CHATFILE_SUITE_OPENIM");
        Line::new("openim")
            .with(
                "base_url",
                elsewhere.unwrap_or_else(|_| self.emulator.base_url()),
            )
            .with("user_id", "alice")
            .with("retry_delay_ms", 1)
    }

    /// An `openim` line for the admin.
    pub fn openim_admin(&self) -> Line {
        let config = &self.control.config().openim;
        self.openim_user()
            .with("user_id", &config.admin_id)
            .with("admin_secret", &config.secret)
    }

    /// Opens the emulator's OpenIM server as a user.
    pub fn open_openim(&mut self) {
        let line = self.openim();
        self.ok(line);
    }
}

fn config(line: &Line, seen: &Arc<SeenByClient>) -> Openim {
    let is_admin = line.get("admin_secret").is_some() || line.number("ask_admin_secret") != 0;
    let admin_secret = || secret(line, "admin_secret", seen);
    let mut config = Openim::new(
        text(line, "base_url").unwrap_or_default(),
        text(line, "user_id").unwrap_or_default(),
        match number(line, "platform") {
            Some(platform) => OpenimCredentials::User {
                admin_secret: admin_secret(),
                admin_user_id: text(line, "admin_user_id"),
                platform,
            },
            None if is_admin => OpenimCredentials::Admin {
                secret: admin_secret(),
            },
            None => OpenimCredentials::Token(secret(line, "token", seen)),
        },
    );
    config.max_upload_size = number(line, "max_upload_size");
    config
}

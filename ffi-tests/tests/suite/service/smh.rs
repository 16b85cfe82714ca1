//! SMH.

use std::sync::Arc;
use std::time::Duration;

use chatfile::{Client, Smh, SmhCredentials};

use super::{DELETE, DOWNLOAD, INFO, INSTANT, LIST, PARTS, PRESIGN, Service, THUMBNAIL, UPLOAD};
use crate::front::rust::{SeenByClient, client_options, number, secret, text};
use crate::protocol::Line;
use crate::world::World;

pub static SERVICE: Service = Service {
    name: "smh",
    open: |line, seen| Client::smh(config(line, seen), client_options(line, seen)),
    account: |world| world.smh(),
    secrets: |_| Vec::new(),
    sent_secrets: |config| vec![config.smh.library_secret.clone(), "acctk".to_owned()],
    can: THUMBNAIL | UPLOAD | DOWNLOAD | PRESIGN | DELETE | PARTS | INSTANT | INFO | LIST,
    options: &[],
    takes_empty_files: true,
    has_limit: false,
    in_parts: &[("smh", "1"), ("method", "3"), ("part_size", "1048576")],
    picture_message: None,
    sizes_thumbnails: true,
    shows_videos: true,
    presigns_thumbnails: false,
    fetches_by: Some("get"),
    set_up: |_| {},
};

impl World<'_> {
    /// An `smh` line for the emulator's library, with its secret.
    pub fn smh(&self) -> Line {
        let config = &self.control.config().smh;
        self.smh_library()
            .with("library_secret", &config.library_secret)
    }

    /// An `smh` line for the emulator's library, without credentials.
    pub fn smh_library(&self) -> Line {
        let config = &self.control.config().smh;
        Line::new("smh")
            .with("base_url", self.emulator.base_url())
            .with("library_id", &config.library_id)
            .with("private_deployment", i32::from(config.private_cloud))
            .with("retry_delay_ms", 1)
    }

    /// Opens the emulator's SMH library.
    pub fn open_smh(&mut self) {
        let line = self.smh();
        self.ok(line);
    }
}

fn config(line: &Line, seen: &Arc<SeenByClient>) -> Smh {
    let is_token = line.get("access_token").is_some() || line.number("ask_access_token") != 0;
    let mut config = Smh::new(
        text(line, "library_id").unwrap_or_default(),
        if is_token {
            SmhCredentials::AccessToken(secret(line, "access_token", seen))
        } else {
            SmhCredentials::LibrarySecret(secret(line, "library_secret", seen))
        },
    )
    .private_deployment(line.number("private_deployment") != 0);
    config.base_url = text(line, "base_url");
    config.space_id = text(line, "space_id");
    config.user_id = text(line, "user_id");
    config.client_id = text(line, "client_id");
    config.session_id = text(line, "session_id");
    config.token_ttl = number(line, "token_ttl_seconds").map(Duration::from_secs);
    config.grant = text(line, "grant");
    config
}

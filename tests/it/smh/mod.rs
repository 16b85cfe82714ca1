//! Tencent SMH through the Rust API, against the emulator.

mod files;
mod parts;
mod presigned;
mod resume;
mod uploads;

use crate::random::pattern;
use chatfile::{
    Client, ClientOptions, DownloadOptions, Sink, Smh, SmhCredentials, SmhUpload, Source,
    UploadOptions, UploadResult,
};
use chatfile_emulator::{Action, Config, Emulator, Rule, SmhConfig, Timing};
use std::time::Duration;

const MIB: usize = 1024 * 1024;

pub(crate) fn emulator(change: impl FnOnce(&mut SmhConfig)) -> Emulator {
    let mut config = Config::default();
    change(&mut config.smh);
    Emulator::start(config).unwrap()
}

fn config(emulator: &Emulator) -> Smh {
    let control = emulator.control();
    let smh = &control.config().smh;
    Smh::new(
        smh.library_id.clone(),
        SmhCredentials::LibrarySecret(smh.library_secret.clone().into()),
    )
    .base_url(emulator.base_url())
    .user_id("user")
    .private_deployment(smh.private_cloud)
}

fn options() -> ClientOptions {
    ClientOptions::default().retry_delay(Duration::from_millis(1))
}

pub(crate) fn client(emulator: &Emulator) -> Client {
    Client::smh(config(emulator), options()).unwrap()
}

/// An upload of this name.
fn named(name: &str, smh: SmhUpload) -> UploadOptions<'static> {
    UploadOptions::default().file_name(name).service(smh)
}

fn upload(
    client: &Client,
    name: &str,
    data: &[u8],
    smh: SmhUpload,
) -> chatfile::Result<UploadResult> {
    client.upload(Source::bytes(data), named(name, smh))
}

fn fetch(client: &Client, file: &str) -> Vec<u8> {
    let download = client.download(file, Sink::buffer(), DownloadOptions::default());
    download.unwrap().data.unwrap()
}

/// How often each verb was called.
fn count(emulator: &Emulator, verb: &str) -> usize {
    let journal = emulator.control().journal();
    journal.iter().filter(|entry| entry.verb == verb).count()
}

/// What is sent to SMH's store.
fn fault(emulator: &Emulator, verb: &str, action: Action) {
    let rule = Rule::new(action).verb(verb).times(1);
    emulator.control().add_fault(rule).unwrap();
}

/// The service's own error of this name.
fn refusal(name: &str) -> Action {
    Action::ServiceError {
        name: name.into(),
        timing: Timing::default(),
    }
}

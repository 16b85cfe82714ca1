//! OpenIM through the Rust API, against the emulator.

mod downloads;
mod forms;
mod names;
mod parts;
mod presigned;
mod refusals;
mod resume;
mod tokens;

use crate::random::pattern;
use chatfile::{
    Client, ClientOptions, DownloadOptions, DownloadResult, Openim, OpenimCredentials,
    OpenimUpload, OpenimUploadMethod, Secret, Sink, Source, Status, UploadOptions, UploadResult,
};
use chatfile_emulator::{Action, Canned, Config, Emulator, OpenimConfig, OpenimDriver, Rule};
use std::time::Duration;

pub(crate) fn emulator(change: impl FnOnce(&mut OpenimConfig)) -> Emulator {
    let mut config = Config::default();
    // Nobody waits for a minute here.
    config.openim.retry_after = None;
    change(&mut config.openim);
    Emulator::start(config).unwrap()
}

fn options() -> ClientOptions {
    ClientOptions::default().retry_delay(Duration::from_millis(1))
}

fn open(emulator: &Emulator, user_id: &str, credentials: OpenimCredentials) -> Client {
    open_with(emulator, user_id, credentials, options())
}

fn open_with(
    emulator: &Emulator,
    user_id: &str,
    credentials: OpenimCredentials,
    options: ClientOptions,
) -> Client {
    let config = Openim::new(emulator.base_url(), user_id, credentials);
    Client::openim(config, options).unwrap()
}

fn secret() -> Secret {
    Config::default().openim.secret.into()
}

fn user() -> OpenimCredentials {
    OpenimCredentials::User {
        admin_secret: secret(),
        admin_user_id: None,
        platform: 1,
    }
}

pub(crate) fn alice(emulator: &Emulator) -> Client {
    open(emulator, "alice", user())
}

fn admin(emulator: &Emulator) -> Client {
    let secret = secret();
    open(emulator, "imAdmin", OpenimCredentials::Admin { secret })
}

/// A refusal of the storage, as S3 says it.
fn xml(code: &str, message: &str) -> Action {
    Action::Answer(Canned {
        status: 403,
        content_type: Some("application/xml".into()),
        body: format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        ..Canned::default()
    })
}

fn named(file_name: &str) -> UploadOptions<'static> {
    UploadOptions::default().file_name(file_name)
}

fn with(openim: OpenimUpload) -> UploadOptions<'static> {
    named("a.bin").service(openim)
}

fn by_form(file_name: &str) -> UploadOptions<'static> {
    named(file_name).service(OpenimUpload::default().method(OpenimUploadMethod::Form))
}

fn upload(client: &Client, data: &[u8]) -> chatfile::Result<UploadResult> {
    client.upload(Source::bytes(data), named("photo.png"))
}

fn download(client: &Client, file: &str) -> chatfile::Result<DownloadResult> {
    client.download(file, Sink::buffer(), DownloadOptions::default())
}

fn fetch(client: &Client, file: &str) -> Vec<u8> {
    download(client, file).unwrap().data.unwrap()
}

/// How often each of these verbs was called.
fn counts<const N: usize>(emulator: &Emulator, verbs: [&str; N]) -> [usize; N] {
    let journal = emulator.control().journal();
    verbs.map(|verb| journal.iter().filter(|entry| entry.verb == verb).count())
}

fn fault(emulator: &Emulator, verb: &str, action: Action) {
    let rule = Rule::new(action).service("openim").verb(verb).times(1);
    emulator.control().add_fault(rule).unwrap();
}

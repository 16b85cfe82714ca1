//! What these tests share: clients, and waits that end.

use chatfile::{
    Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials, Error, Netease,
    NeteaseDeleteTask, NeteaseUpload, NeteaseUploadMethod, Sink, Smh, SmhCredentials,
    UploadOptions, UploadResult,
};
use chatfile_emulator::{Action, Canned, Config, Emulator};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long something may take that takes a moment: never waited out unless a
/// test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An upload's answer in the way of Easemob.
pub const STORED: &str = r#"{"entities":[{"uuid":"abc","type":"chatfile"}]}"#;

pub fn emulator() -> Emulator {
    Emulator::start(Config::default()).unwrap()
}

/// Quick retries; everything else as it comes.
pub fn options() -> ClientOptions {
    ClientOptions::default().retry_delay(Duration::from_millis(1))
}

pub fn single_attempt() -> ClientOptions {
    options().max_attempts(1)
}

/// The emulator's app, at this address.
pub fn easemob_config(base_url: String) -> Easemob {
    let defaults = Config::default().easemob;
    Easemob::new(
        format!("{}#{}", defaults.org, defaults.app),
        EasemobCredentials::Client {
            id: defaults.client_id,
            secret: defaults.client_secret.into(),
        },
    )
    .base_url(base_url)
}

pub fn easemob(emulator: &Emulator, options: ClientOptions) -> Client {
    Client::easemob(easemob_config(emulator.base_url()), options).unwrap()
}

/// Needs no token request, and sends files of any size: for raw servers.
pub fn with_token(base_url: String, options: ClientOptions) -> Client {
    let config = Easemob::new("org#app", EasemobCredentials::Token("token".into()))
        .base_url(base_url)
        .max_upload_size(u64::MAX);
    Client::easemob(config, options).unwrap()
}

pub fn netease_at(base_url: String, options: ClientOptions) -> Client {
    let defaults = Config::default().netease;
    let config = Netease::new(defaults.app_key, defaults.app_secret).base_url(base_url);
    Client::netease(config, options).unwrap()
}

pub fn smh(base_url: String, options: ClientOptions) -> Client {
    let config = Smh::new("smh1", SmhCredentials::AccessToken("acctk01".into()))
        .base_url(base_url)
        .private_deployment(false);
    Client::smh(config, options).unwrap()
}

pub fn netease(emulator: &Emulator, options: ClientOptions) -> Client {
    netease_at(format!("{}/nimserver", emulator.base_url()), options)
}

/// An upload as base64 in a form, which reads its source twice.
pub fn as_form() -> UploadOptions<'static> {
    UploadOptions::default().service(NeteaseUpload::default().method(NeteaseUploadMethod::Base64))
}

/// A made-up answer with one header field.
pub fn answer_with(status: u16, name: &str, value: &str) -> Action {
    Action::Answer(Canned {
        status,
        headers: vec![(name.to_owned(), value.to_owned())],
        ..Canned::default()
    })
}

/// A delete task as good as any.
pub fn files_of_last_week() -> NeteaseDeleteTask {
    const DAY: i64 = 86_400_000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    NeteaseDeleteTask::new(now - 6 * DAY, now - 3 * DAY)
}

/// Runs a call that must come back by itself. One that does not is left behind,
/// and fails the test.
pub fn must_end<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || done.send(call()));
    result.recv_timeout(PATIENCE).expect("the call to end")
}

pub fn failed(result: chatfile::Result<UploadResult>) -> Error {
    result.map(|upload| upload.attempts).unwrap_err()
}

/// A folder of its own that goes away with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("chatfile-{name}-{}", std::process::id()));
        // An earlier process with this number may have crashed.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a failed test has left does not matter.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Downloads to a path so that a later call can go on.
pub fn download_resumably(client: &Client, target: &Path) -> chatfile::Result<u64> {
    let options = DownloadOptions::default().resume(true);
    let download = client.download("5f", Sink::path(target), options)?;
    Ok(download.size)
}

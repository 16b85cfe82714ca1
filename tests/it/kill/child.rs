//! The transfers themselves: in the process that is killed, and in the one that
//! goes on.

use chatfile::{
    Client, ClientOptions, DownloadOptions, Openim, OpenimCredentials, OpenimUpload,
    OpenimUploadMethod, Result, ServiceUpload, Sink, Smh, SmhConflict, SmhCredentials, SmhUpload,
    SmhUploadMethod, Source, UploadOptions,
};
use chatfile_emulator::Config;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What the child says when it begins to transfer, and when it has done so.
pub const READY: &str = "kill: ready";
pub const DONE: &str = "kill: done";

/// The name of the test that is the child.
const CHILD: &str = "kill::child::a_process_that_transfers_until_it_is_killed";

const KIND: &str = "CHATFILE_KILL_CHILD";
const BASE_URL: &str = "CHATFILE_KILL_BASE_URL";
const PATH: &str = "CHATFILE_KILL_PATH";
const NAME: &str = "CHATFILE_KILL_NAME";

/// SMH takes no smaller parts.
pub const SMH_PART: u64 = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    SmhUpload,
    SmhDownload,
    OpenimUpload,
}

const KINDS: [Kind; 3] = [Kind::SmhUpload, Kind::SmhDownload, Kind::OpenimUpload];

/// A transfer between an emulator and a file.
#[derive(Debug, Clone)]
pub struct Job {
    pub kind: Kind,
    pub base_url: String,
    pub path: PathBuf,
    /// What the file is called at the service.
    pub name: String,
}

impl Job {
    /// This program, doing the job.
    pub fn command(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", CHILD, "--nocapture"])
            .env(KIND, format!("{:?}", self.kind))
            .env(BASE_URL, &self.base_url)
            .env(PATH, &self.path)
            .env(NAME, &self.name);
        command
    }

    fn from_environment() -> Option<Self> {
        let text = |name: &str| std::env::var(name).unwrap();
        let kind = std::env::var(KIND).ok()?;
        Some(Self {
            kind: KINDS
                .into_iter()
                .find(|known| format!("{known:?}") == kind)
                .unwrap(),
            base_url: text(BASE_URL),
            path: PathBuf::from(text(PATH)),
            name: text(NAME),
        })
    }

    /// Beside the source.
    pub fn checkpoint(&self) -> PathBuf {
        beside(&self.path, "checkpoint")
    }

    /// Begins, or goes on; returns what the file is called.
    pub fn run(&self) -> Result<String> {
        match self.kind {
            Kind::SmhDownload => {
                let options = DownloadOptions::default().resume(true);
                let sink = Sink::path(&self.path);
                self.client().download(&self.name, sink, options)?;
                Ok(self.name.clone())
            }
            Kind::SmhUpload | Kind::OpenimUpload => {
                let options = UploadOptions::default()
                    .file_name(self.name.clone())
                    .checkpoint(self.checkpoint())
                    .service(match self.kind {
                        Kind::OpenimUpload => ServiceUpload::from(openim_options()),
                        _ => smh_options().into(),
                    });
                let source = Source::path(&self.path);
                Ok(self.client().upload(source, options)?.file)
            }
        }
    }

    pub fn client(&self) -> Client {
        let options = ClientOptions::default().retry_delay(Duration::from_millis(1));
        let emulated = Config::default();
        match self.kind {
            Kind::SmhUpload | Kind::SmhDownload => Client::smh(
                Smh::new(
                    emulated.smh.library_id,
                    SmhCredentials::LibrarySecret(emulated.smh.library_secret.into()),
                )
                .base_url(self.base_url.clone())
                .private_deployment(false),
                options,
            ),
            Kind::OpenimUpload => Client::openim(
                Openim::new(
                    self.base_url.clone(),
                    "imAdmin",
                    OpenimCredentials::Admin {
                        secret: emulated.openim.secret.into(),
                    },
                ),
                options,
            ),
        }
        .unwrap()
    }
}

fn smh_options() -> SmhUpload {
    SmhUpload::default()
        .method(SmhUploadMethod::Parts)
        .part_size(SMH_PART)
        // Whoever was killed behind the end, and begins anew, makes no second file.
        .conflict(SmhConflict::Overwrite)
}

fn openim_options() -> OpenimUpload {
    OpenimUpload::default().method(OpenimUploadMethod::Parts)
}

pub fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.file_name().unwrap().to_owned();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    // The harness does not end its own line first.
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}

#[test]
fn a_process_that_transfers_until_it_is_killed() {
    let Some(job) = Job::from_environment() else {
        return;
    };
    say(READY);
    job.run().unwrap();
    say(DONE);
}

//! The services themselves, where their credentials are in the environment
//! (docs/live-tests.md); each that is not is said to be not run. The same steps
//! are made against the emulator first, so that they are known to be right.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests"
)]

mod easemob;
mod huawei;
mod more;
mod netease;
mod openim;
mod smh;
mod soak;

use chatfile::{Client, DownloadOptions, Error, Sink, Source, UploadOptions, UploadResult};
use chatfile_emulator::{Config, Emulator};
use std::process::ExitCode;

/// Where a test finds what it needs to know, by the name of the variable
/// without what all begin with.
type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

/// What all variables begin with.
const PREFIX: &str = "CHATFILE_LIVE_";

const ALL: &[&Service] = &[
    &easemob::SERVICE,
    &netease::SERVICE,
    &huawei::SERVICE,
    &openim::SERVICE,
    &smh::SERVICE,
];

const MIB: usize = 1024 * 1024;

/// A service, and what has to be known to reach it.
struct Service {
    name: &'static str,
    required: &'static [&'static str],
    /// What is known of it where the emulator, at this address, plays it.
    emulated: fn(&Config, &str, &str) -> Option<String>,
    /// A file there and back in each way it has, odd names, transfers that broke off, a refused token and an absent file;
    /// as little left behind as it allows.
    run: fn(Lookup<'_>) -> Result<(), Error>,
    /// How it is called without end (`cargo xtask soak`).
    soak: soak::Soak,
}

fn main() -> ExitCode {
    if let Ok(url) = std::env::var(soak::URL) {
        return soak::run(&url);
    }
    let emulator = Emulator::start(Config::default()).unwrap();
    let (control, url) = (emulator.control(), emulator.base_url());
    let config = control.config();
    let mut failed = false;
    for service in ALL {
        let result = (service.run)(&|name| (service.emulated)(config, &url, name));
        failed |= report(service, "the emulator", result);
    }
    for service in ALL {
        let missing: Vec<String> = service
            .required
            .iter()
            .map(|name| format!("{PREFIX}{name}"))
            .filter(|name| std::env::var_os(name).is_none())
            .collect();
        if missing.is_empty() {
            let result = (service.run)(&|name| std::env::var(format!("{PREFIX}{name}")).ok());
            failed |= report(service, "the service itself", result);
        } else {
            let (name, missing) = (service.name, missing.join(", "));
            println!("live {name}: not run, for it needs {missing}");
        }
    }
    ExitCode::from(u8::from(failed))
}

/// Says how it went, and returns whether it failed.
fn report(service: &Service, place: &str, result: Result<(), Error>) -> bool {
    let name = service.name;
    match result {
        Ok(()) => {
            println!("live {name}: passed against {place}");
            false
        }
        Err(error) => {
            println!(
                "live {name}: FAILED against {place}: {} {error} (request id {:?})",
                error.status(),
                error.request_id()
            );
            true
        }
    }
}

/// Bytes that no earlier run has sent, so that no service has them already.
fn fresh(length: usize) -> Vec<u8> {
    let now = std::time::SystemTime::now();
    let since_1970 = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut state = since_1970.as_nanos() as u64;
    (0..length)
        .map(|_| {
            // Marsaglia's xorshift: different bytes are all that is wanted.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

/// A name that no other run has.
fn unique(extension: &str) -> String {
    let bytes = fresh(8);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("chatfile-live-{hex}.{extension}")
}

/// Downloads a file and compares it.
fn expect(
    client: &Client,
    file: &str,
    data: &[u8],
    options: DownloadOptions<'_>,
) -> Result<(), Error> {
    let download = client.download(file, Sink::buffer(), options)?;
    let got = download.data.unwrap_or_default();
    assert!(got == data, "{file} came back with other bytes");
    Ok(())
}

/// A variable that is required.
fn given(get: Lookup<'_>, name: &str) -> String {
    get(name).unwrap_or_default()
}

fn send(client: &Client, data: &[u8], options: UploadOptions<'_>) -> Result<UploadResult, Error> {
    let stored = client.upload(Source::bytes(data), options)?;
    assert_eq!(stored.size, data.len() as u64);
    Ok(stored)
}

fn named(extension: &str) -> UploadOptions<'static> {
    UploadOptions::default().file_name(unique(extension))
}

//! Uploads and downloads of OpenIM with a real store behind the emulator, through a relay that cuts, stalls and delays.
//! `cargo xtask interop` starts the store and says where it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests"
)]

use chatfile::{
    Client, ClientOptions, DownloadOptions, Error, Openim, OpenimCredentials, OpenimUpload,
    OpenimUploadMethod, Sink, Source, UploadOptions,
};
use chatfile_emulator::{Config, Emulator, OpenimConfig};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Names the store: an address with a bucket `openim`, and the keys of OpenIM's own set-up.
const STORE: &str = "CHATFILE_INTEROP_STORE";
const MIB: usize = 1024 * 1024;
/// What a stalled transfer may take to be found out.
const STALL: Duration = Duration::from_secs(2);

/// What happens to a connection through the relay.
#[derive(Debug, Clone, Copy)]
enum Mishap {
    /// A reset after so many bytes from the client.
    CutRequest(usize),
    /// A reset after so many bytes from the store.
    CutAnswer(usize),
    /// Nothing more is passed on after so many bytes from the client.
    StallRequest(usize),
    /// The same after so many from the store.
    StallAnswer(usize),
    /// Each piece of the answer comes later.
    Delay(Duration),
}

const MISHAPS: [Mishap; 10] = [
    Mishap::CutRequest(0),
    Mishap::CutRequest(300),
    Mishap::CutRequest(100_000),
    Mishap::CutAnswer(0),
    Mishap::CutAnswer(20),
    Mishap::CutAnswer(100_000),
    Mishap::StallRequest(100_000),
    Mishap::StallAnswer(0),
    Mishap::StallAnswer(100_000),
    Mishap::Delay(Duration::from_millis(50)),
];

/// The next connections meet these, one each.
type Plan = Arc<Mutex<Vec<Mishap>>>;

/// Passes connections on to the store.
fn relay(store: String) -> (String, Plan) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let plan = Plan::default();
    let shared = Arc::clone(&plan);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mishap = shared.lock().unwrap().pop();
            let Ok(store) = TcpStream::connect(&store) else {
                continue;
            };
            let (to, from) = match mishap {
                Some(Mishap::CutRequest(after)) => (End::Cut(after), End::Never),
                Some(Mishap::StallRequest(after)) => (End::Stall(after), End::Never),
                Some(Mishap::CutAnswer(after)) => (End::Never, End::Cut(after)),
                Some(Mishap::StallAnswer(after)) => (End::Never, End::Stall(after)),
                Some(Mishap::Delay(pause)) => (End::Never, End::Slow(pause)),
                None => (End::Never, End::Never),
            };
            pass(client.try_clone().unwrap(), store.try_clone().unwrap(), to);
            pass(store, client, from);
        }
    });
    (address, plan)
}

#[derive(Debug, Clone, Copy)]
enum End {
    Never,
    Cut(usize),
    Stall(usize),
    Slow(Duration),
}

fn pass(mut from: TcpStream, mut to: TcpStream, end: End) {
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        let mut passed = 0;
        let most = match end {
            End::Cut(after) | End::Stall(after) => after,
            End::Never | End::Slow(_) => usize::MAX,
        };
        while let Ok(count) = from.read(&mut buffer) {
            let some = count.min(most - passed);
            if count == 0 || to.write_all(&buffer[..some]).is_err() {
                break;
            }
            passed += some;
            match end {
                End::Stall(_) if passed == most => {
                    // Whoever waits gives up by itself; then this ends, too.
                    let _ = from.read(&mut [0]);
                    let _ = to.read(&mut [0]);
                    break;
                }
                End::Cut(_) if passed == most => {
                    let _ = from.shutdown(Shutdown::Both);
                    break;
                }
                End::Slow(pause) => std::thread::sleep(pause),
                _ => {}
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

fn bytes(length: usize, seed: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at * 31 + (at >> 8) + seed) as u8)
        .collect()
}

fn main() -> ExitCode {
    let Ok(store) = std::env::var(STORE) else {
        println!("interop: not run, for it needs {STORE} (cargo xtask interop)");
        return ExitCode::SUCCESS;
    };
    let (address, plan) = relay(store.trim_start_matches("http://").to_owned());
    let emulator = Emulator::start(Config {
        openim: OpenimConfig {
            store: Some(store),
            external_address: Some(format!("http://{address}")),
            ..OpenimConfig::default()
        },
        ..Config::default()
    })
    .unwrap();
    let (mut passed, mut failed) = (0, 0);
    let mut seed = std::process::id() as usize;
    let plain = [None];
    let mishaps: Vec<Option<Mishap>> = plain.into_iter().chain(MISHAPS.map(Some)).collect();
    for method in [OpenimUploadMethod::Form, OpenimUploadMethod::Parts] {
        for length in [MIB, 11 * MIB] {
            for mishap in &mishaps {
                seed += 1;
                let data = bytes(length, seed);
                let result = there_and_back(&emulator, &plan, method, &data, *mishap);
                match result {
                    Ok(()) => passed += 1,
                    Err(error) => {
                        failed += 1;
                        println!(
                            "FAILED {method:?}, {length} bytes, {mishap:?}: {} {error}",
                            error.status()
                        );
                    }
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

/// The mishap meets the upload, then the download.
fn there_and_back(
    emulator: &Emulator,
    plan: &Plan,
    method: OpenimUploadMethod,
    data: &[u8],
    mishap: Option<Mishap>,
) -> Result<(), Error> {
    let client = self::client(emulator)?;
    let upload = UploadOptions::default()
        .file_name(format!("interop-{}.bin", data[0]))
        .service(OpenimUpload::default().method(method));
    plan.lock().unwrap().extend(mishap);
    let stored = client.upload(Source::bytes(data), upload)?;
    plan.lock().unwrap().clear();
    plan.lock().unwrap().extend(mishap);
    // One that keeps no connection from before.
    let client = self::client(emulator)?;
    let download = client.download(&stored.file, Sink::buffer(), DownloadOptions::default())?;
    plan.lock().unwrap().clear();
    assert!(
        download.data.unwrap_or_default() == data,
        "another file came back"
    );
    Ok(())
}

fn client(emulator: &Emulator) -> Result<Client, Error> {
    let credentials = OpenimCredentials::User {
        admin_secret: "openIM123".into(),
        admin_user_id: None,
        platform: 5,
    };
    let options = ClientOptions::default()
        .stall_timeout(STALL)
        .retry_delay(Duration::from_millis(1));
    Client::openim(
        Openim::new(emulator.base_url(), "alice", credentials),
        options,
    )
}

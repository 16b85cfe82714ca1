//! Uploads and downloads of OpenIM with a real store behind the emulator, through a relay that cuts, stalls and delays; and
//! how many bytes a bad link costs. `cargo xtask interop` starts the store and says where it is. Without one, the bad link
//! alone is tried, to SMH.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests"
)]

use chatfile::{
    Client, ClientOptions, DownloadOptions, Error, Openim, OpenimCredentials, OpenimUpload,
    OpenimUploadMethod, Sink, Smh, SmhCredentials, Source, UploadOptions,
};
use chatfile_emulator::{Config, Emulator, OpenimConfig};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
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
    let mut failed = bad_link_to_smh();
    match std::env::var(STORE) {
        Ok(store) => failed += mishaps(&store) + bad_link_to_openim(&store),
        Err(_) => println!("OpenIM: not run, for it needs {STORE} (cargo xtask interop)"),
    }
    ExitCode::from(u8::from(failed > 0))
}

fn mishaps(store: &str) -> u32 {
    let (address, plan) = relay(store.trim_start_matches("http://").to_owned());
    let emulator = Emulator::start(Config {
        openim: OpenimConfig {
            store: Some(store.to_owned()),
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
    failed
}

/// Each connection is reset after so many bytes on average, at random times (exponentially, as radioactive atoms decay:
/// how long it has lasted says nothing of how long it will last).
const LIFE: f64 = (8 * MIB) as f64;
const FILE: usize = 64 * MIB;
/// SMH gets it in one request, unless that is cut.
const AT_ONCE: usize = 24 * MIB;
const TIMES: usize = 8;
/// So much is on its way each way, and is lost with a connection: what a link of 2 MB/s has under way in 50 ms. Without
/// a bound, Linux keeps up to 4 MiB in the relay, which no client could have had.
const UNDER_WAY: usize = 100_000;

/// What has gone through a bad link.
#[derive(Default)]
struct Traffic {
    up: AtomicU64,
    down: AtomicU64,
    resets: AtomicU64,
}

/// Passes connections on until it resets them. Returns its address.
fn bad_link(to: String) -> (String, Arc<Traffic>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Those that it accepts have them, too. Linux takes twice as much.
    let socket = socket2::SockRef::from(&listener);
    socket.set_send_buffer_size(UNDER_WAY / 2).unwrap();
    socket.set_recv_buffer_size(UNDER_WAY / 2).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let traffic = Arc::<Traffic>::default();
    let shared = Arc::clone(&traffic);
    std::thread::spawn(move || {
        // xorshift64*, of Marsaglia and Vigna.
        let mut random = u64::from(std::process::id()) | 1 << 40;
        for client in listener.incoming().flatten() {
            random ^= random >> 12;
            random ^= random << 25;
            random ^= random >> 27;
            let even =
                (random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64;
            let life = Arc::new(AtomicI64::new((-LIFE * (1.0 - even).ln()) as i64));
            let Ok(server) = TcpStream::connect(&to) else {
                continue;
            };
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            for (ends, is_up) in [((client, server), true), (back, false)] {
                let (life, traffic) = (Arc::clone(&life), Arc::clone(&shared));
                std::thread::spawn(move || wear_out(ends, &life, &traffic, is_up));
            }
        }
    });
    (address, traffic)
}

fn wear_out(
    (mut from, mut to): (TcpStream, TcpStream),
    life: &AtomicI64,
    traffic: &Traffic,
    is_up: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    let passed = if is_up { &traffic.up } else { &traffic.down };
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        passed.fetch_add(count as u64, Ordering::Relaxed);
        let left = life.fetch_sub(count as i64, Ordering::Relaxed);
        if left <= count as i64 {
            traffic
                .resets
                .fetch_add(u64::from(left > 0), Ordering::Relaxed);
            for end in [&from, &to] {
                // With what is on its way lost, this is a reset.
                let _ = socket2::SockRef::from(end).set_linger(Some(Duration::ZERO));
                let _ = end.shutdown(Shutdown::Both);
            }
            return;
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// What a file may cost on average, as multiples of its size.
struct Limits {
    put: f64,
    get: f64,
}

/// Puts and gets a file of this size as often as that, each in one call; tells how much of it went over the link.
/// Returns how many calls have failed, or were too dear.
fn measure(
    what: &str,
    size: usize,
    limits: &Limits,
    traffic: &Traffic,
    client: impl Fn() -> Result<Client, Error>,
    options: impl Fn() -> UploadOptions<'static>,
) -> u32 {
    let mut failed = 0;
    let (mut sent, mut fetched) = (Vec::new(), Vec::new());
    let resets = traffic.resets.load(Ordering::Relaxed);
    for at in 0..TIMES {
        let data = bytes(size, at + std::process::id() as usize);
        let result = (|| {
            let before = traffic.up.load(Ordering::Relaxed);
            let upload = options().file_name(format!("link-{at}.bin"));
            let stored = client()?.upload(Source::bytes(&data), upload)?;
            sent.push((traffic.up.load(Ordering::Relaxed) - before) as f64 / size as f64);
            let before = traffic.down.load(Ordering::Relaxed);
            let fetch = DownloadOptions::default();
            let got = client()?.download(&stored.file, Sink::buffer(), fetch)?;
            fetched.push((traffic.down.load(Ordering::Relaxed) - before) as f64 / size as f64);
            assert!(
                got.data.unwrap_or_default() == data,
                "another file came back"
            );
            Ok::<_, Error>(())
        })();
        if let Err(error) = result {
            failed += 1;
            println!("FAILED {what}: {} {error}", error.status());
        }
    }
    let mean = |ratios: &[f64]| ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
    let say = |ratios: &[f64]| {
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let mean = mean(ratios);
        format!(
            "{} of {TIMES}, {mean:.2} times the size on average, {most:.2} at most",
            ratios.len()
        )
    };
    let resets = traffic.resets.load(Ordering::Relaxed) - resets;
    println!(
        "{what}, {} MiB over connections that last for 8 MiB ({resets} resets): put {}",
        size / MIB,
        say(&sent)
    );
    println!("{what}: get {}", say(&fetched));
    for (way, ratios, most) in [("put", &sent, limits.put), ("get", &fetched, limits.get)] {
        if mean(ratios) > most {
            failed += 1;
            println!("FAILED {what}: {way} costs more than {most} times the size on average");
        }
    }
    failed
}

fn bad_link_to_smh() -> u32 {
    let emulator = Emulator::start(Config::default()).unwrap();
    let base = emulator.base_url();
    let (address, traffic) = bad_link(base.trim_start_matches("http://").to_owned());
    let config = Config::default().smh;
    let open = || {
        let secret = SmhCredentials::LibrarySecret(config.library_secret.as_str().into());
        let library = Smh::new(config.library_id.clone(), secret)
            .base_url(format!("http://{address}"))
            .private_deployment(config.private_cloud);
        Client::smh(
            library,
            ClientOptions::default().retry_delay(Duration::from_millis(1)),
        )
    };
    let measure = |size, limits: &_| {
        let what = "SMH";
        measure(what, size, limits, &traffic, open, UploadOptions::default)
    };
    let in_parts = Limits { put: 1.3, get: 1.1 };
    // What follows is sent in one request first, twice in one that was kept open.
    let at_once = Limits { put: 2.0, get: 1.1 };
    measure(FILE, &in_parts) + measure(AT_ONCE, &at_once)
}

fn bad_link_to_openim(store: &str) -> u32 {
    let (address, traffic) = bad_link(store.trim_start_matches("http://").to_owned());
    let emulator = Emulator::start(Config {
        openim: OpenimConfig {
            store: Some(store.to_owned()),
            external_address: Some(format!("http://{address}")),
            ..OpenimConfig::default()
        },
        ..Config::default()
    })
    .unwrap();
    let options = || {
        let parts = OpenimUpload::default().method(OpenimUploadMethod::Parts);
        UploadOptions::default().service(parts)
    };
    // What is lost with a part of 5 MiB: (e^x - 1) / x = 1.39, where x is 5 MiB by 8.
    let limits = Limits { put: 1.6, get: 1.1 };
    measure(
        "OpenIM with MinIO (parts of 5 MiB)",
        FILE,
        &limits,
        &traffic,
        || client(&emulator),
        options,
    )
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

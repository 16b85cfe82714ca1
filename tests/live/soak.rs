//! `cargo xtask soak`: calls of all services side by side without end, of whose requests an emulator, which is another
//! process, fails 4 of 10. What comes back is what was sent, and nothing grows.

use super::{ALL, Lookup, MIB, Service, fresh, unique};
use chatfile::{
    Capability, Client, ClientOptions, DeleteOptions, DownloadOptions, Error, Sink, Source,
    UploadOptions,
};
use chatfile_emulator::Config;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Where the emulator is; without it nothing of this is run.
pub(super) const URL: &str = "CHATFILE_SOAK_URL";
/// For how long, in seconds.
const SECONDS: &str = "CHATFILE_SOAK_SECONDS";

/// How a service is called.
pub(super) struct Soak {
    pub(super) open: fn(Lookup<'_>, ClientOptions) -> Result<Client, Error>,
    /// Counts the uploads of a thread.
    pub(super) upload: fn(usize) -> UploadOptions<'static>,
    pub(super) download: fn() -> DownloadOptions<'static>,
}

const THREADS: usize = 8;
/// Memory may grow by so much from the second third of the time to the last: files of 1 MiB come and go on each thread,
/// there and back.
const GROWTH_MAX: u64 = 2 * THREADS as u64 * MIB as u64;

#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    bytes: AtomicU64,
    is_over: AtomicBool,
    failures: Mutex<BTreeMap<String, u64>>,
}

pub(super) fn run(url: &str) -> ExitCode {
    let seconds = std::env::var(SECONDS)
        .ok()
        .and_then(|text| text.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(60));
    let config = Config::default();
    let open = |service: &&Service| {
        let options = ClientOptions::default()
            .retry_delay(Duration::from_millis(1))
            .stall_timeout(Duration::from_secs(20));
        let lookup = |name: &str| (service.emulated)(&config, url, name);
        (service.soak.open)(&lookup, options).unwrap()
    };
    let clients: Vec<_> = ALL.iter().map(open).collect();
    let tally = Tally::default();
    let folder = std::env::temp_dir().join(unique("soak"));
    std::fs::create_dir_all(&folder).unwrap();
    let mut seen = Vec::new();
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let (clients, tally, folder) = (&clients, &tally, &folder);
            scope.spawn(move || work(number, clients, tally, folder));
        }
        let begun = Instant::now();
        while begun.elapsed() < time && !tally.is_over.load(Ordering::Relaxed) {
            std::thread::sleep((time / 30).min(Duration::from_secs(20)));
            let used = Used::now();
            println!(
                "{:5.0} s: {used:?}, {} calls, {} MB",
                begun.elapsed().as_secs_f64(),
                tally.calls.load(Ordering::Relaxed),
                tally.bytes.load(Ordering::Relaxed) / 1_000_000
            );
            seen.push(used);
        }
        tally.is_over.store(true, Ordering::Relaxed);
    });
    let left = std::fs::read_dir(&folder).unwrap().count();
    let _ = std::fs::remove_dir_all(&folder);
    let failures = tally.failures.into_inner().unwrap();
    println!("calls that failed with all their attempts: {failures:?}");
    let grown = grown(&seen);
    println!("files left: {left}; grown: {grown:?}");
    ExitCode::from(u8::from(left > 0 || !grown.is_empty()))
}

/// What one thread does: files there and back, each compared.
fn work(number: usize, clients: &[Client], tally: &Tally, folder: &Path) {
    let size = Cell::new(0);
    let fails = |verb: &str, service: &str, error: &Error| {
        let what = format!("{service} {verb} {}", error.status());
        let mut failures = tally.failures.lock().unwrap();
        let count = failures.entry(what).or_default();
        *count += 1;
        if *count == 1 {
            println!(
                "{} bytes, attempt {}: {error}",
                size.get(),
                error.attempts()
            );
        }
    };
    // A panic of one ends all.
    let guard = Ends(&tally.is_over);
    for nth in number.. {
        if tally.is_over.load(Ordering::Relaxed) {
            break;
        }
        let (service, client) = (ALL[nth % ALL.len()], &clients[nth % ALL.len()]);
        let largest = if client.can(Capability::Parts) {
            MIB + 1
        } else {
            MIB
        };
        // So many bytes that no two files are the same: OpenIM keeps one of them.
        let sizes = [20, 1000, 70_000, 300_000, largest];
        let data = fresh(sizes[nth / ALL.len() % sizes.len()]);
        size.set(data.len());
        let options = (service.soak.upload)(nth / ALL.len())
            .file_name(unique("txt"))
            .compute_crc64(nth % 3 == 0);
        tally.calls.fetch_add(1, Ordering::Relaxed);
        let stored = match client.upload(Source::bytes(&data), options) {
            Ok(stored) => stored,
            Err(error) => {
                fails("upload", service.name, &error);
                continue;
            }
        };
        assert_eq!(stored.size, data.len() as u64);
        let target = folder.join(format!("{number}"));
        for to_file in [false, true] {
            let sink = if to_file {
                Sink::path(&target)
            } else {
                Sink::buffer()
            };
            tally.calls.fetch_add(1, Ordering::Relaxed);
            match client.download(&stored.file, sink, (service.soak.download)()) {
                Ok(download) => {
                    let got = match to_file {
                        true => std::fs::read(&target).unwrap(),
                        false => download.data.unwrap(),
                    };
                    assert!(got == data, "{} gave other bytes", service.name);
                    tally
                        .bytes
                        .fetch_add(2 * got.len() as u64, Ordering::Relaxed);
                }
                Err(error) => {
                    fails("download", service.name, &error);
                    assert!(!target.exists(), "{}: {error}, and a file", service.name);
                }
            }
            let _ = std::fs::remove_file(&target);
        }
        if client.can(Capability::Delete) {
            tally.calls.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = client.delete(&stored.file, DeleteOptions::default()) {
                fails("delete", service.name, &error);
            }
        }
    }
    std::mem::forget(guard);
}

struct Ends<'t>(&'t AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What this process has.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Used {
    bytes: u64,
    descriptors: u64,
    threads: u64,
}

impl Used {
    /// All zero where there is no /proc.
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let word = line.and_then(|rest| rest.split_whitespace().next());
            word.and_then(|word| word.parse().ok()).unwrap_or(0)
        };
        Self {
            bytes: 1024 * number("VmRSS:"),
            threads: number("Threads:"),
            descriptors: std::fs::read_dir("/proc/self/fd").map_or(0, |all| all.count() as u64),
        }
    }
}

/// What the last third of the time had more of than the second: of what comes and goes the middle is compared.
fn grown(seen: &[Used]) -> Vec<&'static str> {
    type Of = fn(&Used) -> u64;
    let third = seen.len() / 3;
    let middle = |of: Of, seen: &[Used]| {
        let mut all: Vec<u64> = seen.iter().map(of).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or(0)
    };
    let mut grown = Vec::new();
    let looked: [(&str, Of, u64); 3] = [
        ("memory", |used| used.bytes, GROWTH_MAX),
        // Parts have threads and connections for as long as they are sent.
        ("descriptors", |used| used.descriptors, 16),
        ("threads", |used| used.threads, 16),
    ];
    for (name, of, most) in looked {
        let (first, last) = (
            middle(of, &seen[third..2 * third]),
            middle(of, &seen[seen.len() - third..]),
        );
        println!("{name}: {first} in the second third, {last} in the last");
        if last > first + most {
            grown.push(name);
        }
    }
    grown
}

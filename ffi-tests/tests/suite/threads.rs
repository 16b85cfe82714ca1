//! Threads that share a client get on with each other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::Barrier;

use chatfile::{
    Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials, Sink, Source,
    UploadOptions,
};
use chatfile_emulator::{Config, Control, Emulator};
use chatfile_ffi_tests::platform;
use chatfile_ffi_tests::toolchain::Profile;

use crate::{programs, tools};

const THREADS: usize = 8;
const ROUNDS: usize = 3;

/// All that the threads asked for came, and they asked for one token.
#[track_caller]
fn one_token_for_all(control: &Control) {
    let journal = control.journal();
    let count = |verb: &str| journal.iter().filter(|entry| entry.verb == verb).count();
    assert_eq!(count("token"), 1);
    assert_eq!(count("upload"), THREADS * ROUNDS);
    assert_eq!(count("download"), THREADS * ROUNDS);
}

#[test]
fn rust_threads_share_a_client_and_fetch_one_token() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let control = emulator.control();
    let config = control.config().easemob.clone();
    let credentials = EasemobCredentials::Client {
        id: config.client_id,
        secret: config.client_secret.into(),
    };
    let app = Easemob::new(format!("{}#{}", config.org, config.app), credentials)
        .base_url(emulator.base_url());
    let client = Client::easemob(app, ClientOptions::default()).unwrap();
    let together = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (client, together) = (&client, &together);
            scope.spawn(move || {
                together.wait();
                for round in 0..ROUNDS {
                    let byte = u8::try_from(thread * ROUNDS + round).unwrap();
                    let content = vec![byte; 100_000];
                    let stored = client
                        .upload(Source::bytes(&content), UploadOptions::default())
                        .unwrap();
                    let fetched = client
                        .download(&stored.file, Sink::buffer(), DownloadOptions::default())
                        .unwrap();
                    assert!(fetched.data.unwrap() == content, "other bytes");
                }
            });
        }
    });
    one_token_for_all(&control);
}

/// docs/embedding.md says how much a thread must have; TLS takes the most of it.
#[test]
#[cfg_attr(not(unix), ignore = "the program is for POSIX threads")]
fn a_call_takes_less_stack_than_the_page_says() {
    const SAID: usize = 64 * 1024;
    let emulator = Emulator::start(Config {
        tls: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        ..Config::default()
    })
    .unwrap();
    let program = programs::build("stack.c", Profile::Release);
    let control = emulator.control();
    let config = &control.config().easemob;
    let run = |base_url: String, trusted: Option<&Path>| -> usize {
        let mut command = platform::command(&program);
        command
            .args([base_url, format!("{}#{}", config.org, config.app)])
            .args([&config.client_id, &config.client_secret])
            .args(trusted);
        programs::output(&mut command).trim().parse().unwrap()
    };
    let plain = run(emulator.base_url(), None);
    let secure = run(emulator.tls_base_url().unwrap(), emulator.ca_path());
    eprintln!("stack in bytes: {plain}, with TLS {secure}");
    // A thread that took nothing was not measured.
    assert!((4096..SAID).contains(&plain), "{plain}");
    assert!((4096..SAID).contains(&secure), "{secure}");
}

/// In the destructors of what a host has on its threads (pthread_key_create), std knows no thread any more.
#[test]
#[cfg_attr(not(unix), ignore = "the program is for POSIX threads")]
fn a_thread_makes_calls_to_its_end() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let control = emulator.control();
    let config = &control.config().easemob;
    let program = programs::build("last_call.c", Profile::Debug);
    let mut command = platform::command(&program);
    command
        .arg(emulator.base_url())
        .arg(format!("{}#{}", config.org, config.app))
        .args([&config.client_id, &config.client_secret]);
    programs::output(&mut command);
}

/// threads.c, run by the program given, if any.
fn c_threads(runner: Option<Command>) {
    // Eight threads under valgrind are no race for the limit of 100 calls a second.
    let emulator = Emulator::start(Config::default()).unwrap();
    let control = emulator.control();
    let config = &control.config().easemob;
    let program = programs::build("threads.c", Profile::Debug);
    let mut command = match runner {
        Some(mut runner) => {
            runner.arg(program);
            runner
        }
        None => platform::command(&program),
    };
    command
        .arg(emulator.base_url())
        .arg(format!("{}#{}", config.org, config.app))
        .args([&config.client_id, &config.client_secret]);
    programs::output(&mut command);
    one_token_for_all(&control);
}

#[test]
fn c_threads_share_a_client_and_fetch_one_token() {
    c_threads(None);
}

#[test]
fn c_threads_are_clean_under_valgrind() {
    if let Some(valgrind) = tools::valgrind() {
        c_threads(Some(valgrind));
    }
}

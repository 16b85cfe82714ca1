//! A success that is announced before the body is over says nothing of the rest.

use super::kit::{STORED, easemob_config, must_end, single_attempt, with_token};
use super::server::{Server, Visit, field};
use chatfile::{Client, Progress, Source, Status, UploadOptions};
use chatfile_emulator::{Action, Canned, Config, Emulator, Rule, Timing};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, mpsc};

/// More than all buffers on the way hold together.
const LENGTH: usize = 24_000_000;

fn say_stored(visit: &mut Visit) {
    let length = STORED.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{STORED}");
    visit.say(answer).unwrap();
}

/// Uploads, and says whether the last progress report claimed success.
fn upload(client: Client) -> (chatfile::Result<chatfile::UploadResult>, bool) {
    must_end(move || {
        let data = vec![1; LENGTH];
        let last = Arc::new(Mutex::new(false));
        let seen = Arc::clone(&last);
        let progress = move |progress: Progress| {
            *seen.lock().unwrap() = progress.finished;
            Ok(())
        };
        let options = UploadOptions::default().progress(progress);
        let result = client.upload(Source::bytes(&data), options);
        let finished = *last.lock().unwrap();
        (result, finished)
    })
}

#[test]
fn a_server_that_says_200_and_hangs_up_has_not_got_the_file() {
    let server = Server::start(|visit| {
        visit.head();
        say_stored(visit);
    });
    let (result, finished) = upload(with_token(server.url(), single_attempt()));
    let error = result.unwrap_err();
    assert_eq!(error.status(), Status::ConnectionLost, "{error}");
    assert!(!finished);
}

#[test]
fn a_server_that_says_200_and_reads_on_gets_the_whole_file() {
    let (tell, got) = mpsc::channel();
    let server = Server::start(move |visit| {
        let head = visit.head();
        say_stored(visit);
        let length = field(&head, "content-length").unwrap().parse().unwrap();
        tell.send((length, visit.take(length))).unwrap();
    });
    let (result, finished) = upload(with_token(server.url(), single_attempt()));
    assert_eq!(result.unwrap().file, "abc");
    assert!(finished);
    let (announced, got): (u64, u64) = must_end(move || got.recv().unwrap());
    assert!(announced > LENGTH as u64);
    assert_eq!(got, announced);
}

fn under_tls(timing: Timing) -> (Emulator, Client) {
    let config = Config {
        tls: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..Config::default()
    };
    let emulator = Emulator::start(config).unwrap();
    let success = Action::Answer(Canned {
        status: 200,
        body: STORED.into(),
        timing,
        ..Canned::default()
    });
    let rule = Rule::new(success).verb("upload");
    emulator.control().add_fault(rule).unwrap();
    let mut config = easemob_config(emulator.tls_base_url().unwrap());
    config.max_upload_size = Some(u64::MAX);
    let mut options = single_attempt();
    options.ca_certificates = emulator.ca_pem().map(|pem| pem.as_bytes().to_vec());
    (emulator, Client::easemob(config, options).unwrap())
}

#[test]
fn neither_has_one_under_tls() {
    let (_emulator, client) = under_tls(Timing::EarlyClose);
    let (result, finished) = upload(client);
    let error = result.unwrap_err();
    assert_eq!(error.status(), Status::ConnectionLost, "{error}");
    assert!(!finished);
}

#[test]
fn under_tls_too_the_whole_file_goes_out() {
    let (emulator, client) = under_tls(Timing::EarlyDrain);
    let (result, finished) = upload(client);
    result.unwrap();
    assert!(finished);
    let got = must_end(move || {
        emulator
            .control()
            .wait_for(super::kit::PATIENCE, |journal| {
                journal.iter().any(|entry| entry.body_bytes > LENGTH as u64)
            })
    });
    assert!(got.is_some());
}

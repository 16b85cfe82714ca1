//! A transfer that is cancelled while it is blocked, and the others of the same client, which go on.

use std::any::Any;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use chatfile_emulator::{Action, Canned, Control, Emulator, Rule};
use chatfile_ffi_tests::platform;
use chatfile_ffi_tests::toolchain::Profile;

use crate::case::config;
use crate::{driver, programs, servers};

/// The header says 100 ms. This only catches what waits for something else; the measured time is written.
const CANCEL_LIMIT_MS: u128 = 1000;
const PATIENCE: Duration = Duration::from_secs(60);
/// A machine with other things to do may be slower, but not each time.
const TRIES: usize = 10;

/// beside.c, running.
struct Pair {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Pair {
    fn start(emulator: &Emulator, base_url: &str, proxy: &str, no_proxy: &str) -> Self {
        let control = emulator.control();
        let netease = &control.config().netease;
        let mut child = platform::command(&programs::build("beside.c", Profile::Debug))
            .arg(format!("{base_url}/nimserver"))
            .args([&netease.app_key, &netease.app_secret])
            .args([proxy, no_proxy])
            .arg(emulator.ca_path().unwrap())
            .env("LD_PRELOAD", driver::names())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            input,
            output,
        }
    }

    fn say(&mut self, command: &str) -> String {
        writeln!(self.input, "{command}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    /// The transfers that are made while another is blocked, and afterwards.
    #[track_caller]
    fn round_trip(&mut self) {
        let stored = self.say("upload 50000");
        let url = stored
            .strip_prefix("CHATFILE_OK ")
            .unwrap_or_else(|| panic!("{stored}"));
        let fetched = self.say(&format!("download {url}"));
        assert_eq!(fetched.trim_end(), "CHATFILE_OK");
    }

    /// Ends the blocked transfer; returns how many milliseconds it took.
    #[track_caller]
    fn cancel(&mut self, what: &str) -> u128 {
        let answer = self.say("cancel");
        let (status, micros) = answer.split_once(' ').unwrap();
        assert_eq!(status, "CHATFILE_E_CANCELLED", "{what}");
        let ms = micros.parse::<u128>().unwrap() / 1000;
        eprintln!("{what}: cancelled after {ms} ms");
        ms
    }

    fn end(mut self) {
        drop(self.input);
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

fn emulator() -> (Emulator, Control) {
    let emulator = Emulator::start(config()).unwrap();
    let control = emulator.control();
    (emulator, control)
}

/// Waits until a request has met its fault, and has come to its standstill as far as the journal can tell.
fn wait_for_fault(control: &Control) {
    let met = control.wait_for(PATIENCE, |journal| {
        journal.iter().any(|entry| entry.fault.is_some())
    });
    assert!(met.is_some(), "the fault was not met");
}

/// Tries until a transfer was cancelled soon enough.
#[track_caller]
fn soon(what: &str, mut cancel: impl FnMut() -> u128) {
    let is_soon = (0..TRIES).any(|_| cancel() < CANCEL_LIMIT_MS);
    assert!(is_soon, "{what}: not cancelled within {CANCEL_LIMIT_MS} ms");
}

/// A transfer over HTTP is blocked by this fault.
#[track_caller]
fn blocked_by(what: &str, tls: bool, command: &str, rule: Rule) {
    let rule = rule.times(1);
    soon(what, || cancelled_at(what, tls, command, rule.clone()));
}

fn cancelled_at(what: &str, tls: bool, command: &str, rule: Rule) -> u128 {
    let (emulator, control) = emulator();
    let base = if tls {
        emulator.tls_base_url().unwrap()
    } else {
        emulator.base_url()
    };
    let mut pair = Pair::start(&emulator, &base, "-", "-");
    let stored = pair.say("upload 200000");
    let url = stored
        .strip_prefix("CHATFILE_OK ")
        .unwrap()
        .replace(&emulator.base_url(), &base);
    control.add_fault(rule).unwrap();
    assert_eq!(pair.say(&command.replace("URL", &url)), "started");
    wait_for_fault(&control);
    pair.round_trip();
    let before = control.journal().len();
    let ms = pair.cancel(what);
    pair.round_trip();
    // Connections are kept and used again: one for the blocked transfer, and one beside it.
    let journal = control.journal();
    let last = journal.iter().map(|entry| entry.connection).max();
    assert!(last <= Some(2), "{what}: {journal:#?}");
    let reused = |entry: &chatfile_emulator::Entry| entry.request_of_connection > 1;
    assert!(journal[before..].iter().any(reused), "{what}: {journal:#?}");
    pair.end();
    ms
}

#[test]
fn a_blocked_read_is_cancelled() {
    let rule = Rule::new(Action::StallHead { after: 0 }).verb("download");
    blocked_by("reading the head", false, "block download URL", rule);
    let rule = Rule::new(Action::StallBody { after: 5000 }).verb("download");
    blocked_by("reading the body", false, "block download URL", rule);
}

#[test]
fn a_pause_between_attempts_is_cancelled() {
    let busy = Action::Answer(Canned {
        status: 503,
        headers: vec![("Retry-After".into(), "30".into())],
        ..Canned::default()
    });
    let rule = Rule::new(busy).verb("download");
    blocked_by("a pause", false, "block download URL", rule);
}

#[test]
fn a_blocked_write_is_cancelled() {
    let rule = Rule::new(Action::StallReceiving { after: 5000 }).verb("file_upload");
    blocked_by("writing", false, "block upload 60000000", rule);
}

#[test]
fn a_blocked_read_or_write_is_cancelled_under_tls() {
    let rule = Rule::new(Action::StallBody { after: 5000 }).verb("download");
    blocked_by("reading under TLS", true, "block download URL", rule);
    let rule = Rule::new(Action::StallReceiving { after: 5000 }).verb("file_upload");
    blocked_by("writing under TLS", true, "block upload 60000000", rule);
}

/// A transfer that never gets as far as HTTP: `command` is blocked by what `guard` is.
#[track_caller]
fn blocked_before(what: &str, command: &str, proxy: &str, guard: impl Any) {
    soon(what, || cancelled_before(what, command, proxy));
    drop(guard);
}

fn cancelled_before(what: &str, command: &str, proxy: &str) -> u128 {
    let (emulator, control) = emulator();
    let mut pair = Pair::start(&emulator, &emulator.base_url(), proxy, "127.0.0.1");
    pair.round_trip();
    assert_eq!(pair.say(command), "started");
    pair.round_trip();
    let ms = pair.cancel(what);
    pair.round_trip();
    let journal = control.journal();
    assert_eq!(journal.len(), 6);
    assert_eq!(journal[4].connection, journal[5].connection);
    assert!(
        journal.iter().map(|entry| entry.connection).max() <= Some(2),
        "{journal:?}"
    );
    pair.end();
    ms
}

#[test]
fn a_blocked_connect_is_cancelled() {
    let (guard, address) = servers::full();
    blocked_before(
        "connecting",
        &format!("block download http://{address}/x/y"),
        "-",
        guard,
    );
}

#[test]
fn a_blocked_handshake_is_cancelled() {
    let (guard, address) = servers::silent();
    blocked_before(
        "the TLS handshake",
        &format!("block download https://{address}/x/y"),
        "-",
        guard,
    );
}

#[test]
fn a_blocked_look_up_is_cancelled() {
    blocked_before(
        "the name look-up",
        "block download http://hang.test/x/y",
        "-",
        (),
    );
}

#[test]
fn what_is_blocked_behind_a_proxy_is_cancelled() {
    for (what, scheme, url) in [
        ("CONNECT", "http", "https://far.test/x/y"),
        ("a plain request to a proxy", "http", "http://far.test/x/y"),
        ("SOCKS", "socks5h", "http://far.test/x/y"),
    ] {
        let (guard, address) = servers::silent();
        blocked_before(
            what,
            &format!("block download {url}"),
            &format!("{scheme}://{address}"),
            guard,
        );
    }
}

//! The engine's endurance, through the Rust API, against the emulator.

use crate::random::pattern;
use chatfile::{
    CancelHandle, Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials, LogLevel,
    Netease, NeteaseUpload, NeteaseUploadMethod, Presigned, Progress, SecretProvider, Sink, Source,
    Status, UploadOptions,
};
use chatfile_emulator::{Action, Canned, Config, Emulator, Rule, Timing};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn emulator() -> Emulator {
    Emulator::start(Config::default()).unwrap()
}

/// Quick retries; everything else as it comes.
pub(crate) fn options() -> ClientOptions {
    ClientOptions::default().retry_delay(Duration::from_millis(1))
}

pub(crate) fn easemob_config(base_url: String) -> Easemob {
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

fn easemob(emulator: &Emulator, options: ClientOptions) -> Client {
    Client::easemob(easemob_config(emulator.base_url()), options).unwrap()
}

fn netease(emulator: &Emulator, options: ClientOptions) -> Client {
    let defaults = Config::default().netease;
    let config = Netease::new(defaults.app_key, defaults.app_secret)
        .base_url(format!("{}/nimserver", emulator.base_url()));
    Client::netease(config, options).unwrap()
}

fn fetch(client: &Client, file: &str) -> chatfile::Result<Vec<u8>> {
    let download = client.download(file, Sink::buffer(), DownloadOptions::default())?;
    Ok(download.data.unwrap())
}

/// Runs a call that must come back by itself, and says how long it took.
fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let result = call();
    (result, begun.elapsed())
}

#[test]
fn both_services_take_a_file_and_give_it_back() {
    let emulator = emulator();
    let data = pattern(1_000_000);
    let easemob = easemob(&emulator, options());
    let stored = easemob
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap();
    assert!(fetch(&easemob, &stored.file).unwrap() == data);
    let netease = netease(&emulator, options());
    for method in [NeteaseUploadMethod::Form, NeteaseUploadMethod::Base64] {
        let upload = UploadOptions::default().service(NeteaseUpload::default().method(method));
        let stored = netease.upload(Source::bytes(&data), upload).unwrap();
        assert!(fetch(&netease, &stored.file).unwrap() == data);
    }
}

#[test]
fn a_request_has_the_headers_it_needs_and_no_others() {
    let emulator = emulator();
    let client = easemob(&emulator, options());
    client
        .upload(Source::bytes(b"x"), UploadOptions::default())
        .unwrap();
    let journal = emulator.control().journal();
    let names: Vec<_> = journal[1]
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "accept-encoding",
            "user-agent",
            "host",
            "content-type",
            "accept",
            "authorization",
            "content-length"
        ]
    );
}

#[test]
fn an_answer_that_comes_before_the_body_is_over_is_the_one_reported() {
    let emulator = emulator();
    let data = pattern(8_000_000);
    for timing in [
        Timing::EarlyClose,
        Timing::EarlyKeepOpen,
        Timing::EarlyDrain,
    ] {
        emulator.control().clear_faults();
        let refusal = Action::Answer(Canned {
            status: 413,
            timing,
            ..Canned::default()
        });
        emulator
            .control()
            .add_fault(Rule::new(refusal).verb("upload"))
            .unwrap();
        let client = easemob(&emulator, options());
        let error = client
            .upload(Source::bytes(&data), UploadOptions::default())
            .unwrap_err();
        assert_eq!(error.status(), Status::TooLarge, "{timing:?}: {error}");
        assert_eq!(error.http_status(), Some(413));
        assert_eq!(error.attempts(), 1);
    }
}

#[test]
fn a_token_refused_early_is_renewed_and_the_body_sent_again() {
    let emulator = emulator();
    let client = easemob(&emulator, options());
    let data = pattern(4_000_000);
    let refusal = Action::ServiceError {
        name: "auth_bad_access_token".into(),
        timing: Timing::EarlyClose,
    };
    let rule = Rule::new(refusal).verb("upload").times(1);
    emulator.control().add_fault(rule).unwrap();
    let stored = client
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap();
    assert_eq!(stored.attempts, 1);
    let journal = emulator.control().journal();
    let count = |verb| journal.iter().filter(|e| e.verb == verb).count();
    assert_eq!((count("token"), count("upload")), (2, 2));
    assert!(fetch(&client, &stored.file).unwrap() == data);
}

#[test]
fn a_cancel_handle_ends_a_blocked_call_and_no_other() {
    let emulator = emulator();
    let client = easemob(&emulator, options());
    let data = pattern(1_000_000);
    let stored = client
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap();
    for (verb, fault) in [
        ("upload", Action::StallReceiving { after: 1000 }),
        ("download", Action::StallHead { after: 0 }),
        ("download", Action::StallBody { after: 1000 }),
    ] {
        emulator.control().clear_faults();
        emulator.control().clear_journal();
        let rule = Rule::new(fault).verb(verb).times(1);
        emulator.control().add_fault(rule).unwrap();
        let cancel = CancelHandle::new();
        std::thread::scope(|scope| {
            let call = scope.spawn(|| match verb {
                "upload" => client
                    .upload(
                        Source::bytes(&data),
                        UploadOptions::default().cancel(cancel.clone()),
                    )
                    .map(drop),
                _ => client
                    .download(
                        &stored.file,
                        Sink::buffer(),
                        DownloadOptions::default().cancel(cancel.clone()),
                    )
                    .map(drop),
            });
            let seen = emulator
                .control()
                .wait_for(Duration::from_secs(60), |journal| {
                    journal.iter().any(|entry| entry.fault.is_some())
                });
            assert!(seen.is_some(), "{verb}");
            // Another call of the same client goes on meanwhile.
            assert!(fetch(&client, &stored.file).unwrap() == data);
            cancel.cancel();
            let error = call.join().unwrap().unwrap_err();
            assert_eq!(error.status(), Status::Cancelled, "{verb}");
        });
    }
}

#[test]
fn a_stall_or_a_deadline_ends_a_call() {
    let emulator = emulator();
    let data = pattern(20_000_000);
    for (options, status) in [
        (
            options()
                .stall_timeout(Duration::from_millis(300))
                .max_attempts(1),
            Status::Stalled,
        ),
        (
            options().deadline(Duration::from_millis(300)),
            Status::Deadline,
        ),
    ] {
        emulator.control().clear_faults();
        let rule = Rule::new(Action::StallReceiving { after: 1000 }).verb("upload");
        emulator.control().add_fault(rule).unwrap();
        let mut config = easemob_config(emulator.base_url());
        config.max_upload_size = Some(u64::MAX);
        let client = Client::easemob(config, options).unwrap();
        let (result, took) =
            timed(|| client.upload(Source::bytes(&data), UploadOptions::default()));
        assert_eq!(result.unwrap_err().status(), status);
        assert!(took >= Duration::from_millis(300), "{took:?}");
    }
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let emulator = emulator();
    let client = easemob(&emulator, options());
    let data = pattern(1_000_000);
    let stored = client
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap();
    for fault in [
        Action::TruncateBody { after: 300_000 },
        Action::ResetBody { after: 300_000 },
    ] {
        emulator.control().clear_journal();
        let rule = Rule::new(fault).verb("download").times(1);
        emulator.control().add_fault(rule).unwrap();
        let mut got = Vec::new();
        // A writer cannot be taken back, so this works by going on.
        client
            .download(
                &stored.file,
                Sink::writer(&mut got),
                DownloadOptions::default(),
            )
            .unwrap();
        assert!(got == data);
        let journal = emulator.control().journal();
        let ranges: Vec<_> = journal
            .iter()
            .filter(|e| e.verb == "download")
            .map(|e| e.header("range").is_some())
            .collect();
        assert_eq!(ranges, [false, true]);
    }
}

#[test]
fn a_download_is_resumed_by_a_later_call() {
    let emulator = emulator();
    let client = easemob(&emulator, options().max_attempts(1));
    let data = pattern(1_000_000);
    let stored = client
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap();
    let folder = std::env::temp_dir().join(format!("chatfile-resume-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let target = folder.join("file");
    let download = || {
        let options = DownloadOptions::default().resume(true);
        client.download(&stored.file, Sink::path(&target), options)
    };
    let rule = Rule::new(Action::TruncateBody { after: 300_000 })
        .verb("download")
        .times(1);
    emulator.control().add_fault(rule).unwrap();
    assert_eq!(download().unwrap_err().status(), Status::Truncated);
    assert!(!target.exists());
    emulator.control().clear_journal();
    download().unwrap();
    assert!(std::fs::read(&target).unwrap() == data);
    let entry = &emulator.control().journal()[0];
    assert_eq!(entry.status, Some(206));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_wrong_clock_is_learnt_once() {
    let emulator = emulator();
    emulator.control().advance_seconds(3600);
    let client = netease(&emulator, options());
    let data = pattern(1000);
    for expected in [2, 1] {
        emulator.control().clear_journal();
        client
            .upload(Source::bytes(&data), UploadOptions::default())
            .unwrap();
        assert_eq!(emulator.control().journal().len(), expected);
    }
}

#[test]
fn a_presigned_upload_is_sent_by_a_client_without_secrets() {
    let emulator = emulator();
    let data = pattern(100_000);
    let anybody = Client::without_service(options()).unwrap();
    for backend in [easemob(&emulator, options()), netease(&emulator, options())] {
        let json = backend
            .presign_upload(
                Some(data.len() as u64),
                UploadOptions::default().file_name("a.bin"),
            )
            .unwrap()
            .to_json();
        let presigned = Presigned::from_json(&json).unwrap();
        let stored = anybody
            .send_presigned(&presigned, Source::bytes(&data), UploadOptions::default())
            .unwrap();
        let presigned = backend
            .presign_download(&stored.file, DownloadOptions::default())
            .unwrap();
        let got = anybody
            .receive_presigned(&presigned, Sink::buffer(), DownloadOptions::default())
            .unwrap();
        assert!(got.data.unwrap() == data);
    }
}

#[test]
fn tls_trusts_the_certificates_that_were_added() {
    let emulator = Emulator::start(Config {
        tls: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..Config::default()
    })
    .unwrap();
    let config = || easemob_config(emulator.tls_base_url().unwrap());
    let data = pattern(3_000_000);
    let mut trusting = options();
    trusting.ca_certificates = emulator.ca_pem().map(|pem| pem.as_bytes().to_vec());
    let client = Client::easemob(config(), trusting).unwrap();
    let stored = client
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap();
    assert!(fetch(&client, &stored.file).unwrap() == data);
    let journal = emulator.control().journal();
    assert!(
        journal
            .iter()
            .all(|e| e.tls && e.connection == journal[0].connection)
    );
    // Without them nothing is sent.
    emulator.control().clear_journal();
    let client = Client::easemob(config(), options()).unwrap();
    let error = fetch(&client, &stored.file).unwrap_err();
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn an_early_answer_is_read_under_tls_too() {
    let emulator = Emulator::start(Config {
        tls: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..Config::default()
    })
    .unwrap();
    let refusal = Action::Answer(Canned {
        status: 413,
        timing: Timing::EarlyKeepOpen,
        ..Canned::default()
    });
    let rule = Rule::new(refusal).verb("upload");
    emulator.control().add_fault(rule).unwrap();
    let mut options = options();
    options.ca_certificates = emulator.ca_pem().map(|pem| pem.as_bytes().to_vec());
    let config = easemob_config(emulator.tls_base_url().unwrap());
    let client = Client::easemob(config, options).unwrap();
    let data = pattern(8_000_000);
    let error = client
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::TooLarge, "{error}");
}

#[test]
fn secrets_are_asked_for_and_never_logged() {
    let emulator = emulator();
    let lines = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&lines);
    let defaults = Config::default().easemob;
    let secret = defaults.client_secret.clone();
    let mut config = easemob_config(emulator.base_url());
    config.credentials = EasemobCredentials::Client {
        id: defaults.client_id,
        secret: chatfile::Secret::from(SecretProvider::new(move |name| {
            assert_eq!(name, "client_secret");
            Ok(secret.clone().into())
        })),
    };
    let options = options().log(LogLevel::Debug, move |level, line: &str| {
        let mut lines = sink.lock().unwrap();
        *lines += &format!("{level:?} {line}\n");
    });
    let client = Client::easemob(config, options).unwrap();
    let rule = Rule::new(Action::json(503, "{}")).verb("upload").times(1);
    emulator.control().add_fault(rule).unwrap();
    let stored = client
        .upload(Source::bytes(b"x"), UploadOptions::default())
        .unwrap();
    fetch(&client, &stored.file).unwrap();
    let log = lines.lock().unwrap().clone();
    assert!(!log.contains(&defaults.client_secret), "{log}");
    assert!(!log.contains("YWMt"), "{log}");
    let count = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    assert_eq!(count("Debug Easemob upload POST "), 1, "{log}");
    assert_eq!(
        count("failed=CHATFILE_E_UNAVAILABLE again_in_ms="),
        1,
        "{log}"
    );
    assert_eq!(count("Info Easemob upload POST "), 1, "{log}");
    assert_eq!(count("retry_of=CHATFILE_E_UNAVAILABLE"), 1, "{log}");
    assert_eq!(count("Info Easemob download GET "), 1, "{log}");
}

#[test]
fn a_connect_that_hangs_ends_in_time() {
    // A listener whose queue is full does not answer further connects.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut filling = Vec::new();
    // One that is given up may just have been slow on a busy machine, but hardly twice in a row.
    let one_more =
        || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    while let Some(stream) = one_more().or_else(one_more) {
        filling.push(stream);
    }
    let client = Client::easemob(
        easemob_config(format!("http://{address}")),
        options()
            .connect_timeout(Duration::from_millis(300))
            .max_attempts(1),
    )
    .unwrap();
    let (result, took) = timed(|| fetch(&client, "5f"));
    assert_eq!(result.unwrap_err().status(), Status::ConnectTimeout);
    assert!(took >= Duration::from_millis(300), "{took:?}");
    let cancel = CancelHandle::new();
    cancel.cancel();
    let error = client
        .download(
            "5f",
            Sink::buffer(),
            DownloadOptions::default().cancel(cancel),
        )
        .unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
}

#[test]
fn rates_hold_and_can_be_changed_while_running() {
    let emulator = emulator();
    let client = easemob(
        &emulator,
        options()
            // Ten minutes for the file, unless the limit is lifted meanwhile.
            .upload_rate(2000),
    );
    let data = pattern(1_000_000);
    let reports = Mutex::new(0);
    let progress = |_: Progress| {
        let mut reports = reports.lock().unwrap();
        *reports += 1;
        if *reports == 3 {
            client.set_rates(0, 0);
        }
        Ok(())
    };
    client
        .upload(
            Source::bytes(&data),
            UploadOptions::default().progress(progress),
        )
        .unwrap();
}

/// A stream of which nothing ever comes, since it is interrupted each time.
struct Interrupted<'a>(&'a CancelHandle);

impl Interrupted<'_> {
    fn again(&self) -> std::io::Error {
        self.0.cancel();
        std::io::ErrorKind::Interrupted.into()
    }
}

impl std::io::Read for Interrupted<'_> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(self.again())
    }
}

impl std::io::Write for Interrupted<'_> {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.again())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Err(self.again())
    }
}

#[test]
fn a_stream_that_is_interrupted_for_ever_ends_with_its_call() {
    let emulator = emulator();
    let client = netease(&emulator, options());
    let stored = client
        .upload(Source::bytes(b"abc"), UploadOptions::default())
        .unwrap();
    let stop = CancelHandle::new();
    let upload = UploadOptions::default().cancel(stop.clone());
    let error = client
        .upload(Source::reader(Interrupted(&stop), 3), upload)
        .unwrap_err();
    assert_eq!(error.status(), Status::Cancelled, "{error}");
    let stop = CancelHandle::new();
    let download = DownloadOptions::default().cancel(stop.clone());
    let error = client
        .download(&stored.file, Sink::writer(Interrupted(&stop)), download)
        .unwrap_err();
    assert_eq!(error.status(), Status::Cancelled, "{error}");
}

//! What a service says of later calls, and what of this one alone.

use super::kit::{
    answer_with, easemob_config, emulator, failed, files_of_last_week, netease, options,
};
use chatfile::{Client, ClientOptions, DownloadOptions, Sink, Source, Status, UploadOptions};
use chatfile_emulator::{Action, Rule, Timing};
use std::time::Duration;

/// A call that would have to wait longer than this fails at once.
fn impatient(seconds: u64) -> ClientOptions {
    options().deadline(Duration::from_secs(seconds))
}

fn too_many() -> Action {
    Action::ServiceError {
        name: "416".into(),
        timing: Timing::AfterBody,
    }
}

fn upload(client: &Client) -> chatfile::Result<chatfile::UploadResult> {
    client.upload(Source::bytes(b"abc"), UploadOptions::default())
}

#[test]
fn a_gateways_retry_after_is_not_held_against_later_calls() {
    let emulator = emulator();
    let rule = Rule::new(answer_with(429, "Retry-After", "3600"))
        .verb("file_upload")
        .times(1);
    emulator.control().add_fault(rule).unwrap();
    let client = netease(&emulator, impatient(30));
    let error = failed(upload(&client));
    assert_eq!(error.status(), Status::RateLimited, "{error}");
    // An hour is too long to wait for a second attempt.
    assert_eq!(error.attempts(), 1);
    upload(&client).unwrap();
    assert_eq!(emulator.control().journal().len(), 2);
}

#[test]
fn code_416_of_an_upload_silences_uploads_alone() {
    let emulator = emulator();
    let client = netease(&emulator, impatient(4));
    let stored = upload(&client).unwrap();
    let rule = Rule::new(too_many()).verb("file_upload").times(1);
    emulator.control().add_fault(rule).unwrap();
    let first = failed(upload(&client));
    assert_eq!(first.status(), Status::RateLimited, "{first}");
    assert_eq!((first.service_code(), first.attempts()), (Some("416"), 1));
    let second = failed(upload(&client));
    assert_eq!(second.status(), Status::RateLimited, "{second}");
    assert_eq!((second.service_code(), second.attempts()), (None, 0));
    let got = client.download(&stored.file, Sink::buffer(), DownloadOptions::default());
    assert_eq!(got.unwrap().data.unwrap(), b"abc");
    let journal = emulator.control().journal();
    let uploads = journal.iter().filter(|e| e.verb == "file_upload").count();
    assert_eq!(uploads, 2, "the third was not sent");
}

#[test]
fn code_416_of_a_delete_silences_nothing() {
    let emulator = emulator();
    let rule = Rule::new(too_many()).verb("delete").times(1);
    emulator.control().add_fault(rule).unwrap();
    let client = netease(&emulator, impatient(8));
    let error = client
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::RateLimited, "{error}");
    assert_eq!(error.attempts(), 1);
    upload(&client).unwrap();
    client
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap();
}

#[test]
fn a_retry_after_beyond_all_time_ends_the_call_and_not_the_program() {
    for limits in [
        ClientOptions::default(),
        ClientOptions::default().deadline(Duration::from_secs(3600)),
        ClientOptions::default().retry_time(Duration::MAX),
    ] {
        let emulator = emulator();
        let forever = u64::MAX.to_string();
        let rule = Rule::new(answer_with(503, "Retry-After", &forever)).verb("upload");
        emulator.control().add_fault(rule).unwrap();
        // The pause is in part random, so once is not enough.
        for _ in 0..5 {
            let options = limits.clone().retry_delay(Duration::from_secs(5));
            let config = easemob_config(emulator.base_url());
            let error = failed(upload(&Client::easemob(config, options).unwrap()));
            assert_eq!(error.status(), Status::Unavailable, "{error}");
            assert_eq!(error.attempts(), 1);
        }
    }
}

#[test]
fn times_without_end_are_taken_as_such() {
    let emulator = emulator();
    let options = ClientOptions::default()
        .connect_timeout(Duration::MAX)
        .stall_timeout(Duration::MAX)
        .deadline(Duration::MAX)
        .retry_time(Duration::MAX)
        .retry_delay(Duration::from_millis(1))
        .max_attempts(u32::MAX);
    let rule = Rule::new(Action::json(503, "{}"))
        .verb("file_upload")
        .times(2);
    emulator.control().add_fault(rule).unwrap();
    let stored = upload(&netease(&emulator, options)).unwrap();
    assert_eq!(stored.attempts, 3);
}

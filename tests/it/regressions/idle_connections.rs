//! A request that is lost on a kept-alive connection says nothing of itself.

use super::kit::{netease, options};
use chatfile::{Source, Status, UploadOptions};
use chatfile_emulator::{Action, Config, Emulator, NeteaseConfig, Rule};

#[test]
fn it_is_made_anew_at_no_cost_and_with_a_fresh_nonce() {
    for reset in [false, true] {
        let config = Config {
            netease: NeteaseConfig {
                refuse_repeated_nonce: true,
                ..NeteaseConfig::default()
            },
            ..Config::default()
        };
        let emulator = Emulator::start(config).unwrap();
        let options = options().max_attempts(2);
        let client = netease(&emulator, options);
        let upload = || client.upload(Source::bytes(b"x"), UploadOptions::default());
        upload().unwrap();
        let rule = Rule::new(Action::CloseAtReuse { reset }).verb("file_upload");
        emulator.control().add_fault(rule).unwrap();
        assert_eq!(upload().unwrap().attempts, 1);
        let journal = emulator.control().journal();
        let sent: Vec<_> = journal
            .iter()
            .map(|e| (e.request_of_connection, e.header("nonce").unwrap()))
            .collect();
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert_eq!(
            (sent[1].0, sent[2].0),
            (2, 1),
            "lost, and on a new connection"
        );
        assert_ne!(sent[1].1, sent[2].1, "the nonce was sent twice");
        assert_ne!(
            journal[1].header("checksum").unwrap(),
            journal[2].header("checksum").unwrap()
        );
    }
}

#[test]
fn it_is_not_made_anew_if_its_content_cannot_be() {
    let emulator = super::kit::emulator();
    let client = netease(&emulator, options());
    client
        .upload(Source::bytes(b"x"), UploadOptions::default())
        .unwrap();
    let rule = Rule::new(Action::CloseAtReuse { reset: false }).verb("file_upload");
    emulator.control().add_fault(rule).unwrap();
    let error = client
        .upload(Source::reader(&b"abc"[..], 3), UploadOptions::default())
        .unwrap_err();
    assert_eq!(error.status(), chatfile::Status::ConnectionLost, "{error}");
    assert_eq!(emulator.control().journal().len(), 2);
}

#[test]
fn an_upload_that_is_to_be_tried_once_is_sent_once() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let options = options().max_attempts(1);
    let client = netease(&emulator, options);
    let upload = || client.upload(Source::bytes(b"x"), UploadOptions::default());
    upload().unwrap();
    // The service has the file, and only its answer is lost.
    let rule = Rule::new(Action::ResetBeforeAnswer { handle: true }).verb("file_upload");
    emulator.control().add_fault(rule.times(1)).unwrap();
    let error = upload().unwrap_err();
    assert_eq!(
        (error.status(), error.attempts()),
        (Status::ConnectionLost, 1)
    );
    assert_eq!(emulator.control().journal().len(), 2);
}

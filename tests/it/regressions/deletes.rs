//! A delete task that the service may have taken is never sent again: each counts
//! against five a day.

use super::certificate;
use super::kit::{emulator, files_of_last_week, netease, netease_at, options};
use super::relay::Relay;
use super::server::Server;
use chatfile::{Source, Status, UploadOptions};
use chatfile_emulator::{Action, Emulator, Rule};

const TAKEN: &str = r#"{"code":200,"data":{"taskid":"task-1"}}"#;

fn deletes(emulator: &Emulator) -> Vec<chatfile_emulator::Entry> {
    let mut journal = emulator.control().journal();
    journal.retain(|entry| entry.verb == "delete");
    journal
}

#[test]
fn a_signed_anew_task_that_may_have_been_taken_is_not_repeated() {
    let emulator = emulator();
    // The first is refused for its time; the second is taken, unanswered.
    emulator.control().advance_seconds(3600);
    let rule = Rule::new(Action::ResetBeforeAnswer { handle: true })
        .verb("delete")
        .skip(1)
        .times(1);
    emulator.control().add_fault(rule).unwrap();
    let error = netease(&emulator, options())
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::ConnectionLost, "{error}");
    let faults: Vec<_> = deletes(&emulator).into_iter().map(|e| e.fault).collect();
    assert_eq!(faults, [None, Some("reset_before_answer".into())]);
}

#[test]
fn neither_is_one_that_a_gateway_says_it_could_not_pass_on() {
    let emulator = emulator();
    let rule = Rule::new(Action::json(503, "{}")).verb("delete").times(1);
    emulator.control().add_fault(rule).unwrap();
    let error = netease(&emulator, options())
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::Unavailable, "{error}");
    assert_eq!(deletes(&emulator).len(), 1);
}

#[test]
fn neither_is_one_whose_answer_is_cut() {
    let server = Server::start(|visit| {
        visit.request();
        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":";
        visit.say(cut).unwrap();
    });
    let error = netease_at(server.url(), options())
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::Truncated, "{error}");
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn one_that_the_service_did_not_take_is_repeated() {
    let emulator = emulator();
    let busy = Action::ServiceError {
        name: "503".into(),
        timing: chatfile_emulator::Timing::AfterBody,
    };
    let rule = Rule::new(busy).verb("delete").times(1);
    emulator.control().add_fault(rule).unwrap();
    let deleted = netease(&emulator, options())
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap();
    assert_eq!(deleted.attempts, 2);
    assert_eq!(deletes(&emulator).len(), 2);
}

#[test]
fn one_that_could_not_connect_is_repeated() {
    let server = Server::start_tls(|visit| {
        visit.request();
        visit.answer(200, "", TAKEN);
    });
    // It hangs up before the first handshake, so that nothing is sent.
    let relay = Relay::refusing(server.address(), 1);
    let options = options().ca_certificates(certificate::PEM);
    let deleted = netease_at(relay.tls_url(), options)
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap();
    assert_eq!(deleted.task_id.as_deref(), Some("task-1"));
    assert_eq!(deleted.attempts, 2);
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn none_goes_over_an_idle_connection() {
    for reset in [false, true] {
        let emulator = emulator();
        let client = netease(&emulator, options());
        client
            .upload(Source::bytes(b"x"), UploadOptions::default())
            .unwrap();
        let rule = Rule::new(Action::CloseAtReuse { reset }).verb("delete");
        emulator.control().add_fault(rule).unwrap();
        client
            .delete_by_time(&files_of_last_week(), Default::default())
            .unwrap();
        let deletes = deletes(&emulator);
        assert_eq!(deletes.len(), 1);
        assert_eq!(deletes[0].request_of_connection, 1);
    }
}

#[test]
fn a_connection_that_ends_without_an_answer_is_no_reason_to_repeat_it() {
    for fault in [
        Action::CloseBeforeAnswer { handle: true },
        Action::ResetBeforeAnswer { handle: true },
    ] {
        let emulator = emulator();
        let rule = Rule::new(fault).verb("delete");
        emulator.control().add_fault(rule).unwrap();
        let error = netease(&emulator, options())
            .delete_by_time(&files_of_last_week(), Default::default())
            .unwrap_err();
        assert_eq!(error.status(), Status::ConnectionLost, "{error}");
        assert_eq!(error.attempts(), 1);
        assert_eq!(deletes(&emulator).len(), 1);
    }
}

#[test]
fn one_that_is_signed_anew_goes_over_a_new_connection_too() {
    let emulator = emulator();
    emulator.control().advance_seconds(3600);
    let rule = Rule::new(Action::CloseAtReuse { reset: false }).verb("delete");
    emulator.control().add_fault(rule).unwrap();
    netease(&emulator, options())
        .delete_by_time(&files_of_last_week(), Default::default())
        .unwrap();
    let deletes = deletes(&emulator);
    assert_eq!(deletes.len(), 2);
    assert!(deletes.iter().all(|d| d.request_of_connection == 1));
}

#[test]
fn one_on_which_the_service_broke_down_is_not_repeated() {
    for code in ["408", "500"] {
        let emulator = emulator();
        let failed = Action::ServiceError {
            name: code.into(),
            timing: chatfile_emulator::Timing::AfterBody,
        };
        let rule = Rule::new(failed).verb("delete");
        emulator.control().add_fault(rule).unwrap();
        let error = netease(&emulator, options())
            .delete_by_time(&files_of_last_week(), Default::default())
            .unwrap_err();
        assert_eq!(error.status(), Status::Unavailable, "{error}");
        assert_eq!(deletes(&emulator).len(), 1, "{code}");
    }
}

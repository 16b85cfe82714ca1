//! What the host that a redirect led to says of a token that it never got.

use super::kit::{easemob, emulator, options, single_attempt, with_token};
use super::server::{Server, field};
use chatfile::{DownloadOptions, Sink, Status};
use chatfile_emulator::{Action, Rule, Timing};

#[test]
fn a_refusal_elsewhere_costs_no_token_and_says_what_to_do() {
    for status in [401, 403] {
        let elsewhere = Server::start(move |visit| {
            visit.head();
            visit.answer(status, "", r#"{"error":"unauthorized"}"#);
        });
        let emulator = emulator();
        let redirect = Action::Redirect {
            status: 307,
            location: format!("{}/file", elsewhere.url()),
            timing: Timing::AfterBody,
        };
        let rule = Rule::new(redirect).verb("download");
        emulator.control().add_fault(rule).unwrap();
        let client = easemob(&emulator, options());
        let error = client
            .download("5f", Sink::buffer(), DownloadOptions::default())
            .unwrap_err();
        assert_eq!(error.status(), Status::Forbidden, "{error}");
        assert_eq!((error.http_status(), error.attempts()), (Some(status), 1));
        assert!(error.message().contains("redirect"), "{error}");
        assert!(error.message().contains("set the base URL"), "{error}");
        assert!(!error.is_retryable());
        let verbs: Vec<_> = emulator
            .control()
            .journal()
            .into_iter()
            .map(|entry| entry.verb)
            .collect();
        assert_eq!(verbs, ["token", "download"]);
        let heads = elsewhere.heads();
        assert_eq!(heads.len(), 1);
        assert_eq!(field(&heads[0], "authorization"), None);
    }
}

#[test]
fn a_refusal_at_home_still_renews_the_token() {
    let emulator = emulator();
    let home = Action::Redirect {
        status: 307,
        location: "?again".into(),
        timing: Timing::AfterBody,
    };
    let control = emulator.control();
    control
        .add_fault(Rule::new(home).verb("download").times(1))
        .unwrap();
    control
        .add_fault(
            Rule::new(Action::json(401, "{}"))
                .verb("download")
                .path_contains("?again")
                .times(1),
        )
        .unwrap();
    let client = easemob(&emulator, options());
    let error = client
        .download("5f", Sink::buffer(), DownloadOptions::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::NotFound, "{error}");
    let journal = control.journal();
    let tokens = journal.iter().filter(|e| e.verb == "token").count();
    assert_eq!(tokens, 2);
}

/// A fallback address that redirects to itself keeps the token, and relative ones lead to it.
#[test]
fn redirects_of_a_fallback_address_are_its_own() {
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", dead.local_addr().unwrap());
    drop(dead);
    for is_relative in [true, false] {
        let server = Server::start(move |visit| {
            let (head, _) = visit.request();
            let host = field(&head, "host").unwrap();
            let location = match is_relative {
                true => "Location: /elsewhere\r\n".to_owned(),
                false => format!("Location: http://{host}/elsewhere\r\n"),
            };
            match head.contains("/elsewhere") {
                false => visit.answer(302, &location, ""),
                true if head.contains("authorization: bearer") => visit.answer(200, "", "hello"),
                true => visit.answer(401, "", ""),
            }
        });
        let options = single_attempt().fallback_urls(server.url());
        let client = with_token(base_url.clone(), options);
        let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
        assert_eq!(got.unwrap().data.unwrap(), b"hello", "{is_relative}");
    }
}

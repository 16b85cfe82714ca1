//! One request to the store: sizes, forms, instant uploads, conflicts, tokens.

use super::*;
use chatfile::{ListOptions, SmhConflict, SmhUploadMethod, Status};
use chatfile_emulator::Canned;
use std::io::{Read as _, Write as _};

fn by(method: SmhUploadMethod) -> SmhUpload {
    SmhUpload::default().method(method)
}

#[test]
fn every_method_carries_every_size() {
    let emulator = emulator(|smh| smh.sign_headers = true);
    let client = client(&emulator);
    for method in [
        SmhUploadMethod::Automatic,
        SmhUploadMethod::Simple,
        SmhUploadMethod::Form,
        SmhUploadMethod::Parts,
    ] {
        for length in [0, 1, 4, MIB - 1, MIB, MIB + 1, 3 * MIB] {
            let mut data = pattern(length);
            // None of them is known by its beginning.
            if let Some(first) = data.first_mut() {
                *first = method as u8;
            }
            let name = format!("ü {method:?} {length}.bin");
            let smh = by(method).skip_instant(length % 2 == 0);
            let stored = upload(&client, &name, &data, smh).unwrap();
            assert_eq!(stored.file, name);
            assert_eq!((stored.size, stored.instant), (length as u64, false));
            assert_eq!(fetch(&client, &name), data, "{name}");
        }
    }
    assert_eq!(count(&emulator, "token"), 1);
}

/// A beginning by the whole hash makes the file (smh.md §1.4): its answer is lost.
#[test]
fn an_instant_upload_makes_one_file_whatever_becomes_of_its_answer() {
    let data = pattern(2 * MIB + 5);
    let other = pattern(MIB);
    for conflict in [
        SmhConflict::Rename,
        SmhConflict::Fail,
        SmhConflict::Overwrite,
    ] {
        for (handle, there) in [(true, None), (false, None), (true, Some(&other))] {
            let emulator = emulator(|_| {});
            let client = client(&emulator);
            let what = format!("{conflict:?} {handle} {}", there.is_some());
            upload(&client, "known", &data, SmhUpload::default()).unwrap();
            if let Some(other) = there {
                upload(&client, "b", other, SmhUpload::default()).unwrap();
            }
            let rule = Rule::new(Action::CloseBeforeAnswer { handle });
            let rule = rule.verb("begin_simple").skip(1).times(1);
            emulator.control().add_fault(rule).unwrap();
            let smh = SmhUpload::default().conflict(conflict);
            let stored = upload(&client, "b", &data, smh);
            let listed = client.list("", ListOptions::default()).unwrap();
            let names: Vec<_> = listed
                .entries
                .iter()
                .flat_map(|entry| &entry.name)
                .collect();
            match (stored, conflict, there) {
                // Which of them is the new one cannot be told; it is there once.
                (Err(error), SmhConflict::Rename, Some(_)) => {
                    assert_eq!(error.status(), Status::ConnectionLost, "{what}: {error}");
                    assert_eq!(names.len(), 3, "{what}: {names:?}");
                }
                (Err(error), SmhConflict::Fail, Some(_)) => {
                    assert_eq!(error.status(), Status::Conflict, "{what}: {error}");
                    assert_eq!(names, ["b", "known"], "{what}");
                }
                (stored, ..) => {
                    let stored = stored.expect(&what);
                    assert_eq!(stored.file, "b", "{what}");
                    // What was not made is sent.
                    assert_eq!(stored.instant, handle, "{what}");
                    assert_eq!(fetch(&client, "b"), data, "{what}");
                    assert_eq!(names, ["b", "known"], "{what}");
                }
            }
        }
    }
}

/// The confirmation is done, its answer is lost, and how far it is cannot be asked.
#[test]
fn what_cannot_be_found_out_does_not_hide_what_it_is_about() {
    let emulator = emulator(|_| {});
    let client = Client::smh(config(&emulator), options().max_attempts(1)).unwrap();
    fault(
        &emulator,
        "confirm",
        Action::CloseBeforeAnswer { handle: true },
    );
    fault(&emulator, "state", Action::json(500, "{}"));
    let error = upload(&client, "a", b"x", SmhUpload::default()).unwrap_err();
    // A second confirmation, over another connection, has found it done.
    assert_eq!(error.service_code(), Some("UploadComplete"), "{error}");
    assert_eq!(fetch(&client, "a"), b"x");
}

#[test]
fn the_same_beginning_with_another_end_is_another_file() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(2 * MIB + 5);
    upload(&client, "a", &data, SmhUpload::default()).unwrap();
    let mut other = data.clone();
    *other.last_mut().unwrap() ^= 1;
    let stored = upload(&client, "c", &other, SmhUpload::default()).unwrap();
    assert!(!stored.instant);
    assert_eq!(fetch(&client, "c"), other);
}

#[test]
fn a_source_that_is_read_once_is_sent_without_hashing_first() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(2 * MIB);
    for method in [SmhUploadMethod::Simple, SmhUploadMethod::Parts] {
        let name = format!("{method:?}");
        let source = Source::reader(&data[..], data.len() as u64);
        client.upload(source, named(&name, by(method))).unwrap();
        assert_eq!(fetch(&client, &name), data);
    }
}

#[test]
fn a_token_that_is_refused_is_fetched_anew() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    upload(&client, "a", b"x", SmhUpload::default()).unwrap();
    emulator.control().revoke_tokens();
    upload(&client, "b", b"x", SmhUpload::default()).unwrap();
    assert_eq!(count(&emulator, "token"), 2);
    let token = SmhCredentials::AccessToken("acctk-unknown".into());
    let fixed = config(&emulator).credentials(token);
    let fixed = Client::smh(fixed, options()).unwrap();
    let error = upload(&fixed, "c", b"x", SmhUpload::default()).unwrap_err();
    assert_eq!(error.status(), Status::Auth, "{error}");
    assert!(!error.message().contains("acctk-unknown"), "{error}");
    let wrong = config(&emulator).credentials(SmhCredentials::LibrarySecret("wrong".into()));
    let wrong = Client::smh(wrong, options()).unwrap();
    let error = upload(&wrong, "c", b"x", SmhUpload::default()).unwrap_err();
    assert_eq!(error.status(), Status::Auth, "{error}");
    assert_eq!(error.service_code(), Some("WrongLibraryIdOrSecret"));
}

/// A token that the client did not ask for.
fn real_token(emulator: &Emulator) -> String {
    let control = emulator.control();
    let smh = &control.config().smh;
    let address = emulator.base_url().replace("http://", "");
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "GET /api/v1/token?library_id={}&library_secret={}&grant=admin HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\n\r\n",
        smh.library_id, smh.library_secret
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, token) = answer.split_once("\"accessToken\":\"").unwrap();
    token.split('"').next().unwrap().to_owned()
}

#[test]
fn a_token_whose_life_is_over_is_renewed() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let token = real_token(&emulator);
    let spent = Action::Answer(Canned {
        status: 200,
        body: format!("{{\"accessToken\":\"{token}\",\"expiresIn\":0}}"),
        ..Canned::default()
    });
    fault(&emulator, "token", spent);
    upload(&client, "a", b"x", SmhUpload::default()).unwrap();
    assert_eq!(count(&emulator, "token_renew"), 1);
    // That of this test, and that of the client.
    assert_eq!(count(&emulator, "token"), 2);
}

#[test]
fn credentials_of_the_store_that_expired_are_replaced() {
    for method in [
        SmhUploadMethod::Simple,
        SmhUploadMethod::Form,
        SmhUploadMethod::Parts,
    ] {
        let emulator = emulator(|_| {});
        let client = client(&emulator);
        for verb in ["put", "form_post", "part_put"] {
            fault(&emulator, verb, refusal("expired"));
        }
        upload(&client, "a", b"some bytes", by(method)).unwrap();
        assert_eq!(fetch(&client, "a"), b"some bytes", "{method:?}");
        let confirms = count(&emulator, "confirm");
        assert_eq!(confirms, 1);
    }
}

#[test]
fn an_answer_that_is_lost_makes_no_second_file() {
    for verb in ["begin_simple", "put", "confirm"] {
        let emulator = emulator(|_| {});
        let client = client(&emulator);
        fault(&emulator, verb, Action::CloseBeforeAnswer { handle: true });
        let stored = upload(&client, "a", b"some bytes", SmhUpload::default()).unwrap();
        assert_eq!(stored.file, "a", "{verb}");
        let listing = client.list("", chatfile::ListOptions::default()).unwrap();
        assert_eq!(listing.entries.len(), 1, "{verb}");
    }
}

#[test]
fn a_request_that_is_cut_on_its_way_is_followed_by_parts() {
    for (method, puts, parts) in [
        (SmhUploadMethod::Automatic, 2, 4),
        // Who wants one request gets one.
        (SmhUploadMethod::Simple, 3, 0),
    ] {
        let emulator = emulator(|_| {});
        let client = client(&emulator);
        let data = pattern(7 * MIB);
        let cut = Action::ResetReceiving {
            after: 6 * MIB as u64,
        };
        // The first is lost with a connection that was kept.
        let rule = Rule::new(cut).verb("put").times(2);
        emulator.control().add_fault(rule).unwrap();
        let stored = upload(&client, "a", &data, by(method)).unwrap();
        assert_eq!((stored.file.as_str(), stored.attempts), ("a", 2));
        assert_eq!(fetch(&client, "a"), data);
        let counts = ["put", "part_put", "confirm"].map(|verb| count(&emulator, verb));
        assert_eq!(counts, [puts, parts, 1], "{method:?}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    for verb in ["begin_simple", "confirm"] {
        let emulator = emulator(|_| {});
        let client = client(&emulator);
        fault(&emulator, verb, Action::TruncateBody { after: 20 });
        let stored = upload(&client, "a", b"some bytes", SmhUpload::default()).unwrap();
        assert_eq!((stored.file.as_str(), stored.attempts), ("a", 2), "{verb}");
    }
}

#[test]
fn a_failed_upload_leaves_nothing_at_the_service() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    fault(&emulator, "confirm", refusal("QuotaLimitReached"));
    let error = upload(&client, "a", b"some bytes", SmhUpload::default()).unwrap_err();
    assert_eq!(error.status(), Status::TooLarge);
    assert_eq!(error.resume_token(), None);
    assert_eq!(count(&emulator, "cancel"), 1);
}

#[test]
fn names_that_cannot_be_are_found_before_anything_is_sent() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    for name in ["a/b", "a?b", "..", "a\\b", "a:b"] {
        let error = upload(&client, name, b"x", SmhUpload::default()).unwrap_err();
        assert_eq!(error.field(), Some("file_name"), "{name}");
    }
    let smh = SmhUpload::default().category("x".repeat(17));
    let error = upload(&client, "a", b"x", smh).unwrap_err();
    assert_eq!(error.field(), Some("category"));
    assert!(emulator.control().journal().is_empty());
}

//! Uploads in parts: sizes, storages, signatures, damage, stops.

use super::*;
use chatfile::{CancelHandle, Error, Leftover};
use std::io::{self, Read, Seek, SeekFrom};

const MIB: usize = 1024 * 1024;
pub(super) const PART: usize = 64 * 1024;

/// What an upload in parts calls, apart from tokens.
const VERBS: [&str; 6] = [
    "part_limit",
    "initiate_multipart",
    "auth_sign",
    "part_put",
    "complete_multipart",
    "initiate_form",
];

pub(super) fn small_parts(driver: OpenimDriver) -> Emulator {
    emulator(|config| {
        config.driver = driver;
        config.min_part_size = Some(PART as u64);
        // Tests move the clock while a part is on its way, which would be a silence.
        (config.silence, config.idle) = (0, 0);
    })
}

pub(super) fn in_parts(file_name: &str) -> UploadOptions<'static> {
    named(file_name).service(OpenimUpload::default().method(OpenimUploadMethod::Parts))
}

/// One part after the other.
fn in_a_row(file_name: &str) -> UploadOptions<'static> {
    in_parts(file_name).parallel_parts(1)
}

#[test]
fn every_storage_and_size_makes_one_file() {
    for driver in [
        OpenimDriver::Minio,
        OpenimDriver::Cos,
        OpenimDriver::Oss,
        // These two take no forms.
        OpenimDriver::Kodo,
        OpenimDriver::Aws,
    ] {
        let emulator = small_parts(driver);
        let client = alice(&emulator);
        for (length, parallel, made) in [
            // Up to one part it is a single PUT, which is never signed again. The
            // limits are asked for once.
            (1, 4, [1, 1, 0, 1, 1, 0]),
            (PART, 4, [0, 1, 0, 1, 1, 0]),
            (PART + 1, 4, [0, 1, 0, 2, 1, 0]),
            (20 * PART, 4, [0, 1, 0, 20, 1, 0]),
            // More than are signed at once.
            (45 * PART + 7, 4, [0, 1, 2, 46, 1, 0]),
            (41 * PART, 1, [0, 1, 2, 41, 1, 0]),
            (22 * PART, 16, [0, 1, 1, 22, 1, 0]),
        ] {
            emulator.control().clear_journal();
            let data = pattern(length);
            let name = format!("图 {length}+%.bin");
            let options = in_parts(&name).parallel_parts(parallel);
            let stored = client.upload(Source::bytes(&data), options).unwrap();
            assert_eq!(stored.file, format!("alice/{name}"));
            assert_eq!((stored.size, stored.instant), (length as u64, false));
            assert_eq!(counts(&emulator, VERBS), made, "{driver:?} {length}");
            assert!(fetch(&client, &stored.file) == data, "{driver:?} {length}");
            assert!(fetch(&client, &stored.url.unwrap()) == data);
        }
    }
}

#[test]
fn what_the_server_has_is_not_sent_again() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    for length in [10, 5 * PART] {
        let data = pattern(length);
        let upload = |name: &str| client.upload(Source::bytes(&data), in_parts(name)).unwrap();
        assert!(!upload(&format!("one {length}")).instant);
        emulator.control().clear_journal();
        let again = upload(&format!("two {length}"));
        assert!(again.instant);
        assert_eq!(again.size, length as u64);
        assert_eq!(counts(&emulator, VERBS), [0, 1, 0, 0, 0, 0]);
        assert_eq!(again.file, format!("alice/two {length}"));
        assert!(fetch(&client, &again.file) == data);
        assert!(fetch(&client, &again.url.unwrap()) == data);
    }
}

#[test]
fn a_small_file_takes_no_more_requests_than_a_form() {
    // Kodo and AWS take no forms, which the server does not say beforehand.
    for driver in [
        OpenimDriver::Minio,
        OpenimDriver::Cos,
        OpenimDriver::Oss,
        OpenimDriver::Kodo,
        OpenimDriver::Aws,
    ] {
        let emulator = emulator(|config| config.driver = driver);
        let client = alice(&emulator);
        upload(&client, b"the tokens and the limits are fetched").unwrap();
        let data = pattern(300_000);
        for (verbs, options) in [
            (
                ["initiate_multipart", "part_put", "complete_multipart"],
                named("a.png"),
            ),
            (
                ["initiate_form", "form_post", "complete_form"],
                by_form("b.png"),
            ),
        ] {
            let takes_forms = !matches!(driver, OpenimDriver::Kodo | OpenimDriver::Aws);
            if !takes_forms && options.service.is_some() {
                continue;
            }
            emulator.control().clear_journal();
            let stored = client.upload(Source::bytes(&data), options).unwrap();
            let journal = emulator.control().journal();
            let made: Vec<_> = journal.iter().map(|entry| entry.verb.as_str()).collect();
            assert_eq!(made, verbs);
            assert!(fetch(&client, &stored.file) == data);
        }
        // Sent on, it is one request, and none with the file.
        emulator.control().clear_journal();
        let again = client.upload(Source::bytes(&data), named("c.png")).unwrap();
        assert!(again.instant);
        assert_eq!(emulator.control().journal().len(), 1);
    }
}

#[test]
fn limits_that_have_changed_are_asked_for_again() {
    // As of the storage that the server had before: with smaller parts, of which it
    // then finds too many, and with larger ones.
    for min_size in [PART / 2, 2 * PART] {
        let emulator = small_parts(OpenimDriver::Minio);
        let client = alice(&emulator);
        let limits = format!(
            r#"{{"errCode":0,"data":{{"minPartSize":{min_size},"maxPartSize":9999999,"maxNumSize":99}}}}"#
        );
        fault(&emulator, "part_limit", Action::json(200, &limits));
        let data = pattern(3 * PART);
        let stored = upload(&client, &data).unwrap();
        assert_eq!(counts(&emulator, VERBS), [2, 2, 0, 3, 1, 0]);
        assert!(fetch(&client, &stored.file) == data);
    }
}

#[test]
fn the_source_decides_how_a_file_goes() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let data = pattern(33 * MIB);
    let mut last = 0;
    let progress = |progress: chatfile::Progress| {
        assert!(progress.done >= last);
        last = progress.done;
        Ok(())
    };
    let options = named("parts").progress(progress);
    client.upload(Source::bytes(&data), options).unwrap();
    assert_eq!(last, data.len() as u64);
    // MinIO's parts are of 5 MiB.
    assert_eq!(counts(&emulator, VERBS), [1, 1, 0, 7, 1, 0]);
    emulator.control().clear_journal();
    let source = Source::reader(&data[..], data.len() as u64);
    let stored = client.upload(source, named("form")).unwrap();
    assert_eq!(counts(&emulator, VERBS), [0, 0, 0, 0, 0, 1]);
    assert!(fetch(&client, &stored.file) == data);
    // A callback that can be read again goes in parts, one after the other.
    emulator.control().clear_journal();
    let other = &data[1..];
    let source = Source::seekable(io::Cursor::new(other));
    let stored = client.upload(source, named("callback")).unwrap();
    assert_eq!(counts(&emulator, VERBS), [0, 1, 0, 7, 1, 0]);
    assert!(fetch(&client, &stored.file) == other);
    emulator.control().clear_journal();
    let source = Source::reader(&data[..9], 9);
    let error = client.upload(source, in_parts("x")).unwrap_err();
    assert_eq!(error.status(), Status::Unsupported, "{error}");
    assert_eq!(error.field(), Some("source"));
    assert!(error.message().contains("by form"), "{error}");
    assert!(emulator.control().journal().is_empty());
}

/// Does something when so many bytes have been read.
struct Tripwire<'t> {
    data: io::Cursor<&'t [u8]>,
    left: usize,
    trip: &'t dyn Fn(),
}

impl Read for Tripwire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.data.read(buffer)?;
        let before = self.left;
        self.left = before.saturating_sub(got);
        if before > 0 && self.left == 0 {
            (self.trip)();
        }
        Ok(got)
    }
}

impl Seek for Tripwire<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.data.seek(to)
    }
}

#[test]
fn signatures_that_grew_old_are_replaced() {
    const DAY: i64 = 86_400;
    for (driver, seconds) in [
        (OpenimDriver::Minio, 16 * 60),
        (OpenimDriver::Cos, DAY + 60),
        (OpenimDriver::Oss, DAY + 60),
    ] {
        let emulator = small_parts(driver);
        let client = alice(&emulator);
        let data = pattern(8 * PART);
        let age = || emulator.control().advance_seconds(seconds);
        let source = Tripwire {
            data: io::Cursor::new(&data),
            // All of it is hashed first.
            left: data.len() + 3 * PART + 9,
            trip: &age,
        };
        let source = Source::seekable(source);
        let stored = client.upload(source, in_parts("a")).unwrap();
        let [_, begun, signed, sent, completed, _] = counts(&emulator, VERBS);
        assert_eq!((begun, signed, completed), (1, 1, 1), "{driver:?}");
        // One was refused.
        assert_eq!(sent, 9, "{driver:?}");
        assert!(fetch(&client, &stored.file) == data);
    }
}

#[test]
fn signatures_that_are_refused_as_old_are_replaced_for_all_threads() {
    for (code, message) in [
        ("RequestTimeTooSkewed", "The difference is too large."),
        ("AccessDenied", "Request has expired"),
        ("ExpiredToken", "The provided token has expired."),
    ] {
        let emulator = small_parts(OpenimDriver::Minio);
        let client = alice(&emulator);
        let data = pattern(30 * PART);
        // The same part twice would be a matter of clocks.
        for part in 4..=7 {
            let rule = Rule::new(xml(code, message)).verb("part_put");
            let rule = rule.path_contains(&format!("partNumber={part}"));
            emulator.control().add_fault(rule.times(1)).unwrap();
        }
        let stored = client.upload(Source::bytes(&data), in_parts("a")).unwrap();
        let [_, begun, signed, sent, ..] = counts(&emulator, VERBS);
        assert_eq!((begun, sent), (1, 34), "{code}");
        assert!((2..=8).contains(&signed), "{code} {signed}");
        assert!(fetch(&client, &stored.file) == data);
    }
    // A single PUT cannot be signed again: the upload begins anew.
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    fault(
        &emulator,
        "part_put",
        xml("AccessDenied", "Request has expired"),
    );
    let stored = client.upload(Source::bytes(b"abc"), in_parts("a")).unwrap();
    assert_eq!(counts(&emulator, VERBS), [1, 2, 0, 2, 1, 0]);
    assert_eq!(fetch(&client, &stored.file), b"abc");
}

#[test]
fn a_signature_that_is_wrong_stays_so() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    let rule = Rule::new(xml("SignatureDoesNotMatch", "It does not match."));
    emulator.control().add_fault(rule.verb("part_put")).unwrap();
    let data = pattern(8 * PART);
    let error = client
        .upload(Source::bytes(&data), in_a_row("a"))
        .unwrap_err();
    assert_eq!(error.status(), Status::Forbidden, "{error}");
    assert_eq!(error.service_code(), Some("SignatureDoesNotMatch"));
    assert!(error.message().contains("external address"), "{error}");
    assert_eq!(counts(&emulator, ["part_put"]), [1]);
}

#[test]
fn a_part_that_arrives_damaged_is_sent_again() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    for (asked, length, sent) in [(1, 5, 2), (0, 3 * PART, 4)] {
        emulator.control().clear_journal();
        let data = pattern(length);
        let etag = format!("\"{}\"", "0".repeat(32));
        let wrong = Action::Answer(Canned {
            status: 200,
            headers: vec![("ETag".into(), etag)],
            ..Canned::default()
        });
        fault(&emulator, "part_put", wrong);
        let stored = client.upload(Source::bytes(&data), in_parts("a")).unwrap();
        assert_eq!(stored.attempts, 2);
        assert_eq!(counts(&emulator, VERBS), [asked, 1, 0, sent, 1, 0]);
        assert!(fetch(&client, &stored.file) == data);
    }
}

#[test]
fn passing_failures_of_every_call_are_repaired() {
    let emulator = small_parts(OpenimDriver::Minio);
    for (index, verb) in VERBS[..5].iter().enumerate() {
        for (kind, action) in [
            Action::json(503, ""),
            Action::ResetReceiving { after: 10 },
            Action::CloseBeforeAnswer { handle: true },
        ]
        .into_iter()
        .enumerate()
        {
            emulator.control().clear_journal();
            let client = alice(&emulator);
            let mut data = pattern(22 * PART);
            // No two are the same, or the second would be instant.
            data[..2].copy_from_slice(&[index as u8, kind as u8]);
            fault(&emulator, verb, action);
            let stored = client.upload(Source::bytes(&data), in_parts("a")).unwrap();
            assert!(!stored.instant);
            let mut made = [1, 1, 1, 22, 1, 0];
            made[index] += 1;
            assert_eq!(counts(&emulator, VERBS), made, "{verb} {kind}");
            assert!(fetch(&client, &stored.file) == data);
        }
    }
}

#[test]
fn a_completion_of_which_nothing_is_heard_has_succeeded() {
    for length in [10, 3 * PART] {
        let emulator = small_parts(OpenimDriver::Minio);
        let client = alice(&emulator);
        let data = pattern(length);
        // That a part needed as many attempts changes nothing.
        let rule = Rule::new(Action::json(503, "")).verb("part_put").times(3);
        emulator.control().add_fault(rule).unwrap();
        // Each of the attempts arrives, and no answer ever does.
        let rule = Rule::new(Action::CloseBeforeAnswer { handle: true });
        let rule = rule.verb("complete_multipart");
        emulator.control().add_fault(rule).unwrap();
        let stored = client.upload(Source::bytes(&data), in_a_row("a")).unwrap();
        assert_eq!(stored.file, "alice/a");
        assert!(!stored.instant);
        let sent = length.div_ceil(PART) + 3;
        assert_eq!(counts(&emulator, ["part_put"]), [sent]);
        assert!(fetch(&client, &stored.file) == data);
    }
}

#[test]
fn a_completion_that_may_be_tried_once_has_succeeded() {
    let emulator = small_parts(OpenimDriver::Minio);
    let options = options().max_attempts(1);
    let client = open_with(&emulator, "alice", user(), options);
    let action = Action::CloseBeforeAnswer { handle: true };
    fault(&emulator, "complete_multipart", action);
    let data = pattern(2 * PART);
    let stored = client.upload(Source::bytes(&data), in_parts("a")).unwrap();
    assert!(fetch(&client, &stored.file) == data);
}

/// Else a long outage takes twice the attempts.
#[test]
fn what_became_of_a_completion_is_asked_with_the_attempts_that_it_has_left() {
    for (unanswered, completions, asked) in [(4, 4, 1), (2, 3, 1), (1, 2, 2)] {
        let emulator = small_parts(OpenimDriver::Minio);
        let client = open_with(&emulator, "alice", user(), options().max_attempts(4));
        let add = |status, verb: &str, skip, times| {
            let rule = Rule::new(Action::json(status, "")).verb(verb);
            emulator.control().add_fault(rule.skip(skip).times(times))
        };
        add(503, "complete_multipart", 0, unanswered).unwrap();
        add(403, "complete_multipart", 0, 1).unwrap();
        add(503, "initiate_multipart", 1, 9).unwrap();
        let data = pattern(2 * PART);
        let lost = client.upload(Source::bytes(&data), in_parts("a"));
        lost.unwrap_err();
        let verbs = ["complete_multipart", "initiate_multipart"];
        assert_eq!(counts(&emulator, verbs), [completions, 1 + asked]);
    }
}

#[test]
fn a_stop_ends_all_threads_and_says_how_to_go_on() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    let data = pattern(8 * PART);
    let rule = Rule::new(Action::StallReceiving { after: 1000 }).verb("part_put");
    emulator.control().add_fault(rule.skip(3)).unwrap();
    let cancel = CancelHandle::new();
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let options = in_parts("a").cancel(cancel.clone());
            client.upload(Source::bytes(&data), options).unwrap_err()
        });
        let control = emulator.control();
        // All four threads wait for an answer, and three parts have one.
        let stalled = |entry: &&chatfile_emulator::Entry| entry.fault.is_some();
        let enough = |entries: &[_]| entries.iter().filter(stalled).count() == 4;
        control.wait_for(Duration::from_secs(60), enough).unwrap();
        cancel.cancel();
        call.join().unwrap()
    });
    assert_eq!(error.status(), Status::Cancelled);
    let token = error.resume_token().unwrap().to_owned();
    // OpenIM has no call for it.
    let refused = client
        .abort_upload(Leftover::Token(token.clone()), Default::default())
        .unwrap_err();
    assert_eq!(refused.status(), Status::Unsupported);
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    let options = in_parts("a").resume_token(token);
    let stored = client.upload(Source::bytes(&data), options).unwrap();
    assert_eq!(
        counts(&emulator, ["initiate_multipart", "part_put"]),
        [1, 5]
    );
    assert!(fetch(&client, &stored.file) == data);
    let stop = |_| Err(Error::callback("progress", 7));
    let options = in_parts("b").progress(stop);
    let error = client.upload(Source::bytes(&data), options).unwrap_err();
    assert_eq!(error.callback_value(), Some(7));
}

#[test]
fn a_cause_makes_it_parts_and_a_group_makes_it_a_form() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    let cause = OpenimUpload::default().cause("avatar");
    client
        .upload(Source::bytes(b"1"), with(cause.clone()))
        .unwrap();
    assert_eq!(counts(&emulator, VERBS), [1, 1, 0, 1, 1, 0]);
    let both = cause.group("avatar");
    let error = client.upload(Source::bytes(b"1"), with(both)).unwrap_err();
    assert_eq!(error.field(), Some("cause"));
}

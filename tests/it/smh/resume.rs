//! Uploads that go on where an earlier call broke off.

use super::*;
use chatfile::{Leftover, SmhUploadMethod, Status};
use std::path::PathBuf;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("chatfile-resume-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn in_parts() -> SmhUpload {
    SmhUpload::default()
        .method(SmhUploadMethod::Parts)
        .part_size(MIB as u64)
}

/// The fourth part and those after it are refused.
fn break_after_three(emulator: &Emulator) {
    let rule = Rule::new(refusal("EntityTooLarge"))
        .verb("part_put")
        .skip(3);
    emulator.control().add_fault(rule).unwrap();
}

#[test]
fn only_what_is_missing_is_sent() {
    for by_token in [false, true] {
        let emulator = emulator(|_| {});
        let client = client(&emulator);
        let folder = Folder::new(&format!("missing-{by_token}"));
        let (file, checkpoint) = (folder.0.join("f"), folder.0.join("c"));
        let data = pattern(8 * MIB + 5);
        std::fs::write(&file, &data).unwrap();
        let options = |token: Option<String>| {
            let mut options = named("a", in_parts()).resumable(by_token).parallel_parts(1);
            options.checkpoint = (!by_token).then(|| checkpoint.clone());
            options.resume_token = token;
            options
        };
        break_after_three(&emulator);
        let error = client
            .upload(Source::path(&file), options(None))
            .unwrap_err();
        let token = error.resume_token().unwrap().to_owned();
        emulator.control().clear_faults();
        emulator.control().clear_journal();
        let token = by_token.then_some(token);
        client.upload(Source::path(&file), options(token)).unwrap();
        assert_eq!(count(&emulator, "part_put"), 6);
        assert_eq!(count(&emulator, "begin_multipart"), 0);
        assert_eq!(fetch(&client, "a"), data);
        assert_eq!(folder.names(), ["f"]);
    }
}

#[test]
fn a_file_that_has_changed_is_sent_from_the_start() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let folder = Folder::new("changed");
    let (file, checkpoint) = (folder.0.join("f"), folder.0.join("c"));
    std::fs::write(&file, pattern(5 * MIB)).unwrap();
    let options = || {
        named("a", in_parts())
            .checkpoint(checkpoint.clone())
            .parallel_parts(1)
    };
    break_after_three(&emulator);
    client.upload(Source::path(&file), options()).unwrap_err();
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    let other = pattern(5 * MIB + 1);
    std::fs::write(&file, &other).unwrap();
    client.upload(Source::path(&file), options()).unwrap();
    assert_eq!(count(&emulator, "cancel"), 1);
    assert_eq!(count(&emulator, "part_put"), 6);
    assert_eq!(fetch(&client, "a"), other);
    assert_eq!(folder.names(), ["f"]);
}

#[test]
fn bytes_that_changed_in_secret_are_found_by_their_digests() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let mut data = pattern(5 * MIB);
    let options = |token| {
        let mut options = named("a", in_parts()).resumable(true).parallel_parts(1);
        options.resume_token = token;
        options
    };
    break_after_three(&emulator);
    let error = client
        .upload(Source::bytes(&data), options(None))
        .unwrap_err();
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    data[MIB + 7] ^= 1;
    let token = error.resume_token().map(str::to_owned);
    client.upload(Source::bytes(&data), options(token)).unwrap();
    // The second part, and the two that were missing.
    assert_eq!(count(&emulator, "part_put"), 3);
    assert_eq!(fetch(&client, "a"), data);
}

#[test]
fn an_upload_that_was_over_is_known_as_such() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(3 * MIB);
    let folder = Folder::new("over");
    let checkpoint = folder.0.join("c");
    let options = || named("a", in_parts()).checkpoint(checkpoint.clone());
    // The confirmation arrives, and its answer never.
    let rule = Rule::new(Action::CloseBeforeAnswer { handle: true }).verb("confirm");
    emulator.control().add_fault(rule).unwrap();
    let rule = Rule::new(Action::CloseBeforeAnswer { handle: false }).verb("state");
    emulator.control().add_fault(rule).unwrap();
    client.upload(Source::bytes(&data), options()).unwrap_err();
    assert_eq!(folder.names(), ["c"]);
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    let stored = client.upload(Source::bytes(&data), options()).unwrap();
    assert_eq!(stored.file, "a");
    assert_eq!(count(&emulator, "part_put"), 0);
    assert_eq!(folder.names(), Vec::<String>::new());
    let listing = client.list("", chatfile::ListOptions::default()).unwrap();
    assert_eq!(listing.entries.len(), 1);
}

#[test]
fn a_checkpoint_is_of_one_name_in_one_account() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(5 * MIB);
    break_after_three(&emulator);
    let options = |name: &str, token| {
        let mut options = named(name, in_parts()).resumable(true);
        options.resume_token = token;
        options
    };
    let error = client
        .upload(Source::bytes(&data), options("a", None))
        .unwrap_err();
    let token = error.resume_token().map(str::to_owned);
    let error = client
        .upload(Source::bytes(&data), options("b", token))
        .unwrap_err();
    assert_eq!(error.status(), Status::Argument);
    assert_eq!(error.field(), Some("resume_token"));
    assert!(
        client
            .abort_upload(Leftover::Token("{}".into()), Default::default())
            .is_err()
    );
}

/// Breaks an upload of `data` off after three parts; returns its token.
fn broken(emulator: &Emulator, client: &Client, data: &[u8]) -> String {
    break_after_three(emulator);
    let error = client
        .upload(Source::bytes(data), resumed(None))
        .unwrap_err();
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    error.resume_token().unwrap().to_owned()
}

fn resumed(token: Option<String>) -> UploadOptions<'static> {
    let mut options = named("a", in_parts()).resumable(true).parallel_parts(1);
    options.resume_token = token;
    options
}

#[test]
fn an_upload_that_smh_has_forgotten_begins_anew() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(5 * MIB);
    let token = broken(&emulator, &client, &data);
    client
        .abort_upload(Leftover::Token(token.clone()), Default::default())
        .unwrap();
    let options = resumed(Some(token));
    client.upload(Source::bytes(&data), options).unwrap();
    assert_eq!(count(&emulator, "begin_multipart"), 1);
    assert_eq!(count(&emulator, "part_put"), 5);
    assert_eq!(fetch(&client, "a"), data);
}

#[test]
fn a_part_whose_answer_was_lost_is_not_sent_again() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(6 * MIB);
    // The third part arrives, and nothing is heard of it, four times.
    let rule = Rule::new(Action::CloseBeforeAnswer { handle: true });
    let rule = rule.verb("part_put").skip(2);
    emulator.control().add_fault(rule).unwrap();
    let error = client
        .upload(Source::bytes(&data), resumed(None))
        .unwrap_err();
    assert_eq!(error.status(), Status::ConnectionLost, "{error}");
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    let options = resumed(error.resume_token().map(str::to_owned));
    client.upload(Source::bytes(&data), options).unwrap();
    assert_eq!(count(&emulator, "part_put"), 3);
    assert_eq!(fetch(&client, "a"), data);
}

/// The process died when the upload was confirmed and its checkpoint still there.
#[test]
fn an_upload_whose_file_has_gone_since_begins_anew() {
    let emulator = emulator(|_| {});
    let client = Client::smh(config(&emulator), options().max_attempts(1)).unwrap();
    let data = pattern(3 * MIB);
    // Confirmed, which nobody hears of, nor can it be asked.
    fault(
        &emulator,
        "confirm",
        Action::CloseBeforeAnswer { handle: true },
    );
    fault(&emulator, "state", Action::json(500, "{}"));
    let error = client.upload(Source::bytes(&data), resumed(None));
    let token = error.unwrap_err().resume_token().map(str::to_owned);
    assert!(token.is_some());
    fault(&emulator, "info", refusal("FileNotFound"));
    let stored = client.upload(Source::bytes(&data), resumed(token)).unwrap();
    assert_eq!(fetch(&client, &stored.file), data);
}

#[test]
fn parts_that_are_missing_in_the_middle_are_sent() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(8 * MIB);
    // Of those sent side by side, the first stalls and all others arrive.
    let rule = Rule::new(Action::StallReceiving { after: 1000 }).verb("part_put");
    emulator.control().add_fault(rule.times(1)).unwrap();
    let cancel = chatfile::CancelHandle::new();
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let options = named("a", in_parts())
                .cancel(cancel.clone())
                .resumable(true);
            client.upload(Source::bytes(&data), options).unwrap_err()
        });
        let taken = |entry: &&chatfile_emulator::Entry| {
            entry.verb == "part_put" && entry.status == Some(200)
        };
        let enough = |entries: &[_]| entries.iter().filter(taken).count() == 7;
        let control = emulator.control();
        control.wait_for(Duration::from_secs(60), enough).unwrap();
        cancel.cancel();
        call.join().unwrap()
    });
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    let options = resumed(error.resume_token().map(str::to_owned));
    client.upload(Source::bytes(&data), options).unwrap();
    assert_eq!(count(&emulator, "part_put"), 1);
    assert_eq!(fetch(&client, "a"), data);
}

#[test]
fn credentials_that_expired_between_two_calls_are_renewed() {
    for private in [false, true] {
        let emulator = emulator(|smh| smh.private_cloud = private);
        let client = client(&emulator);
        let data = pattern(6 * MIB);
        let token = broken(&emulator, &client, &data);
        emulator.control().advance_seconds(3601);
        let options = resumed(Some(token));
        client.upload(Source::bytes(&data), options).unwrap();
        assert_eq!(count(&emulator, "begin_multipart"), 0);
        assert_eq!(count(&emulator, "renew"), 1, "{private}");
        assert_eq!(count(&emulator, "part_put"), 3);
        assert_eq!(fetch(&client, "a"), data);
    }
}

#[test]
fn a_checkpoint_that_is_not_one_is_left_alone() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let folder = Folder::new("foreign");
    let checkpoint = folder.0.join("c");
    let data = pattern(2 * MIB);
    for text in ["my diary", "{\"mine\":1}\n", "{}"] {
        std::fs::write(&checkpoint, text).unwrap();
        let options = named("a", in_parts()).checkpoint(checkpoint.clone());
        let error = client.upload(Source::bytes(&data), options).unwrap_err();
        assert_eq!(error.field(), Some("checkpoint"), "{error}");
        assert_eq!(std::fs::read_to_string(&checkpoint).unwrap(), text);
    }
    assert!(emulator.control().journal().is_empty());
    // A token that was saved as a file is one.
    let token = broken(&emulator, &client, &pattern(5 * MIB));
    std::fs::write(&checkpoint, token).unwrap();
    let options = named("a", in_parts()).checkpoint(checkpoint.clone());
    let data = pattern(5 * MIB);
    client.upload(Source::bytes(&data), options).unwrap();
    assert_eq!(count(&emulator, "part_put"), 2);
    assert_eq!(folder.names(), Vec::<String>::new());
}

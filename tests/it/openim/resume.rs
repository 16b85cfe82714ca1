//! Uploads that go on where an earlier call broke off.

use super::parts::{PART, in_parts, small_parts};
use super::*;
use chatfile::LogLevel;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("chatfile-openim-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
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

/// One part after the other, with a token or a checkpoint.
fn resumable(token: Option<String>, checkpoint: Option<PathBuf>) -> UploadOptions<'static> {
    let mut options = in_parts("a").resumable(true).parallel_parts(1);
    options.resume_token = token;
    options.checkpoint = checkpoint;
    options
}

/// The fourth part and those after it are refused.
fn break_after_three(emulator: &Emulator) {
    let body = "<Error><Code>EntityTooLarge</Code></Error>";
    let rule = Rule::new(Action::json(400, body)).verb("part_put").skip(3);
    emulator.control().add_fault(rule).unwrap();
}

/// Begins an upload that ends after three parts, and returns its token.
fn broken(emulator: &Emulator, client: &Client, options: UploadOptions<'_>, data: &[u8]) -> String {
    break_after_three(emulator);
    let error = client.upload(Source::bytes(data), options).unwrap_err();
    assert_eq!(error.status(), Status::TooLarge, "{error}");
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    error.resume_token().unwrap().to_owned()
}

#[test]
fn a_token_is_good_however_the_address_is_written() {
    let emulator = small_parts(OpenimDriver::Minio);
    let open = |base_url: String| Client::openim(Openim::new(base_url, "alice", user()), options());
    let base_url = emulator.base_url();
    let data = pattern(5 * PART);
    let client = open(base_url.clone()).unwrap();
    let token = broken(&emulator, &client, resumable(None, None), &data);
    let client = open(base_url.replace("http://", "HTTP://") + "/").unwrap();
    let stored = client.upload(Source::bytes(&data), resumable(Some(token), None));
    assert!(fetch(&client, &stored.unwrap().file) == data);
    assert_eq!(counts(&emulator, ["part_put"]), [2]);
}

const VERBS: [&str; 3] = ["initiate_multipart", "part_put", "complete_multipart"];

#[test]
fn only_what_is_missing_is_sent() {
    for driver in [OpenimDriver::Minio, OpenimDriver::Cos, OpenimDriver::Oss] {
        for by_token in [false, true] {
            let emulator = small_parts(driver);
            let client = alice(&emulator);
            let folder = Folder::new(&format!("missing-{driver:?}-{by_token}"));
            let (file, checkpoint) = (folder.0.join("f"), folder.0.join("c"));
            let data = pattern(24 * PART + 5);
            std::fs::write(&file, &data).unwrap();
            let options = |token| {
                let checkpoint = (!by_token).then(|| checkpoint.clone());
                resumable(token, checkpoint)
            };
            break_after_three(&emulator);
            let error = client
                .upload(Source::path(&file), options(None))
                .unwrap_err();
            let token = error.resume_token().map(str::to_owned);
            emulator.control().clear_faults();
            emulator.control().clear_journal();
            let token = token.filter(|_| by_token);
            let stored = client.upload(Source::path(&file), options(token)).unwrap();
            // It is asked first whether the server has the file by now.
            assert_eq!(counts(&emulator, VERBS), [1, 22, 1]);
            assert!(fetch(&client, &stored.file) == data);
            assert_eq!(folder.names(), ["f"]);
        }
    }
}

#[test]
fn what_can_be_resumed_goes_in_parts_by_itself() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let folder = Folder::new("automatic");
    let checkpoint = folder.0.join("c");
    let data = pattern((5 << 20) + 1);
    let options = || named("a").checkpoint(checkpoint.clone());
    client.upload(Source::bytes(&data), options()).unwrap();
    assert_eq!(counts(&emulator, VERBS), [1, 2, 1]);
    assert_eq!(folder.names(), Vec::<String>::new());
    // What is one part is sent again: there is nothing to go on with.
    let refused = "<Error><Code>EntityTooLarge</Code></Error>";
    fault(&emulator, "part_put", Action::json(400, refused));
    let small = &data[9..];
    let error = client.upload(Source::bytes(small), options()).unwrap_err();
    assert_eq!(error.resume_token(), None);
    assert_eq!(folder.names(), Vec::<String>::new());
    let stored = client.upload(Source::bytes(small), options()).unwrap();
    assert!(fetch(&client, &stored.file) == small);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn a_file_that_has_changed_is_sent_from_the_start() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    let folder = Folder::new("changed");
    let checkpoint = Some(folder.0.join("c"));
    let data = pattern(6 * PART);
    broken(
        &emulator,
        &client,
        resumable(None, checkpoint.clone()),
        &data,
    );
    assert_eq!(folder.names(), ["c"]);
    let mut other = data;
    other[5 * PART] ^= 1;
    let stored = client
        .upload(Source::bytes(&other), resumable(None, checkpoint))
        .unwrap();
    assert_eq!(counts(&emulator, VERBS), [1, 6, 1]);
    assert!(fetch(&client, &stored.file) == other);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn an_upload_that_was_over_is_known_as_such() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    let folder = Folder::new("over");
    let checkpoint = Some(folder.0.join("c"));
    let data = pattern(3 * PART);
    // It is completed, and nothing is heard of it.
    for verb in ["complete_multipart", "initiate_multipart"] {
        let handle = verb == "complete_multipart";
        let rule = Rule::new(Action::CloseBeforeAnswer { handle }).verb(verb);
        let rule = rule.skip(u64::from(!handle));
        emulator.control().add_fault(rule).unwrap();
    }
    client
        .upload(Source::bytes(&data), resumable(None, checkpoint.clone()))
        .unwrap_err();
    assert_eq!(folder.names(), ["c"]);
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    let stored = client
        .upload(Source::bytes(&data), resumable(None, checkpoint))
        .unwrap();
    assert_eq!(counts(&emulator, ["part_put"]), [0]);
    assert!(fetch(&client, &stored.file) == data);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn what_the_server_has_by_now_is_not_sent() {
    for by_itself in [false, true] {
        let emulator = small_parts(OpenimDriver::Minio);
        let client = alice(&emulator);
        let data = pattern(6 * PART);
        let token = broken(&emulator, &client, resumable(None, None), &data);
        let resume = || resumable(Some(token.clone()), None);
        // Its own upload, which was completed by another call, or that of somebody else. (Another client
        // of alice's would take this one's session away, as a new login does.)
        let bob = open(&emulator, "bob", user());
        let (by, options) = match by_itself {
            true => (&client, resume()),
            false => (&bob, in_parts("b")),
        };
        by.upload(Source::bytes(&data), options).unwrap();
        emulator.control().clear_journal();
        let stored = client.upload(Source::bytes(&data), resume()).unwrap();
        assert_eq!(counts(&emulator, VERBS), [1, 0, 0], "{by_itself}");
        assert_eq!((&*stored.file, stored.instant), ("alice/a", true));
        assert!(fetch(&client, &stored.file) == data);
    }
}

#[test]
fn an_upload_that_the_server_has_forgotten_begins_anew() {
    for all_sent in [false, true] {
        let emulator = small_parts(OpenimDriver::Minio);
        let client = alice(&emulator);
        let folder = Folder::new(&format!("forgotten-{all_sent}"));
        let checkpoint = Some(folder.0.join("c"));
        let data = pattern(6 * PART);
        let options = || resumable(None, checkpoint.clone());
        if all_sent {
            let rule = Rule::new(Action::json(403, "")).verb("complete_multipart");
            emulator.control().add_fault(rule).unwrap();
            client.upload(Source::bytes(&data), options()).unwrap_err();
            emulator.control().clear_faults();
            emulator.control().clear_journal();
        } else {
            broken(&emulator, &client, options(), &data);
        }
        assert_eq!(folder.names(), ["c"]);
        // Its own clock is ahead of ours, which finds nothing wrong.
        emulator.control().advance_seconds(7 * 86_400 + 1);
        let stored = client.upload(Source::bytes(&data), options()).unwrap();
        assert_eq!(stored.file, "alice/a");
        assert!(fetch(&client, &stored.file) == data, "{all_sent}");
        assert_eq!(folder.names(), Vec::<String>::new());
    }
}

#[test]
fn a_part_that_the_storage_has_lost_is_sent_again() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    let data = pattern(6 * PART);
    // The storage says that it has the second part, and has not.
    let etag = format!("\"{}\"", md5_of(&data[PART..2 * PART]));
    let answer = Action::Answer(Canned {
        status: 200,
        headers: vec![("ETag".into(), etag)],
        ..Canned::default()
    });
    let rule = Rule::new(answer).verb("part_put").skip(1).times(1);
    emulator.control().add_fault(rule).unwrap();
    let rule = Rule::new(Action::json(403, "")).verb("complete_multipart");
    emulator.control().add_fault(rule).unwrap();
    let error = client
        .upload(Source::bytes(&data), resumable(None, None))
        .unwrap_err();
    let token = error.resume_token().map(str::to_owned);
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    let stored = client
        .upload(Source::bytes(&data), resumable(token, None))
        .unwrap();
    assert!(fetch(&client, &stored.file) == data);
}

/// By the library's own hasher: of one part, it is the MD5 of its MD5 that is
/// the hash, and the MD5 that is the part.
fn md5_of(bytes: &[u8]) -> String {
    let mut hasher = chatfile::OpenimHasher::new(bytes.len() as u64);
    chatfile::Update::update(&mut hasher, bytes);
    hasher.parts().remove(0)
}

#[test]
fn a_checkpoint_is_of_one_name_in_one_account() {
    let emulator = small_parts(OpenimDriver::Minio);
    let client = alice(&emulator);
    let data = pattern(6 * PART);
    let token = broken(&emulator, &client, resumable(None, None), &data);
    let bob = open(&emulator, "bob", user());
    let other = || in_parts("b").resume_token(token.clone());
    let same = || in_parts("a").resume_token(token.clone());
    for (client, options) in [(&client, other()), (&bob, same())] {
        let error = client.upload(Source::bytes(&data), options).unwrap_err();
        assert_eq!(error.status(), Status::Argument, "{error}");
        assert_eq!(error.field(), Some("resume_token"));
    }
    let form = same().service(OpenimUpload::default().method(OpenimUploadMethod::Form));
    // A form begins and ends in one call: there is nothing to go on with.
    client.upload(Source::bytes(&data), form).unwrap();
}

/// Whatever has become of a checkpoint: the upload succeeds, or says that it is the
/// checkpoint's fault.
#[test]
fn a_damaged_checkpoint_harms_no_upload() {
    let emulator = small_parts(OpenimDriver::Minio);
    let told = Arc::new(AtomicU32::new(0));
    let log = told.clone();
    let options = options().log(LogLevel::Warn, move |_, line: &str| {
        let is_told = line.contains(" damaged=") && line.ends_with("/c begins anew");
        log.fetch_add(is_told.into(), Ordering::Relaxed);
    });
    let client = open_with(&emulator, "alice", user(), options);
    let folder = Folder::new("damaged");
    let checkpoint = folder.0.join("c");
    let mut data = pattern(5 * PART);
    broken(
        &emulator,
        &client,
        resumable(None, Some(checkpoint.clone())),
        &data,
    );
    let length = std::fs::read(&checkpoint).unwrap().len();
    std::fs::remove_file(&checkpoint).unwrap();
    // Each as often as the other: a byte is changed, or what follows is cut off.
    let mutations = 200;
    let mut succeeded = 0;
    for number in 0..mutations {
        // Other bytes, or the server would know them.
        data[..8].copy_from_slice(&(number as u64).to_le_bytes());
        broken(
            &emulator,
            &client,
            resumable(None, Some(checkpoint.clone())),
            &data,
        );
        let mut bytes = std::fs::read(&checkpoint).unwrap();
        let at = (number / 2 * length / (mutations / 2)).min(bytes.len() - 1);
        if number % 2 == 0 {
            bytes[at] ^= 1 << (number / 2 % 8);
        } else {
            bytes.truncate(at);
        }
        std::fs::write(&checkpoint, &bytes).unwrap();
        match client.upload(
            Source::bytes(&data),
            resumable(None, Some(checkpoint.clone())),
        ) {
            Ok(stored) => {
                assert!(fetch(&client, &stored.file) == data, "{number}");
                succeeded += 1;
            }
            Err(error) => {
                // It does not begin as ours do.
                assert_eq!(error.status(), Status::Argument, "{number}: {error}");
                assert_eq!(error.field(), Some("checkpoint"));
                assert!(std::fs::read(&checkpoint).unwrap() == bytes, "{number}");
                std::fs::remove_file(&checkpoint).unwrap();
            }
        }
        assert_eq!(folder.names(), Vec::<String>::new(), "{number}");
    }
    assert!(succeeded > mutations * 9 / 10, "{succeeded}");
    // What is cut off is no damage, unless it is of the first line.
    let told = told.load(Ordering::Relaxed);
    assert!(told > 90, "{told}");
}

//! What is there: downloads that are verified, facts, lists, deletions.

use super::*;
use chatfile::{DeleteOptions, ListOptions, SmhDelete, Status};

#[test]
fn a_damaged_download_is_made_again_or_refused() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(100_000);
    upload(&client, "a", &data, SmhUpload::default()).unwrap();
    let folder = std::env::temp_dir().join(format!("chatfile-smh-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let target = folder.join("a");
    let damage = |times| {
        let rule = Rule::new(Action::CorruptBody { at: 50_000 });
        emulator
            .control()
            .add_fault(rule.verb("get").times(times))
            .unwrap();
    };
    damage(1);
    let got = client
        .download("a", Sink::path(&target), DownloadOptions::default())
        .unwrap();
    assert_eq!(got.attempts, 2);
    assert_eq!(std::fs::read(&target).unwrap(), data);
    std::fs::remove_file(&target).unwrap();
    damage(0);
    for resume in [false, true] {
        let options = DownloadOptions::default().resume(resume);
        let error = client
            .download("a", Sink::path(&target), options)
            .unwrap_err();
        assert_eq!(error.status(), Status::Integrity, "{error}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    }
    std::fs::remove_dir(&folder).unwrap();
}

#[test]
fn facts_of_a_file() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let smh = SmhUpload::default()
        .labels(["one", "zwei ü"])
        .category("pictures")
        .local_creation_time("2026-01-02T03:04:05.000Z")
        .local_modification_time("2026-02-02T03:04:05.000Z");
    upload(&client, "a.txt", b"123456789", smh).unwrap();
    let info = client.info("a.txt", None).unwrap();
    assert_eq!(info.size, Some(9));
    assert_eq!(info.crc64, Some(0x995D_C9BB_DF19_39FA));
    assert_eq!(info.labels, ["one", "zwei ü"]);
    assert_eq!(info.category.as_deref(), Some("pictures"));
    assert!(info.local_creation_time.unwrap().starts_with("2026-01-02"));
    assert!(info.local_modification_time.is_some());
    assert!(info.url.is_some());
    assert!(client.exists("a.txt", None).unwrap());
    assert!(!client.exists("b.txt", None).unwrap());
    let error = client.info("b.txt", None).unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
}

#[test]
fn a_folder_is_listed_piece_by_piece() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let smh = SmhUpload::default().directory("d").create_directories(true);
    for i in 0..5 {
        upload(&client, &format!("f{i}"), &pattern(i), smh.clone()).unwrap();
    }
    let mut names = Vec::new();
    let mut marker = None;
    loop {
        let mut options = ListOptions::default().limit(2);
        options.marker = marker;
        let listing = client.list("d", options).unwrap();
        for entry in listing.entries {
            names.push((entry.name.unwrap(), entry.size.unwrap()));
        }
        marker = listing.next_marker;
        if marker.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..5).map(|i| (format!("f{i}"), i)).collect();
    assert_eq!(names, expected);
    let root = client.list("", ListOptions::default()).unwrap();
    assert_eq!(root.entries[0].kind.as_deref(), Some("dir"));
}

#[test]
fn files_are_deleted_for_good_or_not() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let delete = |permanent| {
        upload(&client, "a", b"x", SmhUpload::default()).unwrap();
        let options = DeleteOptions::default().smh(SmhDelete::new("a").permanent(permanent));
        client.delete(options)
    };
    assert!(delete(false).unwrap().recycled_item_id.is_some());
    assert_eq!(delete(true).unwrap().recycled_item_id, None);
    assert!(!client.exists("a", None).unwrap());
    let error = client.delete(DeleteOptions::default()).unwrap_err();
    assert_eq!(error.field(), Some("smh"));
}

#[test]
fn a_deletion_whose_answer_is_lost_is_one() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let delete = |path: &str| {
        client.delete(DeleteOptions::default().smh(SmhDelete::new(path).permanent(false)))
    };
    for lost in [
        Action::CloseBeforeAnswer { handle: true },
        Action::TruncateBody { after: 5 },
    ] {
        upload(&client, "a", b"x", SmhUpload::default()).unwrap();
        fault(&emulator, "delete", lost);
        assert!(delete("a").is_ok());
        assert!(!client.exists("a", None).unwrap());
    }
    // What was never there is not deleted, nor is what another call has deleted.
    let error = delete("a").unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
}

//! Tencent SMH: what is overwritten only if it is unchanged, and the old versions of a file.

use chatfile_emulator::{Action, Rule, SmhHistory};

use super::cases;
use crate::protocol::{Crc32, Line};
use crate::world::{MIB, World, content, download, error, upload};

cases![
    only_what_is_unchanged_is_overwritten,
    a_private_deployment_overwrites_whatever_is_there: |config| config.smh.private_cloud = true,
    old_versions_are_listed_and_fetched: |config| config.smh.history = SmhHistory::Kept,
];

const SIMPLE: u32 = 1;
const FORM: u32 = 2;
const PARTS: u32 = 3;

fn upload_as(name: &str, size: u64, method: u32) -> Line {
    upload(size)
        .with("file_name", name)
        .with("smh", 1)
        .with("method", method)
}

/// The same over the file with that content.
fn over(line: Line, cas: &str) -> Line {
    line.with("conflict", 2).with("content_cas", cas)
}

fn cas(answer: &Line) -> String {
    let cas = answer.get("content_cas");
    cas.unwrap_or_else(|| panic!("no content_cas: {answer}"))
        .to_owned()
}

fn only_what_is_unchanged_is_overwritten(world: &mut World<'_>) {
    world.open_smh();
    for method in [SIMPLE, FORM, PARTS] {
        let name = format!("{method}.txt");
        let first = cas(&world.ok(upload_as(&name, 1000, method)));
        let line = over(upload_as(&name, 2000, method), &first);
        let second = cas(&world.ok(line.clone()));
        assert_ne!(first, second);
        let info = world.ok(Line::new("info").with("file", &name));
        assert_eq!(cas(&info), second);
        let stale = over(upload_as(&name, 3000, method), &first);
        let refused = world.fails(stale, "CONFLICT");
        assert_eq!(refused.get("service_code"), Some("ContentCasConflict"));
        assert_eq!(refused.number("http_status"), 409);
        assert_eq!(refused.number("retryable"), 0);
        world.holds(&name, &content(&line));
    }
    let listed = world.ok(Line::new("list").with("directory", ""));
    assert_eq!(listed.number("count"), 3, "{listed}");
    let present = listed.get("0.content_cas").unwrap().to_owned();
    // What is not there is not that file, and one that SMH has already is no exception.
    world.fails(over(upload_as("gone", 10, SIMPLE), &present), "CONFLICT");
    let large = upload_as("large", MIB + 5, SIMPLE);
    world.ok(large.clone());
    let line = large.with("file_name", "1.txt");
    world.fails(over(line.clone(), "x"), "CONFLICT");
    let stored = world.ok(over(line.clone(), &present));
    assert_eq!(stored.number("instant"), 1, "{stored}");
    world.holds("1.txt", &content(&line));
    // The answer to the confirmation was lost, and by now it is another file: this one.
    let lost = Rule::new(Action::CloseBeforeAnswer { handle: true });
    world.fault(lost.verb("confirm").times(1));
    world.fault(Rule::new(error("ContentCasConflict")).verb("confirm"));
    let line = upload_as("1.txt", 4000, SIMPLE);
    let stored = world.ok(over(line.clone(), &cas(&stored)));
    world.control.clear_faults();
    world.holds("1.txt", &content(&line));
    let info = world.ok(Line::new("info").with("file", "1.txt"));
    assert_eq!(cas(&info), cas(&stored));
    // What could not be honoured.
    for conflict in [0, 1] {
        let line = over(upload_as("1.txt", 9, SIMPLE), "x").with("conflict", conflict);
        world.fails_unsent(line, "ARGUMENT", "content_cas");
    }
    let line = upload_as("1.txt", 9, SIMPLE).with("conflict", 2);
    world.fails_empty(line.clone(), "ARGUMENT", "content_cas");
    let mut presign = over(line, "x");
    presign.head = "presign_upload".into();
    world.fails_unsent(presign, "ARGUMENT", "content_cas");
}

fn a_private_deployment_overwrites_whatever_is_there(world: &mut World<'_>) {
    world.open_smh();
    let stored = world.ok(upload_as("a", 10, SIMPLE));
    assert_eq!(stored.get("content_cas"), None);
    let line = over(upload_as("a", 20, SIMPLE), "x");
    world.fails_unsent(line, "UNSUPPORTED", "content_cas");
}

fn old_versions_are_listed_and_fetched(world: &mut World<'_>) {
    world.open_smh();
    let put = |size| {
        upload_as("a.txt", size, SIMPLE)
            .with("directory", "d")
            .with("create_directories", 1)
            .with("conflict", 2)
    };
    for size in 1001..=1004 {
        world.ok(put(size));
    }
    let path = "d/a.txt";
    let list = Line::new("list")
        .with("directory", path)
        .with("versions", 1);
    let all = world.ok(list.clone());
    let entry = |index: usize, key: &str| all.get(&format!("{index}.{key}")).map(str::to_owned);
    assert_eq!(all.number("count"), 4, "{all}");
    assert_eq!(all.get("next_marker"), None);
    assert_eq!(entry(0, "version"), None, "{all}");
    for (index, size) in [1004, 1003, 1002, 1001].into_iter().enumerate() {
        assert_eq!(entry(index, "name").as_deref(), Some("a.txt"));
        assert_eq!(entry(index, "size"), Some(size.to_string()));
        assert!(entry(index, "creation_time").is_some(), "{all}");
        let Some(version) = entry(index, "version") else {
            continue;
        };
        let sum = Crc32::of(&content(&put(size)));
        let version = |line: Line| line.with("smh", 1).with("version", &version);
        let got = world.ok(version(download(path)));
        assert_eq!(got.get("sum"), Some(sum.as_str()), "{got}");
        let link = world.ok(version(Line::new("presign_download").with("file", path)));
        let json = link.get("json").unwrap();
        let got = world.ok(Line::new("receive_presigned").with("json", json));
        assert_eq!(got.get("sum"), Some(sum.as_str()), "{got}");
    }
    // Piece by piece.
    world.control.clear_journal();
    let by_three = Line::new("list_all")
        .with("directory", path)
        .with("versions", 1);
    let by_three = world.ok(by_three.with("limit", 3));
    assert_eq!(by_three.number("given"), 4, "{by_three}");
    world.count("versions", 2);
    // A file that is not there, or is a folder.
    for missing in ["d", "d/none"] {
        world.fails(list.clone().with("directory", missing), "NOT_FOUND");
    }
    for bad in ["", "/"] {
        world.fails_unsent(list.clone().with("directory", bad), "ARGUMENT", "directory");
    }
    let unknown = download(path).with("smh", 1).with("version", 99);
    world.fails(unknown, "NOT_FOUND");
    let none = download(path).with("smh", 1);
    world.fails_empty(none, "ARGUMENT", "version");
    world.open_netease();
    world.fails_unsent(list, "UNSUPPORTED", "list");
}

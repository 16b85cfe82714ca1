//! Tencent SMH: uploads of every kind, and what is done with the files that are there.

use chatfile_emulator::{Action, Rule, SmhConflict};

use super::cases;
use crate::protocol::Line;
use crate::world::{
    MIB, World, content, download, download_to, error, json, upload, upload_callback,
};

cases![
    every_method_carries_the_bytes,
    parts_side_by_side_are_one_file,
    a_stream_goes_in_parts_as_it_comes,
    a_stream_in_parts_of_a_private_deployment: |config| config.smh.private_cloud = true,
    a_private_deployment: |config| config.smh.private_cloud = true,
    what_is_there_already_is_not_sent,
    conflicts_are_settled_as_asked,
    conflicts_that_show_at_the_end_are_settled_as_asked: |config| config.smh.conflict_at = SmhConflict::Confirm,
    folders_are_made_if_asked_for,
    a_slash_at_either_end_is_that_of_the_root_or_of_a_folder,
    a_file_that_is_not_there_is_not_when_the_token_has_died,
    facts_of_a_file,
    a_folder_is_listed_piece_by_piece,
    a_list_goes_on_by_itself,
    files_are_deleted_for_good_or_not,
    a_damaged_download_is_made_again_or_refused,
    credentials_of_each_kind,
    a_user_and_a_space_of_their_own,
    presigned_there_and_back,
    limits_known_beforehand,
    numbers_that_stand_for_nothing,
    calls_that_are_cancelled,
    capabilities,
];

const AUTOMATIC: u32 = 0;
const SIMPLE: u32 = 1;
const FORM: u32 = 2;
const PARTS: u32 = 3;

/// An upload to that path with options of SMH.
fn upload_as(name: &str, size: u64, method: u32) -> Line {
    upload(size)
        .with("file_name", name)
        .with("smh", 1)
        .with("method", method)
}

fn every_method_carries_the_bytes(world: &mut World<'_>) {
    world.open_smh();
    for method in [AUTOMATIC, SIMPLE, FORM, PARTS] {
        for size in [0, 1, 70_000, MIB + 1] {
            let name = format!("ü {method} {size}.bin");
            let line = upload_as(&name, size, method)
                .with("seed", method)
                .with("skip_instant", size % 2);
            let stored = world.ok(line.clone().with("progress", 1));
            assert_eq!(stored.get("file"), Some(name.as_str()));
            assert_eq!(stored.get("url"), None);
            assert_eq!(stored.number("instant"), 0);
            world.holds(&name, &content(&line));
        }
    }
    world.count("token", 1);
    world.count("form_post", 4);
    world.count("part_put", 4);
}

fn parts_side_by_side_are_one_file(world: &mut World<'_>) {
    world.open_smh();
    let path = world.file("file", 5, 3 * MIB + 5);
    let parts = upload_as("parts", 3 * MIB + 5, PARTS)
        .with("seed", 5)
        .with("part_size", MIB)
        .with("skip_instant", 1)
        .with("conflict", 2)
        .with("progress", 1);
    let from_path = parts
        .clone()
        .with("source", "path")
        .with("path", path.display());
    let one_way = parts.clone().with("source", "callback");
    for line in [
        parts.clone(),
        parts.clone().with("parallel_parts", 1),
        from_path.with("parallel_parts", 16),
        one_way.clone().with("rewind", 1),
        one_way,
    ] {
        world.control.clear_journal();
        world.ok(line);
        world.count("part_put", 4);
        world.holds("parts", &content(&parts));
    }
    world.fails_unsent(parts.with("parallel_parts", 17), "LIMIT", "parallel_parts");
}

/// An upload in parts of 1 MiB of what nobody knows the length of.
fn streamed(name: &str, size: u64) -> Line {
    streamed_by(AUTOMATIC, name, size).with("part_size", MIB)
}

fn streamed_by(method: u32, name: &str, size: u64) -> Line {
    upload_as(name, size, method)
        .with("source", "callback")
        .with("unsized", 1)
        .with("conflict", 2)
        .with("progress", 1)
}

fn a_stream_goes_in_parts_as_it_comes(world: &mut World<'_>) {
    world.open_smh();
    // Batches that are cut, that are whole, and the last of which is empty.
    let sizes = [(33 * MIB + 5, 2, 5), (64 * MIB, 4, 8)];
    // How batches end is no matter of the language.
    for (size, parallel, parts) in sizes.into_iter().take(2 - usize::from(world.is_c_abi())) {
        let line = streamed("a", size).with("parallel_parts", parallel);
        let line = line.with("part_size", 8 * MIB);
        world.control.clear_journal();
        // A part that does not arrive is sent again.
        world.fault(
            Rule::new(Action::ResetReceiving { after: 100_000 })
                .verb("part_put")
                .skip(2)
                .times(1),
        );
        let stored = world.ok(line.clone().with("compute_md5", 1));
        assert_eq!(stored.number("size"), size as i64, "{stored}");
        world.count("part_put", parts + 1);
        world.holds("a", &content(&line));
        let begun = &world.requests("begin_multipart")[0];
        assert!(!begun.path.contains("filesize"), "{begun:?}");
    }
    // What ends within the first batch has a length, and is one of those that SMH may know.
    for size in [0, MIB, 2 * MIB - 1] {
        let line = streamed("b", size).with("parallel_parts", 2);
        world.control.clear_journal();
        world.ok(line.clone());
        world.count("begin_multipart", 0);
        world.holds("b", &content(&line));
        let again = world.ok(line.with("file_name", "c"));
        assert_eq!(again.number("instant"), i64::from(size >= MIB), "{again}");
    }
    // Nor is anything left at SMH of one that fails.
    let stopped = if world.is_c_abi() {
        "CALLBACK"
    } else {
        "SOURCE"
    };
    for (line, status) in [
        (
            streamed("d", 34 * MIB).with("read_fail_at", 33 * MIB),
            stopped,
        ),
        (streamed("d", 3 * MIB).with("claim", 1), "SOURCE"),
        (
            streamed_by(SIMPLE, "d", 3 * MIB).with("read_fail_at", 9),
            stopped,
        ),
    ] {
        world.control.clear_journal();
        let line = line.with("parallel_parts", 1).with("read_value", 7);
        let failed = world.fails(line, status);
        let begun = world.requests("begin_multipart").len();
        // Who stops a call does not wait for another answer.
        match failed.get("resume_token") {
            Some(_) => assert_eq!(status, "CALLBACK"),
            None => world.count("cancel", begun),
        }
    }
    // What is to be gone on with is kept whole, in one request or in parts.
    for method in [SIMPLE, PARTS] {
        let mut line = streamed_by(method, "e", 3 * MIB).with("skip_instant", 1);
        if method == PARTS {
            line.set("part_size", MIB);
        }
        world.fault(Rule::new(error("EntityTooLarge")).verb("part_put").skip(1));
        let broken = world.call(&line.clone().with("resumable", 1).with("parallel_parts", 1));
        world.control.clear_faults();
        if let Some(token) = broken.get("resume_token") {
            world.control.clear_journal();
            world.ok(line.clone().with("resume_token", token));
            world.count("part_put", 2);
        }
        assert_eq!(
            broken.get("resume_token").is_some(),
            method == PARTS,
            "{broken}"
        );
        world.holds("e", &content(&line));
    }
}

fn a_stream_in_parts_of_a_private_deployment(world: &mut World<'_>) {
    world.open_smh();
    // More than SMH gives permissions for at once.
    let line = streamed("a", 55 * MIB);
    world.ok(line.clone());
    world.count("part_put", 55);
    world.holds("a", &content(&line));
}

fn a_private_deployment(world: &mut World<'_>) {
    world.open_smh();
    let line = upload_as("parts", 2 * MIB + 5, PARTS).with("part_size", MIB);
    world.ok(line.clone());
    world.count("part_put", 3);
    world.holds("parts", &content(&line));
}

fn what_is_there_already_is_not_sent(world: &mut World<'_>) {
    world.open_smh();
    let line = upload_as("a", MIB + 5, AUTOMATIC);
    assert_eq!(world.ok(line.clone()).number("instant"), 0);
    for method in [SIMPLE, FORM, PARTS] {
        world.control.clear_journal();
        let again = upload_callback(MIB + 5)
            .with("file_name", "b")
            .with("smh", 1)
            .with("method", method)
            .with("progress", 1);
        let stored = world.ok(again);
        assert_eq!(stored.number("instant"), 1, "{stored}");
        for verb in ["put", "part_put", "form_post", "confirm"] {
            world.count(verb, 0);
        }
        world.holds(stored.get("file").unwrap(), &content(&line));
    }
    let stored = world.ok(line.with("skip_instant", 1));
    assert_eq!(stored.number("instant"), 0);
}

fn conflicts_are_settled_as_asked(world: &mut World<'_>) {
    world.open_smh();
    let with = |size, conflict| upload_as("a.txt", size, SIMPLE).with("conflict", conflict);
    let one = with(1000, 1);
    world.ok(one.clone());
    let refused = world.fails(with(2000, 1), "CONFLICT");
    assert_eq!(refused.number("http_status"), 409);
    assert_eq!(refused.get("resume_token"), None);
    world.holds("a.txt", &content(&one));
    let renamed = world.ok(with(2000, 0));
    assert_eq!(renamed.get("file"), Some("a (1).txt"));
    world.holds("a (1).txt", &content(&with(2000, 0)));
    let over = world.ok(with(3000, 2));
    assert_eq!(over.get("file"), Some("a.txt"));
    world.holds("a.txt", &content(&with(3000, 2)));
}

fn conflicts_that_show_at_the_end_are_settled_as_asked(world: &mut World<'_>) {
    conflicts_are_settled_as_asked(world);
}

fn folders_are_made_if_asked_for(world: &mut World<'_>) {
    world.open_smh();
    let line = upload_as("f", 100, SIMPLE).with("directory", "a folder/ü");
    let missing = world.fails(line.clone(), "NOT_FOUND");
    assert_eq!(missing.get("service_code"), Some("DirectoryNotFound"));
    let told = missing
        .get("message")
        .unwrap()
        .replace('_', "")
        .to_lowercase();
    assert!(told.contains("createdirectories"), "{told}");
    let stored = world.ok(line.clone().with("create_directories", 1));
    assert_eq!(stored.get("file"), Some("a folder/ü/f"));
    world.ok(line.clone().with("file_name", "g"));
    world.count("mkdir", 1);
    world.holds("a folder/ü/f", &content(&line));
    for bad in ["//a", "a//", "a//b", "//", "..", "/a/../b", "a:b"] {
        for line in [
            upload_as("f", 1, SIMPLE).with("directory", bad),
            Line::new("list").with("directory", bad),
        ] {
            world.fails_unsent(line.clone(), "ARGUMENT", "directory");
            let message = world.call(&line).get("message").unwrap().to_owned();
            assert!(message.contains(&format!("\"{bad}\"")), "{message}");
        }
    }
    world.fails_unsent(upload_as("a/b", 1, SIMPLE), "ARGUMENT", "file_name");
}

fn a_slash_at_either_end_is_that_of_the_root_or_of_a_folder(world: &mut World<'_>) {
    world.open_smh();
    for directory in ["/a/b", "a/b/", "/a/b/"] {
        let line = upload_as("f", 100, SIMPLE)
            .with("directory", directory)
            .with("conflict", 2)
            .with("create_directories", 1);
        assert_eq!(world.ok(line).get("file"), Some("a/b/f"));
        let list = world.ok(Line::new("list").with("directory", directory));
        assert_eq!(list.get("0.name"), Some("f"));
    }
    let root = world.ok(Line::new("list").with("directory", "/"));
    assert_eq!(root.get("0.name"), Some("a"));
    world.holds("/a/b/f", &content(&upload(100)));
    for bad in ["/", "a/b/", "//a"] {
        world.fails_unsent(download(bad), "ARGUMENT", "file");
    }
}

fn a_file_that_is_not_there_is_not_when_the_token_has_died(world: &mut World<'_>) {
    world.open_smh();
    world.ok(upload_as("f", 1, SIMPLE));
    for (file, value) in [("none", 0), ("no/such/folder", 0), ("f", 1)] {
        world.control.revoke_tokens();
        let answer = world.ok(Line::new("exists").with("file", file));
        assert_eq!(answer.number("value"), value, "{file}");
    }
    // That there is no such library says nothing of the file.
    world.control.revoke_tokens();
    world.fault(Rule::new(error("LibraryNotFound")).verb("info"));
    world.fails(Line::new("exists").with("file", "none"), "NOT_FOUND");
}

fn facts_of_a_file(world: &mut World<'_>) {
    world.open_smh();
    let line = upload_as("a.txt", 9, SIMPLE)
        .with("labels", "one,zwei ü,three")
        .with("category", "pictures")
        .with("local_creation_time", "2026-01-02T03:04:05.000Z")
        .with("local_modification_time", "2026-02-02T03:04:05.000Z")
        .with("prefer_same_origin", 1)
        .with("traffic_limit", 100 * 1024);
    let path = world.path("digested");
    std::fs::write(&path, content(&line)).unwrap();
    world.ok(line);
    let sum = world.ok(Line::new("digest").with("path", path.display()));
    let info = world.ok(Line::new("info").with("file", "a.txt"));
    for (key, value) in [
        ("kind", "file"),
        ("size", "9"),
        ("label.0", "one"),
        ("label.1", "zwei ü"),
        ("label.2", "three"),
        ("category", "pictures"),
        ("media_type", "text/plain"),
    ] {
        assert_eq!(info.get(key), Some(value), "{key} in {info}");
    }
    assert_eq!(info.get("crc64"), sum.get("crc64"));
    for key in ["creation_time", "modification_time", "etag"] {
        assert!(info.get(key).is_some(), "{key} in {info}");
    }
    for (key, date) in [
        ("local_creation_time", "2026-01-02"),
        ("local_modification_time", "2026-02-02"),
    ] {
        assert!(info.get(key).unwrap().starts_with(date), "{info}");
    }
    assert!(
        info.get("url")
            .unwrap()
            .starts_with(&world.emulator.base_url())
    );
    for (file, there) in [("a.txt", 1), ("b.txt", 0)] {
        let answer = world.ok(Line::new("exists").with("file", file));
        assert_eq!(answer.number("value"), there);
    }
    world.fails(Line::new("info").with("file", "b.txt"), "NOT_FOUND");
    for verb in ["info", "exists"] {
        world.fails_unsent(Line::new(verb).with("file", ""), "ARGUMENT", "file");
    }
}

fn a_list_goes_on_by_itself(world: &mut World<'_>) {
    world.open_smh();
    let put = |name: &str| {
        let line = upload(1).with("file_name", name).with("smh", 1);
        line.with("directory", "d").with("create_directories", 1)
    };
    let names: Vec<String> = (0..7).map(|index| format!("{index}.txt")).collect();
    for name in &names {
        world.ok(put(name));
    }
    let all = Line::new("list_all").with("directory", "d");
    let told = |names: &[String]| {
        names
            .iter()
            .map(|name| format!("{name}/"))
            .collect::<String>()
    };
    world.control.clear_journal();
    let by_three = world.ok(all.clone().with("limit", 3));
    assert_eq!(by_three.number("given"), 7, "{by_three}");
    assert_eq!(by_three.get("names"), Some(told(&names).as_str()));
    world.count("list", 3);
    let first = world.ok(Line::new("list").with("directory", "d").with("limit", 3));
    let marker = first.get("next_marker").unwrap();
    let rest = world.ok(all.clone().with("marker", marker));
    assert_eq!(rest.get("names"), Some(told(&names[3..]).as_str()));
    world.ok(Line::new("list_all").with("directory", ""));
    // What was given before a list failed was given.
    world.fault(Rule::new(error("NoPermission")).verb("list").skip(1));
    let broken = world.fails(all.clone().with("limit", 3), "FORBIDDEN");
    assert_eq!(broken.get("names"), Some(told(&names[..3]).as_str()));
    world.control.clear_faults();
    // A list that leads to itself would never end.
    let circle = json(r#"{"path":["d"],"nextMarker":"3","contents":[]}"#);
    world.fault(Rule::new(circle).verb("list"));
    let stuck = world.fails(all.clone(), "RESPONSE");
    assert_eq!(stuck.number("given"), 0);
    world.control.clear_faults();
    // So would two that lead to each other.
    for marker in [3, 4, 3] {
        let next = format!(r#"{{"path":["d"],"nextMarker":"{marker}","contents":[]}}"#);
        world.fault(Rule::new(json(&next)).verb("list").times(1));
    }
    world.fails(all.clone(), "RESPONSE");
    world.control.clear_faults();
    // So would one of nothing but other markers.
    for marker in 0..120 {
        let next = format!(r#"{{"path":["d"],"nextMarker":"{marker}","contents":[]}}"#);
        world.fault(Rule::new(json(&next)).verb("list").times(1));
    }
    world.fails(all.clone(), "RESPONSE");
    world.control.clear_faults();
    world.fails(
        Line::new("list_all").with("directory", "no/such"),
        "NOT_FOUND",
    );
    world.open_netease();
    world.fails_unsent(all, "UNSUPPORTED", "list");
}

fn a_folder_is_listed_piece_by_piece(world: &mut World<'_>) {
    world.open_smh();
    for size in 0..5 {
        let line = upload_as(&format!("f{size}"), size, SIMPLE)
            .with("directory", "d")
            .with("create_directories", 1);
        world.ok(line);
    }
    let mut line = Line::new("list").with("directory", "d").with("limit", 2);
    let mut all = Vec::new();
    loop {
        let listing = world.ok(line.clone());
        for index in 0..listing.number("count") {
            let name = listing.get(&format!("{index}.name")).unwrap();
            all.push((name.to_owned(), listing.number(&format!("{index}.size"))));
        }
        match listing.get("next_marker") {
            Some(marker) => line.set("marker", marker),
            None => break,
        }
    }
    let expected: Vec<_> = (0..5).map(|size| (format!("f{size}"), size)).collect();
    assert_eq!(all, expected);
    let root = world.ok(Line::new("list").with("directory", ""));
    assert_eq!(root.number("count"), 1);
    assert_eq!(root.get("0.kind"), Some("dir"));
    assert_eq!(root.get("0.size"), None, "{root}");
    world.fails(Line::new("list").with("directory", "no/such"), "NOT_FOUND");
}

fn files_are_deleted_for_good_or_not(world: &mut World<'_>) {
    world.open_smh();
    let line = Line::new("delete").with("smh", 1).with("file", "a");
    for (permanent, is_recycled) in [(0, true), (1, false)] {
        world.ok(upload_as("a", 10, SIMPLE));
        let deleted = world.ok(line.clone().with("permanent", permanent));
        assert_eq!(deleted.get("recycled_item_id").is_some(), is_recycled);
        assert_eq!(deleted.get("task_id"), None);
        assert_eq!(deleted.number("attempts"), 1);
        let exists = world.ok(Line::new("exists").with("file", "a"));
        assert_eq!(exists.number("value"), 0);
    }
    world.fails(line, "NOT_FOUND");
    world.fails(Line::new("delete").with("file", "never"), "NOT_FOUND");
    world.fails_unsent(Line::new("delete").with("file", ""), "ARGUMENT", "file");
    let netease = Line::new("delete_by_time").with("netease", 1);
    world.fails_unsent(netease, "UNSUPPORTED", "delete_by_time");
}

fn a_damaged_download_is_made_again_or_refused(world: &mut World<'_>) {
    world.open_smh();
    let line = upload_as("a", 100_000, SIMPLE);
    world.ok(line.clone());
    let target = world.path("target");
    let fetch = download_to("a", &target)
        .with("smh", 1)
        .with("traffic_limit", 200 * 1024);
    let damage = || Rule::new(Action::CorruptBody { at: 50_000 }).verb("get");
    world.fault(damage().times(1));
    assert_eq!(world.ok(fetch.clone()).number("attempts"), 2);
    assert!(std::fs::read(&target).unwrap() == content(&line));
    world.fault(damage());
    for sink in ["path", "buffer", "callback"] {
        world.fails(
            fetch.clone().with("sink", sink).with("progress", 1),
            "INTEGRITY",
        );
    }
    // There is nothing to go on with.
    world.fails(fetch.with("resume", 1), "INTEGRITY");
    assert_eq!(world.names(), ["target"]);
}

/// The token with which SMH was called last.
fn token(world: &World<'_>) -> String {
    let requests = world.requests("begin_simple");
    let (_, rest) = requests
        .last()
        .and_then(|entry| entry.path.split_once("access_token="))
        .expect("a token in the address");
    rest.split('&').next().unwrap_or_default().to_owned()
}

fn asked(world: &mut World<'_>) -> i64 {
    world.ok(Line::new("seen")).number("asked")
}

fn credentials_of_each_kind(world: &mut World<'_>) {
    world.open_smh();
    world.ok(upload_as("a", 1, SIMPLE));
    let token = token(world);
    let secret = world.control.config().smh.library_secret.clone();
    let library = world.smh_library();
    let by_callback = library.clone().with("secret", &secret);
    let token_by_callback = library
        .clone()
        .with("ask_access_token", 1)
        .with("secret", &token);
    for (open, times) in [
        (library.clone().with("access_token", &token), 0),
        (by_callback, 1),
        (token_by_callback, 1),
    ] {
        world.ok(open);
        assert_eq!(asked(world), 0);
        world.ok(upload_as("b", 1, SIMPLE));
        assert_eq!(asked(world), times);
    }
    // One that is given cannot be renewed; one that is asked for is asked for once more.
    for (key, times) in [("access_token", 0), ("secret", 2)] {
        let open = library.clone().with(key, "acctk-unknown");
        let open = if key == "secret" {
            open.with("ask_access_token", 1)
        } else {
            open
        };
        world.ok(open);
        world.fails(upload_as("c", 1, SIMPLE), "AUTH");
        assert_eq!(asked(world), times);
    }
    world.ok(library.clone().with("library_secret", "wrong-secret"));
    let refused = world.fails(upload_as("c", 1, SIMPLE), "AUTH");
    assert_eq!(refused.number("phase"), 1);
    // The types of the Rust API rule the rest out.
    if !world.is_c_abi() {
        return;
    }
    for line in [
        library.clone(),
        library
            .clone()
            .with("library_secret", "a")
            .with("access_token", "b"),
        library
            .clone()
            .with("library_secret", "a")
            .with("ask_access_token", 1),
        library.with("ask_access_token", 1),
    ] {
        world.fails_unsent(line, "ARGUMENT", "config");
    }
}

fn a_user_and_a_space_of_their_own(world: &mut World<'_>) {
    let space = world.control.config().smh.spaces[1].clone();
    let line = world
        .smh()
        .with("space_id", &space)
        .with("user_id", "user ü")
        .with("client_id", "client-7")
        .with("session_id", "session-8")
        .with("grant", "admin")
        .with("token_ttl_seconds", 300);
    world.ok(line.clone());
    let file = upload_as("a", 10, SIMPLE);
    world.ok(file.clone());
    world.holds("a", &content(&file));
    let tokens = world.requests("token");
    let asked = &tokens[0].path;
    for part in ["client-7", "session-8", "grant=admin", "period=300", &space] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    world.fails_unsent(
        line.with("token_ttl_seconds", 299),
        "LIMIT",
        "token_ttl_seconds",
    );
    // The other space knows nothing of it.
    world.open_smh();
    world.fails(download("a"), "NOT_FOUND");
}

fn presigned_there_and_back(world: &mut World<'_>) {
    world.open_smh();
    world.ok(Line::new("open").with("client", 1));
    for method in [AUTOMATIC, SIMPLE] {
        // It is one PUT, of which no store takes more.
        let mut large = upload_as("large", 5 * 1024 * MIB + 1, method);
        large.head = "presign_upload".into();
        world.fails_unsent(large, "LIMIT", "source");
        let mut presign = upload_as(&format!("by {method}"), 70_000, method);
        let data = content(&presign);
        presign.head = "presign_upload".into();
        let made = world.ok(presign.clone());
        assert_eq!(made.number("needs_completion"), 1);
        assert!(made.get("completion").is_some());
        let json = made.get("json").unwrap().to_owned();
        let mut send = upload(70_000)
            .with("client", 1)
            .with("json", &json)
            .with("progress", 1);
        send.head = "send_presigned".into();
        let sent = world.ok(send);
        let file = sent.get("file").unwrap().to_owned();
        assert_eq!(file, format!("by {method}"));
        let complete = Line::new("complete_presigned").with("json", &json);
        world.fails(complete.clone().with("fire_before", 1), "CANCELLED");
        let stranger = complete.clone().with("client", 1);
        world.fails_unsent(stranger, "ARGUMENT", "presigned");
        for _ in 0..2 {
            let done = world.ok(complete.clone());
            assert_eq!(done.get("file"), Some(file.as_str()));
            assert_eq!(done.number("size"), 70_000);
        }
        world.holds(&file, &data);
        let fetch = Line::new("presign_download").with("file", &file);
        let made = world.ok(fetch);
        assert_eq!(made.number("needs_completion"), 0);
        assert_eq!(made.get("completion"), None);
        let get = Line::new("receive_presigned")
            .with("client", 1)
            .with("json", made.get("json").unwrap());
        let got = world.ok(get);
        assert_eq!(
            got.get("sum"),
            Some(crate::protocol::Crc32::of(&data).as_str())
        );
        let complete = Line::new("complete_presigned").with("json", made.get("json").unwrap());
        world.fails_unsent(complete, "ARGUMENT", "presigned");
    }
    // Without the size there is nothing to presign, and what is presigned is one PUT.
    let unknown = Line::new("presign_upload").with("smh", 1);
    world.fails_unsent(unknown, "ARGUMENT", "size");
    let mut form = upload_as("x", 1, FORM);
    form.head = "presign_upload".into();
    world.fails_unsent(form.clone(), "ARGUMENT", "method");
    world.fails_unsent(form.with("method", PARTS), "ARGUMENT", "method");
}

fn limits_known_beforehand(world: &mut World<'_>) {
    world.open_smh();
    for (key, value, status) in [
        ("traffic_limit", "102399".to_owned(), "LIMIT"),
        ("traffic_limit", (100 * MIB + 1).to_string(), "LIMIT"),
        ("part_size", (MIB - 1).to_string(), "LIMIT"),
        ("category", "x".repeat(17), "LIMIT"),
        ("local_creation_time", "yesterday".to_owned(), "ARGUMENT"),
        ("local_modification_time", "2026".to_owned(), "ARGUMENT"),
    ] {
        let line = upload_as("a", 1, PARTS).with(key, value);
        world.fails_unsent(line, status, key);
    }
    let line = download("a").with("smh", 1).with("traffic_limit", 1);
    world.fails_unsent(line, "LIMIT", "traffic_limit");
    let line = world.smh();
    world.fails_empty(line, "ARGUMENT", "library_id");
    world.service_error("begin_simple", "QuotaLimitReached");
    world.fails(upload_as("a", 1, SIMPLE), "TOO_LARGE");
}

fn numbers_that_stand_for_nothing(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_smh();
    for (key, bad) in [("method", 4), ("method", -1), ("conflict", 3)] {
        let line = upload_as("a", 1, SIMPLE).with(key, bad);
        world.fails_unsent(line, "ARGUMENT", key);
    }
}

fn calls_that_are_cancelled(world: &mut World<'_>) {
    world.open_smh();
    world.ok(upload_as("a", 1, SIMPLE));
    for line in [
        upload_as("b", 2 * MIB, PARTS),
        download("a"),
        Line::new("info").with("file", "a"),
        Line::new("exists").with("file", "a"),
        Line::new("list").with("directory", ""),
        Line::new("delete").with("smh", 1).with("file", "a"),
    ] {
        world.fails(line.with("fire_before", 1), "CANCELLED");
    }
    world.fault(Rule::new(error("503")).verb("part_put").every(2));
    let slowly = world.smh().with("upload_rate", 4 * MIB);
    world.ok(slowly);
    let line = upload_as("b", 3 * MIB, PARTS)
        .with("part_size", MIB)
        .with("progress", 1);
    world.fails(line.clone().with("fire_at", 1), "CANCELLED");
    let stopped = line.with("cancel_at", 1).with("cancel_value", -9);
    assert_eq!(
        world.fails(stopped, "CALLBACK").number("callback_value"),
        -9
    );
}

fn capabilities(world: &mut World<'_>) {
    world.open_smh();
    let all = world.ok(Line::new("capabilities")).number("value");
    assert_eq!(all, 1 + 2 + 16 + 32 + 64 + 128 + 256 + 512 + 1024);
}

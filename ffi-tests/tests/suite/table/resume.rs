//! Downloads that go on where they broke off: within a call, and in a later one.

use chatfile_emulator::{Action, Rule};
use chatfile_ffi_tests::platform;

use super::cases;
use crate::protocol::Crc32;
use crate::recorder::RawServer;
use crate::world::{World, content, download, download_to, upload};

cases![
    an_attempt_goes_on_where_the_last_broke_off,
    a_callback_sink_goes_on_too,
    a_later_call_goes_on,
    what_is_not_what_a_call_has_left_is_left_alone,
    without_the_option_nothing_is_kept,
    a_service_that_gives_whole_files_only: |config| config.netease.range = false,
    another_version_is_fetched_from_its_start,
    a_range_that_was_not_asked_for,
    a_part_from_a_service_that_gives_whole_files_only: |config| config.netease.range = false,
    what_is_no_answer_to_a_range,
    ranges_side_by_side_are_of_one_version,
    ranges_of_what_names_no_version_are_not_put_together,
    side_by_side_from_a_service_that_gives_whole_files_only: |config| config.netease.range = false,
];

/// The ranges asked for, in order; empty where there was none.
fn ranges(world: &World<'_>) -> Vec<String> {
    let requests = world.requests("download");
    let ranges = requests
        .iter()
        .map(|entry| entry.header("range").unwrap_or_default());
    ranges.map(str::to_owned).collect()
}

fn an_attempt_goes_on_where_the_last_broke_off(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(500_000);
    let stored = world.ok(line.clone());
    for sink in ["path", "buffer"] {
        world.control.clear_journal();
        world.fault(
            Rule::new(Action::TruncateBody { after: 400_000 })
                .verb("download")
                .times(1),
        );
        let target = world.path("target");
        let fetch = download_to(stored.get("file").unwrap(), &target).with("sink", sink);
        let answer = world.ok(fetch.with("progress", 1));
        assert_eq!(answer.number("attempts"), 2);
        if sink == "path" {
            assert!(
                std::fs::read(&target).unwrap() == content(&line),
                "other bytes"
            );
        } else {
            assert_eq!(answer.get("sum"), Some(Crc32::of(&content(&line)).as_str()));
        }
        assert_eq!(ranges(world), ["", "bytes=400000-"]);
    }
}

fn a_callback_sink_goes_on_too(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(500_000);
    let stored = world.ok(line.clone());
    world.fault(
        Rule::new(Action::ResetBody { after: 200_000 })
            .verb("download")
            .times(2),
    );
    let fetch = download(stored.get("file").unwrap()).with("sink", "callback");
    let answer = world.ok(fetch.with("progress", 1));
    assert_eq!(answer.number("attempts"), 3);
    assert_eq!(answer.number("received"), 500_000);
    assert_eq!(answer.get("sum"), Some(Crc32::of(&content(&line)).as_str()));
}

fn what_is_not_what_a_call_has_left_is_left_alone(world: &mut World<'_>) {
    use std::os::unix::fs::symlink;
    world.open_easemob_with("max_attempts", 1);
    let stored = world.ok(upload(500_000));
    let target = world.path("target");
    let fetch = download_to(stored.get("file").unwrap(), &target).with("resume", 1);
    world.fault(Rule::new(Action::TruncateBody { after: 300_000 }).verb("download"));
    world.fails(fetch.clone(), "TRUNCATED");
    world.control.clear_faults();
    let victim = world.path("victim");
    for name in ["target.part", "target.part.json"] {
        let path = world.path(name);
        let ours = std::fs::read(&path).unwrap();
        let kept = world.path("kept");
        std::fs::rename(&path, &kept).unwrap();
        std::fs::write(&victim, &ours).unwrap();
        // Wine follows links of this machine, which are none to its programs.
        if !platform::is_windows() {
            symlink(&victim, &path).unwrap();
            world.fails_unsent(fetch.clone(), "SINK", "sink.path");
            std::fs::remove_file(&path).unwrap();
            std::fs::hard_link(&victim, &path).unwrap();
            world.fails_unsent(fetch.clone(), "SINK", "sink.path");
        }
        assert!(std::fs::read(&victim).unwrap() == ours, "{name}");
        std::fs::rename(&kept, &path).unwrap();
        // Nor is anything taken for ours that looks like it, as far as others can know.
        if name == "target.part.json" {
            std::fs::write(&path, r#"{"file":"f","etag":"\"1\"","size":10}"#).unwrap();
            world.fails_unsent(fetch.clone(), "SINK", "sink.path");
        }
    }
    // Bytes alone are not enough, not even none.
    std::fs::remove_file(world.path("target.part.json")).unwrap();
    for bytes in ["mine", ""] {
        std::fs::write(world.path("target.part"), bytes).unwrap();
        world.fails_unsent(fetch.clone(), "SINK", "sink.path");
        assert_eq!(
            std::fs::read(world.path("target.part")).unwrap(),
            bytes.as_bytes()
        );
    }
}

fn a_later_call_goes_on(world: &mut World<'_>) {
    world.open_easemob_with("max_attempts", 1);
    let line = upload(500_000);
    let stored = world.ok(line.clone());
    world.fault(
        Rule::new(Action::TruncateBody { after: 300_000 })
            .verb("download")
            .times(1),
    );
    let target = world.path("target");
    let fetch = download_to(stored.get("file").unwrap(), &target)
        .with("resume", 1)
        .with("progress", 1);
    world.fails(fetch.clone(), "TRUNCATED");
    assert_eq!(world.names(), ["target.part", "target.part.json"]);
    // Another client, as after a restart.
    world.open_easemob();
    world.control.clear_journal();
    let answer = world.ok(fetch);
    assert_eq!(answer.number("attempts"), 1);
    assert_eq!(answer.number("size"), 500_000);
    assert!(
        std::fs::read(&target).unwrap() == content(&line),
        "other bytes"
    );
    assert_eq!(ranges(world), ["bytes=300000-"]);
    assert_eq!(world.requests("download")[0].status, Some(206));
    assert_eq!(world.names(), ["target"]);
}

fn without_the_option_nothing_is_kept(world: &mut World<'_>) {
    world.open_easemob_with("max_attempts", 1);
    let stored = world.ok(upload(500_000));
    world.fault(Rule::new(Action::TruncateBody { after: 300_000 }).verb("download"));
    world.fails(
        download_to(stored.get("file").unwrap(), &world.path("target")),
        "TRUNCATED",
    );
    assert!(world.names().is_empty());
}

fn a_service_that_gives_whole_files_only(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(500_000);
    let stored = world.ok(line.clone());
    world.fault(
        Rule::new(Action::TruncateBody { after: 300_000 })
            .verb("download")
            .times(1),
    );
    let answer = world.holds(stored.get("file").unwrap(), &content(&line));
    assert_eq!(answer.number("attempts"), 2);
}

fn another_version_is_fetched_from_its_start(world: &mut World<'_>) {
    // The file changes between the attempts. A server that does not know the old version sends the new one whole.
    let server = RawServer::start(|request| {
        let text = String::from_utf8_lossy(request).to_ascii_lowercase();
        if text.contains("range: bytes=") {
            b"HTTP/1.1 200 OK\r\nETag: \"b\"\r\nContent-Length: 8\r\n\r\nBBBBBBBB".to_vec()
        } else {
            b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nAccept-Ranges: bytes\r\nContent-Length: 10\r\n\r\nAAAAA".to_vec()
        }
    });
    world.open_netease_with("max_attempts", 1);
    let target = world.path("target");
    let line = download_to(&format!("{}/file", server.base_url()), &target).with("resume", 1);
    world.fails(line.clone(), "TRUNCATED");
    world.ok(line);
    assert_eq!(std::fs::read(&target).unwrap(), b"BBBBBBBB");
    assert_eq!(world.names(), ["target"]);
    let again = String::from_utf8_lossy(&server.requests()[1]).to_ascii_lowercase();
    assert!(again.contains("range: bytes=5-"), "{again}");
    assert!(again.contains("if-range: \"a\""), "{again}");
}

fn a_range_that_was_not_asked_for(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 1);
    let target = world.path("target");
    for answer in [
        &b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nAAAAA"[..],
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nAAAAA",
    ] {
        let server = RawServer::answering(answer);
        let line = download_to(&format!("{}/file", server.base_url()), &target);
        let answer = world.call(&line);
        assert_eq!(answer.head, "error", "{answer}");
        assert!(world.names().is_empty());
    }
}

/// What comes before and behind it is passed over.
fn a_part_from_a_service_that_gives_whole_files_only(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(500_000);
    let stored = world.ok(line.clone());
    let fetch = download(stored.get("file").unwrap())
        .with("offset", 300_000)
        .with("length", 150_000)
        .with("progress", 1);
    let expected = Crc32::of(&content(&line)[300_000..450_000]);
    for sink in ["buffer", "callback"] {
        // A callback has got the first of them, and goes on, since it is the same version.
        world.fault(
            Rule::new(Action::TruncateBody { after: 400_000 })
                .verb("download")
                .times(1),
        );
        let got = world.ok(fetch.clone().with("sink", sink));
        assert_eq!(got.number("attempts"), 2);
        assert_eq!(got.number("size"), 150_000);
        assert_eq!(got.number("file_size"), 500_000);
        assert_eq!(got.get("sum"), Some(expected.as_str()), "{got}");
    }
    let whole = world.ok(fetch.clone().with("offset", 500_000));
    assert_eq!(whole.number("size"), 0);
    let beyond = world.fails(fetch.with("offset", 500_001), "LIMIT");
    assert_eq!(beyond.get("field"), Some("offset"));
}

fn what_is_no_answer_to_a_range(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 1);
    for (answer, status) in [
        // Another range, a shorter one, one of another length than it says.
        (&b"206 Partial Content\r\nContent-Range: bytes 4-8/10\r\nContent-Length: 5\r\n\r\nAAAAA"[..], "RESPONSE"),
        (b"206 Partial Content\r\nContent-Range: bytes 5-7/10\r\nContent-Length: 3\r\n\r\nAAA", "RESPONSE"),
        (b"206 Partial Content\r\nContent-Range: bytes 5-8/10\r\nContent-Length: 3\r\n\r\nAAA", "RESPONSE"),
        (b"206 Partial Content\r\nContent-Length: 4\r\n\r\nAAAA", "RESPONSE"),
        (b"200 OK\r\nContent-Range: bytes 5-8/10\r\nContent-Length: 4\r\n\r\nAAAA", "RESPONSE"),
        // That the range is none, of a file in which it is one, and of one without a size.
        (b"416 Range Not Satisfiable\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\n\r\n", "SERVICE"),
        (b"416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n", "SERVICE"),
        (b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nAAA\r\n0\r\n\r\n", "LIMIT"),
    ] {
        let server = RawServer::start(move |_| [b"HTTP/1.1 ", answer].concat());
        let line = download_to(&format!("{}/file", server.base_url()), &world.path("target"));
        let line = line.with("offset", 5).with("length", 4);
        world.fails(line, status);
        assert!(world.names().is_empty());
    }
}

/// The bytes of a file that a server makes up, those of a range if one is asked for, of a version.
fn ranged(request: &[u8], size: usize, fill: u8, version: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let asked = text
        .split_once("range: bytes=")
        .and_then(|(_, rest)| rest.split_once(['\r', '\n']))
        .and_then(|(range, _)| range.split_once('-'));
    let bounds = asked.map(|(first, last)| {
        let first: usize = first.parse().unwrap();
        (
            first,
            last.parse().map_or(size, |last: usize| size.min(last + 1)),
        )
    });
    let (first, end) = bounds.unwrap_or((0, size));
    let status = if asked.is_some() {
        "206 Partial Content"
    } else {
        "200 OK"
    };
    let range = format!("Content-Range: bytes {first}-{}/{size}\r\n", end - 1);
    let head = format!(
        "HTTP/1.1 {status}\r\n{version}Content-Length: {}\r\n{}\r\n",
        end - first,
        if asked.is_some() { &range } else { "" }
    );
    [head.as_bytes(), &vec![fill; end - first]].concat()
}

fn ranges_side_by_side_are_of_one_version(world: &mut World<'_>) {
    world.open_netease_with("retry_delay_ms", 1);
    let target = world.path("target");
    // Looks at no If-Range, and has another file from the fourth request on.
    let count = std::sync::atomic::AtomicU32::new(0);
    let server = RawServer::start(move |request| {
        let is_new = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 3;
        let (fill, version) = if is_new { (2, "\"b\"") } else { (1, "\"a\"") };
        ranged(request, 5_000_000, fill, &format!("ETag: {version}\r\n"))
    });
    let line = download_to(&format!("{}/file", server.base_url()), &target);
    world.ok(line.with("parallel_parts", 2));
    assert!(
        std::fs::read(&target).unwrap() == vec![2; 5_000_000],
        "other bytes"
    );
}

fn ranges_of_what_names_no_version_are_not_put_together(world: &mut World<'_>) {
    world.open_netease();
    let target = world.path("target");
    let server = RawServer::start(|request| ranged(request, 5_000_000, 1, ""));
    let line = download_to(&format!("{}/file", server.base_url()), &target);
    world.ok(line.with("parallel_parts", 2));
    assert!(
        std::fs::read(&target).unwrap() == vec![1; 5_000_000],
        "other bytes"
    );
    assert_eq!(server.requests().len(), 2);
}

fn side_by_side_from_a_service_that_gives_whole_files_only(world: &mut World<'_>) {
    world.open_netease();
    for size in [1, 3_000_000] {
        let line = upload(size);
        let stored = world.ok(line.clone());
        let target = world.path("target");
        let fetch = download_to(stored.get("file").unwrap(), &target).with("progress", 1);
        world.ok(fetch.with("parallel_parts", 4));
        assert!(
            std::fs::read(&target).unwrap() == content(&line),
            "other bytes"
        );
    }
}

//! NetEase: what goes up comes down again, in both ways; limits; deletion.

use std::collections::BTreeSet;

use chatfile_emulator::{Action, Rule};

use super::cases;
use crate::protocol::Line;
use crate::world::{
    MIB, World, base64, content, download, download_to, error, upload, upload_callback,
    upload_one_way,
};

cases![
    form::<1>,
    form::<1000>,
    form::<131_072>,
    form::<15_728_640>,
    base64_form::<1>,
    base64_form::<2>,
    base64_form::<3>,
    base64_form::<1000>,
    base64_form::<49_152>,
    base64_form::<49_153>,
    base64_form::<11_796_480>,
    one_byte_past_the_limit_is_refused_unsent,
    a_raised_limit_is_used: |config| config.netease.max_upload = 16 * MIB,
    every_byte_survives_the_form,
    an_empty_file_is_refused_unsent,
    every_source_works_both_ways,
    a_form_needs_a_source_that_can_be_read_twice,
    lengths_are_counted_in_characters,
    the_type_and_tag_are_stored,
    how_long_a_file_lives,
    addresses_are_https_unless_asked_otherwise: |config| {
        config.tls = Some(([127, 0, 0, 1], 0).into());
    },
    a_nonce_is_never_used_twice: |config| config.netease.refuse_repeated_nonce = true,
    a_lost_answer_is_followed_by_a_new_signature: |config| {
        config.netease.refuse_repeated_nonce = true;
    },
    files_are_deleted_by_time,
    files_are_deleted_by_type_and_tag,
    impossible_time_ranges_are_refused_unsent,
    six_deletions_a_day_are_one_too_many,
    what_is_not_a_url_is_refused_unsent,
];

#[track_caller]
fn round_trip(world: &mut World<'_>, line: Line) {
    world.open_netease();
    let stored = world.ok(line.clone().with("progress", 1));
    assert_eq!(stored.number("attempts"), 1);
    assert_eq!(stored.number("size"), line.number("size"));
    assert_eq!(stored.get("file"), stored.get("url"));
    assert_eq!(stored.get("share_secret"), None);
    let content = content(&line);
    let target = world.path("target");
    let fetch = download_to(stored.get("file").unwrap(), &target).with("progress", 1);
    world.ok(fetch);
    assert!(std::fs::read(&target).unwrap() == content, "other bytes");
    // No header of ours goes to the store: the address is all that it takes.
    let requests = world.requests("download");
    for name in ["appkey", "nonce", "curtime", "checksum", "authorization"] {
        assert_eq!(requests[0].header(name), None);
    }
}

fn form<const SIZE: u64>(world: &mut World<'_>) {
    round_trip(world, upload(SIZE));
    world.count("file_upload", 1);
}

fn base64_form<const SIZE: u64>(world: &mut World<'_>) {
    round_trip(world, base64(upload(SIZE)));
    world.count("upload", 1);
}

fn one_byte_past_the_limit_is_refused_unsent(world: &mut World<'_>) {
    world.open_netease();
    world.fails_unsent(upload_one_way(15 * MIB + 1), "LIMIT", "source");
    world.fails_unsent(base64(upload_callback(11_796_481)), "LIMIT", "source");
    world.open_netease_with("max_upload_size", 1000);
    world.ok(upload(1000));
    world.ok(base64(upload(750)));
    world.fails_unsent(upload(1001), "LIMIT", "source");
    world.fails_unsent(base64(upload(751)), "LIMIT", "source");
}

fn a_raised_limit_is_used(world: &mut World<'_>) {
    world.open_netease_with("max_upload_size", 16 * MIB);
    let line = upload_callback(16 * MIB);
    let stored = world.ok(line.clone());
    world.holds(stored.get("file").unwrap(), &content(&line));
    world.ok(base64(upload_callback(12 * MIB)));
    world.fails_unsent(base64(upload_callback(12 * MIB + 1)), "LIMIT", "source");
}

fn every_byte_survives_the_form(world: &mut World<'_>) {
    world.open_netease();
    // 0xFF becomes all slashes, 0xFB plus signs and slashes, 0 the letter A; with each length of padding.
    for fill in [255, 251, 239, 0] {
        for size in [1, 2, 3, 1000, 100_001, 100_002] {
            let line = base64(upload(size)).with("fill", fill);
            let stored = world.ok(line.clone());
            world.holds(stored.get("file").unwrap(), &content(&line));
        }
    }
}

fn an_empty_file_is_refused_unsent(world: &mut World<'_>) {
    world.open_netease();
    let path = world.file("empty", 0, 0);
    let by_path = Line::new("upload")
        .with("source", "path")
        .with("path", path.display());
    for line in [upload(0), upload_one_way(0), by_path] {
        world.fails_unsent(line.clone(), "LIMIT", "source");
        world.fails_unsent(base64(line), "LIMIT", "source");
    }
}

fn every_source_works_both_ways(world: &mut World<'_>) {
    world.open_netease();
    const SIZE: u64 = 100_000;
    let path = world.file("source.mp4", 0, SIZE);
    let by_path = upload(SIZE)
        .with("source", "path")
        .with("path", path.display())
        .with("seed", 0);
    for line in [
        by_path,
        upload(SIZE),
        upload_callback(SIZE),
        upload_one_way(SIZE),
    ] {
        let stored = world.ok(line.clone().with("progress", 1));
        world.holds(stored.get("file").unwrap(), &content(&line));
        if line.get("source") == Some("callback") && line.get("rewind").is_none() {
            continue;
        }
        let stored = world.ok(base64(line.clone()).with("progress", 1));
        world.holds(stored.get("file").unwrap(), &content(&line));
    }
}

fn a_form_needs_a_source_that_can_be_read_twice(world: &mut World<'_>) {
    world.open_netease();
    let answer = world.fails(base64(upload_one_way(10)), "UNSUPPORTED");
    assert_eq!(answer.get("field"), Some("source"));
    assert_eq!(answer.number("reads"), 0, "the source is untouched");
    assert!(world.control.journal().is_empty());
}

fn lengths_are_counted_in_characters(world: &mut World<'_>) {
    world.open_netease();
    for line in [upload(10).with("netease", 1), base64(upload(10))] {
        for letter in ["x", "é", "图", "😀"] {
            world.ok(line.clone().with("tag", letter.repeat(32)));
            let long = letter.repeat(33);
            world.fails_unsent(line.clone().with("tag", long), "LIMIT", "tag");
        }
        world.ok(line.clone().with("media_type", "x".repeat(128)));
        let long = "x".repeat(129);
        world.fails_unsent(line.with("media_type", long), "LIMIT", "media_type");
    }
}

fn the_type_and_tag_are_stored(world: &mut World<'_>) {
    world.open_netease();
    for line in [upload(10), base64(upload(10))] {
        let line = line.with("netease", 1).with("file_name", "x.png");
        for (line, media_type) in [
            (line.clone(), "image/png"),
            (
                line.clone().with("media_type", "a/b; c=\"d e\""),
                "a/b; c=\"d e\"",
            ),
        ] {
            let stored = world.ok(line.clone());
            let answer = world.ok(download(stored.get("file").unwrap()));
            assert_eq!(answer.get("media_type"), Some(media_type), "{line}");
        }
    }
}

fn how_long_a_file_lives(world: &mut World<'_>) {
    world.open_netease();
    for line in [upload(10).with("netease", 1), base64(upload(10))] {
        for seconds in [1, 86_399] {
            world.fails_unsent(
                line.clone().with("ttl_seconds", seconds),
                "LIMIT",
                "ttl_seconds",
            );
        }
        let short = world.ok(line.clone().with("ttl_seconds", 86_400));
        let long = world.ok(line);
        world.control.advance_seconds(86_399);
        world.ok(download(short.get("file").unwrap()));
        world.control.advance_seconds(2);
        let answer = world.fails(download(short.get("file").unwrap()), "NOT_FOUND");
        assert_eq!(answer.number("http_status"), 404);
        world.ok(download(long.get("file").unwrap()));
        world.control.set_clock_offset_seconds(0);
    }
}

fn addresses_are_https_unless_asked_otherwise(world: &mut World<'_>) {
    world.open_netease();
    for line in [
        upload(10).with("netease", 1),
        base64(upload(10)),
        upload(10),
    ] {
        let stored = world.ok(line.clone());
        assert!(
            stored.get("url").unwrap().starts_with("https://"),
            "{stored}"
        );
        let plain = line.with("netease", 1).with("plain_http_url", 1);
        let stored = world.ok(plain);
        assert!(
            stored.get("url").unwrap().starts_with("http://"),
            "{stored}"
        );
    }
}

fn nonces(world: &World<'_>) -> BTreeSet<String> {
    let journal = world.control.journal();
    let nonces = journal.iter().map(|entry| entry.header("nonce").unwrap());
    nonces.map(str::to_owned).collect()
}

fn a_nonce_is_never_used_twice(world: &mut World<'_>) {
    world.open_netease();
    for _ in 0..10 {
        world.ok(upload(1));
    }
    world.ok(base64(upload(1)));
    // Also when an attempt is repeated.
    world.fault(Rule::new(error("503")).times(2));
    world.ok(upload(1));
    assert_eq!(nonces(world).len(), world.control.journal().len());
}

fn a_lost_answer_is_followed_by_a_new_signature(world: &mut World<'_>) {
    let lost = || Rule::new(Action::ResetBeforeAnswer { handle: true }).times(1);
    world.open_netease();
    world.fault(lost());
    world.ok(upload(1));
    // On a connection used before, too: the service may have seen this Nonce, and then answers with code 431.
    world.fault(lost());
    world.ok(upload(1));
    assert_eq!(nonces(world).len(), world.control.journal().len());
}

const DAY_S: i64 = 86_400;
const DAY_MS: i64 = DAY_S * 1000;

/// A task for the days from nine to six days ago.
fn last_week(world: &World<'_>) -> Line {
    let now = world.control.now_ms();
    Line::new("delete_by_time")
        .with("netease", 1)
        .with("start_time_ms", now - 9 * DAY_MS)
        .with("end_time_ms", now - 6 * DAY_MS)
}

fn files_are_deleted_by_time(world: &mut World<'_>) {
    world.open_netease();
    let old = world.ok(upload(10));
    world.control.age_files(8 * DAY_S).unwrap();
    let new = world.ok(upload(10));
    let answer = world.ok(last_week(world));
    assert_eq!(answer.get("task_id").unwrap().len(), 32, "{answer}");
    assert_eq!(answer.number("attempts"), 1);
    let answer = world.fails(download(old.get("file").unwrap()), "NOT_FOUND");
    assert_eq!(answer.get("service_code"), Some("NoSuchKey"));
    world.ok(download(new.get("file").unwrap()));
}

fn files_are_deleted_by_type_and_tag(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(10).with("netease", 1);
    let picture = line
        .clone()
        .with("media_type", "image/png")
        .with("tag", "a+b & c=图");
    let picture = world.ok(picture);
    let other_tag = world.ok(line
        .clone()
        .with("media_type", "image/png")
        .with("tag", "b"));
    let text = world.ok(line.with("media_type", "text/plain"));
    world.control.age_files(8 * DAY_S).unwrap();
    world.ok(last_week(world).with("tag", "a+b & c=图"));
    world.fails(download(picture.get("file").unwrap()), "NOT_FOUND");
    world.ok(download(other_tag.get("file").unwrap()));
    world.ok(last_week(world).with("media_type", "image"));
    world.fails(download(other_tag.get("file").unwrap()), "NOT_FOUND");
    world.ok(download(text.get("file").unwrap()));
}

fn impossible_time_ranges_are_refused_unsent(world: &mut World<'_>) {
    world.open_netease();
    let end = world.control.now_ms() - 2 * DAY_MS;
    let now = world.control.now_ms();
    for (start, end, field) in [
        (0, 2 * DAY_MS, "start_time_ms"),
        (-1, 2 * DAY_MS, "start_time_ms"),
        (i64::MIN, i64::MAX, "start_time_ms"),
        (1, i64::MAX, "end_time_ms"),
        (end, end, "end_time_ms"),
        (end, end - 1, "end_time_ms"),
        (end - DAY_MS, end, "end_time_ms"),
        (end - 7 * DAY_MS, end, "end_time_ms"),
        (now - 2 * DAY_MS, now, "end_time_ms"),
    ] {
        let line = Line::new("delete_by_time")
            .with("netease", 1)
            .with("start_time_ms", start)
            .with("end_time_ms", end);
        world.fails_unsent(line, "LIMIT", field);
    }
    for span in [DAY_MS + 1, 7 * DAY_MS - 1] {
        world.ok(Line::new("delete_by_time")
            .with("netease", 1)
            .with("start_time_ms", end - span)
            .with("end_time_ms", end));
    }
    let one = Line::new("delete").with("file", "x");
    world.fails_unsent(one, "UNSUPPORTED", "delete");
}

fn six_deletions_a_day_are_one_too_many(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 1);
    for _ in 0..5 {
        world.ok(last_week(world));
    }
    let answer = world.fails(last_week(world), "RATE_LIMITED");
    assert_eq!(answer.get("service_code"), Some("416"));
    assert_eq!(answer.number("attempts"), 1);
}

fn what_is_not_a_url_is_refused_unsent(world: &mut World<'_>) {
    world.open_netease();
    for wrong in [
        "",
        "name",
        "/path",
        "ftp://h/x",
        "file:///etc/passwd",
        "http://",
        "https:///x",
        "http://h:0/x",
        "http://h:65536/x",
        "http://h:abc/x",
        "http://[::1",
        "http://u:p@h/x",
        "http://127.1/x",
        "http://a b/x",
    ] {
        world.fails_unsent(download(wrong), "ARGUMENT", "file");
    }
}

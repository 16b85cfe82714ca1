//! What is tried again, how often, and what is not; and connections that are used again.

use chatfile_emulator::{Action, Canned, Rule};

use super::cases;
use crate::protocol::{Crc32, Line};
use crate::world::{
    MIB, World, base64, content, download, download_to, error, upload, upload_callback,
    upload_one_way,
};

cases![
    a_busy_service_once,
    a_busy_service_for_ever,
    four_attempts_by_default,
    a_single_attempt,
    what_cannot_help_is_not_tried_again,
    a_connection_that_breaks_once,
    a_connection_that_breaks_for_ever,
    an_answer_that_is_lost,
    a_download_that_breaks_once,
    a_truncated_download_once,
    a_truncated_download_for_ever,
    a_download_that_goes_forward_is_not_given_up,
    a_file_that_has_changed_is_begun_anew,
    each_request_has_its_own_attempts,
    a_part_that_moves_is_not_given_up,
    a_quiet_connection_is_no_reason_to_wait,
    a_truncated_answer_to_an_upload,
    a_one_way_source_is_not_sent_twice,
    a_one_way_source_may_wait_for_its_first_byte,
    a_rewindable_source_is_sent_twice,
    a_sink_that_got_bytes_is_not_filled_twice: |config| config.netease.range = false,
    a_sink_without_bytes_is_filled_again,
    progress_does_not_go_back,
    a_deletion_is_repeated_only_when_it_was_not_taken,
    a_deletion_on_a_used_connection_is_not_repeated_either,
    connections_are_used_again,
    a_connection_that_died_idle_costs_no_attempt,
    a_connection_closed_at_reuse_costs_no_attempt,
    a_connection_reset_at_reuse_costs_no_attempt,
    a_connection_closed_at_reuse_under_a_download_costs_no_attempt,
];

fn a_busy_service_once(world: &mut World<'_>) {
    world.open_easemob();
    world.fault(Rule::new(error("503")).verb("upload").times(1));
    let line = upload(3000).with("progress", 1);
    let stored = world.ok(line.clone());
    assert_eq!(stored.number("attempts"), 2);
    world.fault(Rule::new(error("502")).verb("download").times(2));
    let answer = world.holds(stored.get("file").unwrap(), &content(&line));
    assert_eq!(answer.number("attempts"), 3);
    world.count("token", 1);
    world.open_netease();
    for (line, verb) in [(upload(10), "file_upload"), (base64(upload(10)), "upload")] {
        let rule = Rule::new(error("500")).service("netease");
        world.fault(rule.verb(verb).times(1));
        assert_eq!(world.ok(line).number("attempts"), 2);
    }
}

fn a_busy_service_for_ever(world: &mut World<'_>) {
    world.open_easemob_with("max_attempts", 3);
    let stored = world.ok(upload(1));
    world.fault(Rule::new(error("503")));
    let answer = world.fails(upload(3000).with("progress", 1), "UNAVAILABLE");
    assert_eq!(answer.number("attempts"), 3);
    assert_eq!(answer.number("retryable"), 1);
    assert_eq!(answer.number("http_status"), 503);
    world.count("upload", 4);
    let line = download_to(stored.get("file").unwrap(), &world.path("target"));
    assert_eq!(world.fails(line, "UNAVAILABLE").number("attempts"), 3);
    world.count("download", 3);
}

fn four_attempts_by_default(world: &mut World<'_>) {
    world.open_netease();
    world.fault(Rule::new(error("503")));
    assert_eq!(world.fails(upload(1), "UNAVAILABLE").number("attempts"), 4);
    world.count("file_upload", 4);
}

fn a_single_attempt(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 1);
    world.fault(Rule::new(error("503")));
    assert_eq!(world.fails(upload(1), "UNAVAILABLE").number("attempts"), 1);
    world.count("file_upload", 1);
}

fn what_cannot_help_is_not_tried_again(world: &mut World<'_>) {
    world.open_easemob();
    for name in ["illegal_argument", "no_permission", "413", "415", "501"] {
        world.control.clear_faults();
        world.control.clear_journal();
        world.service_error("upload", name);
        assert_eq!(world.call(&upload(1)).number("attempts"), 1, "{name}");
        world.count("upload", 1);
    }
}

const RESET: Action = Action::ResetReceiving { after: 100 };
const LOST: Action = Action::ResetBeforeAnswer { handle: true };

fn a_connection_that_breaks_once(world: &mut World<'_>) {
    for (action, source) in [
        (RESET, upload(3_000_000)),
        (Action::CloseBeforeAnswer { handle: false }, upload(10)),
        (
            Action::ResetBeforeAnswer { handle: false },
            upload_callback(10),
        ),
    ] {
        // A fresh client, and so a fresh connection, whose loss is the service's doing.
        world.open_netease();
        world.fault(Rule::new(action).times(1));
        let stored = world.ok(source.clone().with("progress", 1));
        assert_eq!(stored.number("attempts"), 2);
        world.holds(stored.get("file").unwrap(), &content(&source));
    }
}

fn a_connection_that_breaks_for_ever(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 3);
    let stored = world.ok(upload(100_000));
    world.fault(Rule::new(RESET).verb("file_upload"));
    let answer = world.fails(upload(3_000_000).with("progress", 1), "CONNECTION_LOST");
    assert_eq!(answer.number("attempts"), 3);
    assert_eq!(answer.number("retryable"), 1);
    assert_eq!(answer.number("http_status"), 0);
    world.fault(Rule::new(Action::ResetBeforeAnswer { handle: false }).verb("download"));
    let line = download_to(stored.get("file").unwrap(), &world.path("target"));
    let answer = world.fails(line, "CONNECTION_LOST");
    assert_eq!(answer.number("attempts"), 3);
    assert_eq!(answer.number("phase"), 4);
}

fn an_answer_that_is_lost(world: &mut World<'_>) {
    world.open_netease();
    world.fault(Rule::new(LOST).times(1));
    let line = upload(1000).with("progress", 1);
    let stored = world.ok(line.clone());
    assert_eq!(stored.number("attempts"), 2);
    world.holds(stored.get("file").unwrap(), &content(&line));
}

fn a_download_that_breaks_once(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(500_000);
    let stored = world.ok(line.clone());
    for after in [0, 1, 100_000, 499_999] {
        world.fault(
            Rule::new(Action::ResetBody { after })
                .verb("download")
                .times(1),
        );
        let target = world.path("target");
        let fetch = download_to(stored.get("file").unwrap(), &target);
        let answer = world.ok(fetch.with("progress", 1));
        assert_eq!(answer.number("attempts"), 2, "after {after}");
        assert!(
            std::fs::read(&target).unwrap() == content(&line),
            "other bytes"
        );
        std::fs::remove_file(&target).unwrap();
    }
}

fn a_truncated_download_once(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(500_000);
    let stored = world.ok(line.clone());
    for after in [0, 1, 400_000, 499_999] {
        world.fault(
            Rule::new(Action::TruncateBody { after })
                .verb("download")
                .times(1),
        );
        let answer = world.holds(stored.get("file").unwrap(), &content(&line));
        assert_eq!(answer.number("attempts"), 2, "after {after}");
    }
}

fn a_truncated_download_for_ever(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 2);
    let stored = world.ok(upload(300_000));
    let file = stored.get("file").unwrap();
    // What comes further each time is not given up so soon.
    world.fault(Rule::new(Action::TruncateBody { after: 0 }).verb("download"));
    let old = world.path("old");
    std::fs::write(&old, "old").unwrap();
    for target in [old.clone(), world.path("new")] {
        let answer = world.fails(download_to(file, &target).with("progress", 1), "TRUNCATED");
        assert_eq!(answer.number("attempts"), 2);
        assert_eq!(answer.number("retryable"), 1);
        assert_eq!(answer.number("phase"), 4);
    }
    assert_eq!(std::fs::read(old).unwrap(), b"old");
    assert_eq!(world.names(), ["old"]);
    world.fails(download(file), "TRUNCATED");
}

/// Attempts count from the last progress: many more than four, as long as each brings the file further.
fn a_download_that_goes_forward_is_not_given_up(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(300_000);
    let stored = world.ok(line.clone());
    let file = stored.get("file").unwrap();
    world.fault(Rule::new(Action::ResetBody { after: 20_000 }).verb("download"));
    let answer = world.holds(file, &content(&line));
    // The last piece is as long as what is cut off.
    assert_eq!(answer.number("attempts"), 15, "{answer}");
    let answer = world.ok(download(file).with("sink", "callback"));
    assert_eq!(answer.number("received"), 300_000);
    // No further than before: no more than max_attempts.
    world.control.clear_faults();
    world.fault(
        Rule::new(Action::ResetBody { after: 20_000 })
            .verb("download")
            .times(3),
    );
    world.fault(Rule::new(Action::ResetBody { after: 0 }).verb("download"));
    let answer = world.fails(download(file), "TRUNCATED");
    assert_eq!(answer.number("attempts"), 6, "{answer}");
}

/// An answer that the file has changed, also one that is not meant for `If-Range`.
fn a_file_that_has_changed_is_begun_anew(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(300_000);
    let stored = world.ok(line.clone());
    for status in [412, 416] {
        world.control.clear_journal();
        let cut = Rule::new(Action::TruncateBody { after: 1000 });
        world.fault(cut.verb("download").times(1));
        let changed = Rule::new(Action::json(status, ""));
        world.fault(changed.verb("download").times(1));
        world.holds(stored.get("file").unwrap(), &content(&line));
        world.count("download", 3);
        world.control.clear_faults();
    }
}

/// Two short troubles at each of two requests of one call: neither needs more than three attempts.
fn each_request_has_its_own_attempts(world: &mut World<'_>) {
    fn trouble(world: &mut World<'_>, verbs: [&str; 2], call: Line) {
        for verb in verbs {
            world.fault(Rule::new(Action::json(502, "x")).verb(verb).times(2));
        }
        let answer = world.ok(call);
        if answer.get("attempts").is_some() {
            assert_eq!(answer.number("attempts"), 3, "{verbs:?}: {answer}");
        }
        world.control.clear_faults();
    }
    for (at, verbs, method) in [
        (1, ["admin_token", "user_token"], 1),
        (2, ["user_token", "initiate_form"], 1),
        (3, ["initiate_form", "form_post"], 1),
        (4, ["initiate_form", "complete_form"], 1),
        (5, ["form_post", "complete_form"], 1),
        (6, ["admin_token", "part_limit"], 2),
        (7, ["part_limit", "initiate_multipart"], 2),
        (8, ["part_put", "complete_multipart"], 2),
    ] {
        // A new client has no tokens.
        world.open_openim();
        let line = upload(1000 + at).with("file_name", "a").with("openim", 1);
        trouble(world, verbs, line.with("method", method));
    }
    trouble(world, ["object", "storage_get"], download("alice/a"));
    for (verbs, method) in [
        (["token", "begin_simple"], 1),
        (["begin_simple", "put"], 1),
        (["put", "confirm"], 1),
        (["begin_multipart", "confirm"], 3),
    ] {
        world.open_smh();
        let line = upload(1000).with("file_name", "a").with("smh", 1);
        trouble(world, verbs, line.with("method", method));
    }
    world.open_smh();
    trouble(world, ["token", "download"], download("a"));
    world.open_smh();
    trouble(world, ["download", "get"], download("a"));
    world.open_easemob();
    trouble(world, ["token", "upload"], upload(1000));

    // The attempts of an error are those of the request that failed.
    world.open_openim();
    world.fault(
        Rule::new(Action::json(502, "x"))
            .verb("initiate_form")
            .times(2),
    );
    world.fault(Rule::new(Action::json(502, "x")).verb("complete_form"));
    let line = upload(1).with("openim", 1).with("method", 1);
    let answer = world.fails(line, "UNAVAILABLE");
    assert_eq!(answer.number("attempts"), 4, "{answer}");
    world.control.clear_faults();
    world.fault(
        Rule::new(Action::json(502, "x"))
            .verb("initiate_form")
            .times(2),
    );
    world.fault(Rule::new(Action::json(403, "x")).verb("complete_form"));
    let line = upload(2).with("openim", 1).with("method", 1);
    let answer = world.fails(line, "FORBIDDEN");
    assert_eq!(answer.number("attempts"), 1, "{answer}");
}

/// The same for a part, as long as bytes move.
fn a_part_that_moves_is_not_given_up(world: &mut World<'_>) {
    const CUT: Action = Action::ResetReceiving { after: 2 * MIB };
    world.open_smh();
    let in_parts = |line: Line| {
        line.with("smh", 1)
            .with("method", 3)
            .with("part_size", 5 * MIB)
    };
    for (seed, line) in [
        upload(10 * MIB),
        upload(10 * MIB).with("parallel_parts", 1),
        upload_callback(10 * MIB),
    ]
    .into_iter()
    .enumerate()
    {
        world.control.clear_journal();
        world.fault(Rule::new(CUT).verb("part_put").times(10));
        world.ok(in_parts(line.with("seed", seed)));
        world.count("part_put", 12);
        world.control.clear_faults();
    }
    world.fault(Rule::new(CUT).verb("part_put"));
    let line = in_parts(upload_callback(10 * MIB).with("seed", 9));
    let answer = world.fails(line, "CONNECTION_LOST");
    assert_eq!(answer.number("attempts"), 25, "{answer}");
}

/// MinIO says that a connection was quiet as if it were busy. It is asked again at once.
fn a_quiet_connection_is_no_reason_to_wait(world: &mut World<'_>) {
    const BODY: &str =
        "<Error><Code>RequestTimeout</Code><Message>A timeout occurred</Message></Error>";
    let quiet = |status: u16| {
        Action::Answer(Canned {
            status,
            headers: vec![("Retry-After".into(), "60".into())],
            body: BODY.into(),
            ..Canned::default()
        })
    };
    world.open_openim();
    for method in [1, 2] {
        for status in [503, 400] {
            let verb = if method == 1 { "form_post" } else { "part_put" };
            world.fault(Rule::new(quiet(status)).verb(verb).times(1));
            // With another content each time, for what is stored is not sent.
            let line = upload(1000 + method * 10 + u64::from(status));
            let answer = world.ok(line.with("openim", 1).with("method", method));
            assert_eq!(answer.number("attempts"), 2, "{answer}");
        }
    }
    world.open_smh();
    world.fault(Rule::new(quiet(400)).verb("put").times(1));
    let answer = world.ok(upload(1000));
    assert_eq!(answer.number("attempts"), 2, "{answer}");
}

fn a_truncated_answer_to_an_upload(world: &mut World<'_>) {
    world.open_netease_with("max_attempts", 2);
    world.fault(Rule::new(Action::TruncateBody { after: 9 }).verb("file_upload"));
    let answer = world.fails(upload(10).with("progress", 1), "TRUNCATED");
    assert_eq!(answer.number("attempts"), 2);
}

fn a_one_way_source_is_not_sent_twice(world: &mut World<'_>) {
    world.open_netease();
    world.fault(Rule::new(error("503")));
    let answer = world.fails(upload_one_way(1000).with("progress", 1), "UNAVAILABLE");
    assert_eq!(answer.number("attempts"), 1);
    assert_eq!(answer.number("rewinds"), 0);
    world.count("file_upload", 1);
    world.control.clear_faults();
    world.fault(Rule::new(RESET));
    let answer = world.fails(upload_one_way(3_000_000), "CONNECTION_LOST");
    assert_eq!(answer.number("attempts"), 1);
    world.count("file_upload", 2);
}

fn a_one_way_source_may_wait_for_its_first_byte(world: &mut World<'_>) {
    let (_socket, address) = super::network::closed_port();
    let line = world
        .netease()
        .with("base_url", format!("http://{address}/nimserver"))
        .with("max_attempts", 3);
    world.ok(line);
    let answer = world.fails(upload_one_way(10), "CONNECT");
    assert_eq!(answer.number("attempts"), 3);
    assert_eq!(answer.number("reads"), 0);
}

fn a_rewindable_source_is_sent_twice(world: &mut World<'_>) {
    world.open_netease();
    for (line, verb, rewinds) in [
        (upload_callback(5000), "file_upload", 2),
        // One more between counting the escapes and sending.
        (base64(upload_callback(5000)), "upload", 4),
    ] {
        world.fault(Rule::new(error("503")).verb(verb).times(2));
        let stored = world.ok(line.clone().with("progress", 1));
        assert_eq!(stored.number("attempts"), 3);
        assert!(stored.number("rewinds") >= rewinds, "{stored}");
        world.holds(stored.get("file").unwrap(), &content(&line));
    }
}

fn a_sink_that_got_bytes_is_not_filled_twice(world: &mut World<'_>) {
    world.open_netease();
    let sent = upload(100_000);
    let stored = world.ok(sent.clone());
    let broken = Rule::new(Action::TruncateBody { after: 1000 }).verb("download");
    let line = download(stored.get("file").unwrap()).with("sink", "callback");
    let line = line.with("progress", 1);
    // The service gives whole files only, but says that it is the same: what is there is passed over.
    world.fault(broken.clone().times(1));
    let answer = world.ok(line.clone());
    assert_eq!(answer.number("attempts"), 2, "{answer}");
    assert_eq!(answer.number("received"), 100_000, "{answer}");
    let expected = Crc32::of(&content(&sent));
    assert_eq!(answer.get("sum"), Some(expected.as_str()), "{answer}");
    // None comes further.
    world.fault(broken);
    let answer = world.fails(line, "TRUNCATED");
    assert_eq!(answer.number("attempts"), 4, "{answer}");
    assert!((1..=1000).contains(&answer.number("received")), "{answer}");
}

fn a_sink_without_bytes_is_filled_again(world: &mut World<'_>) {
    world.open_netease();
    let line = upload(100_000);
    let stored = world.ok(line.clone());
    world.fault(
        Rule::new(Action::TruncateBody { after: 0 })
            .verb("download")
            .times(1),
    );
    let fetch = download(stored.get("file").unwrap()).with("sink", "callback");
    let answer = world.ok(fetch);
    assert_eq!(answer.number("attempts"), 2);
    assert_eq!(answer.number("received"), 100_000);
}

fn progress_does_not_go_back(world: &mut World<'_>) {
    world.open_easemob();
    // Slow enough for reports in the middle of each attempt; `rising` is checked for every answer.
    let line = upload(60_000);
    let stored = world.ok(line.clone());
    let slow = || Action::Trickle {
        bytes_per_second: 200_000,
    };
    world.fault(Rule::new(slow()).verb("download"));
    let answer = world.ok(download(stored.get("file").unwrap()).with("progress", 1));
    assert!(answer.number("reports") > 2, "{answer}");
    world.control.clear_faults();
    world.fault(Rule::new(error("503")).verb("upload").times(2));
    let large = upload(8_000_000).with("progress", 1);
    assert_eq!(world.ok(large).number("attempts"), 3);
}

/// A delete task that the emulator takes.
fn deletion(world: &World<'_>) -> Line {
    let now = world.control.now_ms();
    Line::new("delete_by_time")
        .with("netease", 1)
        .with("start_time_ms", now - 5 * 86_400_000)
        .with("end_time_ms", now - 3 * 86_400_000)
}

fn a_deletion_is_repeated_only_when_it_was_not_taken(world: &mut World<'_>) {
    let line = deletion(world);
    world.open_netease();
    world.fault(Rule::new(error("503")).verb("delete").times(1));
    assert_eq!(world.ok(line.clone()).number("attempts"), 2);
    world.open_netease();
    world.control.clear_journal();
    world.fault(Rule::new(LOST).verb("delete").times(1));
    let answer = world.fails(line, "CONNECTION_LOST");
    assert_eq!(answer.number("attempts"), 1);
    world.count("delete", 1);
}

/// The service takes five a day, so one that it may have taken is not sent again unasked.
fn a_deletion_on_a_used_connection_is_not_repeated_either(world: &mut World<'_>) {
    let line = deletion(world);
    world.open_netease();
    world.ok(upload(1));
    world.fault(Rule::new(LOST).verb("delete").times(1));
    world.fails(line, "CONNECTION_LOST");
    world.count("delete", 1);
}

/// How many connections were made, and how many requests came.
fn connections(world: &World<'_>) -> (usize, usize) {
    let journal = world.control.journal();
    let numbers: std::collections::BTreeSet<_> =
        journal.iter().map(|entry| entry.connection).collect();
    (numbers.len(), journal.len())
}

fn connections_are_used_again(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(200_000);
    for _ in 0..3 {
        let stored = world.ok(line.clone());
        world.holds(stored.get("file").unwrap(), &content(&line));
        world.fails(download("0-1"), "NOT_FOUND");
    }
    assert_eq!(connections(world), (1, 10));
    world.control.clear_journal();
    world.open_netease();
    for line in [upload(10), base64(upload(10))] {
        let stored = world.ok(line.clone());
        world.holds(stored.get("file").unwrap(), &content(&line));
    }
    assert_eq!(connections(world), (1, 4));
}

fn a_connection_that_died_idle_costs_no_attempt(world: &mut World<'_>) {
    world.open_netease();
    world.fault(Rule::new(Action::CloseAfterAnswer));
    // Not a one-way source: whether the close is seen before its first byte went out is a matter of luck.
    for line in [upload(10), upload_callback(10), base64(upload(10))] {
        assert_eq!(world.ok(line).number("attempts"), 1);
    }
}

fn dead_at_reuse(world: &mut World<'_>, reset: bool) {
    world.open_easemob();
    let line = upload(100).with("progress", 1);
    world.ok(line.clone());
    for line in [line, upload_callback(100), upload(2_000_000)] {
        world.fault(Rule::new(Action::CloseAtReuse { reset }).times(1));
        let stored = world.ok(line.clone());
        assert_eq!(stored.number("attempts"), 1);
        world.holds(stored.get("file").unwrap(), &content(&line));
    }
    let fired: Vec<_> = world
        .control
        .faults()
        .iter()
        .map(|(_, fired)| *fired)
        .collect();
    assert_eq!(fired, [1, 1, 1], "every connection was a used one");
}

fn a_connection_closed_at_reuse_costs_no_attempt(world: &mut World<'_>) {
    dead_at_reuse(world, false);
}

fn a_connection_reset_at_reuse_costs_no_attempt(world: &mut World<'_>) {
    dead_at_reuse(world, true);
}

fn a_connection_closed_at_reuse_under_a_download_costs_no_attempt(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(100);
    let stored = world.ok(line.clone());
    for reset in [false, true] {
        world.fault(Rule::new(Action::CloseAtReuse { reset }).times(1));
        let answer = world.holds(stored.get("file").unwrap(), &content(&line));
        assert_eq!(answer.number("attempts"), 1);
    }
}

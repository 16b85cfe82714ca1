//! Cancel handles: fired before a call, by its own callback, or by another thread while the call is blocked.

use std::time::{Duration, Instant};

use chatfile_emulator::{Action, Canned, Entry, Rule};
use tempfile::TempDir;

use super::cases;
use crate::protocol::Line;
use crate::world::{MIB, World, download, download_to, upload, upload_callback};

cases![
    fired_before_the_call,
    fired_by_progress_in_an_upload: |config| config.netease.max_upload = 1 << 40,
    fired_by_progress_in_a_download,
    fired_while_waiting_for_the_answer,
    fired_while_sending_is_stuck: |config| {
        config.receive_buffer = Some(16 * 1024);
        config.netease.max_upload = 64 * MIB;
    },
    fired_while_receiving_is_stuck,
    fired_while_parts_are_sent: |config| config.openim.min_part_size = Some(20_000),
    fired_in_the_pause_between_attempts,
    never_fired,
];

#[track_caller]
fn cancelled(answer: &Line) {
    assert_eq!(answer.number("retryable"), 0, "{answer}");
    assert_eq!(answer.number("callback_value"), 0, "{answer}");
}

fn fired_before_the_call(world: &mut World<'_>) {
    let now = world.control.now_ms();
    let deletion = Line::new("delete_by_time")
        .with("netease", 1)
        .with("start_time_ms", now - 5 * 86_400_000)
        .with("end_time_ms", now - 3 * 86_400_000);
    let url = format!("{}/a/b", world.emulator.base_url());
    let target = world.path("target");
    for line in [
        upload(1000).with("progress", 1),
        download_to(&url, &target),
        download(&url).with("sink", "callback"),
        deletion,
    ] {
        world.open_netease();
        cancelled(&world.fails(line.with("fire_before", 1), "CANCELLED"));
    }
    world.open_easemob();
    for line in [
        upload(1000),
        download("0-1"),
        Line::new("presign_upload"),
        Line::new("presign_download").with("file", "0-1"),
    ] {
        cancelled(&world.fails(line.with("fire_before", 1), "CANCELLED"));
    }
    assert!(world.control.journal().is_empty(), "nothing is sent");
}

fn fired_by_progress_in_an_upload(world: &mut World<'_>) {
    world.open_netease_with("max_upload_size", 1_u64 << 40);
    let line = upload_callback(1 << 32)
        .with("progress", 1)
        .with("fire_at", 1);
    let answer = world.fails(line, "CANCELLED");
    cancelled(&answer);
    assert_eq!(answer.number("phase"), 3);
    assert_eq!(answer.number("attempts"), 1);
    world.ok(upload(1000));
}

fn fired_by_progress_in_a_download(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(100_000));
    world.fault(
        Rule::new(Action::Trickle {
            bytes_per_second: 100_000,
        })
        .verb("download"),
    );
    for sink in ["path", "buffer", "callback"] {
        let line = download_to(stored.get("file").unwrap(), &world.path("target"))
            .with("sink", sink)
            .with("progress", 1)
            .with("fire_at", 1);
        let answer = world.fails(line, "CANCELLED");
        cancelled(&answer);
        assert_eq!(answer.number("phase"), 4);
    }
    assert!(world.names().is_empty());
}

/// Cancels a call from another thread once a request of that verb has got so far; it must return soon after.
#[track_caller]
fn fired_from_outside(
    world: &mut World<'_>,
    line: Line,
    verb: &'static str,
    is_there: fn(&Entry) -> bool,
) -> Line {
    // Not in the case's folder, which no failed call may change.
    let folder = TempDir::new().unwrap();
    let signal = folder.path().join("fire");
    let (control, path) = (world.control.clone(), signal.clone());
    let before = world.requests(verb).len();
    let trigger = std::thread::spawn(move || {
        let there = |entries: &[Entry]| {
            let mut of_verb = entries.iter().filter(|entry| entry.verb == verb);
            of_verb.nth(before).is_some_and(is_there)
        };
        control.wait_for(Duration::from_secs(60), there).unwrap();
        std::fs::write(path, "").unwrap();
        Instant::now()
    });
    let answer = world.fails(line.with("fire_when", signal.display()), "CANCELLED");
    let took = trigger.join().unwrap().elapsed();
    // 100 ms are promised; a busy machine may not keep that promise for us.
    assert!(
        world.is_within(took, Duration::from_secs(2)),
        "it took {took:?}"
    );
    cancelled(&answer);
    answer
}

fn fired_while_waiting_for_the_answer(world: &mut World<'_>) {
    world.open_easemob();
    world.fault(Rule::new(Action::StallHead { after: 0 }).verb("upload"));
    // The service has everything, and the client has nothing left but to wait for the answer. Only it may not have got
    // as far as that when it is stopped: then it says that it was sending, which is also true.
    let waited = (0..20).any(|_| {
        let answer = fired_from_outside(world, upload(1000), "upload", |entry| entry.body_ended);
        let phase = answer.number("phase");
        assert!([3, 4].contains(&phase), "{answer}");
        phase == 4
    });
    assert!(waited);
    world.control.clear_faults();
    // The client is as good as before.
    world.ok(upload(1000));
}

fn fired_while_sending_is_stuck(world: &mut World<'_>) {
    world.open_netease_with("max_upload_size", 64 * MIB);
    world.fault(Rule::new(Action::StallReceiving { after: 1000 }));
    let answer = fired_from_outside(world, upload_callback(60 * MIB), "file_upload", |entry| {
        entry.body_bytes >= 1000
    });
    assert_eq!(answer.number("phase"), 3);
}

fn fired_while_receiving_is_stuck(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(100_000));
    let old = world.path("old");
    std::fs::write(&old, "old").unwrap();
    world.fault(Rule::new(Action::StallBody { after: 50_000 }).verb("download"));
    let line = download_to(stored.get("file").unwrap(), &old);
    let answer = fired_from_outside(world, line, "download", |entry| {
        entry.answer_bytes >= 50_000
    });
    assert_eq!(answer.number("phase"), 4);
    assert_eq!(std::fs::read(&old).unwrap(), b"old");
}

/// The error does not say that nothing was sent.
fn fired_while_parts_are_sent(world: &mut World<'_>) {
    world.open_smh();
    world.fault(Rule::new(Action::StallHead { after: 0 }).verb("part_put"));
    let line = upload(3 * MIB).with("smh", 1).with("method", 3);
    let line = line.with("part_size", MIB).with("file_name", "a.bin");
    // Of three threads one may still be connecting then.
    for (parallel, earliest) in [(1, 3), (3, 2)] {
        let line = line.clone().with("parallel_parts", parallel);
        let answer = fired_from_outside(world, line, "part_put", |_| true);
        assert!((earliest..=4).contains(&answer.number("phase")), "{answer}");
        assert_eq!(answer.number("attempts"), 1, "{answer}");
    }
    world.open_openim();
    let line = upload(70_000).with("openim", 1).with("method", 2);
    let line = line.with("parallel_parts", 1);
    let answer = fired_from_outside(world, line.clone(), "part_put", |_| true);
    assert!((3..=4).contains(&answer.number("phase")), "{answer}");
    assert_eq!(answer.number("attempts"), 1, "{answer}");
    // Progress stops it as well.
    let line = line.with("progress", 1).with("cancel_at", 0);
    let line = line.with("cancel_report", 4).with("cancel_value", 1);
    let answer = world.fails(line, "CALLBACK");
    assert!((3..=4).contains(&answer.number("phase")), "{answer}");
    assert_eq!(answer.number("attempts"), 1, "{answer}");
}

fn fired_in_the_pause_between_attempts(world: &mut World<'_>) {
    world.open_easemob();
    world.ok(upload(1));
    // A pause so long that the call is surely in it.
    world.fault(
        Rule::new(Action::Answer(Canned {
            status: 503,
            headers: vec![("Retry-After".into(), "30".into())],
            ..Canned::default()
        }))
        .verb("upload"),
    );
    let answer = fired_from_outside(world, upload(1000), "upload", |entry| {
        entry.status == Some(503)
    });
    assert_eq!(answer.number("attempts"), 1);
}

fn never_fired(world: &mut World<'_>) {
    world.open_easemob();
    let signal = world.path("never");
    let stored = world.ok(upload(1000).with("fire_when", signal.display()));
    let line = download(stored.get("file").unwrap());
    world.ok(line.with("progress", 1).with("fire_at", 5000));
}

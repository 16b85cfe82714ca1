//! The caller's own functions: what they return, and how they stop a transfer. And sources and sinks that fail.

use std::io::Write;
use std::time::Duration;

use chatfile_emulator::{Action, Canned, Rule};
use chatfile_ffi_tests::platform;

use super::cases;
use crate::protocol::Line;
use crate::world::{
    MIB, World, base64, download, download_to, error, upload, upload_callback, upload_one_way,
};

cases![
    a_read_callback_that_fails,
    a_rewind_callback_that_fails,
    a_write_callback_that_fails,
    progress_stops_an_upload_at_once,
    progress_stops_an_upload_in_the_middle: |config| config.netease.max_upload = 1 << 40,
    progress_stops_a_download_at_once,
    progress_stops_a_download_in_the_middle,
    the_last_report_stops_nothing,
    progress_says_what_is_going_on,
    progress_stops_what_stands_still: |config| {
        config.receive_buffer = Some(16 * 1024);
        config.netease.max_upload = 64 * MIB;
    },
    a_source_that_ends_early,
    a_source_with_more_than_announced,
    a_length_that_was_forgotten,
    parts_with_more_than_announced: |config| config.openim.min_part_size = Some(20_000),
    a_source_that_claims_too_much,
    a_source_that_cannot_be_opened,
    a_source_that_changes: |config| {
        config.receive_buffer = Some(16 * 1024);
        config.easemob.max_upload = 64 * MIB;
    },
    a_sink_that_cannot_be_made,
    a_sink_that_is_no_file,
    the_mode_of_what_is_replaced_is_kept,
    a_sink_that_cannot_be_put_in_place,
];

const VALUES: [i64; 5] = [1, -1, 42, i32::MAX as i64, i32::MIN as i64];

#[track_caller]
fn stopped(answer: &Line, value: i64) {
    assert_eq!(answer.number("callback_value"), value, "{answer}");
    assert_eq!(answer.number("retryable"), 0, "{answer}");
    assert_eq!(answer.number("http_status"), 0, "{answer}");
}

/// An error cannot be made outside of the Rust crate, so its callbacks can return no value; they end a transfer with
/// an `io::Error`, which is then a fault of the source or sink.
fn status_of(world: &World<'_>, in_rust: &'static str) -> &'static str {
    if world.is_c_abi() {
        "CALLBACK"
    } else {
        in_rust
    }
}

fn a_read_callback_that_fails(world: &mut World<'_>) {
    world.open_netease();
    for at in [0, 1, 70_000] {
        for value in VALUES {
            let fail = |line: Line| {
                line.with("read_fail_at", at)
                    .with("read_value", value)
                    .with("read_chunk", 35_000)
            };
            let status = status_of(world, "SOURCE");
            let answer = world.fails(fail(upload_callback(100_000)).with("progress", 1), status);
            assert!(answer.number("reads") <= 4, "not called again: {answer}");
            let form = world.fails(fail(base64(upload_callback(100_000))), status);
            if world.is_c_abi() {
                stopped(&answer, value);
                stopped(&form, value);
            }
        }
    }
}

fn a_rewind_callback_that_fails(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_netease();
    world.fault(Rule::new(error("503")));
    for value in VALUES {
        let line = upload_callback(1000).with("rewind_value", value);
        let answer = world.fails(line.clone(), "CALLBACK");
        stopped(&answer, value);
        assert_eq!(answer.number("rewinds"), 1);
        // Counting what to escape reads the source once, before anything is sent.
        let answer = world.fails(base64(line), "CALLBACK");
        stopped(&answer, value);
        assert_eq!(answer.number("attempts"), 0);
    }
}

fn a_write_callback_that_fails(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(400_000));
    for at in [1, 200_000, 400_000] {
        for value in VALUES {
            let line = download(stored.get("file").unwrap())
                .with("sink", "callback")
                .with("write_fail_at", at)
                .with("write_value", value);
            let answer = world.fails(line.with("progress", 1), status_of(world, "SINK"));
            assert_eq!(answer.number("attempts"), 1, "{answer}");
            if world.is_c_abi() {
                stopped(&answer, value);
            }
        }
    }
}

fn progress_stops_an_upload_at_once(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    for value in VALUES {
        world.open_easemob();
        let line = upload_callback(1000)
            .with("progress", 1)
            .with("cancel_at", 0)
            .with("cancel_value", value);
        let answer = world.fails(line, "CALLBACK");
        stopped(&answer, value);
        assert_eq!(answer.number("reports"), 1);
        assert_eq!(answer.number("reads"), 0);
    }
    assert!(world.control.journal().is_empty(), "nothing was sent");
}

fn progress_stops_an_upload_in_the_middle(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_netease_with("max_upload_size", 1_u64 << 40);
    // So large that a report comes long before the end.
    let line = upload_callback(1 << 32)
        .with("progress", 1)
        .with("cancel_at", 1)
        .with("cancel_value", -9);
    let answer = world.fails(line, "CALLBACK");
    stopped(&answer, -9);
    // One more, if the connection takes a while: it also comes while nothing moves.
    assert!(answer.number("reports") >= 2, "{answer}");
    assert_eq!(answer.number("attempts"), 1);
    assert_eq!(answer.number("phase"), 3);
    // The service is left with half a request, and the client is as good as before.
    world.ok(upload(10));
}

/// Bits of activities that some report has told.
fn doing(answer: &Line, bits: &[u32]) -> bool {
    let told = answer.number("doing");
    bits.iter().all(|bit| told & (1 << bit) != 0)
}

fn progress_says_what_is_going_on(world: &mut World<'_>) {
    const SENDING: u32 = 2;
    const RECEIVING: u32 = 3;
    const HASHING: u32 = 4;
    // So slow that it is reported many times.
    let slowly = world
        .easemob()
        .with("upload_rate", 200_000)
        .with("download_rate", 200_000);
    world.ok(slowly);
    let stored = world.ok(upload(200_000).with("progress", 1));
    assert!(doing(&stored, &[SENDING]), "{stored}");
    assert_eq!(
        (stored.number("rated"), stored.number("left")),
        (1, 1),
        "{stored}"
    );
    assert_eq!(stored.number("hashed"), 0, "{stored}");
    let fetched = download(stored.get("file").unwrap()).with("progress", 1);
    let fetched = world.ok(fetched);
    assert!(
        doing(&fetched, &[RECEIVING]) && !doing(&fetched, &[SENDING]),
        "{fetched}"
    );
    assert_eq!(
        (fetched.number("rated"), fetched.number("left")),
        (1, 1),
        "{fetched}"
    );
    // Parts are known by a hash; what was read for it is told, however soon that was over.
    world.open_openim();
    let hashed = world.ok(upload(300_000).with("progress", 1));
    assert_eq!(hashed.number("hashed"), 300_000, "{hashed}");
    assert!(
        !doing(&hashed, &[HASHING]) || hashed.number("reports") > 2,
        "{hashed}"
    );
}

fn progress_stops_a_download_at_once(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_easemob();
    let stored = world.ok(upload(1000));
    let line = download_to(stored.get("file").unwrap(), &world.path("target"))
        .with("progress", 1)
        .with("cancel_at", 0)
        .with("cancel_value", 7);
    stopped(&world.fails(line, "CALLBACK"), 7);
    world.count("download", 0);
}

fn progress_stops_a_download_in_the_middle(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_easemob();
    let stored = world.ok(upload(100_000));
    world.fault(
        Rule::new(Action::Trickle {
            bytes_per_second: 100_000,
        })
        .verb("download"),
    );
    let old = world.path("old");
    std::fs::write(&old, "old").unwrap();
    for sink in ["path", "callback", "buffer"] {
        let line = download_to(stored.get("file").unwrap(), &old)
            .with("sink", sink)
            .with("progress", 1)
            .with("cancel_at", 1)
            .with("cancel_value", i32::MIN);
        let answer = world.fails(line, "CALLBACK");
        stopped(&answer, i32::MIN.into());
        // One at the start, more while it waits on a slow machine, and the one that stops it.
        assert!(answer.number("reports") >= 2, "{answer}");
        assert!(answer.number("last") < 100_000, "{answer}");
    }
    assert_eq!(std::fs::read(&old).unwrap(), b"old");
    assert_eq!(world.names(), ["old"]);
    world.control.clear_faults();
    world.ok(download_to(stored.get("file").unwrap(), &old));
}

fn the_last_report_stops_nothing(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_easemob();
    let late = |line: Line| {
        line.with("progress", 1)
            .with("cancel_at", 1000)
            .with("cancel_value", 5)
    };
    let stored = world.ok(late(upload(1000)));
    let line = download_to(stored.get("file").unwrap(), &world.path("target"));
    world.ok(late(line));
}

/// Whatever a call waits for, its progress is reported all the while: the fourth report, when nothing moves any more,
/// stops it.
fn progress_stops_what_stands_still(world: &mut World<'_>) {
    #[track_caller]
    fn stops(world: &mut World<'_>, line: Line, done: u64) {
        let line = line
            .with("progress", 1)
            .with("cancel_at", 0)
            .with("cancel_report", 4)
            .with("cancel_value", 7);
        let answer = world.fails(line, "CALLBACK");
        stopped(&answer, 7);
        assert_eq!(answer.number("reports"), 4, "{answer}");
        assert!(answer.number("last") <= done as i64, "{answer}");
    }

    // A token, the answer, the answer's body, and the pause between attempts.
    world.open_easemob();
    world.fault(Rule::new(Action::StallHead { after: 0 }).verb("token"));
    stops(world, upload(1000), 0);
    world.control.clear_faults();
    let stored = world.ok(upload(100_000));
    let file = stored.get("file").unwrap();
    world.fault(Rule::new(Action::StallHead { after: 0 }).verb("upload"));
    stops(world, upload(1000), 1000);
    world.fault(Rule::new(Action::StallBody { after: 50_000 }).verb("download"));
    stops(world, download(file), 50_000);
    world.control.clear_faults();
    let busy = Canned {
        status: 503,
        headers: vec![("Retry-After".into(), "30".into())],
        ..Canned::default()
    };
    world.fault(Rule::new(Action::Answer(busy)).verb("upload"));
    stops(world, upload(1000), 1000);
    world.control.clear_faults();

    // A server that takes no more, and the silence that a service wants.
    world.open_netease_with("max_upload_size", 64 * MIB);
    world.fault(Rule::new(Action::StallReceiving { after: 1000 }));
    stops(world, upload_callback(60 * MIB), 60 * MIB);
    world.control.clear_faults();
    world.fault(Rule::new(error("416")));
    stops(world, upload(1000), 1000);
    stops(world, upload(1000), 0);
    world.control.clear_faults();

    // Parts, which other threads send.
    world.open_smh();
    world.fault(Rule::new(Action::StallHead { after: 0 }).verb("part_put"));
    let line = upload(3 * MIB).with("smh", 1).with("method", 3);
    stops(world, line.with("part_size", MIB), 3 * MIB);
}

fn a_source_that_ends_early(world: &mut World<'_>) {
    world.open_netease();
    for produce in [0, 1, 999] {
        for line in [
            upload_callback(1000),
            upload_one_way(1000),
            base64(upload_callback(1000)),
        ] {
            let answer = world.fails(line.with("produce", produce).with("progress", 1), "SOURCE");
            assert!(answer.number("attempts") <= 1, "{answer}");
            assert_eq!(answer.number("retryable"), 0);
            assert!(answer.get("message").unwrap().contains("1000"), "{answer}");
        }
    }
    // Half a body leaves the connection useless, and the client must know.
    world.ok(upload(10));
}

fn a_source_with_more_than_announced(world: &mut World<'_>) {
    world.open_netease();
    for announced in [1, 1000, 100_000] {
        for line in [
            upload_one_way(announced),
            upload_callback(announced),
            base64(upload_callback(announced)),
        ] {
            for more in [1, 5000] {
                let line = line.clone().with("produce", announced + more);
                let answer = world.fails(line.with("progress", 1), "SOURCE");
                assert!(answer.number("attempts") <= 1, "{answer}");
                assert_eq!(answer.number("retryable"), 0);
                let message = answer.get("message").unwrap();
                assert!(message.contains(&announced.to_string()), "{answer}");
            }
        }
    }
    for entry in world.control.journal() {
        let announced = entry.header("content-length").unwrap();
        assert!(entry.body_bytes < announced.parse().unwrap(), "{entry:?}");
    }
    world.ok(upload_one_way(1000).with("produce", 1000));
}

fn a_length_that_was_forgotten(world: &mut World<'_>) {
    world.open_easemob();
    for line in [upload_one_way(0), upload_callback(0)] {
        world.fails_unsent(line.with("produce", 5000), "SOURCE", "source");
    }
    world.ok(upload_callback(0).with("produce", 0));
}

fn parts_with_more_than_announced(world: &mut World<'_>) {
    world.open_smh();
    let line = upload_callback(2 * MIB).with("smh", 1).with("method", 3);
    let line = line.with("part_size", MIB).with("file_name", "a.bin");
    world.fails(line.with("produce", 2 * MIB + 1), "SOURCE");
    assert!(world.requests("confirm").is_empty(), "it was completed");
    world.open_openim();
    let line = upload_callback(70_000).with("openim", 1).with("method", 2);
    let line = line.with("file_name", "a.bin").with("produce", 70_001);
    world.fails(line, "SOURCE");
    assert!(
        world.requests("complete_multipart").is_empty(),
        "it was completed"
    );
}

fn a_source_that_claims_too_much(world: &mut World<'_>) {
    world.open_netease();
    for line in [
        upload_one_way(1000),
        base64(upload_callback(1000)),
        upload_callback(3_000_000),
    ] {
        let answer = world.fails(line.with("claim", 1), "SOURCE");
        assert_eq!(answer.number("reads"), 1);
    }
}

/// The system's number of what is not there.
const ENOENT: i64 = 2;

fn a_source_that_cannot_be_opened(world: &mut World<'_>) {
    world.open_netease();
    let folder = world.folder.path().to_owned();
    for path in [
        folder.join("missing"),
        folder.clone(),
        "/dev/zero".into(),
        // Made up by the system as it is read, which says that it has 0 bytes.
        "/proc/cpuinfo".into(),
        "/proc/self/maps".into(),
        folder.join("x".repeat(300)),
    ] {
        let line = Line::new("upload")
            .with("source", "path")
            .with("path", path.display());
        let answer = world.fails_unsent(line, "SOURCE", "source.path");
        let is_missing = path == folder.join("missing");
        // Wine says of a name that is too long that it is not there.
        if is_missing || !platform::is_windows() {
            assert_eq!(answer.number("os_error") == ENOENT, is_missing, "{answer}");
        }
    }
}

fn a_source_that_changes(world: &mut World<'_>) {
    let line = world.easemob().with("max_upload_size", 64 * MIB);
    world.ok(line);
    // Not in the case's folder, which no failed call may change.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&vec![7; 20 * 1024 * 1024]).unwrap();
    // The service takes a little and waits; meanwhile the file grows; then the connection breaks and all is sent again.
    world.fault(
        Rule::new(Action::StallReceiving { after: 1000 })
            .verb("upload")
            .times(1),
    );
    let control = world.control.clone();
    let mut handle = file.reopen().unwrap();
    let path = file.path().to_owned();
    let meddler = std::thread::spawn(move || {
        let stalled = |entries: &[chatfile_emulator::Entry]| {
            entries.iter().any(|entry| entry.body_bytes >= 1000)
        };
        control.wait_for(Duration::from_secs(60), stalled).unwrap();
        handle.set_len(20 * 1024 * 1024 + 1).unwrap();
        handle.flush().unwrap();
        control.clear_faults();
    });
    let line = Line::new("upload")
        .with("source", "path")
        .with("path", path.display())
        .with("progress", 1);
    let answer = world.fails(line, "SOURCE_CHANGED");
    meddler.join().unwrap();
    assert_eq!(answer.get("field"), Some("source.path"));
    assert_eq!(answer.number("retryable"), 0);
}

fn a_sink_that_cannot_be_made(world: &mut World<'_>) {
    world.open_easemob();
    let folder = world.folder.path().to_owned();
    for path in [
        folder.join("missing/target"),
        folder.clone(),
        folder.join("x".repeat(300)),
        "".into(),
    ] {
        world.fails_unsent(download_to("0-1", &path), "SINK", "sink.path");
    }
}

fn a_sink_that_is_no_file(world: &mut World<'_>) {
    use std::os::unix::{fs::symlink, net::UnixListener};
    world.open_easemob();
    let _socket = UnixListener::bind(world.path("socket")).unwrap();
    symlink("/dev/null", world.path("device")).unwrap();
    symlink("/proc/self/fd/1", world.path("stdout")).unwrap();
    for name in ["socket", "device", "stdout"] {
        let path = world.path(name);
        let before = path.symlink_metadata().unwrap().file_type();
        let line = download_to("0-1", &path);
        world.fails_unsent(line.clone(), "SINK", "sink.path");
        world.fails_unsent(line.with("resume", 1), "SINK", "sink.path");
        assert_eq!(path.symlink_metadata().unwrap().file_type(), before);
    }
}

fn the_mode_of_what_is_replaced_is_kept(world: &mut World<'_>) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
    if platform::is_windows() {
        // Files have no mode there.
        return;
    }
    world.open_easemob();
    let stored = world.ok(upload(1000));
    let (target, fresh) = (world.path("target"), world.path("fresh"));
    std::fs::write(&fresh, "").unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().mode() & 0o777;
    for resume in [0, 1] {
        let line = download_to(stored.get("file").unwrap(), &target).with("resume", resume);
        // As the system makes files.
        world.ok(line.clone());
        assert_eq!(mode(&target), mode(&fresh));
        for kept in [0o600, 0o640, 0o755] {
            std::fs::set_permissions(&target, PermissionsExt::from_mode(kept)).unwrap();
            world.ok(line.clone());
            assert_eq!(mode(&target), kept);
        }
        std::fs::remove_file(&target).unwrap();
    }
}

fn a_sink_that_cannot_be_put_in_place(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(100_000));
    // A folder takes the target's place while the bytes come.
    world.fault(
        Rule::new(Action::StallBody { after: 50_000 })
            .verb("download")
            .times(1),
    );
    let target = world.path("target");
    let (control, blocked) = (world.control.clone(), target.clone());
    let meddler = std::thread::spawn(move || {
        let half = |entries: &[chatfile_emulator::Entry]| {
            entries.iter().any(|entry| entry.verb == "download")
        };
        control.wait_for(Duration::from_secs(60), half).unwrap();
        std::fs::create_dir(blocked).unwrap();
        control.clear_faults();
    });
    // Its own folder, for the one of the case is compared before and after.
    let answer = world.call_unchecked(&download_to(stored.get("file").unwrap(), &target));
    meddler.join().unwrap();
    assert_eq!(answer.get("status"), Some("CHATFILE_E_SINK"), "{answer}");
    assert_eq!(answer.number("phase"), 5);
    assert_eq!(world.names(), ["target"], "only the folder is there");
}

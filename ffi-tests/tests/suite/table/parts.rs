//! Uploads in parts that are broken off: gone on with by token and by checkpoint, or thrown away.

use chatfile_emulator::{Action, Rule};
use chatfile_ffi_tests::platform;

use super::cases;
use crate::protocol::Line;
use crate::world::{MIB, World, content, error, upload, upload_one_way};

cases![
    smh_goes_on_by_token,
    smh_goes_on_by_checkpoint,
    openim_goes_on_by_token: |config| config.openim.min_part_size = Some(20_000),
    openim_goes_on_by_checkpoint: |config| config.openim.min_part_size = Some(20_000),
    a_file_that_has_changed_is_sent_from_the_start,
    what_is_thrown_away_is_gone,
    what_is_thrown_away_by_its_checkpoint_is_gone,
    a_checkpoint_that_is_not_thrown_away_is_left_alone,
    a_token_is_of_one_name_in_one_account,
    without_the_option_nothing_is_kept,
    a_checkpoint_that_cannot_be_kept,
    a_checkpoint_that_is_not_ours_is_left_alone,
    a_damaged_checkpoint_is_begun_anew,
    a_good_permission_that_is_denied_is_got_anew: |config| config.openim.min_part_size = Some(20_000),
    what_smh_finds_damaged_is_sent_again,
];

/// A file of four parts at SMH.
fn to_smh(world: &World<'_>) -> Line {
    let path = world.file("file", 3, 3 * MIB + 5);
    upload(3 * MIB + 5)
        .with("seed", 3)
        .with("source", "path")
        .with("path", path.display())
        .with("file_name", "a.bin")
        .with("smh", 1)
        .with("method", 3)
        .with("part_size", MIB)
        .with("parallel_parts", 1)
        .with("progress", 1)
}

/// A file of four parts at OpenIM.
fn to_openim(world: &World<'_>) -> Line {
    let path = world.file("file", 3, 70_000);
    upload(70_000)
        .with("seed", 3)
        .with("source", "path")
        .with("path", path.display())
        .with("file_name", "a.bin")
        .with("openim", 1)
        .with("method", 2)
        .with("parallel_parts", 1)
        .with("progress", 1)
}

/// MinIO denies one now and then.
fn a_good_permission_that_is_denied_is_got_anew(world: &mut World<'_>) {
    const DENIED: &str =
        "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>";
    world.open_openim();
    let line = to_openim(world);
    world.fault(
        Rule::new(Action::json(403, DENIED))
            .verb("part_put")
            .times(1),
    );
    world.ok(line.clone());
    world.count("part_put", 5);
    world.count("auth_sign", 1);
    // Twice is not now and then.
    world.control.clear_journal();
    world.fault(Rule::new(Action::json(403, DENIED)).verb("part_put"));
    let other = world.file("other", 4, 70_000);
    world.fails(line.with("path", other.display()), "FORBIDDEN");
    world.count("part_put", 2);
}

fn what_smh_finds_damaged_is_sent_again(world: &mut World<'_>) {
    world.open_smh();
    for line in [to_smh(world), upload(1000).with("file_name", "b")] {
        world.fault(Rule::new(error("BadCrc64")).verb("confirm").times(1));
        let answer = world.ok(line.clone());
        assert_eq!(answer.number("attempts"), 2, "{answer}");
        world.holds(line.get("file_name").unwrap(), &content(&line));
    }
    world.count("confirm", 4);
    world.control.clear_journal();
    world.fault(Rule::new(error("BadCrc64")).verb("confirm"));
    let answer = world.fails(upload(1000), "INTEGRITY");
    assert_eq!(answer.number("attempts"), 4, "{answer}");
    // What cannot be read twice cannot be sent twice; and nothing is left there.
    let answer = world.fails(upload_one_way(1000), "INTEGRITY");
    assert_eq!(answer.number("retryable"), 1, "{answer}");
    world.count("confirm", 5);
    world.count("cancel", 5);
}

/// Breaks an upload off after two parts; returns how to go on.
fn break_off(world: &mut World<'_>, line: &Line) -> Option<String> {
    let refusal = Rule::new(error("EntityTooLarge")).verb("part_put").skip(2);
    world.fault(refusal);
    let answer = world.fails(line.clone(), "TOO_LARGE");
    world.control.clear_faults();
    world.control.clear_journal();
    answer.get("resume_token").map(str::to_owned)
}

fn by_token(world: &mut World<'_>, line: &Line, file: &str) {
    let token = break_off(world, &line.clone().with("resumable", 1)).unwrap();
    let other = line.clone().with("checkpoint", world.path("c").display());
    let both = world.fails(other.with("resume_token", &token), "ARGUMENT");
    assert_eq!(both.get("field"), Some("resume_token"));
    world.ok(line.clone().with("resume_token", &token));
    world.count("part_put", 2);
    world.holds(file, &content(line));
    assert_eq!(world.names(), ["file"]);
}

fn by_checkpoint(world: &mut World<'_>, line: &Line, file: &str) {
    let checkpoint = world.path("checkpoint ü");
    let line = line.clone().with("checkpoint", checkpoint.display());
    assert!(break_off(world, &line).is_some());
    assert_eq!(world.names(), ["checkpoint ü", "file"]);
    // Another client, as after a restart.
    let open = if line.get("smh").is_some() {
        world.smh()
    } else {
        world.openim()
    };
    world.ok(open);
    // It goes away with the upload that it is of.
    let answer = world.call_unchecked(&line);
    assert_eq!(answer.head, "ok", "{answer}");
    world.count("part_put", 2);
    assert_eq!(world.names(), ["file"]);
    world.holds(file, &content(&line));
}

fn smh_goes_on_by_token(world: &mut World<'_>) {
    world.open_smh();
    let line = to_smh(world);
    by_token(world, &line, "a.bin");
}

fn smh_goes_on_by_checkpoint(world: &mut World<'_>) {
    world.open_smh();
    let line = to_smh(world);
    by_checkpoint(world, &line, "a.bin");
}

fn openim_goes_on_by_token(world: &mut World<'_>) {
    world.open_openim();
    let line = to_openim(world);
    by_token(world, &line, "alice/a.bin");
}

fn openim_goes_on_by_checkpoint(world: &mut World<'_>) {
    world.open_openim();
    let line = to_openim(world);
    by_checkpoint(world, &line, "alice/a.bin");
}

fn a_file_that_has_changed_is_sent_from_the_start(world: &mut World<'_>) {
    world.open_smh();
    let line = to_smh(world).with("resumable", 1);
    let token = break_off(world, &line).unwrap();
    world.file("file", 4, 3 * MIB + 6);
    let line = line
        .with("resume_token", token)
        .with("seed", 4)
        .with("size", 3 * MIB + 6);
    world.ok(line.clone());
    world.count("part_put", 4);
    world.holds("a.bin", &content(&line));
}

fn what_is_thrown_away_is_gone(world: &mut World<'_>) {
    world.open_smh();
    let line = to_smh(world).with("resumable", 1);
    let token = break_off(world, &line).unwrap();
    let abort = Line::new("abort_upload").with("resume_token", &token);
    world.fails(abort.clone().with("fire_before", 1), "CANCELLED");
    world.ok(abort.clone());
    world.ok(abort);
    // Nothing is left to go on with.
    world.ok(line.clone().with("resume_token", token));
    world.count("part_put", 4);
    world.holds("a.bin", &content(&line));
}

fn by_its_checkpoint(world: &World<'_>) -> Line {
    Line::new("abort_upload").with("checkpoint", world.path("c").display())
}

fn what_is_thrown_away_by_its_checkpoint_is_gone(world: &mut World<'_>) {
    world.open_smh();
    let line = to_smh(world).with("checkpoint", world.path("c").display());
    let abort = by_its_checkpoint(world);
    // Whole, and with the beginning of a line that was cut off.
    for cut in ["", r#"{"part":4,"md"#, r#"{"chatfile_upload":2,"tar"#] {
        break_off(world, &line);
        let mut kept = std::fs::read(world.path("c")).unwrap();
        kept.extend_from_slice(cut.as_bytes());
        std::fs::write(world.path("c"), kept).unwrap();
        world.fails(abort.clone().with("fire_before", 1), "CANCELLED");
        assert_eq!(world.names(), ["c", "file"]);
        let answer = world.call_unchecked(&abort);
        assert_eq!(answer.head, "ok", "{answer}");
        world.count("cancel", 1);
        assert_eq!(world.names(), ["file"]);
    }
    let answer = world.call_unchecked(&line);
    assert_eq!(answer.head, "ok", "{answer}");
    world.count("part_put", 4);
}

fn a_checkpoint_that_is_not_thrown_away_is_left_alone(world: &mut World<'_>) {
    world.open_smh();
    let abort = by_its_checkpoint(world);
    // There is none, which nobody makes.
    world.fails_unsent(abort.clone(), "CHECKPOINT", "checkpoint");
    assert_eq!(world.names(), Vec::<String>::new());
    let line = to_smh(world).with("checkpoint", world.path("c").display());
    let token = break_off(world, &line).unwrap();
    let kept = std::fs::read(world.path("c")).unwrap();
    let both = abort.clone().with("resume_token", token);
    world.fails_unsent(both, "ARGUMENT", "resume_token");
    // An upload is under way with it.
    let upload = std::fs::File::open(world.path("c")).unwrap();
    upload.lock().unwrap();
    world.fails_unsent(abort.clone(), "CHECKPOINT", "checkpoint");
    drop(upload);
    world.fault(Rule::new(Action::json(403, "{}")).verb("cancel"));
    world.fails(abort.clone(), "FORBIDDEN");
    world.control.clear_faults();
    let stranger = world.smh().with("user_id", "another");
    world.ok(stranger);
    world.control.clear_journal();
    world.fails_unsent(abort.clone(), "ARGUMENT", "checkpoint");
    assert_eq!(std::fs::read(world.path("c")).unwrap(), kept);
    for content in ["", "precious", "{}\n"] {
        std::fs::write(world.path("c"), content).unwrap();
        world.fails_unsent(abort.clone(), "ARGUMENT", "checkpoint");
        assert_eq!(std::fs::read(world.path("c")).unwrap(), content.as_bytes());
    }
}

fn a_token_is_of_one_name_in_one_account(world: &mut World<'_>) {
    world.open_smh();
    let line = to_smh(world).with("resumable", 1);
    let token = break_off(world, &line).unwrap();
    world.fails_empty(line.clone(), "ARGUMENT", "resume_token");
    // Exactly one of the two has to say which upload it is.
    let both = Line::new("abort_upload").with("resume_token", &token);
    for abort in [Line::new("abort_upload"), both.with("checkpoint", "c")] {
        let refused = world.fails_unsent(abort, "ARGUMENT", "resume_token");
        let message = refused.get("message").unwrap();
        assert!(message.contains("exactly one"), "{refused}");
    }
    for bad in ["{}", "no JSON", &token.replace("smh", "xmh")] {
        let line = line.clone().with("resume_token", bad);
        world.fails_unsent(line, "ARGUMENT", "resume_token");
        let abort = Line::new("abort_upload").with("resume_token", bad);
        world.fails_unsent(abort, "ARGUMENT", "resume_token");
    }
    let other = line.with("resume_token", &token).with("file_name", "b.bin");
    world.fails_unsent(other, "ARGUMENT", "resume_token");
    let stranger = world.smh().with("user_id", "another");
    world.ok(stranger);
    let abort = Line::new("abort_upload").with("resume_token", &token);
    world.fails_unsent(abort, "ARGUMENT", "resume_token");
}

fn without_the_option_nothing_is_kept(world: &mut World<'_>) {
    world.open_smh();
    let line = to_smh(world);
    world.fault(Rule::new(error("EntityTooLarge")).verb("part_put").skip(2));
    let answer = world.fails(line, "TOO_LARGE");
    assert_eq!(answer.get("resume_token"), None);
    world.count("cancel", 1);
}

fn a_checkpoint_that_cannot_be_kept(world: &mut World<'_>) {
    use std::os::unix::{fs::symlink, net::UnixListener};
    world.open_smh();
    let _socket = UnixListener::bind(world.path("socket")).unwrap();
    std::fs::create_dir(world.path("folder")).unwrap();
    std::fs::write(world.path("victim"), "precious").unwrap();
    symlink(world.path("victim"), world.path("link")).unwrap();
    symlink("/dev/null", world.path("device")).unwrap();
    symlink(world.path("nowhere"), world.path("dangling")).unwrap();
    let line = to_smh(world);
    for name in [
        "socket",
        "folder",
        "link",
        "device",
        "dangling",
        "missing/c",
    ] {
        let path = world.path(name);
        // Wine follows links of this machine, which are none to its programs.
        if platform::is_windows() && path.is_symlink() {
            continue;
        }
        let before = path.symlink_metadata().ok().map(|m| m.file_type());
        let line = line.clone().with("checkpoint", path.display());
        world.fails_unsent(line, "CHECKPOINT", "checkpoint");
        let after = path.symlink_metadata().ok().map(|m| m.file_type());
        assert_eq!(before, after, "{name}");
    }
    assert!(!world.path("nowhere").exists());
    assert_eq!(std::fs::read(world.path("victim")).unwrap(), b"precious");
}

fn a_checkpoint_that_is_not_ours_is_left_alone(world: &mut World<'_>) {
    world.open_smh();
    let checkpoint = world.path("checkpoint");
    let line = to_smh(world).with("checkpoint", checkpoint.display());
    for content in ["", "precious", "{\"chatfile\":", "{}\n", "\n"] {
        std::fs::write(&checkpoint, content).unwrap();
        world.fails_unsent(line.clone(), "ARGUMENT", "checkpoint");
        assert_eq!(std::fs::read(&checkpoint).unwrap(), content.as_bytes());
    }
}

fn a_damaged_checkpoint_is_begun_anew(world: &mut World<'_>) {
    world.open_smh();
    let checkpoint = world.path("checkpoint");
    let line = to_smh(world).with("checkpoint", checkpoint.display());
    break_off(world, &line);
    let mut bytes = std::fs::read(&checkpoint).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&checkpoint, bytes).unwrap();
    // It goes away with the upload.
    let answer = world.call_unchecked(&line);
    assert_eq!(answer.head, "ok", "{answer}");
    world.count("part_put", 4);
    assert_eq!(world.names(), ["file"]);
    world.holds("a.bin", &content(&line));
}

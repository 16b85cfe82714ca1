//! A disk that is full, a folder that cannot be written, a name that cannot be: `SINK`, and nothing is left.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chatfile_emulator::Action;

use crate::case::{Case, config};
use crate::driver::Driver;
use crate::front::Front;
use crate::protocol::Line;
use crate::verb::{DOWNLOADS, Verb};
use crate::world::World;

/// Downloads by each verb to `target`, which fails; `names` lists what is around it.
fn fails(driver: &mut Driver, target: &Path, phases: &[i64], names: impl Fn() -> Vec<String>) {
    for verb in DOWNLOADS {
        for resume in [false, true] {
            if resume && !verb.can_resume() {
                continue;
            }
            let mut seen = BTreeSet::new();
            let mut world = World::new(config(), driver, &mut seen, None);
            let mut case = Case::new(&mut world, *verb);
            case.call.set("path", target.display());
            if resume {
                case.call.set("resume", 1);
            }
            let before = names();
            let (answer, _) = case.run();
            let context = format!("{verb:?} to {}: {answer}", target.display());
            assert_eq!(answer.get("status"), Some("CHATFILE_E_SINK"), "{context}");
            assert_eq!(answer.get("field"), Some("sink.path"), "{context}");
            assert!(phases.contains(&answer.number("phase")), "{context}");
            assert_eq!(answer.number("retryable"), 0, "{context}");
            assert!(answer.number("attempts") <= 1, "{context}");
            assert_eq!(names(), before, "{context}");
            drop(case);
            world.finish();
        }
    }
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// CHATFILE_PHASE_PREPARE and CHATFILE_PHASE_RECEIVE.
const PREPARE: i64 = 0;
const RECEIVE: i64 = 4;

#[test]
fn a_file_larger_than_the_process_may_write() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("target"), "old").unwrap();
    // 8 KiB; without the trap, the system would end the process.
    let mut driver = Driver::start_after("trap '' XFSZ; ulimit -f 16", []);
    let target = folder.path().join("target");
    fails(&mut driver, &target, &[RECEIVE], || listing(folder.path()));
    assert_eq!(fs::read(&target).unwrap(), b"old");
    Box::new(driver).close();
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn works(program: &str, arguments: &[&OsStr]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    // In a namespace of its own, so that nothing has to be unmounted.
    let mount = "mount -t tmpfs -o size=24k none \"$1\"";
    let script = OsStr::new(mount);
    let arguments = [
        OsStr::new("--mount"),
        OsStr::new("sh"),
        OsStr::new("-c"),
        script,
        OsStr::new("sh"),
        folder.path().as_os_str(),
    ];
    if !works("unshare", &arguments) {
        eprintln!("skipped: a small file system cannot be mounted here (that takes root)");
        return;
    }
    // What `exec` is given further on is run within.
    let preparation = format!(
        "folder=$1; shift; set -- x unshare --mount sh -c '{mount}; shift; exec \"$@\"' sh \"$folder\" \"$@\""
    );
    let mut driver = Driver::start_after(&preparation, [folder.path().as_os_str()]);
    let inside = driver
        .proc("root")
        .join(folder.path().strip_prefix("/").unwrap());
    fs::write(inside.join("target"), "old").unwrap();
    assert!(listing(folder.path()).is_empty());
    let target = folder.path().join("target");
    fails(&mut driver, &target, &[RECEIVE], || listing(&inside));
    assert_eq!(fs::read(inside.join("target")).unwrap(), b"old");
    Box::new(driver).close();
}

#[test]
fn a_folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let preparation = if !is_root() {
        ":"
    } else if works("setpriv", &["--version"].map(OsStr::new)) {
        // Root may write anywhere.
        "shift 0; set -- setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\""
    } else {
        eprintln!("skipped: this is root, which may write anywhere, and setpriv is not there");
        return;
    };
    let inner = folder.path().join("sealed");
    fs::create_dir(&inner).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o555)).unwrap();
    let mut driver = Driver::start_after(preparation, []);
    let target = inner.join("target");
    fails(&mut driver, &target, &[PREPARE], || listing(&inner));
    Box::new(driver).close();
}

#[test]
fn targets_that_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("file"), "").unwrap();
    let targets: [PathBuf; 6] = [
        at("folder"),
        at("missing/target"),
        at("file/target"),
        at(&"n".repeat(256)),
        at(&"long/".repeat(1000)),
        PathBuf::from("/"),
    ];
    let mut driver = Driver::start();
    for target in targets {
        fails(&mut driver, &target, &[PREPARE], || listing(folder.path()));
    }
    // So long that the file could be, but not what it is called on its way: for that it has another name.
    let mut seen = BTreeSet::new();
    let mut world = World::new(config(), &mut driver, &mut seen, None);
    let mut case = Case::new(&mut world, Verb::Download);
    let path = case.world.path(&"n".repeat(255));
    case.call.set("path", path.display());
    let (answer, _) = case.run();
    assert_eq!(answer.head, "ok", "{answer}");
    drop(case);
    world.finish();
    Box::new(driver).close();
}

/// A target that becomes a folder while the file arrives.
#[test]
fn a_target_that_gets_into_the_way() {
    let mut driver = Driver::start();
    let mut seen = BTreeSet::new();
    let mut world = World::new(config(), &mut driver, &mut seen, None);
    let mut case = Case::new(&mut world, Verb::Fetch);
    let path = case.world.path("late");
    case.call.set("path", path.display());
    case.once(Action::Hold);
    let control = case.world.control.clone();
    let open = case.open.clone();
    case.world.ok(open);
    let call = case.call.clone();
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| {
            let asked = |journal: &[chatfile_emulator::Entry]| !journal.is_empty();
            assert!(
                control
                    .wait_for(std::time::Duration::from_secs(60), asked)
                    .is_some()
            );
            fs::create_dir(&path).unwrap();
            control.clear_faults();
        });
        case.world.call_unchecked(&call)
    });
    assert_eq!(answer.get("status"), Some("CHATFILE_E_SINK"), "{answer}");
    assert_eq!(case.world.names(), ["late", "picture.bmp", "target"]);
    case.world.ok(Line::new("reset"));
    drop(case);
    Box::new(driver).close();
}

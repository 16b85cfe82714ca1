//! A machine that sleeps for hours in the middle of an upload, and wakes in another network: its clocks jump, tokens and
//! signatures have expired, the connection is dead. The upload goes on.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::process::Command;
use std::time::Duration;

use chatfile_emulator::{Action, Config, Rule};
use chatfile_ffi_tests::platform::Platform;
use chatfile_ffi_tests::toolchain::Profile;
use tempfile::TempDir;

use crate::front::{Front as _, Process};
use crate::programs;
use crate::protocol::Line;
use crate::world::{MIB, World, content, upload};

const HOURS: i64 = 3 * 3600;
/// For what takes much less.
const PATIENCE: Duration = Duration::from_secs(60);

/// How far the clocks of a machine jump, in seconds.
#[derive(Debug, Clone, Copy)]
struct Jump {
    /// The clock that only goes on: it stands still while Linux and macOS sleep, and goes on on Windows.
    monotonic: i64,
    wall: i64,
}

const JUMPS: [Jump; 4] = [
    Jump {
        monotonic: 0,
        wall: HOURS,
    },
    Jump {
        monotonic: HOURS,
        wall: HOURS,
    },
    // Whose wall clock is set back at the same time, or is not to be trusted.
    Jump {
        monotonic: HOURS,
        wall: 0,
    },
    Jump {
        monotonic: 0,
        wall: -HOURS,
    },
];

/// The clocks of a driver.
struct Clocks {
    file: File,
    folder: TempDir,
}

impl Clocks {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let clocks = Self {
            file: File::create(folder.path().join("clocks")).unwrap(),
            folder,
        };
        clocks.set(Jump {
            monotonic: 0,
            wall: 0,
        });
        clocks
    }

    fn set(&self, jump: Jump) {
        let both = [jump.monotonic, jump.wall].map(i64::to_ne_bytes).concat();
        self.file.write_all_at(&both, 0).unwrap();
    }

    fn driver(&self) -> Process {
        let mut command = Command::new(programs::build("driver.c", Profile::Debug));
        command
            .env("LD_PRELOAD", programs::preloaded("clock.c"))
            .env("CHATFILE_CLOCK", self.folder.path().join("clocks"));
        Process::start(command, false)
    }
}

/// The machine sleeps while the third part of four is sent, which never arrives: says how often each of these verbs was
/// called.
fn sleeps(jump: Jump, open: fn(&World<'_>) -> Line, part: Line, verbs: &[&str]) -> Vec<usize> {
    let mut config = Config::default();
    config.openim.min_part_size = Some(20_000);
    let (clocks, mut seen) = (Clocks::new(), BTreeSet::new());
    let mut driver = clocks.driver();
    let mut world = World::new(config, &mut driver, &mut seen, None);
    let open = open(&world).with("stall_timeout_ms", 1000);
    world.ok(open);
    let stall = Action::StallReceiving { after: 1000 };
    world.fault(Rule::new(stall).verb("part_put").skip(2).times(1));
    let control = world.emulator.control();
    let stored = std::thread::scope(|scope| {
        scope.spawn(|| {
            let parts = |count| {
                control.wait_for(PATIENCE, |entries| {
                    let parts = entries.iter().filter(|entry| entry.verb == "part_put");
                    parts.count() >= count
                })
            };
            parts(2).expect("two parts arrive");
            // The service does not sleep.
            control.advance_seconds(HOURS);
            clocks.set(jump);
        });
        world.ok(part.clone())
    });
    let file = stored.get("file").unwrap();
    world.holds(file, &content(&part));
    // Nothing of before is used after another sleep: the connection is a new one.
    let journal = world.control.journal();
    let last = journal.iter().map(|entry| entry.connection).max();
    clocks.set(Jump {
        monotonic: jump.monotonic,
        wall: jump.wall + HOURS,
    });
    world.control.clear_journal();
    world.holds(file, &content(&part));
    let next = world.control.journal();
    assert!(next.iter().all(|entry| Some(entry.connection) > last));
    world.finish();
    Box::new(driver).close();
    let count = |verb: &&str| journal.iter().filter(|entry| entry.verb == **verb).count();
    verbs.iter().map(count).collect()
}

fn file_of(size: u64) -> Line {
    upload(size)
        .with("file_name", "a.bin")
        .with("parallel_parts", 1)
        .with("progress", 1)
}

#[test]
fn an_upload_to_smh_goes_on_after_hours_of_sleep() {
    if Platform::foreign().is_some() {
        return;
    }
    for jump in JUMPS {
        let part = file_of(3 * MIB + 5)
            .with("smh", 1)
            .with("method", 3)
            .with("part_size", MIB);
        // A token for half of that time, and credentials of the store for as long as SMH gives them.
        let open = |world: &World<'_>| world.smh().with("token_ttl_seconds", HOURS / 2);
        let verbs = ["part_put", "token", "renew", "confirm"];
        let found = sleeps(jump, open, part, &verbs);
        // The part that was lost, and if only the store tells that its credentials have expired, one more.
        assert!(found[0] >= 5 && found[0] <= 6, "{jump:?}: {found:?}");
        assert!(
            found[1] >= 2 && (1..=2).contains(&found[2]) && found[3] == 1,
            "{jump:?}: {found:?}"
        );
    }
}

#[test]
fn an_upload_to_openim_goes_on_after_hours_of_sleep() {
    if Platform::foreign().is_some() {
        return;
    }
    for jump in JUMPS {
        let part = file_of(70_000).with("openim", 1).with("method", 2);
        let verbs = ["part_put", "auth_sign", "complete_multipart"];
        let found = sleeps(jump, |world| world.openim(), part, &verbs);
        // Each of the four parts at most once more: a slow machine can lose more than the one that was under way.
        assert!((5..=8).contains(&found[0]), "{jump:?}: {found:?}");
        assert!(found[1] >= 1 && found[2] == 1, "{jump:?}: {found:?}");
    }
}

//! What a kill or a power cut leaves is safe to go on with: what downloads, resumes and checkpoints do to their files is
//! recorded, and after every step of it what would be there then is made, and gone on with by another process, as ALICE
//! does (Pillai et al., OSDI 2014).
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use chatfile_emulator::{Action, Config, Rule};
use chatfile_ffi_tests::platform::Platform;
use chatfile_ffi_tests::toolchain::Profile;
use tempfile::TempDir;

use crate::front::{Front, Process};
use crate::programs;
use crate::protocol::Line;
use crate::world::{MIB, World, content, error, upload};

/// What was done to a file of the folder, or to its name.
enum Step {
    Create(String),
    Write(String, usize, Vec<u8>),
    Truncate(String, usize),
    Sync(String),
    Rename(String, String),
    Unlink(String),
}

/// Reads a record of `record_files.c`.
fn steps(record: &Path) -> Vec<Step> {
    let bytes = std::fs::read(record).unwrap();
    let (mut at, mut steps) = (0, Vec::new());
    while at < bytes.len() {
        let end = at + bytes[at..].iter().position(|byte| *byte == b'\n').unwrap();
        let line = std::str::from_utf8(&bytes[at..end]).unwrap();
        at = end + 1;
        let words: Vec<&str> = line.split(' ').collect();
        let name = words[1].to_owned();
        let number = |index: usize| words[index].parse::<usize>().unwrap();
        steps.push(match words[0] {
            "create" => Step::Create(name),
            "write" => {
                let data = bytes[at..at + number(3)].to_vec();
                at += data.len();
                Step::Write(name, number(2), data)
            }
            "truncate" => Step::Truncate(name, number(2)),
            "sync" => Step::Sync(name),
            "rename" => Step::Rename(name, words[2].to_owned()),
            "unlink" => Step::Unlink(name),
            other => panic!("what is {other}?"),
        });
    }
    steps
}

/// What ends the process.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// It is killed: all that it has done is there, and the system runs on.
    Kill,
    /// The power goes, and the disk has all of it.
    PowerKeepsAll,
    /// The disk has no byte that was not synced.
    PowerLosesBytes,
    /// The disk has the lengths, and zeros for bytes that were not synced.
    PowerLeavesZeros,
    /// The disk has the bytes, and not the last name that was given or taken.
    PowerLosesName,
}

const ENDS: [End; 5] = [
    End::Kill,
    End::PowerKeepsAll,
    End::PowerLosesBytes,
    End::PowerLeavesZeros,
    End::PowerLosesName,
];

#[derive(Clone, Default)]
struct Content {
    seen: Vec<u8>,
    synced: Vec<u8>,
}

/// The files after these steps.
#[derive(Default)]
struct Disk {
    contents: Vec<Content>,
    names: BTreeMap<String, usize>,
    /// The names before the last one was given or taken.
    names_before: BTreeMap<String, usize>,
}

impl Disk {
    fn take(&mut self, step: &Step) {
        if let Step::Create(_) | Step::Rename(..) | Step::Unlink(_) = step {
            self.names_before = self.names.clone();
        }
        match step {
            Step::Create(name) => {
                self.contents.push(Content::default());
                self.names.insert(name.clone(), self.contents.len() - 1);
            }
            Step::Rename(from, to) => {
                let moved = self.names.remove(from).unwrap();
                self.names.insert(to.clone(), moved);
            }
            Step::Unlink(name) => {
                self.names.remove(name).unwrap();
            }
            Step::Write(name, at, data) => {
                let seen = &mut self.content(name).seen;
                let end = at + data.len();
                seen.resize(seen.len().max(end), 0);
                seen[*at..end].copy_from_slice(data);
            }
            Step::Truncate(name, length) => self.content(name).seen.resize(*length, 0),
            Step::Sync(name) if name == "." => {}
            Step::Sync(name) => {
                let content = self.content(name);
                content.synced.clone_from(&content.seen);
            }
        }
    }

    fn content(&mut self, name: &str) -> &mut Content {
        let at = self.names.get(name).or_else(|| self.names_before.get(name));
        &mut self.contents[*at.unwrap()]
    }

    /// What is in the folder when it ends so.
    fn left(&self, end: End) -> BTreeMap<&str, Vec<u8>> {
        let names = match end {
            End::PowerLosesName => &self.names_before,
            _ => &self.names,
        };
        let files = names.iter().map(|(name, at)| {
            let Content { seen, synced } = &self.contents[*at];
            let bytes = match end {
                End::Kill | End::PowerKeepsAll | End::PowerLosesName => seen.clone(),
                End::PowerLosesBytes => synced.clone(),
                End::PowerLeavesZeros => {
                    let mut bytes = synced.clone();
                    bytes.resize(seen.len(), 0);
                    bytes
                }
            };
            (name.as_str(), bytes)
        });
        files.collect()
    }
}

/// The folder, and who works in it.
struct Scene {
    folder: TempDir,
    record: PathBuf,
    preloaded: PathBuf,
    driver: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            record: folder.path().join("record"),
            preloaded: programs::preloaded("record_files.c"),
            driver: programs::build("driver.c", Profile::Debug),
            folder,
        }
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// A process since this boot of the system; `record` is where it is recorded.
    fn process(&self, boot: &str, record: Option<&Path>) -> Process {
        let told = self.folder.path().join(boot);
        std::fs::write(&told, format!("{boot}\n")).unwrap();
        let mut command = Command::new(&self.driver);
        command
            .env("LD_PRELOAD", &self.preloaded)
            .env("CHATFILE_FOLDER", self.place())
            .env("CHATFILE_BOOT", told);
        if let Some(record) = record {
            command.env("CHATFILE_RECORD", record);
        }
        Process::start(command, false)
    }

    fn set(&self, files: &BTreeMap<&str, Vec<u8>>) {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = std::fs::remove_dir_all(self.place());
        std::fs::create_dir(self.place()).unwrap();
        for (name, bytes) in files {
            let path = self.place().join(name);
            std::fs::write(&path, bytes).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// Records what the calls of `run` do, then replays it: after every step for which `is_wanted`, and each end of it, a call
/// of `again` is to work, and `check` to find the right bytes, or none before it.
fn replay(
    service: &crate::service::Service,
    run: &dyn Fn(&mut World<'_>, &Path),
    again: &dyn Fn(&Path) -> Line,
    is_wanted: &dyn Fn(usize, &[Step]) -> bool,
    check: &dyn Fn(&mut World<'_>, &Path, bool),
) {
    if Platform::foreign().is_some() {
        return;
    }
    let scene = Scene::new();
    std::fs::create_dir(scene.place()).unwrap();
    let mut seen = BTreeSet::new();
    let mut recorded = scene.process("before", Some(&scene.record));
    let mut world = World::new(Config::default(), &mut recorded, &mut seen, None);
    let open = (service.account)(&world).with("max_attempts", 1);
    world.call_unchecked(&open);
    run(&mut world, &scene.place());
    world.control.clear_faults();
    let mut later = ["before", "after"].map(|boot| scene.process(boot, None));
    for process in &mut later {
        process.call(&open);
    }
    let steps = steps(&scene.record);
    let mut replayed = 0;
    let mut disk = Disk::default();
    for count in 0..=steps.len() {
        if let Some(last) = count.checked_sub(1) {
            disk.take(&steps[last]);
        }
        if !is_wanted(count, &steps) {
            continue;
        }
        for end in ENDS {
            scene.set(&disk.left(end));
            check(&mut world, &scene.place(), false);
            let process = &mut later[usize::from(end != End::Kill)];
            let answer = process.call(&again(&scene.place()));
            // What has lost its name last may have nothing that tells whose it is.
            let is_known =
                end == End::PowerLosesName && answer.get("status") == Some("CHATFILE_E_SINK");
            assert!(
                answer.head == "ok" || is_known,
                "after {count} steps, {end:?}: {answer}"
            );
            check(&mut world, &scene.place(), answer.head == "ok");
            replayed += 1;
        }
    }
    assert!(replayed > 10, "only {replayed} of {} steps", steps.len());
    for process in later {
        Box::new(process).close();
    }
    world.finish();
    Box::new(recorded).close();
}

/// The right bytes have the name, or none.
fn has_right_bytes(place: &Path, expected: &[u8], is_there: bool) {
    match std::fs::read(place.join("target")) {
        Ok(bytes) => assert!(bytes == expected, "wrong bytes under the name"),
        Err(_) => assert!(!is_there, "no file"),
    }
}

/// A download that breaks off after so many bytes each time, and then comes to its end.
fn broken_download(
    service: &str,
    size: u64,
    breaks: &[u64],
    parallel: u32,
    is_wanted: &dyn Fn(usize, &[Step]) -> bool,
) {
    let service = crate::service::opened_by(service).unwrap();
    let file = std::cell::RefCell::new(String::new());
    let fetch = |place: &Path| {
        Line::new("download")
            .with("file", &*file.borrow())
            .with("sink", "path")
            .with("path", place.join("target").display())
            .with("resume", 1)
            .with("durable", 1)
            .with("parallel_parts", parallel)
    };
    let sent = upload(size).with("file_name", "a.bin");
    let expected = content(&sent);
    replay(
        service,
        &|world, place| {
            let stored = world.call_unchecked(&sent);
            file.replace(stored.get("file").unwrap().to_owned());
            for (index, after) in breaks.iter().enumerate() {
                let broken = Rule::new(Action::TruncateBody { after: *after })
                    .verb(service.fetches_by.unwrap());
                let skip = if parallel > 1 { 1 + index as u64 } else { 0 };
                world.fault(broken.skip(skip));
                let answer = world.call_unchecked(&fetch(place));
                assert_eq!(answer.head, "error", "{answer}");
                world.control.clear_faults();
            }
            let answer = world.call_unchecked(&fetch(place));
            assert_eq!(answer.head, "ok", "{answer}");
        },
        &fetch,
        is_wanted,
        &|_, place, is_there| has_right_bytes(place, &expected, is_there),
    );
}

#[test]
fn a_download_survives_a_crash_after_each_step() {
    broken_download("netease", 400_000, &[250_000, 100_000], 1, &|_, _| true);
}

#[test]
fn a_download_side_by_side_survives_a_crash_after_each_step() {
    // Of the writes every 32nd.
    broken_download(
        "netease",
        5 * MIB,
        &[500_000, 500_000],
        4,
        &|count, steps| {
            let is_write =
                |step: &Step| matches!(step, Step::Write(name, ..) if name == "target.part");
            count % 32 == 0 || count == steps.len() || !is_write(&steps[count])
        },
    );
}

#[test]
fn a_download_that_was_synced_on_the_way_survives_a_crash() {
    // The part is synced each time 64 MiB have come: what follows that, and the end.
    // Whose CRC-64 tells other bytes, too.
    broken_download("smh", 66 * MIB, &[65 * MIB], 1, &|count, steps| {
        let last = count.checked_sub(1).map(|last| &steps[last]);
        matches!(last, Some(Step::Sync(name)) if !name.ends_with("json"))
    });
}

#[test]
fn an_upload_with_a_checkpoint_survives_a_crash_after_each_step() {
    let service = crate::service::opened_by("smh").unwrap();
    let sent = upload(4 * MIB + 5)
        .with("file_name", "a.bin")
        .with("smh", 1)
        .with("method", 3)
        .with("part_size", MIB)
        .with("conflict", 2)
        .with("skip_instant", 1);
    let expected = content(&sent);
    let line = |place: &Path| {
        sent.clone()
            .with("checkpoint", place.join("checkpoint").display())
    };
    replay(
        service,
        &|world, place| {
            for parallel in [1, 4] {
                let broken = Rule::new(error("EntityTooLarge")).verb("part_put");
                world.fault(broken.skip(1));
                let answer = world.call_unchecked(&line(place).with("parallel_parts", parallel));
                assert_eq!(answer.head, "error", "{answer}");
                world.control.clear_faults();
            }
            let answer = world.call_unchecked(&line(place));
            assert_eq!(answer.head, "ok", "{answer}");
        },
        &line,
        &|_, _| true,
        &|world, _, is_there| {
            if is_there {
                world.holds("a.bin", &expected);
            }
        },
    );
}

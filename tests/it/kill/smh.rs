//! Uploads in parts to SMH.

use super::kit::{bytes_sent, names, parts_sent};
use super::*;
use chatfile::{DownloadOptions, Sink};
use chatfile_emulator::{Config, Control, Emulator};
use std::collections::BTreeSet;
use std::path::Path;

/// What the service has of an upload.
#[derive(Default)]
struct Found {
    /// The parts that are there of uploads that are not over.
    parts: BTreeSet<u32>,
    /// Uploads that are not over, and have no part.
    empty: usize,
    confirmed: bool,
}

/// As it lies in the emulator's folder, where everything appears at once or not at all.
fn look(control: &Control) -> Found {
    let folder = control.folder().join("smh");
    let mut found = Found::default();
    for name in names(&folder.join("uploads")) {
        let text = std::fs::read_to_string(folder.join("uploads").join(name)).unwrap();
        if !text.contains("\"confirmed\":null") {
            found.confirmed = true;
            continue;
        }
        let (_, object) = text.split_once("\"object\":\"").unwrap();
        let (object, _) = object.split_once('"').unwrap();
        let parts = parts_in(&folder.join("objects").join(object));
        found.empty += usize::from(parts.is_empty());
        found.parts.extend(parts);
    }
    found
}

fn parts_in(folder: &Path) -> Vec<u32> {
    let parts = names(folder).into_iter().filter_map(|name| {
        let name = name.strip_suffix(".part")?;
        name.split('_').next()?.parse().ok()
    });
    parts.collect()
}

#[test]
fn an_upload_in_parts_survives_a_kill() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let control = emulator.control();
    let folder = Folder::new("smh-upload");
    let mut forgotten = 0;
    let outcomes = rounds("SMH upload", 200, |random| {
        control.reset().unwrap();
        let size = 2 * child::SMH_PART + 1 + random.below(2 * child::SMH_PART);
        let data = random.bytes(size as usize);
        let count = size.div_ceil(child::SMH_PART) as u32;
        let job = Job {
            kind: Kind::SmhUpload,
            base_url: emulator.base_url(),
            path: folder.0.join("source"),
            name: "a file.bin".into(),
        };
        std::fs::write(&job.path, &data).unwrap();
        // A token, the state or the beginning, the parts, the confirmation.
        let moments = Moment::several(random, u64::from(count) + 3, size);
        let mut before = Found::default();
        // What the service had is not sent again, neither by those who are
        // killed in their turn, nor in the end.
        let missing = |had: &Found| -> Vec<_> {
            (1..=count)
                .filter(|number| !had.confirmed && !had.parts.contains(number))
                .map(|number| (number, true))
                .collect()
        };
        for moment in &moments {
            Victim::start(&job).kill_at(*moment, &control, &folder, || bytes_sent(&control));
            settle(&emulator);
            let may_be_sent = missing(&before);
            for (number, _) in parts_sent(&control) {
                assert!(
                    may_be_sent.contains(&(number, true)),
                    "{number} {moments:?}"
                );
            }
            before = look(&control);
            control.clear_journal();
        }

        let stored = job.run().unwrap();
        assert_eq!(stored, job.name, "{moments:?}");
        assert_eq!(parts_sent(&control), missing(&before), "{moments:?}");
        // The library's own check is by CRC-64; this one is of each byte.
        let download = job
            .client()
            .download(&job.name, Sink::buffer(), DownloadOptions::default());
        assert!(download.unwrap().data.unwrap() == data, "{moments:?}");
        assert_eq!(folder.names(), ["source"], "{moments:?}");
        let after = look(&control);
        assert!(after.parts.is_empty(), "{moments:?}");
        // The answer that would have named it never arrived.
        assert!(after.empty <= moments.len(), "{moments:?}");
        forgotten += after.empty;
        settle(&emulator);
        match (before.confirmed, before.parts.len()) {
            (true, _) => "all of it".to_owned(),
            (false, parts) => format!("{parts} parts"),
        }
    });
    eprintln!("SMH upload: {forgotten} uploads without parts are left that no answer had named");
    let middle = outcomes
        .iter()
        .filter(|(outcome, _)| !["0 parts", "all of it"].contains(&outcome.as_str()));
    let total: u64 = outcomes.iter().map(|(_, times)| times).sum();
    let between: u64 = middle.map(|(_, times)| times).sum();
    assert!(
        between * 5 >= total || total < 50,
        "moments are not spread: {outcomes:?}"
    );
}

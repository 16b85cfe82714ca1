//! Uploads in parts to OpenIM.

use super::kit::{bytes_sent, names, parts_sent};
use super::*;
use chatfile::{DownloadOptions, Sink};
use chatfile_emulator::{Config, Control, Emulator};
use std::collections::BTreeSet;
use std::path::Path;

const PART: u64 = 256 * 1024;

/// The default.
const PARALLEL: usize = 4;

/// Unfinished uploads, and parts of them, as they lie in the emulator's folder.
fn look(control: &Control) -> (usize, usize) {
    let names = names(&control.folder().join("files"));
    let count = |prefix: &str| {
        let is_one = |name: &&String| name.starts_with(prefix) && name.ends_with(".json");
        names.iter().filter(is_one).count()
    };
    (count("openim-upload-"), count("openim-part-"))
}

/// The parts that the checkpoint names.
fn recorded(checkpoint: &Path) -> BTreeSet<u32> {
    let text = std::fs::read_to_string(checkpoint).unwrap_or_default();
    // A last line without an end was cut off.
    let whole = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    let number = |line: &str| {
        line.strip_prefix("{\"part\":")?
            .split_once(',')?
            .0
            .parse()
            .ok()
    };
    whole.filter_map(number).collect()
}

/// What is known of an upload after a kill.
#[derive(Default)]
struct Known {
    /// The parts that the checkpoint names.
    recorded: BTreeSet<u32>,
    /// The parts that the server has taken.
    taken: BTreeSet<u32>,
    is_complete: bool,
}

impl Known {
    fn and_after(self, job: &Job, control: &Control) -> Self {
        let taken = parts_sent(control).into_iter();
        let taken = taken.filter_map(|(number, is_taken)| is_taken.then_some(number));
        let completions = kit::entries(control, "complete_multipart");
        Self {
            recorded: recorded(&job.checkpoint()),
            taken: taken.chain(self.taken).collect(),
            is_complete: self.is_complete || completions.iter().any(|e| e.status == Some(200)),
        }
    }

    /// Looks at what was sent after the kill; returns how many parts were sent
    /// for a second time.
    fn check(&self, control: &Control, count: u32, is_last: bool, moments: &[Moment]) -> usize {
        let sent = parts_sent(control);
        if self.is_complete {
            assert_eq!(sent, [], "{moments:?}");
            return 0;
        }
        // All that the checkpoint does not name, each once.
        let missing: Vec<_> = (1..=count)
            .filter(|number| !self.recorded.contains(number))
            .map(|number| (number, true))
            .collect();
        if is_last {
            assert_eq!(sent, missing, "{moments:?}");
        }
        for (number, _) in &sent {
            assert!(missing.contains(&(*number, true)), "{number} {moments:?}");
        }
        // OpenIM cannot be asked what it has. A part whose answer was on its way
        // when the process died, or was not written down yet, is sent again: no
        // more than there are at once.
        let again = sent
            .iter()
            .filter(|(number, _)| self.taken.contains(number));
        let again = again.count();
        assert!(again <= PARALLEL, "{again} parts again, {moments:?}");
        again
    }
}

#[test]
fn an_upload_in_parts_survives_a_kill() {
    let mut config = Config::default();
    config.openim.min_part_size = Some(PART);
    let emulator = Emulator::start(config).unwrap();
    let control = emulator.control();
    let folder = Folder::new("openim-upload");
    let mut forgotten = 0;
    let mut twice = 0;
    let outcomes = rounds("OpenIM upload", 60, |random| {
        control.reset().unwrap();
        // More than are signed at once.
        let size = 21 * PART + 1 + random.below(6 * PART);
        let data = random.bytes(size as usize);
        let count = size.div_ceil(PART) as u32;
        let job = Job {
            kind: Kind::OpenimUpload,
            base_url: emulator.base_url(),
            path: folder.0.join("source"),
            name: "a file.bin".into(),
        };
        std::fs::write(&job.path, &data).unwrap();
        // A token, the size of parts, the beginning, more signatures, the completion.
        let moments = Moment::several(random, u64::from(count) + 5, size);
        let mut before = Known::default();
        for moment in &moments {
            Victim::start(&job).kill_at(*moment, &control, &folder, || bytes_sent(&control));
            settle(&emulator);
            twice += before.check(&control, count, false, &moments);
            before = before.and_after(&job, &control);
            control.clear_journal();
        }
        let (_, parts) = look(&control);

        let stored = job.run().unwrap();
        assert_eq!(stored, "imAdmin/a file.bin", "{moments:?}");
        twice += before.check(&control, count, true, &moments);
        let download = job
            .client()
            .download(&stored, Sink::buffer(), DownloadOptions::default());
        assert!(download.unwrap().data.unwrap() == data, "{moments:?}");
        assert_eq!(folder.names(), ["source"], "{moments:?}");
        let (uploads, left) = look(&control);
        assert_eq!(left, 0, "{moments:?}");
        // The answer that would have named it never arrived.
        assert!(uploads <= moments.len(), "{moments:?}");
        forgotten += uploads;
        settle(&emulator);
        match parts as u64 * PART * 4 / size {
            _ if before.is_complete => "all of it",
            _ if parts == 0 => "nothing",
            0 => "1/4",
            1 => "2/4",
            2 => "3/4",
            _ => "4/4",
        }
    });
    eprintln!(
        "OpenIM upload: {twice} parts were sent twice, {forgotten} uploads without parts are left"
    );
    let quarters = outcomes
        .iter()
        .filter(|(outcome, _)| outcome.ends_with("/4"));
    let total: u64 = outcomes.iter().map(|(_, times)| times).sum();
    let between: u64 = quarters.map(|(_, times)| times).sum();
    assert!(
        between * 5 >= total || total < 50,
        "moments are not spread: {outcomes:?}"
    );
}

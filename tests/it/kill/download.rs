//! Downloads from SMH, which are verified by their CRC-64.

use super::child::beside;
use super::kit::entries;
use super::*;
use chatfile::{SmhUpload, Source, UploadOptions};
use chatfile_emulator::{Config, Emulator};

#[test]
fn a_download_survives_a_kill() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let control = emulator.control();
    let folder = Folder::new("smh-download");
    let size = 5 * 1024 * 1024 + 321_u64;
    let data = Random::new(1).bytes(size as usize);
    let job = Job {
        kind: Kind::SmhDownload,
        base_url: emulator.base_url(),
        path: folder.0.join("target"),
        name: "a file.bin".into(),
    };
    let options = UploadOptions::default()
        .file_name(job.name.clone())
        .service(SmhUpload::default());
    job.client().upload(Source::bytes(&data), options).unwrap();
    settle(&emulator);
    let part = beside(&job.path, "part");
    let length = || std::fs::metadata(&part).map_or(0, |metadata| metadata.len());
    let outcomes = rounds("SMH download", 200, |random| {
        // A token, the redirect, the store.
        let moments = Moment::several(random, 3, size);
        for moment in &moments {
            control.clear_journal();
            // Those that go on have something already.
            let before = length();
            Victim::start(&job).kill_at(*moment, &control, &folder, || {
                if job.path.exists() {
                    size
                } else {
                    length() - before.min(length())
                }
            });
            settle(&emulator);
        }
        let (before, was_there) = (length(), job.path.exists());
        control.clear_journal();

        job.run().unwrap();
        assert!(std::fs::read(&job.path).unwrap() == data, "{moments:?}");
        // It goes on where the bytes end; the last one is asked for in any case.
        let gets = entries(&control, "get");
        assert_eq!(gets.len(), 1, "{moments:?}");
        let range = (before > 0).then(|| format!("bytes={}-", before.min(size - 1)));
        assert_eq!(gets[0].header("range"), range.as_deref(), "{moments:?}");
        let status = if before > 0 { 206 } else { 200 };
        assert_eq!(gets[0].status, Some(status), "{moments:?}");
        assert_eq!(folder.names(), ["target"], "{moments:?}");
        std::fs::remove_file(&job.path).unwrap();
        settle(&emulator);
        match before {
            _ if was_there => "all of it".to_owned(),
            0 => "nothing".to_owned(),
            some => format!("{}/8", 1 + (some - 1) * 8 / size),
        }
    });
    let eighths = outcomes
        .iter()
        .filter(|(outcome, _)| outcome.ends_with("/8"));
    let total: u64 = outcomes.iter().map(|(_, times)| times).sum();
    let between: u64 = eighths.map(|(_, times)| times).sum();
    assert!(
        between * 5 >= total || total < 50,
        "moments are not spread: {outcomes:?}"
    );
}

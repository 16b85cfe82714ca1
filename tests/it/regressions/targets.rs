//! A target that no file can be put at is found before anything is asked for.

use super::kit::{Folder, easemob, emulator, options};
use chatfile::{DownloadOptions, Sink, Status};

#[test]
fn an_impossible_one_costs_no_request() {
    let emulator = emulator();
    let client = easemob(&emulator, options());
    let folder = Folder::new("targets");
    std::fs::create_dir(folder.join("folder")).unwrap();
    let mut targets = vec![
        "".into(),
        "/".into(),
        "..".into(),
        folder.join("folder"),
        folder.join("a/"),
        folder.join("a/."),
        folder.join("missing/a"),
        folder.join(&"x".repeat(300)),
    ];
    if cfg!(windows) {
        targets.extend(["aa:stream", "nul", "COM1.txt", "con ."].map(|name| folder.join(name)));
    }
    let before = folder.names();
    for resume in [false, true] {
        // Only what is not finished has the longer name.
        if resume {
            targets.push(folder.join(&"x".repeat(250)));
        }
        for target in &targets {
            let options = DownloadOptions::default().resume(resume);
            let error = client
                .download("5f", Sink::path(target), options)
                .unwrap_err();
            let context = format!("{}: {error}", target.display());
            assert_eq!(error.status(), Status::Sink, "{context}");
            assert_eq!(error.field(), Some("sink.path"), "{context}");
            assert_eq!(error.attempts(), 0, "{context}");
        }
    }
    assert_eq!(folder.names(), before);
    // Not even for a token.
    assert!(emulator.control().journal().is_empty());
}

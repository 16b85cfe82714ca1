//! What holds for the presigned requests of all services.

use crate::random::pattern;
use crate::{openim, smh};
use chatfile::{Client, ClientOptions, DownloadOptions, Sink, Source, Status, UploadOptions};
use chatfile_emulator::{Action, Rule};

/// At the services whose addresses of files are signed anew each time, and what the emulator
/// calls fetching from there.
#[test]
fn a_download_that_is_presigned_anew_goes_on() {
    let (at_smh, at_openim) = (smh::emulator(|_| {}), openim::emulator(|_| {}));
    for (name, emulator, client, verb) in [
        ("smh", &at_smh, smh::client(&at_smh), "get"),
        (
            "openim",
            &at_openim,
            openim::alice(&at_openim),
            "storage_get",
        ),
    ] {
        let control = emulator.control();
        let anyone = Client::without_service(ClientOptions::default().max_attempts(1)).unwrap();
        let data = pattern(1_000_000);
        let named = UploadOptions::default().file_name("a.png");
        let stored = client.upload(Source::bytes(&data), named).unwrap();
        let target =
            std::env::temp_dir().join(format!("chatfile-anew-{name}-{}", std::process::id()));
        let get = || {
            let options = DownloadOptions::default();
            let presigned = client.presign_download(&stored.file, options).unwrap();
            let options = DownloadOptions::default().resume(true);
            let got = anyone.receive_presigned(&presigned, Sink::path(&target), options);
            (presigned.url().to_owned(), got)
        };
        let cut = Action::TruncateBody { after: 300_000 };
        control
            .add_fault(Rule::new(cut).verb(verb).times(1))
            .unwrap();
        let (first, broken) = get();
        assert_eq!(broken.unwrap_err().status(), Status::Truncated, "{name}");
        control.advance_seconds(5);
        control.clear_journal();
        let (second, got) = get();
        got.unwrap();
        assert_ne!(first, second);
        let journal = control.journal();
        let entry = journal.iter().find(|entry| entry.verb == verb).unwrap();
        assert_eq!(entry.status, Some(206), "{name}");
        assert!(std::fs::read(&target).unwrap() == data, "{name}");
        std::fs::remove_file(&target).unwrap();
    }
}

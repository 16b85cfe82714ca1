//! What is there, but for what the table of cases has: a deletion that nobody hears of.

use super::*;
use chatfile::{DeleteOptions, Status};
use chatfile_emulator::Canned;

/// The first attempt is damaged, and says so; the second is damaged and states nothing.
#[test]
fn a_second_attempt_is_compared_as_the_first() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    upload(&client, "a", b"right", SmhUpload::default()).unwrap();
    for headers in [vec![("x-cos-hash-crc64ecma", "1")], vec![]] {
        let rule = Rule::new(Action::Answer(Canned {
            status: 200,
            headers: headers
                .into_iter()
                .map(|(n, v)| (n.into(), v.into()))
                .collect(),
            content_type: Some("text/plain".into()),
            body: "wrong".into(),
            ..Canned::default()
        }));
        emulator
            .control()
            .add_fault(rule.service("cos").verb("get").times(1))
            .unwrap();
    }
    let got = client.download("a", Sink::buffer(), DownloadOptions::default());
    assert_eq!(got.unwrap().data.unwrap(), b"right");
}

#[test]
fn a_deletion_whose_answer_is_lost_is_one() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let delete = |path: &str| client.delete(path, DeleteOptions::default());
    for lost in [
        Action::CloseBeforeAnswer { handle: true },
        Action::TruncateBody { after: 5 },
    ] {
        upload(&client, "a", b"x", SmhUpload::default()).unwrap();
        fault(&emulator, "delete", lost);
        assert!(delete("a").is_ok());
        assert!(!client.exists("a", Default::default()).unwrap());
    }
    // What was never there is not deleted, nor is what another call has deleted.
    let error = delete("a").unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
}

//! What is there, but for what the table of cases has: a deletion that nobody hears of.

use super::*;
use chatfile::{DeleteOptions, Status};

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

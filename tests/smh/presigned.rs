//! Presigned uploads, and what completes them.

use super::*;
use chatfile::{Presigned, Status};

fn sent(client: &Client, data: &[u8]) -> Presigned {
    let size = Some(data.len() as u64);
    let presigned = client.presign_upload(size, named("a", SmhUpload::default()));
    let presigned = presigned.unwrap();
    let anyone = Client::without_service(options()).unwrap();
    anyone
        .send_presigned(&presigned, Source::bytes(data), UploadOptions::default())
        .unwrap();
    presigned
}

#[test]
fn to_complete_an_upload_twice_does_no_harm() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(1000);
    let presigned = sent(&client, &data);
    // The answer to the first attempt is lost.
    fault(
        &emulator,
        "confirm",
        Action::CloseBeforeAnswer { handle: true },
    );
    for _ in 0..2 {
        let done = client.complete_presigned(&presigned, None).unwrap();
        assert_eq!((done.file.as_str(), done.size), ("a", 1000));
    }
    assert_eq!(fetch(&client, "a"), data);
}

#[test]
fn other_bytes_than_were_announced_are_told() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let presigned = sent(&client, &pattern(1000)).to_json();
    let announced = presigned.replace("\"max_size\":1000", "\"max_size\":999");
    let announced = Presigned::from_json(&announced).unwrap();
    let error = client.complete_presigned(&announced, None).unwrap_err();
    assert_eq!(error.status(), Status::Integrity, "{error}");
}

//! What a message says of a source that gives its bytes once.

use chatfile::{Client, ClientOptions, MessageKind, Netease, Presigned, Source, UploadOptions};
use chatfile_emulator::{Config, Emulator};

/// A JPEG of 640 × 480 pixels, but for what would be seen: its size stands behind as much as cameras put there.
fn photo() -> Vec<u8> {
    let mut jpeg = b"\xff\xd8".to_vec();
    for _ in 0..3 {
        jpeg.extend(b"\xff\xe2\xff\xff");
        jpeg.extend([7; 0xffff - 2]);
    }
    jpeg.extend(b"\xff\xc0\x00\x11\x08\x01\xe0\x02\x80\x03");
    jpeg.resize(300_000, 7);
    jpeg
}

fn netease(emulator: &Emulator) -> Client {
    let defaults = Config::default().netease;
    let config = Netease::new(defaults.app_key, defaults.app_secret)
        .base_url(format!("{}/nimserver", emulator.base_url()));
    Client::netease(config, ClientOptions::default()).unwrap()
}

#[test]
fn what_was_presigned_says_what_the_message_is_about() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let named = UploadOptions::default().file_name("cat.jpg");
    let presigned = netease(&emulator).presign_upload(None, named).unwrap();
    let presigned = Presigned::from_json(&presigned.to_json()).unwrap();
    let sender = Client::without_service(ClientOptions::default()).unwrap();
    let options = UploadOptions::default().message(MessageKind::Automatic);
    let source = Source::bytes(b"no picture");
    let stored = sender.send_presigned(&presigned, source, options).unwrap();
    assert_eq!(stored.message_type.as_deref(), Some("1"));
    let message = stored.message.unwrap();
    assert!(message.contains(r#""name":"cat.jpg""#), "{message}");
    assert!(message.contains(r#""ext":"jpg""#), "{message}");
}

#[test]
fn a_photo_that_cannot_be_read_twice_says_its_size_and_arrives_whole() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let client = netease(&emulator);
    let photo = photo();
    let source = Source::reader(&photo[..], photo.len() as u64);
    let options = UploadOptions::default().message(MessageKind::Automatic);
    let stored = client.upload(source, options).unwrap();
    assert_eq!(stored.message_type.as_deref(), Some("1"));
    let message = stored.message.unwrap();
    assert!(
        message.contains(r#""ext":"jpg","size":300000,"w":640,"h":480"#),
        "{message}"
    );
    let sink = chatfile::Sink::buffer();
    let back = client.download(&stored.file, sink, chatfile::DownloadOptions::default());
    assert!(back.unwrap().data.unwrap() == photo, "other bytes");
}

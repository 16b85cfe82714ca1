//! Names of every kind: their URLs, and what they say of the file.

use super::*;
use chatfile::Presigned;

/// With all that a URL cannot hold, or takes for something else.
const NAMES: [&str; 8] = [
    "my photo.png",
    "图片 ü 😀.png",
    "a<b>c`d.txt",
    "a\"b\\c^d{e}f[g]h|i.txt",
    "100%.txt",
    "100%25?x=1#y.txt",
    "a+b&c=d;e@f:g,h!i$j*k'(l)~.txt",
    "a/%2F/%zz/ b ",
];

/// What RFC 3986 lets stand in a path, without what begins something else.
fn assert_path(path: &str) {
    let mut left = path.bytes();
    while let Some(byte) = left.next() {
        if byte == b'%' {
            let hex = [left.next(), left.next()];
            let is_hex = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_hexdigit());
            assert!(hex.into_iter().all(is_hex), "{path}");
        } else {
            let is_fine = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte);
            assert!(is_fine, "{path}");
        }
    }
}

#[test]
fn the_url_of_every_name_can_be_used_by_everybody() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let anyone = Client::without_service(options()).unwrap();
    for (index, name) in NAMES.into_iter().enumerate() {
        let data = pattern(1000 + index);
        let presigned = client.presign_upload(Some(data.len() as u64), named(name));
        let presigned = Presigned::from_json(&presigned.unwrap().to_json()).unwrap();
        anyone
            .send_presigned(&presigned, Source::bytes(&data), UploadOptions::default())
            .unwrap();
        for stored in [
            client.upload(Source::bytes(&data), by_form(name)),
            client.upload(Source::bytes(&data), named(name)),
            // There already.
            client.upload(Source::bytes(&data), named(name)),
            client.complete_presigned(&presigned, Default::default()),
        ] {
            let stored = stored.unwrap();
            assert_eq!(stored.file, format!("alice/{name}"));
            let url = stored.url.unwrap();
            let base = format!("{}/object/", emulator.base_url());
            assert_path(url.strip_prefix(&base).unwrap());
            assert!(fetch(&client, &url) == data, "{url}");
            assert!(fetch(&client, &stored.file) == data, "{name}");
            // As the server names it.
            let raw = format!("{base}{}", stored.file);
            if !name.contains("100%25") && !name.contains("%2F") {
                assert!(fetch(&client, &raw) == data, "{raw}");
            }
            let public = client.presign_download(&url, DownloadOptions::default());
            let got = anyone.receive_presigned(
                &public.unwrap(),
                Sink::buffer(),
                DownloadOptions::default(),
            );
            assert!(got.unwrap().data.unwrap() == data, "{url}");
        }
    }
}

#[test]
fn a_name_that_no_url_can_hold_is_refused() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    for name in ["..", ".", "a/../b", "a/./b", "../bob/x"] {
        let full = format!("alice/{name}");
        let by_name = with(OpenimUpload::default().name(full.clone()));
        let data = Source::bytes(b"x");
        let presigned = client.presign_upload(Some(1), named(name));
        for (error, field) in [
            (client.upload(data, named(name)).unwrap_err(), "file_name"),
            (
                client.upload(Source::bytes(b"x"), by_name).unwrap_err(),
                "name",
            ),
            (presigned.err().unwrap(), "file_name"),
        ] {
            assert_eq!(
                (error.status(), error.field()),
                (Status::Argument, Some(field)),
                "{error}"
            );
        }
        // What another client has stored, a URL would not lead to.
        let error = download(&client, &full).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Argument, Some("file"))
        );
    }
    assert!(emulator.control().journal().is_empty());
    let error = client
        .presign_download("alice/..", DownloadOptions::default())
        .err()
        .unwrap();
    assert_eq!(error.status(), Status::NotFound, "{error}");
}

#[test]
fn the_media_type_is_that_of_the_name() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    for (index, (name, media_type, expected)) in [
        (Some("alice/a.png"), None, "image/png"),
        (Some("alice/b.c/a"), None, "text/plain"),
        (Some("alice/a.unknown"), None, "application/octet-stream"),
        (Some("alice/a.png"), Some("image/webp"), "image/webp"),
        (None, None, "text/plain"),
    ]
    .into_iter()
    .enumerate()
    {
        for method in [OpenimUploadMethod::Automatic, OpenimUploadMethod::Form] {
            let mut options = named("source.txt").service({
                let mut options = OpenimUpload::default().method(method);
                options.name = name.map(Into::into);
                options
            });
            options.media_type = media_type.map(Into::into);
            let data = pattern(10 + index);
            let stored = client.upload(Source::bytes(&data), options).unwrap();
            let got = download(&client, &stored.file).unwrap();
            assert_eq!(got.media_type.as_deref(), Some(expected), "{name:?}");
        }
    }
}

//! Downloads and thumbnails.

use super::*;
use chatfile_emulator::OpenimServer;

#[test]
fn an_unknown_name_is_not_found() {
    for unknown in [OpenimServer::Release, OpenimServer::Main] {
        let emulator = emulator(|config| config.server = unknown);
        let client = alice(&emulator);
        let error = download(&client, "alice/nothing").unwrap_err();
        assert_eq!(
            (error.status(), error.http_status()),
            (Status::NotFound, Some(404)),
            "{error}"
        );
        let error = client
            .presign_download("alice/nothing", DownloadOptions::default())
            .err()
            .unwrap();
        assert_eq!(error.status(), Status::NotFound, "{error}");
    }
}

#[test]
fn a_broken_download_goes_on_where_it_broke_off() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let data = pattern(1_000_000);
    let stored = upload(&client, &data).unwrap();
    emulator.control().clear_journal();
    fault(
        &emulator,
        "storage_get",
        Action::TruncateBody { after: 600_000 },
    );
    let got = download(&client, &stored.file).unwrap();
    assert!(got.data.unwrap() == data);
    assert_eq!(got.attempts, 2);
    assert_eq!(got.media_type.as_deref(), Some("image/png"));
    let journal = emulator.control().journal();
    let ranges: Vec<_> = journal
        .iter()
        .filter(|entry| entry.verb == "storage_get")
        .map(|entry| (entry.header("range"), entry.status))
        .collect();
    assert_eq!(ranges[0], (None, Some(200)));
    assert!(
        ranges[1].0.is_some() && ranges[1].1 == Some(206),
        "{ranges:?}"
    );
}

/// A grey image of so many pixels, in a PNG that is not compressed.
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| {
                (c >> 1) ^ (0xEDB8_8320 * (c & 1))
            })
        })
    }
    let row = |y: u32| std::iter::once(0).chain((0..width).map(move |x| (x ^ y) as u8));
    let raw: Vec<u8> = (0..height).flat_map(row).collect();
    let (a, b) = raw.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    // One stored block: at most 65,535 bytes.
    let length = u16::try_from(raw.len()).unwrap();
    let data = [
        &[0x78, 0x01, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        &raw,
        &(b << 16 | a).to_be_bytes(),
    ]
    .concat();
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[8, 0, 0, 0, 0],
    ]
    .concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", header), (b"IDAT", data), (b"IEND", Vec::new())] {
        let chunk = [&kind[..], &body].concat();
        out.extend((body.len() as u32).to_be_bytes());
        out.extend(&chunk);
        out.extend(crc(&chunk).to_be_bytes());
    }
    out
}

#[test]
fn an_address_that_has_expired_is_asked_for_again() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let data = pattern(10_000);
    let stored = upload(&client, &data).unwrap();
    fault(
        &emulator,
        "storage_get",
        xml("AccessDenied", "Request has expired"),
    );
    let got = download(&client, &stored.file).unwrap();
    assert_eq!((got.attempts, got.data.unwrap()), (2, data));
}

/// Each address is good for a while only, as one of a store is that is asked for many ranges.
#[test]
fn addresses_that_expire_while_ranges_come_are_asked_for_again() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let data = pattern(5 * 1024 * 1024);
    let stored = upload(&client, &data).unwrap();
    let over = Rule::new(xml("AccessDenied", "Request has expired"));
    for skipped in [2, 5, 8, 11, 14] {
        let over = over.clone().service("openim").verb("storage_get");
        emulator
            .control()
            .add_fault(over.times(1).skip(skipped))
            .unwrap();
    }
    let folder = std::env::temp_dir().join(format!("chatfile-expiring-{}", std::process::id()));
    let options = DownloadOptions::default().parallel_parts(3);
    client
        .download(&stored.file, Sink::path(&folder), options)
        .unwrap();
    let got = std::fs::read(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    assert!(got == data);
}

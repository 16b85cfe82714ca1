//! Easemob: what goes up comes down again.

use chatfile_emulator::RestrictAccess;

use super::cases;
use crate::protocol::{Crc32, Line};
use crate::world::{
    MIB, World, content, download, download_to, picture, upload, upload_callback, upload_one_way,
};

cases![
    round_trip::<0>,
    round_trip::<1>,
    round_trip::<1000>,
    round_trip::<131_071>,
    round_trip::<131_072>,
    round_trip::<131_073>,
    the_limit_itself_is_taken,
    one_byte_past_the_limit_is_refused_unsent,
    a_raised_limit_is_used: |config| config.easemob.max_upload = 11 * MIB,
    a_lowered_limit_is_used,
    every_source_reaches_every_sink,
    a_source_in_small_pieces,
    a_download_replaces_the_old_file,
    the_name_comes_from_the_path,
    the_media_type_is_guessed_or_given,
    a_restricted_file_needs_its_secret,
    a_secret_in_the_url_is_used_and_not_sent_in_one,
    an_unrestricted_file_has_no_secret,
    what_cannot_be_restricted_is_no_success: |config| {
        config.easemob.restrict_access = RestrictAccess::Disabled;
    },
    thumbnails_have_the_size_asked_for,
    a_file_without_thumbnail_comes_as_it_is,
    a_file_is_named_by_uuid_or_url,
    the_host_of_a_url_does_not_get_the_token: |config| {
        config.easemob.public_base = Some("https://elsewhere.invalid".into());
    },
    no_options_at_all,
    the_user_agent_is_sent,
    capabilities,
];

fn round_trip<const SIZE: u64>(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(SIZE).with("progress", 1);
    let stored = world.ok(line.clone());
    assert_eq!(stored.number("size"), i64::try_from(SIZE).unwrap());
    assert_eq!(stored.number("attempts"), 1);
    let content = content(&line);
    world.holds(stored.get("file").unwrap(), &content);
    let target = world.path("target");
    let line = download_to(stored.get("file").unwrap(), &target).with("progress", 1);
    assert_eq!(world.ok(line).number("attempts"), 1);
    assert!(std::fs::read(&target).unwrap() == content, "other bytes");
    let requests = world.control.journal();
    let verbs: Vec<&str> = requests.iter().map(|entry| entry.verb.as_str()).collect();
    assert_eq!(verbs, ["token", "upload", "download", "download"]);
}

fn the_limit_itself_is_taken(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(10 * MIB).with("progress", 1);
    let stored = world.ok(line.clone());
    world.holds(stored.get("file").unwrap(), &content(&line));
}

fn one_byte_past_the_limit_is_refused_unsent(world: &mut World<'_>) {
    world.open_easemob();
    let path = world.file("large", 1, 10 * MIB + 1);
    let by_path = Line::new("upload")
        .with("source", "path")
        .with("path", path.display());
    for line in [by_path, upload(10 * MIB + 1), upload_callback(10 * MIB + 1)] {
        world.fails_unsent(line.with("progress", 1), "LIMIT", "source");
    }
    assert!(
        world.control.journal().is_empty(),
        "not even a token is fetched"
    );
}

fn a_raised_limit_is_used(world: &mut World<'_>) {
    world.open_easemob_with("max_upload_size", 11 * MIB);
    let line = upload_callback(10 * MIB + 1);
    let stored = world.ok(line.clone());
    world.holds(stored.get("file").unwrap(), &content(&line));
    world.fails_unsent(upload_callback(11 * MIB + 1), "LIMIT", "source");
}

fn a_lowered_limit_is_used(world: &mut World<'_>) {
    world.open_easemob_with("max_upload_size", 1000);
    world.ok(upload(1000));
    let answer = world.fails_unsent(upload(1001), "LIMIT", "source");
    let told = (answer.number("limit"), answer.number("actual"));
    assert_eq!(told, (1000, 1001));
}

fn every_source_reaches_every_sink(world: &mut World<'_>) {
    world.open_easemob();
    const SIZE: u64 = 200_000;
    let path = world.file("source.bin", 200, SIZE);
    let by_path = Line::new("upload")
        .with("source", "path")
        .with("path", path.display());
    let expected = std::fs::read(&path).unwrap();
    let sum = Crc32::of(&expected);
    let seeded = |line: Line| line.with("seed", 200).with("progress", 1);
    for line in [
        by_path.with("progress", 1),
        seeded(upload(SIZE)),
        seeded(upload_callback(SIZE)),
        seeded(upload_one_way(SIZE)),
    ] {
        let stored = world.ok(line);
        let file = stored.get("file").unwrap();
        let to_buffer = world.ok(download(file).with("progress", 1));
        assert_eq!(to_buffer.get("sum"), Some(sum.as_str()));
        let to_callback = world.ok(download(file).with("sink", "callback").with("progress", 1));
        assert_eq!(to_callback.get("sum"), Some(sum.as_str()));
        assert_eq!(to_callback.number("received"), i64::try_from(SIZE).unwrap());
        let target = world.path("target.bin");
        world.ok(download_to(file, &target).with("progress", 1));
        assert!(std::fs::read(&target).unwrap() == expected, "other bytes");
    }
}

fn a_source_in_small_pieces(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload_one_way(1000).with("read_chunk", 7);
    let stored = world.ok(line.clone());
    assert!(stored.number("reads") >= 143, "{stored}");
    world.holds(stored.get("file").unwrap(), &content(&line));
}

fn a_download_replaces_the_old_file(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(1000);
    let stored = world.ok(line.clone());
    let target = world.path("old");
    std::fs::write(&target, vec![b'o'; 5000]).unwrap();
    world.ok(download_to(stored.get("file").unwrap(), &target));
    assert_eq!(std::fs::read(&target).unwrap(), content(&line));
    assert_eq!(world.names(), ["old"]);
}

fn the_name_comes_from_the_path(world: &mut World<'_>) {
    world.open_easemob();
    for (name, media_type) in [
        ("照片 1.PNG", "image/png"),
        ("a;b.mp4", "video/mp4"),
        ("none", "application/octet-stream"),
    ] {
        let path = world.file(name, 1, 100);
        let line = Line::new("upload")
            .with("source", "path")
            .with("path", path.display());
        let stored = world.ok(line);
        let answer = world.ok(download(stored.get("file").unwrap()));
        assert_eq!(answer.get("media_type"), Some(media_type), "{name}");
    }
}

fn the_media_type_is_guessed_or_given(world: &mut World<'_>) {
    world.open_easemob();
    let lines = [
        (upload(10), "application/octet-stream"),
        (upload(10).with("file_name", "x.Jpeg"), "image/jpeg"),
        (
            upload(10)
                .with("file_name", "x.jpg")
                .with("media_type", "text/x-own; charset=utf-8"),
            "text/x-own; charset=utf-8",
        ),
    ];
    for (line, media_type) in lines {
        let stored = world.ok(line);
        let answer = world.ok(download(stored.get("file").unwrap()));
        assert_eq!(answer.get("media_type"), Some(media_type));
    }
}

/// An upload that only who has the secret may fetch.
fn restricted(world: &mut World<'_>) -> (Line, String, Vec<u8>) {
    world.open_easemob();
    let line = upload(2000).with("easemob", 1).with("restrict_access", 1);
    let stored = world.ok(line.clone());
    let secret = stored.get("share_secret").unwrap().to_owned();
    world.keep_secret(&secret);
    (stored, secret, content(&line))
}

fn a_restricted_file_needs_its_secret(world: &mut World<'_>) {
    let (stored, secret, content) = restricted(world);
    let file = stored.get("file").unwrap();
    let target = world.path("old");
    std::fs::write(&target, "old").unwrap();
    for line in [
        download_to(file, &target),
        download_to(file, &target).with("easemob", 1),
        download_to(file, &target)
            .with("easemob", 1)
            .with("share_secret", "wrong-secret"),
    ] {
        let answer = world.fails(line.with("progress", 1), "FORBIDDEN");
        assert_eq!(answer.number("http_status"), 403);
        assert_eq!(answer.number("retryable"), 0);
        assert_eq!(answer.number("attempts"), 1);
        assert_eq!(answer.number("phase"), 4);
        assert_eq!(
            answer.get("service_message"),
            Some("chatfile no permission")
        );
        assert_eq!(answer.get("service_code"), Some("forbidden_op"));
    }
    world.ok(download_to(file, &target)
        .with("easemob", 1)
        .with("share_secret", &secret));
    assert_eq!(std::fs::read(&target).unwrap(), content);
}

fn a_secret_in_the_url_is_used_and_not_sent_in_one(world: &mut World<'_>) {
    let (stored, secret, content) = restricted(world);
    let url = stored.get("url").unwrap();
    assert!(!url.contains(&secret), "{url}");
    world.holds(&format!("{url}?share-secret={secret}"), &content);
    world.holds(&format!("{url}?a=b&share-secret={secret}&c"), &content);
    world.fails(download(&format!("{url}?share-secret=wrong")), "FORBIDDEN");
    for entry in world.requests("download") {
        assert!(!entry.path.contains('?'), "{}", entry.path);
    }
}

fn an_unrestricted_file_has_no_secret(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(1).with("easemob", 1));
    assert_eq!(stored.get("share_secret"), None);
    // Old servers look at the presence of the field alone.
    assert_eq!(world.requests("upload")[0].header("restrict-access"), None);
}

fn what_cannot_be_restricted_is_no_success(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(2000).with("easemob", 1).with("restrict_access", 1);
    let mut presign = line.clone();
    presign.head = "presign_upload".into();
    let presigned = world.ok(presign);
    let mut sent = upload(2000).with("json", presigned.get("json").unwrap());
    sent.head = "send_presigned".into();
    for line in [line.clone(), sent] {
        let answer = world.fails(line, "NOT_RESTRICTED");
        assert_eq!(answer.number("http_status"), 200, "{answer}");
        assert_eq!(answer.number("attempts"), 1, "{answer}");
        assert_eq!(answer.number("retryable"), 0, "{answer}");
        let file = answer.get("file").unwrap().to_owned();
        assert!(answer.get("message").unwrap().contains(&file), "{answer}");
        world.holds(&file, &content(&upload(2000)));
    }
    // Who asks for nothing of the kind gets what it asked for.
    assert_eq!(world.ok(upload(1)).get("share_secret"), None);
}

/// Width and height that a JPEG states in its frame header.
fn jpeg_size(bytes: &[u8]) -> (u32, u32) {
    let mut at = 2;
    while !matches!(bytes[at + 1], 0xC0..=0xC3) {
        at += 2 + usize::from(bytes[at + 2]) * 256 + usize::from(bytes[at + 3]);
    }
    let number = |at: usize| u32::from(bytes[at]) * 256 + u32::from(bytes[at + 1]);
    (number(at + 7), number(at + 5))
}

fn thumbnails_have_the_size_asked_for(world: &mut World<'_>) {
    world.open_easemob();
    let path = world.path("picture.bmp");
    std::fs::write(&path, picture()).unwrap();
    let line = Line::new("upload")
        .with("source", "path")
        .with("path", path.display());
    let small = line
        .clone()
        .with("easemob", 1)
        .with("thumbnail_width", 80)
        .with("thumbnail_height", 90);
    for (line, expected) in [(line, (170, 128)), (small, (80, 60))] {
        let stored = world.ok(line);
        let file = stored.get("file").unwrap();
        let target = world.path("thumbnail.jpg");
        let answer = world.ok(download_to(file, &target)
            .with("easemob", 1)
            .with("thumbnail", 1));
        assert_eq!(answer.get("media_type"), Some("image/jpeg"));
        assert_eq!(jpeg_size(&std::fs::read(&target).unwrap()), expected);
        world.holds(file, &picture());
    }
    let uploads = world.requests("upload");
    assert_eq!(uploads[0].header("thumbnail-width"), None);
    assert_eq!(uploads[1].header("thumbnail-width"), Some("80"));
    assert_eq!(uploads[1].header("thumbnail-height"), Some("90"));
}

fn a_file_without_thumbnail_comes_as_it_is(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(20_000);
    let stored = world.ok(line.clone());
    let answer = world.ok(download(stored.get("file").unwrap())
        .with("easemob", 1)
        .with("thumbnail", 1));
    assert_eq!(answer.get("sum"), Some(Crc32::of(&content(&line)).as_str()));
}

fn a_file_is_named_by_uuid_or_url(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(100);
    let stored = world.ok(line.clone());
    let (file, url) = (stored.get("file").unwrap(), stored.get("url").unwrap());
    assert_eq!(
        url,
        format!(
            "{}/easemob-demo/testapp/chatfiles/{file}",
            world.emulator.base_url()
        )
    );
    world.holds(file, &content(&line));
    world.holds(url, &content(&line));
    for wrong in [
        "",
        "a b",
        "../token",
        "https://h/chatfiles/",
        "https://h/other/0-1",
    ] {
        world.fails_unsent(download(wrong), "ARGUMENT", "file");
    }
}

fn the_host_of_a_url_does_not_get_the_token(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(100);
    let stored = world.ok(line.clone());
    let url = stored.get("url").unwrap();
    assert!(url.starts_with("https://elsewhere.invalid/"), "{url}");
    world.holds(url, &content(&line));
}

fn no_options_at_all(world: &mut World<'_>) {
    let config = world.control.config().easemob.clone();
    // Without `retry_delay_ms`, so that no client options are passed.
    let line = Line::new("easemob")
        .with("base_url", world.emulator.base_url())
        .with("app_key", "easemob-demo#testapp")
        .with("client_id", config.client_id)
        .with("client_secret", config.client_secret);
    world.ok(line);
    world.ok(upload(1));
}

fn the_user_agent_is_sent(world: &mut World<'_>) {
    world.open_easemob();
    world.ok(upload(1));
    world.open_easemob_with("user_agent", "MyChat/4.2 (desktop)");
    world.ok(upload(1));
    let agents: Vec<String> = world
        .control
        .journal()
        .iter()
        .map(|entry| entry.header("user-agent").unwrap_or_default().to_owned())
        .collect();
    let own = concat!("chatfile/", env!("CARGO_PKG_VERSION"));
    let host = format!("MyChat/4.2 (desktop) {own}");
    assert_eq!(agents, [own, own, &host, &host]);
}

fn capabilities(world: &mut World<'_>) {
    world.open_easemob();
    let answer = world.ok(Line::new("capabilities"));
    assert_eq!(answer.number("value"), 1 + 2 + 8 + 16 + 32 + 2048);
    world.open_netease();
    let answer = world.ok(Line::new("capabilities"));
    assert_eq!(answer.number("value"), 1 + 2 + 4 + 16 + 32 + 2048);
    let version = world.ok(Line::new("version"));
    assert_eq!(version.get("version"), Some(env!("CARGO_PKG_VERSION")));
}

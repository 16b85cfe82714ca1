//! OpenIM: uploads by form and in parts, tokens of each kind, thumbnails.

use super::cases;
use crate::protocol::{Crc32, Line};
use crate::world::{World, content, download, download_to, upload, upload_one_way};

cases![
    every_method_carries_the_bytes: |config| config.openim.min_part_size = Some(20_000),
    every_name_has_a_url_for_everybody,
    the_name_says_of_what_type_the_file_is,
    a_key_of_another_size_is_sent_once,
    what_is_there_already_is_not_sent: |config| config.openim.min_part_size = Some(20_000),
    the_admin_stores_under_any_name_and_in_groups,
    credentials_of_each_kind,
    platforms_and_admins,
    images_have_thumbnails,
    presigned_there_and_back,
    what_can_never_work,
    what_the_service_cannot_do,
    capabilities,
];

const AUTOMATIC: u32 = 0;
const FORM: u32 = 1;
const PARTS: u32 = 2;

fn upload_as(name: &str, size: u64, method: u32) -> Line {
    upload(size)
        .with("file_name", name)
        .with("openim", 1)
        .with("method", method)
}

fn every_method_carries_the_bytes(world: &mut World<'_>) {
    world.open_openim();
    for (method, size, parts) in [
        // The second is there already.
        (AUTOMATIC, 2000, 1),
        (FORM, 70_000, 0),
        (PARTS, 1, 1),
        (PARTS, 110_000, 6),
    ] {
        world.control.clear_journal();
        let name = format!("图 {method} {size}.bin");
        let line = upload_as(&name, size, method).with("seed", method + 1);
        for source in ["buffer", "callback"] {
            let line = line.clone().with("rewind", 1).with("source", source);
            let send = line.clone().with("parallel_parts", 3);
            let stored = world.ok(send.with("progress", 1));
            let file = format!("alice/{name}");
            assert_eq!(stored.get("file"), Some(file.as_str()));
            world.holds(&file, &content(&line));
            world.holds(stored.get("url").unwrap(), &content(&line));
        }
        world.count("part_put", parts);
    }
    // With a cause it goes in parts, and from a source that is read once by form.
    world.control.clear_journal();
    world.ok(upload_as("c", 30_000, AUTOMATIC).with("cause", "why"));
    world.count("initiate_multipart", 1);
    world.ok(upload_one_way(30_000));
    world.count("initiate_form", 1);
    let once = upload_one_way(30_000)
        .with("openim", 1)
        .with("method", PARTS);
    let refused = world.fails(once, "UNSUPPORTED");
    assert_eq!(refused.get("field"), Some("source"));
}

fn every_name_has_a_url_for_everybody(world: &mut World<'_>) {
    world.open_openim();
    for name in [
        "my photo ü 图.png",
        "a<b>c`d^e.txt",
        "{f}[g]|\\\".txt",
        "100%?x#y.txt",
    ] {
        for method in [AUTOMATIC, FORM] {
            let line = upload_as(name, 1000, method);
            let stored = world.ok(line.clone());
            let url = stored.get("url").unwrap();
            let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~%/:".contains(&b);
            assert!(url.bytes().all(fits), "{url}");
            world.holds(url, &content(&line));
        }
    }
    for name in ["..", "a/./b"] {
        let line = upload_as("x", 1, AUTOMATIC).with("name", format!("alice/{name}"));
        world.fails_unsent(line, "ARGUMENT", "name");
        let line = download(&format!("alice/{name}"));
        world.fails_unsent(line, "ARGUMENT", "file");
    }
}

fn the_name_says_of_what_type_the_file_is(world: &mut World<'_>) {
    world.open_openim();
    for method in [AUTOMATIC, FORM] {
        let line = upload_as("x.txt", 1000, method).with("name", "alice/y.png");
        world.ok(line);
        let got = world.ok(download("alice/y.png"));
        assert_eq!(got.get("media_type"), Some("image/png"));
    }
    // What the policy of a form cannot hold goes in parts, and in a form without its quotes.
    let told = "text/plain; charset=\"utf-8\"";
    for (line, kept) in [
        (upload(1000), told),
        (upload_one_way(1000), "text/plain; charset=utf-8"),
    ] {
        let line = line.with("file_name", "z.txt").with("media_type", told);
        let stored = world.ok(line);
        let got = world.ok(download(stored.get("file").unwrap()));
        assert_eq!(got.get("media_type"), Some(kept));
    }
}

fn a_key_of_another_size_is_sent_once(world: &mut World<'_>) {
    let admin = world.openim_admin();
    world.ok(admin);
    let line = |size| {
        upload_as("x", size, AUTOMATIC)
            .with("name", "shared/logo.png")
            .with("absolute", 1)
    };
    world.ok(line(1000));
    // Of the same size, it may have other bytes.
    world.ok(line(1000).with("seed", 7));
    world.control.clear_journal();
    let refused = world.fails(line(1001), "INTEGRITY");
    assert_eq!(
        (refused.number("retryable"), refused.number("attempts")),
        (0, 1)
    );
    assert_eq!(refused.get("service_code"), Some("90007"));
    let told = refused.get("message").unwrap();
    assert!(told.contains("another name"), "{told}");
    world.count("form_post", 1);
    world.count("complete_form", 1);
    // As the text says, the new file is there.
    world.holds("shared/logo.png", &content(&line(1001)));
    world.control.advance_seconds(12 * 3600 + 1);
    world.ok(line(1002));
}

fn what_is_there_already_is_not_sent(world: &mut World<'_>) {
    world.open_openim();
    let line = upload_as("a", 50_000, PARTS);
    assert_eq!(world.ok(line.clone()).number("instant"), 0);
    world.count("part_put", 3);
    let again = line
        .clone()
        .with("name", "alice/another")
        .with("progress", 1);
    let stored = world.ok(again);
    assert_eq!(stored.number("instant"), 1, "{stored}");
    assert_eq!(stored.get("file"), Some("alice/another"));
    world.count("part_put", 3);
    world.holds("alice/another", &content(&line));
}

fn the_admin_stores_under_any_name_and_in_groups(world: &mut World<'_>) {
    let admin = world.openim_admin();
    world.ok(admin);
    let line = upload_as("x", 1000, FORM)
        .with("name", "shared/logo.png")
        .with("group", "avatar")
        .with("absolute", 1);
    let stored = world.ok(line.clone());
    assert_eq!(stored.get("file"), Some("shared/logo.png"));
    world.holds("shared/logo.png", &content(&line));
    // Another file of that name takes its place, for everybody.
    let line = upload_as("x", 2000, AUTOMATIC).with("name", "shared/logo.png");
    world.ok(line.clone());
    world.open_openim();
    world.holds("shared/logo.png", &content(&line));
    let line = upload_as("x", 1, FORM);
    world.fails_unsent(line.clone().with("absolute", 1), "ARGUMENT", "absolute");
    world.fails_unsent(line.with("name", "bob/a"), "ARGUMENT", "name");
}

fn asked(world: &mut World<'_>) -> i64 {
    world.ok(Line::new("seen")).number("asked")
}

fn credentials_of_each_kind(world: &mut World<'_>) {
    world.open_openim();
    world.ok(upload(1));
    let token = world.requests("initiate_multipart")[0]
        .header("token")
        .unwrap()
        .to_owned();
    let secret = world.control.config().openim.secret.clone();
    let user = world.openim_user();
    let by_callback = user
        .clone()
        .with("ask_admin_secret", 1)
        .with("secret", &secret);
    let admin = by_callback.clone().with("user_id", "imAdmin");
    for (open, times) in [
        (user.clone().with("token", &token), 0),
        (user.clone().with("secret", &token), 1),
        (by_callback.with("platform", 5), 1),
        (admin, 1),
    ] {
        world.ok(open);
        assert_eq!(asked(world), 0);
        world.ok(upload(1));
        assert_eq!(asked(world), times);
    }
    for (key, times) in [("token", 0), ("secret", 2)] {
        world.ok(user.clone().with(key, "eyJhbGci.x.y"));
        world.fails(upload(1), "AUTH");
        assert_eq!(asked(world), times);
    }
    let line = user.clone().with("admin_secret", "not-the-secret");
    world.ok(line.with("platform", 1));
    assert_eq!(world.fails(upload(1), "AUTH").number("phase"), 1);
    // The types of the Rust API rule the rest out.
    if !world.is_c_abi() {
        return;
    }
    for line in [
        user.clone(),
        user.clone().with("token", "a").with("admin_secret", "b"),
        user.clone().with("token", "a").with("ask_admin_secret", 1),
        user.clone().with("ask_admin_secret", 1),
    ] {
        world.fails_unsent(line, "ARGUMENT", "config");
    }
    let line = user.clone().with("token", "a").with("platform", 1);
    world.fails_unsent(line, "ARGUMENT", "platform");
    let line = user.with("admin_secret", "a").with("admin_user_id", "b");
    world.fails_unsent(line, "ARGUMENT", "admin_user_id");
}

fn platforms_and_admins(world: &mut World<'_>) {
    for platform in [10, 12, 77] {
        let line = world.openim().with("platform", platform);
        world.fails_unsent(line, "ARGUMENT", "platform");
    }
    let line = world.openim().with("platform", 11);
    world.ok(line.clone().with("admin_user_id", "imAdmin"));
    world.ok(upload(1));
    world.ok(line.with("admin_user_id", "nobody"));
    world.fails(upload(1), "AUTH");
}

/// An image of one colour in a format that needs no compression, as a PNG of stored blocks.
fn png(side: u32) -> Vec<u8> {
    let row = std::iter::once(0).chain(std::iter::repeat_n(200, side as usize));
    let raw: Vec<u8> = std::iter::repeat_n(row, side as usize).flatten().collect();
    let (a, b) = raw.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
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
        &side.to_be_bytes()[..],
        &side.to_be_bytes(),
        &[8, 0, 0, 0, 0],
    ]
    .concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", header), (b"IDAT", data), (b"IEND", Vec::new())] {
        let chunk = [&kind[..], &body].concat();
        out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        out.extend(&chunk);
        let crc = u32::from_str_radix(&Crc32::of(&chunk), 16).unwrap();
        out.extend(crc.to_be_bytes());
    }
    out
}

fn images_have_thumbnails(world: &mut World<'_>) {
    world.open_openim();
    let source = world.path("image.png");
    let image = png(200);
    std::fs::write(&source, &image).unwrap();
    let line = Line::new("upload")
        .with("source", "path")
        .with("path", source.display());
    let stored = world.ok(line);
    let file = stored.get("file").unwrap();
    assert_eq!(file, "alice/image.png");
    let target = world.path("small");
    let small = download_to(file, &target)
        .with("openim", 1)
        .with("thumbnail", 1)
        .with("thumbnail_width", 50)
        .with("thumbnail_height", 40);
    world.ok(small.clone().with("thumbnail_format", "png"));
    let bytes = std::fs::read(&target).unwrap();
    assert_eq!(bytes[..8], image[..8]);
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!(side(16) <= 50 && side(20) <= 40);
    world.ok(small.clone().with("thumbnail_format", "jpeg"));
    assert_eq!(std::fs::read(&target).unwrap()[..2], [0xFF, 0xD8]);
    world.holds(file, &image);
    let by_url = small.clone().with("file", stored.get("url").unwrap());
    world.ok(by_url.with("thumbnail_format", "jpeg"));
    assert_eq!(std::fs::read(&target).unwrap()[..2], [0xFF, 0xD8]);
    let mut presign = small.clone();
    presign.head = "presign_download".into();
    let made = world.ok(presign);
    let receive = Line::new("receive_presigned").with("json", made.get("json").unwrap());
    let got = world.ok(receive.with("sink", "buffer"));
    assert!(got.number("size") < i64::try_from(image.len()).unwrap());
    world.fails_unsent(
        small.clone().with("thumbnail_format", "webp"),
        "ARGUMENT",
        "thumbnail_format",
    );
    world.fails_unsent(small.with("thumbnail", 0), "ARGUMENT", "thumbnail_width");
}

fn presigned_there_and_back(world: &mut World<'_>) {
    world.open_openim();
    world.ok(Line::new("open").with("client", 1));
    let mut presign = upload_as("图.png", 50_000, AUTOMATIC);
    let data = content(&presign);
    presign.head = "presign_upload".into();
    let made = world.ok(presign.clone());
    assert_eq!(made.number("needs_completion"), 1);
    assert!(made.get("completion").is_some());
    assert!(made.number("expires_at") > 0);
    let json = made.get("json").unwrap().to_owned();
    let mut send = upload(50_000).with("client", 1).with("json", &json);
    send.head = "send_presigned".into();
    let longer = send.clone().with("size", 50_001);
    world.fails_unsent(longer, "LIMIT", "source");
    let sent = world.ok(send.with("progress", 1));
    assert_eq!(sent.get("file"), Some("alice/图.png"));
    assert_eq!(sent.get("url"), None);
    world.fails(download("alice/图.png"), "NOT_FOUND");
    let complete = Line::new("complete_presigned").with("json", &json);
    for _ in 0..2 {
        let done = world.ok(complete.clone());
        assert_eq!(done.get("file"), Some("alice/图.png"));
        assert!(done.get("url").is_some());
    }
    world.holds("alice/图.png", &data);
    let made = world.ok(Line::new("presign_download").with("file", "alice/图.png"));
    assert_eq!(made.number("needs_completion"), 0);
    let get = Line::new("receive_presigned")
        .with("client", 1)
        .with("json", made.get("json").unwrap());
    let got = world.ok(get);
    assert_eq!(got.get("sum"), Some(Crc32::of(&data).as_str()));
    presign.set("method", PARTS);
    world.fails_unsent(presign, "ARGUMENT", "method");
}

fn what_can_never_work(world: &mut World<'_>) {
    let line = world.openim().with("max_upload_size", 1000);
    world.ok(line);
    world.fails_unsent(upload(0), "LIMIT", "source");
    world.fails_unsent(upload(1001), "LIMIT", "source");
    world.ok(upload(1000));
    let line = world.openim();
    world.fails_empty(line, "ARGUMENT", "user_id");
    let line = world.openim().with("base_url", "ftp://h");
    world.fails_unsent(line, "ARGUMENT", "base_url");
    let with_group = upload_as("a", 1, PARTS).with("group", "g");
    world.fails_unsent(with_group, "ARGUMENT", "group");
    let with_cause = upload_as("a", 1, FORM).with("cause", "c");
    world.fails_unsent(with_cause, "ARGUMENT", "cause");
    if world.is_c_abi() {
        for method in [3, -1] {
            world.fails_unsent(
                upload_as("a", 1, FORM).with("method", method),
                "ARGUMENT",
                "method",
            );
        }
    }
}

fn what_the_service_cannot_do(world: &mut World<'_>) {
    let easemob = world.easemob();
    let openim = world.openim();
    for open in [easemob, openim] {
        world.ok(open);
        for (line, field) in [
            (Line::new("info").with("file", "a"), "info"),
            (Line::new("exists").with("file", "a"), "exists"),
            (Line::new("list").with("directory", ""), "list"),
            (Line::new("delete").with("file", "a"), "delete"),
            (
                Line::new("abort_upload").with("resume_token", "{}"),
                "abort_upload",
            ),
            (Line::new("delete").with("smh", 1).with("file", "a"), "smh"),
            (upload(1).with("smh", 1), "smh"),
            (download("a").with("smh", 1), "smh"),
        ] {
            world.fails_unsent(line, "UNSUPPORTED", field);
        }
    }
    world.open_easemob();
    for (key, value) in [
        ("openim", "1"),
        ("parallel_parts", "2"),
        ("resumable", "1"),
        ("resume_token", "{}"),
        ("checkpoint", "/no/such"),
    ] {
        world.fails_unsent(upload(1).with(key, value), "UNSUPPORTED", key);
    }
    world.fails_unsent(download("0-1").with("openim", 1), "UNSUPPORTED", "openim");
}

fn capabilities(world: &mut World<'_>) {
    world.open_openim();
    let all = world.ok(Line::new("capabilities")).number("value");
    assert_eq!(all, 1 + 2 + 16 + 32 + 128 + 256 + 2048);
}

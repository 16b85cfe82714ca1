//! Easemob's downloads, against easemob.md §2.4.

use std::io::Cursor;

use crate::common::*;
use chatfile_emulator::{EasemobConfig, Emulator};

fn chatfile(id: &str) -> String {
    format!("{APP}/chatfiles/{id}")
}

#[track_caller]
fn error(reply: &Reply) -> (u16, String, String) {
    let body = reply.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (reply.status, text("error"), text("error_description"))
}

fn owned(status: u16, error: &str, description: &str) -> (u16, String, String) {
    (status, error.to_owned(), description.to_owned())
}

#[test]
fn what_goes_up_comes_down() {
    let emulator = start();
    let (app, user) = (app_token(&emulator), user_token(&emulator));
    let content: Vec<u8> = (0..300_000_u32).map(|n| (n * 7 % 251) as u8).collect();
    for (up, down) in [(&app, &user), (&user, &app)] {
        let (id, secret) = uploaded(&easemob_upload(&emulator, up, &[], &content));
        assert_eq!(secret, None);
        let reply = get(&emulator, &chatfile(&id), &[("Authorization", down)]);
        assert_eq!(reply.status, 200);
        assert!(reply.body == content);
        assert_eq!(reply.header("content-type"), Some("image/jpeg"));
        assert_eq!(reply.header("content-length"), Some("300000"));
        assert!(
            reply
                .header("content-disposition")
                .unwrap()
                .contains("IMG_2953.JPG")
        );
        assert!(reply.header("date").is_some());
    }
}

#[test]
fn a_secret_guards_a_restricted_file() {
    let emulator = start();
    let token = app_token(&emulator);
    let reply = easemob_upload(
        &emulator,
        &token,
        &[("restrict-access", "true")],
        b"content",
    );
    let (id, secret) = uploaded(&reply);
    let secret = secret.unwrap();
    let auth = ("Authorization", token.as_str());
    let fetch = |query: &str, headers: &[(&str, &str)]| {
        get(&emulator, &format!("{}{query}", chatfile(&id)), headers)
    };
    assert_eq!(
        fetch("", &[auth, ("share-secret", &secret)]).body,
        b"content"
    );
    assert_eq!(
        fetch(&format!("?share-secret={secret}"), &[auth]).body,
        b"content"
    );
    // Callbacks join the secret to the address and have no token.
    assert_eq!(
        fetch(&format!("?share-secret={secret}"), &[]).body,
        b"content"
    );
    let refused = owned(403, "forbidden_op", "chatfile no permission");
    assert_eq!(error(&fetch("", &[auth])), refused);
    assert_eq!(
        error(&fetch("", &[auth, ("share-secret", "wrong")])),
        refused
    );
    assert_eq!(error(&fetch("?share-secret=wrong", &[auth])), refused);
    assert_eq!(fetch("?share-secret=wrong", &[]).status, 401);
    assert_eq!(fetch("", &[("share-secret", &secret)]).status, 401);
    // A wrong token is not saved by a good secret.
    let bad = ("Authorization", "Bearer x");
    assert_eq!(
        fetch(&format!("?share-secret={secret}"), &[bad]).status,
        401
    );
}

#[test]
fn files_expire_after_seven_days() {
    let emulator = start();
    let control = emulator.control();
    let token = app_token(&emulator);
    let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], b"x"));
    let auth = [("Authorization", token.as_str())];
    control.advance_seconds(7 * 86_400 - 60);
    assert_eq!(get(&emulator, &chatfile(&id), &auth).status, 200);
    control.advance_seconds(61);
    let reply = get(&emulator, &chatfile(&id), &auth);
    assert_eq!(
        error(&reply),
        owned(404, "file_expired", &format!("file {id} is expired"))
    );
    let unknown = chatfile("5fd74830-56be-11e9-822a-81ea50bb049d");
    let reply = get(&emulator, &unknown, &auth);
    assert_eq!(
        error(&reply),
        owned(404, "entity_not_found", "file may not exists")
    );
}

#[test]
fn ranges_and_conditions() {
    let emulator = start();
    let token = app_token(&emulator);
    let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], b"0123456789"));
    let fetch = |method: &str, headers: &[(&str, &str)]| {
        let all: Vec<_> = [("Authorization", token.as_str())]
            .iter()
            .chain(headers)
            .copied()
            .collect();
        request(&emulator, method, &chatfile(&id), &all, b"")
    };
    let whole = fetch("GET", &[]);
    let etag = whole.header("etag").unwrap().to_owned();
    let modified = whole.header("last-modified").unwrap().to_owned();
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let head = fetch("HEAD", &[]);
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("10"))
    );
    let part = fetch("GET", &[("Range", "bytes=3-5")]);
    assert_eq!(
        (part.status, part.header("content-range")),
        (206, Some("bytes 3-5/10"))
    );
    assert_eq!(part.body, b"345");
    assert_eq!(part.header("etag"), Some(etag.as_str()));
    assert_eq!(fetch("GET", &[("Range", "bytes=-2")]).body, b"89");
    let beyond = fetch("GET", &[("Range", "bytes=10-")]);
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, Some("bytes */10"))
    );
    for (known, status) in [
        (etag.as_str(), 206),
        (modified.as_str(), 206),
        ("\"other\"", 200),
    ] {
        assert_eq!(
            fetch("GET", &[("Range", "bytes=3-"), ("If-Range", known)]).status,
            status
        );
    }
    assert_eq!(fetch("GET", &[("If-None-Match", &etag)]).status, 304);
    assert_eq!(
        fetch("GET", &[("If-Modified-Since", &modified)]).status,
        304
    );
    assert_eq!(fetch("GET", &[("If-Match", "\"other\"")]).status, 412);
    let (early, late) = (
        "Fri, 01 Jan 2010 00:00:00 GMT",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    );
    let other = ("If-None-Match", "\"other\"");
    let same = ("If-None-Match", etag.as_str());
    for (conditions, status) in [
        (vec![("If-Modified-Since", late)], 304),
        (vec![("If-Modified-Since", early)], 200),
        (vec![("If-Unmodified-Since", early)], 412),
        (vec![("If-Unmodified-Since", late)], 200),
        (vec![("If-Unmodified-Since", "yesterday")], 200),
        // The ETag goes before the time.
        (
            vec![("If-Match", &*etag), ("If-Unmodified-Since", early)],
            200,
        ),
        (vec![other, ("If-Modified-Since", late)], 200),
        (vec![other, same], 304),
        (vec![("If-Match", "\"other\""), same], 412),
    ] {
        assert_eq!(fetch("GET", &conditions).status, status, "{conditions:?}");
    }
}

#[test]
fn ranges_can_be_switched_off() {
    let emulator = start_easemob(EasemobConfig {
        range: false,
        content_disposition: false,
        file_metadata: true,
        ..EasemobConfig::default()
    });
    let token = app_token(&emulator);
    let reply = easemob_upload(&emulator, &token, &[], b"0123456789");
    assert_eq!(
        reply.json()["entities"][0]["file-metadata"]["content-length"],
        10
    );
    let (id, _) = uploaded(&reply);
    let headers = [("Authorization", token.as_str()), ("Range", "bytes=3-5")];
    let reply = get(&emulator, &chatfile(&id), &headers);
    assert_eq!((reply.status, reply.body.len()), (200, 10));
    assert_eq!(reply.header("accept-ranges"), None);
    assert_eq!(reply.header("content-disposition"), None);
}

/// A picture that does not compress.
fn noise(width: u32, height: u32, format: image::ImageFormat) -> Vec<u8> {
    let mut seed = 1_u32;
    let picture = image::RgbImage::from_fn(width, height, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(seed >> 24) as u8, (seed >> 16) as u8, (seed >> 8) as u8])
    });
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn thumbnail(
    emulator: &Emulator,
    token: &str,
    id: &str,
    query: &str,
    header: Option<&str>,
) -> Reply {
    let mut headers = vec![("Authorization", token)];
    headers.extend(header.map(|value| ("thumbnail", value)));
    get(emulator, &format!("{}{query}", chatfile(id)), &headers)
}

#[test]
fn thumbnails_are_really_resized() {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png};
    let emulator = start();
    let token = app_token(&emulator);
    for (format, expected) in [
        (Png, "image/png"),
        (Jpeg, "image/jpeg"),
        (Gif, "image/png"),
        (Bmp, "image/jpeg"),
    ] {
        let picture = noise(300, 200, format);
        let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], &picture));
        for (query, header) in [
            ("", Some("true")),
            ("", Some("1")),
            ("?thumbnail=true", None),
        ] {
            let reply = thumbnail(&emulator, &token, &id, query, header);
            assert_eq!(reply.header("content-type"), Some(expected));
            let small = image::load_from_memory(&reply.body).unwrap();
            assert_eq!((small.width(), small.height()), (170, 113), "{format:?}");
        }
        // Without the flag, or with it off, the original comes.
        assert!(thumbnail(&emulator, &token, &id, "", None).body == picture);
        assert!(thumbnail(&emulator, &token, &id, "", Some("false")).body == picture);
    }
}

#[test]
fn the_thumbnail_box_comes_from_headers_or_fields() {
    let emulator = start();
    let token = app_token(&emulator);
    let picture = noise(300, 200, image::ImageFormat::Png);
    let size = |id: &str| {
        let reply = thumbnail(&emulator, &token, id, "", Some("true"));
        let small = image::load_from_memory(&reply.body).unwrap();
        (small.width(), small.height())
    };
    let headers = [("thumbnail-height", "50"), ("thumbnail-width", "100")];
    let (id, _) = uploaded(&easemob_upload(&emulator, &token, &headers, &picture));
    assert_eq!(size(&id), (75, 50));
    let boundary = FORM.1.split_once('=').unwrap().1;
    let mut body = Vec::new();
    for (name, value) in [("thumbnail-height", "180"), ("thumbnail-width", "60")] {
        body.extend(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .into_bytes(),
        );
    }
    body.extend(file_form("file", "a.png", "image/png", &picture));
    let auth = ("Authorization", token.as_str());
    let reply = request(
        &emulator,
        "POST",
        &format!("{APP}/chatfiles"),
        &[FORM, auth],
        &body,
    );
    assert_eq!(size(&uploaded(&reply).0), (60, 40));
}

#[test]
fn what_has_no_thumbnail_is_sent_whole() {
    let emulator = start();
    let token = app_token(&emulator);
    let small = noise(40, 40, image::ImageFormat::Png);
    assert!(small.len() < 10 * 1024);
    let voice = vec![7; 20_000];
    for content in [small, voice] {
        let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], &content));
        assert!(thumbnail(&emulator, &token, &id, "", Some("true")).body == content);
    }
}

#[test]
fn browsers_are_redirected_to_storage() {
    let emulator = start();
    let token = app_token(&emulator);
    let picture = noise(300, 200, image::ImageFormat::Png);
    let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], &picture));
    let origin = ("Origin", "https://app.example");
    let location = |query: &str| {
        let path = format!("{}?em-redirect=true{query}", chatfile(&id));
        let reply = get(&emulator, &path, &[("Authorization", &token), origin]);
        assert_eq!(reply.status, 302);
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        path_of(reply.header("location").unwrap())
    };
    let storage = location("");
    let reply = get(&emulator, &storage, &[origin]);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert!(reply.body == picture);
    let asked = |method: &str| request(&emulator, method, &storage, &[origin], b"");
    let statuses = ["HEAD", "OPTIONS", "POST", "PUT", "DELETE"].map(|method| asked(method).status);
    assert_eq!(statuses, [200, 200, 405, 405, 405]);
    assert_eq!(asked("OPTIONS").body, b"");
    let seen = emulator.control().journal();
    assert_eq!(seen.last().unwrap().verb, "preflight");
    let small = get(&emulator, &location("&thumbnail=true"), &[]);
    assert_eq!(image::load_from_memory(&small.body).unwrap().width(), 170);
    // The signature guards the address, and it does not live for ever.
    assert_eq!(
        get(
            &emulator,
            &storage.replace("signature=", "signature=x"),
            &[]
        )
        .status,
        403
    );
    emulator.control().advance_seconds(3601);
    assert_eq!(get(&emulator, &storage, &[]).status, 403);
    // No redirect without permission.
    let path = format!("{}?em-redirect=true", chatfile(&id));
    assert_eq!(get(&emulator, &path, &[]).status, 401);
}

//! Parameters that can never work are refused before anything is sent, with the name of the field.

use super::cases;
use crate::protocol::Line;
use crate::world::{World, download, upload};

cases![
    options_of_another_service,
    credentials_are_of_one_kind,
    base_urls,
    app_keys,
    texts_that_cannot_stand_in_a_header,
    texts_of_several_lines,
    an_empty_file_name,
    a_source_is_exactly_one_thing,
    an_unknown_method,
    a_share_secret_that_cannot_stand_in_a_header,
    checksums,
];

fn options_of_another_service(world: &mut World<'_>) {
    world.open_easemob();
    world.fails_unsent(upload(1).with("netease", 1), "UNSUPPORTED", "netease");
    world.fails_unsent(
        Line::new("delete_by_time").with("netease", 1),
        "UNSUPPORTED",
        "delete_by_time",
    );
    let one = Line::new("delete").with("file", "x");
    world.fails_unsent(one, "UNSUPPORTED", "delete");
    world.open_netease();
    world.fails_unsent(upload(1).with("easemob", 1), "UNSUPPORTED", "easemob");
    let url = format!("{}/a/b", world.emulator.base_url());
    world.fails_unsent(download(&url).with("easemob", 1), "UNSUPPORTED", "easemob");
}

fn credentials_are_of_one_kind(world: &mut World<'_>) {
    // The types of the Rust API rule this out.
    if !world.is_c_abi() {
        return;
    }
    let app = world.easemob_app();
    for line in [
        app.clone(),
        app.clone().with("client_id", "a"),
        app.clone().with("client_secret", "a"),
        app.clone().with("username", "a"),
        app.clone().with("password", "a"),
        app.clone().with("client_id", "a").with("password", "a"),
        app.with("token", "a")
            .with("client_id", "a")
            .with("client_secret", "a"),
    ] {
        world.fails_unsent(line, "ARGUMENT", "config");
    }
}

fn base_urls(world: &mut World<'_>) {
    for url in world.texts(&[
        "",
        "a1.easemob.com",
        "ftp://h",
        "http://",
        "http://u:p@h",
        "http://h/?a",
        "http://h/#a",
        "http://h y",
        "http://h:0",
        "http://h:65536",
        "http://h:99999999999",
        "http://h:abc",
        "http://h:+80",
        "http://h:80:80",
        "http://[::1",
        "http://[::1]x",
        "http://::1",
        "http:///x",
        "http://?x",
        "http://:80",
        "http://a..b",
        "http://a%20b",
        "http://a\\b",
        "http://127.1",
        "http://2130706433",
        "http://1.2.3.256",
        "//h",
    ]) {
        for open in [
            world.easemob(),
            world.netease(),
            world.smh(),
            world.openim(),
        ] {
            world.fails_unsent(open.with("base_url", url), "ARGUMENT", "base_url");
        }
    }
    let port = world
        .emulator
        .base_url()
        .rsplit_once(':')
        .unwrap()
        .1
        .to_owned();
    for url in [
        "http://bücher.example",
        &format!("HTTP://[0:0::1]:{port}/a/"),
    ] {
        let line = world.netease().with("base_url", url);
        world.ok(line);
    }
    let slash = format!("{}/", world.emulator.base_url());
    let line = world.easemob().with("base_url", slash);
    world.ok(line);
    world.ok(upload(1));
}

fn app_keys(world: &mut World<'_>) {
    for key in world.texts(&["", "org", "#app", "org#", "a#b#c"]) {
        let line = world.easemob().with("app_key", key);
        world.fails_unsent(line, "ARGUMENT", "app_key");
    }
    let line = world.netease();
    world.fails_empty(line, "ARGUMENT", "app_secret");
}

fn texts_that_cannot_stand_in_a_header(world: &mut World<'_>) {
    for bad in world.texts(&["", "ü", "a\tb", "\u{7f}"]) {
        let line = world.easemob().with("user_agent", bad);
        world.fails_unsent(line, "TEXT", "user_agent");
        let line = world.netease().with("app_key", bad);
        world.fails_unsent(line, "TEXT", "app_key");
        let line = world.easemob_app().with("token", bad);
        world.fails_unsent(line, "TEXT", "token");
        world.open_easemob();
        world.fails_unsent(upload(1).with("media_type", bad), "TEXT", "media_type");
    }
}

fn texts_of_several_lines(world: &mut World<'_>) {
    // In C this is checked for every text; in Rust a file name may hold anything, and is escaped.
    let c_abi = world.is_c_abi();
    world.open_netease();
    for bad in ["a\r\nX-Evil: 1", "a\nb", "a\r"] {
        world.fails_unsent(upload(1).with("media_type", bad), "TEXT", "media_type");
        let line = world.easemob_app().with("token", bad);
        world.fails_unsent(line, "TEXT", "token");
        if c_abi {
            let line = upload(1).with("netease", 1).with("tag", bad);
            world.fails_unsent(line, "TEXT", "tag");
            world.fails_unsent(upload(1).with("file_name", bad), "TEXT", "file_name");
            world.fails_unsent(download(bad), "TEXT", "file");
        } else {
            world.ok(upload(1).with("file_name", bad));
        }
    }
}

fn an_empty_file_name(world: &mut World<'_>) {
    world.open_easemob();
    world.fails_empty(upload(1), "ARGUMENT", "file_name");
}

fn a_source_is_exactly_one_thing(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_easemob();
    let path = world.file("source", 1, 10);
    for kind in ["none", "two"] {
        let line = upload(10).with("source", kind).with("path", path.display());
        world.fails_unsent(line, "ARGUMENT", "source");
    }
}

fn an_unknown_method(world: &mut World<'_>) {
    if !world.is_c_abi() {
        return;
    }
    world.open_netease();
    for method in [2, -1] {
        let line = upload(1).with("netease", 1).with("method", method);
        world.fails_unsent(line, "ARGUMENT", "method");
    }
}

fn a_share_secret_that_cannot_stand_in_a_header(world: &mut World<'_>) {
    world.open_easemob();
    let line = download("0-1").with("easemob", 1);
    // It is looked at when there is a token, so not before anything is sent.
    for (bad, status) in [("", "ARGUMENT"), ("ü", "TEXT"), ("a\tb", "TEXT")] {
        if bad.is_empty() && !world.tells_empty_texts() {
            continue;
        }
        let answer = world.fails(line.clone().with("share_secret", bad), status);
        assert_eq!(answer.get("field"), Some("share_secret"));
    }
    world.count("download", 0);
}

fn checksums(world: &mut World<'_>) {
    // printf abc | sha1sum
    for (secret, nonce, time) in [("a", "b", "c"), ("abc", "", ""), ("", "ab", "c")] {
        let line = Line::new("checksum")
            .with("app_secret", secret)
            .with("nonce", nonce)
            .with("cur_time", time);
        let answer = world.ok(line);
        let expected = "a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(answer.get("checksum"), Some(expected));
    }
}

//! NetEase IM's authentication, limits, deletion and discovery, against netease.md §1.1, §1.3, §1.6, §1.10.

use crate::common::*;
use chatfile_emulator::{BadCheckSum, DeleteSpan, Emulator, NeteaseConfig};

fn upload(emulator: &Emulator, body: &str) -> Reply {
    netease(emulator, UPLOAD, URL_ENCODED, body.as_bytes())
}

#[track_caller]
fn refused(reply: &Reply, expected: i64, description: &str) {
    assert_eq!(code(reply), expected, "{}", reply.text());
    assert_eq!(reply.json()["desc"], description);
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("application/json")
    );
}

#[test]
fn the_checksum_is_verified() {
    let emulator = start();
    let control = emulator.control();
    let config = control.config().netease.clone();
    let now = control.now_ms() / 1000;
    let (key, secret) = (config.app_key.as_str(), config.app_secret.as_str());
    let ask = |signed: &[(String, String)]| {
        netease_as(&emulator, signed, UPLOAD, URL_ENCODED, b"content=YWJj")
    };
    let at = |offset: i64| signed_with(key, secret, "n", &(now + offset).to_string());
    for nonce in [
        "0.12345",
        "550e8400e29b41d4a716446655440000",
        "651f0c8a3b2d1",
        "7",
        &"a".repeat(128),
    ] {
        assert_eq!(
            code(&ask(&signed_with(key, secret, nonce, &now.to_string()))),
            200,
            "{nonce}"
        );
    }
    // A margin for a slow machine.
    for (offset, expected) in [(-290, 200), (290, 200), (-310, 414), (320, 414)] {
        assert_eq!(code(&ask(&at(offset))), expected, "{offset}");
    }
    refused(&ask(&at(-310)), 414, "CurTime is out of the valid range");
    refused(
        &ask(&signed_with(key, "wrong", "n", &now.to_string())),
        414,
        "check sum is invalid",
    );
    refused(
        &ask(&signed_with("wrong", secret, "n", &now.to_string())),
        414,
        "app key not found",
    );
    refused(
        &ask(&signed_with(key, secret, "n", "now")),
        414,
        "bad http header",
    );
    refused(
        &ask(&signed_with(
            key,
            secret,
            &"n".repeat(129),
            &now.to_string(),
        )),
        414,
        "bad http header",
    );
    for missing in 0..4 {
        let mut signed = at(0);
        signed.remove(missing);
        refused(&ask(&signed), 414, "bad http header");
    }
    // Upper-case hex is another text.
    let mut signed = at(0);
    signed[3].1 = signed[3].1.to_uppercase();
    refused(&ask(&signed), 414, "check sum is invalid");
    // Header names match in any case, as Go and HTTP/2 write them.
    for (index, name) in ["Appkey", "nonce", "Curtime", "CHECKSUM"]
        .iter()
        .enumerate()
    {
        let mut signed = at(0);
        signed[index].0 = (*name).to_owned();
        assert_eq!(code(&ask(&signed)), 200, "{name}");
    }
}

#[test]
fn the_window_follows_the_virtual_clock() {
    let emulator = start();
    let signed = signed(&emulator);
    let ask = || {
        code(&netease_as(
            &emulator,
            &signed,
            UPLOAD,
            URL_ENCODED,
            b"content=YWJj",
        ))
    };
    assert_eq!(ask(), 200);
    emulator.control().advance_seconds(400);
    assert_eq!(ask(), 414);
    emulator.control().set_clock_offset_seconds(-200);
    assert_eq!(ask(), 200);
}

#[test]
fn other_readings_of_authentication() {
    let emulator = start_netease(NeteaseConfig {
        bad_checksum: BadCheckSum::Code403,
        refuse_repeated_nonce: true,
        ..NeteaseConfig::default()
    });
    let good = signed(&emulator);
    let mut bad = good.clone();
    bad[3].1 = "0".repeat(40);
    let ask = |signed: &[(String, String)]| {
        code(&netease_as(
            &emulator,
            signed,
            UPLOAD,
            URL_ENCODED,
            b"content=YWJj",
        ))
    };
    assert_eq!(ask(&bad), 403);
    assert_eq!(ask(&good), 200);
    assert_eq!(ask(&good), 431);
}

#[test]
fn a_second_too_full_blocks_ten() {
    let emulator = start_netease(NeteaseConfig {
        calls_per_second: 2,
        ..NeteaseConfig::default()
    });
    let control = emulator.control();
    control.freeze_clock(true);
    let ask = || code(&upload(&emulator, "content=YWJj"));
    assert_eq!([ask(), ask(), ask(), ask()], [200, 200, 416, 416]);
    // The other call has a count of its own, and a call with a bad signature counts for nothing.
    let form = file_form("content", "a", "text/plain", b"x");
    assert_eq!(code(&netease(&emulator, FILE_UPLOAD, FORM.1, &form)), 200);
    control.advance_seconds(9);
    assert_eq!(ask(), 416);
    control.advance_seconds(1);
    assert_eq!(ask(), 200);
}

const DAY: i64 = 86_400_000;

fn delete(emulator: &Emulator, start: i64, end: i64, more: &str) -> Reply {
    let body = format!("startTime={start}&endTime={end}{more}");
    netease(emulator, DELETE, URL_ENCODED, body.as_bytes())
}

#[test]
fn delete_removes_what_matches() {
    let emulator = start_netease(NeteaseConfig {
        deletes_per_day: 0,
        ..NeteaseConfig::default()
    });
    let put = |fields: &str| stored(&upload(&emulator, &format!("content=YWJj{fields}")));
    let icon = put("&type=image/png&tag=usericon");
    let photo = put("&type=image/jpeg&tag=photo");
    let text = put("&type=text/plain&tag=usericon");
    let bare = put("");
    emulator.control().age_files(3 * 86_400).unwrap();
    let fresh = put("&type=image/png&tag=usericon");
    let now = emulator.control().now_ms();
    let (start, end) = (now - 5 * DAY, now - 2 * DAY);
    let left = |paths: &[&String]| -> Vec<u16> {
        paths
            .iter()
            .map(|path| get(&emulator, path, &[]).status)
            .collect()
    };
    let all = [&icon, &photo, &text, &bare, &fresh];
    let reply = delete(&emulator, start, end, "&contentType=image&tag=usericon");
    assert_eq!(code(&reply), 200);
    let task = reply.json()["data"]["taskid"].as_str().unwrap().to_owned();
    assert!(
        task.len() == 32 && task.bytes().all(|b| b.is_ascii_hexdigit()),
        "{task}"
    );
    assert_eq!(left(&all), [404, 200, 200, 200, 200]);
    assert_eq!(code(&delete(&emulator, start, end, "&tag=user")), 200);
    assert_eq!(left(&all), [404, 200, 200, 200, 200]);
    assert_eq!(
        code(&delete(&emulator, start, end, "&contentType=image")),
        200
    );
    assert_eq!(left(&all), [404, 404, 200, 200, 200]);
    assert_eq!(code(&delete(&emulator, start, end, "&tag=usericon")), 200);
    assert_eq!(left(&all), [404, 404, 404, 200, 200]);
    assert_eq!(code(&delete(&emulator, start, end, "")), 200);
    assert_eq!(left(&all), [404, 404, 404, 404, 200]);
}

#[test]
fn delete_takes_tags_as_they_are_and_of_fields_the_first() {
    let emulator = start_netease(NeteaseConfig {
        deletes_per_day: 0,
        ..NeteaseConfig::default()
    });
    let put = |tag: &str| stored(&upload(&emulator, &format!("content=YWJj&tag={tag}")));
    let all = ["a", "%20a%20", "b", "ab", "%20"].map(put);
    emulator.control().age_files(3 * 86_400).unwrap();
    let now = emulator.control().now_ms();
    let left = |more: &str| {
        let reply = delete(&emulator, now - 5 * DAY, now - 2 * DAY, more);
        assert_eq!(code(&reply), 200);
        let found = all
            .iter()
            .filter(|path| get(&emulator, path, &[]).status == 200);
        found.count()
    };
    assert_eq!(left("&tag=%20a%20"), 4);
    assert_eq!(get(&emulator, &all[1], &[]).status, 404);
    assert_eq!(left("&tag=%20"), 3);
    assert_eq!(get(&emulator, &all[4], &[]).status, 404);
    assert_eq!(left("&tag=a&tag=b&startTime=x"), 2);
    assert_eq!(get(&emulator, &all[0], &[]).status, 404);
}

#[test]
fn delete_checks_its_times() {
    let emulator = start_netease(NeteaseConfig {
        deletes_per_day: 0,
        ..NeteaseConfig::default()
    });
    let now = emulator.control().now_ms();
    let today = now + 8 * 3_600_000;
    let today = today - today.rem_euclid(DAY) - 8 * 3_600_000;
    let ask = |start: i64, end: i64| code(&delete(&emulator, start, end, ""));
    assert_eq!(ask(today - 3 * DAY, today - 1), 200);
    assert_eq!(ask(today - 3 * DAY, today), 414);
    assert_eq!(ask(today - 3 * DAY, today - 2 * DAY), 414);
    assert_eq!(ask(today - 3 * DAY, today - 2 * DAY + 1), 200);
    assert_eq!(ask(today - 8 * DAY, today - DAY), 414);
    assert_eq!(ask(today - 8 * DAY + 1, today - DAY), 200);
    assert_eq!(ask(0, 2 * DAY), 414);
    assert_eq!(ask(3 * DAY, DAY), 414);
    let post = |body: &str| code(&netease(&emulator, DELETE, URL_ENCODED, body.as_bytes()));
    for body in [
        "",
        "startTime=1",
        "endTime=5",
        "startTime=a&endTime=b",
        "startTime=&endTime=",
    ] {
        assert_eq!(post(body), 414, "{body}");
    }
    let lax = start_netease(NeteaseConfig {
        delete_span: DeleteSpan::UpToSevenDays,
        ..NeteaseConfig::default()
    });
    assert_eq!(code(&delete(&lax, today - 8 * DAY, today - DAY, "")), 200);
    assert_eq!(code(&delete(&lax, today - 2, today - 1, "")), 200);
    assert_eq!(code(&delete(&lax, today - 9 * DAY, today - DAY, "")), 414);
}

#[test]
fn five_deletes_a_day_then_a_day_of_silence() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    // Noon in China, so that the sixth call falls into the same day.
    let china = control.now_ms() + 8 * 3_600_000;
    control.advance_seconds((DAY - china.rem_euclid(DAY) + DAY / 2) / 1000);
    let ask = || {
        let now = control.now_ms();
        code(&delete(&emulator, now - 5 * DAY, now - 2 * DAY, ""))
    };
    assert_eq!(
        [ask(), ask(), ask(), ask(), ask(), ask()],
        [200, 200, 200, 200, 200, 416]
    );
    control.advance_seconds(86_399);
    assert_eq!(ask(), 416);
    control.advance_seconds(1);
    assert_eq!(ask(), 200);
}

#[test]
fn discovery_and_health() {
    let emulator = start();
    let path = "/srv-sdk/allocate?k=5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b&sv=1.2.0&biz=1&p=java";
    let body = get(&emulator, path, &[]).json();
    assert_eq!(body["code"], 200);
    assert_eq!(body["default.endpoint"], "http://emulator.test/nimserver");
    assert_eq!(body["data"]["default.endpoint"], body["default.endpoint"]);
    assert!(body["backup.endpoints"].is_array() && body["ttl"].is_i64());
    let known = format!("{path}&md5={}", body["md5"].as_str().unwrap());
    assert_eq!(get(&emulator, &known, &[]).json()["code"], 304);
    assert_eq!(
        get(&emulator, "/nimserver/health/liveness.action", &[]).status,
        200
    );
    assert_eq!(
        request(&emulator, "POST", "/nimserver/msg/other.action", &[], b"").status,
        404
    );
    assert_eq!(
        get(&emulator, "/nimserver/msg/upload.action", &[]).status,
        404
    );
}

//! The page for people, as a browser asks for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatfile_emulator::{Action, Emulator, Rule};

use crate::common::{APP, FORM, Reply, app_token, file_form, get, request, start};

const ACCEPT: (&str, &str) = ("Accept", "text/html,application/xhtml+xml");
/// An image of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn page(emulator: &Emulator, query: &str) -> String {
    let reply = get(emulator, &format!("/_emulator/page{query}"), &[ACCEPT]);
    assert_eq!(reply.status, 200);
    let policy = reply.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    reply.text()
}

fn order(emulator: &Emulator, order: &str, form: &str) -> Reply {
    let path = format!("/_emulator/page/{order}");
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    request(emulator, "POST", &path, &[kind], form.as_bytes())
}

#[test]
fn a_browser_sees_what_there_is() {
    let emulator = start();
    let root = get(&emulator, "/", &[ACCEPT]).text();
    assert!(
        root.contains("Nothing yet") && root.contains("AppSecret"),
        "{root}"
    );
    // What is there for a client of a store stays.
    assert_ne!(get(&emulator, "/", &[]).status, 200);

    let token = app_token(&emulator);
    let pixel = STANDARD.decode(PIXEL).unwrap();
    let form = file_form("file", "<cat>.png", "image/png", &pixel);
    let fields = [FORM, ("Authorization", token.as_str())];
    let stored = request(
        &emulator,
        "POST",
        &format!("{APP}/chatfiles"),
        &fields,
        &form,
    );
    assert_eq!(stored.status, 200, "{}", stored.text());
    let shown = page(&emulator, "");
    assert!(
        shown.contains("&lt;cat&gt;.png") && !shown.contains("<cat>"),
        "{shown}"
    );
    assert!(shown.contains("<span class=ok>200</span>"), "{shown}");
    let link = |kind: &str| {
        let (_, rest) = shown
            .split_once(&format!("\"/_emulator/page/{kind}"))
            .unwrap();
        let path = rest.split('"').next().unwrap().replace("&amp;", "&");
        get(&emulator, &format!("/_emulator/page/{kind}{path}"), &[])
    };
    assert_eq!(link("file").body, pixel);
    let picture = link("picture");
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, Some("image/png"))
    );
    assert!(picture.body.starts_with(b"\x89PNG"));
    // Looking is no request of a client.
    let verbs: Vec<_> = emulator
        .control()
        .journal()
        .into_iter()
        .map(|entry| entry.verb)
        .collect();
    assert!(
        !verbs.is_empty() && verbs.iter().all(|verb| verb != "page"),
        "{verbs:?}"
    );
}

#[test]
fn buttons_steer_it() {
    let emulator = start();
    let control = emulator.control();
    let action = "%7B%22type%22%3A%22answer%22%2C%22status%22%3A503%7D";
    let done = order(
        &emulator,
        "fault",
        &format!("service=easemob&verb=token&action={action}&times=2&own="),
    );
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/_emulator/page"))
    );
    let expected = Rule::new(Action::json(503, ""))
        .service("easemob")
        .verb("token")
        .times(2);
    let (rule, fired) = control.faults().remove(0);
    assert_eq!(
        (rule.matching, rule.times, fired),
        (expected.matching, 2, 0)
    );
    let wrong = order(
        &emulator,
        "fault",
        "verb=nonsense&action=%7B%22type%22%3A%22hold%22%7D&times=1",
    );
    assert!(
        wrong.text().contains("no verb is called nonsense"),
        "{}",
        wrong.text()
    );
    order(&emulator, "no-faults", "");
    assert!(control.faults().is_empty());

    let before = control.clock_offset_ms();
    order(&emulator, "advance", "seconds=3600");
    assert!(control.clock_offset_ms() - before >= 3_600_000);
    order(&emulator, "freeze", "");
    assert!(control.is_clock_frozen());
    order(&emulator, "real-time", "");
    assert!(!control.is_clock_frozen());
    assert!(
        order(&emulator, "advance", "seconds=many")
            .text()
            .contains("is no number")
    );

    get(&emulator, "/no/such/place", &[]);
    assert!(!control.journal().is_empty());
    order(&emulator, "no-journal", "");
    assert!(control.journal().is_empty());
    assert!(
        order(&emulator, "nonsense", "")
            .text()
            .contains("no order nonsense")
    );
}

#[test]
fn the_journal_is_filtered_on_the_page_and_in_json() {
    let emulator = start();
    app_token(&emulator);
    get(&emulator, "/no/such/place?a=b", &[]);
    let count = |query: &str| {
        let reply = get(&emulator, &format!("/_emulator/journal?{query}"), &[]);
        reply.json()["requests"].as_array().unwrap().len()
    };
    assert_eq!(
        (
            count(""),
            count("verb=token"),
            count("path=such"),
            count("service=EASEMOB&verb=token")
        ),
        (2, 1, 1, 1)
    );
    assert_eq!(
        (
            count("after=1"),
            count("method=get"),
            count("status=200"),
            count("fault=1")
        ),
        (1, 1, 1, 0)
    );
    assert_eq!(
        get(&emulator, "/_emulator/journal?verbs=token", &[]).status,
        400
    );
    let shown = page(&emulator, "?service=&verb=token&path=&refresh=3");
    assert!(
        shown.contains("Requests (1)") && shown.contains("http-equiv=refresh content=3"),
        "{shown}"
    );
    assert!(page(&emulator, "?status=many").contains("status is a number"));
}

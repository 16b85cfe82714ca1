//! OpenIM's refusals: which pass, which stay, and what they say.

use super::cases;
use crate::protocol::Line;
use crate::world::{World, download, json, upload};
use chatfile_emulator::{Action, Canned, OpenimServer, Rule};

cases![
    an_unknown_name_is_told_from_an_outage: |config| {
        config.openim.server = OpenimServer::Main;
    },
    a_process_that_was_away_is_back,
    what_can_never_pass_is_tried_once,
    users_without_a_token_are_told_why,
    a_page_is_no_file,
    the_server_names_the_address_of_its_storage: |config| {
        config.openim.external_address = Some("http://127.0.0.1:1".to_owned());
    },
];

const FORM: u32 = 1;
const PARTS: u32 = 2;

fn stored(world: &mut World<'_>) -> String {
    world.open_openim();
    let stored = world.ok(upload(9).with("file_name", "a.txt"));
    stored.get("file").unwrap().to_owned()
}

fn by(method: u32) -> Line {
    upload(9).with("openim", 1).with("method", method)
}

fn presign(file: &str) -> Line {
    Line::new("presign_download").with("file", file)
}

fn refusal(code: u32, detail: &str) -> Action {
    json(&format!(
        r#"{{"errCode":{code},"errMsg":"ServerInternalError","errDlt":"{detail}"}}"#
    ))
}

/// Fails for good, and says why.
#[track_caller]
fn stays(world: &mut World<'_>, line: Line, status: &str, words: &str) {
    let answer = world.fails(line, status);
    assert_eq!(answer.number("retryable"), 0, "{answer}");
    assert!(answer.get("message").unwrap().contains(words), "{answer}");
}

fn an_unknown_name_is_told_from_an_outage(world: &mut World<'_>) {
    let file = stored(world);
    let words = "knows no file of this name";
    stays(world, presign("alice/none"), "NOT_FOUND", words);
    stays(world, download("alice/none"), "NOT_FOUND", words);
    world.count("access_url", 1);
    world.count("object", 1);
    let outage = || Rule::new(refusal(500, "server selection timeout")).verb("access_url");
    world.fault(outage().times(1));
    world.ok(presign(&file));
    world.count("access_url", 3);
    world.fault(outage());
    let answer = world.fails(presign(&file), "UNAVAILABLE");
    assert_eq!(answer.number("retryable"), 1);
}

fn a_process_that_was_away_is_back(world: &mut World<'_>) {
    let file = stored(world);
    for (code, verb) in [(14, "access_url"), (4, "access_url"), (2, "access_url")] {
        world.fault(Rule::new(refusal(code, "rpc error")).verb(verb).times(1));
        world.ok(presign(&file));
    }
    world.count("access_url", 6);
    // Nor is what the storage has sent again.
    world.control.clear_journal();
    let away = Rule::new(refusal(500, "connection refused")).verb("complete_form");
    world.fault(away.times(1));
    world.ok(by(FORM));
    world.count("form_post", 1);
    world.count("complete_form", 2);
}

fn what_can_never_pass_is_tried_once(world: &mut World<'_>) {
    let file = stored(world);
    let small = download(&file).with("openim", 1).with("thumbnail", 1);
    stays(world, small, "SERVICE", "the file is no image");
    world.count("object", 1);
    let mut allow = by(FORM);
    allow.head = "presign_upload".into();
    let made = world.ok(allow);
    let complete = Line::new("complete_presigned").with("json", made.get("json").unwrap());
    stays(world, complete, "NOT_FOUND", "not sent yet");
    world.count("complete_form", 1);
    let made = world.ok(presign(&file));
    let url = made.get("url").unwrap().to_owned();
    world.control.advance_seconds(8 * 86_400);
    stays(world, download(&url), "EXPIRED", "expired");
    world.count("storage_get", 1);
}

fn users_without_a_token_are_told_why(world: &mut World<'_>) {
    for (user_id, words) in [
        ("nobody", "register the user"),
        ("imAdmin", "leave platform out"),
    ] {
        let open = world.openim().with("user_id", user_id);
        world.ok(open);
        stays(world, upload(9), "AUTH", words);
    }
    world.count("user_token", 2);
}

fn a_page_is_no_file(world: &mut World<'_>) {
    let file = stored(world);
    let page = Action::Answer(Canned {
        status: 200,
        content_type: Some("text/html".to_owned()),
        body: "<html>Sign in".to_owned(),
        ..Canned::default()
    });
    for verb in ["object", "storage_get"] {
        world.control.clear_faults();
        world.control.clear_journal();
        world.fault(Rule::new(page.clone()).verb(verb));
        stays(world, download(&file), "RESPONSE", "Sign in");
        world.count(verb, 1);
    }
    world.control.clear_faults();
    let error = refusal(500, "server selection timeout");
    world.fault(Rule::new(error).verb("object").times(1));
    world.ok(download(&file));
}

fn the_server_names_the_address_of_its_storage(world: &mut World<'_>) {
    let open = world.openim().with("max_attempts", 1);
    world.ok(open);
    for method in [FORM, PARTS] {
        let answer = world.fails(by(method), "CONNECT");
        let message = answer.get("message").unwrap();
        for words in [
            "http://127.0.0.1:1 is what OpenIM's server names",
            "externalAddress",
        ] {
            assert!(message.contains(words), "{message}");
        }
    }
}

//! OpenIM's API with its store elsewhere: here it is another emulator's.

use crate::common::*;
use crate::openim_kit::*;
use chatfile_emulator::{Emulator, OpenimConfig};
use serde_json::{Value, json};

/// The API, and the store that it signs for.
fn two() -> (Emulator, Emulator) {
    let store = start_openim(OpenimConfig {
        min_part_size: Some(10),
        access_key: "another".to_owned(),
        secret_key: "secret of the other".to_owned(),
        ..OpenimConfig::default()
    });
    let api = start_openim(OpenimConfig {
        min_part_size: Some(10),
        store: Some(store.base_url()),
        // As the requests of these tests name their host.
        external_address: Some("http://emulator.test".to_owned()),
        access_key: "another".to_owned(),
        secret_key: "secret of the other".to_owned(),
        ..OpenimConfig::default()
    });
    (api, store)
}

/// What a name leads to.
fn fetched(api: &Emulator, store: &Emulator, path: &str) -> Reply {
    let found = get(api, path, &[]);
    assert_eq!(found.status, 302, "{}", found.text());
    get(store, &path_of(found.header("location").unwrap()), &[])
}

fn complete(api: &Emulator, token: &str, begun: &Value, name: &str, digests: &[String]) {
    let body = json!({
        "uploadID": begun["upload"]["uploadID"], "parts": digests, "name": name,
        "contentType": "application/pdf", "cause": "msg-file",
    });
    data(api, token, "/object/complete_multipart_upload", body);
}

#[test]
fn forms_and_parts_go_to_a_store_elsewhere() {
    let (api, store) = two();
    let alice = user(&api, "alice");
    let form = initiate_form(&api, &alice, "alice/f.png", 5);
    let done = json!({ "id": form["id"] });
    let (code, words) = failure(&api, &alice, "/object/complete_form_data", done.clone());
    assert!(
        code == 500 && words.contains("key does not exist"),
        "{words}"
    );
    assert_eq!(post_form(&store, &form, b"hello").status, 200);
    data(&api, &alice, "/object/complete_form_data", done);
    assert_eq!(fetched(&api, &store, "/object/alice/f.png").text(), "hello");
    // In several parts, and in one, which the server copies to where it belongs.
    for parts in [&[&b"0123456789"[..], b"end"][..], &[b"one"]] {
        let (hash, digests) = hash_of(parts);
        let size = parts.iter().map(|part| part.len()).sum();
        let body = begin_multipart(&hash, size, "alice/p", -1);
        let begun = data(
            &api,
            &alice,
            "/object/initiate_multipart_upload",
            body.clone(),
        );
        for (number, part) in (1..).zip(parts) {
            let reply = put_part(&store, &begun["upload"]["sign"], number, part);
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
        complete(&api, &alice, &begun, "alice/p", &digests);
        let whole = fetched(&api, &store, "/object/alice/p");
        assert_eq!(whole.body, parts.concat());
        // Known from now on.
        let again = data(&api, &alice, "/object/initiate_multipart_upload", body);
        assert_eq!(again["upload"], Value::Null);
    }
}

#[test]
fn what_the_store_says_is_told_and_so_is_its_absence() {
    let (api, store) = two();
    let alice = user(&api, "alice");
    let parts: &[&[u8]] = &[b"0123456789", b"end"];
    let (hash, digests) = hash_of(parts);
    let body = begin_multipart(&hash, 13, "alice/p", -1);
    let begun = data(
        &api,
        &alice,
        "/object/initiate_multipart_upload",
        body.clone(),
    );
    let unfinished = json!({
        "uploadID": begun["upload"]["uploadID"], "parts": digests, "name": "alice/p",
    });
    let path = "/object/complete_multipart_upload";
    let (code, words) = failure(&api, &alice, path, unfinished.clone());
    assert!(
        code == 500 && words.contains("could not be found"),
        "{words}"
    );
    drop(store);
    let (code, words) = failure(&api, &alice, path, unfinished);
    assert!(code == 500 && words.contains("does not answer"), "{words}");
}

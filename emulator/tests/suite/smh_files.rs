//! SMH's conflicts, downloads, information, deletion, directories, moves and copies.

use chatfile_emulator::{Emulator, SmhConfig, SmhConflict, SmhHistory, SmhOverwritten};
use serde_json::{Value, json};

use crate::common::*;
use crate::smh::*;

fn mkdir(client: &Client<'_>, path: &str, query: &str) -> Reply {
    client.of("directory", "PUT", path, query, &Value::Null)
}

fn list(client: &Client<'_>, path: &str, query: &str) -> Value {
    let reply = client.of("directory", "GET", path, query, &Value::Null);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn names(listing: &Value) -> Vec<&str> {
    let contents = listing["contents"].as_array().unwrap();
    let names = contents.iter().map(|entry| entry["name"].as_str().unwrap());
    names.collect()
}

/// What an upload onto a taken name gets: at its beginning, and when confirmed.
fn outcome(emulator: &Emulator, name: &str, query: &str) -> (u16, Option<Value>) {
    let client = Client::new(emulator);
    let reply = client.call("PUT", name, query, &Value::Null);
    if reply.status != 201 {
        refused(&reply, 409, "SameNameDirectoryOrFileExists");
        return (reply.status, None);
    }
    let upload = Upload {
        emulator,
        info: reply.json(),
    };
    upload.put("", b"new");
    let reply = client.confirm(&upload, "", &Value::Null);
    if reply.status != 200 {
        refused(&reply, 409, "SameNameDirectoryOrFileExists");
        return (201, None);
    }
    (201, Some(reply.json()))
}

#[test]
fn the_conflict_matrix() {
    let strategy = |name: &str| format!("conflict_resolution_strategy={name}");
    for at in [SmhConflict::Begin, SmhConflict::Confirm] {
        let emulator = start_smh(SmhConfig {
            conflict_at: at,
            ..SmhConfig::default()
        });
        let client = Client::new(&emulator);
        client.put("a.tar.gz", "", b"old");
        mkdir(&client, "dir", "");
        let refused_at = if at == SmhConflict::Begin { 409 } else { 201 };
        for name in ["a.tar.gz", "dir"] {
            let (status, object) = outcome(&emulator, name, &strategy("ask"));
            assert_eq!((status, object), (refused_at, None), "{name}");
        }
        let (status, object) = outcome(&emulator, "dir", &strategy("overwrite"));
        assert_eq!((status, object), (refused_at, None));
        for (query, number) in [(strategy("rename"), 1), (String::new(), 2)] {
            let object = outcome(&emulator, "a.tar.gz", &query).1.unwrap();
            let name = format!("a.tar ({number}).gz");
            assert_eq!(object["path"], json!([name]));
            assert_eq!(
                (&object["name"], &object["isOverwritten"]),
                (&json!(name), &json!(false))
            );
        }
        let object = outcome(&emulator, "dir", "").1.unwrap();
        assert_eq!(object["path"], json!(["dir (1)"]));
        let object = outcome(&emulator, "a.tar.gz", &strategy("overwrite"))
            .1
            .unwrap();
        assert_eq!(object["path"], json!(["a.tar.gz"]));
        assert_eq!(
            (&object["isOverwritten"], &object["versionId"]),
            (&json!(true), &json!(2))
        );
        assert_eq!(client.get("a.tar.gz", "", &[]).body, b"new");
    }
}

#[test]
fn two_that_ask_meet_at_the_confirmation() {
    let emulator = start();
    let client = Client::new(&emulator);
    let ask = "conflict_resolution_strategy=ask";
    let first = client.begin("a", ask, &Value::Null);
    let second = client.begin("a", ask, &Value::Null);
    first.put("", b"1");
    second.put("", b"2");
    assert_eq!(client.confirm(&first, "", &Value::Null).status, 200);
    let reply = client.confirm(&second, "", &Value::Null);
    refused(&reply, 409, "SameNameDirectoryOrFileExists");
    // The upload lives on, and another strategy helps it.
    let reply = client.confirm(&second, "conflict_resolution_strategy=rename", &Value::Null);
    assert_eq!(reply.json()["path"], json!(["a (1)"]));
    // Instant uploads conflict, too.
    client.put("big", "", &data(MIB));
    let hash = "503b5e5ad1710ffa17440d82a923184b90590e1e03f03947b5ed7b31bbb53243";
    let body = json!({ "fullHash": hash, "beginningHash": hash, "size": MIB.to_string() });
    let reply = client.call("PUT", "big", ask, &body);
    refused(&reply, 409, "SameNameDirectoryOrFileExists");
    let force = "conflict_resolution_strategy=overwrite";
    let reply = client.call("PUT", "big", force, &body);
    assert_eq!(
        (reply.status, &reply.json()["isOverwritten"]),
        (200, &json!(true))
    );
    // Nothing was there, and so nothing was overwritten.
    client.put("free", "", b"free");
    for (how, from, to) in [("from", "free", "b"), ("copyFrom", "b", "free")] {
        let reply = client.call("PUT", to, force, &json!({ how: from })).json();
        assert_eq!(reply["isOverwritten"], false, "{reply}");
    }
}

#[test]
fn the_word_for_overwritten() {
    for (reading, plain, odd) in [
        (SmhOverwritten::IsOverwritten, true, false),
        (SmhOverwritten::IsOverwrittened, false, true),
        (SmhOverwritten::Both, true, true),
    ] {
        let emulator = start_smh(SmhConfig {
            overwritten: reading,
            ..SmhConfig::default()
        });
        let object = Client::new(&emulator).put("a", "", b"x");
        let has = |name: &str| object.get(name).is_some();
        assert_eq!((has("isOverwritten"), has("isOverwrittened")), (plain, odd));
    }
}

#[test]
fn history() {
    let emulator = start_smh(SmhConfig {
        history: SmhHistory::Kept,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    let force = "conflict_resolution_strategy=overwrite";
    client.put("a", "", b"one");
    let info = |query: &str| {
        let query = format!("info&pre_check&with_content_cas&{query}");
        client.call("GET", "a", &query, &Value::Null).json()
    };
    let first = info("");
    emulator.control().advance_seconds(60);
    client.put("a", force, b"two");
    let object = client.put("a", force, b"three");
    assert_eq!(object["versionId"], 3);
    // An old version is told of as it was.
    assert_eq!(info("history_id=1"), first);
    assert_eq!(info("history_id=3"), info(""));
    for (query, content) in [
        ("", "three"),
        ("history_id=3", "three"),
        ("history_id=1", "one"),
    ] {
        assert_eq!(client.get("a", query, &[]).text(), content);
    }
    refused(
        &client.call("GET", "a", "history_id=9", &Value::Null),
        404,
        "FileNotFound",
    );
    client.put("b", "", b"b");
    let body = json!({ "from": "b" });
    refused(
        &client.call("PUT", "a", force, &body),
        400,
        "OverwriteFileNotAllowed",
    );
    let versions = |path: &str, query: &str| {
        let path = format!("history-list/{path}");
        client.of("directory-history", "GET", &path, query, &Value::Null)
    };
    let ids = |reply: &Reply| {
        let contents = reply.json()["contents"].as_array().unwrap().clone();
        let id = |version: &Value| (version["id"].as_u64(), version["size"].as_u64());
        contents.iter().map(id).collect::<Vec<_>>()
    };
    let (third, second, first) = ((None, Some(5)), (Some(2), Some(3)), (Some(1), Some(3)));
    let all = versions("a", "");
    assert_eq!(ids(&all), [third, second, first]);
    assert_eq!(all.json()["totalNum"], 3);
    assert_eq!(all.json()["contents"][0]["isLatestVersion"], true);
    assert_eq!(all.json().get("nextMarker"), None);
    let rising = versions("a", "order_by=creationTime&order_by_type=asc");
    assert_eq!(ids(&rising), [third, first, second]);
    let begin = versions("a", "limit=2");
    assert_eq!(ids(&begin), [third, second]);
    let begin = begin.json();
    let marker = begin["nextMarker"].as_str().unwrap();
    let rest = versions("a", &format!("marker={marker}"));
    assert_eq!(ids(&rest), [first]);
    assert_eq!(ids(&versions("a", "page=2&page_size=2")), [first]);
    assert_eq!(ids(&versions("b", "")), [(None, Some(1))]);
    mkdir(&client, "dir", "");
    for missing in ["none", "dir", ""] {
        refused(&versions(missing, ""), 404, "FileNotFound");
    }
    refused(&versions("a", "order_by=size"), 400, "ParamInvalid");

    let emulator = start_smh(SmhConfig {
        history: SmhHistory::Refused,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    client.put("a", "", b"one");
    let reply = client.call("PUT", "a", force, &Value::Null);
    refused(&reply, 400, "OverwriteFileNotAllowed");
}

#[test]
fn only_what_is_unchanged_is_overwritten() {
    let told = "conflict_resolution_strategy=overwrite&with_content_cas=1";
    let only = |cas: &str| format!("{told}&content_cas={cas}");
    let emulator = start_smh(SmhConfig::default());
    let client = Client::new(&emulator);
    let cas = |object: &Value| object["contentCas"].as_str().unwrap().to_owned();
    let of = |path: &str| {
        let info = client.call("GET", path, "info&with_content_cas=1", &Value::Null);
        cas(&info.json())
    };
    client.put("a", "", b"one");
    let first = of("a");
    // It is confirmed as long as nobody was faster.
    let slow = client.begin("a", &only(&first), &Value::Null);
    slow.put("", b"slow");
    let over = |client: &Client<'_>, cas: &str, content: &[u8]| {
        let upload = client.begin("a", &only(cas), &Value::Null);
        upload.put("", content);
        client.confirm(&upload, &only(cas), &Value::Null)
    };
    let second = over(&client, &first, b"two");
    assert_eq!(cas(&second.json()), of("a"));
    refused(
        &client.confirm(&slow, &only(&first), &Value::Null),
        409,
        "ContentCasConflict",
    );
    assert_eq!(client.get("a", "", &[]).text(), "two");
    let body = json!({ "copyFrom": "a" });
    client.put("b", "", b"b");
    let stale = &client.call("PUT", "b", &only(&first), &body);
    refused(stale, 409, "ContentCasConflict");
    let copied = client.call("PUT", "b", &only(&of("b")), &body);
    assert_eq!(copied.status, 200, "{}", copied.text());
    let body = json!({ "from": "b" });
    refused(
        &client.call("PUT", "a", &only(&first), &body),
        409,
        "ContentCasConflict",
    );
    // What is not there is not that file either.
    let gone = client.begin("c", &only(&first), &Value::Null);
    gone.put("", b"c");
    refused(
        &client.confirm(&gone, &only(&first), &Value::Null),
        409,
        "ContentCasConflict",
    );
    let delete = |cas: &str| {
        let query = format!("content_cas={cas}");
        client.call("DELETE", "a", &query, &Value::Null)
    };
    refused(&delete(&first), 409, "ContentCasConflict");
    assert_eq!(delete(&of("a")).status, 200);
    // Without "overwrite" it says nothing, and in a private deployment never.
    client.put("a", "", b"one");
    let renamed = client.put("a", "content_cas=x", b"two");
    assert_eq!(renamed["path"], json!(["a (1)"]));
    let emulator = start_smh(SmhConfig {
        private_cloud: true,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    client.put("a", "", b"one");
    assert_eq!(over(&client, "x", b"two").status, 200);
    assert_eq!(client.get("a", "", &[]).text(), "two");
}

#[test]
fn downloads() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    let client = Client::new(&emulator);
    let content = data(2 * MIB + 100);
    client.put_parts(
        "%E6%96%87%2F..x.bin".split("%2F").last().unwrap(),
        &content,
        MIB,
    );
    client.put_parts("q.%E6%96%87", &content, MIB);
    let reply = client.call("GET", "q.%E6%96%87", "", &Value::Null);
    let location = reply.header("location").unwrap().to_owned();
    assert!(location.starts_with("http://emulator.test/") && location.contains(".%E6%96%87?"));
    assert!(!location.contains(&client.token) && location.contains("q-signature="));
    assert_eq!(reply.header("x-smh-size"), Some("2097252"));
    let path = path_of(&location);
    let whole = get(&emulator, &path, &[]);
    assert!(whole.status == 200 && whole.body == content);
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let crc64 = whole.header("x-cos-hash-crc64ecma").unwrap().to_owned();
    assert_eq!(reply.header("x-smh-crc64"), Some(crc64.as_str()));
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=1048575-1048576", MIB - 1, MIB + 1),
        ("bytes=-101", content.len() - 101, content.len()),
        ("bytes=5-", 5, content.len()),
    ] {
        let part = get(&emulator, &path, &[("Range", range)]);
        assert!(
            part.status == 206 && part.body == content[from..to],
            "{range}"
        );
    }
    assert_eq!(
        get(&emulator, &path, &[("Range", "bytes=9999999-")]).status,
        416
    );
    let head = request(&emulator, "HEAD", &path, &[], b"");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("2097252"))
    );
    // The address as a whole is signed, and for its time only.
    let elsewhere = path.replace("q-signature=", "q-signature=0");
    store_refused(
        &get(&emulator, &elsewhere, &[]),
        403,
        "SignatureDoesNotMatch",
    );
    let bare = path.split('?').next().unwrap();
    store_refused(&get(&emulator, bare, &[]), 403, "AccessDenied");
    control.advance_seconds(7200);
    let late = get(&emulator, &path, &[]);
    store_refused(&late, 403, "AccessDenied");
    assert!(late.text().contains("Request has expired"));

    for how in ["inline", "attachment"] {
        let reply = client.get("q.%E6%96%87", &format!("content_disposition={how}"), &[]);
        let expected = format!("{how}; filename*=UTF-8''q.%E6%96%87");
        assert_eq!(reply.header("content-disposition"), Some(expected.as_str()));
    }
    let get = |query: &str| client.call("GET", "q.%E6%96%87", query, &Value::Null);
    refused(&get("content_disposition=x"), 400, "ParamInvalid");
    refused(&get("traffic_limit=1"), 400, "ParamInvalid");
    let missing = client.call("GET", "nope", "", &Value::Null);
    refused(&missing, 404, "FileNotFound");
}

#[test]
fn information() {
    let emulator = start();
    let client = Client::new(&emulator);
    let object = client.put("a.txt", "", b"hello");
    let ask = |query: &str| client.call("GET", "a.txt", query, &Value::Null);
    for flag in ["info", "info=1"] {
        let info = ask(flag).json();
        let url = info["cosUrl"].as_str().unwrap();
        assert_eq!(
            crate::common::get(&emulator, &path_of(url), &[]).body,
            b"hello"
        );
        for name in [
            "size",
            "crc64",
            "eTag",
            "type",
            "contentType",
            "creationTime",
        ] {
            assert_eq!(info[name], object[name], "{name}");
        }
        for name in ["name", "path", "metaData"] {
            assert!(info.get(name).is_none(), "{name}");
        }
    }
    assert!(ask("info&pre_check=1").json().get("cosUrl").is_none());
    refused(&ask("info&period=59"), 400, "ParamInvalid");
    emulator.control().freeze_clock(true);
    let brief = ask("info&period=60").json();
    emulator.control().advance_seconds(60);
    let path = path_of(brief["cosUrl"].as_str().unwrap());
    store_refused(
        &crate::common::get(&emulator, &path, &[]),
        403,
        "AccessDenied",
    );
    let head = client.call("HEAD", "a.txt", "", &Value::Null);
    assert_eq!(
        (
            head.status,
            head.header("x-smh-size"),
            head.header("x-smh-type")
        ),
        (200, Some("5"), Some("file"))
    );
    assert_eq!(client.call("HEAD", "b", "", &Value::Null).status, 404);
    mkdir(&client, "d", "");
    let of_directory =
        |path: &str| client.of("directory", "GET", path, "info&with_inode=1", &Value::Null);
    let directory = of_directory("d").json();
    assert_eq!(
        (&directory["type"], &directory["path"]),
        (&json!("dir"), &json!(["d"]))
    );
    assert_eq!(directory["inode"].as_str().unwrap().len(), 32);
    assert_eq!(of_directory("a.txt").json()["name"], "a.txt");
    refused(&of_directory("e"), 404, "PathNotFound");
    assert_eq!(
        client.of("directory", "HEAD", "d", "", &Value::Null).status,
        200
    );
    assert_eq!(
        client.of("directory", "HEAD", "e", "", &Value::Null).status,
        404
    );
}

#[test]
fn deleting() {
    let emulator = start();
    let client = Client::new(&emulator);
    let delete = |rest: &str, query: &str| client.call("DELETE", rest, query, &Value::Null);
    client.put("a", "", b"x");
    let reply = delete("a", "");
    assert!(reply.status == 200 && reply.json()["recycledItemId"].is_u64());
    refused(&delete("a", ""), 404, "FileNotFound");
    client.put("a", "", b"x");
    assert_eq!(delete("a", "permanent=1").status, 204);
    mkdir(&client, "d/e", "");
    client.put("d/e/f", "", b"x");
    refused(&delete("d", ""), 404, "FileNotFound");
    let directory =
        |rest: &str, query: &str| client.of("directory", "DELETE", rest, query, &Value::Null);
    refused(&directory("", ""), 400, "RootDirectoryNotAllowed");
    refused(&directory("x", ""), 404, "DirectoryNotFound");
    assert_eq!(directory("d", "permanent=1").status, 204);
    refused(
        &client.call("GET", "d/e/f", "", &Value::Null),
        404,
        "FileNotFound",
    );
    // One object is left: that of the file in the recycle bin.
    let objects = emulator.folder().join("smh/objects");
    assert_eq!(std::fs::read_dir(objects).unwrap().count(), 1);
    let emulator = start_smh(SmhConfig {
        recycle_bin: false,
        ..SmhConfig::default()
    });
    let client = Client::new(&emulator);
    client.put("a", "", b"x");
    assert_eq!(client.call("DELETE", "a", "", &Value::Null).status, 204);
}

#[test]
fn directories() {
    let emulator = start();
    let client = Client::new(&emulator);
    let reply = mkdir(&client, "a/b/c", "with_inode=1");
    let made = reply.json();
    assert_eq!(
        (reply.status, &made["path"]),
        (201, &json!(["a", "b", "c"]))
    );
    assert!(made["inode"].is_string() && made["creationTime"].is_string());
    refused(
        &mkdir(&client, "a/b", ""),
        409,
        "SameNameDirectoryOrFileExists",
    );
    let renamed = mkdir(&client, "a/b", "conflict_resolution_strategy=rename");
    assert_eq!(renamed.json()["path"], json!(["a", "b (1)"]));
    client.put("file", "", b"x");
    // A file in the way stays in the way.
    refused(
        &mkdir(&client, "file/x", "conflict_resolution_strategy=rename"),
        409,
        "SameNameDirectoryOrFileExists",
    );
    refused(&mkdir(&client, "", ""), 400, "RootDirectoryNotAllowed");
    refused(&mkdir(&client, "x%3A", ""), 400, "IllegalFileName");
}

#[test]
fn listings_by_marker_and_page() {
    for number_markers in [false, true] {
        let emulator = start_smh(SmhConfig {
            number_markers,
            ..SmhConfig::default()
        });
        let client = Client::new(&emulator);
        for name in ["b", "a", "z.png"] {
            client.put(name, "", name.as_bytes());
        }
        mkdir(&client, "m", "");
        mkdir(&client, "m/n", "");
        let all = list(&client, "", "limit=100");
        assert_eq!(names(&all), ["m", "a", "b", "z.png"]);
        assert_eq!((&all["path"], all.get("nextMarker")), (&json!([]), None));
        assert_eq!(all["contents"][0]["type"], "dir");
        assert_eq!(all["contents"][3]["type"], "image");
        assert_eq!(all["contents"][3]["size"], "5");
        let mut seen = Vec::new();
        let mut marker = String::new();
        loop {
            let query = format!("by-marker=1&limit=3&marker={marker}");
            let page = list(&client, "", &query);
            seen.extend(names(&page).iter().map(|name| (*name).to_owned()));
            match &page["nextMarker"] {
                Value::Null => break,
                next => {
                    assert_eq!(next.is_number(), number_markers);
                    marker = next.as_str().map_or(next.to_string(), str::to_owned);
                }
            }
        }
        assert_eq!(seen, ["m", "a", "b", "z.png"]);
        let page = list(&client, "", "page=2&page_size=3");
        assert_eq!(names(&page), ["z.png"]);
        assert_eq!(
            (&page["totalNum"], &page["fileCount"], &page["subDirCount"]),
            (&json!(4), &json!(3), &json!(1))
        );
        let order = "order_by=size&order_by_type=desc&sort_type=union";
        assert_eq!(names(&list(&client, "", order))[0], "z.png");
        assert_eq!(names(&list(&client, "", "filter=onlyDir")), ["m"]);
        assert_eq!(names(&list(&client, "m", "")), ["n"]);
        let ask =
            |path: &str, query: &str| client.of("directory", "GET", path, query, &Value::Null);
        refused(&ask("x", ""), 404, "DirectoryNotFound");
        refused(&ask("a", ""), 404, "DirectoryNotFound");
        refused(&ask("", "limit=1001"), 400, "ParamInvalid");
        refused(&ask("", "limit=0"), 400, "ParamInvalid");
        refused(&ask("", "page=101&page_size=100"), 400, "ParamInvalid");
        refused(&ask("", "marker=nonsense"), 404, "MarkerNotFound");
    }
}

#[test]
fn a_listing_that_is_known_is_not_sent_again() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.put("a", "", b"x");
    let etag = list(&client, "", "")["eTag"].as_str().unwrap().to_owned();
    let again = |etag: &str| {
        let path = client.address("directory", "", "");
        get(&emulator, &path, &[("If-None-Match", etag)]).status
    };
    assert_eq!(
        [again(&etag), again(&format!("\"{etag}\"")), again("1")],
        [304, 304, 200]
    );
    client.put("a", "conflict_resolution_strategy=overwrite", b"y");
    assert_eq!(again(&etag), 200);
}

#[test]
fn moves_and_copies() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.put("a.txt", "", b"a");
    mkdir(&client, "d", "");
    let put = |target: &str, query: &str, body: &Value| client.call("PUT", target, query, body);
    let moved = put("d/b.txt", "", &json!({ "from": "/a.txt" }));
    assert_eq!(
        (moved.status, &moved.json()["path"]),
        (200, &json!(["d", "b.txt"]))
    );
    refused(
        &put("x", "", &json!({ "from": "a.txt" })),
        404,
        "SourceFileNotFound",
    );
    refused(
        &put("no/x", "", &json!({ "from": "d/b.txt" })),
        404,
        "DirectoryNotFound",
    );
    let copied = put("d/b.txt", "", &json!({ "copyFrom": "d/b.txt" }));
    assert_eq!(copied.json()["path"], json!(["d", "b (1).txt"]));
    let ask = "conflict_resolution_strategy=ask";
    refused(
        &put("d/b.txt", ask, &json!({ "copyFrom": "d/b (1).txt" })),
        409,
        "SameNameDirectoryOrFileExists",
    );
    let force = "conflict_resolution_strategy=overwrite";
    let over = put("d/b.txt", force, &json!({ "from": "d/b (1).txt" }));
    assert_eq!(over.json()["path"], json!(["d", "b.txt"]));
    assert_eq!(names(&list(&client, "d", "")), ["b.txt"]);
    assert_eq!(client.get("d/b.txt", "", &[]).body, b"a");

    let directory = |target: &str, query: &str, body: &Value| {
        client.of("directory", "PUT", target, query, body)
    };
    assert_eq!(
        directory("e/f", "", &json!({ "copyFrom": "d" })).status,
        204
    );
    assert_eq!(client.get("e/f/b.txt", "", &[]).body, b"a");
    let rename = "conflict_resolution_strategy=rename";
    let renamed = directory("d", rename, &json!({ "from": "e/f" }));
    assert_eq!(renamed.json()["path"], json!(["d (1)"]));
    refused(
        &directory("d", "", &json!({ "from": "e" })),
        409,
        "SameNameDirectoryOrFileExists",
    );
    refused(
        &directory("d/x/y", "", &json!({ "from": "d" })),
        400,
        "SourceDirectoryIsParentOfDestination",
    );
    refused(
        &directory("x", "", &json!({ "from": "y" })),
        404,
        "SourceDirectoryNotFound",
    );
    // The copies share their content, and losing one does not lose the other.
    client.call("DELETE", "d/b.txt", "permanent=1", &Value::Null);
    assert_eq!(client.get("d%20(1)/b.txt", "", &[]).body, b"a");
    let verbs: Vec<String> = emulator
        .control()
        .journal()
        .into_iter()
        .map(|entry| entry.verb)
        .collect();
    for verb in ["move", "copy", "mkdir", "begin_simple"] {
        assert!(verbs.iter().any(|seen| seen == verb), "{verb}");
    }
}

#[test]
fn what_a_put_says_of_the_content_comes_back_with_it() {
    let emulator = start();
    let client = Client::new(&emulator);
    let upload = client.begin("labels.txt", "", &Value::Null);
    let labels = [
        ("Cache-Control", "max-age=60"),
        ("Content-Disposition", "attachment"),
        ("Content-Encoding", "br"),
        ("x-cos-meta-origin", "here"),
    ];
    let own = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers = [upload.headers(), own.to_vec()].concat();
    assert_eq!(upload.put_with(&headers, "", b"content").status, 200);
    assert_eq!(client.confirm(&upload, "", &Value::Null).status, 200);
    let got = client.get("labels.txt", "", &[]);
    assert_eq!(got.body, b"content");
    for (name, value) in labels {
        assert_eq!(got.header(name), Some(value), "{name}");
    }
}

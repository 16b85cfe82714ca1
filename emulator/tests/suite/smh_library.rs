//! What SMH's JavaScript SDK asks besides files: virtual files, quotas, usage, the recycle bin, several things at once.

use serde_json::{Value, json};

use crate::common::*;
use crate::smh::*;

#[test]
fn a_virtual_file_is_a_name_and_what_is_told_of_it() {
    let emulator = start();
    let client = Client::new(&emulator);
    let told = json!({
        "contentType": "application/pdf", "size": "1048576", "category": "reference",
        "labels": ["one"], "metaData": { "source": "elsewhere" },
    });
    let reply = client.call("PUT", "a.vfile", "virtual_file=1", &told);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(
        reply.json(),
        json!({ "path": ["a.vfile"], "type": "virtual" })
    );
    // By default another of that name is renamed.
    let reply = client.call("PUT", "a.vfile", "virtual_file=1", &Value::Null);
    assert_eq!(reply.json()["path"], json!(["a (1).vfile"]));
    let query = "virtual_file=1&conflict_resolution_strategy=ask";
    let reply = client.call("PUT", "a.vfile", query, &Value::Null);
    refused(&reply, 409, "SameNameDirectoryOrFileExists");
    let info = client.call("GET", "a.vfile", "info", &Value::Null).json();
    for (name, value) in [
        ("type", json!("virtual")),
        ("size", json!("1048576")),
        ("contentType", json!("application/pdf")),
        ("category", json!("reference")),
        ("metaData", json!({ "source": "elsewhere" })),
    ] {
        assert_eq!(info[name], value, "{info}");
    }
    assert!(info.get("cosUrl").is_none());
    let reply = client.call("GET", "a.vfile", "", &Value::Null);
    refused(&reply, 404, "CosObjectNonexistent");
    let listed = client.of("directory", "GET", "", "", &Value::Null).json();
    let types: Vec<_> = listed["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["type"])
        .collect();
    assert_eq!(types, ["virtual", "virtual"]);
    // It is moved, copied and deleted as a file is.
    let reply = client.call("PUT", "b.vfile", "", &json!({ "copyFrom": "a.vfile" }));
    assert_eq!(
        (reply.status, &reply.json()["type"]),
        (200, &json!("virtual"))
    );
    let reply = client.call("PUT", "c.vfile", "", &json!({ "from": "b.vfile" }));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = client.call("DELETE", "c.vfile", "permanent=1", &Value::Null);
    assert_eq!(reply.status, 204);
    // A file takes its place.
    let upload = client.begin(
        "a.vfile",
        "conflict_resolution_strategy=overwrite",
        &Value::Null,
    );
    assert_eq!(upload.put("", b"hello").status, 200);
    assert_eq!(
        client.confirm(&upload, "", &Value::Null).json()["type"],
        "file"
    );
    assert_eq!(client.get("a.vfile", "", &[]).body, b"hello");
}

#[test]
fn quotas_are_kept_to() {
    let emulator = start();
    let client = Client::new(&emulator);
    let at = |kind: &str, rest: &str| {
        format!(
            "/api/v1/{kind}/{LIBRARY}{rest}?access_token={}",
            client.token
        )
    };
    let ask = |method: &str, path: &str, body: &Value| {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        request(&emulator, method, path, &[JSON], body.as_bytes())
    };
    refused(
        &ask("GET", &at("quota", "/-"), &Value::Null),
        404,
        "NoQuota",
    );
    let quota = json!({ "capacity": "10", "removeWhenExceed": false, "removeAfterDays": 30, "spaces": ["-"] });
    let reply = ask("POST", &at("quota", ""), &quota);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let id = reply.json()["quotaId"].as_u64().unwrap();
    // The SDK for Android writes a slash behind the library, that for Java asks for its spaces without a name.
    for rest in ["", "/"] {
        let reply = ask("POST", &at("quota", rest), &quota);
        refused(&reply, 409, "DuplicateQuota");
    }
    let lists = ["", "/list"].map(|rest| ask("GET", &at("space", rest), &Value::Null));
    assert_eq!(lists[0].status, 200, "{}", lists[0].text());
    assert_eq!(lists[0].json(), lists[1].json());
    let reply = ask(
        "POST",
        &at("quota", ""),
        &json!({ "capacity": "1", "spaces": ["none"] }),
    );
    refused(&reply, 404, "SpaceNotFound");
    let known = json!({ "id": id, "capacity": "10" });
    for kind in ["quota", "space-quota"] {
        assert_eq!(ask("GET", &at(kind, "/-"), &Value::Null).json(), known);
    }
    let reply = ask("GET", &at("quota", &format!("/{id}")), &Value::Null);
    assert_eq!(reply.json(), json!({ "spaces": ["-"], "capacity": "10" }));
    client.put("a.txt", "", b"12345");
    let reply = client.call("PUT", "b.txt", "filesize=6", &Value::Null);
    refused(&reply, 400, "QuotaLimitReached");
    let reply = client.call("PUT", "b.vfile", "virtual_file", &json!({ "size": "6" }));
    refused(&reply, 400, "QuotaLimitReached");
    let usage = json!([{ "spaceId": "-", "capacity": "10", "availableSpace": "5", "size": "5" }]);
    assert_eq!(ask("GET", &at("usage", "/-"), &Value::Null).json(), usage);
    let reply = ask("GET", &at("usage", ""), &Value::Null);
    assert_eq!(reply.json(), json!({ "totalFileSize": "5" }));
    let reply = ask("PUT", &at("quota", "/-"), &json!({ "capacity": "20" }));
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_eq!(
        client
            .call("PUT", "b.txt", "filesize=6", &Value::Null)
            .status,
        201
    );
    let reply = ask(
        "PUT",
        &at("quota", &format!("/{id}")),
        &json!({ "capacity": 3 }),
    );
    assert_eq!(reply.status, 204);
    refused(
        &ask("PUT", &at("quota", "/77"), &json!({})),
        404,
        "QuotaNotFound",
    );
    let reply = ask("GET", &at("space", "/-/size"), &Value::Null);
    assert_eq!(reply.json(), json!({ "size": "5" }));
    let reply = ask("GET", &at("space", "/-/file-count"), &Value::Null);
    assert_eq!(reply.json()["fileNum"], "1");
    let reply = ask("GET", &at("space", "/count"), &Value::Null);
    assert_eq!(reply.json(), json!({ "total": 2 }));
    let reply = ask("GET", &at("space", "/list"), &Value::Null);
    assert_eq!(reply.json()["list"][0]["spaceId"], "-");
}

#[test]
fn what_was_deleted_comes_back_or_goes_for_good() {
    let emulator = start();
    let client = Client::new(&emulator);
    let bin = |method: &str, rest: &str, query: &str, body: &Value| {
        let path = format!(
            "/api/v1/recycled/{LIBRARY}/-{rest}?{query}&access_token={}",
            client.token
        );
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        request(&emulator, method, &path, &[JSON], body.as_bytes())
    };
    let delete = |name: &str| {
        let reply = client.call("DELETE", name, "", &Value::Null);
        reply.json()["recycledItemId"].as_u64().unwrap()
    };
    client.put("a.txt", "", b"one");
    let first = delete("a.txt");
    client.put("a.txt", "", b"two");
    let listed = bin("GET", "", "by-marker=1", &Value::Null).json();
    let entry = &listed["contents"][0];
    assert_eq!(entry["recycledItemId"], first);
    assert_eq!(entry["originalPath"], json!(["a.txt"]));
    assert_eq!(
        bin("GET", "", "by-page=1&page=1&page_size=5", &Value::Null).json()["totalNum"],
        1
    );
    // There is another meanwhile; by default that is complained of.
    let item = format!("/{first}");
    let reply = bin("POST", &item, "restore=1", &Value::Null);
    refused(&reply, 409, "SameNameDirectoryOrFileExists");
    let reply = bin(
        "POST",
        &item,
        "restore=1&conflict_resolution_strategy=rename",
        &Value::Null,
    );
    assert_eq!(reply.json(), json!({ "path": ["a (1).txt"] }));
    assert_eq!(client.get("a%20(1).txt", "", &[]).body, b"one");
    assert_eq!(client.get("a.txt", "", &[]).body, b"two");
    refused(
        &bin("POST", &item, "restore", &Value::Null),
        404,
        "PathNotFound",
    );
    let (one, two) = (delete("a.txt"), delete("a%20(1).txt"));
    let reply = bin("POST", "", "restore=1", &json!([one, 77]));
    assert_eq!(reply.status, 207, "{}", reply.text());
    assert_eq!(reply.json()["result"][1]["status"], 404);
    assert_eq!(
        bin("DELETE", &format!("/{two}"), "", &Value::Null).status,
        204
    );
    let three = delete("a.txt");
    assert_eq!(bin("POST", "", "delete=1", &json!([three])).status, 204);
    client.put("b.txt", "", b"three");
    delete("b.txt");
    assert_eq!(bin("DELETE", "", "", &Value::Null).status, 204);
    let listed = bin("GET", "", "", &Value::Null).json();
    assert_eq!(listed["contents"], json!([]));
}

#[test]
fn several_things_at_once() {
    let emulator = start();
    let client = Client::new(&emulator);
    client.put("a.txt", "", b"one");
    assert_eq!(
        client.of("directory", "PUT", "d", "", &Value::Null).status,
        201
    );
    let batch = |query: &str, body: Value| {
        let path = format!(
            "/api/v1/batch/{LIBRARY}/-?{query}&access_token={}",
            client.token
        );
        request(
            &emulator,
            "POST",
            &path,
            &[JSON],
            body.to_string().as_bytes(),
        )
    };
    let reply = batch(
        "copy",
        json!([{ "copyFrom": "a.txt", "to": "d/b.txt" }, { "copyFrom": "d", "to": "e" }]),
    );
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["result"][0]["path"], json!(["d", "b.txt"]));
    assert_eq!(reply.json()["result"][1]["status"], 204);
    let reply = batch(
        "move=1",
        json!([{ "from": "a.txt", "to": "c.txt" }, { "from": "none", "to": "x" }]),
    );
    assert_eq!(reply.status, 207);
    assert_eq!(reply.json()["result"][1]["code"], "PathNotFound");
    let reply = batch(
        "delete=1",
        json!([{ "path": "c.txt" }, { "path": "e", "permanent": true }]),
    );
    assert_eq!(reply.status, 200);
    assert!(reply.json()["result"][0]["recycledItemId"].is_u64());
    assert_eq!(reply.json()["result"][1]["status"], 204);
    let info = client
        .call("GET", "d/b.txt", "info&with_inode=1", &Value::Null)
        .json();
    let inode = info["inode"].as_str().unwrap();
    let path = format!(
        "/api/v1/inode/{LIBRARY}/-/{inode}?access_token={}",
        client.token
    );
    assert_eq!(
        get(&emulator, &path, &[]).json()["path"],
        json!(["d", "b.txt"])
    );
}

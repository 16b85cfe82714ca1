//! SMH as a private deployment: header fields for each part, signed as for S3.

use chatfile_emulator::{Emulator, SmhConfig};
use serde_json::{Value, json};

use crate::common::*;
use crate::smh::*;

fn private() -> Emulator {
    start_smh(SmhConfig {
        private_cloud: true,
        ..SmhConfig::default()
    })
}

/// Sends a part with the header fields of the part `of`.
fn put_part(upload: &Upload<'_>, number: usize, of: usize, content: &[u8]) -> Reply {
    let headers = fields(&upload.info["parts"][of.to_string()]["headers"]);
    upload.put_with(&headers, &upload.part_query(number), content)
}

#[test]
fn parts_have_header_fields_of_their_own() {
    let emulator = private();
    let client = Client::new(&emulator);
    let begin = |body: &Value| client.call("POST", "a.bin", "multipart", body);
    for body in [
        Value::Null,
        json!({}),
        json!({ "partNumberRange": [] }),
        json!({ "partNumberRange": "x" }),
        json!({ "partNumberRange": [0] }),
        json!({ "partNumberRange": [10_001] }),
        json!({ "partNumberRange": 1 }),
    ] {
        let reply = begin(&body);
        refused(&reply, 400, "ParamInvalid");
        assert_eq!(reply.json()["status"], 400);
    }
    let keys = |reply: &Reply| -> Vec<String> {
        let info = reply.json();
        assert!(info.get("headers").is_none() && reply.status == 201);
        info["parts"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(
        keys(&begin(&json!({ "partNumberRange": [1, 3] }))),
        ["1", "3"]
    );
    assert_eq!(
        keys(&begin(&json!({ "partNumberRange": "1-100" }))).len(),
        100
    );

    let upload = client.begin("a.bin", "multipart", &json!({ "partNumberRange": "1-2" }));
    let given = upload.info["parts"]["1"]["headers"].as_object().unwrap();
    let names: Vec<&String> = given.keys().collect();
    assert_eq!(
        names,
        ["authorization", "x-amz-content-sha256", "x-amz-date"]
    );
    let content = data(MIB + 3);
    store_refused(&put_part(&upload, 2, 1, b"x"), 403, "SignatureDoesNotMatch");
    assert_eq!(put_part(&upload, 1, 1, &content[..MIB]).status, 200);
    emulator.control().advance_seconds(3600);
    let late = put_part(&upload, 2, 2, &content[MIB..]);
    store_refused(&late, 403, "AccessDenied");
    assert!(late.text().contains("Request has expired"));
    let body = json!({ "partNumberRange": [2] });
    let renewed = client.call("POST", upload.key(), "renew", &body);
    let renewed = Upload {
        emulator: &emulator,
        info: renewed.json(),
    };
    assert_eq!(put_part(&renewed, 2, 2, &content[MIB..]).status, 200);

    let state = |query: &str| client.call("GET", upload.key(), query, &Value::Null);
    let refused_state = state("upload");
    refused(&refused_state, 400, "ParamInvalid");
    assert_eq!(
        refused_state.json()["message"],
        "uploadPartInfo is unsupported under current deployment"
    );
    let known = state("upload&no_upload_part_info=1").json();
    assert_eq!(known["parts"].as_array().unwrap().len(), 2);
    assert!(known.get("uploadPartInfo").is_none());
    assert_eq!(client.confirm(&upload, "", &Value::Null).status, 200);
    assert!(client.get("a.bin", "", &[]).body == content);
    let info = client.call("GET", "a.bin", "info", &Value::Null).json();
    assert!(info["cosUrlExpiration"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn simple_uploads_too() {
    let emulator = private();
    let client = Client::new(&emulator);
    let upload = client.begin("a", "", &Value::Null);
    let given: Vec<String> = upload.headers().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        given,
        [
            "authorization",
            "cache-control",
            "content-type",
            "x-amz-acl",
            "x-amz-content-sha256",
            "x-amz-date"
        ]
    );
    let mut headers = upload.headers();
    headers.retain(|(name, _)| name != "x-amz-acl");
    store_refused(
        &upload.put_with(&headers, "", b"x"),
        403,
        "SignatureDoesNotMatch",
    );
    store_refused(&upload.put_with(&[], "", b"x"), 403, "AccessDenied");
    assert_eq!(upload.put("", b"x").status, 200);
    assert_eq!(client.confirm(&upload, "", &Value::Null).status, 200);
}

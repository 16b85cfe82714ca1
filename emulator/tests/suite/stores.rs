//! The object stores behind OpenIM and SMH, judged by the official clients of S3, MinIO and COS.

use crate::common::*;
use crate::openim_kit::start_openim;
use crate::python;
use crate::smh::{Client, start_smh};
use chatfile_emulator::{Emulator, OpenimConfig, SmhConfig};
use serde_json::Value;

#[track_caller]
fn judge(script: &str, arguments: &[&str]) {
    if let Some(printed) = python::run(script, arguments) {
        // It came to its end.
        assert_eq!(printed, "done\n");
    }
}

/// The scripts move the clock and go on with a connection that they keep, which would
/// have been idle for too long then.
fn start_store() -> Emulator {
    start_openim(OpenimConfig {
        idle: 0,
        ..OpenimConfig::default()
    })
}

#[test]
fn openims_store_by_amazons_client() {
    judge("boto.py", &[&start_store().base_url()]);
}

#[test]
fn openims_store_by_minios_client() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    judge("minio_client.py", &[&start_store().base_url(), path]);
}

/// SMH tells the keys of its store to nobody.
fn secret() -> String {
    SmhConfig::default().cos_secret_key
}

#[test]
fn smhs_store_by_its_own_sdk() {
    let emulator = start();
    judge("cos_sdk.py", &[&emulator.base_url(), &secret()]);
}

#[test]
fn smhs_private_store_by_amazons_client() {
    let emulator = start_smh(SmhConfig {
        private_cloud: true,
        ..SmhConfig::default()
    });
    judge("smh_private.py", &[&emulator.base_url(), &secret()]);
}

/// There are clients that look for no other spelling.
#[test]
fn names_of_fields_are_spelt_as_the_stores_do() {
    let emulator = start();
    let client = Client::new(&emulator);
    let reply = client.begin("a.txt", "", &Value::Null).put("", b"hello");
    let names: Vec<&str> = reply
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    for name in [
        "ETag",
        "x-cos-hash-crc64ecma",
        "x-cos-request-id",
        "Content-Length",
        "Date",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
}

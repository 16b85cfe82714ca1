//! The calls of the vendor's page on multipart uploads, made by curl, to the letter where a letter is given.

use std::process::Command;

use chatfile_emulator::{Config, Emulator, SmhConfig, SmhDomain};
use serde_json::Value;

use crate::smh::*;

/// Body and status, or `None` with a note where there is no curl.
fn curl(arguments: &[&str]) -> Option<(Vec<u8>, u16)> {
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "-w", "\n%{http_code}"])
        .args(arguments)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: there is no curl here");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "curl {arguments:?}: {errors}");
    let at = output.stdout.len() - 4;
    let status = std::str::from_utf8(&output.stdout[at + 1..]).unwrap();
    Some((output.stdout[..at].to_vec(), status.parse().unwrap()))
}

fn json_of((body, status): (Vec<u8>, u16)) -> (Value, u16) {
    (serde_json::from_slice(&body).unwrap(), status)
}

/// The page's request body, in which beginningHash is no hash at all.
const BODY: &str = r#"{"fullHash": "9fee55123adad49e5090236eead6a8a9edc9caaa0f97b9e38c3713c1b97b9d29","beginningHash": "9faskdfhwek2h3r4kjdsjkahfsdkfhjaksdldc9caaa0f97b9e38c3713c1b97b9d29","size": "2081112","labels":["elephant","animal","Asian elephant"],"category":"video","localCreationTime": "2022-07-26T02:58:09Z","localModificationTime": "2022-07-26T02:58:09Z"}"#;

fn vendor_sequence(emulator: &Emulator, base: &str, scheme: &str, more: &[&str]) {
    let token = Client::new(emulator).token;
    let folder = tempfile::tempdir().unwrap();
    let content = data(2_081_112);
    let run = |arguments: &[&str]| curl(&[more, arguments].concat());
    let file = format!("{base}/api/v1/file/{LIBRARY}/-");
    let begin = format!(
        "{file}/xxx.mp4?multipart&conflict_resolution_strategy=rename&filesize=2081112\
         &access_token={token}&user_id=someone&traffic_limit=204800&prefer_same_origin=true"
    );
    let Some(begun) = run(&["-X", "POST", "-d", BODY, &begin]) else {
        return;
    };
    let (info, status) = json_of(begun);
    assert_eq!(status, 201, "{info}");
    assert_eq!(info["headers"]["x-cos-traffic-limit"], 204_800);
    assert_eq!(info["headers"]["Content-Type"], "application/octet-stream");
    let text = |name: &str| info[name].as_str().unwrap().to_owned();
    let headers: Vec<String> = fields(&info["headers"])
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    for (at, part) in content.chunks(1 << 20).enumerate() {
        let path = folder.path().join("part");
        std::fs::write(&path, part).unwrap();
        // {Domain}{Path}?uploadId={UploadId}&partNumber={PartNumber}
        let url = format!(
            "{scheme}://{}{}?uploadId={}&partNumber={}",
            text("domain"),
            text("path"),
            text("uploadId"),
            at + 1
        );
        let mut arguments = vec!["-X", "PUT", "-T", path.to_str().unwrap()];
        for header in &headers {
            arguments.extend(["-H", header]);
        }
        arguments.push(&url);
        let (body, status) = run(&arguments).unwrap();
        assert_eq!((status, body.len()), (200, 0));
    }
    let key = text("confirmKey");
    let crc64 = crc_fast_of(&content);
    let confirm = format!("{file}/{key}?confirm&access_token={token}");
    let crc64 = format!("{{\"crc64\":\"{crc64}\"}}");
    let (object, status) = json_of(run(&["-X", "POST", "-d", &crc64, &confirm]).unwrap());
    assert_eq!(
        (status, &object["name"]),
        (200, &"xxx.mp4".into()),
        "{object}"
    );
    assert_eq!(object["labels"][2], "Asian elephant");
    let get = format!("{file}/xxx.mp4?access_token={token}");
    let (got, status) = run(&["-L", &get]).unwrap();
    assert!(status == 200 && got == content);
    let (got, status) = run(&["-L", "-r", "1048570-1048580", &get]).unwrap();
    assert!(status == 206 && got == content[1_048_570..=1_048_580]);
}

/// The checksum by the definition, bit by bit.
fn crc_fast_of(bytes: &[u8]) -> u64 {
    let mut crc = u64::MAX;
    for byte in bytes {
        crc ^= u64::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc >>= 1;
            if carry == 1 {
                crc ^= 0xC96C_5795_D787_0F42;
            }
        }
    }
    !crc
}

#[test]
fn the_vendors_multipart_upload() {
    assert_eq!(crc_fast_of(b"123456789"), 11_051_210_869_376_104_954);
    let emulator = crate::common::start();
    let base = emulator.base_url();
    vendor_sequence(&emulator, &base, "http", &[]);
}

#[test]
fn the_vendors_multipart_upload_over_tls() {
    let emulator = Emulator::start(Config {
        tls: Some("127.0.0.1:0".parse().unwrap()),
        ..Config::default()
    })
    .unwrap();
    let ca = emulator.ca_path().unwrap().to_str().unwrap().to_owned();
    let base = emulator.tls_base_url().unwrap();
    vendor_sequence(&emulator, &base, "https", &["--cacert", &ca]);
    assert!(
        emulator
            .control()
            .journal()
            .iter()
            .filter(|entry| entry.service == "cos")
            .all(|entry| entry.tls)
    );
}

#[test]
fn the_store_over_tls_alone() {
    let emulator = Emulator::start(Config {
        tls: Some("127.0.0.1:0".parse().unwrap()),
        smh: SmhConfig {
            domain: SmhDomain::Tls,
            ..SmhConfig::default()
        },
        ..Config::default()
    })
    .unwrap();
    let ca = emulator.ca_path().unwrap().to_str().unwrap().to_owned();
    let base = emulator.base_url();
    vendor_sequence(&emulator, &base, "https", &["--cacert", &ca]);
}

#[test]
fn a_form_by_curl() {
    let emulator = crate::common::start();
    let token = Client::new(&emulator).token;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.txt");
    std::fs::write(&path, b"content").unwrap();
    let file = format!("{}/api/v1/file/{LIBRARY}/-", emulator.base_url());
    let begin = format!("{file}/x.txt?access_token={token}");
    let Some(begun) = curl(&["-X", "POST", "-d", "{}", &begin]) else {
        return;
    };
    let (info, _) = json_of(begun);
    let mut arguments = Vec::new();
    for (name, value) in fields(&info["form"]) {
        arguments.extend(["--form-string".to_owned(), format!("{name}={value}")]);
    }
    arguments.extend(["-F".to_owned(), format!("file=@{}", path.to_str().unwrap())]);
    arguments.push(format!("http://{}/", info["domain"].as_str().unwrap()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert_eq!(curl(&arguments).unwrap().1, 204);
    let key = info["confirmKey"].as_str().unwrap();
    let confirm = format!("{file}/{key}?confirm=1&access_token={token}");
    assert_eq!(curl(&["-X", "POST", &confirm]).unwrap().1, 200);
}

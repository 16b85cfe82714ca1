//! The curl lines of the vendors' pages, run by curl itself; only host, token or signature, and file are replaced.
//! The same calls are made over raw sockets in the other tests, so that nothing goes unproved where curl is missing.

use std::path::Path;
use std::process::Command;

use crate::common::*;
use chatfile_emulator::{Config, Emulator};
use chatfile_ffi_tests::tools;
use serde_json::Value;

/// `None`, with a note, where there is no curl.
pub fn curl(arguments: &[&str]) -> Option<Vec<u8>> {
    // A proxy set for the developer must not see requests to loopback.
    let output = Command::new(tools::find("curl")?)
        .args(["-sS", "--noproxy", "*"])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "curl {arguments:?}: {errors}");
    Some(output.stdout)
}

fn parse(answer: &[u8]) -> Value {
    serde_json::from_slice(answer)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(answer)))
}

fn picture(folder: &Path) -> (String, Vec<u8>) {
    let content: Vec<u8> = (0..400_000_u32).map(|n| (n * 31 % 253) as u8).collect();
    let path = folder.join("IMG_2953.JPG");
    std::fs::write(&path, &content).unwrap();
    (path.to_str().unwrap().to_owned(), content)
}

#[test]
fn easemob_lines() {
    let emulator = start();
    let folder = tempfile::tempdir().unwrap();
    let (file, content) = picture(folder.path());
    let base = format!("{}{APP}", emulator.base_url());
    let auth = format!("Authorization: {}", user_token(&emulator));
    let Some(answer) = curl(&[
        "-X",
        "POST",
        &format!("{base}/chatfiles"),
        "-H",
        &auth,
        "-H",
        "content-type: multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        "-H",
        "restrict-access: true",
        "-F",
        &format!("file=@{file}"),
    ]) else {
        return;
    };
    let answer = parse(&answer);
    let entity = &answer["entities"][0];
    let (uuid, secret) = (
        entity["uuid"].as_str().unwrap(),
        entity["share-secret"].as_str().unwrap(),
    );
    let url = format!("{base}/chatfiles/{uuid}");
    let secret = format!("share-secret: {secret}");
    let download = [
        "-X",
        "GET",
        "-H",
        "Accept: application/octet-stream",
        "-H",
        &auth,
        "-H",
        &secret,
        &url,
    ];
    assert!(curl(&download).unwrap() == content);
    let thumbnail = [
        "-X",
        "GET",
        "-H",
        "Accept: application/octet-stream",
        "-H",
        &auth,
        "-H",
        &secret,
        "-H",
        "thumbnail: true",
        &url,
    ];
    // Not a picture after all, so the original is its thumbnail.
    assert!(curl(&thumbnail).unwrap() == content);
    let followed = format!("{url}?em-redirect=true");
    assert!(curl(&["-L", "-H", &auth, "-H", &secret, &followed]).unwrap() == content);
    assert!(
        curl(&["-r", "100-199", "-H", &auth, "-H", &secret, &url]).unwrap() == content[100..200]
    );
    // As the line stands, with the page's own token.
    let stale = "Authorization: Bearer YWMtS1pRuFa-EemixAMhJgmGUAAAAAAAAAAAAAAAAAAAAAGL4CTw6XgR6LaXXVmNX4QCAgMAAAFp57yd7QBPGgDNLstNggrzgHV3JAbqbznTptqLhpG0fTOCaBFJZgduZA";
    let answer = parse(&curl(&["-X", "GET", "-H", stale, &url]).unwrap());
    assert_eq!(answer["error"], "auth_bad_access_token");
}

#[test]
fn easemob_refuses_a_large_file_so_that_curl_can_tell() {
    let emulator = start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.bin");
    std::fs::File::create(&file)
        .unwrap()
        .set_len(30 * 1024 * 1024)
        .unwrap();
    let form = format!("file=@{}", file.to_str().unwrap());
    let auth = format!("Authorization: {}", app_token(&emulator));
    let url = format!("{}{APP}/chatfiles", emulator.base_url());
    // curl asks with Expect: 100-continue first; told not to, it sends at once.
    for expect in ["Expect: 100-continue", "Expect:"] {
        let Some(answer) = curl(&["-H", &auth, "-H", expect, "-F", &form, &url]) else {
            return;
        };
        assert_eq!(parse(&answer)["error"], "file exceeding maximum limit");
    }
}

fn signed_arguments(emulator: &Emulator) -> Vec<String> {
    let signed = signed(emulator);
    let fields = signed
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    fields.flat_map(|field| ["-H".to_owned(), field]).collect()
}

fn netease_curl(emulator: &Emulator, call: &str, rest: &[&str]) -> Option<Value> {
    let url = format!("{}/nimserver/{call}", emulator.base_url());
    let signed = signed_arguments(emulator);
    let mut arguments = vec!["-X", "POST"];
    arguments.extend(signed.iter().map(String::as_str));
    arguments.extend(rest);
    arguments.push(&url);
    curl(&arguments).map(|answer| parse(&answer))
}

#[test]
fn netease_lines() {
    let emulator = start();
    let folder = tempfile::tempdir().unwrap();
    let (file, content) = picture(folder.path());
    let form_type = "Content-Type: application/x-www-form-urlencoded";
    let Some(answer) = netease_curl(
        &emulator,
        UPLOAD,
        &["-H", form_type, "-d", "content=gwettwgsgssgs323f"],
    ) else {
        return;
    };
    assert_eq!(answer["code"], 200);
    assert_eq!(curl(&[answer["url"].as_str().unwrap()]).unwrap().len(), 12);
    let multipart = "Content-Type: multipart/form-data";
    let answer = netease_curl(
        &emulator,
        FILE_UPLOAD,
        &["-H", multipart, "-d", "content=gwettwgsgssgs323f"],
    )
    .unwrap();
    assert_eq!(answer["code"], 200);
    let times = "startTime=1533988669286&endTime=1534420669286&contentType=image&tag=usericon";
    let answer = netease_curl(
        &emulator,
        DELETE,
        &[
            "-H",
            "Cache-Control: no-cache",
            "-H",
            "Postman-Token: a503b469-ee33-2c2e-8fb1-87b1fdf9f8f4",
            "-H",
            form_type,
            "-d",
            times,
        ],
    )
    .unwrap();
    assert_eq!(
        (
            &answer["code"],
            answer["data"]["taskid"].as_str().unwrap().len()
        ),
        (&200.into(), 32)
    );
    // A real form, as the text of the page asks for.
    let form = format!("content=@{file}");
    let answer = netease_curl(
        &emulator,
        FILE_UPLOAD,
        &["-F", &form, "-F", "type=image/jpeg", "-F", "ishttps=true"],
    )
    .unwrap();
    let url = answer["url"].as_str().unwrap();
    assert!(curl(&[url]).unwrap() == content);
    // And base64 as the page asks for it.
    use base64::Engine;
    let text = folder.path().join("base64.txt");
    std::fs::write(
        &text,
        base64::engine::general_purpose::STANDARD.encode(&content),
    )
    .unwrap();
    let field = format!("content@{}", text.to_str().unwrap());
    let answer = netease_curl(
        &emulator,
        UPLOAD,
        &["--data-urlencode", &field, "-d", "expireSec=86400"],
    )
    .unwrap();
    let url = answer["url"].as_str().unwrap();
    assert!(curl(&["-r", "0-999", url]).unwrap() == content[..1000]);
}

#[test]
fn curl_resumes_a_cut_download() {
    let emulator = start();
    let folder = tempfile::tempdir().unwrap();
    let (_, content) = picture(folder.path());
    let form = file_form("content", "a.bin", "application/octet-stream", &content);
    let url = format!(
        "{}{}",
        emulator.base_url(),
        stored(&netease(&emulator, FILE_UPLOAD, FORM.1, &form))
    );
    let target = folder.path().join("got.bin");
    std::fs::write(&target, &content[..150_000]).unwrap();
    if curl(&["-C", "-", "-o", target.to_str().unwrap(), &url]).is_some() {
        assert!(std::fs::read(&target).unwrap() == content);
        let entry = emulator.control().journal().pop().unwrap();
        assert_eq!((entry.status, entry.answer_bytes), (Some(206), 250_000));
    }
}

#[test]
fn tls_with_a_certificate_to_trust() {
    let emulator = Emulator::start(Config {
        tls: Some("127.0.0.1:0".parse().unwrap()),
        ..Config::default()
    })
    .unwrap();
    let ca = emulator.ca_path().unwrap().to_str().unwrap().to_owned();
    let form = file_form("content", "a", "text/plain", b"secret");
    let boundary = FORM.1.split_once('=').unwrap().1;
    let https =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"ishttps\"\r\n\r\ntrue\r\n");
    let form = [https.into_bytes(), form].concat();
    let url = netease(&emulator, FILE_UPLOAD, FORM.1, &form).json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(url.starts_with(&emulator.tls_base_url().unwrap()), "{url}");
    if let Some(answer) = curl(&["--cacert", &ca, &url]) {
        assert_eq!(answer, b"secret");
        assert!(emulator.control().journal().pop().unwrap().tls);
    }
    drop(emulator);
    assert!(!Path::new(&ca).exists());
}

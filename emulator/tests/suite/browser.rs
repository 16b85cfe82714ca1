//! A real browser: what it asks before it sends, and what it lets a page read of an answer, only it knows. The pages are
//! in `tests/web`; some load the vendors' own SDKs.

use crate::common::*;
use crate::openim_kit::{hash_of, start_openim};
use chatfile_emulator::{Config, Emulator, OpenimConfig, SmhConfig, SmhDomain};
use chatfile_ffi_tests::{npm, tools};
use serde_json::json;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// A part of the file that a page without an SDK sends in parts: OpenIM takes none that is smaller.
const PART: usize = 5 * 1024 * 1024;
/// A page that has said nothing by then never will.
const PATIENCE: Duration = Duration::from_secs(240);

/// What [`bytes`] of the pages makes.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + (at >> 8)) as u8).collect()
}

/// Gives the pages out, under another origin than the emulator's, and takes their last word.
struct Pages {
    address: String,
    said: Receiver<String>,
}

impl Pages {
    fn serve(emulator: &Emulator, folders: Vec<(&'static str, PathBuf)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (sender, said) = channel();
        let settings = settings(emulator);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folders, settings, sender) =
                    (folders.clone(), settings.clone(), sender.clone());
                // A browser opens some in advance and says nothing there.
                std::thread::spawn(move || answer(stream, &folders, &settings, &sender));
            }
        });
        Self { address, said }
    }
}

/// The credentials that a page needs, and the hashes that a browser cannot make.
fn settings(emulator: &Emulator) -> String {
    let control = emulator.control();
    let Config {
        easemob,
        openim,
        smh,
        ..
    } = control.config();
    let file = bytes(PART + 100);
    let (hash, parts) = hash_of(&[&file[..PART], &file[PART..]]);
    json!({
        "easemob": easemob, "openim": openim, "smh": smh,
        "parts": { "part": PART, "file": { "size": file.len(), "hash": hash, "parts": parts } },
    })
    .to_string()
}

fn answer(
    mut stream: TcpStream,
    folders: &[(&'static str, PathBuf)],
    settings: &str,
    said: &Sender<String>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.split('?').next()?.to_owned();
    let mut length = 0;
    loop {
        let mut field = String::new();
        reader.read_line(&mut field).ok()?;
        let (name, value) = field.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
        if field.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (media_type, content) = match path.as_str() {
        "/report" => {
            let _ = said.send(String::from_utf8_lossy(&body).into_owned());
            ("text/plain", Vec::new())
        }
        "/settings" => ("application/json", settings.as_bytes().to_vec()),
        path => {
            let (prefix, rest) = path.get(1..)?.split_once('/')?;
            let folder = folders.iter().find(|(name, _)| *name == prefix);
            let file = folder
                .filter(|_| !rest.contains(".."))
                .map(|(_, folder)| folder.join(rest));
            (
                media_type(rest),
                file.and_then(|file| std::fs::read(file).ok())
                    .unwrap_or_default(),
            )
        }
    };
    let status = if content.is_empty() && path != "/report" {
        "404 Not Found"
    } else {
        "200 OK"
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&content).ok()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// Opens a page and expects it to be done.
#[track_caller]
fn open(page: &str, emulator: &Emulator, further: Vec<(&'static str, PathBuf)>) {
    let Some(browser) = tools::find("chromium-headless-shell") else {
        return;
    };
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web");
    let pages = Pages::serve(emulator, [vec![("web", web)], further].concat());
    let profile = tempfile::tempdir().unwrap();
    let url = format!(
        "{}/web/{page}?emulator={}&large=11000000",
        pages.address,
        emulator.base_url()
    );
    let mut process = Command::new(browser)
        // Its sandbox does not work for root; it only opens pages of ours. Nothing goes anywhere but to loopback.
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .args(["--no-proxy-server", "--disable-background-networking"])
        // The emulator's authority is new each time.
        .arg("--ignore-certificate-errors")
        .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        // Without it the program ends as soon as the page is loaded.
        .arg("--remote-debugging-port=0")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let said = pages.said.recv_timeout(PATIENCE);
    // Debian's is a script that waits for the browser: without the group, that would stay.
    let group = process.id().to_string();
    let killed = Command::new("sh")
        .args(["-c", "kill -s KILL -- -$0", &group])
        .status();
    let ended: io::Result<_> = process.kill().and_then(|()| process.wait());
    assert_eq!(
        said.as_deref(),
        Ok("done"),
        "{:#?}",
        emulator.control().journal().last()
    );
    ended.unwrap();
    assert!(killed.unwrap().success());
}

#[test]
fn forms_parts_and_preflights_by_the_browser_itself() {
    open("plain.html", &start(), Vec::new());
}

#[test]
fn easemobs_web_sdk_uploads() {
    if let Some(modules) = npm::modules() {
        // Larger ones go in parts of the SDK's own.
        let emulator = start_easemob(chatfile_emulator::EasemobConfig {
            max_upload: 100 * 1024 * 1024,
            ..Default::default()
        });
        open("easemob.html", &emulator, vec![("npm", modules)]);
    }
}

#[test]
fn openims_web_sdk_uploads() {
    if let Some(modules) = npm::modules() {
        open(
            "openim.html",
            &start_openim(OpenimConfig::default()),
            vec![("npm", modules)],
        );
    }
}

/// SMH's is in no registry: who has its sources builds them (`npm run build`) and names the folder.
#[test]
fn smhs_javascript_sdk_uploads() {
    match std::env::var_os("CHATFILE_SMH_JS_SDK") {
        Some(folder) => {
            // The SDK puts `https://` before the name of the store.
            let emulator = Emulator::start(Config {
                tls: Some(([127, 0, 0, 1], 0).into()),
                smh: SmhConfig {
                    domain: SmhDomain::Tls,
                    ..SmhConfig::default()
                },
                ..Config::default()
            });
            let dist = Path::new(&folder).join("dist");
            open("smh.html", &emulator.unwrap(), vec![("smh", dist)]);
        }
        None => tools::skip("SMH's JavaScript SDK: CHATFILE_SMH_JS_SDK does not name its folder"),
    }
}

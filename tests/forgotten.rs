//! What is secret is wiped from every block of memory before that is given back: an allocator looks at each that our
//! code frees. What other crates free (the HTTP client's own copies of an address and of header fields, TLS) is told in
//! docs/embedding.md.

#![allow(
    clippy::unwrap_used,
    unsafe_code,
    reason = "a test, whose allocator looks at what is freed"
)]

use chatfile::{
    Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials, Huawei, ListOptions,
    Netease, Openim, OpenimCredentials, ProxyLogin, Sink, Smh, SmhCredentials, Source,
    UploadOptions,
};
use chatfile_emulator::{Action, Config, Emulator, Rule};
use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

/// Stands in every secret of these tests, and is put together where it is needed.
const MARK: [u8; 16] = *b"\x12\x04\x02\x13\x04\x15\x6c\x0c\x00\x13\x0a\x6c\x12\x04\x0d\x6c";
const KEY: u8 = 0x41;

thread_local! {
    static LOOKS: Cell<bool> = const { Cell::new(false) };
}

/// One test at a time.
static TURN: Mutex<()> = Mutex::new(());

static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Looking;

// SAFETY: it is the system's allocator, which is handed what came from it.
unsafe impl GlobalAlloc for Looking {
    // Zero, so that what others have left in a block is not taken for what was written to it.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller guarantees.
        unsafe { System.alloc_zeroed(layout) }
    }

    // Growing by a new block and freeing the old one, so that this is looked at, too.
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if LOOKS.try_with(Cell::get).unwrap_or(false) {
            // SAFETY: the block is that large, was zeroed, and is not freed yet.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            let is_marked = |window: &[u8]| window.iter().zip(MARK).all(|(a, b)| *a == b ^ KEY);
            if bytes.windows(MARK.len()).any(is_marked) {
                LOOKS.set(false);
                note(&Backtrace::force_capture().to_string());
                LOOKS.set(true);
            }
        }
        // SAFETY: what the caller guarantees.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Looking = Looking;

/// Keeps a place that is ours: of the functions that were under way, the innermost that is of a crate that anybody
/// wrote, which the standard library's are not.
fn note(trace: &str) {
    const OTHERS: &[&str] = &[
        "ureq",
        "http::",
        "bytes::",
        "rustls",
        "serde_json",
        "httparse",
    ];
    let of_crates = trace.lines().filter(|line| {
        let is_name = line.trim_start().starts_with(|c: char| c.is_ascii_digit());
        is_name && !line.contains("forgotten::")
    });
    for line in of_crates {
        if OTHERS.iter().any(|name| line.contains(name)) {
            return;
        }
        if line.contains("chatfile::") {
            FOUND.lock().unwrap().push(trace.to_owned());
            return;
        }
    }
}

/// A secret that has the mark in it.
fn secret() -> String {
    let mark: Vec<u8> = MARK.iter().map(|byte| byte ^ KEY).collect();
    String::from_utf8(mark).unwrap() + "0123456789"
}

/// Runs calls whose outcome does not matter, and frees the client.
#[track_caller]
fn forgets(open: impl FnOnce() -> Client, calls: impl FnOnce(&Client)) {
    LOOKS.set(true);
    let client = open();
    calls(&client);
    drop(client);
    LOOKS.set(false);
    let found = std::mem::take(&mut *FOUND.lock().unwrap());
    assert!(found.is_empty(), "{} left:\n{}", found.len(), found[0]);
}

fn options() -> ClientOptions {
    ClientOptions::default().max_attempts(1)
}

fn upload(client: &Client) {
    let options = UploadOptions::default().file_name("a.txt");
    let _ = client.upload(Source::bytes(b"x"), options);
}

fn download(client: &Client, file: &str) {
    let _ = client.download(file, Sink::buffer(), DownloadOptions::default());
}

fn presign(client: &Client) {
    let options = UploadOptions::default().file_name("a.txt");
    if let Ok(presigned) = client.presign_upload(Some(1), options) {
        let _ = client.send_presigned(&presigned, Source::bytes(b"x"), Default::default());
    }
}

#[test]
fn secrets_and_tokens_are_wiped() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let config = Config::default();
    let mut known = config.clone();
    known.smh.library_secret = secret();
    known.easemob.client_secret = secret();
    known.netease.app_secret = secret();
    known.huawei.app_secret = secret();
    known.openim.secret = secret();
    let emulator = Emulator::start(known).unwrap();
    let base_url = emulator.base_url();
    let smh = |credentials| {
        Smh::new(config.smh.library_id.clone(), credentials)
            .base_url(base_url.clone())
            .user_id("user")
            .private_deployment(false)
    };
    let everything = |client: &Client| {
        upload(client);
        download(client, "a.txt");
        let _ = client.exists("a.txt", Default::default());
        let _ = client.list("", ListOptions::default());
        let _ = client.presign_download("a.txt", DownloadOptions::default());
        presign(client);
    };
    let by_secret = || SmhCredentials::LibrarySecret(secret().into());
    forgets(
        || Client::smh(smh(by_secret()), options()).unwrap(),
        everything,
    );
    // A token that the service gives.
    let answer = format!(r#"{{"accessToken":"{}","expiresIn":86400}}"#, secret());
    let rule = Rule::new(Action::json(200, &answer))
        .service("smh")
        .verb("token");
    emulator.control().add_fault(rule).unwrap();
    forgets(
        || Client::smh(smh(by_secret()), options()).unwrap(),
        everything,
    );
    let by_token = || SmhCredentials::AccessToken(secret().into());
    forgets(
        || Client::smh(smh(by_token()), options()).unwrap(),
        everything,
    );
    let easemob =
        |credentials| Easemob::new("easemob-demo#testapp", credentials).base_url(base_url.clone());
    let of_app = || EasemobCredentials::Client {
        id: config.easemob.client_id.clone(),
        secret: secret().into(),
    };
    for credentials in [of_app(), EasemobCredentials::Token(secret().into())] {
        forgets(
            || Client::easemob(easemob(credentials), options()).unwrap(),
            |client| {
                upload(client);
                presign(client);
                download(client, "0-1");
            },
        );
    }
    let netease = Netease::new(config.netease.app_key.clone(), secret())
        .base_url(format!("{base_url}/nimserver"));
    forgets(|| Client::netease(netease, options()).unwrap(), upload);
    let huawei = Huawei::new(
        base_url.clone(),
        config.huawei.app_key.clone(),
        secret(),
        config.huawei.channel_id.clone(),
        "user",
    );
    forgets(|| Client::huawei(huawei, options()).unwrap(), upload);
    let openim = |credentials| Openim::new(base_url.clone(), "alice", credentials);
    let of_user = OpenimCredentials::User {
        admin_secret: secret().into(),
        admin_user_id: None,
        platform: 5,
    };
    for credentials in [of_user, OpenimCredentials::Token(secret().into())] {
        forgets(
            || Client::openim(openim(credentials), options()).unwrap(),
            |client| {
                upload(client);
                download(client, "alice/a.txt");
            },
        );
    }
    // What a form of the storage allows.
    // Of {"name":"alice/a.txt","size":1,"key":"a"}.
    let id = "eyJuYW1lIjoiYWxpY2UvYS50eHQiLCJzaXplIjoxLCJrZXkiOiJhIn0";
    let form = format!(
        r#"{{"errCode":0,"data":{{"id":"{id}","url":"{base_url}/openim-store/","file":"file","header":[],
            "formData":{{"key":"a","policy":"{0}"}},"expires":9999999999999,"successCodes":[200]}}}}"#,
        secret()
    );
    let rule = Rule::new(Action::json(200, &form))
        .service("openim")
        .verb("initiate_form");
    emulator.control().add_fault(rule).unwrap();
    let credentials = OpenimCredentials::Token(secret().into());
    forgets(
        || Client::openim(openim(credentials), options()).unwrap(),
        |client| {
            let request =
                client.presign_upload(Some(1), UploadOptions::default().file_name("a.txt"));
            let request = request.unwrap();
            assert!(request.fields().any(|(name, _)| name == "policy"));
            let _ = client.send_presigned(&request, Source::bytes(b"x"), Default::default());
        },
    );
}

/// A proxy that is content with nobody, by this challenge.
fn proxy(challenge: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 8192]);
            let answer = format!(
                "HTTP/1.1 407 No\r\nProxy-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n"
            );
            let _ = client.write_all(answer.as_bytes());
        }
    });
    address.to_string()
}

#[test]
fn logins_of_proxies_are_wiped() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for challenge in [
        "Basic realm=\"x\"",
        "Digest realm=\"x\", nonce=\"1\", qop=\"auth\"",
    ] {
        let address = proxy(challenge);
        for scheme in ["http", "https"] {
            let netease = || Netease::new("key", "word").base_url(format!("{scheme}://h.invalid"));
            let login = || ProxyLogin::new(|_| Ok(format!("name:{}", secret()).into()));
            let asking = || {
                options()
                    .proxy(format!("http://{address}"))
                    .proxy_login(login())
            };
            forgets(|| Client::netease(netease(), asking()).unwrap(), upload);
            let known = || options().proxy(format!("http://name:{}@{address}", secret()));
            forgets(|| Client::netease(netease(), known()).unwrap(), upload);
        }
    }
}

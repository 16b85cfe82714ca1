//! The log at its finest, and what must never be in it.

use std::collections::BTreeSet;

use chatfile_emulator::{Action, Canned, Rule};

use crate::case::{config, last_week};
use crate::driver::Driver;
use crate::front::Front;
use crate::protocol::Line;
use crate::servers::{self, Parrot};
use crate::service;
use crate::world::{World, download, error, upload};

/// CHATFILE_LOG_DEBUG.
const DEBUG: u32 = 4;
const SHARE_SECRET: &str = "a-share-secret-of-ours";
const PROXY_PASSWORD: &str = "a-password-of-the-proxy";

/// All that the library has said: lines of the log, and whole answers with their error texts.
#[derive(Default)]
struct Said {
    log: Vec<String>,
    answers: Vec<Line>,
    /// What must be in none of it.
    secrets: BTreeSet<String>,
}

impl Said {
    fn keep(&mut self, secret: impl Into<String>) {
        self.secrets.insert(secret.into());
    }

    /// Opens a client by `open` at the finest level, makes the calls, and takes down what was said.
    fn talk(&mut self, world: &mut World<'_>, open: Line, calls: &[Line]) -> Vec<Line> {
        world.control.clear_journal();
        let opened = world.call(&open.with("log_level", DEBUG));
        assert_eq!(opened.head, "ok", "{opened}");
        let answers: Vec<Line> = calls.iter().map(|call| world.call(call)).collect();
        let seen = world.ok(Line::new("seen"));
        let lines = seen.get("log").unwrap_or_default().lines();
        self.log.extend(lines.map(str::to_owned));
        self.answers.extend(answers.iter().cloned());
        // Tokens, signatures and share secrets as the service saw them.
        for entry in world.control.journal() {
            for name in [
                "authorization",
                "share-secret",
                "checksum",
                "nonce",
                "proxy-authorization",
                "ccmessaging-token",
                "token",
                "x-cos-security-token",
            ] {
                if let Some(value) = entry.header(name) {
                    self.keep(
                        value
                            .trim_start_matches("Bearer ")
                            .trim_start_matches("Basic "),
                    );
                }
            }
            let (_, query) = entry.path.split_once('?').unwrap_or_default();
            for parameter in query.split('&') {
                if let Some((name, value)) = parameter.split_once('=')
                    && ["access_token", "library_secret", "q-signature"].contains(&name)
                {
                    self.keep(value);
                }
            }
        }
        world.control.clear_faults();
        answers
    }

    #[track_caller]
    fn check(&self) {
        assert!(self.secrets.len() > 10, "{:?}", self.secrets);
        for secret in &self.secrets {
            assert!(secret.len() >= 8, "{secret:?} is found anywhere");
            for line in &self.log {
                assert!(!line.contains(secret), "{secret} is in the log: {line}");
            }
            for answer in &self.answers {
                // A signed URL is what was asked for, too.
                let is_result =
                    |key: &str| answer.head == "ok" && ["share_secret", "url"].contains(&key);
                for (key, value) in answer.pairs() {
                    assert!(
                        is_result(key) || !value.contains(secret),
                        "{secret} is in {key}: {answer}"
                    );
                }
            }
        }
        for line in &self.log {
            check_line(line);
        }
    }
}

/// `level service verb METHOD host/path status= bytes= ms= attempt=`, and what may follow.
fn check_line(line: &str) {
    let (level, rest) = line.split_once(' ').unwrap();
    let words: Vec<&str> = rest.split(' ').collect();
    assert!(
        service::all().any(|one| one.name.eq_ignore_ascii_case(words[0])),
        "{line}"
    );
    assert!(
        [
            "upload", "download", "delete", "presign", "info", "exists", "list"
        ]
        .iter()
        .any(|verb| words[1].starts_with(verb)),
        "{line}"
    );
    assert!(!rest.contains(['?', '\n', '\r']), "{line}");
    let field = |name: &str| {
        words
            .iter()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    if let ["GET" | "POST" | "PUT" | "HEAD" | "DELETE", place, ..] = words[2..] {
        assert!(place.contains('/') && place.contains(':'), "{line}");
        for name in ["bytes", "ms", "attempt"] {
            assert!(
                field(name).unwrap().parse::<u64>().is_ok(),
                "{name} in {line}"
            );
        }
        let status = field("status").unwrap();
        assert!(status == "-" || status.parse::<u16>().is_ok(), "{line}");
    }
    match level {
        "1" => assert!(field("failed").is_some(), "{line}"),
        "2" => assert!(
            field("failed").is_some() && field("again_in_ms").is_some(),
            "{line}"
        ),
        "3" => assert!(field("failed").is_none(), "{line}"),
        "4" => {}
        _ => panic!("no level: {line}"),
    }
}

/// A redirect with a secret in its address, as signed storage addresses are.
fn to_signed_address(world: &World<'_>) -> Action {
    let base = world.emulator.base_url().replace("127.0.0.1", "localhost");
    Action::Redirect {
        status: 302,
        location: format!("{base}/MTAwMDAwMQ==/bm9uZQ==?Signature=a-signature-in-a-query"),
        timing: chatfile_emulator::Timing::default(),
    }
}

/// An answer that quotes what it was sent, as some do in their errors.
fn telltale(secret: &str) -> Action {
    let body = format!(
        r#"{{"error":"bad","error_description":"bad: {secret}","code":414,"desc":"bad: {secret}","exceptionInfo":"{secret}"}}"#
    );
    Action::Answer(Canned {
        status: 400,
        body,
        ..Canned::default()
    })
}

fn easemob(world: &mut World<'_>, said: &mut Said) {
    let config = world.control.config().easemob.clone();
    said.keep(&config.client_secret);
    said.keep(&config.users[0].password);
    let open = world.easemob();
    let restricted = upload(5000).with("easemob", 1).with("restrict_access", 1);
    let stored = said.talk(world, open.clone(), &[restricted, upload(100)]);
    assert!(
        stored.iter().all(|answer| answer.head == "ok"),
        "{}",
        stored[0]
    );
    let secret = stored[0].get("share_secret").unwrap();
    said.keep(secret);
    said.keep(SHARE_SECRET);
    let file = stored[0].get("file").unwrap();
    let by_secret = download(file)
        .with("easemob", 1)
        .with("share_secret", secret);
    let by_address = download(&format!(
        "{}?share-secret={secret}",
        stored[0].get("url").unwrap()
    ));
    let refused = download(file)
        .with("easemob", 1)
        .with("share_secret", SHARE_SECRET);
    said.talk(
        world,
        open.clone(),
        &[by_secret.clone(), by_address, refused],
    );
    // Each kind of failure.
    for (verb, action) in [
        ("token", error("503")),
        ("token", error("invalid_grant")),
        ("upload", error("auth_bad_access_token")),
        ("upload", Action::ResetReceiving { after: 10 }),
        ("download", error("503")),
        ("download", Action::TruncateBody { after: 100 }),
        ("download", to_signed_address(world)),
    ] {
        world.fault(Rule::new(action).verb(verb).times(2));
        said.talk(world, open.clone(), &[upload(50), by_secret.clone()]);
    }
    // By a password, good and bad, and by a token.
    let by_password = world
        .easemob_app()
        .with("username", &config.users[0].username);
    said.talk(
        world,
        by_password
            .clone()
            .with("password", &config.users[0].password),
        &[upload(1)],
    );
    said.keep("not-the-password");
    said.talk(
        world,
        by_password.with("password", "not-the-password"),
        &[upload(1)],
    );
    said.keep("not-a-token-at-all");
    let by_token = world.easemob_app().with("token", "not-a-token-at-all");
    said.talk(world, by_token, &[upload(1), download("0-1")]);
    // By a callback.
    let by_callback = world
        .easemob_app()
        .with("client_id", &config.client_id)
        .with("secret", &config.client_secret);
    said.talk(world, by_callback, &[upload(1)]);
}

fn netease(world: &mut World<'_>, said: &mut Said) {
    said.keep(world.control.config().netease.app_secret.clone());
    let open = world.netease();
    let form = upload(3000).with("netease", 1).with("method", 1);
    let stored = said.talk(
        world,
        open.clone(),
        &[upload(3000), form.clone(), last_week()],
    );
    let file = stored[0].get("file").unwrap().to_owned();
    let signed = format!("{file}?Signature=a-signature-in-a-query");
    said.keep("a-signature-in-a-query");
    said.talk(
        world,
        open.clone(),
        &[
            download(&file),
            download(&signed),
            download("http://127.0.0.1:1/x?a-signature-in-a-query"),
        ],
    );
    for (verb, action) in [
        ("file_upload", error("414")),
        ("file_upload", error("503")),
        ("upload", Action::ResetReceiving { after: 10 }),
        ("download", to_signed_address(world)),
        ("delete", error("416")),
    ] {
        world.fault(Rule::new(action).verb(verb).times(2));
        let calls = [upload(50), form.clone(), download(&file), last_week()];
        // What waits ten seconds is not waited for.
        said.talk(world, open.clone().with("deadline_ms", 5000), &calls);
    }
    let wrong = open.clone().with("app_secret", "not-the-app-secret");
    said.keep("not-the-app-secret");
    said.talk(world, wrong, &[upload(1)]);
    // A clock that is an hour off: signed twice.
    world.control.advance_seconds(3600);
    said.talk(world, open, &[upload(1)]);
    world.control.set_clock_offset_seconds(0);
}

fn of_huawei(world: &mut World<'_>, said: &mut Said) {
    said.keep(world.control.config().huawei.app_secret.clone());
    let open = world.huawei();
    let send = upload(3000).with("huawei", 1).with("file_type", "txt");
    let stored = said.talk(world, open.clone(), std::slice::from_ref(&send));
    let receive = download(stored[0].get("file").unwrap())
        .with("huawei", 1)
        .with("file_type", "txt");
    for (verb, action) in [
        ("access_token", error("403")),
        ("access_token", error("503")),
        ("apply_token", error("1")),
        ("upload", error("401")),
        ("upload", Action::ResetReceiving { after: 10 }),
        ("download", error("401")),
        ("download", Action::TruncateBody { after: 100 }),
    ] {
        let rule = Rule::new(action).service("huawei").verb(verb);
        world.fault(rule.times(2));
        said.talk(world, open.clone(), &[send.clone(), receive.clone()]);
    }
    said.keep("not-the-huawei-secret");
    let wrong = open.with("app_secret", "not-the-huawei-secret");
    said.talk(world, wrong, &[send]);
}

fn of_openim(world: &mut World<'_>, said: &mut Said) {
    said.keep(world.control.config().openim.secret.clone());
    let open = world.openim();
    let form = upload(3000).with("openim", 1).with("method", 1);
    let parts = upload(3000).with("openim", 1).with("method", 2);
    let stored = said.talk(world, open.clone(), &[form.clone(), parts.clone()]);
    let receive = download(stored[0].get("file").unwrap());
    for (verb, action) in [
        ("user_token", error("1501")),
        ("initiate_form", error("1506")),
        ("form_post", error("SlowDownWrite")),
        ("form_post", Action::ResetReceiving { after: 10 }),
        ("part_put", error("AccessDenied")),
        ("complete_form", error("500")),
        ("object", to_signed_address(world)),
        ("storage_get", Action::TruncateBody { after: 100 }),
    ] {
        world.fault(Rule::new(action).verb(verb).times(2));
        let calls = [form.clone(), parts.clone(), receive.clone()];
        said.talk(world, open.clone(), &calls);
    }
    said.keep("not-the-openim-secret");
    let wrong = open.with("admin_secret", "not-the-openim-secret");
    said.talk(world, wrong, &[form]);
}

fn of_smh(world: &mut World<'_>, said: &mut Said) {
    said.keep(world.control.config().smh.library_secret.clone());
    let open = world.smh();
    let send = upload(3000);
    let parts = upload(3000).with("smh", 1).with("method", 3);
    let file = said.talk(world, open.clone(), &[send.clone(), parts.clone()])[0]
        .get("file")
        .unwrap()
        .to_owned();
    let about = |verb: &str| Line::new(verb).with("file", &file);
    let delete = Line::new("delete").with("smh", 1).with("file", "nothing");
    for (verb, action) in [
        ("token", error("503")),
        ("begin_simple", error("InvalidAccessToken")),
        ("put", error("expired")),
        ("put", Action::ResetReceiving { after: 10 }),
        ("part_put", error("SlowDown")),
        ("confirm", error("BadCrc64")),
        ("download", to_signed_address(world)),
        ("get", Action::CorruptBody { at: 100 }),
        ("info", error("NoPermission")),
    ] {
        world.fault(Rule::new(action).verb(verb).times(2));
        let calls = [
            send.clone(),
            parts.clone(),
            download(&file),
            about("info"),
            about("exists"),
            Line::new("list").with("directory", ""),
            delete.clone(),
        ];
        said.talk(world, open.clone(), &calls);
    }
    said.keep("not-the-library-secret");
    let wrong = open.with("library_secret", "not-the-library-secret");
    said.talk(world, wrong, std::slice::from_ref(&send));
    // A token that is given, refused, and stands in a query all the same.
    said.keep("acctk01notatokenatall");
    let by_token = world
        .smh_library()
        .with("access_token", "acctk01notatokenatall");
    said.talk(world, by_token, &[send, download("x")]);
}

fn proxies(world: &mut World<'_>, said: &mut Said) {
    said.keep(PROXY_PASSWORD);
    let (_closed, nobody) = servers::closed();
    let refusing =
        Parrot::start("HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let login = format!("somebody:{PROXY_PASSWORD}");
    let tls = world.emulator.tls_base_url().unwrap();
    for address in [nobody, refusing.address()] {
        for scheme in ["http", "socks5"] {
            for base in [world.emulator.base_url(), tls.clone()] {
                let open = world
                    .netease()
                    .with("base_url", format!("{base}/nimserver"))
                    .with("max_attempts", 2)
                    // A proxy that speaks HTTP has no answer to SOCKS.
                    .with("connect_timeout_ms", 200)
                    .with("proxy", format!("{scheme}://{login}@{address}"));
                let answers = said.talk(world, open, &[upload(1)]);
                assert_eq!(answers[0].head, "error", "{}", answers[0]);
            }
        }
    }
    // Not even when it is the proxy's address that is wrong.
    for address in ["", "host:port"] {
        let open = world
            .netease()
            .with("proxy", format!("http://{login}@{address}"));
        let answer = world.call(&open);
        assert_eq!(answer.head, "error", "{answer}");
        said.answers.push(answer);
    }
}

#[test]
fn no_secret_is_ever_logged_and_every_attempt_is() {
    let mut driver = Driver::start();
    let mut seen = BTreeSet::new();
    let mut world = World::new(config(), &mut driver, &mut seen, None);
    let mut said = Said::default();
    easemob(&mut world, &mut said);
    netease(&mut world, &mut said);
    of_huawei(&mut world, &mut said);
    of_openim(&mut world, &mut said);
    of_smh(&mut world, &mut said);
    proxies(&mut world, &mut said);
    eprintln!(
        "{} lines, {} answers, {} secrets",
        said.log.len(),
        said.answers.len(),
        said.secrets.len()
    );
    said.check();
    Box::new(driver).close();
}

/// Servers should not do that, but some do, and gateways with their debug pages.
#[test]
fn what_a_server_quotes_is_not_passed_on() {
    let mut driver = Driver::start();
    let mut seen = BTreeSet::new();
    let mut world = World::new(config(), &mut driver, &mut seen, None);
    let token = "a-token-that-is-quoted";
    let open = world.easemob_app().with("token", token);
    world.ok(open);
    world.fault(Rule::new(telltale(token)).verb("upload"));
    let answer = world.call_unchecked(&upload(1));
    assert!(
        answer.values().all(|value| !value.contains(token)),
        "{answer}"
    );
}

/// Each attempt has its line, with what was sent, what came, and why it is one more.
#[test]
fn every_attempt_has_a_line() {
    let mut driver = Driver::start();
    let mut seen = BTreeSet::new();
    let mut world = World::new(config(), &mut driver, &mut seen, None);
    let mut said = Said::default();
    let host = world.emulator.base_url().replace("http://", "");
    world.fault(
        Rule::new(Action::json(503, "{}"))
            .verb("file_upload")
            .times(1),
    );
    world.fault(
        Rule::new(Action::TruncateBody { after: 9 })
            .verb("file_upload")
            .times(1),
    );
    let open = world.netease();
    said.talk(&mut world, open, &[upload(7000)]);
    let place = format!("NetEase upload POST {host}/nimserver/msg/fileUpload.action");
    let parts: [(&str, &[&str]); 3] = [
        (
            "2",
            &["status=503", "attempt=1", "failed=CHATFILE_E_UNAVAILABLE"],
        ),
        (
            "2",
            &[
                "attempt=2",
                "retry_of=CHATFILE_E_UNAVAILABLE",
                "failed=CHATFILE_E_TRUNCATED",
            ],
        ),
        (
            "3",
            &["status=200", "attempt=3", "retry_of=CHATFILE_E_TRUNCATED"],
        ),
    ];
    let attempts: Vec<&String> = said
        .log
        .iter()
        .filter(|line| !line.starts_with('4'))
        .collect();
    assert_eq!(attempts.len(), parts.len(), "{:#?}", said.log);
    for (line, (level, parts)) in attempts.iter().zip(parts) {
        assert!(line.starts_with(&format!("{level} {place} ")), "{line}");
        for part in parts.iter().chain(&["bytes=7"]) {
            assert!(line.contains(part), "no {part} in {line}");
        }
    }
    world.finish();
    Box::new(driver).close();
}

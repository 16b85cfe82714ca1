//! Options of a client: proxies, certificates, the log, rates, and how long to try.

use std::time::{Duration, Instant};

use chatfile_emulator::{Action, Rule, Timing};

use super::cases;
use crate::protocol::Line;
use crate::recorder::RawServer;
use crate::world::{World, content, download, error, upload};

cases![
    certificates_that_are_added_are_trusted: |config| {
        config.tls = Some(([127, 0, 0, 1], 0).into());
    },
    whom_to_trust: |config| config.tls = Some(([127, 0, 0, 1], 0).into()),
    a_redirect_from_https_to_http_is_refused: |config| {
        config.tls = Some(([127, 0, 0, 1], 0).into());
    },
    a_plain_proxy_gets_whole_urls,
    a_proxy_that_wants_a_login,
    a_proxy_that_wants_a_login_that_cannot_be_given,
    who_knows_the_login_of_a_proxy_is_asked,
    who_knows_the_login_of_a_tunnel_is_asked,
    the_proxy_of_the_system,
    a_proxy_that_is_not_there,
    hosts_beside_the_proxy,
    the_log_tells_of_attempts_and_no_secrets,
    the_log_is_as_verbose_as_asked,
    rates_hold,
    calls_per_second_hold,
    attempts_end_with_their_time,
];

fn certificates_that_are_added_are_trusted(world: &mut World<'_>) {
    let certificate = world.emulator.ca_path().unwrap().display().to_string();
    let url = world.emulator.tls_base_url().unwrap();
    for key in ["ca_certificates", "ca_certificates_path"] {
        world.control.clear_journal();
        let line = world
            .easemob()
            .with("base_url", &url)
            .with(key, &certificate);
        world.ok(line);
        for size in [0, 1000, 500_000] {
            let line = upload(size).with("progress", 1);
            let stored = world.ok(line.clone());
            world.holds(stored.get("file").unwrap(), &content(&line));
        }
        let journal = world.control.journal();
        assert!(journal.iter().all(|entry| entry.tls));
        assert!(
            journal
                .iter()
                .all(|entry| entry.connection == journal[0].connection)
        );
    }
}

fn whom_to_trust(world: &mut World<'_>) {
    let certificate = world.emulator.ca_path().unwrap().display().to_string();
    let line = world
        .easemob()
        .with("base_url", world.emulator.tls_base_url().unwrap())
        .with("max_attempts", 1);
    // CHATFILE_TRUST_BOTH, _BUILT_IN, _SYSTEM: what the caller gives counts in each.
    for trust in 0..3 {
        let line = line.clone().with("trust", trust);
        world.ok(line.clone());
        world.fails(upload(1), "TLS");
        world.ok(line.with("ca_certificates_path", &certificate));
        world.ok(upload(1));
    }
    if world.is_c_abi() {
        world.fails_unsent(line.with("trust", 3), "ARGUMENT", "trust");
    }
}

fn a_redirect_from_https_to_http_is_refused(world: &mut World<'_>) {
    let certificate = world.emulator.ca_path().unwrap().display().to_string();
    let url = world.emulator.tls_base_url().unwrap();
    let line = world
        .easemob()
        .with("base_url", url)
        .with("ca_certificates_path", certificate);
    world.ok(line);
    let stored = world.ok(upload(10));
    let location = format!(
        "{}/easemob-demo/testapp/chatfiles/{}",
        world.emulator.base_url(),
        stored.get("file").unwrap()
    );
    world.fault(
        Rule::new(Action::Redirect {
            status: 302,
            location,
            timing: Timing::default(),
        })
        .verb("download"),
    );
    world.fails(download(stored.get("file").unwrap()), "BLOCKED_ADDRESS");
    world.count("download", 1);
    assert!(world.control.journal().iter().all(|entry| entry.tls));
}

const STORED: &[u8] =
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 31\r\n\r\n{\"code\":200,\"url\":\"http://h/x\"}";

fn a_plain_proxy_gets_whole_urls(world: &mut World<'_>) {
    let proxy = RawServer::answering(STORED);
    let login = proxy.base_url().replace("http://", "http://user:p%40ss@");
    let line = world
        .netease()
        .with("base_url", "http://no-such-host.invalid/nimserver")
        .with("proxy", login);
    world.ok(line);
    world.ok(upload(10));
    let request = String::from_utf8_lossy(&proxy.requests()[0]).into_owned();
    let first = request.lines().next().unwrap();
    assert_eq!(
        first,
        "POST http://no-such-host.invalid/nimserver/msg/fileUpload.action HTTP/1.1"
    );
    // printf user:p@ss | base64
    let lower = request.to_ascii_lowercase();
    assert!(
        lower.contains("proxy-authorization: basic dxnlcjpwqhnz"),
        "{request}"
    );
    assert!(
        lower.contains("\r\nhost: no-such-host.invalid\r\n"),
        "{request}"
    );
}

fn a_proxy_that_wants_a_login(world: &mut World<'_>) {
    for answer in [
        &b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\nContent-Length: 0\n\n",
    ] {
        let proxy = RawServer::answering(answer);
        let line = world
            .netease()
            .with("base_url", "https://no-such-host.invalid/nimserver")
            .with("max_attempts", 1)
            .with("proxy", proxy.base_url());
        world.ok(line);
        let answer = world.fails(upload(10).with("progress", 1), "PROXY");
        assert_eq!(answer.number("phase"), 2, "{answer}");
        assert_eq!(answer.number("at_proxy"), 1, "{answer}");
        let request = String::from_utf8_lossy(&proxy.requests()[0]).into_owned();
        assert!(request.starts_with("CONNECT no-such-host.invalid:443 HTTP/1.1\r\n"), "{request}");
        // What is meant for the service is not told to the proxy.
        assert!(!request.to_ascii_lowercase().contains("appkey"), "{request}");
    }
}

fn a_proxy_that_wants_a_login_that_cannot_be_given(world: &mut World<'_>) {
    let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n\
        Proxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";
    for scheme in ["http", "https"] {
        let proxy = RawServer::answering(answer);
        let line = world
            .netease()
            .with("base_url", format!("{scheme}://no-such-host.invalid"))
            .with("max_attempts", 1)
            .with("proxy", proxy.base_url());
        world.ok(line);
        let answer = world.fails(upload(10), "PROXY");
        let message = answer.get("message").unwrap();
        assert!(message.contains("Negotiate, NTLM"), "{message}");
        assert_eq!(
            answer.number("http_status"),
            i64::from(scheme == "http") * 407
        );
    }
}

const ASKING: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\n\
    Proxy-Authenticate: Basic realm=\"the office\"\r\nConnection: close\r\n\
    Content-Length: 0\r\n\r\n";

/// How often the callback was asked since the client was opened.
fn logins(world: &mut World<'_>) -> i64 {
    let seen = world.ok(Line::new("seen"));
    if seen.number("logins") > 0 {
        assert_eq!(seen.get("challenge"), Some("Basic the office"));
    }
    seen.number("logins")
}

fn who_knows_the_login_of_a_proxy_is_asked(world: &mut World<'_>) {
    // printf user:p:ss | base64
    let proxy = RawServer::start(|request| {
        let request = String::from_utf8_lossy(request).to_ascii_lowercase();
        let is_known = request.contains("proxy-authorization: basic dxnlcjpwonnz\r\n");
        if is_known { STORED } else { ASKING }.to_vec()
    });
    let line = world
        .netease()
        .with("base_url", "http://no-such-host.invalid/nimserver")
        .with("proxy", proxy.base_url())
        .with("max_attempts", 1);
    world.ok(line.clone().with("login", "user:p:ss"));
    for _ in 0..2 {
        assert_eq!(world.ok(upload(10)).number("attempts"), 1);
        assert_eq!(logins(world), 1);
    }
    assert_eq!(proxy.requests().len(), 3);
    // What the URL says comes first.
    let url = proxy.base_url();
    let known = url.replace("http://", "http://user:p%3Ass@");
    world.ok(line.clone().with("proxy", known).with("login", "nobody:"));
    world.ok(upload(10));
    assert_eq!(logins(world), 0);
    let wrong = url.replace("http://", "http://user:old@");
    world.ok(line.clone().with("proxy", wrong).with("login", "user:p:ss"));
    world.ok(upload(10));
    assert_eq!(logins(world), 1);
    // Three in a row, for each call; and none at all.
    for (login, times) in [("user:wrong", 3), ("", 1)] {
        world.ok(line.clone().with("login", login));
        for calls in 1..=2 {
            let answer = world.fails(upload(10), "PROXY");
            assert_eq!(answer.number("attempts"), 1, "{answer}");
            assert_eq!(answer.number("at_proxy"), 1, "{answer}");
            assert!(!answer.get("message").unwrap().contains("wrong"));
            assert_eq!(logins(world), calls * times);
        }
    }
    world.ok(line.clone().with("login", "no\u{7f}thing:"));
    let answer = world.fails(upload(10), "ARGUMENT");
    assert_eq!(answer.get("field"), Some("proxy_login"), "{answer}");
    if world.is_c_abi() {
        world.ok(line.with("login_refusal", 7));
        let answer = world.fails(upload(10), "CALLBACK");
        assert_eq!(answer.number("callback_value"), 7, "{answer}");
        assert_eq!(logins(world), 1);
    }
}

fn who_knows_the_login_of_a_tunnel_is_asked(world: &mut World<'_>) {
    let proxy = RawServer::answering(ASKING);
    let line = world
        .netease()
        .with("base_url", "https://no-such-host.invalid/nimserver")
        .with("proxy", proxy.base_url())
        .with("login", "user:wrong");
    world.ok(line);
    let answer = world.fails(upload(10), "PROXY");
    assert_eq!(answer.number("attempts"), 1, "{answer}");
    assert_eq!(logins(world), 3);
    let requests = proxy.requests();
    let told = requests.iter().map(|request| {
        let request = String::from_utf8_lossy(request).into_owned();
        assert!(request.starts_with("CONNECT "), "{request}");
        request.contains("Proxy-Authorization: Basic ")
    });
    assert_eq!(told.collect::<Vec<_>>(), [false, true, true, true]);
}

fn the_proxy_of_the_system(world: &mut World<'_>) {
    // Those who run tests behind a proxy have loopback in no_proxy.
    let line = world
        .netease()
        .with("proxy", "system")
        .with("no_proxy", "127.0.0.1");
    world.ok(line.clone());
    world.ok(upload(10));
    let answer = world.fails(line.with("proxy_from_environment", 1), "ARGUMENT");
    assert_eq!(answer.get("field"), Some("proxy"), "{answer}");
}

fn a_proxy_that_is_not_there(world: &mut World<'_>) {
    let (_socket, address) = super::network::closed_port();
    for scheme in ["http", "socks5"] {
        let line = world
            .netease()
            .with("max_attempts", 1)
            .with("proxy", format!("{scheme}://{address}"));
        world.ok(line);
        let answer = world.fails(upload(10), "CONNECT");
        assert_eq!(answer.number("phase"), 2);
        let message = answer.get("message").unwrap();
        let proxy = format!("the proxy {address}");
        assert!(message.contains(&proxy), "{message}");
        assert_eq!(answer.number("at_proxy"), 1);
        assert_ne!(answer.number("os_error"), 0, "the connection was refused");
    }
    assert!(
        world.control.journal().is_empty(),
        "nothing goes past the proxy"
    );
}

fn hosts_beside_the_proxy(world: &mut World<'_>) {
    let (_socket, address) = super::network::closed_port();
    for beside in ["127.0.0.1", "*", "example.com,127.0.0.1"] {
        let line = world
            .netease()
            .with("max_attempts", 1)
            .with("proxy", format!("http://{address}"))
            .with("no_proxy", beside);
        world.ok(line);
        world.ok(upload(10));
    }
}

fn log_of(world: &mut World<'_>) -> String {
    world
        .ok(Line::new("seen"))
        .get("log")
        .unwrap_or_default()
        .to_owned()
}

fn the_log_tells_of_attempts_and_no_secrets(world: &mut World<'_>) {
    let secret = world.control.config().easemob.client_secret.clone();
    world.open_easemob_with("log_level", 4);
    world.fault(Rule::new(error("503")).verb("upload").times(1));
    let stored = world.ok(upload(10).with("easemob", 1).with("restrict_access", 1));
    let share_secret = stored.get("share_secret").unwrap().to_owned();
    let url = format!("{}?share-secret={share_secret}", stored.get("url").unwrap());
    world.ok(download(&url));
    world.fails(download("0-1"), "NOT_FOUND");
    let log = log_of(world);
    for secret in [secret.as_str(), share_secret.as_str(), "YWMt", "Bearer"] {
        assert!(!log.contains(secret), "{log}");
    }
    let count = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    assert_eq!(count("failed=CHATFILE_E_UNAVAILABLE"), 1, "{log}");
    assert_eq!(count("failed=CHATFILE_E_NOT_FOUND"), 1, "{log}");
    let level = |level: &str| log.lines().filter(|line| line.starts_with(level)).count();
    assert!(
        level("1 ") == 1 && level("2 ") == 1 && level("3 ") == 2 && level("4 ") >= 1,
        "{log}"
    );
}

fn the_log_is_as_verbose_as_asked(world: &mut World<'_>) {
    for (level, lines) in [(1, 1), (2, 2), (3, 3)] {
        world.control.clear_faults();
        world.open_netease_with("log_level", level);
        world.fault(Rule::new(error("503")).verb("file_upload").times(1));
        world.ok(upload(10));
        world.service_error("file_upload", "405");
        world.fails(upload(10), "SERVICE");
        let log = log_of(world);
        assert_eq!(log.lines().count(), lines, "{log}");
    }
}

/// How long a call takes that works.
fn time(world: &mut World<'_>, line: Line) -> Duration {
    let begun = Instant::now();
    world.ok(line);
    begun.elapsed()
}

fn rates_hold(world: &mut World<'_>) {
    let least = Duration::from_millis(300);
    world.open_netease_with("upload_rate", 100_000);
    assert!(time(world, upload(60_000)) >= least);
    world.open_netease_with("download_rate", 100_000);
    let stored = world.ok(upload(60_000));
    assert!(time(world, download(stored.get("file").unwrap())) >= least);
    world.ok(Line::new("set_rates"));
    world.ok(download(stored.get("file").unwrap()));
    world.ok(Line::new("set_rates").with("download_rate", 100_000));
    assert!(time(world, download(stored.get("file").unwrap())) >= least);
}

fn calls_per_second_hold(world: &mut World<'_>) {
    world.open_netease_with("calls_per_second", 2);
    let begun = Instant::now();
    for _ in 0..3 {
        world.ok(upload(1));
    }
    assert!(
        begun.elapsed() >= Duration::from_millis(900),
        "{:?}",
        begun.elapsed()
    );
}

fn attempts_end_with_their_time(world: &mut World<'_>) {
    let line = world
        .netease()
        .with("retry_delay_ms", 20)
        .with("retry_time_ms", 200)
        .with("max_attempts", 10_000);
    world.ok(line);
    world.fault(Rule::new(error("503")));
    let answer = world.fails(upload(1), "UNAVAILABLE");
    assert!((1..1000).contains(&answer.number("attempts")), "{answer}");
}

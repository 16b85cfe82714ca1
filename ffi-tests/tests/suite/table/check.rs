//! What a client says of the way to its service, and what of a call that failed.

use chatfile_emulator::Rule;

use super::{cases, network::closed_port};
use crate::protocol::Line;
use crate::recorder::RawServer;
use crate::world::{World, error, upload};

cases![
    each_step_that_fails_is_named,
    a_certificate_is_looked_at: |config| config.tls = Some(([127, 0, 0, 1], 0).into()),
    a_proxy_is_looked_at,
    a_look_can_be_stopped,
    a_trace_is_there_for_who_asks,
    a_trace_tells_of_connections_and_heads,
    the_finest_log_is_the_trace,
];

// Numbers of the header.
pub const NOT_TRIED: i64 = 0;
pub const OK: i64 = 1;
pub const WARNING: i64 = 2;
pub const FAILED: i64 = 3;

/// The steps, in their order.
pub const STEPS: [&str; 8] = [
    "address",
    "proxy",
    "name",
    "connection",
    "tls",
    "clock",
    "credentials",
    "service",
];

/// Looks, and returns the verdicts; every step is there, and says something.
pub fn verdicts(answer: &Line) -> [i64; 8] {
    assert_eq!(answer.number("count"), STEPS.len() as i64, "{answer}");
    std::array::from_fn(|index| {
        assert_eq!(
            answer.number(&format!("{index}.kind")),
            index as i64,
            "{answer}"
        );
        assert!(answer.get(&format!("{index}.text")).is_some(), "{answer}");
        let verdict = answer.number(&format!("{index}.verdict"));
        let status = answer.number(&format!("{index}.status"));
        assert_eq!(verdict == FAILED, status != 0, "{answer}");
        verdict
    })
}

/// The text of a step, with its advice.
pub fn said(answer: &Line, step: &str) -> String {
    let index = STEPS.iter().position(|name| *name == step).unwrap();
    let text = |key: &str| answer.get(&format!("{index}.{key}")).unwrap_or_default();
    format!("{} {}", text("text"), text("advice"))
}

/// The step that fails, by that status; those before it are good, those behind it are not tried.
#[track_caller]
fn fails_at(world: &mut World<'_>, step: &str, status: i64) -> Line {
    let answer = world.ok(Line::new("check"));
    let at = STEPS.iter().position(|name| *name == step).unwrap();
    let verdicts = verdicts(&answer);
    assert_eq!(verdicts[at], FAILED, "{answer}");
    assert_eq!(answer.number(&format!("{at}.status")), status, "{answer}");
    for (index, verdict) in verdicts.iter().enumerate() {
        let is_good = [OK, WARNING, NOT_TRIED].contains(verdict);
        assert!(index == at || is_good, "{answer}");
        assert!(index <= at || *verdict == NOT_TRIED, "{answer}");
    }
    answer
}

fn each_step_that_fails_is_named(world: &mut World<'_>) {
    let (_socket, address) = closed_port();
    world.open_netease_with("base_url", format!("http://{address}/nimserver"));
    let answer = fails_at(world, "connection", 201);
    assert!(said(&answer, "connection").contains("firewall"), "{answer}");
    world.open_netease_with("base_url", "https://no-such-host.invalid/nimserver");
    let answer = fails_at(world, "name", 200);
    assert!(
        said(&answer, "name").contains("no-such-host.invalid"),
        "{answer}"
    );
    // What answers speaks another language.
    let other = RawServer::answering(b"220 mail.example ESMTP\r\n");
    world.open_netease_with("base_url", other.base_url());
    fails_at(world, "clock", 208);
    // There is nobody to ask.
    world.ok(Line::new("open"));
    world.fails_unsent(Line::new("check"), "UNSUPPORTED", "check");
}

fn a_certificate_is_looked_at(world: &mut World<'_>) {
    let url = world.emulator.tls_base_url().unwrap();
    let line = world.easemob().with("base_url", &url);
    world.ok(line.clone());
    let answer = fails_at(world, "tls", 202);
    assert!(said(&answer, "tls").contains("ca_certificates"), "{answer}");
    assert!(world.control.journal().is_empty());
    let authority = world.emulator.ca_path().unwrap().display().to_string();
    let line = line.with("ca_certificates", authority);
    world.ok(line);
    let answer = world.ok(Line::new("check"));
    assert_eq!(verdicts(&answer), [OK; 8], "{answer}");
    assert!(said(&answer, "tls").contains("TLS 1."), "{answer}");
    // A port that does not speak TLS.
    let plain = world.emulator.base_url().replace("http:", "https:");
    world.ok(world.easemob().with("base_url", plain));
    fails_at(world, "tls", 202);
}

fn a_proxy_is_looked_at(world: &mut World<'_>) {
    let (_socket, address) = closed_port();
    world.open_netease_with("proxy", format!("http://user:hunter2@{address}"));
    let answer = fails_at(world, "connection", 201);
    assert!(
        said(&answer, "connection").contains("the proxy"),
        "{answer}"
    );
    let proxy = said(&answer, "proxy");
    assert_eq!(proxy.trim(), format!("http://{address}"), "{answer}");
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
}

fn a_look_can_be_stopped(world: &mut World<'_>) {
    world.open_easemob();
    let stopped = world.fails(Line::new("check").with("fire_before", 1), "CANCELLED");
    assert_eq!(stopped.number("attempts"), 0, "{stopped}");
    assert!(world.control.journal().is_empty());
}

fn a_trace_is_there_for_who_asks(world: &mut World<'_>) {
    world.open_netease_with("trace", 0);
    world.service_error("file_upload", "405");
    let answer = world.fails(upload(10), "SERVICE");
    assert_eq!(answer.get("trace"), None, "{answer}");
    world.open_netease_with("trace", 1);
    let answer = world.fails(upload(10), "SERVICE");
    assert!(answer.get("trace").is_some(), "{answer}");
    // There is nothing to tell.
    let answer = world.fails(upload(0), "LIMIT");
    assert_eq!(answer.get("trace"), None, "{answer}");
}

fn a_trace_tells_of_connections_and_heads(world: &mut World<'_>) {
    let line = world.easemob().with("trace", 1);
    world.ok(line);
    world.fault(Rule::new(error("503")).verb("upload").times(1));
    world.fault(Rule::new(error("429")).verb("upload"));
    let answer = world.fails(upload(10).with("file_name", "cat.jpg"), "RATE_LIMITED");
    let trace = answer.get("trace").unwrap();
    let mut lines = trace.lines();
    let first = lines.next().unwrap();
    assert!(first.starts_with("chatfile "), "{trace}");
    assert!(first.contains(": Easemob upload, begun "), "{trace}");
    assert!(
        trace
            .lines()
            .last()
            .unwrap()
            .contains(" ms failed: CHATFILE_E_RATE_LIMITED: "),
        "{trace}"
    );
    for part in [
        "127.0.0.1: 127.0.0.1",
        "connected to 127.0.0.1 port ",
        " POST http://127.0.0.1",
        "/token\n",
        "/chatfiles\n",
        "\n    Authorization: …\n",
        " ms answer 503\n",
        " ms answer 429\n",
        "\n    date: ",
        "failed=CHATFILE_E_UNAVAILABLE again_in_ms=",
    ] {
        assert!(trace.contains(part), "{part:?} in {trace}");
    }
    assert!(
        trace
            .lines()
            .skip(1)
            .all(|line| line.starts_with(['+', ' '])),
        "{trace}"
    );
}

fn the_finest_log_is_the_trace(world: &mut World<'_>) {
    let line = world.smh().with("log_level", 5);
    world.ok(line);
    let parts = Line::new("upload")
        .with("source", "buffer")
        .with("size", 3 << 20)
        .with("seed", 1);
    let parts = parts
        .with("smh", 1)
        .with("method", 3)
        .with("part_size", 1 << 20);
    world.ok(parts);
    let seen = world.ok(Line::new("seen"));
    let log = seen.get("log").unwrap();
    for part in [
        "5 GET http://",
        "&library_secret=…",
        "5 PUT http://",
        "5 answer 200",
    ] {
        assert!(log.contains(part), "{part:?} in {log}");
    }
    let config = world.control.config();
    for secret in [config.smh.library_secret.as_str(), "acctk", "q-sign"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

//! Names, ports, time-outs and TLS.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use chatfile_emulator::{Action, Config, Emulator, Rule};
use socket2::{Domain, Socket, Type};

use super::cases;
use crate::world::{MIB, World, download_to, upload, upload_one_way};

cases![
    a_port_that_nobody_listens_on,
    a_name_that_does_not_exist,
    a_connection_that_is_not_accepted,
    a_certificate_that_nobody_trusts: |config| config.tls = Some(([127, 0, 0, 1], 0).into()),
    a_stall_while_sending: |config| {
        config.receive_buffer = Some(16 * 1024);
        config.netease.max_upload = 64 * MIB;
    },
    a_stall_before_the_answer,
    a_stall_within_the_answer,
    a_stall_once,
    slow_is_not_stalled,
    a_deadline_while_waiting,
    a_deadline_while_receiving,
    a_deadline_holds_for_all_attempts,
    a_deadline_that_is_met,
    over_ipv6,
];

/// A port of this machine that refuses connections while the socket lives: it is taken, and nobody listens.
pub(super) fn closed_port() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

fn a_port_that_nobody_listens_on(world: &mut World<'_>) {
    let (_socket, address) = closed_port();
    let url = format!("http://{address}/nimserver");
    let line = world
        .netease()
        .with("base_url", url)
        .with("max_attempts", 2);
    world.ok(line);
    let answer = world.fails(upload(1).with("progress", 1), "CONNECT");
    assert_eq!(answer.number("phase"), 2);
    assert_eq!(answer.number("attempts"), 2);
    assert_eq!(answer.number("retryable"), 1);
    assert_eq!(answer.number("http_status"), 0);
    let line = world
        .easemob()
        .with("base_url", format!("http://{address}"))
        .with("max_attempts", 1);
    world.ok(line);
    world.fails(upload(1), "CONNECT");
}

fn a_name_that_does_not_exist(world: &mut World<'_>) {
    // RFC 6761: the name is never resolved by anybody.
    let line = world
        .netease()
        .with("base_url", "https://no-such-host.invalid/nimserver")
        .with("max_attempts", 1);
    world.ok(line);
    let answer = world.fails(upload(1), "RESOLVE");
    assert_eq!(answer.number("phase"), 2);
    assert_eq!(answer.number("at_proxy"), 0);
    assert!(
        answer
            .get("message")
            .unwrap()
            .contains("no-such-host.invalid"),
        "{answer}"
    );
}

/// A listener whose queue is full: the kernel answers no further SYN.
pub(super) fn full_listener(address: SocketAddr) -> std::io::Result<(Socket, Vec<TcpStream>)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&address.into())?;
    socket.listen(0)?;
    let address = socket.local_addr()?.as_socket().unwrap();
    let mut waiting = Vec::new();
    // One that is given up may just have been slow on a busy machine, but hardly twice in a row.
    let one_more = || TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    while let Some(stream) = one_more().or_else(one_more) {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the queue has no end");
    }
    Ok((socket, waiting))
}

fn a_connection_that_is_not_accepted(world: &mut World<'_>) {
    let (socket, _waiting) = full_listener((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let line = world
        .netease()
        .with("base_url", format!("http://{address}/nimserver"))
        .with("connect_timeout_ms", world.patience(100))
        .with("max_attempts", 2);
    world.ok(line.clone());
    let answer = world.fails(upload_one_way(1), "CONNECT_TIMEOUT");
    assert_eq!(answer.number("phase"), 2);
    assert_eq!(answer.number("attempts"), 2);
    assert_eq!(answer.number("retryable"), 1);
    let line = line.with("connect_timeout_ms", 0);
    world.ok(line.with("deadline_ms", world.patience(100)));
    let answer = world.fails(upload(1), "DEADLINE");
    assert_eq!(answer.number("phase"), 2);
}

/// CHATFILE_TLS_ numbers.
const UNKNOWN_ISSUER: i64 = 2;
const NOT_SPOKEN: i64 = 11;

fn a_certificate_that_nobody_trusts(world: &mut World<'_>) {
    let url = world.emulator.tls_base_url().unwrap();
    let line = world.easemob().with("base_url", &url);
    world.ok(line);
    let answer = world.fails(upload(1).with("progress", 1), "TLS");
    let message = answer.get("message").unwrap();
    assert!(message.contains("ca_certificates"), "{message}");
    assert_eq!(answer.number("tls_fault"), UNKNOWN_ISSUER);
    assert_eq!(answer.number("attempts"), 1);
    assert_eq!(answer.number("retryable"), 0);
    world.open_netease();
    let line = download_to(&format!("{url}/bmlt/bmlt"), &world.path("target"));
    world.fails(line, "TLS");
    assert!(world.control.journal().is_empty());
    // Speaking TLS to a port that does not.
    let plain = world.emulator.base_url().replace("http:", "https:");
    let line = world
        .netease()
        .with("base_url", plain)
        .with("max_attempts", 1);
    world.ok(line);
    let answer = world.fails(upload(1), "TLS");
    let message = answer.get("message").unwrap();
    assert!(message.contains("does not speak TLS"), "{message}");
    assert_eq!(answer.number("tls_fault"), NOT_SPOKEN);
    // And the other way round.
    let line = world
        .netease()
        .with("base_url", url.replace("https:", "http:"))
        .with("max_attempts", 1);
    world.ok(line);
    let answer = world.fails(upload(1), "PROTOCOL");
    let message = answer.get("message").unwrap();
    assert!(message.contains("speaks TLS"), "{message}");
}

fn a_stall_while_sending(world: &mut World<'_>) {
    let line = world
        .netease()
        .with("stall_timeout_ms", world.patience(300))
        .with("max_upload_size", 64 * MIB)
        .with("max_attempts", 1);
    world.ok(line);
    world.fault(Rule::new(Action::StallReceiving { after: 100_000 }));
    // More than the buffers of the kernel hold.
    let answer = world.fails(upload_one_way(60 * MIB).with("progress", 1), "STALLED");
    assert_eq!(answer.number("phase"), 3);
    assert_eq!(answer.number("retryable"), 1);
    assert_eq!(answer.number("attempts"), 1);
}

/// Opens NetEase with a short stall time-out and so many attempts.
fn impatient(world: &mut World<'_>, attempts: u32) {
    let line = world
        .netease()
        .with("stall_timeout_ms", world.patience(300))
        .with("max_attempts", attempts);
    world.ok(line);
}

fn a_stall_before_the_answer(world: &mut World<'_>) {
    impatient(world, 1);
    for after in [0, 20] {
        world.control.clear_faults();
        world.fault(Rule::new(Action::StallHead { after }));
        let answer = world.fails(upload(10).with("progress", 1), "STALLED");
        assert_eq!(answer.number("phase"), 4);
    }
    world.control.clear_faults();
    world.fault(Rule::new(Action::StallBody { after: 5 }));
    let answer = world.fails(upload(10), "STALLED");
    assert_eq!(answer.number("phase"), 4);
}

fn a_stall_within_the_answer(world: &mut World<'_>) {
    impatient(world, 1);
    let stored = world.ok(upload(100_000));
    let target = world.path("old");
    std::fs::write(&target, "old").unwrap();
    world.fault(Rule::new(Action::StallBody { after: 50_000 }).verb("download"));
    let line = download_to(stored.get("file").unwrap(), &target);
    let answer = world.fails(line.with("progress", 1), "STALLED");
    assert_eq!(answer.number("phase"), 4);
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
}

fn a_stall_once(world: &mut World<'_>) {
    impatient(world, 2);
    world.fault(Rule::new(Action::StallHead { after: 0 }).times(1));
    let stored = world.ok(upload(100_000));
    assert_eq!(stored.number("attempts"), 2);
    world.fault(
        Rule::new(Action::StallBody { after: 10 })
            .verb("download")
            .times(1),
    );
    let line = download_to(stored.get("file").unwrap(), &world.path("target"));
    assert_eq!(world.ok(line).number("attempts"), 2);
}

fn slow_is_not_stalled(world: &mut World<'_>) {
    let stall = world.patience(300);
    let line = world.netease().with("stall_timeout_ms", stall);
    world.ok(line);
    let stored = world.ok(upload(2000));
    // Takes twice as long as a stall may.
    let bytes_per_second = 2000 * 1000 / (2 * stall);
    world.fault(Rule::new(Action::Trickle { bytes_per_second }).verb("download"));
    let line = download_to(stored.get("file").unwrap(), &world.path("target"));
    assert_eq!(world.ok(line).number("attempts"), 1);
}

fn a_deadline_while_waiting(world: &mut World<'_>) {
    world.open_netease_with("deadline_ms", world.patience(300));
    world.fault(Rule::new(Action::StallHead { after: 0 }));
    let answer = world.fails(upload(10).with("progress", 1), "DEADLINE");
    assert_eq!(answer.number("retryable"), 1);
    assert_eq!(answer.number("attempts"), 1);
}

fn a_deadline_while_receiving(world: &mut World<'_>) {
    world.open_netease();
    let stored = world.ok(upload(100_000));
    world.open_netease_with("deadline_ms", world.patience(300));
    world.fault(
        Rule::new(Action::Trickle {
            bytes_per_second: 1000,
        })
        .verb("download"),
    );
    let line = download_to(stored.get("file").unwrap(), &world.path("target"));
    let answer = world.fails(line.with("progress", 1), "DEADLINE");
    assert_eq!(answer.number("phase"), 4);
    assert!(world.names().is_empty());
}

fn a_deadline_holds_for_all_attempts(world: &mut World<'_>) {
    let line = world
        .netease()
        .with("stall_timeout_ms", world.patience(100))
        .with("deadline_ms", world.patience(350))
        .with("max_attempts", 1000);
    world.ok(line);
    world.fault(Rule::new(Action::StallHead { after: 0 }));
    let answer = world.call(&upload(10));
    let status = answer.get("status").unwrap();
    // The last attempt is cut short, or no time is left for another.
    assert!(
        ["CHATFILE_E_DEADLINE", "CHATFILE_E_STALLED"].contains(&status),
        "{answer}"
    );
    assert!((1..=4).contains(&answer.number("attempts")), "{answer}");
}

fn a_deadline_that_is_met(world: &mut World<'_>) {
    world.open_netease_with("deadline_ms", 60_000);
    let stored = world.ok(upload(100_000));
    world.ok(download_to(
        stored.get("file").unwrap(),
        &world.path("target"),
    ));
}

fn over_ipv6(world: &mut World<'_>) {
    let bind = SocketAddr::from((Ipv6Addr::LOCALHOST, 0));
    let config = Config {
        bind,
        ..Config::default()
    };
    let Ok(emulator) = Emulator::start(config) else {
        eprintln!("skipped: this machine has no IPv6 loopback");
        return;
    };
    assert!(
        emulator.base_url().starts_with("http://[::1]:"),
        "{}",
        emulator.base_url()
    );
    let line = world.easemob().with("base_url", emulator.base_url());
    world.ok(line);
    let stored = world.ok(upload(1000));
    let line = download_to(stored.get("url").unwrap(), &world.path("target"));
    world.ok(line);
    assert_eq!(emulator.control().journal().len(), 3);
}

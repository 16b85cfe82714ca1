//! Several addresses of one host, and of one service.

use std::net::{SocketAddr, TcpListener};

use chatfile_emulator::{Action, Rule};

use super::cases;
use super::network::{closed_port, full_listener};
use crate::protocol::Line;
use crate::world::{World, download_to, upload};

cases![
    addresses_are_tried_side_by_side,
    addresses_that_refuse_are_passed_over,
    one_ip_version,
    what_is_no_address,
    fallback_urls_over_tls: |config| config.tls = Some(([127, 0, 0, 1], 0).into()),
    fallback_urls_are_for_a_service,
];

/// The emulator's port.
fn port(world: &World<'_>) -> u16 {
    let address = world.emulator.base_url();
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// The account at a host that only `resolve` knows.
fn named(world: &World<'_>, addresses: &[&str]) -> Line {
    let port = port(world);
    let entries: Vec<_> = addresses
        .iter()
        .map(|address| format!("files.invalid:{port}:{address}"))
        .collect();
    world
        .netease()
        .with("base_url", format!("http://files.invalid:{port}/nimserver"))
        .with("resolve", entries.join(","))
        .with("max_attempts", 1)
}

fn addresses_are_tried_side_by_side(world: &mut World<'_>) {
    let dead = SocketAddr::from(([127, 0, 0, 2], port(world)));
    let Ok((socket, waiting)) = full_listener(dead) else {
        eprintln!("skipped: this machine has no 127.0.0.2");
        return;
    };
    // Who waits for the first address would wait for half an hour.
    let line = named(world, &["127.0.0.2", "127.0.0.1"]);
    world.ok(line
        .with("connect_timeout_ms", 3_600_000)
        .with("max_attempts", 2));
    assert_eq!(world.ok(upload(1)).number("attempts"), 1);
    // The next connection goes to the one that worked.
    drop((socket, waiting));
    let alive = TcpListener::bind(dead).unwrap();
    alive.set_nonblocking(true).unwrap();
    world.fault(Rule::new(Action::CloseBeforeAnswer { handle: false }).times(1));
    world.ok(upload(1));
    world.count("file_upload", 3);
    assert!(alive.accept().is_err(), "it was asked again");
}

fn addresses_that_refuse_are_passed_over(world: &mut World<'_>) {
    for others in [&["127.0.0.2"][..], &["::1", "127.0.0.2", "[::1]"]] {
        let addresses = [others, &["127.0.0.1"]].concat();
        let line = named(world, &addresses);
        world.ok(line);
        world.ok(upload(1));
        let line = named(world, others);
        world.ok(line);
        world.fails(upload(1), "CONNECT");
    }
}

fn one_ip_version(world: &mut World<'_>) {
    let line = named(world, &["::1", "127.0.0.1"]);
    world.ok(line.clone().with("ip_version", 4));
    world.ok(upload(1));
    world.ok(line.with("ip_version", 6));
    world.fails(upload(1), "CONNECT");
    let line = named(world, &["127.0.0.1"]);
    world.ok(line.with("ip_version", 6));
    let answer = world.fails(upload(1), "RESOLVE");
    let message = answer.get("message").unwrap();
    assert!(message.contains("no IPv6 address"), "{message}");
}

fn what_is_no_address(world: &mut World<'_>) {
    let line = world.netease().with("resolve", "files.invalid:443");
    world.fails_unsent(line, "ARGUMENT", "resolve");
    if world.is_c_abi() {
        let line = world.netease().with("ip_version", 5);
        world.fails_unsent(line, "ARGUMENT", "ip_version");
    }
}

fn fallback_urls_over_tls(world: &mut World<'_>) {
    let certificate = world.emulator.ca_path().unwrap().display().to_string();
    let good = world.emulator.tls_base_url().unwrap();
    let (_socket, closed) = closed_port();
    // Neither is there, nor the next one; the third speaks no TLS.
    let others = format!(
        "https://{closed}, {}, {good}",
        world.emulator.base_url().replace("http:", "https:")
    );
    let line = world
        .easemob()
        .with("base_url", "https://no-such-host.invalid")
        .with("fallback_urls", others)
        .with("ca_certificates_path", certificate)
        .with("max_attempts", 1);
    world.ok(line.clone());
    let stored = world.ok(upload(100_000).with("source", "callback"));
    assert_eq!(stored.number("attempts"), 1);
    let target = world.path("target");
    world.ok(download_to(stored.get("file").unwrap(), &target));
    assert!(world.control.journal().iter().all(|entry| entry.tls));
    // TLS is not given up.
    let plain = line.with("fallback_urls", world.emulator.base_url());
    world.fails_unsent(plain, "ARGUMENT", "fallback_urls");
}

fn fallback_urls_are_for_a_service(world: &mut World<'_>) {
    let good = world.emulator.base_url().to_owned();
    let line = Line::new("open").with("fallback_urls", good);
    world.fails_unsent(line, "ARGUMENT", "fallback_urls");
    // What another says is not a matter of addresses.
    let (_socket, closed) = closed_port();
    let line = world
        .netease()
        .with("fallback_urls", format!("http://{closed}/nimserver"))
        .with("max_attempts", 1);
    world.ok(line);
    world.fault(Rule::new(Action::ResetBeforeAnswer { handle: false }));
    world.fails(upload(1), "CONNECTION_LOST");
}

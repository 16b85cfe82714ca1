//! A name look-up that hangs, which no system lets one interrupt.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use chatfile_ffi_tests::toolchain::Profile;

use crate::case::config;
use crate::driver::{self, Driver};
use crate::front::Front;
use crate::programs;
use crate::protocol::Line;
use crate::world::{World, download, upload};

/// Far less than the look-up takes, which never ends. The header's own limit is looked at by `precision`.
const SOON: Duration = Duration::from_secs(60);

#[test]
fn a_look_up_that_hangs_is_bounded_and_harms_nothing() {
    let mut driver = Driver::start();
    let mut seen = BTreeSet::new();
    let mut world = World::new(config(), &mut driver, &mut seen, None);
    let line = world
        .netease()
        .with("connect_timeout_ms", 300)
        .with("max_attempts", 2);
    world.ok(line);
    let stored = world.ok(upload(1000).with("netease", 1).with("plain_http_url", 1));
    for _ in 0..3 {
        let begun = Instant::now();
        let answer = world.fails(download("http://hang.test/x/y"), "CONNECT_TIMEOUT");
        let took = begun.elapsed();
        assert_eq!(answer.number("attempts"), 2, "{answer}");
        assert_eq!(answer.number("phase"), 2, "{answer}");
        assert!(
            took >= Duration::from_millis(600) && took < SOON,
            "{took:?}"
        );
        // The same client goes on meanwhile.
        world.ok(download(stored.get("file").unwrap()));
    }
    // A name that is found late is found.
    let port = world.emulator.addr().port();
    let slow = stored
        .get("file")
        .unwrap()
        .replace("127.0.0.1", "slow.test");
    assert!(slow.contains(&port.to_string()));
    let line = world.netease().with("connect_timeout_ms", 10_000);
    world.ok(line);
    world.ok(download(&slow));
    world.ok(Line::new("reset"));
    // The driver ends while six look-ups hang.
    world.finish();
    Box::new(driver).close();
}

/// Runs unload.c: the library is unloaded while a look-up is under way.
fn unload(name: &str) {
    let program = driver::compile("unload.c", "unload", &["-ldl"]);
    let library = programs::library(Profile::Debug).shared();
    let mut command = Command::new(program);
    command
        .arg(Path::new(&library))
        .arg(format!("http://{name}.test:1/x/y"))
        .env("LD_PRELOAD", driver::names());
    let output = programs::output(&mut command);
    assert_eq!(output, "CHATFILE_E_CONNECT_TIMEOUT\nunloaded\n");
}

#[test]
fn the_library_is_unloaded_while_a_look_up_hangs() {
    unload("hang");
}

#[test]
fn the_library_is_unloaded_before_a_look_up_returns() {
    unload("held");
}

//! Time-outs end a blocked call close to their time, wherever it is blocked; through the C driver.

use std::any::Any;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chatfile_emulator::{Action, Rule};

use crate::case::config;
use crate::driver::Driver;
use crate::front::Front;
use crate::protocol::Line;
use crate::servers;
use crate::world::{MIB, World, download, upload, upload_callback};

/// What ends the call, after this time.
const TIME: Duration = Duration::from_millis(400);
/// By how much it may be late.
const LATE: Duration = Duration::from_millis(250);
/// A machine with other things to do may be later, but not each time.
const TRIES: usize = 30;
/// Nor by this much.
const NEVER: Duration = Duration::from_secs(60);

/// What to open and to call, and what to hold on to meanwhile.
type Arranged = (Line, Line, Box<dyn Any>);

/// Where a call is blocked.
struct Place {
    what: &'static str,
    /// The time-out that is there for it, and the status it ends with.
    own: (&'static str, &'static str),
    arrange: fn(&mut World<'_>) -> Arranged,
}

const CONNECT: (&str, &str) = ("connect_timeout_ms", "CONNECT_TIMEOUT");
const STALL: (&str, &str) = ("stall_timeout_ms", "STALLED");

/// Over TLS or not, with a fault of that verb.
fn faulty(world: &mut World<'_>, tls: bool, verb: &str, action: Action) -> Line {
    world.fault(Rule::new(action).verb(verb));
    let base = if tls {
        world.emulator.tls_base_url().unwrap()
    } else {
        world.emulator.base_url()
    };
    let ca = world.emulator.ca_path().unwrap().display().to_string();
    world
        .netease()
        .with("base_url", format!("{base}/nimserver"))
        .with("ca_certificates_path", ca)
        .with("max_upload_size", 64 * MIB)
}

fn through(world: &mut World<'_>, scheme: &str, url: &str) -> Arranged {
    let (guard, address) = servers::silent();
    let open = world
        .netease()
        .with("proxy", format!("{scheme}://{address}"));
    (open, download(url), Box::new(guard))
}

const PLACES: &[Place] = &[
    Place {
        what: "the name look-up",
        own: CONNECT,
        arrange: |world| {
            (
                world.netease(),
                download("http://hang.test/x/y"),
                Box::new(()),
            )
        },
    },
    Place {
        what: "connecting",
        own: CONNECT,
        arrange: |world| {
            let (guard, address) = servers::full();
            (
                world.netease(),
                download(&format!("http://{address}/x/y")),
                Box::new(guard),
            )
        },
    },
    Place {
        what: "the TLS handshake",
        own: CONNECT,
        arrange: |world| {
            let (guard, address) = servers::silent();
            (
                world.netease(),
                download(&format!("https://{address}/x/y")),
                Box::new(guard),
            )
        },
    },
    Place {
        what: "CONNECT",
        own: CONNECT,
        arrange: |world| through(world, "http", "https://far.test/x/y"),
    },
    Place {
        what: "SOCKS",
        own: CONNECT,
        arrange: |world| through(world, "socks5h", "http://far.test/x/y"),
    },
    Place {
        what: "a plain request to a proxy",
        own: STALL,
        arrange: |world| through(world, "http", "http://far.test/x/y"),
    },
    Place {
        what: "sending",
        own: STALL,
        arrange: |world| {
            let action = Action::StallReceiving { after: 1000 };
            (
                faulty(world, false, "file_upload", action),
                upload_callback(30 * MIB),
                Box::new(()),
            )
        },
    },
    Place {
        what: "sending under TLS",
        own: STALL,
        arrange: |world| {
            let action = Action::StallReceiving { after: 1000 };
            (
                faulty(world, true, "file_upload", action),
                upload_callback(30 * MIB),
                Box::new(()),
            )
        },
    },
    Place {
        what: "waiting for the answer",
        own: STALL,
        arrange: |world| {
            let action = Action::StallHead { after: 0 };
            (
                faulty(world, false, "file_upload", action),
                upload(1000),
                Box::new(()),
            )
        },
    },
    Place {
        what: "waiting for the answer under TLS",
        own: STALL,
        arrange: |world| {
            let action = Action::StallHead { after: 0 };
            (
                faulty(world, true, "file_upload", action),
                upload(1000),
                Box::new(()),
            )
        },
    },
    Place {
        what: "receiving",
        own: STALL,
        arrange: |world| {
            let action = Action::StallBody { after: 30 };
            (
                faulty(world, false, "file_upload", action),
                upload(1000),
                Box::new(()),
            )
        },
    },
    Place {
        what: "receiving under TLS",
        own: STALL,
        arrange: |world| {
            let action = Action::StallBody { after: 30 };
            (
                faulty(world, true, "file_upload", action),
                upload(1000),
                Box::new(()),
            )
        },
    },
];

/// Blocks a call at each place under that time-out, and measures how late it ends.
fn measure(timeout: impl Fn(&Place) -> (&'static str, &'static str)) {
    let mut driver = Driver::start();
    let mut late = Vec::new();
    for place in PLACES {
        let (key, status) = timeout(place);
        let mut seen = BTreeSet::new();
        let mut world = World::new(config(), &mut driver, &mut seen, None);
        let (open, call, guard) = (place.arrange)(&mut world);
        let open = open.with(key, TIME.as_millis()).with("max_attempts", 1);
        let mut best = NEVER;
        for _ in 0..TRIES {
            world.ok(open.clone());
            let begun = Instant::now();
            let answer = world.fails(call.clone(), status);
            let took = begun.elapsed();
            assert_eq!(answer.number("attempts"), 1, "{answer}");
            assert_eq!(answer.number("retryable"), 1, "{answer}");
            let over = took.checked_sub(TIME);
            let over = over.unwrap_or_else(|| panic!("{} ends after {took:?} already", place.what));
            assert!(over < NEVER, "{} ends after {took:?}", place.what);
            best = best.min(over);
            if best < LATE {
                break;
            }
        }
        eprintln!("{} in {}: {} ms late", key, place.what, best.as_millis());
        if best >= LATE {
            late.push(format!("{key} in {}: {best:?}", place.what));
        }
        world.control.clear_faults();
        world.finish();
        drop(guard);
    }
    Box::new(driver).close();
    assert!(late.is_empty(), "late: {late:#?}");
}

#[test]
fn a_blocked_call_ends_when_its_own_timeout_is_over() {
    measure(|place| place.own);
}

#[test]
fn a_blocked_call_ends_when_its_deadline_is_over() {
    measure(|_| ("deadline_ms", "DEADLINE"));
}

/// The pauses between attempts count, too.
#[test]
fn a_pause_between_attempts_ends_with_the_deadline() {
    let mut driver = Driver::start();
    let mut seen = BTreeSet::new();
    let mut world = World::new(config(), &mut driver, &mut seen, None);
    let line = world
        .netease()
        .with("retry_delay_ms", 1_000_000)
        .with("max_attempts", 2)
        .with("deadline_ms", NEVER.as_millis());
    world.ok(line);
    world.fault(Rule::new(Action::json(503, "{}")).verb("file_upload"));
    // A pause that is too long for the deadline is not begun, or this would be DEADLINE.
    world.fails(upload(1), "UNAVAILABLE");
    world.finish();
    Box::new(driver).close();
}

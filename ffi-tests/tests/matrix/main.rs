//! Bad networks, bad servers, bad proxies, bad disks: what the library makes of each, through the C ABI. The result of
//! the fault matrix is the page docs/reliability.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

// What the table of cases next door works with; not all of it is of use here.
#[allow(dead_code, unused_imports, reason = "shared with the target `suite`")]
#[path = "../suite/front/mod.rs"]
mod front;
#[path = "../suite/pace.rs"]
mod pace;
#[allow(dead_code, reason = "shared with the target `suite`")]
#[path = "../suite/programs.rs"]
mod programs;
#[allow(dead_code, reason = "shared with the target `suite`")]
#[path = "../suite/protocol.rs"]
mod protocol;
#[allow(dead_code, reason = "shared with the target `suite`")]
#[path = "../suite/service/mod.rs"]
mod service;
#[allow(dead_code, reason = "shared with the target `suite`")]
#[path = "../suite/tools.rs"]
mod tools;
#[allow(dead_code, reason = "shared with the target `suite`")]
#[path = "../suite/world.rs"]
mod world;

mod beside;
mod case;
mod disk;
mod driver;
mod log;
mod names;
mod page;
mod precision;
mod proxies;
mod rows;
mod run;
mod servers;
mod verb;

//! An emulator of the file calls of chat services, on a loopback port, with faults on demand.
//!
//! It is written from what the services document and what their own clients do, for those clients to talk to: curl as
//! on the vendors' pages, the official SDKs, browsers. See `docs/emulator.md` for its endpoints, its control API and
//! the choices it makes where a vendor's page leaves one open.
//!
//! ```
//! use chatfile_emulator::{Action, Config, Emulator, Rule};
//!
//! # fn main() -> std::io::Result<()> {
//! let emulator = Emulator::start(Config::default())?;
//! let control = emulator.control();
//! // The next two uploads fail; the third succeeds.
//! control.add_fault(Rule::new(Action::json(503, "{}")).verb("upload").times(2))?;
//! control.advance_seconds(86_400);
//! assert!(emulator.base_url().starts_with("http://127.0.0.1:"));
//! assert!(control.journal().is_empty());
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod calendar;
mod clock;
mod config;
mod control;
mod control_http;
mod emulator;
mod fault;
mod http;
mod journal;
mod limits;
mod page;
mod random;
mod server;
mod service;
mod state;
mod store;

pub use config::*;
pub use control::Control;
pub use emulator::Emulator;
pub use fault::{Action, Canned, Match, Rule, Timing};
pub use journal::Entry;
pub use service::huawei::HuaweiOrigin;
pub use service::{Account, Asked, COMPARISONS, Comparison};
/// For `compare`, and for the tests.
#[doc(hidden)]
pub use store::hex;

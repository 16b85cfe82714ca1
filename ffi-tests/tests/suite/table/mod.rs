//! The table of cases: what the library does, in the language of the protocol. Each front end runs all of it.

mod answers;
mod callbacks;
mod cancel;
mod client_options;
mod conformance;
mod digests;
mod easemob;
mod easemob_auth;
mod netease;
mod netease_answers;
mod network;
mod openim;
mod openim_refusals;
mod parameters;
mod parts;
mod presign;
mod redirects;
mod resume;
mod retries;
mod secrets;
mod smh;

use chatfile_emulator::Config;

use crate::world::World;

/// One case.
pub struct Case {
    pub name: &'static str,
    /// Changes the emulator's set-up.
    pub set_up: fn(&mut Config),
    pub run: fn(&mut World<'_>),
}

/// Makes a list of cases from functions; `f: |config| …` changes the emulator's set-up for one.
macro_rules! cases {
    (@one $name:path) => { $crate::table::Case { name: stringify!($name), set_up: |_| {}, run: $name } };
    (@one $name:path, $set_up:expr) => { $crate::table::Case { name: stringify!($name), set_up: $set_up, run: $name } };
    ($($name:path $(: $set_up:expr)?),* $(,)?) => {
        pub const CASES: &[$crate::table::Case] = &[$($crate::table::cases!(@one $name $(, $set_up)?)),*];
    };
}
use cases;

/// Every case with the module it is from.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Case)> {
    [
        ("conformance", conformance::CASES),
        ("easemob", easemob::CASES),
        ("easemob_auth", easemob_auth::CASES),
        ("answers", answers::CASES),
        ("netease", netease::CASES),
        ("netease_answers", netease_answers::CASES),
        ("redirects", redirects::CASES),
        ("retries", retries::CASES),
        ("network", network::CASES),
        ("callbacks", callbacks::CASES),
        ("parameters", parameters::CASES),
        ("cancel", cancel::CASES),
        ("resume", resume::CASES),
        ("presign", presign::CASES),
        ("secrets", secrets::CASES),
        ("client_options", client_options::CASES),
        ("digests", digests::CASES),
        ("smh", smh::CASES),
        ("openim", openim::CASES),
        ("openim_refusals", openim_refusals::CASES),
        ("parts", parts::CASES),
    ]
    .into_iter()
    .flat_map(|(module, cases)| cases.iter().map(move |case| (module, case)))
}

//! The table of cases: what the library does, in the language of the protocol. Each front end runs all of it.

mod addresses;
mod answers;
mod callbacks;
mod cancel;
mod check;
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
mod smh_versions;

use chatfile_emulator::Config;

use crate::service;
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

/// A case as it is run.
pub struct Row {
    pub module: &'static str,
    pub name: String,
    pub set_up: fn(&mut Config),
    pub run: Box<dyn Fn(&mut World<'_>)>,
}

/// Every case: those that all services have, and those of the modules.
pub fn all() -> impl Iterator<Item = Row> {
    let common = service::all().flat_map(|service| {
        conformance::ASPECTS.iter().map(move |(aspect, run)| Row {
            module: "conformance",
            name: format!("{}_{aspect}", service.name),
            set_up: service.set_up,
            run: Box::new(move |world| run(world, service)),
        })
    });
    let own = MODULES.iter().flat_map(|(module, cases)| {
        cases.iter().map(move |case| Row {
            module,
            name: case.name.to_owned(),
            set_up: case.set_up,
            run: Box::new(case.run),
        })
    });
    common.chain(own)
}

const MODULES: &[(&str, &[Case])] = &[
    ("easemob", easemob::CASES),
    ("easemob_auth", easemob_auth::CASES),
    ("answers", answers::CASES),
    ("netease", netease::CASES),
    ("netease_answers", netease_answers::CASES),
    ("redirects", redirects::CASES),
    ("retries", retries::CASES),
    ("network", network::CASES),
    ("addresses", addresses::CASES),
    ("callbacks", callbacks::CASES),
    ("parameters", parameters::CASES),
    ("cancel", cancel::CASES),
    ("check", check::CASES),
    ("resume", resume::CASES),
    ("presign", presign::CASES),
    ("secrets", secrets::CASES),
    ("client_options", client_options::CASES),
    ("digests", digests::CASES),
    ("smh", smh::CASES),
    ("smh_versions", smh_versions::CASES),
    ("openim", openim::CASES),
    ("openim_refusals", openim_refusals::CASES),
    ("parts", parts::CASES),
];

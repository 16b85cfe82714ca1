//! What `chatfile-emulator compare` has to know of a service.

use crate::config::Config;

/// The values of an account, by name.
pub type Account<'a> = &'a dyn Fn(&str) -> String;

/// Which variables of the environment lead to the real service, how the emulator is set up to be the same, and what is
/// asked of both.
#[derive(Debug)]
pub struct Comparison {
    /// The service's name, as rules and journal use it.
    pub name: &'static str,
    /// The values that the requests use, by name, and the variable that gives each, without the prefix of all; `?` before it:
    /// it may be absent, with what then stands for it behind `=`.
    pub variables: &'static [(&'static str, &'static str)],
    /// The requests: cases, one a line (JSON).
    pub tables: &'static [&'static str],
    /// A value that is two in one: its name, what stands between them, and the names of both.
    pub pair: Option<(&'static str, char, [&'static str; 2])>,
    /// How the address of the service's store is found, where that has one of its own.
    pub store: Option<Asked>,
    /// Behind the emulator's address, where the service's calls begin.
    pub path: &'static str,
    /// Gives the emulator the account whose values the function knows; one that is not known is empty.
    pub configure: fn(&mut Config, Account<'_>),
    /// The account that an emulator set up so has by itself.
    pub account: fn(&Config) -> Vec<(&'static str, String)>,
}

/// What a service has to be asked first.
#[derive(Debug)]
pub struct Asked {
    /// The requests: cases, one a line (JSON).
    pub table: &'static str,
    /// The part of the last answer that is wanted.
    pub part: &'static str,
}

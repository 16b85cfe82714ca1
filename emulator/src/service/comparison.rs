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
    /// Behind the emulator's address, where the service's calls begin.
    pub path: &'static str,
    /// Gives the emulator the account whose values the function knows; one that is not known is empty.
    pub configure: fn(&mut Config, Account<'_>),
    /// The account that an emulator set up so has by itself.
    pub account: fn(&Config) -> Vec<(&'static str, String)>,
}

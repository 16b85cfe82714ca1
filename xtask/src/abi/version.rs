//! Versions of the library.

use crate::Result;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// In order of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl Version {
    /// That of this workspace.
    pub fn current() -> Result<Self> {
        env!("CARGO_PKG_VERSION").parse()
    }

    /// What names a symbol version and a baseline: patches add nothing.
    pub fn series(self) -> (u32, u32) {
        (self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self> {
        let parts: std::result::Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        match parts.as_deref() {
            Ok(&[major, minor, patch]) => Ok(Self {
                major,
                minor,
                patch,
            }),
            _ => Err(format!("{text:?} is no version").into()),
        }
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

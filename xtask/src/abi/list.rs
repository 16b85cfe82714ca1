//! The lists in abi/: each thing that the header promises, with the version that
//! it came in.

use super::version::Version;
use crate::Result;
use chatfile_ffi_tests::toolchain::root;
use std::fs;
use std::path::PathBuf;

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// A name, or a name and what may not change with it: `CHATFILE_E_NULL 101`.
    pub what: String,
    pub since: Version,
}

/// A list: its file, and what it begins with.
pub struct List {
    pub file: &'static str,
    pub introduction: &'static str,
}

impl List {
    pub fn path(&self) -> PathBuf {
        root().join("abi").join(self.file)
    }

    /// What it has; nothing if it is not there yet.
    pub fn read(&self) -> Result<Vec<Entry>> {
        let text = fs::read_to_string(self.path()).unwrap_or_default();
        text.lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let (what, since) = line
                    .rsplit_once(' ')
                    .ok_or_else(|| format!("abi/{}: {line:?} has no version", self.file))?;
                Ok(Entry {
                    what: what.to_owned(),
                    since: since.parse()?,
                })
            })
            .collect()
    }

    pub fn write(&self, entries: &[Entry]) -> Result<()> {
        let mut text = format!("# {}\n", self.introduction);
        text += "# Made by: cargo xtask abi --update\n";
        for entry in entries {
            text += &format!("{} {}\n", entry.what, entry.since);
        }
        Ok(fs::write(self.path(), text)?)
    }

    /// What the list and the header do not share.
    pub fn check(&self, now: &[String]) -> Result<()> {
        let listed = self.read()?;
        let gone = listed.iter().find(|entry| !now.contains(&entry.what));
        let new = now
            .iter()
            .find(|what| !listed.iter().any(|entry| entry.what == **what));
        let fault = match (gone, new) {
            (Some(entry), _) => format!("the header does not have {}", entry.what),
            (None, Some(what)) => format!("it does not have {what}"),
            (None, None) => return Ok(()),
        };
        Err(format!(
            "abi/{}: {fault}; if that is what you want: cargo xtask abi --update",
            self.file
        )
        .into())
    }
}

/// The list for what the header has now. What a release had must still be
/// there, and a patch release adds nothing.
pub fn updated(old: &[Entry], now: &[String], version: Version) -> Result<Vec<Entry>> {
    let gone = old
        .iter()
        .find(|entry| entry.since != version && !now.contains(&entry.what));
    if let Some(entry) = gone {
        return Err(format!(
            "{} came in {} and must stay as it is",
            entry.what, entry.since
        )
        .into());
    }
    now.iter()
        .map(|what| {
            let known = old.iter().find(|entry| entry.what == *what);
            if known.is_none() && version.patch != 0 {
                return Err(
                    format!("{what} is new: that is for a minor version, not {version}").into(),
                );
            }
            Ok(Entry {
                what: what.clone(),
                since: known.map_or(version, |entry| entry.since),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(what: &str, since: &str) -> Entry {
        Entry {
            what: what.to_owned(),
            since: since.parse().unwrap_or_else(|_| panic!("{since}")),
        }
    }

    #[test]
    fn what_was_released_stays_and_what_is_new_gets_the_version() -> Result<()> {
        let old = [entry("a", "0.1.0"), entry("b 1", "0.2.0")];
        let version = "0.2.0".parse()?;
        let now = ["a".to_owned(), "c".to_owned()];
        assert_eq!(
            updated(&old, &now, version)?,
            [entry("a", "0.1.0"), entry("c", "0.2.0")]
        );
        let without_a = ["b 1".to_owned()];
        assert!(updated(&old, &without_a, version).is_err());
        assert!(updated(&old, &now, "0.3.0".parse()?).is_err());
        let added = ["a".to_owned(), "b 1".to_owned(), "c".to_owned()];
        assert!(updated(&old, &added, "0.2.1".parse()?).is_err());
        assert_eq!(updated(&old, &added[..2], "0.2.1".parse()?)?, old);
        Ok(())
    }
}

//! Archives, and their checksums.

use super::tools::Tools;
use crate::{Result, cargo};
use chatfile_ffi_tests::toolchain::root;
use sha2::{Digest as _, Sha256};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that packages go to, and the time that all in them has.
#[derive(Debug)]
pub struct Output {
    pub folder: PathBuf,
    /// Seconds since 1970.
    pub time: u64,
}

impl Output {
    pub fn new(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            time: time()?,
        })
    }

    /// Packs a folder under its own name.
    pub fn pack(&self, folder: &Path, ending: &str, tools: &Tools) -> Result<PathBuf> {
        let name = folder.file_name().unwrap_or_default().display();
        let archive = self.folder.join(format!("{name}.{ending}"));
        let script = root().join("xtask/src/dist/pack.py");
        cargo::output(
            Command::new(&tools.python)
                .arg(script)
                .arg(self.time.to_string())
                .args([&archive, folder]),
        )?;
        Ok(archive)
    }

    /// Writes SHA256SUMS, as `sha256sum --check` reads it.
    pub fn sums(&self) -> Result<()> {
        const NAME: &str = "SHA256SUMS";
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.is_file() && !path.ends_with(NAME) {
                files.push(path);
            }
        }
        files.sort();
        let mut text = String::new();
        for file in files {
            for byte in Sha256::digest(fs::read(&file)?) {
                write!(text, "{byte:02x}")?;
            }
            let name = file.file_name().unwrap_or_default().display();
            writeln!(text, "  {name}")?;
        }
        fs::write(self.folder.join(NAME), &text)?;
        print!("{text}");
        Ok(())
    }
}

/// Seconds since 1970: when the commit was made, unless SOURCE_DATE_EPOCH says another
/// time (<https://reproducible-builds.org/specs/source-date-epoch/>).
pub fn time() -> Result<u64> {
    let time = match env::var("SOURCE_DATE_EPOCH") {
        Ok(given) => given,
        Err(_) => {
            let mut git = Command::new("git");
            git.args(["log", "-1", "--format=%ct"]).current_dir(root());
            cargo::output(&mut git)
                .map_err(|e| format!("{e}; set SOURCE_DATE_EPOCH where there is no git"))?
        }
    };
    let time = time.trim().parse();
    Ok(time.map_err(|_| "SOURCE_DATE_EPOCH is no number of seconds")?)
}

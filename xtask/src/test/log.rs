//! Where the output of what runs beside others goes, so that it is shown in one piece.

use super::cost::Cost;
use crate::{Result, cargo};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

pub struct Log {
    title: String,
    path: PathBuf,
}

impl Log {
    pub fn new(title: &str) -> Result<Self> {
        let folder = cargo::target_dir().join("test-logs");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.log", title.replace(' ', "-")));
        Ok(Self {
            title: title.to_owned(),
            path,
        })
    }

    /// Runs a command, and shows what it said once it has ended.
    pub fn status(&self, command: &mut Command) -> Result<(ExitStatus, Cost)> {
        let file = File::create(&self.path)?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let (status, cost) = Cost::of(command)?;
        let said = self.text();
        // Others say something, too: this is not torn apart.
        let mut out = io::stdout().lock();
        write!(out, "\n-- {} ({cost})\n{said}", self.title)?;
        out.flush()?;
        Ok((status, cost))
    }

    /// As [`Self::status`], for a command that must succeed.
    pub fn of(&self, command: &mut Command) -> Result<()> {
        let (status, _) = self.status(command)?;
        if status.success() {
            return Ok(());
        }
        Err(status.to_string().into())
    }

    /// What was said.
    pub fn text(&self) -> String {
        let said = fs::read(&self.path).unwrap_or_default();
        String::from_utf8_lossy(&said).into_owned()
    }
}

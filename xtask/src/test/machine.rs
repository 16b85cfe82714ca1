//! What of the machine the tests take, and which of them first.

use crate::{Result, cargo};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs};

/// Where Linux has a file system in memory.
const SHARED_MEMORY: &str = "/dev/shm";
const PREFIX: &str = "chatfile-tests-";

/// A folder in memory for the files of tests, which is removed with this.
pub struct InMemory(PathBuf);

impl InMemory {
    /// On a disk, a tenth of what tests take of the processors goes into making files and removing them. `None` where
    /// TMPDIR names a folder, or where there is none in memory, with room, in which programs may run.
    pub fn new() -> Result<Option<Self>> {
        /// In KiB; what lies there at once has been seen to take a tenth of it.
        const ENOUGH: u64 = 4 << 20;
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        if env::var_os("TMPDIR").is_some() || !is_fit(&mounts) {
            return Ok(None);
        }
        let room = Command::new("df").args(["-Pk", SHARED_MEMORY]).output();
        let free = room
            .ok()
            .and_then(|output| free(&String::from_utf8_lossy(&output.stdout)));
        if free.is_none_or(|free| free < ENOUGH) {
            return Ok(None);
        }
        remove_left_behind()?;
        let path = Path::new(SHARED_MEMORY).join(format!("{PREFIX}{}", process::id()));
        fs::create_dir(&path)?;
        // Some tests have files read by another user, whatever the umask is.
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(Some(Self(path)))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            println!("{} stays: {error}", self.0.display());
        }
    }
}

/// What stands there of those that were interrupted would stay until the machine starts anew.
fn remove_left_behind() -> Result<()> {
    for entry in fs::read_dir(SHARED_MEMORY)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        if !Path::new("/proc").join(id).exists() {
            // Another may do the same, or it is another user's.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// Whether the mounts (proc_pid_mounts(5)) have it as memory in which programs may run: some tests build one there.
fn is_fit(mounts: &str) -> bool {
    mounts.lines().any(|line| {
        let fields: Vec<_> = line.split(' ').collect();
        let [_, place, kind, options, ..] = fields[..] else {
            return false;
        };
        place == SHARED_MEMORY && kind == "tmpfs" && options.split(',').all(|one| one != "noexec")
    })
}

/// What `df -Pk` says is free.
fn free(told: &str) -> Option<u64> {
    told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// The same command, but others go first: what is waited for last in the end.
pub fn behind(command: &Command) -> Command {
    let mut same = if cfg!(unix) {
        let mut nice = Command::new("nice");
        nice.args(["-n", "5"]).arg(command.get_program());
        nice
    } else {
        Command::new(command.get_program())
    };
    same.args(command.get_args());
    cargo::copy_environment(command, &mut same);
    if let Some(folder) = command.get_current_dir() {
        same.current_dir(folder);
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_memory_in_which_programs_may_run_is_taken() {
        for (mounts, is_fit_for_it) in [
            ("tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0", true),
            ("shm /dev/shm tmpfs rw,size=65536k 0 0", true),
            ("shm /dev/shm tmpfs rw,nosuid,nodev,noexec 0 0", false),
            ("overlay /dev/shm overlay rw 0 0", false),
            ("tmpfs /run tmpfs rw 0 0", false),
            ("", false),
        ] {
            assert_eq!(is_fit(mounts), is_fit_for_it, "{mounts}");
        }
        let told = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                    tmpfs 24000000 12 23999988 1% /dev/shm\n";
        assert_eq!(free(told), Some(23_999_988));
        assert_eq!(free(""), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_behind_others_is_the_same_command() -> Result<()> {
        let mut command = Command::new("sh");
        command
            .args(["-c", "nice; pwd; echo $ONE ${HOME-unset}"])
            .env("ONE", "1")
            .env_remove("HOME")
            .current_dir("/");
        let output = behind(&command).output()?;
        let own = Command::new("nice").output()?;
        let own: i32 = String::from_utf8_lossy(&own.stdout).trim().parse()?;
        let expected = format!("{}\n/\n1 unset\n", (own + 5).min(19));
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        Ok(())
    }
}

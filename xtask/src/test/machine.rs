//! What of the machine the tests take, and which of them first.

use crate::Result;
use std::process::Command;
use tempfile::TempDir;

/// A folder in memory for the files of tests: on a disk, a tenth of what they take of the processors goes into making
/// files and removing them. Not everything's: what runs in the other lanes stays on the disk. `None` where there is no
/// such folder, or little room in it.
pub fn in_memory() -> Result<Option<TempDir>> {
    const SHARED_MEMORY: &str = "/dev/shm";
    /// In KiB; all of them at once have been seen to take a tenth of it.
    const ENOUGH: u64 = 4 << 20;
    let room = Command::new("df").args(["-Pk", SHARED_MEMORY]).output();
    let is_roomy = room.is_ok_and(|output| {
        let free = free(&String::from_utf8_lossy(&output.stdout));
        free.is_some_and(|free| free >= ENOUGH)
    });
    let is_wanted = cfg!(target_os = "linux") && is_roomy;
    Ok(is_wanted
        .then(|| {
            tempfile::Builder::new()
                .prefix("chatfile-")
                .tempdir_in(SHARED_MEMORY)
        })
        .transpose()?)
}

/// What `df -Pk` says is free, for a file system of memory.
fn free(told: &str) -> Option<u64> {
    let line = told.lines().nth(1)?;
    let mut fields = line.split_whitespace();
    (fields.next()? == "tmpfs").then_some(())?;
    fields.nth(2)?.parse().ok()
}

/// The same command, but others go first: what is waited for last in the end.
pub fn behind(command: &Command) -> Command {
    if !cfg!(unix) {
        return copied(Command::new(command.get_program()), command);
    }
    let mut nice = Command::new("nice");
    nice.args(["-n", "5"]).arg(command.get_program());
    copied(nice, command)
}

fn copied(mut to: Command, from: &Command) -> Command {
    to.args(from.get_args());
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
    if let Some(folder) = from.get_current_dir() {
        to.current_dir(folder);
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_memory_is_taken_for_it() {
        let told = |name: &str| {
            format!(
                "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                 {name} 24000000 12 23999988 1% /dev/shm\n"
            )
        };
        assert_eq!(free(&told("tmpfs")), Some(23_999_988));
        assert_eq!(free(&told("overlay")), None);
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

//! What a command takes: of time, and of the processors.

use std::fmt;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    pub took: Duration,
    /// Of all processors together, by it and by those that it waited for; where the system
    /// tells.
    pub processors: Option<Duration>,
}

impl Cost {
    /// Runs a command.
    pub fn of(command: &mut Command) -> io::Result<(ExitStatus, Self)> {
        let begun = Instant::now();
        let mut child = command.spawn()?;
        let processors = processors(&child);
        let status = child.wait()?;
        let took = begun.elapsed();
        Ok((status, Self { took, processors }))
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.took.as_secs_f64())?;
        match self.processors {
            Some(processors) => write!(f, ", {:.1} s of a processor", processors.as_secs_f64()),
            None => Ok(()),
        }
    }
}

/// Waits until a child has ended, and asks before it is gone.
#[cfg(target_os = "linux")]
fn processors(child: &Child) -> Option<Duration> {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let id = i32::try_from(child.id()).ok()?;
    let ended = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    waitid(Id::Pid(nix::unistd::Pid::from_raw(id)), ended).ok()?;
    ticks(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

#[cfg(not(target_os = "linux"))]
fn processors(_: &Child) -> Option<Duration> {
    None
}

/// The four times in a line of /proc (proc(5)): of the process and of its children, each as user and
/// as system. A tick is a hundredth of a second on all that Linux runs on.
#[cfg(target_os = "linux")]
fn ticks(line: &str) -> Option<Duration> {
    // The name before them may have blanks and parentheses.
    let (_, fields) = line.rsplit_once(')')?;
    let times = fields.split_whitespace().skip(11).take(4);
    let ticks = times.map(str::parse::<u64>).sum::<Result<u64, _>>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_process_and_its_children_are_added() {
        let line = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 300 4000 20 0 1 0 9 1 1";
        assert_eq!(ticks(line), Some(Duration::from_millis(43_300)));
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn what_a_command_takes_is_known_once_it_has_ended() -> io::Result<()> {
        let (status, cost) = Cost::of(Command::new("sh").args(["-c", "exit 3"]))?;
        assert_eq!(status.code(), Some(3));
        assert!(
            cost.processors
                .is_some_and(|taken| taken <= Duration::from_secs(60))
        );
        Ok(())
    }
}

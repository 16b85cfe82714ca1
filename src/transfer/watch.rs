//! What may end a call early: its time-outs.

use crate::error::{Error, Result, Status};
use std::time::{Duration, Instant};

/// The time-outs of a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) stall: Duration,
    pub(crate) deadline: Option<Duration>,
}

/// The time-outs of one call, running since its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    timeouts: Timeouts,
    ends: Option<Instant>,
}

impl Watch {
    pub(crate) fn start(timeouts: Timeouts) -> Self {
        Self {
            timeouts,
            ends: timeouts
                .deadline
                .and_then(|deadline| Instant::now().checked_add(deadline)),
        }
    }

    pub(crate) fn stall(&self) -> Duration {
        self.timeouts.stall
    }

    /// Fails once the deadline of the call has passed.
    pub(crate) fn check_deadline(&self) -> Result<()> {
        match self.ends {
            Some(ends) if Instant::now() >= ends => Err(self.deadline_error()),
            _ => Ok(()),
        }
    }

    /// Fails when no byte has moved since `moved` for the stall time-out, or
    /// when the deadline has passed.
    pub(crate) fn check_stall(&self, moved: Instant) -> Result<()> {
        self.check_deadline()?;
        if moved.elapsed() < self.timeouts.stall {
            return Ok(());
        }
        Err(Error::new(
            Status::Stalled,
            format!(
                "no byte moved for {} ms (stall_timeout_ms): the network or the service hangs; try again",
                self.timeouts.stall.as_millis()
            ),
        )
        .retryable())
    }

    /// How long a connection may take from now on; an error when it is too late.
    pub(crate) fn connect_budget(&self) -> Result<Duration> {
        self.check_deadline()?;
        Ok(match self.ends {
            Some(ends) => self
                .timeouts
                .connect
                .min(ends.saturating_duration_since(Instant::now()))
                // Zero would mean "no time-out" to the operating system.
                .max(Duration::from_millis(1)),
            None => self.timeouts.connect,
        })
    }

    pub(crate) fn connect_error(&self) -> Error {
        if self.check_deadline().is_err() {
            return self.deadline_error();
        }
        Error::new(
            Status::ConnectTimeout,
            format!(
                "no connection within {} ms (connect_timeout_ms): check the network and the address",
                self.timeouts.connect.as_millis()
            ),
        )
        .retryable()
    }

    /// Waits, but not past the deadline: that is reported at once, since
    /// nothing can follow the pause.
    pub(crate) fn pause(&self, pause: Duration) -> Result<()> {
        if let Some(ends) = self.ends
            && Instant::now() + pause >= ends
        {
            return Err(self.deadline_error());
        }
        std::thread::sleep(pause);
        Ok(())
    }

    fn deadline_error(&self) -> Error {
        let limit = self.timeouts.deadline.unwrap_or_default();
        Error::new(
            Status::Deadline,
            format!(
                "not finished within {} ms (deadline_ms); allow more time or try again",
                limit.as_millis()
            ),
        )
        .retryable()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn watch(stall: Duration, deadline: Option<Duration>) -> Watch {
        Watch::start(Timeouts {
            connect: HOUR,
            stall,
            deadline,
        })
    }

    #[test]
    fn a_deadline_cuts_pauses_and_connects_short() {
        let late = watch(HOUR, Some(Duration::ZERO));
        assert_eq!(
            late.check_deadline().unwrap_err().status(),
            Status::Deadline
        );
        assert_eq!(
            late.connect_budget().unwrap_err().status(),
            Status::Deadline
        );
        let soon = watch(HOUR, Some(Duration::from_secs(60)));
        assert!(soon.connect_budget().unwrap() <= Duration::from_secs(60));
        assert_eq!(soon.pause(HOUR).unwrap_err().status(), Status::Deadline);
    }

    #[test]
    fn a_stall_is_measured_from_the_last_byte() {
        let strict = watch(Duration::ZERO, None);
        assert_eq!(
            strict.check_stall(Instant::now()).unwrap_err().status(),
            Status::Stalled
        );
        let patient = watch(HOUR, None);
        patient.check_stall(Instant::now()).unwrap();
    }
}

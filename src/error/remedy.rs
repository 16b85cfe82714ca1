//! What goes on within a call after a failure: what would help, and whether what was
//! asked for may be done all the same.

use super::{Band, Error, Phase, Status};
use std::time::Duration;

/// What would help against a failure, besides time, which is
/// [`Error::is_retryable`]. A service says so where it reads an answer; whoever
/// goes on within the call acts on this, and never on what the service said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another one of this, which was refused.
    Renew(Credential),
    /// Another permission of a storage: a signature, a policy.
    Permission,
    /// The same, but once: it was refused without a reason, as MinIO does now and
    /// then to one that is good.
    PermissionOnce,
    /// To sign by the clock of the service, which shows so many seconds since
    /// 1970 UTC.
    Clock(u64),
    /// No call for so long: the service punishes each one.
    Silence(Duration),
    /// To ask for the limits of the service again: they are others than before.
    Limits,
    /// To make the folder first.
    Folder,
    /// The upload from its beginning: what was sent is not there any more, or is
    /// not it.
    Restart,
    /// All of the bytes once more: those that arrived are not those that were
    /// sent.
    Resend,
    /// Another connection: this one was quiet for too long, which says nothing of how busy the
    /// other side is, whatever pause it asks for.
    Connection,
    /// The same request once more: a proxy that has not let it through will be told another
    /// login.
    Login,
    /// Smaller requests, as the file could go: this one was cut after a good deal of it
    /// had gone.
    Divide,
    /// None is needed: it is done already, by an attempt whose answer was lost,
    /// or by an earlier call.
    Done,
}

/// Which of the credentials of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// Its token; where it has two, the one that opens the door.
    Token,
    /// The other: that of a session.
    Session,
}

impl Error {
    pub(crate) fn with_remedy(mut self, remedy: Option<Remedy>) -> Self {
        self.0.remedy = remedy;
        self
    }

    /// A callback of the caller's has ended the call with it. Whatever it says of another
    /// call, nothing is done against it in this one.
    pub(crate) fn of_caller(mut self) -> Self {
        self.0.of_caller = true;
        self
    }

    /// The same of a callback that was asked for this field, and gave what is none.
    pub(crate) fn of_caller_for(self, field: &'static str) -> Self {
        let is_told = self.0.field.is_some() || self.0.status != Status::Text;
        let own = if is_told {
            self
        } else {
            self.with_field(field)
        };
        own.of_caller()
    }

    /// Whether it is the caller who ends the call: nothing is tried, or found out, against that.
    pub(crate) fn is_stop(&self) -> bool {
        self.0.status.band() == Band::Control
    }

    /// What would help, besides time.
    pub(crate) fn remedy(&self) -> Option<Remedy> {
        self.0.remedy.filter(|_| !self.0.of_caller)
    }

    /// Whether another attempt may succeed: [`Error::is_retryable`], of this call.
    pub(crate) fn may_pass(&self) -> bool {
        self.0.retryable && !self.0.of_caller
    }

    /// The request was lost on a kept-alive connection that the server had
    /// closed: that says nothing of the request.
    pub(crate) fn lost_idle(mut self) -> Self {
        self.0.lost_idle = true;
        self
    }

    pub(crate) fn is_lost_idle(&self) -> bool {
        self.0.lost_idle && !self.0.of_caller
    }

    /// The service itself says so, and has done nothing of what it was asked for.
    pub(crate) fn refused(mut self) -> Self {
        self.0.refused = true;
        self
    }

    /// Whether the other side may have done what it was asked for all the same:
    /// the request was sent, and no answer says for certain that it was not.
    pub(crate) fn may_be_done(&self) -> bool {
        let says_no =
            self.0.http_status.is_some() && !self.0.retryable && self.0.status != Status::Response;
        let is_certain = says_no || self.0.refused || self.0.status == Status::RateLimited;
        self.0.phase > Phase::Connect && !is_certain && !self.0.of_caller
    }

    /// If so, what was to be done may be done by another attempt, or an earlier call.
    pub(crate) fn unsettled_if(mut self, may_be_done: bool) -> Self {
        self.0.unsettled |= may_be_done;
        self
    }

    /// Whether this attempt, or one before it, [may be done](Self::may_be_done).
    pub(crate) fn is_unsettled(&self) -> bool {
        self.0.unsettled && !self.0.of_caller
    }

    /// The request that failed has had all of its attempts.
    pub(crate) fn given_up(mut self) -> Self {
        self.0.given_up = true;
        self
    }

    /// Whoever meets this again around it has nothing to do: it was a request within an attempt
    /// at theirs.
    pub(crate) fn is_given_up(&self) -> bool {
        self.0.given_up
    }

    /// Time does not help, but this.
    pub(crate) fn needs(mut self, remedy: Remedy) -> Self {
        self.0.retryable = false;
        self.with_remedy(Some(remedy))
    }

    /// Nothing helps but to begin anew with what the request is a part of.
    pub(crate) fn begun_anew(mut self) -> Self {
        self.0.given_up = false;
        self.with_attempts(0).retryable()
    }
}

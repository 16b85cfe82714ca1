//! Errors on their way through ureq, and its own in our words.

use super::tls;
use crate::error::{English, Error, Phase, Status};

/// Carries our error through ureq.
pub(super) fn to_ureq(error: Error) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

pub(super) fn from_ureq(error: ureq::Error, phase: Phase) -> Error {
    describe(error).with_phase(phase)
}

fn describe(error: ureq::Error) -> Error {
    match error {
        ureq::Error::Other(other) => match other.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Error::new(Status::ConnectionLost, other.to_string()),
        },
        ureq::Error::Io(e) => match e.downcast::<Error>() {
            Ok(ours) => ours,
            Err(e) => match tls::fault(&e) {
                Some(fault) if tls::is_damage(fault) => Error::new(
                    Status::ConnectionLost,
                    format!(
                        "the connection broke: what came is not what the server sent by TLS ({fault}); try \
                         again, and check for what changes bytes on the way"
                    ),
                )
                .retryable(),
                Some(fault) => tls::error(fault, "the server"),
                None => Error::new(
                    Status::ConnectionLost,
                    format!("the connection broke: {}; try again", English(&e)),
                )
                .because(e)
                .retryable(),
            },
        },
        // URLs and header fields were checked; what a caller has can still be long.
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => Error::new(
            Status::Argument,
            format!("the request cannot be written ({error}); a name in it may be too long"),
        ),
        // The connection ended within the length of a chunk, or behind it.
        ureq::Error::BodyStalled => Error::new(
            Status::Truncated,
            "the answer ends in the middle of a chunk; try again",
        )
        .retryable(),
        other => Error::new(
            Status::Protocol,
            format!("the answer is not HTTP/1.1 ({other}); check the address and any proxy"),
        ),
    }
}

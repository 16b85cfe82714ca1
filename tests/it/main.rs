//! The library through its Rust API, against the emulator and against peers that do what no good server does: one
//! program, since each one more is linked with everything once more.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod client_certificate;
mod huawei;
#[cfg(unix)]
mod kill;
mod messages;
mod openim;
mod presigned;
mod random;
mod regressions;
mod smh;
mod transfers;
mod trust;

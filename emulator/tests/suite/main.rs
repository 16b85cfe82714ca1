//! The emulator seen from outside: by raw sockets, by curl, by a whole HTTP client. One program, so that it is linked
//! once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;
mod control;
mod curl;
mod easemob_download;
mod easemob_more;
mod easemob_token;
mod easemob_upload;
mod faults;
mod netease_calls;
mod netease_upload;
mod program;
mod tls;

//! The emulator seen from outside: by raw sockets, by curl, by a whole HTTP client. One program, so that it is linked
//! once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod bounds;
// A group of processes, which is ended as one.
#[cfg(unix)]
mod browser;
mod common;
mod compare;
mod control;
mod curl;
mod easemob_download;
mod easemob_more;
mod easemob_token;
mod easemob_upload;
mod faults;
mod huawei_files;
mod huawei_kit;
mod huawei_token;
mod netease_calls;
mod netease_upload;
mod openim_access;
mod openim_elsewhere;
mod openim_form;
mod openim_form_reading;
mod openim_kit;
mod openim_multipart;
mod openim_slow;
mod openim_store;
mod openim_token;
mod page;
mod program;
mod python;
mod smh;
mod smh_curl;
mod smh_faults;
mod smh_files;
mod smh_library;
mod smh_private;
mod smh_session;
mod smh_store;
mod smh_token;
mod smh_upload;
mod stores;
mod tls;

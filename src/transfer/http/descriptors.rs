//! What it looks like when a process or machine may open no more files.

use std::io;

pub(super) const TOO_MANY_FILES: &str = "this process or machine has too many files and connections open: close some, or raise the \
     limit (ulimit -n)";

/// EMFILE and ENFILE, which have no stable ErrorKind.
pub(super) fn is_out_of_files(error: &io::Error) -> bool {
    let codes: &[i32] = if cfg!(windows) { &[10024] } else { &[24, 23] };
    error
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

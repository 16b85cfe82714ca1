//! What the project wants, as shares of what others cost, and why where that is missed.

use crate::case::Case;
use crate::programs::{Contender, LIBCURL, LIBCURL_IN_MEMORY, OPENDAL};

/// From this size on the work for each byte counts.
const SMALL: u64 = 64 * 1024;

/// The most that chatfile may cost, as a share of this contender.
pub fn of(case: &Case, contender: &Contender) -> Option<f64> {
    if case.is_first() {
        return None;
    }
    match (case.job, contender.name.as_str()) {
        ("easemob-upload" | "netease-multipart" | "smh-simple", LIBCURL) => Some(0.9),
        ("netease-form" | "json-upload", LIBCURL_IN_MEMORY) if case.size < SMALL => Some(1.0),
        ("netease-form" | "json-upload", LIBCURL_IN_MEMORY) => Some(0.35),
        ("download" | "memory-download", LIBCURL) => Some(0.95),
        ("tls-upload", LIBCURL) => Some(0.7),
        ("tls-download", LIBCURL) => Some(0.85),
        ("threads-upload" | "threads-download", LIBCURL) => Some(1.0),
        ("smh-parts", OPENDAL) => Some(1.0),
        _ => None,
    }
}

/// Why the goal is missed, where it is.
pub fn reason(job: &str, size: u64) -> &'static str {
    match job {
        "download" | "tls-download" if size < SMALL => {
            "the file is written under a temporary name, synced and renamed, and what is there is \
             looked at before and after, where libcurl's program writes over it: nine system calls"
        }
        "download" | "tls-download" => {
            "each byte is copied once more, out of the buffer of the HTTP client (ureq)"
        }
        "memory-download" if size >= SMALL => {
            "nearly all of it is the kernel's work, which is the same for both; clearing the memory \
             before it is read into is 2 % of it"
        }
        "netease-form" | "json-upload" if size >= SMALL => {
            "what is left is the kernel's: more bytes are sent than the file has, and that of a \
             form is read twice, for its length as text has to be known first"
        }
        "smh-simple" => {
            "the CRC-64 is made and compared, which libcurl's program leaves out; the rest is the \
             kernel's work, which is the same for both"
        }
        _ if size >= SMALL => {
            "nearly all of it is the kernel's work and the encryption's, which is the same for both"
        }
        _ => {
            "a small call's own work: the request is built, and the answer read, with all checks; \
             the file is looked at before and after"
        }
    }
}

//! The C ABI: what `include/chatfile.h` declares. The only unsafe code of the
//! project; Rust programs use the crate `chatfile` instead.
//!
//! Rules kept by every function here: no panic leaves it; every pointer is
//! checked for NULL, every text for UTF-8; outputs are written on success only
//! and are NULL otherwise.

#![allow(
    unsafe_code,
    reason = "the C boundary; each use names who guarantees what"
)]
#![allow(non_camel_case_types, reason = "the names are those of the C header")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the contract of each function is its comment in the C header"
)]
#![allow(rustdoc::bare_urls, reason = "the comments are those of the C header")]

mod allocator;
mod boundary;
mod callbacks;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod stay;
mod structures;

// The sections of the header, in its order (xtask/header/src/outline.rs); the empty lines
// keep rustfmt from sorting them.
mod outcome;

mod client;

mod cancel;

mod progress;

mod upload;

mod download;

mod files;

mod delete;

mod check;

mod presign;

mod digest;

mod error;

mod version;

mod services;

pub use cancel::*;
pub use check::*;
pub use client::*;
pub use delete::*;
pub use digest::*;
pub use download::*;
pub use error::*;
pub use files::*;
pub use outcome::*;
pub use presign::*;
pub use progress::*;
pub use services::*;
pub use upload::*;
pub use version::*;

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;

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

mod boundary;
mod callbacks;
mod cancel;
mod client;
mod digest;
mod error;
mod files;
mod options;
mod presign;
mod status;
mod transfer;
mod version;

pub use callbacks::*;
pub use cancel::*;
pub use client::*;
pub use digest::*;
pub use error::*;
pub use files::*;
pub use options::*;
pub use presign::*;
pub use status::*;
pub use transfer::*;
pub use version::*;

#[cfg(test)]
mod header_tests;
#[cfg(test)]
mod layout_tests;

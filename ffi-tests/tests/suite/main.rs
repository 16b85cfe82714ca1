//! The C ABI and the Rust API against the emulator: one table of cases for all front ends, the header, abuse, exports,
//! what goes over the wire, and memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod abuse;
mod cpp;
mod crash;
mod examples;
mod exports;
mod front;
mod fronts;
mod header;
mod memory;
mod mirrors;
mod pace;
mod programs;
mod protocol;
mod recorder;
mod refused;
mod roaming;
mod service;
mod table;
mod threads;
mod tools;
mod windows;
mod wire;
mod wire_stores;
mod world;

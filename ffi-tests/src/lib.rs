//! Builds C and C++ programs against `include/` and the shared library, and
//! runs them against the emulator. `xtask` and the benches use it, too.

pub mod compiled;
pub mod golang;
pub mod header;
pub mod npm;
pub mod platform;
pub mod toolchain;
pub mod tools;

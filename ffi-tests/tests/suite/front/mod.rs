//! The front ends that the table runs on.

mod process;
pub mod rust;

pub use process::Process;
pub use rust::Rust;

use crate::protocol::Line;

/// Exposes one language's API over the line protocol.
pub trait Front {
    /// Carries out one operation.
    fn call(&mut self, line: &Line) -> Line;

    /// Whether it goes through the C ABI. Some cases cannot be put to the Rust API, whose types rule them out.
    fn is_c_abi(&self) -> bool;

    /// Whether fields at fault have the names of the header, and not those of a language.
    fn has_names_of_header(&self) -> bool {
        false
    }

    /// Whether an empty text of an option is another thing than none.
    fn tells_empty_texts(&self) -> bool {
        true
    }

    /// Whether it runs so slowly that time-outs must be longer.
    fn is_slow(&self) -> bool {
        false
    }

    /// How many files and sockets its process has open, if that can be told and is its alone.
    fn descriptors(&self) -> Option<usize> {
        None
    }

    /// Ends the driver. Panics if it does not end well.
    fn close(self: Box<Self>) {}
}

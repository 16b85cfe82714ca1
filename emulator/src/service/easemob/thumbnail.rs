//! Thumbnails, really resized.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::service::picture;

/// Images up to 10 KB are their own thumbnail (easemob.md §2.3).
const SMALL: u64 = 10 * 1024;

/// A thumbnail that fits into the box, with its content type; `None` when the original serves as such.
pub(super) fn make(path: &Path, size: u64, frame: (u32, u32)) -> Option<(Vec<u8>, &'static str)> {
    if size <= SMALL {
        return None;
    }
    picture::shrunk(BufReader::new(File::open(path).ok()?), frame)
}

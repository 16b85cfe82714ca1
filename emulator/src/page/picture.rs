//! Pictures made small.

use std::io::Cursor;
use std::path::PathBuf;

use image::{ImageFormat, ImageReader, Limits};

/// Pixels of the longer side.
const SIDE: u32 = 96;
/// A hostile header must not make the emulator take gigabytes.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// A PNG of what is an image; `None` for anything else.
pub(super) fn small(content: &[(PathBuf, u64)]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for (path, _) in content {
        bytes.extend(std::fs::read(path).ok()?);
    }
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let small = reader.decode().ok()?.thumbnail(SIDE, SIDE).into_rgba8();
    let mut out = Cursor::new(Vec::new());
    small.write_to(&mut out, ImageFormat::Png).ok()?;
    Some(out.into_inner())
}

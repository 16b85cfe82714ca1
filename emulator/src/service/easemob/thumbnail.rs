//! Thumbnails, really resized.

use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, ImageReader, Limits};

/// Images up to 10 KB are their own thumbnail (easemob.md §2.3).
const SMALL: u64 = 10 * 1024;

/// A thumbnail that fits into the box, with its content type; `None` when the original serves as such.
pub(super) fn make(
    path: &Path,
    size: u64,
    (width, height): (u32, u32),
) -> Option<(Vec<u8>, &'static str)> {
    if size <= SMALL {
        return None;
    }
    let mut reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    let format = reader.format()?;
    // A hostile header must not make the emulator take gigabytes.
    let mut limits = Limits::default();
    limits.max_alloc = Some(256 * 1024 * 1024);
    reader.limits(limits);
    let image = reader.decode().ok()?;
    if image.width() <= width && image.height() <= height {
        return None;
    }
    let small = image.thumbnail(width, height);
    // Formats with transparency keep it; the others become JPEG, which has no alpha channel.
    let (small, format, content_type) = match format {
        ImageFormat::Png | ImageFormat::Gif => (small, ImageFormat::Png, "image/png"),
        _ => (small.into_rgb8().into(), ImageFormat::Jpeg, "image/jpeg"),
    };
    let mut out = Cursor::new(Vec::new());
    small.write_to(&mut out, format).ok()?;
    Some((out.into_inner(), content_type))
}

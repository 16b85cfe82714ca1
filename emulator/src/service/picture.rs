//! Small pictures of images, really made; and one that stands for a frame of a video, which nobody decodes here.

use std::io::{BufRead, Cursor, Seek};
use std::path::Path;

use image::{DynamicImage, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// What a side of 0 stands for: as the other demands.
const ANY: u32 = 1 << 16;

/// A picture that fits into the box, with its content type; `None` if this is no image, or fits already.
pub(super) fn shrunk(
    image: impl BufRead + Seek,
    (width, height): (u32, u32),
) -> Option<(Vec<u8>, &'static str)> {
    let [width, height] = [width, height].map(|side| if side == 0 { ANY } else { side });
    let mut reader = ImageReader::new(image).with_guessed_format().ok()?;
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
    match format {
        ImageFormat::Png | ImageFormat::Gif => {
            Some((encoded(&small, ImageFormat::Png)?, "image/png"))
        }
        _ => {
            let small = small.into_rgb8().into();
            Some((encoded(&small, ImageFormat::Jpeg)?, "image/jpeg"))
        }
    }
}

/// Whether this is an image, by how it begins.
pub(super) fn is_image(path: &Path) -> bool {
    let reader = ImageReader::open(path).ok();
    let reader = reader.and_then(|reader| reader.with_guessed_format().ok());
    reader.is_some_and(|reader| reader.format().is_some())
}

/// The frame of a video of 1,600 × 900 pixels, made to fit into the box.
pub(super) fn frame(size: (u32, u32)) -> Option<(Vec<u8>, &'static str)> {
    let frame = RgbImage::from_pixel(1600, 900, Rgb([90, 120, 160]));
    let [width, height] = [size.0, size.1].map(|side| if side == 0 { ANY } else { side });
    let frame = DynamicImage::from(frame);
    let frame = match frame.width() > width || frame.height() > height {
        true => frame.thumbnail(width, height),
        false => frame,
    };
    Some((encoded(&frame, ImageFormat::Jpeg)?, "image/jpeg"))
}

/// `WIDTHxHEIGHT`, as it stands in addresses.
pub(super) fn size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).ok()?;
    Some(out.into_inner())
}

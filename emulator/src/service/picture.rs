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

/// Of the video whose frame is shown.
const VIDEO: (u32, u32) = (640, 360);

/// The frame of a video, made to fit into the box.
pub(super) fn frame(size: (u32, u32)) -> Option<(Vec<u8>, &'static str)> {
    let (width, height) = fitted(VIDEO, size);
    let frame = RgbImage::from_pixel(width, height, Rgb([90, 120, 160]));
    Some((encoded(&frame.into(), ImageFormat::Jpeg)?, "image/jpeg"))
}

/// The size of an image that is made smaller, if need be, to fit into the box. A side of the box that is 0 is as the other demands.
fn fitted((width, height): (u32, u32), (box_width, box_height): (u32, u32)) -> (u32, u32) {
    let scaled = |side: u32, by: u32, of: u32| {
        let side = u64::from(side) * u64::from(by) / u64::from(of);
        u32::try_from(side).unwrap_or(u32::MAX).max(1)
    };
    let (mut fit_width, mut fit_height) = (width, height);
    if (1..fit_width).contains(&box_width) {
        (fit_width, fit_height) = (box_width, scaled(height, box_width, width));
    }
    if (1..fit_height).contains(&box_height) {
        (fit_width, fit_height) = (scaled(width, box_height, height), box_height);
    }
    (fit_width, fit_height)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_frame_fits_into_the_box() {
        for (asked, made) in [
            ((0, 0), VIDEO),
            ((2000, 2000), VIDEO),
            ((320, 0), (320, 180)),
            ((0, 90), (160, 90)),
            ((320, 90), (160, 90)),
            ((100, 100), (100, 56)),
            ((1, 1), (1, 1)),
        ] {
            assert_eq!(fitted(VIDEO, asked), made, "{asked:?}");
        }
        let (bytes, media_type) = frame((64, 64)).unwrap();
        let frame = image::load_from_memory(&bytes).unwrap();
        assert_eq!((frame.width(), frame.height()), (64, 36));
        assert_eq!(media_type, "image/jpeg");
    }
}

//! Thumbnails, as OpenIM's MinIO driver makes them: once, and then kept as objects (openim.md §2.6).

use std::io::Cursor;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbaImage};

use super::Context;
use super::reply::Refusal;

/// Larger boxes than this get the original.
const LARGEST_BOX: i64 = 1024;
/// Larger images than this have no thumbnail.
const LARGEST_IMAGE: u64 = 50 * 1024 * 1024;

/// What is asked for; 0 or less is the image's own measure.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) format: String,
}

impl Wanted {
    /// Whether the original is meant.
    pub(super) fn is_none(&self) -> bool {
        (self.width < 0 && self.height < 0 && self.format.is_empty())
            || self.width > LARGEST_BOX
            || self.height > LARGEST_BOX
    }
}

/// The key and type of the thumbnail, which may be the original's.
pub(super) async fn find(
    context: &Context<'_>,
    key: &str,
    wanted: Wanted,
) -> Result<(String, String), Refusal> {
    let object = context.look_at(key).await?;
    let object = object.ok_or_else(|| Refusal::of_store("The specified key does not exist."))?;
    if object.size > LARGEST_IMAGE {
        return Err(Refusal::traced("file size too large"));
    }
    let content = context.content(key).await?;
    let made = tokio::task::spawn_blocking(move || make(&content.path, &wanted))
        .await
        .map_err(|error| Refusal::internal(error.to_string()))??;
    let (name, width, height) = (made.format, made.width, made.height);
    let content_type = format!("image/{name}");
    let Some(bytes) = made.bytes else {
        return Ok((key.to_owned(), content_type));
    };
    let etag = &object.etag;
    let target = format!("openim/thumbnail/{etag}/image_w{width}_h{height}.{name}");
    if context.look_at(&target).await?.is_none() {
        context.put_bytes(&target, bytes).await?;
    }
    Ok((target, content_type))
}

/// The image, and the name of its format.
fn decode(path: &Path) -> Option<(DynamicImage, &'static str)> {
    let mut reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    let own = match reader.format()? {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::Gif => "gif",
        ImageFormat::Bmp => "bmp",
        ImageFormat::WebP => "webp",
        _ => return None,
    };
    // A hostile header must not make the emulator take gigabytes.
    let mut limits = Limits::default();
    limits.max_alloc = Some(256 * 1024 * 1024);
    reader.limits(limits);
    Some((reader.decode().ok()?, own))
}

/// The image made to fit a box, as the server does it: the sides are cut off, so that one can be 0, and each point is
/// the one that lies at its place.
fn shrunk(image: &DynamicImage, width: u32, height: u32) -> RgbaImage {
    let [wide, high] = [image.width(), image.height()].map(f64::from);
    let scale = (f64::from(width) / wide).min(f64::from(height) / high);
    let source = image.to_rgba8();
    RgbaImage::from_fn((wide * scale) as u32, (high * scale) as u32, |x, y| {
        let at = |place: u32, side: u32| ((f64::from(place) / scale) as u32).min(side - 1);
        *source.get_pixel(at(x, source.width()), at(y, source.height()))
    })
}

struct Made {
    /// `None` when the original serves.
    bytes: Option<Vec<u8>>,
    /// The box that was asked for, within the image's own measures.
    width: u32,
    height: u32,
    format: &'static str,
}

fn make(path: &Path, wanted: &Wanted) -> Result<Made, Refusal> {
    let (image, own) = decode(path).ok_or_else(|| Refusal::traced("object not image"))?;
    let within = |asked: i64, own: u32| match u32::try_from(asked) {
        Ok(asked) if asked > 0 => asked.min(own),
        _ => own,
    };
    let width = within(wanted.width, image.width());
    let height = within(wanted.height, image.height());
    let (format, name) = match wanted.format.as_str() {
        "jpeg" | "jpg" => (ImageFormat::Jpeg, "jpeg"),
        "gif" => (ImageFormat::Gif, "gif"),
        _ => (ImageFormat::Png, "png"),
    };
    let unchanged = width == image.width() && height == image.height() && name == own;
    let bytes = if unchanged {
        None
    } else {
        let small = shrunk(&image, width, height);
        let note = format!("encode failed, type={name}");
        if format == ImageFormat::Png && (small.width() == 0 || small.height() == 0) {
            let (wide, high) = small.dimensions();
            let words = format!("png: invalid format: invalid image size: {wide}x{high}");
            return Err(Refusal::noted(&words, &note));
        }
        let encoded = encode(small, format);
        Some(encoded.ok_or_else(|| Refusal::noted("unsupported image size", &note))?)
    };
    Ok(Made {
        bytes,
        width,
        height,
        format: name,
    })
}

fn encode(image: RgbaImage, format: ImageFormat) -> Option<Vec<u8>> {
    /// The server's own.
    const QUALITY: u8 = 40;
    let mut out = Cursor::new(Vec::new());
    let is_opaque = image.pixels().all(|pixel| pixel[3] == u8::MAX);
    let image = DynamicImage::from(image);
    match format {
        // It has no alpha channel.
        ImageFormat::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut out, QUALITY);
            image.to_rgb8().write_with_encoder(encoder).ok()?;
        }
        ImageFormat::Png if is_opaque => image.to_rgb8().write_to(&mut out, format).ok()?,
        _ => image.write_to(&mut out, format).ok()?,
    }
    Some(out.into_inner())
}

//! Thumbnails, as OpenIM's MinIO driver makes them: once, and then kept as objects (openim.md §2.6).

use std::io::Cursor;
use std::path::Path;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

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
    let object = context
        .object(key)
        .ok_or_else(|| Refusal::internal("The specified key does not exist."))?;
    if object.size > LARGEST_IMAGE {
        return Err(Refusal::internal("file size too large"));
    }
    let path = context.state.store.content_path(&object);
    let made = tokio::task::spawn_blocking(move || make(&path, &wanted))
        .await
        .map_err(|error| Refusal::internal(error.to_string()))??;
    let (name, width, height) = (made.format, made.width, made.height);
    let content_type = format!("image/{name}");
    let Some(bytes) = made.bytes else {
        return Ok((key.to_owned(), content_type));
    };
    let etag = &object.md5;
    let target = format!("openim/thumbnail/{etag}/image_w{width}_h{height}.{name}");
    if context.object(&target).is_none() {
        let mut file = context.state.store.create()?;
        file.write(&bytes).await?;
        context.put_object(&target, file, None, Vec::new()).await?;
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
        _ => return None,
    };
    // A hostile header must not make the emulator take gigabytes.
    let mut limits = Limits::default();
    limits.max_alloc = Some(256 * 1024 * 1024);
    reader.limits(limits);
    Some((reader.decode().ok()?, own))
}

/// The sides of an image that is made to fit a box, as the server counts them: cut off, so that one can be 0.
fn fitted(image: &DynamicImage, width: u32, height: u32) -> (u64, u64) {
    let [wide, high] = [image.width(), image.height()].map(u64::from);
    let [width, height] = [width, height].map(u64::from);
    if width * high <= height * wide {
        (width, width * high / wide.max(1))
    } else {
        (height * wide / high.max(1), height)
    }
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
    let (image, own) = decode(path).ok_or_else(|| Refusal::internal("object not image"))?;
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
        let (wide, high) = fitted(&image, width, height);
        if format == ImageFormat::Png && (wide == 0 || high == 0) {
            return Err(Refusal::internal(format!(
                "png: invalid format: invalid image size: {wide}x{high} encode failed, type=png"
            )));
        }
        let small = image.resize(width, height, FilterType::Nearest);
        Some(encode(&small, format).ok_or_else(|| Refusal::internal("encode failed"))?)
    };
    Ok(Made {
        bytes,
        width,
        height,
        format: name,
    })
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    match format {
        // JPEG has no alpha channel, and GIF is made of eight-bit colours.
        ImageFormat::Jpeg => image.to_rgb8().write_to(&mut out, format).ok()?,
        _ => image.to_rgba8().write_to(&mut out, format).ok()?,
    }
    Some(out.into_inner())
}

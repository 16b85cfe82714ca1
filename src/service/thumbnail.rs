//! Small pictures in place of files.

use crate::error::{Error, Result};

/// What a download gives in place of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ThumbnailKind {
    /// The file itself.
    #[default]
    None,
    /// A small picture of an image.
    Image,
    /// A picture of a video: its first frame.
    Video,
}

/// A small picture that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thumbnail {
    /// It is to be one of a video.
    pub(crate) is_of_video: bool,
    /// At most, in pixels.
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
}

/// Which of them a service makes.
#[derive(Debug)]
pub(crate) struct Thumbnails {
    pub(crate) of_videos: bool,
    /// Whether a download says how large.
    pub(crate) sized: bool,
    /// The largest side that may be asked for, if that is known.
    pub(crate) max_side: Option<u32>,
    /// Whether one can be presigned.
    pub(crate) presigned: bool,
}

/// Where a service wants a size and the caller says none: that of Easemob (easemob.md
/// §2.3).
const SIDE: u32 = 170;

impl Thumbnail {
    /// The box that it is to fit into; a side of 0 is as the other demands.
    pub(crate) fn fitted(self) -> (u32, u32) {
        match (self.width, self.height) {
            (None, None) => (SIDE, SIDE),
            (width, height) => (width.unwrap_or(0), height.unwrap_or(0)),
        }
    }

    pub(crate) fn check_sides(self, max: Option<u32>) -> Result<()> {
        for (field, side) in [
            ("thumbnail_width", self.width),
            ("thumbnail_height", self.height),
        ] {
            if let (Some(side), Some(max)) = (side, max)
                && side > max
            {
                let what = format_args!("{side} pixels are more than {max}");
                return Err(Error::out_of_bounds(field, what).bound(max, side));
            }
        }
        Ok(())
    }
}

//! What a service's own message says of a file. Facts: the section "Messages" of each page
//! in docs/protocol.

use super::media_type;
use crate::json;
use serde::Serialize;
use std::time::Duration;

/// What the message about an uploaded file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MessageKind {
    /// No message is made.
    #[default]
    None,
    /// What the media type says: an image, audio or a video; anything else is a file.
    Automatic,
    /// A file to download.
    File,
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// A video.
    Video,
}

impl MessageKind {
    /// One of the last four, unless none is wanted.
    pub(crate) fn of(self, media_type: &str) -> Self {
        if self != Self::Automatic {
            return self;
        }
        let (class, _) = media_type.split_once('/').unwrap_or_default();
        match class.to_ascii_lowercase().as_str() {
            "image" => Self::Image,
            "audio" => Self::Audio,
            "video" => Self::Video,
            _ => Self::File,
        }
    }
}

/// How a service's messages about files are made.
#[derive(Debug)]
pub(crate) struct MessageWriter {
    /// Whether they name the MD5 of the file.
    pub(crate) needs_md5: bool,
    pub(crate) write: fn(&FileMessage<'_>) -> Message,
}

/// What a message is made of.
#[derive(Debug, Clone)]
pub(crate) struct FileMessage<'a> {
    /// [`MessageKind::File`], or one behind it.
    pub(crate) kind: MessageKind,
    pub(crate) name: &'a str,
    pub(crate) media_type: &'a str,
    pub(crate) size: u64,
    /// What names it in a download.
    pub(crate) file: &'a str,
    pub(crate) url: &'a str,
    pub(crate) share_secret: Option<&'a str>,
    /// If [it is needed](MessageWriter::needs_md5).
    pub(crate) md5: Option<&'a str>,
    /// Width and height, if they are known.
    pub(crate) pixels: Option<(u32, u32)>,
    pub(crate) duration: Option<Duration>,
    /// What the service was told of the kind of the file, if that is no media type.
    pub(crate) file_type: Option<&'a str>,
}

impl FileMessage<'_> {
    /// What the service was told, or that of the name, or one that files of this type have;
    /// empty if none is known.
    pub(crate) fn extension(&self) -> &str {
        let own = self.file_type.or_else(|| media_type::extension(self.name));
        own.or_else(|| media_type::extension_of(self.media_type))
            .unwrap_or_default()
    }

    pub(crate) fn width(&self) -> Option<u32> {
        self.pixels.map(|(width, _)| width)
    }

    pub(crate) fn height(&self) -> Option<u32> {
        self.pixels.map(|(_, height)| height)
    }

    /// Whole seconds, of which what plays at all has at least one.
    pub(crate) fn seconds(&self) -> Option<u64> {
        let duration = self.duration?;
        Some(duration.as_millis().div_ceil(1000) as u64)
    }
}

/// A message about a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// What the service calls messages of this kind.
    pub(crate) kind: &'static str,
    /// What it says: JSON.
    pub(crate) body: String,
}

impl Message {
    pub(crate) fn new(kind: &'static str, body: &impl Serialize) -> Self {
        Self {
            kind,
            body: String::from_utf8_lossy(&json::write(body)).into_owned(),
        }
    }
}

#[cfg(test)]
pub(crate) mod test_kit {
    use super::*;

    /// A message about a picture, of which all is known.
    pub(crate) fn picture() -> FileMessage<'static> {
        FileMessage {
            kind: MessageKind::Image,
            name: "a \"cat\".JPG",
            media_type: "image/jpeg",
            size: 1234,
            file: "key",
            url: "https://h/x/key",
            share_secret: None,
            md5: Some("25f9e794323b453885f5181f1b624d0b"),
            pixels: Some((640, 480)),
            duration: None,
            file_type: None,
        }
    }

    /// The same about something else, of which is known what a file says itself.
    pub(crate) fn other(kind: MessageKind, name: &'static str) -> FileMessage<'static> {
        FileMessage {
            kind,
            name,
            media_type: media_type::guess(name),
            pixels: None,
            ..picture()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_kit::{other, picture};

    #[test]
    fn the_media_type_says_what_it_shows_unless_the_caller_does() {
        let of = |media_type| MessageKind::Automatic.of(media_type);
        assert_eq!(of("image/png"), MessageKind::Image);
        assert_eq!(of("Audio/ogg; codecs=opus"), MessageKind::Audio);
        assert_eq!(of("video/mp4"), MessageKind::Video);
        assert_eq!(of("application/pdf"), MessageKind::File);
        assert_eq!(of("imageless"), MessageKind::File);
        assert_eq!(MessageKind::File.of("image/png"), MessageKind::File);
        assert_eq!(MessageKind::None.of("image/png"), MessageKind::None);
    }

    #[test]
    fn what_has_no_extension_gets_that_of_its_type() {
        assert_eq!(picture().extension(), "JPG");
        let unnamed = |media_type| FileMessage {
            media_type,
            ..other(MessageKind::File, "file")
        };
        assert_eq!(unnamed("image/jpeg").extension(), "jpg");
        assert_eq!(unnamed("application/x-own").extension(), "");
    }

    #[test]
    fn a_duration_is_whole_seconds() {
        let lasting = |ms| FileMessage {
            duration: Some(Duration::from_millis(ms)),
            ..picture()
        };
        let seconds = [0, 1, 1000, 1001].map(|ms| lasting(ms).seconds());
        assert_eq!(seconds, [Some(0), Some(1), Some(1), Some(2)]);
        assert_eq!(picture().seconds(), None);
    }
}

//! The attachment of a message (netease.md §1.12).

use crate::service::chat::{FileMessage, Message, MessageKind, MessageWriter};
use serde::Serialize;

pub(super) const WRITER: MessageWriter = MessageWriter {
    needs_md5: true,
    write,
};

fn write(file: &FileMessage<'_>) -> Message {
    #[derive(Serialize)]
    struct Attachment<'a> {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        md5: Option<&'a str>,
        url: &'a str,
        ext: &'a str,
        size: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        w: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        h: Option<u32>,
        /// Milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        dur: Option<u64>,
    }
    let kind = match file.kind {
        MessageKind::Image => "1",
        MessageKind::Audio => "2",
        MessageKind::Video => "3",
        _ => "6",
    };
    let duration = file.duration.map(|duration| duration.as_millis());
    let attachment = Attachment {
        name: file.name,
        md5: file.md5,
        url: file.url,
        ext: file.extension(),
        size: file.size,
        w: file.width(),
        h: file.height(),
        dur: duration.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)),
    };
    Message::new(kind, &attachment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::chat::test_kit::{other, picture};
    use std::time::Duration;

    #[test]
    fn an_attachment_is_what_the_vendors_pages_show() {
        let message = write(&picture());
        assert_eq!(message.kind, "1");
        assert_eq!(
            message.body,
            r#"{"name":"a \"cat\".JPG","md5":"25f9e794323b453885f5181f1b624d0b","url":"https://h/x/key","ext":"JPG","size":1234,"w":640,"h":480}"#
        );
        let mut sound = other(MessageKind::Audio, "a.aac");
        sound.duration = Some(Duration::from_millis(4551));
        let message = write(&sound);
        assert_eq!(message.kind, "2");
        assert!(
            message
                .body
                .ends_with(r#""ext":"aac","size":1234,"dur":4551}"#)
        );
        assert_eq!(write(&other(MessageKind::Video, "a.mp4")).kind, "3");
        assert_eq!(write(&other(MessageKind::File, "a.pdf")).kind, "6");
    }
}

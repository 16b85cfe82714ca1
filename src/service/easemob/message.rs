//! The body of a message (easemob.md §2.9).

use crate::service::chat::{FileMessage, Message, MessageKind, MessageWriter};
use serde::Serialize;

pub(super) const WRITER: MessageWriter = MessageWriter {
    needs_md5: false,
    write,
};

fn write(file: &FileMessage<'_>) -> Message {
    #[derive(Serialize)]
    struct Size {
        width: u32,
        height: u32,
    }
    #[derive(Serialize)]
    struct MessageBody<'a> {
        filename: &'a str,
        url: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<&'a str>,
        file_length: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<Size>,
        /// Seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        length: Option<u64>,
    }
    let kind = match file.kind {
        MessageKind::Image => "img",
        MessageKind::Audio => "audio",
        MessageKind::Video => "video",
        _ => "file",
    };
    let body = MessageBody {
        filename: file.name,
        url: file.url,
        secret: file.share_secret,
        file_length: file.size,
        size: file.pixels.map(|(width, height)| Size { width, height }),
        length: file.seconds(),
    };
    Message::new(kind, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::chat::test_kit::{other, picture};

    #[test]
    fn a_body_is_what_the_vendors_pages_show() {
        let mut restricted = picture();
        restricted.share_secret = Some("VfXXXXNb_");
        let message = write(&restricted);
        assert_eq!(message.kind, "img");
        assert_eq!(
            message.body,
            r#"{"filename":"a \"cat\".JPG","url":"https://h/x/key","secret":"VfXXXXNb_","file_length":1234,"size":{"width":640,"height":480}}"#
        );
        let message = write(&other(MessageKind::File, "a.pdf"));
        assert_eq!(message.kind, "file");
        assert_eq!(
            message.body,
            r#"{"filename":"a.pdf","url":"https://h/x/key","file_length":1234}"#
        );
        assert_eq!(write(&other(MessageKind::Audio, "a.amr")).kind, "audio");
        assert_eq!(write(&other(MessageKind::Video, "a.mp4")).kind, "video");
    }
}

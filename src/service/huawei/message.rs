//! The body of a message (huawei.md §3.5).

use crate::service::chat::{FileMessage, Message, MessageKind, MessageWriter};
use serde::Serialize;

pub(super) const WRITER: MessageWriter = MessageWriter {
    needs_md5: false,
    write,
};

fn write(file: &FileMessage<'_>) -> Message {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SendMessage<'a> {
        channel: &'a str,
        content: &'a str,
        control_type: &'a str,
        media_type: &'a str,
        source_type: &'a str,
    }
    let kind = match file.kind {
        MessageKind::Image => "IMAGE",
        MessageKind::Audio => "AUDIO",
        MessageKind::Video => "VIDEO",
        _ => "FILE",
    };
    let content = match file.kind {
        MessageKind::Image | MessageKind::Audio | MessageKind::Video => file.file.to_owned(),
        // The commas part its four fields, so the name has none.
        _ => format!(
            "{},{},{},{}",
            file.name.replace(',', "_"),
            file.size,
            file.file,
            file.extension().replace(',', "_")
        ),
    };
    let message = SendMessage {
        channel: "WEB",
        content: &content,
        control_type: "CHAT",
        media_type: kind,
        source_type: "CUSTOMER",
    };
    Message::new(kind, &message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::chat::test_kit::{other, picture};

    #[test]
    fn a_body_is_what_the_vendors_pages_show() {
        let message = write(&picture());
        assert_eq!(message.kind, "IMAGE");
        assert_eq!(
            message.body,
            r#"{"channel":"WEB","content":"key","controlType":"CHAT","mediaType":"IMAGE","sourceType":"CUSTOMER"}"#
        );
        let message = write(&other(MessageKind::File, "one, two.txt"));
        assert_eq!(message.kind, "FILE");
        assert!(
            message
                .body
                .contains(r#""content":"one_ two.txt,1234,key,txt""#)
        );
        assert_eq!(write(&other(MessageKind::Audio, "a.mp3")).kind, "AUDIO");
        assert_eq!(write(&other(MessageKind::Video, "a.mp4")).kind, "VIDEO");
    }
}

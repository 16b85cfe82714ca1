//! The element of a message (openim.md §2.10).

use crate::service::chat::{FileMessage, Message, MessageKind, MessageWriter};
use serde::Serialize;

pub(super) const WRITER: MessageWriter = MessageWriter {
    needs_md5: false,
    write,
};

/// Each side of the small picture that sdk-core has the server make.
const SNAPSHOT: u32 = 640;

#[derive(Serialize)]
struct Picture<'a> {
    uuid: &'a str,
    #[serde(rename = "type")]
    media_type: &'a str,
    size: u64,
    width: u32,
    height: u32,
    url: &'a str,
}

fn write(file: &FileMessage<'_>) -> Message {
    match file.kind {
        MessageKind::Image => picture(file),
        MessageKind::Audio => sound(file),
        MessageKind::Video => video(file),
        _ => plain(file),
    }
}

/// The element itself, a large picture and a small one (which the server makes when it is
/// asked for).
fn picture(file: &FileMessage<'_>) -> Message {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct PictureElem<'a> {
        source_picture: &'a Picture<'a>,
        big_picture: &'a Picture<'a>,
        snapshot_picture: Picture<'a>,
    }
    let source = Picture {
        uuid: file.file,
        media_type: file.media_type,
        size: file.size,
        width: file.width().unwrap_or_default(),
        height: file.height().unwrap_or_default(),
        url: file.url,
    };
    let mark = if file.url.contains('?') { '&' } else { '?' };
    let snapshot = format!(
        "{}{mark}height={SNAPSHOT}&type=image&width={SNAPSHOT}",
        file.url
    );
    let element = PictureElem {
        source_picture: &source,
        big_picture: &source,
        snapshot_picture: Picture {
            size: 0,
            width: SNAPSHOT,
            height: SNAPSHOT,
            url: &snapshot,
            ..source
        },
    };
    Message::new("102", &element)
}

fn sound(file: &FileMessage<'_>) -> Message {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SoundElem<'a> {
        uuid: &'a str,
        source_url: &'a str,
        data_size: u64,
        duration: u64,
        sound_type: &'a str,
    }
    let element = SoundElem {
        uuid: file.file,
        source_url: file.url,
        data_size: file.size,
        duration: file.seconds().unwrap_or_default(),
        sound_type: file.media_type,
    };
    Message::new("103", &element)
}

/// Without the picture that stands for it, which is an upload of its own.
fn video(file: &FileMessage<'_>) -> Message {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct VideoElem<'a> {
        #[serde(rename = "videoUUID")]
        video_uuid: &'a str,
        video_url: &'a str,
        video_type: &'a str,
        video_size: u64,
        duration: u64,
        snapshot_width: u32,
        snapshot_height: u32,
    }
    let element = VideoElem {
        video_uuid: file.file,
        video_url: file.url,
        video_type: file.media_type,
        video_size: file.size,
        duration: file.seconds().unwrap_or_default(),
        snapshot_width: file.width().unwrap_or_default(),
        snapshot_height: file.height().unwrap_or_default(),
    };
    Message::new("104", &element)
}

fn plain(file: &FileMessage<'_>) -> Message {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct FileElem<'a> {
        uuid: &'a str,
        source_url: &'a str,
        file_name: &'a str,
        file_size: u64,
        file_type: &'a str,
    }
    let element = FileElem {
        uuid: file.file,
        source_url: file.url,
        file_name: file.name,
        file_size: file.size,
        file_type: file.media_type,
    };
    Message::new("105", &element)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::chat::test_kit::{other, picture};
    use std::time::Duration;

    #[test]
    fn an_element_is_what_sdk_core_makes() {
        let message = write(&picture());
        assert_eq!(message.kind, "102");
        assert_eq!(
            message.body,
            concat!(
                r#"{"sourcePicture":{"uuid":"key","type":"image/jpeg","size":1234,"width":640,"height":480,"url":"https://h/x/key"},"#,
                r#""bigPicture":{"uuid":"key","type":"image/jpeg","size":1234,"width":640,"height":480,"url":"https://h/x/key"},"#,
                r#""snapshotPicture":{"uuid":"key","type":"image/jpeg","size":0,"width":640,"height":640,"#,
                r#""url":"https://h/x/key?height=640&type=image&width=640"}}"#
            )
        );
        let mut sound = other(MessageKind::Audio, "a.mp3");
        sound.duration = Some(Duration::from_millis(1500));
        assert_eq!(
            write(&sound).body,
            r#"{"uuid":"key","sourceUrl":"https://h/x/key","dataSize":1234,"duration":2,"soundType":"audio/mpeg"}"#
        );
        assert_eq!(
            write(&other(MessageKind::Video, "a.mp4")).body,
            r#"{"videoUUID":"key","videoUrl":"https://h/x/key","videoType":"video/mp4","videoSize":1234,"duration":0,"snapshotWidth":0,"snapshotHeight":0}"#
        );
        assert_eq!(
            write(&other(MessageKind::File, "a.pdf")).body,
            r#"{"uuid":"key","sourceUrl":"https://h/x/key","fileName":"a.pdf","fileSize":1234,"fileType":"application/pdf"}"#
        );
    }
}

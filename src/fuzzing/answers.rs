//! What services and stores say.

use super::{SECRET, check_error, tells_secret};
use crate::json::Json;
use crate::message::{Answer, Head, Provenance, Request, Url};
use crate::service::chat::{FileMessage, MessageKind};
use crate::service::{self, Delivery, FileReader, Sent, xml};
use crate::transfer::json_file::JsonFile;

const STATUSES: [u16; 16] = [
    200, 201, 204, 206, 301, 302, 400, 401, 403, 404, 412, 416, 429, 500, 503, 999,
];

/// An answer to an upload or a download, as each service reads it: a byte for the
/// service, one for the status, header fields, an empty line, the body.
pub fn answers(data: &[u8]) {
    let Some((&[service, status], rest)) = data.split_first_chunk() else {
        return;
    };
    if tells_secret(rest) {
        return;
    }
    let (fields, body) = match rest.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&rest[..end], &rest[end + 2..]),
        None => (&rest[..0], rest),
    };
    let headers = String::from_utf8_lossy(fields)
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let answer = Answer {
        head: Head {
            status: STATUSES[usize::from(status) % STATUSES.len()],
            is_http_1_1: true,
            asked: None,
            headers,
            is_redirected: status >= 128,
        },
        body: body.to_vec().into(),
    };
    let profile = service::ALL[usize::from(service) % service::ALL.len()];
    let Ok(url) = Url::parse("https://h/x?y") else {
        return;
    };
    let request = Request::get(url, Provenance::CONFIG).secret_header("Authorization", SECRET);
    let sent = Sent {
        request: &request,
        success_status: &[200, 201],
        file: "file",
    };
    match (profile.read_upload)(&sent, &answer) {
        Ok(stored) => {
            if let (Some(writer), Some(url)) = (profile.message, &stored.url) {
                let message = (writer.write)(&FileMessage {
                    kind: MessageKind::File,
                    name: "a.bin",
                    media_type: "x/y",
                    size: 1,
                    file: &stored.file,
                    url,
                    share_secret: stored.share_secret.as_deref(),
                    md5: Some("0"),
                    pixels: None,
                    duration: None,
                    file_type: None,
                });
                assert!(!Json::parse(message.body.as_bytes()).is_null());
            }
        }
        Err(error) => check_error(&error),
    }
    match &profile.delivery {
        Delivery::Plain(reader) => read_file(reader, &answer),
        Delivery::InJson(reader) => {
            check_error(&(reader.refusal)(&answer));
            if let Err(error) = (reader.check)(&answer) {
                check_error(&error);
            }
            match (reader.file_url)(&answer) {
                Ok(url) => assert!(url.as_str().is_ascii()),
                Err(error) => check_error(&error),
            }
            read_file(&reader.elsewhere, &answer);
        }
    }
}

fn read_file(reader: &FileReader, answer: &Answer) {
    let _ = (reader.is_file)(&answer.head);
    if let Some(crc64) = reader.stated_crc64 {
        let _ = crc64(&answer.head);
    }
    check_error(&(reader.refusal)(answer));
}

/// JSON, as everything of it is read.
pub fn json(data: &[u8]) {
    let read = Json::parse(data);
    // What everybody reads is read alike.
    if let Ok(valid) = serde_json::from_slice::<serde_json::Value>(data) {
        use serde_json::Value;
        match valid {
            Value::String(text) if text.contains('\u{fdd0}') => {}
            Value::String(text) => assert_eq!(read.as_text(), Some(text.as_str())),
            Value::Array(items) => assert_eq!(read.list().len(), items.len()),
            Value::Object(fields) => {
                assert!(read.fields().len() >= fields.len());
                for (name, value) in fields {
                    if let Value::String(text) = value
                        && !text.contains('\u{fdd0}')
                    {
                        assert_eq!(read.get(&name).as_text(), Some(text.as_str()));
                    }
                }
            }
            Value::Bool(is_true) => assert_eq!(read.is_true(), is_true),
            Value::Null | Value::Number(_) => {}
        }
    }
    for (_, value) in read.fields() {
        let _ = (value.text(), value.words(), value.number());
    }
}

/// JSON with a file in it, however it is cut in pieces.
pub fn json_file(data: &[u8]) {
    let read = |step: usize| {
        let mut reader = JsonFile::new("fileStream");
        let mut file = Vec::new();
        for piece in data.chunks(step) {
            reader.read(piece, |bytes| {
                file.extend_from_slice(bytes);
                Ok(())
            })?;
        }
        Ok((file, reader.into_rest()))
    };
    let whole = read(data.len().max(1)).map_err(|error: crate::Error| check_error(&error));
    for step in [1, 3] {
        let same = read(step).map_err(|error| check_error(&error));
        assert!(same == whole, "in pieces of {step} it is another");
    }
    let Ok((_, rest)) = whole else {
        return;
    };
    // Nothing is lost of what is not the file.
    if let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(data) {
        let rest = Json::parse(&rest);
        for (name, value) in fields {
            if let serde_json::Value::Bool(is_true) = value {
                assert_eq!(rest.get(&name).is_true(), is_true);
            }
        }
    }
}

/// A store's error.
pub fn xml(data: &[u8]) {
    for tag in ["Code", "Message", "RequestId"] {
        if let Some(text) = xml::text(data, tag) {
            assert!(!text.is_empty() && text.len() <= 3 * data.len());
        }
    }
}

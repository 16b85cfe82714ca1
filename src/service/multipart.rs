//! multipart/form-data (RFC 7578) as a body of known length.

use crate::message::{Body, Encoding};
use crate::secret::SecretText;

/// A form under construction: text fields first, the file last.
pub(crate) struct MultipartForm {
    boundary: String,
    /// Made in one piece each, for they hold secrets, and growing leaves copies behind.
    fields: Vec<SecretText>,
}

impl MultipartForm {
    /// `token` makes the boundary; the content must not hold it, so it is random.
    pub(crate) fn new(token: &str) -> Self {
        Self {
            boundary: format!("chatfile-{token}"),
            fields: Vec::new(),
        }
    }

    /// The value of the request's Content-Type.
    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The same for a server that reads the fields in another character set if it is not told.
    pub(crate) fn content_type_in_utf8(&self) -> String {
        self.content_type().replace(";", "; charset=utf-8;")
    }

    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        let name = escape(name);
        let field = [
            "--",
            &self.boundary,
            "\r\nContent-Disposition: form-data; name=\"",
            &name,
            "\"\r\n\r\n",
            value,
            "\r\n",
        ];
        self.fields.push(field.concat().into());
        self
    }

    /// The file part, which completes the form.
    pub(crate) fn file(self, name: &str, file_name: &str, content_type: &str) -> Body {
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {content_type}\r\n\r\n",
            self.boundary,
            escape(name),
            escape(file_name)
        );
        let pieces = self.fields.iter().map(|field| field.as_bytes());
        let pieces: Vec<&[u8]> = pieces.chain([head.as_bytes()]).collect();
        Body {
            prefix: pieces.concat().into(),
            content: Some(Encoding::Identity),
            suffix: format!("\r\n--{}--\r\n", self.boundary).into_bytes(),
        }
    }
}

/// What browsers do with a name in quotes (WHATWG HTML, "multipart/form-data
/// encoding algorithm"): without it a file name could add headers of its own. A backslash at
/// its end, which they leave, many take to be that of the quotation mark behind it; and no
/// header field may have a control character but the tab (RFC 9110 §5.5): MinIO refuses it.
fn escape(name: &str) -> String {
    let front = name.trim_end_matches('\\');
    let end = "%5C".repeat(name.len() - front.len());
    let mut escaped = String::with_capacity(name.len() + end.len());
    for character in front.chars() {
        match character {
            '"' => escaped += "%22",
            '\0'..='\x08' | '\n'..='\x1f' | '\x7f' => {
                escaped += &format!("%{:02X}", u32::from(character));
            }
            other => escaped.push(other),
        }
    }
    escaped + &end
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_form_byte_for_byte() {
        let form = MultipartForm::new("0").text("tag", "a b");
        assert_eq!(
            form.content_type(),
            "multipart/form-data; boundary=chatfile-0"
        );
        let body = form.file("content", "图.png", "image/png");
        assert_eq!(
            String::from_utf8(body.prefix.to_vec()).unwrap(),
            "--chatfile-0\r\n\
             Content-Disposition: form-data; name=\"tag\"\r\n\
             \r\n\
             a b\r\n\
             --chatfile-0\r\n\
             Content-Disposition: form-data; name=\"content\"; filename=\"图.png\"\r\n\
             Content-Type: image/png\r\n\
             \r\n"
        );
        assert_eq!(body.content, Some(Encoding::Identity));
        assert_eq!(body.suffix, b"\r\n--chatfile-0--\r\n");
    }

    #[test]
    fn a_file_name_cannot_add_a_header() {
        let body = MultipartForm::new("0").file("f", "a\"\r\nX-Evil: 1", "text/plain");
        let text = String::from_utf8(body.prefix.to_vec()).unwrap();
        assert!(
            text.contains("filename=\"a%22%0D%0AX-Evil: 1\"\r\n"),
            "{text}"
        );
    }

    #[test]
    fn control_characters_do_not_stand_in_a_header_field() {
        let body = MultipartForm::new("0").file("f", "a\tb\x01\x7f\0.x", "text/plain");
        let text = String::from_utf8(body.prefix.to_vec()).unwrap();
        assert!(text.contains("filename=\"a\tb%01%7F%00.x\""), "{text}");
    }
}

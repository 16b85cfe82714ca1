//! Paths and names (smh.md §1.1), and what a name says of its content.

use super::error::Error;
use crate::http::decode_percent;

/// "? \" < > : * |" and the backslash (smh.md §1.1); a slash separates.
const FORBIDDEN: &[char] = &['?', '"', '<', '>', ':', '*', '|', '\\'];
/// In characters; the real limit is not published.
const LONGEST_NAME: usize = 255;

/// The names of a path as an address holds it: escaped as a whole or name by name, with or without a leading slash.
pub(super) fn from_address(raw: &str) -> Result<Vec<String>, Error> {
    let text = decode_percent(raw, false);
    // Bytes that are no UTF-8 have been replaced, unless the replacement itself was meant.
    if text.contains('\u{FFFD}') && !raw.to_ascii_uppercase().contains("%EF%BF%BD") {
        return Err(Error::because(
            "IllegalFileName",
            "the path is not UTF-8 in percent escapes",
        ));
    }
    from_text(&text)
}

/// The names of a path as a JSON body holds it.
pub(super) fn from_text(text: &str) -> Result<Vec<String>, Error> {
    let names = text.split('/').filter(|name| !name.is_empty());
    names.map(|name| check(name).map(str::to_owned)).collect()
}

fn check(name: &str) -> Result<&str, Error> {
    if name.contains(FORBIDDEN) || name == "." || name == ".." {
        return Err(Error::new("IllegalFileName"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::new("FileNameLengthExceed"));
    }
    Ok(name)
}

/// The name without its extension, and the extension with its dot.
pub(super) fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// The extension for an object's key: kept, of whatever script, where it is short and plain.
pub(super) fn key_extension(name: &str) -> &str {
    let (_, extension) = split_extension(name);
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '-');
    match extension.strip_prefix('.') {
        Some(rest) if !rest.is_empty() && rest.chars().count() <= 32 && plain(rest) => extension,
        _ => "",
    }
}

/// What SMH tells of a file by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) content_type: &'static str,
    /// The `fileType` of replies.
    pub(super) file_type: &'static str,
    pub(super) by_doc: bool,
    pub(super) by_ci: bool,
    pub(super) as_icon: bool,
}

pub(super) fn kind(name: &str) -> Kind {
    let (_, extension) = split_extension(name);
    let extension = extension.trim_start_matches('.').to_lowercase();
    let kind = |content_type, file_type, by_doc, by_ci, as_icon| Kind {
        content_type,
        file_type,
        by_doc,
        by_ci,
        as_icon,
    };
    let document = |content_type, file_type| kind(content_type, file_type, true, true, false);
    let picture = |content_type| kind(content_type, "image", false, true, true);
    let other = |content_type, file_type| kind(content_type, file_type, false, false, false);
    match extension.as_str() {
        "xlsx" => document(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "excel",
        ),
        "xls" => document("application/vnd.ms-excel", "excel"),
        "docx" => document(
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "word",
        ),
        "doc" => document("application/msword", "word"),
        "pptx" => document(
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "powerpoint",
        ),
        "ppt" => document("application/vnd.ms-powerpoint", "powerpoint"),
        "pdf" => document("application/pdf", "pdf"),
        "txt" => document("text/plain", "text"),
        "jpg" | "jpeg" => picture("image/jpeg"),
        "png" => picture("image/png"),
        "gif" => picture("image/gif"),
        "bmp" => picture("image/bmp"),
        "webp" => picture("image/webp"),
        "mp4" => kind("video/mp4", "video", false, false, true),
        "mov" => kind("video/quicktime", "video", false, false, true),
        "mp3" => other("audio/mpeg", "audio"),
        "zip" => other("application/zip", "archive"),
        _ => other("application/octet-stream", "other"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn both_encodings_and_a_leading_slash() {
        let expected = ["a dir", "ü", "b+c.bin"];
        for raw in [
            "a%20dir%2F%C3%BC%2Fb%2Bc.bin",
            "a%20dir/%C3%BC/b%2Bc.bin",
            "%2Fa%20dir%2f%C3%BC%2Fb+c.bin",
            "/a%20dir//%C3%BC/b+c.bin",
        ] {
            assert_eq!(from_address(raw).unwrap(), expected, "{raw}");
        }
        assert!(from_address("").unwrap().is_empty());
    }

    #[test]
    fn forbidden_names() {
        for raw in [
            "a%3Fb", "a%22", "%3Cx", "x%3E", "a:b", "a*", "a%7Cb", "a%5Cb", "..", "x/%2E/y", "%FC",
        ] {
            assert!(from_address(raw).is_err(), "{raw}");
        }
        for raw in ["'%25&+", "%20a%20", "%EF%BF%BD", ".hidden", "a#b"] {
            assert!(from_address(raw).is_ok(), "{raw}");
        }
        assert!(from_text(&"x".repeat(256)).is_err());
        assert!(from_text(&"ü".repeat(255)).is_ok());
    }

    #[test]
    fn extensions() {
        assert_eq!(split_extension("a.tar.gz"), ("a.tar", ".gz"));
        assert_eq!(split_extension(".profile"), (".profile", ""));
        assert_eq!(key_extension("x.文档"), ".文档");
        assert_eq!(key_extension("x.a b"), "");
        assert_eq!(key_extension("x."), "");
        assert_eq!(kind("A.XLSX").file_type, "excel");
    }
}

//! The media type that a file's name suggests.

/// What is sent when nothing better is known (RFC 2046 §4.5.1).
pub(crate) const UNKNOWN: &str = "application/octet-stream";

/// The files that chat users send; anything else is [`UNKNOWN`].
pub(crate) fn guess(file_name: &str) -> &'static str {
    let extension = extension(file_name).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "aac" => "audio/aac",
        "amr" => "audio/amr",
        "wav" => "audio/wav",
        "ogg" | "opus" => "audio/ogg",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "3gp" => "video/3gpp",
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "json" => "application/json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => UNKNOWN,
    }
}

/// Whether a name, with or without folders, says of what type the file is.
pub(crate) fn has_extension(name: &str) -> bool {
    extension(name).is_some()
}

fn extension(name: &str) -> Option<&str> {
    let last = name.rsplit('/').next()?;
    Some(last.rsplit_once('.')?.1).filter(|extension| !extension.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_decides_whatever_its_case() {
        assert_eq!(guess("IMG_2953.JPG"), "image/jpeg");
        assert_eq!(guess("a.tar.zip"), "application/zip");
        assert_eq!(guess("README"), UNKNOWN);
        assert_eq!(guess("a."), UNKNOWN);
        assert_eq!(guess("png"), UNKNOWN);
        assert_eq!(guess("a.b/c.png"), "image/png");
        assert_eq!(guess("a.png/c"), UNKNOWN);
        assert!(has_extension("a/b.x") && !has_extension("a.x/b") && !has_extension("b."));
    }
}

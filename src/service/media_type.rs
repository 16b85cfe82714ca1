//! The media type that a file's name or its first bytes suggest.

/// What is sent when nothing better is known (RFC 2046 §4.5.1).
pub(crate) const UNKNOWN: &str = "application/octet-stream";

/// The files that chat users send, by their extensions; the first is the usual one.
const BY_EXTENSION: &[(&[&str], &str)] = &[
    (&["jpg", "jpeg"], "image/jpeg"),
    (&["png"], "image/png"),
    (&["gif"], "image/gif"),
    (&["bmp"], "image/bmp"),
    (&["webp"], "image/webp"),
    (&["heic"], "image/heic"),
    (&["avif"], "image/avif"),
    (&["svg"], "image/svg+xml"),
    (&["mp3"], "audio/mpeg"),
    (&["m4a"], "audio/mp4"),
    (&["aac"], "audio/aac"),
    (&["amr"], "audio/amr"),
    (&["wav"], "audio/wav"),
    (&["ogg", "opus"], "audio/ogg"),
    (&["mp4", "m4v"], "video/mp4"),
    (&["mov"], "video/quicktime"),
    (&["webm"], "video/webm"),
    (&["3gp"], "video/3gpp"),
    (&["txt", "log"], "text/plain"),
    (&["csv"], "text/csv"),
    (&["htm", "html"], "text/html"),
    (&["json"], "application/json"),
    (&["xml"], "application/xml"),
    (&["pdf"], "application/pdf"),
    (&["zip"], "application/zip"),
    (&["doc"], "application/msword"),
    (
        &["docx"],
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (&["xls"], "application/vnd.ms-excel"),
    (
        &["xlsx"],
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (&["ppt"], "application/vnd.ms-powerpoint"),
    (
        &["pptx"],
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
];

/// What the name suggests; [`UNKNOWN`] if it says nothing.
pub(crate) fn guess(file_name: &str) -> &'static str {
    let own = extension(file_name).unwrap_or_default();
    let is_own = |known: &&str| known.eq_ignore_ascii_case(own);
    let known = BY_EXTENSION.iter();
    let mut known = known.filter(|(extensions, _)| extensions.iter().any(is_own));
    known.next().map_or(UNKNOWN, |(_, media_type)| media_type)
}

/// The usual extension of files of this type, if they are known here.
pub(crate) fn extension_of(media_type: &str) -> Option<&'static str> {
    let essence = media_type.split(';').next()?.trim();
    let mut known = BY_EXTENSION.iter();
    let (extensions, _) = known.find(|(_, known)| known.eq_ignore_ascii_case(essence))?;
    extensions.first().copied()
}

/// So many bytes of a file suffice for [`of_content`].
pub(crate) const HEAD: usize = 64;

/// How files begin: at this offset, with these bytes. WHATWG MIME Sniffing (6, matching patterns) but for
/// `#!AMR` (RFC 4867 §5.1) and the sync word of AAC (ISO 13818-7, ADTS, layer 0), which
/// stands before that of MP3.
const BY_CONTENT: &[(usize, &[u8], &str)] = &[
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBPVP8", "image/webp"),
    (0, b"BM", "image/bmp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    // Layer III of MPEG-1, 2 and 2.5, with and without a CRC (ISO 11172-3, 2.4.2.3).
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xfa", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"\xff\xe3", "audio/mpeg"),
    (0, b"\xff\xe2", "audio/mpeg"),
    (0, b"OggS\0", "audio/ogg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
];

/// Brands of files in boxes (ISO 14496-12, at offset 8 behind `ftyp`), as
/// mp4ra.org lists them; any other is `video/mp4`.
const BY_BRAND: &[(&[u8], &str)] = &[
    (b"heic", "image/heic"),
    (b"heix", "image/heic"),
    (b"mif1", "image/heic"),
    (b"avif", "image/avif"),
    (b"M4A ", "audio/mp4"),
    (b"qt  ", "video/quicktime"),
    (b"3g", "video/3gpp"),
];

/// The media type of a file that begins so, if it shows.
pub(crate) fn of_content(head: &[u8]) -> Option<&'static str> {
    let has = |at: usize, bytes: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(bytes));
    if has(4, b"ftyp") {
        let brand = BY_BRAND.iter().find(|(brand, _)| has(8, brand));
        return Some(brand.map_or("video/mp4", |(_, media_type)| media_type));
    }
    let mut known = BY_CONTENT.iter();
    let (.., media_type) = known.find(|(at, bytes, media_type)| {
        // Two letters are few: the size in a BMP's header begins with no text.
        has(*at, bytes) && (*media_type != "image/bmp" || head.get(6..10) == Some(&[0; 4]))
    })?;
    Some(media_type)
}

/// Whether a name, with or without folders, says of what type the file is.
pub(crate) fn has_extension(name: &str) -> bool {
    extension(name).is_some()
}

/// What stands behind the last dot of a name, with or without folders.
pub(crate) fn extension(name: &str) -> Option<&str> {
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

    #[test]
    fn each_known_type_has_an_extension_that_leads_back_to_it() {
        for (extensions, media_type) in BY_EXTENSION {
            assert_eq!(extension_of(media_type), extensions.first().copied());
            assert_eq!(guess(&format!("a.{}", extensions[0])), *media_type);
        }
        assert_eq!(extension_of("Image/PNG; q=1"), Some("png"));
        assert_eq!(extension_of(UNKNOWN), None);
    }

    #[test]
    fn the_first_bytes_say_what_it_is() {
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some("image/png")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x24\0\0\0WAVEfmt ", Some("audio/wav")),
            (b"BM\x46\0\0\0\0\0\0\0", Some("image/bmp")),
            (b"BM is no picture", None),
            (b"\0\0\0\x18ftypheic", Some("image/heic")),
            (b"\0\0\0\x18ftypavif", Some("image/avif")),
            (b"\0\0\0\x18ftypM4A ", Some("audio/mp4")),
            (b"\0\0\0\x18ftyp3gp4", Some("video/3gpp")),
            (b"\0\0\0\x18ftypisom", Some("video/mp4")),
            (b"#!AMR\n", Some("audio/amr")),
            (b"\xff\xf1\x50", Some("audio/aac")),
            (b"\xff\xfb\x90", Some("audio/mpeg")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"hello", None),
            (b"", None),
        ] {
            assert!(head.len() <= HEAD);
            assert_eq!(of_content(head), expected, "{head:?}");
        }
    }
}

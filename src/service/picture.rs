//! How large a picture is, from its first bytes.

use super::exif;

/// Pixels across and down, as it is shown. `None` if that takes more bytes, or the format is
/// another.
pub(crate) fn pixels(head: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = match head {
        [b'B', b'M', ..] => of_bmp(head)?,
        // Of a list of boxes that is cut, what is there would count as all of it.
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if !has_meta(head) => return None,
        _ => of_others(head)?,
    };
    let shown = match exif::is_on_its_side(head) {
        true => (height, width),
        false => (width, height),
    };
    (width > 0 && height > 0).then_some(shown)
}

fn of_others(head: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(head).ok()?;
    let (width, height) = (
        u32::try_from(size.width).ok()?,
        u32::try_from(size.height).ok()?,
    );
    // Above 14 bits stands how it is scaled (RFC 6386, section 9.1).
    let is_lossy_webp = head.get(8..16) == Some(b"WEBPVP8 ");
    Some(match is_lossy_webp {
        true => (width & 0x3fff, height & 0x3fff),
        false => (width, height),
    })
}

/// `imagesize` takes no notice of the sign, which says that the rows begin at the top, nor of
/// the short header of OS/2.
fn of_bmp(head: &[u8]) -> Option<(u32, u32)> {
    const OS2_HEADER: u32 = 12;
    let long = |at: usize| Some(*head.get(at..)?.first_chunk::<4>()?);
    let short = |at: usize| Some(u16::from_le_bytes(*head.get(at..)?.first_chunk()?).into());
    if u32::from_le_bytes(long(14)?) == OS2_HEADER {
        return Some((short(18)?, short(20)?));
    }
    let side = |at: usize| Some(i32::from_le_bytes(long(at)?).unsigned_abs());
    Some((side(18)?, side(22)?))
}

/// Whether the box is there, whole, that tells of the picture in an ISO base media file
/// (HEIC, AVIF).
fn has_meta(head: &[u8]) -> bool {
    let mut rest = head;
    while let [a, b, c, d, tag @ ..] = rest {
        let size = u32::from_be_bytes([*a, *b, *c, *d]);
        // One of 64 bits, or to the end of the file, is none that stands before it.
        let Some(behind) = usize::try_from(size).ok().filter(|size| *size >= 8) else {
            return false;
        };
        let Some(next) = rest.get(behind..) else {
            return false;
        };
        if tag.starts_with(b"meta") {
            return true;
        }
        rest = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pixels_of_a_picture_are_in_its_head() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0";
        assert_eq!(pixels(png), Some((640, 480)));
        assert_eq!(pixels(&png[..20]), None);
        assert_eq!(pixels(b"GIF89a\x10\0\x20\0\0\0\0"), Some((16, 32)));
        assert_eq!(pixels(b"GIF89a\0\0\x20\0\0\0\0"), None);
        assert_eq!(pixels(b"%PDF-1.7 is none, however long it is"), None);
        // Exif and a small picture stand before the size.
        let mut jpeg = b"\xff\xd8\xff\xe1\x01\x00".to_vec();
        jpeg.extend([7; 254]);
        jpeg.extend(b"\xff\xc0\x00\x11\x08\x01\xe0\x02\x80\x03");
        assert_eq!(pixels(&jpeg), Some((640, 480)));
        assert_eq!(pixels(&jpeg[..200]), None);
    }

    #[test]
    fn a_bmp_may_begin_at_the_top_or_be_old() {
        let bmp = |header: u32, sides: &[u8]| {
            let front = [&b"BM\0\0\0\0\0\0\0\0\0\0\0\0"[..], &header.to_le_bytes()].concat();
            pixels(&[&front[..], sides].concat())
        };
        let sides = |height: i32| [640i32.to_le_bytes(), height.to_le_bytes()].concat();
        assert_eq!(bmp(40, &sides(480)), Some((640, 480)));
        assert_eq!(bmp(40, &sides(-480)), Some((640, 480)));
        assert_eq!(bmp(12, b"\x80\x02\xe0\x01"), Some((640, 480)));
        assert_eq!(bmp(40, b"\x80\x02\xe0\x01"), None);
        assert_eq!(bmp(40, &sides(i32::MIN)), Some((640, 1 << 31)));
    }

    /// A box of ISO base media files.
    fn boxed(tag: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let size = (8 + content.len()) as u32;
        [&size.to_be_bytes()[..], tag, content].concat()
    }

    #[test]
    fn a_heic_that_is_cut_says_nothing() {
        let size = |width: u32, height: u32| {
            let sides = [[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat();
            boxed(b"ispe", &sides)
        };
        let properties = [size(512, 512), boxed(b"free", &[0; 500]), size(4032, 3024)].concat();
        let all = boxed(b"iprp", &boxed(b"ipco", &properties));
        let meta = boxed(b"meta", &[&[0; 4][..], &all].concat());
        let heic = [boxed(b"ftyp", b"heic\0\0\0\0mif1heic"), meta].concat();
        assert_eq!(pixels(&heic), Some((4032, 3024)));
        for cut in 0..heic.len() {
            assert_eq!(pixels(&heic[..cut]), None, "{cut}");
        }
    }
}

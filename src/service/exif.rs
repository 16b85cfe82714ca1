//! What Exif data say of how a picture is to be turned: one tag of them, in JPEG. (HEIC says
//! it in a box of its own, which `imagesize` reads.)

/// The number of the tag, and of its type, SHORT (Exif 2.32, section 4.6.4; TIFF 6.0, section 2).
const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
/// The segment that holds Exif data, and what they begin with (Exif 2.32, section 4.7.2).
const APP1: u8 = 0xe1;
const EXIF: &[u8] = b"Exif\0\0";
/// Behind these no segment follows that tells of the picture (ITU-T T.81, B.1.1.3).
const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Whether the rows of a JPEG that begins so are shown as columns: 5 to 8 of the eight ways
/// to turn and to mirror it.
pub(crate) fn is_on_its_side(head: &[u8]) -> bool {
    let orientation = exif(head).and_then(orientation);
    orientation.is_some_and(|orientation| (5..=8).contains(&orientation))
}

fn exif(head: &[u8]) -> Option<&[u8]> {
    let mut rest = head.strip_prefix(b"\xff\xd8")?;
    while let [0xff, marker, behind @ ..] = rest {
        match *marker {
            START_OF_SCAN | END_OF_IMAGE => return None,
            // Any number of them may stand before a marker.
            0xff => rest = rest.get(1..)?,
            marker => {
                let length = usize::from(u16::from_be_bytes(*behind.first_chunk()?));
                let exif = behind.get(2..length)?.strip_prefix(EXIF);
                if marker == APP1 && exif.is_some() {
                    return exif;
                }
                rest = behind.get(length..)?;
            }
        }
    }
    None
}

/// In the first directory of these TIFF data.
fn orientation(tiff: &[u8]) -> Option<u16> {
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |bytes: &[u8], at: usize| {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let start = *tiff.get(4..)?.first_chunk()?;
    let start = if is_little {
        u32::from_le_bytes(start)
    } else {
        u32::from_be_bytes(start)
    };
    let directory = tiff.get(usize::try_from(start).ok()?..)?;
    let count = short(directory, 0)?;
    let mut entries = directory.get(2..)?.chunks_exact(12).take(count.into());
    let entry = entries.find(|entry| short(entry, 0) == Some(ORIENTATION))?;
    let is_short = short(entry, 2) == Some(SHORT);
    short(entry, 8).filter(|_| is_short)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TIFF data with two tags, the latter of which is the orientation.
    fn tiff(is_little: bool, orientation: u16) -> Vec<u8> {
        let short = |value: u16| match is_little {
            true => value.to_le_bytes(),
            false => value.to_be_bytes(),
        };
        let long = |value: u32| match is_little {
            true => value.to_le_bytes(),
            false => value.to_be_bytes(),
        };
        let mut tiff = if is_little { b"II*\0" } else { b"MM\0*" }.to_vec();
        tiff.extend(long(10));
        tiff.extend([9, 9]);
        tiff.extend(short(2));
        for (tag, value) in [(0x010f, 7), (ORIENTATION, orientation)] {
            tiff.extend([short(tag), short(SHORT)].concat());
            tiff.extend(long(1));
            tiff.extend([short(value), short(0)].concat());
        }
        tiff
    }

    fn jpeg(tiff: &[u8]) -> Vec<u8> {
        let mut jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xe1\0\x06http".to_vec();
        jpeg.extend(b"\xff\xe1");
        jpeg.extend(u16::try_from(tiff.len() + 8).unwrap_or(0).to_be_bytes());
        jpeg.extend(EXIF);
        jpeg.extend(tiff);
        jpeg.extend(b"\xff\xda\0\x02");
        jpeg
    }

    #[test]
    fn four_of_eight_ways_are_on_the_side() {
        for is_little in [true, false] {
            for orientation in 0..=9 {
                let jpeg = jpeg(&tiff(is_little, orientation));
                let expected = matches!(orientation, 5..=8);
                assert_eq!(is_on_its_side(&jpeg), expected, "{orientation}");
                // What is cut off, wherever, says nothing.
                for cut in 0..jpeg.len() - 8 {
                    let is = jpeg.get(..cut).is_some_and(is_on_its_side);
                    assert!(!is, "{orientation} cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn what_is_none_says_nothing() {
        let good = tiff(true, 6);
        let with = |at: usize, byte: u8| {
            let mut tiff = good.clone();
            if let Some(place) = tiff.get_mut(at) {
                *place = byte;
            }
            is_on_its_side(&jpeg(&tiff))
        };
        assert!(with(9, 9));
        // The order of bytes, the place of the directory, the number of tags, the type.
        for (at, byte) in [(0, b'M'), (2, b'+'), (5, 0xff), (7, 0xff), (10, 1), (26, 4)] {
            assert!(!with(at, byte), "byte {at}");
        }
        let exif = jpeg(&good);
        for head in [
            b"".as_slice(),
            b"\xff",
            b"\xff\xd8",
            b"\xff\xd8\xff",
            b"\x89PNG",
        ] {
            assert!(!is_on_its_side(head), "{head:?}");
        }
        // Behind the start of a scan there is but the picture.
        let scan = [b"\xff\xd8\xff\xda\0\x02".as_slice(), &exif[2..]].concat();
        assert!(!is_on_its_side(&scan));
        let empty = [b"\xff\xd8\xff\xe0\0\0".as_slice(), &exif[2..]].concat();
        assert!(!is_on_its_side(&empty));
    }
}

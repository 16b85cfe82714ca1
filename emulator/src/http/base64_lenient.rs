//! Base64 as a lenient server decoder reads it, piece by piece.
//!
//! NetEase's own samples (`gwettwgsgssgs323f`, 17 characters without padding) can only be read like this (netease.md
//! §1.7): both alphabets, padding optional, characters outside the alphabets skipped, a lone last character dropped.
//! A `+` that was not percent-encoded has become a space by now and is skipped too, so a client that forgets to encode
//! gets a damaged file, as it would from any form parser.

#[derive(Debug, Default)]
pub(crate) struct LenientBase64 {
    bits: u32,
    count: u32,
    ended: bool,
}

impl LenientBase64 {
    /// Decodes the next characters into `out`.
    pub(crate) fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for &character in text {
            let value = match character {
                b'A'..=b'Z' => character - b'A',
                b'a'..=b'z' => character - b'a' + 26,
                b'0'..=b'9' => character - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'=' => {
                    self.ended = true;
                    continue;
                }
                _ => continue,
            };
            if self.ended {
                continue;
            }
            self.bits = (self.bits << 6) | u32::from(value);
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                out.push((self.bits >> self.count) as u8);
                self.bits &= (1 << self.count) - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&str]) -> Vec<u8> {
        let mut decoder = LenientBase64::default();
        let mut out = Vec::new();
        for piece in pieces {
            decoder.push(piece.as_bytes(), &mut out);
        }
        out
    }

    #[test]
    fn strict_text_decodes_in_any_pieces() {
        assert_eq!(decode(&["aGVsbG8="]), b"hello");
        assert_eq!(decode(&["a", "GVs", "", "bG8", "="]), b"hello");
        assert_eq!(decode(&["+/+/"]), decode(&["-_-_"]));
        assert_eq!(decode(&[""]), b"");
    }

    #[test]
    fn odd_text_is_taken_as_the_samples_need() {
        assert_eq!(decode(&["gwettwgsgssgs323f"]).len(), 12);
        assert_eq!(decode(&["abcdef"]).len(), 4);
        assert_eq!(decode(&["aGVs\r\nbG8"]), b"hello");
        assert_eq!(decode(&["aGVsbG8=ignored"]), b"hello");
    }
}

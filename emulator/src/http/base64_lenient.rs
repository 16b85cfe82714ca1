//! Base64 as a lenient server decoder reads it, piece by piece.
//!
//! NetEase's own samples (`gwettwgsgssgs323f`, 17 characters without padding) can only be read like this (netease.md
//! §1.7): both alphabets, padding optional, characters outside the alphabets skipped, a lone last character dropped.
//! A `+` that was not percent-encoded has become a space by now and is skipped too, so a client that forgets to encode
//! gets a damaged file, as it would from any form parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// How much is read again, character by character, for one that only this decoder takes.
const PIECE: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct LenientBase64 {
    bits: u32,
    count: u32,
    ended: bool,
}

impl LenientBase64 {
    /// Decodes the next characters into `out`.
    pub(crate) fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for piece in text.chunks(PIECE) {
            self.push_piece(piece, out);
        }
    }

    /// What is as strict decoders want it is left to one, which is many times as fast.
    fn push_piece(&mut self, mut text: &[u8], out: &mut Vec<u8>) {
        while self.count > 0
            && let Some((first, rest)) = text.split_first()
        {
            self.character(*first, out);
            text = rest;
        }
        let (whole, _) = text.split_at(text.len() / 4 * 4);
        let before = out.len();
        if !self.ended && STANDARD_NO_PAD.decode_vec(whole, out).is_ok() {
            text = &text[whole.len()..];
        } else {
            out.truncate(before);
        }
        for &character in text {
            self.character(character, out);
        }
    }

    fn character(&mut self, character: u8, out: &mut Vec<u8>) {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                self.ended = true;
                return;
            }
            _ => return,
        };
        if self.ended {
            return;
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
        assert_eq!(decode(&["aGVsbG8=", "ignored."]), b"hello");
        assert_eq!(decode(&["aGVs=", "AAAA"]), b"hel");
    }

    #[test]
    fn what_is_strict_in_part_is_what_its_characters_are() {
        let strict = "0123456789abcdefXYZ+/".repeat(200);
        let mut broken = strict.clone();
        broken.insert_str(1500, "\r\n");
        let mut other = strict.clone();
        other.replace_range(2001..2003, "-_");
        for text in [strict.clone() + "=", broken, other, strict + "=AAAA"] {
            let mut letters = [0; 4];
            let one_by_one: Vec<_> = text
                .chars()
                .map(|c| c.encode_utf8(&mut letters).to_owned())
                .collect();
            let one_by_one: Vec<&str> = one_by_one.iter().map(String::as_str).collect();
            let expected = decode(&one_by_one);
            assert_eq!(decode(&[&text]), expected);
            assert_eq!(decode(&[&text[..701], &text[701..]]), expected);
        }
    }
}

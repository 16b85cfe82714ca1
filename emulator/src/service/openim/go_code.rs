//! base64 and hex as Go reads them, with its words for what they are not.

/// Where its values stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alphabet {
    signs: [u8; 2],
    is_padded: bool,
}

/// `base64.StdEncoding`
pub(super) const STANDARD: Alphabet = Alphabet {
    signs: *b"+/",
    is_padded: true,
};

/// `base64.RawStdEncoding`
pub(super) const RAW: Alphabet = Alphabet {
    signs: *b"+/",
    is_padded: false,
};

/// `base64.RawURLEncoding`
pub(super) const RAW_URL: Alphabet = Alphabet {
    signs: *b"-_",
    is_padded: false,
};

impl Alphabet {
    fn value(self, byte: u8) -> Option<u32> {
        Some(u32::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            _ if byte == self.signs[0] => 62,
            _ if byte == self.signs[1] => 63,
            _ => return None,
        }))
    }

    /// Line breaks do not count; an error names the place where Go sees it.
    pub(super) fn decode(self, text: &str) -> Result<Vec<u8>, String> {
        self.read(text.as_bytes())
            .map_err(|at| format!("illegal base64 data at input byte {at}"))
    }

    fn read(self, text: &[u8]) -> Result<Vec<u8>, usize> {
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
        let is_break = |at: usize| matches!(text.get(at), Some(b'\r' | b'\n'));
        let (mut at, mut held, mut count) = (0, 0_u32, 0_usize);
        while at < text.len() {
            if is_break(at) {
                at += 1;
                continue;
            }
            if let Some(value) = self.value(text[at]) {
                held = held << 6 | value;
                (at, count) = (at + 1, count + 1);
                if count == 4 {
                    bytes.extend_from_slice(&held.to_be_bytes()[1..]);
                    (held, count) = (0, 0);
                }
                continue;
            }
            if text[at] != b'=' || !self.is_padded || count < 2 {
                return Err(at);
            }
            at += 1;
            if count == 2 {
                while is_break(at) {
                    at += 1;
                }
                match text.get(at) {
                    None => return Err(text.len()),
                    Some(b'=') => at += 1,
                    Some(_) => return Err(at - 1),
                }
            }
            while is_break(at) {
                at += 1;
            }
            if at < text.len() {
                return Err(at);
            }
            rest(held, count, &mut bytes);
            return Ok(bytes);
        }
        match count {
            0 => {}
            2 | 3 if !self.is_padded => rest(held, count, &mut bytes),
            _ => return Err(at - count),
        }
        Ok(bytes)
    }
}

/// The one or two bytes of an incomplete group.
fn rest(held: u32, count: usize, bytes: &mut Vec<u8>) {
    let all = (held << (6 * (4 - count))).to_be_bytes();
    bytes.extend_from_slice(&all[1..count]);
}

/// Whether it is hex; the byte that is none by its number, and as a character where it is one that shows.
pub(super) fn check_hex(text: &str) -> Result<(), String> {
    if let Some(wrong) = text.bytes().find(|byte| !byte.is_ascii_hexdigit()) {
        let shown = match wrong {
            0..0x20 | 0x7F..=0xA0 | 0xAD => String::new(),
            _ => format!(" '{}'", char::from(wrong)),
        };
        return Err(format!("encoding/hex: invalid byte: U+{wrong:04X}{shown}"));
    }
    match text.len() % 2 {
        0 => Ok(()),
        _ => Err("encoding/hex: odd length hex string".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// As a real server answered (main of 2026-07, Go 1.25).
    #[test]
    fn base64_is_refused_where_go_sees_it() {
        for (text, padded, raw) in [
            ("a=bc", Some(1), Some(1)),
            ("YQ=", Some(3), Some(2)),
            ("YQ==x", Some(4), Some(2)),
            ("YQ==\n", None, Some(2)),
            ("Y", Some(0), Some(0)),
            ("YQ", Some(0), None),
            ("YQ\n==", None, Some(3)),
            ("Y=Q=", Some(1), Some(1)),
            ("====", Some(0), Some(0)),
            ("YWJj\nx", Some(5), Some(5)),
            ("YWJjZ", Some(4), Some(4)),
            ("!", Some(0), Some(0)),
            ("ab!d", Some(2), Some(2)),
            ("YWJj=", Some(4), Some(4)),
            ("YQ=a", Some(2), Some(2)),
        ] {
            let at = |alphabet: Alphabet| alphabet.read(text.as_bytes()).err();
            assert_eq!((at(STANDARD), at(RAW)), (padded, raw), "{text}");
        }
        for (text, expected) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc")] {
            assert_eq!(STANDARD.decode(text).unwrap(), expected.as_bytes());
            let raw = text.trim_end_matches('=');
            assert_eq!(RAW.decode(raw).unwrap(), expected.as_bytes());
        }
        assert_eq!(RAW_URL.decode("-_8").unwrap(), [0xFB, 0xFF]);
    }

    #[test]
    fn hex_is_refused_by_its_first_wrong_byte() {
        for (text, expected) in [
            ("zz", "encoding/hex: invalid byte: U+007A 'z'"),
            ("漢", "encoding/hex: invalid byte: U+00E6 'æ'"),
            ("0\n", "encoding/hex: invalid byte: U+000A"),
            ("012", "encoding/hex: odd length hex string"),
        ] {
            assert_eq!(check_hex(text).unwrap_err(), expected);
        }
        assert_eq!(check_hex("00fF"), Ok(()));
    }
}

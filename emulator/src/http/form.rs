//! A url-encoded form, decoded as it arrives: a field of any size passes through without being held.

use super::request::{BodyError, RequestBody};
use bytes::Bytes;

/// What comes out of a form, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FormEvent {
    /// A field begins.
    Field(String),
    /// Some bytes of the value of the field that began last.
    Data(Vec<u8>),
}

/// No key of a form here is longer than a few letters.
const LONGEST_KEY: usize = 1024;

#[derive(Debug, Default)]
struct Decoder {
    /// The hex digits of an escape that is not complete yet, with its `%`.
    escape: Vec<u8>,
    key: Vec<u8>,
    in_value: bool,
}

impl Decoder {
    fn plain(&mut self, byte: u8, data: &mut Vec<u8>) {
        if self.in_value {
            data.push(byte);
        } else {
            self.key.push(byte);
        }
    }

    /// An escape that turned out not to be one is text.
    fn spill(&mut self, data: &mut Vec<u8>) {
        for byte in std::mem::take(&mut self.escape) {
            self.plain(byte, data);
        }
    }

    /// Decodes a piece, of which most is text as it stands.
    fn piece(&mut self, mut piece: &[u8], data: &mut Vec<u8>) {
        while let Some((first, rest)) = piece.split_first() {
            if !self.escape.is_empty() || b"%+".contains(first) {
                self.byte(*first, data);
                piece = rest;
                continue;
            }
            let end = memchr::memchr2(b'%', b'+', piece).unwrap_or(piece.len());
            let (text, rest) = piece.split_at(end);
            let target = if self.in_value {
                &mut *data
            } else {
                &mut self.key
            };
            target.extend_from_slice(text);
            piece = rest;
        }
    }

    fn byte(&mut self, byte: u8, data: &mut Vec<u8>) {
        if !self.escape.is_empty() {
            if byte.is_ascii_hexdigit() {
                self.escape.push(byte);
                if let [_, high, low] = self.escape[..] {
                    let digit = |hex: u8| char::from(hex).to_digit(16).unwrap_or(0) as u8;
                    self.escape.clear();
                    self.plain(digit(high) * 16 + digit(low), data);
                }
                return;
            }
            self.spill(data);
        }
        match byte {
            b'%' => self.escape.push(b'%'),
            b'+' => self.plain(b' ', data),
            _ => self.plain(byte, data),
        }
    }
}

/// Reads the form in a request body.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    body: &'a mut RequestBody,
    decoder: Decoder,
    chunk: Bytes,
    ended: bool,
}

impl<'a> Form<'a> {
    pub(crate) fn new(body: &'a mut RequestBody) -> Self {
        Self {
            body,
            decoder: Decoder::default(),
            chunk: Bytes::new(),
            ended: false,
        }
    }

    /// Starts with bytes of the body that were read already.
    pub(crate) fn with_start(body: &'a mut RequestBody, start: Bytes) -> Self {
        Self {
            chunk: start,
            ..Self::new(body)
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<FormEvent>, BodyError> {
        loop {
            if self.chunk.is_empty() {
                match self.body.chunk().await? {
                    Some(chunk) => self.chunk = chunk,
                    None if self.ended => return Ok(None),
                    None => {
                        self.ended = true;
                        return Ok(self.finish());
                    }
                }
            }
            if let Some(event) = self.step()? {
                return Ok(Some(event));
            }
        }
    }

    fn finish(&mut self) -> Option<FormEvent> {
        let mut data = Vec::new();
        self.decoder.spill(&mut data);
        if !data.is_empty() {
            return Some(FormEvent::Data(data));
        }
        self.take_key()
    }

    /// The key read so far as a field; nothing between two `&` is no field.
    fn take_key(&mut self) -> Option<FormEvent> {
        if self.decoder.in_value || self.decoder.key.is_empty() {
            return None;
        }
        let key = std::mem::take(&mut self.decoder.key);
        Some(FormEvent::Field(String::from_utf8_lossy(&key).into_owned()))
    }

    /// Decodes from the current chunk up to the next event or its end.
    fn step(&mut self) -> Result<Option<FormEvent>, BodyError> {
        let end = if self.decoder.in_value {
            memchr::memchr(b'&', &self.chunk)
        } else {
            memchr::memchr2(b'&', b'=', &self.chunk)
        };
        let piece = self.chunk.split_to(end.unwrap_or(self.chunk.len()));
        let mut data = Vec::with_capacity(if self.decoder.in_value {
            piece.len()
        } else {
            0
        });
        self.decoder.piece(&piece, &mut data);
        if self.decoder.key.len() > LONGEST_KEY {
            return Err(BodyError::Malformed("a form field's name is too long"));
        }
        let Some(&separator) = self.chunk.first().filter(|_| end.is_some()) else {
            return Ok((!data.is_empty()).then_some(FormEvent::Data(data)));
        };
        self.decoder.spill(&mut data);
        if !data.is_empty() {
            // The separator is met again at the next step, with nothing before it.
            return Ok(Some(FormEvent::Data(data)));
        }
        let _ = self.chunk.split_to(1);
        let event = self.take_key();
        self.decoder.in_value = separator == b'=';
        self.decoder.key.clear();
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of pieces: the key, the value, and what is held of an escape.
    fn decoded(pieces: &[&[u8]], in_value: bool) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let mut decoder = Decoder {
            in_value,
            ..Decoder::default()
        };
        let mut data = Vec::new();
        for piece in pieces {
            decoder.piece(piece, &mut data);
        }
        (decoder.key, data, decoder.escape)
    }

    #[test]
    fn a_text_is_what_its_bytes_are_wherever_it_is_cut() {
        for text in [
            "a%3Db", "%zz", "%4", "%", "a+b%2B%", "%%41", "%4%41+%", "plain", "+", "", "%e9%",
        ] {
            let text = text.as_bytes();
            for in_value in [false, true] {
                let mut expected = Decoder {
                    in_value,
                    ..Decoder::default()
                };
                let mut data = Vec::new();
                for byte in text {
                    expected.byte(*byte, &mut data);
                }
                let expected = (expected.key, data, expected.escape);
                for at in 0..=text.len() {
                    let (front, back) = text.split_at(at);
                    assert_eq!(
                        decoded(&[front, back], in_value),
                        expected,
                        "{text:?} at {at}"
                    );
                }
            }
        }
        let value = |text: &[u8]| decoded(&[text], true).1;
        assert_eq!(value(b"a+b%2B%41%zz"), b"a b+A%zz");
    }
}

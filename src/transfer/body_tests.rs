#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::transfer::source::Source;
use crate::watch::tests::watch;

/// Every byte value in every position of a group, and runs of the
/// characters that are percent-encoded.
fn sample(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| match i % 1000 {
            0..200 => 0xff,
            200..400 => 0xfb,
            _ => (i * 31 + (i >> 8) * 7) as u8,
        })
        .collect()
}

fn form_encoded(raw: &[u8]) -> String {
    STANDARD
        .encode(raw)
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

/// Reads the whole body in pieces of `step`, and checks the length foretold.
fn send(body: &Body, raw: &[u8], step: usize) -> Vec<u8> {
    let mut source = Source::bytes(raw).open().unwrap();
    let length = body.length(Some(&mut source), &watch(None)).unwrap();
    let meter = Meter::new(None);
    let mut sent = 0;
    let pace = Pace {
        rate: &Throttle::default(),
        watch: &watch(None),
        sent: &mut sent,
        ticket: None,
    };
    let mut reader = BodyReader::new(body, Some(&mut source), &meter, pace, length);
    let mut out = Vec::new();
    let mut piece = vec![0; step];
    loop {
        match reader.read(&mut piece).unwrap() {
            0 => break,
            n => out.extend_from_slice(&piece[..n]),
        }
    }
    assert_eq!(out.len() as u64, length, "raw {} step {step}", raw.len());
    assert_eq!(sent, length);
    out
}

#[test]
fn every_encoding_at_every_length_and_step() {
    let lengths = (0..70).chain([BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 2]);
    for length in lengths {
        let raw = sample(length);
        let steps: &[usize] = if length < 100 {
            &[1, 2, 3, 5, 11, 13, 14, 15, 64, 131_072]
        } else {
            &[1021, 131_072]
        };
        for &step in steps {
            for (encoding, expected) in [
                (Encoding::Identity, raw.clone()),
                (Encoding::Base64, STANDARD.encode(&raw).into_bytes()),
                (Encoding::Base64Form, form_encoded(&raw).into_bytes()),
            ] {
                let body = Body {
                    prefix: b"<prefix>".to_vec().into(),
                    content: Some(encoding),
                    suffix: b"<suffix>".to_vec(),
                };
                let whole = [b"<prefix>", &expected[..], b"<suffix>"].concat();
                assert_eq!(
                    send(&body, &raw, step),
                    whole,
                    "{encoding:?} {length} {step}"
                );
            }
        }
    }
}

#[test]
fn the_length_of_every_triple_of_marked_bytes_is_known() {
    for a in [0, 0x03, 0xf8, 0xfb, 0xff] {
        for b in 0..=255 {
            for c in [0, 0x3e, 0x3f, 0xfe, 0xff] {
                let raw = [a, b, c, c, b, a, b, c, a];
                for raw in [
                    &raw[..],
                    &raw[..8],
                    &raw[..7],
                    &raw[..3],
                    &raw[..2],
                    &raw[..1],
                ] {
                    let expected = form_encoded(raw).len() as u64;
                    assert_eq!(form_length(raw), expected, "{raw:?}");
                }
            }
        }
    }
}

#[test]
fn a_body_without_content_is_its_prefix() {
    let body = Body::fixed(b"{}".to_vec());
    assert_eq!(body.length(None, &watch(None)).unwrap(), 2);
    assert_eq!(send(&body, b"not sent", 1), b"{}");
}

/// Gives other bytes each time it is read.
struct Fickle {
    byte: u8,
    left: usize,
}

impl crate::transfer::source::ReadCallback for Fickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.left.min(buffer.len());
        buffer[..count].fill(self.byte);
        self.left -= count;
        Ok(count)
    }

    fn can_rewind(&self) -> bool {
        true
    }

    fn rewind(&mut self) -> io::Result<()> {
        (self.byte, self.left) = (!self.byte, 300);
        Ok(())
    }
}

#[test]
fn other_bytes_at_the_second_reading_end_the_upload() {
    // 0xff is all escapes, 0x00 has none: too short, and too long.
    for byte in [0xff, 0x00] {
        let fickle = Fickle { byte, left: 300 };
        let mut source = Source::callback(fickle, Some(300)).open().unwrap();
        let body = Body {
            prefix: Vec::new().into(),
            content: Some(Encoding::Base64Form),
            suffix: Vec::new(),
        };
        let length = body.length(Some(&mut source), &watch(None)).unwrap();
        let (meter, mut sent) = (Meter::new(None), 0);
        let pace = Pace {
            rate: &Throttle::default(),
            watch: &watch(None),
            sent: &mut sent,
            ticket: None,
        };
        let mut reader = BodyReader::new(&body, Some(&mut source), &meter, pace, length);
        let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        let error = error.downcast::<Error>().unwrap();
        assert_eq!(error.status(), Status::SourceChanged, "{byte}");
    }
}

#[test]
fn a_one_way_source_cannot_be_counted() {
    let mut source = Source::reader(&b"abc"[..], 3).open().unwrap();
    let body = Body {
        prefix: Vec::new().into(),
        content: Some(Encoding::Base64Form),
        suffix: Vec::new(),
    };
    let error = body.length(Some(&mut source), &watch(None)).unwrap_err();
    assert_eq!(error.status(), Status::Unsupported);
}

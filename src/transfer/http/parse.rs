//! What the first bytes of an answer say, for all who look at them: whoever still sends, whoever
//! receives, and whoever has asked a proxy for a connection.

use httparse::{Header, ParserConfig, Response};
use memchr::memchr;
use std::mem::MaybeUninit;

/// As many as ureq takes.
const FIELDS_MAX: usize = 128;

/// Room for the fields of a head.
pub(super) type Fields<'b> = [MaybeUninit<Header<'b>>; FIELDS_MAX];

pub(super) const fn room<'b>() -> Fields<'b> {
    [const { MaybeUninit::uninit() }; FIELDS_MAX]
}

/// Reads a head as far as it has arrived: its status may be there before its end, and is also
/// where what follows is no HTTP. A field that is none is passed over: where the head ends is
/// known all the same, and ureq judges what is in it.
pub(super) fn parse<'h, 'b>(
    bytes: &'b [u8],
    fields: &'h mut Fields<'b>,
) -> (Response<'h, 'b>, httparse::Result<usize>) {
    let mut parser = ParserConfig::default();
    parser.allow_obsolete_multiline_headers_in_responses(true);
    parser.allow_spaces_after_header_name_in_responses(true);
    parser.ignore_invalid_headers_in_responses(true);
    let mut response = Response::new(&mut []);
    let length = parser.parse_response_with_uninit_headers(&mut response, bytes, fields);
    (response, length)
}

/// Whether another answer follows (RFC 9110 §15.2): not behind 101, with which the protocol ends.
pub(super) fn is_interim(status: u16) -> bool {
    matches!(status, 100 | 102..200)
}

/// A line end before a blank is part of the value, and stands for blanks (RFC
/// 9112 §5.2).
pub(super) fn unfold(head: &mut [u8]) {
    let mut next = 0;
    while let Some(found) = memchr(b'\n', &head[next..]) {
        let end = next + found;
        next = end + 1;
        if matches!(head.get(next), Some(b' ' | b'\t')) {
            head[end] = b' ';
            if end > 0 && head[end - 1] == b'\r' {
                head[end - 1] = b' ';
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use httparse::Status;

    #[test]
    fn a_head_ends_with_an_empty_line() {
        for (bytes, length) in [
            ("HTTP/1.1 200 OK\r\n\r\nb", Some(19)),
            ("HTTP/1.1 200 OK\n\nb", Some(17)),
            ("\r\nHTTP/1.0 200\nb: c\n\r\n", Some(22)),
            ("HTTP/1.1 200 OK\r\nno field\r\nb :c\r\n\r\n", Some(35)),
            ("HTTP/1.1 200 OK\r\n", None),
            ("HTTP/1.1 200 OK\r\nb: c\r\n d", None),
        ] {
            let mut fields = room();
            let (response, found) = parse(bytes.as_bytes(), &mut fields);
            let expected = length.map_or(Status::Partial, Status::Complete);
            assert_eq!(found, Ok(expected), "{bytes:?}");
            assert_eq!(response.code, Some(200), "{bytes:?}");
        }
    }

    #[test]
    fn a_status_is_known_before_the_head_is_whole() {
        for (bytes, status) in [
            ("", None),
            ("HTTP/1.1 41", None),
            ("HTTP/1.1 413", Some(413)),
            ("HTTP/1.1 413 Too", Some(413)),
            ("HTTP/1.1 413 \0", Some(413)),
            ("SSH-2.0-x\r\n", None),
        ] {
            assert_eq!(
                parse(bytes.as_bytes(), &mut room()).0.code,
                status,
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn behind_101_no_answer_follows() {
        let interim = (99..=200).filter(|status| is_interim(*status));
        assert!(interim.eq([100].into_iter().chain(102..=199)));
    }
}

//! The head of an answer, taken whole before ureq sees it: what ureq refuses and
//! RFC 9112 does not is put right here.

use super::parse::{is_interim, parse, room, unfold};
use super::stream::{ANSWER_HEAD_MAX, Stream, is_tls_record};
use crate::error::{Error, Status};
use crate::watch::Watch;
use std::io;

/// Receives an answer up to the end of its (final) head at least; what is no
/// HTTP as it comes, for ureq to refuse. Returns how many bytes were received. `proxy` is who
/// answers, if it is one.
pub(super) fn receive(
    stream: &mut Stream,
    buffer: &mut [u8],
    watch: &Watch,
    proxy: Option<&str>,
) -> io::Result<usize> {
    let mut filled = 0;
    loop {
        let received = stream.receive(&mut buffer[filled..], watch)?;
        filled += received;
        let arrived = &mut buffer[..filled];
        if !stream.is_tls() && is_tls_record(arrived) {
            return Err(io::Error::other(speaks_tls(proxy)));
        }
        if received == 0 || is_whole(arrived) {
            return Ok(filled);
        }
        if filled > ANSWER_HEAD_MAX {
            return Err(io::Error::other(Error::new(
                Status::Protocol,
                format!(
                    "the head of the answer has more than {ANSWER_HEAD_MAX} bytes; check the address and \
                     any proxy"
                ),
            )));
        }
    }
}

/// Who was spoken to in the clear, the server or this proxy, answers by TLS.
pub(super) fn speaks_tls(proxy: Option<&str>) -> Error {
    match proxy {
        None => Error::new(
            Status::Protocol,
            "the other side speaks TLS at this port: begin the URL with https://",
        ),
        Some(proxy) => Error::new(
            Status::Proxy,
            format!(
                "the proxy {proxy} speaks TLS at this port: begin the proxy's URL with https://"
            ),
        ),
    }
}

/// Whether the final head has arrived, or something that is no HTTP. Folded
/// fields are unfolded.
fn is_whole(mut bytes: &mut [u8]) -> bool {
    loop {
        let mut fields = room();
        let (response, length) = parse(bytes, &mut fields);
        let is_last = !response.code.is_some_and(is_interim);
        let length = match length {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return false,
            Err(_) => return true,
        };
        let (head, behind) = bytes.split_at_mut(length);
        unfold(head);
        if is_last {
            return true;
        }
        bytes = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> (bool, String) {
        let mut bytes = head.as_bytes().to_vec();
        let whole = is_whole(&mut bytes);
        (whole, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn folded_fields_become_one_line() {
        let folded = "HTTP/1.1 200 OK\r\nA: x;\r\n\ty\r\n  z\r\nB:\n 1\r\n\r\n \r\n x";
        let flat = "HTTP/1.1 200 OK\r\nA: x;  \ty    z\r\nB:  1\r\n\r\n \r\n x";
        assert_eq!(read(folded), (true, flat.to_owned()));
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: a,\r\n b\r\n\r\n";
        assert!(!read(interim).0);
        let (whole, text) = read(&format!("{interim}{folded}"));
        assert!(whole && text.ends_with(flat) && text.contains("Link: a,   b\r\n"));
    }

    #[test]
    fn a_head_is_awaited_and_what_is_none_is_not() {
        for (bytes, whole) in [
            ("", false),
            ("HTTP/1.1 200 OK\r\nA: b\r\n", false),
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r", false),
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", true),
            ("220 smtp.example ESMTP\r\n", true),
            ("HTTP/1.1 2x0 OK\r\n", true),
        ] {
            assert_eq!(read(bytes).0, whole, "{bytes:?}");
        }
    }

    #[test]
    fn what_a_tls_server_says_to_plain_text_is_known() {
        assert!(is_tls_record(&[0x15, 3, 1, 0, 2, 2, 70]));
        assert!(!is_tls_record(b"HTTP"));
        assert!(!is_tls_record(b"\x15"));
    }
}

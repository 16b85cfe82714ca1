//! What of a form the store can read: as recorded from MinIO of 2026-02, which has Go's readers of multipart forms and
//! of media types.

use crate::common::*;
use crate::openim_kit::*;
use chatfile_emulator::Emulator;
use serde_json::{Value, json};

const BOUNDARY: &str = "XbO";

/// A form of which one thing is odd.
struct Odd<'a> {
    boundary: &'a str,
    /// The content type behind `multipart/form-data; `.
    kind: &'a str,
    /// Lines of the file's head, without the last line break.
    head: &'a [u8],
    content: &'a [u8],
    end: &'a [u8],
}

const PLAIN: Odd<'_> = Odd {
    boundary: BOUNDARY,
    kind: "boundary=XbO",
    head:
        b"Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: text/plain",
    content: b"hello",
    end: b"\r\n--XbO--\r\n",
};

/// What is stored of it; or the error's code and words, as far as `Message` has them in brackets.
fn sent(odd: &Odd<'_>) -> Result<Vec<u8>, String> {
    let emulator = start();
    let admin = admin(&emulator);
    let form = json!({ "name": "a", "size": odd.content.len(), "group": "g" });
    let form: Value = data(&emulator, &admin, "/object/initiate_form_data", form);
    let mut body = Vec::new();
    for (name, value) in fields_of(&form) {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"");
        body.extend_from_slice(
            format!("--{}\r\n{head}\r\n\r\n{value}\r\n", odd.boundary).as_bytes(),
        );
    }
    body.extend_from_slice(format!("--{}\r\n", odd.boundary).as_bytes());
    for piece in [odd.head, b"\r\n\r\n", odd.content, odd.end] {
        body.extend_from_slice(piece);
    }
    let kind = format!("multipart/form-data; {}", odd.kind);
    let headers = [("Content-Type", kind.as_str())];
    let reply = request(&emulator, "POST", "/openim", &headers, &body);
    let between = |begin: &str, end: &str| {
        let text = reply.text();
        let (_, rest) = text.split_once(begin)?;
        Some(rest.split(end).next()?.to_owned())
    };
    if reply.status != 200 {
        let code = between("<Code>", "<").unwrap();
        let words = between(" (", ")</Message>").unwrap_or_default();
        return Err(format!("{code}: {words}").replace("&#34;", "\""));
    }
    let id = json!({ "id": form["id"] });
    data(&emulator, &admin, "/object/complete_form_data", id);
    Ok(fetch(&emulator, "/object/a", &[]).body)
}

const MISSING: &str = "MalformedPOSTRequest: The file or text content is missing";

#[test]
fn names_of_files() {
    let head = |parameters: &[u8]| {
        [
            b"Content-Disposition: form-data; name=\"file\"; ",
            parameters,
            b"\r\nContent-Type: text/plain",
        ]
        .concat()
    };
    let sent = |parameters: &[u8]| {
        let head = head(parameters);
        sent(&Odd {
            head: &head,
            ..PLAIN
        })
    };
    let long = [b"filename=\"", &[b'k'; 9000][..], b"\""].concat();
    for parameters in [
        &b"filename=\"a\\\"b.txt\""[..],
        b"filename=\"a%22b.txt\"",
        "filename=\"文.txt\"".as_bytes(),
        b"filename=\"\xe9.txt\"",
        b"filename=\"\xce\xc4.txt\"",
        b"filename*=UTF-8''%e6%96%87.txt",
        b"filename=\"x\"; filename*=UTF-8''%e6%96%87.txt",
        b"filename*=UTF-8''%zz",
        b"filename=a.txt",
        b"filename=\"a;b.txt\"",
        b"filename=\"C:\\dir\\a.txt\"",
        b"filename=\"\"",
        b"filename=\"a\tb\"",
        b"filename=\"a=b\"",
        b"filename=\"a\";",
        b"filename=\"a\"; x=y; z=\"q w\"",
        &long,
        b"filename=\"=?UTF-8?B?5paHLnR4dA==?=\"",
        b"filename*0=\"a\"; filename*1=\"b\"",
        "filename=\"😀.txt\"".as_bytes(),
    ] {
        let shown = parameters.escape_ascii();
        assert_eq!(sent(parameters), Ok(b"hello".to_vec()), "{shown}");
    }
    for parameters in [
        &b"filename=\"a\"b.txt\""[..],
        b"filename=a b.txt",
        "filename=文.txt".as_bytes(),
        b"filename=\"a\\\"",
        b"filename=\"a.txt",
        b"filename=\"a\"; filename=\"b\"",
        b"filename=\"a\";; x=y",
        b"filename=\"a\" junk",
    ] {
        let shown = parameters.escape_ascii();
        assert_eq!(sent(parameters), Err(MISSING.to_owned()), "{shown}");
    }
    for (sign, shown) in [(b'\x01', "\\x01"), (b'\r', "\\r"), (0, "\\x00")] {
        let parameters = [b"filename=\"a", &[sign][..], b"b\""].concat();
        let line = "Content-Disposition: form-data; name=\\\"file\\\"; filename=\\\"a";
        let words =
            format!("MalformedPOSTRequest: malformed MIME header line: \"{line}{shown}b\\\"\"");
        assert_eq!(sent(&parameters), Err(words));
    }
    let words = "MalformedPOSTRequest: malformed MIME header: missing colon: \"b\\\"\"";
    assert_eq!(sent(b"filename=\"a\nb\""), Err(words.to_owned()));
}

#[test]
fn heads_of_parts() {
    let sent = |head: &[u8]| sent(&Odd { head, ..PLAIN });
    let many: String = (0..200)
        .map(|number| format!("X-{number}: 1\r\n"))
        .collect();
    let many = many + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"";
    for head in [
        "Content-Disposition: form-data; name=file; filename=a",
        "CONTENT-DISPOSITION: FORM-DATA; NAME=\"file\"; FILENAME=\"a\"",
        "Content-Disposition:\r\n form-data; name=\"file\"; filename=\"a\"",
        "Content-Disposition: form-data;\r\n name=\"file\"; filename=\"a\"",
        "Content-Disposition:form-data;name=\"file\";filename=\"a\"",
        "Content-Disposition: form-data; name=\"file\"",
        "Content-Disposition: form-data; name=\"file\"\r\nContent-Transfer-Encoding: base64",
        &many,
    ] {
        assert_eq!(sent(head.as_bytes()), Ok(b"hello".to_vec()), "{head}");
    }
    for head in [
        "Content-Disposition: form-data; name='file'; filename='a'",
        "Content-Disposition: attachment; name=\"file\"; filename=\"a\"",
        "Content-Disposition : form-data; name=\"file\"; filename=\"a\"",
    ] {
        assert_eq!(sent(head.as_bytes()), Err(MISSING.to_owned()), "{head}");
    }
    for line in ["junk", "x"] {
        let head = format!("Content-Disposition: form-data; name=\"file\"\r\n{line}");
        let words =
            format!("MalformedPOSTRequest: malformed MIME header: missing colon: \"{line}\"");
        assert_eq!(sent(head.as_bytes()), Err(words));
    }
}

#[test]
fn contents_and_their_end() {
    for (content, end, expected) in [
        (&b"hello"[..], "\r\n--XbO\r\n", &b"hello"[..]),
        (b"hello", "\r\n--XbO--", b"hello"),
        (b"hello", "\r\n--XbO--\r\njunk junk", b"hello"),
        (b"hello", "\r\n--XbO--  \t\r\n", b"hello"),
        (b"x\r\n--XbOx\r\ny", "\r\n--XbO--\r\n", b"x\r\n--XbOx\r\ny"),
        (b"x\r\n--XbO-x", "\r\n--XbO--\r\n", b"x\r\n--XbO-x"),
        (b"x\r\n--", "\r\n--XbO--\r\n", b"x\r\n--"),
        (b"--XbOx", "\r\n--XbO--\r\n", b"--XbOx"),
        // The file ends where it begins so.
        (b"--XbO", "\r\n--XbO--\r\n", b""),
    ] {
        let end = end.as_bytes();
        let odd = Odd {
            content,
            end,
            ..PLAIN
        };
        assert_eq!(
            sent(&odd),
            Ok(expected.to_vec()),
            "{}",
            content.escape_ascii()
        );
    }
    for end in ["", "\n--XbO--\n"] {
        let words = "MalformedPOSTRequest: unexpected EOF";
        let odd = Odd {
            end: end.as_bytes(),
            ..PLAIN
        };
        assert_eq!(sent(&odd), Err(words.to_owned()), "{end:?}");
    }
}

#[test]
fn boundaries() {
    let (long, longer) = ("b".repeat(70), "b".repeat(71));
    let odd = "a'()+_,-./:=?b";
    for (boundary, kind) in [
        (&*long, format!("boundary={long}")),
        (&longer, format!("boundary={longer}")),
        (BOUNDARY, "boundary=\"XbO\"".to_owned()),
        (BOUNDARY, "charset=utf-8; boundary=XbO".to_owned()),
        (odd, format!("boundary=\"{odd}\"")),
    ] {
        let end = format!("\r\n--{boundary}--\r\n").into_bytes();
        let odd = Odd {
            boundary,
            kind: &kind,
            end: &end,
            ..PLAIN
        };
        assert_eq!(sent(&odd), Ok(b"hello".to_vec()), "{kind}");
    }
    for (boundary, kind, code) in [
        (BOUNDARY, "boundary=x; boundary=XbO", "BadRequest: "),
        ("a:b", "boundary=a:b", "BadRequest: "),
        (
            BOUNDARY,
            "boundary=\"\"",
            "MalformedPOSTRequest: multipart: boundary is empty",
        ),
        (
            BOUNDARY,
            "charset=utf-8",
            "MalformedPOSTRequest: no multipart boundary param in Content-Type",
        ),
    ] {
        let end = format!("\r\n--{boundary}--\r\n").into_bytes();
        let odd = Odd {
            boundary,
            kind,
            end: &end,
            ..PLAIN
        };
        assert_eq!(sent(&odd), Err(code.to_owned()), "{kind}");
    }
}

/// A form that has no policy, with these fields before its file.
fn without_policy(emulator: &Emulator, fields: &[(&str, &str)], file: &[u8]) -> Reply {
    let admin = admin(emulator);
    let form = initiate_form(emulator, &admin, "a", 1);
    // Nothing is demanded of what an empty policy is signed for.
    let mut kept = fields_of(&form);
    kept.retain(|(name, _)| name.starts_with("x-amz-") && name != "x-amz-signature");
    let date = kept.iter().find(|(name, _)| name == "x-amz-date").unwrap();
    let signature = sign_text(&date.1[..8], "");
    kept.push(("x-amz-signature".to_owned(), signature));
    for (name, value) in fields {
        kept.push(((*name).to_owned(), (*value).to_owned()));
    }
    request(emulator, "POST", "/openim", &[FORM], &filled(&kept, file))
}

#[test]
fn where_a_form_leads_afterwards() {
    let emulator = start();
    let told = "bucket=openim&etag=%225d41402abc4b2a76b9719d911017c592%22";
    for (url, expected) in [
        (
            "http://x.example/",
            format!("http://x.example/?{told}&key=q%2Fb+c"),
        ),
        (
            "http://x.example/?a",
            format!("http://x.example/?a=&{told}&key=q%2Fb+c"),
        ),
        (
            "http://x.example/?b=%20&a=1&a=0",
            format!("http://x.example/?a=1&a=0&b=+&{told}&key=q%2Fb+c"),
        ),
        (
            "http://x.example/p#f",
            format!("http://x.example/p?{told}&key=q%2Fb+c#f"),
        ),
        (
            "http://x.example/?key=1",
            format!("http://x.example/?{told}&key=1&key=q%2Fb+c"),
        ),
        (
            "http://x.example/ 文",
            format!("http://x.example/%20%E6%96%87?{told}&key=q%2Fb+c"),
        ),
        (
            "http://x.example/?a;b",
            format!("http://x.example/?{told}&key=q%2Fb+c"),
        ),
        ("/rel", format!("/rel?{told}&key=q%2Fb+c")),
    ] {
        let fields = [("key", "q/b c"), ("success_action_redirect", url)];
        let reply = without_policy(&emulator, &fields, b"hello");
        assert_eq!(reply.status, 303, "{url}: {}", reply.text());
        assert_eq!(reply.header("location"), Some(expected.as_str()), "{url}");
    }
}

#[test]
fn a_form_without_a_key() {
    let emulator = start();
    let reply = without_policy(&emulator, &[("key", "")], b"hello");
    assert!(
        reply
            .text()
            .contains("<Code>XMinioInvalidObjectName</Code>"),
        "{}",
        reply.text()
    );
    assert_eq!(reply.status, 400);
}

#[test]
fn a_checksum_in_a_form_is_compared() {
    let emulator = start();
    const RIGHT: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let sent = |sum: &str| {
        let fields = [("key", "k"), ("x-amz-checksum-sha256", sum)];
        without_policy(&emulator, &fields, b"hello")
    };
    let reply = sent(RIGHT);
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_eq!(reply.header("x-amz-checksum-sha256"), Some(RIGHT));
    for (sum, words) in [
        ("1", "(Invalid checksum: invalid checksum)"),
        (&RIGHT.replace("CQ=", "CA="), "XAmzContentChecksumMismatch"),
    ] {
        let reply = sent(sum);
        assert!(
            reply.status == 400 && reply.text().contains(words),
            "{}",
            reply.text()
        );
    }
}

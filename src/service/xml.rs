//! The little of XML that the errors of storages need: `<Error><Code>…</Code>…`.

/// The text of the first element `tag` without attributes; `None` if it is
/// missing or empty.
pub(super) fn text(body: &[u8], tag: &str) -> Option<String> {
    let body = String::from_utf8_lossy(body);
    let (_, rest) = body.split_once(&format!("<{tag}>"))?;
    let (text, _) = rest.split_once(&format!("</{tag}>"))?;
    let mut text = text.trim().to_owned();
    // `&amp;` last, so that nothing is unescaped twice.
    for (escaped, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ] {
        if text.contains(escaped) {
            text = text.replace(escaped, plain);
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_and_unescaped() {
        let body =
            b"<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>NoSuchUpload</Code>\n\
            \t<Message> a &lt;b&gt; &amp;lt; &quot;c&quot;\n</Message><Empty></Empty><Open>";
        assert_eq!(text(body, "Code").as_deref(), Some("NoSuchUpload"));
        assert_eq!(text(body, "Message").as_deref(), Some("a <b> &lt; \"c\""));
        for none in ["Empty", "Open", "RequestId"] {
            assert_eq!(text(body, none), None, "{none}");
        }
        assert_eq!(text(b"\xff</Code><Code>", "Code"), None);
    }
}

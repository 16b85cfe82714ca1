//! The little of XML that the errors of storages need: `<Error><Code>…</Code>…`.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

/// The text of the first element `tag`; `None` if it is missing or empty, or the
/// body breaks off before it ends.
pub(crate) fn text(body: &[u8], tag: &str) -> Option<String> {
    let body = String::from_utf8_lossy(body);
    let mut reader = Reader::from_str(&body);
    // Whatever comes is read as far as it goes.
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if start.name().as_ref() == tag => {
                let raw = reader.read_text(start.name()).ok()?;
                let text = unescape(&raw)
                    .map_or_else(|_| raw.trim().to_owned(), |text| text.trim().to_owned());
                return (!text.is_empty()).then_some(text);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_and_unescaped() {
        let body =
            b"<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>NoSuchUpload</Code>\n\
            \t<Message> a &lt;b&gt; &amp;lt; &quot;c&quot; &#39;d&#x27;\n</Message><Odd>a &nbsp; b</Odd>\
            <Empty></Empty><Open>";
        assert_eq!(text(body, "Code").as_deref(), Some("NoSuchUpload"));
        assert_eq!(
            text(body, "Message").as_deref(),
            Some("a <b> &lt; \"c\" 'd'")
        );
        assert_eq!(text(body, "Odd").as_deref(), Some("a &nbsp; b"));
        for none in ["Empty", "Open", "RequestId"] {
            assert_eq!(text(body, none), None, "{none}");
        }
        assert_eq!(text(b"\xff</Code><Code>", "Code"), None);
    }
}

//! `Content-Disposition` of a form part, as loosely as clients write it (easemob.md §2.8).

/// The two parameters that a form part has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Disposition {
    pub(crate) name: Option<String>,
    /// The base name, whichever slash stands before it.
    pub(crate) file_name: Option<String>,
}

/// Reads the value of a `Content-Disposition` field.
pub(crate) fn parse(value: &str) -> Disposition {
    let mut found = Disposition::default();
    let mut extended = None;
    let mut rest = value.find(';').map_or("", |at| &value[at + 1..]);
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        let Some(equals) = rest.find(['=', ';']) else {
            break;
        };
        let key = rest[..equals].trim().to_ascii_lowercase();
        if rest.as_bytes().get(equals) == Some(&b';') {
            rest = &rest[equals..];
            continue;
        }
        let (text, after) = parameter(rest[equals + 1..].trim_start());
        rest = after;
        match key.as_str() {
            "name" => found.name = Some(text),
            "filename" => found.file_name = Some(decode_browser(&text)),
            "filename*" => extended = decode_rfc2231(&text),
            _ => {}
        }
    }
    // RFC 6266 §4.3: the extended form is the better one.
    let name = extended.or(found.file_name.take());
    found.file_name = name.map(|name| base_name(&name).to_owned());
    found
}

/// One value and what follows it.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let closes = |at: usize| {
        let after = quoted[at + 1..].trim_start();
        after.is_empty() || after.starts_with(';')
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            // Only a quote and a backslash are escaped: a Windows path has bare backslashes. A backslash before the
            // very last quote is the end of such a path.
            '\\' => match characters.peek() {
                Some(&(next, '"')) if !closes(next) || quoted[next + 1..].contains('"') => {
                    value.push('"');
                    characters.next();
                }
                Some(&(_, '\\')) => {
                    value.push('\\');
                    characters.next();
                }
                _ => value.push('\\'),
            },
            // A quote that is followed by neither `;` nor the end belongs to the name.
            '"' if closes(at) => return (value, &quoted[at + 1..]),
            _ => value.push(character),
        }
    }
    (value, "")
}

/// Browsers write `"`, CR and LF in a name as escapes, and nothing else (WHATWG HTML, multipart/form-data).
fn decode_browser(name: &str) -> String {
    name.replace("%22", "\"")
}

/// `UTF-8'zh'%E6%96%87.txt`
fn decode_rfc2231(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, '\'');
    let charset = parts.next()?.to_ascii_lowercase();
    let value = parts.nth(1)?;
    if charset == "iso-8859-1" {
        let bytes = super::request::decode_percent_bytes(value);
        return Some(bytes.into_iter().map(char::from).collect());
    }
    Some(super::request::decode_percent(value, false))
}

/// What follows the last slash of either kind; some clients send a whole local path.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_name(value: &str) -> String {
        parse(value).file_name.unwrap_or_default()
    }

    #[test]
    fn plain_parameters_in_any_order_and_case() {
        let expected = Disposition {
            name: Some("file".to_owned()),
            file_name: Some("a b.txt".to_owned()),
        };
        for value in [
            r#"form-data; name="file"; filename="a b.txt""#,
            r#"form-data; filename="a b.txt"; name="file""#,
            r#"Form-Data;NAME=file;FileName="a b.txt""#,
            r#"form-data; name="file" ; filename="a b.txt" ;"#,
            r#"form-data; flag; name=file; filename=a b.txt"#,
        ] {
            assert_eq!(parse(value), expected, "{value}");
        }
        assert_eq!(parse("form-data"), Disposition::default());
        assert_eq!(
            parse(r#"form-data; name="x"; filename="""#)
                .file_name
                .as_deref(),
            Some("")
        );
    }

    #[test]
    fn odd_file_names() {
        let cases = [
            (r#"form-data; filename="文件 名.txt""#, "文件 名.txt"),
            (r#"form-data; filename="a%22b.txt""#, "a\"b.txt"),
            (r#"form-data; filename="a\"b.txt""#, "a\"b.txt"),
            (r#"form-data; filename="a"b.txt""#, "a\"b.txt"),
            (r#"form-data; filename="a\\b.txt""#, "b.txt"),
            (r#"form-data; filename="C:\Users\me\c.txt""#, "c.txt"),
            (
                r#"form-data; filename="/home/me/c.txt"; name="file""#,
                "c.txt",
            ),
            (
                r#"form-data; filename="x.bin"; filename*=UTF-8''%E6%96%87.bin"#,
                "文.bin",
            ),
            (
                r#"form-data; filename*=UTF-8'zh'%E6%96%87.bin; filename="x.bin""#,
                "文.bin",
            ),
            (r#"form-data; filename*=iso-8859-1''%FC.bin"#, "ü.bin"),
            (
                r#"form-data; filename="semi;colon.txt"; name="file""#,
                "semi;colon.txt",
            ),
            (
                r#"form-data; filename="a\";b.txt"; name="file""#,
                "a\";b.txt",
            ),
            (r#"form-data; filename="unclosed.txt"#, "unclosed.txt"),
        ];
        for (value, expected) in cases {
            assert_eq!(file_name(value), expected, "{value}");
        }
    }
}

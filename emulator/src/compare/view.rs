//! An answer with everything replaced that is another each time, and everything that is secret: this is compared, printed and recorded.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chatfile_emulator::hex;
use md5::{Digest, Md5};
use regex_lite::Regex;
use serde_json::Value;

use super::node::Known;
use super::wire::Answer;

/// What an answer says, by where it says it: `status`, `header.etag`, `json.data.url`, `xml.Code`, `body`.
pub(super) type View = BTreeMap<String, String>;

/// Fields of which nothing is looked at: moments, the server's name, and what the body shows.
const IGNORED: [&str; 6] = [
    "date",
    "server",
    "keep-alive",
    "connection",
    "transfer-encoding",
    "content-length",
];
/// Texts are recorded up to here.
const LONGEST: usize = 2000;

pub(super) fn of(answer: &Answer, known: &Known, head_only: bool) -> View {
    let mut view = View::new();
    if let Some(failure) = answer.failure {
        view.insert("failure".into(), failure.into());
    }
    let Some(status) = answer.status else {
        return view;
    };
    view.insert("status".into(), status.to_string());
    if answer.continued {
        view.insert("continue".into(), "100".into());
    }
    for (name, _) in &answer.headers {
        let counts = !IGNORED.contains(&name.as_str()) || head_only && name == "content-length";
        if counts && let Some(value) = answer.header(name) {
            let value = match is_number_of_its_own(name) {
                true => "{there}".to_owned(),
                false => text(&value, name, known),
            };
            view.insert(format!("header.{name}"), value);
        }
    }
    let body = match answer.header("content-encoding").as_deref() {
        Some("gzip") => inflated(&answer.body),
        _ => answer.body.clone(),
    };
    if body.is_empty() {
        return view;
    }
    let words = std::str::from_utf8(&body).ok();
    if let Ok(json @ (Value::Object(_) | Value::Array(_))) = serde_json::from_slice::<Value>(&body)
    {
        flatten(&json, "json", "", known, &mut view);
    } else if let Some(xml) = words.and_then(|words| roxmltree::Document::parse(words).ok()) {
        elements(xml.root_element(), "xml", known, &mut view);
    } else if let Some(picture) = picture(&body) {
        view.insert("body".into(), picture);
    } else if let Some(words) = words {
        view.insert("body".into(), text(words, "", known));
    } else {
        let digest = hex(&Md5::digest(&body));
        let digest = known.digests().get(&digest).unwrap_or(&digest);
        view.insert("body".into(), format!("{} bytes, {digest}", body.len()));
    }
    view
}

/// Ids of requests and counters: only that they are there is looked at.
fn is_number_of_its_own(header: &str) -> bool {
    [
        "request-id",
        "amz-id-2",
        "trace",
        "ratelimit",
        "set-cookie",
        "ccmessaging-token",
        "log-id",
    ]
    .iter()
    .any(|part| header.contains(part))
}

/// A value under such a name is a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "password", "authorization", "signature"]
        .iter()
        .any(|part| name.contains(part))
}

fn flatten(value: &Value, path: &str, name: &str, known: &Known, view: &mut View) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                flatten(value, &format!("{path}.{name}"), name, known, view);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let mut items: Vec<View> = items
                .iter()
                .map(|item| {
                    let mut one = View::new();
                    flatten(item, "", name, known, &mut one);
                    one
                })
                .collect();
            // The order of these is a Go map's.
            if name == "conditions" || items.iter().all(|item| item.contains_key(".key")) {
                items.sort();
            }
            for (at, item) in items.into_iter().enumerate() {
                view.extend(
                    item.into_iter()
                        .map(|(rest, value)| (format!("{path}.{at}{rest}"), value)),
                );
            }
        }
        Value::String(value) => {
            let said = match is_secret(name) && value.len() > 7 {
                true => "{secret}".to_owned(),
                false => text(value, name, known),
            };
            if value.len() >= 16
                && let Some(bytes) = decoded(value)
                && let Ok(json @ (Value::Object(_) | Value::Array(_))) =
                    serde_json::from_slice(&bytes)
            {
                return flatten(&json, &format!("{path}.base64"), name, known, view);
            }
            // So that a text is not taken for the number that it shows. An id of 32 hex digits
            // is none, though one in a million happens to read as one (12e34…).
            let is_number = value.len() < 32 && value.parse::<f64>().is_ok();
            let said = match is_number {
                true => format!("\"{said}\""),
                false => said,
            };
            view.insert(path.to_owned(), said);
        }
        Value::Number(number) => {
            let value = number.as_f64().unwrap_or_default();
            let said = match value {
                1.6e12..2.2e12 => "{ms}".to_owned(),
                1.6e9..2.2e9 => "{s}".to_owned(),
                _ if name == "duration" => "{number}".to_owned(),
                _ => number.to_string(),
            };
            view.insert(path.to_owned(), said);
        }
        other => {
            view.insert(path.to_owned(), other.to_string());
        }
    }
}

fn elements(node: roxmltree::Node<'_, '_>, path: &str, known: &Known, view: &mut View) {
    let children: Vec<_> = node.children().filter(|node| node.is_element()).collect();
    if children.is_empty() {
        let name = node.tag_name().name();
        let said = node.text().unwrap_or_default();
        let said = match name {
            "RequestId" | "HostId" | "TraceId" | "UploadId" => "{there}".to_owned(),
            _ => text(&unescaped(said), name, known),
        };
        view.insert(path.to_owned(), said);
    }
    let mut seen = BTreeMap::<&str, usize>::new();
    for child in children {
        let name = child.tag_name().name();
        let count = seen.entry(name).or_default();
        let at = match *count {
            0 => String::new(),
            count => format!(".{count}"),
        };
        *count += 1;
        elements(child, &format!("{path}.{name}{at}"), known, view);
    }
}

/// MinIO escapes its messages twice.
fn unescaped(text: &str) -> String {
    text.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    STANDARD_NO_PAD
        .decode(text)
        .or_else(|_| STANDARD.decode(text))
        .ok()
}

fn inflated(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match flate2::read::GzDecoder::new(body).read_to_end(&mut plain) {
        Ok(_) => plain,
        Err(_) => body.to_vec(),
    }
}

/// A picture's kind and size: its bytes are its encoder's.
fn picture(body: &[u8]) -> Option<String> {
    let reader = image::ImageReader::new(std::io::Cursor::new(body))
        .with_guessed_format()
        .ok()?;
    let format = reader.format()?;
    let (width, height) = reader.into_dimensions().ok()?;
    Some(format!("{format:?} of {width} x {height}"))
}

/// What stands for what; the more exact ones first.
const MASKS: [(&str, &str); 8] = [
    (r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", "{token}"),
    (
        r"((?:X-Amz-Signature|X-Amz-Security-Token|signature|Signature|token|access_token|share-secret|q-signature|sign)=)[^&\s\x22<]+",
        "${1}{secret}",
    ),
    (
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        "{uuid}",
    ),
    (r"20\d{6}T\d{6}Z", "{amz}"),
    (
        r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?",
        "{iso}",
    ),
    (r" \d\d:\d\d:\d\dZ", " {clock}"),
    (r"\b20\d\d/\d\d/\d\d/\d\d/\d\d/\d\d", "{ymdhms}"),
    (
        r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d [\d:]+ GMT",
        "{date}",
    ),
];
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let made = MASKS
        .iter()
        .map(|(pattern, by)| Some((Regex::new(pattern).ok()?, *by)));
    made.flatten().collect()
});
/// Long and of letters and digits: an id or a key, whatever it is.
static LONG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:[A-Za-z0-9+/_-]|==|=/){20,}={0,2}").ok());

/// A text with its masks.
pub(super) fn text(value: &str, name: &str, known: &Known) -> String {
    let mut value = value.to_owned();
    // Where in the server an error was raised.
    if value.contains(" -> ") && value.contains(".go:") {
        let end = value.find(" | -> ").or_else(|| value.find(" -> "));
        value.truncate(end.unwrap_or(value.len()));
    }
    if let Some((path, query)) = value.split_once('?')
        && value.starts_with("http")
    {
        // The order of a query's parts is nobody's concern.
        let mut parts: Vec<&str> = query.split('&').collect();
        parts.sort_unstable();
        value = format!("{path}?{}", parts.join("&"));
    }
    const NAMES: &str = "must appear in the list of policy conditions. \"";
    if let Some((before, rest)) = value.split_once(NAMES)
        && let Some((names, after)) = rest.split_once('"')
    {
        // Their order is a Go map's.
        let mut names: Vec<&str> = names.split(", ").collect();
        names.sort_unstable();
        value = format!("{before}{NAMES}{}\"{after}", names.join(", "));
    }
    if name.eq_ignore_ascii_case("uploadid") && value.len() > 20 {
        return "{there}".into();
    }
    value = known.credentials(&value);
    for (pattern, by) in PATTERNS.iter() {
        value = pattern.replace_all(&value, *by).into_owned();
    }
    value = known.digits(&value);
    if let Some(long) = &*LONG {
        value = long
            .replace_all(&value, |found: &regex_lite::Captures<'_>| {
                let found = &found[0];
                let has = |is: fn(&u8) -> bool| found.bytes().filter(is).count();
                let mixed = has(u8::is_ascii_uppercase) > 1 && has(u8::is_ascii_lowercase) > 1;
                match mixed && has(u8::is_ascii_digit) > 0 {
                    true => "{opaque}".to_owned(),
                    false => found.to_owned(),
                }
            })
            .into_owned();
    }
    if value.len() > LONGEST {
        let digest = hex(&Md5::digest(&value));
        let beginning: String = value.chars().take(200).collect();
        value = format!("{beginning}… {} bytes, {digest}", value.len());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_number_and_an_id_is_none_either() {
        let seen = |value: Value| {
            let mut view = View::new();
            flatten(&value, "v", "v", &Known::default(), &mut view);
            view.remove("v").unwrap_or_default()
        };
        assert_eq!(seen(Value::from(5)), "5");
        assert_eq!(seen(Value::from("5")), "\"5\"");
        assert_eq!(seen(Value::from("1795150800")), "\"{s}\"");
        for id in [format!("12e34{}", "5".repeat(27)), "ab".repeat(16)] {
            assert_eq!(seen(Value::from(id)), "{md5}");
        }
    }
}

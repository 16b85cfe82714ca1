//! What a request's text is made of: texts as they are, values by their names, and what is computed of both.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use chatfile_emulator::hex;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use time::OffsetDateTime;

use super::wire::Answer;

/// The most that one node makes, so that no mistake in a table takes all memory.
const MOST: usize = 64 * 1024 * 1024;

/// What nodes are made with: the values that a place has, and the answers that it gave so far.
#[derive(Default)]
pub(super) struct Known {
    values: HashMap<String, String>,
    answers: HashMap<String, Answer>,
    /// Digests that were made here, in their order: an answer that has one is compared in it.
    digests: HashMap<String, String>,
    case: usize,
    made: usize,
    /// The moment of the request that is made: what it says of the time in several places is one time.
    now: Option<OffsetDateTime>,
}

/// Why a node cannot be made.
#[derive(Debug)]
pub(super) enum Missing {
    /// A value that this place does not have.
    Value(String),
    /// An earlier answer is not there, or lacks what is wanted of it.
    Answer(String),
}

impl Known {
    /// Another request is made.
    pub(super) fn begin_request(&mut self) {
        self.now = Some(OffsetDateTime::now_utc());
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(super) fn answered(&mut self, name: &str, answer: Answer) {
        self.answers.insert(name.to_owned(), answer);
    }

    pub(super) fn digests(&self) -> &HashMap<String, String> {
        &self.digests
    }

    /// A text with names for addresses and credentials.
    pub(super) fn credentials(&self, text: &str) -> String {
        let mut named: Vec<(&str, String)> = self
            .values
            .iter()
            .filter(|(name, value)| value.len() > 2 && !name.contains("scheme") && *name != "base")
            .map(|(name, value)| match name.as_str() {
                "api" | "store" => (value.as_str(), "{host}".to_owned()),
                name => (value.as_str(), format!("{{{name}}}")),
            })
            .collect();
        // The longer first, since one may be a part of another.
        named.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.1.cmp(&b.1)));
        let mut text = text.to_owned();
        for (value, name) in named {
            text = text.replace(value, &name);
            let quoted = quote(value.as_bytes());
            if quoted != value {
                text = text.replace(&quoted, &name);
            }
        }
        text
    }

    /// Runs of digits by what their length says: digests, ids, moments.
    pub(super) fn digits(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
            let (before, run) = rest.split_at(at);
            masked.push_str(before);
            let length = run.bytes().take_while(u8::is_ascii_hexdigit).count();
            let (run, after) = run.split_at(length);
            rest = after;
            let lower = run.to_ascii_lowercase();
            let decimal = run.bytes().all(|byte| byte.is_ascii_digit());
            match length {
                _ if self.digests.contains_key(&lower) => masked.push_str(&self.digests[&lower]),
                32 if run.bytes().any(|byte| byte != run.as_bytes()[0]) => masked.push_str("{md5}"),
                40 => masked.push_str("{sha1}"),
                64 => masked.push_str("{sha256}"),
                8 if decimal && run.starts_with("20") => masked.push_str("{day}"),
                // What SMH numbers the states of a directory with.
                17 if decimal && run.starts_with('1') => masked.push_str("{number}"),
                13 if decimal && run.starts_with('1') => masked.push_str("{ms}"),
                10 if decimal && run.starts_with('1') => masked.push_str("{s}"),
                _ => masked.push_str(run),
            }
        }
        masked + rest
    }

    /// A new case begins: what is made in it is called after it.
    pub(super) fn begin(&mut self, case: usize) {
        (self.case, self.made) = (case, 0);
    }

    /// Remembers what a content's digest is called.
    pub(super) fn remember(&mut self, digest: String) {
        self.made += 1;
        let name = format!("{{digest {}.{}}}", self.case, self.made);
        self.digests.entry(digest).or_insert(name);
    }

    pub(super) fn text(&mut self, node: &Value, body: usize) -> Result<String, Missing> {
        let bytes = self.make(node, body)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Makes a node's bytes; `body` is the length of the request's body.
    pub(super) fn make(&mut self, node: &Value, body: usize) -> Result<Vec<u8>, Missing> {
        match node {
            Value::String(text) => self.interpolate(text),
            Value::Array(nodes) => {
                let mut made = Vec::new();
                for node in nodes {
                    made.extend(self.make(node, body)?);
                }
                Ok(made)
            }
            Value::Object(node) => {
                let (name, of) = node
                    .iter()
                    .find(|(name, _)| FUNCTIONS.contains(&name.as_str()))
                    .ok_or_else(|| Missing::Value(format!("{node:?}")))?;
                self.compute(name, of, node, body)
            }
            other => Ok(other.to_string().into_bytes()),
        }
    }

    fn interpolate(&self, text: &str) -> Result<Vec<u8>, Missing> {
        let mut made = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            made.extend(before.as_bytes());
            match name {
                // S3's own, in the key of a form.
                "filename" | "FILENAME" => made.extend(format!("${{{name}}}").as_bytes()),
                name => made.extend(self.named(name)?.as_bytes()),
            }
            rest = behind;
        }
        made.extend(rest.as_bytes());
        Ok(made)
    }

    /// `tag` is a value, `r3.json.data.url` a part of an answer.
    fn named(&self, name: &str) -> Result<String, Missing> {
        let Some((step, path)) = name.split_once('.') else {
            let value = self.value(name);
            return value
                .map(str::to_owned)
                .ok_or_else(|| Missing::Value(name.to_owned()));
        };
        let part = self.answers.get(step).and_then(|answer| answer.part(path));
        part.ok_or_else(|| Missing::Answer(name.to_owned()))
    }

    fn compute(
        &mut self,
        name: &str,
        of: &Value,
        node: &serde_json::Map<String, Value>,
        body: usize,
    ) -> Result<Vec<u8>, Missing> {
        let number = |name: &str| node.get(name).and_then(Value::as_u64);
        let word = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
        if name == "now" {
            let offset = of.as_i64().unwrap_or_default();
            let now = self.now.unwrap_or_else(OffsetDateTime::now_utc);
            return Ok(moment(now, offset, word("as")).into_bytes());
        }
        if name == "length" {
            return Ok(body.to_string().into_bytes());
        }
        if name == "json" {
            let json = self.json(of, body)?;
            return Ok(json.to_string().into_bytes());
        }
        if name == "hmac" {
            let key = self.make(node.get("key").unwrap_or(&Value::Null), body)?;
            let text = self.make(node.get("of").unwrap_or(&Value::Null), body)?;
            return Ok(hmac(of.as_str().unwrap_or_default(), &key, &text));
        }
        let made = self.make(of, body)?;
        Ok(match name {
            "bytes64" => STANDARD.decode(&made).unwrap_or_default(),
            "hex" => hex(&made).into_bytes(),
            "md5" => self.digest(Md5::digest(&made).to_vec()),
            "sha1" => self.digest(Sha1::digest(&made).to_vec()),
            "sha256" => self.digest(Sha256::digest(&made).to_vec()),
            "base64" => match word("kind") {
                "url" => URL_SAFE_NO_PAD.encode(&made),
                "urlpad" => URL_SAFE.encode(&made),
                "bare" => STANDARD_NO_PAD.encode(&made),
                _ => STANDARD.encode(&made),
            }
            .into_bytes(),
            "quote" => quote(&made).into_bytes(),
            // What a request for a URL names.
            "target" => {
                let text = String::from_utf8_lossy(&made).into_owned();
                let at = text.find("://").map_or(0, |at| at + 3);
                let at = text[at..].find('/').map_or(text.len(), |slash| at + slash);
                text.as_bytes()[at..].to_vec()
            }
            "unescape" => String::from_utf8_lossy(&made)
                .replace("&#34;", "\"")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .into_bytes(),
            "slice" => {
                let to = number("to").map_or(made.len(), |to| made.len().min(to as usize));
                let from = number("from").unwrap_or(0) as usize;
                made.get(from..to).unwrap_or_default().to_vec()
            }
            "repeat" => {
                let bytes = number("bytes").unwrap_or(0) as usize;
                made.iter().copied().cycle().take(bytes.min(MOST)).collect()
            }
            // A signature of version 4, over a text; the scope's first part is the day.
            "sigv4" => {
                let secret = match node.get("secret") {
                    Some(secret) => self.make(secret, body)?,
                    None => self.named("secret_key")?.into_bytes(),
                };
                let mut key = [b"AWS4".as_slice(), &secret].concat();
                let given = node.get("scope").and_then(Value::as_array);
                let mut scope = given.cloned().unwrap_or_default();
                if scope.len() == 1 {
                    scope.extend(["us-east-1", "s3", "aws4_request"].map(Value::from));
                }
                for part in &scope {
                    let part = self.make(part, body)?;
                    key = hmac("sha256", &key, &part);
                }
                hmac("sha256", &key, &made)
            }
            _ => made,
        })
    }

    fn digest(&mut self, digest: Vec<u8>) -> Vec<u8> {
        self.remember(hex(&digest));
        digest
    }

    /// JSON whose texts have values in them.
    fn json(&mut self, node: &Value, body: usize) -> Result<Value, Missing> {
        Ok(match node {
            Value::String(_) => self.text(node, body)?.into(),
            Value::Array(items) => {
                let made: Result<Vec<Value>, Missing> =
                    items.iter().map(|item| self.json(item, body)).collect();
                made?.into()
            }
            Value::Object(fields) if fields.keys().any(|k| FUNCTIONS.contains(&k.as_str())) => {
                self.text(node, body)?.into()
            }
            Value::Object(fields) => {
                let mut made = serde_json::Map::new();
                for (name, value) in fields {
                    made.insert(name.clone(), self.json(value, body)?);
                }
                made.into()
            }
            other => other.clone(),
        })
    }
}

/// The names that make an object a computation.
const FUNCTIONS: [&str; 17] = [
    "base64", "bytes64", "hex", "hmac", "json", "length", "md5", "now", "quote", "repeat", "sha1",
    "sha256", "sigv4", "slice", "unescape", "get", "target",
];

fn hmac(algorithm: &str, key: &[u8], text: &[u8]) -> Vec<u8> {
    fn of<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
        // HMAC takes keys of any length.
        <M as KeyInit>::new_from_slice(key).map_or_else(
            |_| Vec::new(),
            |mac| mac.chain_update(text).finalize().into_bytes().to_vec(),
        )
    }
    match algorithm {
        "sha1" => of::<Hmac<Sha1>>(key, text),
        "sha512" => of::<Hmac<Sha512>>(key, text),
        _ => of::<Hmac<Sha256>>(key, text),
    }
}

fn quote(bytes: &[u8]) -> String {
    let escaped = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(*byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(escaped).collect()
}

/// A moment, so many seconds from now, in one of its spellings.
fn moment(now: OffsetDateTime, offset: i64, spelling: &str) -> String {
    let now = now + time::Duration::seconds(offset);
    let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
    let (hour, minute, second) = (now.hour(), now.minute(), now.second());
    match spelling {
        "amz" => format!("{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"),
        "iso" => format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
        "iso_space" => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
        "iso_day" => format!("{year}-{month:02}-{day:02}"),
        "day" => format!("{year}{month:02}{day:02}"),
        "http" => httpdate::fmt_http_date(now.into()),
        "ms" => (now.unix_timestamp() * 1000).to_string(),
        _ => now.unix_timestamp().to_string(),
    }
}

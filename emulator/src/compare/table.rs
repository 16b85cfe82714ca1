//! What is sent: cases, each of some requests, one a line.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::node::{Known, Missing};
use super::wire::{Place, Request};

/// A line of a table. One without a name is a preparation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) case: Option<String>,
    pub(super) steps: Vec<Step>,
}

/// A request, or a pause.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Step {
    /// Seconds to wait, and nothing else.
    pub(super) wait: Option<f64>,
    /// Where the head goes to: `api` or `store`.
    to: String,
    /// The head as it is on the wire.
    head: Option<Value>,
    /// In place of these: a method, and a path of the API or a whole URL.
    method: Option<String>,
    url: Option<Value>,
    headers: Map<String, Value>,
    body: Option<Value>,
    json: Option<Value>,
    /// Fields of a multipart form.
    form: Vec<Field>,
    expect: bool,
    half_close: bool,
    /// What later steps call its answer.
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    /// Its answer is compared: `true`, or what it is called.
    pub(super) show: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    value: Value,
    #[serde(rename = "file")]
    file_name: Option<Value>,
    #[serde(rename = "type")]
    media_type: Option<Value>,
}

const BOUNDARY: &str = "chatfile-compare-boundary";

pub(super) fn read(text: &str) -> Result<Vec<Case>, String> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    lines
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))
        })
        .collect()
}

impl Step {
    /// The request with all that it is made of, and where it goes.
    pub(super) fn request(
        &self,
        known: &mut Known,
        place: impl Fn(&str) -> Option<(Place, String)>,
    ) -> Result<(Place, Request), Missing> {
        known.begin_request();
        let nowhere = |name: &str| Missing::Value(format!("the address of {name}"));
        let mut body = match (&self.body, &self.json) {
            (Some(body), _) => known.make(body, 0)?,
            (None, Some(json)) => {
                let json = Value::from_iter([("json".to_owned(), json.clone())]);
                known.make(&json, 0)?
            }
            (None, None) => Vec::new(),
        };
        let mut request = Request {
            expect: self.expect,
            half_close: self.half_close,
            ..Request::default()
        };
        if let Some(head) = &self.head {
            let (to, prefix) = place(&self.to).ok_or_else(|| nowhere(&self.to))?;
            let head = known.make(head, body.len())?;
            // An API may be behind a path.
            let at = memchr::memchr(b' ', &head).map_or(0, |at| at + 1);
            let (method, rest) = head.split_at(at);
            let prefix = match (self.to.as_str(), rest.first()) {
                ("api", Some(b'/')) => prefix,
                _ => String::new(),
            };
            request.head = [method, prefix.as_bytes(), rest].concat();
            request.body = body;
            return Ok((to, request));
        }
        let url = known.text(self.url.as_ref().unwrap_or(&Value::Null), 0)?;
        let (to, target) = match Place::of(&url) {
            Some((to, _)) => {
                let at = url.find("://").map_or(0, |at| at + 3) + to.authority.len();
                (to, url[at..].to_owned())
            }
            None => {
                let (to, prefix) = place("api").ok_or_else(|| nowhere("api"))?;
                (to, prefix + &url)
            }
        };
        if !self.form.is_empty() {
            body = self.multipart(known)?;
        }
        let method = self.method.as_deref().unwrap_or("GET");
        let target = match target.as_str() {
            "" => "/",
            target => target.split('#').next().unwrap_or("/"),
        };
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", to.authority);
        for (name, value) in &self.headers {
            let value = known.text(value, body.len())?;
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let given = |name: &str| self.headers.keys().any(|k| k.eq_ignore_ascii_case(name));
        if !given("content-type") {
            if self.json.is_some() {
                head.push_str("Content-Type: application/json\r\n");
            } else if !self.form.is_empty() {
                let form = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n");
                head.push_str(&form);
            }
        }
        let has_body = !body.is_empty() || matches!(method, "POST" | "PUT");
        if has_body && !given("content-length") && !given("transfer-encoding") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        request.head = head.into_bytes();
        request.body = body;
        Ok((to, request))
    }

    fn multipart(&self, known: &mut Known) -> Result<Vec<u8>, Missing> {
        let mut body = Vec::new();
        for field in &self.form {
            let name = &field.name;
            let mut head =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
            if let Some(file) = &field.file_name {
                head.push_str(&format!("; filename=\"{}\"", known.text(file, 0)?));
            }
            if let Some(media_type) = &field.media_type {
                let media_type = known.text(media_type, 0)?;
                head.push_str(&format!("\r\nContent-Type: {media_type}"));
            }
            body.extend(head.as_bytes());
            body.extend(b"\r\n\r\n");
            body.extend(known.make(&field.value, 0)?);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        Ok(body)
    }

    /// What its answer is called in its case, if it is compared.
    pub(super) fn shown(&self) -> Option<&str> {
        match self.show.as_ref()? {
            Value::String(name) => Some(name),
            Value::Bool(true) => Some(""),
            _ => None,
        }
    }
}

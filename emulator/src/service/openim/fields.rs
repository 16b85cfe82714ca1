//! A request body as Go's encoding/json reads it into a struct: names in any case, `null` is the zero value, and a
//! number where text belongs (or the reverse) is an error.

use serde_json::{Map, Value};

use super::reply::Refusal;
use crate::http::RequestBody;

/// The gateway's limit on what it passes on.
const LONGEST_BODY: usize = 8 * 1024 * 1024;

/// The members of a request.
#[derive(Debug)]
pub(super) struct Fields {
    /// The name of the Go type, for error texts.
    kind: &'static str,
    members: Map<String, Value>,
}

impl Fields {
    pub(super) async fn read(kind: &'static str, body: &mut RequestBody) -> Result<Self, Refusal> {
        let bytes = body
            .collect(LONGEST_BODY)
            .await?
            .ok_or_else(|| Refusal::json("the request body is too long"))?;
        Self::parse(kind, &bytes)
    }

    pub(super) fn parse(kind: &'static str, bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Err(Refusal::json("unexpected end of JSON input"));
        }
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Refusal::json(format!("invalid JSON: {error}")))?;
        match value {
            Value::Object(members) => Ok(Self { kind, members }),
            Value::Null => Ok(Self {
                kind,
                members: Map::new(),
            }),
            other => Err(Refusal::json(format!(
                "json: cannot unmarshal {} into Go value of type {kind}",
                go_kind(&other)
            ))),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let value = self.members.get(name).or_else(|| {
            self.members
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        });
        value.filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, value: &Value, wanted: &str) -> Refusal {
        let what = match value {
            Value::Number(number) => format!("number {number}"),
            other => go_kind(other).to_owned(),
        };
        let kind = self.kind.rsplit('.').next().unwrap_or_default();
        Refusal::json(format!(
            "json: cannot unmarshal {what} into Go struct field {kind}.{name} of type {wanted}"
        ))
    }

    pub(super) fn text(&self, name: &str) -> Result<String, Refusal> {
        match self.get(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Err(self.wrong(name, other, "string")),
        }
    }

    /// An `int64`; a smaller type is checked by the caller.
    pub(super) fn number(&self, name: &str) -> Result<i64, Refusal> {
        match self.get(name) {
            None => Ok(0),
            Some(value) => value
                .as_i64()
                .ok_or_else(|| self.wrong(name, value, "int64")),
        }
    }

    pub(super) fn int32(&self, name: &str) -> Result<i32, Refusal> {
        let number = self.number(name)?;
        i32::try_from(number).map_err(|_| self.wrong(name, &number.into(), "int32"))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong(name, other, "bool")),
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Refusal> {
        self.list(name, |item| match item {
            Value::String(text) => Some(text.clone()),
            Value::Null => Some(String::new()),
            _ => None,
        })
    }

    pub(super) fn int32s(&self, name: &str) -> Result<Vec<i32>, Refusal> {
        self.list(name, |item| i32::try_from(item.as_i64()?).ok())
    }

    fn list<T>(&self, name: &str, item: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, Refusal> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|value| item(value).ok_or_else(|| self.wrong(name, value, "list")))
                .collect(),
            Some(other) => Err(self.wrong(name, other, "list")),
        }
    }

    /// A `map[string]string`.
    pub(super) fn map(&self, name: &str) -> Result<Vec<(String, String)>, Refusal> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Object(map)) => map
                .iter()
                .map(|(key, value)| match value {
                    Value::String(text) => Ok((key.clone(), text.clone())),
                    other => Err(self.wrong(name, other, "string")),
                })
                .collect(),
            Some(other) => Err(self.wrong(name, other, "map[string]string")),
        }
    }

    /// A list of structs; `None` when it is absent.
    pub(super) fn structs(
        &self,
        name: &str,
        kind: &'static str,
    ) -> Result<Option<Vec<Self>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| match item {
                    Value::Object(members) => Ok(Self {
                        kind,
                        members: members.clone(),
                    }),
                    other => Err(self.wrong(name, other, kind)),
                })
                .collect::<Result<_, _>>()
                .map(Some),
            Some(other) => Err(self.wrong(name, other, kind)),
        }
    }
}

fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn values_are_read_as_go_does() {
        let text =
            br#"{"Name":"a","size":5,"group":null,"flag":true,"maxParts":3000000000,"other":[]}"#;
        let fields = Fields::parse("third.Req", text).unwrap();
        assert_eq!(fields.text("name").unwrap(), "a");
        assert_eq!(fields.number("size").unwrap(), 5);
        assert_eq!(fields.text("group").unwrap(), "");
        assert_eq!(fields.text("absent").unwrap(), "");
        assert!(fields.flag("flag").unwrap());
        for refused in [
            fields.number("Name").map(drop),
            fields.text("size").map(drop),
            fields.flag("size").map(drop),
            fields.int32("maxParts").map(drop),
            fields.texts("size").map(drop),
            fields.map("other").map(drop),
        ] {
            assert_eq!(refused.unwrap_err().code, 1001);
        }
        for broken in ["", "x", "[]", "5", "{\"a\":"] {
            assert!(
                Fields::parse("third.Req", broken.as_bytes()).is_err(),
                "{broken}"
            );
        }
        assert!(Fields::parse("third.Req", b"null").is_ok());
        let fraction = Fields::parse("third.Req", br#"{"size":1.5}"#).unwrap();
        assert!(fraction.number("size").is_err());
    }
}

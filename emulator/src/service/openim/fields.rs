//! A request body as Go's encoding/json reads it into a struct: names in any case, the later of two members counts, `null`
//! is the zero value, and a number where text belongs (or the reverse) is an error in Go's words.

use std::collections::BTreeMap;

use super::go_json::{Json, parse};
use super::reply::Refusal;
use crate::http::RequestBody;

/// The server has no limit of its own; the emulator's memory has.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

/// What a member of a struct can be.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Int,
    Int32,
    Int64,
    Bool,
    Texts,
    Int32s,
    /// A `map[string]string`.
    Map,
    /// A list of pointers to structs.
    Structs(&'static Shape),
}

/// A struct of the server.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) package: &'static str,
    pub(super) name: &'static str,
    pub(super) fields: &'static [(&'static str, Kind)],
}

impl Kind {
    /// As Go names the type.
    fn name(&self) -> String {
        match self {
            Self::Text => "string".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Int32 => "int32".to_owned(),
            Self::Int64 => "int64".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Texts => "[]string".to_owned(),
            Self::Int32s => "[]int32".to_owned(),
            Self::Map => "map[string]string".to_owned(),
            Self::Structs(shape) => format!("[]*{}.{}", shape.package, shape.name),
        }
    }
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
    Texts(Vec<String>),
    Numbers(Vec<i32>),
    Map(BTreeMap<String, String>),
    Structs(Vec<Option<Fields>>),
}

/// The members of a struct that were given; the others have their zero value.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    values: BTreeMap<&'static str, Value>,
}

/// The place of a member: the struct it is in, and the names that lead to it.
struct Place<'a> {
    within: &'a Shape,
    path: String,
}

impl Place<'_> {
    fn wrong(&self, value: &Json, wanted: &str) -> String {
        let what = match value {
            // Only those who wanted a number are told which it was.
            Json::Number(number) if wanted.starts_with("int") => format!("number {number}"),
            other => other.kind().to_owned(),
        };
        let (within, path) = (self.within.name, &self.path);
        format!(
            "json: cannot unmarshal {what} into Go struct field {within}.{path} of type {wanted}"
        )
    }
}

/// Go's way to find a member whose name has another case: two letters of Unicode are also ASCII's then.
fn is_same_name(a: &str, b: &str) -> bool {
    let fold = |text: &str| -> String {
        let upper = text.chars().flat_map(char::to_uppercase);
        upper.flat_map(char::to_lowercase).collect()
    };
    a == b || fold(a) == fold(b)
}

impl Fields {
    pub(super) async fn read(
        shape: &'static Shape,
        body: &mut RequestBody,
    ) -> Result<Self, Refusal> {
        let bytes = body
            .collect(LONGEST_BODY)
            .await?
            .ok_or_else(|| Refusal::binding("the emulator reads no body of that length"))?;
        Self::parse(shape, &bytes).map_err(|words| Refusal::binding(&words))
    }

    /// An error is in Go's words.
    pub(super) fn parse(shape: &'static Shape, text: &[u8]) -> Result<Self, String> {
        let members = match parse(text)? {
            Json::Object(members) => members,
            Json::Null => Vec::new(),
            other => {
                let (what, package, name) = (other.kind(), shape.package, shape.name);
                return Err(format!(
                    "json: cannot unmarshal {what} into Go value of type {package}.{name}"
                ));
            }
        };
        Self::of(shape, members, "")
    }

    /// Go goes on behind a wrong member, but the first one is what it tells of.
    fn of(
        shape: &'static Shape,
        members: Vec<(String, Json)>,
        above: &str,
    ) -> Result<Self, String> {
        let mut values = BTreeMap::new();
        for (name, value) in members {
            let exact = shape.fields.iter().find(|(known, _)| *known == name);
            let found = exact.or_else(|| {
                let mut fields = shape.fields.iter();
                fields.find(|(known, _)| is_same_name(known, &name))
            });
            let Some((name, kind)) = found else { continue };
            let place = Place {
                within: shape,
                path: format!("{above}{name}"),
            };
            match read(kind, value, &place)? {
                Some(Value::Map(more)) => match values.get_mut(name) {
                    Some(Value::Map(map)) => map.extend(more),
                    _ => {
                        values.insert(*name, Value::Map(more));
                    }
                },
                Some(value) => {
                    values.insert(*name, value);
                }
                None => {
                    // `null` empties a list or map and leaves the others alone.
                    if matches!(
                        kind,
                        Kind::Texts | Kind::Int32s | Kind::Map | Kind::Structs(_)
                    ) {
                        values.remove(name);
                    }
                }
            }
        }
        Ok(Self { values })
    }

    pub(super) fn text(&self, name: &str) -> String {
        match self.values.get(name) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    pub(super) fn number(&self, name: &str) -> i64 {
        match self.values.get(name) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    pub(super) fn int32(&self, name: &str) -> i32 {
        // What is no int32 was refused.
        i32::try_from(self.number(name)).unwrap_or_default()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.values.get(name), Some(Value::Flag(true)))
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.values.get(name) {
            Some(Value::Texts(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn int32s(&self, name: &str) -> Vec<i32> {
        match self.values.get(name) {
            Some(Value::Numbers(numbers)) => numbers.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn map(&self, name: &str) -> BTreeMap<String, String> {
        match self.values.get(name) {
            Some(Value::Map(map)) => map.clone(),
            _ => BTreeMap::new(),
        }
    }

    /// `None` when it is absent; in it `None` for each `null`.
    pub(super) fn structs(&self, name: &str) -> Option<&[Option<Self>]> {
        match self.values.get(name) {
            Some(Value::Structs(structs)) => Some(structs),
            _ => None,
        }
    }

    /// How long the message is in which the gateway passes it on (protobuf; no member has a number over 15).
    pub(super) fn wire_size(&self) -> usize {
        let bytes = |text: &str| 1 + varint(text.len() as u64) + text.len();
        let is_some = |text: &&str| !text.is_empty();
        let sizes = self.values.values().map(|value| match value {
            Value::Text(text) => Some(text.as_str()).filter(is_some).map_or(0, bytes),
            Value::Number(0) | Value::Flag(false) => 0,
            Value::Number(number) => 1 + varint(number.cast_unsigned()),
            Value::Flag(true) => 2,
            Value::Texts(texts) => texts.iter().map(|text| bytes(text)).sum(),
            Value::Numbers(numbers) => {
                let each = |number: &i32| varint(i64::from(*number).cast_unsigned());
                let all: usize = numbers.iter().map(each).sum();
                1 + varint(all as u64) + all
            }
            Value::Map(map) => {
                let pair = |(key, value): (&String, &String)| {
                    let both = bytes(key) + bytes(value);
                    1 + varint(both as u64) + both
                };
                map.iter().map(pair).sum()
            }
            Value::Structs(structs) => {
                let one = |item: &Option<Self>| {
                    let size = item.as_ref().map_or(0, Self::wire_size);
                    1 + varint(size as u64) + size
                };
                structs.iter().map(one).sum()
            }
        });
        sizes.sum()
    }
}

/// The bytes of a number in protobuf.
fn varint(number: u64) -> usize {
    let bits = 64 - (number | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// A member's value, `None` of `null`.
fn read(kind: &Kind, value: Json, place: &Place<'_>) -> Result<Option<Value>, String> {
    if value == Json::Null {
        return Ok(None);
    }
    let whole = |value: &Json| Err(place.wrong(value, &kind.name()));
    Ok(Some(match (kind, value) {
        (Kind::Text, Json::Text(text)) => Value::Text(text),
        (Kind::Bool, Json::Bool(flag)) => Value::Flag(flag),
        (Kind::Int | Kind::Int64, Json::Number(number)) => match number.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => return whole(&Json::Number(number)),
        },
        (Kind::Int32, Json::Number(number)) => match number.parse::<i32>() {
            Ok(number) => Value::Number(number.into()),
            Err(_) => return whole(&Json::Number(number)),
        },
        (Kind::Texts, Json::List(items)) => {
            let texts = items.into_iter().map(|item| match item {
                Json::Text(text) => Ok(text),
                Json::Null => Ok(String::new()),
                other => Err(place.wrong(&other, "string")),
            });
            Value::Texts(texts.collect::<Result<_, _>>()?)
        }
        (Kind::Int32s, Json::List(items)) => {
            let numbers = items.into_iter().map(|item| match &item {
                Json::Number(number) => number.parse().map_err(|_| place.wrong(&item, "int32")),
                Json::Null => Ok(0),
                other => Err(place.wrong(other, "int32")),
            });
            Value::Numbers(numbers.collect::<Result<_, _>>()?)
        }
        (Kind::Map, Json::Object(members)) => {
            let pairs = members.into_iter().map(|(name, value)| match value {
                Json::Text(text) => Ok((name, text)),
                Json::Null => Ok((name, String::new())),
                other => Err(place.wrong(&other, "string")),
            });
            Value::Map(pairs.collect::<Result<_, _>>()?)
        }
        (Kind::Structs(shape), Json::List(items)) => {
            let structs = items.into_iter().map(|item| match item {
                Json::Null => Ok(None),
                Json::Object(members) => {
                    Fields::of(shape, members, &format!("{}.", place.path)).map(Some)
                }
                other => {
                    let wanted = format!("{}.{}", shape.package, shape.name);
                    Err(place.wrong(&other, &wanted))
                }
            });
            Value::Structs(structs.collect::<Result<_, _>>()?)
        }
        (_, other) => return whole(&other),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    static INNER: Shape = Shape {
        package: "sdkws",
        name: "UserInfo",
        fields: &[("userID", Kind::Text), ("createTime", Kind::Int64)],
    };
    static OUTER: Shape = Shape {
        package: "third",
        name: "Req",
        fields: &[
            ("name", Kind::Text),
            ("size", Kind::Int64),
            ("maxParts", Kind::Int32),
            ("flag", Kind::Bool),
            ("parts", Kind::Texts),
            ("numbers", Kind::Int32s),
            ("query", Kind::Map),
            ("users", Kind::Structs(&INNER)),
        ],
    };

    fn fields(text: &str) -> Result<Fields, String> {
        Fields::parse(&OUTER, text.as_bytes())
    }

    #[test]
    fn values_are_read_as_go_does() {
        let read = fields(
            r#"{"Name":"a","size":1,"SIZE":5,"size":null,"flag":true,"parts":["x",null],"numbers":[1,null],
                "query":{"a":"b"},"query":{"c":null},"uſers":[{"USERID":"u"},null],"other":[]}"#,
        )
        .unwrap();
        assert_eq!((read.text("name").as_str(), read.number("size")), ("a", 5));
        assert!(read.flag("flag"));
        assert_eq!(read.texts("parts"), ["x", ""]);
        assert_eq!(read.int32s("numbers"), [1, 0]);
        assert_eq!(read.map("query").len(), 2);
        let users = read.structs("users").unwrap();
        assert_eq!(users[0].as_ref().unwrap().text("userID"), "u");
        assert!(users[1].is_none());
        let empty = fields("null").unwrap();
        assert_eq!(
            (empty.text("name"), empty.int32("maxParts")),
            (String::new(), 0)
        );
        assert!(empty.structs("users").is_none());
    }

    /// As a real server answered (main of 2026-07, Go 1.25).
    #[test]
    fn what_does_not_fit_is_told_in_go_s_words() {
        for (text, what, place) in [
            (r#"{"name":5}"#, "number", "Req.name of type string"),
            (
                r#"{"size":1.5,"name":5}"#,
                "number 1.5",
                "Req.size of type int64",
            ),
            (r#"{"size":1e3}"#, "number 1e3", "Req.size of type int64"),
            (r#"{"size":"5"}"#, "string", "Req.size of type int64"),
            (
                r#"{"maxParts":2147483648}"#,
                "number 2147483648",
                "Req.maxParts of type int32",
            ),
            (r#"{"flag":"x"}"#, "string", "Req.flag of type bool"),
            (r#"{"parts":[5]}"#, "number", "Req.parts of type string"),
            (r#"{"parts":{}}"#, "object", "Req.parts of type []string"),
            (
                r#"{"numbers":[1.5]}"#,
                "number 1.5",
                "Req.numbers of type int32",
            ),
            (r#"{"numbers":5}"#, "number", "Req.numbers of type []int32"),
            (
                r#"{"query":[]}"#,
                "array",
                "Req.query of type map[string]string",
            ),
            (r#"{"query":{"a":5}}"#, "number", "Req.query of type string"),
            (
                r#"{"users":5}"#,
                "number",
                "Req.users of type []*sdkws.UserInfo",
            ),
            (
                r#"{"users":[null,5]}"#,
                "number",
                "Req.users of type sdkws.UserInfo",
            ),
            (
                r#"{"users":[{"userID":[]}]}"#,
                "array",
                "UserInfo.users.userID of type string",
            ),
        ] {
            let expected = format!("json: cannot unmarshal {what} into Go struct field {place}");
            assert_eq!(fields(text).unwrap_err(), expected, "{text}");
        }
        let expected = "json: cannot unmarshal array into Go value of type third.Req";
        assert_eq!(fields("[]").unwrap_err(), expected);
    }
}

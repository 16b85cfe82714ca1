//! JSON as SMH writes it: numbers as text or as numbers, one key with values of
//! different types, and objects whose order matters (the fields of a form).
//! serde_json's own tree sorts its keys, and is not wiped.

use crate::secret::SecretText;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value; wiped when dropped, since it may hold a token.
pub(super) enum Json {
    Null,
    Bool(bool),
    /// Exact beyond 2^53.
    Number(u64),
    /// Also numbers below zero and with a fraction.
    Text(SecretText),
    List(Vec<Json>),
    /// In the order of the text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A text that is no JSON is null.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or(Self::Null)
    }

    /// The value of a key; null if there is none.
    pub(super) fn get(&self, key: &str) -> &Self {
        let field = self.fields().iter().find(|(name, _)| name == key);
        field.map_or(&Self::Null, |(_, value)| value)
    }

    /// Whether it is there at all.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text that is not empty, or a number as one.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text.to_string()),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A number that is not negative, or a text that is one.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(SecretText::new(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            fields.push(entry);
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_large_numbers_are_kept() {
        let json = Json::parse(
            br#"{"z":1,"a":"x","n":18446744073709551615,"t":"18446744073709551615","neg":-3,
                 "f":1.5,"list":[true,null],"":{"\u00fc":"\"q\""}}"#,
        );
        let names: Vec<_> = json
            .fields()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["z", "a", "n", "t", "neg", "f", "list", ""]);
        assert_eq!(json.get("n").number(), Some(u64::MAX));
        assert_eq!(json.get("t").number(), Some(u64::MAX));
        assert_eq!(
            json.get("n").text().as_deref(),
            Some("18446744073709551615")
        );
        assert_eq!(json.get("neg").text().as_deref(), Some("-3"));
        assert_eq!(json.get("neg").number(), None);
        assert_eq!(json.get("f").text().as_deref(), Some("1.5"));
        assert!(json.get("list").list()[0].is_true());
        assert!(json.get("list").list()[1].is_null());
        assert_eq!(json.get("").get("ü").as_text(), Some("\"q\""));
        assert!(json.get("none").get("none").is_null());
    }

    #[test]
    fn what_is_no_json_is_null() {
        for bad in [&b""[..], b"<html>", b"{", b"{} x", b"\"\xff\"", b"{\"a\":1"] {
            assert!(Json::parse(bad).is_null(), "{bad:?}");
        }
        // As deep as serde_json lets it be, and no crash.
        assert!(Json::parse(&[b'['; 100_000]).is_null());
    }
}

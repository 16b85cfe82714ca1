//! A form's POST policy: reading it, and holding the fields of a form against it, by MinIO's rules.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::{Error, Failure};
use super::sigv4::parse_iso_date;

/// The fields of a form before its file. A name counts in any case; a field may come twice.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    pub(super) fn add(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        self.0.entry(name).or_default().push(value);
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_ascii_lowercase(), vec![value]);
    }

    /// Puts another first value in place of the one that is there.
    pub(super) fn name(&mut self, name: &str, value: String) {
        let values = self.0.entry(name.to_ascii_lowercase()).or_default();
        match values.first_mut() {
            Some(first) => *first = value,
            None => values.push(value),
        }
    }

    /// Those that the object keeps and gives back.
    pub(super) fn labels(&self) -> Vec<(String, String)> {
        let fields = self.0.iter();
        fields
            .filter_map(|(name, values)| super::manners::label(name, values.first()?))
            .collect()
    }

    /// The first value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    StartsWith,
}

/// What a policy demands.
#[derive(Debug)]
pub(super) struct Policy {
    expires_ms: i64,
    conditions: Vec<(Operator, String, String)>,
    /// The smallest and largest file.
    pub(super) range: Option<(u64, u64)>,
}

/// Fields that may always stand in a form.
const EXEMPT: &[&str] = &["x-amz-signature", "file", "policy"];
/// Fields for which a policy can demand a beginning.
const PREFIXED: &[&str] = &[
    "acl",
    "cache-control",
    "content-type",
    "content-disposition",
    "content-encoding",
    "expires",
    "key",
    "success_action_redirect",
    "redirect",
    "success_action_status",
];
/// Fields for which it can only demand a value.
const EXACT: &[&str] = &[
    "bucket",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "tagging",
];

fn unreadable(why: &str) -> Failure {
    Failure::new(
        Error::POLICY_FORM,
        format!("Invalid according to Policy: Policy Condition failed '({why})'"),
    )
}

impl Policy {
    /// Reads the JSON of a policy.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Failure> {
        // What stands behind the first value is not looked at.
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
        let value = values.next().unwrap_or(Ok(Value::Null));
        let value = value.map_err(|error| unreadable(&error.to_string()))?;
        let members = value.as_object().ok_or_else(|| unreadable("no object"))?;
        if let Some(unknown) = members
            .keys()
            .find(|key| !["expiration", "conditions"].contains(&key.as_str()))
        {
            return Err(unreadable(&format!("json: unknown field \"{unknown}\"")));
        }
        let expiration = value["expiration"].as_str().unwrap_or_default();
        let mut policy = Self {
            expires_ms: parse_time(expiration)
                .ok_or_else(|| unreadable(&format!("cannot parse {expiration:?} as a time")))?,
            conditions: Vec::new(),
            range: None,
        };
        let conditions = match &value["conditions"] {
            Value::Array(conditions) => conditions.as_slice(),
            Value::Null => &[],
            _ => return Err(unreadable("json: cannot unmarshal conditions into a list")),
        };
        for condition in conditions {
            policy.add(condition)?;
        }
        Ok(policy)
    }

    fn add(&mut self, condition: &Value) -> Result<(), Failure> {
        match condition {
            Value::Object(members) => {
                for (name, value) in members {
                    let value = value.as_str().ok_or_else(|| unreadable("Unknown type"))?;
                    let name = name.to_ascii_lowercase();
                    self.conditions
                        .push((Operator::Equal, name, value.to_owned()));
                }
                Ok(())
            }
            Value::Array(items) => match &items[..] {
                [operator, name, value] => self.add_list(operator, name, value),
                _ => Err(unreadable("Malformed conditional fields")),
            },
            _ => Err(unreadable("Unknown field")),
        }
    }

    fn add_list(&mut self, operator: &Value, name: &Value, value: &Value) -> Result<(), Failure> {
        let operator = operator.as_str().unwrap_or_default().to_ascii_lowercase();
        let operator = match operator.as_str() {
            "eq" => Operator::Equal,
            "starts-with" => Operator::StartsWith,
            "content-length-range" => {
                // Amazon takes numbers as text, too.
                let number = |value: &Value| match value {
                    Value::String(text) => text.parse().ok(),
                    // A fraction is cut off.
                    other => other.as_u64().or_else(|| Some(other.as_f64()? as u64)),
                };
                let range = number(name).zip(number(value));
                self.range = Some(range.ok_or_else(|| unreadable("Invalid number format"))?);
                return Ok(());
            }
            _ => return Err(unreadable("Unknown type of conditional field value")),
        };
        let (Some(name), Some(value)) = (name.as_str(), value.as_str()) else {
            return Err(unreadable("Unknown type of conditional field value"));
        };
        let name = name
            .strip_prefix('$')
            .ok_or_else(|| unreadable("Policy Condition failed"))?;
        self.conditions
            .push((operator, name.to_ascii_lowercase(), value.to_owned()));
        Ok(())
    }

    /// Holds a form against the policy; the size of its file is looked at elsewhere. `named` lists fields that need
    /// not be in the policy.
    pub(super) fn check(
        &self,
        fields: &Fields,
        named: &[&str],
        now_ms: i64,
    ) -> Result<(), Failure> {
        let denied = |why: &str| Failure::because(Error::ACCESS_DENIED, why);
        if self.expires_ms <= now_ms {
            return Err(denied("Invalid according to Policy: Policy expired"));
        }
        let mut left: Vec<&str> = fields.0.keys().map(String::as_str).collect();
        left.retain(|name| {
            !EXEMPT.contains(name) && !named.contains(name) && !name.starts_with("x-ignore-")
        });
        for (operator, name, value) in &self.conditions {
            let known = PREFIXED.contains(&name.as_str()) || EXACT.contains(&name.as_str());
            if fields.0.get(name).is_some_and(|values| values.len() > 1)
                && left.contains(&name.as_str())
            {
                return Err(denied(&format!(
                    "Invalid according to Policy: Policy Condition failed: [eq, ${name}, {value}]. FormValues have \
                     multiple values: [{}]",
                    fields
                        .0
                        .get(name)
                        .map(|values| values.join(", "))
                        .unwrap_or_default()
                )));
            }
            let given = fields.get(name).unwrap_or_default();
            let holds = match operator {
                Operator::Equal => given == value,
                Operator::StartsWith => {
                    given.starts_with(value.as_str()) && !EXACT.contains(&name.as_str())
                }
            };
            if (known || name.starts_with("x-amz-")) && !holds {
                return Err(denied(
                    "Invalid according to Policy: Policy Condition failed",
                ));
            }
            left.retain(|other| other != name);
        }
        if left.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = left.iter().map(|name| canonical(name)).collect();
        Err(denied(&format!(
            "Each form field that you specify in a form must appear in the list of policy conditions. {:?} not \
             specified in the policy.",
            names.join(", ")
        )))
    }
}

/// RFC 3339, in UTC or with an offset.
fn parse_time(text: &str) -> Option<i64> {
    let at = text
        .len()
        .checked_sub("+00:00".len())
        .filter(|at| text.is_char_boundary(*at));
    let (time, offset) = text.split_at(at?);
    let sign = match offset.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return parse_iso_date(text),
    };
    let (hours, minutes) = offset[1..].split_once(':')?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    let local = parse_iso_date(&format!("{time}Z"))?;
    Some(local - sign * (hours * 60 + minutes) * 60_000)
}

/// As Go writes the names of header fields: `X-Amz-Date`.
fn canonical(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in pairs {
            fields.add(name, (*value).to_owned());
        }
        fields
    }

    const POLICY: &str = r#"{"expiration":"2013-05-24T00:00:00.000Z","conditions":[
        ["eq","$key","a/b"],{"bucket":"x"},["starts-with","$Content-Type","image/"],
        ["content-length-range",0,"10"],{"X-Amz-Meta-One":"1"}]}"#;
    const NOW: i64 = 1_369_353_599_000;

    #[test]
    fn fields_are_held_against_conditions() {
        let policy = Policy::parse(POLICY.as_bytes()).unwrap();
        assert_eq!(policy.range, Some((0, 10)));
        let good = [
            ("Key", "a/b"),
            ("bucket", "x"),
            ("content-type", "image/png"),
            ("x-amz-meta-one", "1"),
            ("policy", "…"),
            ("X-Ignore-Me", "…"),
        ];
        assert!(policy.check(&fields(&good), &[], NOW).is_ok());
        assert!(policy.check(&fields(&good), &[], NOW + 1000).is_err());
        for at in 0..4 {
            let mut without = good.to_vec();
            without.remove(at);
            assert!(policy.check(&fields(&without), &[], NOW).is_err(), "{at}");
            let mut other = good.to_vec();
            other[at].1 = "other";
            assert!(policy.check(&fields(&other), &[], NOW).is_err(), "{at}");
        }
        for more in [("extra", "1"), ("key", "a/b")] {
            let more: Vec<_> = good.iter().copied().chain([more]).collect();
            assert!(policy.check(&fields(&more), &[], NOW).is_err(), "{more:?}");
        }
    }

    #[test]
    fn broken_policies_are_refused() {
        for text in [
            "",
            "[]",
            r#"{"conditions":[]}"#,
            r#"{"expiration":"soon","conditions":[]}"#,
            r#"{"expiration":"2013-05-24T00:00:00Z","conditions":[],"more":1}"#,
            r#"{"expiration":"2013-05-24T00:00:00Z","conditions":[{"a":1}]}"#,
            r#"{"expiration":"2013-05-24T00:00:00Z","conditions":[["eq","key","a"]]}"#,
            r#"{"expiration":"2013-05-24T00:00:00Z","conditions":[["ends","$key","a"]]}"#,
            r#"{"expiration":"2013-05-24T00:00:00Z","conditions":[["content-length-range","a",1]]}"#,
            r#"{"expiration":"2013-05-24T00:00:00Z","conditions":["x"]}"#,
        ] {
            assert!(Policy::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

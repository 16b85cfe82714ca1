//! A form's POST policy: reading it, and holding the fields of a form against it, by MinIO's rules.

use std::collections::BTreeMap;

use super::super::go_json::Json;
use super::error::{Error, Failure};
use super::{policy_json, policy_time};

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
const EXEMPT: &[&str] = &[
    "x-amz-signature",
    "file",
    "policy",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
];
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

/// What Go writes for a value where text was meant.
fn shown(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        Json::Null => "%!s(<nil>)".to_owned(),
        Json::Bool(flag) => format!("%!s(bool={flag})"),
        Json::Number(number) => {
            let number = number.parse::<f64>().unwrap_or_default();
            format!("%!s(float64={number})")
        }
        Json::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(" "))
        }
        Json::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}:{}", shown(value)))
                .collect();
            members.sort();
            format!("map[{}]", members.join(" "))
        }
    }
}

/// How Go names the type of a value that can be any.
fn go_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "<nil>",
        Json::Bool(_) => "bool",
        Json::Number(_) => "float64",
        Json::Text(_) => "string",
        Json::List(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

fn unknown_type(condition: &Json) -> Failure {
    let (kind, shown) = (go_type(condition), shown(condition));
    unreadable(&format!(
        "Unknown type {kind} of conditional field value {shown} found in POST policy form"
    ))
}

fn wrong_member(value: &Json, name: &str, wanted: &str) -> Failure {
    let what = value.kind();
    unreadable(&format!(
        "json: cannot unmarshal {what} into Go struct field .{name} of type {wanted}"
    ))
}

impl Policy {
    /// Reads the JSON of a policy.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Failure> {
        let members = policy_json::parse(text).map_err(|words| unreadable(&words))?;
        let members = members.ok_or_else(|| unreadable("EOF"))?;
        let (mut expiration, mut conditions) = (String::new(), Vec::new());
        for (name, value) in members {
            match (name.as_str(), value) {
                ("expiration" | "conditions", Json::Null) => {}
                ("expiration", Json::Text(text)) => expiration = text,
                ("conditions", Json::List(list)) => conditions = list,
                ("expiration", other) => return Err(wrong_member(&other, &name, "string")),
                ("conditions", other) => {
                    return Err(wrong_member(&other, &name, "[]interface {}"));
                }
                _ => return Err(unreadable(&format!("json: unknown field {name:?}"))),
            }
        }
        let expires_ms = policy_time::parse(&expiration).map_err(|words| unreadable(&words))?;
        let mut policy = Self {
            expires_ms,
            conditions: Vec::new(),
            range: None,
        };
        for condition in &conditions {
            policy.add(condition)?;
        }
        Ok(policy)
    }

    fn add(&mut self, condition: &Json) -> Result<(), Failure> {
        match condition {
            Json::Object(members) => {
                for (name, value) in members {
                    let value = value.text().ok_or_else(|| unknown_type(condition))?;
                    let name = name.to_lowercase();
                    self.conditions
                        .push((Operator::Equal, name, value.to_owned()));
                }
                Ok(())
            }
            Json::List(items) => match &items[..] {
                [operator, name, value] => self.add_list(condition, operator, name, value),
                _ => Err(unreadable(&format!(
                    "Malformed conditional fields {} of type {} found in POST policy form",
                    shown(condition),
                    go_type(condition)
                ))),
            },
            other => Err(unreadable(&format!(
                "Unknown field {} of type {} found in POST policy form",
                shown(other),
                go_type(other)
            ))),
        }
    }

    fn add_list(
        &mut self,
        condition: &Json,
        operator: &Json,
        name: &Json,
        value: &Json,
    ) -> Result<(), Failure> {
        let word = operator.text().unwrap_or_default().to_lowercase();
        let operator = match word.as_str() {
            "eq" => Operator::Equal,
            "starts-with" => Operator::StartsWith,
            "content-length-range" => {
                self.range = Some((length(name)?, length(value)?));
                return Ok(());
            }
            _ => return Err(unknown_type(condition)),
        };
        let (Some(name), Some(value)) = (name.text(), value.text()) else {
            return Err(unknown_type(condition));
        };
        let name = name.to_lowercase();
        let known = name.strip_prefix('$').ok_or_else(|| {
            unreadable(&format!(
                "Invalid according to Policy: Policy Condition failed: [{word}, {name}, {value}]"
            ))
        })?;
        self.conditions
            .push((operator, known.to_owned(), value.to_owned()));
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
            let word = match operator {
                Operator::Equal => "eq",
                Operator::StartsWith => "starts-with",
            };
            let known = PREFIXED.contains(&name.as_str()) || EXACT.contains(&name.as_str());
            if fields.0.get(name).is_some_and(|values| values.len() > 1)
                && left.contains(&name.as_str())
            {
                return Err(denied(&format!(
                    "Invalid according to Policy: Policy Condition failed: [{word}, ${name}, {value}]. FormValues have \
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
            let failed = "Invalid according to Policy: Policy Condition failed";
            if known && !holds {
                return Err(denied(failed));
            }
            if name.starts_with("x-amz-") && !holds {
                return Err(denied(&format!("{failed}: [{word}, ${name}, {value}]")));
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

/// One end of a range: numbers come as text, too, and a fraction is cut off.
fn length(value: &Json) -> Result<u64, Failure> {
    let number = match value {
        Json::Number(number) => number.parse::<f64>().unwrap_or_default() as i64,
        Json::Text(text) => text.parse().map_err(|error: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let why = match error.kind() {
                NegOverflow | PosOverflow => "value out of range",
                _ => "invalid syntax",
            };
            unreadable(&format!("strconv.Atoi: parsing {text:?}: {why}"))
        })?,
        _ => return Err(unreadable("Invalid number format")),
    };
    Ok(u64::try_from(number).unwrap_or(0))
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

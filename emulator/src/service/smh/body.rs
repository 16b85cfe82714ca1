//! JSON bodies and the parameters of uploads.

use serde_json::{Map, Value};

use super::Context;
use super::error::Error;
use super::tree::Attributes;
use crate::http::RequestBody;

/// Lists of parts are the longest bodies there are.
const LONGEST_BODY: usize = 1024 * 1024;
/// "100 KB/s..100 MB/s in B", whatever a K is.
const LIMITS: std::ops::RangeInclusive<u64> = 100_000..=100 * 1024 * 1024;
/// "<=16 bytes".
const LONGEST_CATEGORY: usize = 16;

pub(super) type Fields = Map<String, Value>;

/// The object in a body; none at all counts as an empty one.
pub(super) async fn read(body: &mut RequestBody) -> Result<Fields, Error> {
    let bytes = body
        .collect(LONGEST_BODY)
        .await?
        .ok_or_else(|| Error::new("RequestEntityTooLarge"))?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Fields::new());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Null) => Ok(Fields::new()),
        Ok(_) => Err(Error::because("BadRequest", "the body is no JSON object")),
        Err(error) => Err(Error::because(
            "BadRequest",
            format!("the body is no JSON: {error}"),
        )),
    }
}

/// The list in a body.
pub(super) async fn read_list(body: &mut RequestBody) -> Result<Vec<Value>, Error> {
    let bytes = body
        .collect(LONGEST_BODY)
        .await?
        .ok_or_else(|| Error::new("RequestEntityTooLarge"))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Array(list)) => Ok(list),
        _ => Err(Error::because("BadRequest", "the body is no JSON list")),
    }
}

/// A field that is text, or absent.
pub(super) fn text(fields: &Fields, name: &str) -> Result<Option<String>, Error> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::parameter(format!("{name} must be a string"))),
    }
}

/// `size`: documented as a string, taken as a number too.
pub(super) fn size(fields: &Fields) -> Result<Option<u64>, Error> {
    let wrong = || Error::parameter("size must be a number of bytes in a string");
    match fields.get("size") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| wrong()),
        Some(Value::Number(number)) => number.as_u64().map(Some).ok_or_else(wrong),
        Some(_) => Err(wrong()),
    }
}

pub(super) fn attributes(fields: &Fields) -> Result<Attributes, Error> {
    let labels = match fields.get("labels") {
        None | Some(Value::Null) => None,
        Some(Value::Array(labels)) => {
            let texts = labels.iter().map(|label| label.as_str().map(str::to_owned));
            let labels: Option<Vec<String>> = texts.collect();
            Some(labels.ok_or_else(|| Error::parameter("labels must be strings"))?)
        }
        Some(_) => return Err(Error::parameter("labels must be a list of strings")),
    };
    let category = text(fields, "category")?;
    if category
        .as_ref()
        .is_some_and(|category| category.len() > LONGEST_CATEGORY)
    {
        return Err(Error::parameter("category is longer than 16 bytes"));
    }
    Ok(Attributes {
        labels,
        category,
        local_created: text(fields, "localCreationTime")?,
        local_modified: text(fields, "localModificationTime")?,
    })
}

/// `traffic_limit` of the query, checked.
pub(super) fn traffic_limit(context: &Context<'_>) -> Result<Option<u64>, Error> {
    let given = context.head.query("traffic_limit");
    let Some(text) = given.filter(|text| !text.is_empty()) else {
        return Ok(context.config.default_traffic_limit);
    };
    let limit = text.parse().ok().filter(|limit| LIMITS.contains(limit));
    limit.map(Some).ok_or_else(|| {
        Error::parameter("traffic_limit must be from 102400 to 104857600 bytes a second")
    })
}

/// `partNumberRange` of a private deployment: a list of numbers, or text such as `1-100` or `1,3,5-7`.
pub(super) fn part_numbers(
    context: &Context<'_>,
    fields: &Fields,
) -> Result<Option<Vec<u32>>, Error> {
    let wrong = || Error::parameter("partNumberRange must be a list of part numbers or \"1-100\"");
    let numbers: Vec<u32> = match fields.get("partNumberRange") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => {
            let numbers = list.iter().map(|number| {
                let number = number.as_u64().and_then(|number| number.try_into().ok());
                number.ok_or_else(wrong)
            });
            numbers.collect::<Result<_, _>>()?
        }
        Some(Value::String(text)) => spans(text).ok_or_else(wrong)?,
        Some(_) => return Err(wrong()),
    };
    let allowed = 1..=context.config.max_parts;
    if numbers.is_empty() || numbers.iter().any(|number| !allowed.contains(number)) {
        return Err(wrong());
    }
    Ok(Some(numbers))
}

fn spans(text: &str) -> Option<Vec<u32>> {
    /// As many as an upload can have parts.
    const MOST: u32 = 10_000;
    let mut numbers = Vec::new();
    for span in text.split(',') {
        let (first, last) = span.split_once('-').unwrap_or((span, span));
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let (first, last) = (number(first)?, number(last)?);
        if first > last || last > MOST {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_parts() {
        assert_eq!(spans("1-3"), Some(vec![1, 2, 3]));
        assert_eq!(spans("1, 3,5-6"), Some(vec![1, 3, 5, 6]));
        for text in ["", "a", "3-1", "1-", "1-99999999"] {
            assert_eq!(spans(text), None, "{text}");
        }
    }
}

//! GET and HEAD: of an object, of a part of it, of what else can be asked of it and of the bucket. Ranges and
//! conditions are read as recorded from MinIO, which is not always as RFC 9110 has it: If-Range is not looked at, and a
//! condition on the time counts beside one on the ETag.

use hyper::Method;
use hyper::header::{self, HeaderName};

use super::super::Context;
use super::error::{Error, Failure};
use super::manners::{self, WithoutRanges};
use super::put::MOST_PARTS;
use super::{attributes, auth, checksums, list, multipart};
use crate::clock::http_date;
use crate::http::{Answer, Content, give, response_label, set, status_only, text};
use crate::service::is_sub_resource;
use crate::store::Meta;

const PARTS_COUNT: HeaderName = HeaderName::from_static("x-amz-mp-parts-count");

pub(super) fn get(context: &Context<'_>, key: &str) -> Result<Answer, Failure> {
    let query = context.head.query_pairs();
    let value = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    if context.bucket.is_empty() && key.is_empty() && context.head.method == Method::GET {
        auth::check_anywhere(context)?;
        return Ok(list::buckets(context));
    }
    auth::check(context)?;
    if key.is_empty() {
        return bucket(context, &value);
    }
    if let (&Method::GET, Some(id)) = (&context.head.method, value("uploadId")) {
        return multipart::list(context, key, id);
    }
    if let Some(answer) = aside(context, key, &value)? {
        return Ok(answer);
    }
    let number = value("partNumber").filter(|number| !number.is_empty());
    let number = number.map(part_number).transpose()?;
    let range = context.head.header("range");
    if number.is_some() && range.is_some() {
        return Err(Error::RANGE_OF_PART.into());
    }
    let range = Range::read(range.as_deref())?;
    manners::check_version(context)?;
    let meta = context.object(key).ok_or(Error::NO_SUCH_KEY)?;
    // The first is there even where it has another number.
    if number.is_some_and(|number| number > 1 && !meta.part_numbers.contains(&number)) {
        return Ok(Failure::from(Error::PART_BEYOND).whole(context, key));
    }
    let mut answer = match unwanted(context, &meta)? {
        Some(answer) => answer,
        None => {
            let span = match number {
                Some(number) => Some(Some(part(&meta, number))),
                None if context.config.range => range.of(meta.size),
                None => None,
            };
            let Some((first, last)) = span.unwrap_or(Some((0, meta.size))) else {
                return beyond(context, &meta, &range);
            };
            let content = Content::File {
                path: context.state.store.content_path(&meta),
                size: meta.size,
            };
            let kind = meta.content_type.as_deref().filter(|kind| !kind.is_empty());
            let span = span.map(|_| (first, last));
            let mut answer = give(content, span, kind.unwrap_or(super::UNKNOWN_TYPE));
            if number.is_some() {
                if !meta.parts.is_empty() {
                    set(&mut answer, PARTS_COUNT, &meta.parts.len().to_string());
                }
                if meta.size == 0 {
                    answer.headers_mut().remove(header::CONTENT_RANGE);
                }
            }
            answer
        }
    };
    name_version(&meta, &mut answer);
    if !answer.status().is_success() {
        // How long it may be kept is said again (`writeHeadersPrecondition`).
        let lives = meta.labels.iter().filter(|(name, value)| {
            matches!(&**name, "cache-control" | "expires") && !value.is_empty()
        });
        give_labels(lives, &mut answer);
        return Ok(answer);
    }
    // Of a part of it no checksum is told.
    let wants_sums = context.head.header("x-amz-checksum-mode").as_deref() == Some("ENABLED");
    let has_sums = wants_sums && answer.status() == 200;
    let labels = meta.labels.iter();
    let told = labels.filter(|(name, _)| has_sums || !name.starts_with(checksums::PREFIX));
    give_labels(told, &mut answer);
    for (name, _) in &query {
        if let Some(field) = response_label(&name.to_ascii_lowercase()) {
            let values = query.iter().filter(|(other, _)| other == name);
            let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
            // As Go writes a field: a line break in it is a space.
            set(
                &mut answer,
                field,
                &values.join(",").replace(['\r', '\n'], " "),
            );
        }
    }
    Ok(answer)
}

/// Of an object's tags only their number goes with it.
pub(super) fn give_labels<'m>(
    labels: impl Iterator<Item = &'m (String, String)>,
    answer: &mut Answer,
) {
    for (name, value) in labels {
        if name == manners::TAGS {
            let count = manners::tags(value).len().to_string();
            set(answer, manners::TAG_COUNT, &count);
        } else if let Ok(name) = HeaderName::try_from(name) {
            // Go's words for what is not ASCII; other fields go as they are (`setObjectHeaders`).
            let value = match name.as_str().starts_with("x-amz-meta-") {
                true => super::go_mime::encode_words(value),
                false => value.clone(),
            };
            set(answer, name, &value);
        }
    }
}

pub(super) fn name_version(meta: &Meta, answer: &mut Answer) {
    set(answer, header::ETAG, &format!("\"{}\"", meta.md5));
    set(answer, header::LAST_MODIFIED, &http_date(meta.created_ms));
}

/// The bucket itself: whether it is there, where, and what is in it.
fn bucket<'v>(
    context: &Context<'_>,
    value: &impl Fn(&str) -> Option<&'v str>,
) -> Result<Answer, Failure> {
    if context.head.method == Method::HEAD {
        let mut answer = text(200, "application/xml", String::new());
        set(&mut answer, header::CONTENT_LENGTH, "0");
        return Ok(answer);
    }
    if value("uploads").is_some() {
        return list::uploads(context);
    }
    if value("versioning").is_some() {
        // It never was on.
        let body = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                    </VersioningConfiguration>";
        return Ok(text(200, "application/xml", body.to_owned()));
    }
    if value("location").is_none() {
        let query = context.head.query_pairs();
        return match query.iter().any(|(name, _)| is_sub_resource(name)) {
            true => Err(Error::NOT_IMPLEMENTED.into()),
            false => list::objects(context),
        };
    }
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint \
                xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LocationConstraint>";
    Ok(text(200, "application/xml", body.to_owned()))
}

/// What can be asked of an object besides its bytes.
fn aside<'v>(
    context: &Context<'_>,
    key: &str,
    value: &impl Fn(&str) -> Option<&'v str>,
) -> Result<Option<Answer>, Failure> {
    if context.head.method != Method::GET {
        return Ok(None);
    }
    let is_asked = |name: &str| value(name).is_some();
    let exists = || context.object(key).ok_or(Error::NO_SUCH_KEY);
    if is_asked("torrent") {
        return Err(Failure::early(Error::NOT_IMPLEMENTED));
    }
    if is_asked("acl") {
        exists()?;
        let body = "<AccessControlPolicy><Owner><ID></ID><DisplayName></DisplayName></Owner><AccessControlList>\
                    <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                    xsi:type=\"CanonicalUser\"><Type>CanonicalUser</Type></Grantee><Permission>FULL_CONTROL\
                    </Permission></Grant></AccessControlList></AccessControlPolicy>";
        let mut answer = text(200, "text/plain; charset=utf-8", body.to_owned());
        answer.extensions_mut().insert(WithoutRanges);
        return Ok(Some(answer));
    }
    if is_asked("tagging") {
        manners::check_version(context)?;
        let tags = manners::tags_as_xml(&*exists()?);
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Tagging><TagSet>{tags}</TagSet></Tagging>"
        );
        return Ok(Some(text(200, "application/xml", body)));
    }
    if is_asked("attributes") {
        return attributes::answer(context, key).map(Some);
    }
    if is_asked("legal-hold") || is_asked("retention") {
        return Err(Error::NO_LOCK.into());
    }
    Ok(None)
}

/// What a request asks of the version that is there: tags, and times in seconds.
pub(super) struct Conditions {
    pub(super) wanted: Option<String>,
    pub(super) unwanted: Option<String>,
    pub(super) changed_since: Option<i64>,
    pub(super) unchanged_since: Option<i64>,
}

impl Conditions {
    /// From the fields of that prefix.
    pub(super) fn read(context: &Context<'_>, prefix: &str) -> Self {
        let field = |name: &str| {
            let value = context.head.header(&format!("{prefix}{name}"));
            value.filter(|value| !value.is_empty())
        };
        let time = |name: &str| context.head.date(&format!("{prefix}{name}"));
        Self {
            wanted: field("if-match"),
            unwanted: field("if-none-match"),
            changed_since: time("if-modified-since"),
            unchanged_since: time("if-unmodified-since"),
        }
    }
}

pub(super) fn is_tag_of(tag: &str, meta: &Meta) -> bool {
    tag == "*" || tag.trim_matches('"') == meta.md5
}

/// The answer to a condition that does not hold; the failed ones name the version, too. In the order of MinIO's
/// `checkPreconditions` (object-handlers-common.go): whether it is known already is asked first.
pub(super) fn unwanted(context: &Context<'_>, meta: &Meta) -> Result<Option<Answer>, Failure> {
    let conditions = Conditions::read(context, "");
    let is_this = |tag: &str| is_tag_of(tag, meta);
    let changed = meta.created_ms.div_euclid(1000);
    let is_known = conditions.unwanted.is_some_and(|tag| is_this(&tag))
        || conditions.changed_since.is_some_and(|time| changed <= time);
    if is_known {
        return Ok(Some(status_only(304)));
    }
    let fails = match &conditions.wanted {
        Some(tag) => !is_this(tag),
        None => conditions
            .unchanged_since
            .is_some_and(|time| changed > time),
    };
    Ok(fails.then(|| {
        let failure = Failure::from(Error::PRECONDITION).of_version(meta);
        failure.whole(context, meta.file_name.as_deref().unwrap_or_default())
    }))
}

/// The number of a part that is asked for.
fn part_number(text: &str) -> Result<u32, Failure> {
    let number: i64 = text.parse().map_err(|_| {
        Failure::internal(&format!("strconv.Atoi: parsing {text:?}: invalid syntax"))
    })?;
    match u32::try_from(number) {
        Ok(number @ 1..=MOST_PARTS) => Ok(number),
        _ if number > 0 => Err(Error::PART_NUMBER.into()),
        _ => Err(Error::ARGUMENTS.into()),
    }
}

/// The bytes of a part. That it is there goes by its number, but which it is, by its place, as MinIO has it.
fn part(meta: &Meta, number: u32) -> (u64, u64) {
    let sizes = meta.parts.iter().copied();
    let ends = sizes.scan(0, |end, size| {
        let first = *end;
        *end += size;
        Some((first, *end))
    });
    let place = usize::try_from(number).unwrap_or(usize::MAX);
    ends.take(place).last().unwrap_or((0, meta.size))
}

/// What `Range` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    All,
    From(i64, Option<i64>),
    Last(i64),
}

impl Range {
    /// More than one range, and what is no range, is not looked at.
    fn read(text: Option<&str>) -> Result<Self, Failure> {
        let spans = text.and_then(|text| text.strip_prefix("bytes="));
        let Some((first, last)) = spans.and_then(|span| span.split_once('-')) else {
            return Ok(Self::All);
        };
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<i64>().ok()).flatten()
        };
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first > last => Err(Error::INVALID_RANGE.into()),
            (Some(first), Some(last)) => Ok(Self::From(first, Some(last))),
            (Some(first), None) if last.is_empty() => Ok(Self::From(first, None)),
            (None, Some(0)) if first.is_empty() => Err(Error::INVALID_RANGE.into()),
            (None, Some(count)) if first.is_empty() => Ok(Self::Last(count)),
            _ => Ok(Self::All),
        }
    }

    /// Its first byte and the one behind its last; `None` in it if the file does not have it, `None` for all of it.
    fn of(self, size: u64) -> Option<Option<(u64, u64)>> {
        let (first, end) = match self {
            Self::All => return None,
            Self::From(first, last) => {
                let first = first.unsigned_abs();
                let end = last.map_or(size, |last| size.min(last.unsigned_abs() + 1));
                (first, end)
            }
            Self::Last(count) => {
                return Some(Some((size.saturating_sub(count.unsigned_abs()), size)));
            }
        };
        Some((first < size).then_some((first, end)))
    }
}

/// The range lies behind the end of the file. To HEAD the fields of the file go with it.
fn beyond(context: &Context<'_>, meta: &Meta, range: &Range) -> Result<Answer, Failure> {
    let asked = match range {
        Range::From(first, last) => format!(" 'bytes={first}-{}'", last.unwrap_or(-1)),
        Range::All | Range::Last(_) => String::new(),
    };
    let words = format!("The requested range{asked} is not satisfiable");
    let asked = match range {
        Range::From(first, Some(last)) => format!("{first}-{last}"),
        Range::From(first, None) => format!("{first}--1"),
        Range::All | Range::Last(_) => String::new(),
    };
    let failure = Failure::new(Error::INVALID_RANGE, words)
        .with("ActualObjectSize", meta.size)
        .with("RangeRequested", asked);
    if context.head.method != Method::HEAD {
        return Err(failure);
    }
    let mut answer = failure.answer(context, meta.file_name.as_deref().unwrap_or_default());
    name_version(meta, &mut answer);
    let kind = meta.content_type.as_deref().filter(|kind| !kind.is_empty());
    set(
        &mut answer,
        header::CONTENT_TYPE,
        kind.unwrap_or(super::UNKNOWN_TYPE),
    );
    Ok(answer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn ranges_are_read_as_minio_does() {
        for (text, expected) in [
            ("bytes=0-9", Range::From(0, Some(9))),
            ("bytes=5-", Range::From(5, None)),
            ("bytes=-3", Range::Last(3)),
            ("bytes=0-1,4-5", Range::All),
            ("bytes= 0-9", Range::All),
            ("bytes=0 - 9", Range::All),
            ("bytes=+1-9", Range::All),
            ("bytes=0-99999999999999999999", Range::All),
            ("items=0-9", Range::All),
            ("", Range::All),
        ] {
            assert_eq!(Range::read(Some(text)).unwrap(), expected, "{text}");
        }
        for text in ["bytes=-0", "bytes=5-2"] {
            assert!(Range::read(Some(text)).is_err(), "{text}");
        }
        assert_eq!(Range::From(1, Some(9)).of(5), Some(Some((1, 5))));
        assert_eq!(Range::From(5, None).of(5), Some(None));
        assert_eq!(Range::Last(9).of(5), Some(Some((0, 5))));
        assert_eq!(Range::Last(1).of(0), Some(Some((0, 0))));
        assert_eq!(Range::All.of(5), None);
    }
}

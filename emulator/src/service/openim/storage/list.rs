//! The objects of the bucket, in both versions of the call, as recorded from MinIO.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderName;

use super::super::Context;
use super::error::{Error, Failure, escape};
use super::{auth, checksums, manners, multipart};
use crate::calendar;
use crate::http::{Answer, RequestBody, encode_percent, text};

/// The most that are listed at once, whatever is asked for.
const MOST: usize = 1000;
/// What MinIO writes behind a key at which it goes on.
const CACHE: &str = "[minio_cache:v2,return:]";

/// What a listing is asked for.
struct Wanted {
    second_version: bool,
    prefix: String,
    delimiter: String,
    after: String,
    most: usize,
    encoded: bool,
    with_owner: bool,
}

impl Wanted {
    fn read(context: &Context<'_>) -> Result<Self, Failure> {
        let value = |name: &str| context.head.query(name).unwrap_or_default();
        let second_version = value("list-type") == "2";
        let most = number(&value("max-keys"), MOST, Error::MAX_KEYS)?;
        let encoding = value("encoding-type");
        if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("url") {
            return Err(Error::ENCODING.into());
        }
        let token = context.head.query("continuation-token");
        let after = match token.filter(|_| second_version) {
            None if second_version => value("start-after"),
            None => value("marker"),
            Some(token) => {
                let bytes = STANDARD.decode(&token).ok();
                let bytes = bytes.filter(|bytes| !bytes.is_empty());
                let bytes = bytes.ok_or(Error::CONTINUATION)?;
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        let after = after
            .split("[minio_cache:")
            .next()
            .unwrap_or_default()
            .to_owned();
        let prefix = value("prefix");
        // MinIO lists nothing from outside of the prefix.
        if !after.is_empty() && !after.starts_with(&prefix) {
            return Err(Error::NOT_IMPLEMENTED.into());
        }
        Ok(Self {
            second_version,
            prefix,
            delimiter: value("delimiter"),
            after,
            most,
            encoded: !encoding.is_empty(),
            with_owner: !second_version || value("fetch-owner") == "true",
        })
    }

    /// A key, a prefix or a marker as the answer has it.
    fn shown(&self, text: &str) -> String {
        shown(text, self.encoded)
    }

    /// What a key counts as: itself, or the prefix that it shares up to the delimiter.
    fn group<'k>(&self, key: &'k str) -> &'k str {
        let rest = &key[self.prefix.len()..];
        match (self.delimiter.is_empty(), rest.find(&self.delimiter)) {
            (false, Some(at)) => &key[..self.prefix.len() + at + self.delimiter.len()],
            _ => key,
        }
    }
}

fn shown(text: &str, encoded: bool) -> String {
    match encoded {
        true => escape(&encode_percent(text, b"/").replace("%20", "+")),
        false => escape(text),
    }
}

/// The one bucket, made on a day that is nobody's business.
pub(super) fn buckets(context: &Context<'_>) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Owner><ID>{}</ID><DisplayName>minio</DisplayName></Owner><Buckets><Bucket><Name>{}</Name>\
         <CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>",
        multipart::OWNER,
        escape(&context.config.bucket),
    );
    text(200, "application/xml", body)
}

/// The uploads that are under way. A prefix has to be the whole key, and without one MinIO looks at no marker and at
/// no limit.
pub(super) fn uploads(context: &Context<'_>) -> Result<Answer, Failure> {
    const MOST: usize = 10_000;
    let value = |name: &str| context.head.query(name).unwrap_or_default();
    let most = number(&value("max-uploads"), MOST, Error::MAX_UPLOADS)?.min(MOST);
    let (prefix, encoding) = (value("prefix"), value("encoding-type"));
    let is_encoded = encoding.eq_ignore_ascii_case("url");
    let mut uploads = context.uploads(&prefix);
    let is_cut = !prefix.is_empty() && uploads.len() > most;
    if is_cut {
        uploads.truncate(most);
    }
    let next = |text: &str| {
        if is_cut {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let last_id = uploads.last().map_or("", |(id, _)| id.as_str());
    let element = |name: &str, value: &str| format!("<{name}>{value}</{name}>");
    let if_any = |name: &str, value: &str| match value.is_empty() {
        true => String::new(),
        false => element(name, value),
    };
    let mut body = element("Bucket", &escape(&context.config.bucket));
    body += &element("KeyMarker", &shown(&value("key-marker"), is_encoded));
    body += "<UploadIdMarker></UploadIdMarker>";
    body += &element("NextKeyMarker", &next(&shown(&prefix, is_encoded)));
    body += &element("NextUploadIdMarker", &next(last_id));
    body += &if_any("Delimiter", &shown(&value("delimiter"), is_encoded));
    body += &element("Prefix", &shown(&prefix, is_encoded));
    body += &if_any("EncodingType", &escape(&encoding));
    body += &element("MaxUploads", &most.to_string());
    body += &element("IsTruncated", &is_cut.to_string());
    for (id, meta) in &uploads {
        let key = meta.file_name.as_deref().unwrap_or_default();
        body += &format!(
            "<Upload><Key>{}</Key><UploadId>{id}</UploadId><Initiator><ID></ID><DisplayName></DisplayName></Initiator>\
             <Owner><ID></ID><DisplayName></DisplayName></Owner><StorageClass></StorageClass><Initiated>{}</Initiated>\
             </Upload>",
            shown(key, is_encoded),
            calendar::iso_date(meta.created_ms),
        );
    }
    Ok(multipart::result_with(
        "ListMultipartUploadsResult",
        &[],
        &body,
    ))
}

/// A limit, which may be left out.
fn number(text: &str, unset: usize, error: Error) -> Result<usize, Error> {
    if text.is_empty() {
        return Ok(unset);
    }
    let number = text.parse::<i32>().ok();
    let number = number.and_then(|number| usize::try_from(number).ok());
    number.ok_or(error)
}

pub(super) fn objects(context: &Context<'_>) -> Result<Answer, Failure> {
    let wanted = Wanted::read(context)?;
    let mut objects = context.objects(&wanted.prefix);
    objects.sort_by(|a, b| a.file_name.cmp(&b.file_name));
    let (mut keys, mut prefixes) = (String::new(), BTreeSet::new());
    let (mut count, mut last, mut is_cut) = (0, String::new(), false);
    for meta in &objects {
        let key = meta.file_name.as_deref().unwrap_or_default();
        let group = wanted.group(key);
        let is_past = group <= wanted.after.as_str();
        if is_past || prefixes.contains(group) {
            continue;
        }
        if count == wanted.most.min(MOST) {
            is_cut = count > 0;
            break;
        }
        count += 1;
        group.clone_into(&mut last);
        if group.len() < key.len() {
            prefixes.insert(group.to_owned());
            continue;
        }
        let owner = match wanted.with_owner {
            true => format!(
                "<Owner><ID>{}</ID><DisplayName>minio</DisplayName></Owner>",
                multipart::OWNER
            ),
            false => String::new(),
        };
        keys.push_str(&format!(
            "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>&#34;{}&#34;</ETag><Size>{}</Size>{owner}\
             <StorageClass>{}</StorageClass></Contents>",
            wanted.shown(key),
            calendar::iso_date(meta.created_ms),
            meta.md5,
            meta.size,
            manners::storage_class(meta)
        ));
    }
    let prefixes: String = prefixes
        .iter()
        .map(|prefix| {
            format!(
                "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>",
                wanted.shown(prefix)
            )
        })
        .collect();
    let next = last + CACHE;
    let element = |name: &str, value: &str| format!("<{name}>{value}</{name}>");
    let if_any = |name: &str, value: String| match value.is_empty() {
        true => String::new(),
        false => element(name, &value),
    };
    let value = |name: &str| context.head.query(name).unwrap_or_default();
    let at = match wanted.second_version {
        true => {
            if_any("StartAfter", wanted.shown(&value("start-after")))
                + &if_any("ContinuationToken", escape(&value("continuation-token")))
                + &if_any(
                    "NextContinuationToken",
                    if is_cut {
                        STANDARD.encode(&next)
                    } else {
                        String::new()
                    },
                )
                + &element("KeyCount", &count.to_string())
        }
        false => {
            element("Marker", &wanted.shown(&value("marker")))
                + &if_any(
                    "NextMarker",
                    if is_cut {
                        wanted.shown(&next)
                    } else {
                        String::new()
                    },
                )
        }
    };
    let more = at
        + &element("MaxKeys", &wanted.most.to_string())
        + &if_any("Delimiter", wanted.shown(&wanted.delimiter))
        + &element("IsTruncated", &is_cut.to_string())
        + &keys
        + &prefixes
        + &if_any(
            "EncodingType",
            if wanted.encoded {
                "url".to_owned()
            } else {
                String::new()
            },
        );
    let prefix = wanted.shown(&wanted.prefix);
    let head = element("Name", &escape(&context.config.bucket)) + &element("Prefix", &prefix);
    Ok(multipart::result_with(
        "ListBucketResult",
        &[],
        &(head + &more),
    ))
}

/// Deletes the objects that a list names; those that are not there are deleted as well.
pub(super) async fn delete(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Failure> {
    /// Of a thousand long keys.
    const LONGEST: usize = 2 * 1024 * 1024;
    // What is wrong with the stated digest is not the first that is looked at.
    auth::check_put(context)?;
    let mut fields = context.head.headers.keys().map(HeaderName::as_str);
    if !fields
        .any(|name| name == "content-md5" || checksums::is_field(name) || name == "x-amz-trailer")
    {
        return Err(Error::NO_MD5.into());
    }
    if context.head.content_length().unwrap_or(0) == 0 {
        return Err(Error::NO_LENGTH.into());
    }
    let list = body.collect(LONGEST).await?.ok_or(Error::MALFORMED_XML)?;
    let text = std::str::from_utf8(&list).map_err(|_| Error::MALFORMED_XML)?;
    let document = super::xml(text)?;
    let children = |name: &'static str| {
        let children = document.root_element().children();
        children.filter(move |node| node.tag_name().name() == name)
    };
    let objects: Vec<_> = children("Object").collect();
    if objects.is_empty() || objects.len() > MOST {
        return Err(Error::MALFORMED_XML.into());
    }
    let is_quiet = children("Quiet").any(|node| matches!(node.text(), Some("true" | "1")));
    let (mut deleted, mut refused) = (String::new(), String::new());
    for object in objects {
        let key = object
            .children()
            .find(|node| node.tag_name().name() == "Key");
        let key = key.and_then(|node| node.text()).unwrap_or_default();
        let key = key.strip_prefix('/').unwrap_or(key);
        if key.is_empty()
            || super::check_length(key)
                .and(super::check_path(key))
                .and(super::check_key(key))
                .is_err()
        {
            let words = Failure::from(Error::NAME).words();
            refused.push_str(&format!(
                "<Error><Code>XMinioInvalidObjectName</Code><Message>{words}</Message><Key>{}</Key>\
                 <VersionId></VersionId></Error>",
                escape(key)
            ));
            continue;
        }
        if let Some(object) = context.object(key) {
            context.state.store.remove(&object)?;
        }
        if !is_quiet {
            deleted.push_str(&format!("<Deleted><Key>{}</Key></Deleted>", escape(key)));
        }
    }
    Ok(multipart::result_with(
        "DeleteResult",
        &[],
        &(deleted + &refused),
    ))
}

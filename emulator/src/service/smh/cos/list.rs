//! What lies in the bucket, and which uploads are under way (smh.md §1.18): for the owner of the store.

use std::collections::BTreeSet;

use super::error::{Error, escape};
use super::xml;
use crate::calendar::iso_date;
use crate::http::{Answer, encode_percent};
use crate::service::smh::Context;
use crate::service::smh::reply::quoted;

/// "1 to 1000, 1000 by default", for all three lists.
const MOST: usize = 1000;
/// Who owns all, as COS names accounts.
pub(super) const WHO: &str =
    "<ID>qcs::cam::uin/100000000001:uin/100000000001</ID><DisplayName>100000000001</DisplayName>";

/// Whether keys are wanted escaped; `url` is the only way.
pub(super) fn encoding(context: &Context<'_>) -> Result<bool, Error> {
    match context.head.query("encoding-type").as_deref() {
        None | Some("") => Ok(false),
        Some("url") => Ok(true),
        Some(_) => Err(Error::because(
            "InvalidArgument",
            "encoding-type is not url",
        )),
    }
}

pub(super) fn most(context: &Context<'_>, name: &str) -> Result<usize, Error> {
    let asked = context.head.query(name).filter(|text| !text.is_empty());
    let Some(text) = asked else { return Ok(MOST) };
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| Error::because("InvalidArgument", format!("{name} is not from 1 to 1000")))
}

pub(super) fn shown(text: &str, encoded: bool) -> String {
    match encoded {
        true => encode_percent(text, b"/"),
        false => text.to_owned(),
    }
}

/// What all lists of keys are asked for.
struct Wanted {
    prefix: String,
    delimiter: String,
    encoded: bool,
    most: usize,
}

impl Wanted {
    fn read(context: &Context<'_>, most_name: &str) -> Result<Self, Error> {
        let value = |name: &str| context.head.query(name).unwrap_or_default();
        Ok(Self {
            prefix: value("prefix"),
            delimiter: value("delimiter"),
            encoded: encoding(context)?,
            most: most(context, most_name)?,
        })
    }

    /// What a key counts as: itself, or the prefix that it shares up to the delimiter.
    fn group<'k>(&self, key: &'k str) -> &'k str {
        let rest = &key[self.prefix.len()..];
        match (self.delimiter.is_empty(), rest.find(&self.delimiter)) {
            (false, Some(at)) => &key[..self.prefix.len() + at + self.delimiter.len()],
            _ => key,
        }
    }

    fn shown(&self, text: &str) -> String {
        shown(text, self.encoded)
    }

    /// The entries behind the marker, common prefixes apart, and whether there are more.
    fn page<T>(&self, all: Vec<(String, T)>, is_past: impl Fn(&str, &T) -> bool) -> Page<T> {
        let mut page = Page {
            entries: Vec::new(),
            prefixes: BTreeSet::new(),
            last: String::new(),
            is_cut: false,
        };
        for (key, entry) in all {
            if !key.starts_with(&self.prefix) {
                continue;
            }
            let group = self.group(&key);
            let is_prefix = group.len() < key.len();
            if page.prefixes.contains(group) || is_past(group, &entry) {
                continue;
            }
            if page.entries.len() + page.prefixes.len() == self.most {
                page.is_cut = true;
                break;
            }
            group.clone_into(&mut page.last);
            if is_prefix {
                page.prefixes.insert(group.to_owned());
            } else {
                page.entries.push((key, entry));
            }
        }
        page
    }

    fn common_prefixes<T>(&self, page: &Page<T>) -> String {
        let prefixes = page.prefixes.iter().map(|prefix| {
            let prefix = escape(&self.shown(prefix));
            format!("<CommonPrefixes><Prefix>{prefix}</Prefix></CommonPrefixes>")
        });
        prefixes.collect()
    }
}

struct Page<T> {
    entries: Vec<(String, T)>,
    prefixes: BTreeSet<String>,
    /// The last key, or common prefix.
    last: String,
    is_cut: bool,
}

/// GET of the bucket.
pub(super) fn objects(context: &Context<'_>) -> Result<Answer, Error> {
    context.check_owner("/")?;
    let wanted = Wanted::read(context, "max-keys")?;
    let marker = context.head.query("marker").unwrap_or_default();
    let mut all: Vec<_> = {
        let world = context.memory.world();
        let objects = world.objects.all().chain(world.bucket.objects());
        objects
            .map(|object| {
                let facts = (object.created_ms, object.etag.clone(), object.size);
                (object.key.clone(), facts)
            })
            .collect()
    };
    all.sort();
    let page = wanted.page(all, |group, _| group <= marker.as_str());
    let listed: String = page
        .entries
        .iter()
        .map(|(key, (created_ms, etag, size))| {
            format!(
                "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{size}</Size>\
                 <Owner>{WHO}</Owner><StorageClass>STANDARD</StorageClass></Contents>",
                escape(&wanted.shown(key)),
                iso_date(*created_ms),
                quoted(etag),
            )
        })
        .collect();
    let mut members = vec![("Name", context.bucket())];
    if wanted.encoded {
        members.push(("EncodingType", "url".to_owned()));
    }
    members.push(("Prefix", wanted.shown(&wanted.prefix)));
    members.push(("Marker", wanted.shown(&marker)));
    members.push(("MaxKeys", wanted.most.to_string()));
    if !wanted.delimiter.is_empty() {
        members.push(("Delimiter", wanted.shown(&wanted.delimiter)));
    }
    members.push(("IsTruncated", page.is_cut.to_string()));
    if page.is_cut {
        members.push(("NextMarker", wanted.shown(&page.last)));
    }
    let members: Vec<(&str, &str)> = members
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    let more = listed + &wanted.common_prefixes(&page);
    Ok(xml("ListBucketResult", &members, &more))
}

/// GET of the bucket with `?uploads`: SMH's uploads as well.
pub(super) fn uploads(context: &Context<'_>) -> Result<Answer, Error> {
    context.check_owner("/")?;
    let wanted = Wanted::read(context, "max-uploads")?;
    let value = |name: &str| context.head.query(name).unwrap_or_default();
    let (key_marker, id_marker) = (value("key-marker"), value("upload-id-marker"));
    let mut all: Vec<_> = {
        let world = context.memory.world();
        let smhs = world.uploads.unconfirmed().filter_map(|upload| {
            let id = upload.upload_id.clone()?;
            Some((upload.key.clone(), (id, upload.created_ms)))
        });
        let own = world.bucket.uploads();
        let own = own.map(|one| (one.key.clone(), (one.id.clone(), one.created_ms)));
        smhs.chain(own).collect()
    };
    all.sort();
    let page = wanted.page(all, |group, (id, _)| {
        // An id without a key is not looked at; without an id the uploads of the key are past, too.
        let is_same = group == key_marker && !id_marker.is_empty();
        (is_same && *id <= id_marker) || (!is_same && group <= key_marker.as_str())
    });
    let listed: String = page
        .entries
        .iter()
        .map(|(key, (id, created_ms))| {
            format!(
                "<Upload><Key>{}</Key><UploadId>{id}</UploadId><StorageClass>STANDARD</StorageClass>\
                 <Initiator>{WHO}</Initiator><Owner>{WHO}</Owner><Initiated>{}</Initiated></Upload>",
                escape(&wanted.shown(key)),
                iso_date(*created_ms),
            )
        })
        .collect();
    let next_id = page.entries.last().map_or("", |(_, (id, _))| id.as_str());
    let next = |text: &str| {
        if page.is_cut {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let encoding = if wanted.encoded { "url" } else { "" };
    let members = [
        ("Bucket", &*context.bucket()),
        ("Encoding-Type", encoding),
        ("KeyMarker", &wanted.shown(&key_marker)),
        ("UploadIdMarker", &id_marker),
        ("NextKeyMarker", &next(&wanted.shown(&page.last))),
        ("NextUploadIdMarker", &next(next_id)),
        ("MaxUploads", &wanted.most.to_string()),
        ("IsTruncated", &page.is_cut.to_string()),
        ("Prefix", &wanted.shown(&wanted.prefix)),
        ("Delimiter", &wanted.shown(&wanted.delimiter)),
    ];
    let more = listed + &wanted.common_prefixes(&page);
    Ok(xml("ListMultipartUploadsResult", &members, &more))
}

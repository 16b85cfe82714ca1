//! The calls around a part: beginning, listing, completing and aborting an upload (smh.md §1.18). SMH makes them itself for
//! its clients; they are for the owner of the store.

use hyper::header;

use super::error::Error;
use super::{CRC64, list, put, xml};
use crate::calendar::iso_date;
use crate::http::{Answer, RequestBody, set, status_only};
use crate::service::smh::Context;
use crate::service::smh::object::Part;
use crate::service::smh::reply::quoted;

/// The list of ten thousand parts takes about a tenth of this.
const LONGEST_LIST: usize = 8 * 1024 * 1024;

pub(super) fn begin(context: &Context<'_>, path: &str) -> Result<Answer, Error> {
    context.check_owner(path)?;
    let key = put::key(path)?;
    put::check_free(context, path)?;
    let labels = put::labels(context);
    let mut world = context.memory.world();
    put::check_overwrite(context, &world.bucket, key)?;
    let id = world.bucket.begin(key, labels, context.now_ms())?;
    Ok(xml(
        "InitiateMultipartUploadResult",
        &[
            ("Bucket", &context.bucket()),
            ("Key", key),
            ("UploadId", &id),
        ],
        "",
    ))
}

/// The parts of an upload, of SMH's as well.
fn parts_of(context: &Context<'_>, path: &str, id: &str) -> Result<Vec<(u32, Part)>, Error> {
    let mut world = context.memory.world();
    let key = path.strip_prefix('/').unwrap_or(path);
    let own = world.bucket.upload(key, id).map(|upload| &upload.parts);
    let parts = match own {
        Some(parts) => parts,
        None => {
            let upload = put::find(&mut world, path);
            let upload = upload.filter(|upload| upload.upload_id.as_deref() == Some(id));
            &upload.ok_or_else(|| Error::new("NoSuchUpload"))?.parts
        }
    };
    let parts = parts.iter();
    Ok(parts
        .map(|(number, part)| (*number, part.clone()))
        .collect())
}

pub(super) fn parts(context: &Context<'_>, path: &str, id: &str) -> Result<Answer, Error> {
    context.check_owner(path)?;
    let encoded = list::encoding(context)?;
    let most = list::most(context, "max-parts")?;
    let after: u32 = match context.head.query("part-number-marker") {
        None => 0,
        Some(text) if text.is_empty() => 0,
        Some(text) => text
            .parse()
            .map_err(|_| Error::because("InvalidArgument", "part-number-marker is no number"))?,
    };
    let mut parts = parts_of(context, path, id)?;
    parts.retain(|(number, _)| *number > after);
    let is_cut = parts.len() > most;
    parts.truncate(most);
    let next = parts.last().map_or(after, |(number, _)| *number);
    let listed: String = parts
        .iter()
        .map(|(number, part)| {
            format!(
                "<Part><PartNumber>{number}</PartNumber><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size></Part>",
                iso_date(part.modified_ms),
                quoted(&part.md5),
                part.size
            )
        })
        .collect();
    let more = format!(
        "<Initiator>{who}</Initiator><Owner>{who}</Owner><PartNumberMarker>{after}</PartNumberMarker>{listed}\
         <NextPartNumberMarker>{next}</NextPartNumberMarker><StorageClass>STANDARD</StorageClass>\
         <MaxParts>{most}</MaxParts><IsTruncated>{is_cut}</IsTruncated>",
        who = list::WHO
    );
    let key = list::shown(path.trim_start_matches('/'), encoded);
    let encoding = if encoded { "url" } else { "" };
    Ok(xml(
        "ListPartsResult",
        &[
            ("Bucket", &context.bucket()),
            ("Encoding-type", encoding),
            ("Key", &key),
            ("UploadId", id),
        ],
        &more,
    ))
}

pub(super) async fn complete(
    context: &Context<'_>,
    path: &str,
    id: &str,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.check_owner(path)?;
    let list = body.collect(LONGEST_LIST).await?;
    let list = list.ok_or_else(|| Error::new("MalformedXML"))?;
    if list.is_empty() {
        return Err(Error::new("MissingRequestBodyError"));
    }
    let wanted = read_list(&list)?;
    let parts = parts_of(context, path, id)?;
    check(&wanted, &parts, context.config.min_part)?;
    let key = put::key(path)?;
    let mut world = context.memory.world();
    if world.bucket.upload(key, id).is_none() {
        // SMH completes its own when it is told to confirm them.
        return Err(Error::new("AccessDenied"));
    }
    put::check_overwrite(context, &world.bucket, key)?;
    let numbers: Vec<u32> = wanted.iter().map(|(number, _)| *number).collect();
    let made = world.bucket.complete(key, id, &numbers, context.now_ms())?;
    let made = made.ok_or_else(|| Error::new("NoSuchUpload"))?;
    let etag = quoted(&made.etag);
    let mut answer = xml(
        "CompleteMultipartUploadResult",
        &[
            ("Location", &context.location(path)),
            ("Bucket", &context.bucket()),
            ("Key", key),
            ("ETag", &etag),
        ],
        "",
    );
    set(&mut answer, header::ETAG, &etag);
    set(&mut answer, CRC64, &made.crc64.to_string());
    Ok(answer)
}

/// Numbers and ETags of the parts in a CompleteMultipartUpload.
fn read_list(bytes: &[u8]) -> Result<Vec<(u32, String)>, Error> {
    let malformed = || Error::new("MalformedXML");
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    let document = roxmltree::Document::parse(text).map_err(|_| malformed())?;
    let parts = document.root_element().children();
    let parts = parts.filter(|node| node.tag_name().name() == "Part");
    let parts: Vec<(u32, String)> = parts
        .map(|part| {
            let text = |name: &str| {
                let found = part.children().find(|node| node.tag_name().name() == name);
                found.and_then(|node| node.text()).map(str::trim)
            };
            let number = text("PartNumber").and_then(|number| number.parse().ok());
            let etag = text("ETag").map(|etag| etag.trim_matches('"').to_owned());
            number.zip(etag).ok_or_else(malformed)
        })
        .collect::<Result<_, _>>()?;
    match parts.is_empty() {
        true => Err(malformed()),
        false => Ok(parts),
    }
}

/// As the page of the call has it: in ascending order, without a gap, each but the last of a MiB.
fn check(wanted: &[(u32, String)], have: &[(u32, Part)], smallest: u64) -> Result<(), Error> {
    if !wanted.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(Error::new("InvalidPartOrder"));
    }
    for (at, (number, etag)) in wanted.iter().enumerate() {
        let part = have.iter().find(|(have, _)| have == number);
        let part = part.filter(|(number, part)| {
            *number as usize == at + 1 && part.md5.eq_ignore_ascii_case(etag)
        });
        let (_, part) = part.ok_or_else(|| Error::new("InvalidPart"))?;
        if part.size < smallest && at + 1 < wanted.len() {
            return Err(Error::new("EntityTooSmall"));
        }
    }
    Ok(())
}

pub(super) fn abort(context: &Context<'_>, path: &str, id: &str) -> Result<Answer, Error> {
    context.check_owner(path)?;
    let mut world = context.memory.world();
    if world.bucket.abort(put::key(path)?, id)? {
        return Ok(status_only(204));
    }
    let is_smhs =
        put::find(&mut world, path).is_some_and(|upload| upload.upload_id.as_deref() == Some(id));
    Err(Error::new(match is_smhs {
        true => "AccessDenied",
        false => "NoSuchUpload",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(md5: &str, size: u64) -> Part {
        Part {
            file: String::new(),
            size,
            md5: md5.to_owned(),
            crc64: 0,
            modified_ms: 0,
        }
    }

    #[test]
    fn lists_of_parts() {
        let one = (1, "aa".to_owned());
        for (text, expected) in [
            (
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"aa\"</ETag></Part></CompleteMultipartUpload>",
                Some(vec![one.clone()]),
            ),
            (
                "<A xmlns='x'><Part><ETag>aa</ETag><PartNumber> 1 </PartNumber></Part></A>",
                Some(vec![one]),
            ),
            ("<A><Part><PartNumber>1</PartNumber></Part></A>", None),
            (
                "<A><Part><PartNumber>x</PartNumber><ETag>a</ETag></Part></A>",
                None,
            ),
            ("<A></A>", None),
            ("<A>", None),
        ] {
            assert_eq!(read_list(text.as_bytes()).ok(), expected, "{text}");
        }
    }

    #[test]
    fn lists_are_compared_with_what_is_there() {
        let have = [(1, part("aa", 9)), (2, part("bb", 3)), (4, part("dd", 3))];
        let refused = |wanted: &[(u32, &str)], smallest| {
            let wanted: Vec<_> = wanted
                .iter()
                .map(|(n, etag)| (*n, (*etag).to_owned()))
                .collect();
            check(&wanted, &have, smallest).map_err(|error| format!("{error:?}"))
        };
        assert!(refused(&[(1, "aa"), (2, "BB")], 5).is_ok());
        for (wanted, smallest, code) in [
            (&[(2, "bb"), (1, "aa")][..], 1, "InvalidPartOrder"),
            (&[(1, "aa"), (1, "aa")], 1, "InvalidPartOrder"),
            (&[(1, "aa"), (4, "dd")], 1, "InvalidPart"),
            (&[(2, "bb")], 1, "InvalidPart"),
            (&[(1, "bb")], 1, "InvalidPart"),
            (&[(1, "aa"), (2, "bb")], 10, "EntityTooSmall"),
        ] {
            let said = refused(wanted, smallest).err().unwrap_or_default();
            assert!(said.contains(&format!("{code:?}")), "{said}");
        }
    }
}

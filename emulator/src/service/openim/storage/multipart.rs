//! The calls around UploadPart: beginning, completing and aborting an upload. OpenIM's server makes them at its store and
//! its clients never do, but whoever judges this store with a client of S3 needs them.

use std::sync::Arc;

use hyper::header;

use super::super::{Context, driver};
use super::error::{Error, Failure, escape};
use super::{auth, manners, sigv4};
use crate::http::{Answer, RequestBody, set, status_only, text};
use crate::service::is_sub_resource;
use crate::store::Meta;

/// The list of ten thousand parts takes about a tenth of this.
const LONGEST_LIST: usize = 8 * 1024 * 1024;
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// POST of an object: `?uploads` begins an upload, `?uploadId=` completes one.
pub(super) async fn post(
    context: &Context<'_>,
    key: &str,
    body: &mut RequestBody,
) -> Result<Answer, Failure> {
    if let Some(id) = upload_id(context) {
        auth::check(context)?;
        return complete(context, key, &id, body).await;
    }
    if context
        .head
        .query_pairs()
        .iter()
        .any(|(name, _)| name == "uploads")
    {
        auth::check(context)?;
        return begin(context, key).await;
    }
    // A form's place is the bucket.
    match super::post::is_form(context) {
        true => Err(Failure::from(Error::METHOD).keyless()),
        false => Err(Failure::unsupported(context.head)),
    }
}

/// DELETE of an object, known or not; with `?uploadId=` it aborts an upload, known or not.
pub(super) fn delete(context: &Context<'_>, key: &str) -> Result<Answer, Failure> {
    let query = context.head.query_pairs();
    if !key.is_empty() && query.iter().any(|(name, _)| name == "tagging") {
        auth::check(context)?;
        return super::put::untag(context, key);
    }
    if key.is_empty() || query.iter().any(|(name, _)| is_sub_resource(name)) {
        return Err(Failure::early(Error::NOT_IMPLEMENTED));
    }
    auth::check(context)?;
    super::check_key(key)?;
    match upload_id(context) {
        Some(id) => {
            if context.parts_of(&id, key).is_some() {
                context.forget_parts(&id)?;
            }
        }
        None => {
            let is_present = manners::is_of_present_version(context)?;
            if let Some(object) = context.object(key).filter(|_| is_present) {
                context.state.store.remove(&object)?;
            }
        }
    }
    Ok(status_only(204))
}

/// The owner of all, as MinIO names it.
pub(super) const OWNER: &str = "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4";

/// GET of an object with `?uploadId=`: the parts that have arrived, in order.
pub(super) fn list(context: &Context<'_>, key: &str, id: &str) -> Result<Answer, Failure> {
    /// `maxPartsList` in MinIO.
    const MOST: u32 = 10_000;
    let number =
        |name: &str, unset: u32| match context.head.query(name).filter(|text| !text.is_empty()) {
            None => Ok(unset),
            Some(text) => text.parse::<u32>().map_err(|_| Error::PART_NUMBER),
        };
    let (most, after) = (
        number("max-parts", MOST)?.min(MOST),
        number("part-number-marker", 0)?,
    );
    context.parts_of(id, key).ok_or(Error::NO_SUCH_UPLOAD)?;
    let mut parts = context.parts(id);
    parts.retain(|(number, _)| *number > after);
    let is_cut = parts.len() > most as usize && most > 0;
    parts.truncate(most as usize);
    let next = parts
        .last()
        .filter(|_| is_cut)
        .map_or(0, |(number, _)| *number);
    let listed: String = parts
        .iter()
        .map(|(number, part)| {
            format!(
                "<Part><PartNumber>{number}</PartNumber><LastModified>{}</LastModified><ETag>&#34;{}&#34;</ETag>\
                 <Size>{}</Size></Part>",
                sigv4::iso_date(part.created_ms),
                part.md5,
                part.size
            )
        })
        .collect();
    let who = format!("<ID>{OWNER}</ID><DisplayName>{OWNER}</DisplayName>");
    let more = format!(
        "<Initiator>{who}</Initiator><Owner>{who}</Owner><StorageClass>STANDARD</StorageClass>\
         <PartNumberMarker>{after}</PartNumberMarker><NextPartNumberMarker>{next}</NextPartNumberMarker>\
         <MaxParts>{most}</MaxParts><IsTruncated>{is_cut}</IsTruncated><ChecksumAlgorithm></ChecksumAlgorithm>\
         <ChecksumType></ChecksumType>{listed}"
    );
    let members = [("Bucket", context.bucket), ("Key", key), ("UploadId", id)];
    Ok(result_with("ListPartsResult", &members, &more))
}

fn upload_id(context: &Context<'_>) -> Option<String> {
    context
        .head
        .query_pairs()
        .into_iter()
        .find(|(name, _)| name == "uploadId")
        .map(|(_, id)| id)
}

async fn begin(context: &Context<'_>, key: &str) -> Result<Answer, Failure> {
    manners::check_wishes(context)?;
    manners::check_version(context)?;
    manners::check_lock(context)?;
    let content_type = context.head.header("content-type");
    let labels = manners::labels(&context.head.headers)?;
    let id = context.begin_parts(key, content_type, labels).await?;
    let bucket = &context.config.bucket;
    let members = [("Bucket", bucket.as_str()), ("Key", key), ("UploadId", &id)];
    Ok(result("InitiateMultipartUploadResult", &members))
}

async fn complete(
    context: &Context<'_>,
    key: &str,
    id: &str,
    body: &mut RequestBody,
) -> Result<Answer, Failure> {
    let list = body.collect(LONGEST_LIST).await?;
    let list = list.ok_or(Error::MALFORMED_XML)?;
    if list.is_empty() {
        return Err(Error::MISSING_PART.into());
    }
    let parts = read_list(&list)?;
    let made = join(context, key, id, &parts).await?;
    let bucket = &context.config.bucket;
    let etag = format!("\"{}\"", made.md5);
    let members = [
        ("Location", &*super::location(context, key)),
        ("Bucket", bucket),
        ("Key", key),
        ("ETag", &etag),
    ];
    let mut answer = result("CompleteMultipartUploadResult", &members);
    set(&mut answer, header::ETAG, &etag);
    Ok(answer)
}

/// Numbers and ETags of the parts in a CompleteMultipartUpload, whatever that is called.
fn read_list(bytes: &[u8]) -> Result<Vec<(i64, String)>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::MALFORMED_XML)?;
    let document = super::xml(text)?;
    // With the namespace or without it.
    let parts = document.root_element().children();
    let parts = parts.filter(|node| node.tag_name().name() == "Part");
    parts
        .map(|part| {
            let text = |name: &str| {
                let found = part.children().find(|node| node.tag_name().name() == name);
                found
                    .and_then(|node| node.text())
                    .unwrap_or_default()
                    .trim()
            };
            let number = match text("PartNumber") {
                "" => 0,
                number => number.parse().map_err(|_| {
                    let why = format!("strconv.ParseInt: parsing {number:?}: invalid syntax");
                    Failure::internal(&why)
                })?,
            };
            Ok((number, text("ETag").trim_matches('"').to_owned()))
        })
        .collect()
}

/// Makes the object of these parts, by number and ETag. The sum of their sizes is nobody's business here.
async fn join(
    context: &Context<'_>,
    key: &str,
    id: &str,
    wanted: &[(i64, String)],
) -> Result<Arc<Meta>, Failure> {
    if wanted.is_empty() {
        return Err(Error::MISSING_PART.into());
    }
    if !wanted.is_sorted_by(|(a, _), (b, _)| a <= b) {
        return Err(Error::PART_ORDER.into());
    }
    context.parts_of(id, key).ok_or(Error::NO_SUCH_UPLOAD)?;
    let smallest = driver::limits(context).min_part;
    let mut parts = Vec::with_capacity(wanted.len());
    for (number, etag) in wanted {
        let number = u32::try_from(*number).map_err(|_| Error::INVALID_PART)?;
        let part = context.part(id, number);
        let part = part.filter(|part| part.md5 == *etag);
        parts.push((number, part.ok_or(Error::INVALID_PART)?));
    }
    // Only when all are there does their size matter.
    if parts
        .iter()
        .rev()
        .skip(1)
        .any(|(_, part)| part.size < smallest)
    {
        return Err(Error::TOO_SMALL.into());
    }
    Ok(context.finish_parts(id, key, &parts).await?)
}

/// Completes an upload on OpenIM's behalf; what the store has against it is in its own words.
pub(in crate::service::openim) async fn complete_for_openim(
    context: &Context<'_>,
    key: &str,
    id: &str,
    etags: &[String],
) -> Result<(), String> {
    let etags = etags.iter().map(|etag| etag.trim_matches('"').to_owned());
    let parts: Vec<(i64, String)> = (1..).zip(etags).collect();
    let made = join(context, key, id, &parts).await;
    made.map(drop).map_err(|failure| failure.words())
}

fn result(name: &str, members: &[(&str, &str)]) -> Answer {
    result_with(name, members, "")
}

/// With more XML behind the members.
pub(super) fn result_with(name: &str, members: &[(&str, &str)], more: &str) -> Answer {
    let members: String = members
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>", escape(value)))
        .collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name} xmlns=\"{NAMESPACE}\">{members}{more}</{name}>"
    );
    text(200, "application/xml", body)
}

#[cfg(test)]
mod tests {
    use super::read_list;

    #[test]
    fn lists_of_parts() {
        let part = |number, etag: &str| (number, etag.to_owned());
        for (text, expected) in [
            (
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><ETag>&quot;aa&quot;\
                 </ETag><PartNumber>1</PartNumber></Part><Part><PartNumber>3</PartNumber><ETag>bb</ETag></Part>\
                 </CompleteMultipartUpload>",
                Some(vec![part(1, "aa"), part(3, "bb")]),
            ),
            ("<CompleteMultipartUpload/>", Some(Vec::new())),
            ("<Other><Part/></Other>", Some(vec![part(0, "")])),
            ("<A><Part><PartNumber>x</PartNumber></Part></A>", None),
            ("<CompleteMultipartUpload>", None),
        ] {
            assert_eq!(read_list(text.as_bytes()).ok(), expected, "{text}");
        }
    }
}

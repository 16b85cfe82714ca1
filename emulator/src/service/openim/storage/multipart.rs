//! The calls around UploadPart: beginning, completing and aborting an upload. OpenIM's server makes them at its store and
//! its clients never do, but whoever judges this store with a client of S3 needs them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header;

use super::super::{Context, driver};
use super::checksums::Algorithm;
use super::error::{Error, Failure, escape};
use super::{auth, checksums, manners};
use crate::calendar;
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
            // What is no identifier is told from one that is not known.
            let is_one = URL_SAFE_NO_PAD.decode(&id).is_ok();
            is_one.then_some(()).ok_or(Error::NO_SUCH_UPLOAD)?;
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
    let upload = context.parts_of(id, key).ok_or(Error::NO_SUCH_UPLOAD)?;
    let (asked, kind) = checksums::of_upload(&upload).unzip();
    let (asked, kind) = (asked.map_or("", Algorithm::name), kind.unwrap_or_default());
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
            let sum = checksums::kept(part).map(|(sum, value)| (sum.element(), value));
            let sum = sum.map(|(name, value)| format!("<{name}>{value}</{name}>"));
            format!(
                "<Part><PartNumber>{number}</PartNumber><LastModified>{}</LastModified><ETag>&#34;{}&#34;</ETag>\
                 <Size>{}</Size>{}</Part>",
                calendar::iso_date(part.created_ms),
                part.md5,
                part.size,
                sum.unwrap_or_default()
            )
        })
        .collect();
    let who = format!("<ID>{OWNER}</ID><DisplayName>{OWNER}</DisplayName>");
    let more = format!(
        "<Initiator>{who}</Initiator><Owner>{who}</Owner><StorageClass>STANDARD</StorageClass>\
         <PartNumberMarker>{after}</PartNumberMarker><NextPartNumberMarker>{next}</NextPartNumberMarker>\
         <MaxParts>{most}</MaxParts><IsTruncated>{is_cut}</IsTruncated><ChecksumAlgorithm>{asked}</ChecksumAlgorithm>\
         <ChecksumType>{kind}</ChecksumType>{listed}"
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
    let mut labels = manners::labels(&context.head.headers)?;
    let sums = checksums::asked(context)?;
    labels.extend(sums.iter().cloned());
    let id = context.begin_parts(key, content_type, labels).await?;
    let bucket = &context.config.bucket;
    let members = [("Bucket", bucket.as_str()), ("Key", key), ("UploadId", &id)];
    let mut answer = result("InitiateMultipartUploadResult", &members);
    super::get::give_labels(sums.iter(), &mut answer);
    Ok(answer)
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
    let location = super::location(context, key);
    let mut members = vec![
        ("Location", &*location),
        ("Bucket", bucket),
        ("Key", key),
        ("ETag", &etag),
    ];
    let sum = checksums::kept(&made).map(|(sum, value)| (sum.element(), value));
    members.extend(sum.as_ref().map(|(name, value)| (&**name, *value)));
    let mut answer = result("CompleteMultipartUploadResult", &members);
    set(&mut answer, header::ETAG, &etag);
    super::get::give_labels(checksums::labels(&made), &mut answer);
    Ok(answer)
}

/// A part that is to be one of the object's.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    number: i64,
    etag: String,
    /// All that it says, by the names of the elements.
    texts: Vec<(String, String)>,
}

/// The parts in a CompleteMultipartUpload, whatever that is called.
fn read_list(bytes: &[u8]) -> Result<Vec<Listed>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::MALFORMED_XML)?;
    let document = super::xml(text)?;
    // With the namespace or without it.
    let parts = document.root_element().children();
    let parts = parts.filter(|node| node.tag_name().name() == "Part");
    parts
        .map(|part| {
            let texts = part.children().filter(roxmltree::Node::is_element);
            let texts = texts.map(|node| {
                let text = node.text().unwrap_or_default().trim();
                (node.tag_name().name().to_owned(), text.to_owned())
            });
            let texts: Vec<(String, String)> = texts.collect();
            let number = match text_of(&texts, "PartNumber") {
                "" => 0,
                number => number.parse().map_err(|_| {
                    let why = format!("strconv.ParseInt: parsing {number:?}: invalid syntax");
                    Failure::internal(&why)
                })?,
            };
            let etag = text_of(&texts, "ETag").trim_matches('"').to_owned();
            Ok(Listed {
                number,
                etag,
                texts,
            })
        })
        .collect()
}

fn text_of<'t>(texts: &'t [(String, String)], name: &str) -> &'t str {
    let mut texts = texts.iter();
    let found = texts.find(|(found, _)| found == name);
    found.map_or("", |(_, text)| text.as_str())
}

/// Makes the object of these parts, by number and ETag. The sum of their sizes is nobody's business here.
async fn join(
    context: &Context<'_>,
    key: &str,
    id: &str,
    wanted: &[Listed],
) -> Result<Arc<Meta>, Failure> {
    if wanted.is_empty() {
        return Err(Error::MISSING_PART.into());
    }
    if !wanted.is_sorted_by(|a, b| a.number <= b.number) {
        return Err(Error::PART_ORDER.into());
    }
    let upload = context.parts_of(id, key).ok_or(Error::NO_SUCH_UPLOAD)?;
    let asked = checksums::of_upload(&upload).map(|(sum, _)| sum.element());
    let smallest = driver::limits(context).min_part;
    let mut parts = Vec::with_capacity(wanted.len());
    for listed in wanted {
        let number = u32::try_from(listed.number).map_err(|_| Error::INVALID_PART)?;
        // Where checksums are asked for, the list has those that the parts came with.
        let is_it = |part: &Arc<Meta>| {
            let sum = checksums::kept(part).map(|(_, value)| value);
            let stated = asked.as_ref().map(|name| text_of(&listed.texts, name));
            part.md5 == listed.etag && (stated.is_none() || stated == sum)
        };
        let part = context.part(id, number).filter(is_it);
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
    let said = upload.labels.iter();
    let said = said.filter(|(name, _)| !name.starts_with(checksums::PREFIX));
    let mut labels: Vec<_> = said.cloned().collect();
    labels.extend(checksums::of_parts(context, &upload, &parts).await?);
    Ok(context.finish_parts(id, key, &parts, labels).await?)
}

/// Completes an upload on OpenIM's behalf; what the store has against it is in its own words.
pub(in crate::service::openim) async fn complete_for_openim(
    context: &Context<'_>,
    key: &str,
    id: &str,
    etags: &[String],
) -> Result<(), String> {
    let etags = etags.iter().map(|etag| etag.trim_matches('"').to_owned());
    let parts = (1..).zip(etags).map(|(number, etag)| Listed {
        number,
        etag,
        texts: Vec::new(),
    });
    let parts: Vec<Listed> = parts.collect();
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
            let listed = read_list(text.as_bytes()).ok();
            let listed = listed.map(|parts| {
                let parts = parts.into_iter().map(|part| (part.number, part.etag));
                parts.collect::<Vec<_>>()
            });
            assert_eq!(listed, expected, "{text}");
        }
    }
}

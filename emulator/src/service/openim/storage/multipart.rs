//! The calls around UploadPart: beginning, completing and aborting an upload. OpenIM's server makes them at its store and
//! its clients never do, but whoever judges this store with a client of S3 needs them.

use std::sync::Arc;

use hyper::header;

use super::super::{Context, driver};
use super::error::{Error, Failure, escape};
use super::{auth, manners};
use crate::http::{Answer, RequestBody, set, status_only, text};
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
        true => Err(Error::METHOD.into()),
        false => Err(Failure::unsupported(context.head)),
    }
}

/// DELETE of an object: with `?uploadId=` it aborts an upload, known or not.
pub(super) fn delete(context: &Context<'_>, key: &str) -> Result<Answer, Failure> {
    let id = upload_id(context).ok_or(Error::NOT_IMPLEMENTED)?;
    auth::check(context)?;
    if context.parts_of(&id, key).is_some() {
        context.forget_parts(&id)?;
    }
    Ok(status_only(204))
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
    let content_type = context.head.header("content-type");
    let id = context
        .begin_parts(key, content_type, manners::labels(&context.head.headers))
        .await?;
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
    let parts = read_list(&list).ok_or(Error::MALFORMED_XML)?;
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

/// Numbers and ETags of the parts in a CompleteMultipartUpload.
fn read_list(bytes: &[u8]) -> Option<Vec<(u32, String)>> {
    let document = roxmltree::Document::parse(std::str::from_utf8(bytes).ok()?).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "CompleteMultipartUpload" {
        return None;
    }
    // With the namespace or without it.
    let parts = root
        .children()
        .filter(|node| node.tag_name().name() == "Part");
    parts
        .map(|part| {
            let text = |name: &str| {
                let found = part.children().find(|node| node.tag_name().name() == name);
                found.and_then(|node| node.text()).unwrap_or_default()
            };
            let number = text("PartNumber").trim().parse().ok()?;
            Some((number, text("ETag").trim().trim_matches('"').to_owned()))
        })
        .collect()
}

/// Makes the object of these parts, by number and ETag. The sum of their sizes is nobody's business here.
async fn join(
    context: &Context<'_>,
    key: &str,
    id: &str,
    wanted: &[(u32, String)],
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
    for (at, (number, etag)) in wanted.iter().enumerate() {
        let part = context
            .part(id, *number)
            .filter(|part| part.md5 == *etag)
            .ok_or(Error::INVALID_PART)?;
        let last = at + 1 == wanted.len();
        if part.size < smallest && !last {
            return Err(Error::TOO_SMALL.into());
        }
        parts.push(part);
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
    let parts: Vec<(u32, String)> = (1..).zip(etags).collect();
    let made = join(context, key, id, &parts).await;
    made.map(drop).map_err(|failure| failure.words())
}

fn result(name: &str, members: &[(&str, &str)]) -> Answer {
    let members: String = members
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>", escape(value)))
        .collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name} xmlns=\"{NAMESPACE}\">{members}</{name}>"
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
            (
                "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
                None,
            ),
            ("<Other/>", None),
            ("<CompleteMultipartUpload>", None),
        ] {
            assert_eq!(read_list(text.as_bytes()), expected, "{text}");
        }
    }
}

//! PUT of an object or of one part.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{self, HeaderName};
use md5::{Digest, Md5};
use sha2::Sha256;

use super::super::Context;
use super::auth::Payload;
use super::checksums::{self, Stated};
use super::chunked::Chunks;
use super::error::{Error, Failure};
use super::get::{Conditions, is_tag_of};
use super::{auth, manners};
use crate::calendar;
use crate::http::{Answer, RequestBody, set, status_only, text};
use crate::service::is_sub_resource;
use crate::store::{Meta, Upload, hex};

const SOURCE_VERSION: HeaderName = HeaderName::from_static("x-amz-copy-source-version-id");

/// The largest object of a single PUT, and the largest part.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

/// The highest number of a part.
pub(super) const MOST_PARTS: u32 = 10_000;

pub(super) async fn put(
    context: &Context<'_>,
    key: &str,
    body: &mut RequestBody,
) -> Result<Answer, Failure> {
    if key.is_empty() {
        return create_bucket(context, body).await;
    }
    if let Some(source) = context.head.header("x-amz-copy-source") {
        auth::check(context)?;
        return copy(context, key, &source).await;
    }
    // What is put there is not the object: to take it for that would replace it.
    let query = context.head.query_pairs();
    if query.iter().any(|(name, _)| name == "tagging") {
        auth::check(context)?;
        return tag(context, key, body).await;
    }
    let payload = auth::check_put(context)?;
    if query.iter().any(|(name, _)| is_sub_resource(name)) {
        return Err(Failure::because(Error::NOT_IMPLEMENTED, "").keyless());
    }
    // It is the first thing that is looked at.
    let md5 = manners::stated_md5(context.head.header("content-md5").as_deref())?;
    // Without either there is no body.
    let is_chunked = context.head.header("transfer-encoding").is_some();
    // Signed chunks say their length themselves.
    let may_be_without = !is_chunked || matches!(payload, Payload::Chunks(_));
    let length = context
        .head
        .content_length()
        .or(may_be_without.then_some(0));
    let length = length.ok_or(Error::NO_LENGTH)?;
    if length > LARGEST {
        return Err(Error::TOO_LARGE.into());
    }
    let value = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    let part = match (value("uploadId"), value("partNumber")) {
        (Some(id), Some(number)) => {
            let number = part_number(number)?;
            let upload = context.parts_of(id, key).ok_or(Error::NO_SUCH_UPLOAD)?;
            Some((id, number, upload))
        }
        // One without the other means nothing.
        _ => None,
    };
    manners::check_wishes(context)?;
    let mut labels = Vec::new();
    if part.is_none() {
        manners::check_version(context)?;
        manners::check_lock(context)?;
        check_conditions(context, key)?;
        labels = manners::labels(&context.head.headers)?;
    }
    let stated = Stated::read(|name| context.head.header(name))?;
    if let Some((_, _, upload)) = &part {
        checksums::check_part(context, upload, key, stated.as_ref())?;
    }
    let (file, sum) = receive(context, body, payload, md5, stated).await?;
    let meta = match part {
        // A part given twice: the later one counts.
        Some((id, number, _)) => {
            let labels = sum.into_iter().collect();
            context.put_part(id, number, file, labels).await?
        }
        None => {
            labels.extend(sum.into_iter().flat_map(checksums::of_object));
            let content_type = context.head.header("content-type");
            context.put_object(key, file, content_type, labels).await?
        }
    };
    let mut answer = status_only(200);
    set(&mut answer, header::ETAG, &format!("\"{}\"", meta.md5));
    super::get::give_labels(checksums::labels(&meta), &mut answer);
    Ok(answer)
}

/// Creates the bucket, which is there; no other can be.
async fn create_bucket(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Failure> {
    const LONGEST: usize = 2 * 1024 * 1024;
    auth::check_anywhere(context)?;
    let mut query = context.head.query_pairs().into_iter();
    if query.any(|(name, _)| is_sub_resource(&name)) {
        return Err(Error::NOT_IMPLEMENTED.into());
    }
    let place = body.collect(LONGEST).await?.unwrap_or_default();
    if !place.is_empty() {
        let text = std::str::from_utf8(&place).map_err(|_| Error::MALFORMED_XML)?;
        super::xml(text).map_err(|_| Error::MALFORMED_XML)?;
    }
    match context.bucket == context.config.bucket {
        true => Err(Error::BUCKET_EXISTS.into()),
        false => Err(Error::NOT_IMPLEMENTED.into()),
    }
}

/// Copies an object of the bucket, with what it says of itself unless the request says that.
async fn copy(context: &Context<'_>, key: &str, source: &str) -> Result<Answer, Failure> {
    if context.head.query("uploadId").is_some() {
        return Err(Error::NOT_IMPLEMENTED.into());
    }
    // Of its query only the version counts.
    let (path, query) = source.split_once('?').unwrap_or((source, ""));
    let version = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("versionId="));
    let path = crate::http::decode_percent(path, false);
    let (bucket, from) = path
        .trim_start_matches('/')
        .split_once('/')
        .ok_or(Error::COPY_SOURCE)?;
    let made = copy_from(context, bucket, from, version, key).await;
    // What goes wrong is told of the source.
    let made = made.map_err(|failure| failure.of(bucket, from))?;
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CopyObjectResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <LastModified>{}</LastModified><ETag>&#34;{}&#34;</ETag></CopyObjectResult>",
        calendar::iso_date(made.created_ms),
        made.md5
    );
    let mut answer = text(200, "application/xml", body);
    set(&mut answer, header::ETAG, &format!("\"{}\"", made.md5));
    super::get::give_labels(checksums::labels(&made), &mut answer);
    if let Some(version) = version {
        set(&mut answer, SOURCE_VERSION, version);
    }
    Ok(answer)
}

async fn copy_from(
    context: &Context<'_>,
    bucket: &str,
    from: &str,
    version: Option<&str>,
    key: &str,
) -> Result<Arc<Meta>, Failure> {
    let replaces = |name: &str, error: Error| match context.head.header(name).as_deref() {
        None | Some("" | "COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(_) => Err(error),
    };
    let is_new = replaces("x-amz-metadata-directive", Error::METADATA_DIRECTIVE)?;
    let is_retagged = replaces("x-amz-tagging-directive", Error::TAG_DIRECTIVE)?;
    manners::check_wishes(context)?;
    super::check_bucket_name(bucket).map_err(|_| Error::BUCKET_NAME)?;
    if bucket != context.config.bucket {
        return Err(Error::NO_SUCH_BUCKET.into());
    }
    super::check_path(from).map_err(|_| Error::NAME)?;
    super::check_key(from)?;
    if version.is_some_and(|version| version != "null") {
        return Err(Error::NO_SUCH_VERSION.into());
    }
    let object = context.object(from).ok_or(Error::NO_SUCH_KEY)?;
    check_source(context, &object)?;
    manners::check_lock(context)?;
    let has_class = context.head.header(manners::STORAGE_CLASS).is_some();
    if from == key && !is_new && !is_retagged && !has_class {
        return Err(Error::SELF_COPY.into());
    }
    let is_said_here = |label: &&(String, String)| match label.0.as_str() {
        manners::TAGS => is_retagged,
        // It is of the content, whatever is said of that.
        name if name.starts_with(checksums::PREFIX) => false,
        manners::STORAGE_CLASS => is_new || has_class,
        _ => is_new,
    };
    let said = manners::labels(&context.head.headers)?;
    let said = said.iter().filter(is_said_here);
    // How long it may be kept is not copied.
    let kept = object.labels.iter().filter(|label| !is_said_here(label));
    let kept = kept.filter(|(name, _)| name != "expires");
    let mut labels: Vec<_> = said.chain(kept).cloned().collect();
    if checksums::kept(&object).is_none() {
        labels.extend(checksums::of_copy(context, &object).await?);
    }
    let content_type = match is_new {
        true => context.head.header("content-type"),
        false => object.content_type.clone(),
    };
    let made = context.copy_object(&object, key, content_type, labels);
    Ok(made.await?)
}

/// What a copy asks of its source: each condition counts.
fn check_source(context: &Context<'_>, meta: &Meta) -> Result<(), Failure> {
    let asked = Conditions::read(context, "x-amz-copy-source-");
    let changed = meta.created_ms.div_euclid(1000);
    let fails = asked.wanted.is_some_and(|tag| !is_tag_of(&tag, meta))
        || asked.unwanted.is_some_and(|tag| is_tag_of(&tag, meta))
        || asked.changed_since.is_some_and(|time| changed <= time)
        || asked.unchanged_since.is_some_and(|time| changed > time);
    match fails {
        true => Err(Failure::from(Error::PRECONDITION).of_version(meta)),
        false => Ok(()),
    }
}

/// A part's number: too high a one is told from one that is none.
fn part_number(text: &str) -> Result<u32, Failure> {
    let number: i64 = text.parse().map_err(|_| Error::INVALID_PART)?;
    let number = u32::try_from(number).ok().filter(|at| *at > 0);
    let number = number.ok_or(Error::INVALID_PART)?;
    match number {
        0..=MOST_PARTS => Ok(number),
        _ => Err(Error::PART_NUMBER.into()),
    }
}

async fn tag(context: &Context<'_>, key: &str, body: &mut RequestBody) -> Result<Answer, Failure> {
    const LONGEST: usize = 64 * 1024;
    let list = body.collect(LONGEST).await?.ok_or(Error::MALFORMED_XML)?;
    let text = std::str::from_utf8(&list).map_err(|_| Error::MALFORMED_XML)?;
    let tags = manners::tag_list(text)?;
    manners::check_version(context)?;
    let known = context.object(key).ok_or(Error::NO_SUCH_KEY)?;
    retag(context, &known, tags)?;
    Ok(status_only(200))
}

fn retag(
    context: &Context<'_>,
    known: &Meta,
    tags: Option<(String, String)>,
) -> Result<(), Failure> {
    if let Some((_, tags)) = &tags {
        manners::check_tags(tags)?;
    }
    let mut meta = Meta::clone(known);
    meta.labels.retain(|(name, _)| name != manners::TAGS);
    meta.labels.extend(tags);
    Ok(context.state.store.describe(meta)?)
}

/// Takes an object's tags away, and nothing else.
pub(super) fn untag(context: &Context<'_>, key: &str) -> Result<Answer, Failure> {
    manners::check_version(context)?;
    let known = context.object(key).ok_or(Error::NO_SUCH_KEY)?;
    retag(context, &known, None)?;
    Ok(status_only(204))
}

/// `If-None-Match: *` creates only, `If-Match` replaces only what is known.
fn check_conditions(context: &Context<'_>, key: &str) -> Result<(), Failure> {
    let asked = Conditions::read(context, "");
    let Some(meta) = context.object(key) else {
        return asked
            .wanted
            .map_or(Ok(()), |_| Err(Error::NO_SUCH_KEY.into()));
    };
    let fails = asked.wanted.is_some_and(|tag| !is_tag_of(&tag, &meta))
        || asked.unwanted.is_some_and(|tag| is_tag_of(&tag, &meta));
    if fails {
        return Err(Failure::from(Error::PRECONDITION).of_version(&meta));
    }
    Ok(())
}

/// Writes the body to disk and compares it with the digests that came with it.
async fn receive(
    context: &Context<'_>,
    body: &mut RequestBody,
    payload: Payload,
    expected_md5: Option<Vec<u8>>,
    mut stated: Option<Stated>,
) -> Result<(Upload, Option<(String, String)>), Failure> {
    let (sha256, mut chunks) = match payload {
        // A digest of nothing is none.
        Payload::Sha256(text) if !text.is_empty() => (Some(text.to_ascii_lowercase()), None),
        Payload::Any | Payload::Sha256(_) => (None, None),
        Payload::Chunks(seed) => (None, Some(Chunks::new(context, seed)?)),
    };
    let mut file = context.state.store.create()?;
    // The store's own MD5 is only known once a file is kept.
    let mut md5 = expected_md5.as_ref().map(|_| Md5::new());
    let mut sha = sha256.as_ref().map(|_| Sha256::new());
    while let Some(chunk) = body.chunk().await? {
        let chunk = match &mut chunks {
            Some(chunks) => Bytes::from(chunks.take(context, &chunk)?),
            None => chunk,
        };
        file.write(&chunk).await?;
        if let Some(md5) = &mut md5 {
            md5.update(&chunk);
        }
        if let Some(sha) = &mut sha {
            sha.update(&chunk);
        }
        if let Some(stated) = &mut stated {
            stated.update(&chunk);
        }
    }
    if let Some(chunks) = chunks {
        chunks.end()?;
    }
    if md5.map(|md5| md5.finalize().to_vec()) != expected_md5 {
        return Err(Error::BAD_DIGEST.into());
    }
    if sha.map(|sha| hex(&sha.finalize())) != sha256 {
        return Err(Error::BAD_SHA256.into());
    }
    let sum = stated.map(Stated::compare).transpose()?;
    Ok((file, sum))
}

//! PUT of an object or of one part.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header;
use md5::{Digest, Md5};
use sha2::Sha256;

use super::super::Context;
use super::auth;
use super::error::{Error, Failure};
use crate::http::{Answer, RequestBody, set, status_only};
use crate::store::{Upload, hex};

/// The largest object of a single PUT, and the largest part.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

pub(super) async fn put(
    context: &Context<'_>,
    key: &str,
    body: &mut RequestBody,
) -> Result<Answer, Failure> {
    let signed = auth::check(context)?;
    if key.is_empty() || context.head.header("x-amz-copy-source").is_some() {
        return Err(Error::NOT_IMPLEMENTED.into());
    }
    let length = context.head.content_length().ok_or(Error::NO_LENGTH)?;
    if length > LARGEST {
        return Err(Error::TOO_LARGE.into());
    }
    let query = context.head.query_pairs();
    let value = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    let part = match (value("uploadId"), value("partNumber")) {
        (Some(id), Some(number)) => {
            let number = number
                .parse()
                .ok()
                .filter(|number| (1..=10_000_u32).contains(number))
                .ok_or(Error::PART_NUMBER)?;
            context.parts_of(id, key).ok_or(Error::NO_SUCH_UPLOAD)?;
            Some((id, number))
        }
        (None, None) => None,
        _ => return Err(Error::NOT_IMPLEMENTED.into()),
    };
    let file = receive(context, body, signed.sha256.as_deref()).await?;
    let meta = match part {
        // A part given twice: the later one counts.
        Some((id, number)) => context.put_part(id, number, file).await?,
        None => {
            let content_type = context.head.header("content-type");
            context.put_object(key, file, content_type).await?
        }
    };
    let mut answer = status_only(200);
    set(&mut answer, header::ETAG, &format!("\"{}\"", meta.md5));
    Ok(answer)
}

/// Writes the body to disk and compares it with the digests that came with it.
async fn receive(
    context: &Context<'_>,
    body: &mut RequestBody,
    sha256: Option<&str>,
) -> Result<Upload, Failure> {
    let expected_md5 = match context.head.header("content-md5") {
        None => None,
        Some(text) => {
            let digest = STANDARD.decode(text).map_err(|_| Error::NO_DIGEST)?;
            Some(digest)
        }
    };
    let mut file = context.state.store.create()?;
    // The store's own MD5 is only known once a file is kept.
    let mut md5 = expected_md5.as_ref().map(|_| Md5::new());
    let mut sha = sha256.map(|_| Sha256::new());
    while let Some(chunk) = body.chunk().await? {
        file.write(&chunk).await?;
        if let Some(md5) = &mut md5 {
            md5.update(&chunk);
        }
        if let Some(sha) = &mut sha {
            sha.update(&chunk);
        }
    }
    if md5.map(|md5| md5.finalize().to_vec()) != expected_md5 {
        return Err(Error::BAD_DIGEST.into());
    }
    if sha.map(|sha| hex(&sha.finalize())).as_deref() != sha256 {
        return Err(Error::BAD_SHA256.into());
    }
    Ok(file)
}

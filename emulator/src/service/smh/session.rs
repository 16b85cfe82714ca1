//! Renewing, asking about and cancelling an upload (smh.md §1.6, §1.7, §1.9).

use serde_json::{Map, Value, json};

use super::Context;
use super::body;
use super::error::Error;
use super::path::kind;
use super::reply::{ok, quoted, type_name};
use super::token::UPLOAD;
use super::tree::Strategy;
use super::upload::{Kind, Upload};
use super::world::World;
use crate::calendar::iso_date;
use crate::http::{Answer, RequestBody, status_only};

impl Context<'_> {
    /// The upload that the call's confirm key names.
    pub(super) fn upload<'a>(&self, world: &'a World) -> Result<&'a Upload, Error> {
        let key = self.call.rest.trim_matches('/');
        world
            .uploads
            .get(key)
            .filter(|upload| upload.space == self.call.space)
            .ok_or_else(|| Error::new("UploadNotFound"))
    }
}

pub(super) async fn renew(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Error> {
    context.authorize(UPLOAD)?;
    let limited = context.head.query("traffic_limit").is_some();
    let traffic_limit = body::traffic_limit(context)?;
    let fields = body::read(body).await?;
    let numbers = body::part_numbers(context, &fields)?;
    let mut world = context.memory.world();
    let upload = context.upload(&world)?;
    if upload.kind != Kind::Multipart {
        return Err(Error::new("NotMultipartUpload"));
    }
    if upload.confirmed.is_some() {
        return Err(Error::new("UploadComplete"));
    }
    let key = upload.confirm_key.clone();
    let start_s = context.now_ms().div_euclid(1000);
    world.uploads.update(&key, |upload| {
        upload.start_s = start_s;
        upload.end_s = context.end_s(start_s);
        if limited {
            upload.traffic_limit = traffic_limit;
        }
    })?;
    let upload = context.upload(&world)?;
    Ok(ok(
        &context.upload_info(upload, &numbers.unwrap_or_default())
    ))
}

pub(super) fn state(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(UPLOAD)?;
    let without_info = context.flag("no_upload_part_info");
    if context.config.private_cloud && !without_info {
        return Err(Error::parameter(
            "uploadPartInfo is unsupported under current deployment",
        ));
    }
    let world = context.memory.world();
    let upload = context.upload(&world)?;
    let path = match upload.confirmed {
        Some(node) => world.tree.path(node),
        None => world.tree.path(upload.parent).map(|mut path| {
            path.push(upload.name.clone());
            path
        }),
    };
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| {
        answer.insert(name.to_owned(), value);
    };
    put("confirmed", upload.confirmed.is_some().into());
    put("path", json!(path));
    put("type", type_name(kind(&upload.name).file_type).into());
    put("creationTime", iso_date(upload.created_ms).into());
    put("conflictResolutionStrategy", upload.strategy.name().into());
    put("force", (upload.strategy == Strategy::Overwrite).into());
    put("availableDomainNum", 1.into());
    if upload.kind == Kind::Multipart && upload.confirmed.is_none() {
        put("uploadId", json!(upload.upload_id));
        put("parts", parts(upload));
        if !without_info {
            let mut info = context.upload_info(upload, &[]);
            info.remove("confirmKey");
            info.remove("availableDomainNum");
            put("uploadPartInfo", info.into());
        }
    }
    Ok(ok(&answer))
}

/// The parts that arrived, with the store's capital letters.
fn parts(upload: &Upload) -> Value {
    let parts = upload.parts.iter().map(|(number, part)| {
        json!({
            "PartNumber": number,
            "LastModified": iso_date(part.modified_ms),
            "ETag": quoted(&part.md5),
            "Size": part.size,
        })
    });
    parts.collect::<Vec<Value>>().into()
}

/// After a confirmation there is nothing to cancel, and yet the answer is the same.
pub(super) fn cancel(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(UPLOAD)?;
    let mut world = context.memory.world();
    let upload = context.upload(&world)?;
    if upload.confirmed.is_none() {
        let (key, object) = (upload.confirm_key.clone(), upload.object.clone());
        world.uploads.remove(&key)?;
        world.objects.remove(&object)?;
    }
    Ok(status_only(204))
}

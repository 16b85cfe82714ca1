//! Finished objects, at signed addresses.

use hyper::Method;
use hyper::header::HeaderName;

use super::error::Error;
use super::{CRC64, object_id};
use crate::http::{Answer, Content, Presentation, response_label, serve, set};
use crate::service::smh::Context;
use crate::service::smh::reply::STORED_TYPE;

pub(super) fn send(context: &Context<'_>, path: &str) -> Result<Answer, Error> {
    let method = if context.head.method == Method::HEAD {
        "head"
    } else {
        "get"
    };
    // An address signed for GET serves HEAD too; stores differ here, and players ask this way.
    let checked = context.check_signature(method, path);
    if method == "head" && checked.is_err() {
        context.check_signature("get", path)?;
    } else {
        checked?;
    }
    let (object, files) = {
        let world = context.memory.world();
        let object = world.objects.get(object_id(path)).cloned();
        let object = object.filter(|object| path.strip_prefix('/') == Some(&object.key));
        let object = object.ok_or_else(|| Error::new("NoSuchKey"))?;
        let files = world.objects.content(&object);
        (object, files)
    };
    let look = Presentation {
        content_type: STORED_TYPE.to_owned(),
        etag: object.etag.clone(),
        modified_ms: object.created_ms,
        ranges: context.config.range,
        file_name: None,
    };
    let mut answer = serve(context.head, Content::Files(files), &look);
    if answer.status().is_success() {
        for (name, value) in &object.labels {
            if let Ok(name) = HeaderName::try_from(name) {
                set(&mut answer, name, value);
            }
        }
    }
    for (name, value) in context.head.query_pairs() {
        if let Some(field) = response_label(&name)
            && !value.is_empty()
            && answer.status().is_success()
        {
            set(&mut answer, field, &value);
        }
    }
    set(&mut answer, CRC64, &object.crc64.to_string());
    Ok(answer)
}

//! Finished objects, at signed addresses.

use hyper::{Method, header};

use super::error::Error;
use super::{CRC64, object_id};
use crate::http::{Answer, Content, Presentation, serve, set};
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
        let world = context.state.smh.world();
        let object = world.objects.get(object_id(path)).cloned();
        let object = object.filter(|object| path.strip_prefix('/') == Some(&object.key));
        let object = object.ok_or_else(|| Error::new("NoSuchKey"))?;
        let files = world.objects.content(&object);
        (object, files)
    };
    let query = |name| context.head.query(name).filter(|value| !value.is_empty());
    let look = Presentation {
        content_type: query("response-content-type").unwrap_or_else(|| STORED_TYPE.to_owned()),
        etag: object.etag.clone(),
        modified_ms: object.created_ms,
        ranges: context.config.range,
        file_name: None,
    };
    let mut answer = serve(context.head, Content::Files(files), &look);
    if let Some(disposition) = query("response-content-disposition") {
        set(&mut answer, header::CONTENT_DISPOSITION, &disposition);
    }
    set(&mut answer, CRC64, &object.crc64.to_string());
    Ok(answer)
}

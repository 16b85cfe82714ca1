//! Objects by a form: the fields that the beginning handed out, then the file.

use hyper::header;

use super::error::Error;
use super::put::{find, store};
use super::{CRC64, of_fault};
use crate::http::{Answer, Multipart, RequestBody, is_multipart, set, status_only};
use crate::service::smh::Context;
use crate::service::smh::object::Incoming;
use crate::service::smh::reply::quoted;
use crate::service::smh::sign::escape_path;
use crate::service::smh::upload::Kind;

/// Policies and tokens are the longest fields.
const LONGEST_FIELD: usize = 64 * 1024;

type Given = Vec<(String, String)>;

fn value<'a>(fields: &'a Given, name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

pub(super) async fn post(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Error> {
    if !is_multipart(context.head) {
        return Err(Error::because(
            "MalformedPOSTRequest",
            "the body is not multipart/form-data",
        ));
    }
    let Some(mut form) = Multipart::new(context.head, body) else {
        return Err(Error::because(
            "MalformedPOSTRequest",
            "the content type names no boundary",
        ));
    };
    let mut fields = Given::new();
    let part = loop {
        let Some(part) = form.next().await? else {
            return Err(Error::because(
                "MalformedPOSTRequest",
                "the form has no field named file",
            ));
        };
        if part.name == "file" {
            break part;
        }
        let text = form.text(LONGEST_FIELD).await?;
        fields.push((part.name, text));
    };
    // Only what stands before the file counts.
    let key = value(&fields, "key").unwrap_or_default();
    let path = format!(
        "/{}",
        key.replace("${filename}", part.file_name.as_deref().unwrap_or(""))
    );
    check(context, &path, &fields)?;
    let mut incoming = Incoming::new(&context.state.store.folder().join("incoming"))?;
    while let Some(piece) = form.data().await? {
        incoming.write(&piece).await?;
        if incoming.size() > context.config.max_part {
            return Err(Error::new("EntityTooLarge"));
        }
    }
    // Up to the last boundary: a form that was cut short is none.
    while form.next().await?.is_some() {}
    let arrived = incoming.finish().await?;
    let part = {
        let mut world = context.memory.world();
        check_open(&mut world, &path)?;
        store(context, &mut world, &path, 1, arrived)?
    };
    let status = match value(&fields, "success_action_status") {
        Some("200") => 200,
        Some("201") => 201,
        _ => 204,
    };
    let mut answer = status_only(status);
    set(&mut answer, header::ETAG, &quoted(&part.md5));
    set(&mut answer, CRC64, &part.crc64.to_string());
    let location = format!("{}{}", context.store_base(), escape_path(&path));
    set(&mut answer, header::LOCATION, &location);
    Ok(answer)
}

fn check_open(
    world: &mut crate::service::smh::world::World,
    path: &str,
) -> Result<crate::service::smh::upload::Upload, Error> {
    find(world, path)
        .filter(|upload| upload.kind == Kind::Form)
        .cloned()
        .ok_or_else(|| Error::new("AccessDenied"))
}

/// Every field that was handed out must be there as it was.
fn check(context: &Context<'_>, path: &str, fields: &Given) -> Result<(), Error> {
    let upload = check_open(&mut context.memory.world(), path)?;
    for (name, expected) in context.form_fields(&upload) {
        if value(fields, &name) == Some(expected.as_str()) {
            continue;
        }
        if name == "q-signature" {
            return Err(Error::new("SignatureDoesNotMatch"));
        }
        if name == "q-ak" {
            return Err(Error::new("InvalidAccessKeyId"));
        }
        return Err(Error::because(
            "AccessDenied",
            format!("the field {name} is missing before the file, or not as it was handed out"),
        ));
    }
    upload.span().check(context.now_ms()).map_err(of_fault)
}

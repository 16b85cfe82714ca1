//! Objects by a form: the fields that the beginning handed out, then the file.

use hyper::header;

use super::bucket::Labels;
use super::error::Error;
use super::put::{find, is_kept, store};
use super::{CRC64, xml};
use crate::http::{Answer, Multipart, RequestBody, is_multipart, set, status_only};
use crate::service::smh::Context;
use crate::service::smh::object::{Incoming, Part};
use crate::service::smh::reply::quoted;
use crate::service::smh::sign::escape;
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
        let confirm_key = check_open(&mut world, &path)?.confirm_key;
        let labels = labels(&fields);
        world
            .uploads
            .update(&confirm_key, |upload| upload.labels = labels)?;
        store(context, &mut world, &path, 1, arrived)?
    };
    Ok(answer(context, &path, &fields, &part))
}

/// The fields that go with the object.
fn labels(fields: &Given) -> Labels {
    let named = fields
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    named.filter(|(name, _)| is_kept(name)).collect()
}

/// As the fields `success_action_…` want it.
fn answer(context: &Context<'_>, path: &str, fields: &Given, part: &Part) -> Answer {
    let (etag, location) = (quoted(&part.md5), context.location(path));
    let members = [
        ("Location", location.as_str()),
        ("Bucket", &context.bucket()),
        ("Key", path.trim_start_matches('/')),
        ("ETag", &etag),
    ];
    let redirect = value(fields, "success_action_redirect").filter(|target| !target.is_empty());
    let mut answer = match (redirect, value(fields, "success_action_status")) {
        (Some(_), _) => status_only(303),
        (None, Some("200")) => status_only(200),
        (None, Some("201")) => with_status(xml("PostResponse", &members, ""), 201),
        (None, _) => status_only(204),
    };
    let target = redirect.map_or(location.clone(), |target| {
        let mark = if target.contains('?') { '&' } else { '?' };
        let [_, (_, bucket), (_, key), _] = members;
        let [bucket, key, etag] = [bucket, key, &etag].map(escape);
        format!("{target}{mark}bucket={bucket}&key={key}&etag={etag}")
    });
    set(&mut answer, header::LOCATION, &target);
    set(&mut answer, header::ETAG, &etag);
    set(&mut answer, CRC64, &part.crc64.to_string());
    answer
}

fn with_status(mut answer: Answer, status: u16) -> Answer {
    if let Ok(status) = hyper::StatusCode::from_u16(status) {
        *answer.status_mut() = status;
    }
    answer
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
    Ok(upload.span().check(context.now_ms())?)
}

//! Copying, moving and deleting several things with one call (smh.md §1.19). All is done when it answers.

use serde_json::{Map, Value, json};

use super::Context;
use super::body;
use super::error::Error;
use super::files;
use super::path::from_text;
use super::recycled::results_of;
use super::token::Grants;
use super::transfer::{How, carry};
use super::tree::Strategy;
use crate::http::{Answer, RequestBody};

fn grants(how: How) -> Grants {
    match how {
        How::Copy => &["copy_file", "copy_file_force", "copy_directory"],
        How::Move => &["move_file", "move_file_force", "move_directory"],
    }
}

fn fields(entry: &Value) -> Result<&Map<String, Value>, Error> {
    let fields = entry.as_object();
    fields.ok_or_else(|| Error::parameter("the body must be a list of objects"))
}

pub(super) async fn transfer(
    context: &Context<'_>,
    how: How,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.authorize(grants(how))?;
    let mut results = Vec::new();
    for entry in body::read_list(body).await? {
        let fields = fields(&entry)?;
        let name = match how {
            How::Copy => "copyFrom",
            How::Move => "from",
        };
        let from = from_text(&body::text(fields, name)?.unwrap_or_default())?;
        let to = from_text(&body::text(fields, "to")?.unwrap_or_default())?;
        let asked = body::text(fields, "conflictResolutionStrategy")?;
        let about = json!({ name: from, "to": to });
        results.push(match one(context, how, &from, to, asked.as_deref()) {
            Ok((status, path)) => {
                let mut about = about;
                about["status"] = status.into();
                about["path"] = json!(path);
                about
            }
            Err(error) => error.in_list(about),
        });
    }
    Ok(results_of(results))
}

/// "200 with rename, 204 with ask or overwrite", and where it is now.
fn one(
    context: &Context<'_>,
    how: How,
    from: &[String],
    to: Vec<String>,
    asked: Option<&str>,
) -> Result<(u16, Option<Vec<String>>), Error> {
    let mut world = context.memory.world();
    let found = world.tree.find(&context.call.space, from);
    let node = found.ok_or_else(|| Error::new("PathNotFound"))?;
    let directory = node.file.is_none();
    let default = if directory {
        Strategy::Ask
    } else {
        Strategy::Rename
    };
    let strategy = Strategy::parse(asked, default)?;
    let done = carry(context, &mut world, how, directory, from, to, strategy)?;
    let status = match strategy {
        Strategy::Rename => 200,
        Strategy::Ask | Strategy::Overwrite => 204,
    };
    Ok((status, world.tree.path(done.node)))
}

pub(super) async fn delete(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Error> {
    context.authorize(files::DELETE_FILE)?;
    let mut results = Vec::new();
    for entry in body::read_list(body).await? {
        let fields = fields(&entry)?;
        let path = from_text(&body::text(fields, "path")?.unwrap_or_default())?;
        let permanent = fields.get("permanent") == Some(&Value::Bool(true));
        let about = json!({ "path": path });
        results.push(match files::remove(context, &path, None, permanent) {
            Ok(item) => {
                let mut about = about;
                about["status"] = if item.is_some() { 200 } else { 204 }.into();
                if let Some(item) = item {
                    about["recycledItemId"] = item.into();
                }
                about
            }
            Err(error) => error.in_list(about),
        });
    }
    Ok(results_of(results))
}

//! The verbs that are about files that are there, and about uploads in parts.

use chatfile::{
    AbortUploadOptions, CheckOptions, Client, DeleteOptions, DeleteResult, Error, FileInfo,
    InfoOptions, Leftover, ListOptions, Status,
};

use super::callbacks::Canceller;
use super::describe;
use super::fields;
use super::options::{number, text};
use crate::protocol::Line;

pub(super) fn delete(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let mut options = DeleteOptions::default();
    options.cancel = canceller.handle.clone();
    options.service = line.get("smh").map(|_| fields::smh_delete(line).into());
    let file = line.get("file").unwrap_or_default();
    tell_deleted(client.delete(file, options))
}

pub(super) fn delete_by_time(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let mut options = DeleteOptions::default();
    options.cancel = canceller.handle.clone();
    tell_deleted(client.delete_by_time(&fields::netease_delete_task(line), options))
}

fn tell_deleted(deleted: chatfile::Result<DeleteResult>) -> Line {
    let deleted = match deleted {
        Ok(deleted) => deleted,
        Err(error) => return describe(&error),
    };
    let mut answer = Line::new("ok").with("attempts", deleted.attempts);
    tell(&mut answer, "", "task_id", deleted.task_id);
    tell(
        &mut answer,
        "",
        "recycled_item_id",
        deleted.recycled_item_id,
    );
    answer
}

pub(super) fn abort_upload(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let mut options = AbortUploadOptions::default();
    options.cancel = canceller.handle.clone();
    let leftover = match (line.get("resume_token"), line.get("checkpoint")) {
        (Some(token), None) => Leftover::Token(token.to_owned()),
        (None, Some(path)) => Leftover::Checkpoint(path.into()),
        _ => {
            let what = "resume_token: the type holds exactly one of it and a checkpoint";
            return describe(&Error::new(Status::Argument, what).with_field("resume_token"));
        }
    };
    match client.abort_upload(leftover, options) {
        Ok(()) => Line::new("ok"),
        Err(error) => describe(&error),
    }
}

pub(super) fn info(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let mut options = InfoOptions::default();
    options.cancel = canceller.handle.clone();
    let file = line.get("file").unwrap_or_default();
    match client.info(file, options) {
        Ok(info) => {
            let mut answer = Line::new("ok");
            tell_info(&mut answer, "", info);
            answer
        }
        Err(error) => describe(&error),
    }
}

pub(super) fn exists(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let mut options = InfoOptions::default();
    options.cancel = canceller.handle.clone();
    let file = line.get("file").unwrap_or_default();
    match client.exists(file, options) {
        Ok(exists) => Line::new("ok").with("value", i32::from(exists)),
        Err(error) => describe(&error),
    }
}

pub(super) fn check(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let mut options = CheckOptions::default();
    options.store = line.number("store") != 0;
    options.cancel = canceller.handle.clone();
    let steps = match client.check(options) {
        Ok(steps) => steps,
        Err(error) => return describe(&error),
    };
    let mut answer = Line::new("ok").with("count", steps.len());
    for (index, step) in steps.into_iter().enumerate() {
        let status = step.status.map_or(0, chatfile::Status::code);
        for (key, value) in [
            ("kind", Some((step.kind as i32).to_string())),
            ("verdict", Some((step.verdict as i32).to_string())),
            ("status", Some(status.to_string())),
            ("text", Some(step.text)),
            ("advice", step.advice.map(str::to_owned)),
        ] {
            tell(&mut answer, &format!("{index}."), key, value);
        }
    }
    answer
}

pub(super) fn list(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let options = list_options(line, &canceller);
    let listing = match client.list(line.get("directory").unwrap_or_default(), options) {
        Ok(listing) => listing,
        Err(error) => return describe(&error),
    };
    let mut answer = Line::new("ok").with("count", listing.entries.len());
    tell(&mut answer, "", "next_marker", listing.next_marker);
    for (index, info) in listing.entries.into_iter().enumerate() {
        tell_info(&mut answer, &format!("{index}."), info);
    }
    answer
}

pub(super) fn list_all(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let options = list_options(line, &canceller);
    let (mut names, mut given) = (String::new(), 0);
    let mut answer = Line::new("ok");
    let all = match client.list_all(line.get("directory").unwrap_or_default(), options) {
        Ok(all) => all,
        Err(error) => return describe(&error).with("given", 0),
    };
    for entry in all {
        match entry {
            Ok(entry) => {
                names += &(entry.name.unwrap_or_default() + "/");
                given += 1;
            }
            Err(error) => answer = describe(&error),
        }
    }
    answer.with("given", given).with("names", names)
}

fn list_options(line: &Line, canceller: &Canceller) -> ListOptions {
    let mut options = ListOptions::default();
    options.versions = line.number("versions") != 0;
    options.marker = text(line, "marker");
    options.limit = number(line, "limit");
    options.cancel = canceller.handle.clone();
    options
}

fn tell(answer: &mut Line, prefix: &str, key: &str, value: Option<String>) {
    if let Some(value) = value {
        answer.set(&format!("{prefix}{key}"), value);
    }
}

fn tell_info(answer: &mut Line, prefix: &str, info: FileInfo) {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    for (key, value) in [
        ("name", info.name),
        ("kind", info.kind),
        ("size", number(info.size)),
        ("crc64", info.crc64),
        ("etag", info.etag),
        ("media_type", info.media_type),
        ("creation_time", info.creation_time),
        ("modification_time", info.modification_time),
        ("local_creation_time", info.local_creation_time),
        ("local_modification_time", info.local_modification_time),
        ("category", info.category),
        ("url", info.url),
        ("content_cas", info.content_cas),
        ("version", info.version),
    ] {
        tell(answer, prefix, key, value);
    }
    for (index, label) in info.labels.into_iter().enumerate() {
        tell(answer, prefix, &format!("label.{index}"), Some(label));
    }
}

//! The Rust API as a driver, in this process.

mod callbacks;
// More fields may come, so that the structures cannot be written as literals.
#[allow(clippy::field_reassign_with_default)]
mod fields;
mod files;
mod options;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chatfile::{Client, Error, Presigned, Sink, Source, UploadResult};
use chatfile::{Crc64, OpenimHasher, SmhHasher, Update};

use super::Front;
use crate::protocol::{Crc32, Line, Pattern};
pub use callbacks::SeenByClient;
use callbacks::{Canceller, Home, Reader, Seen, Writer};
pub use options::{Open, client_options, number, secret, text};
use options::{download_options, number_of, opener, upload_options};

/// Clients by slot.
#[derive(Default)]
pub struct Rust(HashMap<i64, Slot>);

struct Slot {
    client: Client,
    seen: Arc<SeenByClient>,
}

impl Front for Rust {
    fn call(&mut self, line: &Line) -> Line {
        let slot = line.number("client");
        if let Some(open) = opener(&line.head) {
            return self.open(slot, line, |seen| open(line, seen));
        }
        let client = || &self.0[&slot].client;
        match line.head.as_str() {
            "upload" | "send_presigned" => {
                with_presigned(line, |presigned| upload(client(), presigned, line))
            }
            "download" | "receive_presigned" => {
                with_presigned(line, |presigned| download(client(), presigned, line))
            }
            "presign_upload" => presign_upload(client(), line),
            "presign_download" => presign_download(client(), line),
            "complete_presigned" => with_presigned(line, |presigned| {
                let canceller = Canceller::new(line);
                let mut options = chatfile::CompletePresignedOptions::default();
                options.cancel = canceller.handle.clone();
                let presigned = presigned.expect("something to complete");
                tell_upload(client().complete_presigned(presigned, options))
            }),
            "delete" => files::delete(client(), line),
            "delete_by_time" => files::delete_by_time(client(), line),
            "abort_upload" => files::abort_upload(client(), line),
            "info" => files::info(client(), line),
            "exists" => files::exists(client(), line),
            "check" => files::check(client(), line),
            "list" => files::list(client(), line),
            "list_all" => files::list_all(client(), line),
            "set_rates" => {
                let rate = |key| line.number(key).unsigned_abs();
                client().set_rates(rate("upload_rate"), rate("download_rate"));
                Line::new("ok")
            }
            "capabilities" => {
                let all = client().capabilities().into_iter();
                Line::new("ok").with("value", all.fold(0, |sum, one| sum | number_of(one)))
            }
            "checksum" => {
                let text = |key| line.get(key).unwrap_or_default();
                let checksum =
                    chatfile::netease_checksum(text("app_secret"), text("nonce"), text("cur_time"));
                Line::new("ok").with("checksum", checksum)
            }
            "digest" => digest(line),
            "combine" => {
                let number = |key| line.get(key).unwrap_or_default().parse().unwrap();
                let number =
                    chatfile::crc64_combine(number("first"), number("second"), number("length"));
                Line::new("ok").with("number", number)
            }
            "version" => Line::new("ok").with("version", env!("CARGO_PKG_VERSION")),
            "seen" => {
                let seen = &self.0[&slot].seen;
                Line::new("ok")
                    .with("asked", seen.asked.load(Ordering::Relaxed))
                    .with("logins", seen.logins.load(Ordering::Relaxed))
                    .with("challenge", seen.challenge.lock().unwrap().as_str())
                    .with("log", seen.log.lock().unwrap())
            }
            "free" => {
                self.0.remove(&slot);
                Line::new("ok")
            }
            "reset" => {
                self.0.clear();
                Line::new("ok")
            }
            other => panic!("no verb is called {other}"),
        }
    }

    fn is_c_abi(&self) -> bool {
        false
    }
}

impl Rust {
    fn open(
        &mut self,
        slot: i64,
        line: &Line,
        open: impl FnOnce(&Arc<SeenByClient>) -> chatfile::Result<Client>,
    ) -> Line {
        assert_eq!(
            line.get("secret_refusal"),
            None,
            "an error cannot be made outside of the crate"
        );
        let seen = Arc::default();
        match open(&seen) {
            Ok(client) => {
                self.0.insert(slot, Slot { client, seen });
                Line::new("ok")
            }
            Err(error) => describe(&error),
        }
    }
}

fn describe(error: &Error) -> Line {
    let mut answer = Line::new("error")
        .with("status", error.status().name())
        .with("phase", error.phase() as i32)
        .with("retryable", i32::from(error.is_retryable()))
        .with("attempts", error.attempts())
        .with("os_error", error.os_error().unwrap_or(0))
        .with(
            "tls_fault",
            error.tls_fault().map_or(0, |fault| fault as i32),
        )
        .with("at_proxy", i32::from(error.is_at_proxy()))
        .with("callback_value", error.callback_value().unwrap_or(0))
        .with("http_status", error.http_status().unwrap_or(0))
        .with("message", error.message());
    let pause = error
        .retry_after()
        .and_then(|pause| pause.as_millis().try_into().ok());
    tell_known(&mut answer, "retry_after_ms", pause);
    tell_known(&mut answer, "limit", error.limit());
    tell_known(&mut answer, "actual", error.actual());
    // Here they are a field of their own.
    let field = error.field().map(|field| match field {
        "credentials" => "config",
        other => other,
    });
    for (key, value) in [
        ("field", field),
        ("service_code", error.service_code()),
        ("service_message", error.service_message()),
        ("request_id", error.request_id()),
        ("resume_token", error.resume_token()),
        ("file", error.file()),
        ("trace", error.trace()),
    ] {
        if let Some(value) = value {
            answer.set(key, value);
        }
    }
    answer
}

/// Tells of a number, if there is one.
fn tell_known(answer: &mut Line, key: &str, number: Option<u64>) {
    if let Some(number) = number {
        answer.set(key, number);
    }
}

/// Reads the presigned request in the line, if there is one.
fn with_presigned(line: &Line, then: impl FnOnce(Option<&Presigned>) -> Line) -> Line {
    match line.get("json").map(Presigned::from_json).transpose() {
        Ok(presigned) => then(presigned.as_ref()),
        Err(error) => describe(&error),
    }
}

fn tell_presigned(presigned: &chatfile::Result<Presigned>) -> Line {
    let presigned = match presigned {
        Ok(presigned) => presigned,
        Err(error) => return describe(error),
    };
    let mut answer = Line::new("ok")
        .with("json", presigned.to_json())
        .with("method", presigned.method())
        .with("url", presigned.url())
        .with("prefix", presigned.prefix())
        .with("suffix", presigned.suffix())
        .with("success_status.0", presigned.success_status()[0])
        .with("needs_completion", i32::from(presigned.needs_completion()));
    tell_known(&mut answer, "expires_at", presigned.expires_at());
    tell_known(&mut answer, "max_size", presigned.max_size());
    if let Some(completion) = presigned.completion() {
        answer.set("completion", completion);
    }
    answer.set(
        "encoding",
        presigned.encoding().map_or(0, |encoding| encoding as i32),
    );
    for (name, value) in presigned.headers() {
        answer.set(&format!("header.{name}"), value);
    }
    for (name, value) in presigned.fields() {
        answer.set(&format!("field.{name}"), value);
    }
    answer
}

fn presign_upload(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let size = line.get("size").map(|_| line.number("size").unsigned_abs());
    let options = upload_options(line, None, canceller.handle.clone());
    tell_presigned(&client.presign_upload(size, options))
}

fn presign_download(client: &Client, line: &Line) -> Line {
    let canceller = Canceller::new(line);
    let options = download_options(line, None, canceller.handle.clone());
    let file = line.get("file").unwrap_or_default();
    tell_presigned(&client.presign_download(file, options))
}

fn tell_upload(result: chatfile::Result<UploadResult>) -> Line {
    let stored = match result {
        Ok(stored) => stored,
        Err(error) => return describe(&error),
    };
    let mut answer = Line::new("ok")
        .with("file", stored.file)
        .with("size", stored.size)
        .with("instant", i32::from(stored.instant))
        .with("attempts", stored.attempts);
    for (key, value) in [
        ("url", stored.url),
        ("share_secret", stored.share_secret),
        ("md5", stored.digests.md5),
        ("sha256", stored.digests.sha256),
        ("crc64", stored.digests.crc64),
        ("message", stored.message),
        ("message_type", stored.message_type),
        ("content_cas", stored.content_cas),
    ] {
        if let Some(value) = value {
            answer.set(key, value);
        }
    }
    answer
}

fn upload(client: &Client, presigned: Option<&Presigned>, line: &Line) -> Line {
    let (home, seen) = (Home::here(), Seen::default());
    let canceller = Canceller::new(line);
    let (reads, rewinds) = (Cell::new(0), Cell::new(0));
    let size = line.number("size").unsigned_abs();
    let pattern = Pattern::of(line);
    let kind = line.get("source").unwrap_or_default();
    let buffer = if kind == "buffer" {
        pattern.bytes(usize::try_from(size).unwrap())
    } else {
        Vec::new()
    };
    let source = match kind {
        "path" => Source::path(line.get("path").unwrap()),
        "buffer" => Source::bytes(&buffer),
        "callback" => Source::callback(
            Reader {
                pattern,
                line,
                home: &home,
                given: 0,
                reads: &reads,
                rewinds: &rewinds,
            },
            line.get("unsized").is_none().then_some(size),
        ),
        other => panic!("the Rust API has no source {other:?}"),
    };
    let progress = seen.callback(line, &home, canceller.handle.clone());
    let options = upload_options(line, progress, canceller.handle.clone());
    let result = match presigned {
        Some(presigned) => client.send_presigned(presigned, source, options),
        None => client.upload(source, options),
    };
    drop(canceller);
    let mut answer = tell_upload(result);
    if kind == "callback" {
        answer.set("reads", reads.get());
        answer.set("rewinds", rewinds.get());
    }
    seen.tell(line, &mut answer);
    home.tell(&mut answer);
    answer
}

fn download(client: &Client, presigned: Option<&Presigned>, line: &Line) -> Line {
    let (home, seen) = (Home::here(), Seen::default());
    let canceller = Canceller::new(line);
    let (received, crc) = (Cell::new(0), RefCell::new(Crc32::new()));
    let kind = line.get("sink").unwrap_or("buffer");
    let sink = match kind {
        "path" => Sink::path(line.get("path").unwrap()),
        "buffer" => Sink::buffer(),
        "callback" => Sink::writer(Writer {
            home: &home,
            line,
            received: &received,
            crc: &crc,
        }),
        other => panic!("the Rust API has no sink {other:?}"),
    };
    let progress = seen.callback(line, &home, canceller.handle.clone());
    let options = download_options(line, progress, canceller.handle.clone());
    let result = match presigned {
        Some(presigned) => client.receive_presigned(presigned, sink, options),
        None => client.download(line.get("file").unwrap_or_default(), sink, options),
    };
    drop(canceller);
    let mut answer = match result {
        Ok(file) => {
            let mut answer = Line::new("ok")
                .with("size", file.size)
                .with("attempts", file.attempts);
            if let Some(file_size) = file.file_size {
                answer.set("file_size", file_size.to_string());
            }
            if let Some(media_type) = file.media_type {
                answer.set("media_type", media_type);
            }
            if let Some(coding) = file.content_encoding {
                answer.set("content_encoding", coding);
            }
            match (kind, file.data) {
                ("buffer", Some(data)) => answer.set("sum", Crc32::of(&data)),
                ("buffer", None) => panic!("a buffer sink without data"),
                (_, Some(_)) => panic!("data although there is another sink"),
                _ => {}
            }
            answer
        }
        Err(error) => describe(&error),
    };
    if kind == "callback" {
        answer.set("received", received.get());
        answer.set("sum", crc.borrow().hex());
    }
    seen.tell(line, &mut answer);
    home.tell(&mut answer);
    answer
}

fn digest(line: &Line) -> Line {
    let path = line.get("path").unwrap();
    let part_size = line.number("part_size").unsigned_abs();
    let mut all = (
        SmhHasher::new(),
        (OpenimHasher::new(part_size), Crc64::new()),
    );
    if line.get("step").is_some() {
        let step = usize::try_from(line.number("step")).unwrap();
        for piece in std::fs::read(path).unwrap().chunks(step) {
            all.update(piece);
        }
    } else {
        let canceller = Canceller::new(line);
        let done = chatfile::update_from_file(&mut all, path, canceller.handle.as_ref());
        if let Err(error) = done {
            return describe(&error);
        }
    }
    let (smh, (openim, crc64)) = all;
    let mut answer = Line::new("ok")
        .with("full", smh.hashes().full)
        .with("beginning", smh.hashes().beginning)
        .with("openim", openim.hash())
        .with("crc64", crc64.value())
        .with("number", crc64.value())
        .with("parts", openim.part_count());
    for (index, part) in openim.parts().iter().take(16).enumerate() {
        answer.set(&format!("part.{index}"), part);
    }
    answer
}

//! What each service is asked besides the round trip: odd names, transfers that broke off, what it refuses.

use super::{Service, expect, fresh, send, unique};
use chatfile::{
    Client, DownloadOptions, Error, Progress, Result, Sink, Source, Status, UploadOptions,
    UploadResult,
};
use std::path::PathBuf;

/// Names that somebody's software stumbles over, each with a beginning that no other run has.
pub(super) fn odd_names() -> Vec<String> {
    [
        "图 片 (1)",
        "a&b=c;d",
        "100%",
        "a+b#c",
        "it's",
        "e\u{301}",
        "😀",
        ".tar",
    ]
    .iter()
    .map(|odd| format!("{odd} {}", unique("txt")))
    .collect()
}

/// Sends a small file under each odd name and fetches it; what was stored.
pub(super) fn under_odd_names<'o>(
    client: &Client,
    options: impl Fn(String) -> UploadOptions<'o>,
) -> Result<Vec<UploadResult>> {
    let mut stored = Vec::new();
    for name in odd_names() {
        let data = fresh(100);
        let upload = send(client, &data, options(name))?;
        expect(client, &upload.file, &data, DownloadOptions::default())?;
        stored.push(upload);
    }
    Ok(stored)
}

/// Stops a transfer once some of it has moved. One that is faster than the reports is not stopped.
fn stop(progress: Progress) -> Result<()> {
    let is_on_its_way =
        progress.done > 0 && progress.total.is_none_or(|total| progress.done < total);
    match is_on_its_way {
        true => Err(Error::callback("progress", 1)),
        false => Ok(()),
    }
}

/// Downloads to a file, stops on the way and goes on.
pub(super) fn resumed_download<'o>(
    client: &Client,
    file: &str,
    data: &[u8],
    options: impl Fn() -> DownloadOptions<'o>,
) -> Result<()> {
    let folder = Folder::new();
    let path = folder.0.join("file");
    for attempt in 0..2 {
        let mut options = options().resume(true);
        if attempt == 0 {
            options = options.progress(stop);
        }
        match client.download(file, Sink::path(&path), options) {
            Ok(_) => break,
            Err(error) if error.callback_value() == Some(1) => {}
            Err(error) => return Err(error),
        }
    }
    assert!(
        std::fs::read(&path).unwrap() == data,
        "another file came back"
    );
    Ok(())
}

/// Sends in parts, stops on the way and goes on with a checkpoint.
pub(super) fn resumed_upload<'o>(
    client: &Client,
    data: &[u8],
    options: impl Fn() -> UploadOptions<'o>,
) -> Result<UploadResult> {
    let folder = Folder::new();
    let checkpoint = folder.0.join("checkpoint");
    let options = || options().checkpoint(checkpoint.clone()).parallel_parts(1);
    match client.upload(Source::bytes(data), options().progress(stop)) {
        Ok(stored) => return Ok(stored),
        Err(error) if error.callback_value() == Some(1) => {}
        Err(error) => return Err(error),
    }
    client.upload(Source::bytes(data), options())
}

/// What must fail, and how.
#[track_caller]
pub(super) fn refused<T>(service: &Service, what: &str, result: Result<T>, wanted: &[Status]) {
    let name = service.name;
    match result {
        Ok(_) => panic!("{name} took {what}"),
        Err(error) => assert!(
            wanted.contains(&error.status()),
            "{name} refused {what} as {}: {error}",
            error.status()
        ),
    }
}

/// A folder that goes away.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(unique("folder"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

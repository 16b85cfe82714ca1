//! What is kept beside a `.part` file, `NAME.part.json`, so that a later call goes on with
//! bytes that it can trust.

use super::disk;
use super::journal::Journal;
use super::version::Version;
use crate::json::{self, Json};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Seek as _};

/// What a later call needs to trust the bytes that this one leaves.
pub(super) struct ResumeRecord {
    /// `NAME.part.json` beside `NAME.part`.
    pub(super) journal: Journal,
    pub(super) state: DownloadState,
    /// Bytes of an earlier call that can be used.
    pub(super) found: u64,
    /// As many bytes of another version as the journal may promise after a power cut.
    pub(super) promised: u64,
    /// Bytes written since what was there was synced.
    pub(super) unsynced: u64,
    pub(super) is_damaged: bool,
}

/// A line of the journal; the last one counts.
#[derive(Default, Serialize)]
pub(super) struct DownloadState {
    /// Which file of which service.
    pub(super) file: String,
    /// Without one, nothing can be resumed.
    #[serde(flatten)]
    pub(super) version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<u64>,
    /// When `NAME.part` was made, 0 if that cannot be known: one that was made at
    /// another time is not ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<u64>,
    /// The mode of the finished file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<u32>,
    /// So many bytes are there after a power cut, too.
    pub(super) synced: u64,
    /// Ranges are written side by side: so many bytes are there without a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) whole: Option<u64>,
    /// All that is there was written since this boot of the system, or is synced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) boot: Option<String>,
}

/// The version of the format.
const FORMAT: u64 = 1;
pub(super) const FORMAT_KEY: &str = "chatfile_download";

impl DownloadState {
    pub(super) fn read(json: &Json) -> Option<Self> {
        if json.get(FORMAT_KEY).number() != Some(FORMAT) {
            return None;
        }
        let text = |key| json.get(key).as_text().map(str::to_owned);
        Some(Self {
            file: text("file")?,
            version: Version::read(json),
            size: json.get("size").number(),
            created: json.get("created").number(),
            mode: json.get("mode").number().map(|mode| mode as u32 & 0o777),
            synced: json.get("synced").number().unwrap_or(0),
            whole: json.get("whole").number(),
            boot: text("boot"),
        })
    }

    pub(super) fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct DownloadLine<'a> {
            #[serde(rename = "chatfile_download")]
            format: u64,
            #[serde(flatten)]
            state: &'a DownloadState,
        }
        json::line(&DownloadLine {
            format: FORMAT,
            state: self,
        })
    }

    /// Whether this is the file that was made then.
    pub(super) fn made(&self, file: &File) -> bool {
        let is_then = |then| then == 0 || disk::is_created_at(file, then);
        self.created.is_some_and(is_then)
    }
}

/// What can be resumed is synced each time so many bytes have come: a power cut costs
/// no more, and a sync is over soon.
pub(super) const SYNC_EVERY: u64 = 64 * 1024 * 1024;
/// Where boots cannot be told apart (macOS), the end of the process costs as much as a power cut.
const SYNC_EVERY_BOOTLESS: u64 = 8 * 1024 * 1024;

impl ResumeRecord {
    pub(super) fn is_sync_due(&self) -> bool {
        self.unsynced
            >= match self.state.boot {
                Some(_) => SYNC_EVERY,
                None => SYNC_EVERY_BOOTLESS,
            }
    }

    pub(super) fn write(&mut self) -> io::Result<()> {
        self.journal.append(self.state.to_json())
    }

    /// What is there is so after a power cut, too.
    pub(super) fn mark(&mut self, mut file: &File) -> io::Result<()> {
        disk::sync(file)?;
        self.unsynced = 0;
        self.state.synced = match self.state.whole {
            Some(whole) => whole,
            None => file.stream_position()?,
        };
        self.promised = self.state.synced;
        self.write()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_version_is_a_member_of_the_line() {
        let coded = Version::ETag {
            tag: "\"1\"".into(),
            coding: Some("gzip".into()),
        };
        for (version, member) in [
            (None, ""),
            (Some(Version::tagged("\"1\"")), r#","etag":{"tag":"\"1\""}"#),
            (Some(coded), r#","etag":{"tag":"\"1\"","coding":"gzip"}"#),
            (
                Some(Version::Changed("yesterday".into())),
                r#","changed":"yesterday""#,
            ),
        ] {
            let state = DownloadState {
                file: "f".into(),
                version: version.clone(),
                ..DownloadState::default()
            };
            let line = state.to_json();
            let expected = format!(r#"{{"chatfile_download":1,"file":"f"{member},"synced":0}}"#);
            assert_eq!(line, expected);
            let read = DownloadState::read(&Json::parse(line.as_bytes())).unwrap();
            assert_eq!(read.version, version);
        }
    }
}

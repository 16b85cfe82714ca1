//! Which version of a file: what a download names that goes on with the bytes of an earlier
//! attempt or call.

use crate::json::Json;
use serde::Serialize;

/// What names exactly these bytes; in a journal a member of its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Version {
    /// A strong ETag, and how the bytes are coded: under one ETag some servers send them in
    /// several ways.
    #[serde(rename = "etag")]
    ETag {
        tag: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        coding: Option<String>,
    },
    /// When the file was changed last, as the service writes that. It is not coded.
    #[serde(rename = "changed")]
    Changed(String),
}

impl Version {
    pub(super) fn read(line: &Json) -> Option<Self> {
        let text = |json: &Json| json.as_text().map(str::to_owned);
        let etag = line.get("etag");
        match text(etag.get("tag")) {
            Some(tag) => Some(Self::ETag {
                tag,
                coding: text(etag.get("coding")),
            }),
            None => text(line.get("changed")).map(Self::Changed),
        }
    }

    /// What goes into an If-Range.
    pub(crate) fn if_range(&self) -> &str {
        match self {
            Self::ETag { tag, .. } => tag,
            Self::Changed(date) => date,
        }
    }

    /// How the bytes are coded.
    pub(crate) fn coding(&self) -> Option<&str> {
        match self {
            Self::ETag { coding, .. } => coding.as_deref(),
            Self::Changed(_) => None,
        }
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn tagged(tag: &str) -> Self {
        Self::ETag {
            tag: tag.to_owned(),
            coding: None,
        }
    }
}

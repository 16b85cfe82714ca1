//! Uploads between their beginning and their confirmation. They outlive a restart, as do the parts that arrived.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::object::Part;
use super::sign::Span;
use super::tree::{Attributes, Strategy, load, write_json};
use crate::random;
use crate::store::SMALLEST;
use crate::store::hex;

/// Which of the begin calls it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Simple,
    Multipart,
    Form,
}

/// One upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Upload {
    pub(super) confirm_key: String,
    pub(super) kind: Kind,
    /// The object's id, and its path at the store without the first slash.
    pub(super) object: String,
    pub(super) key: String,
    pub(super) upload_id: Option<String>,
    pub(super) space: String,
    pub(super) parent: u64,
    pub(super) name: String,
    pub(super) strategy: Strategy,
    pub(super) created_ms: i64,
    /// The span of the credentials given last.
    pub(super) start_s: i64,
    pub(super) end_s: i64,
    pub(super) traffic_limit: Option<u64>,
    pub(super) attributes: Attributes,
    pub(super) meta: BTreeMap<String, String>,
    /// Fields of the PUT that the store gives back with the object.
    #[serde(default)]
    pub(super) labels: Vec<(String, String)>,
    /// The node that it became, or 0 when its directory was gone by then.
    pub(super) confirmed: Option<u64>,
    #[serde(skip)]
    pub(super) parts: BTreeMap<u32, Part>,
    /// Counts changes of the parts.
    #[serde(skip)]
    pub(super) revision: u64,
    /// Held while a confirmation is under way, so that another waits for its end.
    #[serde(skip)]
    pub(super) gate: Arc<tokio::sync::Mutex<()>>,
}

impl Upload {
    pub(super) fn span(&self) -> Span {
        Span {
            start_s: self.start_s,
            end_s: self.end_s,
        }
    }
}

/// Every upload, confirmed ones too.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    folder: PathBuf,
    all: HashMap<String, Upload>,
    /// Confirm keys by object.
    by_object: HashMap<String, String>,
}

impl Uploads {
    /// Reads those of an earlier run; `parts` finds what arrived of an object.
    pub(super) fn open(
        folder: PathBuf,
        parts: impl Fn(&str) -> BTreeMap<u32, Part>,
    ) -> io::Result<Self> {
        let mut uploads = Self::default();
        for mut upload in load::<Upload>(&folder)? {
            if upload.confirmed.is_none() {
                upload.parts = parts(&upload.object);
            }
            uploads.put(upload);
        }
        uploads.folder = folder;
        Ok(uploads)
    }

    fn put(&mut self, upload: Upload) {
        self.by_object
            .insert(upload.object.clone(), upload.confirm_key.clone());
        self.all.insert(upload.confirm_key.clone(), upload);
    }

    pub(super) fn add(&mut self, upload: Upload) -> io::Result<()> {
        write_json(&self.file_of(&upload.confirm_key), &upload)?;
        self.put(upload);
        Ok(())
    }

    fn file_of(&self, confirm_key: &str) -> PathBuf {
        self.folder.join(format!("{confirm_key}.json"))
    }

    pub(super) fn get(&self, confirm_key: &str) -> Option<&Upload> {
        self.all.get(confirm_key)
    }

    /// Those that may still be confirmed.
    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = &Upload> {
        self.all
            .values()
            .filter(|upload| upload.confirmed.is_none())
    }

    pub(super) fn of_object(&mut self, object: &str) -> Option<&mut Upload> {
        self.all.get_mut(self.by_object.get(object)?)
    }

    /// Whether an upload that may still be confirmed needs the object.
    pub(super) fn uses(&self, object: &str) -> bool {
        let key = self.by_object.get(object);
        let upload = key.and_then(|key| self.all.get(key));
        upload.is_some_and(|upload| upload.confirmed.is_none())
    }

    pub(super) fn update(
        &mut self,
        confirm_key: &str,
        change: impl FnOnce(&mut Upload),
    ) -> io::Result<()> {
        if let Some(upload) = self.all.get_mut(confirm_key) {
            change(upload);
        }
        match self.all.get(confirm_key) {
            Some(upload) => write_json(&self.file_of(confirm_key), upload),
            None => Ok(()),
        }
    }

    /// The oldest, by confirm key and object, without which the others have room; not this one.
    pub(super) fn too_many(&self, most: u64, newest: &str) -> Vec<(String, String)> {
        let takes = |upload: &Upload| {
            let parts = upload.parts.values().map(|part| part.size);
            parts.sum::<u64>().max(SMALLEST)
        };
        let mut total: u64 = self.all.values().map(takes).sum();
        if total <= most {
            return Vec::new();
        }
        let others = self
            .all
            .values()
            .filter(|upload| upload.confirm_key != newest);
        let mut oldest: Vec<&Upload> = others.collect();
        oldest.sort_unstable_by_key(|upload| (upload.start_s, &upload.confirm_key));
        let dropped = oldest.into_iter().take_while(|upload| {
            let is_full = total > most - most / 10;
            total -= takes(upload).min(total);
            is_full
        });
        dropped
            .map(|upload| (upload.confirm_key.clone(), upload.object.clone()))
            .collect()
    }

    pub(super) fn remove(&mut self, confirm_key: &str) -> io::Result<()> {
        if let Some(upload) = self.all.remove(confirm_key) {
            self.by_object.remove(&upload.object);
            fs::remove_file(self.file_of(confirm_key))?;
        }
        Ok(())
    }
}

/// So many random bytes in hex.
pub(super) fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    random::fill(&mut random);
    hex(&random)
}

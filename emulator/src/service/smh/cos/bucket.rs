//! What the store holds without SMH's doing: objects and uploads of whoever has its keys. They outlive a restart.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::service::smh::object::{
    Arrived, Object, Objects, Part, Segment, crc_of_parts, etag_of_parts, read_parts,
};
use crate::service::smh::tree::write_json;
use crate::service::smh::upload::random_hex;
use crate::store::SMALLEST;

const DESCRIPTION: &str = "upload.json";

/// Header fields that go with an object, by their names in lower case.
pub(super) type Labels = Vec<(String, String)>;

/// An upload in parts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) key: String,
    pub(super) id: String,
    pub(super) created_ms: i64,
    pub(super) labels: Labels,
    #[serde(skip)]
    pub(super) parts: BTreeMap<u32, Part>,
}

/// Objects by their keys, and uploads by key and id.
#[derive(Debug, Default)]
pub(in crate::service::smh) struct Bucket {
    objects: Objects,
    keys: BTreeMap<String, String>,
    folder: PathBuf,
    uploads: BTreeMap<(String, String), Pending>,
    /// What the objects may take together.
    most: u64,
}

impl Bucket {
    pub(in crate::service::smh) fn open(folder: PathBuf, most: u64) -> io::Result<Self> {
        let (objects, uploads) = (folder.join("objects"), folder.join("uploads"));
        fs::create_dir_all(&objects)?;
        fs::create_dir_all(&uploads)?;
        let mut bucket = Self {
            objects: Objects::open(objects)?,
            folder: uploads,
            most,
            ..Self::default()
        };
        let all = bucket.objects.all();
        bucket.keys = all
            .map(|object| (object.key.clone(), object.id.clone()))
            .collect();
        for entry in fs::read_dir(&bucket.folder)? {
            let path = entry?.path();
            // A killed program can leave a folder without one.
            let Ok(text) = fs::read(path.join(DESCRIPTION)) else {
                continue;
            };
            let mut pending: Pending = serde_json::from_slice(&text)?;
            pending.parts = read_parts(&path);
            let name = (pending.key.clone(), pending.id.clone());
            bucket.uploads.insert(name, pending);
        }
        Ok(bucket)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Arc<Object>> {
        self.objects.get(self.keys.get(key)?)
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.all()
    }

    pub(super) fn content(&self, object: &Object) -> Vec<(PathBuf, u64)> {
        self.objects.content(object)
    }

    pub(super) fn put(
        &mut self,
        key: &str,
        labels: Labels,
        arrived: Arrived,
        now_ms: i64,
    ) -> io::Result<Arc<Object>> {
        let id = random_hex(16);
        let folder = self.objects.folder_of(&id);
        fs::create_dir_all(&folder)?;
        let part = arrived.keep(&folder, 1, 0, now_ms)?;
        let etag = part.md5.clone();
        self.add(id, key, labels, etag, &[part], now_ms)
    }

    fn add(
        &mut self,
        id: String,
        key: &str,
        labels: Labels,
        etag: String,
        parts: &[Part],
        now_ms: i64,
    ) -> io::Result<Arc<Object>> {
        let segments = parts.iter().map(|part| Segment {
            file: part.file.clone(),
            size: part.size,
        });
        let made = self.objects.add(Object {
            id: id.clone(),
            key: key.to_owned(),
            size: parts.iter().map(|part| part.size).sum(),
            crc64: crc_of_parts(parts.iter()),
            etag,
            beginning_hash: String::new(),
            full_hash: None,
            created_ms: now_ms,
            segments: segments.collect(),
            labels,
        })?;
        if let Some(old) = self.keys.insert(key.to_owned(), id) {
            self.objects.remove(&old)?;
        }
        self.make_room(key)?;
        Ok(made)
    }

    /// Drops the oldest objects but this one until the others have room.
    fn make_room(&mut self, newest: &str) -> io::Result<()> {
        let takes = |object: &Arc<Object>| object.size.max(SMALLEST);
        let mut total: u64 = self.objects.all().map(takes).sum();
        while total > self.most {
            let others = self.objects.all().filter(|object| object.key != newest);
            let Some(oldest) = others.min_by_key(|object| object.created_ms).cloned() else {
                return Ok(());
            };
            total -= takes(&oldest);
            self.remove(&oldest.key)?;
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &str) -> io::Result<()> {
        match self.keys.remove(key) {
            Some(id) => self.objects.remove(&id),
            None => Ok(()),
        }
    }

    pub(super) fn begin(&mut self, key: &str, labels: Labels, now_ms: i64) -> io::Result<String> {
        // The store's own look: seconds, then hex.
        let id = format!("{}{}", now_ms.div_euclid(1000), random_hex(32));
        let folder = self.folder.join(&id);
        fs::create_dir_all(&folder)?;
        let pending = Pending {
            key: key.to_owned(),
            id: id.clone(),
            created_ms: now_ms,
            labels,
            parts: BTreeMap::new(),
        };
        write_json(&folder.join(DESCRIPTION), &pending)?;
        self.uploads.insert((key.to_owned(), id.clone()), pending);
        Ok(id)
    }

    pub(super) fn upload(&self, key: &str, id: &str) -> Option<&Pending> {
        self.uploads.get(&(key.to_owned(), id.to_owned()))
    }

    pub(super) fn uploads(&self) -> impl Iterator<Item = &Pending> {
        self.uploads.values()
    }

    /// Adds a part; `None` if the upload has gone meanwhile.
    pub(super) fn put_part(
        &mut self,
        key: &str,
        id: &str,
        (number, serial): (u32, u64),
        arrived: Arrived,
        now_ms: i64,
    ) -> io::Result<Option<Part>> {
        let name = (key.to_owned(), id.to_owned());
        let Some(pending) = self.uploads.get_mut(&name) else {
            return Ok(None);
        };
        let folder = self.folder.join(id);
        let part = arrived.keep(&folder, number, serial, now_ms)?;
        if let Some(old) = pending.parts.insert(number, part.clone()) {
            fs::remove_file(folder.join(old.file))?;
        }
        Ok(Some(part))
    }

    /// Makes the object of these parts.
    pub(super) fn complete(
        &mut self,
        key: &str,
        id: &str,
        numbers: &[u32],
        now_ms: i64,
    ) -> io::Result<Option<Arc<Object>>> {
        let Some(pending) = self.uploads.remove(&(key.to_owned(), id.to_owned())) else {
            return Ok(None);
        };
        let parts: Vec<Part> = numbers
            .iter()
            .filter_map(|number| pending.parts.get(number).cloned())
            .collect();
        let from = self.folder.join(id);
        let made = random_hex(16);
        let folder = self.objects.folder_of(&made);
        fs::create_dir_all(&folder)?;
        for part in &parts {
            fs::rename(from.join(&part.file), folder.join(&part.file))?;
        }
        fs::remove_dir_all(from)?;
        let etag = etag_of_parts(parts.iter());
        self.add(made, key, pending.labels, etag, &parts, now_ms)
            .map(Some)
    }

    /// Whether it was there.
    pub(super) fn abort(&mut self, key: &str, id: &str) -> io::Result<bool> {
        let found = self.uploads.remove(&(key.to_owned(), id.to_owned()));
        if found.is_some() {
            fs::remove_dir_all(self.folder.join(id))?;
        }
        Ok(found.is_some())
    }
}

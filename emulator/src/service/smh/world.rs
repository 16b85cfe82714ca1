//! Everything that SMH and its store remember.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::cos::Bucket;
use super::hashes::Pending;
use super::object::{Object, Objects, read_parts};
use super::quota::Quotas;
use super::token::Tokens;
use super::tree::{File, Node, Tree};
use super::upload::Uploads;
use crate::config::SmhConfig;
use crate::store::{SMALLEST, lock};

#[derive(Debug)]
pub(super) struct World {
    pub(super) tree: Tree,
    pub(super) objects: Objects,
    pub(super) uploads: Uploads,
    /// What the store holds without SMH's doing.
    pub(super) bucket: Bucket,
    pub(super) quotas: Quotas,
    /// Numbers the parts that arrive; begins at the time, so that it grows over restarts.
    pub(super) serial: u64,
    /// What all files may take together, and all unfinished uploads.
    most: u64,
    hashing: HashMap<String, Pending>,
}

impl World {
    fn open(folder: &Path, config: &SmhConfig, most: u64, now_ms: i64) -> io::Result<Self> {
        for part in ["nodes", "objects", "uploads"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let mut objects = Objects::open(folder.join("objects"))?;
        let tree = Tree::open(folder.join("nodes"), &config.spaces, now_ms)?;
        let uploads = Uploads::open(folder.join("uploads"), |object| {
            read_parts(&objects.folder_of(object))
        })?;
        let kept: HashSet<&str> = tree.objects().collect();
        objects.sweep(|object| kept.contains(object) || uploads.uses(object))?;
        let newest = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |time| time.as_nanos());
        Ok(Self {
            tree,
            objects,
            uploads,
            bucket: Bucket::open(folder.join("bucket"), most)?,
            quotas: Quotas::open(folder.join("quotas"))?,
            serial: u64::try_from(newest).unwrap_or_default(),
            most,
            hashing: HashMap::new(),
        })
    }

    /// Removes objects that nothing needs any more.
    pub(super) fn release(&mut self, objects: &[String]) -> io::Result<()> {
        for object in objects {
            if !self.tree.uses(object) && !self.uploads.uses(object) {
                self.objects.remove(object)?;
            }
        }
        Ok(())
    }

    /// Drops the oldest files but this one until the others have room.
    pub(super) fn make_room(&mut self, newest: u64, now_ms: i64) -> io::Result<()> {
        let takes = |world: &Self, node: &Node| {
            let file = node.file.as_ref()?;
            let object = world.objects.get(&file.object);
            Some(object.map_or(0, |object| object.size).max(SMALLEST))
        };
        let nodes = self.tree.nodes();
        let mut total: u64 = nodes.filter_map(|node| takes(self, node)).sum();
        if total <= self.most {
            return Ok(());
        }
        let mut files: Vec<(i64, u64, u64)> = self
            .tree
            .nodes()
            .filter(|node| node.id != newest)
            .filter_map(|node| Some((node.created_ms, node.id, takes(self, node)?)))
            .collect();
        files.sort_unstable();
        for (_, id, size) in files {
            // A tenth more than needed, so that this is not done for every file.
            if total <= self.most - self.most / 10 {
                break;
            }
            total -= size;
            let objects = self.tree.remove(id, now_ms)?;
            self.release(&objects)?;
        }
        Ok(())
    }

    /// Forgets the oldest uploads but this one until the others have room.
    pub(super) fn make_room_for_parts(&mut self, newest: &str) -> io::Result<()> {
        for (key, object) in self.uploads.too_many(self.most, newest) {
            self.uploads.remove(&key)?;
            self.release(&[object])?;
        }
        Ok(())
    }

    /// Bytes in use by these spaces, or by all; the recycle bin's too.
    pub(super) fn used(&self, spaces: Option<&[String]>) -> u64 {
        let nodes = self.tree.nodes();
        let nodes = nodes.filter(|node| spaces.is_none_or(|all| all.contains(&node.space)));
        let files = nodes.filter_map(|node| node.file.as_ref());
        files.map(|file| self.size_of(file)).sum()
    }

    /// The length of a file, a virtual one's as it was told.
    pub(super) fn size_of(&self, file: &File) -> u64 {
        let told = file.is_virtual.as_ref().map(|told| told.size);
        let stored = || self.objects.get(&file.object).map(|object| object.size);
        told.or_else(stored).unwrap_or_default()
    }

    /// What to read for an object's hash, and where to wait for it; `None` when there is nothing to do.
    pub(super) fn begin_hash(&mut self, object: &str) -> Option<(Vec<PathBuf>, Pending)> {
        let found = self.objects.get(object)?;
        if found.full_hash.is_some() {
            return None;
        }
        let content = self.objects.content(found).into_iter();
        let paths = content.map(|(path, _)| path).collect();
        let pending = self.hashing.entry(object.to_owned()).or_default();
        Some((paths, Pending::clone(pending)))
    }

    pub(super) fn end_hash(&mut self, object: &str, hash: Option<String>) -> io::Result<()> {
        self.hashing.remove(object);
        let Some(found) = self.objects.get(object).filter(|_| hash.is_some()) else {
            return Ok(());
        };
        let mut hashed = Object::clone(found);
        hashed.full_hash = hash;
        self.objects.add(hashed)?;
        Ok(())
    }

    /// A finished object that some file holds.
    pub(super) fn find_object(&self, wanted: impl Fn(&Object) -> bool) -> Option<&Object> {
        self.objects
            .all()
            .map(AsRef::as_ref)
            .find(|object| wanted(object) && self.tree.uses(&object.id))
    }
}

/// The service's memory: tokens, which a restart forgets, and the world, which it does not.
#[derive(Debug)]
pub(crate) struct Memory {
    folder: PathBuf,
    most: u64,
    tokens: Mutex<Tokens>,
    world: Mutex<World>,
    stop: Arc<AtomicBool>,
}

impl Memory {
    /// Opens what lies in the emulator's folder.
    pub(crate) fn open(
        folder: &Path,
        config: &SmhConfig,
        most: u64,
        now_ms: i64,
    ) -> io::Result<Arc<Self>> {
        let folder = folder.join("smh");
        let world = World::open(&folder, config, most, now_ms)?;
        Ok(Arc::new(Self {
            folder,
            most,
            tokens: Mutex::default(),
            world: Mutex::new(world),
            stop: Arc::default(),
        }))
    }

    /// Calls off what goes on in the background.
    pub(crate) fn close(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.tokens)
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// Forgets every token, as if all had been deleted.
    pub(crate) fn revoke_tokens(&self) {
        *self.tokens() = Tokens::default();
    }

    /// As after a start with an empty folder.
    pub(crate) fn reset(&self, config: &SmhConfig, now_ms: i64) -> io::Result<()> {
        self.revoke_tokens();
        let mut world = self.world();
        for part in ["nodes", "objects", "uploads", "bucket", "quotas"] {
            fs::remove_dir_all(self.folder.join(part))?;
        }
        *world = World::open(&self.folder, config, self.most, now_ms)?;
        Ok(())
    }
}

/// The custom metadata of a request: every field that begins with `x-smh-meta-`.
pub(super) fn metadata(head: &crate::http::Head) -> BTreeMap<String, String> {
    head.headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-smh-meta-"))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

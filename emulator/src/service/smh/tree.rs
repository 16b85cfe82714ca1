//! The directories and files of the spaces. Each is a small JSON file, so that a restart finds them again.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Error;
use super::path::split_extension;

/// How many names `rename` tries; the real number is not published.
const RENAMES: u32 = 1000;

/// What a client says of a file, at the beginning of an upload or when it confirms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attributes {
    pub(super) labels: Option<Vec<String>>,
    pub(super) category: Option<String>,
    pub(super) local_created: Option<String>,
    pub(super) local_modified: Option<String>,
}

impl Attributes {
    /// What was said later counts.
    pub(super) fn or(self, earlier: Self) -> Self {
        Self {
            labels: self.labels.or(earlier.labels),
            category: self.category.or(earlier.category),
            local_created: self.local_created.or(earlier.local_created),
            local_modified: self.local_modified.or(earlier.local_modified),
        }
    }
}

/// An earlier version of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) id: u64,
    pub(super) object: String,
    pub(super) modified_ms: i64,
}

/// A file that is only told of: its content lies somewhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Virtual {
    pub(super) size: u64,
    pub(super) content_type: Option<String>,
}

/// The content of a node that is a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// Empty where there is none, of a virtual file.
    pub(super) object: String,
    #[serde(default, rename = "virtual")]
    pub(super) is_virtual: Option<Virtual>,
    pub(super) version: u64,
    /// `x-smh-meta-…`, by their whole names in lower case.
    pub(super) meta: BTreeMap<String, String>,
    pub(super) attributes: Attributes,
    pub(super) history: Vec<Version>,
}

/// A directory or a file. The root of a space is a directory without a name and without a parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) inode: String,
    pub(super) space: String,
    pub(super) parent: Option<u64>,
    pub(super) name: String,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
    /// Counts changes, for the ETag of a directory.
    pub(super) changes: u64,
    /// The number of the item in the recycle bin.
    pub(super) recycled: Option<u64>,
    #[serde(default)]
    pub(super) recycled_ms: i64,
    pub(super) file: Option<File>,
}

impl Node {
    /// What the content of a file is known by.
    pub(super) fn content_cas(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        Some(format!("{}-{}", self.id, file.version))
    }

    /// The file as it was at an older version.
    pub(super) fn at(&self, version: &Version) -> Self {
        let mut node = self.clone();
        node.modified_ms = version.modified_ms;
        if let Some(file) = &mut node.file {
            file.version = version.id;
            file.object.clone_from(&version.object);
        }
        node
    }
}

/// What to do about a name that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Strategy {
    Ask,
    Rename,
    Overwrite,
}

impl Strategy {
    pub(super) fn parse(text: Option<&str>, default: Self) -> Result<Self, Error> {
        match text {
            None | Some("") => Ok(default),
            Some("ask") => Ok(Self::Ask),
            Some("rename") => Ok(Self::Rename),
            Some("overwrite") => Ok(Self::Overwrite),
            Some(_) => Err(Error::new("InvalidConflictResolutionStrategy")),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Rename => "rename",
            Self::Overwrite => "overwrite",
        }
    }
}

/// Where something new goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Free(String),
    /// On a file that exists.
    Over(u64),
}

#[derive(Debug, Default)]
pub(super) struct Tree {
    folder: PathBuf,
    nodes: HashMap<u64, Node>,
    /// What is not in the recycle bin, by its parent and name.
    index: BTreeMap<(u64, String), u64>,
    roots: HashMap<String, u64>,
    next: u64,
}

impl Tree {
    pub(super) fn open(folder: PathBuf, spaces: &[String], now_ms: i64) -> io::Result<Self> {
        let mut tree = Self {
            next: 1,
            ..Self::default()
        };
        for node in load::<Node>(&folder)? {
            tree.next = tree.next.max(node.id + 1);
            match node.parent {
                None => {
                    tree.roots.insert(node.space.clone(), node.id);
                }
                Some(parent) if node.recycled.is_none() => {
                    tree.index.insert((parent, node.name.clone()), node.id);
                }
                Some(_) => {}
            }
            tree.nodes.insert(node.id, node);
        }
        tree.folder = folder;
        for space in spaces {
            if !tree.roots.contains_key(space) {
                let id = tree.insert(space, None, "", None, now_ms)?;
                tree.roots.insert(space.clone(), id);
            }
        }
        Ok(tree)
    }

    fn file_of(&self, id: u64) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    pub(super) fn get(&self, id: u64) -> Option<&Node> {
        self.nodes.get(&id)
    }

    pub(super) fn child(&self, parent: u64, name: &str) -> Option<&Node> {
        let id = self.index.get(&(parent, name.to_owned()))?;
        self.nodes.get(id)
    }

    pub(super) fn children(&self, parent: u64) -> impl Iterator<Item = &Node> {
        self.index
            .range((parent, String::new())..(parent + 1, String::new()))
            .filter_map(|(_, id)| self.nodes.get(id))
    }

    /// The node of a path; none of names is the space's root.
    pub(super) fn find(&self, space: &str, names: &[String]) -> Option<&Node> {
        let mut node = self.nodes.get(self.roots.get(space)?)?;
        for name in names {
            node = self.child(node.id, name)?;
        }
        Some(node)
    }

    pub(super) fn directory(&self, space: &str, names: &[String]) -> Result<u64, Error> {
        self.find(space, names)
            .filter(|node| node.file.is_none())
            .map(|node| node.id)
            .ok_or_else(|| Error::new("DirectoryNotFound"))
    }

    /// The names down to a node; `None` when it, or a directory above it, was deleted.
    pub(super) fn path(&self, id: u64) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut node = self.nodes.get(&id)?;
        loop {
            if node.recycled.is_some() {
                return None;
            }
            let Some(parent) = node.parent else {
                names.reverse();
                return Some(names);
            };
            names.push(node.name.clone());
            node = self.nodes.get(&parent)?;
        }
    }

    pub(super) fn save(&self, id: u64) -> io::Result<()> {
        let Some(node) = self.nodes.get(&id) else {
            return Ok(());
        };
        write_json(&self.file_of(id), node)
    }

    /// Adds a node, and marks its parent as changed.
    pub(super) fn insert(
        &mut self,
        space: &str,
        parent: Option<u64>,
        name: &str,
        file: Option<File>,
        now_ms: i64,
    ) -> io::Result<u64> {
        let id = self.next;
        self.next += 1;
        let node = Node {
            id,
            inode: Uuid::new_v4().simple().to_string(),
            space: space.to_owned(),
            parent,
            name: name.to_owned(),
            created_ms: now_ms,
            modified_ms: now_ms,
            changes: 0,
            recycled: None,
            recycled_ms: 0,
            file,
        };
        self.nodes.insert(id, node);
        self.save(id)?;
        if let Some(parent) = parent {
            self.index.insert((parent, name.to_owned()), id);
            self.touch(parent, now_ms)?;
        }
        Ok(id)
    }

    /// Changes a node and saves it; its parent's listing changes with it.
    pub(super) fn update(
        &mut self,
        id: u64,
        now_ms: i64,
        change: impl FnOnce(&mut Node),
    ) -> io::Result<()> {
        let parent = match self.nodes.get_mut(&id) {
            Some(node) => {
                change(node);
                node.parent
            }
            None => return Ok(()),
        };
        self.save(id)?;
        parent.map_or(Ok(()), |parent| self.touch(parent, now_ms))
    }

    fn touch(&mut self, id: u64, now_ms: i64) -> io::Result<()> {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.modified_ms = now_ms;
            node.changes += 1;
        }
        self.save(id)
    }

    /// The directories of a path, made where they are missing.
    pub(super) fn make_directories(
        &mut self,
        space: &str,
        names: &[String],
        now_ms: i64,
    ) -> Result<u64, Error> {
        let mut at = self.directory(space, &[])?;
        for name in names {
            at = match self.child(at, name) {
                Some(node) if node.file.is_none() => node.id,
                // A file is in the way, whatever the strategy.
                Some(_) => return Err(Error::new("SameNameDirectoryOrFileExists")),
                None => self.insert(space, Some(at), name, None, now_ms)?,
            };
        }
        Ok(at)
    }

    /// Where something of that name goes, by the strategy. Only files are overwritten, and only by files.
    pub(super) fn place(
        &self,
        parent: u64,
        name: &str,
        strategy: Strategy,
        is_file: bool,
    ) -> Result<Place, Error> {
        let Some(present) = self.child(parent, name) else {
            return Ok(Place::Free(name.to_owned()));
        };
        match strategy {
            Strategy::Overwrite if is_file && present.file.is_some() => Ok(Place::Over(present.id)),
            Strategy::Ask | Strategy::Overwrite => Err(Error::new("SameNameDirectoryOrFileExists")),
            Strategy::Rename => {
                let (stem, extension) = if is_file {
                    split_extension(name)
                } else {
                    (name, "")
                };
                (1..=RENAMES)
                    .map(|number| format!("{stem} ({number}){extension}"))
                    .find(|name| self.child(parent, name).is_none())
                    .map(Place::Free)
                    .ok_or_else(|| Error::new("RenameTooManyTimes"))
            }
        }
    }

    /// Gives a node another place, which must be free.
    pub(super) fn move_to(
        &mut self,
        id: u64,
        parent: u64,
        name: &str,
        now_ms: i64,
    ) -> io::Result<()> {
        let Some(node) = self.nodes.get_mut(&id) else {
            return Ok(());
        };
        let old = (node.parent.unwrap_or_default(), node.name.clone());
        node.parent = Some(parent);
        node.name = name.to_owned();
        // What comes out of the recycle bin has no place, and another may be there.
        if self.index.get(&old) == Some(&id) {
            self.index.remove(&old);
        }
        self.index.insert((parent, name.to_owned()), id);
        self.save(id)?;
        self.touch(old.0, now_ms)?;
        self.touch(parent, now_ms)
    }

    /// Moves a node, with all below it, to the recycle bin.
    pub(super) fn recycle(&mut self, id: u64, now_ms: i64) -> io::Result<u64> {
        let item = self.next;
        self.next += 1;
        let key = self
            .nodes
            .get(&id)
            .map(|node| (node.parent.unwrap_or_default(), node.name.clone()));
        if let Some(key) = key {
            self.index.remove(&key);
        }
        self.update(id, now_ms, |node| {
            node.recycled = Some(item);
            node.recycled_ms = now_ms;
        })?;
        Ok(item)
    }

    /// What lies in the recycle bin of a space, by the numbers of the items.
    pub(super) fn recycled(&self, space: &str) -> BTreeMap<u64, &Node> {
        let nodes = self.nodes.values().filter(|node| node.space == space);
        nodes
            .filter_map(|node| Some((node.recycled?, node)))
            .collect()
    }

    /// Takes a node out of the recycle bin, to a place that is free.
    pub(super) fn restore(
        &mut self,
        id: u64,
        parent: u64,
        name: &str,
        now_ms: i64,
    ) -> io::Result<()> {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.recycled = None;
        }
        self.move_to(id, parent, name, now_ms)
    }

    /// The directories that are spaces.
    pub(super) fn roots(&self) -> impl Iterator<Item = &Node> {
        self.roots.values().filter_map(|id| self.nodes.get(id))
    }

    /// Removes a node with all below it, and returns the objects that they held.
    pub(super) fn remove(&mut self, id: u64, now_ms: i64) -> io::Result<Vec<String>> {
        let mut objects = Vec::new();
        let mut doomed = vec![id];
        let parent = self.nodes.get(&id).and_then(|node| node.parent);
        while let Some(id) = doomed.pop() {
            doomed.extend(self.children(id).map(|child| child.id));
            let Some(node) = self.nodes.remove(&id) else {
                continue;
            };
            if let Some(parent) = node.parent
                && node.recycled.is_none()
            {
                self.index.remove(&(parent, node.name));
            }
            if let Some(file) = node.file {
                let earlier = file.history.into_iter().map(|version| version.object);
                let all = std::iter::once(file.object).chain(earlier);
                objects.extend(all.filter(|object| !object.is_empty()));
            }
            fs::remove_file(self.file_of(id))?;
        }
        if let Some(parent) = parent {
            self.touch(parent, now_ms)?;
        }
        Ok(objects)
    }

    /// Whether a node lies below a directory, or is it.
    pub(super) fn is_below(&self, mut id: u64, directory: u64) -> bool {
        while id != directory {
            match self.nodes.get(&id).and_then(|node| node.parent) {
                Some(parent) => id = parent,
                None => return false,
            }
        }
        true
    }

    /// Whether any file, its history or the recycle bin needs the object.
    pub(super) fn uses(&self, object: &str) -> bool {
        self.objects().any(|used| used == object)
    }

    /// The objects of all files and of their history, some more than once.
    pub(super) fn objects(&self) -> impl Iterator<Item = &str> {
        self.files().flat_map(|file| {
            let earlier = file.history.iter().map(|version| version.object.as_str());
            let all = std::iter::once(file.object.as_str()).chain(earlier);
            all.filter(|object| !object.is_empty())
        })
    }

    /// All files, those in the recycle bin too.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.nodes.values().filter_map(|node| node.file.as_ref())
    }
}

/// Writes a JSON file so that it is there whole or not at all.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(io::BufWriter::new(&mut file), value)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Reads every JSON file of a folder.
pub(super) fn load<T: DeserializeOwned>(folder: &Path) -> io::Result<Vec<T>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let value = serde_json::from_slice(&fs::read(&path)?).map_err(|error| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {error}", path.display()),
            )
        })?;
        all.push(value);
    }
    Ok(all)
}

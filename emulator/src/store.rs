//! Files in a folder, each with its metadata beside it, so that another start on the same folder serves them again.
//!
//! A file is written under `incoming/` and renamed when complete; its metadata follows in the same way, and only then
//! does it exist. What a killed program leaves behind is therefore never served.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir, TempPath};
use tokio::io::AsyncWriteExt;

/// What is known of a file, of whichever service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) service: String,
    /// What kind of file of that service, such as `chatfile`.
    pub(crate) kind: String,
    /// Unique in its service, and fit for a file's name.
    pub(crate) id: String,
    pub(crate) size: u64,
    /// Of the content, in lower-case hex.
    pub(crate) md5: String,
    pub(crate) created_ms: i64,
    pub(crate) expires_ms: Option<i64>,
    pub(crate) content_type: Option<String>,
    pub(crate) file_name: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) restricted: bool,
    pub(crate) thumbnail: Option<(u32, u32)>,
    pub(crate) tag: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) owner: Option<String>,
    /// Fields of the header that go with it.
    #[serde(default)]
    pub(crate) labels: Vec<(String, String)>,
    /// What it is tagged with.
    #[serde(default)]
    pub(crate) tags: Vec<(String, String)>,
    /// The sizes of the parts that it was made of; none if it was not.
    #[serde(default)]
    pub(crate) parts: Vec<u64>,
    /// The numbers that they had.
    #[serde(default)]
    pub(crate) part_numbers: Vec<u32>,
    /// What was said of them.
    #[serde(default)]
    pub(crate) part_labels: Vec<Vec<(String, String)>>,
}

impl Meta {
    pub(crate) fn is_expired(&self, now_ms: i64) -> bool {
        self.expires_ms.is_some_and(|expires| expires <= now_ms)
    }
}

type Files = HashMap<(String, String), Arc<Meta>>;

/// What a file takes at least: the block on the disk, its description beside it, and what is known of it in memory.
pub(crate) const SMALLEST: u64 = 16 * 1024;

#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// What all files may take together.
    most: u64,
    files: Mutex<Files>,
    /// Removes the folder when it was made for this emulator alone.
    temporary: Mutex<Option<TempDir>>,
}

impl Store {
    pub(crate) fn open(folder: Option<&Path>, most: u64) -> io::Result<Self> {
        let (folder, temporary) = match folder {
            Some(folder) => (folder.to_owned(), None),
            None => {
                let made = tempfile::Builder::new()
                    .prefix("chatfile-emulator-")
                    .tempdir()?;
                (made.path().to_owned(), Some(made))
            }
        };
        for part in ["incoming", "files"] {
            fs::create_dir_all(folder.join(part))?;
        }
        // Shows an unwritable folder now, not at the first upload.
        NamedTempFile::new_in(folder.join("incoming"))?;
        let files = load(&folder.join("files"))?;
        Ok(Self {
            folder,
            most,
            files: Mutex::new(files),
            temporary: Mutex::new(temporary),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        lock(&self.files)
    }

    fn path_of(&self, service: &str, id: &str, extension: &str) -> PathBuf {
        let name = format!("{service}-{id}.{extension}");
        self.folder.join("files").join(name)
    }

    /// Where a file's content is.
    pub(crate) fn content_path(&self, meta: &Meta) -> PathBuf {
        self.path_of(&meta.service, &meta.id, "bin")
    }

    /// Begins a file.
    pub(crate) fn create(&self) -> io::Result<Upload> {
        let (file, path) = NamedTempFile::new_in(self.folder.join("incoming"))?.into_parts();
        Ok(Upload {
            file: tokio::fs::File::from_std(file),
            path,
            md5: Md5::new(),
            size: 0,
        })
    }

    /// Makes a complete upload a file. Size and checksum in `meta` are filled in here.
    pub(crate) async fn keep(&self, upload: Upload, mut meta: Meta) -> io::Result<Arc<Meta>> {
        let Upload {
            mut file,
            path,
            md5,
            size,
        } = upload;
        file.flush().await?;
        drop(file);
        meta.size = size;
        meta.md5 = hex(&md5.finalize());
        self.adopt(path, meta)
    }

    /// A file under `incoming/` for [`Self::adopt`].
    pub(crate) fn temporary(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.folder.join("incoming"))
    }

    /// Makes a file written elsewhere under `incoming/` one of the store's. Its size and checksum (or what stands in
    /// for one) are the caller's to know.
    pub(crate) fn adopt(&self, file: TempPath, meta: Meta) -> io::Result<Arc<Meta>> {
        file.persist(self.content_path(&meta))
            .map_err(|error| error.error)?;
        self.write_meta(&meta)?;
        let meta = Arc::new(meta);
        let key = (meta.service.clone(), meta.id.clone());
        self.files().insert(key, Arc::clone(&meta));
        self.make_room(&meta)?;
        Ok(meta)
    }

    /// Drops the oldest files but the newest one until the others have room.
    fn make_room(&self, newest: &Meta) -> io::Result<()> {
        let takes = |meta: &Meta| meta.size.max(SMALLEST);
        let mut total: u64 = self.files().values().map(|meta| takes(meta)).sum();
        if total <= self.most {
            return Ok(());
        }
        for meta in self.list(|meta| (&meta.service, &meta.id) != (&newest.service, &newest.id)) {
            // A tenth more than needed, so that this is not done for every file.
            if total <= self.most - self.most / 10 {
                break;
            }
            total -= takes(&meta);
            self.remove(&meta)?;
        }
        Ok(())
    }

    fn write_meta(&self, meta: &Meta) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(self.folder.join("incoming"))?;
        serde_json::to_writer(&mut file, meta)?;
        file.persist(self.path_of(&meta.service, &meta.id, "json"))
            .map_err(|error| error.error)?;
        Ok(())
    }

    pub(crate) fn get(&self, service: &str, id: &str) -> Option<Arc<Meta>> {
        let key = (service.to_owned(), id.to_owned());
        self.files().get(&key).cloned()
    }

    /// All files that `wanted` picks, the oldest first.
    pub(crate) fn list(&self, wanted: impl Fn(&Meta) -> bool) -> Vec<Arc<Meta>> {
        let mut found: Vec<_> = self
            .files()
            .values()
            .filter(|meta| wanted(meta))
            .cloned()
            .collect();
        found.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        found
    }

    pub(crate) fn remove(&self, meta: &Meta) -> io::Result<()> {
        let key = (meta.service.clone(), meta.id.clone());
        self.files().remove(&key);
        // The metadata goes first: content without it does not exist. Another thread may have been faster.
        gone(fs::remove_file(self.path_of(
            &meta.service,
            &meta.id,
            "json",
        )))?;
        gone(fs::remove_file(self.content_path(meta)))
    }

    /// Removes the folder, if it is a temporary one, though handles of a stopped emulator may live on.
    pub(crate) fn close(&self) {
        let mut temporary = lock(&self.temporary);
        drop(temporary.take());
    }

    pub(crate) fn clear(&self) -> io::Result<()> {
        for meta in self.list(|_| true) {
            self.remove(&meta)?;
        }
        Ok(())
    }

    /// Makes every file that much older, as if it had been sent earlier.
    pub(crate) fn age(&self, by_ms: i64) -> io::Result<()> {
        for meta in self.list(|_| true) {
            let mut older = Meta::clone(&meta);
            older.created_ms = older.created_ms.saturating_sub(by_ms);
            older.expires_ms = older.expires_ms.map(|at| at.saturating_sub(by_ms));
            self.describe(older)?;
        }
        Ok(())
    }

    /// Puts other metadata in place of those that a file has.
    pub(crate) fn describe(&self, meta: Meta) -> io::Result<()> {
        self.write_meta(&meta)?;
        let key = (meta.service.clone(), meta.id.clone());
        self.files().insert(key, Arc::new(meta));
        Ok(())
    }
}

/// The result of a removal, to which it does not matter who has removed it.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn load(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let meta: Meta = serde_json::from_slice(&fs::read(&path)?).map_err(|error| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {error}", path.display()),
            )
        })?;
        files.insert((meta.service.clone(), meta.id.clone()), Arc::new(meta));
    }
    Ok(files)
}

/// A file that is being written. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Upload {
    file: tokio::fs::File,
    path: TempPath,
    md5: Md5,
    size: u64,
}

impl Upload {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.md5.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Appends what another upload holds.
    pub(crate) async fn append(&mut self, mut other: Self) -> io::Result<()> {
        use tokio::io::AsyncReadExt;
        other.file.flush().await?;
        let mut source = tokio::fs::File::open(&other.path).await?;
        let mut piece = vec![0; 64 * 1024];
        loop {
            let count = source.read(&mut piece).await?;
            if count == 0 {
                return Ok(());
            }
            self.write(&piece[..count]).await?;
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

/// What a mutex holds, whoever has panicked with it: each change is one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

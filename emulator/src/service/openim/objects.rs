//! What OpenIM keeps: users, objects by key, names that lead to keys, unfinished uploads and their parts. All of it lies
//! in the emulator's folder, so that a restart finds it again.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use md5::{Digest, Md5};

use super::reply::Refusal;
use super::{Context, NAME, lock, storage};
use crate::store::{Meta, Upload, hex};

/// What StatObject says of an object.
#[derive(Debug, Clone)]
pub(super) struct Stat {
    pub(super) key: String,
    pub(super) etag: String,
    pub(super) size: u64,
}

/// A cached [`Stat`] with the time it is forgotten at.
pub(super) type Cached = (Stat, i64);

fn digest(text: &str) -> String {
    hex(&Md5::digest(text))
}

fn meta(kind: &str, id: String, now_ms: i64) -> Meta {
    Meta {
        service: NAME.to_owned(),
        kind: kind.to_owned(),
        id,
        created_ms: now_ms,
        ..Meta::default()
    }
}

fn object_meta(context: &Context<'_>, key: &str, content_type: Option<String>) -> Meta {
    let content_type = content_type.map(|kind| match kind.is_empty() {
        true => storage::type_of(key).to_owned(),
        false => kind,
    });
    Meta {
        file_name: Some(key.to_owned()),
        content_type,
        ..meta(
            "object",
            format!("object-{}", digest(key)),
            context.now_ms(),
        )
    }
}

impl Context<'_> {
    pub(super) fn object(&self, key: &str) -> Option<Arc<Meta>> {
        self.state
            .store
            .get(NAME, &format!("object-{}", digest(key)))
    }

    /// All objects whose keys begin so, in no order.
    pub(super) fn objects(&self, prefix: &str) -> Vec<Arc<Meta>> {
        let begins = |meta: &Meta| {
            meta.file_name
                .as_deref()
                .is_some_and(|key| key.starts_with(prefix))
        };
        let wanted = |meta: &Meta| meta.service == NAME && meta.kind == "object" && begins(meta);
        self.state.store.list(wanted)
    }

    /// Makes a complete file the object of that key, in place of an older one.
    pub(super) async fn put_object(
        &self,
        key: &str,
        file: Upload,
        content_type: Option<String>,
        labels: Vec<(String, String)>,
    ) -> io::Result<Arc<Meta>> {
        let meta = Meta {
            labels,
            ..object_meta(self, key, content_type)
        };
        self.state.store.keep(file, meta).await
    }

    /// Copies an object's content under a key.
    pub(super) async fn copy_object(
        &self,
        from: &Meta,
        key: &str,
        content_type: Option<String>,
        labels: Vec<(String, String)>,
    ) -> io::Result<Arc<Meta>> {
        let paths = vec![self.state.store.content_path(from)];
        let meta = Meta {
            md5: from.md5.clone(),
            size: from.size,
            labels,
            ..object_meta(self, key, content_type)
        };
        self.join(paths, meta).await
    }

    /// Makes an object of the contents of several files.
    async fn join(&self, paths: Vec<std::path::PathBuf>, meta: Meta) -> io::Result<Arc<Meta>> {
        let mut target = self.state.store.temporary()?;
        let target = tokio::task::spawn_blocking(move || -> io::Result<_> {
            for path in paths {
                // The system copies from file to file by itself where it can.
                io::copy(&mut std::fs::File::open(path)?, target.as_file_mut())?;
            }
            Ok(target)
        })
        .await
        .map_err(io::Error::other)??;
        self.state.store.adopt(target.into_temp_path(), meta)
    }

    /// StatObject with its cache: what was found once is believed for twelve hours.
    pub(super) async fn stat(&self, key: &str) -> Result<Option<Stat>, Refusal> {
        let now_ms = self.now_ms();
        if let Some((stat, until)) = lock(&self.memory.stats).get(key)
            && now_ms < *until
        {
            return Ok(Some(stat.clone()));
        }
        let Some(stat) = self.look_at(key).await? else {
            return Ok(None);
        };
        let mut stats = lock(&self.memory.stats);
        let until = now_ms.saturating_add(crate::config::OPENIM_STAT_CACHE_MS);
        // From so many on, those that are over are forgotten.
        if stats.len() >= 10_000 {
            stats.retain(|_, (_, until)| now_ms < *until);
        }
        stats.insert(key.to_owned(), (stat.clone(), until));
        Ok(Some(stat))
    }

    /// [`Self::stat`] of a key that can be anything, with what the store and its client say where there is none.
    pub(super) async fn stat_or_words(&self, key: &str) -> Result<Stat, Refusal> {
        if let Some(words) = storage::refused_key(key) {
            return Err(Refusal::of_store(words));
        }
        let known = self.stat(key).await?;
        known.ok_or_else(|| Refusal::of_store("The specified key does not exist."))
    }

    /// Lets a name lead to a key, in place of what it led to.
    pub(super) async fn set_name(&self, name: &Name) -> io::Result<()> {
        let file = self.state.store.create()?;
        let meta = Meta {
            file_name: Some(name.name.clone()),
            tag: Some(name.key.clone()),
            content_type: Some(name.content_type.clone()),
            group: Some(name.group.clone()),
            owner: Some(name.owner.clone()),
            ..meta(
                "name",
                format!("name-{}", digest(&name.name)),
                self.now_ms(),
            )
        };
        self.state.store.keep(file, meta).await.map(drop)
    }

    pub(super) fn name(&self, name: &str) -> Option<Name> {
        let id = format!("name-{}", digest(name));
        let meta = self.state.store.get(NAME, &id)?;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Some(Name {
            name: name.to_owned(),
            key: text(&meta.tag),
            content_type: text(&meta.content_type),
            group: text(&meta.group),
            owner: text(&meta.owner),
        })
    }

    /// `level` is what the account may do beyond those of users.
    pub(super) async fn add_user(&self, name: &str, level: i64) -> io::Result<()> {
        let file = self.state.store.create()?;
        let meta = Meta {
            owner: Some(name.to_owned()),
            tag: Some(level.to_string()),
            ..meta("user", format!("user-{}", digest(name)), self.now_ms())
        };
        self.state.store.keep(file, meta).await.map(drop)
    }

    fn user(&self, name: &str) -> Option<Arc<Meta>> {
        self.state
            .store
            .get(NAME, &format!("user-{}", digest(name)))
    }

    pub(super) fn has_user(&self, name: &str) -> bool {
        self.user(name).is_some()
    }

    pub(super) fn user_level(&self, name: &str) -> i64 {
        let level = self.user(name).and_then(|user| user.tag.clone());
        level.and_then(|level| level.parse().ok()).unwrap_or(0)
    }

    /// Begins an upload in parts and returns its id at the store.
    pub(super) async fn begin_parts(
        &self,
        key: &str,
        content_type: Option<String>,
        labels: Vec<(String, String)>,
    ) -> io::Result<String> {
        // As long as MinIO's, and fit for the name of a file.
        let random: Vec<u8> = (0..6)
            .flat_map(|_| uuid::Uuid::new_v4().into_bytes())
            .collect();
        let id = URL_SAFE_NO_PAD.encode(&random[..93]);
        let life_ms = i64::try_from(self.config.upload_ttl).unwrap_or(i64::MAX / 1000) * 1000;
        let file = self.state.store.create()?;
        let meta = Meta {
            file_name: Some(key.to_owned()),
            content_type,
            labels,
            expires_ms: Some(self.now_ms().saturating_add(life_ms)),
            ..meta("upload", format!("upload-{id}"), self.now_ms())
        };
        self.state.store.keep(file, meta).await?;
        Ok(id)
    }

    /// All uploads that are under way, or those of one key, with their ids, the oldest first.
    pub(super) fn uploads(&self, key: &str) -> Vec<(String, Arc<Meta>)> {
        let wanted = |meta: &Meta| {
            meta.service == NAME
                && meta.kind == "upload"
                && (key.is_empty() || meta.file_name.as_deref() == Some(key))
                && !meta.is_expired(self.now_ms())
        };
        let uploads = self.state.store.list(wanted).into_iter();
        uploads
            .filter_map(|meta| Some((meta.id.strip_prefix("upload-")?.to_owned(), meta)))
            .collect()
    }

    /// The upload of that id, if it is one of that key and has not expired.
    pub(super) fn parts_of(&self, id: &str, key: &str) -> Option<Arc<Meta>> {
        self.state
            .store
            .get(NAME, &format!("upload-{id}"))
            .filter(|meta| {
                meta.file_name.as_deref() == Some(key) && !meta.is_expired(self.now_ms())
            })
    }

    pub(super) async fn put_part(
        &self,
        id: &str,
        number: u32,
        file: Upload,
        labels: Vec<(String, String)>,
    ) -> io::Result<Arc<Meta>> {
        let meta = Meta {
            labels,
            ..meta("part", format!("part-{id}-{number}"), self.now_ms())
        };
        self.state.store.keep(file, meta).await
    }

    pub(super) fn part(&self, id: &str, number: u32) -> Option<Arc<Meta>> {
        self.state.store.get(NAME, &format!("part-{id}-{number}"))
    }

    /// All parts that an upload has, in order.
    pub(super) fn parts(&self, id: &str) -> Vec<(u32, Arc<Meta>)> {
        let prefix = format!("part-{id}-");
        let of_upload = |meta: &Meta| meta.service == NAME && meta.id.starts_with(&prefix);
        let parts = self.state.store.list(of_upload).into_iter();
        let mut parts: Vec<(u32, Arc<Meta>)> = parts
            .filter_map(|part| Some((part.id[prefix.len()..].parse().ok()?, part)))
            .collect();
        parts.sort_by_key(|(number, _)| *number);
        parts
    }

    /// Makes an object of the parts, which go away with the upload.
    pub(super) async fn finish_parts(
        &self,
        id: &str,
        key: &str,
        parts: &[(u32, Arc<Meta>)],
        labels: Vec<(String, String)>,
    ) -> io::Result<Arc<Meta>> {
        let mut digests = Md5::new();
        let mut size = 0;
        for (_, part) in parts {
            digests.update(unhex(&part.md5));
            size += part.size;
        }
        let etag = format!("{}-{}", hex(&digests.finalize()), parts.len());
        let paths = parts
            .iter()
            .map(|(_, part)| self.state.store.content_path(part))
            .collect();
        let upload = self.state.store.get(NAME, &format!("upload-{id}"));
        let content_type = upload.and_then(|upload| upload.content_type.clone());
        let meta = Meta {
            md5: etag,
            size,
            labels,
            parts: parts.iter().map(|(_, part)| part.size).collect(),
            part_numbers: parts.iter().map(|(number, _)| *number).collect(),
            part_labels: parts.iter().map(|(_, part)| part.labels.clone()).collect(),
            ..object_meta(self, key, content_type)
        };
        let made = self.join(paths, meta).await?;
        self.forget_parts(id)?;
        Ok(made)
    }

    /// Removes an upload with the parts it has.
    pub(super) fn forget_parts(&self, id: &str) -> io::Result<()> {
        let parts = self.parts(id).into_iter().map(|(_, part)| part);
        let upload = self.state.store.get(NAME, &format!("upload-{id}"));
        let leftovers: Vec<Arc<Meta>> = parts.chain(upload).collect();
        for meta in leftovers {
            self.state.store.remove(&meta)?;
        }
        Ok(())
    }
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// A name, as the users of OpenIM see it, and what it leads to.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) content_type: String,
    pub(super) group: String,
    pub(super) owner: String,
}

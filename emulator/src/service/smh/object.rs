//! Objects of the store: a file's content as the parts that it came in, never copied together.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt;

use super::tree::write_json;
use crate::store::hex;

/// One part as it lies in its object's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) file: String,
    pub(super) size: u64,
    /// In lower-case hex.
    pub(super) md5: String,
    pub(super) crc64: u64,
    pub(super) modified_ms: i64,
}

impl Part {
    /// The name says all, so that no list of parts has to be kept beside them.
    fn name(number: u32, md5: &str, crc64: u64, modified_ms: i64, serial: u64) -> String {
        format!("{number:05}_{md5}_{crc64:016x}_{modified_ms}_{serial}.part")
    }

    /// The number and the part of a file of that name.
    fn read(path: &Path) -> Option<(u32, u64, Self)> {
        let file = path.file_name()?.to_str()?;
        let mut fields = file.strip_suffix(".part")?.split('_');
        let number = fields.next()?.parse().ok()?;
        let md5 = fields.next()?.to_owned();
        let crc64 = u64::from_str_radix(fields.next()?, 16).ok()?;
        let modified_ms = fields.next()?.parse().ok()?;
        let serial = fields.next()?.parse().ok()?;
        let part = Self {
            file: file.to_owned(),
            size: fs::metadata(path).ok()?.len(),
            md5,
            crc64,
            modified_ms,
        };
        Some((number, serial, part))
    }
}

/// The parts found in a folder, by number; of two with one number the later counts.
pub(super) fn read_parts(folder: &Path) -> std::collections::BTreeMap<u32, Part> {
    let mut found = std::collections::BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Some((number, serial, part)) = Part::read(&entry.path()) {
            let later = found
                .get(&number)
                .is_none_or(|(other, _): &(u64, Part)| *other < serial);
            if later {
                found.insert(number, (serial, part));
            }
        }
    }
    found
        .into_iter()
        .map(|(number, (_, part))| (number, part))
        .collect()
}

/// A piece of a finished object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Segment {
    pub(super) file: String,
    pub(super) size: u64,
}

/// A finished object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) id: String,
    /// The path at the store, without its first slash.
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) crc64: u64,
    /// Without quotes.
    pub(super) etag: String,
    pub(super) beginning_hash: String,
    /// Made in the background.
    pub(super) full_hash: Option<String>,
    pub(super) created_ms: i64,
    pub(super) segments: Vec<Segment>,
    /// Fields of the PUT that go with it.
    #[serde(default)]
    pub(super) labels: Vec<(String, String)>,
}

/// The finished objects, each in a folder of its own.
#[derive(Debug, Default)]
pub(super) struct Objects {
    folder: PathBuf,
    all: HashMap<String, Arc<Object>>,
}

const DESCRIPTION: &str = "object.json";

impl Objects {
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        let mut all = HashMap::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path().join(DESCRIPTION);
            let Ok(text) = fs::read(&path) else { continue };
            let object: Object = serde_json::from_slice(&text)?;
            all.insert(object.id.clone(), Arc::new(object));
        }
        Ok(Self { folder, all })
    }

    pub(super) fn folder_of(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Object>> {
        self.all.get(id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.all.values()
    }

    pub(super) fn add(&mut self, object: Object) -> io::Result<Arc<Object>> {
        write_json(&self.folder_of(&object.id).join(DESCRIPTION), &object)?;
        let object = Arc::new(object);
        self.all.insert(object.id.clone(), Arc::clone(&object));
        Ok(object)
    }

    /// Removes an object, or what there is of an unfinished one.
    pub(super) fn remove(&mut self, id: &str) -> io::Result<()> {
        self.all.remove(id);
        match fs::remove_dir_all(self.folder_of(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes what neither a file nor an upload needs: a killed program can leave such folders behind.
    pub(super) fn sweep(&mut self, needed: impl Fn(&str) -> bool) -> io::Result<()> {
        let mut unneeded = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            if let Some(name) = name.to_str().filter(|name| !needed(name)) {
                unneeded.push(name.to_owned());
            }
        }
        unneeded.iter().try_for_each(|id| self.remove(id))
    }

    /// Where the content lies, with the length of each file.
    pub(super) fn content(&self, object: &Object) -> Vec<(PathBuf, u64)> {
        let folder = self.folder_of(&object.id);
        let segments = object.segments.iter();
        segments
            .map(|segment| (folder.join(&segment.file), segment.size))
            .collect()
    }
}

/// The ETag of an object made of parts, without quotes.
pub(super) fn etag_of_parts<'a>(parts: impl Iterator<Item = &'a Part>) -> String {
    let mut whole = Md5::new();
    let mut count = 0;
    for part in parts {
        let digits = part.md5.as_bytes().chunks(2);
        let byte = |pair: &[u8]| {
            let text = std::str::from_utf8(pair).unwrap_or_default();
            u8::from_str_radix(text, 16).unwrap_or_default()
        };
        whole.update(digits.map(byte).collect::<Vec<u8>>());
        count += 1;
    }
    format!("{}-{count}", hex(&whole.finalize()))
}

/// The checksum of all parts together.
pub(super) fn crc_of_parts<'a>(parts: impl Iterator<Item = &'a Part>) -> u64 {
    parts.fold(0, |crc, part| crc_of_both(crc, part.crc64, part.size))
}

/// The CRC-64/XZ of what has the first, followed by what has the second and this size: each byte that follows multiplies
/// the first by x^8, as polynomials over GF(2), as zlib's `crc32_combine` does.
fn crc_of_both(first: u64, second: u64, size: u64) -> u64 {
    // The highest bit is the coefficient of x^0.
    let (mut shift, mut power) = (1 << 63, 1 << 55);
    let mut left = size;
    while left > 0 {
        if left & 1 == 1 {
            shift = product(shift, power);
        }
        power = product(power, power);
        left >>= 1;
    }
    product(first, shift) ^ second
}

/// Of two polynomials, modulo that of CRC-64/XZ (ECMA-182, bits reversed).
fn product(one: u64, mut other: u64) -> u64 {
    const MODULUS: u64 = 0xC96C_5795_D787_0F42;
    let mut sum = 0;
    for bit in (0..64).rev() {
        if one >> bit & 1 == 1 {
            sum ^= other;
        }
        let carry = if other & 1 == 1 { MODULUS } else { 0 };
        other = other >> 1 ^ carry;
    }
    sum
}

/// A part that arrives. Dropping it removes it.
pub(super) struct Incoming {
    file: tokio::fs::File,
    path: TempPath,
    md5: Md5,
    crc: crc64fast::Digest,
    size: u64,
}

impl Incoming {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let (file, path) = NamedTempFile::new_in(folder)?.into_parts();
        Ok(Self {
            file: tokio::fs::File::from_std(file),
            path,
            md5: Md5::new(),
            crc: crc64fast::Digest::new(),
            size: 0,
        })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.md5.update(bytes);
        self.crc.write(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Everything is on its way to the disk, and the sums are known.
    pub(super) async fn finish(mut self) -> io::Result<Arrived> {
        self.file.flush().await?;
        Ok(Arrived {
            path: self.path,
            md5: self.md5.finalize().into(),
            crc64: self.crc.sum64(),
            size: self.size,
        })
    }
}

/// A part that arrived whole.
#[derive(Debug)]
pub(super) struct Arrived {
    path: TempPath,
    pub(super) md5: [u8; 16],
    pub(super) crc64: u64,
    size: u64,
}

impl Arrived {
    /// Puts the part into its object's folder.
    pub(super) fn keep(
        self,
        folder: &Path,
        number: u32,
        serial: u64,
        now_ms: i64,
    ) -> io::Result<Part> {
        let md5 = hex(&self.md5);
        let file = Part::name(number, &md5, self.crc64, now_ms, serial);
        self.path
            .persist(folder.join(&file))
            .map_err(|error| error.error)?;
        Ok(Part {
            file,
            size: self.size,
            md5,
            crc64: self.crc64,
            modified_ms: now_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_service() {
        let mut digest = crc64fast::Digest::new();
        digest.write(b"123456789");
        assert_eq!(digest.sum64(), 11_051_210_869_376_104_954);
        let part = |size: u64, crc64| Part {
            file: String::new(),
            size,
            md5: "00".repeat(16),
            crc64,
            modified_ms: 0,
        };
        // The parts and the whole of smh.md §1.4.
        let parts = [
            part(1 << 20, 3_842_782_548_025_872_436),
            part(1 << 20, 3_842_782_548_025_872_436),
            part(12_345, 4_240_867_287_423_761_954),
        ];
        assert_eq!(crc_of_parts(parts.iter()), 18_377_771_109_239_849_375);
        assert_eq!(crc_of_parts([].iter()), 0);
    }

    #[test]
    fn names_of_parts_can_be_read_back() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let name = Part::name(7, "d41d8cd98f00b204e9800998ecf8427e", 5, -3, 9);
        let later = Part::name(7, "d41d8cd98f00b204e9800998ecf8427e", 6, -3, 10);
        for name in [&later, &name, &"object.json".to_owned()] {
            assert!(fs::write(folder.path().join(name), b"abc").is_ok());
        }
        let parts = read_parts(folder.path());
        assert_eq!(parts.len(), 1);
        let part = &parts[&7];
        assert_eq!((part.crc64, part.size, part.modified_ms), (6, 3, -3));
    }
}

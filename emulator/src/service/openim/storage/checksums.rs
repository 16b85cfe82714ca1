//! The checksums that S3 has for bodies: they are compared, kept among an object's labels, and told to who asks for them.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::super::Context;
use super::error::{Error, Failure};
use crate::store::Meta;

/// What all these fields begin with, and the labels of what an object keeps.
pub(super) const PREFIX: &str = "x-amz-checksum-";
/// What an upload wants of its parts; of an object only the kind is kept.
const ALGORITHM: &str = "x-amz-checksum-algorithm";
const TYPE: &str = "x-amz-checksum-type";
const WHOLE: &str = "FULL_OBJECT";
const COMPOSITE: &str = "COMPOSITE";

type Label = (String, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Crc32,
    Crc32C,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32C,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    fn of_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The field of a header or of a form, and the label.
    fn field(self) -> String {
        format!("{PREFIX}{}", self.name().to_ascii_lowercase())
    }

    /// Its element in XML.
    pub(super) fn element(self) -> String {
        format!("Checksum{}", self.name())
    }

    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32C => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    fn decode(self, text: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(text).ok();
        bytes.filter(|bytes| bytes.len() == self.length())
    }

    fn start(self) -> Sum {
        match self {
            Self::Crc32 => Sum::Crc32(crc32fast::Hasher::new()),
            Self::Crc32C => Sum::Crc(Crc::new(&CRC32C), 4),
            Self::Crc64Nvme => Sum::Crc(Crc::new(&CRC64_NVME), 8),
            Self::Sha1 => Sum::Sha1(Sha1::new()),
            Self::Sha256 => Sum::Sha256(Sha256::new()),
        }
    }
}

/// Whether a field states one.
pub(super) fn is_field(name: &str) -> bool {
    let name = name.strip_prefix(PREFIX);
    name.is_some_and(|name| Algorithm::of_name(name).is_some())
}

enum Sum {
    Crc32(crc32fast::Hasher),
    /// With how many bytes it has.
    Crc(Crc, usize),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Sum {
    fn update(&mut self, chunk: &[u8]) {
        match self {
            Self::Crc32(sum) => sum.update(chunk),
            Self::Crc(sum, _) => sum.update(chunk),
            Self::Sha1(sum) => sum.update(chunk),
            Self::Sha256(sum) => sum.update(chunk),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Crc32(sum) => sum.finalize().to_be_bytes().to_vec(),
            Self::Crc(sum, length) => sum.value().to_be_bytes()[8 - length..].to_vec(),
            Self::Sha1(sum) => sum.finalize().to_vec(),
            Self::Sha256(sum) => sum.finalize().to_vec(),
        }
    }
}

/// The one that a request states of its body, and what that has so far.
pub(super) struct Stated {
    algorithm: Algorithm,
    bytes: Vec<u8>,
    sum: Sum,
}

impl Stated {
    /// From the fields of a header or of a form.
    pub(super) fn read(field: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let mut given = Algorithm::ALL.into_iter().filter_map(|algorithm| {
            let text = field(&algorithm.field()).filter(|text| !text.is_empty());
            Some((algorithm, text?))
        });
        let Some((algorithm, text)) = given.next() else {
            return Ok(None);
        };
        if given.next().is_some() {
            return Err(Error::ODD_CHECKSUM);
        }
        let bytes = algorithm.decode(&text).ok_or(Error::ODD_CHECKSUM)?;
        let sum = algorithm.start();
        Ok(Some(Self {
            algorithm,
            bytes,
            sum,
        }))
    }

    pub(super) fn update(&mut self, chunk: &[u8]) {
        self.sum.update(chunk);
    }

    /// What is kept of it, if it is right.
    pub(super) fn compare(self) -> Result<Label, Failure> {
        let bytes = self.sum.bytes();
        match bytes == self.bytes {
            true => Ok((self.algorithm.field(), STANDARD.encode(bytes))),
            false => Err(Error::BAD_CHECKSUM.into()),
        }
    }
}

/// What an object keeps that was put at once.
pub(super) fn of_object(sum: Label) -> [Label; 2] {
    [sum, (TYPE.to_owned(), WHOLE.to_owned())]
}

/// What an object or a part keeps, if anything.
pub(super) fn kept(meta: &Meta) -> Option<(Algorithm, &str)> {
    among(&meta.labels)
}

fn among(labels: &[Label]) -> Option<(Algorithm, &str)> {
    Algorithm::ALL.into_iter().find_map(|algorithm| {
        let field = algorithm.field();
        let mut labels = labels.iter();
        let (_, value) = labels.find(|(label, _)| *label == field)?;
        Some((algorithm, value.as_str()))
    })
}

/// The element of what is among a part's labels, if anything.
pub(super) fn as_xml(labels: &[Label]) -> String {
    let element = |(algorithm, value): (Algorithm, &str)| {
        let (name, value) = (
            algorithm.element(),
            value.split('-').next().unwrap_or_default(),
        );
        format!("<{name}>{value}</{name}>")
    };
    among(labels).map(element).unwrap_or_default()
}

/// That of an object, with its type; without how many parts it is of.
pub(super) fn of_attributes(meta: &Meta) -> String {
    let kind = label(meta, TYPE).unwrap_or_default();
    match as_xml(&meta.labels) {
        sum if sum.is_empty() => sum,
        sum => format!("<Checksum>{sum}<ChecksumType>{kind}</ChecksumType></Checksum>"),
    }
}

pub(super) fn labels(meta: &Meta) -> impl Iterator<Item = &Label> {
    let labels = meta.labels.iter();
    labels.filter(|(name, _)| name.starts_with(PREFIX))
}

fn label<'m>(meta: &'m Meta, name: &str) -> Option<&'m str> {
    let mut labels = meta.labels.iter();
    let (_, value) = labels.find(|(label, _)| label == name)?;
    Some(value)
}

/// What an upload in parts is asked to keep: `x-amz-checksum-algorithm` and its type.
pub(super) fn asked(context: &Context<'_>) -> Result<Vec<Label>, Failure> {
    let field = |name: &str| context.head.header(name).unwrap_or_default();
    let name = field(ALGORITHM);
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let algorithm = Algorithm::of_name(&name).ok_or(Error::ODD_CHECKSUM)?;
    let is_crc = !matches!(algorithm, Algorithm::Sha1 | Algorithm::Sha256);
    let kind = match (field(TYPE).as_str(), algorithm) {
        ("" | COMPOSITE | WHOLE, Algorithm::Crc64Nvme) => WHOLE,
        (WHOLE, _) if is_crc => WHOLE,
        ("" | COMPOSITE, _) => COMPOSITE,
        _ => return Err(Error::ODD_CHECKSUM.into()),
    };
    let labels = [(ALGORITHM, algorithm.name()), (TYPE, kind)];
    Ok(labels
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec())
}

/// The algorithm that an upload asks of its parts, and of which type the whole is.
pub(super) fn of_upload(upload: &Meta) -> Option<(Algorithm, &str)> {
    let algorithm = Algorithm::of_name(label(upload, ALGORITHM)?)?;
    Some((algorithm, label(upload, TYPE)?))
}

/// A part of such an upload states its own.
pub(super) fn check_part(
    context: &Context<'_>,
    upload: &Meta,
    key: &str,
    stated: Option<&Stated>,
) -> Result<(), Failure> {
    let Some((wanted, _)) = of_upload(upload) else {
        return Ok(());
    };
    let given = stated.map(|stated| stated.algorithm);
    if given == Some(wanted) {
        return Ok(());
    }
    let (wanted, given) = (wanted.name(), given.map_or("", Algorithm::name));
    let words = format!(
        "Invalid arguments provided for {}/{key}: (checksum missing, want {wanted:?}, got {given:?})",
        context.bucket
    );
    Err(Failure::new(Error::ODD_CHECKSUM, words))
}

/// What the object keeps that is made of these parts, which the request may state.
pub(super) async fn of_parts(
    context: &Context<'_>,
    upload: &Meta,
    parts: &[(u32, Arc<Meta>)],
) -> Result<Vec<Label>, Failure> {
    let Some((algorithm, kind)) = of_upload(upload) else {
        return Ok(Vec::new());
    };
    let value = if kind == WHOLE {
        let parts = parts.iter();
        let paths = parts.map(|(_, part)| context.state.store.content_path(part));
        of_files(algorithm, paths.collect()).await?.1
    } else {
        let mut sum = algorithm.start();
        for (_, part) in parts {
            let own = kept(part).and_then(|(_, value)| algorithm.decode(value));
            sum.update(&own.ok_or(Error::INVALID_PART)?);
        }
        format!("{}-{}", STANDARD.encode(sum.bytes()), parts.len())
    };
    let field = algorithm.field();
    if let Some(stated) = context.head.header(&field) {
        let plain = |text: &str| algorithm.decode(text.split('-').next().unwrap_or_default());
        let stated = plain(&stated).ok_or(Error::ODD_CHECKSUM)?;
        if plain(&value) != Some(stated) {
            return Err(Error::BAD_CHECKSUM.into());
        }
    }
    Ok(vec![(field, value), (TYPE.to_owned(), kind.to_owned())])
}

/// MinIO's own choice for a copy of what has none.
pub(super) async fn of_copy(context: &Context<'_>, source: &Meta) -> Result<[Label; 2], Failure> {
    let path = context.state.store.content_path(source);
    let sum = of_files(Algorithm::Crc64Nvme, vec![path]).await?;
    Ok(of_object(sum))
}

async fn of_files(algorithm: Algorithm, paths: Vec<PathBuf>) -> Result<Label, Failure> {
    let read = move || -> std::io::Result<Vec<u8>> {
        let mut sum = algorithm.start();
        let mut piece = vec![0; 64 * 1024];
        for path in paths {
            let mut file = std::fs::File::open(path)?;
            loop {
                match file.read(&mut piece)? {
                    0 => break,
                    count => sum.update(&piece[..count]),
                }
            }
        }
        Ok(sum.bytes())
    };
    let read = tokio::task::spawn_blocking(read).await;
    let bytes = read.map_err(std::io::Error::other)??;
    Ok((algorithm.field(), STANDARD.encode(bytes)))
}

/// What each byte does to a CRC whose lowest bit comes first, by its polynomial.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (if value & 1 == 1 { polynomial } else { 0 });
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// A kind of CRC: its table, and all bits of its value.
struct Kind {
    table: [u64; 256],
    ones: u64,
}

static CRC32C: Kind = Kind {
    table: table(0x82F6_3B78),
    ones: 0xFFFF_FFFF,
};
static CRC64_NVME: Kind = Kind {
    table: table(0x9A6C_9329_AC4B_C9B5),
    ones: u64::MAX,
};

/// Those that no crate here has.
struct Crc {
    kind: &'static Kind,
    value: u64,
}

impl Crc {
    fn new(kind: &'static Kind) -> Self {
        let value = kind.ones;
        Self { kind, value }
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let at = (self.value as u8 ^ byte) as usize;
            self.value = (self.value >> 8) ^ self.kind.table[at];
        }
    }

    fn value(&self) -> u64 {
        self.value ^ self.kind.ones
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of CRCs.
    #[test]
    fn crcs() {
        for (kind, expected) in [(&CRC32C, 0xE306_9283), (&CRC64_NVME, 0xAE8B_1486_0A79_9888)] {
            let mut crc = Crc::new(kind);
            crc.update(b"1234");
            crc.update(b"56789");
            assert_eq!(crc.value(), expected);
        }
    }
}

//! What services say of the files they have.

/// What a service says of a file or a folder. What it does not say is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInfo {
    /// Its name without the folder.
    pub name: Option<String>,
    /// `file`, `dir`, `image`, `video`, `symlink` or `virtual`.
    pub kind: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// The CRC-64 (CRC-64/XZ) of the bytes as services write it: an unsigned decimal number.
    pub crc64: Option<String>,
    /// What it is known by at the store, without quotes: the MD5 of a file that
    /// came in one request.
    pub etag: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// When it came to be at the service, as the service writes it.
    pub creation_time: Option<String>,
    /// When it was last changed there.
    pub modification_time: Option<String>,
    /// When it was made where it comes from, as the upload said.
    pub local_creation_time: Option<String>,
    /// When it was last changed where it comes from.
    pub local_modification_time: Option<String>,
    /// Labels that it was given.
    pub labels: Vec<String>,
    /// The category that it was given.
    pub category: Option<String>,
    /// Where anybody can get it without a token, for some two hours.
    pub url: Option<String>,
    /// What its content is known by, for
    /// [`SmhUpload::content_cas`](crate::SmhUpload::content_cas).
    pub content_cas: Option<String>,
    /// Which version of the file it is, for [`SmhDownload::version`](crate::SmhDownload::version).
    /// Only in a list of [versions](crate::ListOptions::versions), and `None` for the
    /// present one, or a number of its own.
    pub version: Option<String>,
}

impl FileInfo {
    /// Its CRC-64 as a number.
    pub(crate) fn crc64_value(&self) -> Option<u64> {
        self.crc64.as_ref()?.parse().ok()
    }
}

/// Some of what is in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// Files and folders, or the versions of a file.
    pub entries: Vec<FileInfo>,
    /// Where the next list begins; `None` if these were the last.
    pub next_marker: Option<String>,
}

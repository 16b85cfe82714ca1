//! The columns of the matrix: what each service can be asked for.

/// A call of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Easemob: the token, on the way to an upload.
    Token,
    Upload,
    Download,
    Thumbnail,
    /// NetEase: an upload as multipart.
    Multipart,
    /// NetEase: an upload as base64 in a form.
    Base64,
    /// NetEase: a download.
    Fetch,
    /// NetEase: a delete task.
    Delete,
    /// Huawei: an upload.
    Send,
    /// Huawei: a download, which is a POST answered in JSON.
    Receive,
}

use Verb::{Base64, Delete, Download, Fetch, Multipart, Receive, Send, Thumbnail, Token, Upload};

/// How many there are.
pub const COUNT: usize = 10;

/// In the order of the table.
pub const ALL: [Verb; COUNT] = [
    Token, Upload, Download, Thumbnail, Multipart, Base64, Fetch, Delete, Send, Receive,
];

/// Those that send a file.
pub const UPLOADS: &[Verb] = &[Upload, Multipart, Base64, Send];
/// Those that receive a file.
pub const DOWNLOADS: &[Verb] = &[Download, Thumbnail, Fetch, Receive];
/// Those that receive it as it is.
pub const GETS: &[Verb] = &[Download, Thumbnail, Fetch];

impl Verb {
    pub fn title(self) -> &'static str {
        match self {
            Token => "Easemob token",
            Upload => "Easemob upload",
            Download => "Easemob download",
            Thumbnail => "Easemob thumbnail",
            Multipart => "NetEase upload, multipart",
            Base64 => "NetEase upload, base64",
            Fetch => "NetEase download",
            Delete => "NetEase delete",
            Send => "Huawei upload",
            Receive => "Huawei download",
        }
    }

    /// As the emulator's rules and journal call it.
    pub fn name(self) -> &'static str {
        match self {
            Token => "token",
            Upload | Base64 | Send => "upload",
            Download | Thumbnail | Fetch | Receive => "download",
            Multipart => "file_upload",
            Delete => "delete",
        }
    }

    pub fn service(self) -> &'static str {
        match self {
            Token | Upload | Download | Thumbnail => "easemob",
            Multipart | Base64 | Fetch | Delete => "netease",
            Send | Receive => "huawei",
        }
    }

    pub fn is_easemob(self) -> bool {
        self.service() == "easemob"
    }

    pub fn is_netease(self) -> bool {
        self.service() == "netease"
    }

    pub fn is_huawei(self) -> bool {
        self.service() == "huawei"
    }

    pub fn is_get(self) -> bool {
        GETS.contains(&self)
    }

    pub fn is_upload(self) -> bool {
        UPLOADS.contains(&self)
    }

    pub fn is_download(self) -> bool {
        DOWNLOADS.contains(&self)
    }
}

/// One row: what each verb comes to.
#[derive(Clone, Copy)]
pub struct Cells(pub [&'static str; COUNT]);

/// The same for each.
pub const fn all(cell: &'static str) -> Cells {
    Cells([cell; COUNT])
}

impl Cells {
    /// But another for these.
    pub const fn but(mut self, verbs: &[Verb], cell: &'static str) -> Self {
        let mut index = 0;
        while index < verbs.len() {
            self.0[verbs[index] as usize] = cell;
            index += 1;
        }
        self
    }

    pub fn of(&self, verb: Verb) -> &'static str {
        self.0[verb as usize]
    }
}

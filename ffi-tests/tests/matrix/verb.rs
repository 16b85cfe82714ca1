//! The columns of the matrix: what each service can be asked for.
//!
//! At OpenIM and SMH a call is several requests, to the service and to its storage. Each request is a column: what
//! goes wrong goes wrong with that one.

/// A call of a service, or a request that is a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

    /// OpenIM: a user's token, on the way to an upload by form.
    ImToken,
    /// An upload by form: the permission, the form, and the completion.
    ImBegin,
    ImForm,
    ImComplete,
    /// An upload in parts: the permission, the parts, and the completion.
    ImParts,
    ImPart,
    ImFinish,
    /// A download: where the file is, and the file.
    ImObject,
    ImGet,
    /// A presigned upload: the permission, the form, the completion; and the address of a download.
    ImAllow,
    ImSend,
    ImConfirm,
    ImAccess,

    /// SMH: a token, on the way to a simple upload.
    SmhToken,
    /// A simple upload: the permission, the file, and the confirmation.
    SmhBegin,
    SmhPut,
    SmhConfirm,
    /// An upload in parts: the permission, and the parts.
    SmhParts,
    SmhPart,
    /// An upload of what is there.
    SmhInstant,
    /// A download: where the file is, and the file.
    SmhDownload,
    SmhGet,
    SmhInfo,
    SmhExists,
    SmhList,
    SmhDelete,
    /// An upload in parts is given up.
    SmhAbort,
    /// A presigned upload: the permission, the file, the confirmation; a presigned download: its address, and the file.
    SmhAllow,
    SmhSend,
    SmhComplete,
    SmhAddress,
    SmhReceive,
}

use Verb::{
    Base64, Delete, Download, Fetch, ImAccess, ImAllow, ImBegin, ImComplete, ImConfirm, ImFinish,
    ImForm, ImGet, ImObject, ImPart, ImParts, ImSend, ImToken, Multipart, Receive, Send, SmhAbort,
    SmhAddress, SmhAllow, SmhBegin, SmhComplete, SmhConfirm, SmhDelete, SmhDownload, SmhExists,
    SmhGet, SmhInfo, SmhInstant, SmhList, SmhPart, SmhParts, SmhPut, SmhReceive, SmhSend, SmhToken,
    Thumbnail, Token, Upload,
};

/// How many there are.
pub const COUNT: usize = 42;

/// In the order of the tables.
pub const ALL: [Verb; COUNT] = [
    Token,
    Upload,
    Download,
    Thumbnail,
    Multipart,
    Base64,
    Fetch,
    Delete,
    Send,
    Receive,
    ImToken,
    ImBegin,
    ImForm,
    ImComplete,
    ImParts,
    ImPart,
    ImFinish,
    ImObject,
    ImGet,
    ImAllow,
    ImSend,
    ImConfirm,
    ImAccess,
    SmhToken,
    SmhBegin,
    SmhPut,
    SmhConfirm,
    SmhParts,
    SmhPart,
    SmhInstant,
    SmhDownload,
    SmhGet,
    SmhInfo,
    SmhExists,
    SmhList,
    SmhDelete,
    SmhAbort,
    SmhAllow,
    SmhSend,
    SmhComplete,
    SmhAddress,
    SmhReceive,
];

/// The tables of the page.
pub const SERVICES: [(&str, &[&str]); 3] = [
    (
        "Easemob, NetEase and Huawei",
        &["easemob", "netease", "huawei"],
    ),
    ("OpenIM", &["openim"]),
    ("Tencent SMH", &["smh"]),
];

/// Those that receive a file.
pub const DOWNLOADS: &[Verb] = &[
    Download,
    Thumbnail,
    Fetch,
    Receive,
    ImObject,
    ImGet,
    SmhDownload,
    SmhGet,
    SmhReceive,
];
/// Those that receive it as it is, by a GET.
pub const GETS: &[Verb] = &[Download, Thumbnail, Fetch];
/// Those whose request carries the file, or a part of it.
pub const UPLOADS: &[Verb] = &[
    Upload, Multipart, Base64, Send, ImForm, ImPart, ImSend, SmhPut, SmhPart, SmhSend,
];

/// Those of OpenIM and SMH.
pub const NEW: &[Verb] = ALL.split_at(10).1;
/// Requests without a body.
pub const BODILESS: &[Verb] = &[
    Download,
    Thumbnail,
    Fetch,
    ImObject,
    ImGet,
    SmhToken,
    SmhDownload,
    SmhGet,
    SmhInfo,
    SmhExists,
    SmhList,
    SmhDelete,
    SmhAbort,
    SmhAddress,
    SmhReceive,
];
/// Requests whose body is sent at once, whole.
pub const SMALL: &[Verb] = &[
    Token,
    Delete,
    Receive,
    ImToken,
    ImBegin,
    ImComplete,
    ImParts,
    ImFinish,
    ImAllow,
    ImConfirm,
    ImAccess,
    SmhBegin,
    SmhConfirm,
    SmhParts,
    SmhInstant,
    SmhAllow,
    SmhComplete,
];
/// Requests whose size was fixed when they were presigned.
pub const FIXED: &[Verb] = &[ImSend, SmhSend];
/// Requests that are answered by a status, or by an address in the head.
pub const EMPTY: &[Verb] = &[
    ImForm,
    ImPart,
    ImObject,
    ImSend,
    SmhPut,
    SmhPart,
    SmhDownload,
    SmhExists,
    SmhAbort,
    SmhSend,
];
/// Requests to the storages.
pub const STORAGE: &[Verb] = &[
    ImForm, ImPart, ImGet, ImSend, SmhPut, SmhPart, SmhGet, SmhSend, SmhReceive,
];
/// Requests that are not the first of their client, and go over the connection of those before.
pub const KEPT: &[Verb] = &[
    ImToken,
    ImBegin,
    ImForm,
    ImComplete,
    ImParts,
    ImPart,
    ImFinish,
    ImGet,
    ImAllow,
    ImConfirm,
    ImAccess,
    SmhBegin,
    SmhPut,
    SmhConfirm,
    SmhParts,
    SmhPart,
    SmhInstant,
    SmhDownload,
    SmhGet,
    SmhInfo,
    SmhExists,
    SmhList,
    SmhDelete,
    SmhAbort,
    SmhAllow,
    SmhComplete,
    SmhAddress,
];

/// Those whose result does not tell of attempts.
const SILENT: &[Verb] = &[
    ImAllow, ImAccess, SmhInfo, SmhExists, SmhList, SmhAbort, SmhAllow, SmhAddress,
];

impl Verb {
    pub fn title(self) -> &'static str {
        match self {
            Token => "Easemob token",
            Upload => "Easemob upload",
            Download => "Easemob download",
            Thumbnail => "Easemob thumbnail",
            Multipart => "NetEase upload, form",
            Base64 => "NetEase upload, base64",
            Fetch => "NetEase download",
            Delete => "NetEase delete",
            Send => "Huawei upload",
            Receive => "Huawei download",
            ImToken => "OpenIM token",
            ImBegin => "OpenIM form, permission",
            ImForm => "OpenIM form, file",
            ImComplete => "OpenIM form, completion",
            ImParts => "OpenIM parts, permission",
            ImPart => "OpenIM parts, a part",
            ImFinish => "OpenIM parts, completion",
            ImObject => "OpenIM download, address",
            ImGet => "OpenIM download, file",
            ImAllow => "OpenIM presign an upload",
            ImSend => "OpenIM send presigned",
            ImConfirm => "OpenIM complete presigned",
            ImAccess => "OpenIM presign a download",
            SmhToken => "SMH token",
            SmhBegin => "SMH simple, permission",
            SmhPut => "SMH simple, file",
            SmhConfirm => "SMH simple, confirmation",
            SmhParts => "SMH parts, permission",
            SmhPart => "SMH parts, a part",
            SmhInstant => "SMH instant upload",
            SmhDownload => "SMH download, address",
            SmhGet => "SMH download, file",
            SmhInfo => "SMH info",
            SmhExists => "SMH exists",
            SmhList => "SMH list",
            SmhDelete => "SMH delete",
            SmhAbort => "SMH abort upload",
            SmhAllow => "SMH presign an upload",
            SmhSend => "SMH send presigned",
            SmhComplete => "SMH complete presigned",
            SmhAddress => "SMH presign a download",
            SmhReceive => "SMH receive presigned",
        }
    }

    /// As the emulator's rules and journal call it.
    pub fn name(self) -> &'static str {
        match self {
            Token | SmhToken => "token",
            Upload | Base64 | Send => "upload",
            Download | Thumbnail | Fetch | Receive | SmhDownload => "download",
            Multipart => "file_upload",
            Delete | SmhDelete => "delete",
            ImToken => "user_token",
            ImBegin | ImAllow => "initiate_form",
            ImForm | ImSend => "form_post",
            ImComplete | ImConfirm => "complete_form",
            ImParts => "initiate_multipart",
            ImPart | SmhPart => "part_put",
            ImFinish => "complete_multipart",
            ImObject => "object",
            ImGet => "storage_get",
            ImAccess => "access_url",
            SmhBegin | SmhAllow | SmhInstant => "begin_simple",
            SmhPut | SmhSend => "put",
            SmhConfirm | SmhComplete => "confirm",
            SmhParts => "begin_multipart",
            SmhGet | SmhReceive => "get",
            SmhInfo | SmhAddress => "info",
            SmhExists => "head",
            SmhList => "list",
            SmhAbort => "cancel",
        }
    }

    /// Whose it is.
    pub fn service(self) -> &'static str {
        match self as usize {
            0..4 => "easemob",
            4..8 => "netease",
            8..10 => "huawei",
            10..23 => "openim",
            _ => "smh",
        }
    }

    /// Who is asked, as the emulator's rules and journal call it: the storage of SMH is another.
    pub fn asked(self) -> &'static str {
        match self {
            SmhPut | SmhPart | SmhGet | SmhSend | SmhReceive => "cos",
            _ => self.service(),
        }
    }

    pub fn is_easemob(self) -> bool {
        self.service() == "easemob"
    }

    pub fn is_netease(self) -> bool {
        self.service() == "netease"
    }

    /// Whether each client fetches tokens first that no verb is about.
    pub fn begins_with_tokens(self) -> bool {
        self.service() == "huawei"
    }

    /// Whether a download can go on where it broke off.
    pub fn can_resume(self) -> bool {
        self != Receive
    }

    pub fn is_openim(self) -> bool {
        self.service() == "openim"
    }

    pub fn is_smh(self) -> bool {
        self.service() == "smh"
    }

    /// Whether its call is several requests, the others of which are not told of in the cells.
    pub fn is_of_several(self) -> bool {
        self.is_openim() || self.is_smh()
    }

    pub fn is_get(self) -> bool {
        GETS.contains(&self) || matches!(self, ImGet | SmhGet | SmhReceive)
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
pub struct Cells {
    cells: [&'static str; COUNT],
    /// Nothing is added to these.
    exact: [bool; COUNT],
    /// How often an attempt began with the request before the one of the cell.
    again: usize,
    /// How often the address of a file was asked for again: when the file broke off, not when its answer did not come.
    addressed: usize,
    /// A failed upload to SMH is given up.
    cancelled: bool,
    /// A completion or confirmation that has failed is followed by the question whether it has succeeded.
    asked: bool,
}

/// The same for each.
pub const fn all(cell: &'static str) -> Cells {
    Cells {
        cells: [cell; COUNT],
        exact: [false; COUNT],
        again: 0,
        addressed: 0,
        cancelled: false,
        asked: false,
    }
}

impl Cells {
    /// But another for these, with what is added for all.
    pub const fn like(mut self, verbs: &[Verb], cell: &'static str) -> Self {
        let mut index = 0;
        while index < verbs.len() {
            self.cells[verbs[index] as usize] = cell;
            index += 1;
        }
        self
    }

    /// But exactly this for these.
    pub const fn but(mut self, verbs: &[Verb], cell: &'static str) -> Self {
        let mut index = 0;
        while index < verbs.len() {
            self.exact[verbs[index] as usize] = true;
            index += 1;
        }
        self.like(verbs, cell)
    }

    /// So many attempts began anew, with another permission.
    pub const fn again(mut self, times: usize) -> Self {
        self.again = times;
        self
    }

    /// So many attempts began anew, with another permission or another address.
    pub const fn anew(mut self, times: usize) -> Self {
        self.addressed = times;
        self.again(times)
    }

    /// SMH is told to forget an upload that has failed.
    pub const fn cancelled(mut self) -> Self {
        self.cancelled = true;
        self
    }

    /// It is asked whether a completion has succeeded that seems to have failed.
    pub const fn asked(mut self) -> Self {
        self.asked = true;
        self
    }

    pub fn of(&self, verb: Verb) -> String {
        let cell = self.cells[verb as usize];
        let added = match verb {
            _ if self.exact[verb as usize] => String::new(),
            ImForm if self.again > 0 => format!(" +{} initiate_form", self.again),
            ImGet if self.addressed > 0 => format!(" +{} object", self.addressed),
            SmhGet if self.addressed > 0 => format!(" +{} download", self.addressed),
            SmhConfirm if self.cancelled && self.asked => " +1 cancel +1 state".to_owned(),
            SmhPut | SmhPart | SmhConfirm if self.cancelled => " +1 cancel".to_owned(),
            SmhConfirm | SmhComplete if self.asked => " +1 state".to_owned(),
            ImFinish if self.asked => " +1 initiate_multipart".to_owned(),
            _ => String::new(),
        };
        match cell
            .strip_prefix("ok ")
            .and_then(|cell| cell.split_once('/'))
        {
            Some((_, rest)) if SILENT.contains(&verb) => format!("ok –/{rest}{added}"),
            _ => format!("{cell}{added}"),
        }
    }
}

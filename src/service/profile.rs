//! What holds for a service whoever calls it, in one value.

use super::chat::MessageWriter;
use super::thumbnail::Thumbnails;
use crate::error::{Error, Remedy, Result};
use crate::message::{Answer, Head, Method, Provenance, Request, Url};

/// What holds for a service whoever calls it: all that has to be known of it to
/// send a request that it has presigned.
#[derive(Debug)]
pub(crate) struct Profile {
    /// As its options are called, and its requests in the JSON of a presigned one.
    pub(crate) id: &'static str,
    /// As it stands in error texts.
    pub(crate) name: &'static str,
    pub(crate) takes_empty_files: bool,
    /// Reads the answer to an upload.
    pub(crate) read_upload: fn(&Sent<'_>, &Answer) -> Result<Stored>,
    /// How its messages about files are made; `None` if it has no messages.
    pub(crate) message: Option<&'static MessageWriter>,
    /// What it is told of the type of an upload, where it has types of its own.
    pub(crate) upload_types: &'static [&'static str],
    /// Which small pictures of files it makes; `None` if it makes none.
    pub(crate) thumbnails: Option<&'static Thumbnails>,
    /// Where a presigned upload is to be [completed](crate::Client::complete_presigned):
    /// whether it can be one of this service.
    pub(crate) completes: Option<fn(&Announced<'_>) -> bool>,
    /// Whether a presigned upload says which statuses are a success.
    pub(crate) states_success: bool,
    /// The method that asks for a file.
    pub(crate) download: Method,
    pub(crate) delivery: Delivery,
    /// Whether the address of a file is one of a storage, signed anew each time.
    pub(crate) signs_addresses: bool,
    /// What to say of an address that the service has named and that cannot be
    /// reached.
    pub(crate) address_note: Option<&'static str>,
}

impl Profile {
    /// Fails for an empty file where the service takes none.
    pub(crate) fn check_not_empty(&self, size: u64) -> Result<()> {
        if size > 0 || self.takes_empty_files {
            return Ok(());
        }
        let reason = format_args!("0 bytes, and {} takes no empty files", self.name);
        Err(Error::out_of_bounds("source", reason).bound(1, size))
    }

    /// As [`Profile::check_not_empty`], and fails for one above `max`, which is `max_upload_size`.
    pub(crate) fn check_size(&self, size: u64, max: u64) -> Result<()> {
        self.check_not_empty(size)?;
        if size <= max {
            return Ok(());
        }
        let reason = format_args!("{size} bytes are more than max_upload_size, {max}");
        Err(Error::out_of_bounds("source", reason).bound(max, size))
    }
}

/// A presigned upload that is to be completed, as somebody says that it is.
pub(crate) struct Announced<'a> {
    pub(crate) file: &'a str,
    pub(crate) size: u64,
    /// What names the upload when it is completed.
    pub(crate) completion: &'a str,
}

/// An upload whose answer is to be read.
pub(crate) struct Sent<'a> {
    pub(crate) request: &'a Request,
    /// What was announced as a success, where that is.
    pub(crate) success_status: &'a [u16],
    /// What names the file, where that is known beforehand.
    pub(crate) file: &'a str,
}

/// A file that a service has, and what it says of it.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct Stored {
    /// What names it when it is fetched.
    pub(crate) file: String,
    /// Where messages say that it is.
    pub(crate) url: Option<String>,
    pub(crate) share_secret: Option<String>,
}

impl Stored {
    /// One that has no URL.
    pub(crate) fn named(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            url: None,
            share_secret: None,
        }
    }
}

/// How a file comes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Delivery {
    /// It is the answer.
    Plain(FileReader),
    /// It is in the answer, which is JSON, or where that says.
    InJson(JsonReader),
}

/// How the answers to a download are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileReader {
    /// Whether a 200 is the file, and not something of whoever is in between.
    pub(crate) is_file: fn(&Head) -> bool,
    /// The error that an answer is which is not the file.
    pub(crate) refusal: fn(&Answer) -> Error,
    /// The CRC-64 of the file, if the answer states one.
    pub(crate) stated_crc64: Option<fn(&Head) -> Option<u64>>,
}

impl FileReader {
    /// For a service whose 200 is the file, as nothing in it says otherwise.
    pub(crate) const fn new(refusal: fn(&Answer) -> Error) -> Self {
        Self {
            is_file: |_| true,
            refusal,
            stated_crc64: None,
        }
    }

    /// The error that an answer is which is not the file. To who comes again the service gives
    /// another address, with a permission that is good, if it has redirected to this one.
    pub(crate) fn refused(&self, answer: &Answer) -> Error {
        let error = (self.refusal)(answer);
        match error.remedy() {
            Some(Remedy::Permission) if answer.head.is_redirected => error.retryable(),
            _ => error,
        }
    }
}

/// How answers are read that are JSON with a file in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonReader {
    /// The member that is the file, in base64.
    pub(crate) member: &'static str,
    /// The error that an answer is which is not a success.
    pub(crate) refusal: fn(&Answer) -> Error,
    /// Whether what came besides the file says that it is one.
    pub(crate) check: fn(&Answer) -> Result<()>,
    /// Where the file is that was not in the answer.
    pub(crate) file_url: fn(&Answer) -> Result<Url>,
    /// Reads the answers of that place.
    pub(crate) elsewhere: FileReader,
}

impl JsonReader {
    /// The GET of a file that was not in the answer of `asked`.
    pub(crate) fn file_request(&self, answer: &Answer, asked: &Url) -> Result<Request> {
        let url = (self.file_url)(answer)?;
        Ok(Request::get(url, Provenance::answer_of(asked)))
    }
}

//! What an upload can ask for, which way it goes, and its limits (smh.md §1.3,
//! §1.5).

use super::{check_traffic_limit, time};
use crate::error::{Error, Result};
use crate::message::parts::{PART_MAX, PARTS_MAX};
use crate::setters::options;
use crate::text::check_not_empty;
use std::ops::RangeInclusive;

/// Parts but the last are of 1 MiB or more, one PUT takes as much as a part (smh.md §1.5).
const PART_MIN: u64 = 1024 * 1024;
/// Large enough for 20 GB in all. What is lost with a connection is sent again from the beginning
/// of its part: over connections that last for 8 MiB, 1.14 times the file is sent in parts of
/// 2 MiB, 1.30 times of 4, 1.72 times of 8 ((e^x - 1) / x). The vendor's SDKs have 1 MiB.
const PART_DEFAULT: u64 = 2 * 1024 * 1024;
/// In parts above it, as the vendor's own SDK does (smh.md §1.5).
const SIMPLE_MAX: u64 = 32 * 1024 * 1024;
/// In bytes (smh.md §1.3).
const CATEGORY_MAX: usize = 16;

options! {
    /// What an upload to SMH can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct SmhUpload {
        /// How the bytes are sent.
        pub method: SmhUploadMethod,
        /// The folder to put the file in, with `/` between the names; by default the
        /// root of the space.
        pub directory: Option<String>,
        /// Make that folder if it is missing.
        pub create_directories: bool,
        /// What happens if a file of that name is there already.
        pub conflict: SmhConflict,
        /// With [`SmhConflict::Overwrite`]: only the file with this content, which
        /// [`UploadResult::content_cas`](crate::UploadResult::content_cas) or
        /// [`FileInfo::content_cas`](crate::FileInfo::content_cas) has told. If it has been
        /// changed meanwhile, or is not there, nothing is overwritten:
        /// [`Status::Conflict`](crate::Status::Conflict).
        /// [`Status::Unsupported`](crate::Status::Unsupported) with a private deployment,
        /// which ignores it.
        pub content_cas: Option<String>,
        /// Do not ask whether SMH has the same bytes already, which costs reading
        /// the file once more and saves sending it.
        pub skip_instant: bool,
        /// The size of each part but the last, 1 MiB to 5 GiB, and large enough for
        /// 10,000 parts; by default 2 MiB, or more where that makes too many.
        /// [`Status::Argument`](crate::Status::Argument) with [`SmhUploadMethod::Simple`] or
        /// [`SmhUploadMethod::Form`].
        pub part_size: Option<u64>,
        /// Labels of the file, by which it can be searched for.
        pub labels: Vec<String>,
        /// A category of the caller's own, at most 16 bytes.
        pub category: Option<String>,
        /// When the file was made where it comes from, like `2022-07-26T02:58:09Z`.
        pub local_creation_time: Option<String>,
        /// When it was last changed there, in the same form.
        pub local_modification_time: Option<String>,
        /// The most bytes a second that the store takes on each connection: 100 KiB
        /// to 100 MiB.
        pub traffic_limit: Option<u64>,
        /// Keep the store's domain of the file of the same name, if that is possible.
        pub prefer_same_origin: bool,
    }
}

/// How the bytes of an upload reach the store of SMH.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmhUploadMethod {
    /// In parts above 32 MiB, else in one request; if that is cut after a mebibyte or more,
    /// the next attempt goes in parts.
    #[default]
    Automatic,
    /// In one request, up to 5 GiB.
    Simple,
    /// In one request as multipart/form-data, up to 5 GiB.
    Form,
    /// In parts, which can go on after an interruption.
    Parts,
}

/// What SMH does with an upload to a name that is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmhConflict {
    /// Gives the new file another name, `name (1).ext`.
    #[default]
    Rename,
    /// Refuses it: [`Status::Conflict`](crate::Status::Conflict).
    Fail,
    /// Replaces the file; a folder stays and refuses it.
    Overwrite,
}

impl SmhConflict {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Fail => "ask",
            Self::Overwrite => "overwrite",
        }
    }
}

/// The method of an upload, once it is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UploadKind {
    Simple,
    Form,
    Parts,
}

/// The way that an upload goes, once it is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) kind: UploadKind,
    /// The size of each part but the last; of all of it where it goes in one request.
    pub(crate) part_size: u64,
    /// That of the parts that it goes in if one request is too long for the network.
    pub(super) divided: Option<u64>,
}

impl Way {
    /// For so many bytes, which may come nobody knows how many; fails if it can never work.
    /// What is to be resumed after an interruption goes in parts, if there is more than one.
    pub(crate) fn new(size: Option<u64>, options: &SmhUpload, is_resumable: bool) -> Result<Self> {
        let known = size.unwrap_or(0);
        check_upload(known, options)?;
        let in_parts = part_size(known, options.part_size);
        let is_free = options.method == SmhUploadMethod::Automatic;
        let is_more = known > in_parts;
        let kind = if size.is_none() || is_free && is_resumable && is_more {
            UploadKind::Parts
        } else {
            chosen_method(known, options)
        };
        Ok(match kind {
            UploadKind::Parts => Self {
                kind,
                part_size: in_parts,
                divided: None,
            },
            UploadKind::Simple | UploadKind::Form => Self {
                kind,
                part_size: known.max(1),
                divided: (is_free && is_more).then_some(in_parts),
            },
        })
    }

    /// The numbers of its parts; of what is sent while it comes, of all that there can be.
    pub(super) fn part_numbers(self, size: Option<u64>) -> RangeInclusive<u32> {
        let count = size.map_or(PARTS_MAX, |size| part_count(size, self.part_size));
        1..=count.min(PARTS_MAX) as u32
    }

    /// Whether it may go in parts after all.
    pub(crate) fn is_divisible(self) -> bool {
        self.divided.is_some()
    }

    /// In parts, then.
    pub(crate) fn divide(&mut self) {
        if let Some(part_size) = self.divided.take() {
            self.kind = UploadKind::Parts;
            self.part_size = part_size;
        }
    }
}

/// The method for this many bytes.
fn chosen_method(size: u64, options: &SmhUpload) -> UploadKind {
    match options.method {
        SmhUploadMethod::Simple => UploadKind::Simple,
        SmhUploadMethod::Form => UploadKind::Form,
        SmhUploadMethod::Parts => UploadKind::Parts,
        SmhUploadMethod::Automatic if size > SIMPLE_MAX => UploadKind::Parts,
        SmhUploadMethod::Automatic => UploadKind::Simple,
    }
}

/// The size of each part but the last: the wanted one, which [`check_upload`]
/// has seen, or the smallest of 2 MiB, 4 MiB, … 4 GiB, 5 GiB that makes at
/// most 10,000 parts.
fn part_size(size: u64, wanted: Option<u64>) -> u64 {
    wanted.unwrap_or_else(|| {
        let mut part = PART_DEFAULT;
        while part < PART_MAX && size.div_ceil(part) > PARTS_MAX {
            part = (part * 2).min(PART_MAX);
        }
        part
    })
}

/// The size of the first parts of what comes of unknown length, if it may go in parts.
pub(crate) fn stream_part_size(options: &SmhUpload) -> Option<u64> {
    match options.method {
        SmhUploadMethod::Automatic | SmhUploadMethod::Parts => {
            Some(part_size(0, options.part_size).clamp(PART_MIN, PART_MAX))
        }
        SmhUploadMethod::Simple | SmhUploadMethod::Form => None,
    }
}

/// The most bytes that go this way.
pub(crate) fn largest(options: &SmhUpload) -> u64 {
    match options.method {
        SmhUploadMethod::Automatic | SmhUploadMethod::Parts => PART_MAX * PARTS_MAX,
        SmhUploadMethod::Simple | SmhUploadMethod::Form => PART_MAX,
    }
}

/// How many parts there are: an empty file is one.
fn part_count(size: u64, part_size: u64) -> u64 {
    size.div_ceil(part_size.max(1)).max(1)
}

/// Fails if the options can never work for this many bytes.
fn check_upload(size: u64, options: &SmhUpload) -> Result<()> {
    if let Some(part) = options.part_size
        && !(PART_MIN..=PART_MAX).contains(&part)
    {
        return Err(Error::out_of_bounds(
            "part_size",
            format_args!("{part} bytes are not {PART_MIN} to {PART_MAX}"),
        )
        .bound(PART_MIN.max(part.min(PART_MAX)), part));
    }
    let is_whole = matches!(
        options.method,
        SmhUploadMethod::Simple | SmhUploadMethod::Form
    );
    if options.part_size.is_some() && is_whole {
        let what = "is for parts, and the method sends the file in one request";
        return Err(Error::argument("part_size", what));
    }
    let in_parts = chosen_method(size, options) == UploadKind::Parts;
    let largest = largest(options);
    if size > largest {
        let advice = if in_parts {
            "in 10,000 parts; send a smaller file"
        } else {
            "in one request; upload in parts"
        };
        return Err(Error::out_of_bounds(
            "source",
            format_args!("{size} bytes are more than the {largest} that SMH takes {advice}"),
        )
        .bound(largest, size));
    }
    if in_parts && part_count(size, part_size(size, options.part_size)) > PARTS_MAX {
        return Err(Error::out_of_bounds(
            "part_size",
            format_args!("too small: {size} bytes would be more than {PARTS_MAX} parts"),
        )
        .bound(size.div_ceil(PARTS_MAX), options.part_size.unwrap_or(0)));
    }
    check_traffic_limit(options.traffic_limit)?;
    if let Some(content_cas) = &options.content_cas {
        check_not_empty("content_cas", content_cas)?;
        if options.conflict != SmhConflict::Overwrite {
            let what = "is of the file that is to be overwritten: set conflict to overwrite";
            return Err(Error::argument("content_cas", what));
        }
    }
    if let Some(category) = &options.category
        && category.len() > CATEGORY_MAX
    {
        return Err(Error::out_of_bounds(
            "category",
            format_args!(
                "has {} bytes, which is more than {CATEGORY_MAX}",
                category.len()
            ),
        )
        .bound(CATEGORY_MAX, category.len()));
    }
    for (field, value) in [
        ("local_creation_time", &options.local_creation_time),
        ("local_modification_time", &options.local_modification_time),
    ] {
        if let Some(value) = value
            && time::parse(value).is_none()
        {
            return Err(Error::argument(
                field,
                format_args!("{value:?} is not of the form 2022-07-26T02:58:09Z"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

//! Lists that go on by themselves.

use super::Client;
use super::backend::no_list;
use super::options::{Capability, ListOptions};
use crate::error::{Error, Phase, Result, Status};
use crate::service::FileInfo;
use std::borrow::Borrow;
use std::collections::HashSet;
use std::vec;

/// Where one is in a folder of a client: asks for one list after the other, each when it is
/// needed. `C` is `&Client`, or `Arc<Client>` for a walk that lives as long as it likes.
#[derive(Debug, Clone)]
pub struct ListCursor<C> {
    client: C,
    directory: String,
    options: ListOptions,
    entries: vec::IntoIter<FileInfo>,
    /// No list follows.
    is_last: bool,
    /// The markers that led on, which mean something at this client alone.
    seen: HashSet<String>,
}

impl<C: Borrow<Client>> ListCursor<C> {
    /// At the beginning of a folder, or of the [versions](ListOptions::versions) of a file,
    /// or where the marker of the options says; an empty text is the root. The limit of the
    /// options is that of each list. Nothing is asked yet.
    ///
    /// # Errors
    /// [`Status::Unsupported`] where there are no folders.
    pub fn new(client: C, directory: impl Into<String>, options: ListOptions) -> Result<Self> {
        let asked = client.borrow();
        if !asked.can(Capability::List) {
            return Err(no_list(asked.backend.name()));
        }
        Ok(Self {
            client,
            directory: directory.into(),
            options,
            entries: Vec::new().into_iter(),
            is_last: false,
            seen: HashSet::new(),
        })
    }

    /// The next file or folder; `None` behind the last. After an error the same list is
    /// asked for again.
    ///
    /// # Errors
    /// As [`Client::list`].
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator may be taken to end behind an error"
    )]
    pub fn next(&mut self) -> Result<Option<FileInfo>> {
        /// So many lists without an entry one after the other are one without an end.
        const EMPTY_MAX: u32 = 100;
        let client = self.client.borrow();
        for _ in 0..EMPTY_MAX {
            if let Some(entry) = self.entries.next() {
                return Ok(Some(entry));
            }
            if self.is_last {
                return Ok(None);
            }
            let listing = client.list(&self.directory, self.options.clone())?;
            if let Some(marker) = &listing.next_marker
                && !self.seen.insert(marker.clone())
            {
                return Err(client.goes_in_a_circle());
            }
            self.is_last = listing.next_marker.is_none();
            self.options.marker = listing.next_marker;
            self.entries = listing.entries.into_iter();
        }
        Err(client.goes_in_a_circle())
    }
}

/// What is in a folder, from [`Client::list_all`]. It ends behind an error.
#[derive(Debug)]
pub struct ListAll<'c> {
    cursor: ListCursor<&'c Client>,
    has_failed: bool,
}

impl Client {
    /// All that is in a folder, list after list, each asked for when it is needed; an
    /// empty text is the root. The limit of the options is that of each list.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// for entry in client.list_all("photos", Default::default())? {
    ///     println!("{:?}", entry?.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Each item may be an error as of [`Client::list`], the last then.
    ///
    /// # Errors
    /// [`Status::Unsupported`] where there are no folders. Nothing is asked yet.
    pub fn list_all(&self, directory: &str, options: ListOptions) -> Result<ListAll<'_>> {
        Ok(ListAll {
            cursor: ListCursor::new(self, directory, options)?,
            has_failed: false,
        })
    }

    /// Whoever goes on with such a list never comes to an end.
    pub(super) fn goes_in_a_circle(&self) -> Error {
        let name = self.backend.name();
        let what = format!("{name} says that the list goes on, and it never ends; try again");
        Error::new(Status::Response, what).with_phase(Phase::Receive)
    }
}

impl Iterator for ListAll<'_> {
    type Item = Result<FileInfo>;

    fn next(&mut self) -> Option<Result<FileInfo>> {
        if self.has_failed {
            return None;
        }
        let next = self.cursor.next().transpose();
        self.has_failed = matches!(next, Some(Err(_)));
        next
    }
}

//! A service behind the verbs.

use super::download_call::{DownloadCall, FileForm};
use super::engine::Engine;
use super::options::{Capability, DeleteResult, DownloadResult, ListOptions, UploadResult};
use super::service::{ServiceDelete, ServiceUpload};
use super::upload_call::{NewFile, UploadCall};
use crate::error::{Error, Result, Status};
use crate::presign::Presigned;
use crate::service::netease::NeteaseDeleteTask;
use crate::service::{FileInfo, Listing, Profile};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::Leftover;

/// A service behind the verbs.
pub(super) trait Backend: Send + Sync {
    /// What holds for the service whoever calls it; `None` if there is none.
    fn profile(&self) -> Option<&'static Profile>;

    /// As it stands in error texts.
    fn name(&self) -> &'static str {
        self.profile()
            .map_or("a client without a service", |profile| profile.name)
    }

    /// What tells one account from another, where files of both may have the same name.
    fn account(&self) -> &str {
        ""
    }

    /// What it can do that its profile does not show.
    fn own_capabilities(&self) -> &'static [Capability];

    /// All that it can do.
    fn capabilities(&self) -> Vec<Capability> {
        let mut all = self.own_capabilities().to_vec();
        if let Some(profile) = self.profile() {
            all.extend(profile.thumbnails.map(|_| Capability::Thumbnail));
            all.extend(profile.message.map(|_| Capability::Message));
        }
        all
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<UploadResult>;

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<DownloadResult>;

    fn delete(
        &self,
        engine: &Engine,
        file: &str,
        service: Option<&ServiceDelete>,
        call: &mut Call,
    ) -> Result<DeleteResult> {
        let _ = (engine, file, service, call);
        Err(unsupported(self.name(), "delete", "delete a file"))
    }

    fn delete_by_time(
        &self,
        engine: &Engine,
        task: &NeteaseDeleteTask,
        call: &mut Call,
    ) -> Result<DeleteResult> {
        let _ = (engine, task, call);
        let what = "delete files by the time of their upload";
        Err(unsupported(self.name(), "delete_by_time", what))
    }

    /// Makes the service forget what it has kept of an upload in parts.
    fn abort_upload(&self, engine: &Engine, leftover: Leftover, call: &mut Call) -> Result<()> {
        let _ = (engine, leftover, call);
        let what = "forget an upload before its time";
        Err(unsupported(self.name(), "abort_upload", what))
    }

    fn info(&self, engine: &Engine, file: &str, call: &mut Call) -> Result<FileInfo> {
        let _ = (engine, file, call);
        Err(unsupported(
            self.name(),
            "info",
            "say what it has of a file",
        ))
    }

    fn exists(&self, engine: &Engine, file: &str, call: &mut Call) -> Result<bool> {
        let _ = (engine, file, call);
        Err(unsupported(
            self.name(),
            "exists",
            "say whether a file is there",
        ))
    }

    fn list(
        &self,
        engine: &Engine,
        directory: &str,
        options: &ListOptions,
        call: &mut Call,
    ) -> Result<Listing> {
        let _ = (engine, directory, options, call);
        Err(no_list(self.name()))
    }

    /// Gets what calls are made with, where the service has to be asked for it; says whether
    /// it has to.
    fn check_credentials(&self, engine: &Engine, call: &mut Call) -> Result<bool> {
        let _ = (engine, call);
        Ok(false)
    }

    /// Makes the smallest call that takes the credentials and stores nothing, and says
    /// what it was; `None` if there is none.
    fn check_call(&self, engine: &Engine, call: &mut Call) -> Result<Option<&'static str>> {
        let _ = (engine, call);
        Ok(None)
    }

    /// What an upload says that is made to try whether it can be.
    fn probe(&self) -> Option<ServiceUpload> {
        None
    }

    /// `size` is that of the file, if it is known.
    fn presign_upload(
        &self,
        engine: &Engine,
        size: Option<u64>,
        file: NewFile,
        call: &mut Call,
    ) -> Result<Presigned> {
        let _ = (engine, size, file, call);
        Err(unsupported(
            self.name(),
            "presign_upload",
            "presign uploads",
        ))
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        form: &FileForm,
        call: &mut Call,
    ) -> Result<Presigned> {
        let _ = (engine, file, form, call);
        Err(unsupported(
            self.name(),
            "presign_download",
            "presign downloads",
        ))
    }

    /// Completes a presigned upload, where that is needed.
    fn complete_presigned(
        &self,
        engine: &Engine,
        presigned: &Presigned,
        call: &mut Call,
    ) -> Result<UploadResult> {
        let _ = (engine, call);
        Err(not_to_complete(presigned))
    }
}

/// A presigned request with which the opened client has nothing to do.
pub(super) fn not_to_complete(presigned: &Presigned) -> Error {
    let fault = if presigned.needs_completion() {
        "is completed by a client of the service that it is for"
    } else {
        "needs no completion"
    };
    Error::argument("presigned", fault)
}

/// There are no lists at this service.
pub(super) fn no_list(service: &str) -> Error {
    unsupported(service, "list", "list files")
}

/// A verb or an option that the opened service cannot honour.
pub(super) fn unsupported(service: &str, field: &'static str, what: &str) -> Error {
    Error::new(
        Status::Unsupported,
        format!("{field}: {service} cannot {what}"),
    )
    .with_field(field)
}

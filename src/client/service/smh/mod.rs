//! Tencent SMH behind the verbs.

mod confirm;
mod presign;
mod upload;

use super::ServiceOptions;
use crate::client::check;
use crate::client::engine::Engine;
use crate::client::recovery::{Credentials, Forgotten, settle};
use crate::client::token::{Fetched, TokenCache};
use crate::client::{
    Capability, Client, ClientOptions, DeleteResult, DownloadCall, DownloadResult, FileForm,
    ListOptions, NewFile, ServiceDelete, UploadCall, UploadResult, download, own, parts,
};
use crate::digest;
use crate::error::{Credential, Error, Phase, Result, Status};
use crate::message::{Answer, Request};
use crate::presign::{Presigned, Terms};
use crate::secret::SecretText;
use crate::service::smh::{
    self, Library, PROFILE, Smh, SmhCredentials, SmhDelete, SmhDownload, SmhPath, SmhUpload,
};
use crate::service::{self, FileInfo, Listing, Profile};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::{LeftUpload, Leftover};
use crate::transfer::retry::Retryable;
use std::time::UNIX_EPOCH;
use upload::SmhFileUpload;

impl Client {
    /// A client of a Tencent SMH library. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`Client::without_service`], and [`Status::Limit`] with the field at fault.
    pub fn smh(config: Smh, options: ClientOptions) -> Result<Self> {
        let backend = SmhBackend::new(config)?;
        let base_url = backend.library.base_url();
        Ok(Self {
            engine: Engine::new(options, None, Some(base_url))?,
            backend: Box::new(backend),
        })
    }
}

#[cfg(all(unix, any(test, fuzzing)))]
pub(super) fn sample(
    base_url: &str,
    secret: &str,
    options: ClientOptions,
) -> Result<crate::client::Sample> {
    let credentials = SmhCredentials::LibrarySecret(secret.into());
    let account = Smh::new("library", credentials).base_url(base_url);
    Ok(Client::smh(account, options)?.into())
}

pub(super) struct SmhBackend {
    library: Library,
    tokens: TokenCache,
    /// Begins what a checkpoint says of where the file goes.
    account: String,
}

impl ServiceOptions for SmhUpload {}
impl ServiceOptions for SmhDownload {}
impl ServiceOptions for SmhDelete {}

impl Credentials for SmhBackend {
    type Held = SecretText;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        let fetch = &mut |call: &mut Call, spent: Option<&SecretText>| {
            self.fetch_token(engine, call, spent)
        };
        let token = self.tokens.get(call, fetch)?;
        // It stands in the query.
        call.secrets.add(&token);
        Ok(token)
    }

    fn forget(&self, token: &SecretText, _: Credential) -> Forgotten {
        self.tokens.forget(token)
    }

    fn can_renew(&self) -> bool {
        match self.library.credentials() {
            SmhCredentials::LibrarySecret(_) => true,
            SmhCredentials::AccessToken(token) => token.can_change(),
        }
    }
}

impl SmhBackend {
    pub(super) fn new(config: Smh) -> Result<Self> {
        let library = Library::new(config)?;
        Ok(Self {
            account: format!("smh {} ", digest::sha1_hex(&library.address())),
            library,
            tokens: TokenCache::default(),
        })
    }

    fn fetch_token(
        &self,
        engine: &Engine,
        call: &mut Call,
        spent: Option<&SecretText>,
    ) -> Result<Fetched> {
        let (name, secret) = self.library.credentials().secret();
        let secret = call.secret(name, secret)?;
        if let SmhCredentials::AccessToken(_) = self.library.credentials() {
            return Ok((secret, None));
        }
        if let Some(spent) = spent {
            // It stands in the path.
            call.secrets.add(spent);
        }
        let ask = |request: &Request, call: &mut Call| {
            let answer = engine.ask(request, call)?;
            smh::read_token(&answer)
        };
        // Its life may have begun anew with each use (smh.md §1.2).
        if let Some(spent) = spent
            && let Ok(token) = ask(&self.library.renew_token_request(spent), call)
        {
            return Ok(token);
        }
        let request = self.library.token_request(&secret);
        engine.attempt(call, |call| ask(&request, call))
    }

    /// Makes one call of SMH, with as many attempts as it needs.
    fn ask<C: Retryable, T>(
        &self,
        engine: &Engine,
        context: &mut C,
        request: &dyn Fn(&str) -> Request,
        read: impl Fn(&Answer) -> Result<T>,
    ) -> Result<T> {
        engine.ask_as(context, self, &|token: &SecretText| request(token), read)
    }

    /// Makes SMH and its store forget an upload.
    fn cancel_upload(&self, engine: &Engine, upload: &str, call: &mut Call) -> Result<()> {
        let request = |token: &str| self.library.cancel_request(token, upload);
        self.ask(engine, call, &request, smh::read_cancel)
    }

    fn info_of(&self, engine: &Engine, call: &mut Call, path: &SmhPath) -> Result<FileInfo> {
        let request = |token: &str| self.library.info_request(token, path);
        self.ask(engine, call, &request, smh::read_info)
    }

    /// What the answer did not state is asked for.
    fn verify(
        &self,
        engine: &Engine,
        call: &mut DownloadCall<'_>,
        path: &SmhPath,
        options: &SmhDownload,
        size: u64,
    ) -> Result<()> {
        if !call.expected.is_waiting() {
            return Ok(());
        }
        let request = |token: &str| self.library.link_request(token, path, options);
        let info = self.ask(engine, &mut call.call, &request, smh::read_info)?;
        if info.size.is_some_and(|stated| stated != size) {
            return Err(Error::new(
                Status::Truncated,
                format!("{size} bytes arrived, SMH has another number; try again"),
            )
            .with_phase(Phase::Receive)
            .retryable());
        }
        info.crc64_value()
            .map_or(Ok(()), |stated| call.verify(stated))
    }
}

impl crate::client::Backend for SmhBackend {
    fn profile(&self) -> Option<&'static Profile> {
        Some(&PROFILE)
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn own_capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::Delete,
            Capability::Presign,
            Capability::Parts,
            Capability::InstantUpload,
            Capability::Info,
            Capability::List,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        let options: SmhUpload = own(call.file.service.as_ref());
        match smh::stream_part_size(&options) {
            // As it comes. What is to be resumed is needed once more.
            Some(part_size) if !call.resume.wanted => parts::spool_first(call, part_size)?,
            _ => call.spool(smh::largest(&options))?,
        }
        let size = (!call.content.is_unsized()).then(|| call.content.len());
        let upload =
            SmhFileUpload::new(options, self, engine, size, &call.file, call.resume.wanted)?;
        parts::upload(engine, upload, call)
    }

    fn check_credentials(&self, engine: &Engine, call: &mut Call) -> Result<bool> {
        self.get(engine, call)?;
        Ok(matches!(
            self.library.credentials(),
            SmhCredentials::LibrarySecret(_)
        ))
    }

    fn check_call(&self, engine: &Engine, call: &mut Call) -> Result<Option<&'static str>> {
        let path = SmhPath::file("file", check::PROBE)?;
        let found = self.info_of(engine, call, &path).map(drop);
        found.or_else(check::is_absent)?;
        Ok(Some(check::ABSENT))
    }

    fn abort_upload(&self, engine: &Engine, leftover: Leftover, call: &mut Call) -> Result<()> {
        let upload = LeftUpload::open(leftover, &self.account)?;
        self.cancel_upload(engine, upload.upload(), call)?;
        upload.remove()
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<DownloadResult> {
        let path = SmhPath::file("file", file)?;
        let options = own(call.form.service.as_ref());
        let thumbnail = call.form.thumbnail;
        // Checked before anything is sent.
        self.library
            .download_request("", &path, &options, thumbnail)?;
        call.meter.start(None)?;
        engine.attempt_as(call, self, |call, token| {
            let request = self
                .library
                .download_request(token, &path, &options, thumbnail)?;
            let download = download::receive(engine, &request, smh::FILE, call)?;
            self.verify(engine, call, &path, &options, download.size)?;
            Ok(download)
        })
    }

    fn delete(
        &self,
        engine: &Engine,
        file: &str,
        service: Option<&ServiceDelete>,
        call: &mut Call,
    ) -> Result<DeleteResult> {
        let options: SmhDelete = own(service);
        let path = SmhPath::file("file", file)?;
        let request = |token: &str| self.library.delete_request(token, &path, options.permanent);
        let deleted = self.ask(engine, call, &request, smh::read_delete);
        let recycled_item_id = settle(deleted, call, |error, _| {
            // It is gone, though nobody knows where to.
            Ok((error.status() == Status::NotFound).then_some(None))
        })?;
        Ok(DeleteResult {
            task_id: None,
            recycled_item_id,
            attempts: call.attempts(),
        })
    }

    fn info(&self, engine: &Engine, file: &str, call: &mut Call) -> Result<FileInfo> {
        let path = SmhPath::file("file", file)?;
        self.info_of(engine, call, &path)
    }

    fn exists(&self, engine: &Engine, file: &str, call: &mut Call) -> Result<bool> {
        let path = SmhPath::file("file", file)?;
        let request = |token: &str| self.library.exists_request(token, &path);
        match self.ask(engine, call, &request, smh::read_exists)? {
            Some(exists) => Ok(exists),
            // An answer without a body does not say why; another call does.
            None => {
                let request = |token: &str| self.library.info_request(token, &path);
                self.ask(engine, call, &request, smh::read_exists_by_info)
            }
        }
    }

    fn list(
        &self,
        engine: &Engine,
        directory: &str,
        options: &ListOptions,
        call: &mut Call,
    ) -> Result<Listing> {
        let (marker, limit) = (options.marker.as_deref(), options.limit);
        let library = &self.library;
        if options.versions {
            let path = SmhPath::file("directory", directory)?;
            let request = |token: &str| library.versions_request(token, &path, marker, limit);
            return self.ask(engine, call, &request, smh::read_versions);
        }
        let path = SmhPath::directory("directory", directory)?;
        let request = |token: &str| library.list_request(token, &path, marker, limit);
        self.ask(engine, call, &request, smh::read_list)
    }

    fn presign_upload(
        &self,
        engine: &Engine,
        size: Option<u64>,
        file: NewFile,
        call: &mut Call,
    ) -> Result<Presigned> {
        presign::upload(self, engine, size, &file, call)
    }

    fn complete_presigned(
        &self,
        engine: &Engine,
        presigned: &Presigned,
        call: &mut Call,
    ) -> Result<UploadResult> {
        presign::complete(self, engine, presigned, call)
    }

    /// The store's own URL, which holds no token (smh.md §1.10).
    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        form: &FileForm,
        call: &mut Call,
    ) -> Result<Presigned> {
        let path = SmhPath::file("file", file)?;
        let options: SmhDownload = own(form.service.as_ref());
        smh::check_link(&options)?;
        let link = |token: &str| self.library.link_request(token, &path, &options);
        let read = |answer: &Answer| {
            let request = self.library.read_link(answer)?;
            Ok((request, service::date(&answer.head)))
        };
        let (request, now) = self.ask(engine, call, &link, read)?;
        let signed_until = smh::signed_until(&request.url);
        // A store of another kind does not say it: by the clock of SMH then, where that is known.
        let now = now.and_then(|now| now.duration_since(UNIX_EPOCH).ok());
        let now = now.unwrap_or_else(|| engine.clock.now());
        let terms = Terms {
            expires_at: signed_until.or(options.link_ttl.map(|period| (now + period).as_secs())),
            ..Terms::download(&PROFILE)
        };
        engine.presigned(request, terms)
    }
}

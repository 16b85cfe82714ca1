//! Easemob behind the verbs.

use super::ServiceOptions;
use crate::client::check;
use crate::client::engine::Engine;
use crate::client::recovery::{Credentials, Forgotten};
use crate::client::token::TokenCache;
use crate::client::{
    Capability, Client, ClientOptions, DownloadCall, DownloadResult, FileForm, NewFile, UploadCall,
    UploadResult, download, own,
};
#[cfg(doc)]
use crate::error::Status;
use crate::error::{Credential, Result};
use crate::message::Request;
use crate::presign::{Presigned, Terms};
use crate::random;
use crate::secret::SecretText;
use crate::service::Profile;
use crate::service::easemob::{
    self, App, Easemob, EasemobDownload, EasemobUpload, FileRef, PROFILE,
};
use crate::transfer::call::Call;
use crate::watch::Watch;

impl Client {
    /// A client of an Easemob app. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`Client::without_service`], and [`Status::Limit`] with the field at fault.
    pub fn easemob(config: Easemob, options: ClientOptions) -> Result<Self> {
        let backend = EasemobBackend::new(config)?;
        let base_url = backend.app.base_url();
        Ok(Self {
            engine: Engine::new(options, Some(easemob::CALLS_PER_SECOND), Some(base_url))?,
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
    let credentials = crate::EasemobCredentials::Client {
        id: "id".into(),
        secret: secret.into(),
    };
    let account = Easemob::new("org#app", credentials).base_url(base_url);
    Ok(Client::easemob(account, options)?.into())
}

pub(super) struct EasemobBackend {
    app: App,
    tokens: TokenCache,
}

impl ServiceOptions for EasemobUpload {}
impl ServiceOptions for EasemobDownload {}

impl Credentials for EasemobBackend {
    type Held = SecretText;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        self.tokens.get(call, &mut |call, _| {
            if let Some(token) = self.app.given_token() {
                return Ok((token.get("token", &call.watch)?, None));
            }
            let (name, secret) = self.app.login_secret()?;
            let secret = call.secret(name, secret)?;
            let request = self.app.token_request(&secret);
            let token = engine.attempt(call, |call| {
                easemob::read_token(&engine.ask(&request, call)?)
            })?;
            Ok((token.value, token.lifetime))
        })
    }

    fn forget(&self, token: &SecretText, _: Credential) -> Forgotten {
        self.tokens.forget(token)
    }

    fn can_renew(&self) -> bool {
        self.app.given_token().is_none_or(|t| t.can_change())
    }
}

impl EasemobBackend {
    pub(super) fn new(config: Easemob) -> Result<Self> {
        Ok(Self {
            app: App::new(config)?,
            tokens: TokenCache::default(),
        })
    }

    fn upload_request(&self, token: &str, file: &NewFile) -> Request {
        self.app.upload_request(
            token,
            &random::token(),
            &file.name,
            &file.media_type,
            &own(file.service.as_ref()),
        )
    }

    fn download_request(
        &self,
        token: &str,
        file: &FileRef,
        form: &FileForm,
        watch: &Watch,
    ) -> Result<Request> {
        let options: EasemobDownload = own(form.service.as_ref());
        let secret = options
            .share_secret
            .map(|secret| secret.get("share_secret", watch))
            .transpose()?;
        let secret = secret.as_ref().map(|secret| secret.as_str());
        self.app
            .download_request(token, file, secret, form.thumbnail)
    }

    /// Until when a presigned request is good.
    fn terms(&self, terms: Terms) -> Terms {
        Terms {
            expires_at: self.tokens.expires_at(),
            ..terms
        }
    }
}

impl crate::client::Backend for EasemobBackend {
    fn profile(&self) -> Option<&'static Profile> {
        Some(&PROFILE)
    }

    fn account(&self) -> &str {
        self.app.address()
    }

    fn own_capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::ShareSecret,
            Capability::Presign,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        call.spool(self.app.max_upload_size())?;
        let size = call.content.len();
        self.app.check_size(size)?;
        call.meter.start(Some(size))?;
        engine.attempt_as(call, self, |call, token| {
            let request = self.upload_request(token, &call.file);
            let answer = engine.upload(&request, call)?;
            Ok(call.uploaded(easemob::read_upload(&request, &answer)?))
        })
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<DownloadResult> {
        let file = FileRef::parse(file)?;
        own::<_, EasemobDownload>(call.form.service.as_ref()).check()?;
        call.meter.start(None)?;
        engine.attempt_as(call, self, |call, token| {
            let request = self.download_request(token, &file, &call.form, &call.call.watch)?;
            download::receive(engine, &request, easemob::FILE, call)
        })
    }

    fn check_credentials(&self, engine: &Engine, call: &mut Call) -> Result<bool> {
        self.get(engine, call)?;
        Ok(self.app.given_token().is_none())
    }

    fn check_call(&self, engine: &Engine, call: &mut Call) -> Result<Option<&'static str>> {
        let file = FileRef::parse(check::NO_FILE)?;
        engine.attempt_as(call, self, |call, token| {
            let request = self.app.download_request(token, &file, None, None)?;
            check::absent(&engine.ask(&request, call)?, easemob::FILE.refusal)
        })?;
        Ok(Some(check::ABSENT))
    }

    fn presign_upload(
        &self,
        engine: &Engine,
        size: Option<u64>,
        file: NewFile,
        call: &mut Call,
    ) -> Result<Presigned> {
        if let Some(size) = size {
            self.app.check_size(size)?;
        }
        let token = self.get(engine, call)?;
        let mut terms = self.terms(Terms::upload(&PROFILE));
        terms.max_size = Some(self.app.max_upload_size());
        let options: EasemobUpload = own(file.service.as_ref());
        terms.fields = options
            .fields()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        engine.presigned(self.upload_request(&token, &file), terms)
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        form: &FileForm,
        call: &mut Call,
    ) -> Result<Presigned> {
        let file = FileRef::parse(file)?;
        own::<_, EasemobDownload>(form.service.as_ref()).check()?;
        let token = self.get(engine, call)?;
        let request = self.download_request(&token, &file, form, &call.watch)?;
        engine.presigned(request, self.terms(Terms::download(&PROFILE)))
    }
}

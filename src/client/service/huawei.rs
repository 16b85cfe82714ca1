//! Huawei behind the verbs.

use super::ServiceOptions;
use crate::client::check;
use crate::client::engine::Engine;
use crate::client::recovery::{Credentials, Forgotten};
use crate::client::token::TokenCache;
use crate::client::{
    Capability, Client, ClientOptions, DownloadCall, DownloadResult, FileForm, NewFile, UploadCall,
    UploadResult, json_download, own,
};
#[cfg(doc)]
use crate::error::Status;
use crate::error::{Credential, Result};
use crate::message::{Head, Request};
use crate::presign::{Presigned, Terms};
use crate::secret::SecretText;
use crate::service::Profile;
use crate::service::huawei::{
    self, Huawei, HuaweiDownload, HuaweiUpload, PROFILE, SESSION_LIFETIME, Tenant, Tokens,
};
use crate::text::check_not_empty;
use crate::transfer::call::Call;
use std::borrow::Cow;

impl Client {
    /// A client of a Huawei AICC tenant. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`Client::without_service`], and [`Status::Limit`] with the field at fault.
    pub fn huawei(config: Huawei, options: ClientOptions) -> Result<Self> {
        let backend = HuaweiBackend::new(config)?;
        let base_url = backend.tenant.base_url();
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
    let account = Huawei::new(base_url, "key", secret, "channel", "user");
    Ok(crate::client::Sample {
        download: Some(HuaweiDownload::new("pdf").into()),
        ..Client::huawei(account, options)?.into()
    })
}

pub(super) struct HuaweiBackend {
    tenant: Tenant,
    /// AccessTokens of the API gateway.
    access: TokenCache,
    /// Tokens of the customer's session.
    sessions: TokenCache,
}

/// Both tokens of a request.
pub(super) struct HeldTokens {
    access: SecretText,
    session: SecretText,
}

impl ServiceOptions for HuaweiUpload {
    fn telling_name(&self) -> Option<Cow<'_, str>> {
        let file_type = self.file_type.as_ref()?;
        Some(format!("file.{file_type}").into())
    }
}

impl ServiceOptions for HuaweiDownload {}

impl HeldTokens {
    fn tokens(&self) -> Tokens<'_> {
        Tokens {
            access: &self.access,
            session: &self.session,
        }
    }
}

impl Credentials for HuaweiBackend {
    type Held = HeldTokens;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<HeldTokens> {
        let session = self.sessions.get(call, &mut |call, _| {
            let token = engine.attempt_as(call, &Gateway(self), |call, access| {
                let request = self.tenant.session_token_request(access);
                huawei::read_session_token(&engine.ask(&request, call)?)
            })?;
            Ok((token, Some(SESSION_LIFETIME)))
        })?;
        Ok(HeldTokens {
            access: Gateway(self).get(engine, call)?,
            session,
        })
    }

    fn forget(&self, held: &HeldTokens, refused: Credential) -> Forgotten {
        match refused {
            Credential::Token => self.access.forget(&held.access),
            Credential::Session => self.sessions.forget(&held.session),
        }
    }
}

/// What a session begins with: the AccessToken alone.
struct Gateway<'b>(&'b HuaweiBackend);

impl Credentials for Gateway<'_> {
    type Held = SecretText;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        let tenant = &self.0.tenant;
        self.0.access.get(call, &mut |call, _| {
            let secret = call.secret("app_secret", tenant.app_secret())?;
            let request = tenant.access_token_request(&secret);
            engine.attempt(call, |call| {
                huawei::read_access_token(&engine.ask(&request, call)?)
            })
        })
    }

    fn forget(&self, access: &SecretText, refused: Credential) -> Forgotten {
        match refused {
            Credential::Token => self.0.access.forget(access),
            Credential::Session => Forgotten::Foreign,
        }
    }
}

impl HuaweiBackend {
    pub(super) fn new(config: Huawei) -> Result<Self> {
        Ok(Self {
            tenant: Tenant::new(config)?,
            access: TokenCache::default(),
            sessions: TokenCache::default(),
        })
    }

    /// A request with tokens that are good now, until the first of them expires.
    fn presign(
        &self,
        engine: &Engine,
        call: &mut Call,
        terms: Terms,
        request: impl Fn(&Tokens<'_>) -> Request,
    ) -> Result<Presigned> {
        let request = request(&self.get(engine, call)?.tokens());
        let ends = [self.access.expires_at(), self.sessions.expires_at()];
        engine.presigned(
            request,
            Terms {
                expires_at: ends.into_iter().flatten().min(),
                ..terms
            },
        )
    }

    /// Adopts the token that an answer brings, for all threads: any answer, but for those that refuse the
    /// one that was sent, which would be sent for ever under new names.
    fn adopt(&self, head: &Head, sent: &str) {
        if !matches!(head.status, 401 | 403)
            && let Some(token) = huawei::rotated_token(head)
        {
            self.sessions.replace(sent, token, SESSION_LIFETIME);
        }
    }
}

impl crate::client::Backend for HuaweiBackend {
    fn profile(&self) -> Option<&'static Profile> {
        Some(&PROFILE)
    }

    fn own_capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::Presign,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        call.spool(self.tenant.max_upload_size().unwrap_or(u64::MAX))?;
        let size = call.content.len();
        self.tenant.check_size(size)?;
        let file_type = upload_type(&call.file)?;
        if let Some(message) = &mut call.message {
            message.file_type = Some(file_type.clone());
        }
        call.meter.start(Some(size))?;
        engine.attempt_as(call, self, |call, held| {
            let request = self.tenant.upload_request(&held.tokens(), &file_type);
            let answer = engine.upload(&request, call)?;
            self.adopt(&answer.head, &held.session);
            Ok(call.uploaded(huawei::read_upload(&answer)?))
        })
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<DownloadResult> {
        check_not_empty("file", file)?;
        let options: HuaweiDownload = own(call.form.service.as_ref());
        let file_type = huawei::download_type(&options)?;
        call.meter.start(None)?;
        engine.attempt_as(call, self, |call, held| {
            let request = self.tenant.download_request(
                &held.tokens(),
                file,
                &file_type,
                options.media_library,
            );
            let response = engine.request(&request, &mut call.call)?;
            self.adopt(&response.head, &held.session);
            json_download::receive(engine, &request.url, huawei::FILE, response, call)
        })
    }

    fn check_credentials(&self, engine: &Engine, call: &mut Call) -> Result<bool> {
        self.get(engine, call)?;
        Ok(true)
    }

    fn check_call(&self, engine: &Engine, call: &mut Call) -> Result<Option<&'static str>> {
        engine.attempt_as(call, self, |call, held| {
            let tokens = held.tokens();
            let request = self
                .tenant
                .download_request(&tokens, check::NO_FILE, "jpg", false);
            let answer = engine.ask(&request, call)?;
            self.adopt(&answer.head, &held.session);
            (huawei::FILE.check)(&answer).or_else(check::is_absent)
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
            self.tenant.check_size(size)?;
        }
        let file_type = upload_type(&file)?;
        let mut terms = Terms::upload(&PROFILE);
        terms.max_size = self.tenant.max_upload_size();
        let presigned = self.presign(engine, call, terms, |tokens| {
            self.tenant.upload_request(tokens, &file_type)
        })?;
        Ok(presigned.of_type(file_type))
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        form: &FileForm,
        call: &mut Call,
    ) -> Result<Presigned> {
        check_not_empty("file", file)?;
        let options: HuaweiDownload = own(form.service.as_ref());
        let file_type = huawei::download_type(&options)?;
        let terms = Terms::download(&PROFILE);
        self.presign(engine, call, terms, |tokens| {
            let media_library = options.media_library;
            self.tenant
                .download_request(tokens, file, &file_type, media_library)
        })
    }
}

/// What the service is told of the kind of a file.
fn upload_type(file: &NewFile) -> Result<String> {
    huawei::upload_type(&own(file.service.as_ref()), &file.name)
}

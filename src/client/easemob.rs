//! Easemob behind the verbs.

use super::engine::Engine;
use super::recovery::Credentials;
use super::token::TokenCache;
use super::{
    Capability, Download, DownloadCall, NewFile, ServiceDownload, Upload, UploadCall, download, own,
};
use crate::error::{Credential, Result};
use crate::message::{Answer, Request};
use crate::presign::{Operation, Presigned, Terms};
use crate::random;
use crate::secret::SecretText;
use crate::service::easemob::{self, App, Easemob, EasemobDownload, EasemobUpload, FileRef};
use crate::transfer::call::Call;
use crate::watch::Watch;

const NAME: &str = "Easemob";

pub(super) struct Backend {
    app: App,
    tokens: TokenCache,
}

impl Credentials for Backend {
    type Held = SecretText;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        let watch = call.watch.clone();
        self.tokens.get(&watch, &mut |_| {
            if let Some(token) = self.app.given_token() {
                return Ok((token.get("token", &watch)?, None));
            }
            let (name, secret) = self.app.login_secret()?;
            let secret = secret.get(name, &watch)?;
            call.add_secret(&secret);
            let request = self.app.token_request(&secret);
            let token = engine.attempt(call, |call| {
                easemob::read_token(&engine.ask(&request, call)?)
            })?;
            Ok((token.value, token.lifetime))
        })
    }

    fn forget(&self, token: &SecretText, _: Credential) -> bool {
        self.tokens.forget(token)
    }

    fn can_renew(&self) -> bool {
        self.app.given_token().is_none_or(|t| t.can_change())
    }
}

impl Backend {
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
        options: Option<&ServiceDownload>,
        watch: &Watch,
    ) -> Result<Request> {
        let options: EasemobDownload = own(options);
        let secret = options
            .share_secret
            .map(|secret| secret.get("share_secret", watch))
            .transpose()?;
        let secret = secret.as_ref().map(|secret| secret.as_str());
        self.app
            .download_request(token, file, secret, options.thumbnail)
    }

    /// What a presigned request allows, and until when.
    fn terms(&self, operation: Operation) -> Terms {
        Terms {
            expires_at: self.tokens.expires_at(),
            max_size: operation.is_upload().then(|| self.app.max_upload_size()),
            ..Terms::of(operation)
        }
    }
}

/// The result of an upload, read from the service's answer.
pub(super) fn read_upload(
    request: &Request,
    answer: &Answer,
    call: &UploadCall<'_>,
) -> Result<Upload> {
    let stored = easemob::read_upload(request, answer)?;
    Ok(Upload {
        file: stored.uuid,
        url: Some(stored.url),
        share_secret: stored.share_secret,
        size: call.content.len(),
        instant: false,
        attempts: call.call.attempts(),
    })
}

impl super::Backend for Backend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options_field(&self) -> &'static str {
        "easemob"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::ShareSecret,
            Capability::Thumbnail,
            Capability::Presign,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<Upload> {
        let size = call.content.len();
        self.app.check_size(size)?;
        call.meter.start(Some(size))?;
        engine.attempt_as(call, self, |call, token| {
            let request = self.upload_request(token, &call.file);
            let answer = engine.upload(&request, call)?;
            read_upload(&request, &answer, call)
        })
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<Download> {
        let file = FileRef::parse(file)?;
        own::<_, EasemobDownload>(call.service.as_ref()).check()?;
        call.meter.start(None)?;
        engine.attempt_as(call, self, |call, token| {
            let options = call.service.as_ref();
            let request = self.download_request(token, &file, options, &call.call.watch)?;
            download::receive(engine, &request, easemob::FILE, call)
        })
    }

    fn presign_upload(
        &self,
        engine: &Engine,
        size: Option<u64>,
        file: NewFile,
        mut call: Call,
    ) -> Result<Presigned> {
        if let Some(size) = size {
            self.app.check_size(size)?;
        }
        let token = self.get(engine, &mut call)?;
        let mut terms = self.terms(Operation::EasemobUpload);
        let options: EasemobUpload = own(file.service.as_ref());
        terms.fields = options
            .fields()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        engine.presigned(self.upload_request(&token, &file), terms)
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        options: Option<&ServiceDownload>,
        mut call: Call,
    ) -> Result<Presigned> {
        let file = FileRef::parse(file)?;
        own::<_, EasemobDownload>(options).check()?;
        let token = self.get(engine, &mut call)?;
        let request = self.download_request(&token, &file, options, &call.watch)?;
        engine.presigned(request, self.terms(Operation::EasemobDownload))
    }
}

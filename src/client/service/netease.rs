//! NetEase behind the verbs.

use super::ServiceOptions;
use crate::client::engine::Engine;
use crate::client::recovery::{Credentials, Forgotten};
use crate::client::{
    Capability, Client, ClientOptions, DeleteResult, DownloadCall, DownloadResult, FileForm,
    NewFile, ServiceUpload, UploadCall, UploadResult, download, own,
};
use crate::error::{Credential, Result};
use crate::message::Request;
use crate::presign::{Presigned, Terms};
use crate::random;
use crate::secret::SecretText;
use crate::service::Profile;
use crate::service::netease::{
    self, App, Netease, NeteaseDeleteTask, NeteaseUpload, NeteaseUploadMethod, PROFILE, Signature,
};
use crate::transfer::call::Call;
use crate::transfer::retry::Once;
use std::time::Duration;

/// A signature is good for so long (netease.md §1.1).
const SIGNATURE_SECONDS: u64 = 300;

impl Client {
    /// A client of a NetEase IM app. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`Client::without_service`].
    pub fn netease(config: Netease, options: ClientOptions) -> Result<Self> {
        let backend = NeteaseBackend::new(config)?;
        let base_url = backend.app.base_url();
        Ok(Self {
            engine: Engine::new(options, Some(netease::CALLS_PER_SECOND), Some(base_url))?,
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
    let account = Netease::new("key", secret).base_url(base_url);
    Ok(Client::netease(account, options)?.into())
}

pub(super) struct NeteaseBackend {
    app: App,
}

impl ServiceOptions for NeteaseUpload {}

/// There is no token: each request is signed, with the time of the service.
impl Credentials for NeteaseBackend {
    type Held = SecretText;

    fn get(&self, _: &Engine, call: &mut Call) -> Result<SecretText> {
        self.app.app_secret().get("app_secret", &call.watch)
    }

    fn forget(&self, _: &SecretText, _: Credential) -> Forgotten {
        Forgotten::Foreign
    }
}

impl NeteaseBackend {
    pub(super) fn new(config: Netease) -> Result<Self> {
        Ok(Self {
            app: App::new(config)?,
        })
    }

    /// Makes a request that is signed now. A signature is good for minutes, which a
    /// wait for the limit on calls could outlast: so that comes before.
    fn signed(
        &self,
        engine: &Engine,
        call: &mut Call,
        app_secret: &str,
        request: impl FnOnce(&Signature<'_>) -> Request,
    ) -> Result<Request> {
        engine.admit(call)?;
        Ok(request(&Signature {
            app_secret,
            nonce: &random::token(),
            cur_time: engine.clock.now().as_secs(),
        }))
    }

    fn upload_request(
        &self,
        signature: &Signature<'_>,
        file: &NewFile,
        options: &NeteaseUpload,
    ) -> Request {
        let boundary = match options.method {
            NeteaseUploadMethod::Form => random::token(),
            // It has none.
            NeteaseUploadMethod::Base64 => String::new(),
        };
        self.app
            .upload_request(signature, &boundary, &file.name, &file.media_type, options)
    }
}

impl crate::client::Backend for NeteaseBackend {
    fn profile(&self) -> Option<&'static Profile> {
        Some(&PROFILE)
    }

    fn own_capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::DeleteByTime,
            Capability::Presign,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        let options: NeteaseUpload = own(call.file.service.as_ref());
        call.spool(self.app.max_file_size(options.method))?;
        let size = call.content.len();
        self.app.check_size(size, options.method)?;
        options.check(&call.file.media_type)?;
        call.meter.start(Some(size))?;
        engine.attempt_as(call, self, |call, app_secret| {
            let request = self.signed(engine, &mut call.call, app_secret, |signature| {
                self.upload_request(signature, &call.file, &options)
            })?;
            let answer = engine.upload(&request, call)?;
            Ok(call.uploaded(netease::read_upload(&request, &answer)?))
        })
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<DownloadResult> {
        let request = netease::download_request(file, call.form.thumbnail)?;
        call.meter.start(None)?;
        engine.attempt(call, |call| {
            download::receive(engine, &request, netease::FILE, call)
        })
    }

    fn delete_by_time(
        &self,
        engine: &Engine,
        options: &NeteaseDeleteTask,
        call: &mut Call,
    ) -> Result<DeleteResult> {
        let now_ms = engine.clock.now().as_millis();
        netease::check_delete(options, i64::try_from(now_ms).unwrap_or(i64::MAX))?;
        // Each task that the service takes counts against five a day.
        let mut once = Once(call);
        let task_id = engine.attempt_as(&mut once, self, |Once(call), app_secret| {
            let request = self.signed(engine, call, app_secret, |signature| {
                self.app.delete_request(signature, options)
            })?;
            engine.use_new_connection();
            netease::read_delete(&request, &engine.ask(&request, call)?)
        })?;
        Ok(DeleteResult {
            task_id: Some(task_id),
            recycled_item_id: None,
            attempts: call.attempts(),
        })
    }

    fn probe(&self) -> Option<ServiceUpload> {
        // The shortest life that can be said (netease.md §1.7).
        Some(
            NeteaseUpload::default()
                .ttl(Duration::from_secs(86_400))
                .into(),
        )
    }

    fn presign_upload(
        &self,
        engine: &Engine,
        size: Option<u64>,
        file: NewFile,
        call: &mut Call,
    ) -> Result<Presigned> {
        let options: NeteaseUpload = own(file.service.as_ref());
        if let Some(size) = size {
            self.app.check_size(size, options.method)?;
        }
        options.check(&file.media_type)?;
        let app_secret = self.app.app_secret().get("app_secret", &call.watch)?;
        let signature = Signature {
            app_secret: &app_secret,
            nonce: &random::token(),
            cur_time: engine.clock.now().as_secs(),
        };
        let fields = options.fields(&file.media_type);
        engine.presigned(
            self.upload_request(&signature, &file, &options),
            Terms {
                expires_at: Some(signature.cur_time + SIGNATURE_SECONDS),
                max_size: Some(self.app.max_file_size(options.method)),
                fields: fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value.into()))
                    .collect(),
                ..Terms::upload(&PROFILE)
            },
        )
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        form: &FileForm,
        _: &mut Call,
    ) -> Result<Presigned> {
        engine.presigned(
            netease::download_request(file, form.thumbnail)?,
            // The URL needs no signature, and lives as long as the file.
            Terms::download(&PROFILE),
        )
    }
}

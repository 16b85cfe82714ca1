//! OpenIM behind the verbs.

mod parts;

use super::ServiceOptions;
use crate::client::engine::Engine;
use crate::client::recovery::{Credentials, Forgotten};
use crate::client::token::TokenCache;
use crate::client::{
    Capability, Client, ClientOptions, DownloadCall, DownloadResult, FileForm, NewFile, UploadCall,
    UploadResult, download, not_to_complete, own,
};
use crate::error::{Credential, Error, Phase, Result, Status};
use crate::message::{Answer, Request};
use crate::presign::{Presigned, Terms};
use crate::random;
use crate::secret::{Secret, SecretText};
use crate::service::openim::{
    self, ApiCall, App, Caller, Form, FormKey, Openim, OpenimCredentials, OpenimDownload,
    OpenimUpload, OpenimUploadMethod, PROFILE, PartLimits,
};
use crate::service::{Announced, Profile, Stored};
use crate::text::{check_line, check_not_empty};
use crate::transfer::call::Call;
use std::borrow::Cow;
use std::sync::Mutex;
use std::time::Instant;

impl Client {
    /// A client of an OpenIM server. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`Client::without_service`].
    pub fn openim(config: Openim, options: ClientOptions) -> Result<Self> {
        let backend = OpenimBackend::new(config)?;
        let base_url = backend.app.base_url();
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
    let secret = secret.into();
    let account = Openim::new(base_url, "user", OpenimCredentials::Admin { secret });
    Ok(Client::openim(account, options)?.into())
}

pub(super) struct OpenimBackend {
    app: App,
    admin_tokens: TokenCache,
    user_tokens: TokenCache,
    /// What the server has said of its storage.
    part_limits: Mutex<Option<PartLimits>>,
    /// Begins what a checkpoint says of where the file goes.
    account: String,
}

impl ServiceOptions for OpenimUpload {
    /// That which it will have.
    fn telling_name(&self) -> Option<Cow<'_, str>> {
        self.name.as_deref().map(Cow::Borrowed)
    }
}

impl ServiceOptions for OpenimDownload {
    fn thumbnail_format(&self) -> Option<&str> {
        self.thumbnail_format.as_deref()
    }
}

impl Credentials for OpenimBackend {
    type Held = SecretText;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        match self.app.credentials() {
            OpenimCredentials::Admin { .. } => Admin(self).get(engine, call),
            OpenimCredentials::Token(token) => self.user_tokens.get(call, &mut |call, _| {
                Ok((token.get("token", &call.watch)?, None))
            }),
            OpenimCredentials::User { platform, .. } => {
                self.user_tokens.get(call, &mut |call, _| {
                    ask_as(
                        &Admin(self),
                        engine,
                        call,
                        &|admin| self.app.user_token_request(admin, *platform),
                        |answer| openim::read_token(ApiCall::UserToken, answer),
                    )
                })
            }
        }
    }

    fn forget(&self, token: &SecretText, _: Credential) -> Forgotten {
        match self.admin_tokens.forget(token) {
            Forgotten::Present => Forgotten::Present,
            _ => self.user_tokens.forget(token),
        }
    }

    fn can_renew(&self) -> bool {
        self.app.can_renew()
    }
}

/// The admin, who also fetches the tokens of users.
struct Admin<'b>(&'b OpenimBackend);

impl Credentials for Admin<'_> {
    type Held = SecretText;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        self.0.admin_tokens.get(call, &mut |call, _| {
            let secret = call.secret("admin_secret", self.0.secret()?)?;
            let request = self.0.app.admin_token_request(&random::token(), &secret);
            engine.attempt(call, |call| {
                openim::read_token(ApiCall::AdminToken, &engine.ask(&request, call)?)
            })
        })
    }

    fn forget(&self, token: &SecretText, _: Credential) -> Forgotten {
        self.0.admin_tokens.forget(token)
    }
}

/// Makes a call in which somebody asks the server, with as many attempts as it
/// needs.
fn ask_as<T>(
    who: &impl Credentials<Held = SecretText>,
    engine: &Engine,
    call: &mut Call,
    request: &dyn Fn(&Caller<'_>) -> Request,
    read: impl Fn(&Answer) -> Result<T>,
) -> Result<T> {
    let request = |token: &SecretText| {
        request(&Caller {
            operation_id: &random::token(),
            token,
        })
    };
    engine.ask_as(call, who, &request, read)
}

impl OpenimBackend {
    pub(super) fn new(config: Openim) -> Result<Self> {
        let user_id = config.user_id.clone();
        let app = App::new(config)?;
        Ok(Self {
            account: parts::account(app.base_url().as_str(), &user_id),
            app,
            admin_tokens: TokenCache::default(),
            user_tokens: TokenCache::default(),
            part_limits: Mutex::default(),
        })
    }

    fn ask<T>(
        &self,
        engine: &Engine,
        call: &mut Call,
        request: &dyn Fn(&Caller<'_>) -> Request,
        read: impl Fn(&Answer) -> Result<T>,
    ) -> Result<T> {
        ask_as(self, engine, call, request, read)
    }

    fn secret(&self) -> Result<&Secret> {
        match self.app.credentials() {
            OpenimCredentials::Admin { secret }
            | OpenimCredentials::User {
                admin_secret: secret,
                ..
            } => Ok(secret),
            OpenimCredentials::Token(_) => Err(Error::argument("admin_secret", "is not given")),
        }
    }

    fn initiate_form(
        &self,
        engine: &Engine,
        call: &mut Call,
        name: &str,
        size: u64,
        content_type: &str,
        options: &OpenimUpload,
    ) -> Result<Form> {
        self.ask(
            engine,
            call,
            &|caller| {
                self.app
                    .initiate_form_request(caller, name, size, content_type, options)
            },
            openim::read_form,
        )
    }

    fn form_request(&self, form: &Form, file: &NewFile) -> Request {
        let (name, media_type) = (&file.name, &file.media_type);
        self.app
            .form_request(form, &random::token(), name, media_type)
    }

    /// Makes a file that is in the storage known by its name, and returns its URL.
    fn complete_form(
        &self,
        engine: &Engine,
        call: &mut Call,
        id: &str,
        name: &str,
        key: FormKey,
    ) -> Result<String> {
        self.ask(
            engine,
            call,
            &|caller| self.app.complete_form_request(caller, id),
            |answer| openim::read_form_url(name, key, answer),
        )
    }

    fn upload_form(
        &self,
        engine: &Engine,
        call: &mut UploadCall<'_>,
        name: String,
        options: &OpenimUpload,
    ) -> Result<UploadResult> {
        let size = call.content.len();
        let content_type = openim::plain_type(&call.file.media_type).into_owned();
        call.file.media_type.clone_from(&content_type);
        call.meter.start(Some(size))?;
        let key = match options.absolute {
            true => FormKey::Absolute,
            false => FormKey::Own,
        };
        // The attempts are those at sending the file; what is asked before and
        // after it has its own.
        let url = engine.attempt_anew(call, |call| {
            let form =
                self.initiate_form(engine, &mut call.call, &name, size, &content_type, options)?;
            let request = self.form_request(&form, &call.file);
            let made = Instant::now();
            let answer = engine.upload(&request, call)?;
            form.read_stored(&answer, made.elapsed())?;
            self.complete_form(engine, &mut call.call, &form.id, &name, key)
        })?;
        Ok(call.uploaded(Stored {
            url: Some(url),
            ..Stored::named(name)
        }))
    }
}

impl crate::client::Backend for OpenimBackend {
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
            Capability::Presign,
            Capability::Parts,
            Capability::InstantUpload,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        call.spool(self.app.max_upload_size())?;
        self.app.check_size(call.content.len())?;
        let options: OpenimUpload = own(call.file.service.as_ref());
        let name = self.app.upload_name(&options, &call.file.name)?;
        let can_rewind = call.content.can_rewind();
        if openim::is_form(&options, &name, &call.file.media_type, can_rewind)? {
            self.upload_form(engine, call, name, &options)
        } else {
            let file = parts::OpenimFileUpload::new(self, engine, name, options, call)?;
            crate::client::parts::upload(engine, file, call)
        }
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<DownloadResult> {
        let options = own(call.form.service.as_ref());
        let thumbnail = call.form.thumbnail;
        let request = self.app.download_request(file, &options, thumbnail)?;
        let reader = self.app.file_reader(file);
        call.meter.start(None)?;
        engine.attempt(call, |call| {
            download::receive(engine, &request, reader, call)
        })
    }

    fn check_credentials(&self, engine: &Engine, call: &mut Call) -> Result<bool> {
        self.get(engine, call)?;
        Ok(!matches!(
            self.app.credentials(),
            OpenimCredentials::Token(_)
        ))
    }

    fn check_call(&self, engine: &Engine, call: &mut Call) -> Result<Option<&'static str>> {
        let request = |caller: &Caller<'_>| self.app.part_limit_request(caller);
        self.ask(engine, call, &request, openim::read_part_limits)?;
        Ok(Some(
            "the credentials are good (it was asked how large parts are)",
        ))
    }

    fn presign_upload(
        &self,
        engine: &Engine,
        size: Option<u64>,
        mut file: NewFile,
        call: &mut Call,
    ) -> Result<Presigned> {
        let Some(size) = size else {
            return Err(Error::argument("size", "OpenIM has to be told it"));
        };
        self.app.check_size(size)?;
        let mut options: OpenimUpload = own(file.service.as_ref());
        if options.method == OpenimUploadMethod::Automatic {
            options.method = OpenimUploadMethod::Form;
        }
        let name = self.app.upload_name(&options, &file.name)?;
        check_line("name", &name)?;
        if !openim::is_form(&options, &name, &file.media_type, false)? {
            return Err(Error::argument(
                "method",
                "what is presigned is one request: a form",
            ));
        }
        file.media_type = openim::plain_type(&file.media_type).into_owned();
        let form = self.initiate_form(engine, call, &name, size, &file.media_type, &options)?;
        let announced = Announced {
            file: &name,
            size,
            completion: &form.id,
        };
        // Nobody could complete it later.
        if !openim::is_upload(&announced) {
            let what = "OpenIM answered with an id that does not name the file and its size, so \
                        that it cannot be told from that of another file when it is completed; \
                        upload it without presigning";
            return Err(Error::new(Status::Response, what).with_phase(Phase::Receive));
        }
        let request = self.form_request(&form, &file);
        engine.presigned(
            request,
            Terms {
                expires_at: form.expires_ms.map(|ms| ms / 1000),
                max_size: Some(size),
                fields: form.fields,
                success_status: form.success,
                file: Some(name),
                completion: Some(form.id),
                ..Terms::upload(&PROFILE)
            },
        )
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        form: &FileForm,
        call: &mut Call,
    ) -> Result<Presigned> {
        let options: OpenimDownload = own(form.service.as_ref());
        let thumbnail = form.thumbnail;
        let terms = Terms::download(&PROFILE);
        if openim::is_url(file) {
            // It needs no signature.
            let request = self.app.download_request(file, &options, thumbnail)?;
            return engine.presigned(request, terms);
        }
        check_not_empty("file", file)?;
        let query = options.query(thumbnail)?;
        let target = self.ask(
            engine,
            call,
            &|caller| self.app.access_url_request(caller, file, &query),
            openim::read_access_url,
        )?;
        engine.presigned(
            self.app.access_request(target.url),
            Terms {
                expires_at: target.expires_ms.map(|ms| ms / 1000),
                ..terms
            },
        )
    }

    fn complete_presigned(
        &self,
        engine: &Engine,
        presigned: &Presigned,
        call: &mut Call,
    ) -> Result<UploadResult> {
        let (true, Some(id), Some(name)) = (
            presigned.uploads_to(&PROFILE),
            presigned.completion(),
            presigned.file(),
        ) else {
            return Err(not_to_complete(presigned));
        };
        let url = self.complete_form(engine, call, id, name, FormKey::Presigned)?;
        let stored = Stored {
            url: Some(url),
            ..Stored::named(name)
        };
        let size = presigned.max_size().unwrap_or_default();
        Ok(UploadResult::new(stored, size, call.attempts()))
    }
}

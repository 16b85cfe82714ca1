//! Huawei behind the verbs.

use super::engine::Engine;
use super::token::{Renewals, TokenCache};
use super::{
    Capability, Download, DownloadCall, NewFile, ServiceDownload, Upload, UploadCall, download,
    extent, own,
};
use crate::error::{Error, Phase, Remedy, Result};
use crate::message::{Answer, Head, Request, Url};
use crate::presign::{Operation, Presigned, Terms};
use crate::secret::SecretText;
use crate::service::huawei::{self, Huawei, HuaweiDownload, SESSION_LIFETIME, Tenant, Tokens};
use crate::text::check_not_empty;
use crate::transfer::call::Call;
use crate::transfer::http::Response;
use crate::transfer::json_file::JsonFile;
use crate::transfer::limit::CallLimit;
use crate::transfer::retry::Attempt;
use std::mem;

const NAME: &str = "Huawei";

pub(super) struct Backend {
    tenant: Tenant,
    /// AccessTokens of the API gateway.
    access: TokenCache,
    /// Tokens of the customer's session.
    sessions: TokenCache,
    calls: CallLimit,
}

impl Backend {
    pub(super) fn new(config: Huawei, engine: &Engine) -> Result<Self> {
        Ok(Self {
            tenant: Tenant::new(config)?,
            access: TokenCache::default(),
            sessions: TokenCache::default(),
            calls: engine.call_limit(None),
        })
    }

    /// Runs `attempt` with both tokens. A 403 is about the AccessToken, a 401
    /// about the other (huawei.md §3.2): each is renewed once.
    fn with_tokens<C: Attempt, T>(
        &self,
        engine: &Engine,
        context: &mut C,
        mut attempt: impl FnMut(&mut C, &Tokens<'_>) -> Result<T>,
    ) -> Result<T> {
        let [mut access_renewals, mut session_renewals] = [true, true].map(Renewals::new);
        loop {
            let access = self.access_token(engine, context.call())?;
            let mut session = SecretText::default();
            let result = self
                .session_token(engine, context.call(), &access)
                .and_then(|token| {
                    session = token;
                    let tokens = Tokens {
                        access: &access,
                        session: &session,
                    };
                    attempt(context, &tokens)
                });
            match result {
                Err(error) => {
                    let sent = Tokens {
                        access: &access,
                        session: &session,
                    };
                    let renewals = (&mut access_renewals, &mut session_renewals);
                    self.refused(context, error, &sent, renewals)?;
                }
                other => return other,
            }
        }
    }

    /// After a failed attempt: returns when another can follow.
    fn refused(
        &self,
        context: &mut dyn Attempt,
        error: Error,
        sent: &Tokens<'_>,
        (access, session): (&mut Renewals, &mut Renewals),
    ) -> Result<()> {
        let (renewals, was_present) = match error.remedy() {
            Some(Remedy::Token) => (access, self.access.forget(sent.access)),
            Some(Remedy::Session) => (session, self.sessions.forget(sent.session)),
            _ => return Err(error),
        };
        if renewals.allow(was_present) && context.can_repeat() {
            return Ok(());
        }
        Err(error)
    }

    fn access_token(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        let watch = call.watch.clone();
        self.access
            .get(&watch, &mut |_| {
                let secret = self.tenant.app_secret().get("app_secret", &watch)?;
                call.hide(&secret);
                let request = self.tenant.access_token_request(&secret);
                engine.attempt(call, |call| {
                    huawei::read_access_token(&engine.ask(&request, call)?)
                })
            })
            .map_err(|e| e.with_phase(Phase::Token))
    }

    fn session_token(&self, engine: &Engine, call: &mut Call, access: &str) -> Result<SecretText> {
        let watch = call.watch.clone();
        self.sessions
            .get(&watch, &mut |_| {
                let request = self.tenant.session_token_request(access);
                let token = engine.attempt(call, |call| {
                    huawei::read_session_token(&engine.ask(&request, call)?)
                })?;
                Ok((token, Some(SESSION_LIFETIME)))
            })
            .map_err(|e| e.with_phase(Phase::Token))
    }

    /// A request with tokens that are good now, until the first of them expires.
    fn presign(
        &self,
        engine: &Engine,
        call: &mut Call,
        terms: Terms,
        request: impl Fn(&Tokens<'_>) -> Request,
    ) -> Result<Presigned> {
        let request = self.with_tokens(engine, call, |_, tokens| Ok(request(tokens)))?;
        let ends = [self.access.expires_at(), self.sessions.expires_at()];
        engine.presigned(
            request,
            Terms {
                expires_at: ends.into_iter().flatten().min(),
                ..terms
            },
        )
    }

    /// Adopts the token that an answer brings, for all threads.
    fn adopt(&self, head: &Head, sent: &str) {
        if let Some(token) = huawei::rotated_token(head) {
            self.sessions.replace(sent, token, SESSION_LIFETIME);
        }
    }
}

impl super::Backend for Backend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options_field(&self) -> &'static str {
        "huawei"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::Presign,
        ]
    }

    /// The file comes inside JSON, of which no part can be asked for.
    fn can_resume(&self) -> bool {
        false
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<Upload> {
        let size = call.content.len();
        self.tenant.check_size(size)?;
        let file_type = upload_type(&call.file)?;
        call.meter.start(Some(size))?;
        engine.attempt(call, |call| {
            self.with_tokens(engine, call, |call, tokens| {
                call.call.admit(&self.calls)?;
                let request = self.tenant.upload_request(tokens, &file_type);
                let answer = engine.upload(&request, call)?;
                self.adopt(&answer.head, tokens.session);
                read_upload(&answer, call)
            })
        })
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<Download> {
        check_not_empty("file", file)?;
        let options: HuaweiDownload = own(call.service.as_ref());
        let file_type = huawei::download_type(&options)?;
        call.meter.start(None)?;
        engine.attempt(call, |call| {
            self.with_tokens(engine, call, |call, tokens| {
                let request =
                    self.tenant
                        .download_request(tokens, file, &file_type, options.media_library);
                call.call.admit(&self.calls)?;
                let response = engine.request(&request, &mut call.call)?;
                self.adopt(&response.head, tokens.session);
                receive(engine, &request.url, response, call)
            })
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
            self.tenant.check_size(size)?;
        }
        let file_type = upload_type(&file)?;
        let mut terms = Terms::of(Operation::HuaweiUpload);
        terms.max_size = self.tenant.max_upload_size();
        self.presign(engine, &mut call, terms, |tokens| {
            self.tenant.upload_request(tokens, &file_type)
        })
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        options: Option<&ServiceDownload>,
        mut call: Call,
    ) -> Result<Presigned> {
        check_not_empty("file", file)?;
        let options: HuaweiDownload = own(options);
        let file_type = huawei::download_type(&options)?;
        let terms = Terms::of(Operation::HuaweiDownload);
        self.presign(engine, &mut call, terms, |tokens| {
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

/// The result of an upload, read from the service's answer.
pub(super) fn read_upload(answer: &Answer, call: &UploadCall<'_>) -> Result<Upload> {
    Ok(Upload {
        file: huawei::read_upload(answer)?,
        url: None,
        share_secret: None,
        size: call.content.len(),
        instant: false,
        attempts: call.call.attempts(),
    })
}

/// Takes the file out of the answer, or from where the answer says it is.
pub(super) fn receive(
    engine: &Engine,
    asked: &Url,
    mut response: Response<'_>,
    call: &mut DownloadCall<'_>,
) -> Result<Download> {
    if !matches!(response.head.status, 200..=299) {
        return Err(huawei::refusal("the download", &response.collect()?));
    }
    extent::check_whole(&response)?;
    // What is coded cannot be read, and the error names the coding.
    let is_readable = response.head.coding().is_none();
    // Whether the file is in the answer. If it is elsewhere, what an earlier attempt
    // got of it can be gone on with.
    let mut is_here = false;
    let mut json = JsonFile::new("fileStream");
    let mut chunk = vec![0; download::CHUNK];
    loop {
        let got = if is_readable {
            response.read(&mut chunk)?
        } else {
            0
        };
        if got == 0 {
            break;
        }
        let take = |bytes: &[u8]| {
            if !mem::replace(&mut is_here, true) {
                call.sink.restart(None, None)?;
                call.meter.restart(0);
            }
            call.take(bytes)
        };
        json.read(&chunk[..got], take)
            .map_err(|e| e.with_phase(Phase::Receive))?;
    }
    let answer = Answer {
        head: response.head.clone(),
        body: json.into_rest().into(),
    };
    drop(response);
    let downloaded = huawei::read_download(&answer)?;
    if is_here {
        return Ok(Download {
            size: call.sink.written(),
            content_type: None,
            content_encoding: None,
            data: None,
            attempts: call.call.attempts(),
        });
    }
    let request = Request::get(downloaded.file_url(&answer)?).named_by_answer_of(asked);
    download::receive(engine, &request, None, huawei::FILE, call)
}

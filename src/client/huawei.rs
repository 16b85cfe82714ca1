//! Huawei behind the verbs.

use super::engine::Engine;
use super::recovery::Credentials;
use super::token::TokenCache;
use super::{
    Capability, Download, DownloadCall, NewFile, ServiceDownload, Upload, UploadCall, download,
    extent, own,
};
use crate::error::{Credential, Phase, Result};
use crate::message::{Answer, Head, Request, Url};
use crate::presign::{Operation, Presigned, Terms};
use crate::secret::SecretText;
use crate::service::huawei::{self, Huawei, HuaweiDownload, SESSION_LIFETIME, Tenant, Tokens};
use crate::text::check_not_empty;
use crate::transfer::call::Call;
use crate::transfer::http::Response;
use crate::transfer::json_file::JsonFile;
use std::mem;

const NAME: &str = "Huawei";

pub(super) struct Backend {
    tenant: Tenant,
    /// AccessTokens of the API gateway.
    access: TokenCache,
    /// Tokens of the customer's session.
    sessions: TokenCache,
}

/// Both tokens of a request.
pub(super) struct Held {
    access: SecretText,
    session: SecretText,
}

impl Held {
    fn tokens(&self) -> Tokens<'_> {
        Tokens {
            access: &self.access,
            session: &self.session,
        }
    }
}

impl Credentials for Backend {
    type Held = Held;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<Held> {
        let watch = call.watch.clone();
        let session = self.sessions.get(&watch, &mut |_| {
            let token = engine.attempt_as(call, &Gateway(self), |call, access| {
                let request = self.tenant.session_token_request(access);
                huawei::read_session_token(&engine.ask(&request, call)?)
            })?;
            Ok((token, Some(SESSION_LIFETIME)))
        })?;
        Ok(Held {
            access: Gateway(self).get(engine, call)?,
            session,
        })
    }

    fn forget(&self, held: &Held, refused: Credential) -> bool {
        match refused {
            Credential::Token => self.access.forget(&held.access),
            Credential::Session => self.sessions.forget(&held.session),
        }
    }
}

/// What a session begins with: the AccessToken alone.
struct Gateway<'b>(&'b Backend);

impl Credentials for Gateway<'_> {
    type Held = SecretText;

    fn get(&self, engine: &Engine, call: &mut Call) -> Result<SecretText> {
        let watch = call.watch.clone();
        let tenant = &self.0.tenant;
        self.0.access.get(&watch, &mut |_| {
            let secret = tenant.app_secret().get("app_secret", &watch)?;
            call.add_secret(&secret);
            let request = tenant.access_token_request(&secret);
            engine.attempt(call, |call| {
                huawei::read_access_token(&engine.ask(&request, call)?)
            })
        })
    }

    fn forget(&self, access: &SecretText, refused: Credential) -> bool {
        refused == Credential::Token && self.0.access.forget(access)
    }
}

impl Backend {
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
        engine.attempt_as(call, self, |call, held| {
            let request = self.tenant.upload_request(&held.tokens(), &file_type);
            let answer = engine.upload(&request, call)?;
            self.adopt(&answer.head, &held.session);
            read_upload(&answer, call)
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
        engine.attempt_as(call, self, |call, held| {
            let request = self.tenant.download_request(
                &held.tokens(),
                file,
                &file_type,
                options.media_library,
            );
            let response = engine.request(&request, &mut call.call)?;
            self.adopt(&response.head, &held.session);
            receive(engine, &request.url, response, call)
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
            media_type: None,
            content_encoding: None,
            data: None,
            attempts: call.call.attempts(),
        });
    }
    let request = Request::get(downloaded.file_url(&answer)?).named_by_answer_of(asked);
    download::receive(engine, &request, huawei::FILE, call)
}

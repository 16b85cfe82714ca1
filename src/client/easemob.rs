//! Easemob behind the verbs.

use super::engine::{Attempt, Engine};
use super::token::TokenCache;
use super::{Capability, Download, DownloadCall, Upload, UploadCall, download, refuse_options};
use crate::error::{Phase, Result, Status};
use crate::random;
use crate::service::easemob::{self, App, Easemob, FileRef};
use crate::transfer::watch::Watch;

const NAME: &str = "Easemob";

pub(super) struct Backend {
    app: App,
    tokens: TokenCache,
}

impl Backend {
    pub(super) fn new(config: Easemob) -> Result<Self> {
        Ok(Self {
            app: App::new(config)?,
            tokens: TokenCache::default(),
        })
    }

    /// Runs `attempt` with a token, and once more with a new one when the
    /// service refuses a token that was fetched here.
    fn with_token<C: Attempt, T>(
        &self,
        engine: &Engine,
        call: &mut C,
        mut attempt: impl FnMut(&mut C, &str) -> Result<T>,
    ) -> Result<T> {
        if let Some(token) = self.app.fixed_token() {
            return attempt(call, token);
        }
        let token = self.token(engine, call.watch())?;
        let result = attempt(call, &token);
        match result {
            Err(error) if error.http_status() == Some(401) && error.status() == Status::Auth => {
                self.tokens.forget(&token);
                if !call.can_repeat() {
                    return Err(error);
                }
                let token = self.token(engine, call.watch())?;
                attempt(call, &token)
            }
            other => other,
        }
    }

    fn token(&self, engine: &Engine, watch: Watch) -> Result<String> {
        self.tokens.get(watch, || {
            let request = self.app.token_request()?;
            let answer = engine
                .request(&request, watch)
                .and_then(|response| response.collect())
                .map_err(|e| e.with_phase(Phase::Token))?;
            let token = easemob::read_token(&answer)?;
            Ok((token.value, token.lifetime))
        })
    }
}

impl super::Backend for Backend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::ShareSecret,
            Capability::Thumbnail,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<Upload> {
        refuse_options(NAME, "netease", call.netease.as_ref())?;
        let size = call.content.len();
        self.app.check_size(size)?;
        call.meter.start(Some(size))?;
        let options = call.easemob.clone().unwrap_or_default();
        let (stored, attempts) = engine.attempt(call, |call| {
            self.with_token(engine, call, |call, token| {
                let request = self.app.upload_request(
                    token,
                    &random::token(),
                    &call.file_name,
                    &call.content_type,
                    &options,
                );
                easemob::read_upload(&self.app, &engine.upload(&request, call)?)
            })
        })?;
        Ok(Upload {
            file: stored.uuid,
            url: stored.url,
            share_secret: stored.share_secret,
            size,
            attempts,
        })
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<Download> {
        let file = FileRef::parse(file)?;
        let options = call.easemob.clone().unwrap_or_default();
        call.meter.start(None)?;
        let (mut download, attempts) = engine.attempt(call, |call| {
            self.with_token(engine, call, |call, token| {
                let request = self.app.download_request(token, &file, &options)?;
                download::receive(engine, request, easemob::read_download_refusal, call)
            })
        })?;
        download.attempts = attempts;
        Ok(download)
    }
}

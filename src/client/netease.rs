//! NetEase behind the verbs.

use super::engine::Engine;
use super::{
    Capability, DeleteOptions, Deleted, Download, DownloadCall, NewFile, ServiceDownload, Upload,
    UploadCall, download, own,
};
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::{Answer, Request};
use crate::presign::{Operation, Presigned, Terms};
use crate::random;
use crate::service::netease::{self, App, CALLS_PER_SECOND, Netease, NeteaseUpload, Signature};
use crate::transfer::call::Call;
use crate::transfer::limit::CallLimit;
use crate::transfer::retry::Attempt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const NAME: &str = "NetEase";

/// A signature is good for so long (netease.md §1.1).
const SIGNATURE_SECONDS: u64 = 300;

pub(super) struct Backend {
    app: App,
    calls: CallLimit,
    /// Seconds that the clock here is behind that of the service.
    behind: AtomicI64,
}

impl Backend {
    pub(super) fn new(config: Netease, engine: &Engine) -> Result<Self> {
        Ok(Self {
            app: App::new(config)?,
            calls: engine.call_limit(Some(CALLS_PER_SECOND)),
            behind: AtomicI64::new(0),
        })
    }

    /// Signs, sends and reads one attempt, and does so once more when the
    /// service refuses the signature for its time.
    fn signed<C: Attempt, T>(
        &self,
        context: &mut C,
        mut attempt: impl FnMut(&mut C, &Signature<'_>) -> Result<T>,
    ) -> Result<T> {
        let secret = self.app.app_secret();
        let app_secret = secret.get("app_secret", &context.call().watch)?;
        for is_last in [false, true] {
            context.call().admit(&self.calls)?;
            let signature = Signature {
                app_secret: &app_secret,
                nonce: &random::token(),
                cur_time: self.time(),
            };
            let error = match attempt(context, &signature) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            match error.remedy() {
                Some(Remedy::Clock(there)) if !is_last && context.can_repeat() => {
                    let behind = there.cast_signed() - since_1970().as_secs().cast_signed();
                    self.behind.store(behind, Ordering::Relaxed);
                }
                _ => return Err(error),
            }
        }
        // The last round of the loop returns.
        Err(Error::new(Status::Auth, "the signature was refused twice"))
    }

    /// The time of the service, as far as it is known: seconds since 1970 UTC.
    fn time(&self) -> u64 {
        since_1970()
            .as_secs()
            .saturating_add_signed(self.behind.load(Ordering::Relaxed))
    }

    fn upload_request(
        &self,
        signature: &Signature<'_>,
        file: &NewFile,
        options: &NeteaseUpload,
    ) -> Request {
        self.app.upload_request(
            signature,
            &random::token(),
            &file.name,
            &file.content_type,
            options,
        )
    }
}

/// The result of an upload, read from the service's answer.
pub(super) fn read_upload(
    request: &Request,
    answer: &Answer,
    call: &UploadCall<'_>,
) -> Result<Upload> {
    let url = netease::read_upload(request, answer)?;
    Ok(Upload {
        file: url.clone(),
        url: Some(url),
        share_secret: None,
        size: call.content.len(),
        instant: false,
        attempts: call.call.attempts(),
    })
}

/// A delete task: repeated only when the service said that it did not take it,
/// for each one that it took counts against five a day.
struct DeleteCall {
    call: Call,
    refused: bool,
}

impl Attempt for DeleteCall {
    fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    fn can_repeat(&self) -> bool {
        self.refused
    }
}

impl super::Backend for Backend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options_field(&self) -> &'static str {
        "netease"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Upload,
            Capability::Download,
            Capability::DeleteByTime,
            Capability::Presign,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<Upload> {
        let size = call.content.len();
        let options: NeteaseUpload = own(call.file.service.as_ref());
        self.app.check_size(size, options.method)?;
        options.check(&call.file.content_type)?;
        call.meter.start(Some(size))?;
        engine.attempt(call, |call| {
            let result = self.signed(call, |call, signature| {
                let request = self.upload_request(signature, &call.file, &options);
                read_upload(&request, &engine.upload(&request, call)?, call)
            });
            if let Err(error) = &result
                && let Some(Remedy::Silence(pause)) = error.remedy()
            {
                self.calls.be_silent(pause);
            }
            result
        })
    }

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<Download> {
        let request = netease::download_request(file)?;
        call.meter.start(None)?;
        engine.attempt(call, |call| {
            download::receive(engine, &request, None, netease::FILE, call)
        })
    }

    fn delete(&self, engine: &Engine, options: &DeleteOptions, call: Call) -> Result<Deleted> {
        let options = options.netease.as_ref().ok_or_else(|| {
            Error::argument(
                "netease",
                "say which files to delete: NetEase deletes by time range",
            )
        })?;
        let now_ms = i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX);
        let behind_ms = self.behind.load(Ordering::Relaxed) * 1000;
        netease::check_delete(options, now_ms.saturating_add(behind_ms))?;
        let mut call = DeleteCall {
            call,
            refused: false,
        };
        let task_id = engine.attempt(&mut call, |call| {
            engine.use_new_connection();
            let result = self.signed(call, |call, signature| {
                call.refused = false;
                let request = self.app.delete_request(signature, options);
                let response = engine.request(&request, &mut call.call);
                // What was not sent was not taken.
                let is_unsent = |e: &Error| e.phase() <= Phase::Connect;
                call.refused = response.as_ref().is_err_and(is_unsent);
                let answer = response?.collect()?;
                // The service itself says that there is no task; a gateway
                // in front of it cannot know.
                call.refused = answer.is_success();
                netease::read_delete(&request, &answer)
            });
            result
        })?;
        Ok(Deleted {
            task_id: Some(task_id),
            recycled_item_id: None,
            attempts: call.call.attempts(),
        })
    }

    fn presign_upload(
        &self,
        engine: &Engine,
        size: Option<u64>,
        file: NewFile,
        call: Call,
    ) -> Result<Presigned> {
        let options: NeteaseUpload = own(file.service.as_ref());
        if let Some(size) = size {
            self.app.check_size(size, options.method)?;
        }
        options.check(&file.content_type)?;
        let app_secret = self.app.app_secret().get("app_secret", &call.watch)?;
        let signature = Signature {
            app_secret: &app_secret,
            nonce: &random::token(),
            cur_time: self.time(),
        };
        let fields = options.fields(&file.content_type);
        engine.presigned(
            self.upload_request(&signature, &file, &options),
            Terms {
                expires_at: Some(signature.cur_time + SIGNATURE_SECONDS),
                max_size: Some(self.app.max_file_size(options.method)),
                fields: fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
                ..Terms::of(Operation::NeteaseUpload)
            },
        )
    }

    fn presign_download(
        &self,
        engine: &Engine,
        file: &str,
        _: Option<&ServiceDownload>,
        _: Call,
    ) -> Result<Presigned> {
        engine.presigned(
            netease::download_request(file)?,
            // The URL needs no signature, and lives as long as the file.
            Terms::of(Operation::NeteaseDownload),
        )
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

//! NetEase behind the verbs.

use super::engine::{Attempt, Engine};
use super::{
    Capability, DeleteOptions, Deleted, Download, DownloadCall, Upload, UploadCall, download,
    refuse_options,
};
use crate::error::{Error, Result, Status};
use crate::random;
use crate::service::netease::{self, App, Netease, Signature};
use crate::transfer::watch::Watch;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const NAME: &str = "NetEase";

pub(super) struct Backend {
    app: App,
}

impl Backend {
    pub(super) fn new(config: Netease) -> Result<Self> {
        Ok(Self {
            app: App::new(config)?,
        })
    }
}

/// A delete task: repeated only when the service said that it did not take it,
/// for each one that it took counts against five a day.
struct DeleteCall {
    watch: Watch,
    refused: bool,
}

impl Attempt for DeleteCall {
    fn can_repeat(&self) -> bool {
        self.refused
    }

    fn watch(&self) -> Watch {
        self.watch
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
            Capability::DeleteByTime,
        ]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<Upload> {
        refuse_options(NAME, "easemob", call.easemob.as_ref())?;
        let size = call.content.len();
        let options = call.netease.clone().unwrap_or_default();
        self.app.check_upload(size, &options)?;
        call.meter.start(Some(size))?;
        let (url, attempts) = engine.attempt(call, |call| {
            let request = self.app.upload_request(
                &Signature {
                    nonce: &random::token(),
                    cur_time: since_1970().as_secs(),
                },
                &random::token(),
                &call.file_name,
                &call.content_type,
                &options,
            );
            netease::read_upload(&engine.upload(&request, call)?)
        })?;
        Ok(Upload {
            file: url.clone(),
            url,
            share_secret: None,
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
        refuse_options(NAME, "easemob", call.easemob.as_ref())?;
        let request = netease::download_request(file)?;
        call.meter.start(None)?;
        let (mut download, attempts) = engine.attempt(call, |call| {
            download::receive(
                engine,
                request.clone(),
                netease::read_download_refusal,
                call,
            )
        })?;
        download.attempts = attempts;
        Ok(download)
    }

    fn delete(&self, engine: &Engine, options: &DeleteOptions, watch: Watch) -> Result<Deleted> {
        let options = options.netease().ok_or_else(|| {
            Error::argument(
                "netease",
                "say which files to delete: NetEase deletes by time range",
            )
        })?;
        let now_ms = i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX);
        netease::check_delete(options, now_ms)?;
        let mut call = DeleteCall {
            watch,
            refused: false,
        };
        let (task_id, attempts) = engine.attempt(&mut call, |call| {
            let request = self.app.delete_request(
                &Signature {
                    nonce: &random::token(),
                    cur_time: since_1970().as_secs(),
                },
                options,
            );
            call.refused = false;
            let answer = engine.request(&request, call.watch)?.collect()?;
            netease::read_delete(&answer).inspect_err(|error| {
                call.refused = error.status() == Status::Unavailable;
            })
        })?;
        Ok(Deleted {
            task_id: Some(task_id),
            attempts,
        })
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

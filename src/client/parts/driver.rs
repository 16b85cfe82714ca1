//! The course of an upload: go on or begin, send, complete; begin anew, or break
//! off.

use super::active_upload::ActiveUpload;
use super::layout::Layout;
use super::resume::{self, Resumed};
use super::send::{send, send_stream};
use super::service::{Begun, UploadInParts};
use crate::client::engine::Engine;
use crate::client::options::UploadResult;
use crate::client::upload_call::UploadCall;
use crate::error::{Band, Error, Remedy, Result, Status};
use crate::transfer::checkpoint::Checkpoint;
use std::mem;

/// Uploads the file of this call.
pub(in super::super) fn upload<U: UploadInParts>(
    engine: &Engine,
    service: U,
    call: &mut UploadCall<'_>,
) -> Result<UploadResult> {
    let is_stream = call.content.is_unsized();
    let size = call.content.len();
    let checkpoint = resume::open(engine, service.target(), call)?;
    call.meter.start((!is_stream).then_some(size))?;
    let mut driver = Driver {
        engine,
        service,
        checkpoint,
        size,
        is_useless: false,
        may_plan_anew: true,
        has_sent: false,
    };
    let result = if is_stream {
        driver.stream(call)
    } else {
        engine.attempt(call, |call| driver.attempt(call))
    };
    match result {
        Ok(upload) => {
            driver.checkpoint.forget();
            Ok(upload)
        }
        Err(error) => Err(driver.break_off(error, call)),
    }
}

struct Driver<'d, U> {
    engine: &'d Engine,
    service: U,
    checkpoint: Checkpoint,
    size: u64,
    /// What was begun is not gone on with: the next attempt begins anew.
    is_useless: bool,
    may_plan_anew: bool,
    /// Whether this call has sent any part.
    has_sent: bool,
}

impl<U: UploadInParts> Driver<'_, U> {
    /// A stream of unknown length: what has been sent of it cannot be had again, so that
    /// nothing begins anew.
    fn stream(&mut self, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        let layout = Layout::growing(self.service.plan(false, call)?);
        let session = match self.service.begin(call)? {
            Begun::Done(upload) => return Ok(*upload),
            Begun::Going(session) => session,
        };
        let (name, checkpoint) = (call.call.service, &mut self.checkpoint);
        let upload = ActiveUpload::begun(name, &self.service, checkpoint, session, layout)?;
        let upload = send_stream(self.engine, call, upload);
        // Before anything is given up, which may take attempts of its own.
        upload.map_err(|error| call.call.locate(error))
    }

    fn attempt(&mut self, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        if mem::take(&mut self.is_useless) {
            self.cancel(call);
        }
        let mut anew = false;
        loop {
            let part_size = self.service.plan(anew, call)?;
            let error = match self.transfer(part_size, call) {
                Err(error) => error,
                done => return done,
            };
            match error.remedy() {
                Some(Remedy::Limits) if mem::take(&mut self.may_plan_anew) => anew = true,
                Some(remedy @ (Remedy::Resend | Remedy::Divide)) => {
                    if remedy == Remedy::Divide {
                        self.service.divide();
                    }
                    self.is_useless = true;
                    return Err(error.begun_anew());
                }
                _ => return Err(error),
            }
        }
    }

    fn transfer(&mut self, part_size: u64, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        match self.resume(call) {
            Ok(Some(upload)) => return Ok(upload),
            Ok(None) => {}
            // It shows now that the service has less than it had.
            Err(error) if error.remedy() == Some(Remedy::Restart) => self.cancel(call),
            Err(error) => return Err(error),
        }
        let session = match self.service.begin(call)? {
            Begun::Done(upload) => return Ok(self.known(*upload)),
            Begun::Going(session) => session,
        };
        let layout = Layout::new(self.size, part_size);
        let (name, checkpoint) = (call.call.service, &mut self.checkpoint);
        let upload = ActiveUpload::begun(name, &self.service, checkpoint, session, layout)?;
        self.has_sent = true;
        send(self.engine, call, upload)
    }

    /// Goes on with what an earlier call has begun, if there is anything.
    fn resume(&mut self, call: &mut UploadCall<'_>) -> Result<Option<UploadResult>> {
        let earlier = match resume::resume(&self.service, &self.checkpoint, call)? {
            Resumed::Nothing => {
                self.checkpoint.forget();
                return Ok(None);
            }
            Resumed::Done(upload) => return Ok(Some(upload)),
            Resumed::Stored(upload) => return Ok(Some(self.known(upload))),
            Resumed::Going(earlier) => earlier,
        };
        let (name, checkpoint) = (call.call.service, &mut self.checkpoint);
        let upload = ActiveUpload::resumed(name, &self.service, checkpoint, earlier);
        self.has_sent |= !upload.missing().is_empty();
        send(self.engine, call, upload).map(Some)
    }

    /// The service had the bytes when it was asked, which this call may have sent.
    fn known(&self, upload: UploadResult) -> UploadResult {
        UploadResult {
            instant: !self.has_sent,
            ..upload
        }
    }

    /// What was begun is not gone on with; if it cannot be told, the service
    /// forgets it some day.
    fn cancel(&mut self, call: &mut UploadCall<'_>) {
        if let Some(state) = self.checkpoint.state() {
            let _ = self.service.cancel(&state.upload, &mut call.call);
        }
        self.checkpoint.forget();
    }

    /// After a failure: tells how to go on, or leaves nothing behind.
    fn break_off(&mut self, error: Error, call: &mut UploadCall<'_>) -> Error {
        let Some(state) = self.checkpoint.state() else {
            return error;
        };
        // Whoever has no connection, or wants to stop, does not wait for another
        // answer. What an option forbids was never sent.
        let is_in_touch = match error.status() {
            Status::BlockedAddress => true,
            status => !error.is_stop() && status.band() != Band::Transport,
        };
        if !call.resume.wanted
            && is_in_touch
            && call.call.watch.check().is_ok()
            && self.service.cancel(&state.upload, &mut call.call).is_ok()
        {
            self.checkpoint.forget();
            return error;
        }
        error.with_resume_token(self.checkpoint.token())
    }
}

//! A client of one service, and its verbs.

mod backend;
mod bases;
mod check;
mod clock;
mod debug;
mod download;
mod download_call;
mod engine;
mod expected;
mod extent;
mod json_download;
mod list;
mod options;
mod parallel_ranges;
mod parts;
mod prepare;
mod presigned;
mod recovery;
mod service;
mod token;
mod upload_call;
mod workers;

pub use check::{CheckKind, CheckOptions, CheckStep, Verdict};
pub use list::{ListAll, ListCursor};
pub use options::{
    AbortUploadOptions, Capability, ClientOptions, CompletePresignedOptions, DeleteOptions,
    DeleteResult, Digests, DownloadOptions, DownloadResult, InfoOptions, ListOptions,
    UploadOptions, UploadResult,
};
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) use service::SAMPLES;
pub use service::{ServiceDelete, ServiceDownload, ServiceUpload};

#[cfg(doc)]
use crate::error::Status;
use crate::error::{Error, Result};
use crate::presign::Presigned;
use crate::service::netease::NeteaseDeleteTask;
use crate::service::thumbnail::ThumbnailKind;
use crate::service::{Delivery, FileInfo, Listing};
use crate::text::{check_header_text, check_line};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::Leftover;
use crate::transfer::sink::Sink;
use crate::transfer::source::Source;
use crate::watch::CancelHandle;
use backend::{Backend, not_to_complete, unsupported};
use download_call::{DownloadCall, FileForm};
use engine::Engine;
use prepare::refuse_ranges;
use service::own;
use std::rc::Rc;
use upload_call::{NewFile, UploadCall};

/// What is wrong with an option that goes with a presigned request.
const SAID: &str = "is in the presigned request already";

/// Speaks to one service with one set of credentials. Safe to share between
/// threads: calls run side by side, and share tokens, limits and open
/// connections.
pub struct Client {
    engine: Engine,
    backend: Box<dyn Backend>,
}

impl Client {
    /// A client without a service and without credentials, for
    /// [`Client::send_presigned`] and [`Client::receive_presigned`].
    ///
    /// # Errors
    /// [`Status::Argument`] or [`Status::Text`] with the field at fault;
    /// [`Status::Unsupported`] if the proxy is `system`, and the system has a script for it;
    /// [`Status::System`] if the system has no random bytes.
    pub fn without_service(options: ClientOptions) -> Result<Self> {
        Ok(Self {
            engine: Engine::new(options, None, None)?,
            backend: Box::new(presigned::PresignedBackend),
        })
    }

    /// Whether the service of this client can do this.
    pub fn can(&self, capability: Capability) -> bool {
        self.backend.capabilities().contains(&capability)
    }

    /// Everything that the service of this client can do.
    pub fn capabilities(&self) -> Vec<Capability> {
        self.backend.capabilities()
    }

    /// Sets the most bytes to send and to receive in a second, over all
    /// transfers of this client, those under way too; 0 is no limit.
    pub fn set_rates(&self, upload: u64, download: u64) {
        self.engine.set_rates(upload, download);
    }

    /// Uploads a file and returns how to find it again.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// use chatfile::{Source, UploadOptions};
    ///
    /// let options = UploadOptions::default()
    ///     .progress(|now| Ok(println!("{} of {:?}", now.done, now.total)));
    /// let stored = client.upload(Source::path("cat.jpg"), options)?;
    /// println!("{} {:?}", stored.file, stored.url);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any [`Status`]; nothing is sent when a limit known beforehand is exceeded.
    pub fn upload<'a>(
        &self,
        source: impl Into<Source<'a>>,
        options: UploadOptions<'a>,
    ) -> Result<UploadResult> {
        let writer = self.backend.profile().and_then(|profile| profile.message);
        let mut call = self.upload_call("upload", source.into(), options, writer)?;
        upload(&mut call, |call| self.backend.upload(&self.engine, call))
    }

    /// Downloads the file that `file` names: what an upload returned as
    /// [`UploadResult::file`], or what a message carries. What that is at a service is
    /// said where its account is ([`Netease`](crate::Netease), for example).
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// use chatfile::{DownloadOptions, Sink};
    ///
    /// let options = DownloadOptions::default().max_size(20_000_000).resume(true);
    /// client.download("photos/cat.jpg", Sink::path("cat.jpg"), options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any [`Status`]; a target file is left as it was.
    pub fn download<'a>(
        &self,
        file: &str,
        sink: impl Into<Sink<'a>>,
        options: DownloadOptions<'a>,
    ) -> Result<DownloadResult> {
        let call = self.download_call("download", file, sink.into(), options)?;
        download(call, |call| self.backend.download(&self.engine, file, call))
    }

    /// Deletes a file, which is named as for [`Client::download`].
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// client.delete("photos/cat.jpg", Default::default())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Status::Unsupported`] where the service deletes no single file; any other
    /// [`Status`].
    pub fn delete(&self, file: &str, options: DeleteOptions) -> Result<DeleteResult> {
        self.refuse_foreign(options.service.as_ref().map(ServiceDelete::field))?;
        let service = options.service.as_ref();
        self.run("delete", options.cancel, |call| {
            self.backend.delete(&self.engine, file, service, call)
        })
    }

    /// Has the service delete files by the time of their upload (NetEase).
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// use std::time::{Duration, SystemTime, UNIX_EPOCH};
    ///
    /// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    /// let ms = |days: u32| {
    ///     let then = SystemTime::now() - DAY * days;
    ///     then.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64
    /// };
    /// let task = chatfile::NeteaseDeleteTask::new(ms(36), ms(30));
    /// let deleted = client.delete_by_time(&task, Default::default())?;
    /// println!("{:?}", deleted.task_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Status::Unsupported`] where the service has no such thing;
    /// [`Status::Limit`] if it takes no such range; any other [`Status`].
    pub fn delete_by_time(
        &self,
        task: &NeteaseDeleteTask,
        options: DeleteOptions,
    ) -> Result<DeleteResult> {
        self.refuse_foreign(options.service.as_ref().map(ServiceDelete::field))?;
        self.run("delete_by_time", options.cancel, |call| {
            self.backend.delete_by_time(&self.engine, task, call)
        })
    }

    /// Makes the service throw away what it has kept of an upload in parts that
    /// was broken off. One that it does not know any more counts as done; a file that is
    /// complete stays.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// use chatfile::{Leftover, Source, UploadOptions};
    ///
    /// let options = UploadOptions::default().resumable(true);
    /// if let Err(error) = client.upload(Source::path("film.mp4"), options)
    ///     && let Some(token) = error.resume_token()
    /// {
    ///     client.abort_upload(Leftover::Token(token.into()), Default::default())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Status::Argument`] if the token or checkpoint is not of this account;
    /// [`Status::Checkpoint`] if the checkpoint cannot be read, or is in use;
    /// [`Status::Unsupported`] where uploads cannot be thrown away; any other
    /// [`Status`].
    pub fn abort_upload(&self, leftover: Leftover, options: AbortUploadOptions) -> Result<()> {
        self.run("abort_upload", options.cancel, |call| {
            self.backend.abort_upload(&self.engine, leftover, call)
        })
    }

    /// What the service says of a file, which is named as for
    /// [`Client::download`].
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// let info = client.info("photos/cat.jpg", Default::default())?;
    /// println!("{:?} bytes, of {:?}", info.size, info.modification_time);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Status::Unsupported`] where the service says nothing;
    /// [`Status::NotFound`]; any other [`Status`].
    pub fn info(&self, file: &str, options: InfoOptions) -> Result<FileInfo> {
        self.run("info", options.cancel, |call| {
            self.backend.info(&self.engine, file, call)
        })
    }

    /// Whether there is a file of this name.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// if !client.exists("photos/cat.jpg", Default::default())? {
    ///     println!("it is not there");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Status::Unsupported`] where the service does not say; any other
    /// [`Status`].
    pub fn exists(&self, file: &str, options: InfoOptions) -> Result<bool> {
        self.run("exists", options.cancel, |call| {
            self.backend.exists(&self.engine, file, call)
        })
    }

    /// Some of what is in a folder; an empty text is the root. Or of the
    /// [versions](ListOptions::versions) of a file.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// let listing = client.list("photos", chatfile::ListOptions::default().limit(100))?;
    /// for entry in listing.entries {
    ///     println!("{:?} {:?}", entry.kind, entry.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Status::Unsupported`] where there are no folders; [`Status::NotFound`];
    /// any other [`Status`].
    pub fn list(&self, directory: &str, options: ListOptions) -> Result<Listing> {
        self.run("list", options.cancel.clone(), |call| {
            let listing = self.backend.list(&self.engine, directory, &options, call)?;
            if listing.next_marker.is_some() && listing.next_marker == options.marker {
                return Err(self.goes_in_a_circle());
            }
            Ok(listing)
        })
    }

    /// Makes the request of an upload, for another program to send. `size` is
    /// that of the file, if it is known: limits are checked with it; OpenIM and
    /// SMH have to know it, and their uploads [need
    /// completion](Presigned::needs_completion).
    /// A token may be fetched. What only who sends the file can have, like progress, digests
    /// and the message, and what is for parts is [`Status::Argument`].
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// use chatfile::UploadOptions;
    ///
    /// let options = UploadOptions::default().file_name("cat.jpg");
    /// let presigned = client.presign_upload(Some(20_000), options)?;
    /// println!("{}", presigned.to_json()); // for the program that has the file
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::upload`] before anything is sent.
    pub fn presign_upload(
        &self,
        size: Option<u64>,
        options: UploadOptions<'_>,
    ) -> Result<Presigned> {
        refuse_parts(&options)?;
        refuse_for_another(options.set_for_sender(), "sends")?;
        // Else it is called after what is sent.
        let name = options.file_name.clone();
        if let Some(name) = &name {
            check_line("file_name", name)?;
        }
        let file = self.new_file(None, options.file_name, options.media_type, options.service)?;
        let media_type = (!file.is_type_unknown).then(|| file.media_type.clone());
        let presigned = self.run("presign", options.cancel, |call| {
            self.backend.presign_upload(&self.engine, size, file, call)
        })?;
        Ok(presigned.of_file(name, media_type))
    }

    /// Makes the request of a download, for another program to send. A token may be
    /// fetched. Options that are for who receives the file, like `max_size`, `offset`, what is
    /// expected, `resume` and `progress`, are [`Status::Argument`].
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// let presigned = client.presign_download("photos/cat.jpg", Default::default())?;
    /// println!("{} {}", presigned.method(), presigned.url());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::download`] before anything is sent.
    pub fn presign_download(
        &self,
        file: &str,
        mut options: DownloadOptions<'_>,
    ) -> Result<Presigned> {
        refuse_for_another(options.set_for_receiver(), "receives")?;
        let delivery = self.backend.profile().map(|profile| &profile.delivery);
        let referer = options.referer.take();
        if referer.is_some() && matches!(delivery, Some(Delivery::InJson(_))) {
            let what = "presign what fetches the file";
            return Err(unsupported(self.backend.name(), "referer", what));
        }
        let thumbnails = self.backend.profile().and_then(|own| own.thumbnails);
        if options.thumbnail != ThumbnailKind::None && thumbnails.is_some_and(|t| !t.presigned) {
            let what = "presign the download of a small picture: its address holds the token";
            return Err(unsupported(self.backend.name(), "thumbnail", what));
        }
        if let Some(referer) = &referer {
            check_header_text("referer", referer)?;
        }
        let form = self.file_form(&mut options)?;
        let presigned = self.run("presign", options.cancel, |call| {
            self.backend
                .presign_download(&self.engine, file, &form, call)
        })?;
        Ok(match referer {
            Some(referer) => presigned.with_header("Referer", &referer),
            None => presigned,
        })
    }

    /// Sends a presigned upload with its file; any client can, also one
    /// [without a service](Client::without_service). Of the options only
    /// `progress`, `cancel`, the digests and the message can be set: the rest is in the
    /// request.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// use chatfile::{Presigned, Source};
    ///
    /// let presigned = Presigned::from_json("{…}")?;
    /// client.send_presigned(&presigned, Source::path("cat.jpg"), Default::default())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::upload`]; [`Status::Argument`] if it is a download.
    pub fn send_presigned<'a>(
        &self,
        presigned: &Presigned,
        source: impl Into<Source<'a>>,
        mut options: UploadOptions<'a>,
    ) -> Result<UploadResult> {
        let service = options.service.as_ref().map(ServiceUpload::field);
        for (field, is_set) in [
            ("file_name", options.file_name.is_some()),
            ("media_type", options.media_type.is_some()),
            (service.unwrap_or_default(), service.is_some()),
        ] {
            if is_set {
                return Err(Error::argument(field, SAID));
            }
        }
        refuse_parts(&options)?;
        // What the message about it says.
        options.file_name = presigned.file_name().map(str::to_owned);
        options.media_type = presigned.media_type().map(str::to_owned);
        // What is to be completed has no URL before.
        let writer = presigned.profile().message;
        let writer = writer.filter(|_| !presigned.needs_completion());
        let mut call = self.upload_call("upload", source.into(), options, writer)?;
        call.call.service = presigned.service_name();
        upload(&mut call, |call| {
            presigned::send(&self.engine, presigned, call)
        })
    }

    /// Completes a presigned upload that [needs it](Presigned::needs_completion)
    /// once the file was sent: makes it known to the service by its name. Any
    /// client can that has the rights of the one that made the request. It does
    /// no harm to do it twice.
    ///
    /// Complete the request that you have kept, never one that came back: what is completed is
    /// what its JSON says, so that whoever sends you an altered one has you complete another
    /// upload, with your rights.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// let kept = "{…}"; // what to_json() gave
    /// let presigned = chatfile::Presigned::from_json(kept)?;
    /// if presigned.needs_completion() {
    ///     let stored = client.complete_presigned(&presigned, Default::default())?;
    ///     println!("{}", stored.file);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any [`Status`]; [`Status::Argument`] if there is nothing to complete;
    /// [`Status::Integrity`] if what was sent is not what was announced: SMH has stored the file
    /// then, which [`Error::file`] names.
    pub fn complete_presigned(
        &self,
        presigned: &Presigned,
        options: CompletePresignedOptions,
    ) -> Result<UploadResult> {
        self.run("complete", options.cancel, |call| {
            self.backend
                .complete_presigned(&self.engine, presigned, call)
        })
    }

    /// Sends a presigned download and takes the file; any client can, also one
    /// [without a service](Client::without_service). The options of
    /// one service are in the request already.
    ///
    /// ```no_run
    /// # fn main() -> chatfile::Result<()> {
    /// # let client = chatfile::Client::without_service(Default::default())?;
    /// use chatfile::{Presigned, Sink};
    ///
    /// let presigned = Presigned::from_json("{…}")?;
    /// client.receive_presigned(&presigned, Sink::path("cat.jpg"), Default::default())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::download`]; [`Status::Argument`] if it is an upload.
    pub fn receive_presigned<'a>(
        &self,
        presigned: &Presigned,
        sink: impl Into<Sink<'a>>,
        options: DownloadOptions<'a>,
    ) -> Result<DownloadResult> {
        let service = presigned.service_name();
        let of_service = options.service.as_ref().map(ServiceDownload::field);
        let of_thumbnail = options.set_for_thumbnail();
        let thumbnail = (options.thumbnail != ThumbnailKind::None).then_some("thumbnail");
        let referer = options.referer.as_ref().map(|_| "referer");
        if let Some(field) = of_service.or(thumbnail).or(of_thumbnail).or(referer) {
            return Err(Error::argument(field, SAID));
        }
        refuse_ranges(service, Some(presigned.delivery()), &options)?;
        let mut call =
            self.download_call("download", &presigned.identity(), sink.into(), options)?;
        call.call.service = service;
        download(call, |call| {
            presigned::receive(&self.engine, presigned, call)
        })
    }

    fn call(&self, verb: &'static str, cancel: Option<CancelHandle>) -> Call {
        self.engine.call(self.backend.name(), verb, cancel)
    }

    /// Makes a call that moves no file.
    fn run<T>(
        &self,
        verb: &'static str,
        cancel: Option<CancelHandle>,
        make: impl FnOnce(&mut Call) -> Result<T>,
    ) -> Result<T> {
        let mut call = self.call(verb, cancel);
        make(&mut call).map_err(|error| call.told(error))
    }
}

/// A client for the fuzz targets, with what its service has to be told.
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) struct Sample {
    pub(crate) client: Client,
    pub(crate) download: Option<ServiceDownload>,
}

#[cfg(all(unix, any(test, fuzzing)))]
impl From<Client> for Sample {
    fn from(client: Client) -> Self {
        let download = None;
        Self { client, download }
    }
}

/// Opens one at this address, with this secret.
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) type OpenSample = fn(&str, &str, ClientOptions) -> Result<Sample>;

/// Makes an upload, and reports its progress to the end.
fn upload<'a>(
    call: &mut UploadCall<'a>,
    run: impl FnOnce(&mut UploadCall<'a>) -> Result<UploadResult>,
) -> Result<UploadResult> {
    let meter = Rc::clone(&call.meter);
    let upload = meter.during(|| {
        let upload = call.look().and_then(|()| run(call));
        let upload = upload.and_then(|upload| call.with_digests(upload));
        upload.map_err(|error| call.call.told(error))
    })?;
    let upload = call.with_message(upload);
    meter.finish(upload.size);
    Ok(upload)
}

/// The same for a download, whose file is put in its place when all bytes are
/// there, and are those that were expected.
fn download<'a>(
    mut call: DownloadCall<'a>,
    run: impl FnOnce(&mut DownloadCall<'a>) -> Result<DownloadResult>,
) -> Result<DownloadResult> {
    let meter = Rc::clone(&call.meter);
    let download = meter.during(|| {
        let download = run(&mut call).and_then(|download| {
            call.check_file()?;
            Ok(download)
        });
        download.map_err(|error| call.call.told(error))
    })?;
    let DownloadCall { call, sink, .. } = call;
    let data = sink.finish().map_err(|error| call.told(error))?;
    meter.finish(download.size);
    Ok(DownloadResult { data, ..download })
}

/// Who makes a request for another program neither moves the file nor has its result.
fn refuse_for_another(field: Option<&'static str>, verb: &str) -> Result<()> {
    let what = format_args!("is for who {verb} the file, not for who makes the request");
    field.map_or(Ok(()), |field| Err(Error::argument(field, what)))
}

/// A presigned upload is one request.
fn refuse_parts(options: &UploadOptions<'_>) -> Result<()> {
    match options.set_for_parts() {
        Some(field) => Err(Error::argument(
            field,
            "is for parts, and a presigned upload is one request",
        )),
        None => Ok(()),
    }
}

//! A client of one service, and its verbs.

mod download;
mod easemob;
mod engine;
mod netease;
mod options;
mod token;

pub use options::{
    Capability, ClientOptions, DeleteOptions, Deleted, Download, DownloadOptions, Upload,
    UploadOptions,
};

use crate::error::{Error, Result, Status};
use crate::service::easemob::{Easemob, EasemobDownload, EasemobUpload};
use crate::service::netease::{Netease, NeteaseDelete, NeteaseUpload};
use crate::service::{is_header_safe, media_type};
use crate::transfer::progress::Meter;
use crate::transfer::sink::{OpenSink, Sink};
use crate::transfer::source::{OpenSource, Source};
use crate::transfer::watch::Watch;
use engine::Engine;

/// The name of an uploaded file that was given none.
const UNNAMED: &str = "file";

/// Speaks to one service with one set of credentials. Safe to share between
/// threads: calls run side by side, and share tokens and open connections.
pub struct Client {
    engine: Engine,
    backend: Box<dyn Backend>,
}

/// A service behind the verbs.
trait Backend: Send + Sync {
    /// As it stands in error texts.
    fn name(&self) -> &'static str;

    fn capabilities(&self) -> &'static [Capability];

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<Upload>;

    fn download(
        &self,
        engine: &Engine,
        file: &str,
        call: &mut DownloadCall<'_>,
    ) -> Result<Download>;

    fn delete(&self, engine: &Engine, options: &DeleteOptions, watch: Watch) -> Result<Deleted> {
        let _ = (engine, options, watch);
        Err(unsupported(self.name(), "delete", "delete files"))
    }
}

/// An upload under way.
struct UploadCall<'a> {
    file_name: String,
    content_type: String,
    easemob: Option<EasemobUpload>,
    netease: Option<NeteaseUpload>,
    content: OpenSource<'a>,
    meter: Meter<'a>,
    watch: Watch,
}

/// A download under way.
struct DownloadCall<'a> {
    easemob: Option<EasemobDownload>,
    max_size: Option<u64>,
    sink: OpenSink<'a>,
    meter: Meter<'a>,
    watch: Watch,
}

impl Client {
    /// A client of an Easemob app. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Status::Argument`] or [`Status::Text`] with the field at fault.
    pub fn easemob(config: Easemob, options: ClientOptions) -> Result<Self> {
        Ok(Self {
            engine: Engine::new(options)?,
            backend: Box::new(easemob::Backend::new(config)?),
        })
    }

    /// A client of a NetEase IM app. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Status::Argument`] or [`Status::Text`] with the field at fault.
    pub fn netease(config: Netease, options: ClientOptions) -> Result<Self> {
        Ok(Self {
            engine: Engine::new(options)?,
            backend: Box::new(netease::Backend::new(config)?),
        })
    }

    /// Whether the service of this client can do this.
    pub fn can(&self, capability: Capability) -> bool {
        self.backend.capabilities().contains(&capability)
    }

    /// Everything that the service of this client can do.
    pub fn capabilities(&self) -> &'static [Capability] {
        self.backend.capabilities()
    }

    /// Uploads a file and returns how to find it again.
    ///
    /// # Errors
    /// Any [`Status`]; nothing is sent when a limit known beforehand is exceeded.
    pub fn upload(&self, source: Source<'_>, options: UploadOptions<'_>) -> Result<Upload> {
        let watch = self.engine.watch();
        let file_name = options
            .file_name
            .or_else(|| source.file_name().map(Into::into))
            .unwrap_or_else(|| UNNAMED.into());
        if file_name.is_empty() {
            return Err(Error::argument("file_name", "is empty"));
        }
        let content_type = options
            .content_type
            .unwrap_or_else(|| media_type::guess(&file_name).into());
        if !is_header_safe(&content_type) {
            return Err(Error::new(
                Status::Text,
                "content_type: is empty or holds characters that cannot stand in a header",
            )
            .with_field("content_type"));
        }
        let mut call = UploadCall {
            file_name,
            content_type,
            easemob: options.easemob,
            netease: options.netease,
            content: source.open()?,
            meter: Meter::new(options.progress),
            watch,
        };
        let upload = self.backend.upload(&self.engine, &mut call)?;
        call.meter.finish(call.content.len());
        Ok(upload)
    }

    /// Downloads the file that `file` names: what an upload returned as
    /// [`Upload::file`], or what a message carries (Easemob: a uuid or the URL
    /// of the file; NetEase: the URL).
    ///
    /// # Errors
    /// Any [`Status`]; a target file is left as it was.
    pub fn download(
        &self,
        file: &str,
        sink: Sink<'_>,
        options: DownloadOptions<'_>,
    ) -> Result<Download> {
        let mut call = DownloadCall {
            easemob: options.easemob,
            max_size: options.max_size,
            sink: sink.open()?,
            meter: Meter::new(options.progress),
            watch: self.engine.watch(),
        };
        let mut download = self.backend.download(&self.engine, file, &mut call)?;
        download.size = call.sink.written();
        download.data = call.sink.finish()?;
        call.meter.finish(download.size);
        Ok(download)
    }

    /// Deletes files, in the way the service has (see [`DeleteOptions`]).
    ///
    /// # Errors
    /// [`Status::Unsupported`] where the service has none; any other [`Status`].
    pub fn delete(&self, options: DeleteOptions) -> Result<Deleted> {
        self.backend
            .delete(&self.engine, &options, self.engine.watch())
    }
}

/// An option or a verb that the opened service cannot honour is never dropped
/// in silence.
fn unsupported(service: &str, field: &'static str, what: &str) -> Error {
    Error::new(
        Status::Unsupported,
        format!("{field}: {service} cannot {what}"),
    )
    .with_field(field)
}

/// The options of another service were given to this one.
fn refuse_options<T>(service: &str, field: &'static str, options: Option<&T>) -> Result<()> {
    match options {
        None => Ok(()),
        Some(_) => Err(unsupported(
            service,
            field,
            &format!("honour {field} options"),
        )),
    }
}

impl DeleteOptions {
    fn netease(&self) -> Option<&NeteaseDelete> {
        self.netease.as_ref()
    }
}

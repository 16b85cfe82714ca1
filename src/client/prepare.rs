//! What a verb is given becomes a call: the options are checked, before anything is sent.

use super::Client;
use super::backend::unsupported;
use super::download_call::{DownloadCall, FileForm};
use super::expected::Expected;
use super::options::{Capability, DownloadOptions, UploadOptions};
use super::parts;
use super::service::{ServiceDownload, ServiceUpload};
use super::upload_call::{NewFile, ResumeOptions, UploadCall, WantedMessage};
use crate::digest;
use crate::error::{Error, Result};
use crate::service::chat::{MessageKind, MessageWriter};
use crate::service::thumbnail::{Thumbnail, ThumbnailKind};
use crate::service::{Delivery, media_type};
use crate::text::{check_header_text, check_not_empty};
use crate::transfer::progress::Meter;
use crate::transfer::sink::Sink;
use crate::transfer::source::Source;
use std::rc::Rc;

/// The name of an uploaded file that was given none.
const UNNAMED: &str = "file";

impl Client {
    /// The options of another service are never dropped in silence.
    pub(super) fn refuse_foreign(&self, field: Option<&'static str>) -> Result<()> {
        match field {
            Some(field) if self.backend.profile().is_none_or(|own| own.id != field) => {
                Err(unsupported(
                    self.backend.name(),
                    field,
                    &format!("honour {field} options"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// What an upload of these options stores.
    pub(super) fn new_file(
        &self,
        path_name: Option<&str>,
        file_name: Option<String>,
        media_type: Option<String>,
        service: Option<ServiceUpload>,
    ) -> Result<NewFile> {
        self.refuse_foreign(service.as_ref().map(ServiceUpload::field))?;
        let name = file_name.unwrap_or_else(|| path_name.unwrap_or(UNNAMED).to_owned());
        check_not_empty("file_name", &name)?;
        let telling = service.as_ref().and_then(|own| own.common().telling_name());
        let told_by = telling.filter(|name| media_type::has_extension(name));
        let is_guessed = media_type.is_none();
        let media_type = media_type
            .unwrap_or_else(|| media_type::guess(told_by.as_deref().unwrap_or(&name)).into());
        check_header_text("media_type", &media_type)?;
        Ok(NewFile {
            name,
            is_type_unknown: is_guessed && media_type == media_type::UNKNOWN,
            media_type,
            service,
        })
    }

    pub(super) fn upload_call<'a>(
        &self,
        verb: &'static str,
        source: Source<'a>,
        options: UploadOptions<'a>,
        writer: Option<&'static MessageWriter>,
    ) -> Result<UploadCall<'a>> {
        if let Some(field) = options.set_for_parts()
            && !self.can(Capability::Parts)
        {
            let what = "send files in parts";
            return Err(unsupported(self.backend.name(), field, what));
        }
        let parallel_parts = options.parallel_parts.unwrap_or(parts::PARALLEL_DEFAULT);
        let parallel_parts = parts::check_parallel(parallel_parts)?;
        let message = self.wanted_message(&options, writer)?;
        let mut digests = options.digests();
        if message.as_ref().is_some_and(|m| m.writer.needs_md5) {
            digests.want_md5();
        }
        let mut call = self.call(verb, options.cancel);
        call.watch = call.watch.reporting(options.progress.is_some());
        let path_name = source.file_name();
        let file = self.new_file(
            path_name.as_deref(),
            options.file_name,
            options.media_type,
            options.service,
        )?;
        let mut content = source.heeding(&call.watch).open()?;
        content.digest_whole(digests);
        Ok(UploadCall {
            call,
            file,
            content,
            meter: Rc::new(Meter::new(options.progress)),
            parallel_parts,
            resume: ResumeOptions {
                wanted: options.resumable
                    || options.resume_token.is_some()
                    || options.checkpoint.is_some(),
                token: options.resume_token,
                checkpoint: options.checkpoint,
            },
            message,
        })
    }

    /// The message that is to be made, which is that of the service that has the file.
    fn wanted_message(
        &self,
        options: &UploadOptions<'_>,
        writer: Option<&'static MessageWriter>,
    ) -> Result<Option<WantedMessage>> {
        if options.message == MessageKind::None {
            return match options.set_for_message() {
                Some(field) => Err(Error::argument(field, "is only for a message")),
                None => Ok(None),
            };
        }
        let what = "give the message about this upload: it has no messages, or the file no URL yet";
        let writer = writer.ok_or_else(|| unsupported(self.backend.name(), "message", what))?;
        let pixels = match (options.media_width, options.media_height) {
            (Some(width), Some(height)) => Some((width, height)),
            (None, None) => None,
            (Some(_), None) => {
                return Err(Error::argument("media_height", "goes with media_width"));
            }
            (None, Some(_)) => {
                return Err(Error::argument("media_width", "goes with media_height"));
            }
        };
        Ok(Some(WantedMessage {
            writer,
            kind: options.message,
            pixels,
            duration: options.media_duration,
            file_type: None,
        }))
    }

    /// What is asked for of a file, as far as the service can give it.
    pub(super) fn file_form(&self, options: &mut DownloadOptions<'_>) -> Result<FileForm> {
        let service = options.service.take();
        self.refuse_foreign(service.as_ref().map(ServiceDownload::field))?;
        let mut form = FileForm {
            service,
            thumbnail: None,
        };
        let size = options.set_for_thumbnail();
        if options.thumbnail == ThumbnailKind::None {
            return match size {
                Some(field) => Err(Error::argument(field, "is only for a thumbnail")),
                None => Ok(form),
            };
        }
        let fault = |field, what| Err(unsupported(self.backend.name(), field, what));
        let is_of_video = options.thumbnail == ThumbnailKind::Video;
        let Some(can) = self.backend.profile().and_then(|own| own.thumbnails) else {
            return fault("thumbnail", "make a small picture of a file");
        };
        if is_of_video && !can.of_videos {
            return fault("thumbnail", "make a picture of a video");
        }
        if let Some(field) = size.filter(|_| !can.sized) {
            return fault(field, "be told it here: the upload has said it");
        }
        let thumbnail = Thumbnail {
            is_of_video,
            width: options.thumbnail_width,
            height: options.thumbnail_height,
        };
        thumbnail.check_sides(can.max_side)?;
        form.thumbnail = Some(thumbnail);
        Ok(form)
    }

    pub(super) fn download_call<'a>(
        &self,
        verb: &'static str,
        file: &str,
        sink: Sink<'a>,
        mut options: DownloadOptions<'a>,
    ) -> Result<DownloadCall<'a>> {
        let form = self.file_form(&mut options)?;
        if let Some(referer) = &options.referer {
            check_header_text("referer", referer)?;
        }
        let delivery = self.backend.profile().map(|own| &own.delivery);
        refuse_ranges(self.backend.name(), delivery, &options)?;
        let wanted = options.wanted()?;
        let parallel_parts = parts::check_parallel(options.parallel_parts.unwrap_or(1))?;
        let expected = Expected::new(&options)?;
        // Hashed: a URL may hold a secret, which has no place on the disk.
        let identity = options.resume.then(|| {
            let range = wanted.range().unwrap_or_default();
            let (name, account) = (self.backend.name(), self.backend.account());
            let identity = form.identity();
            digest::sha1_hex(&format!("{name} {account}\n{identity}{range}\n{file}"))
        });
        let mut call = self.call(verb, options.cancel);
        call.watch = call.watch.reporting(options.progress.is_some());
        let mut sink = sink.heeding(&call.watch).open(identity.as_deref())?;
        if options.durable {
            sink.make_durable()?;
        }
        if let Some(path) = sink.damaged() {
            self.engine.log_damage(self.backend.name(), verb, &path);
        }
        Ok(DownloadCall {
            call,
            form,
            referer: options.referer,
            wanted,
            parallel_parts: if sink.is_file() { parallel_parts } else { 1 },
            max_size: options.max_size,
            sink,
            meter: Rc::new(Meter::new(options.progress)),
            expected,
        })
    }
}

/// Of JSON no part can be asked for, so that no download goes on where an earlier call
/// broke off, either.
pub(super) fn refuse_ranges(
    service: &str,
    delivery: Option<&Delivery>,
    options: &DownloadOptions<'_>,
) -> Result<()> {
    match (options.set_for_ranges(), delivery) {
        (Some((field, what)), Some(Delivery::InJson(_))) => Err(unsupported(service, field, what)),
        _ => Ok(()),
    }
}

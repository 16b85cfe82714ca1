//! What callers give to and get from the verbs.

use super::extent::Wanted;
use super::service::{ServiceDelete, ServiceDownload, ServiceUpload};
use crate::digest::FileDigests;
use crate::error::{Error, Result};
use crate::log::{LogCallback, LogLevel};
use crate::service::Stored;
use crate::service::chat::MessageKind;
use crate::service::thumbnail::ThumbnailKind;
use crate::setters::options;
use crate::transfer::http::{IpVersion, ProxyLogin, Trust};
use crate::transfer::progress::ProgressCallback;
use crate::watch::CancelHandle;
use std::path::PathBuf;
use std::time::Duration;

options! {
    /// How a client behaves. The defaults suit a desktop program on Wi-Fi.
    #[derive(Clone, Default)]
    pub struct ClientOptions {
        /// The host program as it should appear in the User-Agent, for example
        /// `MyChat/4.2`; the library's own name is added.
        pub user_agent: Option<String>,
        /// The longest time for a connection: name look-up, TCP, proxy and TLS
        /// together; 15 s by default.
        pub connect_timeout: Option<Duration>,
        /// A transfer in which no byte moves for so long has failed; 60 s by
        /// default. One byte a second is alive.
        pub stall_timeout: Option<Duration>,
        /// The longest time for a whole call with all its attempts; none by default.
        pub deadline: Option<Duration>,
        /// How often each request of a call is tried, at least 1; 4 by default. A request lost on a
        /// kept-alive connection that the server had closed is sent again without
        /// being counted, but for an upload that is to be tried once.
        pub max_attempts: Option<u32>,
        /// No attempt begins later than this after its call did; no limit by default.
        pub retry_time: Option<Duration>,
        /// The upper bound of the pause before the second attempt; it doubles with
        /// each further one, and the pause is a random part of it, added to what the
        /// service asks for. 500 ms by default.
        pub retry_delay: Option<Duration>,
        /// The most calls of the service in a second, at least 1, over all threads that use
        /// this client; tokens (but OpenIM's), presigned requests, NetEase downloads and the
        /// parts of files are not counted. By default what the vendor allows an app (100 at
        /// Easemob and NetEase; the others state none). Several clients or programs with one
        /// app do not know of each other: divide it.
        pub calls_per_second: Option<u32>,
        /// The most bytes to send in a second, over all transfers; no limit by
        /// default. See [`Client::set_rates`](crate::Client::set_rates).
        pub upload_rate: Option<u64>,
        /// The most bytes to receive in a second, over all transfers; no limit by
        /// default.
        pub download_rate: Option<u64>,
        /// Other addresses of the same service, separated by commas: URLs of the form of
        /// the account's `base_url`. Where that cannot be reached (name, connection,
        /// TLS), so that nothing was sent, they are asked in turn; the one that was
        /// reached is asked first from then on. None may be `http://` if `base_url` is
        /// `https://`.
        pub fallback_urls: Option<String>,
        /// Where hosts are, whatever the system says: `HOST:PORT:ADDRESS`, separated by
        /// commas; a host that is named several times has several addresses. Hosts that
        /// a proxy resolves are not looked for here.
        pub resolve: Option<String>,
        /// Whether to connect by IPv4 or IPv6 alone.
        pub ip_version: IpVersion,
        /// A proxy for everything: `http://user:password@host:port` (plain requests
        /// for http, CONNECT for https), `https://…` (the same over TLS), `socks5://…`,
        /// which is given addresses, or `socks5h://…`, which resolves the names of hosts
        /// as the others do. Or `system`: on Windows what the Internet options of the user
        /// say (a script is [`Status::Unsupported`](crate::Status::Unsupported)), elsewhere
        /// the environment, see `proxy_from_environment`.
        pub proxy: Option<String>,
        /// Who knows how to log in to a proxy that asks for it (407, or as SOCKS5 does),
        /// where its URL does not say, or not what it takes.
        pub proxy_login: Option<ProxyLogin>,
        /// Hosts to reach without the proxy, separated by commas: names, with their
        /// subdomains, addresses, networks (`10.0.0.0/8`), each alone or at a port
        /// (`example.com:8080`). `*` stands for all.
        pub no_proxy: Option<String>,
        /// Take the proxies from the environment (`http_proxy`, `https_proxy`,
        /// `all_proxy`, `no_proxy`), which is not looked at otherwise; not together with
        /// `proxy`.
        pub proxy_from_environment: bool,
        /// Let a service or host that is asked over https send us on to an `http://`
        /// address, by a redirect or as its store, where anyone in between can read
        /// and change the file. It is refused otherwise.
        pub allow_plain_http: bool,
        /// Send nothing to a loopback, link-local, private or other special-purpose
        /// address if a message, a presigned request, an answer or a redirect says so:
        /// for back-ends, which such URLs could lead to hosts that nobody outside may
        /// reach. The service's own address and the proxies may be any; what names
        /// stand for behind a proxy is the proxy's to check.
        pub refuse_private_addresses: bool,
        /// Which CA certificates to trust besides [`ClientOptions::ca_certificates`].
        pub trust: Trust,
        /// More CA certificates to trust: PEM (any number) or DER (one).
        pub ca_certificates: Option<Vec<u8>>,
        /// A certificate chain that says who this client is: PEM, its own first.
        pub client_certificate: Option<Vec<u8>>,
        /// The key that goes with it: PEM.
        pub client_key: Option<Vec<u8>>,
        /// Have the error of a call that failed say what the call has done
        /// ([`Error::trace`](crate::Error::trace)), which is kept in memory meanwhile, up to
        /// 64 KiB of it. Whatever becomes of a call, its log says the same at
        /// [`LogLevel::Trace`].
        pub trace: bool,
        /// Where to tell what happens, and how much of it.
        pub log: Option<(LogLevel, LogCallback)>,
    }
}

/// What a service can do. The numbers are bits, those of the C ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
#[non_exhaustive]
pub enum Capability {
    /// Upload a file.
    Upload = 1,
    /// Download a file.
    Download = 2,
    /// Delete a file.
    Delete = 64,
    /// Delete files by the time of their upload.
    DeleteByTime = 4,
    /// Protect a file by a share secret.
    ShareSecret = 8,
    /// Make small pictures of files ([`DownloadOptions::thumbnail`]).
    Thumbnail = 16,
    /// Presign requests for another program to send.
    Presign = 32,
    /// Upload large files in parts, side by side, and go on after a failure.
    Parts = 128,
    /// Upload by hash what the service has already.
    InstantUpload = 256,
    /// Say what is known of a file.
    Info = 512,
    /// List what is in a folder.
    List = 1024,
    /// Have messages about files ([`UploadOptions::message`]).
    Message = 2048,
}

options! {
    /// Options of an upload.
    #[derive(Default)]
    pub struct UploadOptions<'a> {
        /// The name to store; by default that of the path (in which what is no UTF-8 becomes U+FFFD),
        /// or `file`.
        pub file_name: Option<String>,
        /// The media type to store; by default what the name's extension suggests, or
        /// else the first bytes show, or `application/octet-stream`. Of a reader or callback
        /// they are looked at only with `message`: nothing is taken from it before there is a
        /// connection.
        pub media_type: Option<String>,
        /// Called on the calling thread; see [`Progress`](crate::Progress).
        pub progress: Option<ProgressCallback<'a>>,
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
        /// Compute the MD5 of what is sent, for [`UploadResult::digests`]: on the way, but for what
        /// other threads have sent (parts side by side) or an earlier call, which is read once
        /// more before the upload is completed.
        pub compute_md5: bool,
        /// The same with the SHA-256.
        pub compute_sha256: bool,
        /// The same with the CRC-64 (CRC-64/XZ). That of parts is made of theirs where they
        /// have one (SMH): then nothing is read once more.
        pub compute_crc64: bool,
        /// What the service's own message about the file shows, which is then in
        /// [`UploadResult::message`], ready to send.
        /// [`Status::Unsupported`](crate::Status::Unsupported) where the service has no
        /// messages (SMH), or a presigned upload has no URL before it is completed. By
        /// default none is made.
        pub message: MessageKind,
        /// What the message says of the width of a picture or video, in pixels; with
        /// `media_height`, and only with `message`. By default that in the first 256 KiB of a
        /// picture (JPEG, PNG, GIF, WebP, BMP, HEIC, AVIF), as it is shown: turned as Exif
        /// data of a JPEG and the box `irot` of a HEIC say.
        pub media_width: Option<u32>,
        /// The same of the height.
        pub media_height: Option<u32>,
        /// What the message says of how long it plays; only with `message`. By default
        /// nothing.
        pub media_duration: Option<Duration>,
        /// Where files are sent in parts, how many of them side by side: 1 to 16; 4
        /// by default. Each has a thread and a connection while the call lasts. Parts
        /// of a [reader or callback](crate::ReadCallback) are sent one after the other.
        pub parallel_parts: Option<u32>,
        /// Keep what has arrived of an upload in parts when it fails, and say in
        /// [`Error::resume_token`](crate::Error::resume_token) how to go on with it. A file
        /// is then sent in parts whenever it makes more than one (SMH: 2 MiB, OpenIM: 5 MiB),
        /// unless a method is asked for. Without it the service is told to throw away what
        /// has arrived, where it can be told.
        pub resumable: bool,
        /// The [`Error::resume_token`](crate::Error::resume_token) of an earlier call
        /// for the same file and name. What has arrived is compared with the file, and not
        /// sent again; a file that has changed is sent from the start. It implies `resumable`.
        pub resume_token: Option<String>,
        /// A file in which to keep what a resume token says, so that it survives the
        /// process too. It is made when parts are sent, gone on with if it is there, and
        /// removed when the upload has succeeded; one upload at a time can use it
        /// ([`Status::Checkpoint`](crate::Status::Checkpoint)). A file that no upload of this
        /// user has left is not touched ([`Status::Argument`](crate::Status::Argument), or
        /// `Checkpoint` if it is no file but a link), but for one of nothing but zeros, as a
        /// power cut makes one of a checkpoint. Not together with `resume_token`; it implies
        /// `resumable`.
        pub checkpoint: Option<PathBuf>,
        /// What the service of the client alone can do.
        pub service: Option<ServiceUpload>,
    }
}

/// Whether it is asked for what not every service can do: one at a time is what there is anyway.
fn are_several(parallel_parts: Option<u32>) -> bool {
    parallel_parts.is_some_and(|parts| parts != 1)
}

/// The first of these options that is set.
fn first_set<const N: usize>(options: [(&'static str, bool); N]) -> Option<&'static str> {
    let mut options = options.into_iter();
    options.find_map(|(field, is_set)| is_set.then_some(field))
}

impl UploadOptions<'_> {
    /// The digests that are asked for, of no bytes so far.
    pub(super) fn digests(&self) -> FileDigests {
        let mut digests = FileDigests::default();
        if self.compute_md5 {
            digests.want_md5();
        }
        if self.compute_sha256 {
            digests.want_sha256();
        }
        if self.compute_crc64 {
            digests.want_crc64();
        }
        digests
    }

    /// The first option that is set and is for who sends the file and has the result, not for
    /// who makes the request of it.
    pub(super) fn set_for_sender(&self) -> Option<&'static str> {
        first_set([
            ("progress", self.progress.is_some()),
            ("compute_md5", self.compute_md5),
            ("compute_sha256", self.compute_sha256),
            ("compute_crc64", self.compute_crc64),
            ("message", self.message != MessageKind::None),
        ])
        .or(self.set_for_message())
    }

    /// The first option that is set and means something for a message alone.
    pub(super) fn set_for_message(&self) -> Option<&'static str> {
        first_set([
            ("media_width", self.media_width.is_some()),
            ("media_height", self.media_height.is_some()),
            ("media_duration", self.media_duration.is_some()),
        ])
    }

    /// The first option that is set and means something for parts alone.
    pub(super) fn set_for_parts(&self) -> Option<&'static str> {
        first_set([
            ("parallel_parts", are_several(self.parallel_parts)),
            ("resumable", self.resumable),
            ("resume_token", self.resume_token.is_some()),
            ("checkpoint", self.checkpoint.is_some()),
        ])
    }
}

options! {
    /// Options of a download.
    #[derive(Default)]
    pub struct DownloadOptions<'a> {
        /// A file of more bytes is refused; no limit by default.
        pub max_size: Option<u64>,
        /// The first byte that is wanted, counted from 0; by default the first of the file. At
        /// the end of the file there is nothing, which is a success; behind it
        /// [`Status::Limit`](crate::Status::Limit). With this or `length`, `max_size` and
        /// progress are about the part alone, `expected_size` is compared with what the
        /// answer states, and no checksum of the file can be: what is expected of its digests
        /// is [`Status::Argument`](crate::Status::Argument). A server that serves no ranges is
        /// read from its first byte on, and what is not wanted is passed over.
        pub offset: Option<u64>,
        /// How many bytes are wanted, 1 or more; by default all that follow. A file that ends
        /// before has fewer.
        pub length: Option<u64>,
        /// How many bytes the file has to have, as the message that names it says:
        /// another size is [`Status::Integrity`](crate::Status::Integrity), before the
        /// first byte is taken if the answer states its length, and no file is left. That is
        /// how a page that a portal answers with is told from the file. What differs is in
        /// [`Error::field`](crate::Error::field). Not checked by default.
        pub expected_size: Option<u64>,
        /// The MD5 that the file has to have: 32 hexadecimal digits. Checked when all of it
        /// has arrived; no file is left if it differs, but a writer has got the bytes by
        /// then. Not checked by default.
        pub expected_md5: Option<String>,
        /// The same with its SHA-256: 64 hexadecimal digits.
        pub expected_sha256: Option<String>,
        /// The same with its CRC-64 (CRC-64/XZ), as services write it: an unsigned decimal
        /// number.
        pub expected_crc64: Option<String>,
        /// How many ranges of the file are fetched side by side when it goes to a path and is
        /// larger than 256 KiB: 1 to 16; 1 by default. Each has a thread and a connection while
        /// the call lasts. All are of one version: where the service names none, or serves
        /// no ranges, and to memory or a writer, the bytes come one after the other.
        pub parallel_parts: Option<u32>,
        /// A small picture in place of the file, and of what kind of file. Of a file of
        /// which the service makes none, the file itself may come.
        /// [`Status::Unsupported`](crate::Status::Unsupported) where it makes none at all, or
        /// none of videos (OpenIM).
        pub thumbnail: ThumbnailKind,
        /// The width of that picture at most, in pixels; the proportions stay. By default as
        /// the height demands, or without both what the service finds fit: what the upload
        /// asked for (Easemob, where it cannot be said here:
        /// [`Status::Unsupported`](crate::Status::Unsupported)), the image's own size (OpenIM,
        /// also above 1,024), 170 by 170 (NetEase, at most 4,096; SMH).
        pub thumbnail_width: Option<u32>,
        /// The height of that picture at most; as the width.
        pub thumbnail_height: Option<u32>,
        /// The page that the file is said to be for, which goes as the header field
        /// `Referer` with the requests that fetch it, redirected ones too: hosts with
        /// hot-link protection want that of a page that may show it. By default none is said.
        pub referer: Option<String>,
        /// Keep what has arrived when a download to a path fails, as `NAME.part`
        /// and `NAME.part.json`, if the service names the version of the file, and go on from
        /// there in the next call for the same file and path, if the version is still the same.
        /// Only what an earlier call of this user has left is gone on with; anything else of
        /// these names is [`Status::Sink`](crate::Status::Sink). After a power cut, what was
        /// not on the disk is fetched again. [`Status::Unsupported`](crate::Status::Unsupported)
        /// where files are handed out in JSON.
        pub resume: bool,
        /// The file that a download to a path leaves is there after a power cut, too: it is
        /// synced before it gets its name, and its folder behind that. Without it the bytes
        /// are synced all the same, but the name may be lost. If the folder cannot be synced
        /// in the end, the call fails with [`Status::Sink`](crate::Status::Sink), and the file
        /// is in its place.
        pub durable: bool,
        /// Called on the calling thread; see [`Progress`](crate::Progress).
        pub progress: Option<ProgressCallback<'a>>,
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
        /// What the service of the client alone can do, or has to be told.
        pub service: Option<ServiceDownload>,
    }
}

impl DownloadOptions<'_> {
    /// Which bytes of the file are asked for.
    pub(super) fn wanted(&self) -> Result<Wanted> {
        if self.length == Some(0) {
            return Err(Error::argument("length", "must be at least 1"));
        }
        Ok(Wanted {
            offset: self.offset.unwrap_or(0),
            length: self.length,
        })
    }

    /// The first option that is set and is for who receives the file, not for who makes the
    /// request of it.
    pub(super) fn set_for_receiver(&self) -> Option<&'static str> {
        first_set([
            ("max_size", self.max_size.is_some()),
            ("expected_size", self.expected_size.is_some()),
            ("expected_md5", self.expected_md5.is_some()),
            ("expected_sha256", self.expected_sha256.is_some()),
            ("expected_crc64", self.expected_crc64.is_some()),
            ("durable", self.durable),
            ("progress", self.progress.is_some()),
        ])
        .or(self.set_for_ranges().map(|(field, _)| field))
    }

    /// The first option that is set and takes a service which serves ranges.
    pub(super) fn set_for_ranges(&self) -> Option<(&'static str, &'static str)> {
        [
            (self.resume, "resume", "resume downloads"),
            (self.offset.is_some(), "offset", "give a part of a file"),
            (self.length.is_some(), "length", "give a part of a file"),
            (
                are_several(self.parallel_parts),
                "parallel_parts",
                "give ranges of a file",
            ),
        ]
        .into_iter()
        .find_map(|(is_set, field, what)| is_set.then_some((field, what)))
    }

    /// The first option that is set and means something for a small picture alone.
    pub(super) fn set_for_thumbnail(&self) -> Option<&'static str> {
        first_set([
            ("thumbnail_width", self.thumbnail_width.is_some()),
            ("thumbnail_height", self.thumbnail_height.is_some()),
        ])
    }
}

options! {
    /// Options of a deletion.
    #[derive(Debug, Clone, Default)]
    pub struct DeleteOptions {
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
        /// What the service of the client alone can do.
        pub service: Option<ServiceDelete>,
    }
}

options! {
    /// Options of [`Client::info`](crate::Client::info) and
    /// [`Client::exists`](crate::Client::exists).
    #[derive(Debug, Clone, Default)]
    pub struct InfoOptions {
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
    }
}

options! {
    /// Options of [`Client::abort_upload`](crate::Client::abort_upload).
    #[derive(Debug, Clone, Default)]
    pub struct AbortUploadOptions {
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
    }
}

options! {
    /// Options of [`Client::complete_presigned`](crate::Client::complete_presigned).
    #[derive(Debug, Clone, Default)]
    pub struct CompletePresignedOptions {
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
    }
}

options! {
    /// Which of what is in a folder to list.
    #[derive(Debug, Clone, Default)]
    pub struct ListOptions {
        /// List the versions of a file, which stands in the place of the folder then: first
        /// the present one, then the older ones, from the newest on.
        /// [`FileInfo::version`](crate::FileInfo::version) names each for a download.
        pub versions: bool,
        /// [`Listing::next_marker`](crate::Listing::next_marker) of the list before; by default from the start.
        pub marker: Option<String>,
        /// The most entries; by default what the service finds fit (SMH: 20), which
        /// may also give fewer than are asked for.
        pub limit: Option<u32>,
        /// Can end the call before it is done.
        pub cancel: Option<CancelHandle>,
    }
}

/// A stored file.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadResult {
    /// What names the file in [`Client::download`](crate::Client::download):
    /// see the account of the service ([`Netease`](crate::Netease), for example).
    pub file: String,
    /// The URL to put into a message, as the service gave it, but for what no URL
    /// can hold, which is percent-encoded here. `None` where files have no lasting
    /// URL, or none yet (an upload that is presigned may have one when it is
    /// completed).
    pub url: Option<String>,
    /// The secret that a download of this file needs, if it is restricted.
    pub share_secret: Option<String>,
    /// Bytes of the file.
    pub size: u64,
    /// The service had these bytes already, so none were sent.
    pub instant: bool,
    /// How often the upload was tried; of several requests, the one that was
    /// tried most.
    pub attempts: u32,
    /// Those of the bytes that were asked for, by
    /// [`UploadOptions::compute_md5`] and its like, and that a message says.
    pub digests: Digests,
    /// What the service's own message about the file says, as JSON, if
    /// [`UploadOptions::message`] asked for it: what the vendor's SDKs, or the call that
    /// sends messages, take. It may hold the share secret.
    pub message: Option<String>,
    /// What the service calls messages of this kind: `1`, `img`, `102` or `IMAGE` for a
    /// picture, as the service has it. With `message`.
    pub message_type: Option<String>,
    /// What the content of the file is known by, for
    /// [`SmhUpload::content_cas`](crate::SmhUpload::content_cas). `None` where the service
    /// does not say.
    pub content_cas: Option<String>,
}

impl UploadResult {
    /// A file of which a service says this.
    pub(super) fn new(stored: Stored, size: u64, attempts: u32) -> Self {
        Self {
            file: stored.file,
            url: stored.url,
            share_secret: stored.share_secret,
            size,
            instant: false,
            attempts,
            digests: Digests::default(),
            message: None,
            message_type: None,
            content_cas: None,
        }
    }
}

/// Digests of a file; those that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Digests {
    /// The MD5 in 32 lower-case hexadecimal digits.
    pub md5: Option<String>,
    /// The SHA-256 in 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// The CRC-64 (CRC-64/XZ) as services write it: an unsigned decimal number.
    pub crc64: Option<String>,
}

/// A file that has arrived, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadResult {
    /// Bytes that have arrived.
    pub size: u64,
    /// Bytes of the whole file, if they are known: of a part, if the answer states them.
    pub file_size: Option<u64>,
    /// The media type, as the service states it.
    pub media_type: Option<String>,
    /// How the bytes are coded (`gzip`, for example), if the answer says so though
    /// nothing but the bytes as they are was asked for. They are as they came: to
    /// have the file, undo it.
    pub content_encoding: Option<String>,
    /// The bytes, if the sink was [`Sink::buffer`](crate::Sink::buffer).
    pub data: Option<Vec<u8>>,
    /// How often the download was tried.
    pub attempts: u32,
}

/// A deletion that the service has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteResult {
    /// The id of the task that deletes later, if the service answers with one.
    pub task_id: Option<String>,
    /// What the file is known by in the recycle bin, if it went there.
    pub recycled_item_id: Option<String>,
    /// How often the call was tried.
    pub attempts: u32,
}

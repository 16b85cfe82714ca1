//! A service with parts in memory. Its calls are functions; its store takes PUTs
//! on the loopback.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::client::engine::Engine;
use crate::client::parts::{self, Arrived, Begun, Found, Part, UploadId, UploadInParts};
use crate::client::unsupported;
use crate::client::{
    Backend, Capability, Client, DownloadCall, DownloadResult, UploadCall, UploadResult,
};
use crate::digest::{Crc64, SectionDigest, Update as _};
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::url::Url;
use crate::message::{Answer, Method, Provenance, Request};
use crate::message::{Body, Encoding};
use crate::service::{Profile, Stored, StoredDigests, StoredPart};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::UploadState;
use crate::{ClientOptions, Source, UploadOptions};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub(super) const PART: usize = 1000;

/// In place of a status: no answer.
pub(super) const CLOSED: u16 = 0;

pub(super) type Parts = BTreeMap<u32, Vec<u8>>;

/// What the service has, and how it behaves.
pub(super) struct State {
    /// Every call, in its order; each PUT as `part N`.
    pub(super) calls: Vec<String>,
    pub(super) uploads: BTreeMap<String, Parts>,
    /// The file, when it was made.
    pub(super) file: Option<Vec<u8>>,
    begun: u32,
    /// Permission of this number and above is taken.
    pub(super) permission: u32,
    /// For how long permission is given out.
    pub(super) permission_life: Option<Duration>,
    /// The store refuses permission after so many parts.
    pub(super) permission_ends_after: Option<u32>,
    taken: u32,
    /// What the store answers in place of taking these parts, and how often.
    pub(super) refused: BTreeMap<u32, (u16, u32)>,
    /// What is answered to each completion, instead of the file, as often.
    pub(super) unfinished: Vec<Remedy>,
    pub(super) knows_file: bool,
    /// Knows the file by its hash, and cannot be asked what it has.
    pub(super) by_hash: bool,
    pub(super) can_cancel: bool,
    /// No upload is begun any more.
    pub(super) refuses_new: bool,
    /// What has become of the part size.
    pub(super) part_size: usize,
    /// Files go in one request, and if that is cut, in parts of this size.
    pub(super) divides_by: Option<usize>,
    /// Parts that the list leaves out, or does not say the MD5 of.
    pub(super) unlisted: BTreeSet<u32>,
    pub(super) without_md5: BTreeSet<u32>,
    pub(super) is_cut: bool,
    /// Permission that is refused is got by another upload.
    pub(super) begins_again: bool,
    /// The store is known to state the CRC-64 of a part, and does so.
    pub(super) promises_crc64: bool,
    pub(super) states_crc64: bool,
    /// So many parts arrive with other bytes than were sent.
    pub(super) damaged: u32,
}

#[derive(Clone)]
pub(super) struct Toy {
    state: Arc<Mutex<State>>,
    address: String,
}

impl Toy {
    /// The store ends with the process.
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let toy = Self {
            address: listener.local_addr().unwrap().to_string(),
            state: Arc::new(Mutex::new(State {
                calls: Vec::new(),
                uploads: BTreeMap::new(),
                file: None,
                begun: 0,
                permission: 1,
                permission_life: None,
                permission_ends_after: None,
                taken: 0,
                refused: BTreeMap::new(),
                unfinished: Vec::new(),
                knows_file: false,
                by_hash: false,
                can_cancel: true,
                refuses_new: false,
                part_size: PART,
                divides_by: None,
                unlisted: BTreeSet::new(),
                without_md5: BTreeSet::new(),
                is_cut: false,
                promises_crc64: false,
                states_crc64: false,
                damaged: 0,
                begins_again: false,
            })),
        };
        let store = toy.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let store = store.clone();
                std::thread::spawn(move || store.serve(stream.unwrap()));
            }
        });
        toy
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The calls since the last time.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    pub(super) fn client(&self) -> Client {
        self.client_with(None)
    }

    /// One that makes so many attempts.
    pub(super) fn client_with(&self, attempts: Option<u32>) -> Client {
        let options = ClientOptions {
            max_attempts: attempts,
            retry_delay: Some(Duration::ZERO),
            ..ClientOptions::default()
        };
        Client {
            engine: Engine::new(options, None, None).unwrap(),
            backend: Box::new(self.clone()),
        }
    }

    /// Uploads with so many threads.
    pub(super) fn upload(&self, data: &[u8], threads: u32) -> Result<UploadResult> {
        let options = UploadOptions {
            parallel_parts: Some(threads),
            ..UploadOptions::default()
        };
        self.client().upload(Source::bytes(data), options)
    }

    /// Uploads one part after the other, which can be gone on with.
    pub(super) fn resume(&self, data: &[u8], token: Option<&str>) -> Result<UploadResult> {
        let options = UploadOptions {
            parallel_parts: Some(1),
            resumable: true,
            resume_token: token.map(str::to_owned),
            ..UploadOptions::default()
        };
        self.client().upload(Source::bytes(data), options)
    }

    /// Takes PUTs of one connection.
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some((path, body)) = read_put(&mut reader) {
            let answer = self.take(&path, body);
            let is_sent = answer.is_some_and(|a| (&stream).write_all(a.as_bytes()).is_ok());
            if !is_sent {
                return;
            }
        }
    }

    /// The path is `/UPLOAD/NUMBER/PERMISSION`. `None` closes the connection.
    fn take(&self, path: &str, mut body: Vec<u8>) -> Option<String> {
        let mut words = path.split('/').skip(1);
        let upload = words.next().unwrap();
        let mut number = || words.next().unwrap().parse::<u32>().unwrap();
        let (part, permission) = (number(), number());
        let state = &mut *self.state();
        state.calls.push(format!("part {part}"));
        if state.permission_ends_after == Some(state.taken) {
            state.permission_ends_after = None;
            state.permission += 1;
        }
        let refusal = state.refused.get_mut(&part).filter(|(_, left)| *left > 0);
        let status = match refusal {
            Some((status, left)) => {
                *left -= 1;
                *status
            }
            None if permission < state.permission => 403,
            None if !state.uploads.contains_key(upload) => 404,
            None => 200,
        };
        if status == 200 && state.damaged > 0 {
            state.damaged -= 1;
            body[0] ^= 1;
        }
        let md5 = md5_of(&body);
        let crc64 = match state.states_crc64 {
            true => format!("crc64: {}\r\n", crc64_of(&body)),
            false => String::new(),
        };
        if status == 200 {
            state.taken += 1;
            state.uploads.get_mut(upload).unwrap().insert(part, body);
        }
        let answer =
            format!("HTTP/1.1 {status} x\r\nETag: {md5}\r\n{crc64}Content-Length: 0\r\n\r\n");
        (status != CLOSED).then_some(answer)
    }
}

/// A request's path and body; `None` at the end.
fn read_put(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    let mut length = 0;
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.split(' ').nth(1)?.to_owned(), body))
}

pub(super) fn md5_of(bytes: &[u8]) -> String {
    let mut digest = SectionDigest::with_md5();
    digest.update(bytes);
    digest.md5().unwrap()
}

fn crc64_of(bytes: &[u8]) -> u64 {
    let mut crc64 = Crc64::new();
    crc64.update(bytes);
    crc64.value()
}

/// A part's answer, read.
fn read_part(answer: &Answer) -> Result<StoredDigests> {
    let refusal = |status, remedy| {
        let error = Error::new(status, "refused").with_phase(Phase::Receive);
        Err(error.with_http_status(answer.status()).with_remedy(remedy))
    };
    match answer.status() {
        200 => Ok(StoredDigests {
            md5: answer.head.header("etag").map(str::to_owned),
            crc64: answer
                .head
                .header("crc64")
                .map(|crc64| crc64.parse().unwrap()),
        }),
        401 => refusal(Status::Forbidden, Some(Remedy::PermissionOnce)),
        403 => refusal(Status::Forbidden, Some(Remedy::Permission)),
        404 => refusal(Status::NotFound, Some(Remedy::Restart)),
        _ => refusal(Status::TooLarge, None),
    }
}

/// One file on its way to the toy.
struct ToyUpload {
    toy: Toy,
    data_size: u64,
    part_size: usize,
    is_divided: bool,
    file_hash: String,
    md5s: Vec<String>,
}

pub(super) struct ToySession {
    upload: String,
    permission: Option<u32>,
    fresh_until: Option<Instant>,
}

impl ToyUpload {
    fn session(&self, upload: String) -> ToySession {
        let state = self.toy.state();
        ToySession {
            upload,
            permission: Some(state.permission),
            fresh_until: state.permission_life.map(|life| Instant::now() + life),
        }
    }

    fn note(&self, what: &str) {
        self.toy.state().calls.push(what.to_owned());
    }

    fn file(&self) -> UploadResult {
        UploadResult::new(Stored::named("file"), self.data_size, 1)
    }

    /// Each upload has a name of its own.
    fn open_upload(&self) -> String {
        let state = &mut *self.toy.state();
        state.begun += 1;
        let name = format!("u{}", state.begun);
        state.uploads.insert(name.clone(), Parts::new());
        name
    }

    fn fails(remedy: Remedy) -> Error {
        let error = Error::new(Status::Service, "refused").with_phase(Phase::Receive);
        error.with_remedy(Some(remedy))
    }
}

impl UploadInParts for ToyUpload {
    type Session = ToySession;

    fn target(&self) -> String {
        "toy account file".into()
    }

    fn plan(&mut self, anew: bool, call: &mut UploadCall<'_>) -> Result<u64> {
        self.note(if anew { "plan anew" } else { "plan" });
        let (part_size, by_hash) = {
            let state = &mut *self.toy.state();
            if let Some(divided) = state.divides_by {
                let whole = self.data_size as usize;
                state.part_size = if self.is_divided { divided } else { whole };
            }
            (state.part_size, state.by_hash)
        };
        let anew = anew || self.toy.state().divides_by.is_some();
        // The limits that were known before, until they are asked for again.
        self.part_size = if anew { part_size } else { PART };
        self.md5s.clear();
        let mut at = 0;
        while by_hash && at < self.data_size {
            let end = self.data_size.min(at + self.part_size as u64);
            let mut digest = SectionDigest::with_md5();
            call.hash(at..end, &mut digest)?;
            self.md5s.extend(digest.md5());
            at = end;
        }
        self.file_hash = self.md5s.concat();
        Ok(self.part_size as u64)
    }

    fn is_divisible(&self) -> bool {
        self.toy.state().divides_by.is_some() && !self.is_divided
    }

    fn divide(&mut self) {
        self.note("divide");
        self.is_divided = true;
    }

    fn begin(&self, _: &mut UploadCall<'_>) -> Result<Begun<ToySession>> {
        self.note("begin");
        if self.toy.state().knows_file {
            return Ok(Begun::Done(Box::new(self.file())));
        }
        if self.toy.state().refuses_new {
            return Err(Error::new(Status::Conflict, "refused").with_phase(Phase::Receive));
        }
        if self.part_size != self.toy.state().part_size {
            return Err(Self::fails(Remedy::Limits));
        }
        Ok(Begun::Going(self.session(self.open_upload())))
    }

    fn find(&self, known: &UploadState, _: &mut Call) -> Result<Found<ToySession>> {
        self.note("find");
        let (upload, hash) = known.upload.split_once(' ').unwrap();
        let mut session = self.session(upload.to_owned());
        // It says how far an upload is, and gives no permission with that.
        session.permission = None;
        let state = self.toy.state();
        if state.by_hash {
            let is_same = hash == self.file_hash;
            let going = || Found::Going(session, Arrived::AsNoted);
            return Ok(if is_same { going() } else { Found::Nothing });
        }
        if let Some(file) = &state.file {
            return Ok(Found::Done {
                file: Box::new(self.file()),
                crc64: Some(crc64_of(file)),
            });
        }
        let Some(parts) = state.uploads.get(upload) else {
            return Err(Self::fails(Remedy::Restart));
        };
        let is_listed = |part: &&(u32, &Vec<u8>)| !state.unlisted.contains(&part.0);
        let parts: Vec<(u32, &Vec<u8>)> = parts.iter().map(|(n, bytes)| (*n, bytes)).collect();
        let listed = parts.iter().filter(is_listed);
        let parts = listed.map(|(number, bytes)| StoredPart {
            number: *number,
            size: bytes.len() as u64,
            md5: (!state.without_md5.contains(number)).then(|| md5_of(bytes)),
        });
        let arrived = Arrived::Listed {
            parts: parts.collect(),
            is_cut: state.is_cut,
        };
        Ok(Found::Going(session, arrived))
    }

    fn id(&self, session: &ToySession) -> Option<UploadId> {
        Some(UploadId {
            upload: format!("{} {}", session.upload, self.file_hash),
            expires_at: None,
        })
    }

    fn fresh_until(&self, session: &ToySession) -> Option<Instant> {
        session.fresh_until
    }

    fn request(&self, session: &ToySession, part: &Part) -> Option<Request> {
        let permission = session.permission?;
        let (address, upload, number) = (&self.toy.address, &session.upload, part.number);
        let url = Url::parse(&format!("http://{address}/{upload}/{number}/{permission}")).unwrap();
        let body = Body {
            content: Some(Encoding::Identity),
            ..Body::empty()
        };
        Some(Request::new(Method::Put, url, Provenance::CONFIG, body))
    }

    fn renew(&self, session: &mut ToySession, missing: &[u32], _: &mut Call) -> Result<()> {
        self.note(&format!("renew {missing:?}"));
        let begins_again = self.toy.state().begins_again;
        let upload = if begins_again {
            self.open_upload()
        } else {
            session.upload.clone()
        };
        *session = self.session(upload);
        Ok(())
    }

    fn md5(&self, part: &Part) -> Option<String> {
        self.md5s.get(part.number as usize - 1).cloned()
    }

    fn states_crc64(&self, _: &ToySession) -> bool {
        self.toy.state().promises_crc64
    }

    fn reader(&self) -> fn(&Answer) -> Result<StoredDigests> {
        read_part
    }

    fn complete(
        &self,
        session: &ToySession,
        _: u64,
        crc64: Option<u64>,
        call: &mut Call,
    ) -> Result<UploadResult> {
        self.note("complete");
        let state = &mut *self.toy.state();
        if let Some(remedy) = state.unfinished.pop() {
            return Err(Self::fails(remedy));
        }
        let Some(parts) = state.uploads.remove(&session.upload) else {
            return Err(Self::fails(Remedy::Restart));
        };
        let file: Vec<u8> = parts.into_values().flatten().collect();
        // What is known beforehand is not computed on the way.
        let computed = (!state.by_hash).then(|| crc64_of(&file));
        assert_eq!(crc64, computed);
        state.file = Some(file);
        Ok(UploadResult {
            attempts: call.attempts(),
            ..self.file()
        })
    }

    fn cancel(&self, upload: &str, _: &mut Call) -> Result<()> {
        let (upload, _) = upload.split_once(' ').unwrap();
        self.note(&format!("cancel {upload}"));
        let state = &mut *self.toy.state();
        if !state.can_cancel {
            return Err(Self::fails(Remedy::Permission));
        }
        state.uploads.remove(upload);
        Ok(())
    }
}

impl Backend for Toy {
    fn name(&self) -> &'static str {
        "Toy"
    }

    fn profile(&self) -> Option<&'static Profile> {
        None
    }

    fn own_capabilities(&self) -> &'static [Capability] {
        &[Capability::Upload, Capability::Parts]
    }

    fn upload(&self, engine: &Engine, call: &mut UploadCall<'_>) -> Result<UploadResult> {
        let upload = ToyUpload {
            toy: self.clone(),
            data_size: call.content.len(),
            part_size: 0,
            is_divided: false,
            file_hash: String::new(),
            md5s: Vec::new(),
        };
        parts::upload(engine, upload, call)
    }

    fn download(&self, _: &Engine, _: &str, _: &mut DownloadCall<'_>) -> Result<DownloadResult> {
        Err(unsupported("Toy", "download", "download files"))
    }
}

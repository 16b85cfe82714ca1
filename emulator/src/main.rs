//! The emulator as a program; `--help` says how to use it.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use chatfile_emulator::{Config, Emulator, RestrictAccess, SmhConflict, SmhDomain, SmhHistory};
use chatfile_emulator::{
    HuaweiConfig, HuaweiDownload, OpenimConfig, OpenimDriver, OpenimFormHeader,
};
use lexopt::prelude::{Long, Short, ValueExt};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const HELP: &str = "\
chatfile-emulator: the file calls of five chat services on a loopback port, with faults on demand

Usage: chatfile-emulator [OPTIONS]

  --port N                      listen on 127.0.0.1:N; 0, the default, takes any free port
  --tls                         also listen with TLS, on any free port
  --tls-port N                  also listen with TLS, on that port
  --dir DIR                     keep files in DIR, across starts; else in a folder that goes away at the end
  --journal N                   remember the last N requests (10000)
  --max-storage BYTES           keep no more of files; the oldest are dropped (4 GiB)
  --receive-buffer BYTES        the kernel's receive buffer of each connection

  --easemob-max-upload BYTES    the largest file (10485760)
  --easemob-token-ttl SECONDS   how long a token lives by default (5184000)
  --easemob-file-ttl SECONDS    how long a file lives; 0 is for ever (604800)
  --easemob-rate N              calls a second; 0 is no limit (100)
  --easemob-restrict-access M   value (the default), presence or disabled
  --easemob-no-range            serve whole files only

  --netease-max-upload BYTES    the largest file (15728640)
  --netease-rate N              uploads a second; 0 is no limit (100)
  --netease-deletes-per-day N   calls of del.action a day; 0 is no limit (5)
  --netease-no-range            serve whole files only

  --smh-token-ttl SECONDS       how long an unused token lives by default (86400)
  --smh-upload-ttl SECONDS      how long the credentials of an upload hold (3600)
  --smh-rate N                  calls a second; 0, the default, is no limit
  --smh-domain D                asked (the default), tls, or a host such as localhost:{port}
  --smh-private-cloud           behave as a private deployment
  --smh-sign-headers            refuse parts whose header fields are not as handed out
  --smh-conflict-at W           begin (the default) or confirm
  --smh-history H               off (the default), kept or refused
  --smh-no-recycle-bin          delete files for good
  --smh-min-part BYTES          the smallest part but the last (1048576)
  --smh-no-range                serve whole files only

  --huawei-max-upload BYTES     the largest upload; 0, the default, is no limit
  --huawei-max-download BYTES   the largest download (2097152)
  --huawei-token-ttl SECONDS    how long a ccmessaging-token lives (3600)
  --huawei-rotate N             a new ccmessaging-token with every N-th call; 0, the default, is never
  --huawei-download M           stream (the default), url or both

  --openim-token-ttl SECONDS    how long a token lives (7776000)
  --openim-driver D             minio (the default), cos, oss, kodo or aws
  --openim-form-header H        null (the default), empty, values or value
  --openim-part-size BYTES      the smallest part; else the driver's
  --openim-external URL         scheme and host of the object store; else those that were asked
  --openim-public-read          objects need no signature

  --exit-with-stdin             end when standard input does, so that no orphan outlives its parent
  -h, --help                    print this
  -V, --version                 print the version

The first line of output is `listening on http://127.0.0.1:PORT`. Faults, clock and journal are under /_emulator/;
see docs/emulator.md.
";

struct Options {
    config: Config,
    exit_with_stdin: bool,
}

enum Request {
    Run(Box<Options>),
    Print(String),
}

fn main() -> ExitCode {
    let request = match parse(std::env::args_os().skip(1)) {
        Ok(request) => request,
        Err(error) => {
            eprintln!("chatfile-emulator: {error}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    let result = match request {
        Request::Print(text) => write!(io::stdout(), "{text}"),
        Request::Run(options) => run(*options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatfile-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Request, lexopt::Error> {
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut config = Config::default();
    let mut exit_with_stdin = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => config.bind = loopback(parser.value()?.parse()?),
            Long("tls") => config.tls = config.tls.or(Some(loopback(0))),
            Long("tls-port") => config.tls = Some(loopback(parser.value()?.parse()?)),
            Long("dir") => config.folder = Some(PathBuf::from(parser.value()?)),
            Long("journal") => config.journal_length = parser.value()?.parse()?,
            Long("max-storage") => config.max_storage = parser.value()?.parse()?,
            Long("receive-buffer") => config.receive_buffer = Some(parser.value()?.parse()?),
            Long("easemob-max-upload") => config.easemob.max_upload = parser.value()?.parse()?,
            Long("easemob-token-ttl") => config.easemob.token_ttl = parser.value()?.parse()?,
            Long("easemob-file-ttl") => config.easemob.file_ttl = parser.value()?.parse()?,
            Long("easemob-rate") => config.easemob.calls_per_second = parser.value()?.parse()?,
            Long("easemob-restrict-access") => {
                config.easemob.restrict_access = match parser.value()?.string()?.as_str() {
                    "value" => RestrictAccess::Value,
                    "presence" => RestrictAccess::Presence,
                    "disabled" => RestrictAccess::Disabled,
                    other => return Err(format!("there is no reading called {other}").into()),
                };
            }
            Long("easemob-no-range") => config.easemob.range = false,
            Long("netease-max-upload") => config.netease.max_upload = parser.value()?.parse()?,
            Long("netease-rate") => config.netease.calls_per_second = parser.value()?.parse()?,
            Long("netease-deletes-per-day") => {
                config.netease.deletes_per_day = parser.value()?.parse()?;
            }
            Long("netease-no-range") => config.netease.range = false,
            Long("smh-token-ttl") => config.smh.token_ttl = parser.value()?.parse()?,
            Long("smh-upload-ttl") => config.smh.upload_ttl = parser.value()?.parse()?,
            Long("smh-rate") => config.smh.calls_per_second = parser.value()?.parse()?,
            Long("smh-domain") => {
                config.smh.domain = match parser.value()?.string()?.as_str() {
                    "asked" => SmhDomain::Asked,
                    "tls" => SmhDomain::Tls,
                    host => SmhDomain::Named(host.to_owned()),
                };
            }
            Long("smh-private-cloud") => config.smh.private_cloud = true,
            Long("smh-sign-headers") => config.smh.sign_headers = true,
            Long("smh-conflict-at") => {
                config.smh.conflict_at = match parser.value()?.string()?.as_str() {
                    "begin" => SmhConflict::Begin,
                    "confirm" => SmhConflict::Confirm,
                    other => return Err(format!("there is no reading called {other}").into()),
                };
            }
            Long("smh-history") => {
                config.smh.history = match parser.value()?.string()?.as_str() {
                    "off" => SmhHistory::Off,
                    "kept" => SmhHistory::Kept,
                    "refused" => SmhHistory::Refused,
                    other => return Err(format!("there is no reading called {other}").into()),
                };
            }
            Long("smh-no-recycle-bin") => config.smh.recycle_bin = false,
            Long("smh-min-part") => config.smh.min_part = parser.value()?.parse()?,
            Long("smh-no-range") => config.smh.range = false,
            Long("huawei-max-upload") => config.huawei.max_upload = parser.value()?.parse()?,
            Long("huawei-max-download") => config.huawei.max_download = parser.value()?.parse()?,
            Long("huawei-token-ttl") => config.huawei.token_ttl = parser.value()?.parse()?,
            Long("huawei-rotate") => config.huawei.rotate_every = parser.value()?.parse()?,
            Long("huawei-download") => {
                config.huawei.download = match parser.value()?.string()?.as_str() {
                    "stream" => HuaweiDownload::Stream,
                    "url" => HuaweiDownload::Url,
                    "both" => HuaweiDownload::Both,
                    other => return Err(format!("there is no download called {other}").into()),
                };
            }
            Long("openim-token-ttl") => config.openim.token_ttl = parser.value()?.parse()?,
            Long("openim-driver") => {
                config.openim.driver = match parser.value()?.string()?.as_str() {
                    "minio" => OpenimDriver::Minio,
                    "cos" => OpenimDriver::Cos,
                    "oss" => OpenimDriver::Oss,
                    "kodo" => OpenimDriver::Kodo,
                    "aws" => OpenimDriver::Aws,
                    other => return Err(format!("there is no driver called {other}").into()),
                };
            }
            Long("openim-form-header") => {
                config.openim.form_header = match parser.value()?.string()?.as_str() {
                    "null" => OpenimFormHeader::Null,
                    "empty" => OpenimFormHeader::Empty,
                    "values" => OpenimFormHeader::Values,
                    "value" => OpenimFormHeader::Value,
                    other => return Err(format!("there is no form header called {other}").into()),
                };
            }
            Long("openim-part-size") => {
                config.openim.min_part_size = Some(parser.value()?.parse()?);
            }
            Long("openim-external") => {
                config.openim.external_address = Some(parser.value()?.string()?);
            }
            Long("openim-public-read") => config.openim.public_read = true,
            Long("exit-with-stdin") => exit_with_stdin = true,
            Short('h') | Long("help") => return Ok(Request::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                let version = concat!("chatfile-emulator ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Request::Print(version.to_owned()));
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Request::Run(Box::new(Options {
        config,
        exit_with_stdin,
    })))
}

fn run(options: Options) -> io::Result<()> {
    let emulator = Emulator::start(options.config)?;
    let ending = Ending::prepare(options.exit_with_stdin)?;
    announce(&emulator)?;
    ending.wait(options.exit_with_stdin);
    Ok(())
}

/// What ends the program: an interrupt or, if asked for, the end of standard input.
struct Ending {
    runtime: Runtime,
    signals: Signals,
    stdin_ended: mpsc::Receiver<()>,
}

impl Ending {
    /// From here on a signal no longer kills, so that returning tidies up temporary files.
    fn prepare(for_stdin: bool) -> io::Result<Self> {
        let (ended, stdin_ended) = mpsc::channel(1);
        if for_stdin {
            // A thread that nobody joins: a read of standard input cannot be called off.
            std::thread::spawn(move || {
                let mut input = io::stdin().lock();
                let mut ignored = [0; 1024];
                while input.read(&mut ignored).is_ok_and(|count| count > 0) {}
                let _ = ended.blocking_send(());
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let signals = {
            let _entered = runtime.enter();
            Signals::new()?
        };
        Ok(Self {
            runtime,
            signals,
            stdin_ended,
        })
    }

    fn wait(mut self, for_stdin: bool) {
        self.runtime.block_on(async {
            tokio::select! {
                () = self.signals.any() => {}
                _ = self.stdin_ended.recv(), if for_stdin => {}
            }
        });
    }
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ))
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn any(&mut self) {
        self.0.recv().await;
    }
}

/// Tencent SMH's part of the summary.
fn announce_smh(emulator: &Emulator, out: &mut impl Write) -> io::Result<()> {
    let control = emulator.control();
    let (base, smh) = (emulator.base_url(), &control.config().smh);
    writeln!(out)?;
    writeln!(out, "Tencent SMH  {base}/api/v1/{{token,file,directory}}")?;
    writeln!(out, "  library        {}", smh.library_id)?;
    writeln!(out, "  secret         {}", smh.library_secret)?;
    writeln!(out, "  spaces         {}", smh.spaces.join(" "))?;
    writeln!(out, "  store (COS)    {base}/{}/…", smh.library_id)
}

/// The first line is for programs, the rest for people.
fn announce(emulator: &Emulator) -> io::Result<()> {
    let base = emulator.base_url();
    let control = emulator.control();
    let (easemob, netease) = (&control.config().easemob, &control.config().netease);
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {base}")?;
    out.flush()?;
    if let (Some(tls), Some(path)) = (emulator.tls_base_url(), emulator.ca_path()) {
        writeln!(out, "with TLS on  {tls}  (trust {})", path.display())?;
    }
    writeln!(out, "files in     {}", emulator.folder().display())?;
    writeln!(
        out,
        "control      {base}/_emulator/{{config,faults,clock,journal,reset}}"
    )?;
    writeln!(out)?;
    let app = format!("{base}/{}/{}", easemob.org, easemob.app);
    writeln!(out, "Easemob      {app}/{{token,chatfiles,chatgroups}}")?;
    writeln!(out, "  client_id      {}", easemob.client_id)?;
    writeln!(out, "  client_secret  {}", easemob.client_secret)?;
    for user in easemob.users.iter().filter(|user| user.activated) {
        writeln!(
            out,
            "  user           {} / {}",
            user.username, user.password
        )?;
    }
    writeln!(out, "  largest file   {} bytes", easemob.max_upload)?;
    writeln!(out)?;
    writeln!(
        out,
        "NetEase IM   {base}/nimserver/{{msg/upload,msg/fileUpload,job/nos/del}}.action"
    )?;
    writeln!(out, "  AppKey         {}", netease.app_key)?;
    writeln!(out, "  AppSecret      {}", netease.app_secret)?;
    writeln!(out, "  largest file   {} bytes", netease.max_upload)?;
    writeln!(out)?;
    announce_huawei(&mut out, &base, &control.config().huawei)?;
    writeln!(out)?;
    announce_openim(&mut out, &base, &control.config().openim)?;
    announce_smh(emulator, &mut out)?;
    out.flush()
}

fn announce_huawei(out: &mut impl Write, base: &str, huawei: &HuaweiConfig) -> io::Result<()> {
    writeln!(
        out,
        "Huawei AICC  {base}/apigovernance/api/oauth/tokenByAkSk, {base}/apiaccess/ccmessaging/{{applyToken,…}}"
    )?;
    writeln!(out, "  app_key        {}", huawei.app_key)?;
    writeln!(out, "  app_secret     {}", huawei.app_secret)?;
    writeln!(out, "  channelId      {}", huawei.channel_id)
}

fn announce_openim(out: &mut impl Write, base: &str, openim: &OpenimConfig) -> io::Result<()> {
    writeln!(out, "OpenIM       {base}/{{auth,user,object}}/…")?;
    writeln!(out, "  secret         {}", openim.secret)?;
    writeln!(out, "  admin          {}", openim.admin_id)?;
    writeln!(out, "  users          {}", openim.users.join(", "))?;
    let store = openim.external_address.as_deref().unwrap_or(base);
    writeln!(out, "  object store   {store}/{}", openim.bucket)?;
    writeln!(out, "  access key     {}", openim.access_key)?;
    writeln!(out, "  secret key     {}", openim.secret_key)
}

//! The emulator as a program; `--help` says how to use it.
#![forbid(unsafe_code)]

mod compare;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use chatfile_emulator::{Config, Emulator};
use lexopt::prelude::{Long, Short, ValueExt};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const HELP: &str = "\
chatfile-emulator: the file calls of five chat services on a loopback port, with faults on demand

Usage: chatfile-emulator [OPTIONS] [-- COMMAND...]
       chatfile-emulator compare [SERVICE...] [OPTIONS]

With a COMMAND, that is run while the emulator runs, with the addresses and credentials of all services in its
environment (NETEASE_BASE_URL, NETEASE_APP_KEY, ...), and the exit code is that of the command, or 128 and the number
of the signal that ended it.

With `compare`, the same requests go to a real service (netease, for example; all that CHATFILE_LIVE_… variables have
credentials for) and to an emulator that is set up by the options, and what differs is printed:

  --record FILE                 write the service's answers to FILE, without secrets
  --recording FILE              compare with such a file; no service is asked
  --table FILE                  send the requests of FILE in place of the built-in ones; name one service
  --only TEXT                   compare the requests whose name has TEXT
  -v, --verbose                 all names and all of each text

It ends with 1 when something differs, and with 2 when nothing could be compared.

  --port N                      listen on 127.0.0.1:N; 0, the default, takes any free port
  --tls                         also listen with TLS, on any free port
  --tls-port N                  also listen with TLS, on that port
  --dir DIR                     keep files in DIR, across starts; else in a folder that goes away at the end
  --journal N                   remember the last N requests (10000)
  --max-storage BYTES           keep no more of files; the oldest are dropped (4 GiB)
  --receive-buffer BYTES        the kernel's receive buffer of each connection

  --env                         print lines that put addresses and credentials into the environment of a shell
  --exit-with-stdin             end when standard input does, so that no orphan outlives its parent
  -h, --help                    print this
  -V, --version                 print the version

Each field of a service's set-up is an option, too; with its default:

{settings}
What they mean is in docs/emulator.md. A list is JSON.

The first line of output is `listening on http://127.0.0.1:PORT`. Faults, clock and journal are under /_emulator/;
see docs/emulator.md.
";

struct Options {
    config: Config,
    exit_with_stdin: bool,
    /// Lines for a shell are printed, and not the summary for people.
    for_shell: bool,
    /// What is run meanwhile; empty: nothing.
    command: Vec<OsString>,
}

enum Invocation {
    Run(Box<Options>),
    Compare(Box<compare::Wanted>),
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
        Invocation::Print(text) => write!(io::stdout(), "{text}").map(|()| ExitCode::SUCCESS),
        Invocation::Run(options) => run(*options),
        Invocation::Compare(wanted) => match compare::run(&wanted) {
            Ok(code) => return code,
            // Nothing was compared.
            Err(error) => {
                eprintln!("chatfile-emulator: {error}");
                return ExitCode::from(2);
            }
        },
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("chatfile-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Invocation, lexopt::Error> {
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut config = Config::default();
    let (mut exit_with_stdin, mut for_shell) = (false, false);
    let mut own: Vec<OsString> = arguments.collect();
    let mut command = Vec::new();
    if let Some(end) = own.iter().position(|word| word == "--") {
        command = own.split_off(end).split_off(1);
        if command.is_empty() {
            return Err("there is no command behind --".into());
        }
    }
    let mut wanted: Option<compare::Wanted> = None;
    let mut parser = lexopt::Parser::from_args(own);
    while let Some(argument) = parser.next()? {
        if let Some(wanted) = &mut wanted {
            match argument {
                lexopt::Arg::Value(service) => {
                    wanted.services.push(service.string()?);
                    continue;
                }
                Long("record") => {
                    wanted.record = Some(parser.value()?.string()?);
                    continue;
                }
                Long("recording") => {
                    wanted.recording = Some(parser.value()?.string()?);
                    continue;
                }
                Long("table") => {
                    wanted.table = Some(parser.value()?.string()?);
                    continue;
                }
                Long("only") => {
                    wanted.only = Some(parser.value()?.string()?);
                    continue;
                }
                Short('v') | Long("verbose") => {
                    wanted.verbose = true;
                    continue;
                }
                _ => {}
            }
        }
        match argument {
            lexopt::Arg::Value(command) if wanted.is_none() && command == "compare" => {
                wanted = Some(compare::Wanted::default());
            }
            Long("port") => config.bind = loopback(parser.value()?.parse()?),
            Long("tls") => config.tls = config.tls.or(Some(loopback(0))),
            Long("tls-port") => config.tls = Some(loopback(parser.value()?.parse()?)),
            Long("dir") => config.folder = Some(PathBuf::from(parser.value()?)),
            Long("journal") => config.journal_length = parser.value()?.parse()?,
            Long("max-storage") => config.max_storage = parser.value()?.parse()?,
            Long("receive-buffer") => config.receive_buffer = Some(parser.value()?.parse()?),
            Long("env") => for_shell = true,
            Long("exit-with-stdin") => exit_with_stdin = true,
            Short('h') | Long("help") => return Ok(Invocation::Print(help())),
            Short('V') | Long("version") => {
                let version = concat!("chatfile-emulator ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Invocation::Print(version.to_owned()));
            }
            Long(name) => {
                let name = name.to_owned();
                let mut error = None;
                let value = || {
                    let value = parser.value().and_then(|value| value.string());
                    value.map_err(|e| {
                        let why = e.to_string();
                        error = Some(e);
                        why
                    })
                };
                let set = config.set(&name, value);
                if let Some(error) = error {
                    return Err(error);
                }
                set?;
            }
            _ => return Err(argument.unexpected()),
        }
    }
    if let Some(mut wanted) = wanted {
        wanted.config = config;
        return Ok(Invocation::Compare(Box::new(wanted)));
    }
    Ok(Invocation::Run(Box::new(Options {
        config,
        exit_with_stdin,
        for_shell,
        command,
    })))
}

fn run(options: Options) -> io::Result<ExitCode> {
    let emulator = Emulator::start(options.config)?;
    let ending = Ending::prepare(options.exit_with_stdin)?;
    if let Some((program, arguments)) = options.command.split_first() {
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).envs(emulator.environment());
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", program.display()));
        return ending.with(command).map_err(named);
    }
    if options.for_shell {
        print_environment(&emulator)?;
    } else {
        announce(&emulator)?;
    }
    ending.wait(options.exit_with_stdin);
    Ok(ExitCode::SUCCESS)
}

/// Lines that a shell takes, the address among them for people.
fn print_environment(emulator: &Emulator) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "# listening on {}", emulator.base_url())?;
    for (name, value) in emulator.environment() {
        if cfg!(windows) {
            writeln!(out, "$env:{name} = '{}'", value.replace('\'', "''"))?;
        } else {
            writeln!(out, "export {name}='{}'", value.replace('\'', r"'\''"))?;
        }
    }
    out.flush()
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

    /// Runs a command to its end. An interrupt goes to it, too, from the terminal, and is for it to heed.
    fn with(mut self, mut command: tokio::process::Command) -> io::Result<ExitCode> {
        self.runtime.block_on(async {
            let mut child = command.kill_on_drop(true).spawn()?;
            let status = tokio::select! {
                status = child.wait() => status?,
                () = self.signals.terminated() => {
                    child.kill().await?;
                    child.wait().await?
                }
            };
            let code = code(status).and_then(|code| u8::try_from(code).ok());
            Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
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

/// As shells have it: 128 and the number of the signal that ended it.
#[cfg(unix)]
fn code(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
}

#[cfg(windows)]
fn code(status: ExitStatus) -> Option<i32> {
    status.code()
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

    /// By another process, and not by whoever sits at the terminal.
    async fn terminated(&mut self) {
        self.1.recv().await;
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

    /// Windows ends a process without asking it.
    async fn terminated(&mut self) {
        std::future::pending().await
    }
}

/// The first line is for programs, the rest for people.
fn announce(emulator: &Emulator) -> io::Result<()> {
    let base = emulator.base_url();
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
    for lines in emulator.summary() {
        writeln!(out)?;
        for (at, (name, value)) in lines.iter().enumerate() {
            match at {
                0 => writeln!(out, "{name:12} {value}")?,
                _ => writeln!(out, "  {name:14} {value}")?,
            }
        }
    }
    out.flush()
}

/// The options of the services, as they stand in the help.
fn help() -> String {
    let settings = Config::default().settings();
    let lines: Vec<String> = settings
        .iter()
        .map(
            |setting| match (setting.is_switch, setting.value.as_str()) {
                (true, "true") => {
                    let (service, field) = setting.name.split_once('-').unwrap_or_default();
                    format!("  --{service}-no-{field}\n")
                }
                (true, _) => format!("  --{}\n", setting.name),
                (false, value) => format!("  --{} {value}\n", setting.name),
            },
        )
        .collect();
    HELP.replace("{settings}\n", &lines.concat())
}

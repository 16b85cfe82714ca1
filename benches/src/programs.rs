//! The C programs that are measured, and what they need.

use crate::case::Case;
use crate::options::Options;
use crate::peers;
use chatfile_ffi_tests::toolchain::{self, Library, Profile, Program};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is left to the library in libcurl: its buffers of 16 and 64 KiB.
const DEFAULT_BUFFER: u32 = 0;
/// As large as those of chatfile.
pub const LARGE_BUFFER: u32 = 128 * 1024;

/// With whom the goals compare: with buffers as large as those of chatfile.
pub const LIBCURL: &str = "libcurl, 128 KiB";
pub const LIBCURL_IN_MEMORY: &str = "libcurl, in memory";
pub const OPENDAL: &str = "OpenDAL";

/// Those jobs whose file a program may also hold in memory.
const BASE64: &[&str] = &["netease-form", "json-upload"];
const IN_MEMORY: &str = "-in-memory";

/// Someone who can do the jobs.
#[derive(Debug, Clone)]
pub struct Contender {
    /// As it stands in the table.
    pub name: String,
    program: PathBuf,
    /// Before those that all have.
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    /// The argument of the program.
    buffer: u32,
    /// What it does; `None`: everything.
    jobs: Option<&'static [&'static str]>,
    /// Behind the name of the job.
    suffix: &'static str,
}

/// What to do, and how often.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// A job of the programs.
    pub job: &'a str,
    /// The address of the server.
    pub url: &'a str,
    /// The source or the target.
    pub file: &'a Path,
    /// Of the file.
    pub size: u64,
    /// Times in a row.
    pub count: u32,
}

/// What one run of a program cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// User and system time in microseconds.
    pub cpu_us: f64,
    /// Peak of the resident memory above that at the start, in KiB.
    pub memory_kib: f64,
}

impl Contender {
    /// One that does everything.
    pub fn new(name: &str, program: &Path, buffer: u32) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            buffer,
            jobs: None,
            suffix: "",
        }
    }

    /// The same with arguments before those that all have.
    pub fn with_arguments(mut self, arguments: impl IntoIterator<Item = OsString>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// The same where a variable has a value.
    pub fn with_variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// The same, which does these jobs alone.
    pub fn for_jobs(mut self, jobs: &'static [&'static str]) -> Self {
        self.jobs = Some(jobs);
        self
    }

    /// Whether it does this job.
    pub fn can(&self, job: &str) -> bool {
        self.jobs.is_none_or(|jobs| jobs.contains(&job))
    }

    /// Whether it does this job at this size.
    pub fn does(&self, case: &Case) -> bool {
        let holds_all = self.suffix == IN_MEMORY;
        self.can(case.job) && (case.fits_in_memory() || !holds_all)
    }

    /// Runs the program once.
    ///
    /// # Errors
    /// When it fails, or its answer is not understood.
    pub fn run(&self, task: &Task<'_>) -> io::Result<Cost> {
        let output = self.command(&[], task).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut numbers = text.split_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(cpu_us)), Some(Ok(memory_kib))) => Ok(Cost { cpu_us, memory_kib }),
            _ => Err(self.failed(task, &output.stderr)),
        }
    }

    /// Counts the instructions of user code under valgrind.
    ///
    /// # Errors
    /// When valgrind is missing, or the program fails.
    pub fn instructions(&self, task: &Task<'_>) -> io::Result<f64> {
        let valgrind = [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
        ];
        let output = self.command(&valgrind, task).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        text.lines()
            .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
            .ok_or_else(|| self.failed(task, &output.stderr))
    }

    /// Counts the system calls, by strace.
    ///
    /// # Errors
    /// When strace is missing, or the program fails.
    pub fn system_calls(&self, task: &Task<'_>) -> io::Result<f64> {
        let output = self.command(&["strace", "-f", "-c"], task).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        // % time, seconds, microseconds of each, calls, errors.
        let total = text.lines().find(|line| line.ends_with(" total"));
        total
            .and_then(|line| line.split_whitespace().nth(3)?.parse().ok())
            .ok_or_else(|| self.failed(task, &output.stderr))
    }

    fn command(&self, wrapper: &[&str], task: &Task<'_>) -> Command {
        let mut command = match wrapper {
            [] => Command::new(&self.program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.program);
                command
            }
        };
        command
            .args(&self.arguments)
            .arg(format!("{}{}", task.job, self.suffix))
            .arg(task.url)
            .arg(task.file)
            .args([task.size.to_string(), task.count.to_string()])
            .arg(self.buffer.to_string())
            .envs(self.environment.iter().cloned());
        command
    }

    fn failed(&self, task: &Task<'_>, stderr: &[u8]) -> io::Error {
        io::Error::other(format!(
            "{} failed at {}: {}",
            self.name,
            task.job,
            String::from_utf8_lossy(stderr).trim()
        ))
    }
}

/// All contenders, and the library.
pub struct Programs {
    /// chatfile first; those it is compared to behind it.
    pub contenders: Vec<Contender>,
    /// The shared library.
    pub library: PathBuf,
}

impl Programs {
    /// Builds the library and the program that uses it.
    ///
    /// # Errors
    /// When there is no compiler, or a build fails.
    pub fn chatfile(folder: &Path) -> io::Result<(Contender, Library)> {
        let library = Library::build(Profile::Release)?;
        let program = build("chatfile.c", &["-pthread"], &library, folder)?;
        // `cargo run` names the folder of the debug library there, which goes before where it was linked.
        let contender = Contender::new("chatfile", &program, DEFAULT_BUFFER)
            .with_variable("LD_LIBRARY_PATH", &library.folder);
        Ok((contender, library))
    }

    /// Builds everything.
    ///
    /// # Errors
    /// When there is no compiler or no libcurl, or a build fails.
    pub fn build(options: &Options, folder: &Path) -> io::Result<Self> {
        require_libcurl()?;
        let (chatfile, library) = Self::chatfile(folder)?;
        let linked = ["-pthread", "-Wl,--as-needed", "-lcurl"];
        let libcurl = build("libcurl.c", &linked, &library, folder)?;
        let mut contenders = vec![chatfile.clone()];
        for (name, other) in &options.against {
            let other = Contender {
                name: name.clone(),
                ..chatfile.clone()
            }
            .with_variable("LD_LIBRARY_PATH", other_library(other)?);
            contenders.push(other);
        }
        contenders.push(Contender::new("libcurl", &libcurl, DEFAULT_BUFFER));
        contenders.push(Contender::new(LIBCURL, &libcurl, LARGE_BUFFER));
        let in_memory = Contender::new(LIBCURL_IN_MEMORY, &libcurl, DEFAULT_BUFFER);
        contenders.push(Contender {
            suffix: IN_MEMORY,
            ..in_memory.for_jobs(BASE64)
        });
        if options.peers {
            contenders.extend(peers::all(&library));
        }
        Ok(Self {
            contenders,
            library: library.shared(),
        })
    }
}

fn build(
    source: &str,
    arguments: &[&str],
    library: &Library,
    folder: &Path,
) -> io::Result<PathBuf> {
    let sources = toolchain::root().join("benches/c");
    Program {
        source: &sources.join(source),
        standard: "c99",
        arguments: &[&["-O2"], arguments].concat(),
    }
    .build(library, folder)
}

/// The folder of another build, which must hold what programs ask for.
fn other_library(folder: &Path) -> io::Result<PathBuf> {
    let library = folder.join("libchatfile.so.0");
    fs::metadata(&library)
        .and_then(|_| fs::canonicalize(folder))
        .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", library.display())))
}

/// Installs the headers of libcurl where that can be done without asking.
fn require_libcurl() -> io::Result<()> {
    const PACKAGE: &str = "libcurl4-openssl-dev";
    let present = || succeeds(Command::new("curl-config").arg("--version"));
    if present() {
        return Ok(());
    }
    eprintln!("libcurl's headers are missing: trying apt-get install {PACKAGE}");
    let apt = |arguments: &[&str]| succeeds(Command::new("apt-get").arg("-qq").args(arguments));
    if apt(&["update"]) && apt(&["install", "-y", PACKAGE]) && present() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::NotFound,
        format!(
            "no libcurl to compare with; install it (Debian, Ubuntu: apt-get install {PACKAGE}; \
             Fedora: dnf install libcurl-devel; macOS: brew install curl)"
        ),
    ))
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

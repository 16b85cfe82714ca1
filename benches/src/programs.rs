//! The C programs that are measured, and what they need.

use crate::options::Options;
use chatfile_ffi_tests::toolchain::{self, Library, Profile, Program};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is left to the library in libcurl: its buffers of 16 and 64 KiB.
const DEFAULT_BUFFER: u32 = 0;
/// As large as those of chatfile.
const LARGE_BUFFER: u32 = 128 * 1024;

/// Someone who can do the jobs.
#[derive(Debug, Clone)]
pub struct Contender {
    /// As it stands in the table.
    pub name: String,
    program: PathBuf,
    /// The argument of the program.
    buffer: u32,
    /// Another build of chatfile than the one linked.
    library: Option<PathBuf>,
    /// Replaces the name of the job.
    variant: Option<&'static str>,
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
    fn new(name: &str, program: &Path, buffer: u32) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            buffer,
            library: None,
            variant: None,
        }
    }

    /// Whether this is a program with libcurl, not another build of chatfile.
    pub fn is_libcurl(&self) -> bool {
        self.name.starts_with("libcurl")
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
            .args([self.variant.unwrap_or(task.job), task.url])
            .arg(task.file)
            .args([task.size.to_string(), task.count.to_string()])
            .arg(self.buffer.to_string());
        if let Some(folder) = &self.library {
            command.env("LD_LIBRARY_PATH", folder);
        }
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
    /// The form in memory, which only one job has.
    pub in_memory: Contender,
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
        Ok((
            Contender::new("chatfile", &program, DEFAULT_BUFFER),
            library,
        ))
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
            contenders.push(Contender {
                library: Some(other_library(other)?),
                name: name.clone(),
                ..chatfile.clone()
            });
        }
        contenders.push(Contender::new("libcurl", &libcurl, DEFAULT_BUFFER));
        contenders.push(Contender::new("libcurl, 128 KiB", &libcurl, LARGE_BUFFER));
        Ok(Self {
            contenders,
            in_memory: Contender {
                variant: Some("netease-form-in-memory"),
                ..Contender::new("libcurl, in memory", &libcurl, DEFAULT_BUFFER)
            },
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
        arguments,
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

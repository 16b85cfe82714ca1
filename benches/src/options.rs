//! The command line.

use std::env;
use std::path::PathBuf;

/// How to call the program.
pub const USAGE: &str = "\
cargo run --release -p chatfile-benches -- [OPTIONS]
  --json                 the results as JSON
  --rounds N             how often each contender is measured (default 5)
  --only TEXT            only jobs and sizes whose name contains TEXT (repeatable)
  --against NAME=FOLDER  measure the libchatfile.so.0 in FOLDER, too (repeatable)
  --digests              measure the digests instead, against openssl and cksum
  --peers                beside programs in Rust, Go and Python, too; what they need is fetched
  --page                 write docs/performance.md and its plots, --peers included
  --calls                compare the instructions and system calls of small calls with calls.txt
  --update               with --calls: write that table
  --instructions         count instructions under valgrind instead of time
  --folder FOLDER        where the files are (default /dev/shm, else the temporary folder)";

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// Results as JSON.
    pub json: bool,
    /// Measurements of each contender.
    pub rounds: u32,
    /// Parts of the names of the cases to measure; all if empty.
    pub only: Vec<String>,
    /// Names and folders of other builds of the library.
    pub against: Vec<(String, PathBuf)>,
    /// Instructions instead of time.
    pub instructions: bool,
    /// The digests instead of the transfers.
    pub digests: bool,
    /// Programs in other languages, too.
    pub peers: bool,
    /// Write the page.
    pub page: bool,
    /// Instructions and system calls of small calls instead of the transfers.
    pub calls: bool,
    /// Write the table of these.
    pub update: bool,
    /// Where the files are.
    pub folder: PathBuf,
}

impl Options {
    /// Reads the command line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_args() -> Result<Self, String> {
        let shared_memory = PathBuf::from("/dev/shm");
        let mut options = Self {
            json: false,
            rounds: 5,
            only: Vec::new(),
            against: Vec::new(),
            instructions: false,
            digests: false,
            peers: false,
            page: false,
            calls: false,
            update: false,
            folder: if shared_memory.is_dir() {
                shared_memory
            } else {
                env::temp_dir()
            },
        };
        let mut args = env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value\n{USAGE}"));
            match arg.as_str() {
                "--json" => options.json = true,
                "--digests" => options.digests = true,
                "--peers" => options.peers = true,
                "--page" => (options.peers, options.page) = (true, true),
                "--calls" => options.calls = true,
                "--update" => options.update = true,
                "--instructions" => options.instructions = true,
                "--rounds" => {
                    options.rounds = value()?
                        .parse()
                        .ok()
                        .filter(|rounds| *rounds > 0)
                        .ok_or("--rounds needs a number above 0")?;
                }
                "--only" => options.only.push(value()?),
                "--folder" => options.folder = value()?.into(),
                "--against" => {
                    let value = value()?;
                    let (name, folder) =
                        value.split_once('=').ok_or("--against needs NAME=FOLDER")?;
                    options.against.push((name.to_owned(), folder.into()));
                }
                "--help" => return Err(USAGE.to_owned()),
                _ => return Err(format!("{arg}?\n{USAGE}")),
            }
        }
        Ok(options)
    }

    /// Whether the case of this name is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

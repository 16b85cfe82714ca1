//! Measures chatfile, through its C ABI, against the same work written with
//! libcurl in C. See README.md.

mod calls;
mod case;
mod check;
mod digests;
mod goals;
mod options;
mod page;
mod peers;
mod plot;
mod programs;
mod report;
mod server;
mod stats;

use case::Measured;
use options::Options;
use programs::Programs;
use report::Library;
use server::Server;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

/// Downloads repeat a piece of this size.
const PATTERN: usize = 1024 * 1024;

/// Beside the files, where the C programs look for it.
const CA_FILE: &str = "ca.pem";

fn main() -> ExitCode {
    let options = match Options::from_args() {
        Ok(options) => options,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let folder = Folder::create(&options.folder)?;
    if options.digests {
        let source = source(&folder.0, digests::SIZE)?;
        return digests::measure(&source, &folder.0, options.rounds);
    }
    if options.calls {
        let (chatfile, _) = Programs::chatfile(&folder.0)?;
        let server = Server::start(random_bytes(PATTERN), &folder.0.join(CA_FILE))?;
        let source = source(&folder.0, calls::SIZE)?;
        return calls::check(&chatfile, &server, &source, options.update);
    }
    let programs = Programs::build(options, &folder.0)?;
    let library = Library::of(&programs.library)?;
    let server = Server::start(random_bytes(PATTERN), &folder.0.join(CA_FILE))?;
    check::same_work(&programs, &server, &folder.0)?;
    let mut results: Vec<Measured> = Vec::new();
    for case in case::cases().filter(|case| options.wants(&case.name())) {
        eprintln!("measuring {}", case.name());
        let source = source(&folder.0, case.size)?;
        let result = if options.instructions {
            case.count_instructions(&programs, &server, &source)
        } else {
            case.measure(&programs, &server, &source, options.rounds)
        };
        fs::remove_file(&source)?;
        results.extend(result?);
        if options.page {
            // Each time: a run that is cut short leaves what it has.
            page::write(&results, &library, options.rounds)?;
        }
    }
    if options.json {
        println!("{}", report::json(&results, &library));
    } else {
        print!("{}", report::table(&results, &library));
    }
    Ok(())
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn create(parent: &Path) -> io::Result<Self> {
        let folder = parent.join(format!("chatfile-bench-{}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes the file to upload.
fn source(folder: &Path, size: u64) -> io::Result<PathBuf> {
    use std::io::Write as _;
    let path = folder.join("source.bin");
    let piece = random_bytes(PATTERN);
    let mut file = fs::File::create(&path)?;
    let mut left = size;
    while left > 0 {
        let n = usize::try_from(left).map_or(PATTERN, |left| left.min(PATTERN));
        file.write_all(&piece[..n])?;
        left -= n as u64;
    }
    Ok(path)
}

/// The same bytes in every run, and as good as random (`SplitMix64`).
fn random_bytes(size: usize) -> Vec<u8> {
    let mut state = 0x0063_6861_7466_696c_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(z ^ z >> 31).to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

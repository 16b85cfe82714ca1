//! `cargo xtask interop`: the library and the emulator beside other people's programs.

mod clients;
mod minio;

use crate::{Result, print};
use chatfile_ffi_tests::golang::Go;
use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: cargo xtask interop [minio] [clients]

Without a word, both.

minio    starts a MinIO on loopback and lets the emulator's OpenIM sign for it. Then it
         runs tests/live; uploads and downloads through a relay that cuts, stalls and
         delays; and the requests of `chatfile-emulator compare` to it and to the
         emulator's own store. MinIO is got by `go install`, which takes minutes;
         CHATFILE_MINIO names a program that is there already.
clients  lets other people's clients at the emulator, as they come: COS's SDKs for
         Node.js and Java, and MinIO's for Go. They are fetched below target/ by npm,
         Maven and Go; what lacks its language here is left out, and named.

It is not a part of `cargo xtask test`.
";

/// `cargo xtask interop`.
pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut wanted = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Value(name) if name == "minio" || name == "clients" => wanted.push(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    if is_wanted("clients") {
        clients::run()?;
    }
    if is_wanted("minio") {
        minio::run()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Go as the developer has it set up: where it gets modules from, and keeps them.
fn with_modules(go: &Go, folder: &Path) -> Command {
    let mut command = go.in_folder(folder);
    for name in ["GOENV", "GOPROXY", "GOPATH", "GOCACHE"] {
        match env::var_os(name) {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

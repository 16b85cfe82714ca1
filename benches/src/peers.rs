//! What users could take instead, in other languages: got and built where that can be
//! done; what cannot be had is told, and left out.

use crate::programs::{Contender, LARGE_BUFFER, OPENDAL};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::{self, Library, run};
use chatfile_ffi_tests::tools::Environment;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

pub const PYTHON_PACKAGES: [&str; 3] = ["requests==2.34.2", "urllib3==2.7.0", "boto3==1.44.5"];
const PYTHON: Environment = Environment::new("bench", &PYTHON_PACKAGES, "the benches beside");

const PARTS: &[&str] = &["smh-parts"];
/// What one connection does in any language.
const PLAIN: &[&str] = &[
    "easemob-upload",
    "netease-form",
    "json-upload",
    "smh-simple",
    "download",
    "memory-download",
    "tls-upload",
    "tls-download",
];
/// The same, and with threads.
const GO: &[&str] = &[
    "easemob-upload",
    "netease-form",
    "json-upload",
    "smh-simple",
    "download",
    "memory-download",
    "tls-upload",
    "tls-download",
    "threads-upload",
    "threads-download",
];
/// What the program for chatfile's own binding does.
const BINDING: &[&str] = &[
    "easemob-upload",
    "netease-form",
    "download",
    "memory-download",
    "tls-upload",
    "tls-download",
];

/// All that can be had.
pub fn all(library: &Library) -> Vec<Contender> {
    let mut contenders = Vec::new();
    let mut add = |name: &str, found: io::Result<Vec<Contender>>| match found {
        Ok(found) => contenders.extend(found),
        Err(error) => eprintln!("left out: {name}: {error}"),
    };
    add("ureq", rust("with-ureq", ureq));
    add("OpenDAL, object_store", rust("with-stores", stores));
    add("Go's net/http", go());
    add("requests, urllib3, boto3", python(library));
    contenders
}

fn folder() -> PathBuf {
    toolchain::root().join("benches/peers")
}

fn ureq(program: &Path) -> Vec<Contender> {
    vec![Contender::new("ureq", program, LARGE_BUFFER).for_jobs(PLAIN)]
}

fn stores(program: &Path) -> Vec<Contender> {
    let store = |name: &str, argument: &str| {
        let store = Contender::new(name, program, LARGE_BUFFER);
        store.with_arguments([argument.into()]).for_jobs(PARTS)
    };
    vec![
        store(OPENDAL, "opendal"),
        store("object_store", "object_store"),
    ]
}

/// Builds a package of the workspace of the peers, which has a lock file of its own.
fn rust(package: &str, found: fn(&Path) -> Vec<Contender>) -> io::Result<Vec<Contender>> {
    let target = toolchain::target().join("peers");
    run(toolchain::cargo()
        .current_dir(folder().join("rust"))
        .args(["build", "--quiet", "--release", "--locked"])
        .args(["--package", package, "--target-dir"])
        .arg(&target))?;
    Ok(found(&target.join("release").join(package)))
}

fn go() -> io::Result<Vec<Contender>> {
    let go = Go::find(true).map_err(io::Error::other)?;
    let program = toolchain::target().join("peers/with-go");
    let source = folder().join("go");
    run(go
        .in_folder(&source)
        .args(["build", "-o"])
        .arg(&program)
        .arg("."))?;
    Ok(vec![
        Contender::new("Go net/http", &program, LARGE_BUFFER).for_jobs(GO),
    ])
}

fn python(library: &Library) -> io::Result<Vec<Contender>> {
    PYTHON.install()?;
    let script = folder().join("python/peer.py");
    let contender = |name: &str, who: &str| {
        let arguments: [OsString; 2] = [script.clone().into(), who.into()];
        Contender::new(name, &PYTHON.program(), LARGE_BUFFER).with_arguments(arguments)
    };
    Ok(vec![
        contender("Python requests", "requests").for_jobs(PLAIN),
        contender("Python urllib3", "urllib3").for_jobs(PLAIN),
        contender("chatfile from Python", "chatfile")
            .for_jobs(BINDING)
            .with_variable("CHATFILE_LIBRARY", library.shared())
            .with_variable("PYTHONPATH", toolchain::root().join("bindings/python/src")),
        contender("boto3", "boto3").for_jobs(PARTS),
    ])
}

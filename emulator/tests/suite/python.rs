//! The services' official clients for Python, as judges that know nothing of this project: what they sign, the emulator
//! has to find good, and what they check, to answer.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// Amazon's, MinIO's and Tencent's. Their own dependencies bring `requests` and `crcmod`, which the scripts use too.
const CLIENTS: [&str; 3] = [
    "boto3==1.44.5",
    "minio==7.2.20",
    "cos-python-sdk-v5==1.9.44",
];
const IMPORTS: &str = "import boto3, minio, qcloud_cos";
/// Set by `cargo xtask test --no-install`.
const NO_INSTALL: &str = "CHATFILE_NO_INSTALL";

/// Runs a script of `tests/py` and returns what it printed. The test fails if the clients cannot be had; only where it
/// was told to install nothing does it say so and go on.
#[track_caller]
pub fn run(script: &str, arguments: &[&str]) -> Option<String> {
    let python = python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/py")
        .join(script);
    let output = Command::new(python)
        .arg("-B")
        .arg(script)
        .args(arguments)
        // A proxy set for the developer must not see requests to loopback.
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    Some(printed)
}

/// A Python that has the clients. Whatever came of it, it is tried once.
#[track_caller]
fn python() -> Option<&'static Path> {
    static FOUND: OnceLock<Result<Option<PathBuf>, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        if std::env::var_os(NO_INSTALL).is_none() {
            return installed().map(Some);
        }
        let own = environment().join("bin/python");
        let there = [own, PathBuf::from("python3")]
            .into_iter()
            .find(|python| succeeds(Command::new(python).args(["-c", IMPORTS])));
        if there.is_none() {
            eprintln!("not tested, since {NO_INSTALL} is set: the stores, by {CLIENTS:?}");
        }
        Ok(there)
    });
    match found {
        Ok(python) => python.as_deref(),
        Err(why) => panic!("{why}"),
    }
}

/// Below `target/`.
fn environment() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients")
}

/// Installs the clients into an environment of their own, once.
fn installed() -> Result<PathBuf, String> {
    let folder = environment();
    let own = folder.join("bin/python");
    let marker = folder.join("installed");
    let wanted = CLIENTS.join(" ");
    let installed = std::fs::read_to_string(&marker);
    if installed.is_ok_and(|installed| installed == wanted)
        && succeeds(Command::new(&own).args(["-c", IMPORTS]))
    {
        return Ok(own);
    }
    let make = ["-m", "venv", "--clear"];
    let made = Command::new("python3").args(make).arg(&folder).output();
    told(
        made,
        "python3 -m venv",
        "apt-get install python3 python3-venv",
    )?;
    let pip = ["-m", "pip", "install", "--quiet", "--prefer-binary"];
    let limits = [
        "--timeout",
        "15",
        "--retries",
        "2",
        "--disable-pip-version-check",
    ];
    let fetched = Command::new(&own)
        .args(pip)
        .args(limits)
        .args(CLIENTS)
        .output();
    told(fetched, "pip install", "a package index within reach")?;
    std::fs::write(&marker, &wanted).map_err(|error| error.to_string())?;
    Ok(own)
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a command said if it failed, and what it needs.
fn told(output: std::io::Result<Output>, what: &str, needs: &str) -> Result<(), String> {
    let errors = match &output {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    Err(format!(
        "{what} failed. It needs {needs}; {NO_INSTALL}=1 leaves this test out.\n{errors}"
    ))
}

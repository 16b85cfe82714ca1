//! The library and the emulator with a real MinIO behind them.

use crate::emulator::Emulator;
use crate::{Result, cargo};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::{root, target};
use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The version that the emulator's answers were recorded from.
const MINIO: &str = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c";
/// OpenIM's own set-up, which the emulator has, too.
const BUCKET: &str = "openim";
const USER: &str = "root";
const PASSWORD: &str = "openIM123";
const START_MAX: Duration = Duration::from_secs(60);

/// tests/live, transfers through a relay, and the requests of `compare`.
pub(super) fn run() -> Result<()> {
    let program = match minio() {
        Ok(program) => program,
        Err(why) => {
            println!("interop: not run: {why}");
            return Ok(());
        }
    };
    let folder = target().join("interop");
    let store = Store::start(&program, &folder.join("data"))?;
    println!("MinIO is at {}", store.url);
    cargo::run(
        cargo::cargo()
            .args(["test", "-p", "chatfile-tests", "--test", "interop"])
            .env("CHATFILE_INTEROP_STORE", &store.url),
    )?;
    let mut behind = Command::new(cargo::build_program("chatfile-emulator")?);
    behind.args(["--openim-store", &store.url, "--openim-server", "main"]);
    let files = folder.join("emulator");
    fs::create_dir_all(&files)?;
    let emulator = Emulator::run(behind, &files, &[])?;
    let live = [
        ("OPENIM_BASE_URL", emulator.url()),
        ("OPENIM_USER_ID", "alice"),
        ("OPENIM_ADMIN_SECRET", PASSWORD),
        ("OPENIM_ACCESS_KEY", USER),
        ("OPENIM_SECRET_KEY", PASSWORD),
    ]
    .map(|(name, value)| (format!("CHATFILE_LIVE_{name}"), value));
    cargo::run(
        cargo::cargo()
            .args(["test", "-p", "chatfile-tests", "--test", "live"])
            .envs(live.clone()),
    )?;
    // It ends with 1 where something differs, which a reader judges: docs/emulator.md has the reasons.
    let compared = Command::new(cargo::build_program("chatfile-emulator")?)
        .args(["compare", "openim", "--openim-server", "main"])
        .envs(live)
        .status()?;
    match compared.code() {
        Some(0 | 1) => Ok(()),
        _ => Err("nothing could be compared".into()),
    }
}

/// The program, built if it is not there.
fn minio() -> std::result::Result<PathBuf, String> {
    if let Some(named) = env::var_os("CHATFILE_MINIO") {
        return Ok(named.into());
    }
    let folder = target().join("interop");
    let program = folder.join(format!("minio{}", env::consts::EXE_SUFFIX));
    if program.exists() {
        return Ok(program);
    }
    let go = Go::find(true)?;
    println!("building {MINIO}");
    let mut install = super::with_modules(&go, &root());
    install.args(["install", MINIO]).env("GOBIN", &folder);
    cargo::run(&mut install).map_err(|error| error.to_string())?;
    Ok(program)
}

/// A running MinIO. Dropping it ends it.
struct Store {
    url: String,
    child: Child,
}

impl Store {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        // A folder of its drive is a bucket.
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder.join(BUCKET))?;
        // It takes no port 0; that this one is taken in the meantime shows.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let child = Command::new(program)
            .args(["server", "--address", &address])
            .arg(folder)
            .env("MINIO_ROOT_USER", USER)
            .env("MINIO_ROOT_PASSWORD", PASSWORD)
            .env("MINIO_BROWSER", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let store = Self {
            url: format!("http://{address}"),
            child,
        };
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            if begun.elapsed() > START_MAX {
                return Err("MinIO does not start".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(store)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Wine, and what has to be there before it runs programs: its drive, a Debian for 32-bit ones, Python for Windows.

use crate::{Result, cargo, demo, tools};
use chatfile_ffi_tests::platform::Platform;
use chatfile_ffi_tests::tools::skip;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

/// Python, as Maven names it. A release that wine 8 runs.
const PYTHON: &str = "org.bytedeco:cpython:3.10.8-1.5.8:jar:windows-x86_64";
const PYTHON_FILE: &str = "cpython-3.10.8-1.5.8-windows-x86_64.jar";
const PYTHON_SHA256: &str = "1e7d342425c87184fbedd8754045db556c63765678a0f11b4539465642ab018b";

/// Of Debian's fonts-wine and fonts-wqy-microhei.
const FONTS: [&str; 2] = [
    "/usr/share/wine/fonts/marlett.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
];
/// What wine draws texts with, by what is installed.
const FACES: [&str; 5] = [
    "Arial",
    "DejaVu Sans",
    "Liberation Sans",
    "MS Shell Dlg",
    "Tahoma",
];
/// <https://learn.microsoft.com/globalization/fonts-layout/fonts#font-linking>
const FONT_LINK: &str =
    "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\FontLink\\SystemLink";

/// Makes what wine has in the place of C:, once.
pub fn prepare(platform: &Platform) -> Result<()> {
    if let Some(folder) = platform.folder() {
        install_debian(&folder)?;
    }
    let prefix = platform.prefix();
    // Wine's server writes them as it ends, a little later than the program does.
    let is_whole = || {
        let mut files = ["system.reg", "user.reg", "userdef.reg"].iter();
        files.all(|name| prefix.join(name).exists())
    };
    if is_whole() {
        return Ok(());
    }
    println!("making {}", prefix.display());
    demo::emptied(prefix.clone())?;
    cargo::run(platform.command(Path::new("wineboot")).arg("--init"))?;
    while !is_whole() {
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Makes a second one, after [`prepare`], with a desktop of its own, for there is no window manager to draw frames.
pub fn prepare_display(platform: &Platform) -> Result<()> {
    let (prefix, second) = (platform.prefix(), platform.prefix_with_display());
    if second.exists() {
        return Ok(());
    }
    // Links, for it has hundreds of megabytes.
    cargo::run(Command::new("cp").arg("-al").args([&prefix, &second]))?;
    let add = |key: &str, name: &str, more: &[&str]| {
        let mut reg = platform.command(Path::new("reg"));
        reg.args(["add", key, "/f", "/v", name]).args(more);
        cargo::run(reg.env("WINEPREFIX", &second))
    };
    let key = "HKCU\\Software\\Wine\\Explorer";
    add(key, "Desktop", &["/d", "Default"])?;
    let key = format!("{key}\\Desktops");
    add(&key, "Default", &["/d", "480x240"])?;
    // What the buttons of a frame are drawn with, and Chinese letters, which are taken from another font where the usual one
    // has none. Without, there are boxes in the pictures.
    let fonts = second.join("drive_c/windows/Fonts");
    fs::create_dir_all(&fonts)?;
    for font in FONTS.map(Path::new).iter().filter(|font| font.exists()) {
        fs::copy(font, fonts.join(font.file_name().unwrap_or_default()))?;
    }
    for name in FACES {
        let chinese = [
            "/t",
            "REG_MULTI_SZ",
            "/d",
            "wqy-microhei.ttc,WenQuanYi Micro Hei",
        ];
        add(FONT_LINK, name, &chinese)?;
    }
    Ok(())
}

/// Makes a folder with a Debian for 32-bit processors, which has the wine for such programs; some 900 MB, once.
fn install_debian(folder: &Path) -> Result<()> {
    const RELEASE: &str = "bookworm";
    const INSTALL: &str = "export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && \
        apt-get install -y -qq --no-install-recommends wine wine32 && apt-get clean";
    if folder.exists() {
        return Ok(());
    }
    if let Some(how) = tools::lacking(&["debootstrap"]) {
        return Err(how.into());
    }
    println!("making {}", folder.display());
    let fresh = demo::emptied(folder.with_extension("new"))?;
    let make = ["--arch=i386", "--variant=minbase", RELEASE];
    cargo::run(Command::new("debootstrap").args(make).arg(&fresh))?;
    cargo::run(
        Command::new("chroot")
            .arg(&fresh)
            .args(["sh", "-c", INSTALL]),
    )?;
    Ok(fs::rename(&fresh, folder)?)
}

/// Python for Windows; `None` where it cannot be had, which is told. Maven's central repository has it, packed for programs in
/// Java.
pub fn python() -> Option<PathBuf> {
    let folder = cargo::target_dir().join("tools/python-windows-x64");
    let python = folder.join("org/bytedeco/cpython/windows-x86_64/python.exe");
    if !python.exists()
        && let Err(error) = fetch_python(&folder)
    {
        skip(&format!("Python on Windows: {error}"));
        return None;
    }
    Some(python)
}

fn fetch_python(folder: &Path) -> Result<()> {
    let fresh = demo::emptied(folder.with_extension("new"))?;
    cargo::run(
        Command::new("mvn")
            .args([
                "--quiet",
                "--batch-mode",
                "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
            ])
            .arg(format!("-Dartifact={PYTHON}"))
            .arg(format!("-DoutputDirectory={}", fresh.display())),
    )?;
    let archive = fresh.join(PYTHON_FILE);
    let said = cargo::output(Command::new("sha256sum").arg(&archive))?;
    if !said.starts_with(PYTHON_SHA256) {
        return Err(format!("{PYTHON_FILE} is another file than it was").into());
    }
    cargo::run(
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .args([&archive, &fresh]),
    )?;
    fs::remove_file(&archive)?;
    Ok(fs::rename(&fresh, folder)?)
}

//! Builds for a target.

use super::pack;
use super::targets::{Linker, Target};
use super::tools::Tools;
use crate::install::{self, Built, Linking, Names};
use crate::toolset::{System, Toolset};
use crate::{Result, abi, archive, cargo, demo, licences};
use chatfile_ffi_tests::toolchain::{
    native_libraries, output_of_cargo, remapping, root, source_folders,
};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where all of it is built.
pub fn folder() -> PathBuf {
    cargo::target_dir().join("dist")
}

/// Where the libraries of a target are put.
pub fn libraries(target: &Target) -> PathBuf {
    folder().join("libraries").join(target.name)
}

/// The tools that link for a target.
pub fn toolset(target: &Target, tools: &Tools) -> Toolset {
    let compiler = match target.linker {
        Linker::Mingw => vec![OsString::from(format!("{}gcc", target.binutils))],
        Linker::Zig => {
            let mut words = tools.zig("cc");
            words.extend(["-target", target.zig].map(OsString::from));
            words
        }
    };
    Toolset::cross(target.system, compiler, target.binutils)
}

/// The library, ready to be packed.
pub fn library(target: &Target, tools: &Tools) -> Result<Built> {
    let work = demo::emptied(libraries(target))?;
    let mut cargo = command(target, tools)?;
    cargo.args(["--package", "chatfile-capi", "--lib"]);
    if !target.has_shared() {
        cargo.args(["--crate-type", "staticlib"]);
    }
    cargo.args(["--", "--print", "native-static-libs"]);
    let definitions = work.join("chatfile.def");
    if target.system == System::Windows {
        fs::write(&definitions, module_definition()?)?;
        cargo.arg(link_argument("", &resource(target, &work)?));
    }
    if is_zig_for_windows(target) {
        // cargo-zigbuild takes away the one that rustc makes.
        cargo.arg(link_argument("", &definitions));
        cargo.arg(stubs(&work)?);
    }
    let native_libraries = native_libraries(&output_of_cargo(&mut cargo)?);
    let names = Names::of(target.system)?;
    let made = folder().join(target.rust).join("release");
    let whole = made.join(names.archive);
    let linking = toolset(target, tools);
    let archive = work.join(names.archive);
    archive::self_contained(&whole, &archive, &linking)?;
    let shared = work.join(&names.shared);
    if target.has_shared() && target.system == System::Linux {
        let native = native_libraries.iter().map(|library| match &**library {
            // zig has LLVM's in the place of GCC's, and links it in.
            "-lgcc_s" => "-lunwind".to_owned(),
            other => other.to_owned(),
        });
        let native: Vec<String> = native.collect();
        install::link_shared(
            &whole,
            &native,
            &names.soname,
            &shared,
            &linking,
            &Linking::default(),
        )?;
    } else if target.has_shared() {
        fs::copy(made.join(&names.link), &shared)?;
    }
    let import_library = (target.system == System::Windows)
        .then(|| import_library(target, tools, &definitions, &work))
        .transpose()?;
    Ok(Built {
        system: target.system,
        pointer_size: target.pointer_size,
        shared: target.has_shared().then_some(shared),
        import_library,
        archive,
        native_libraries,
        licences: licences::files("chatfile-capi", Some(target.rust))?,
    })
}

/// The emulator's program. It need not be small, and is built sooner so.
pub fn emulator(target: &Target, tools: &Tools) -> Result<PathBuf> {
    let mut cargo = command(target, tools)?;
    cargo.args([
        "--package",
        "chatfile-emulator",
        "--bin",
        "chatfile-emulator",
    ]);
    for setting in ["lto=false", "codegen-units=16"] {
        cargo.args(["--config", &format!("profile.release.{setting}")]);
    }
    if is_zig_for_windows(target) {
        cargo.arg("--").arg(stubs(&libraries(target))?);
    } else if target.rust.ends_with("-musl") {
        // rustc would hand over start files of rustup's toolchains; zig has its own.
        cargo.args(["--", "-Clink-self-contained=no"]);
    }
    output_of_cargo(&mut cargo)?;
    let made = folder().join(target.rust).join("release");
    Ok(made.join(target.program("chatfile-emulator")))
}

/// `cargo rustc`, without the options of the package.
fn command(target: &Target, tools: &Tools) -> Result<Command> {
    let rust = &tools.rust;
    let mut command = cargo::in_workspace(match target.linker {
        Linker::Zig => tools.program("cargo-zigbuild"),
        Linker::Mingw => Command::new(&rust.cargo),
    });
    let mut folders = source_folders();
    folders.push((rust.source.clone(), "/rust"));
    let triple = match target.linker {
        Linker::Zig => target.with_glibc(),
        Linker::Mingw => target.rust.to_owned(),
    };
    command
        .args(["rustc", "--quiet", "--release", "--locked"])
        // -Z: a stable compiler takes that under RUSTC_BOOTSTRAP.
        .args(["-Z", "build-std=std,panic_unwind"])
        .args(["--target", &triple, "--target-dir"])
        .arg(folder())
        .arg("--config")
        .arg(format!("build.rustflags={:?}", remapping(&folders)))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO", &rust.cargo)
        .env("RUSTC", &rust.rustc)
        .env("PATH", tools.path()?)
        .env("CARGO_INCREMENTAL", "0")
        // The linkers of Windows' files write it there.
        .env("SOURCE_DATE_EPOCH", pack::time()?.to_string())
        // What is built is the same whatever is set here.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTUP_TOOLCHAIN");
    if target.linker == Linker::Mingw {
        use_mingw(&mut command, target);
    }
    Ok(command)
}

/// Names the tools of MinGW to cargo.
pub fn use_mingw(command: &mut Command, target: &Target) {
    let tool = |name: &str| format!("{}{name}", target.binutils);
    let in_variables = target.rust.replace('-', "_");
    let linker = format!("CARGO_TARGET_{}_LINKER", in_variables.to_uppercase());
    command
        .env(linker, tool("gcc"))
        .env(format!("CC_{in_variables}"), tool("gcc"))
        .env(format!("AR_{in_variables}"), tool("ar"));
}

fn is_zig_for_windows(target: &Target) -> bool {
    target.system == System::Windows && target.linker == Linker::Zig
}

/// Tells rustc to hand a file or folder to the linker, which it starts in the root of
/// the workspace: an absolute path would be one more thing that differs elsewhere.
fn link_argument(option: &str, path: &Path) -> OsString {
    let root = root();
    let mut argument = OsString::from(format!("-Clink-arg={option}"));
    argument.push(path.strip_prefix(&root).unwrap_or(path));
    argument
}

/// Debian's rustc asks for two libraries of GCC that zig has not and nobody needs.
fn stubs(folder: &Path) -> Result<OsString> {
    for name in ["libssp.a", "libssp_nonshared.a"] {
        fs::write(folder.join(name), "!<arch>\n")?;
    }
    Ok(link_argument("-L", folder))
}

/// What the DLL exports, for linkers.
fn module_definition() -> Result<String> {
    let mut text = String::from("LIBRARY chatfile.dll\nEXPORTS\n");
    for name in abi::functions()? {
        writeln!(text, "    {name}")?;
    }
    Ok(text)
}

/// What Explorer shows of the DLL, and installers compare: to them a file without a version is
/// older than any.
fn resource(target: &Target, work: &Path) -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let numbers = version.split(['.', '-', '+']).take(3).collect::<Vec<_>>();
    let numbers = numbers.join(",");
    let texts = [
        ("CompanyName", "chatfile"),
        ("FileDescription", "Files of five chat and media services"),
        ("FileVersion", version),
        ("InternalName", "chatfile"),
        ("LegalCopyright", env!("CARGO_PKG_LICENSE")),
        ("OriginalFilename", "chatfile.dll"),
        ("ProductName", "chatfile"),
        ("ProductVersion", version),
    ];
    let mut script = format!(
        "1 VERSIONINFO\nFILEVERSION {numbers},0\nPRODUCTVERSION {numbers},0\n\
         FILEFLAGSMASK 0x3f\nFILEFLAGS 0\nFILEOS 0x40004\nFILETYPE 2\nBEGIN\n\
         BLOCK \"StringFileInfo\"\nBEGIN\nBLOCK \"040904b0\"\nBEGIN\n"
    );
    for (name, text) in texts {
        writeln!(script, "VALUE \"{name}\", \"{text}\"")?;
    }
    script +=
        "END\nEND\nBLOCK \"VarFileInfo\"\nBEGIN\nVALUE \"Translation\", 0x409, 1200\nEND\nEND\n";
    let (source, made) = (work.join("chatfile.rc"), work.join("version.o"));
    fs::write(&source, script)?;
    cargo::output(
        Command::new(format!("{}windres", target.binutils))
            .arg(&source)
            .arg(&made),
    )?;
    Ok(made)
}

/// What programs link for the DLL: MinGW and Visual C++ both take it.
fn import_library(
    target: &Target,
    tools: &Tools,
    definitions: &Path,
    work: &Path,
) -> Result<PathBuf> {
    let machine = match target.pointer_size {
        4 => "i386",
        _ => "i386:x86-64",
    };
    let words = tools.zig("dlltool");
    let output = work.join("chatfile.lib");
    cargo::output(
        Command::new(&words[0])
            .args(&words[1..])
            .args(["-m", machine, "-D", "chatfile.dll", "-d"])
            .arg(definitions)
            .arg("-l")
            .arg(&output),
    )?;
    Ok(output)
}

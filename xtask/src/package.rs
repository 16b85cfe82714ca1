//! C programs built from an installed tree alone.

use crate::emulator::{self, Emulator};
use crate::install::{self, Layout, Linking, Names};
use crate::table::grouped;
use crate::toolset::Toolset;
use crate::{Result, abi, cargo, demo};
use chatfile_ffi_tests::platform;
use chatfile_ffi_tests::toolchain::{root, source_folders};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What users pay for the library (docs/embedding.md): bytes when it is stripped,
/// with TLS.
pub const LIBRARY_MAX: u64 = 3 * 1024 * 1024;

/// Installs into a folder, and has programs built from there, then from where
/// the tree was moved to.
pub fn test() -> Result<()> {
    let folder = demo::emptied(cargo::target_dir().join("package test"))?;
    let layout = Layout {
        destdir: Some(folder.join("stage")),
        prefix: "/opt/chatfile".into(),
        libdir: "lib".into(),
    };
    let written = install::install(&layout, &Linking::default())?;
    // Once more, over what is there.
    if install::install(&layout, &Linking::default())? != written {
        return Err("the second installation was another one".into());
    }
    let top = layout.top()?;
    println!("{} files in {}", written.len(), top.display());
    check_files(&top)?;
    let test = Test {
        source: copy_of_the_source(&folder)?,
        emulator: Emulator::start(&folder.join("stored"), &[])?,
    };
    test.programs(&top, "lib", &folder.join("built"))?;
    let moved = folder.join("moved");
    fs::rename(&top, &moved)?;
    test.programs(&moved, "lib", &folder.join("built from moved"))?;
    // As Debian has it, and where a blank is in the path, anyway.
    let deeper = Layout {
        destdir: None,
        prefix: folder.join("deeper"),
        libdir: "lib/x86_64-linux-gnu".into(),
    };
    install::install(&deeper, &Linking::default())?;
    let built = folder.join("built from deeper");
    test.programs(&deeper.top()?, "lib/x86_64-linux-gnu", &built)?;
    drop(test);
    of_the_system(&folder)?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// pkg-config leaves out the folders of the system, so that they do not come before those that a program names itself.
fn of_the_system(folder: &Path) -> Result<()> {
    let layout = Layout {
        destdir: Some(folder.join("system")),
        prefix: "/usr".into(),
        libdir: "lib".into(),
    };
    install::install(&layout, &Linking::default())?;
    let mut command = Command::new("pkg-config");
    command
        .args(["--cflags", "--libs", "chatfile"])
        .env("PKG_CONFIG_PATH", layout.top()?.join("lib/pkgconfig"))
        .env("PKG_CONFIG_SYSTEM_INCLUDE_PATH", "/usr/include")
        .env("PKG_CONFIG_SYSTEM_LIBRARY_PATH", "/usr/lib");
    let words = shell_words(&cargo::output(&mut command)?);
    if words != ["-lchatfile"] {
        return Err(format!("in /usr, pkg-config says {words:?}").into());
    }
    println!("in /usr, pkg-config names no folder");
    Ok(())
}

/// A library does not say where it was built.
pub fn check_paths(library: &Path) -> Result<()> {
    let bytes = fs::read(library)?;
    for (folder, _) in source_folders() {
        let folder = format!("{}/", folder.display());
        let count = count(&bytes, folder.as_bytes());
        if count > 0 {
            let library = library.display();
            return Err(format!("{folder} stands {count} times in {library}").into());
        }
    }
    Ok(())
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    let found = bytes
        .windows(wanted.len())
        .filter(|window| *window == wanted);
    found.count()
}

/// The shared library is small, has its name and its links, and exports what
/// abi/symbols.txt says, with the versions.
fn check_files(top: &Path) -> Result<()> {
    let tools = Toolset::host()?;
    let names = Names::of(tools.system)?;
    let lib = top.join("lib");
    let shared = lib.join(&names.shared);
    for link in [&names.soname, &names.link] {
        if lib.join(link).canonicalize()? != shared.canonicalize()? {
            return Err(format!("{link} is no link to {}", names.shared).into());
        }
    }
    for library in [&shared, &lib.join(names.archive)] {
        check_paths(library)?;
    }
    let size = fs::metadata(&shared)?.len();
    println!("{}: {} bytes", names.shared, grouped(size));
    if size > LIBRARY_MAX {
        return Err(format!("that is more than {}", grouped(LIBRARY_MAX)).into());
    }
    let exported: BTreeSet<String> = tools.exports(&shared)?.into_iter().collect();
    let listed: BTreeSet<String> = abi::versioned_symbols()?.into_iter().collect();
    if exported != listed {
        let odd: Vec<_> = exported.symmetric_difference(&listed).collect();
        return Err(format!("exported and listed differ in {odd:?}").into());
    }
    println!("{} functions exported, with their versions", exported.len());
    for language in ["en", "zh"] {
        let path = top.join(format!("share/chatfile/messages.{language}.json"));
        let table: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
        let rows = table["messages"].as_array().map_or(0, Vec::len);
        println!("{}: {rows} messages", path.display());
    }
    for file in ["THIRD-PARTY.txt", "LICENSE-MIT", "LICENSE-APACHE"] {
        let path = top.join("share/licenses/chatfile").join(file);
        println!("{file}: {} bytes", grouped(fs::metadata(&path)?.len()));
    }
    Ok(())
}

/// The program, away from the repository.
fn copy_of_the_source(folder: &Path) -> Result<PathBuf> {
    let source = folder.join("source");
    fs::create_dir(&source)?;
    for file in ["CMakeLists.txt", "main.c"] {
        fs::copy(
            root().join("ffi-tests/package").join(file),
            source.join(file),
        )?;
    }
    Ok(source)
}

struct Test {
    source: PathBuf,
    emulator: Emulator,
}

impl Test {
    /// By CMake and by pkg-config, with the shared and the static library.
    fn programs(&self, top: &Path, libdir: &str, built: &Path) -> Result<()> {
        fs::create_dir_all(built)?;
        println!("from {}:", top.display());
        self.by_cmake(top, built)?;
        self.by_pkg_config(top, libdir, built)
    }

    fn by_cmake(&self, top: &Path, built: &Path) -> Result<()> {
        let build = built.join("cmake");
        let mut prefix = std::ffi::OsString::from("-DCMAKE_PREFIX_PATH=");
        prefix.push(top);
        cargo::output(
            Command::new("cmake")
                .arg("-S")
                .arg(&self.source)
                .arg("-B")
                .arg(&build)
                .arg(prefix)
                .args([
                    "-DCMAKE_BUILD_TYPE=Release",
                    "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror",
                ]),
        )?;
        cargo::output(Command::new("cmake").arg("--build").arg(&build))?;
        self.run("CMake, shared", &build.join("shared"), None, true)?;
        self.run("CMake, static", &build.join("static"), None, false)
    }

    fn by_pkg_config(&self, top: &Path, libdir: &str, built: &Path) -> Result<()> {
        let pc = top.join(libdir).join("pkgconfig");
        let words_of = |package: &str, arguments: &[&str]| -> Result<Vec<String>> {
            let mut command = Command::new("pkg-config");
            command.args(arguments).arg(package);
            let said = cargo::output(command.env("PKG_CONFIG_PATH", &pc))?;
            Ok(shell_words(&said))
        };
        let words = |arguments: &[&str]| words_of("chatfile", arguments);
        let compile = |name: &str, words: &[String], further: &[&str]| -> Result<PathBuf> {
            let program = built.join(name);
            let mut command = platform::host_compiler(true);
            command.args(["-Wall", "-Wextra", "-Werror", "-o"]);
            command.arg(&program).arg(self.source.join("main.c"));
            cargo::output(command.args(words).args(further))?;
            Ok(program)
        };
        let lib = top.join(libdir);
        let shared = compile("shared", &words(&["--cflags", "--libs"])?, &[])?;
        self.run("pkg-config, shared", &shared, Some(&lib), true)?;
        let all = words(&["--static", "--cflags", "--libs"])?;
        // All of it static, with the C library; the linker may warn that look-ups
        // of names need the shared one all the same.
        let whole = compile("static", &all, &["-static"])?;
        self.run("pkg-config --static, cc -static", &whole, None, false)?;
        // This library alone, though the shared one is beside it.
        let alone = words_of("chatfile-static", &["--cflags", "--libs"])?;
        let mixed = compile("mixed", &alone, &[])?;
        self.run("pkg-config chatfile-static", &mixed, None, false)?;
        keeps_its_names(&alone, built)?;
        links_beside_rust(&alone, built)
    }

    /// The program must do its work, and need the shared library or not.
    fn run(&self, how: &str, program: &Path, lib: Option<&Path>, is_shared: bool) -> Result<()> {
        let mut command = Command::new(program);
        // Nothing of what `cargo run` sets.
        command.env_remove("LD_LIBRARY_PATH");
        if let Some(lib) = lib {
            command.env("LD_LIBRARY_PATH", lib);
        }
        let said = cargo::output(
            command
                .env(
                    "NETEASE_BASE_URL",
                    format!("{}/nimserver", self.emulator.url()),
                )
                .envs(emulator::NETEASE),
        )?;
        let version = abi::Version::current()?;
        if said != format!("ok {version} {version}\n") {
            return Err(format!("{how}: the program says {said:?}").into());
        }
        let dynamic = cargo::output(Command::new("readelf").args(["-d", "-W"]).arg(program))?;
        if dynamic.contains("libchatfile.so.0]") != is_shared {
            return Err(format!("{how}: not linked as it should be\n{dynamic}").into());
        }
        if is_shared {
            let versions = cargo::output(Command::new("readelf").args(["-V", "-W"]).arg(program))?;
            if !versions.contains("CHATFILE_") {
                return Err(format!("{how}: the program asks for no symbol version").into());
            }
        }
        println!("  {how}: {}", said.trim_end());
        Ok(())
    }
}

/// A C compiler that makes `output` of a text.
fn compiled(text: &str, output: &Path, words: &[String], further: &[&str]) -> Result<()> {
    let source = output.with_extension("c");
    fs::write(&source, text)?;
    let mut command = platform::host_compiler(true);
    command.arg("-o").arg(output).arg(source);
    cargo::output(command.args(words).args(further))?;
    Ok(())
}

/// A plug-in that holds the archive exports its own function alone, so that no
/// other plug-in calls into it, nor it into another.
fn keeps_its_names(alone: &[String], built: &Path) -> Result<()> {
    const TEXT: &str = "#include <chatfile.h>\n\
        const char *plug_in(void) { return chatfile_version(); }\n";
    let plug_in = built.join("plug_in.so");
    compiled(TEXT, &plug_in, alone, &["-shared", "-fPIC", "-Wl,-z,defs"])?;
    let mut names = Toolset::host()?.exports(&plug_in)?;
    names.retain(|name| !["_init", "_fini"].contains(&&**name));
    if names != ["plug_in"] {
        return Err(format!("a plug-in with libchatfile.a exports {names:?}").into());
    }
    println!("  a plug-in with libchatfile.a exports its own function alone");
    Ok(())
}

/// The archive links beside that of another Rust library, in either order.
fn links_beside_rust(alone: &[String], built: &Path) -> Result<()> {
    const RUST: &str = "#[unsafe(no_mangle)] pub extern \"C\" fn caught(n: u32) -> u32 {\n\
        std::panic::catch_unwind(|| assert!(n != 7)).map_or(n, |()| std::env::args().count() as u32)\n}\n";
    const C: &str = "#include <chatfile.h>\n#include <stdio.h>\nunsigned caught(unsigned);\n\
        int main(void) { printf(\"%s %u %u\\n\", chatfile_version(), caught(1), caught(7)); return 0; }\n";
    let (source, other) = (built.join("other.rs"), built.join("libother.a"));
    fs::write(&source, RUST)?;
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "staticlib", "-o"]);
    cargo::output(command.args([&other, &source]))?;
    let other = other.to_str().ok_or("the folder is not UTF-8")?.to_owned();
    let mut orders = [alone.to_vec(), alone.to_vec()];
    orders[0].insert(0, other.clone());
    orders[1].push(other);
    for words in orders {
        let program = built.join("beside");
        compiled(C, &program, &words, &["-lgcc_s"])?;
        let said = cargo::output(&mut Command::new(&program))?;
        if said != format!("{} 1 7\n", abi::Version::current()?) {
            return Err(format!("beside another Rust library: {said:?}").into());
        }
    }
    println!("  libchatfile.a beside another Rust library, in both orders");
    Ok(())
}

/// What pkg-config says, as a shell takes it: a backslash before what is special.
pub fn shell_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut letters = text.trim().chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\n' => words.push(String::new()),
            '\\' => words
                .last_mut()
                .into_iter()
                .for_each(|word| word.extend(letters.next())),
            other => words
                .last_mut()
                .into_iter()
                .for_each(|word| word.push(other)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        assert_eq!(shell_words("-I/a\\ b  -lx\n"), ["-I/a b", "-lx"]);
    }
}

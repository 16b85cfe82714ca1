//! `cargo xtask install`: what C and C++ programs are built with, as a tree.

use crate::toolset::{System, Toolset, with_file};
use crate::{Result, abi, archive, cargo, demo, licences, package, print};
use chatfile_ffi_tests::toolchain::{Library, Profile, root};
use lexopt::prelude::{Long, Short, ValueExt as _};
use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask install [--prefix P] [--destdir D] [--libdir L] [--no-strip]

Builds the release library and installs it below P: the shared library with its
links, the static one, the headers, chatfile.pc and chatfile-static.pc, the
CMake package, units for Delphi, Free Pascal and C#, guides, examples, and the
licences of all that is in the library, and prints the path of each file. Packages
for other systems, and for older ones of this kind, are made by cargo xtask dist.

  --prefix P    where it will be used (default: /usr/local). The tree can be
                moved afterwards, but for chatfile.pc of /usr and /usr/local,
                which names that folder
  --destdir D   put in front of P for now, as packagers do (default: the
                environment variable DESTDIR)
  --libdir L    the folder of libraries below P (default: lib)
  --no-strip    leave the names of functions in the shared library, for debuggers

On Linux the shared library is linked with the flags of LDFLAGS, too.
";

/// Where things go.
#[derive(Debug, Clone)]
pub struct Layout {
    pub destdir: Option<PathBuf>,
    pub prefix: PathBuf,
    /// Below the prefix.
    pub libdir: PathBuf,
}

impl Layout {
    /// The top of the tree on this machine.
    pub fn top(&self) -> Result<PathBuf> {
        let prefix = std::path::absolute(&self.prefix)?;
        let Some(destdir) = &self.destdir else {
            return Ok(prefix);
        };
        if prefix.components().any(|part| part == Component::ParentDir) {
            return Err(format!("{}: name the prefix without ..", prefix.display()).into());
        }
        let below = prefix
            .components()
            .filter(|part| matches!(part, Component::Normal(_)));
        Ok(std::path::absolute(destdir)?.join(below.collect::<PathBuf>()))
    }

    /// Before anything is built or written.
    fn check(&self) -> Result<()> {
        self.top()?;
        let libdir = self.libdir.display();
        let mut parts = self.libdir.components();
        if !parts.all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!("{libdir} is not a folder below the prefix").into());
        }
        // Files for pkg-config take a blank for the end of a word, and @ is where our templates have their values.
        let text = self.libdir.to_str().ok_or("--libdir is not UTF-8")?;
        match text.chars().find(|c| c.is_whitespace() || *c == '@') {
            Some(letter) => Err(format!("--libdir {libdir}: {letter:?} cannot be in it").into()),
            None => Ok(()),
        }
    }

    /// What chatfile.pc has for the prefix: its own place, so that the tree may be moved. A folder of the system stays
    /// where it is, and has to be named: pkg-config leaves out -L and -I of such folders by their names, and puts a
    /// sysroot before each (that of freedesktop.org, before one that is there already).
    fn pc_prefix(&self) -> String {
        let systems = ["/usr", "/usr/local"].map(Path::new);
        match systems.iter().find(|system| self.prefix == **system) {
            Some(system) => system.display().to_string(),
            None => format!("${{pcfiledir}}/{}", self.up_from("pkgconfig")),
        }
    }

    /// `..` for each folder of a path below the prefix.
    fn up_from(&self, below_libdir: &str) -> String {
        let path = self.libdir.join(below_libdir);
        let ups: Vec<&str> = path.components().map(|_| "..").collect();
        ups.join("/")
    }
}

/// What a system calls the files.
pub struct Names {
    /// The folder of the shared library below the prefix, where it is not that of
    /// libraries: programs for Windows find it beside themselves.
    pub shared_folder: Option<&'static str>,
    /// The shared library with its whole version.
    pub shared: String,
    /// What programs ask for when they start.
    pub soname: String,
    /// What the linker looks for.
    pub link: String,
    pub archive: &'static str,
}

impl Names {
    pub fn of(system: System) -> Result<Self> {
        let version = abi::Version::current()?;
        let named = |shared: &dyn Fn(&str) -> String| Self {
            shared_folder: None,
            shared: shared(&format!(".{version}")),
            soname: shared(&format!(".{}", version.major)),
            link: shared(""),
            archive: "libchatfile.a",
        };
        Ok(match system {
            System::Windows => Self {
                shared_folder: Some("bin"),
                ..named(&|_| "chatfile.dll".to_owned())
            },
            System::MacOs => named(&|version| format!("libchatfile{version}.dylib")),
            System::Linux => named(&|version| format!("libchatfile.so{version}")),
        })
    }
}

/// A library as it was built for a system.
pub struct Built {
    pub system: System,
    /// Bytes.
    pub pointer_size: usize,
    /// `None` where only the static one is made.
    pub shared: Option<PathBuf>,
    /// For programs that link a DLL.
    pub import_library: Option<PathBuf>,
    pub archive: PathBuf,
    /// What a program that holds the static library must be linked with.
    pub native_libraries: Vec<String>,
    /// Names and texts.
    pub licences: Vec<(String, String)>,
}

impl Built {
    /// What a program that holds the static library names. Every C compiler adds the
    /// unwinder and the C library itself, and better: `cc -static` needs another one in
    /// place of libgcc_s.
    pub fn libraries_of_programs(&self) -> Vec<&str> {
        const IMPLIED: [&str; 4] = ["-lgcc_s", "-lgcc_eh", "-lunwind", "-lc"];
        self.native_libraries
            .iter()
            .map(String::as_str)
            .filter(|library| !IMPLIED.contains(library))
            .collect()
    }

    /// For this machine.
    pub fn here(linking: &Linking) -> Result<Self> {
        let tools = Toolset::host()?;
        if tools.system == System::Windows {
            return Err(
                "there is no installation on Windows: `cargo xtask dist` makes the \
                        packages for it, on Linux"
                    .into(),
            );
        }
        let names = Names::of(tools.system)?;
        let library = Library::build(Profile::Release)?;
        let work = demo::emptied(cargo::target_dir().join("install"))?;
        let (shared, archive) = (work.join(&names.shared), work.join(names.archive));
        let native = &library.native_libraries;
        let whole = library.folder.join(names.archive);
        if tools.system == System::Linux {
            link_shared(&whole, native, &names.soname, &shared, &tools, linking)?;
        } else {
            fs::copy(library.folder.join(&names.link), &shared)?;
        }
        archive::self_contained(&whole, &archive, &tools)?;
        for made in [&shared, &archive] {
            package::check_paths(made)?;
        }
        Ok(Self {
            system: tools.system,
            pointer_size: size_of::<usize>(),
            shared: Some(shared),
            import_library: None,
            archive,
            native_libraries: library.native_libraries,
            licences: licences::files("chatfile-capi", None)?,
        })
    }
}

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut layout = Layout {
        destdir: env::var_os("DESTDIR")
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from),
        prefix: "/usr/local".into(),
        libdir: "lib".into(),
    };
    let flags = env::var("LDFLAGS").unwrap_or_default();
    let mut linking = Linking {
        flags: flags.split_whitespace().map(str::to_owned).collect(),
        ..Linking::default()
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("prefix") => layout.prefix = parser.value()?.into(),
            Long("destdir") => layout.destdir = Some(parser.value()?.into()),
            Long("libdir") => layout.libdir = parser.value()?.parse()?,
            Long("no-strip") => linking.keeps_names = true,
            other => return Err(other.unexpected().into()),
        }
    }
    // Distributions name the whole of it.
    if let Ok(below) = layout.libdir.strip_prefix(&layout.prefix) {
        layout.libdir = below.to_owned();
    }
    for path in install(&layout, &linking)? {
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds and installs everything and returns what it wrote.
pub fn install(layout: &Layout, linking: &Linking) -> Result<Vec<PathBuf>> {
    layout.check()?;
    tree(layout, &Built::here(linking)?)
}

/// Writes the tree of what was built and returns its files.
pub fn tree(layout: &Layout, built: &Built) -> Result<Vec<PathBuf>> {
    let names = Names::of(built.system)?;
    let mut tree = Tree {
        top: layout.top()?,
        written: Vec::new(),
    };
    let libdir = layout.libdir.clone();
    if let Some(shared) = &built.shared {
        let folder = names.shared_folder.map_or(libdir.clone(), PathBuf::from);
        tree.copy(shared, &folder.join(&names.shared), Mode::Program)?;
        if names.soname != names.shared {
            tree.link(&names.shared, &libdir.join(&names.soname))?;
            tree.link(&names.soname, &libdir.join(&names.link))?;
        }
    }
    if let Some(import) = &built.import_library {
        // One file serves both linkers, which look for other names.
        for name in ["libchatfile.dll.a", "chatfile.lib"] {
            tree.copy(import, &libdir.join(name), Mode::Data)?;
        }
    }
    tree.copy(&built.archive, &libdir.join(names.archive), Mode::Data)?;
    tree.copy_folder("include", "include")?;
    let values = values(layout, &names, built)?;
    for (template, target) in [
        (
            "bindings/pkg-config/chatfile.pc.in",
            "pkgconfig/chatfile.pc",
        ),
        (
            "bindings/pkg-config/chatfile-static.pc.in",
            "pkgconfig/chatfile-static.pc",
        ),
        (
            "bindings/cmake/chatfile-config.cmake.in",
            "cmake/chatfile/chatfile-config.cmake",
        ),
        (
            "bindings/cmake/chatfile-config-version.cmake.in",
            "cmake/chatfile/chatfile-config-version.cmake",
        ),
    ] {
        let text = fs::read_to_string(root().join(template))?;
        let text = filled(&text, &values).map_err(|e| format!("{template}: {e}"))?;
        tree.write(&libdir.join(target), text.as_bytes())?;
    }
    for page in [
        "README.md",
        "README.zh-CN.md",
        "CHANGELOG.md",
        "SECURITY.md",
    ] {
        let target = Path::new("share/doc/chatfile").join(page);
        tree.copy(&root().join(page), &target, Mode::Data)?;
    }
    for folder in ["docs", "docs/protocol", "docs/recipes"] {
        tree.copy_folder(folder, &format!("share/doc/chatfile/{folder}"))?;
    }
    for language in ["c", "cpp", "windows", "pascal", "csharp"] {
        let below = format!("share/doc/chatfile/examples/{language}");
        tree.copy_folder(&format!("examples/{language}"), &below)?;
    }
    // Sources that programs are compiled with.
    for language in ["pascal", "csharp"] {
        let below = format!("share/chatfile/{language}");
        tree.copy_folder(&format!("bindings/{language}"), &below)?;
    }
    for language in ["en", "zh"] {
        let name = format!("messages.{language}.json");
        let source = root().join("bindings/messages").join(&name);
        tree.copy(
            &source,
            &Path::new("share/chatfile").join(&name),
            Mode::Data,
        )?;
    }
    for (name, text) in &built.licences {
        let target = Path::new("share/licenses/chatfile").join(name);
        tree.write(&target, text.as_bytes())?;
    }
    Ok(tree.written)
}

/// What packagers have to say of it; nothing, for packages that are the same everywhere.
#[derive(Default)]
pub struct Linking {
    /// Of the C compiler.
    pub flags: Vec<String>,
    /// Those of functions, for debuggers.
    pub keeps_names: bool,
}

/// The shared library, linked anew from the static one, so that its symbols have
/// versions. rustc passes the linker a version script without a version, and
/// beside that linkers take no other (docs/abi.md).
pub fn link_shared(
    archive: &Path,
    native_libraries: &[String],
    soname: &str,
    output: &Path,
    tools: &Toolset,
    linking: &Linking,
) -> Result<()> {
    let map = output.with_extension("map");
    fs::write(&map, abi::version_script()?)?;
    let mut command = tools.compiler();
    command
        .arg("-shared")
        .arg(with_file("--version-script=", &map))
        .arg("-Wl,--no-undefined-version,--whole-archive")
        .arg(archive)
        .args(["-Wl,--no-whole-archive", "-Wl,--as-needed"])
        .args(native_libraries)
        // As rustc and capi/build.rs have it.
        .args(["-Wl,--gc-sections", "-Wl,--eh-frame-hdr"])
        // Debug information is Rust's own library's and ring's alone, and names folders of this machine.
        .arg(if linking.keeps_names {
            "-Wl,--strip-debug"
        } else {
            "-Wl,--strip-all"
        })
        .args([
            "-Wl,-z,relro,-z,now",
            "-Wl,-z,noexecstack",
            "-Wl,-z,nodelete",
        ])
        .arg("-Wl,-z,defs")
        .arg(format!("-Wl,-soname,{soname}"))
        .args(&linking.flags)
        .arg("-o")
        .arg(output);
    cargo::output(&mut command)?;
    Ok(())
}

/// What the templates of bindings/ have between two @.
fn values(layout: &Layout, names: &Names, built: &Built) -> Result<Vec<(&'static str, String)>> {
    let version = abi::Version::current()?;
    let libraries = built.libraries_of_programs();
    if built.native_libraries.is_empty() {
        return Err("rustc did not say what the static library needs".into());
    }
    let libdir = layout.libdir.to_str().ok_or("--libdir is not UTF-8")?;
    Ok(vec![
        ("VERSION", version.to_string()),
        ("VERSION_MAJOR", version.major.to_string()),
        ("POINTER_SIZE", built.pointer_size.to_string()),
        ("REPOSITORY", env!("CARGO_PKG_REPOSITORY").to_owned()),
        ("LICENSE", env!("CARGO_PKG_LICENSE").to_owned()),
        ("LIBDIR", libdir.to_owned()),
        ("CMAKE_TO_PREFIX", layout.up_from("cmake/chatfile")),
        ("PC_PREFIX", layout.pc_prefix()),
        ("PC_TO_PREFIX", layout.up_from("pkgconfig")),
        (
            "SHARED_FOLDER",
            names.shared_folder.unwrap_or(libdir).to_owned(),
        ),
        ("SHARED_FILE", names.shared.clone()),
        ("SONAME", names.soname.clone()),
        ("STATIC_FILE", names.archive.to_owned()),
        ("STATIC_LIBRARIES", libraries.join(";")),
        ("LIBS_PRIVATE", libraries.join(" ")),
    ])
}

/// A template with its values. None may be left.
fn filled(template: &str, values: &[(&str, String)]) -> Result<String> {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("@{name}@"), value);
    }
    match text.split('@').nth(1) {
        None => Ok(text),
        Some(name) => Err(format!("there is no value for @{name}@").into()),
    }
}

/// Who may do what with a file.
#[derive(Clone, Copy)]
enum Mode {
    Data,
    Program,
}

/// A tree that is being written.
struct Tree {
    top: PathBuf,
    written: Vec<PathBuf>,
}

impl Tree {
    /// Where something goes. What had the name is taken away, not written to: it
    /// may be in use.
    fn place(&mut self, below: &Path) -> Result<PathBuf> {
        let path = self.top.join(below);
        if let Some(folder) = path.parent() {
            make_folder(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        }
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path)
                .map_err(|e| format!("cannot replace {}: {e}", path.display()))?;
        }
        self.written.push(path.clone());
        Ok(path)
    }

    fn write(&mut self, below: &Path, bytes: &[u8]) -> Result<()> {
        self.put(below, bytes, Mode::Data)
    }

    fn copy(&mut self, from: &Path, below: &Path, mode: Mode) -> Result<()> {
        let bytes = fs::read(from).map_err(|e| format!("cannot read {}: {e}", from.display()))?;
        self.put(below, &bytes, mode)
    }

    fn put(&mut self, below: &Path, bytes: &[u8], mode: Mode) -> Result<()> {
        let path = self.place(below)?;
        fs::write(&path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(set_mode(&path, mode)?)
    }

    /// The files of a folder of the repository, not those of folders in it, nor what editors leave beside them.
    fn copy_folder(&mut self, from: &str, below: &str) -> Result<()> {
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(root().join(from))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_file() && !is_left_over(&name) {
                files.push(path);
            }
        }
        files.sort();
        for file in files {
            let name = file.file_name().unwrap_or_default();
            self.copy(&file, &Path::new(below).join(name), Mode::Data)?;
        }
        Ok(())
    }

    fn link(&mut self, to: &str, below: &Path) -> Result<()> {
        let path = self.place(below)?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(to, &path)?;
        #[cfg(not(unix))]
        return Err(format!("{} -> {to}: no links on this system", path.display()).into());
        #[cfg(unix)]
        Ok(())
    }
}

/// Whether an editor or a patch has left it.
fn is_left_over(name: &str) -> bool {
    const ENDINGS: [&str; 4] = ["~", "#", ".orig", ".rej"];
    name.starts_with('.') || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Makes a folder and those that it is in, where everybody may look whatever the umask is, as install(1) does.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let missing = folder.ancestors().take_while(|folder| !folder.exists());
    let missing: Vec<_> = missing.map(Path::to_owned).collect();
    fs::create_dir_all(folder)?;
    for folder in missing {
        set_mode(&folder, Mode::Program)?;
    }
    Ok(())
}

/// Whatever the umask is.
#[cfg(unix)]
fn set_mode(path: &Path, mode: Mode) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let bits = match mode {
        Mode::Data => 0o644,
        Mode::Program => 0o755,
    };
    fs::set_permissions(path, fs::Permissions::from_mode(bits))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: Mode) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_destdir_goes_before_the_prefix() -> Result<()> {
        let mut layout = Layout {
            destdir: Some("/tmp/stage".into()),
            prefix: "/opt/chat file".into(),
            libdir: "lib/x86_64-linux-gnu".into(),
        };
        assert_eq!(layout.top()?, Path::new("/tmp/stage/opt/chat file"));
        assert_eq!(layout.up_from("pkgconfig"), "../../..");
        layout.destdir = None;
        assert_eq!(layout.top()?, Path::new("/opt/chat file"));
        Ok(())
    }

    #[test]
    fn a_folder_of_libraries_is_looked_at_before_anything_is_written() {
        for (libdir, is_good) in [
            ("lib/x86_64-linux-gnu", true),
            ("lib 64", false),
            ("lib@64", false),
            ("../lib", false),
            ("/lib", false),
        ] {
            let layout = Layout {
                destdir: None,
                prefix: "/opt/chatfile".into(),
                libdir: libdir.into(),
            };
            assert_eq!(layout.check().is_ok(), is_good, "{libdir}");
        }
    }

    #[test]
    fn a_folder_of_the_system_is_named_and_others_are_found() {
        for (prefix, wanted) in [
            ("/usr", "/usr"),
            ("/usr/local/", "/usr/local"),
            ("/opt/chatfile", "${pcfiledir}/../.."),
        ] {
            let layout = Layout {
                destdir: Some("/tmp/stage".into()),
                prefix: prefix.into(),
                libdir: "lib".into(),
            };
            assert_eq!(layout.pc_prefix(), wanted);
        }
    }

    #[test]
    fn what_editors_leave_is_not_installed() {
        for name in ["abi.md~", ".abi.md.swp", "#abi.md#", "chatfile.h.orig"] {
            assert!(is_left_over(name), "{name}");
        }
        assert!(!is_left_over("abi.md"));
    }

    #[test]
    fn a_template_is_filled_to_the_last() {
        let values = [("A", "1".to_owned())];
        let done = filled("x @A@ ${b} @A@", &values).ok();
        assert_eq!(done.as_deref(), Some("x 1 ${b} 1"));
        assert!(filled("@A@ @B@", &values).is_err());
    }
}

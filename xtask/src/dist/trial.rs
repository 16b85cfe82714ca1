//! The packages as somebody gets them: unpacked in an empty folder, with programs
//! built from them alone that talk to the emulator that was packed, too.

use super::pack::Output;
use super::targets::Target;
use super::tools::Tools;
use super::{build, stem};
use crate::emulator::{self, Emulator};
use crate::package::shell_words;
use crate::toolset::System;
use crate::{Result, abi, cargo, demo, wine};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::platform::Platform;
use chatfile_ffi_tests::toolchain::root;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Bytes of the file that goes to and fro.
const SIZE: usize = 3_000_001;

/// Tries the packages of a target, with each language that is built for it here.
pub fn run(target: &Target, output: &Output, tools: &Tools) -> Result<()> {
    let platform = Platform::named(target.name);
    if let Some(platform) = platform.filter(|platform| platform.is_windows()) {
        wine::prepare(platform)?;
    }
    let mut trial = Trial::unpack(target, platform, output, tools)?;
    let package = trial.folder.join(stem("chatfile-emulator", target.name)?);
    let command = trial.command(&package.join(target.program("chatfile-emulator")));
    let emulator = Emulator::run(command, &trial.folder.join("stored"), &[])?;
    trial.url = emulator.url().to_owned();
    trial.c()?;
    if target.has_shared() {
        trial.cpp()?;
    }
    if target.trial.tools.contains(&"fpc") {
        trial.pascal()?;
        trial.csharp()?;
    }
    if let Some(system) = target.go {
        trial.go(system, output)?;
    }
    if let Some(system) = target.wheel {
        trial.python(system, output)?;
    }
    Ok(())
}

struct Trial<'a> {
    target: &'a Target,
    /// What runs its programs; `None`: this machine.
    platform: Option<&'static Platform>,
    tools: &'a Tools,
    folder: PathBuf,
    /// The library's tree.
    top: PathBuf,
    /// Of the emulator.
    url: String,
}

impl<'a> Trial<'a> {
    /// Unpacks library and emulator.
    fn unpack(
        target: &'a Target,
        platform: Option<&'static Platform>,
        output: &Output,
        tools: &'a Tools,
    ) -> Result<Self> {
        let folder = demo::emptied(build::folder().join("trial").join(target.name))?;
        let trial = Self {
            target,
            platform,
            tools,
            top: folder.join(stem("chatfile", target.name)?),
            folder,
            url: String::new(),
        };
        for package in ["chatfile", "chatfile-emulator"] {
            let name = format!(
                "{}.{}",
                stem(package, target.name)?,
                target.archive_ending()
            );
            trial.extract(&output.folder.join(name))?;
        }
        if target.system == System::Windows && target.has_shared() {
            // Windows looks beside the program.
            let library = trial.top.join("bin/chatfile.dll");
            fs::copy(library, trial.folder.join("chatfile.dll"))?;
        }
        // Bytes that repeat nowhere soon.
        let bytes: Vec<u8> = (0..SIZE).map(|at| (at * 7 + at / 251) as u8).collect();
        fs::write(trial.folder.join("file"), bytes)?;
        Ok(trial)
    }

    fn extract(&self, archive: &Path) -> Result<()> {
        let module = match archive.extension() {
            Some(zip) if zip == "zip" => "zipfile",
            _ => "tarfile",
        };
        let mut python = Command::new(&self.tools.python);
        python
            .args(["-m", module, "-e"])
            .args([archive, &self.folder]);
        cargo::output(&mut python)?;
        Ok(())
    }

    /// C, with the shared library and with the static one.
    fn c(&self) -> Result<()> {
        let source = self.folder.join("main.c");
        fs::copy(root().join("ffi-tests/package/main.c"), &source)?;
        let mut ways = vec![("static", self.words("chatfile-static")?)];
        if self.target.has_shared() {
            ways.push(("shared", self.words("chatfile")?));
        }
        for (way, words) in ways {
            let program = self.folder.join(self.target.program(&format!("c-{way}")));
            let mut compiler = self.compiler(0);
            compiler.arg("-o").arg(&program).arg(&source).args(&words);
            if way == "static" {
                compiler.args(self.unwinder());
                if !self.target.has_shared() {
                    compiler.arg("-static");
                }
            }
            cargo::output(&mut compiler)?;
            let version = abi::Version::current()?;
            let expected = format!("ok {version} {version}");
            self.says(&expected, &mut self.command(&program))?;
            println!("{}: C, {way}: ok", self.target.name);
        }
        Ok(())
    }

    /// Of zig, only programs in C++ have one as they come.
    fn unwinder(&self) -> Option<&'static str> {
        let is_zig = self.target.trial.compilers.is_none();
        is_zig.then_some("-lunwind")
    }

    fn cpp(&self) -> Result<()> {
        let program = self.folder.join(self.target.program("cpp"));
        let mut compiler = self.compiler(1);
        compiler
            .args(["-std=c++17", "-o"])
            .arg(&program)
            .arg(self.example("cpp/roundtrip.cpp"))
            .args(self.words("chatfile")?);
        if self.target.system == System::Windows && self.target.trial.compilers.is_some() {
            // MinGW's own libraries, which would have to lie beside it. -static would take
            // libchatfile.a, too.
            compiler.args(["-static-libgcc", "-static-libstdc++"]);
            compiler.args(["-Wl,-Bstatic", "-lstdc++", "-lpthread"]);
        }
        cargo::output(&mut compiler)?;
        self.round_trip("C++", self.command(&program))
    }

    fn pascal(&self) -> Result<()> {
        let folder = self.folder.join("pascal");
        fs::create_dir(&folder)?;
        let mut compiler = Command::new("fpc");
        compiler.arg("-v0");
        for (option, path) in [
            ("-Fu", self.top.join("share/chatfile/pascal")),
            ("-Fl", self.top.join("lib")),
            ("-FE", folder.clone()),
        ] {
            compiler.arg(joined(option, &path));
        }
        cargo::output(compiler.arg(self.example("pascal/roundtrip.pas")))?;
        self.round_trip("Free Pascal", self.command(&folder.join("roundtrip")))
    }

    fn csharp(&self) -> Result<()> {
        let program = self.folder.join("Roundtrip.exe");
        let mut compiler = Command::new("mcs");
        compiler
            .arg(joined("-out:", &program))
            .arg(self.example("csharp/Roundtrip.cs"))
            .arg(self.top.join("share/chatfile/csharp/Chatfile.cs"));
        cargo::output(&mut compiler)?;
        let mut command = self.command(Path::new("mono"));
        command.arg(program);
        self.round_trip("C#", command)
    }

    /// Go, whose programs have the library in them.
    fn go(&self, system: &str, output: &Output) -> Result<()> {
        let module = stem("chatfile", "go")?;
        self.extract(&output.folder.join(format!("{module}.zip")))?;
        let folder = self.folder.join("go");
        fs::create_dir(&folder)?;
        let name = "github.com/chatfile/chatfile/bindings/go";
        let text = format!(
            "module example\n\ngo 1.21\n\nrequire {name} v0.0.0\n\nreplace {name} => ../{module}\n"
        );
        fs::write(folder.join("go.mod"), text)?;
        fs::write(folder.join("main.go"), GO)?;
        let program = folder.join(self.target.program("program"));
        let mut build = Go::find(false)?.in_folder(&folder);
        build.args(["build", "-o"]).arg(&program);
        if self.platform.is_some() {
            let (os, processor) = system.split_once('_').unwrap_or((system, ""));
            let compiler = shell_line(&self.compiler(0));
            build.envs([("GOOS", os), ("GOARCH", processor), ("CC", &compiler)]);
            build.env("CGO_LDFLAGS", self.unwinder().unwrap_or_default());
        }
        cargo::output(&mut build)?;
        if let Some(platform) = self.platform.filter(|platform| platform.is_windows()) {
            self.random_of_windows_10(platform)?;
        }
        self.says("ok", &mut self.command(&program))?;
        println!("{}: Go: ok", self.target.name);
        Ok(())
    }

    /// Programs in Go want Windows 10, of which wine 8 lacks this.
    fn random_of_windows_10(&self, platform: &Platform) -> Result<()> {
        const TEXT: &str = "#include <windows.h>\n#include <ntsecapi.h>\n\
            __declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *bytes, SIZE_T count) {\n\
            return RtlGenRandom(bytes, (ULONG)count);\n}\n";
        let source = self.folder.join("random.c");
        fs::write(&source, TEXT)?;
        let system = platform.prefix().join("drive_c/windows/system32");
        let mut compiler = self.compiler(0);
        compiler.args(["-shared", "-o"]);
        compiler.arg(system.join("bcryptprimitives.dll"));
        cargo::output(compiler.arg(source).arg("-ladvapi32"))?;
        Ok(())
    }

    /// Python, from the wheels that pip finds for the system; that of the emulator, too.
    fn python(&self, system: &str, output: &Output) -> Result<()> {
        let name = self.target.name;
        let folder = self.folder.join("python");
        let own = folder.join("bin/python");
        let is_here = self.platform.is_none();
        if is_here {
            cargo::output(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        }
        let mut pip = Command::new(if is_here { &own } else { &self.tools.python });
        pip.args(["-m", "pip", "install", "--quiet", "--no-index"])
            .args(["--disable-pip-version-check", "--only-binary", ":all:"])
            .args(["chatfile", "chatfile-emulator", "--find-links"])
            .arg(&output.folder);
        if !is_here {
            pip.args(["--platform", system, "--implementation", "cp"])
                .args(["--python-version", "3.10", "--target"])
                .arg(&folder);
        }
        cargo::output(&mut pip)?;
        let emulator = self.target.program("bin/chatfile-emulator");
        let mut emulator = self.command(&folder.join(emulator));
        let version = cargo::output(emulator.arg("--version"))?;
        println!("{name}: from its wheel: {}", version.trim_end());
        let python = match name {
            _ if is_here => Some(own),
            "windows-x64" => wine::python(),
            _ => None,
        };
        let Some(python) = python else {
            println!("{name}: Python: not run, for none is to be had for it");
            return Ok(());
        };
        let mut command = self.command(&python);
        if !is_here {
            command.env("PYTHONPATH", self.path(&folder));
        }
        // The wheel has a library of its own.
        command.env_remove("LD_LIBRARY_PATH");
        // In wine, Python takes nothing else.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut script) = child.stdin.take() {
            script.write_all(PYTHON.as_bytes())?;
        }
        let done = child.wait_with_output()?;
        if !done.status.success() || done.stdout.trim_ascii() != b"ok" {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(format!("Python: {}: {said}", done.status).into());
        }
        println!("{name}: Python: ok");
        Ok(())
    }

    /// The compiler for C (0) or for C++ (1).
    fn compiler(&self, which: usize) -> Command {
        if let Some(compilers) = self.target.trial.compilers {
            return Command::new(compilers[which]);
        }
        let words = self.tools.zig(["cc", "c++"][which]);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["-target", self.target.zig]);
        command
    }

    /// What pkg-config says of a package in the tree.
    fn words(&self, package: &str) -> Result<Vec<String>> {
        let mut command = Command::new("pkg-config");
        command
            .args(["--cflags", "--libs", package])
            .env("PKG_CONFIG_PATH", self.top.join("lib/pkgconfig"));
        Ok(shell_words(&cargo::output(&mut command)?))
    }

    fn example(&self, name: &str) -> PathBuf {
        self.top.join("share/doc/chatfile/examples").join(name)
    }

    /// What runs a program, with the package's library where the system looks for it,
    /// and with what it needs to find the emulator.
    fn command(&self, program: &Path) -> Command {
        let mut command = match self.platform {
            Some(platform) => platform.command(program),
            None => Command::new(program),
        };
        if self.target.system == System::Linux {
            command.env("LD_LIBRARY_PATH", self.top.join("lib"));
        }
        command
            .env("NETEASE_BASE_URL", format!("{}/nimserver", self.url))
            .envs(emulator::NETEASE);
        command
    }

    /// A path as its programs know it. In wine, Z: is the whole of this machine.
    fn path(&self, path: &Path) -> OsString {
        match self.target.system {
            System::Windows => joined("Z:", path),
            _ => path.into(),
        }
    }

    fn says(&self, expected: &str, command: &mut Command) -> Result<()> {
        let said = cargo::output(command)?;
        if said.trim_end() == expected {
            return Ok(());
        }
        Err(format!("{command:?} says {said:?}").into())
    }

    /// Runs one of the examples that send a file to the emulator and back.
    fn round_trip(&self, language: &str, mut command: Command) -> Result<()> {
        let back = self.folder.join(format!("back from {language}"));
        fs::create_dir(&back)?;
        let file = self.folder.join("file");
        command
            .arg(&self.url)
            .args([&file, &back].map(|path| self.path(path)));
        let said = cargo::output(&mut command)?;
        if !said.contains("identical") {
            return Err(format!("{language}: the program says {said:?}").into());
        }
        println!("{}: {language}: the file is identical", self.target.name);
        Ok(())
    }
}

/// A command as Go takes it in `CC`.
fn shell_line(command: &Command) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<String> = words.map(|word| word.display().to_string()).collect();
    words.join(" ")
}

/// An option and its path in one word.
fn joined(option: &str, path: &Path) -> OsString {
    let mut word = OsString::from(option);
    word.push(path);
    word
}

/// Sends bytes to NetEase and gets them back.
const GO: &str = r#"package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

func main() {
	client, err := chatfile.OpenNetEase(chatfile.NetEaseConfig{
		BaseURL:   os.Getenv("NETEASE_BASE_URL"),
		AppKey:    os.Getenv("NETEASE_APP_KEY"),
		AppSecret: os.Getenv("NETEASE_APP_SECRET"),
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	sent := bytes.Repeat([]byte("legacy"), 100000)
	stored, err := client.Upload(context.Background(), chatfile.FromBytes(sent), nil)
	if err != nil {
		log.Fatal(err)
	}
	var back bytes.Buffer
	if _, err := client.Download(context.Background(), stored.File, chatfile.ToWriter(&back), nil); err != nil {
		log.Fatal(err)
	}
	if !bytes.Equal(back.Bytes(), sent) {
		log.Fatal("the bytes are not those that were sent")
	}
	fmt.Println("ok")
}
"#;

const PYTHON: &str = "\
import os
import chatfile

account = chatfile.Netease(app_key=os.environ['NETEASE_APP_KEY'], app_secret=os.environ['NETEASE_APP_SECRET'],
                           base_url=os.environ['NETEASE_BASE_URL'])
with chatfile.Client(account) as client:
    sent = b'legacy' * 100000
    stored = client.upload(sent)
    assert client.download(stored.file).data == sent
print('ok')
";

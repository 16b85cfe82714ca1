//! What the generator makes of the header for Free Pascal and C#: laid out as in C, and a file goes there and back by it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use chatfile_emulator::{Config, Emulator};
use chatfile_ffi_tests::header::{Header, name_of};
use chatfile_ffi_tests::toolchain::{Library, Profile, Program, root};

use crate::protocol::Pattern;
use crate::{programs, tools};

/// A program that prints the size of each structure and the offset of each field, made of pieces.
struct Printer {
    head: &'static str,
    /// With the name of a structure.
    size: fn(&str) -> String,
    /// With the names of a structure and a field.
    offset: fn(&str, &str) -> String,
    tail: &'static str,
}

const C: Printer = Printer {
    head: "#include <chatfile.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void)\n{\n",
    size: |name| format!("printf(\"{name} %u\\n\", (unsigned)sizeof({name}));"),
    offset: |name, field| {
        format!("printf(\"{name}.{field} %u\\n\", (unsigned)offsetof({name}, {field}));")
    },
    tail: "return 0;\n}\n",
};

const PASCAL: Printer = Printer {
    head: "program layout;\n{$MODE OBJFPC}\nuses chatfile;\nbegin\n",
    size: |name| format!("WriteLn('{name} ', SizeOf(T{}));", camel(name, &[])),
    offset: |name, field| {
        let record = camel(name, &[]);
        format!("WriteLn('{name}.{field} ', PtrUInt(@P{record}(nil)^.{field}));")
    },
    tail: "end.\n",
};

const CSHARP: Printer = Printer {
    head: "using System;\nusing System.Runtime.InteropServices;\nusing Chatfile;\nclass Layout { static void Main() {\n",
    size: |name| {
        let own = dotnet(name);
        format!("Console.WriteLine(\"{name} {{0}}\", Marshal.SizeOf<{own}>());")
    },
    offset: |name, field| {
        let (own, own_field) = (dotnet(name), camel(field, DOTNET));
        format!(
            "Console.WriteLine(\"{name}.{field} {{0}}\", Marshal.OffsetOf<{own}>(\"{own_field}\"));"
        )
    },
    tail: "} }\n",
};

/// Words that .NET writes in its own way.
const DOTNET: &[(&str, &str)] = &[("netease", "NetEase"), ("openim", "OpenIM")];

fn dotnet(name: &str) -> String {
    camel(name.trim_start_matches("chatfile_"), DOTNET)
}

fn camel(name: &str, words: &[(&str, &str)]) -> String {
    let written = |word: &str| match words.iter().find(|(known, _)| *known == word) {
        Some((_, own)) => (*own).to_owned(),
        None => word[..1].to_uppercase() + &word[1..],
    };
    name.split('_').map(written).collect()
}

impl Printer {
    fn source(&self) -> String {
        let mut text = self.head.to_owned();
        for (name, fields) in Header::read().structures() {
            writeln!(text, "{}", (self.size)(&name)).unwrap();
            for field in &fields {
                writeln!(text, "{}", (self.offset)(&name, name_of(field))).unwrap();
            }
        }
        text + self.tail
    }
}

/// A folder for what one language needs.
fn folder(name: &str) -> PathBuf {
    let folder = tools::work_folder().join("mirrors").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn library() -> &'static Library {
    programs::library(Profile::Debug)
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// What C says of the structures. Several tests ask, at once.
fn layout_in_c() -> &'static str {
    static SAID: OnceLock<String> = OnceLock::new();
    SAID.get_or_init(|| {
        let folder = folder("c");
        let source = write(&folder, "layout.c", &C.source());
        let program = Program {
            source: &source,
            standard: "c99",
            arguments: &[],
        };
        programs::output(&mut Command::new(
            program.build(library(), &folder).unwrap(),
        ))
    })
}

/// Builds a program of Free Pascal into a folder.
fn pascal(source: &Path, folder: &Path) -> Command {
    let built = folder.join(source.file_stem().unwrap());
    let libraries = library().folder.display();
    let mut compiler = Command::new("fpc");
    compiler
        .args(["-v0ewn", "-Sew"])
        .arg(format!("-Fu{}", root().join("bindings/pascal").display()))
        .arg(format!("-FE{}", folder.display()))
        .arg(format!("-Fl{libraries}"))
        .arg(format!("-k-rpath={libraries}"))
        .arg(source);
    programs::output(&mut compiler);
    Command::new(built)
}

/// Builds a program of C# into a folder.
fn csharp(source: &Path, folder: &Path) -> Command {
    let built = folder.join(source.with_extension("exe").file_name().unwrap());
    let mut compiler = Command::new("mcs");
    compiler
        .args(["-langversion:7.2", "-warnaserror"])
        .arg(format!("-out:{}", built.display()))
        .arg(source)
        .arg(root().join("bindings/csharp/Chatfile.cs"));
    programs::output(&mut compiler);
    let shared = library().shared().display().to_string();
    let map =
        format!("<configuration><dllmap dll=\"chatfile\" target=\"{shared}\"/></configuration>\n");
    std::fs::write(built.with_extension("exe.config"), map).unwrap();
    let mut command = Command::new("mono");
    command.arg(built);
    command
}

#[test]
fn records_of_pascal_are_laid_out_as_in_c() {
    if !tools::has_free_pascal() {
        return;
    }
    // Not that of the round trip, for which the unit is compiled at the same time.
    let folder = folder("pascal-layout");
    let source = write(&folder, "layout.pas", &PASCAL.source());
    assert_eq!(
        programs::output(&mut pascal(&source, &folder)),
        layout_in_c()
    );
}

#[test]
fn classes_of_csharp_are_laid_out_as_in_c() {
    if !tools::has_mono() {
        return;
    }
    let folder = folder("csharp");
    let source = write(&folder, "Layout.cs", &CSHARP.source());
    assert_eq!(
        programs::output(&mut csharp(&source, &folder)),
        layout_in_c()
    );
}

#[test]
fn the_round_trip_in_pascal() {
    if tools::has_free_pascal() {
        let source = root().join("examples/pascal/roundtrip.pas");
        goes_there_and_back(|| pascal(&source, &folder("pascal")));
    }
}

#[test]
fn the_round_trip_in_csharp() {
    if tools::has_mono() {
        let source = root().join("examples/csharp/Roundtrip.cs");
        goes_there_and_back(|| csharp(&source, &folder("csharp")));
    }
}

/// Runs an example against the emulator, and again where nobody listens.
fn goes_there_and_back(example: impl Fn() -> Command) {
    let emulator = Emulator::start(Config::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.png");
    std::fs::write(&file, Pattern::seeded(1).bytes(300_000)).unwrap();
    let command = |url: &str| {
        let mut command = example();
        command.arg(url).arg(&file).arg(folder.path());
        command
    };
    let told = programs::output(&mut command(&emulator.base_url()));
    assert_eq!(told.matches("\tidentical\t").count(), 1, "{told}");
    let refused = command("http://127.0.0.1:1").output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stdout).contains("CHATFILE_E_CONNECT"));
}

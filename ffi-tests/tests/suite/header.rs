//! include/chatfile.h as compilers of several languages and years see it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use chatfile_ffi_tests::header::{Header, name_of};
use chatfile_ffi_tests::toolchain::{Profile, Program, root, run};

use crate::programs::{self, STRICT};
use crate::tools;

/// A folder for one test's sources.
fn folder(name: &str) -> PathBuf {
    let folder = tools::work_folder().join("header").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(folder: &Path, name: &str, source: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, source).unwrap();
    path
}

const C: [&str; 3] = ["c89", "c99", "c11"];
const CPP: [&str; 2] = ["c++98", "c++17"];

/// Every way a program may include it, each of them on its own.
const SOURCES: [(&str, &str); 3] = [
    ("alone", "#include <chatfile.h>\n"),
    ("twice", "#include <chatfile.h>\n#include <chatfile.h>\n"),
    (
        "used",
        "#include <chatfile.h>\nchatfile_status use(chatfile_client *);\nchatfile_status use(chatfile_client *c)\n{\n    \
         chatfile_source source = CHATFILE_SOURCE_INIT;\n    return chatfile_upload(c, &source, 0, 0, 0);\n}\n",
    ),
];

/// What is added to a structure later must not find room in padding, where an older caller has anything. capi has the compiler
/// say so for one machine; this is 32-bit Windows, which nobody builds for every day.
#[test]
fn structures_end_without_padding_on_32_bits() {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return;
    }
    let mut text = String::from("#include <chatfile.h>\n");
    for (name, fields) in Header::read().structures() {
        if fields[0] != "size_t struct_size" {
            continue;
        }
        let last = name_of(fields.last().unwrap());
        writeln!(
            text,
            "typedef char {name}_ends_with_{last}[sizeof({name}) == offsetof({name}, {last}) + sizeof((({name} *)0)->{last}) ? 1 : -1];"
        )
        .unwrap();
    }
    let source = write(&folder("padding"), "structures.c", &text);
    let mut compiler = Command::new("cc");
    compiler
        // As on Windows, 64-bit numbers are aligned; no C library is needed for this.
        .args([
            "-m32",
            "-malign-double",
            "-ffreestanding",
            "-fsyntax-only",
            "-I",
        ])
        .arg(root().join("include"))
        .arg(source);
    run(&mut compiler).unwrap();
}

#[test]
fn c_compilers_of_every_age_take_it() {
    let folder = folder("c");
    for (name, source) in SOURCES {
        let source = write(&folder, &format!("{name}.c"), source);
        for standard in C {
            let mut arguments = vec!["-Wstrict-prototypes", "-Wmissing-prototypes"];
            arguments.extend(STRICT);
            let program = Program {
                source: &source,
                standard,
                arguments: &arguments,
            };
            program.check().unwrap();
        }
    }
}

#[test]
fn cpp_compilers_of_every_age_take_it() {
    if !tools::has_cpp() {
        return;
    }
    let folder = folder("cpp");
    for (name, source) in SOURCES {
        let source = write(&folder, &format!("{name}.cpp"), source);
        for standard in CPP {
            let program = Program {
                source: &source,
                standard,
                arguments: &STRICT,
            };
            program.check().unwrap();
        }
    }
}

#[test]
fn clang_takes_it() {
    if !tools::has_clang() {
        return;
    }
    let folder = folder("clang");
    for (name, source) in SOURCES {
        for (standard, suffix) in C
            .map(|s| (s, "c"))
            .into_iter()
            .chain(CPP.map(|s| (s, "cpp")))
        {
            let source = write(&folder, &format!("{name}.{suffix}"), source);
            let mut clang = Command::new("clang");
            clang
                .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"])
                .args(STRICT)
                .arg(format!("-std={standard}"))
                .arg("-I")
                .arg(root().join("include"))
                .arg(source);
            run(&mut clang).unwrap();
        }
    }
}

/// The sections, up to those of each service.
const ORDER: [&str; 16] = [
    "Simple use",
    "How calls work",
    "Linking",
    "What every call returns",
    "The client and its options",
    "Cancelling",
    "Progress",
    "Uploading",
    "Downloading",
    "Looking at files",
    "Deleting",
    "Looking at the connection",
    "Presigned requests",
    "Digests",
    "Errors and statuses",
    "Versions",
];

/// Everything has a comment, and every reference leads somewhere.
#[test]
fn doxygen_has_nothing_to_say() {
    const SETTINGS: &str = "\
        QUIET = YES\n\
        GENERATE_HTML = NO\n\
        GENERATE_LATEX = NO\n\
        GENERATE_XML = YES\n\
        JAVADOC_AUTOBRIEF = YES\n\
        WARN_NO_PARAMDOC = NO\n\
        MACRO_EXPANSION = YES\n\
        EXPAND_ONLY_PREDEF = YES\n\
        PREDEFINED = CHATFILE_API= CHATFILE_CALL= __cplusplus=202002L\n\
        EXCLUDE_SYMBOLS = *detail*\n";
    if !tools::has_doxygen() {
        return;
    }
    let folder = folder("doxygen");
    let include = root().join("include");
    let settings = format!(
        "{SETTINGS}OUTPUT_DIRECTORY = {}\nINPUT = {}\n",
        folder.display(),
        include.display()
    );
    let settings = write(&folder, "Doxyfile", &settings);
    let said = Command::new("doxygen").arg(settings).output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.trim().is_empty(), "{said}");
}

#[test]
fn it_is_in_the_order_in_which_one_reads() {
    let header = Header::read();
    let headings = header.headings();
    assert_eq!(headings[..ORDER.len()], ORDER);
    assert_eq!(headings[ORDER.len()], "The services");
    let all = |text: &str, what: &str| {
        text.matches(&format!("CHATFILE_CALL chatfile_open_{what}"))
            .count()
    };
    let opening = |text: &str| all(text, "") - all(text, "without_service(");
    let services = &headings[ORDER.len() + 1..];
    assert_eq!(services.len(), opening(&header.0));
    for service in services {
        assert_eq!(opening(header.section(service)), 1, "{service}");
    }
    let contents = header
        .0
        .split("*/")
        .find(|part| part.contains("Simple use"));
    let contents = contents.unwrap().lines();
    let contents = contents.filter_map(|line| line.strip_prefix(" *   "));
    assert_eq!(contents.collect::<Vec<_>>(), headings);
    let line_of = |text: &str| {
        header
            .0
            .lines()
            .position(|line| line.contains(text))
            .unwrap()
    };
    let upload = line_of("CHATFILE_CALL chatfile_upload(");
    assert!(upload < header.0.lines().count() / 3, "line {upload}");
}

/// A structure of options, or of what is read or written, beside the function that takes it.
#[test]
fn structures_stand_beside_their_functions() {
    let header = Header::read();
    let headings = header.headings();
    let mut count = 0;
    for structure in header.structures().keys() {
        let definition = format!("typedef struct {structure} {{");
        let section = headings.iter().map(|heading| header.section(heading));
        let section = section.filter(|text| text.contains(&definition));
        let [section] = section.collect::<Vec<_>>()[..] else {
            panic!("{structure} is not in one section");
        };
        let (_, behind) = section.split_once(&format!("\n}} {structure};\n")).unwrap();
        if structure == "chatfile_progress" {
            continue;
        }
        let init = format!("/** Initialises a {structure}: all defaults. */\n#define ");
        assert!(behind.starts_with(&init), "{structure}");
        let is_taken = section.contains(&format!("\n    const {structure} *"));
        // What hangs off the options of a verb stands with its service.
        let hangs = header
            .0
            .contains(&format!("\n  const struct {structure} *"));
        assert!(is_taken || hangs, "no function beside {structure} takes it");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn its_examples_compile() {
    let header = Header::read();
    let examples = header.examples();
    assert_eq!(examples.len(), 2, "{examples:?}");
    let mut source = "#include <chatfile.h>\n#include <stdio.h>\n".to_owned();
    for (number, example) in examples.iter().enumerate() {
        write!(
            source,
            "\nvoid example{number}(chatfile_client *client, const char *file, chatfile_error *error);\n\
             void example{number}(chatfile_client *client, const char *file, chatfile_error *error)\n{{\n    \
             (void)client, (void)file, (void)error;\n    {{\n{example}    }}\n}}\n"
        )
        .unwrap();
    }
    let folder = folder("example");
    for (name, standard) in [("example.c", "c89"), ("example.cpp", "c++98")] {
        if name.ends_with("cpp") && !tools::has_cpp() {
            continue;
        }
        let program = Program {
            source: &write(&folder, name, &source),
            standard,
            arguments: &["-Wno-unused-but-set-variable"],
        };
        program.check().unwrap();
    }
}

/// Writes, builds and runs a program, and returns its lines as words.
fn lines_of(name: &str, body: &str) -> Vec<Vec<String>> {
    let source = format!(
        "#include <chatfile.h>\n#include <stddef.h>\n#include <stdio.h>\n#include <string.h>\n\n\
         int main(void)\n{{\n{body}    return 0;\n}}\n"
    );
    let folder = folder(name);
    let program = Program {
        source: &write(&folder, &format!("{name}.c"), &source),
        standard: "c99",
        arguments: &[],
    };
    let program = program
        .build(programs::library(Profile::Debug), &folder)
        .unwrap();
    let output = programs::output(&mut Command::new(program));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    output.lines().map(words).collect()
}

#[test]
fn init_macros_state_the_size_and_leave_the_rest_zero() {
    let header = Header::read();
    let expected = header.structures();
    let expected = expected.keys().filter(|name| *name != "chatfile_progress");
    let expected: BTreeSet<_> = expected
        .map(|name| format!("{}_INIT", name.to_uppercase()))
        .collect();
    assert_eq!(header.init_macros(), expected);
    let mut body = String::new();
    for name in &expected {
        let structure = name.trim_end_matches("_INIT").to_lowercase();
        // Of static memory and of the stack, where what is not initialised is not zero by chance.
        writeln!(
            body,
            "    {{\n        struct {{ {structure} value; }} local = {{ {name} }};\n        \
             static const {structure} fixed = {name};\n        \
             unsigned char zero[sizeof({structure})] = {{ 0 }};\n        \
             size_t size = sizeof({structure});\n        \
             memcpy(zero, &size, sizeof size);\n        \
             printf(\"{structure} %d %d\\n\", memcmp(&local.value, zero, size), memcmp(&fixed, zero, size));\n    }}"
        )
        .unwrap();
    }
    let lines = lines_of("init", &body);
    assert_eq!(lines.len(), expected.len());
    for line in lines {
        assert_eq!(line[1..], ["0", "0"], "{}", line[0]);
    }
}

#[test]
fn its_version_is_that_of_the_library_and_of_cargo() {
    let body = "    printf(\"%s %s\\n\", CHATFILE_VERSION, chatfile_version());\n    \
                printf(\"%d %u\\n\", CHATFILE_VERSION_NUMBER, chatfile_version_number());\n    \
                printf(\"%d %d %d\\n\", CHATFILE_VERSION_MAJOR, CHATFILE_VERSION_MINOR, CHATFILE_VERSION_PATCH);\n";
    let lines = lines_of("version", body);
    // The workspace has one version for all its crates.
    let cargo = env!("CARGO_PKG_VERSION");
    assert_eq!(lines[0], [cargo, cargo]);
    let parts: Vec<u32> = cargo.split('.').map(|part| part.parse().unwrap()).collect();
    let number = (parts[0] * 1_000_000 + parts[1] * 1000 + parts[2]).to_string();
    assert_eq!(lines[1], [number.clone(), number]);
    let parts: Vec<String> = parts.iter().map(u32::to_string).collect();
    assert_eq!(lines[2], parts);
}

#[test]
fn numbers_are_those_of_rust() {
    let mut body = String::new();
    let mut expected = Vec::new();
    for status in chatfile::Status::ALL {
        let name = status.name();
        writeln!(
            body,
            "    printf(\"%d %s\\n\", {name}, chatfile_status_name({name}));"
        )
        .unwrap();
        expected.push(vec![status.code().to_string(), name.to_owned()]);
    }
    assert_eq!(lines_of("numbers", &body), expected);
    let text = Header::read().0;
    let declared = text
        .lines()
        .filter(|line| line.starts_with("#define CHATFILE_E_"));
    assert_eq!(declared.count(), chatfile::Status::ALL.len());
}

/// MSVC reads them in the code page of the machine, and warns of what is none of its characters (C4819).
#[test]
fn the_headers_are_ascii() {
    for name in ["chatfile.h", "chatfile.hpp"] {
        let text = std::fs::read_to_string(root().join("include").join(name)).unwrap();
        let line = text.lines().find(|line| !line.is_ascii());
        assert_eq!(line, None, "{name}");
    }
}

/// Every name that stands in the library's sources as that of a parameter or field at fault.
#[test]
fn errors_name_what_the_header_has() {
    /// What the Rust API alone calls so; capi/src/outcome.rs has the header's name for it.
    const RUST: &[&str] = &[
        "connect_timeout",
        "credentials",
        "deadline",
        "link_ttl",
        "media_duration",
        "retry_delay",
        "retry_time",
        "stall_timeout",
        "token_ttl",
        "ttl",
    ];
    /// How the name of a field is given to an error.
    const GIVEN: &[&str] = &[
        "argument(",
        "out_of_bounds(",
        ".with_field(",
        "null(",
        "check_not_empty(",
        "check_header_text(",
        "check_length(",
        "check_name(",
    ];
    /// Where a field of the header is read.
    const READ: &[&str] = &["text(", "secret(", "bytes(", "choice("];
    fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if !path.to_string_lossy().ends_with("tests.rs") {
                all.push(path);
            }
        }
    }
    /// A text that stands at the beginning, but for blanks.
    fn literal(rest: &str) -> Option<&str> {
        rest.trim_start().strip_prefix('"')?.split('"').next()
    }
    let names = Header::read().names();
    let mut all = Vec::new();
    let capi = root().join("capi/src");
    sources(&root().join("src"), &mut all);
    sources(&capi, &mut all);
    let mut count = 0;
    for path in all {
        let source = std::fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        let is_ffi = path.starts_with(&capi);
        let given = GIVEN.iter().flat_map(|call| source.split(call).skip(1));
        let given = given.filter_map(literal);
        // The name is the last argument there.
        let read = READ.iter().flat_map(|call| source.split(call).skip(1));
        let read = read.filter(|_| is_ffi).filter_map(|rest| {
            let (_, last) = rest.split([')', ';']).next()?.split_once(',')?;
            literal(last)
        });
        for name in given.chain(read) {
            count += 1;
            let known = Header::has_name(&names, name) || RUST.contains(&name);
            assert!(known, "{}: the header has no {name}", path.display());
        }
    }
    assert!(count > 100, "only {count} names were found");
}

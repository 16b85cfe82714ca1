//! include/chatfile.hpp as C++ compilers of several years see it, and what the table of cases cannot ask of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use chatfile_emulator::{Config, Emulator};
use chatfile_ffi_tests::toolchain::{Profile, root, run};

use crate::programs::{self, Exceptions};
use crate::protocol::Pattern;
use crate::tools;
use chatfile_ffi_tests::header::{Header, name_of};

fn text() -> String {
    std::fs::read_to_string(root().join("include/chatfile.hpp")).unwrap()
}

/// Writes a source into a folder for one test.
fn write(folder: &str, name: &str, source: &str) -> PathBuf {
    let folder = tools::work_folder().join("cpp").join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, source).unwrap();
    path
}

/// The compilers that there are; clang as a second opinion.
fn compilers() -> Vec<String> {
    let mut found = Vec::new();
    if tools::has_cpp() {
        found.push(std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned()));
    }
    if tools::has_clang() {
        found.push("clang++".to_owned());
    }
    found
}

const STANDARDS: [&str; 3] = [programs::CPP_STANDARD, "c++20", "c++23"];

fn compiler(name: &str, standard: &str, exceptions: Exceptions) -> Command {
    // Old releases know C++23 by its working name.
    let standard = standard.replace("c++23", "c++2b");
    let mut command = Command::new(name);
    command
        .arg(format!("-std={standard}"))
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .args(exceptions.arguments())
        .arg("-I")
        .arg(root().join("include"));
    command
}

/// One line that says what to do, and no hundred that say what is missing.
#[test]
fn an_older_standard_is_refused_in_one_line() {
    let source = write("standards", "older.cpp", "#include <chatfile.hpp>\n");
    for name in compilers() {
        for standard in ["c++98", "c++11", "c++14"] {
            let mut command = Command::new(&name);
            command
                .arg(format!("-std={standard}"))
                .arg("-fsyntax-only")
                .arg("-I")
                .arg(root().join("include"))
                .arg(&source);
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{name} {standard}");
            assert_eq!(said.matches("error:").count(), 1, "{said}");
            assert!(
                said.contains("chatfile.hpp needs C++17: compile with -std=c++17"),
                "{said}"
            );
        }
    }
}

/// What holds a handle can be moved, and not copied.
#[test]
fn handles_cannot_be_copied() {
    let source = write(
        "standards",
        "copies.cpp",
        "#include <chatfile.hpp>\n\
         template <class T> constexpr bool moves = std::is_nothrow_move_constructible_v<T> && \
         !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;\n\
         static_assert(moves<chatfile::client> && moves<chatfile::digest> && moves<chatfile::presigned>);\n",
    );
    for name in compilers() {
        run(compiler(&name, programs::CPP_STANDARD, Exceptions::On)
            .arg("-fsyntax-only")
            .arg(&source))
        .unwrap();
    }
}

const BOTH: [Exceptions; 2] = [Exceptions::On, Exceptions::Off];

/// On its own, for nothing is before it; twice; and with its templates, which are compiled only where they are used. The
/// first compiler also builds what is run, with the same warnings.
#[test]
fn compilers_take_it_in_every_standard() {
    let includes = ["chatfile.hpp", "chatfile.hpp", "chatfile.h"];
    let used = root().join("ffi-tests/cpp/driver.cpp");
    for (place, name) in compilers().iter().enumerate() {
        let is_built = |standard: &str| place == 0 && standard == programs::CPP_STANDARD;
        for standard in STANDARDS.into_iter().filter(|standard| !is_built(standard)) {
            for exceptions in BOTH {
                let mut command = compiler(name, standard, exceptions);
                command.args(includes.iter().flat_map(|header| ["-include", header]));
                run(command.arg("-fsyntax-only").arg(&used)).unwrap();
            }
        }
    }
}

#[test]
fn a_compiler_for_windows_takes_it() {
    let Some(name) = tools::cpp_for_windows() else {
        return;
    };
    for exceptions in BOTH {
        let mut command = compiler(name.to_str().unwrap(), programs::CPP_STANDARD, exceptions);
        let driver = root().join("ffi-tests/cpp/driver.cpp");
        run(command.arg("-fsyntax-only").arg(driver)).unwrap();
    }
}

#[test]
fn parts_of_a_program_with_and_without_exceptions_are_linked() {
    let part = |function: &str| {
        format!(
            "#include <chatfile.hpp>\n#include <cstdio>\nvoid {function}();\nvoid {function}()\n{{\n    \
             auto client = chatfile::client::try_open();\n    \
             auto stored = client->try_upload(\"missing\");\n    \
             std::printf(\"%s\\n\", chatfile::status_name(stored.error().status()).data());\n}}\n"
        )
    };
    let main = "void one();\nvoid two();\nvoid three();\nint main()\n{\n    one();\n    two();\n    three();\n}\n";
    let library = programs::library(Profile::Debug);
    for name in compilers() {
        let mut objects = Vec::new();
        for (function, standard, exceptions) in [
            ("one", programs::CPP_STANDARD, Exceptions::On),
            ("two", "c++20", Exceptions::On),
            ("three", programs::CPP_STANDARD, Exceptions::Off),
        ] {
            let source = write("link", &format!("{function}.cpp"), &part(function));
            let object = source.with_extension("o");
            let mut command = compiler(&name, standard, exceptions);
            run(command.arg("-c").arg(&source).arg("-o").arg(&object)).unwrap();
            objects.push(object);
        }
        let main = write("link", "main.cpp", main);
        let program = main.with_extension("");
        let mut command = compiler(&name, programs::CPP_STANDARD, Exceptions::On);
        command.arg(main).args(objects).arg("-o").arg(&program);
        command.arg("-L").arg(&library.folder).arg("-lchatfile");
        command.arg(format!("-Wl,-rpath,{}", library.folder.display()));
        run(&mut command).unwrap();
        let told = programs::output(&mut Command::new(program));
        assert_eq!(told, "CHATFILE_E_SOURCE\n".repeat(3));
    }
}

#[test]
fn nothing_of_the_c_header_is_missing() {
    let cpp = text();
    let words: BTreeSet<&str> = cpp
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    let header = Header::read();
    let constants = header.constants();
    assert!(constants.len() > 60, "{constants:?}");
    for name in header.functions().iter().chain(&constants) {
        // The call that failed has returned the status; entries are a cursor of their own.
        let is_done_otherwise =
            name == "chatfile_error_status" || name.starts_with("chatfile_list_cursor_");
        let known = words.contains(name.as_str()) || is_done_otherwise;
        assert!(known, "{name}");
    }
    // Each field is set as often as there are structures with one of its name.
    let mut expected = BTreeMap::<String, usize>::new();
    for (structure, fields) in header.structures() {
        for field in fields.iter().map(|field| name_of(field)) {
            if structure == "chatfile_progress" {
                let is_silent = ["struct_size", "reserved"].contains(&field);
                assert!(
                    cpp.contains(&format!("now->{field}")) || is_silent,
                    "{field}"
                );
            } else {
                *expected.entry(field.to_owned()).or_default() += 1;
            }
        }
    }
    let (_, code) = cpp.split_once("/* ---- How it is done").unwrap();
    for (field, structures) in expected {
        let expected = match field.as_str() {
            "reserved" => 0,
            // By one function for all structures.
            "struct_size" => 1,
            _ => structures,
        };
        let found = code.matches(&format!(".{field} = ")).count();
        assert!(found >= expected, "{field} is set {found} times");
    }
}

#[test]
fn what_is_public_is_documented() {
    let text = text();
    let (public, _) = text.split_once("/* ---- How it is done").unwrap();
    // The line at which what is not looked at ends, and the line before.
    let (mut hidden, mut before) = (None, "");
    for line in public
        .lines()
        .skip_while(|line| !line.starts_with("namespace"))
    {
        let item = line.trim();
        if hidden == Some(line) {
            hidden = None;
        } else if hidden.is_none() {
            hidden = match line {
                "namespace detail {" => Some("} // namespace detail"),
                "private:" => Some("};"),
                // The body of a function.
                "{" => Some("}"),
                _ => None,
            };
            let is_outermost = line.len() - item.len() <= 4;
            let other = [
                "/",
                "*",
                "#",
                "{",
                "}",
                "public:",
                "private:",
                "namespace",
                "inline namespace",
            ];
            let is_item =
                is_outermost && !item.is_empty() && !other.iter().any(|o| item.starts_with(o));
            let anew = before.is_empty()
                || before.starts_with('#')
                || before.ends_with([';', ',', '{', '}', ':']);
            let excused = !is_item || !anew || item.ends_with("= delete;");
            assert!(excused, "no comment above: {line}");
        }
        before = item;
    }
}

#[test]
fn what_a_callback_throws_comes_out_of_the_call() {
    if !tools::has_cpp() {
        return;
    }
    let program = programs::build_cpp("ffi-tests/cpp/exceptions.cpp", Exceptions::On);
    let emulator = Emulator::start(Config::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = tools::watched(&program);
    let told = programs::output(command.arg(emulator.base_url()).arg(folder.path()));
    let passed: BTreeSet<&str> = told.lines().collect();
    for name in [
        "progress of an upload",
        "progress of a download",
        "read",
        "rewind",
        "write",
        "secret",
        "log",
        "a stream that throws",
        "lists",
    ] {
        assert!(passed.contains(name), "{name}: {told}");
    }
}

#[test]
fn the_example_is_clean_under_valgrind() {
    if !tools::has_cpp() {
        return;
    }
    let program = programs::build_cpp("examples/cpp/roundtrip.cpp", Exceptions::On);
    let emulator = Emulator::start(Config::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.png");
    std::fs::write(&file, Pattern::seeded(1).bytes(300_000)).unwrap();
    let command = |url: &str| {
        let mut command = tools::watched(&program);
        command.arg(url).arg(&file).arg(folder.path());
        command
    };
    let told = programs::output(&mut command(&emulator.base_url()));
    assert!(told.contains("\tidentical\t"), "{told}");
    let refused = command("http://127.0.0.1:1").output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let told = String::from_utf8_lossy(&refused.stdout);
    assert!(told.contains("\tCHATFILE_E_CONNECT\t"), "{told}");
}

#[test]
fn the_example_in_its_introduction_compiles() {
    let text = text();
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("chatfile::easemob config;"))
        .take_while(|line| *line == " *" || line.starts_with(" *     "));
    let example: String = lines.map(|line| format!("{}\n", &line[2..])).collect();
    assert!(example.contains("client.download("), "{example}");
    let source = format!(
        "#include <chatfile.hpp>\nstatic void show(std::uint64_t) {{}}\nint main()\n{{\n{example}}}\n"
    );
    let source = write("example", "example.cpp", &source);
    for name in compilers() {
        let mut command = compiler(&name, programs::CPP_STANDARD, Exceptions::On);
        run(command.arg("-fsyntax-only").arg(&source)).unwrap();
    }
}

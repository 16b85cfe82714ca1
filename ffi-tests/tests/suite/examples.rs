//! The C examples do what they say, and clean up after themselves.

use std::io::Write;
use std::process::{Command, Stdio};

use chatfile_emulator::{Action, Config, Emulator, Rule};
use chatfile_ffi_tests::toolchain::{Profile, Program, root, rust_example};

use crate::protocol::Pattern;
use crate::{programs, tools};

#[test]
fn the_round_trip_is_clean_under_valgrind() {
    is_clean("roundtrip.c", 9);
}

#[test]
fn the_presigned_round_trip_is_clean_under_valgrind() {
    is_clean("presign.c", 2);
}

#[test]
fn the_upload_that_goes_on_is_clean_under_valgrind() {
    is_clean("resume.c", 1);
}

/// The Rust programs against one emulator, on the account of its defaults.
#[test]
fn the_rust_examples_do_what_they_say() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let folder = tools::work_folder().join("rust");
    std::fs::create_dir_all(&folder).unwrap();
    let cat: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
    std::fs::write(folder.join("cat.jpg"), &cat).unwrap();
    let config = Config::default().netease;
    let example = |name: &str, arguments: &[&str]| {
        let mut command = Command::new(rust_example(name).unwrap());
        command
            .args(arguments)
            .current_dir(&folder)
            .env(
                "NETEASE_BASE_URL",
                format!("{}/nimserver", emulator.base_url()),
            )
            .env("NETEASE_APP_KEY", &config.app_key)
            .env("NETEASE_APP_SECRET", &config.app_secret)
            .stdin(Stdio::null());
        command
    };
    let url = programs::output(&mut example("upload", &[]));
    let said = programs::output(&mut example("download", &[url.trim(), "again.jpg"]));
    assert_eq!(said, "100000 bytes in again.jpg\n100000 bytes in memory\n");
    assert!(std::fs::read(folder.join("again.jpg")).unwrap() == cat);
    let url = programs::output(&mut example("presign", &["cat.jpg"]));
    programs::output(&mut example("download", &[url.trim(), "presigned.jpg"]));
    assert!(std::fs::read(folder.join("presigned.jpg")).unwrap() == cat);
    let url = programs::output(&mut example("cancel", &["cat.jpg"]));
    assert!(url.starts_with("http"), "{url}");

    // The service says nothing until Enter has been pressed.
    let control = emulator.control();
    control
        .add_fault(
            Rule::new(Action::Hold)
                .service("netease")
                .verb("file_upload"),
        )
        .unwrap();
    let mut cancelled = example("cancel", &["cat.jpg"]);
    cancelled.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = cancelled.spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    let said = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "cancelled\n");
}

/// A program that takes one function out of the examples' headers gets no warning for the others.
#[test]
fn the_headers_of_the_examples_can_be_copied() {
    let folder = tools::work_folder().join("copied");
    std::fs::create_dir_all(&folder).unwrap();
    let copied = folder.join("copied.c");
    let text = "#include \"services.h\"\n\
        int main(void) { print_error(\"a\", \"b\", NULL); return 0; }\n";
    std::fs::write(&copied, text).unwrap();
    let examples = format!("-I{}", root().join("examples/c").display());
    let program = Program {
        source: &copied,
        // What compilers take by default.
        standard: "gnu99",
        arguments: &["-pedantic", &examples],
    };
    program.check().unwrap();
}

/// The plug-in sends a file from a main loop, and is unloaded while it sends another.
#[test]
fn the_plug_in_of_a_glib_program_can_be_unloaded() {
    let Some(glib) = tools::pkg_config("glib-2.0", "libglib2.0-dev") else {
        return;
    };
    let emulator = Emulator::start(Config::default()).unwrap();
    let control = emulator.control();
    let library = programs::library(Profile::Debug);
    let folder = tools::work_folder().join("glib");
    let glib: Vec<&str> = glib.iter().map(String::as_str).collect();
    let build = |source: &str, arguments: &[&str]| {
        let source = root().join(source);
        let arguments = [arguments, &glib].concat();
        let program = Program {
            source: &source,
            standard: "c99",
            arguments: &arguments,
        };
        program.build(library, &folder).unwrap()
    };
    let plug_in = build("examples/c/glib_plugin.c", &["-shared", "-fPIC"]);
    let host = build("ffi-tests/c/glib_host.c", &["-ldl"]);
    let [file, endless] = ["cat.png", "endless.png"].map(|name| folder.join(name));
    std::fs::write(&file, Pattern::seeded(1).bytes(300_000)).unwrap();
    std::fs::write(&endless, Pattern::seeded(2).bytes(300_000)).unwrap();
    let stall = Rule::new(Action::StallHead { after: 0 }).service("netease");
    control.add_fault(stall.skip(1)).unwrap();
    let config = &control.config().netease;
    let said = programs::output(
        Command::new(&host)
            .arg(&plug_in)
            .arg(format!("{}/nimserver", emulator.base_url()))
            .args([&config.app_key, &config.app_secret])
            .args([&file, &endless]),
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with("http"), "{said}");
    assert_eq!(lines[1], "unloaded");
}

/// Runs an example that carries a file there and back `transfers` times, and
/// again where nobody listens.
fn is_clean(name: &str, transfers: usize) {
    let source = root().join("examples/c").join(name);
    let program = Program {
        source: &source,
        standard: "c99",
        arguments: &["-pedantic"],
    };
    let library = programs::library(Profile::Debug);
    let program = program
        .build(library, &tools::work_folder().join("examples"))
        .unwrap();
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
    assert_eq!(told.matches("\tidentical\t").count(), transfers, "{told}");
    assert!(!told.contains("CHATFILE_E_"), "{told}");
    let refused = command("http://127.0.0.1:1").output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

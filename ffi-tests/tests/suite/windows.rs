//! What is Windows' own: its names and paths, unloading, a program with a window. And the sources, for which a compiler is
//! enough.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use chatfile_emulator::{Action, Config, Control, Emulator, Rule};
use chatfile_ffi_tests::platform::{self, PICTURES, Platform};
use chatfile_ffi_tests::toolchain::{Profile, Program, root, run};
use tempfile::TempDir;

use crate::protocol::Pattern;
use crate::{programs, tools};

/// For what takes much less.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is not for Windows, and why.
const NOT_FOR_WINDOWS: [(&str, &str); 10] = [
    ("glib_plugin.c", "needs GLib"),
    ("glib_host.c", "needs GLib"),
    (
        "names.c",
        "stands in for a function of the C library (LD_PRELOAD)",
    ),
    ("record_files.c", "stands in for functions, too"),
    ("clock.c", "stands in for functions, too"),
    ("unload.c", "waits with names.c; load.c does it on Windows"),
    ("no_memory.c", "bounds its address space"),
    ("refused.c", "has Linux refuse calls"),
    ("stack.c", "gives a thread its stack"),
    ("last_call.c", "has destructors of a thread's values"),
];

fn sources() -> Vec<PathBuf> {
    let folders = [
        "examples/c",
        "examples/cpp",
        "examples/windows",
        "ffi-tests/c",
        "ffi-tests/cpp",
    ];
    let files = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|e| e == "c" || e == "cpp");
    paths.filter(is_source).collect()
}

#[test]
fn every_program_compiles_for_windows() {
    let Some(compilers) = tools::compilers_for_windows() else {
        return;
    };
    let mut left_out = BTreeSet::new();
    for source in sources() {
        let name = source.file_name().unwrap().to_str().unwrap().to_owned();
        if NOT_FOR_WINDOWS.iter().any(|(other, _)| *other == name) {
            left_out.insert(name);
            continue;
        }
        let is_c = name.ends_with(".c");
        // C++ has headers of its own that take long: one will do.
        let count = if is_c { compilers.len() } else { 1 };
        for (c, cpp) in &compilers[..count] {
            let mut compiler = Command::new(if is_c { c } else { cpp });
            compiler
                .arg(if is_c { "-std=c99" } else { "-std=c++17" })
                .args([
                    "-Wall",
                    "-Wextra",
                    "-Werror",
                    "-pedantic",
                    "-fsyntax-only",
                    "-I",
                ])
                .arg(root().join("include"))
                .arg(&source);
            run(&mut compiler).unwrap();
        }
    }
    assert_eq!(left_out.len(), NOT_FOR_WINDOWS.len(), "{left_out:?}");
}

#[test]
fn the_library_is_loaded_and_unloaded_again_and_again() {
    let mut config = Config::default();
    config.openim.min_part_size = Some(8 * 1024);
    let emulator = Emulator::start(config).unwrap();
    let program = programs::build("load.c", Profile::Debug);
    let library = programs::library(Profile::Debug).shared();
    // Elsewhere the library stays in memory, and little is to be seen.
    let rounds = if platform::is_windows() {
        "1000"
    } else {
        "100"
    };
    let mut command = platform::command(&program);
    command.arg(platform::path(&library)).args([
        rounds,
        &emulator.base_url(),
        &emulator.control().config().openim.secret,
    ]);
    eprint!("{}", programs::output(&mut command));
}

#[test]
fn names_and_paths_of_windows_are_taken() {
    if !platform::is_windows() {
        return;
    }
    let emulator = Emulator::start(Config::default()).unwrap();
    let control = emulator.control();
    let netease = &control.config().netease;
    let folder = tempfile::tempdir().unwrap();
    let program = programs::build("windows.c", Profile::Debug);
    let said = programs::output(
        platform::command(&program)
            .arg(format!("{}/nimserver", emulator.base_url()))
            .args([&netease.app_key, &netease.app_secret])
            .arg(folder.path()),
    );
    eprint!("{said}");
    assert!(!said.contains("WRONG"), "{said}");
}

/// The controls of examples/windows/upload.c.
const STOP: u32 = 101;
const BAR: u32 = 102;
const STATE: u32 = 104;

/// The program with a window, and a user.
struct Desk {
    upload: Child,
    user: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Desk {
    /// With a file on C:. `locale`: what the system is told of the user's language.
    fn new(
        display: &Display,
        emulator: &Emulator,
        file: &str,
        locale: &[(&str, OsString)],
    ) -> Self {
        let library = programs::library(Profile::Debug);
        let source = root().join("examples/windows/upload.c");
        let program = Program {
            source: &source,
            standard: "c99",
            arguments: &[
                "-pedantic",
                "-municode",
                "-mwindows",
                "-lcomctl32",
                "-lcomdlg32",
            ],
        };
        let folder = tools::work_folder().join("windows");
        let program = program.build(library, &folder).unwrap();
        let clicks = programs::build("clicks.c", Profile::Debug);
        let platform = Platform::foreign().unwrap();
        let upload = platform
            .command_on(&display.name, &program)
            .envs(locale.iter().cloned())
            .arg(emulator.base_url())
            .arg(format!("C:\\{}", file.replace('/', "\\")))
            .spawn()
            .unwrap();
        let mut user = platform
            .command_on(&display.name, &clicks)
            .envs(locale.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = user.stdin.take().unwrap();
        let output = BufReader::new(user.stdout.take().unwrap());
        Self {
            upload,
            user,
            input,
            output,
        }
    }

    fn does(&mut self, command: &str) -> String {
        writeln!(self.input, "{command}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "{command}: no answer");
        answer.trim_end().to_owned()
    }

    /// Waits until a control says that.
    fn reads(&mut self, control: u32, expected: &str) {
        let begun = Instant::now();
        loop {
            let said = self.does(&format!("text {control}"));
            if said.starts_with(expected) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{said:?}, not {expected:?}");
        }
    }

    /// The exit code of the window's program, which has been closed.
    fn end(mut self) -> Option<i32> {
        assert_eq!(self.does("gone"), "ok");
        drop(self.input);
        assert!(self.user.wait().unwrap().success());
        self.upload.wait().unwrap().code()
    }
}

/// A display that nobody sees.
struct Display {
    server: Child,
    name: String,
    /// Has what is on it, in the format of xwd.
    memory: TempDir,
}

impl Display {
    fn new() -> Option<Self> {
        let memory = TempDir::new().unwrap();
        let mut server = Command::new(chatfile_ffi_tests::tools::find("Xvfb")?)
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "480x240x24",
                "-nolisten",
                "tcp",
                "-fbdir",
            ])
            .arg(memory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        output.read_line(&mut number).unwrap();
        Some(Self {
            server,
            name: format!(":{}", number.trim()),
            memory,
        })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn wait_for_fault(control: &Control) {
    let met = control.wait_for(PATIENCE, |journal| {
        journal.iter().any(|entry| entry.fault.is_some())
    });
    assert!(met.is_some(), "the fault was not met");
}

/// A file on C:, for which there is a name below it.
fn file_on_c(name: &str) {
    let platform = Platform::foreign().unwrap();
    let file = platform.prefix_with_display().join("drive_c").join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, Pattern::seeded(1).bytes(9_000_000)).unwrap();
}

/// An emulator of which uploads can be made to stand still.
fn slow_emulator() -> Emulator {
    let config = Config {
        receive_buffer: Some(16 * 1024),
        ..Config::default()
    };
    Emulator::start(config).unwrap()
}

/// Of the next upload some arrives, and then nothing more.
fn stall(control: &Control) {
    control.clear_journal();
    let rule = Rule::new(Action::StallReceiving { after: 1_500_000 }).verb("upload");
    control.add_fault(rule.times(1)).unwrap();
}

#[test]
fn the_window_sends_a_file_stops_and_closes() {
    if !platform::is_windows() {
        return;
    }
    let Some(display) = Display::new() else {
        return;
    };
    let emulator = slow_emulator();
    let control = emulator.control();
    // It stands in the window.
    let file = "Files/Größe Ωμέγα.bin";
    file_on_c(file);

    let mut desk = Desk::new(&display, &emulator, file, &[]);
    assert_eq!(desk.does("open"), "Send a file");
    let told = desk.does("box");
    assert!(told.starts_with("The file is stored.  http"), "{told}");
    assert_eq!(desk.does(&format!("bar {BAR}")), "1000");
    desk.does("close");
    assert_eq!(desk.end(), Some(0));
    let journal = control.journal();
    let sent = journal.iter().find(|entry| entry.verb == "upload").unwrap();
    assert!(sent.body_bytes > 9_000_000, "{sent:?}");

    stall(&control);
    let mut desk = Desk::new(&display, &emulator, file, &[]);
    desk.does("open");
    wait_for_fault(&control);
    desk.reads(STATE, "Sending: ");
    assert_eq!(desk.does("answers"), "yes");
    take_picture(&display, "windows-example.png");
    desk.does(&format!("click {STOP}"));
    desk.reads(STATE, "Stopped. The file was not sent.");
    assert_eq!(desk.does(&format!("bar {BAR}")), "0");
    desk.does("close");
    assert_eq!(desk.end(), Some(1));

    // Closed in the middle: it is gone, and asks nothing.
    stall(&control);
    let mut desk = Desk::new(&display, &emulator, file, &[]);
    desk.does("open");
    wait_for_fault(&control);
    desk.does("close");
    assert_eq!(desk.end(), Some(1));

    // What goes wrong is told.
    let refused = Rule::new(Action::json(413, "{}")).verb("upload");
    control.add_fault(refused).unwrap();
    let mut desk = Desk::new(&display, &emulator, file, &[]);
    desk.does("open");
    let told = desk.does("box");
    assert!(
        told.starts_with("The file is empty or too large."),
        "{told}"
    );
    desk.does("close");
    assert_eq!(desk.end(), Some(1));

    the_window_speaks_chinese_where_windows_does(&display);
}

/// On the same display, for all programs of a prefix are on that of the first.
fn the_window_speaks_chinese_where_windows_does(display: &Display) {
    let Some(locale) = tools::chinese() else {
        return;
    };
    let emulator = slow_emulator();
    let control = emulator.control();
    let file = "文件/季度报告.pdf";
    file_on_c(file);

    stall(&control);
    let mut desk = Desk::new(display, &emulator, file, &locale);
    assert_eq!(desk.does("open"), "发送文件");
    wait_for_fault(&control);
    desk.reads(STATE, "正在发送：");
    take_picture(display, "windows-example-zh.png");
    desk.does(&format!("click {STOP}"));
    desk.reads(STATE, "已停止，文件未发送。");
    desk.does("close");
    assert_eq!(desk.end(), Some(1));

    let mut desk = Desk::new(display, &emulator, file, &locale);
    desk.does("open");
    let told = desk.does("box");
    assert!(told.starts_with("文件已发送。  http"), "{told}");
    desk.does("close");
    assert_eq!(desk.end(), Some(0));
}

/// What is on the display, for the pages, if somebody wants it (`cargo xtask test --target windows-x64 --pictures`).
fn take_picture(display: &Display, name: &str) {
    let Some(folder) = std::env::var_os(PICTURES) else {
        return;
    };
    let script = root().join("ffi-tests/py/picture.py");
    let screen = display.memory.path().join("Xvfb_screen0");
    let picture = Path::new(&folder).join(name);
    run(Command::new("python3").args([script.as_path(), &screen, &picture])).unwrap();
}

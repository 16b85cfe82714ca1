//! What developers run: `cargo xtask demo`, `cargo xtask test` and so on.

mod abi;
mod architecture;
mod archive;
mod bindings;
mod cargo;
mod circles;
mod citations;
mod demo;
mod dist;
mod drawings;
mod emulator;
mod example;
mod fuzz;
mod golang;
mod install;
mod interop;
mod licences;
mod manual;
mod package;
mod packages;
mod pages;
mod picture;
mod places;
mod python;
mod sanitize;
mod soak;
#[cfg(unix)]
mod starts;
mod table;
mod test;
mod test_layout;
mod tools;
mod toolset;
mod translations;
mod wine;

use lexopt::prelude::{Long, Short, Value};
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  demo [FILE]     the main job: a C program sends a file to each service (in the
                  emulator) and back; with --faults, through a server that
                  fails every third time
  test [STEP...]  every test in every language
  install         install library, headers, chatfile.pc and CMake package
  dist [TARGET...]
                  the packages for all systems, checked and tried
  packages [FOLDER]
                  packages for this machine alone, to try things with
  abi             compare the C ABI with abi/; with --update, write that anew
  header          make include/chatfile.h anew from capi/src
  bindings        make what the bindings have of the header anew; with --check,
                  say what is not current
  share           write the command line's manual page and completions anew
  architecture    draw the picture of docs/architecture.md anew
  drawings        draw what the comments on pages say: who says what to whom
  picture         draw what the demo prints and the emulator's page shows
  translated      the pages in Chinese say again what the English ones say
  places [SERVICE]
                  the files that name a service besides its own
  wheel [FOLDER]  the Python package's wheel and sdist, in dist/
  fuzz [TARGET...]
                  bytes that nobody would send, ever new ones
  sanitize [WHAT...]
                  the tests with sanitizers of memory, threads and undefined behaviour
  soak            calls without end, through faults
  interop         the library and the emulator with a real MinIO, and other clients
  bench [ARGS]    measure beside libcurl, ureq, Go and Python, and write
                  docs/performance.md; ARGS go to the benches instead
  help            print this

Each command has a --help of its own.
";

const HEADER_HELP: &str = "\
Usage: cargo xtask header

Makes include/chatfile.h, and the list of its structures that a test has, from
capi/src (xtask/header), and the C manual docs/c-manual.md from it.
";

/// Who reads what we print may stop, as `| head` does: then we end as other programs do, without a word. Everything that
/// prints panics at that.
fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |about| {
        let text = about.payload().downcast_ref::<String>();
        if text
            .is_some_and(|text| text.starts_with("failed printing") && text.contains("Broken pipe"))
        {
            // What shells have for SIGPIPE.
            std::process::exit(128 + 13);
        }
        usual(about);
    }));
}

fn main() -> ExitCode {
    end_with_the_reader();
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error}");
            // 2 for a command line that cannot be understood, as usual.
            let usage = error.is::<lexopt::Error>();
            if usage {
                eprintln!("Try --help.");
            }
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut parser = lexopt::Parser::from_env();
    let command = match parser.next()? {
        None | Some(Long("help") | Short('h')) => OsString::from("help"),
        Some(Value(command)) => command,
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.to_str() {
        Some("demo") => demo::command(&mut parser),
        Some("sanitize") => sanitize::command(&mut parser),
        Some("soak") => soak::command(&mut parser),
        Some("test") => test::command(&mut parser),
        Some("dist") => dist::command(&mut parser),
        Some("install") => install::command(&mut parser),
        Some("fuzz") => fuzz::command(&mut parser),
        Some("interop") => interop::command(&mut parser),
        Some("packages") => packages::command(&mut parser),
        Some("abi") => abi::command(&mut parser),
        Some("header") => header(&mut parser),
        Some("bindings") => bindings::command(&mut parser),
        Some("share") => bindings::share(&mut parser),
        Some("architecture") => architecture::command(&mut parser),
        Some("drawings") => drawings::command(&mut parser),
        Some("picture") => picture::command(&mut parser),
        Some("translated") => translations::command(&mut parser),
        Some("places") => places::command(&mut parser),
        Some("wheel") => python::wheel(&mut parser),
        Some("bench") => bench(&mut parser),
        Some("help") => print(HELP),
        _ => Err(usage(format!("there is no command {}", command.display()))),
    }
}

/// Prints a text that was asked for.
fn print(text: &str) -> Result<ExitCode> {
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// An error of the command line.
fn usage(message: String) -> Box<dyn Error> {
    lexopt::Error::from(message).into()
}

fn header(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    match parser.next()? {
        None => {}
        Some(Long("help") | Short('h')) => return print(HEADER_HELP),
        Some(other) => return Err(other.unexpected().into()),
    }
    cargo::run(&mut Command::new(cargo::build_program("chatfile-header")?))?;
    renew(&manual::path(), &manual::of_header()?)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that is made from others, if it is another than it was.
fn renew(file: &Path, text: &str) -> Result<()> {
    let is_current = fs::read_to_string(file).is_ok_and(|old| old == text);
    if !is_current {
        fs::write(file, text)?;
    }
    let how = if is_current {
        "is current"
    } else {
        "is made anew"
    };
    println!("{} {how}", file.display());
    Ok(())
}

fn bench(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut arguments: Vec<OsString> = parser.raw_args()?.collect();
    if arguments.is_empty() {
        arguments.push("--page".into());
    }
    let mut command: Command = cargo::cargo();
    command
        .args(["run", "--release", "--package", "chatfile-benches", "--"])
        .args(arguments);
    let status = command.status()?;
    // As the benches ended: they say what went wrong themselves.
    Ok(ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    ))
}

//! What the demo prints and what the emulator's page shows, as pictures: docs/demo.svg,
//! docs/emulator.png.

use crate::{Result, cargo, demo, example, print, renew};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short, Value};
use std::env;
use std::fmt::Write as _;
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: cargo xtask picture [demo|emulator]

demo runs the demo, and makes docs/demo.svg of what it prints. emulator uploads some
files to the emulator, and makes docs/emulator.png of its page; it needs Python and
chromium. Without a name, both.
";

/// Pixels of a column and of a line.
const COLUMN: f64 = 7.8;
const LINE: usize = 18;
const MARGIN: usize = 16;

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let which = match parser.next()? {
        None => None,
        Some(Long("help") | Short('h')) => return print(HELP),
        Some(Value(name)) if name == "demo" || name == "emulator" => Some(name),
        Some(other) => return Err(other.unexpected().into()),
    };
    let wants = |name: &str| which.as_ref().is_none_or(|which| which == name);
    if wants("demo") {
        of_the_demo()?;
    }
    if wants("emulator") {
        of_the_page()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn of_the_demo() -> Result<()> {
    let printed = cargo::output(Command::new(env::current_exe()?).arg("demo"))?;
    let text = format!("$ cargo xtask demo\n{printed}");
    renew(&root().join("docs/demo.svg"), &terminal(&text))
}

/// Files at three services, a request that a fault hits, and a browser that looks.
fn of_the_page() -> Result<()> {
    const SCRIPT: &str = r#"
set -e
look() { chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=5000 --screenshot="$1" --window-size="$2" "$3" >/dev/null 2>&1; }
send() { python3 -m chatfile upload -q "$@" >/dev/null; }
look architecture.png 900,600 "file://$ROOT/docs/architecture.svg"
look demo.png 1062,700 "file://$ROOT/docs/demo.svg"
send --service easemob architecture.png
send --service smh -O directory=pictures -O create_directories=yes demo.png
curl -s -o faults "$CHATFILE_EMULATOR_URL/_emulator/faults" -d '{"match":{"service":"netease"},"times":1,"action":{"type":"answer","status":503}}'
send --service netease --name window.png "$ROOT/docs/windows-example.png"
look "$ROOT/docs/emulator.png" 1100,1500 "$CHATFILE_EMULATOR_URL/"
"#;
    let folder = demo::emptied(cargo::target_dir().join("picture"))?;
    let mut emulator = Command::new(cargo::build_program("chatfile-emulator")?);
    emulator
        .args(["--", "bash", "-c", SCRIPT])
        .current_dir(folder)
        .env("ROOT", root())
        .env("PYTHONPATH", root().join("bindings/python/src"))
        .env("CHATFILE_LIBRARY", example::library()?.shared());
    cargo::run(&mut emulator)
}

/// A terminal with this text.
fn terminal(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let columns = lines.iter().map(|line| line.chars().count()).max();
    let width = columns.unwrap_or(0) as f64 * COLUMN + 2.0 * MARGIN as f64;
    let height = lines.len() * LINE + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height}\" width=\"{width:.0}\" height=\"{height}\">\n\
         <!-- Made by: cargo xtask picture -->\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1e2227\"/>\n\
         <g font-family=\"ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace\" font-size=\"13\" fill=\"#d7dae0\">\n"
    );
    for (number, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let y = MARGIN + number * LINE + 13;
        let fill = match line {
            line if line.starts_with('$') => " fill=\"#8fc379\"",
            line if line.starts_with("    ") => " fill=\"#8b929e\"",
            _ => "",
        };
        // Whatever font there is, columns stand below each other.
        let length = line.chars().count() as f64 * COLUMN;
        let text = line
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace(' ', "\u{a0}");
        // Writing to a String cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{y}\" textLength=\"{length:.1}\"{fill}>{text}</text>"
        );
    }
    svg + "</g>\n</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_wide_as_its_columns() {
        let svg = terminal("$ a\n\n<b>  c\n");
        assert!(svg.contains(">$\u{a0}a</text>"), "{svg}");
        assert!(
            svg.contains("textLength=\"46.8\">&lt;b>\u{a0}\u{a0}c</text>"),
            "{svg}"
        );
        assert_eq!(svg.matches("<text").count(), 2);
    }
}

//! What a program prints, as a picture: docs/demo.svg.

use crate::{Result, cargo, print, renew};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short};
use std::env;
use std::fmt::Write as _;
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: cargo xtask picture

Runs the demo, and makes docs/demo.svg of what it prints.
";

/// Pixels of a column and of a line.
const COLUMN: f64 = 7.8;
const LINE: usize = 18;
const MARGIN: usize = 16;

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    match parser.next()? {
        None => {}
        Some(Long("help") | Short('h')) => return print(HELP),
        Some(other) => return Err(other.unexpected().into()),
    }
    let printed = cargo::output(Command::new(env::current_exe()?).arg("demo"))?;
    let text = format!("$ cargo xtask demo\n{printed}");
    renew(&root().join("docs/demo.svg"), &terminal(&text))?;
    Ok(ExitCode::SUCCESS)
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

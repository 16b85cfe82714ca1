//! Who says what to whom, as pictures: a comment on a page of docs/ is drawn as the file
//! that it names.
//!
//! ```text
//! <!-- drawing NAME.svg: what it shows (cargo xtask drawings)
//! parties: program | service
//! program -> service: a request
//! service ..> program: an answer
//! program: what happens there
//! = a moment for all
//! -->
//! ```

use crate::{Result, print, renew};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask drawings

Draws what the comments `drawing` on the pages of docs/ say.
";

const MARK: &str = "<!-- drawing ";
/// Pixels between two parties, and of a line.
const GAP: usize = 260;
const LINE: usize = 40;
const TOP: usize = 76;

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    match parser.next()? {
        None => {}
        Some(Long("help") | Short('h')) => return print(HELP),
        Some(other) => return Err(other.unexpected().into()),
    }
    for (path, svg) in drawn()? {
        renew(&path, &svg)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The pictures that are not as their pages say.
pub fn faults() -> Result<Vec<String>> {
    let old = drawn()?.into_iter().filter(|(path, svg)| {
        let now = fs::read_to_string(path);
        now.ok().as_ref() != Some(svg)
    });
    Ok(old
        .map(|(path, _)| format!("{} is old: cargo xtask drawings", path.display()))
        .collect())
}

fn drawn() -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("docs"))? {
        let page = entry?.path();
        if page.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let text = fs::read_to_string(&page)?;
        for part in text.split(MARK).skip(1) {
            let fault = || format!("{}: a drawing that is none", page.display());
            let (head, rest) = part.split_once('\n').ok_or_else(fault)?;
            let (body, _) = rest.split_once("-->").ok_or_else(fault)?;
            let (name, title) = head.split_once(": ").ok_or_else(fault)?;
            let title = title.split(" (cargo").next().unwrap_or(title);
            let svg = draw(title, body).ok_or_else(fault)?;
            found.push((page.with_file_name(name), svg));
        }
    }
    found.sort();
    Ok(found)
}

fn draw(title: &str, body: &str) -> Option<String> {
    let mut lines = body.lines().filter(|line| !line.trim().is_empty());
    let parties: Vec<&str> = lines
        .next()?
        .strip_prefix("parties: ")?
        .split(" | ")
        .collect();
    let steps: Vec<&str> = lines.collect();
    let place = |name: &str| {
        let at = parties.iter().position(|party| *party == name.trim())?;
        Some(GAP / 2 + at * GAP)
    };
    let (width, height) = (parties.len() * GAP, TOP + steps.len() * LINE + 16);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"system-ui,sans-serif\" font-size=\"13\">\n<title>{}</title>\n<!-- Made by: cargo xtask drawings -->\n\
         <defs><marker id=\"a\" markerWidth=\"10\" markerHeight=\"8\" refX=\"9\" refY=\"4\" orient=\"auto\"><path d=\"M0,0 L10,4 L0,8 z\" fill=\"#333\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        escaped(title)
    );
    // Writing to a String cannot fail.
    for party in &parties {
        let x = place(party)?;
        let _ = write!(
            svg,
            "<line x1=\"{x}\" y1=\"48\" x2=\"{x}\" y2=\"{}\" stroke=\"#bbb\"/>\n\
             <rect x=\"{}\" y=\"12\" width=\"200\" height=\"36\" rx=\"6\" fill=\"#eef3fb\" stroke=\"#5b7db1\"/>\n\
             <text x=\"{x}\" y=\"35\" text-anchor=\"middle\" font-weight=\"600\">{}</text>\n",
            height - 8,
            x - 100,
            escaped(party)
        );
    }
    for (number, step) in steps.iter().enumerate() {
        let y = TOP + number * LINE;
        if let Some(text) = step.strip_prefix("= ") {
            let _ = write!(
                svg,
                "<line x1=\"10\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"#c77\" stroke-dasharray=\"2 4\"/>\n\
                 <text x=\"14\" y=\"{}\" fill=\"#a33\" font-style=\"italic\">{}</text>\n",
                width - 10,
                y + 16,
                escaped(text)
            );
            continue;
        }
        let (who, text) = step.split_once(": ")?;
        let (arrow, dashes) = if who.contains(" ..> ") {
            (who.split_once(" ..> "), " stroke-dasharray=\"5 4\"")
        } else {
            (who.split_once(" -> "), "")
        };
        let Some((from, to)) = arrow else {
            let x = place(who)?;
            let _ = write!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"230\" height=\"28\" rx=\"3\" fill=\"#fdf6dd\" stroke=\"#d9c46a\"/>\n\
                 <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\">{}</text>\n",
                x - 115,
                y - 6,
                y + 12,
                escaped(text)
            );
            continue;
        };
        let (from, to) = (place(from)?, place(to)?);
        let inset = |x: usize, other: usize| if x < other { x + 3 } else { x - 3 };
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\">{}</text>\n\
             <line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#333\"{dashes} marker-end=\"url(#a)\"/>\n",
            (from + to) / 2,
            y + 6,
            escaped(text),
            inset(from, to),
            y + 12,
            inset(to, from),
            y + 12
        );
    }
    Some(svg + "</svg>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_drawn() {
        let svg =
            draw("t", "parties: a | b\na -> b: x<y\nb ..> a: z\na: n\n= m\n").unwrap_or_default();
        assert_eq!(svg.matches("marker-end").count(), 2);
        assert_eq!(svg.matches("stroke-dasharray=\"5 4\"").count(), 1);
        assert!(svg.contains("x&lt;y") && svg.contains(">n</text>") && svg.contains(">m</text>"));
        assert_eq!(draw("t", "parties: a\na -> c: x\n"), None);
    }
}

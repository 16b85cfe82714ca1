//! The picture of the parts, drawn from the table in docs/architecture.md, and
//! whether the code is as the table says.

use crate::{Result, circles, places, print, renew};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask architecture

Draws docs/architecture.svg from the table of parts in docs/architecture.md.
";
const PAGE: &str = "docs/architecture.md";
const PICTURE: &str = "docs/architecture.svg";

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    match parser.next()? {
        None => {}
        Some(Long("help") | Short('h')) => return print(HELP),
        Some(other) => return Err(other.unexpected().into()),
    }
    renew(&root().join(PICTURE), &draw(&parts()?)?)?;
    Ok(ExitCode::SUCCESS)
}

/// What is not as the table says.
pub fn faults() -> Result<Vec<String>> {
    let parts = parts()?;
    let mut faults = wrong_uses(&parts)?;
    faults.extend(circles::faults()?);
    faults.extend(places::faults()?);
    if fs::read_to_string(root().join(PICTURE)).ok() != Some(draw(&parts)?) {
        faults.push(format!("{PICTURE} is old: cargo xtask architecture"));
    }
    Ok(faults)
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    name: String,
    what: String,
    files: Vec<String>,
    uses: Vec<String>,
    /// What it is connected with by nothing but a network.
    answers: Vec<String>,
}

fn parts() -> Result<Vec<Part>> {
    let parts = table(&fs::read_to_string(root().join(PAGE))?);
    let names: BTreeSet<_> = parts.iter().map(|part| &part.name).collect();
    for part in &parts {
        for other in part.uses.iter().chain(&part.answers) {
            if !names.contains(other) {
                return Err(format!("{PAGE}: {} uses {other}, which is no part", part.name).into());
            }
        }
    }
    Ok(parts)
}

fn table(page: &str) -> Vec<Part> {
    let rows = page
        .lines()
        .skip_while(|line| !line.starts_with("| part |"))
        .skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .filter_map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let [name, what, files, uses] = [(); 4].map(|()| cells.next());
            let (uses, answers) = uses?.split_once(';').unwrap_or((uses?, ""));
            Some(Part {
                name: name?.to_owned(),
                what: what?.replace('`', ""),
                files: quoted(files?),
                uses: quoted(uses),
                answers: quoted(answers),
            })
        })
        .collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Every `use` of a module that belongs to a part of which the table does not
/// say that it is used.
fn wrong_uses(parts: &[Part]) -> Result<Vec<String>> {
    let mut part_of = BTreeMap::new();
    for part in parts {
        for file in &part.files {
            if let Some(module) = file.strip_prefix("src/") {
                part_of.insert(module_name(module).to_owned(), part);
            }
        }
    }
    let mut faults = Vec::new();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files)?;
    files.sort();
    for file in files {
        let name = file.strip_prefix(root()).unwrap_or(&file).to_owned();
        let Some(within) = name.strip_prefix("src").ok().and_then(Path::to_str) else {
            continue;
        };
        let own = module_name(within.trim_start_matches('/'));
        if own == "lib" {
            continue;
        }
        let Some(part) = part_of.get(own) else {
            faults.push(format!("{} belongs to no part in {PAGE}", name.display()));
            continue;
        };
        for used in used_modules(&fs::read_to_string(&file)?) {
            let other = part_of.get(used.as_str());
            let is_fine = other.is_none_or(|o| o.name == part.name || part.uses.contains(&o.name));
            if !is_fine {
                let name = name.display();
                faults.push(format!("{name} uses {used}, and {PAGE} says not"));
            }
        }
    }
    Ok(faults)
}

/// The module of the crate that a path within src belongs to.
fn module_name(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.trim_end_matches(".rs")
}

/// The sources without the tests, which may use more.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            // Tests, too.
            if name != "fuzzing" {
                sources(&path, files)?;
            }
        } else if name.ends_with(".rs") && !name.contains("test") {
            files.push(path);
        }
    }
    Ok(())
}

/// The modules of the crate that a source names, but for its comments.
fn used_modules(source: &str) -> BTreeSet<String> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut used = BTreeSet::new();
    for line in code {
        for rest in line.split("crate::").skip(1) {
            let is_end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
            used.extend(rest.split(is_end).next().map(str::to_owned));
        }
    }
    used
}

const GAP: usize = 36;
const MARGIN: usize = 12;
const WIDTH: usize = 920;
/// The column at the right, of what only a network connects.
const ASIDE: usize = 200;
const LINE: usize = 17;

/// Where a part is drawn.
struct Place<'p> {
    part: &'p Part,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    lines: Vec<String>,
}

impl Place<'_> {
    fn middle(&self) -> usize {
        self.x + self.width / 2
    }
}

fn draw(parts: &[Part]) -> Result<String> {
    let levels = levels(parts)?;
    let top = levels.values().max().copied().unwrap_or(0);
    let is_aside = |part: &Part| !part.answers.is_empty();
    let main = WIDTH
        - if parts.iter().any(is_aside) {
            ASIDE + GAP
        } else {
            0
        };
    let mut places: Vec<Place<'_>> = Vec::new();
    let mut y = MARGIN;
    for level in (0..=top).rev() {
        let row: Vec<_> = parts
            .iter()
            .filter(|part| !is_aside(part) && levels.get(&part.name) == Some(&level))
            .collect();
        let width = (main - 2 * MARGIN - GAP * (row.len() - 1)) / row.len();
        let mut height = 0;
        let first = places.len();
        for (column, part) in row.into_iter().enumerate() {
            let place = place(part, MARGIN + column * (width + GAP), y, width);
            height = height.max(place.height);
            places.push(place);
        }
        for place in places.iter_mut().skip(first) {
            place.height = height;
        }
        y += height + GAP;
    }
    for part in parts.iter().filter(|part| is_aside(part)) {
        let beside = places.iter().find(|p| part.answers.contains(&p.part.name));
        let y = beside.map_or(MARGIN, |place| place.y);
        places.push(place(part, main + GAP - MARGIN, y, ASIDE));
    }
    let height = places.iter().map(|p| p.y + p.height).max().unwrap_or(0) + MARGIN;
    Ok(picture(parts, &places, height))
}

fn place(part: &Part, x: usize, y: usize, width: usize) -> Place<'_> {
    // The mean width of a character at 13 pixels, with room.
    let lines = wrapped(&part.what, (width - 24) * 10 / 70);
    let height = 40 + LINE * lines.len();
    Place {
        part,
        x,
        y,
        width,
        height,
        lines,
    }
}

/// How many parts each stands above another at the least.
fn levels(parts: &[Part]) -> Result<BTreeMap<String, usize>> {
    let mut levels = BTreeMap::new();
    while levels.len() < parts.len() {
        let before = levels.len();
        for part in parts {
            let below = part.uses.iter().map(|used| levels.get(used).copied());
            let below: Option<Vec<usize>> = below.collect();
            if let Some(below) = below {
                let level = below.into_iter().max().map_or(0, |level| level + 1);
                levels.insert(part.name.clone(), level);
            }
        }
        if levels.len() == before {
            return Err(format!("{PAGE}: the parts use each other in a circle").into());
        }
    }
    Ok(levels)
}

/// What a part uses that nothing else between them does: the arrows worth drawing.
fn direct<'p>(parts: &'p [Part], part: &'p Part) -> Vec<&'p str> {
    let reaches = |from: &str, to: &str| reaches(parts, from, to);
    let uses = part.uses.iter();
    uses.filter(|used| !part.uses.iter().any(|o| o != *used && reaches(o, used)))
        .map(String::as_str)
        .collect()
}

fn reaches(parts: &[Part], from: &str, to: &str) -> bool {
    let part = parts.iter().find(|part| part.name == from);
    part.is_some_and(|part| {
        let mut uses = part.uses.iter();
        uses.any(|used| used == to || reaches(parts, used, to))
    })
}

fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                let _ = write!(line, " {word}");
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

const STYLE: &str = "\
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .name { font-weight: 600; font-size: 15px; }
    rect { fill: #f6f8fa; stroke: #8c959f; }
    path { stroke: #57606a; stroke-width: 1.5; fill: none; }
    .head { fill: #57606a; stroke: none; }
    .wire { stroke-dasharray: 5 4; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      rect { fill: #161b22; stroke: #6e7681; }
      path { stroke: #9198a1; }
      .head { fill: #9198a1; }
    }
  </style>
";

fn picture(parts: &[Part], places: &[Place<'_>], height: usize) -> String {
    let mut svg = format!(
        "<!-- Made from {PAGE} by: cargo xtask architecture -->\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         \x20 <title>The parts of chatfile, and which uses which</title>\n{STYLE}\
         \x20 <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto-start-reverse\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/>\
         </marker></defs>\n"
    );
    let find = |name: &str| places.iter().find(|place| place.part.name == name);
    for place in places {
        let Place { x, y, width, .. } = place;
        let _ = writeln!(
            svg,
            "  <rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" rx=\"6\"/>",
            place.height
        );
        let at = x + 12;
        let name = escaped(&place.part.name);
        let _ = writeln!(
            svg,
            "  <text class=\"name\" x=\"{at}\" y=\"{}\">{name}</text>",
            y + 22
        );
        for (number, line) in place.lines.iter().enumerate() {
            let y = y + 42 + number * LINE;
            let _ = writeln!(svg, "  <text x=\"{at}\" y=\"{y}\">{}</text>", escaped(line));
        }
        for below in direct(parts, place.part).into_iter().filter_map(find) {
            let _ = writeln!(svg, "  {}", arrow(place, below));
        }
        for other in place.part.answers.iter().filter_map(|name| find(name)) {
            let y = place.y + 20;
            let _ = writeln!(
                svg,
                "  <path class=\"wire\" marker-start=\"url(#head)\" marker-end=\"url(#head)\" \
                 d=\"M{} {y}H{}\"/>",
                other.x + other.width + 2,
                x - 2
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// From a part to one below it, straight down where they overlap.
fn arrow(from: &Place<'_>, to: &Place<'_>) -> String {
    let from_inside = |x: usize| x > from.x + 12 && x < from.x + from.width - 12;
    let start = if from_inside(to.middle()) {
        to.middle()
    } else {
        from.middle()
    };
    let end = if start > to.x + 12 && start < to.x + to.width - 12 {
        start
    } else {
        to.middle()
    };
    format!(
        "<path marker-end=\"url(#head)\" d=\"M{start} {}L{end} {}\"/>",
        from.y + from.height,
        to.y - 2
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const TABLE: &str = "\
text
| part | what | files | uses |
| --- | --- | --- | --- |
| top | `a` b | `src/top/` | `middle`, `low` |
| middle | c | `src/middle.rs` | `low` |
| low | d | | |
| far | e | | ; answers `low` |

| other | table |
";

    #[test]
    fn the_parts_are_those_of_the_table() {
        let parts = table(TABLE);
        let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["top", "middle", "low", "far"]);
        assert_eq!(parts[0].what, "a b");
        assert_eq!(parts[0].files, ["src/top/"]);
        assert_eq!(parts[0].uses, ["middle", "low"]);
        assert_eq!(parts[3].answers, ["low"]);
        assert_eq!(direct(&parts, &parts[0]), ["middle"]);
        assert_eq!(levels(&parts).unwrap()["top"], 2);
    }

    #[test]
    fn a_circle_is_an_error() {
        let circle = TABLE.replace("| d | | |", "| d | | `top` |");
        assert!(levels(&table(&circle)).is_err());
    }

    #[test]
    fn modules_are_named_by_code_and_not_by_comments() {
        let source = "//! [`crate::x`]\nuse crate::error::Error;\nlet a = crate::text::clean(b);\n";
        assert_eq!(
            used_modules(source).into_iter().collect::<Vec<_>>(),
            ["error", "text"]
        );
        assert_eq!(module_name("client/smh/mod.rs"), "client");
        assert_eq!(module_name("error.rs"), "error");
    }

    #[test]
    fn the_picture_has_each_part_and_the_arrows_that_say_something() {
        let svg = draw(&table(TABLE)).unwrap();
        assert_eq!(svg.matches("<rect").count(), 4);
        assert_eq!(svg.matches("<path marker-end").count(), 2);
        assert_eq!(svg.matches("class=\"wire\"").count(), 1);
    }
}

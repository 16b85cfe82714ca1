//! Whether pages in Chinese are those of the English ones: NAME.zh-CN.md has in its first
//! line which page it is of, and the hash of what was translated.

use crate::{Result, print};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask translated

To be run when the pages in Chinese say again what the English ones say: writes into
each of what text it is the translation. Programs on them must be the same already.
";

const ENDING: &str = ".zh-CN.md";
/// Before the page, and the heading of its part if it is one, and behind that the hash.
const MARK: &str = "<!-- translation of ";
const HASH: &str = ", whose text had SHA-256 ";
const MARK_END: &str = " (cargo xtask translated) -->\n\n";
/// What is made in both languages from elsewhere.
const MADE: (&str, &str) = ("<!-- messages", "<!-- end of the messages -->");

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    match parser.next()? {
        None => {}
        Some(Long("help") | Short('h')) => return print(HELP),
        Some(other) => return Err(other.unexpected().into()),
    }
    let mut wrong = 0;
    for path in pages()? {
        let page = Page::read(&path)?;
        for fault in page.differences() {
            println!("{}: {fault}", page.name);
            wrong += 1;
        }
        let head = format!("{MARK}{}{HASH}{}{MARK_END}", page.of, page.now());
        fs::write(&path, head + &page.text)?;
    }
    Ok(ExitCode::from(u8::from(wrong > 0)))
}

/// What is not as it should be.
pub fn faults() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for path in pages()? {
        let page = Page::read(&path)?;
        let differences = page.differences().into_iter();
        faults.extend(differences.map(|what| format!("{}: {what}", page.name)));
        if page.hash != page.now() {
            faults.push(format!(
                "{} is the translation of an older {}: bring it into step, then cargo xtask translated",
                page.name, page.of
            ));
        }
    }
    Ok(faults)
}

fn pages() -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for folder in [root(), root().join("docs")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(ENDING) {
                pages.push(path);
            }
        }
    }
    pages.sort();
    Ok(pages)
}

struct Page {
    name: String,
    /// The English page, `PAGE` or `PAGE#HEADING`.
    of: String,
    hash: String,
    text: String,
    english: String,
}

impl Page {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let name = path
            .strip_prefix(root())
            .unwrap_or(path)
            .display()
            .to_string();
        let head = text
            .strip_prefix(MARK)
            .and_then(|rest| rest.split_once(MARK_END));
        let (of, hash, text) = match head {
            Some((head, text)) => {
                let (of, hash) = head.split_once(HASH).unwrap_or((head, ""));
                (of.to_owned(), hash.to_owned(), text.to_owned())
            }
            // Not marked yet: it is of the page of its own name.
            None => (name.replace(ENDING, ".md"), String::new(), text),
        };
        let (file, part) = of.split_once('#').unwrap_or((&of, ""));
        let english = fs::read_to_string(root().join(file)).map_err(|e| format!("{file}: {e}"))?;
        let english = if part.is_empty() {
            english
        } else {
            section(&english, part).ok_or_else(|| format!("{file} has no part {part:?}"))?
        };
        Ok(Self {
            name,
            of,
            hash,
            text,
            english,
        })
    }

    fn now(&self) -> String {
        let mut hash = String::new();
        for byte in Sha256::digest(by_hand(&self.english)) {
            // Writing to a String cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        hash
    }

    /// Headings by their levels, rows of tables, and all programs, are the same.
    fn differences(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        if levels(&self.english) != levels(&self.text) {
            found.push("its headings are other ones than those of the English page");
        }
        if programs(&self.english) != programs(&self.text) {
            found.push("its programs are other ones than those of the English page");
        }
        if rows(&self.english) != rows(&self.text) {
            found.push("its tables have more or fewer rows than those of the English page");
        }
        found
    }
}

/// A part of a page, from its heading, which becomes that of a page, to the next one.
fn section(page: &str, heading: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n"))?;
    let (part, _) = rest.split_once("\n## ").unwrap_or((rest, ""));
    Some(format!("# {heading}\n{part}"))
}

/// Without what a tool makes in every language.
fn by_hand(page: &str) -> String {
    match (page.find(MADE.0), page.find(MADE.1)) {
        (Some(begin), Some(end)) if begin < end => format!("{}{}", &page[..begin], &page[end..]),
        _ => page.to_owned(),
    }
}

fn levels(page: &str) -> Vec<usize> {
    let text: Vec<&str> = page.split("\n```").step_by(2).collect();
    let text = format!("\n{}", text.join("\n"));
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| line.bytes().take_while(|byte| *byte == b'#').count())
        .collect()
}

fn rows(page: &str) -> usize {
    let page = by_hand(page);
    let text = page.split("\n```").step_by(2);
    let rows = text.flat_map(str::lines);
    rows.filter(|line| line.starts_with('|')).count()
}

/// What stands in fences, and what is indented.
fn programs(page: &str) -> Vec<&str> {
    let mut parts = page.split("\n```");
    let mut found = Vec::new();
    while let Some(text) = parts.next() {
        found.extend(text.lines().filter(|line| line.starts_with("    ")));
        found.extend(parts.next());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_the_same_is_found() {
        let page = "# A\n\nb\n\n    cc x\n\n```c\n# no heading\nint x;\n```\n## C\n";
        assert_eq!(levels(page), [1, 2]);
        assert_eq!(rows("| a |\n\n```\n| b |\n```\n| c |\n"), 2);
        assert_eq!(programs(page), ["    cc x", "c\n# no heading\nint x;"]);
        assert_eq!(
            section("# A\n\n## B c\n\nx\n\n## D\n", "B c").as_deref(),
            Some("# B c\n\nx\n")
        );
        assert_eq!(
            by_hand("a<!-- messages x\nb<!-- end of the messages -->c"),
            "a<!-- end of the messages -->c"
        );
    }
}

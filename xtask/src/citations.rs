//! Citations of docs/protocol: `smh.md` and the number of a heading behind a section sign.

use crate::Result;
use chatfile_ffi_tests::toolchain::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const SIGN: char = '\u{a7}';
const PAGES: &str = "docs/protocol";
const EXTENSIONS: &[&str] = &[
    "rs", "md", "toml", "py", "go", "c", "h", "cpp", "hpp", "cs", "pas",
];

/// The numbered headings of each page, by its file name.
type Sections = BTreeMap<String, BTreeSet<String>>;

/// Every citation in this repository that leads nowhere, as `file:line: what it says`.
pub fn dead() -> Result<Vec<String>> {
    let sections = sections()?;
    let mut files = Vec::new();
    let root = root();
    collect(&root, &mut files)?;
    files.sort();
    let mut dead = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(&root).unwrap_or(&file).display();
        for (line, citation) in citations(&text) {
            if !is_known(&sections, &citation) {
                dead.push(format!("{name}:{line}: {citation}"));
            }
        }
    }
    Ok(dead)
}

fn sections() -> Result<Sections> {
    let mut sections = Sections::new();
    for entry in fs::read_dir(root().join(PAGES))? {
        let entry = entry?;
        let text = fs::read_to_string(entry.path())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        sections.insert(name, text.lines().filter_map(number_of_heading).collect());
    }
    Ok(sections)
}

fn number_of_heading(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#');
    let number = title.split_whitespace().next()?;
    number
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| number.to_owned())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') && name != "target" {
            collect(&entry.path(), files)?;
        } else if kind.is_file() && EXTENSIONS.iter().any(|e| has_extension(&name, e)) {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.strip_suffix(extension)
        .is_some_and(|front| front.ends_with('.'))
}

/// What each section sign of a text means, with its line: `page.md 1.2`, a standard's name and number, or the
/// number alone where nothing says of what. A source holds for a list: "smh.md 1.2, 1.3 and 1.4", each with its sign.
fn citations(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut source: Option<String> = None;
    let mut last = "";
    for (line, word) in words(text) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != SIGN);
        if let Some((_, numbers)) = word.split_once(SIGN) {
            for number in numbers.split('–') {
                let number = number
                    .trim_start_matches(SIGN)
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches('.');
                let said = match &source {
                    Some(source) => format!("{source} {number}"),
                    None => number.to_owned(),
                };
                found.push((line, said));
            }
        } else if bare.ends_with(".md") {
            source = bare.rsplit('/').next().map(str::to_owned);
        } else if last.ends_with("RFC") && bare.bytes().all(|b| b.is_ascii_digit()) {
            source = Some(format!("RFC {bare}"));
        } else if bare == "Unicode" {
            source = Some(bare.to_owned());
        } else if !matches!(bare, "to" | "and" | "or" | "") {
            source = None;
        }
        last = word;
    }
    found
}

/// The words of a text without the marks of comments, with their lines.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(index, line)| {
        line.split_whitespace()
            .filter(|word| !matches!(*word, "//" | "///" | "//!" | "#" | "*"))
            .map(move |word| (index + 1, word))
    })
}

fn is_known(sections: &Sections, citation: &str) -> bool {
    match citation.split_once(' ') {
        Some((page, number)) if page.ends_with(".md") => sections
            .get(page)
            .is_some_and(|numbers| numbers.contains(number)),
        // A standard, which stands elsewhere.
        Some(_) => true,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `@` stands for the sign, so that this file cites nothing.
    fn said(text: &str) -> Vec<String> {
        let text = text.replace('@', &SIGN.to_string());
        citations(&text).into_iter().map(|(_, said)| said).collect()
    }

    #[test]
    fn a_citation_is_a_page_or_a_standard_and_a_number() {
        assert_eq!(said("/// Parts (smh.md @1.5b)."), ["smh.md 1.5b"]);
        assert_eq!(
            said("a (docs/protocol/smh.md\n    /// @1.3, @1.4 and\n//! @1.5) b"),
            ["smh.md 1.3", "smh.md 1.4", "smh.md 1.5"]
        );
        assert_eq!(
            said("`netease.md @3.1–3.4`"),
            ["netease.md 3.1", "netease.md 3.4"]
        );
        assert_eq!(said("(RFC\n/// 9110 @8.8.2.2)."), ["RFC 9110 8.8.2.2"]);
        assert_eq!(said("smh.md says so. See @1.3"), ["1.3"]);
    }

    #[test]
    fn only_numbered_headings_can_be_cited() {
        let page = "# Page\n## 1.3 One\n### 1.5b Two\ntext 1.4\n## Three\n";
        let numbers = page.lines().filter_map(number_of_heading).collect();
        let sections = Sections::from([("a.md".to_owned(), numbers)]);
        for good in ["a.md 1.3", "a.md 1.5b", "RFC 3986 5.2"] {
            assert!(is_known(&sections, good), "{good}");
        }
        for bad in ["a.md 1.4", "b.md 1.3", "1.3", "a.md Three"] {
            assert!(!is_known(&sections, bad), "{bad}");
        }
    }
}

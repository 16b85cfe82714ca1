//! The pages of this repository: the programs on them, and links.

use crate::Result;
use chatfile_ffi_tests::toolchain::root;
use std::fs;
use std::path::{Path, PathBuf};

/// The program in this language (the word behind the fence) on a page.
pub fn program(page: &str, language: &str) -> Result<String> {
    let text = fs::read_to_string(root().join(page))?;
    first_block(&text, language)
        .ok_or_else(|| format!("{page} has no program in {language}").into())
}

fn first_block(page: &str, language: &str) -> Option<String> {
    // Behind the language there may be the name of its file.
    let (_, rest) = page.split_once(&format!("\n```{language}"))?;
    let (name, rest) = rest.split_once('\n')?;
    if !name.is_empty() && !name.starts_with(' ') {
        return first_block(rest, language);
    }
    let (block, _) = rest.split_once("\n```")?;
    Some(format!("{block}\n"))
}

/// Every link of a page to a file that is not there, as `page: target`.
pub fn dead_links() -> Result<Vec<String>> {
    let mut dead = Vec::new();
    for page in pages()? {
        let text = fs::read_to_string(&page)?;
        let folder = page.parent().unwrap_or(Path::new("."));
        for target in links(&text) {
            if !folder.join(target).exists() {
                dead.push(format!("{}: {target}", page.display()));
            }
        }
    }
    Ok(dead)
}

/// The pages in the root, in docs/ and below, and of the Python package.
fn pages() -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    let folders = [
        "",
        "docs",
        "docs/protocol",
        "docs/recipes",
        "bindings/python",
    ];
    for folder in folders.map(|name| root().join(name)) {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    Ok(pages)
}

/// The targets of links to files, without the part after `#`.
fn links(page: &str) -> impl Iterator<Item = &str> {
    // What stands in a fence is code.
    page.split("\n```")
        .step_by(2)
        .flat_map(|text| text.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_program_of_a_language_is_found() {
        let page = "```c\nx\n```\n\n```cpp\nint y;\n```\n```c\nint x;\n}\n```\n";
        let page = format!("text\n{page}");
        assert_eq!(first_block(&page, "c").as_deref(), Some("x\n"));
        assert_eq!(first_block(&page, "cpp").as_deref(), Some("int y;\n"));
        assert_eq!(first_block(&page, "go"), None);
    }

    #[test]
    fn links_to_files_are_found() {
        let page = "\n```c\n[](int) {}\n```\n[a](docs/x.md#y) [b](https://example.org/z) [c](#here) [d](LICENSE-MIT)";
        assert_eq!(
            links(page).collect::<Vec<_>>(),
            ["docs/x.md", "LICENSE-MIT"]
        );
    }
}

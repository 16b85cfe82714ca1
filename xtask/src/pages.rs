//! The pages of this repository: the C example of the README, and links.

use crate::Result;
use chatfile_ffi_tests::toolchain::root;
use std::fs;
use std::path::{Path, PathBuf};

/// The C program in the README.
pub fn readme_example() -> Result<String> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    c_program(&readme).ok_or_else(|| "README.md has no C program".into())
}

/// The first block of C that has a main function.
fn c_program(page: &str) -> Option<String> {
    page.split("\n```c\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("\n```"))
        .map(|(block, _)| format!("{block}\n"))
        .find(|block| block.contains("int main("))
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

/// The pages in the root, in docs/ and of the Python package.
fn pages() -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    let folders = ["", "docs", "bindings/python"];
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
    page.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_told_from_other_blocks() {
        let page = "a\n```c\nint x;\n```\nb\n```c\nint main(void)\n{\n}\n```\nc";
        assert_eq!(c_program(page).as_deref(), Some("int main(void)\n{\n}\n"));
        assert_eq!(c_program("```c\nint x;\n```\n"), None);
    }

    #[test]
    fn links_to_files_are_found() {
        let page = "[a](docs/x.md#y) [b](https://example.org/z) [c](#here) [d](LICENSE-MIT)";
        assert_eq!(
            links(page).collect::<Vec<_>>(),
            ["docs/x.md", "LICENSE-MIT"]
        );
    }
}

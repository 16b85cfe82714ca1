//! The C manual, made from the header: docs/c-manual.md.

use crate::Result;
use chatfile_ffi_tests::toolchain::root;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

const BEGINNING: &str = "\
<!-- Made from include/chatfile.h by: cargo xtask header -->

# The C interface

What [include/chatfile.h](../include/chatfile.h) says, by kind: [what holds for all](#what-holds-for-all), [numbers](#numbers),
[structures](#structures), [types](#types), [functions](#functions).
";

/// A documented piece of the header.
struct Item<'h> {
    /// The comment, without its marks.
    text: String,
    /// What it is about, up to the `;`, or the line of a `#define`.
    code: &'h str,
}

/// Where the manual is.
pub fn path() -> PathBuf {
    root().join("docs/c-manual.md")
}

/// The manual of the present header.
pub fn of_header() -> Result<String> {
    let header = fs::read_to_string(root().join("include/chatfile.h"))?;
    let (head, body) = header
        .split_once("extern \"C\" {")
        .ok_or("the header has no extern \"C\"")?;
    let mut page = BEGINNING.to_owned();
    page += "\n## What holds for all\n\n";
    page += &introduction(head).ok_or("the header has no introduction")?;
    let items = items(body);
    section(&mut page, &items, "Numbers", number);
    section(&mut page, &items, "Structures", structure);
    section(&mut page, &items, "Types", other_type);
    section(&mut page, &items, "Functions", function);
    Ok(page)
}

fn section(
    page: &mut String,
    items: &[Item<'_>],
    title: &str,
    write: fn(&Item<'_>) -> Option<String>,
) {
    let _ = write!(page, "\n## {title}\n\n");
    if title == "Numbers" {
        page.push_str("| name | value | what |\n| --- | --- | --- |\n");
    }
    page.extend(items.iter().filter_map(write));
}

/// The comment in front, whose indented lines are a program.
fn introduction(head: &str) -> Option<String> {
    let (_, rest) = head.split_once("/*\n * chatfile:")?;
    let (text, _) = rest.split_once("*/")?;
    let lines = text.lines().map(|line| {
        let line = line.strip_prefix(" *").unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line)
    });
    Some(format!("chatfile: {}\n", join(lines).trim()))
}

fn join<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// Every comment for users, and what follows it.
fn items(body: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut rest = body;
    while let Some((_, behind)) = rest.split_once("\n/**") {
        let Some((comment, code)) = behind.split_once("*/\n") else {
            break;
        };
        let end = end_of(code);
        items.push(Item {
            text: plain(comment),
            code: code[..end].trim(),
        });
        rest = &code[end..];
    }
    items
}

/// Where the declaration that a text begins with is over.
fn end_of(code: &str) -> usize {
    if code.starts_with("#define") {
        return code.find('\n').unwrap_or(code.len());
    }
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            // Those in the comments of fields are within the braces.
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// A comment without its stars; paragraphs stay.
fn plain(comment: &str) -> String {
    let lines = comment.lines().map(|line| {
        let line = line.trim();
        line.strip_prefix('*').unwrap_or(line).trim()
    });
    join(lines).trim().to_owned()
}

/// The text as one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

fn number(item: &Item<'_>) -> Option<String> {
    let (name, value) = item.code.strip_prefix("#define ")?.split_once(' ')?;
    let text = cell(&item.text);
    Some(format!("| `{name}` | {} | {text} |\n", value.trim()))
}

fn structure(item: &Item<'_>) -> Option<String> {
    let (_, fields) = item.code.strip_prefix("typedef struct ")?.split_once('{')?;
    let (fields, name) = fields.rsplit_once('}')?;
    let mut text = heading(name.trim_end_matches(';').trim(), item);
    text.push_str("\n| field | what |\n| --- | --- |\n");
    for field in fields.split("/**").skip(1) {
        let (comment, declaration) = field.split_once("*/")?;
        let declaration = cell(declaration.trim().trim_end_matches(';'));
        let what = cell(&plain(comment));
        let _ = writeln!(text, "| `{declaration}` | {what} |");
    }
    text.push('\n');
    Some(text)
}

fn other_type(item: &Item<'_>) -> Option<String> {
    let declaration = item.code.strip_prefix("typedef ")?;
    if declaration.contains('{') {
        return None;
    }
    let declaration = declaration.trim_end_matches(';');
    // `int (CHATFILE_CALL *name)(…)`, `struct name name`, `int32_t name`.
    let name = match declaration.split_once("CHATFILE_CALL *") {
        Some((_, rest)) => rest.split_once(')')?.0,
        None => declaration.split_whitespace().last()?,
    };
    Some(with_code(name, item))
}

fn function(item: &Item<'_>) -> Option<String> {
    let (_, declaration) = item
        .code
        .strip_prefix("CHATFILE_API ")?
        .split_once("CHATFILE_CALL ")?;
    let (name, _) = declaration.split_once('(')?;
    Some(with_code(name, item))
}

fn with_code(name: &str, item: &Item<'_>) -> String {
    let code = item
        .code
        .replace("CHATFILE_API ", "")
        .replace("CHATFILE_CALL ", "");
    format!("{}\n```c\n{code}\n```\n\n", heading(name, item))
}

fn heading(name: &str, item: &Item<'_>) -> String {
    format!("### `{name}`\n\n{}\n", item.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_is_that_of_the_header() {
        let manual = fs::read_to_string(path()).unwrap_or_default();
        let is_current = manual == of_header().unwrap_or_default();
        assert!(is_current, "make docs/c-manual.md anew: cargo xtask header");
    }

    /// Everything that can be called, and everything that can be filled in.
    #[test]
    fn nothing_of_the_header_is_missing() -> Result<()> {
        let (header, manual) = (
            fs::read_to_string(root().join("include/chatfile.h"))?,
            of_header()?,
        );
        let functions = header.split("CHATFILE_CALL ").skip(1);
        let names = functions
            .filter_map(|rest| rest.split_once('('))
            .map(|(name, _)| name)
            .filter(|name| name.starts_with("chatfile_"));
        let structures = header
            .split("typedef struct ")
            .skip(1)
            .filter_map(|rest| rest.split_once([' ', ';']))
            .map(|(name, _)| name);
        let mut count = 0;
        for name in names.chain(structures) {
            assert!(manual.contains(&format!("### `{name}`")), "{name}");
            count += 1;
        }
        assert!(count > 130, "{count}");
        Ok(())
    }
}

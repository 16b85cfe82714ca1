//! The C manual, made from the header: docs/c-manual.md. It has the header's sections,
//! in their order.

use crate::Result;
use chatfile_ffi_tests::header::HEADING;
use chatfile_ffi_tests::toolchain::root;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

const BEGINNING: &str = "\
<!-- Made from include/chatfile.h by: cargo xtask header -->

# The C interface

What [include/chatfile.h](../include/chatfile.h) says, in its order.

";

/// What stands above the rows of numbers.
const TABLE: &str = "| name | value | what |\n| --- | --- | --- |\n";

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
    let beginning = format!("/*\n{HEADING}");
    let mut sections = header.split(&beginning);
    let introduction = sections.next().and_then(introduction);
    let introduction = introduction.ok_or("the header has no introduction")?;
    let mut page = BEGINNING.to_owned();
    let mut texts = Vec::new();
    page += &introduction;
    for section in sections {
        let (title, rest) = section.split_once(" =").ok_or("a heading without end")?;
        let (comment, code) = rest.split_once("*/\n").ok_or("a comment without end")?;
        let anchor = title.to_lowercase().replace(' ', "-");
        let _ = writeln!(page, "- [{title}](#{anchor})");
        texts.push(format!("\n## {title}\n\n{}", prose(comment)));
        let mut was_number = false;
        for item in items(code) {
            let number = number(&item);
            if number.is_some() && !was_number {
                texts.push(TABLE.to_owned());
            } else if number.is_none() && was_number {
                texts.push("\n".to_owned());
            }
            was_number = number.is_some();
            let text = number
                .or_else(|| structure(&item))
                .or_else(|| other_type(&item))
                .or_else(|| function(&item));
            texts.extend(text);
        }
    }
    page.extend(texts);
    let page = page.replace("\n\n\n", "\n\n");
    Ok(format!("{}\n", page.trim_end()))
}

/// The comment in front, but for its list of headings, which become links.
fn introduction(head: &str) -> Option<String> {
    let (_, text) = head.split_once("/*\n * chatfile:")?;
    let (text, _) = text.split_once(" * What stands here")?;
    Some(prose(&format!("chatfile:{text}")))
}

/// The text of a comment for no declaration, in which indented lines are a program.
fn prose(comment: &str) -> String {
    let lines = comment.lines().map(|line| {
        let line = line.trim_start_matches('=');
        let line = line.strip_prefix(" *").unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line)
    });
    let text = join(lines);
    match text.trim_matches('\n') {
        "" => String::new(),
        text => format!("{}\n\n", text.trim_end()),
    }
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

//! What cbindgen wrote, taken apart: it sorts by kind, and knows no INIT macros and
//! no calling convention.

use crate::Result;
use std::collections::BTreeMap;

/// What is declared, by its name.
pub type Items = BTreeMap<String, Item>;

/// A declaration with its comment.
pub struct Item {
    /// The lines of both.
    pub comment: String,
    pub code: String,
    /// The fields, if it is a structure that callers see into.
    pub fields: Option<Vec<String>>,
}

/// Reads all that stands below the includes.
pub fn read(generated: &str) -> Result<Items> {
    let (_, body) = generated
        .split_once("#include <stdint.h>\n")
        .ok_or("cbindgen wrote no includes")?;
    let (body, _) = body
        .rsplit_once("#endif")
        .ok_or("cbindgen wrote no include guard")?;
    let mut items = Items::new();
    let mut lines = body.lines();
    while let Some(first) = lines.next() {
        if first.is_empty() {
            continue;
        }
        if first != "/**" {
            return Err(format!("it has no comment: {first}").into());
        }
        let comment = comment(first, &mut lines)?;
        let mut code = lines.next().ok_or("a comment of nothing")?.to_owned();
        let is_structure = code.ends_with('{');
        while !(code.starts_with('#') || code.ends_with(';') && (!is_structure || closes(&code))) {
            let line = lines.next().ok_or("a declaration without end")?;
            code.push('\n');
            code += line;
        }
        let name = name(&code).ok_or_else(|| format!("what is the name of {code}?"))?;
        let (name, fields) = (name.to_owned(), is_structure.then(|| fields(&code)));
        let code = if is_structure {
            fold_comments(&code)
        } else {
            code
        };
        let item = Item {
            comment,
            code,
            fields,
        };
        items.insert(name, item);
    }
    Ok(items)
}

/// Whether the last line of a structure is its end.
fn closes(code: &str) -> bool {
    code.rsplit('\n')
        .next()
        .is_some_and(|last| last.starts_with('}'))
}

/// A comment to its end.
fn comment<'a>(first: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<String> {
    let mut whole = first.to_owned();
    while !whole.ends_with("*/") {
        whole.push('\n');
        whole += lines.next().ok_or("a comment without end")?;
    }
    Ok(fold_comments(&whole))
}

/// What a declaration is of.
fn name(code: &str) -> Option<&str> {
    let from = if let Some(number) = code.strip_prefix("#define ") {
        number
    } else if let Some(structure) = code.strip_prefix("typedef struct ") {
        structure
    } else if let Some((_, function_type)) = code.split_once("(*") {
        function_type
    } else {
        // A function, or `typedef int32_t chatfile_status;`.
        let head = code.split('(').next()?;
        &head[head.rfind("chatfile_")?..]
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
    Some(&from[..end]).filter(|name| !name.is_empty())
}

/// The names of a structure's fields.
fn fields(code: &str) -> Vec<String> {
    let lines = code.lines().map(str::trim);
    let declared = lines.filter(|line| !line.starts_with(['*', '/', '}']));
    let declared = declared.filter_map(|line| line.strip_suffix(';'));
    declared
        .map(|field| field.rsplit([' ', '*']).next().unwrap_or(field).to_owned())
        .collect()
}

/// Puts comments of one line on one line.
fn fold_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut folded = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if let [open, text, close, ..] = lines[at..]
            && open.trim() == "/**"
            && close.trim() == "*/"
        {
            let indent = &open[..open.len() - open.trim_start().len()];
            let text = text.trim_start().trim_start_matches('*').trim_start();
            folded.push(format!("{indent}/** {text} */"));
            at += 3;
        } else {
            folded.push(lines[at].to_owned());
            at += 1;
        }
    }
    folded.join("\n")
}

/// All fields of all structures, for src/lib_tests.rs.
pub fn layout(items: &Items) -> String {
    let structures = items.iter().filter_map(|(name, item)| {
        let fields = item.fields.as_ref()?;
        Some(format!("{name} {{ {} }}\n", fields.join(", ")))
    });
    let structures: String = structures.collect();
    format!(
        "// Generated from the sources here; mend it with: cargo xtask header\n\
         layout! {{\n{structures}}}\n"
    )
}

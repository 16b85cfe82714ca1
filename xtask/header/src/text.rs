//! Writes the header: the introduction, then section by section what each declares.

use crate::Result;
use crate::items::{Item, Items};
use crate::outline::{Name, Section};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The first lines.
const BEGINNING: &str = "\
#ifndef CHATFILE_H
#define CHATFILE_H

/* Generated from capi/src; mend it with: cargo xtask header */

";

/// Windows' programs may be compiled with structures packed otherwise (/Zp1), so its own headers say this, too.
const BEFORE_DECLARATIONS: &str = "
#if defined(_WIN32)
#pragma pack(push, 8)
#endif
#ifdef __cplusplus
extern \"C\" {
#endif
";

/// The last lines.
const END: &str = "
#ifdef __cplusplus
}
#endif
#if defined(_WIN32)
#pragma pack(pop)
#endif

#endif /* CHATFILE_H */
";

/// Where the introduction wants the headings listed.
const CONTENTS: &str = " * @CONTENTS@\n";

/// A function that has a line for each parameter if it does not fit.
const WIDTH: usize = 90;

/// The whole header.
pub fn write(introduction: &str, sections: &[Section], items: &Items) -> Result<String> {
    let (before, after) = introduction
        .split_once(CONTENTS)
        .ok_or("the introduction has no place for the contents")?;
    let mut header = format!("{BEGINNING}{before}");
    for section in sections {
        writeln!(header, " *   {}", section.heading)?;
    }
    header += after;
    header += BEFORE_DECLARATIONS;
    let mut declared = BTreeSet::new();
    for section in sections.iter().filter(|section| !section.names.is_empty()) {
        header += &heading(section);
        if section.has("chatfile_version") {
            header += &version_macros()?;
        }
        let mut was_long = true;
        for Name { name, is_apart } in &section.names {
            let item = items
                .get(name)
                .ok_or_else(|| format!("cbindgen wrote no {name}"))?;
            let is_long = item.comment.contains('\n');
            if *is_apart || is_long || was_long {
                header.push('\n');
            }
            was_long = is_long;
            declared.insert(name.as_str());
            header += &declaration(name, item, items, &declared)?;
        }
    }
    if let Some(missing) = items.keys().find(|name| !declared.contains(name.as_str())) {
        return Err(
            format!("{missing} stands in no section: see xtask/header/src/outline.rs").into(),
        );
    }
    header += END;
    Ok(header)
}

/// The comment that a section begins with.
fn heading(section: &Section) -> String {
    let mut text = format!("\n/*\n * ===== {} ", section.heading);
    text += &"=".repeat(66_usize.saturating_sub(section.heading.chars().count()));
    if !section.introduction.is_empty() {
        text += "\n *";
    }
    for line in &section.introduction {
        text += "\n * ";
        text += line;
        text.truncate(text.trim_end().len());
    }
    text + "\n */\n"
}

/// A declaration as C has it: names without `struct` where they are known, and for
/// functions the calling convention.
fn declaration(
    name: &str,
    item: &Item,
    items: &Items,
    declared: &BTreeSet<&str>,
) -> Result<String> {
    // Which C++98 does not have, nor a compiler that is given the typedefs alone.
    let mut code = item.code.replace(" UINT64_MAX", " (~(uint64_t)0)");
    if item.is_function() {
        for known in declared.iter().filter(|known| **known != name) {
            code = code.replace(&format!("struct {known} "), &format!("{known} "));
        }
    }
    if let Some(early) =
        used(&code).find(|word| items.contains_key(*word) && !declared.contains(word))
    {
        return Err(format!(
            "{name} uses {early}, which is declared further down: see the order of modules in src/lib.rs"
        )
        .into());
    }
    if item.is_function() {
        code = function(&code)?;
    }
    let mut text = format!("{}\n{code}\n", item.comment);
    if let Some(fields) = &item.fields {
        text += &init_macro(name, fields);
    }
    Ok(text)
}

/// The names for C in a declaration, but for those behind `struct`, which need not be
/// known, and those in comments.
fn used(code: &str) -> impl Iterator<Item = &str> {
    let is_comment = |line: &&str| line.trim_start().starts_with(['/', '*']);
    let lines = code.lines().filter(move |line| !is_comment(line));
    lines.flat_map(|line| {
        let mut is_tag = false;
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(move |word| {
            let was_tag = std::mem::replace(&mut is_tag, *word == "struct");
            !was_tag && word.starts_with("chatfile_")
        })
    })
}

/// A function, or the type of one: on one line if it fits, else with a line for each
/// parameter.
fn function(code: &str) -> Result<String> {
    let whole = code.split_whitespace().collect::<Vec<_>>().join(" ");
    // cbindgen may have broken the line behind a parenthesis.
    let whole = whole.replace("( ", "(");
    let whole = if whole.starts_with("typedef") {
        whole.replacen("(*", "(CHATFILE_CALL *", 1)
    } else {
        // The name before the first parenthesis is the function's.
        let open = whole.find('(').ok_or("a function without parameters")?;
        let name = whole[..open]
            .rfind("chatfile_")
            .ok_or("a foreign function")?;
        format!("{}CHATFILE_CALL {}", &whole[..name], &whole[name..])
    };
    if whole.len() <= WIDTH {
        return Ok(whole);
    }
    let open = whole.rfind('(').ok_or("a function without parameters")?;
    let (head, parameters) = whole.split_at(open + 1);
    Ok(format!(
        "{head}\n    {}",
        parameters.replace(", ", ",\n    ")
    ))
}

/// All fields are named, since compilers warn of missing ones.
fn init_macro(name: &str, fields: &[String]) -> String {
    // Callers do not make one that the library makes.
    if name == "chatfile_progress" {
        return String::new();
    }
    format!(
        "/** Initialises a {name}: all defaults. */\n#define {}_INIT {{ sizeof({name}){} }}\n",
        name.to_ascii_uppercase(),
        ", 0".repeat(fields.len().saturating_sub(1))
    )
}

fn version_macros() -> Result<String> {
    let mut text = String::from("\n/* The version of this header. */\n");
    // All crates of the workspace have the same.
    writeln!(
        text,
        "#define CHATFILE_VERSION \"{}\"",
        env!("CARGO_PKG_VERSION")
    )?;
    for (part, value) in [
        ("MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ] {
        writeln!(text, "#define CHATFILE_VERSION_{part} {value}")?;
    }
    text += "#define CHATFILE_VERSION_NUMBER \\\n    (CHATFILE_VERSION_MAJOR * 1000000 + \
             CHATFILE_VERSION_MINOR * 1000 + CHATFILE_VERSION_PATCH)\n";
    Ok(text)
}

impl Section {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|one| one.name == name)
    }
}

impl Item {
    /// A function, or the type of one.
    fn is_function(&self) -> bool {
        self.code.starts_with("CHATFILE_API") || self.code.contains("(*")
    }
}

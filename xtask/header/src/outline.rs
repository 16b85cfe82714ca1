//! In which order the header says things: that of the sources.
//!
//! A module whose comment begins with `# Heading` is a section of the header: the
//! rest of the comment introduces it, and what the module declares for C follows as
//! it stands there, with that of its modules where their `mod` is. So something new
//! has a place without being listed anywhere.

use std::error::Error;
use std::fs;
use std::path::Path;

/// A part of the header under one heading.
pub struct Section {
    pub heading: String,
    /// The lines below the heading, of which some may be empty.
    pub introduction: Vec<String>,
    /// What it declares.
    pub names: Vec<Name>,
}

/// Something that is declared.
pub struct Name {
    pub name: String,
    /// Whether an empty line stands before it: numbers that belong together have none.
    pub is_apart: bool,
}

/// Reads a crate from its lib.rs.
pub fn read(lib: &Path) -> Result<Vec<Section>, Box<dyn Error>> {
    let mut sections = Vec::new();
    let folder = lib.parent().ok_or("sources without a folder")?;
    module(lib, folder, None, &mut sections)?;
    Ok(sections)
}

/// Reads a module, whose own modules lie in a folder, into its section, which
/// without a heading is that of the module around it.
fn module(
    path: &Path,
    folder: &Path,
    around: Option<usize>,
    sections: &mut Vec<Section>,
) -> Result<(), Box<dyn Error>> {
    let source = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut comment = source.lines().map_while(|line| {
        let text = line.strip_prefix("//!")?;
        Some(text.strip_prefix(' ').unwrap_or(text))
    });
    let heading = comment.next().and_then(|line| line.strip_prefix("# "));
    let own = match heading {
        Some(heading) => {
            sections.push(Section {
                heading: heading.to_owned(),
                introduction: comment
                    .skip_while(|l| l.is_empty())
                    .map(str::to_owned)
                    .collect(),
                names: Vec::new(),
            });
            Some(sections.len() - 1)
        }
        None => around,
    };
    let (mut is_test, mut is_apart) = (false, true);
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("mod ").and_then(|l| l.strip_suffix(';'))
            && !is_test
        {
            let inside = folder.join(name);
            let file = folder.join(format!("{name}.rs"));
            let file = if file.exists() {
                file
            } else {
                inside.join("mod.rs")
            };
            module(&file, &inside, own, sections)?;
        }
        is_test = line == "#[cfg(test)]" || is_test && line.starts_with("#[");
        is_apart |= line.is_empty();
        let Some(name) = declared(line) else { continue };
        let section = own.and_then(|own| sections.get_mut(own)).ok_or_else(|| {
            format!(
                "{name} has no section in the header: the comment of {} begins with no `# Heading`",
                path.display()
            )
        })?;
        let name = name.to_owned();
        section.names.push(Name { name, is_apart });
        is_apart = false;
    }
    Ok(())
}

/// The name for C that a line declares.
fn declared(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ")?;
    let rest = rest.strip_prefix("unsafe ").unwrap_or(rest);
    let name = ["const ", "type ", "struct ", "extern \"C\" fn "]
        .iter()
        .find_map(|kind| rest.strip_prefix(kind))?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let name = &name[..end];
    (name.starts_with("chatfile_") || name.starts_with("CHATFILE_")).then_some(name)
}

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;

//! include/chatfile.h, taken apart as far as the tests need it.
#![allow(clippy::unwrap_used, reason = "for tests alone")]

use std::collections::{BTreeMap, BTreeSet};

use crate::toolchain::root;

/// What the line of a section's heading begins with; `=` follow it to the end.
pub const HEADING: &str = " * ===== ";

/// The header as text, taken apart as far as the tests need it.
pub struct Header(pub String);

impl Header {
    /// That of the repository.
    pub fn read() -> Self {
        Self(std::fs::read_to_string(root().join("include/chatfile.h")).unwrap())
    }

    /// The functions that it declares.
    pub fn functions(&self) -> BTreeSet<String> {
        let declarations = self.0.split("CHATFILE_API ").skip(1);
        let names = declarations.filter_map(|rest| {
            let (head, _) = rest.split_once('(')?;
            let name = head.rsplit([' ', '*']).next()?;
            name.starts_with("chatfile_").then(|| name.to_owned())
        });
        names.collect()
    }

    /// The structures that are not opaque, with their fields as declared.
    pub fn structures(&self) -> BTreeMap<String, Vec<String>> {
        let definitions = self.0.split("typedef struct ").skip(1);
        let read = definitions.filter_map(|rest| {
            let (name, body) = rest.split_once(" {")?;
            // An opaque one has its semicolon first.
            if name.contains(';') {
                return None;
            }
            let (body, _) = body.split_once("\n}")?;
            let fields = without_comments(body);
            let fields = fields.split(';').map(|field| field.trim().to_owned());
            let fields = fields.filter(|field| !field.is_empty()).collect();
            Some((name.to_owned(), fields))
        });
        read.collect()
    }

    /// The numbers that have names.
    pub fn constants(&self) -> BTreeSet<String> {
        let lines = self
            .0
            .lines()
            .filter_map(|line| line.strip_prefix("#define CHATFILE_"));
        let pairs = lines.filter_map(|line| line.split_once(' '));
        let numbers = pairs.filter(|(name, value)| {
            let number = value.parse::<u32>().is_ok() || *value == "(~(uint64_t)0)";
            number && !name.starts_with("VERSION")
        });
        numbers
            .map(|(name, _)| format!("CHATFILE_{name}"))
            .collect()
    }

    /// What a parameter, a field or a verb may be called in an error.
    pub fn names(&self) -> BTreeSet<String> {
        let structures = self.structures();
        let fields = structures
            .values()
            .flatten()
            .map(|field| name_of(field).to_owned());
        let declarations = self.0.split("CHATFILE_API ").skip(1);
        let parameters = declarations.flat_map(|rest| {
            let list = rest.split(&['(', ')'][..]).nth(1).unwrap_or_default();
            list.split(',')
                .map(|parameter| name_of(parameter.trim()).to_owned())
        });
        let functions = self.functions();
        let verbs = functions.iter().flat_map(|name| {
            let verb = name.trim_start_matches("chatfile_");
            [verb, verb.split('_').next().unwrap_or_default()].map(str::to_owned)
        });
        fields.chain(parameters).chain(verbs).collect()
    }

    /// Whether an error may say that name: for a field of a structure also with the parameter in front.
    pub fn has_name(names: &BTreeSet<String>, name: &str) -> bool {
        name.split('.').all(|part| names.contains(part))
    }

    /// The INIT macros.
    pub fn init_macros(&self) -> BTreeSet<String> {
        let lines = self
            .0
            .lines()
            .filter_map(|line| line.strip_prefix("#define "));
        let names = lines.filter_map(|line| line.split_whitespace().next());
        let names = names.filter(|name| name.ends_with("_INIT"));
        names.map(str::to_owned).collect()
    }

    /// The headings of its sections.
    pub fn headings(&self) -> Vec<&str> {
        let lines = self.0.lines();
        let headings = lines.filter_map(|line| line.strip_prefix(HEADING));
        headings
            .map(|line| line.trim_end_matches('=').trim_end())
            .collect()
    }

    /// What stands below a heading, up to the next.
    pub fn section(&self, heading: &str) -> &str {
        let start = self.0.find(&format!("{HEADING}{heading} =")).unwrap();
        let rest = &self.0[start + HEADING.len()..];
        rest.split(HEADING).next().unwrap()
    }

    /// The programs in the section on simple use: the lines of its comment that are indented.
    pub fn examples(&self) -> Vec<String> {
        let mut examples = vec![String::new()];
        for line in self.section("Simple use").lines() {
            let last = examples.last_mut().unwrap();
            match line.strip_prefix(" *") {
                Some(code) if code.starts_with("     ") => *last += &format!("{code}\n"),
                Some("") if !last.is_empty() => last.push('\n'),
                Some(_) if !last.is_empty() => examples.push(String::new()),
                _ => {}
            }
        }
        examples.retain(|example| !example.trim().is_empty());
        examples
    }
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        out.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    out + rest
}

/// The name of a field, given its declaration.
pub fn name_of(field: &str) -> &str {
    field.rsplit([' ', '*']).next().unwrap_or(field)
}

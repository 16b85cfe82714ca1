//! Files of `src` that use each other in a circle, and services that know another.
//!
//! A module and the files within it belong together: what implements a type whose
//! module stands above it is no circle.

use crate::Result;
use chatfile_ffi_tests::toolchain::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Each module by its path (`client::smh::upload`; that of the crate is empty), with
/// its code.
type Modules = BTreeMap<String, String>;
/// What each module uses of others: modules.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// Every circle, and every service that uses another, in words.
pub fn faults() -> Result<Vec<String>> {
    let mut modules = Modules::new();
    collect(&root().join("src"), "", &mut modules)?;
    let uses = uses(&modules);
    let mut faults: Vec<_> = circles(&uses)
        .into_iter()
        .map(|circle| format!("src: in a circle: {}", circle.join(", ")))
        .collect();
    let mut services = BTreeSet::new();
    for page in fs::read_dir(root().join("docs/protocol"))? {
        let page = page?.path();
        services.extend(
            page.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned()),
        );
    }
    faults.extend(acquaintances(&uses, &services));
    Ok(faults)
}

fn collect(folder: &Path, module: &str, modules: &mut Modules) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.trim_end_matches(".rs");
        let own = match (module, stem) {
            (_, "mod" | "lib") => module.to_owned(),
            ("", stem) => stem.to_owned(),
            (module, stem) => format!("{module}::{stem}"),
        };
        if path.is_dir() {
            // Tests, too.
            if stem != "fuzzing" {
                collect(&path, &own, modules)?;
            }
        } else if name.ends_with(".rs") && !name.contains("test") {
            modules.insert(own, code(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The source without its comments, and without its tests, which stand at its end.
fn code(source: &str) -> String {
    let lines = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let tests = ["#[cfg(test)]", "#[cfg(all(test,"];
    let lines = lines.take_while(|line| !tests.iter().any(|begin| line.starts_with(begin)));
    lines.collect::<Vec<_>>().join("\n")
}

fn uses(modules: &Modules) -> Uses {
    // What stands in a module under a name, though it is from another.
    let mut names = BTreeMap::new();
    for (module, code) in modules {
        for path in imported(code) {
            let path = absolute(modules, module, &path);
            if let Some(name) = path.as_ref().and_then(|path| path.last()) {
                names.insert((module.clone(), name.clone()), path.clone());
            }
        }
    }
    let mut uses = Uses::new();
    for (module, code) in modules {
        let used = uses.entry(module.clone()).or_default();
        let paths = imported(code).into_iter().chain(named(code));
        for path in paths.filter_map(|path| absolute(modules, module, &path)) {
            let found = found(modules, &names, path);
            if !is_within(&found, module) && !is_within(module, &found) {
                used.insert(found);
            }
        }
    }
    uses
}

/// The module that has what a path leads to.
fn found(
    modules: &Modules,
    names: &BTreeMap<(String, String), Option<Vec<String>>>,
    mut path: Vec<String>,
) -> String {
    loop {
        let length = (0..=path.len())
            .rev()
            .find(|length| modules.contains_key(&path[..*length].join("::")))
            .unwrap_or(0);
        let module = path[..length].join("::");
        let Some(name) = path.get(length) else {
            return module;
        };
        match names.get(&(module.clone(), name.clone())) {
            Some(Some(from)) if *from != path => path.clone_from(from),
            _ => return module,
        }
    }
}

/// Whether a module is another or stands within it.
fn is_within(module: &str, other: &str) -> bool {
    other.is_empty()
        || module
            .strip_prefix(other)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// A path from the crate on; `None` if it leads out of it.
fn absolute(modules: &Modules, module: &str, path: &str) -> Option<Vec<String>> {
    let mut steps: Vec<_> = module.split("::").filter(|step| !step.is_empty()).collect();
    let mut rest = path.split("::").filter(|step| *step != "self").peekable();
    if rest.next_if_eq(&"crate").is_some() {
        steps.clear();
    } else if rest.peek() == Some(&"super") {
        while rest.next_if_eq(&"super").is_some() {
            steps.pop();
        }
    } else {
        let child: Vec<_> = steps.iter().chain(rest.peek()).copied().collect();
        if !modules.contains_key(&child.join("::")) {
            return None;
        }
    }
    Some(steps.into_iter().chain(rest).map(str::to_owned).collect())
}

/// What `use` imports, each by its whole path.
fn imported(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for statement in code.split("use ").skip(1) {
        let Some((tree, _)) = statement.split_once(';') else {
            continue;
        };
        flatten("", tree, &mut paths);
    }
    paths
}

/// `a::{b, c::d}` are `a::b` and `a::c::d`.
fn flatten(front: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((path, rest)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default().trim();
        if !name.is_empty() {
            paths.push(format!("{front}{name}"));
        }
        return;
    };
    let front = format!("{front}{}", path.trim());
    let list = rest.rsplit_once('}').map_or(rest, |(list, _)| list);
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                flatten(&front, &list[begin..at], paths);
                begin = at + 1;
            }
            _ => {}
        }
    }
    flatten(&front, &list[begin..], paths);
}

/// The paths of this crate that stand in the code itself.
fn named(code: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let words = code.split(|c| !is_part(c));
    words
        .filter(|word| word.starts_with("crate::") || word.starts_with("super::"))
        .map(str::to_owned)
        .collect()
}

/// Each set of modules of which each is used by each, if in a roundabout way.
fn circles(uses: &Uses) -> Vec<Vec<&str>> {
    let mut circles: Vec<Vec<&str>> = Vec::new();
    for module in uses.keys() {
        if circles.iter().flatten().any(|known| known == module) {
            continue;
        }
        let behind = reached(uses, module);
        let circle: Vec<_> = behind
            .iter()
            .copied()
            .filter(|other| reached(uses, other).contains(module.as_str()))
            .collect();
        if !circle.is_empty() {
            circles.push(circle);
        }
    }
    circles
}

/// What a module uses, and what that uses, and so on.
fn reached<'u>(uses: &'u Uses, module: &str) -> BTreeSet<&'u str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<_> = uses.get(module).into_iter().flatten().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module.as_str()) {
            next.extend(uses.get(module).into_iter().flatten());
        }
    }
    reached
}

/// Services that use another.
fn acquaintances(uses: &Uses, services: &BTreeSet<String>) -> Vec<String> {
    let service = |module: &str| {
        let name = module.strip_prefix("service::")?.split("::").next()?;
        services.get(name).cloned()
    };
    let mut faults = Vec::new();
    for (module, used) in uses {
        for other in used {
            if let (Some(one), Some(two)) = (service(module), service(other))
                && one != two
            {
                faults.push(format!(
                    "src: {module} uses {other}: a service knows no other"
                ));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Uses {
        let modules = files.iter();
        uses(
            &modules
                .map(|(module, source)| ((*module).to_owned(), code(source)))
                .collect(),
        )
    }

    #[test]
    fn a_circle_is_found_also_through_what_is_handed_on() {
        let uses = of(&[
            ("", "mod a; mod b; mod c;"),
            ("a", "use crate::b::{self, x::{Y as Z}};"),
            ("b", "pub(crate) use crate::c::Thing;"),
            ("c", "fn f() { crate::d::g() }"),
            ("d", "use crate::b::Thing; // crate::a"),
            (
                "e",
                "use super::a;\n#[cfg(test)]\nmod tests { use crate::e; }",
            ),
        ]);
        assert_eq!(circles(&uses), [["c", "d"]]);
        assert_eq!(uses["a"], BTreeSet::from(["b".to_owned()]));
        assert_eq!(uses["e"], BTreeSet::from(["a".to_owned()]));
    }

    #[test]
    fn a_module_and_the_files_within_it_are_no_circle() {
        let uses = of(&[
            ("", "mod a;"),
            ("a", "mod b;\nmod c;\nuse b::B;\nuse c::C;\nstruct A;"),
            ("a::b", "use super::A;"),
            ("a::c", "use super::{A, B};"),
        ]);
        assert!(circles(&uses).is_empty());
        assert_eq!(uses["a::c"], BTreeSet::from(["a::b".to_owned()]));
    }

    #[test]
    fn a_service_knows_no_other() {
        let uses = of(&[
            ("", ""),
            ("service", ""),
            ("service::x", "use super::y::z;"),
            ("service::y", ""),
            ("service::form", ""),
        ]);
        let services = ["x", "y"].map(str::to_owned).into();
        assert_eq!(acquaintances(&uses, &services).len(), 1);
    }
}

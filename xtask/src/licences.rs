//! The licences of what is in the library, and in the emulator.

use crate::{Result, cargo};
use chatfile_ffi_tests::toolchain::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates of this project.
const OURS: &[&str] = &["chatfile", "chatfile-capi", "chatfile-emulator"];

/// Crates that come without a text, and why that is all right.
const WITHOUT_TEXT: &[(&str, &str)] = &[("zune-core", APACHE), ("zune-jpeg", APACHE)];
/// Of one that may be taken under that licence, among others: its text names nobody, and is beside ours.
const APACHE: &str = "taken under Apache-2.0, see LICENSE-APACHE";

/// What a file with a licence is called.
const BEGINNINGS: &[&str] = &[
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
];

/// The files for a package of this machine, or of a target: ours, and those of other
/// people.
pub fn files(package: &str, target: Option<&str>) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        files.push((name.to_owned(), fs::read_to_string(root().join(name))?));
    }
    files.push(("THIRD-PARTY.txt".to_owned(), third_party(package, target)?));
    // The standard library is in the library, too; rustup brings its licences,
    // distributions have them in packages of their own.
    let standard = standard_library()?;
    match fs::read_to_string(&standard) {
        Ok(text) => files.push(("RUST-STANDARD-LIBRARY.html".to_owned(), text)),
        Err(e) => eprintln!(
            "the licences of Rust's standard library are left out: {}: {e}",
            standard.display()
        ),
    }
    Ok(files)
}

/// Writes them into a folder.
pub fn write(folder: &Path, package: &str, target: Option<&str>) -> Result<()> {
    for (name, text) in files(package, target)? {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

fn standard_library() -> Result<PathBuf> {
    Ok(cargo::sysroot()?.join("share/doc/rust/COPYRIGHT-library.html"))
}

/// A crate and its licence texts.
struct Crate {
    name: String,
    version: String,
    licence: String,
    texts: Vec<String>,
    remark: &'static str,
}

fn third_party(package: &str, target: Option<&str>) -> Result<String> {
    let crates = crates(package, target)?;
    let mut page = String::from(
        "These crates are contained. Each line: name, version, licence. The texts follow, each\n\
         once, with the crates that it came with.\n\n",
    );
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for Crate {
        name,
        version,
        licence,
        texts: own,
        remark,
    } in &crates
    {
        let separator = if remark.is_empty() { "" } else { "; " };
        writeln!(page, "{name} {version}: {licence}{separator}{remark}")?;
        for text in own {
            texts
                .entry(text)
                .or_default()
                .push(format!("{name} {version}"));
        }
    }
    let mut texts: Vec<_> = texts.into_iter().map(|(text, of)| (of, text)).collect();
    texts.sort();
    for (of, text) in texts {
        let rule = "=".repeat(80);
        write!(page, "\n{rule}\n{}\n{rule}\n\n{text}\n", of.join(", "))?;
    }
    Ok(page)
}

/// The crates in a package besides ours, by name.
fn crates(package: &str, target: Option<&str>) -> Result<Vec<Crate>> {
    let tree: BTreeSet<String> = cargo::normal_tree(package, target)?
        .into_iter()
        .map(|package| package.replacen(" v", " ", 1))
        .collect();
    // Without crates for other systems, which may not be there.
    let platform = target.map_or_else(cargo::host, |target| Ok(target.to_owned()))?;
    let mut crates = Vec::new();
    for package in cargo::metadata(&["--filter-platform", &platform])? {
        let text = |field: &str| package[field].as_str().unwrap_or_default().to_owned();
        let (name, version) = (text("name"), text("version"));
        let is_in = tree.contains(&format!("{name} {version}"));
        if OURS.contains(&&*name) || !is_in {
            continue;
        }
        let manifest = PathBuf::from(text("manifest_path"));
        let folder = manifest.parent().ok_or("a manifest without a folder")?;
        let named = package["license_file"].as_str();
        let texts = texts(folder, named)?;
        let excuse = WITHOUT_TEXT.iter().find(|(known, _)| *known == name);
        if texts.is_empty() && excuse.is_none() {
            return Err(format!(
                "{name} {version} has no licence text in {}",
                folder.display()
            )
            .into());
        }
        crates.push(Crate {
            licence: text("license"),
            remark: excuse.map_or("", |(_, remark)| remark),
            name,
            version,
            texts,
        });
    }
    // What cargo tree names must all be found.
    for package in &tree {
        let found = |one: &Crate| format!("{} {}", one.name, one.version) == *package;
        let ours = OURS
            .iter()
            .any(|ours| package.starts_with(&format!("{ours} ")));
        if !ours && !crates.iter().any(found) {
            return Err(format!("cargo metadata does not have {package}").into());
        }
    }
    crates.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(crates)
}

/// The licence texts in the folder of a crate.
fn texts(folder: &Path, named: Option<&str>) -> Result<Vec<String>> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !is_licence(&name) {
            continue;
        }
        if path.is_dir() {
            for inner in fs::read_dir(&path)? {
                files.insert(inner?.path());
            }
        } else {
            files.insert(path);
        }
    }
    files.extend(named.map(|file| folder.join(file)));
    let mut texts = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        let text = fs::read(file)?;
        let text = String::from_utf8_lossy(&text).replace('\r', "");
        texts.push(text.trim_matches('\n').to_owned());
    }
    texts.dedup();
    Ok(texts)
}

fn is_licence(name: &str) -> bool {
    let upper = name.to_uppercase();
    !upper.ends_with(".RS") && BEGINNINGS.iter().any(|start| upper.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_packed_has_its_licences() {
        for package in ["chatfile-capi", "chatfile-emulator"] {
            let page = third_party(package, None);
            assert!(page.is_ok(), "{package}: {page:?}");
        }
    }

    #[test]
    fn licences_are_known_by_their_names() {
        for name in [
            "LICENSE",
            "license-mit.txt",
            "COPYING",
            "LICENSES",
            "UNLICENSE",
        ] {
            assert!(is_licence(name), "{name}");
        }
        for name in ["README.md", "licensed.rs", "Cargo.toml"] {
            assert!(!is_licence(name), "{name}");
        }
    }
}

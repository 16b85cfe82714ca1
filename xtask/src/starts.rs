//! The first steps on docs/start-*.md, done as a reader does them, line by line, and behind
//! them what a recipe has in a section for the language.
//!
//! In the order of a page: a block with a file's name behind the language is that file, a
//! block of `sh` is pasted into a shell, and a block of `text` behind it is what that prints,
//! in which `…` stands for anything and other lines may come between.

use crate::test::Outcome;
use crate::{Result, cargo, demo, packages, pages, python, tools};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::{self, root};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

/// Gives the shell what a language needs besides, or says what is missing.
type Prepare = fn(&mut Command, &Path) -> Result<Option<String>>;

/// Languages as pages and fences have them, and as sections are headed.
const LANGUAGES: [(&str, &str, Prepare); 5] = [
    ("c", "C", c),
    ("cpp", "C++", cpp),
    // Its recipes are followed by its own tests.
    ("python", "", python),
    ("go", "Go", go),
    ("rust", "Rust", rust),
];

/// Runs the pages, and looks whether README.md begins with the same programs.
pub fn test() -> Result<Outcome> {
    if let Some(how) = tools::lacking(&["cc"]) {
        return Ok(Outcome::Skipped(how));
    }
    let packages = demo::emptied(cargo::target_dir().join("starts"))?;
    packages::make(&packages)?;
    let mut left_out = Vec::new();
    for (language, title, prepare) in LANGUAGES {
        let page = format!("docs/start-{language}.md");
        if pages::program("README.md", language)? != pages::program(&page, language)? {
            return Err(format!("the programs of README.md and {page} differ").into());
        }
        // Outside of this repository, whose Cargo.toml and go.mod are not the reader's.
        let name = format!("chatfile-start-{}-{language}", std::process::id());
        let folder = demo::emptied(std::env::temp_dir().join(name))?;
        let done = follow(&page, title, &packages, &folder, prepare);
        fs::remove_dir_all(&folder)?;
        if let Some(why) = done.map_err(|e| format!("{page}: {e}"))? {
            left_out.push(format!("{language} ({why})"));
        }
    }
    let go = ["README.md", "bindings/go/README.md"].map(|page| pages::program(page, "go"));
    let [Ok(here), Ok(there)] = go else {
        return Err("README.md or bindings/go/README.md has no program in Go".into());
    };
    if here != there {
        return Err("the Go programs of README.md and bindings/go/README.md differ".into());
    }
    if left_out.is_empty() {
        return Ok(Outcome::Passed);
    }
    Ok(Outcome::Skipped(left_out.join(", ")))
}

/// A block of a page.
#[derive(Debug, PartialEq, Eq)]
enum Block<'p> {
    File(&'p str, &'p str),
    Lines(&'p str),
    Prints(&'p str),
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, behind)) = rest.split_once("\n```") {
        let Some((info, body)) = behind.split_once('\n') else {
            break;
        };
        let Some((text, after)) = body.split_once("\n```") else {
            break;
        };
        rest = after;
        match info.split_once(' ') {
            Some((_, file)) => found.push(Block::File(file, text)),
            None if info == "sh" => found.push(Block::Lines(text)),
            None if info == "text" => found.push(Block::Prints(text)),
            None => {}
        }
    }
    found
}

/// What the recipes have in sections with this heading.
fn recipes(title: &str) -> Result<String> {
    let mut found = String::new();
    let mut pages: Vec<_> =
        fs::read_dir(root().join("docs/recipes"))?.collect::<std::io::Result<_>>()?;
    pages.sort_by_key(fs::DirEntry::file_name);
    for page in pages {
        let text = fs::read_to_string(page.path())?;
        let mut sections = text.split("\n## ").skip(1);
        let own = sections.find(|section| section.lines().next() == Some(title));
        found.extend(own);
    }
    Ok(found)
}

/// Does what a page says in an empty folder, and the recipes behind it; returns why it cannot.
fn follow(
    page: &str,
    title: &str,
    packages: &Path,
    folder: &Path,
    prepare: Prepare,
) -> Result<Option<String>> {
    for entry in fs::read_dir(packages)? {
        let entry = entry?;
        symlink(entry.path(), folder.join(entry.file_name()))?;
    }
    let mut shell = Command::new("bash");
    if let Some(why) = prepare(&mut shell, folder)? {
        return Ok(Some(why));
    }
    let text = fs::read_to_string(root().join(page))? + &recipes(title)?;
    // One shell, for what it is told stays; a line of its own parts what the blocks print.
    const NEXT: &str = "== next block ==";
    let mut script = "exec 2>&1\nset -e\n".to_owned();
    let mut expected: Vec<Vec<&str>> = Vec::new();
    for (number, block) in blocks(&text).into_iter().enumerate() {
        match block {
            Block::File(name, text) => {
                let kept = folder.join(format!(".block-{number}"));
                fs::write(&kept, format!("{text}\n"))?;
                script += &format!(
                    "mkdir -p \"$(dirname {name})\"; cp {} {name}\n",
                    kept.display()
                );
            }
            Block::Lines(lines) => {
                script += &format!("echo '{NEXT}'\n{lines}\n");
                expected.push(Vec::new());
            }
            Block::Prints(text) => match expected.last_mut() {
                Some(lines) => lines.extend(text.lines()),
                None => return Err("it says what nothing prints".into()),
            },
        }
    }
    let output = shell
        .args(["-c", &script])
        .current_dir(folder)
        .env_remove("LD_LIBRARY_PATH")
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{page}:\n{}", said.replace('\r', "\n"));
    if !output.status.success() {
        return Err(format!("it ends with {}", output.status).into());
    }
    for (said, expected) in said.split(NEXT).skip(1).zip(expected) {
        let mut lines = said.split(['\n', '\r']);
        for line in expected {
            if !lines.any(|said| is_as_written(said.trim(), line)) {
                return Err(format!("it does not print {line:?}").into());
            }
        }
    }
    Ok(None)
}

/// Whether a line is one of the page, in which `…` stands for anything.
fn is_as_written(said: &str, written: &str) -> bool {
    let mut parts = written.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = said.strip_prefix(first) else {
        return false;
    };
    let mut is_open = false;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        is_open = part.is_empty();
        rest = behind;
    }
    is_open || rest.is_empty()
}

fn c(_: &mut Command, _: &Path) -> Result<Option<String>> {
    Ok(tools::lacking(&["cc", "pkg-config"]))
}

fn cpp(_: &mut Command, _: &Path) -> Result<Option<String>> {
    Ok(tools::lacking(&["c++", "pkg-config"]))
}

fn python(_: &mut Command, _: &Path) -> Result<Option<String>> {
    let is_there = python::is_there();
    Ok((!is_there).then(|| "get it with: apt-get install python3 python3-venv".to_owned()))
}

/// As the tests of the package have Go, whose caches are theirs.
fn go(shell: &mut Command, folder: &Path) -> Result<Option<String>> {
    if let Some(how) = tools::lacking(&["cc", "unzip", "python3"]) {
        return Ok(Some(how));
    }
    let go = match Go::find(false) {
        Ok(go) => go,
        Err(why) => return Ok(Some(why)),
    };
    let command = go.checked(folder);
    cargo::copy_environment(&command, shell);
    if let Some(place) = Path::new(command.get_program()).parent() {
        first_in_path(shell, place);
    }
    Ok(None)
}

/// What takes cargo minutes for a stranger is an example of this workspace, which is
/// built already: `cargo run` runs that, if it is the same program.
fn rust(shell: &mut Command, folder: &Path) -> Result<Option<String>> {
    const SHIM: &str = "#!/bin/sh\nset -e\nplace=$(dirname \"$0\")\nif [ \"$1\" != run ]; then\n\
        # Without this folder: the other may be in the path, too.\n\
        PATH=${PATH#\"$place:\"} exec \"$REAL_CARGO\" \"$@\" --offline; fi\n\
        program=$4; shift 4\nmain=src/bin/$program.rs; [ -e $main ] || main=src/main.rs\n\
        cmp \"$place/$program.rs\" $main && exec \"$place/$program\" \"$@\"\n";
    let place = folder.join(".shim");
    fs::create_dir(&place)?;
    for (program, example) in [("first", "upload"), ("second", "cancel"), ("many", "many")] {
        let source = fs::read_to_string(root().join(format!("examples/{example}.rs")))?;
        let text = source
            .split_once("\n\n")
            .ok_or("an example has no comment")?
            .1;
        fs::write(place.join(format!("{program}.rs")), text)?;
        symlink(toolchain::rust_example(example)?, place.join(program))?;
    }
    let shim = place.join("cargo");
    fs::write(&shim, SHIM)?;
    fs::set_permissions(&shim, fs::Permissions::from_mode(0o755))?;
    shell.env("REAL_CARGO", cargo::cargo().get_program());
    first_in_path(shell, &place);
    Ok(None)
}

fn first_in_path(shell: &mut Command, place: &Path) {
    let mut paths = OsString::from(place);
    if let Some(others) = std::env::var_os("PATH") {
        paths.push(":");
        paths.push(others);
    }
    shell.env("PATH", paths);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_what_their_fences_say() {
        let page = "x\n```sh\na\nb\n```\ny\n```c first.c\nint x;\n```\n```text\n1 …\n```\n```json\n{}\n```\n";
        let expected = [
            Block::Lines("a\nb"),
            Block::File("first.c", "int x;"),
            Block::Prints("1 …"),
        ];
        assert_eq!(blocks(page), expected);
    }

    #[test]
    fn dots_stand_for_anything() {
        for (said, written) in [("a", "a"), ("a1b", "a…b"), ("a1b2", "a…b…"), ("ab", "…b")]
        {
            assert!(is_as_written(said, written), "{said} {written}");
        }
        for (said, written) in [("ab", "a"), ("a1c", "a…b"), ("xa", "a…")] {
            assert!(!is_as_written(said, written), "{said} {written}");
        }
    }
}

//! What C and C++ compilers have made before, and need not make again.

use crate::toolchain::run;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{fs, io, process};

/// Has a compiler make `output`, unless it is there already: made by the same command of the same compiler, and newer
/// than each file that it was made of, `library` among them.
///
/// # Errors
/// When the compiler cannot be run or refuses the source.
pub fn make(compiler: &mut Command, library: &Path, output: &Path) -> io::Result<()> {
    let [notes, made_by] = ["d", "made-by"].map(|end| beside(output, end));
    let command = format!("{compiler:?}\n{}", version(compiler));
    let is_same = fs::read_to_string(&made_by).is_ok_and(|before| before == command);
    if is_same && is_newest(output, library, &notes) {
        return Ok(());
    }
    // Another process may be running what is there, or be making it, too: it is replaced, never written to.
    let fresh = beside(output, &process::id().to_string());
    compiler.arg("-MD").arg("-MF").arg(&notes);
    run(compiler.arg("-o").arg(&fresh))?;
    fs::write(made_by, command)?;
    fs::rename(fresh, output)
}

fn beside(output: &Path, end: &str) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    name.into()
}

fn version(compiler: &Command) -> String {
    let output = Command::new(compiler.get_program())
        .arg("--version")
        .output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

fn is_newest(output: &Path, library: &Path, notes: &Path) -> bool {
    let changed = |path: &Path| -> io::Result<SystemTime> { fs::metadata(path)?.modified() };
    let (Ok(made), Ok(notes)) = (changed(output), fs::read_to_string(notes)) else {
        return false;
    };
    let mut all = inputs(&notes);
    all.push(library.to_owned());
    all.iter()
        .all(|path| changed(path).is_ok_and(|changed| changed < made))
}

/// The files that a rule of make names, as compilers write it: `program: source.c \`, and so on.
fn inputs(rule: &str) -> Vec<PathBuf> {
    let (_, files) = rule.split_once(": ").unwrap_or_default();
    // No path has a zero.
    let files = files.replace("\\\n", " ").replace("\\ ", "\0");
    files
        .split_whitespace()
        .map(|file| file.replace('\0', " ").into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_make_are_read() {
        let rule = "/a/program.1: /a/b\\ c.c \\\n /usr/include/stdio.h \\\n  d.h\n";
        let expected = ["/a/b c.c", "/usr/include/stdio.h", "d.h"].map(PathBuf::from);
        assert_eq!(inputs(rule), expected);
        assert!(inputs("").is_empty());
    }

    #[test]
    #[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    fn what_has_changed_is_made_again() {
        if !crate::tools::has(&["cc"]) {
            return;
        }
        let folder = std::env::temp_dir().join(format!("chatfile-compiled-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [source, header, library, output] =
            ["source.c", "header.h", "library", "output"].map(|name| folder.join(name));
        fs::write(
            &source,
            "#include \"header.h\"\nint main(void) { return NUMBER; }\n",
        )
        .unwrap();
        fs::write(&library, "").unwrap();
        let made = |number: u8, arguments: &[&str]| {
            let mut compiler = Command::new("cc");
            make(compiler.args(arguments).arg(&source), &library, &output).unwrap();
            let status = Command::new(&output).status().unwrap();
            assert_eq!(status.code(), Some(number.into()));
            fs::metadata(&output).unwrap().modified().unwrap()
        };
        fs::write(&header, "#define NUMBER 1\n").unwrap();
        let first = made(1, &[]);
        assert_eq!(made(1, &[]), first);
        assert!(made(1, &["-O1"]) > first, "another command");
        fs::write(&header, "#define NUMBER 2\n").unwrap();
        let second = made(2, &["-O1"]);
        fs::write(&library, "another").unwrap();
        assert!(made(2, &["-O1"]) > second, "another library");
        fs::remove_dir_all(&folder).unwrap();
    }
}

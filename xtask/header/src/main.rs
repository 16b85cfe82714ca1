//! Makes include/chatfile.h from capi/src, and capi/src/layout.rs, by which a test there
//! compares how C and Rust lay out the structures. `cargo xtask header` runs it.

use std::path::{Path, PathBuf};
use std::{fs, io};

mod items;
mod outline;
mod text;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    for file in made()? {
        let is_current = file.is_current();
        if !is_current {
            fs::write(file.path(), &file.text)?;
        }
        let how = if is_current {
            "is current"
        } else {
            "is made anew"
        };
        println!("{} {how}", file.path().display());
    }
    Ok(())
}

/// A file that is made here, and checked in.
struct Made {
    /// From the root of the repository.
    name: &'static str,
    text: String,
}

impl Made {
    fn path(&self) -> PathBuf {
        root().join(self.name)
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(self.path()).is_ok_and(|old| old == self.text)
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn made() -> Result<[Made; 2]> {
    let sources = root().join("capi/src");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(sources.join("lib.rs"))
        .generate()?;
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let items = items::read(&String::from_utf8(generated)?)?;
    let sections = outline::read(&sources.join("lib.rs"))?;
    let introduction = read(&sources.join("introduction.h"))?;
    Ok([
        Made {
            name: "include/chatfile.h",
            text: text::write(&introduction, &sections, &items)?,
        },
        Made {
            name: "capi/src/layout.rs",
            text: items::layout(&items),
        },
    ])
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path)
        .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_checked_in_is_what_is_made() -> Result<()> {
        for file in made()? {
            let old = fs::read_to_string(file.path())?;
            let lines = file.text.lines().zip(old.lines()).enumerate();
            let first = lines.into_iter().find(|(_, (new, old))| new != old);
            assert!(
                file.is_current(),
                "{} is not what capi/src makes of it; mend it with:\n\n    \
                 cargo xtask header\n\nfirst difference (line, (made, checked in)): {first:?}",
                file.name
            );
        }
        Ok(())
    }
}

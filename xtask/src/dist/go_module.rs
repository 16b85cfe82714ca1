//! The Go module with the static libraries in it: it builds with a C compiler and
//! without Rust.

use super::targets::Target;
use crate::Result;
use crate::install::Built;
use chatfile_ffi_tests::toolchain::root;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// How the module in the repository finds the library; ours replaces it.
const REPLACED: &str = "link_pkgconfig.go";

/// Writes the module. All is in one folder, for `go mod vendor` takes no others.
pub fn write(folder: &Path, libraries: &[(&Target, Built)]) -> Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(root().join("bindings/go"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_file() && !name.ends_with("_test.go") && name != REPLACED {
            fs::copy(&path, folder.join(&*name))?;
        }
    }
    let header = root().join("include/chatfile.h");
    fs::copy(header, folder.join("chatfile.h"))?;
    let mut flags = String::new();
    for (target, built) in libraries {
        let Some(system) = target.go else { continue };
        let file = format!("libchatfile_{system}.a");
        fs::copy(&built.archive, folder.join(&file))?;
        for (name, text) in &built.licences {
            fs::write(folder.join(name), text)?;
        }
        let libraries = built.libraries_of_programs().join(" ");
        let system = system.replace('_', ",");
        writeln!(
            flags,
            "// #cgo {system} LDFLAGS: ${{SRCDIR}}/{file} {libraries}"
        )?;
    }
    let text = format!(
        "//go:build !chatfile_flags && !chatfile_static\n\npackage chatfile\n\n\
         // The header and the static libraries are in this folder.\n\n\
         // #cgo CFLAGS: -I${{SRCDIR}} -DCHATFILE_STATIC\n{flags}import \"C\"\n"
    );
    fs::write(folder.join("link_packed.go"), text)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go looks for them in the folder of the module: `go mod vendor` takes them along, pkg.go.dev shows the pages of
    /// those alone that have some.
    #[test]
    fn the_module_has_the_licences_of_the_repository() -> Result<()> {
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let (own, copy) = (root().join(name), root().join("bindings/go").join(name));
            let copied = fs::read(&copy).map_err(|e| format!("{}: {e}", copy.display()))?;
            assert!(fs::read(own)? == copied, "{name} is another one");
        }
        Ok(())
    }
}

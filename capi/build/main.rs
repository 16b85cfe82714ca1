//! Names the shared library, and makes the C header from the sources here.

use std::path::Path;
use std::{env, fs};

mod header;
mod items;
mod outline;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=src");
    set_soname()?;
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let (header, structures) = header(Path::new(&root))?;
    // Not into include/: a build does not change its sources. A test compares
    // the two, and `cargo xtask header` copies this one there.
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("chatfile.h"), header)?;
    fs::write(out.join("layout.rs"), structures)?;
    Ok(())
}

/// The ABI number: programs load `libchatfile.so.0`, whatever the version.
fn set_soname() -> Result<()> {
    let major = env::var("CARGO_PKG_VERSION_MAJOR")?;
    match env::var("CARGO_CFG_TARGET_OS")?.as_str() {
        "windows" => {}
        "macos" | "ios" => println!(
            "cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libchatfile.{major}.dylib"
        ),
        _ => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libchatfile.so.{major}");
            // A name look-up that hangs is left behind on its thread, whose code
            // must not go away by dlclose (src/transfer/http/connect.rs).
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
    }
    Ok(())
}

/// The header, and its structures for src/lib_tests.rs.
fn header(root: &Path) -> Result<(String, String)> {
    let sources = root.join("src/lib.rs");
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(&sources)
        .generate()?;
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let items = items::read(&String::from_utf8(generated)?)?;
    let sections = outline::read(&sources)?;
    let introduction = fs::read_to_string(root.join("src/introduction.h"))?;
    let header = header::write(&introduction, &sections, &items)?;
    Ok((header, items::layout(&items)))
}

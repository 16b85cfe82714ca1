//! Names the shared library.

use std::env;

/// The ABI number: programs load `libchatfile.so.0`, whatever the version.
fn main() -> Result<(), env::VarError> {
    println!("cargo:rerun-if-changed=build.rs");
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

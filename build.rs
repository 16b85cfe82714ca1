//! Packs the built-in CA certificates.

use std::path::Path;
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("roots.bin"), roots()?)?;
    Ok(())
}

/// The roots of the Mozilla programme, for src/transfer/http/tls.rs: of each its
/// subject, its public key and its name constraints, and before each of the
/// three its length, two bytes from the low end; no constraints have length 0.
/// As constants of Rust they are 10 KB larger, for pointers and relocations.
fn roots() -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    for root in webpki_roots::TLS_SERVER_ROOTS {
        let constraints = root.name_constraints.as_deref().unwrap_or_default();
        for field in [&root.subject, &root.subject_public_key_info, constraints] {
            packed.extend(u16::try_from(field.len())?.to_le_bytes());
            packed.extend(field);
        }
    }
    Ok(packed)
}

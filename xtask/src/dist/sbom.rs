//! The lists of what is in a package, for machines: CycloneDX, by cargo-cyclonedx.

use super::pack::Output;
use super::targets::Target;
use super::tools::Tools;
use crate::{Result, abi, cargo};
use chatfile_ffi_tests::toolchain::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages whose lists are shipped, each with its folder.
const PACKAGES: &[(&str, &str)] = &[("chatfile", "capi"), ("chatfile-emulator", "emulator")];

/// Writes those of a target.
pub fn write(target: &Target, output: &Output) -> Result<()> {
    const STEM: &str = "chatfile-sbom";
    let mut command = cargo::in_workspace(Command::new(Tools::sbom()?));
    command
        .args([
            "cyclonedx",
            "--quiet",
            "--format",
            "json",
            "--no-build-deps",
        ])
        .args(["--target", target.rust, "--spec-version", "1.5"])
        .args(["--override-filename", STEM])
        // Without it there is a number of its own in each.
        .env("SOURCE_DATE_EPOCH", output.time.to_string());
    let made = cargo::run(&mut command);
    let version = abi::Version::current()?;
    let mut texts = Vec::new();
    // It writes one beside each manifest of the workspace.
    for folder in folders()? {
        let file = folder.join(format!("{STEM}.json"));
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        fs::remove_file(&file)?;
        texts.push((folder, text));
    }
    made?;
    for (name, folder) in PACKAGES {
        let folder = root().join(folder);
        let text = texts.iter().find(|(of, _)| *of == folder);
        let (_, text) = text.ok_or_else(|| format!("no SBOM of {name} was made"))?;
        // Where the workspace is, is nobody's business, and differs.
        let text = text.replace(&root().display().to_string(), "/chatfile");
        let file = format!("{name}-{version}-{}.cdx.json", target.name);
        fs::write(output.folder.join(file), text)?;
    }
    Ok(())
}

/// Those of the workspace's packages.
fn folders() -> Result<Vec<PathBuf>> {
    let packages = cargo::metadata(&["--no-deps"])?;
    let manifests = packages
        .iter()
        .filter_map(|package| package["manifest_path"].as_str());
    Ok(manifests
        .filter_map(|manifest| Some(Path::new(manifest).parent()?.to_owned()))
        .collect())
}

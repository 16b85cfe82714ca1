//! What fuzzing tries (fuzz/): each target takes bytes from outside as the library would
//! get them, and panics where something is not as it has to be. A test runs each of
//! them with what is checked in (fuzz/corpus), so that this needs no fuzzer.

mod answers;
mod files;
mod network;
mod texts;

pub use answers::{answers, json, json_file, xml};
pub use files::{checkpoints, parts, pictures, tokens};
pub use network::{calls, http, options};
pub use texts::{names, pem, presigned, urls};

use crate::error::Error;
use crate::text::clean;

/// A target.
pub type Target = fn(&[u8]);

/// All of them; each has a program in fuzz/fuzz_targets and a folder in fuzz/corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("answers", answers),
    ("calls", calls),
    ("checkpoints", checkpoints),
    ("http", http),
    ("json", json),
    ("json_file", json_file),
    ("names", names),
    ("options", options),
    ("parts", parts),
    ("pem", pem),
    ("pictures", pictures),
    ("presigned", presigned),
    ("tokens", tokens),
    ("urls", urls),
    ("xml", xml),
];

/// A line that separates two inputs in one.
const CUT: &[u8] = b"\n~~~~\n";

/// The inputs that are separated by [`CUT`].
fn pieces(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let now = rest?;
        let at = now.windows(CUT.len()).position(|window| window == CUT);
        let (piece, behind) = match at {
            Some(at) => (&now[..at], Some(&now[at + CUT.len()..])),
            None => (now, None),
        };
        rest = behind;
        Some(piece)
    })
}

/// What every error has to be, whatever it tells of: lines that can be shown, and no
/// secret.
fn check_error(error: &Error) {
    let text = error.to_string();
    let shown = [
        Some(text.as_str()),
        error.service_code(),
        error.service_message(),
        error.request_id(),
    ];
    for text in shown.into_iter().flatten() {
        assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
        assert!(text.len() < 8192, "{} bytes: {}", text.len(), clean(text));
        assert!(!text.contains(SECRET), "{text:?}");
    }
}

/// Stands for each secret, and is in no text.
const SECRET: &str = "S3cr3tS3cr3tS3cr3t";

/// Who fuzzes sees what is compared, and soon tells the secret itself, also with
/// something in between that is not shown.
fn tells_secret(data: &[u8]) -> bool {
    let letters: Vec<u8> = data
        .iter()
        .copied()
        .filter(u8::is_ascii_alphanumeric)
        .collect();
    let mut windows = letters.windows(SECRET.len());
    windows.any(|window| window == SECRET.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// What was once found stands in the corpus, too.
    /// `None` in the crate as it is published, which has none.
    fn folder() -> Option<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        folder.is_dir().then_some(folder)
    }

    #[test]
    fn each_target_has_a_program() {
        let Some(folder) = folder() else {
            return;
        };
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for (name, _) in TARGETS {
            let program = folder.join(format!("fuzz_targets/{name}.rs"));
            let program = fs::read_to_string(program).unwrap();
            assert!(program.contains(&format!("chatfile::fuzzing::{name}(data)")));
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }

    #[test]
    fn each_target_takes_its_corpus() {
        let Some(corpus) = folder().map(|folder| folder.join("corpus")) else {
            return;
        };
        for (name, target) in TARGETS {
            let mut inputs: Vec<_> = fs::read_dir(corpus.join(name))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            inputs.sort();
            assert!(!inputs.is_empty(), "{name}");
            for input in inputs {
                println!("{}", input.display());
                let bytes = fs::read(&input).unwrap();
                target(&bytes);
                // And what is left when it breaks off.
                target(&bytes[..bytes.len() / 2]);
            }
            target(b"");
        }
    }
}

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// A section: its heading, the lines below it and its names, where those with an empty
/// line before them begin with a `+`.
type Told = (String, Vec<String>, String);

/// The sections of a crate with these files.
fn outline_of(files: &[(&str, &str)]) -> Result<Vec<Told>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for (name, source) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, source)?;
    }
    let sections = read(&folder.path().join("lib.rs"))?;
    let told = sections.into_iter().map(|section| {
        let names = section.names.iter().map(|one| {
            let mark = if one.is_apart { "+" } else { "" };
            format!("{mark}{}", one.name)
        });
        let names = names.collect::<Vec<_>>().join(" ");
        (section.heading, section.introduction, names)
    });
    Ok(told.collect())
}

#[test]
fn sections_and_what_they_declare_are_in_the_order_of_the_modules() {
    let lib = "//! A library.\n\nmod helper;\n\n// In order.\nmod sending;\n\nmod asking;\n\n#[cfg(test)]\nmod tests;\n";
    let sending = "//! # Sending\n//!\n//! How it\n//! goes.\n\n/// One.\npub const CHATFILE_ONE: u32 = 1;\n\
                   /// Two.\npub const CHATFILE_TWO: u32 = 2;\n\nmod options;\n\n\
                   pub unsafe extern \"C\" fn chatfile_send(x: u8) {}\n";
    let options = "//! Of sending.\n\npub struct chatfile_options {\n    pub x: u8,\n}\n\npub(crate) fn chatfile_own() {}\n";
    let asking = "//! # Asking\n\npub type chatfile_ask_fn = u8;\n";
    let sections = outline_of(&[
        ("lib.rs", lib),
        ("helper.rs", "//! For all.\n\npub fn help() {}\n"),
        ("sending/mod.rs", sending),
        ("sending/options.rs", options),
        ("asking.rs", asking),
    ]);
    let lines = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        sections.unwrap(),
        [
            (
                "Sending".to_owned(),
                lines(&["How it", "goes."]),
                "+CHATFILE_ONE CHATFILE_TWO +chatfile_options +chatfile_send".to_owned()
            ),
            (
                "Asking".to_owned(),
                lines(&[]),
                "+chatfile_ask_fn".to_owned()
            ),
        ]
    );
}

#[test]
fn what_has_no_section_is_refused() {
    let sections = outline_of(&[
        ("lib.rs", "mod new;\n"),
        ("new.rs", "//! Something new.\n\npub struct chatfile_new;\n"),
    ]);
    let error = sections.unwrap_err().to_string();
    assert!(error.contains("chatfile_new has no section"), "{error}");
    assert!(error.contains("new.rs"), "{error}");
}

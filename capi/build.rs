//! Names the shared library, and makes the C header from the sources here.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
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
    fs::write(out.join("layout.rs"), layout(&structures))?;
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

fn header(root: &Path) -> Result<(String, Vec<Structure>)> {
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/lib.rs"))
        .generate()?;
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = String::from_utf8(generated)?;
    let introduction = fs::read_to_string(root.join("src/introduction.h"))?;
    finish(&generated, &introduction)
}

/// Adds what cbindgen cannot say: the introduction, the version, the calling
/// convention, the INIT macros, and an extern "C" block that C89 can read.
fn finish(generated: &str, introduction: &str) -> Result<(String, Vec<Structure>)> {
    let includes = "#include <stddef.h>\n#include <stdint.h>\n";
    let (guard, body) = generated
        .split_once(includes)
        .ok_or("cbindgen wrote no includes")?;
    let (body, end) = body
        .rsplit_once("#endif")
        .ok_or("cbindgen wrote no include guard")?;
    let mut header = format!(
        "{}\n\n{introduction}\n{}\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n",
        guard.trim_end(),
        version_macros()?
    );
    let mut structures: Vec<Structure> = Vec::new();
    let mut open = false;
    let folded = fold_comments(body);
    let mut lines = folded.lines();
    while let Some(line) = lines.next() {
        let is_function_type = line.starts_with("typedef") && line.contains("(*");
        if is_function_type || line.starts_with("CHATFILE_API") {
            header += &declaration(line, &mut lines)?;
            continue;
        }
        header += line;
        header.push('\n');
        if let Some(name) = line
            .strip_prefix("typedef struct ")
            .and_then(|rest| rest.strip_suffix(" {"))
        {
            structures.push(Structure::new(name));
            open = true;
        } else if open && let Some(current) = structures.last_mut() {
            if line.starts_with('}') {
                header += &current.init_macro();
                open = false;
            } else {
                current.read(line);
            }
        }
    }
    let header = format!(
        "{}\n\n#ifdef __cplusplus\n}}\n#endif\n\n#endif{end}",
        header.trim_end()
    );
    Ok((header, structures))
}

/// A function, or the type of one, with its calling convention: on one line if
/// it fits, else with a line for each parameter.
fn declaration<'a>(first: &'a str, rest: &mut impl Iterator<Item = &'a str>) -> Result<String> {
    const WIDTH: usize = 90;
    let mut whole = first.to_owned();
    while !whole.ends_with(';') {
        whole.push(' ');
        whole += rest.next().ok_or("a declaration without end")?.trim();
    }
    let whole = whole.replace("struct ", "");
    let whole = if whole.starts_with("typedef") {
        whole.replacen("(*", "(CHATFILE_CALL *", 1)
    } else {
        // The name before the first parenthesis is the function's.
        let open = whole.find('(').ok_or("a function without parameters")?;
        let name = whole[..open]
            .rfind("chatfile_")
            .ok_or("a foreign function")?;
        format!("{}CHATFILE_CALL {}", &whole[..name], &whole[name..])
    };
    if whole.len() <= WIDTH {
        return Ok(whole + "\n");
    }
    let open = whole.rfind('(').ok_or("a function without parameters")?;
    let (head, parameters) = whole.split_at(open + 1);
    Ok(format!(
        "{head}\n    {}\n",
        parameters.replace(", ", ",\n    ")
    ))
}

/// Puts comments of one line on one line.
fn fold_comments(body: &str) -> String {
    let lines: Vec<&str> = body.lines().collect();
    let mut folded = String::new();
    let mut at = 0;
    while at < lines.len() {
        if let [open, text, close, ..] = lines[at..]
            && open.trim() == "/**"
            && close.trim() == "*/"
        {
            let indent = &open[..open.len() - open.trim_start().len()];
            let text = text.trim_start().trim_start_matches('*').trim_start();
            folded += &format!("{indent}/** {text} */\n");
            at += 3;
        } else {
            folded += lines[at];
            folded.push('\n');
            at += 1;
        }
    }
    folded
}

/// A structure of the header, for its INIT macro and for src/layout_tests.rs.
struct Structure {
    name: String,
    fields: Vec<String>,
}

impl Structure {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            fields: Vec::new(),
        }
    }

    fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(field) = line.strip_suffix(';')
            && !line.starts_with('*')
        {
            let name = field.rsplit([' ', '*']).next().unwrap_or(field);
            self.fields.push(name.to_owned());
        }
    }

    /// All fields are named, since compilers warn of missing ones.
    fn init_macro(&self) -> String {
        // Callers do not make one that the library makes.
        if self.name == "chatfile_progress" {
            return String::new();
        }
        let mut text = format!(
            "/** Initialises a {0}: all defaults. */\n#define {1}_INIT {{ sizeof({0})",
            self.name,
            self.name.to_ascii_uppercase()
        );
        text += &", 0".repeat(self.fields.len().saturating_sub(1));
        text += " }\n";
        text
    }
}

/// All fields of all structures, for src/layout_tests.rs.
fn layout(structures: &[Structure]) -> String {
    let structures = structures
        .iter()
        .map(|one| format!("{} {{ {} }}\n", one.name, one.fields.join(", ")));
    format!("layout! {{\n{}}}\n", structures.collect::<String>())
}

fn version_macros() -> Result<String> {
    let mut text = String::from("/* The version of this header. */\n");
    let version = env::var("CARGO_PKG_VERSION")?;
    writeln!(text, "#define CHATFILE_VERSION \"{version}\"")?;
    for part in ["MAJOR", "MINOR", "PATCH"] {
        let value = env::var(format!("CARGO_PKG_VERSION_{part}"))?;
        writeln!(text, "#define CHATFILE_VERSION_{part} {value}")?;
    }
    text += "#define CHATFILE_VERSION_NUMBER \\\n    (CHATFILE_VERSION_MAJOR * 1000000 + \
             CHATFILE_VERSION_MINOR * 1000 + CHATFILE_VERSION_PATCH)\n";
    Ok(text)
}

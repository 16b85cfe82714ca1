//! What include/chatfile.h promises: functions, fields and numbers.

/// A header without its comments.
#[derive(Debug, Clone)]
pub struct Header {
    pub text: String,
}

/// A structure whose fields programs set.
#[derive(Debug, PartialEq, Eq)]
pub struct Structure {
    pub name: String,
    pub fields: Vec<String>,
}

impl Header {
    pub fn new(text: &str) -> Self {
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, comment)) = rest.split_once("/*") {
            plain += before;
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        }
        Self { text: plain + rest }
    }

    /// The declarations of functions, without the semicolon.
    pub fn declarations(&self) -> impl Iterator<Item = &str> {
        let after = self.text.split("\nCHATFILE_API ").skip(1);
        after.filter_map(|rest| Some(rest.split_once(';')?.0))
    }

    /// The names of the functions.
    pub fn functions(&self) -> Vec<String> {
        self.declarations()
            .filter_map(|declaration| name(declaration.split('(').next()?))
            .collect()
    }

    /// The numbers that programs compare with: name and value.
    pub fn numbers(&self) -> Vec<(String, String)> {
        let define = |line: &str| {
            let (name, value) = line.strip_prefix("#define CHATFILE_")?.split_once(' ')?;
            let value = value.trim();
            let is_number = value == "(~(uint64_t)0)"
                || value
                    .trim_start_matches('-')
                    .starts_with(|c: char| c.is_ascii_digit());
            // Those of the version change with it.
            (is_number && !name.starts_with("VERSION"))
                .then(|| (format!("CHATFILE_{name}"), value.to_owned()))
        };
        self.text.lines().filter_map(define).collect()
    }

    pub fn structures(&self) -> Vec<Structure> {
        let after = self.text.split("typedef struct ").skip(1);
        let structure = |rest: &str| {
            let (head, body) = rest.split_once('{')?;
            // An opaque one ends before any brace.
            if head.contains(';') {
                return None;
            }
            let (body, _) = body.split_once('}')?;
            Some(Structure {
                name: head.trim().to_owned(),
                fields: body.split(';').filter_map(name).collect(),
            })
        };
        after.filter_map(structure).collect()
    }

    /// The same without some fields of a structure.
    pub fn without(&self, structure: &str, fields: &[&str]) -> Self {
        let opening = format!("typedef struct {structure} {{");
        let Some((before, body, after)) =
            self.text.split_once(&opening).and_then(|(before, rest)| {
                let (body, after) = rest.split_once('}')?;
                Some((before, body, after))
            })
        else {
            return self.clone();
        };
        let kept: String = body
            .split_inclusive(';')
            .filter(|field| {
                let name = name(field.trim_end().trim_end_matches(';'));
                !name.is_some_and(|name| fields.contains(&name.as_str()))
            })
            .collect();
        Self {
            text: format!("{before}{opening}{kept}}}{after}"),
        }
    }
}

/// The name that a declaration ends with.
fn name(declaration: &str) -> Option<String> {
    let declaration = declaration.trim().split('[').next()?;
    let name = declaration.rsplit([' ', '*', '\n']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/** A. */\n#define CHATFILE_A 1\n#define CHATFILE_VERSION_MAJOR 0\n\
        #define CHATFILE_B (~(uint64_t)0)\n#define CHATFILE_A_INIT { sizeof(chatfile_a), 0 }\n\
        typedef struct chatfile_o chatfile_o;\ntypedef struct chatfile_a {\n  size_t size; /* ; */\n  \
        const char *text;\n  uint8_t bytes[4];\n} chatfile_a;\n\n\
        CHATFILE_API const char *CHATFILE_CALL chatfile_f(\n    const chatfile_a *a,\n    int x);\n";

    #[test]
    fn functions_fields_and_numbers_are_found() {
        let header = Header::new(TEXT);
        assert_eq!(header.functions(), ["chatfile_f"]);
        let numbers = header.numbers();
        let names: Vec<&str> = numbers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["CHATFILE_A", "CHATFILE_B"]);
        let structures = header.structures();
        assert_eq!(structures.len(), 1);
        assert_eq!(structures[0].name, "chatfile_a");
        assert_eq!(structures[0].fields, ["size", "text", "bytes"]);
    }

    #[test]
    fn fields_are_taken_out() {
        let header = Header::new(TEXT).without("chatfile_a", &["text", "bytes"]);
        assert_eq!(header.structures()[0].fields, ["size"]);
        assert_eq!(header.functions(), ["chatfile_f"]);
    }
}

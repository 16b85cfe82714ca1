//! Tables of error codes, SMH's and its store's, and how a code is found in one.

/// A code, the status it usually comes with, and its words.
pub(super) type Code = (&'static str, u16, &'static str);

/// The status and words of a code; 500 and none where the table lacks it.
pub(super) fn usual(codes: &[Code], code: &str) -> (u16, &'static str) {
    let known = codes.iter().find(|known| known.0 == code);
    known.map_or((500, ""), |known| (known.1, known.2))
}

/// The first code of that name, in any case, or of that HTTP status: what the fault `service_error` asks for.
pub(super) fn asked_for(codes: &[Code], name: &str) -> Option<&'static str> {
    let status = name.parse::<u16>().ok();
    codes
        .iter()
        .find(|known| known.0.eq_ignore_ascii_case(name) || status == Some(known.1))
        .map(|known| known.0)
}

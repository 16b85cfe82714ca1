//! A policy's expiration as Go reads RFC 3339, with its words for what is none.

use crate::calendar::parse_iso_date;

const LAYOUT: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The parts of the layout in order; digits stand for as many digits.
const PARTS: &[&str] = &[
    "2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05",
];

/// The moment in milliseconds.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let quoted = format!("parsing time {text:?}");
    let wrong = |rest: &str, part: &str| {
        Err(format!(
            "{quoted} as {LAYOUT:?}: cannot parse {rest:?} as {part:?}"
        ))
    };
    let mut rest = text;
    for part in PARTS {
        let is_number = part.starts_with(|c: char| c.is_ascii_digit());
        let fits = match is_number {
            true => {
                rest.len() >= part.len()
                    && rest.bytes().take(part.len()).all(|b| b.is_ascii_digit())
            }
            false => rest.starts_with(part),
        };
        if !fits {
            return wrong(rest, part);
        }
        rest = &rest[part.len()..];
    }
    let fraction = rest.strip_prefix(['.', ',']).unwrap_or_default();
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let zone = if digits > 0 {
        &fraction[digits..]
    } else {
        rest
    };
    let (offset_min, left) = match zone.as_bytes() {
        [b'Z', ..] => (0, &zone[1..]),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, ..]
            if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            let two = |a: &u8, b: &u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
            let minutes = two(h1, h2) * 60 + two(m1, m2);
            (if *sign == b'-' { -minutes } else { minutes }, &zone[6..])
        }
        _ => return wrong(zone, "Z07:00"),
    };
    if !left.is_empty() {
        return Err(format!("{quoted}: extra text: {left:?}"));
    }
    let local = &text[..text.len() - zone.len()];
    let local = parse_iso_date(&format!("{}Z", local.replace(',', ".")));
    // All that can still be wrong is a number.
    let local = local.ok_or_else(|| format!("{quoted}: {} out of range", beyond(text)))?;
    Ok(local - offset_min * 60_000)
}

/// Which number of a date is too great.
fn beyond(text: &str) -> &'static str {
    let number = |at: usize| text[at..at + 2].parse::<u8>().unwrap_or(0);
    match text {
        _ if !(1..=12).contains(&number(5)) => "month",
        _ if number(11) > 23 => "hour",
        _ if number(14) > 59 => "minute",
        _ if number(17) > 59 => "second",
        _ => "day",
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_are_read_as_go_does() {
        let at = 1_369_353_600_000;
        for (text, expected) in [
            ("2013-05-24T00:00:00.007Z", at + 7),
            ("2013-05-24T00:00:00Z", at),
            ("2013-05-24T02:00:00+02:00", at),
            ("2013-05-23T23:30:00.5-00:30", at + 500),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        let layout = "as \"2006-01-02T15:04:05.999999999Z07:00\": cannot parse";
        for (text, expected) in [
            ("", format!("parsing time \"\" {layout} \"\" as \"2006\"")),
            (
                "soon",
                format!("parsing time \"soon\" {layout} \"soon\" as \"2006\""),
            ),
            (
                "2013-05-24 00:00:00Z",
                format!("parsing time \"2013-05-24 00:00:00Z\" {layout} \" 00:00:00Z\" as \"T\""),
            ),
            (
                "2013-13-24T00:00:00Z",
                "parsing time \"2013-13-24T00:00:00Z\": month out of range".to_owned(),
            ),
            (
                "2013-05-24T00:00:00Zx",
                "parsing time \"2013-05-24T00:00:00Zx\": extra text: \"x\"".to_owned(),
            ),
        ] {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }
}

//! Times as SMH writes them: `2021-07-24T10:34:32.000Z` (RFC 3339).

/// Seconds since 1970 UTC; a fraction is dropped. `None` for anything else, and
/// for what was before 1970.
pub(super) fn parse(text: &str) -> Option<u64> {
    // A byte at its place, and two or four digits.
    let is = |at: usize, marks: &[u8]| text.as_bytes().get(at).is_some_and(|b| marks.contains(b));
    let number = |text: Option<&str>| -> Option<i64> {
        let text = text?;
        let is_plain = text.bytes().all(|b| b.is_ascii_digit());
        is_plain.then(|| text.parse().ok())?
    };
    let separated = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let year = number(text.get(..4))?;
    let month = number(text.get(5..7))?;
    let day = number(text.get(8..10))?;
    let hour = number(text.get(11..13))?;
    let minute = number(text.get(14..16))?;
    let second = number(text.get(17..19))?;
    let is_real = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !separated || !is_real || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut zone = text.get(19..)?;
    if let Some(fraction) = zone.strip_prefix('.') {
        let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == fraction.len() {
            return None;
        }
        zone = rest;
    }
    let offset = match (zone.get(..1)?, zone.len()) {
        ("Z" | "z", 1) => 0,
        (sign @ ("+" | "-"), 6) if zone.get(3..4) == Some(":") => {
            let minutes = number(zone.get(1..3))? * 60 + number(zone.get(4..6))?;
            if sign == "+" { minutes } else { -minutes }
        }
        _ => return None,
    };
    // Days since 1970 in years that begin in March, so that a leap day is last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 1
        - 719_468;
    u64::try_from(((days * 24 + hour) * 60 + minute - offset) * 60 + second).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_since_1970() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2021-07-24T10:34:32.000Z", 1_627_122_872),
            ("2021-07-24T18:34:32+08:00", 1_627_122_872),
            ("2021-07-24T08:04:32.9-02:30", 1_627_122_872),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2000-03-01T00:00:00z", 951_868_800),
            ("2038-01-19 03:14:08Z", 2_147_483_648),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for bad in [
            "",
            "1969-12-31T23:59:59Z",
            "2021-07-24",
            "2021-07-24T10:34:32",
            "2021-07-24T10:34:32.Z",
            "2021-07-24T10:34:32+0800",
            "2021-07-24T10:34:32Zx",
            "2021-13-24T10:34:32Z",
            "2021-07-24T24:34:32Z",
            "2021/07/24T10:34:32Z",
            "+021-07-24T10:34:32Z",
            "2021-07-24T10:34:3ü",
            "1627122872",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

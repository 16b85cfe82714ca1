//! Times as SMH writes them, and as S3's signatures do.

/// Year, month and day of a day counted from 1970-01-01, by the Gregorian calendar.
fn date(day: i64) -> (i64, i64, i64) {
    // Counted in eras of 400 years that begin on the first of March, so that the leap day comes last.
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// `2021-07-24T10:34:32.000Z`
pub(super) fn iso(ms: i64) -> String {
    let (year, month, day) = date(ms.div_euclid(86_400_000));
    let rest = ms.rem_euclid(86_400_000);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// `20210724T103432Z`
pub(super) fn compact(seconds: i64) -> String {
    let text = iso(seconds.saturating_mul(1000));
    let end = text.len() - ".000Z".len();
    let mut compact = text[..end].replace(['-', ':'], "");
    compact.push('Z');
    compact
}

/// Seconds since 1970 of `20210724T103432Z`.
pub(super) fn parse_compact(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    // The day is searched by its date; 366 steps at most.
    let start = (year - 1970) * 365 + (year - 1969).div_euclid(4) - 30;
    let found = (start..start + 430).find(|at| date(*at) == (year, month, day))?;
    Some(found * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_627_122_872_000, "2021-07-24T10:34:32.000Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(iso(ms), text);
            let seconds = ms.div_euclid(1000);
            assert_eq!(parse_compact(&compact(seconds)), Some(seconds), "{text}");
        }
        assert_eq!(compact(1_627_122_872), "20210724T103432Z");
        assert_eq!(parse_compact("2021-07-24T10:34"), None);
        assert_eq!(parse_compact("20210230T000000Z"), None);
    }
}

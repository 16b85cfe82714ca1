//! Dates as the services and their stores write them, all of UTC.

use time::{Date, Month, OffsetDateTime, Time};

fn utc(ms: i64) -> OffsetDateTime {
    let seconds = ms.div_euclid(1000);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `20260102T030405Z`
pub(crate) fn amz_date(ms: i64) -> String {
    let at = utc(ms);
    let (hour, minute, second) = at.to_hms();
    format!("{}T{hour:02}{minute:02}{second:02}Z", compact_day(ms))
}

/// `20260102`
pub(crate) fn compact_day(ms: i64) -> String {
    let (year, month, day) = utc(ms).to_calendar_date();
    format!("{year:04}{:02}{day:02}", u8::from(month))
}

/// `2026/01/02/03/04/05`
pub(crate) fn time_path(ms: i64) -> String {
    let (year, month, day) = utc(ms).to_calendar_date();
    let (hour, minute, second) = utc(ms).to_hms();
    let month = u8::from(month);
    format!("{year:04}/{month:02}/{day:02}/{hour:02}/{minute:02}/{second:02}")
}

/// `2026-01-02T03:04:05.678Z`
pub(crate) fn iso_date(ms: i64) -> String {
    let (year, month, day) = utc(ms).to_calendar_date();
    let (hour, minute, second) = utc(ms).to_hms();
    let (month, milli) = (u8::from(month), ms.rem_euclid(1000));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

fn number(text: Option<&str>) -> Option<u16> {
    text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()
}

fn unix_ms(date: [Option<u16>; 3], time: [Option<u16>; 3]) -> Option<i64> {
    let small = |value: Option<u16>| u8::try_from(value?).ok();
    let month = Month::try_from(small(date[1])?).ok()?;
    let day = Date::from_calendar_date(i32::from(date[0]?), month, small(date[2])?).ok()?;
    let time = Time::from_hms(small(time[0])?, small(time[1])?, small(time[2])?).ok()?;
    Some(day.with_time(time).assume_utc().unix_timestamp() * 1000)
}

/// Reads an `X-Amz-Date`.
pub(crate) fn parse_amz_date(text: &str) -> Option<i64> {
    if text.len() != 16 || text.get(8..9) != Some("T") || !text.ends_with('Z') {
        return None;
    }
    let part = |range: std::ops::Range<usize>| number(text.get(range));
    unix_ms(
        [part(0..4), part(4..6), part(6..8)],
        [part(9..11), part(11..13), part(13..15)],
    )
}

/// Reads the expiration of a policy: RFC 3339 in UTC, with or without a fraction.
pub(crate) fn parse_iso_date(text: &str) -> Option<i64> {
    let part = |range: std::ops::Range<usize>| number(text.get(range));
    let fraction = text.get(19..)?.strip_suffix('Z')?;
    let milli = match fraction.strip_prefix('.') {
        Some(digits) if !digits.is_empty() => {
            number(Some(&format!("{digits:0<3}")[..3])).map(i64::from)?
        }
        None if fraction.is_empty() => 0,
        _ => return None,
    };
    let separators = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    if separators
        .iter()
        .any(|(at, sign)| text.get(*at..*at + 1) != Some(*sign))
    {
        return None;
    }
    let date = [part(0..4), part(5..7), part(8..10)];
    let time = [part(11..13), part(14..16), part(17..19)];
    Some(unix_ms(date, time)? + milli)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_back() {
        let ms = 1_369_353_600_000;
        assert_eq!(amz_date(ms), "20130524T000000Z");
        assert_eq!(parse_amz_date("20130524T000000Z"), Some(ms));
        assert_eq!(iso_date(ms + 7), "2013-05-24T00:00:00.007Z");
        for (text, expected) in [
            ("2013-05-24T00:00:00.007Z", Some(ms + 7)),
            ("2013-05-24T00:00:00Z", Some(ms)),
            ("2013-05-24T00:00:00.1234567Z", Some(ms + 123)),
            ("2013-05-24T00:00:00.Z", None),
            ("2013-05-24 00:00:00Z", None),
            ("2013-13-24T00:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(parse_iso_date(text), expected, "{text}");
        }
        for text in [
            "",
            "20130524",
            "20130524T000000",
            "2013-5-4T000000ZZ",
            "+0130524T000000Z",
        ] {
            assert_eq!(parse_amz_date(text), None, "{text}");
        }
        assert_eq!(time_path(ms), "2013/05/24/00/00/00");
    }

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
            assert_eq!(iso_date(ms), text);
            let second = ms - ms.rem_euclid(1000);
            assert_eq!(parse_amz_date(&amz_date(ms)), Some(second), "{text}");
        }
        assert_eq!(parse_amz_date("20210230T000000Z"), None);
    }
}

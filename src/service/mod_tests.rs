#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn head(headers: &[(&str, &str)]) -> Head {
    Head {
        status: 503,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Head::default()
    }
}

#[test]
fn a_pause_is_asked_for_in_seconds_or_by_date() {
    let pause = |headers: &[(&str, &str)]| retry_after(&head(headers)).map(|pause| pause.as_secs());
    assert_eq!(pause(&[]), None);
    assert_eq!(pause(&[("retry-after", " 120 ")]), Some(120));
    assert_eq!(pause(&[("retry-after", "soon")]), None);
    let until = ("retry-after", "Fri, 20 Nov 2026 05:00:30 GMT");
    assert_eq!(pause(&[until]), None);
    assert_eq!(
        pause(&[until, ("date", "Fri, 20 Nov 2026 05:00:00 GMT")]),
        Some(30)
    );
    assert_eq!(
        pause(&[until, ("date", "Fri, 20 Nov 2026 06:00:00 GMT")]),
        Some(0)
    );
}

#[test]
fn only_redirects_are_called_that() {
    for status in [301, 302, 303, 307, 308] {
        let judgement = judge_http(status);
        assert_eq!(judgement.status, Status::Redirect);
        assert!(judgement.advice.contains("base URL to the address"));
    }
    for (status, advice) in [
        (300, "several"),
        (304, "nothing has changed"),
        (305, "proxy"),
    ] {
        let judgement = judge_http(status);
        assert_eq!(judgement.status, Status::Response);
        assert!(judgement.advice.contains(advice), "{status}");
        assert!(!judgement.retryable);
    }
}

#[test]
fn the_size_of_a_file_that_is_shorter_is_read() {
    let read = |value: &[(&str, &str)], body: &str| {
        size_of_shorter(&Answer {
            head: head(value),
            body: body.as_bytes().to_vec().into(),
        })
    };
    let stated = |value| read(&[("content-range", value)], "");
    assert_eq!(stated("bytes */10"), Some(10));
    for other in ["bytes */*", "bytes 0-9/10", "items */10", "bytes */-1", ""] {
        assert_eq!(stated(other), None, "{other}");
    }
    let xml = "<Error><Code>InvalidRange</Code><ActualObjectSize>10</ActualObjectSize></Error>";
    assert_eq!(read(&[], xml), Some(10));
    assert_eq!(read(&[], "<Error></Error>"), None);
}

#[test]
fn what_may_pass_by_its_status() {
    let passing = (200..=599).filter(|status| may_pass(*status));
    let expected = [408, 429, 500].into_iter().chain(502..=599);
    assert!(passing.eq(expected));
}

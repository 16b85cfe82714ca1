#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::watch::tick;

fn reports(drive: impl FnOnce(&Meter<'_>)) -> Vec<Progress> {
    let mut seen = Vec::new();
    let callback = |progress| {
        seen.push(progress);
        Ok(())
    };
    drive(&Meter::new(Some(Box::new(callback))));
    seen
}

/// The last report was so long ago.
fn age(meter: &Meter<'_>, by: Duration) {
    let at = meter.reported_at.get().unwrap();
    meter.reported_at.set(at.checked_sub(by));
}

#[test]
fn what_waits_reports_the_same_again() {
    let seen = reports(|meter| {
        tick().unwrap();
        meter
            .during(|| {
                // Not before the first report.
                tick()?;
                meter.start(Some(100))?;
                meter.advance(30)?;
                for _ in 0..2 {
                    age(meter, STILL);
                    tick()?;
                }
                meter.advance(70)?;
                age(meter, STILL);
                tick()
            })
            .unwrap();
    });
    let done: Vec<_> = seen.iter().map(|p| p.done).collect();
    assert_eq!(done, [0, 30, 30, 30]);
}

#[test]
fn a_callback_that_stops_is_not_called_again_and_is_what_the_call_returns() {
    let calls = Cell::new(0);
    let meter = Meter::new(Some(Box::new(|_| {
        calls.set(calls.get() + 1);
        Err(Error::callback("progress", 7))
    })));
    let error = meter
        .during(|| {
            meter.start(Some(100)).unwrap_err();
            age(&meter, STILL);
            assert_eq!(tick().unwrap_err().status(), Status::Callback);
            let other = Error::new(Status::Stalled, "x").with_attempts(2);
            Err::<(), _>(other.with_phase(crate::error::Phase::Receive))
        })
        .unwrap_err();
    assert_eq!(error.callback_value(), Some(7));
    assert_eq!((error.attempts(), calls.get()), (2, 1));
    assert_eq!(error.phase(), crate::error::Phase::Receive);
}

#[test]
fn a_call_made_by_the_callback_does_not_call_it_again() {
    let inner = Cell::new(0);
    let meter = Meter::new(Some(Box::new(|_| {
        inner.set(inner.get() + 1);
        tick()
    })));
    meter
        .during(|| {
            meter.start(None)?;
            age(&meter, STILL);
            tick()
        })
        .unwrap();
    assert_eq!(inner.get(), 2);
}

#[test]
fn only_the_end_reports_everything() {
    let seen = reports(|meter| {
        meter.start(Some(10)).unwrap();
        meter.advance(10).unwrap();
        meter.finish(10);
    });
    let done: Vec<_> = seen.iter().map(|p| (p.done, p.finished)).collect();
    assert_eq!(done, [(0, false), (10, true)]);
}

#[test]
fn a_repeated_attempt_does_not_go_back() {
    let seen = reports(|meter| {
        meter.start(Some(100)).unwrap();
        age(meter, INTERVAL);
        meter.advance(60).unwrap();
        meter.restart(0);
        age(meter, INTERVAL);
        meter.advance(30).unwrap();
        age(meter, INTERVAL);
        meter.advance(40).unwrap();
        meter.finish(100);
    });
    let done: Vec<_> = seen.iter().map(|p| p.done).collect();
    assert_eq!(done, [0, 60, 70, 100]);
}

#[test]
fn reports_are_throttled() {
    let seen = reports(|meter| {
        meter.start(Some(1_000_000)).unwrap();
        for _ in 0..1000 {
            meter.advance(1).unwrap();
        }
    });
    // Not an assertion on time: a slow machine may add a few, never a thousand.
    assert!(seen.len() < 500, "{} reports", seen.len());
}

#[test]
fn a_report_says_what_is_going_on() {
    let seen = reports(|meter| {
        meter
            .during(|| {
                watch::doing(Activity::Connecting);
                meter.start(Some(100))?;
                watch::hashing(100);
                watch::hashed(60);
                age(meter, STILL);
                tick()?;
                watch::renewing(|| {
                    // What a renewal takes is part of it.
                    watch::doing(Activity::Waiting);
                    age(meter, STILL);
                    tick()
                })?;
                watch::doing(Activity::Sending);
                age(meter, STILL);
                tick()
            })
            .unwrap();
    });
    let seen: Vec<_> = seen.iter().map(|p| (p.activity, p.hashed)).collect();
    assert_eq!(
        seen,
        [
            (Activity::Connecting, 0),
            (Activity::Hashing, 60),
            (Activity::Renewing, 60),
            (Activity::Sending, 60),
        ]
    );
}

#[test]
fn the_rate_is_that_of_the_last_seconds() {
    let begun = Instant::now();
    let at = |ms| begun + Duration::from_millis(ms);
    let none = Speed {
        measured_at: begun,
        done: 0,
        rate: None,
    };
    assert_eq!(none.remaining(1), None);
    // Too soon to say.
    assert_eq!(none.at(at(100), 1_000).rate, None);
    let steady = none.at(at(1000), 1_000_000);
    assert_eq!(steady.rate, Some(1_000_000));
    assert_eq!(steady.remaining(2_000_000), Some(Duration::from_secs(2)));
    let mut slower = steady;
    for second in 2..25 {
        slower = slower.at(at(second * 1000), 1_000_000 + 1000 * (second - 1));
    }
    let rate = slower.rate.unwrap();
    assert!((1000..5000).contains(&rate), "{rate}");
    // An attempt that begins anew moves nothing backwards.
    assert!(steady.at(at(2000), 0).rate < steady.rate);
}

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::error::Status;
use crate::watch::tests::watch;

/// Until when all calls are counted that are over.
fn expire(limit: &CallLimit, by: Duration) {
    for call in lock(&limit.state).counted.values_mut() {
        if let Some(until) = &mut call.until {
            *until -= by;
        }
    }
}

fn another_thread() -> ThreadId {
    std::thread::spawn(ThreadId::here).join().unwrap()
}

/// A call of a thread of its own.
fn admit_at(limit: &CallLimit, now: Instant) -> Result<Option<Ticket>, Duration> {
    let number = limit.try_admit(now, another_thread())?;
    Ok(number.map(|number| limit.ticket(number)))
}

#[test]
fn a_call_counts_until_a_second_after_its_answer() {
    let limit = CallLimit::new(Some(2));
    let admit = || admit_at(&limit, Instant::now());
    let slow = admit().unwrap();
    drop(admit().unwrap());
    assert!(admit().is_err_and(|wait| wait <= WINDOW));
    expire(&limit, WINDOW);
    let second = admit().unwrap();
    // However long ago it was admitted, the first may be about to arrive.
    assert_eq!(admit().err(), Some(SLICE));
    drop(slow);
    assert!(admit().is_err());
    expire(&limit, WINDOW);
    drop(admit().unwrap());
    drop(second);
}

#[test]
fn what_has_surely_arrived_counts_a_second_longer() {
    let limit = CallLimit::new(Some(1));
    let admit = || admit_at(&limit, Instant::now());
    let upload = admit().unwrap().unwrap();
    upload.sent(false, &watch(None)).unwrap();
    expire(&limit, WAY);
    assert!(admit().is_err());
    expire(&limit, WINDOW);
    let other = admit().unwrap();
    // It is no longer counted.
    drop(upload);
    assert_eq!(admit().err(), Some(SLICE));
    drop(other);
}

#[test]
fn a_call_within_a_callback_gets_the_turn_of_the_one_around_it() {
    let limit = CallLimit::new(Some(1));
    let here = ThreadId::here();
    let outer = limit.admit(&watch(None)).unwrap().unwrap();
    let wait = limit.try_admit(Instant::now(), here).unwrap_err();
    assert!(wait <= WINDOW);
    // It may have arrived; another thread does not wait longer for it either.
    expire(&limit, WINDOW);
    let inner = limit.try_admit(Instant::now(), here).unwrap().unwrap();
    drop(limit.ticket(inner));
    let late = watch(Some(Duration::ZERO));
    assert!(outer.sent(false, &late).is_err());
    let outer = limit.ticket(outer.number.get());
    expire(&limit, WINDOW);
    outer.sent(false, &watch(None)).unwrap();
    assert!(outer.number.get() > inner);
    assert!(admit_at(&limit, Instant::now()).is_err());
}

/// What arrives late, after calls that were admitted later, is still one of a
/// second: with any delays, no window holds more than allowed.
#[test]
fn no_second_at_the_service_sees_more_than_allowed() {
    const LIMIT: usize = 5;
    let limit = CallLimit::new(Some(LIMIT as u32));
    let start = Instant::now();
    let mut under_way: Vec<(u64, Ticket)> = Vec::new();
    let mut arrivals: Vec<u64> = Vec::new();
    let mut kept = Vec::new();
    let (mut random, mut admitted) = (1_u64, 0);
    let mut caller = another_thread();
    for ms in 0..20_000 {
        let now = start + Duration::from_millis(ms);
        // The answer is here as soon as the call is there: the worst case.
        for (at, ticket) in under_way.extract_if(.., |(at, _)| *at <= ms) {
            ticket.arrives_by(now);
            arrivals.push(at);
            // It would say so by the real clock, which stands still here.
            kept.push(ticket);
        }
        if let Ok(Some(number)) = limit.try_admit(now, caller) {
            let ticket = limit.ticket(number);
            caller = another_thread();
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) % (1 << 32);
            under_way.push((ms + 1 + random % 700, ticket));
            admitted += 1;
        }
    }
    arrivals.sort_unstable();
    for first in &arrivals {
        let within = arrivals
            .iter()
            .filter(|at| (*first..first + 1000).contains(at));
        assert!(within.count() <= LIMIT);
    }
    assert!(admitted > 40, "{admitted}");
}

#[test]
fn silence_holds_for_everyone() {
    let limit = CallLimit::new(None);
    limit.be_silent(Duration::from_secs(10));
    assert!(admit_at(&limit, Instant::now()).is_err());
    let late = Instant::now() + Duration::from_secs(11);
    assert!(admit_at(&limit, late).is_ok());
    limit.be_silent(Duration::from_secs(10));
    limit.be_silent(Duration::from_secs(5));
    let five = Instant::now() + Duration::from_secs(6);
    assert!(admit_at(&limit, five).is_err());
    let error = limit.admit(&watch(Some(Duration::ZERO))).err().unwrap();
    assert_eq!(error.status(), Status::Deadline);
    limit.be_silent(Duration::from_secs(3600));
    let error = limit.admit(&watch(None)).err().unwrap();
    assert_eq!(error.status(), Status::RateLimited);
}

#[test]
fn bytes_have_a_price() {
    let throttle = Throttle::default();
    let step = throttle.step(1000);
    assert_eq!(step.room, 1000);
    throttle.pace(&step, 1000, &watch(None)).unwrap();
    throttle.set(2000);
    let step = throttle.step(1000);
    assert_eq!(step.room, 100);
    // A thousand seconds' worth: only the deadline ends this.
    let error = throttle.pace(&step, 2_000_000, &watch(Some(Duration::ZERO)));
    assert_eq!(error.unwrap_err().status(), Status::Deadline);
    // A slow rate still moves a byte at a time.
    throttle.set(1);
    assert_eq!(throttle.step(1000).room, 1);
    throttle.set(0);
    assert_eq!(throttle.step(1000).room, 1000);
}

#[test]
fn what_was_begun_at_another_rate_costs_nothing_at_the_new_one() {
    let throttle = Throttle::default();
    for rate in [0, 1_000_000_000] {
        throttle.set(rate);
        let step = throttle.step(1_000_000);
        throttle.set(1);
        // It would be a million seconds.
        throttle.pace(&step, 1_000_000, &watch(None)).unwrap();
        assert_eq!(*lock(&throttle.0.paid_until), None);
    }
}

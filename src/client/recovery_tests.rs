#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::options::ClientOptions;
use super::*;
use crate::error::{Phase, Status};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Credentials that are numbers: each one forgotten, the next is got.
struct Numbers {
    present: Cell<u32>,
    forgotten: RefCell<Vec<Credential>>,
    can_renew: bool,
    /// Another thread is always here before.
    is_late: bool,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            present: Cell::new(1),
            forgotten: RefCell::default(),
            can_renew: true,
            is_late: false,
        }
    }
}

impl Credentials for Numbers {
    type Held = u32;

    fn get(&self, _: &Engine, _: &mut Call) -> Result<u32> {
        Ok(self.present.get())
    }

    fn forget(&self, held: &u32, refused: Credential) -> Forgotten {
        self.forgotten.borrow_mut().push(refused);
        let is_present = *held == self.present.get();
        self.present.set(held + 1);
        match is_present && !self.is_late {
            true => Forgotten::Present,
            false => Forgotten::Earlier,
        }
    }

    fn can_renew(&self) -> bool {
        self.can_renew
    }
}

/// What cannot be sent twice.
struct OneWay(Call);

impl Retryable for OneWay {
    fn call(&mut self) -> &mut Call {
        &mut self.0
    }

    fn can_repeat(&self) -> bool {
        false
    }
}

fn engine() -> Engine {
    Engine::new(ClientOptions::default(), None, None).unwrap()
}

/// One that waits for nothing between attempts.
fn quick_engine() -> Engine {
    let options = ClientOptions {
        retry_delay: Some(Duration::ZERO),
        ..ClientOptions::default()
    };
    Engine::new(options, None, None).unwrap()
}

fn call(engine: &Engine) -> Call {
    engine.call("service", "verb", None)
}

fn refusal(remedy: Remedy) -> Error {
    Error::new(Status::Auth, "no")
        .with_phase(Phase::Receive)
        .with_http_status(403)
        .with_remedy(Some(remedy))
}

/// How often it was tried, of which all but the last are refused with these
/// remedies; and whether it was done then.
fn tries(engine: &Engine, credentials: &Numbers, remedies: &[Remedy]) -> (u32, bool) {
    let mut tries = 0;
    let mut remedies = remedies.iter();
    let result = engine.attempt_as(&mut call(engine), credentials, |_, _| {
        tries += 1;
        remedies
            .next()
            .map_or(Ok(()), |remedy| Err(refusal(*remedy)))
    });
    (tries, result.is_ok())
}

const TOKEN: Remedy = Remedy::Renew(Credential::Token);
const SESSION: Remedy = Remedy::Renew(Credential::Session);

#[test]
fn each_credential_is_renewed_once() {
    let engine = engine();
    let credentials = Numbers::default();
    assert_eq!(tries(&engine, &credentials, &[TOKEN]), (2, true));
    assert_eq!(credentials.forgotten.take(), [Credential::Token]);
    assert_eq!(tries(&engine, &credentials, &[TOKEN, TOKEN]), (2, false));
    assert_eq!(tries(&engine, &credentials, &[TOKEN, SESSION]), (3, true));
    let both = [SESSION, TOKEN, SESSION];
    assert_eq!(tries(&engine, &credentials, &both), (3, false));
}

#[test]
fn what_another_thread_has_renewed_is_no_renewal_of_ones_own() {
    let engine = engine();
    let credentials = Numbers {
        is_late: true,
        ..Numbers::default()
    };
    assert_eq!(tries(&engine, &credentials, &[TOKEN; 50]), (51, true));
    // Within reason.
    assert_eq!(tries(&engine, &credentials, &[TOKEN; 1000]), (101, false));
    let mut renewals = Renewals::new(true);
    let present = Forgotten::Present;
    let earlier = Forgotten::Earlier;
    assert!(renewals.allow(earlier) && renewals.allow(present) && renewals.allow(earlier));
    assert!(!renewals.allow(present) && !renewals.allow(Forgotten::Foreign));
    assert!(!Renewals::new(false).allow(earlier));
}

#[test]
fn what_cannot_be_tried_again_is_told_at_once() {
    let engine = engine();
    let fixed = Numbers {
        can_renew: false,
        ..Numbers::default()
    };
    assert_eq!(tries(&engine, &fixed, &[TOKEN]), (1, false));
    // The next call gets another all the same.
    assert_eq!(fixed.forgotten.take(), [Credential::Token]);
    let credentials = Numbers::default();
    let mut one_way = OneWay(call(&engine));
    let refused = engine.attempt_as(&mut one_way, &credentials, |_, held| match held {
        1 => Err(refusal(TOKEN)),
        _ => Ok(()),
    });
    assert_eq!(refused.unwrap_err().remedy(), Some(TOKEN));
    assert_eq!(credentials.present.get(), 2);
}

#[test]
fn a_request_within_has_had_all_the_help_there_is() {
    let engine = engine();
    let credentials = Numbers::default();
    let mut tries = 0;
    let error = engine
        .attempt_as(&mut call(&engine), &credentials, |call, _| {
            engine.attempt_as(call, &credentials, |call, _| {
                call.has_sent = true;
                tries += 1;
                Err::<(), _>(refusal(TOKEN))
            })
        })
        .unwrap_err();
    assert_eq!((tries, error.attempts()), (2, 1));
}

#[test]
fn a_clock_is_set_once() {
    let engine = engine();
    let credentials = Numbers::default();
    let now = engine.clock.now().as_secs();
    for ahead in [3600, -3600, 365 * 86_400] {
        let there = now.saturating_add_signed(ahead);
        let fault = Remedy::Clock(there);
        assert_eq!(tries(&engine, &credentials, &[fault]), (2, true));
        assert!(engine.clock.now().as_secs().abs_diff(there) < 60);
        assert_eq!(tries(&engine, &credentials, &[fault; 2]), (2, false));
    }
    // A call that cannot be made again teaches it to the next one.
    let mut one_way = OneWay(call(&engine));
    let refused = engine.attempt_as(&mut one_way, &credentials, |_, _| {
        Err::<(), _>(refusal(Remedy::Clock(now)))
    });
    assert!(refused.is_err());
    assert!(engine.clock.now().as_secs().abs_diff(now) < 60);
}

#[test]
fn a_clock_that_does_not_help_is_not_kept() {
    let engine = engine();
    let credentials = Numbers::default();
    let is_at = |time: u64| engine.clock.now().as_secs().abs_diff(time) < 60;
    let now = engine.clock.now().as_secs();
    let wrong = Remedy::Clock(600);
    // Whoever has said it may say the same of the next one, which agrees with it.
    for again in [wrong, Remedy::Done] {
        assert_eq!(tries(&engine, &credentials, &[wrong, again]), (2, false));
        assert!(is_at(now));
    }
    // A call that was not made again leaves it to the next one.
    let refuse = |one: &mut OneWay| {
        let refused = engine.attempt_as(one, &credentials, |_, _| Err::<(), _>(refusal(wrong)));
        assert!(refused.is_err() && is_at(600));
    };
    refuse(&mut OneWay(call(&engine)));
    let lost = || Error::new(Status::ConnectionLost, "gone");
    let unanswered = engine.attempt_as(&mut OneWay(call(&engine)), &credentials, |_, _| {
        Err::<(), _>(lost())
    });
    assert!(unanswered.is_err() && is_at(600));
    assert_eq!(tries(&engine, &credentials, &[Remedy::Done]), (1, false));
    assert!(is_at(now));
    refuse(&mut OneWay(call(&engine)));
    assert_eq!(tries(&engine, &credentials, &[]), (1, true));
    assert_eq!(tries(&engine, &credentials, &[Remedy::Done]), (1, false));
    assert!(is_at(600));
    // It goes back to the last that has helped, also where several have learnt another.
    assert_eq!(
        tries(&engine, &credentials, &[Remedy::Clock(now), wrong]),
        (2, false)
    );
    assert!(is_at(600));
    assert_eq!(
        tries(&engine, &credentials, &[Remedy::Clock(now)]),
        (2, true)
    );
    for _ in 0..2 {
        refuse(&mut OneWay(call(&engine)));
    }
    assert_eq!(tries(&engine, &credentials, &[Remedy::Done]), (1, false));
    assert!(is_at(now));
}

#[test]
fn silence_is_kept_by_every_call() {
    let engine = engine();
    engine.admit(&mut call(&engine)).unwrap();
    let silence = Remedy::Silence(Duration::from_secs(3600));
    assert_eq!(tries(&engine, &Numbers::default(), &[silence]), (1, false));
    let error = engine.admit(&mut call(&engine)).unwrap_err();
    assert_eq!(error.status(), Status::RateLimited);
}

#[test]
fn what_a_part_of_an_upload_needs_is_not_for_every_call() {
    let engine = engine();
    for remedy in [
        Remedy::Permission,
        Remedy::PermissionOnce,
        Remedy::Limits,
        Remedy::Folder,
        Remedy::Restart,
        Remedy::Resend,
        Remedy::Done,
    ] {
        let tried = tries(&engine, &Numbers::default(), &[remedy]);
        assert_eq!(tried, (1, false), "{remedy:?}");
    }
}

#[test]
fn an_upload_begins_anew_for_what_it_has_a_part_of() {
    let engine = quick_engine();
    for (remedy, expected) in [
        (Some(Remedy::Restart), 4),
        (Some(Remedy::Resend), 4),
        (Some(Remedy::Permission), 4),
        (Some(Remedy::PermissionOnce), 2),
        (Some(Remedy::Done), 1),
        (None, 1),
    ] {
        let mut tries = 0;
        let error = engine
            .attempt_anew(&mut call(&engine), |call| {
                tries += 1;
                call.has_sent = true;
                let refused = Error::new(Status::Forbidden, "no").with_remedy(remedy);
                // What is asked for within has had its attempts.
                Err::<(), _>(match remedy {
                    Some(Remedy::Restart) => refused.with_attempts(1),
                    _ => refused,
                })
            })
            .unwrap_err();
        assert_eq!(
            (tries, error.attempts()),
            (expected, expected),
            "{remedy:?}"
        );
    }
}

#[test]
fn it_is_asked_what_became_of_what_may_be_done() {
    let engine = quick_engine();
    let mut call = call(&engine);
    let mut settled = |result, look: fn(&Error, &mut Call) -> Result<Option<u32>>| {
        settle(result, &mut call, look)
    };
    let lost = |unsettled| {
        let gone = Error::new(Status::NotFound, "gone");
        Err::<u32, _>(gone.unsettled_if(unsettled))
    };
    let said = |remedy| Err::<u32, _>(refusal(remedy));
    let status = |result: Result<u32>| result.unwrap_err().status();
    assert_eq!(settled(Ok(1), |_, _| unreachable!()).unwrap(), 1);
    let surely_not = settled(lost(false), |_, _| unreachable!());
    assert_eq!(status(surely_not), Status::NotFound);
    for result in [lost(true), said(Remedy::Done)] {
        assert_eq!(settled(result, |_, _| Ok(Some(2))).unwrap(), 2);
    }
    // Whoever is told to wait does not ask.
    let wait = Some(Duration::from_secs(3600));
    let late = lost(true).map_err(|error| error.with_retry_after(wait));
    assert!(settled(late, |_, _| unreachable!()).is_err());
    // What was not done, or was not found out, is what it was.
    let not_done = settled(lost(true), |_, _| Ok(None));
    assert_eq!(status(not_done), Status::NotFound);
    let stopped = settled(said(Remedy::Done), |_, _| {
        Err(Error::new(Status::Cancelled, "stop"))
    });
    assert_eq!(status(stopped), Status::Cancelled);
}

#[test]
fn what_became_of_it_is_asked_with_the_attempts_that_are_left() {
    let engine = quick_engine();
    for (made, left) in [(0, 4), (1, 3), (3, 1), (4, 1)] {
        let mut call = call(&engine);
        let ask = |call: &mut Call, asked: &mut u32| {
            let unanswered = engine.attempt(call, |_| {
                *asked += 1;
                Err::<(), _>(Error::new(Status::Stalled, "late").retryable())
            });
            unanswered.map(Some)
        };
        let lost = Error::new(Status::Stalled, "lost").unsettled_if(true);
        let (mut asked, mut after) = (0, 0);
        let look = |_: &Error, call: &mut Call| ask(call, &mut asked);
        settle(Err(lost.with_attempts(made)), &mut call, look).unwrap_err();
        // What comes behind it has all of them again.
        ask(&mut call, &mut after).unwrap_err();
        assert_eq!((asked, after), (left, 4), "{made}");
    }
}

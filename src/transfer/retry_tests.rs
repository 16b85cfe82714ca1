#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::error::{Phase, Remedy};
use crate::watch::CancelHandle;
use crate::watch::tests::{cancellable, watch};

struct Context {
    call: Call,
    repeatable: bool,
    /// How far each attempt comes.
    step: u64,
    /// What was reported: `+` success, `~` another try, `-` failure.
    reports: String,
}

impl Retryable for Context {
    fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    fn can_repeat(&self) -> bool {
        self.repeatable
    }

    fn headway(&self) -> u64 {
        self.step * u64::from(self.call.attempt)
    }

    fn attempts_with_headway(&self) -> u32 {
        50
    }
}

impl Context {
    /// The call, which has now sent something.
    fn sent(&mut self) -> &Call {
        self.call.has_sent = true;
        &self.call
    }
}

fn context(deadline: Option<Duration>) -> Context {
    Context {
        call: Call::new("service", "verb", watch(deadline)),
        repeatable: true,
        step: 0,
        reports: String::new(),
    }
}

const QUICK: RetryPolicy = RetryPolicy {
    max_attempts: 3,
    max_time: None,
    base_delay: Duration::ZERO,
};

fn busy() -> Error {
    Error::new(Status::Unavailable, "busy").retryable()
}

/// Runs an attempt that fails `failures` times.
fn run(
    policy: RetryPolicy,
    context: &mut Context,
    failures: u32,
    error: impl Fn() -> Error,
) -> Result<()> {
    let mut reports = String::new();
    let result = policy.run(
        context,
        |context| match context.sent().attempt {
            made if made <= failures => Err(error()),
            _ => Ok(()),
        },
        &mut |_, outcome| {
            reports.push(match outcome {
                Outcome::Success => '+',
                Outcome::LostIdle => '0',
                Outcome::Login => 'p',
                Outcome::Again(..) => '~',
                Outcome::Failure(_) => '-',
            });
        },
    );
    context.reports = reports;
    result
}

#[test]
fn attempts_are_bounded_counted_and_reported() {
    let mut good = context(None);
    run(QUICK, &mut good, 2, busy).unwrap();
    assert_eq!((good.call.attempts(), good.reports.as_str()), (3, "~~+"));
    let mut bad = context(None);
    let error = run(QUICK, &mut bad, 9, busy).unwrap_err();
    assert_eq!((error.attempts(), bad.reports.as_str()), (3, "~~-"));
}

/// As a reader has it that makes calls of its own.
#[test]
fn what_a_callback_has_ended_a_call_with_is_no_failure_of_an_attempt() {
    let others: [fn() -> Error; 4] = [
        busy,
        || busy().lost_idle(),
        || busy().with_remedy(Some(Remedy::Login)),
        || busy().with_phase(Phase::Receive).unsettled_if(true),
    ];
    for other in others {
        let mut context = context(None);
        let told = run(QUICK, &mut context, 9, || other().of_caller()).unwrap_err();
        assert_eq!((context.call.attempts(), &*context.reports), (1, "-"));
        assert!(told.is_retryable() && !told.is_unsettled(), "{told}");
    }
}

#[test]
fn a_dead_idle_connection_costs_no_attempt_but_only_once() {
    let lost = || {
        Error::new(Status::ConnectionLost, "gone")
            .retryable()
            .lost_idle()
    };
    let mut good = context(None);
    let mut left = 2;
    QUICK
        .run(
            &mut good,
            |_| {
                left -= 1;
                if left > 0 { Err(lost()) } else { Ok(()) }
            },
            &mut |_, _| {},
        )
        .unwrap();
    assert_eq!(good.call.attempts(), 1);
    let mut bad = context(None);
    assert_eq!(run(QUICK, &mut bad, 9, lost).unwrap_err().attempts(), 3);
    assert_eq!(bad.reports, "0~~-");
    let once = RetryPolicy {
        max_attempts: 1,
        ..QUICK
    };
    let mut strict = context(None);
    run(once, &mut strict, 9, lost).unwrap_err();
    assert_eq!(strict.reports, "-");
}

#[test]
fn another_login_of_a_proxy_costs_no_attempt_but_not_for_ever() {
    let asked = || Error::new(Status::Proxy, "a login").with_remedy(Some(Remedy::Login));
    let once = RetryPolicy {
        max_attempts: 1,
        ..QUICK
    };
    let mut left = LOGINS_MAX;
    let mut good = context(None);
    let attempt = |context: &mut Context| {
        context.sent();
        left -= 1;
        if left > 0 { Err(asked()) } else { Ok(()) }
    };
    once.run(&mut good, attempt, &mut |_, _| {}).unwrap();
    assert_eq!(good.call.attempts(), 1);
    let mut bad = context(None);
    assert_eq!(run(QUICK, &mut bad, 99, asked).unwrap_err().attempts(), 1);
    assert_eq!(bad.reports, "p".repeat(LOGINS_MAX as usize) + "-");
    let mut one_way = context(None);
    one_way.repeatable = false;
    run(QUICK, &mut one_way, 9, asked).unwrap_err();
    assert_eq!(one_way.reports, "-");
}

#[test]
fn what_cannot_help_is_not_repeated() {
    let refusal = || Error::new(Status::Forbidden, "no");
    assert_eq!(
        run(QUICK, &mut context(None), 9, refusal)
            .unwrap_err()
            .attempts(),
        1
    );
    let mut one_way = context(None);
    one_way.repeatable = false;
    assert_eq!(run(QUICK, &mut one_way, 9, busy).unwrap_err().attempts(), 1);
    let no_time = RetryPolicy {
        max_time: Some(Duration::ZERO),
        ..QUICK
    };
    assert_eq!(
        run(no_time, &mut context(None), 9, busy)
            .unwrap_err()
            .attempts(),
        1
    );
}

#[test]
fn a_cancel_between_attempts_is_what_is_reported() {
    let cancel = CancelHandle::new();
    let mut context = context(None);
    context.call.watch = cancellable(&cancel);
    let fails = |_: &mut Context| {
        cancel.cancel();
        Err::<(), _>(busy())
    };
    let error = QUICK.run(&mut context, fails, &mut |_, _| {}).unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
}

#[test]
fn a_pause_that_cannot_be_waited_out_is_not_begun() {
    for (asked, deadline) in [(50, Some(20)), (61, None), (u64::MAX, None)] {
        let asks = || busy().with_retry_after(Some(Duration::from_secs(asked)));
        let mut context = context(deadline.map(Duration::from_secs));
        let error = run(QUICK, &mut context, 9, asks).unwrap_err();
        assert_eq!((error.status(), error.attempts()), (Status::Unavailable, 1));
    }
}

#[test]
fn what_is_asked_for_is_compared_with_its_bound_and_not_the_sum() {
    let policy = RetryPolicy {
        base_delay: Duration::from_secs(20),
        ..QUICK
    };
    let asked = busy().with_retry_after(Some(PAUSE_MAX));
    for failures in [1, 2] {
        let pause = policy.pause(failures, &asked);
        assert!(policy.goes_on(&mut context(None), &asked, pause, failures));
    }
    let longer = busy().with_retry_after(Some(PAUSE_MAX + Duration::from_secs(1)));
    assert!(!policy.goes_on(&mut context(None), &longer, Duration::ZERO, 1));
}

#[test]
fn attempts_count_from_the_last_headway() {
    let broken = || Error::new(Status::ConnectionLost, "broke").retryable();
    let mut good = context(None);
    good.step = 1;
    run(QUICK, &mut good, 20, broken).unwrap();
    assert_eq!(good.call.attempts(), 21);
    let mut endless = context(None);
    endless.step = 1;
    let error = run(QUICK, &mut endless, 1000, broken).unwrap_err();
    assert_eq!(error.attempts(), 50);
    // A refusal is one, however much was sent before.
    let mut refused = context(None);
    refused.step = 1;
    let error = run(QUICK, &mut refused, 9, || busy().with_http_status(503)).unwrap_err();
    assert_eq!(error.attempts(), 3);
    // What stood in buffers has not arrived.
    let mut stalled = context(None);
    stalled.step = 1;
    let silent = || Error::new(Status::Stalled, "silent").retryable();
    let error = run(QUICK, &mut stalled, 9, silent).unwrap_err();
    assert_eq!(error.attempts(), 3);
    let once = RetryPolicy {
        max_attempts: 1,
        ..QUICK
    };
    let mut one = context(None);
    one.step = 1;
    assert_eq!(run(once, &mut one, 9, broken).unwrap_err().attempts(), 1);
}

#[test]
fn each_request_of_a_call_has_its_own_attempts() {
    let mut both = context(None);
    let mut left = 2;
    let result = QUICK.run(
        &mut both,
        |context| {
            let mut inner = 2;
            QUICK.run(
                context.call(),
                |call| {
                    call.has_sent = true;
                    inner -= 1;
                    if inner >= 0 { Err(busy()) } else { Ok(()) }
                },
                &mut |_, _| {},
            )?;
            left -= 1;
            if left >= 0 { Err(busy()) } else { Ok(()) }
        },
        &mut |_, _| {},
    );
    result.unwrap();
    assert_eq!(both.call.attempts(), 3);
    // What has used up its own is not tried again by what is around it.
    let mut requests = 0;
    let error = QUICK
        .run(
            &mut context(None),
            |context| {
                let fails = |call: &mut Call| {
                    call.has_sent = true;
                    requests += 1;
                    Err::<(), _>(busy())
                };
                QUICK.run(context.call(), fails, &mut |_, _| {})
            },
            &mut |_, _| {},
        )
        .unwrap_err();
    assert_eq!((error.attempts(), requests), (3, 3));
}

#[test]
fn it_is_known_what_may_be_done_though_it_failed() {
    let lost = |phase| {
        let gone = Error::new(Status::ConnectionLost, "gone").with_phase(phase);
        gone.retryable()
    };
    let said = |status: Status, http| {
        Error::new(status, "said")
            .with_phase(Phase::Receive)
            .with_http_status(http)
    };
    for (error, expected) in [
        (lost(Phase::Prepare), false),
        (lost(Phase::Connect), false),
        (lost(Phase::Send), true),
        (lost(Phase::Receive), true),
        (said(Status::Forbidden, 403), false),
        (said(Status::NotFound, 404), false),
        (said(Status::Unavailable, 503).retryable(), true),
        (said(Status::RateLimited, 429).retryable(), false),
        (said(Status::NotFound, 404).unsettled_if(true), true),
        // Somebody else's answer tells nothing.
        (said(Status::Response, 200), true),
        // The service's own code does.
        (said(Status::Unavailable, 200).retryable().refused(), false),
    ] {
        let is_unsettled = error.may_be_done() || error.is_unsettled();
        assert_eq!(is_unsettled, expected, "{error:?}");
        let mut context = context(None);
        let mut left = [error, Error::new(Status::Source, "end")].into_iter();
        let end = QUICK.run(
            &mut context,
            |context| match left.next() {
                Some(error) => Err(error),
                None => Ok(context.call.attempt),
            },
            &mut |_, _| {},
        );
        // Whatever the last attempt failed with.
        assert_eq!(end.unwrap_err().is_unsettled(), expected);
        assert!(!context.call.is_unsettled);
    }
}

#[test]
fn pauses_grow_with_jitter_and_heed_the_service() {
    let policy = RetryPolicy {
        base_delay: Duration::from_millis(500),
        ..QUICK
    };
    for made in 1..40 {
        let ceiling = Duration::from_millis(500) * 2u32.pow((made - 1).min(6));
        assert!(policy.pause(made, &busy()) <= ceiling.min(BACK_OFF_MAX));
    }
    let asked = busy().with_retry_after(Some(Duration::from_secs(10)));
    assert!(policy.pause(1, &asked) >= Duration::from_secs(10));
}

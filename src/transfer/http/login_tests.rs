#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::watch::CancelHandle;
use crate::watch::tests::watch;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

fn login(name: &str, password: &str) -> Login {
    let account = Account::new(name.into(), Zeroizing::new(password.into()));
    Login::new("h:1".into(), account, None)
}

#[test]
fn a_login_is_basic_unasked() {
    assert_eq!(
        login("Aladdin", "open sesame").field("GET", "/").as_str(),
        "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
    );
    assert!(
        Login::new("h:1".into(), None, None)
            .field("GET", "/")
            .is_empty()
    );
}

#[test]
fn a_proxy_is_told_again_only_where_that_may_help() {
    let login = login("a", "b");
    let again = |fields: &[&str]| login.again(fields, 0, &watch(None)).unwrap();
    assert!(!again(&["Basic realm=\"x\"", "Negotiate"]));
    assert!(!again(&["Digest realm=\"x\""]));
    assert!(again(&["Digest realm=\"x\", nonce=\"1\""]));
    assert!(login.field("GET", "/").contains("nonce=\"1\""));
    assert!(!again(&["Digest realm=\"x\", nonce=\"1\""]));
    assert!(again(&["Digest realm=\"x\", nonce=\"1\", stale=TRUE"]));
    assert!(!again(&["Digest realm=\"x\", nonce=\"2\""]));
    login.accepted();
    assert!(again(&["Digest realm=\"x\", nonce=\"3\""]));
    assert!(!again(&["Digest realm=\"x\", nonce=\"4\""]));
    login.accepted();
    assert!(again(&[
        "Digest nonce=\"5\", algorithm=SHA-256",
        "Digest nonce=\"5\"",
    ]));
    assert!(login.field("GET", "/").contains("SHA-256"));
}

/// A login that counts its answers, which are these and then none.
fn asking(answers: &'static [&'static str]) -> (Login, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let ask = ProxyLogin::new(move |challenge| {
        assert_eq!((challenge.proxy, challenge.realm), ("h:1", "r"));
        let number = count.fetch_add(1, Ordering::Relaxed) as usize;
        let answer = answers.get(number).copied().unwrap_or_default();
        Ok(SecretText::new(answer.to_owned()))
    });
    (Login::new("h:1".into(), None, Some(ask)), asked)
}

const BASIC: &[&str] = &["Basic realm=\"r\""];

#[test]
fn who_is_asked_may_be_wrong_a_few_times() {
    let (login, asked) = asking(&["a:1", "a:2", "a:3", "a:4"]);
    for used in 0..3 {
        assert!(login.again(BASIC, used, &watch(None)).unwrap());
        assert!(login.has_account());
    }
    assert!(!login.again(BASIC, 3, &watch(None)).unwrap());
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    // What was refused is not sent by the next call, which asks anew.
    assert!(!login.has_account());
    assert!(login.again(BASIC, 3, &watch(None)).unwrap());
    login.accepted();
    // What was sent with an older one is sent again without a question.
    assert!(login.again(BASIC, 1, &watch(None)).unwrap());
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    assert!(!login.again(BASIC, 4, &watch(None)).unwrap());
    // What cannot be given is not asked for.
    assert!(!login.again(&["NTLM"], 4, &watch(None)).unwrap());
    assert_eq!(asked.load(Ordering::Relaxed), 5);
}

#[test]
fn what_is_told_is_given_as_the_proxy_wants_it() {
    let (login, _) = asking(&["a:b:c"]);
    let digest = ["Digest realm=\"r\", nonce=\"1\""];
    assert!(login.again(&digest, 0, &watch(None)).unwrap());
    assert!(login.field("GET", "/").contains("Digest username=\"a\""));
    let (_, password) = login.account().unwrap();
    assert_eq!(password.as_str(), "b:c");
    assert!(!login.again(&digest, 1, &watch(None)).unwrap());
}

#[test]
fn a_thread_of_a_call_waits_for_what_the_call_is_told() {
    let (login, asked) = asking(&["a:b", "\r\n:"]);
    let call = watch(None);
    let stop = CancelHandle::new();
    let of_thread = call.with_stop(stop.clone());
    let mut declined = false;
    thread::scope(|scope| {
        let again = |used| login.again(BASIC, used, &of_thread);
        let threads = [scope.spawn(move || again(0)), scope.spawn(move || again(0))];
        while asked.load(Ordering::Relaxed) == 0 {
            login.answer(&call, &stop, &mut declined).unwrap();
        }
        assert!(threads.into_iter().all(|one| one.join().unwrap().unwrap()));
        // Nobody waits any more.
        login.answer(&call, &stop, &mut declined).unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        // What cannot be used ends the call, and that its threads.
        let waits = scope.spawn(move || again(1));
        while asked.load(Ordering::Relaxed) == 1 {
            if let Err(error) = login.answer(&call, &stop, &mut declined) {
                assert_eq!(error.field(), Some("proxy_login"));
                stop.cancel();
            }
        }
        assert!(!matches!(waits.join().unwrap(), Ok(true)));
    });
}

#[test]
fn who_has_said_no_is_not_asked_by_a_thread_that_comes_late() {
    let (login, asked) = asking(&[""]);
    let call = watch(None);
    let stop = CancelHandle::new();
    let of_thread = call.with_stop(stop.clone());
    let mut declined = false;
    thread::scope(|scope| {
        for _ in 0..2 {
            let waits = scope.spawn(|| login.again(BASIC, 0, &of_thread));
            while !waits.is_finished() {
                login.answer(&call, &stop, &mut declined).unwrap();
            }
            assert!(!waits.join().unwrap().unwrap());
        }
    });
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(declined);
}

#[test]
fn what_one_call_is_not_told_does_not_end_the_waiting_of_another() {
    let (login, asked) = asking(&["", "a:b"]);
    let call = watch(None);
    let stops = [(); 3].map(|()| CancelHandle::new());
    let of = |index: usize| call.with_stop(stops[index].clone());
    let answer = |index: usize| login.answer(&call, &stops[index], &mut false).unwrap();
    let is_waiting = |count| {
        while login.lock().waiting.len() != count {
            thread::yield_now();
        }
    };
    thread::scope(|scope| {
        let [first, second, third] = [0, 1, 2].map(|index| {
            scope.spawn({
                let (login, watch) = (&login, of(index));
                move || login.again(BASIC, 0, &watch)
            })
        });
        is_waiting(3);
        // One is cancelled, another is told no.
        stops[2].cancel();
        assert!(third.join().unwrap().is_err());
        answer(1);
        assert!(!second.join().unwrap().unwrap());
        is_waiting(1);
        assert!(!first.is_finished());
        answer(0);
        assert!(first.join().unwrap().unwrap());
    });
    is_waiting(0);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn who_wakes_late_does_not_take_another_of_its_call_along() {
    let (login, asked) = asking(&["a:b", "c:d"]);
    let call = watch(None);
    let stop = CancelHandle::new();
    let of_thread = call.with_stop(stop.clone());
    let mut declined = false;
    login.lock().generation = 1;
    thread::scope(|scope| {
        // One has tried the first answer already, and waits for the next.
        let waits = scope.spawn(|| login.again(BASIC, 1, &of_thread));
        while login.lock().waiting.is_empty() {
            thread::yield_now();
        }
        // The other has just seen that there is a first one.
        login.leave(&stop, 0);
        assert_eq!(login.lock().waiting.len(), 1);
        login.answer(&call, &stop, &mut declined).unwrap();
        assert!(waits.join().unwrap().unwrap());
    });
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(login.lock().waiting.is_empty());
}

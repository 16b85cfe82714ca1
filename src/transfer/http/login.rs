//! Logging in to a proxy: with what its URL says, unasked, for an upload that can be
//! sent only once has to get through; or with what the caller says when it asks (407, or as SOCKS5 does).

use super::challenge::{Account, Challenge, Offer};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{SecretText, lock_in_turn};
use crate::watch::{CancelHandle, Watch};
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// So many logins in a row may be wrong until a request fails: common directories lock
/// somebody out after five, or ten.
const ANSWERS_MAX: u32 = 3;

/// How often a thread that may not ask looks for what another was told.
const LOOK: Duration = Duration::from_millis(20);

/// What a proxy asks for a user name and password with.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ProxyChallenge<'a> {
    /// The proxy: `HOST:PORT`.
    pub proxy: &'a str,
    /// `Basic`, `Digest` or `SOCKS5`.
    pub scheme: &'a str,
    /// What the proxy calls that which the password is for; it may be anything. A SOCKS5
    /// proxy says nothing.
    pub realm: &'a str,
}

type LoginFunction = dyn FnMut(&ProxyChallenge<'_>) -> Result<SecretText> + Send;

/// A function that knows how to log in to proxies. Its clones are the same function,
/// which is never run twice at once, and only on a thread that made a call.
#[derive(Clone)]
pub struct ProxyLogin(Arc<Mutex<Box<LoginFunction>>>);

impl ProxyLogin {
    /// Wraps a function, which is called when a proxy asks for a login that it was
    /// not given, or refuses what it was given: it says `NAME:PASSWORD`, or an empty text
    /// when there is none, and the call fails with [`Status::Proxy`](crate::Status::Proxy).
    pub fn new(
        ask: impl FnMut(&ProxyChallenge<'_>) -> Result<SecretText> + Send + 'static,
    ) -> Self {
        Self(Arc::new(Mutex::new(Box::new(ask))))
    }
}

impl fmt::Debug for ProxyLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyLogin")
    }
}

/// How a proxy is logged in to; shared by all that goes through it.
pub(super) struct Login {
    /// `HOST:PORT`.
    proxy: String,
    ask: Option<ProxyLogin>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    account: Option<Account>,
    /// How it wants that, if by Digest.
    challenge: Option<Challenge>,
    /// The proxy has taken the account since it last refused it.
    is_taken: bool,
    /// How often another account was told: what was sent with an older one is sent again.
    generation: u32,
    /// Accounts that were told and refused since one was taken.
    refused: u32,
    /// What threads wait for that may not ask.
    waiting: Vec<Waiting>,
}

/// Threads of one call that wait until that has asked.
struct Waiting {
    /// What ends them, which is that call's alone.
    stop: CancelHandle,
    offer: Offer,
    threads: usize,
}

impl Login {
    pub(super) fn new(proxy: String, account: Option<Account>, ask: Option<ProxyLogin>) -> Self {
        let state = State {
            account,
            ..State::default()
        };
        Self {
            proxy,
            ask,
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody is asked for it.
    pub(super) fn asks(&self) -> bool {
        self.ask.is_some()
    }

    pub(super) fn has_account(&self) -> bool {
        self.lock().account.is_some()
    }

    /// User name and password, where they are known.
    pub(super) fn account(&self) -> Option<(Zeroizing<String>, Zeroizing<String>)> {
        let state = self.lock();
        let account = state.account.as_ref()?;
        Some((account.name.clone().into(), account.password.clone()))
    }

    /// The password, and what it is sent as.
    pub(super) fn secrets(&self) -> Vec<Zeroizing<String>> {
        let state = self.lock();
        let of = |account: &Account| vec![account.password.clone(), account.basic()];
        state.account.as_ref().map(of).unwrap_or_default()
    }

    /// What [`Login::again`] has to be told of a request that is sent now.
    pub(super) fn generation(&self) -> u32 {
        self.lock().generation
    }

    /// The header field for a request, with its line end; empty without an account.
    pub(super) fn field(&self, method: &str, uri: &str) -> Zeroizing<String> {
        let state = &mut *self.lock();
        let Some(account) = &state.account else {
            return Zeroizing::default();
        };
        let value = match &mut state.challenge {
            Some(challenge) => challenge.answer(account, method, uri, &random::token()),
            None => account.basic(),
        };
        Zeroizing::new(format!("Proxy-Authorization: {}\r\n", value.as_str()))
    }

    /// The proxy has taken what it was told.
    pub(super) fn accepted(&self) {
        let mut state = self.lock();
        state.refused = 0;
        state.is_taken = true;
    }

    /// The proxy has answered with 407 and these Proxy-Authenticate fields to a request
    /// of this generation: whether it may be content with what the next one says.
    pub(super) fn again(&self, fields: &[&str], used: u32, watch: &Watch) -> Result<bool> {
        match Offer::best(fields) {
            Some(offer) => self.refused(offer, used, watch),
            None => Ok(false),
        }
    }

    /// The same where the proxy has said what it takes.
    pub(super) fn refused(&self, offer: Offer, used: u32, watch: &Watch) -> Result<bool> {
        {
            let mut state = self.lock();
            if state.generation != used || state.learn(&offer) {
                return Ok(true);
            }
        }
        match &self.ask {
            None => Ok(false),
            Some(ask) => match watch.stop() {
                None => self.ask(ask, &offer, used, watch),
                Some(stop) => self.wait(offer, used, watch, stop),
            },
        }
    }

    /// Asks the caller, unless another thread has done so meanwhile.
    fn ask(&self, ask: &ProxyLogin, offer: &Offer, used: u32, watch: &Watch) -> Result<bool> {
        let mut ask = lock_in_turn(&ask.0, watch)?;
        {
            let mut state = self.lock();
            if state.generation != used {
                return Ok(true);
            }
            // It is not sent once more: not even by who asks anew.
            if used > 0 && state.account.take().is_some() {
                state.refused += 1;
            }
            if state.refused >= ANSWERS_MAX {
                state.refused = 0;
                return Ok(false);
            }
        }
        let told = ask(&ProxyChallenge {
            proxy: &self.proxy,
            scheme: offer.scheme,
            realm: &offer.realm,
        })?;
        if told.is_empty() {
            return Ok(false);
        }
        let (name, password) = told.split_once(':').unwrap_or((told.as_str(), ""));
        let password = Zeroizing::new(password.to_owned());
        let account = Account::new(name.to_owned(), password).ok_or_else(|| {
            Error::argument(
                "proxy_login",
                "gave a user name or password that no proxy takes",
            )
        })?;
        let mut state = self.lock();
        state.account = Some(account);
        state.challenge = offer.digest.clone();
        state.is_taken = false;
        state.generation += 1;
        Ok(true)
    }

    /// Waits until the thread that made the call has [asked](Self::answer).
    fn wait(&self, offer: Offer, used: u32, watch: &Watch, stop: &CancelHandle) -> Result<bool> {
        {
            let mut state = self.lock();
            if state.generation != used {
                return Ok(true);
            }
            match state.waiting.iter_mut().find(|one| one.stop.is(stop)) {
                Some(waiting) => waiting.threads += 1,
                None => state.waiting.push(Waiting {
                    stop: stop.clone(),
                    offer,
                    threads: 1,
                }),
            }
        }
        let result = loop {
            if let Err(error) = watch.pause(LOOK) {
                break Err(error);
            }
            let state = self.lock();
            if state.generation != used {
                break Ok(true);
            }
            if !state.waiting.iter().any(|one| one.stop.is(stop)) {
                break Ok(false);
            }
        };
        self.lock().waiting.retain_mut(|one| {
            one.threads -= usize::from(one.stop.is(stop));
            one.threads > 0
        });
        result
    }

    /// Asks the caller if threads of this call, which `stop` ends, wait for that. Who has said
    /// no in it (`declined`) is not asked again by a thread that comes late.
    pub(super) fn answer(
        &self,
        watch: &Watch,
        stop: &CancelHandle,
        declined: &mut bool,
    ) -> Result<()> {
        let Some(ask) = &self.ask else {
            return Ok(());
        };
        let (offer, used) = {
            let state = self.lock();
            match state.waiting.iter().find(|one| one.stop.is(stop)) {
                Some(waiting) => (waiting.offer.clone(), state.generation),
                None => return Ok(()),
            }
        };
        let asked = match *declined {
            true => Ok(false),
            false => self.ask(ask, &offer, used, watch),
        };
        self.lock().waiting.retain(|one| !one.stop.is(stop));
        *declined = !asked?;
        Ok(())
    }
}

impl State {
    /// Whether the account may do by what the proxy says now.
    fn learn(&mut self, offer: &Offer) -> bool {
        let (Some(asked), Some(_)) = (&offer.digest, &self.account) else {
            return false;
        };
        // Asked again, without a word that only the nonce is old: it is the password, unless the
        // proxy has forgotten all nonces, as after a restart.
        let known = self.challenge.as_ref();
        let is_other = known.is_some_and(|known| known.nonce != asked.nonce);
        let was_taken = mem::take(&mut self.is_taken);
        let is_news = known.is_none() || offer.is_stale || is_other && was_taken;
        self.challenge = Some(asked.clone());
        is_news
    }
}

#[cfg(test)]
mod tests {
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
}

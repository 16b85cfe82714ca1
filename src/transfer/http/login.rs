//! Logging in to a proxy: with what its URL says, unasked, for an upload that can be
//! sent only once has to get through; or with what the caller says when it asks (407, or as SOCKS5 does).

use super::challenge::{Account, Challenge, Offer};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{InTurn, SecretText};
use crate::threads::lock;
use crate::watch::{CancelHandle, Watch};
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
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
pub struct ProxyLogin(Arc<InTurn<Box<LoginFunction>>>);

impl ProxyLogin {
    /// Wraps a function, which is called when a proxy asks for a login that it was
    /// not given, or refuses what it was given: it says `NAME:PASSWORD`, or an empty text
    /// when there is none, and the call fails with [`Status::Proxy`](crate::Status::Proxy).
    pub fn new(
        ask: impl FnMut(&ProxyChallenge<'_>) -> Result<SecretText> + Send + 'static,
    ) -> Self {
        Self(Arc::new(InTurn::new(Box::new(ask))))
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
    /// Which account has been refused.
    used: u32,
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
        lock(&self.state)
    }

    pub(super) fn proxy(&self) -> &str {
        &self.proxy
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
        let mut ask = ask.0.take("proxy_login", watch)?;
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
        })
        .map_err(|e| e.of_caller_for("proxy_login"))?;
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
            match state.waiting.iter_mut().find(|one| one.is(stop, used)) {
                Some(waiting) => waiting.threads += 1,
                None => state.waiting.push(Waiting {
                    stop: stop.clone(),
                    used,
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
            if !state.waiting.iter().any(|one| one.is(stop, used)) {
                break Ok(false);
            }
        };
        self.leave(stop, used);
        result
    }

    /// A thread waits no more. Others of its call may, who have tried the next account already.
    fn leave(&self, stop: &CancelHandle, used: u32) {
        self.lock().waiting.retain_mut(|one| {
            one.threads -= usize::from(one.is(stop, used));
            one.threads > 0
        });
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
            let used = state.generation;
            match state.waiting.iter().find(|one| one.is(stop, used)) {
                Some(waiting) => (waiting.offer.clone(), used),
                None => return Ok(()),
            }
        };
        let asked = match *declined {
            true => Ok(false),
            false => self.ask(ask, &offer, used, watch),
        };
        self.lock().waiting.retain(|one| !one.is(stop, used));
        *declined = !asked?;
        Ok(())
    }
}

impl Waiting {
    /// Whether they are those of this call who have been refused with this account.
    fn is(&self, stop: &CancelHandle, used: u32) -> bool {
        self.stop.is(stop) && self.used == used
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
#[path = "login_tests.rs"]
mod tests;

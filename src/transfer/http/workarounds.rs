//! Two workarounds for what ureq lacks, in one place, to go when it lacks them no more.
//!
//! **An early answer.** A service that refuses a large upload says so at once, and may
//! hang up while it is still being sent to. ureq reads only when it has sent all, and
//! its state machine (ureq-proto) has no way from a body that is not at its end to the
//! answer, so what the service said would be lost with the connection. So the
//! [transport](super::transport) looks for an answer while it sends. If there is one, it puts
//! the connection aside ([`Rescued`]) and fails the sending; then ureq runs a second
//! request, a `GET` without a body, for which the transport gives it that connection
//! and sends nothing ([`read_early_answer`]). ureq reads the answer as it reads all.
//!
//! **Plain requests to a proxy.** ureq goes through an http proxy by CONNECT alone, and
//! common proxies allow that to port 443 only. For a target of http the whole URL has to
//! stand in the first line (RFC 9112 §3.2.2), where ureq writes the path, and has no hook
//! for more. So the transport, which takes the head from it, writes the front of that
//! anew ([`PlainProxyHead`]).

use super::login::Login;
use super::route::Route;
use super::stream::Stream;
use crate::message::Request;
use crate::threads::lock;
use std::sync::{Arc, Mutex, MutexGuard};
use ureq::http::Uri;
use zeroize::Zeroizing;

/// A connection whose server has answered before the request was over.
#[derive(Default)]
pub(super) struct Rescued(Mutex<Option<Stream>>);

impl Rescued {
    pub(super) fn put(&self, stream: Stream) {
        *self.lock() = Some(stream);
    }

    pub(super) fn is_there(&self) -> bool {
        self.lock().is_some()
    }

    pub(super) fn take(&self) -> Option<Stream> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Stream>> {
        lock(&self.0)
    }
}

/// Reads an answer that came before the request was sent whole: ureq takes the
/// rescued connection for a new one, over which nothing is sent.
pub(super) fn read_early_answer(
    agent: &ureq::Agent,
    request: &Request,
) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let silent = ureq::http::Request::get(request.url.as_str()).body(())?;
    agent.run(silent)
}

/// What requests to an http proxy need besides: the scheme and authority in
/// their first line, and the header field behind it that logs in.
pub(super) struct PlainProxyHead {
    origin: String,
    login: Arc<Login>,
}

impl PlainProxyHead {
    /// `None` where requests go as they are.
    pub(super) fn of(route: &Route<'_, '_>, uri: &Uri) -> Option<Self> {
        let proxy = route.plain_proxy()?;
        Some(Self {
            origin: format!("http://{}", uri.authority().map_or("", |a| a.as_str())),
            login: Arc::clone(proxy.login()),
        })
    }

    /// `HOST:PORT` of the proxy.
    pub(super) fn proxy(&self) -> &str {
        self.login.proxy()
    }

    /// Rewrites the front of a request head.
    pub(super) fn rewrite(&self, head: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let target = head.iter().position(|b| *b == b' ')? + 1;
        let line_end = head.windows(2).position(|pair| pair == b"\r\n")? + 2;
        let line = std::str::from_utf8(&head[..line_end]).ok()?;
        let mut words = line.split(' ');
        let method = words.next()?;
        let uri = format!("{}{}", self.origin, words.next()?);
        let login = self.login.field(method, &uri);
        Some(Zeroizing::new(
            [
                &head[..target],
                self.origin.as_bytes(),
                &head[target..line_end],
                login.as_bytes(),
                &head[line_end..],
            ]
            .concat(),
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::challenge::Account;
    use super::*;

    #[test]
    fn a_plain_request_to_a_proxy_names_the_whole_url() {
        let account = Account::new("x".into(), Zeroizing::default());
        let head = PlainProxyHead {
            origin: "http://h:81".into(),
            login: Arc::new(Login::new("p:1".into(), account, None)),
        };
        let rewritten = head
            .rewrite(b"GET /a?b HTTP/1.1\r\nhost: h:81\r\n\r\n")
            .unwrap();
        assert_eq!(
            std::str::from_utf8(&rewritten).unwrap(),
            "GET http://h:81/a?b HTTP/1.1\r\nProxy-Authorization: Basic eDo=\r\nhost: h:81\r\n\r\n"
        );
    }
}

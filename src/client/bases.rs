//! The addresses at which one service can be reached.

use crate::error::{Error, Phase, Result, Status};
use crate::message::{Request, Url};
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of several, the one that was reached last is asked.
pub(super) struct Bases {
    /// The account's own is the first; none where there is no service.
    urls: Vec<Url>,
    /// Which of them was reached last.
    good: AtomicUsize,
}

impl Bases {
    /// `others` are URLs separated by commas.
    pub(super) fn new(own: Option<&Url>, others: Option<&str>) -> Result<Self> {
        const FIELD: &str = "fallback_urls";
        let mut urls: Vec<_> = own.cloned().into_iter().collect();
        let others = others.unwrap_or_default().split(',').map(str::trim);
        for text in others.filter(|text| !text.is_empty()) {
            let Some(own) = own else {
                return Err(Error::argument(FIELD, "is for a client of a service"));
            };
            let url = Url::parse_base(text).map_err(|fault| Error::argument(FIELD, fault))?;
            if own.is_https() && !url.is_https() {
                return Err(Error::argument(
                    FIELD,
                    "names an http:// URL, and base_url is https://",
                ));
            }
            urls.push(url);
        }
        Ok(Self {
            urls,
            good: AtomicUsize::new(0),
        })
    }

    /// The address that was reached last; `None` without a service.
    pub(super) fn good(&self) -> Option<&Url> {
        self.urls.get(self.good.load(Ordering::Relaxed))
    }

    /// The request as it goes to the address that was reached last.
    pub(super) fn place<'r>(&self, request: &'r Request) -> Cow<'r, Request> {
        self.at(request, self.good.load(Ordering::Relaxed))
    }

    /// Sends a request to the address that was reached last, and where that cannot
    /// be reached, to the others in turn: nothing has been sent then.
    pub(super) fn send<R>(
        &self,
        request: &Request,
        mut send: impl FnMut(&Request) -> Result<R>,
    ) -> Result<R> {
        if self.urls.len() < 2 || !self.is_own(request) {
            return send(request);
        }
        let first = self.good.load(Ordering::Relaxed);
        let mut fault: Option<Error> = None;
        for tried in 0..self.urls.len() {
            let at = (first + tried) % self.urls.len();
            match send(&self.at(request, at)) {
                Err(error) if is_unreachable(&error) => {
                    // What may pass says more than what does not.
                    if fault.as_ref().is_none_or(|fault| !fault.is_retryable()) {
                        fault = Some(error);
                    }
                }
                // Stopped while it was being connected to.
                Err(error) if error.phase() == Phase::Connect => return Err(error),
                other => {
                    self.good.store(at, Ordering::Relaxed);
                    return other;
                }
            }
        }
        Err(fault.unwrap_or_else(|| Error::new(Status::Connect, "there is no address to ask")))
    }

    fn is_own(&self, request: &Request) -> bool {
        let own = self.urls.first();
        own.is_some_and(|own| request.url.moved(own, own).is_some())
    }

    fn at<'r>(&self, request: &'r Request, at: usize) -> Cow<'r, Request> {
        match (self.urls.first(), self.urls.get(at)) {
            (Some(own), Some(other)) if at > 0 => match request.url.moved(own, other) {
                Some(url) => Cow::Owned(Request {
                    url,
                    ..request.clone()
                }),
                None => Cow::Borrowed(request),
            },
            _ => Cow::Borrowed(request),
        }
    }
}

/// Whether the host could not be connected to, and another may be. (Where it is the
/// proxy that cannot, none will do.)
fn is_unreachable(error: &Error) -> bool {
    error.status().is_unreachable() && error.phase() == Phase::Connect && !error.is_at_proxy()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::message::Provenance;

    const UNREACHABLE: Status = Status::ConnectTimeout;

    fn bases(others: &str) -> Bases {
        let own = Url::parse_base("https://a.example/api").unwrap();
        Bases::new(Some(&own), Some(others)).unwrap()
    }

    /// Which hosts are asked for this URL, of which these cannot be reached, and what
    /// comes of it.
    fn asked(bases: &Bases, url: &str, dead: &str) -> (String, Result<(), Status>) {
        let request = Request::get(Url::parse(url).unwrap(), Provenance::CONFIG);
        let mut hosts = String::new();
        let result = bases.send(&request, |request| {
            let host = request.url.host().trim_end_matches(".example");
            assert!(request.url.place().ends_with("/x"));
            hosts += host;
            match dead.contains(host) {
                true => Err(Error::new(UNREACHABLE, "").with_phase(Phase::Connect)),
                false => Ok(()),
            }
        });
        (hosts, result.map_err(|error| error.status()))
    }

    #[test]
    fn who_cannot_be_reached_is_passed_over_and_the_good_one_remembered() {
        let bases = bases("https://b.example, https://c.example/v1/,");
        const OWN: &str = "https://a.example/api/x";
        assert_eq!(asked(&bases, OWN, ""), ("a".into(), Ok(())));
        assert_eq!(asked(&bases, OWN, "ab"), ("abc".into(), Ok(())));
        assert_eq!(asked(&bases, OWN, "ab"), ("c".into(), Ok(())));
        let request = Request::get(Url::parse(OWN).unwrap(), Provenance::CONFIG);
        assert_eq!(bases.place(&request).url.as_str(), "https://c.example/v1/x");
        assert_eq!(asked(&bases, OWN, "c"), ("ca".into(), Ok(())));
        assert_eq!(asked(&bases, OWN, "abc"), ("abc".into(), Err(UNREACHABLE)));
        // What is not of the service stays where it is.
        for other in ["https://a.example/apis/x", "https://d.example/x"] {
            assert_eq!(asked(&bases, other, "ad").1, Err(UNREACHABLE));
            assert_eq!(asked(&bases, other, "ad").0.len(), 1);
        }
    }

    #[test]
    fn what_the_service_says_is_not_asked_elsewhere() {
        let bases = bases("https://b.example");
        let request = Request::get(
            Url::parse("https://a.example/api/x").unwrap(),
            Provenance::CONFIG,
        );
        for (status, phase) in [
            (Status::Unavailable, Phase::Receive),
            (Status::ConnectionLost, Phase::Send),
            (Status::Tls, Phase::Receive),
            (Status::Cancelled, Phase::Connect),
        ] {
            let mut times = 0;
            let result = bases.send(&request, |_| -> Result<()> {
                times += 1;
                Err(Error::new(status, "").with_phase(phase))
            });
            assert_eq!((times, result.unwrap_err().status()), (1, status));
        }
    }

    #[test]
    fn they_are_checked_when_a_client_is_made() {
        let own = Url::parse_base("https://a.example").unwrap();
        for (own, others) in [
            (Some(&own), "http://b.example"),
            (Some(&own), "b.example"),
            (Some(&own), "https://b.example?x"),
            (None, "https://b.example"),
        ] {
            let error = Bases::new(own, Some(others)).err().unwrap();
            assert_eq!(error.field(), Some("fallback_urls"), "{others}");
        }
        assert!(Bases::new(None, Some(" ")).is_ok());
    }
}

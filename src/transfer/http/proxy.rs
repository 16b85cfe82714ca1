//! Proxies, and which requests go through one: plain ones for http, CONNECT for https,
//! SOCKS5 for both.

mod handshake;

use super::bypass::Bypass;
use super::challenge::{Account, Offer, schemes};
use super::login::{Login, ProxyLogin};
use super::system_proxy::{self, Settings};
use crate::error::{Error, Result, Status};
use crate::message::url::{self, Authority};
pub(super) use handshake::Outcome;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A proxy, and which hosts do not go through it.
pub(crate) struct Proxy {
    kind: ProxyKind,
    host: String,
    port: u16,
    login: Arc<Login>,
    bypass: Bypass,
}

impl fmt::Display for Proxy {
    /// Without the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ProxyKind::Http { is_tls: false } => "http",
            ProxyKind::Http { is_tls: true } => "https",
            ProxyKind::Socks5 { resolves: false } => "socks5",
            ProxyKind::Socks5 { resolves: true } => "socks5h",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// What holds for whichever proxy there is.
#[derive(Clone, Copy, Default)]
pub(crate) struct ProxyRules<'r> {
    /// Hosts that are reached directly.
    pub(crate) bypass: &'r str,
    /// Who is asked for a login.
    pub(crate) login: Option<&'r ProxyLogin>,
}

/// Which proxy goes with which scheme.
#[derive(Default)]
pub(crate) struct Proxies {
    http: Option<Arc<Proxy>>,
    https: Option<Arc<Proxy>>,
}

impl Proxies {
    /// One proxy for everything but the hosts that are reached directly.
    pub(crate) fn all(proxy: &str, rules: ProxyRules<'_>) -> Result<Self> {
        let proxy = Arc::new(Proxy::parse(proxy, rules)?);
        Ok(Self {
            http: Some(Arc::clone(&proxy)),
            https: Some(proxy),
        })
    }

    /// What the variables http_proxy, https_proxy, all_proxy and no_proxy say,
    /// in lower case or upper case as curl reads them.
    pub(crate) fn from_environment(
        rules: ProxyRules<'_>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let is_cgi = cfg!(windows) && variable("REQUEST_METHOD").is_some();
        let value = |name: &str| {
            let upper = name.to_ascii_uppercase();
            variable(name)
                // A CGI program's caller can set HTTP_PROXY by a header; on Windows, where names have no case, also
                // what is asked for as http_proxy.
                .or_else(|| (name != "http_proxy").then(|| variable(&upper))?)
                .filter(|_| !(is_cgi && name == "http_proxy"))
                .filter(|value| !value.is_empty())
        };
        let bypass = [rules.bypass, &value("no_proxy").unwrap_or_default()].join(",");
        let rules = ProxyRules {
            bypass: &bypass,
            ..rules
        };
        let proxy = |name| {
            let (name, proxy) = match (value(name), value("all_proxy")) {
                (Some(proxy), _) => (name, proxy),
                (None, Some(proxy)) => ("all_proxy", proxy),
                (None, None) => return Ok(None),
            };
            let proxy = Zeroizing::new(proxy);
            Proxy::parse(&proxy, rules)
                .map(|proxy| Some(Arc::new(proxy)))
                .map_err(|e| Error::argument("proxy_from_environment", format_args!("{name}: {e}")))
        };
        Ok(Self {
            http: proxy("http_proxy")?,
            https: proxy("https_proxy")?,
        })
    }

    /// What the system says, which outside Windows is the environment.
    pub(crate) fn from_system(
        rules: ProxyRules<'_>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        match system_proxy::read()? {
            Some(settings) => Self::of_settings(&settings, rules),
            None => Self::from_environment(rules, variable),
        }
    }

    fn of_settings(settings: &Settings, rules: ProxyRules<'_>) -> Result<Self> {
        let proxy = |scheme| {
            let Some(url) = settings.proxy_for(scheme) else {
                return Ok(None);
            };
            let mut proxy = Proxy::parse(&url, rules).map_err(|e| {
                let what = format_args!("what the Internet options of this machine name: {e}");
                Error::argument("proxy", what)
            })?;
            proxy.bypass.add_windows(&settings.bypass);
            Ok(Some(Arc::new(proxy)))
        };
        Ok(Self {
            http: proxy("http")?,
            https: proxy("https")?,
        })
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &Proxy> {
        [&self.http, &self.https]
            .into_iter()
            .flatten()
            .map(Arc::as_ref)
    }

    /// The proxy that requests of this kind go through, if any.
    pub(super) fn choose(&self, https: bool, host: &str, port: u16) -> Option<&Proxy> {
        let proxy = if https { &self.https } else { &self.http };
        let is_for_it = |proxy: &&Proxy| !proxy.bypass.has(host, port);
        proxy.as_deref().filter(is_for_it)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum ProxyKind {
    Http {
        /// It is spoken to over TLS.
        is_tls: bool,
    },
    /// It resolves the names, or is given addresses.
    Socks5 { resolves: bool },
}

impl Proxy {
    /// Reads `http://user:password@host:port`, `https://…`, `socks5://…`, which is given addresses,
    /// or `socks5h://…`, which resolves the names.
    fn parse(text: &str, rules: ProxyRules<'_>) -> Result<Self> {
        let fault = |what: &str| Error::argument("proxy", what);
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (kind, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (ProxyKind::Http { is_tls: false }, 8080),
            "https" => (ProxyKind::Http { is_tls: true }, 443),
            "socks5" => (ProxyKind::Socks5 { resolves: false }, 1080),
            "socks5h" => (ProxyKind::Socks5 { resolves: true }, 1080),
            _ => {
                return Err(fault(
                    "must begin with http://, https://, socks5:// or socks5h://",
                ));
            }
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = Authority::parse(authority).map_err(fault)?;
        let account = match authority.login {
            Some(login) => {
                let (name, password) = login.split_once(':').unwrap_or((login, ""));
                let password = Zeroizing::new(url::percent_decode(password));
                let account = Account::new(url::percent_decode(name), password)
                    .ok_or_else(|| fault("has a user name or password that no proxy takes"))?;
                Some(account)
            }
            None => None,
        };
        let (host, port) = (authority.host, authority.port.unwrap_or(default_port));
        let login = Login::new(format!("{host}:{port}"), account, rules.login.cloned());
        Ok(Self {
            kind,
            host,
            port,
            login: Arc::new(login),
            bypass: Bypass::parse(rules.bypass),
        })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn login(&self) -> &Arc<Login> {
        &self.login
    }

    pub(super) fn is_tls(&self) -> bool {
        self.kind == ProxyKind::Http { is_tls: true }
    }

    /// Whether it has to be told the address of a host.
    pub(super) fn wants_addresses(&self) -> bool {
        self.kind == ProxyKind::Socks5 { resolves: false }
    }

    /// Whether it understands requests, and not only what connects to a host.
    pub(super) fn speaks_http(&self) -> bool {
        matches!(self.kind, ProxyKind::Http { .. })
    }

    /// The proxy has answered with 407 and these Proxy-Authenticate fields, and nothing helps.
    pub(super) fn refuses_login(&self, offers: &[&str]) -> Error {
        let mut schemes: Vec<_> = offers.iter().copied().flat_map(schemes).collect();
        schemes.dedup();
        if schemes.is_empty() || Offer::best(offers).is_some() {
            return self.wants_login();
        }
        self.refuses_every_login(&schemes.join(", "))
    }

    /// It logs in by `other` ways only.
    fn refuses_every_login(&self, other: &str) -> Error {
        Error::new(
            Status::Proxy,
            format!(
                "the proxy {}:{} takes no user name and password in the ways that this library has \
                 (Basic, Digest with MD5 or SHA-256, that of SOCKS5), but only {other}; have it let \
                 this machine through, or put a proxy that logs in there (cntlm or px, for example) \
                 in between",
                self.host, self.port,
            ),
        )
    }

    fn wants_login(&self) -> Error {
        let what = match (self.login.asks(), self.login.has_account()) {
            (true, _) => "wants a user name and password, and proxy_login gave none that it takes",
            (false, true) => "refuses this user name or password; check them in the proxy's URL",
            (false, false) => {
                "wants a user name and password; give them in the proxy's URL, or by proxy_login"
            }
        };
        Error::new(
            Status::Proxy,
            format!("the proxy {}:{} {what}", self.host, self.port),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn parse(text: &str) -> Result<Proxy> {
        Proxy::parse(text, ProxyRules::default())
    }

    #[test]
    fn proxy_urls_are_read() {
        let proxy = parse("http://zo%C3%AB:p%40ss@proxy.example:3128/").unwrap();
        assert_eq!((proxy.host(), proxy.port()), ("proxy.example", 3128));
        let (name, password) = proxy.login.account().unwrap();
        assert_eq!((name.as_str(), password.as_str()), ("zoë", "p@ss"));
        assert!(proxy.speaks_http());
        let socks = parse("socks5h://[::1]").unwrap();
        assert_eq!((socks.host(), socks.port()), ("[::1]", 1080));
        assert!(!socks.wants_addresses());
        let tls = parse("https://h").unwrap();
        assert!(tls.is_tls() && tls.speaks_http() && tls.port() == 443);
        let socks = parse("SOCKS5://h").unwrap();
        assert!(socks.wants_addresses());
        assert_eq!(parse("proxy:81").unwrap().port(), 81);
        for bad in [
            "",
            "http://",
            "ftp://h",
            "http://h:x",
            "http://h:70000",
            "http://h:0",
            "http://h:+1",
            "http://127.1",
            "http://a..b",
            "http://a b",
            "http://[::1",
        ] {
            assert_eq!(parse(bad).err().unwrap().field(), Some("proxy"), "{bad}");
        }
    }

    #[test]
    fn the_environment_is_read_as_curl_does() {
        let proxies = |variables: &'static [(&str, &str)]| {
            Proxies::from_environment(ProxyRules::default(), |name| {
                let found = variables.iter().find(|(n, _)| *n == name);
                found.map(|(_, value)| (*value).to_owned())
            })
            .unwrap()
        };
        let host_of = |proxies: &Proxies, https, host| {
            proxies
                .choose(https, host, 80)
                .map(|proxy| proxy.host().to_owned())
        };
        let both = proxies(&[("http_proxy", "http://a"), ("HTTPS_PROXY", "http://b")]);
        assert_eq!(host_of(&both, false, "h").as_deref(), Some("a"));
        assert_eq!(host_of(&both, true, "h").as_deref(), Some("b"));
        let all = proxies(&[("ALL_PROXY", "socks5://c"), ("no_proxy", "h")]);
        assert_eq!(host_of(&all, true, "h"), None);
        assert_eq!(host_of(&all, true, "i").as_deref(), Some("c"));
        let cgi = proxies(&[("HTTP_PROXY", "http://evil")]);
        assert_eq!(host_of(&cgi, false, "h"), None);
    }

    #[test]
    fn the_schemes_that_a_proxy_offers_are_told() {
        for (offers, said) in [
            (&["NTLM"][..], "only NTLM;"),
            (&["Negotiate", "NTLM"], "only Negotiate, NTLM;"),
            (&["Negotiate, NTLM"], "only Negotiate, NTLM;"),
            (
                &[r#"Bearer realm="a, Basic b", nonce="x==", qop="auth""#],
                "only Bearer;",
            ),
            (
                &["NTLM", r#"Digest realm="x", nonce="y""#],
                "wants a user name",
            ),
            (
                &[r#"Digest realm="x", nonce="y", algorithm=SHA-512-256"#],
                "only Digest;",
            ),
            (&["NTLM", r#"Basic realm="x""#], "wants a user name"),
            (&["Negotiate, basic realm=x"], "wants a user name"),
            (&[], "wants a user name"),
        ] {
            let proxy = parse("http://h:81").unwrap();
            let error = proxy.refuses_login(offers);
            assert_eq!(error.status(), Status::Proxy);
            let text = error.message();
            assert!(text.contains(said) && text.contains("h:81"), "{text}");
        }
        let proxy = parse("http://me:word@h:81").unwrap();
        let error = proxy.refuses_login(&["Basic"]);
        assert!(error.message().contains("refuses this"), "{error}");
    }

    #[test]
    fn what_windows_says_is_read() {
        let proxies = |proxies: &str| {
            let settings = Settings {
                proxies: proxies.to_owned(),
                bypass: "<local>;10.*;*.corp.example".to_owned(),
            };
            let rules = ProxyRules {
                bypass: "mine.example",
                ..ProxyRules::default()
            };
            Proxies::of_settings(&settings, rules)
        };
        let one = proxies("proxy.example:3128").unwrap();
        for https in [false, true] {
            let proxy = one.choose(https, "example.org", 443).unwrap();
            assert_eq!((proxy.host(), proxy.port()), ("proxy.example", 3128));
            assert!(proxy.speaks_http() && !proxy.is_tls());
            for host in ["intranet", "10.1.2.3", "a.corp.example", "mine.example"] {
                assert!(one.choose(https, host, 443).is_none(), "{host}");
            }
        }
        let socks = proxies("ftp=a:1;socks=b").unwrap();
        let proxy = socks.choose(true, "example.org", 443).unwrap();
        assert_eq!((proxy.host(), proxy.port()), ("b", 1080));
        assert!(!proxy.speaks_http() && !proxy.wants_addresses());
        assert!(
            proxies("https=a:1")
                .unwrap()
                .choose(false, "h.x", 80)
                .is_none()
        );
        let error = proxies("a:x").err().unwrap();
        assert_eq!(error.field(), Some("proxy"));
        assert!(error.message().contains("Internet options"), "{error}");
    }
}

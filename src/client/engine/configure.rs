//! From the options of a client to what its calls go by.

use super::Engine;
use crate::client::bases::Bases;
use crate::client::clock::Clock;
use crate::client::options::ClientOptions;
use crate::error::{Error, Result};
use crate::log::Logger;
use crate::message::Url;
use crate::random;
use crate::text::check_header_text;
use crate::transfer::http::{
    Entry, Http, HttpOptions, NameOptions, Proxies, ProxyRules, Reach, TlsOptions,
};
use crate::transfer::limit::{CallLimit, Throttle};
use crate::transfer::retry::RetryPolicy;
use crate::watch::Timeouts;
use std::time::Duration;
use zeroize::Zeroizing;

/// Long enough for a lost SYN or two on Wi-Fi (1 s + 2 s + 4 s), short enough
/// for a person who waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Longer than it takes to roam between access points, and than services take
/// to store a file before they answer.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// With the pauses in between (0.5, 1 and 2 s at most) about as long as Wi-Fi
/// is gone when it changes the access point.
const MAX_ATTEMPTS: u32 = 4;
const RETRY_DELAY: Duration = Duration::from_millis(500);

impl Engine {
    /// For a service at this address, if there is one, whose vendor allows so many
    /// calls per second, if it says.
    pub(in crate::client) fn new(
        mut options: ClientOptions,
        calls_per_second: Option<u32>,
        base_url: Option<&Url>,
    ) -> Result<Self> {
        random::check()?;
        let upload_rate = Throttle::default();
        upload_rate.set(options.upload_rate.unwrap_or(0));
        let download_rate = Throttle::default();
        download_rate.set(options.download_rate.unwrap_or(0));
        for (field, value) in [
            ("connect_timeout", options.connect_timeout),
            ("stall_timeout", options.stall_timeout),
            ("deadline", options.deadline),
        ] {
            if value == Some(Duration::ZERO) {
                return Err(Error::argument(field, "must be more than 0"));
            }
        }
        for (field, value) in [
            ("max_attempts", options.max_attempts),
            ("calls_per_second", options.calls_per_second),
        ] {
            if value == Some(0) {
                return Err(Error::argument(field, "must be at least 1"));
            }
        }
        let bases = Bases::new(base_url, options.fallback_urls.as_deref())?;
        let http = HttpOptions {
            user_agent: user_agent(options.user_agent.as_deref())?,
            names: NameOptions {
                ip_version: options.ip_version,
                resolve: Entry::parse_all(options.resolve.as_deref().unwrap_or_default())?,
            },
            proxies: proxies(&mut options)?,
            reach: Reach {
                allow_plain_http: options.allow_plain_http,
                refuse_private_addresses: options.refuse_private_addresses,
            },
            tls: TlsOptions {
                trust: options.trust,
                ca_certificates: options.ca_certificates,
                client_certificate: options.client_certificate,
                client_key: options.client_key.map(Zeroizing::new),
            },
        };
        Ok(Self {
            http: Http::new(http, download_rate.clone())?,
            bases,
            timeouts: Timeouts {
                connect: options.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
                stall: options.stall_timeout.unwrap_or(STALL_TIMEOUT),
                deadline: options.deadline,
            },
            retry: RetryPolicy {
                max_attempts: options.max_attempts.unwrap_or(MAX_ATTEMPTS),
                max_time: options.retry_time,
                base_delay: options.retry_delay.unwrap_or(RETRY_DELAY),
            },
            log: options
                .log
                .map(|(level, callback)| Logger::new(level, callback))
                .unwrap_or_default(),
            traces: options.trace,
            calls: CallLimit::new(options.calls_per_second.or(calls_per_second)),
            clock: Clock::default(),
            upload_rate,
            download_rate,
        })
    }
}

fn user_agent(host: Option<&str>) -> Result<String> {
    let own = concat!("chatfile/", env!("CARGO_PKG_VERSION"));
    let Some(host) = host else {
        return Ok(own.to_owned());
    };
    check_header_text("user_agent", host)?;
    Ok(format!("{host} {own}"))
}

/// The value of [`ClientOptions::proxy`] that is no URL.
const SYSTEM_PROXY: &str = "system";

/// The proxies that the caller set, or that the system or the environment names if asked.
fn proxies(options: &mut ClientOptions) -> Result<Proxies> {
    // A password may stand in it.
    let proxy = options.proxy.take().map(Zeroizing::new);
    let rules = ProxyRules {
        bypass: options.no_proxy.as_deref().unwrap_or_default(),
        login: options.proxy_login.as_ref(),
    };
    // What is no text is no proxy either, and an error: to leave it out would go past the proxy.
    let variable = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
    match (
        proxy.as_ref().map(|proxy| proxy.as_str()),
        options.proxy_from_environment,
    ) {
        (Some(_), true) => Err(Error::argument(
            "proxy",
            "set it, or take it from the environment, not both",
        )),
        (Some(SYSTEM_PROXY), false) => Proxies::from_system(rules, variable),
        (Some(proxy), false) => Proxies::all(proxy, rules),
        (None, false) => Ok(Proxies::default()),
        (None, true) => Proxies::from_environment(rules, variable),
    }
}

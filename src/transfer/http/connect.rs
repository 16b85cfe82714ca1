//! From a URL to a connected stream: name look-up, TCP, proxy, TLS. Each step
//! ends when the call is cancelled or its time is over.

use super::descriptors::{TOO_MANY_FILES, is_out_of_files};
use super::names::{Endpoint, NameOptions, Names};
use super::proxy::{Outcome, Proxies, Proxy};
use super::request_state::RequestState;
use super::route::Route;
use super::stream::Stream;
use super::tcp::Connecting;
use super::tls;
use crate::error::{English, Error, Phase, Result, Status};
use crate::message::url::bare;
use crate::trace::Milestone;
use crate::transfer::retry::LOGINS_MAX;
use crate::watch::{CancelHandle, Watch};
use std::io;
use std::sync::Arc;
use ureq::http::Uri;
use zeroize::Zeroizing;

/// How connections are made; shared by all calls of a client.
pub(super) struct Dialer {
    names: Names,
    proxies: Proxies,
    tls: Arc<rustls::ClientConfig>,
    #[cfg(all(unix, any(test, fuzzing)))]
    script: Option<super::script::Script>,
}

impl Dialer {
    pub(super) fn new(
        names: NameOptions,
        proxies: Proxies,
        tls: Arc<rustls::ClientConfig>,
    ) -> Self {
        Self {
            names: Names::new(names),
            proxies,
            tls,
            #[cfg(all(unix, any(test, fuzzing)))]
            script: super::script::Script::current(),
        }
    }

    pub(super) fn route<'u>(&self, uri: &'u Uri) -> Route<'_, 'u> {
        Route::new(&self.proxies, uri)
    }

    pub(super) fn has_proxies(&self) -> bool {
        self.proxies.each().next().is_some()
    }

    /// What the proxies are told that nobody else may see.
    pub(super) fn proxy_secrets(&self) -> impl Iterator<Item = Zeroizing<String>> {
        let logins = self.proxies.each().map(|proxy| proxy.login());
        logins.flat_map(|login| login.secrets())
    }

    /// Asks the caller for the login of a proxy, if threads of a call wait for that.
    pub(super) fn answer_proxy(
        &self,
        watch: &Watch,
        stop: &CancelHandle,
        declined: &mut bool,
    ) -> Result<()> {
        self.proxies
            .each()
            .try_for_each(|proxy| proxy.login().answer(watch, stop, declined))
    }

    pub(super) fn connect(&self, request: &RequestState, route: &Route<'_, '_>) -> Result<Stream> {
        let watch = request.watch();
        request.enter(Phase::Connect);
        let connecting = Connecting::begin(&watch);
        let endpoint = Endpoint {
            host: route.host,
            port: route.port,
            who: "",
            is_restricted: request.is_restricted(),
        };
        let mut stream = match route.proxy {
            None => self.dial(&connecting, &endpoint)?,
            Some(proxy) => self.dial_through(proxy, &connecting, &endpoint, route)?,
        };
        let ready = match route.is_https {
            true => self.start_tls(&mut stream, &connecting, &endpoint),
            false => Ok(()),
        };
        if route.proxy.is_none() {
            match &ready {
                Ok(()) => self.names.works(route.host, stream.peer()),
                // Stopped by the caller: nothing is known.
                Err(e) if e.is_stop() => {}
                Err(_) => self.names.fails(route.host),
            }
        }
        ready.map(|()| stream)
    }

    /// A connection to the host, or for a plain request to an http proxy to that alone.
    fn dial_through(
        &self,
        proxy: &Proxy,
        connecting: &Connecting<'_>,
        to: &Endpoint<'_>,
        route: &Route<'_, '_>,
    ) -> Result<Stream> {
        if !proxy.wants_addresses() {
            return self.through(proxy, connecting, route, (route.host, 1))?;
        }
        let addresses = self.names.addresses(connecting, to)?;
        let mut fault: Option<Error> = None;
        for (at, address) in addresses.iter().enumerate() {
            // Of the time that is left, those behind it have as much; the last has all.
            let others = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
            let target = address.ip().to_string();
            match self.through(proxy, connecting, route, (&target, others))? {
                Ok(stream) => {
                    self.names.works(route.host, address.ip());
                    return Ok(stream);
                }
                // The first is told, or the first that may be reached later.
                Err(error) => {
                    fault = Some(match fault {
                        Some(first) if first.may_pass() || !error.may_pass() => first,
                        _ => error,
                    });
                }
            }
        }
        // The names say that there is at least one.
        Err(fault.unwrap_or_else(|| proxy.refuses_login(&[])))
    }

    /// A connection through the proxy to a `target` that stands for the host, and has a share
    /// of the time; or to the proxy, if that gets the requests as they are. The outer error
    /// ends the call, the inner one is about this target.
    fn through(
        &self,
        proxy: &Proxy,
        connecting: &Connecting<'_>,
        route: &Route<'_, '_>,
        (target, share): (&str, u32),
    ) -> Result<Result<Stream>> {
        let itself = &Endpoint {
            host: proxy.host(),
            port: proxy.port(),
            who: "the proxy ",
            is_restricted: false,
        };
        // Again where it has said only now how it wants the login, or that it wants one.
        for _ in 0..=LOGINS_MAX {
            let stream = self.dial(connecting, itself);
            let mut stream = stream.map_err(Error::of_proxy)?;
            if proxy.is_tls() {
                self.start_tls(&mut stream, connecting, itself)
                    .map_err(Error::of_proxy)?;
            }
            self.names.works(itself.host, stream.peer());
            if route.plain_proxy().is_some() {
                return Ok(Ok(stream));
            }
            let share = connecting.with_share(share);
            match proxy.negotiate(&mut stream, &share, target, route.port) {
                Ok(Outcome::Connected) => {
                    connecting.watch.reach(Milestone::Tunnel, || {
                        format!("{itself} connects to {target}:{}", route.port)
                    });
                    return Ok(Ok(match proxy.is_tls() {
                        true => Stream::through(stream),
                        false => stream,
                    }));
                }
                Ok(Outcome::LoginAgain) => connecting.restart(),
                Ok(Outcome::Refused(error)) => return Ok(Err(error)),
                // What it has no connection to is behind it, also when its share of the time is over.
                Err(e) if e.status() == Status::Connect => return Ok(Err(e)),
                Err(e) => return Err(e.of_proxy()),
            }
        }
        Err(proxy.refuses_login(&[]).of_proxy())
    }

    fn start_tls(
        &self,
        stream: &mut Stream,
        connecting: &Connecting<'_>,
        to: &Endpoint<'_>,
    ) -> Result<()> {
        let endpoint = to.to_string();
        stream
            .start_tls(Arc::clone(&self.tls), bare(to.host))
            .map_err(|e| tls::error(&e, &endpoint))?;
        stream
            .handshake(connecting.watch, || connecting.check("the TLS handshake"))
            .map_err(|e| match e.downcast::<Error>() {
                Ok(ours) => ours,
                Err(e) => match tls::fault(&e) {
                    Some(fault) => tls::error(fault, &endpoint),
                    None => Error::new(
                        Status::Connect,
                        format!(
                            "{endpoint} hung up during the TLS handshake: {}; check that it is a port \
                             for https, and what stands in between",
                            English(&e)
                        ),
                    )
                    .because(e)
                    .retryable(),
                },
            })?;
        connecting.watch.reach(Milestone::Tls, || {
            format!("{} with {endpoint}", stream.tls_version())
        });
        Ok(())
    }

    fn dial(&self, connecting: &Connecting<'_>, endpoint: &Endpoint<'_>) -> Result<Stream> {
        #[cfg(all(unix, any(test, fuzzing)))]
        if let Some(script) = &self.script {
            return script.connect();
        }
        let addresses = self.names.addresses(connecting, endpoint)?;
        connecting.watch.reach(Milestone::Name, || {
            let addresses = addresses.iter().map(|address| address.ip().to_string());
            let addresses = addresses.collect::<Vec<_>>().join(", ");
            format!("{}{}: {addresses}", endpoint.who, endpoint.host)
        });
        let stream = connecting.dial(&addresses)?.map_err(|e| {
            let (status, advice) = about_connecting(&e);
            let text = format!("cannot connect to {endpoint}: {}; {advice}", English(&e));
            let may_help = !is_not_started(&e);
            let error = Error::new(status, text).because(e);
            if may_help { error.retryable() } else { error }
        })?;
        connecting.watch.reach(Milestone::Connection, || {
            format!("connected to {} port {}", stream.peer(), endpoint.port)
        });
        Ok(stream)
    }
}

/// WSANOTINITIALISED: Windows' sockets were ended, which std starts but once.
fn is_not_started(error: &io::Error) -> bool {
    cfg!(windows) && error.raw_os_error() == Some(10093)
}

/// What it is that no connection could be made, and what to do about it.
fn about_connecting(error: &io::Error) -> (Status, &'static str) {
    match error.kind() {
        _ if is_out_of_files(error) => (Status::System, TOO_MANY_FILES),
        _ if is_not_started(error) => (
            Status::System,
            "the program has called WSACleanup more often than WSAStartup: make these calls equal in number",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported => (
            Status::System,
            "this machine does not allow it; check its firewall and the sandbox of this process",
        ),
        _ => (Status::Connect, "check the address and the network"),
    }
}

//! Which way requests take to the host of their URL. Who needs a part of that asks here.

use super::proxy::{Proxies, Proxy};
use ureq::http::Uri;

/// The way to the host of a URL, through one of a dialer's proxies or none.
pub(super) struct Route<'d, 'u> {
    pub(super) host: &'u str,
    pub(super) port: u16,
    /// TLS is spoken with the host.
    pub(super) is_https: bool,
    pub(super) proxy: Option<&'d Proxy>,
}

impl<'d, 'u> Route<'d, 'u> {
    pub(super) fn new(proxies: &'d Proxies, uri: &'u Uri) -> Self {
        let is_https = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        Self {
            host,
            port,
            is_https,
            proxy: proxies.choose(is_https, host, port),
        }
    }

    /// The proxy that gets the requests as they are, with the whole URL in their first line
    /// (RFC 9112 §3.2.2), and answers for itself where it has to. Through any other there is a connection to the host.
    pub(super) fn plain_proxy(&self) -> Option<&'d Proxy> {
        let takes_requests = |proxy: &&Proxy| proxy.speaks_http() && !self.is_https;
        self.proxy.filter(takes_requests)
    }
}

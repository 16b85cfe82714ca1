//! Where a request may go that others have named the URL of: a message, an
//! answer, a redirect. What the client itself is configured with is not asked.

use crate::error::{Error, Phase, Result, Status};
use crate::message::{Namer, Request, url};
use crate::text::clean;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the client's options say of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reach {
    /// A host that is asked over TLS may name one that is not.
    pub(crate) allow_plain_http: bool,
    /// Only addresses of the public internet.
    pub(crate) refuse_private_addresses: bool,
}

impl Reach {
    /// Fails if the request may not be sent, as far as its URL shows that.
    pub(crate) fn check(self, request: &Request) -> Result<()> {
        let url = &request.url;
        let from_https = match request.provenance.namer {
            Namer::Redirect { over_tls: true } => Some("the redirect"),
            Namer::Answer { over_tls: true } => Some("the answer"),
            Namer::Redirect { over_tls: false }
            | Namer::Answer { over_tls: false }
            | Namer::Message
            | Namer::Config => None,
        };
        if let Some(what) = from_https
            && !url.is_https()
            && !self.allow_plain_http
        {
            let address = clean(url.address());
            return Err(Error::new(
                Status::BlockedAddress,
                format!(
                    "{what} leads from https to {address}, where anyone in between can read and change \
                     the file; have the service name an https address, or set allow_plain_http"
                ),
            )
            .with_phase(Phase::Receive)
            .with_field("allow_plain_http"));
        }
        if !self.restricts(request) {
            return Ok(());
        }
        let host = url.host();
        match url::bare(host).parse() {
            Ok(address) if !is_public(address) => Err(private(host, address)),
            // Behind a proxy nobody here would see what it is.
            _ if is_local_name(host) => Err(private(host, Ipv4Addr::LOCALHOST.into())),
            _ => Ok(()),
        }
    }

    /// Whether the request may go to public addresses only.
    pub(super) fn restricts(self, request: &Request) -> bool {
        self.refuse_private_addresses && request.provenance.namer != Namer::Config
    }
}

/// The refusal of an address that a name has.
pub(super) fn private(host: &str, address: IpAddr) -> Error {
    let host = clean(host);
    let what = if url::bare(&host) == address.to_string() {
        host
    } else {
        format!("{host} ({address})")
    };
    Error::new(
        Status::BlockedAddress,
        format!(
            "a message, a presigned request, an answer or a redirect leads to {what}, which is no \
             public address; refuse_private_addresses forbids that"
        ),
    )
    .with_phase(Phase::Connect)
    .with_field("refuse_private_addresses")
}

/// RFC 6761 §6.3.
fn is_local_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is one of the public internet: of those that IANA's
/// special-purpose registries (RFC 6890) do not set apart.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        // Shared with a provider (RFC 6598).
        || a == 100 && (64..128).contains(&b)
        || (a, b, c) == (192, 0, 0)
        // Relays of 6to4 (RFC 7526), and benchmarks (RFC 2544).
        || (a, b, c) == (192, 88, 99)
        || a == 198 && (b == 18 || b == 19)
        // Reserved, and the broadcast address.
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = || {
        let [[a, b], [c, d]] = [g, h].map(u16::to_be_bytes);
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        // An IPv4 address behind NAT64 (RFC 6052), as names have them in
        // networks with IPv6 alone.
        (0x64, 0xff9b) => [c, d, e, f] == [0; 4] && inner(),
        // Teredo and other protocols, documentation, 6to4.
        (0x2001, ..0x200) | (0x2001, 0xdb8) | (0x2002, _) => false,
        (0x3fff, ..0x1000) => false,
        // All that is global unicast so far; not ::ffff:0:0/96, fc00::/7,
        // fe80::/10, ff00::/8 and what nobody has.
        (0x2000..0x4000, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::message::{Provenance, Url};

    #[test]
    fn addresses_are_public_or_not() {
        for public in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "223.255.255.254",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "240e::1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:1.1.1.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::101:101",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn only_what_others_name_is_restricted() {
        let reach = Reach {
            allow_plain_http: false,
            refuse_private_addresses: true,
        };
        let request = |url, provenance| Request::get(Url::parse(url).unwrap(), provenance);
        for url in ["http://127.0.0.1/", "http://[::1]/", "http://a.localhost./"] {
            reach.check(&request(url, Provenance::CONFIG)).unwrap();
            let foreign = request(url, Provenance::MESSAGE);
            let error = reach.check(&foreign).unwrap_err();
            assert_eq!(error.status(), Status::BlockedAddress, "{error}");
            assert_eq!(error.field(), Some("refuse_private_addresses"));
            Reach::default().check(&foreign).unwrap();
        }
        let public = request("http://1.1.1.1/", Provenance::MESSAGE);
        reach.check(&public).unwrap();
    }

    #[test]
    fn tls_is_not_given_up_unless_that_is_allowed() {
        let check = |allow_plain_http, provenance, url| {
            let request = Request::get(Url::parse(url).unwrap(), provenance);
            let reach = Reach {
                allow_plain_http,
                ..Reach::default()
            };
            reach.check(&request).map_err(|error| {
                assert!(error.message().contains("http://h:9,"), "{error}");
                assert!(error.message().contains("allow_plain_http"), "{error}");
                assert!(!error.message().contains("secret"), "{error}");
                error.status()
            })
        };
        let plain = "http://h:9/a?secret";
        let host = |url| Url::parse(url).unwrap();
        let (tls, none) = (host("https://a/"), host("http://a/"));
        for provenance in [Provenance::answer_of(&tls), Provenance::redirect_of(&tls)] {
            let blocked = Err(Status::BlockedAddress);
            assert_eq!(check(false, provenance, plain), blocked);
            assert_eq!(check(true, provenance, plain), Ok(()));
            assert_eq!(check(false, provenance, "https://h:9/"), Ok(()));
        }
        for provenance in [
            Provenance::CONFIG,
            Provenance::MESSAGE,
            Provenance::answer_of(&none),
            Provenance::redirect_of(&none),
        ] {
            assert_eq!(check(false, provenance, plain), Ok(()));
        }
    }
}

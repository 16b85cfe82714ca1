//! Which hosts are reached without the proxy.

use crate::message::url::{self, bare};
use std::net::IpAddr;

/// One entry of a `no_proxy`.
struct Rule {
    what: What,
    /// `None`: any.
    port: Option<u16>,
}

enum What {
    All,
    /// This host, and what is below it.
    Host(String),
    /// Addresses that begin with so many bits of this one.
    Network(IpAddr, u32),
    /// Names without a dot.
    Local,
    /// As text, in which `*` stands for anything.
    Pattern(String),
}

/// A `no_proxy`.
#[derive(Default)]
pub(super) struct Bypass(Vec<Rule>);

impl Bypass {
    /// Reads entries separated by commas or blanks: `host`, `.host`, `*.host`, an address,
    /// a network (`10.0.0.0/8`), each also with a port, `*`. What is none of these
    /// stands for no host, as with curl.
    pub(super) fn parse(text: &str) -> Self {
        let entries = text.split([',', ' ', '\t']);
        Self(entries.filter_map(Rule::parse).collect())
    }

    /// Those that the Internet options of Windows list: names and addresses in which `*` stands for
    /// anything, separated by semicolons or blanks, each also with a scheme or a port, and `<local>`.
    /// A name there does not stand for its subdomains. This machine itself and link-local addresses are reached
    /// directly, too, unless `<-loopback>` is there.
    pub(super) fn add_windows(&mut self, text: &str) {
        const HERE: &str = "localhost,127.0.0.0/8,169.254.0.0/16,::1,fe80::/10";
        const NOT_HERE: &str = "<-loopback>";
        let entries = text.split([';', ' ', '\t', '\r', '\n']);
        if !entries.clone().any(|entry| entry == NOT_HERE) {
            self.0.extend(Self::parse(HERE).0);
        }
        let entries = entries.filter(|entry| !entry.is_empty() && *entry != NOT_HERE);
        let rules = entries.map(|entry| {
            let host = entry.split_once("://").map_or(entry, |(_, host)| host);
            let (host, port) = with_port(host);
            let what = match host {
                "<local>" => What::Local,
                _ => What::Pattern(bare(host).to_ascii_lowercase()),
            };
            Rule { what, port }
        });
        self.0.extend(rules);
    }

    pub(super) fn has(&self, host: &str, port: u16) -> bool {
        let host = bare(host);
        let is_met = |rule: &Rule| {
            rule.port.is_none_or(|only| only == port)
                && match &rule.what {
                    What::All => true,
                    What::Host(known) => host
                        .strip_suffix(known.as_str())
                        .is_some_and(|front| front.is_empty() || front.ends_with('.')),
                    What::Network(network, length) => host
                        .parse()
                        .is_ok_and(|address| is_within(address, *network, *length)),
                    What::Local => !host.contains(['.', ':']),
                    What::Pattern(pattern) => matches_pattern(pattern, host),
                }
        };
        self.0.iter().any(is_met)
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        let (host, port) = with_port(entry.trim());
        let host = host.trim_start_matches("*.").trim_start_matches('.');
        let what = if host == "*" {
            What::All
        } else if let Some((network, length)) = network(host) {
            What::Network(network, length)
        } else {
            // As it stands in the URLs that are asked for, if it is one.
            What::Host(url::host(host).unwrap_or_else(|_| host.to_owned()))
        };
        (!host.is_empty()).then_some(Self { what, port })
    }
}

/// `host:port`, unless the colon is one of an address.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, digits)) if !host.contains(':') || host.ends_with(']') => {
            match digits.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) => (entry, None),
            }
        }
        _ => (entry, None),
    }
}

/// An address, or one with the length of a prefix.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = bare(address).parse().ok()?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(bits);
    (length <= bits).then_some((address, length))
}

/// Whether a text is what a pattern says, in which `*` stands for anything.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some((front, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(front) else {
        return false;
    };
    // What stands between two stars comes as early as it can.
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in between.split('*') {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(end)
}

fn is_within(address: IpAddr, network: IpAddr, length: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= length,
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= length,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_lists_is_met_as_it_stands() {
        let mut bypass = Bypass::default();
        bypass.add_windows(
            "<local>;10.*; *.Corp.example;exact.example;http://x.example:81;a*b*c.example;[::1]",
        );
        for host in [
            "intranet",
            "10.1.2.3",
            "a.corp.example",
            "exact.example",
            "abc.example",
            "a-b-b-c.example",
            "[::1]",
        ] {
            assert!(bypass.has(host, 80), "{host}");
        }
        for host in [
            "11.1.2.3",
            "corp.example",
            "sub.exact.example",
            "x.example",
            "ac.example",
            "abc.example.org",
            "[::2]",
        ] {
            assert!(!bypass.has(host, 80), "{host}");
        }
        assert!(bypass.has("x.example", 81));
        let mut all = Bypass::default();
        all.add_windows("*");
        assert!(all.has("any.example", 1));
    }

    #[test]
    fn hosts_and_their_subdomains_are_reached_directly() {
        let bypass = Bypass::parse("localhost, .corp.example,*.x.example y.example:8080");
        for host in ["localhost", "corp.example", "a.corp.example", "y.x.example"] {
            assert!(bypass.has(host, 80), "{host}");
        }
        for host in [
            "localhost.example",
            "mycorp.example",
            "example",
            "y.example",
        ] {
            assert!(!bypass.has(host, 80), "{host}");
        }
        assert!(bypass.has("a.y.example", 8080));
        assert!(Bypass::parse("*").has("any", 1));
        assert!(Bypass::parse("*:81").has("any", 81));
        assert!(!Bypass::parse("*:81").has("any", 82));
        for nothing in ["", " , ,", ".", "*.", "[::1"] {
            assert!(!Bypass::parse(nothing).has("any", 1), "{nothing:?}");
        }
        let bypass = Bypass::parse("0::1,Bücher.example");
        assert!(bypass.has("[::1]", 80) && bypass.has("xn--bcher-kva.example", 80));
    }

    #[test]
    fn networks_are_those_of_cidr() {
        let bypass =
            Bypass::parse("10.0.0.0/8,192.0.2.7/31:443,fd00::/8,[2001:db8::1]:81,0.0.0.0/33");
        for (host, port) in [
            ("10.255.0.1", 80),
            ("192.0.2.6", 443),
            ("[fdff::1]", 80),
            ("[2001:db8::1]", 81),
        ] {
            assert!(bypass.has(host, port), "{host}");
        }
        for (host, port) in [
            ("11.0.0.1", 80),
            ("192.0.2.6", 80),
            ("192.0.2.8", 443),
            ("[fe00::1]", 80),
            ("[2001:db8::1]", 80),
            ("ten.example", 80),
        ] {
            assert!(!bypass.has(host, port), "{host}");
        }
        assert!(Bypass::parse("0.0.0.0/0").has("1.2.3.4", 1));
    }
}

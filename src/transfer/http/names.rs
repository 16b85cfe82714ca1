//! From the name of a host to its addresses, in the order in which they are tried.

use super::descriptors::{TOO_MANY_FILES, is_out_of_files};
use super::reach::{is_public, private};
use super::tcp::Connecting;
use crate::error::{English, Error, Result, Status};
use crate::message::url::{self, bare};
use crate::threads;
use crate::threads::lock;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard};

/// The most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 16;

/// Of so many hosts it is known which address worked last: more than a client
/// talks to at a time (its service, its storages, hosts of messages).
const MAX_KNOWN: usize = 32;

/// Which addresses to connect to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IpVersion {
    /// Whichever works, both in turn (RFC 8305).
    #[default]
    Any,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

impl IpVersion {
    fn has(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

impl fmt::Display for IpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "IP",
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// What the caller says of names.
#[derive(Default)]
pub(crate) struct NameOptions {
    pub(crate) ip_version: IpVersion,
    pub(crate) resolve: Vec<Entry>,
}

/// Where a host is at a port, whatever others say.
pub(crate) struct Entry {
    host: String,
    port: u16,
    address: IpAddr,
}

impl Entry {
    /// Reads `HOST:PORT:ADDRESS`, any number of them, separated by commas.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>> {
        let entries = text.split(',').map(str::trim);
        entries
            .filter(|entry| !entry.is_empty())
            .map(|entry| {
                Self::parse(entry).ok_or_else(|| {
                    let what = format_args!("{entry:?} is not HOST:PORT:ADDRESS");
                    Error::argument("resolve", what)
                })
            })
            .collect()
    }

    fn parse(entry: &str) -> Option<Self> {
        let mut pieces = entry.splitn(3, ':');
        let host = url::host(pieces.next()?).ok()?;
        let port = pieces.next()?.parse().ok().filter(|port| *port > 0)?;
        let address = bare(pieces.next()?).parse().ok()?;
        Some(Self {
            host,
            port,
            address,
        })
    }
}

/// What is connected to.
pub(super) struct Endpoint<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// "the proxy ", if it is that.
    pub(super) who: &'static str,
    /// Only public addresses will do.
    pub(super) is_restricted: bool,
}

impl fmt::Display for Endpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}", self.who, self.host, self.port)
    }
}

/// Whoever looks names up says no more than that there is none, when there was no descriptor for the question.
fn no_file_can_be_opened() -> bool {
    std::fs::File::open(if cfg!(windows) { "NUL" } else { "/dev/null" })
        .is_err_and(|e| is_out_of_files(&e))
}

impl Endpoint<'_> {
    fn fails(&self, reason: &str) -> Error {
        let Self { host, who, .. } = self;
        Error::new(
            Status::Resolve,
            format!("cannot resolve {who}{host}: {reason}; check the name and the network"),
        )
        .retryable()
    }
}

/// What is known of names; shared by all calls of a client.
#[derive(Default)]
pub(super) struct Names {
    options: NameOptions,
    /// Hosts with the address that worked last; the newest is the last.
    good: Mutex<Vec<(String, IpAddr)>>,
}

impl Names {
    pub(super) fn new(options: NameOptions) -> Self {
        Self {
            options,
            good: Mutex::default(),
        }
    }

    /// The addresses of a host, as they are to be tried.
    pub(super) fn addresses(
        &self,
        connecting: &Connecting<'_>,
        endpoint: &Endpoint<'_>,
    ) -> Result<Vec<SocketAddr>> {
        let host = endpoint.host;
        let version = self.options.ip_version;
        let mut found = self.find(connecting, endpoint)?;
        found.retain(|address| version.has(address.ip()));
        let Some(first) = found.first().map(SocketAddr::ip) else {
            return Err(endpoint.fails(&format!("it has no {version} address")));
        };
        if endpoint.is_restricted {
            found.retain(|address| is_public(address.ip()));
            if found.is_empty() {
                return Err(private(host, first));
            }
        }
        let mut addresses = in_turn(found);
        let good = self.good();
        let good = good.iter().find(|(name, _)| name == host);
        if let Some((_, good)) = good
            && let Some(at) = addresses.iter().position(|found| found.ip() == *good)
        {
            addresses[..=at].rotate_right(1);
        }
        addresses.truncate(MAX_ADDRESSES);
        Ok(addresses)
    }

    /// A connection to the host was made with this address, which is tried first
    /// next time.
    pub(super) fn works(&self, host: &str, address: IpAddr) {
        let mut good = self.good();
        good.retain(|(name, _)| name != host);
        if good.len() == MAX_KNOWN {
            good.remove(0);
        }
        good.push((host.to_owned(), address));
    }

    /// What was connected to was not the host, or of no use.
    pub(super) fn fails(&self, host: &str) {
        self.good().retain(|(name, _)| name != host);
    }

    fn good(&self) -> MutexGuard<'_, Vec<(String, IpAddr)>> {
        lock(&self.good)
    }

    fn find(
        &self,
        connecting: &Connecting<'_>,
        endpoint: &Endpoint<'_>,
    ) -> Result<Vec<SocketAddr>> {
        let Endpoint { host, port, .. } = *endpoint;
        let entries = self.options.resolve.iter();
        let given: Vec<_> = entries
            .filter(|entry| entry.host == host && entry.port == port)
            .map(|entry| (entry.address, port).into())
            .collect();
        if !given.is_empty() {
            return Ok(given);
        }
        match bare(host).parse::<IpAddr>() {
            Ok(address) => Ok(vec![(address, port).into()]),
            Err(_) => look_up(connecting, endpoint),
        }
    }
}

/// Both families in turn, beginning with what the system prefers (RFC 8305 §4).
fn in_turn(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = found.first().map(SocketAddr::is_ipv6) else {
        return found;
    };
    let (preferred, others): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|address| address.is_ipv6() == first);
    let (mut preferred, mut others) = (preferred.into_iter(), others.into_iter());
    let mut addresses = Vec::new();
    loop {
        let next = [preferred.next(), others.next()];
        let before = addresses.len();
        addresses.extend(next.into_iter().flatten());
        if addresses.len() == before {
            return addresses;
        }
    }
}

/// The system's resolver cannot be interrupted, so it runs on a thread of its own,
/// which is left behind when it hangs: the code of the library stays in memory for
/// it (capi/build.rs, capi/src/stay.rs).
fn look_up(connecting: &Connecting<'_>, endpoint: &Endpoint<'_>) -> Result<Vec<SocketAddr>> {
    let Endpoint {
        host, port, who, ..
    } = *endpoint;
    let (answer, answers) = mpsc::channel();
    let name = host.to_owned();
    let look_up = move || {
        let found = (name.as_str(), port)
            .to_socket_addrs()
            .map(Iterator::collect::<Vec<_>>);
        // Nobody listens any more if the look-up was given up.
        let _ = answer.send(found);
    };
    let lookup = threads::with_signals_blocked(|| threads::named("chatfile-lookup").spawn(look_up))
        .map_err(|e| no_thread(host, e))?;
    loop {
        match answers.recv_timeout(connecting.watch.slice()) {
            Ok(found) => {
                // It has nothing left to do but to end.
                let _ = lookup.join();
                return match found {
                    Ok(addresses) if addresses.is_empty() => {
                        Err(endpoint.fails("it has no address"))
                    }
                    Ok(addresses) => Ok(addresses),
                    Err(e) if is_out_of_files(&e) || no_file_can_be_opened() => {
                        let said = said(&e);
                        let text = format!("cannot resolve {who}{host}: {said}; {TOO_MANY_FILES}");
                        Err(Error::new(Status::System, text).because(e).retryable())
                    }
                    Err(e) => Err(endpoint.fails(&said(&e)).because(e)),
                };
            }
            Err(RecvTimeoutError::Disconnected) => return Err(endpoint.fails("the look-up failed")),
            Err(RecvTimeoutError::Timeout) => {
                connecting.check("the name look-up")?;
            }
        }
    }
}

/// What the system's resolver says, whose numbers std does not tell. What is not ASCII is in
/// another language, and perhaps in another encoding.
fn said(error: &io::Error) -> String {
    let said = English(error).to_string();
    match cfg!(unix) && !said.is_ascii() {
        true => "the system's resolver does not find it".to_owned(),
        false => said,
    }
}

fn no_thread(host: &str, error: io::Error) -> Error {
    Error::new(
        Status::System,
        format!(
            "no thread can be started to look up {host}: {}; this process or user has too many, \
             or memory is short: end some, or raise the limit (ulimit -u)",
            English(&error)
        ),
    )
    .because(error)
    .retryable()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::watch::tests::watch;

    fn given(ip_version: IpVersion, resolve: &str) -> Names {
        let resolve = Entry::parse_all(resolve).unwrap();
        Names::new(NameOptions {
            ip_version,
            resolve,
        })
    }

    fn addresses(names: &Names, host: &str) -> Result<Vec<String>> {
        let watch = watch(None);
        let endpoint = Endpoint {
            host,
            port: 9,
            who: "",
            is_restricted: false,
        };
        let found = names.addresses(&Connecting::begin(&watch), &endpoint)?;
        Ok(found.iter().map(|found| found.ip().to_string()).collect())
    }

    #[test]
    fn families_take_turns_and_what_worked_comes_first() {
        let names = given(
            IpVersion::Any,
            "h:9:2001:db8::1, h:9:[2001:db8::2],h:9:192.0.2.1,h:9:192.0.2.2,h:9:192.0.2.3,h:8:192.0.2.9",
        );
        let found = |names| addresses(names, "h").unwrap().join(" ");
        let in_turn = "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3";
        assert_eq!(found(&names), in_turn);
        names.works("h", "192.0.2.2".parse().unwrap());
        let remembered = "192.0.2.2 2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.3";
        assert_eq!(found(&names), remembered);
        names.works("i", "192.0.2.3".parse().unwrap());
        assert_eq!(found(&names), remembered);
        // The name has moved: what worked is not one of its addresses.
        names.works("h", "192.0.2.77".parse().unwrap());
        assert_eq!(found(&names), in_turn);
        names.works("h", "192.0.2.3".parse().unwrap());
        names.fails("h");
        assert_eq!(found(&names), in_turn);
    }

    #[test]
    fn of_one_version_only_its_addresses_are_tried() {
        let entries = "h:9:2001:db8::1,h:9:192.0.2.1,six:9:2001:db8::1";
        let four = given(IpVersion::V4, entries);
        assert_eq!(addresses(&four, "h").unwrap(), ["192.0.2.1"]);
        assert_eq!(addresses(&four, "192.0.2.9").unwrap(), ["192.0.2.9"]);
        for host in ["six", "[2001:db8::1]"] {
            let error = addresses(&four, host).unwrap_err();
            assert_eq!(error.status(), Status::Resolve);
            assert!(error.message().contains("no IPv4 address"), "{error}");
        }
        let six = given(IpVersion::V6, entries);
        assert_eq!(addresses(&six, "h").unwrap(), ["2001:db8::1"]);
    }

    #[test]
    fn only_so_many_are_tried_and_known() {
        let many: Vec<_> = (1..=20)
            .flat_map(|n| [format!("h:9:2001:db8::{n}"), format!("h:9:192.0.2.{n}")])
            .collect();
        let names = given(IpVersion::Any, &many.join(","));
        names.works("h", "192.0.2.20".parse().unwrap());
        let found = addresses(&names, "h").unwrap();
        assert_eq!((found.len(), found[0].as_str()), (16, "192.0.2.20"));
        for host in 0..100 {
            names.works(&host.to_string(), "192.0.2.1".parse().unwrap());
        }
        assert_eq!(names.good().len(), MAX_KNOWN);
        assert_eq!(addresses(&names, "h").unwrap()[0], "2001:db8::1");
    }

    #[test]
    fn what_is_no_entry_is_told() {
        for bad in [
            "h",
            "h:9",
            "h:9:x",
            "h:0:192.0.2.1",
            "h:x:192.0.2.1",
            "a b:9:192.0.2.1",
        ] {
            let error = Entry::parse_all(bad).err().unwrap();
            assert_eq!(error.field(), Some("resolve"), "{bad}");
        }
        assert!(Entry::parse_all(" , ").unwrap().is_empty());
        let entries = Entry::parse_all("Bücher.example:443:::1").unwrap();
        assert_eq!(entries[0].host, "xn--bcher-kva.example");
    }
}

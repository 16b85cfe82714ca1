//! What is said to a proxy before a connection through it can be used: CONNECT, or SOCKS5.

use super::super::challenge::{AUTHENTICATE, Offer};
use super::super::head::speaks_tls;
use super::super::parse::{is_interim, parse, room, unfold};
use super::super::stream::{Stream, is_tls_record};
use super::super::tcp::Connecting;
use super::{Proxy, ProxyKind};
use crate::error::{English, Error, Result, Status};
use crate::message::url::bare;
use crate::text::clean;
use std::io;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// A proxy's answer to CONNECT is a head and nothing else.
const CONNECT_ANSWER_MAX: usize = 16 * 1024;

/// What the proxy has made of a connection to it.
pub(in super::super) enum Outcome {
    /// One to the host.
    Connected,
    /// Over another connection it may take the login.
    LoginAgain,
    /// It does not connect to this address; it may to another.
    Refused(Error),
}

impl Proxy {
    /// Makes a fresh connection to the proxy one to the host, or to its address.
    pub(in super::super) fn negotiate(
        &self,
        stream: &mut Stream,
        connecting: &Connecting<'_>,
        host: &str,
        port: u16,
    ) -> Result<Outcome> {
        let mut handshake = Handshake {
            proxy: self,
            stream,
            connecting,
        };
        match self.kind {
            ProxyKind::Http { .. } => self.tunnel(&mut handshake, host, port),
            ProxyKind::Socks5 { .. } => self.socks(&mut handshake, host, port),
        }
    }

    fn tunnel(&self, handshake: &mut Handshake<'_, '_>, host: &str, port: u16) -> Result<Outcome> {
        let place = format!("{host}:{port}");
        let used = self.login.generation();
        let login = self.login.field("CONNECT", &place);
        let request = Zeroizing::new(format!(
            "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{}\r\n",
            login.as_str()
        ));
        handshake.send(request.as_bytes())?;
        let mut room = CONNECT_ANSWER_MAX;
        let mut answer = handshake.answer(&mut room)?;
        // Interim answers say nothing of it.
        while answer.status.is_some_and(is_interim) {
            answer = handshake.answer(&mut room)?;
        }
        match answer.status {
            Some(200..=299) => {
                self.login.accepted();
                Ok(Outcome::Connected)
            }
            Some(407) => {
                let offers: Vec<_> = answer.offers.iter().map(String::as_str).collect();
                match self
                    .login
                    .again(&offers, used, handshake.connecting.watch)?
                {
                    true => Ok(Outcome::LoginAgain),
                    false => Err(self.refuses_login(&offers)),
                }
            }
            Some(502..=504) => Err(beyond(host, port, "it has no connection to it")),
            _ => Err(refused(&format!(
                "it answered CONNECT {host}:{port} with {:?}",
                clean(&answer.line)
            ))),
        }
    }

    /// RFC 1928, with the name and password of RFC 1929.
    fn socks(&self, handshake: &mut Handshake<'_, '_>, host: &str, port: u16) -> Result<Outcome> {
        const VERSION: u8 = 5;
        const NO_LOGIN: u8 = 0;
        const LOGIN: u8 = 2;
        let used = self.login.generation();
        let account = self.login.account();
        // A proxy that wants no login has none of ours.
        let may_log_in = account.is_some() || self.login.asks();
        handshake.send(match may_log_in {
            true => &[VERSION, 2, NO_LOGIN, LOGIN],
            false => &[VERSION, 1, NO_LOGIN],
        })?;
        let watch = handshake.connecting.watch;
        let again = || match self.login.refused(Offer::socks(), used, watch)? {
            true => Ok(Outcome::LoginAgain),
            false => Err(self.wants_login()),
        };
        match (handshake.receive::<2>()?, account) {
            ([VERSION, NO_LOGIN], _) => {}
            ([VERSION, LOGIN], Some((name, password))) => {
                let mut login = Zeroizing::new(vec![1]);
                for text in [name.as_str(), password.as_str()] {
                    login.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
                    login.extend_from_slice(text.as_bytes());
                }
                handshake.send(&login)?;
                if handshake.receive::<2>()?[1] != 0 {
                    return again();
                }
                self.login.accepted();
            }
            ([VERSION, LOGIN], None) => return again(),
            ([VERSION, _], _) if may_log_in => return Err(self.refuses_every_login("others")),
            ([VERSION, _], _) => return Err(self.wants_login()),
            _ => return Err(refused("it does not speak SOCKS5")),
        }
        let mut request = vec![VERSION, 1, 0];
        match bare(host).parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => {
                request.push(1);
                request.extend_from_slice(&address.octets());
            }
            Ok(IpAddr::V6(address)) => {
                request.push(4);
                request.extend_from_slice(&address.octets());
            }
            // A name: the proxy resolves it.
            Err(_) => {
                let length = u8::try_from(host.len())
                    .map_err(|_| refused("the name of the host is too long"))?;
                request.extend_from_slice(&[3, length]);
                request.extend_from_slice(host.as_bytes());
            }
        }
        request.extend_from_slice(&port.to_be_bytes());
        handshake.send(&request)?;
        let [version, reply, _, kind] = handshake.receive::<4>()?;
        if version != VERSION || reply != 0 {
            return Ok(Outcome::Refused(socks_refusal(reply, host, port)));
        }
        // The address it is bound to is of no use, but has to be read.
        let length = match kind {
            1 => 4,
            4 => 16,
            _ => usize::from(handshake.receive::<1>()?[0]),
        };
        for _ in 0..length + 2 {
            handshake.receive::<1>()?;
        }
        Ok(Outcome::Connected)
    }
}

/// RFC 1928 §6: what the proxy says of the host is as if it were seen from here.
fn socks_refusal(reply: u8, host: &str, port: u16) -> Error {
    let reason = match reply {
        2 => return refused("its rules do not allow the connection"),
        3 => "its network is unreachable",
        4 => "it is unreachable, or its name is unknown",
        5 => "it refused the connection",
        6 => "it does not answer",
        7 => return refused("it does not know the command CONNECT"),
        8 => return no_such_addresses(host),
        _ => return refused("it could not connect, and does not say why"),
    };
    beyond(host, port, reason)
}

/// The proxy is fine, what is behind it is not.
fn beyond(host: &str, port: u16, reason: &str) -> Error {
    Error::new(
        Status::Connect,
        format!(
            "the proxy cannot connect to {host}:{port}: {reason}; check the address and the network"
        ),
    )
    .retryable()
}

fn refused(reason: &str) -> Error {
    did_not_connect(reason, "check the proxy's rules")
}

/// It takes no hosts that are told it as this one was.
fn no_such_addresses(host: &str) -> Error {
    let (kind, advice) = match bare(host).parse::<IpAddr>() {
        Ok(address) => (
            if address.is_ipv4() {
                "IPv4 addresses"
            } else {
                "IPv6 addresses"
            },
            "have it resolve the names (socks5h://), or set ip_version",
        ),
        Err(_) => ("names", "give it addresses (socks5://)"),
    };
    did_not_connect(&format!("it takes no {kind}"), advice)
}

fn did_not_connect(reason: &str, advice: &str) -> Error {
    Error::new(
        Status::Proxy,
        format!("the proxy did not connect: {reason}; {advice}"),
    )
}

/// A short exchange on a connection that is not in use yet.
struct Handshake<'s, 'a> {
    proxy: &'s Proxy,
    stream: &'s mut Stream,
    connecting: &'s Connecting<'a>,
}

impl Handshake<'_, '_> {
    fn send(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            self.connecting.check("the proxy's answer")?;
            let sent = self.stream.send(bytes, self.connecting.watch);
            match sent.map_err(broken)? {
                Some(sent) => bytes = &bytes[sent..],
                None => return Err(broken(io::ErrorKind::UnexpectedEof.into())),
            }
        }
        Ok(())
    }

    /// An answer, whose head takes as much of the room as it has.
    fn answer(&mut self, left: &mut usize) -> Result<Answer> {
        let mut head = Vec::new();
        // Byte by byte: what follows the head belongs to the host.
        loop {
            let [byte] = self.receive::<1>()?;
            head.push(byte);
            if !self.stream.is_tls() && is_tls_record(&head) {
                return Err(speaks_tls(Some(self.proxy.login.proxy())));
            }
            *left = left
                .checked_sub(1)
                .ok_or_else(|| refused("its answer to CONNECT is no HTTP"))?;
            if byte == b'\n'
                && let Some(answer) = Answer::read(&mut head)
            {
                return Ok(answer);
            }
        }
    }

    fn receive<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        let mut filled = 0;
        while filled < N {
            self.connecting.check("the proxy's answer")?;
            let step =
                self.stream
                    .receive_while(&mut bytes[filled..], self.connecting.watch, |_| {
                        self.connecting.check("the proxy's answer")
                    });
            match step.map_err(broken)? {
                0 => return Err(broken(io::ErrorKind::UnexpectedEof.into())),
                received => filled += received,
            }
        }
        Ok(bytes)
    }
}

/// What a proxy answers to CONNECT.
struct Answer {
    /// `None` if it is no HTTP.
    status: Option<u16>,
    line: String,
    /// The logins that it takes.
    offers: Vec<String>,
}

impl Answer {
    /// `None` unless the head is whole, or is none.
    fn read(head: &mut [u8]) -> Option<Self> {
        unfold(head);
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let mut fields = room();
        let (response, length) = parse(head, &mut fields);
        let status = match length {
            Ok(httparse::Status::Complete(_)) => response.code,
            Ok(httparse::Status::Partial) => return None,
            Err(_) => None,
        };
        let mut lines = head.trim_ascii_start().split(|byte| *byte == b'\n');
        let line = lines.next().unwrap_or_default();
        let fields = response.headers.iter();
        let offers = fields.filter(|field| field.name.eq_ignore_ascii_case(AUTHENTICATE));
        Some(Self {
            status,
            line: text(line.trim_ascii_end()),
            offers: offers.map(|field| text(field.value)).collect(),
        })
    }
}

fn broken(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|e| {
        Error::new(
            Status::Proxy,
            format!(
                "the connection to the proxy broke: {}; try again, or check the proxy's rules",
                English(&e)
            ),
        )
        .because(e)
        .retryable()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Option<Answer> {
        Answer::read(&mut head.as_bytes().to_vec())
    }

    #[test]
    fn a_proxy_says_what_it_takes_as_all_answers_do() {
        let head = "HTTP/1.1 407 X\r\nno field\r\nproxy-authenticate: Digest a=b,\r\n c=d\r\n\
                    Proxy-Authenticate : Basic\r\n";
        assert!(read(head).is_none());
        let answer = read(&format!("{head}\r\n"));
        let answer = answer.map(|answer| (answer.status, answer.line, answer.offers));
        let offers = ["Digest a=b,   c=d", "Basic"].map(str::to_owned);
        let line = "HTTP/1.1 407 X".to_owned();
        assert_eq!(answer, Some((Some(407), line, offers.to_vec())));
    }

    #[test]
    fn what_is_no_answer_is_not_awaited() {
        let status = |head| read(head).map(|answer| answer.status);
        assert_eq!(status("SSH-2.0-OpenSSH\r\n"), Some(None));
        assert_eq!(status("HTTP/1.1 200\x01\r\n"), Some(None));
        assert_eq!(status("\r\n"), None);
        assert_eq!(status("HTTP/1.0 200 Connected\n\n"), Some(Some(200)));
    }
}

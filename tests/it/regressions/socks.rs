//! What a SOCKS5 proxy is asked for, byte by byte (RFC 1928).

use super::kit::{STORED, must_end, options, single_attempt, with_token};
use super::server::Server;
use chatfile::{Source, Status, UploadOptions};
use std::net::{Ipv6Addr, TcpListener};
use std::sync::mpsc::{self, Receiver};

/// A proxy that tells the request it got, agrees in these words, and is the host
/// itself then.
fn proxy(agreement: &'static [u8]) -> (Server, Receiver<Vec<u8>>) {
    let (tell, told) = mpsc::channel();
    let server = Server::start(move |visit| {
        assert_eq!(visit.take_exact(), [5, 1, 0], "version 5, no login");
        visit.say([5, 0]).unwrap();
        let head: [u8; 4] = visit.take_exact();
        let mut request = head.to_vec();
        match head[3] {
            1 => request.extend(visit.take_exact::<4>()),
            4 => request.extend(visit.take_exact::<16>()),
            3 => {
                let [length] = visit.take_exact();
                request.push(length);
                for _ in 0..length {
                    request.extend(visit.take_exact::<1>());
                }
            }
            other => panic!("there is no kind {other} of address"),
        }
        request.extend(visit.take_exact::<2>());
        tell.send(request).unwrap();
        visit.say(agreement).unwrap();
        visit.request();
        visit.answer(200, "", STORED);
    });
    (server, told)
}

const BOUND_V4: &[u8] = &[5, 0, 0, 1, 127, 0, 0, 1, 0, 80];
const BOUND_V6: &[u8] = &[
    5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80,
];
const BOUND_NAME: &[u8] = b"\x05\x00\x00\x03\x04host\x00\x50";

/// What the proxy is asked for when the host is this.
fn asked(scheme: &str, base_url: &str, agreement: &'static [u8]) -> Vec<u8> {
    let (proxy, told) = proxy(agreement);
    let options = single_attempt()
        .proxy(format!("{scheme}://{}", proxy.address()))
        .resolve("h.example:80:192.0.2.8");
    let client = with_token(base_url.into(), options);
    must_end(move || {
        client
            .upload(Source::bytes(b"x"), UploadOptions::default())
            .unwrap()
    });
    told.try_recv().unwrap()
}

#[test]
fn an_ipv4_literal_goes_as_an_address() {
    for scheme in ["socks5", "socks5h"] {
        let request = asked(scheme, "http://192.0.2.7:8081", BOUND_V4);
        assert_eq!(request, [5, 1, 0, 1, 192, 0, 2, 7, 0x1f, 0x91]);
    }
}

#[test]
fn an_ipv6_literal_goes_as_an_address() {
    let address: Ipv6Addr = "2001:db8::5".parse().unwrap();
    let mut expected = vec![5, 1, 0, 4];
    expected.extend(address.octets());
    expected.extend([0x1f, 0x91]);
    assert_eq!(
        asked("socks5", "http://[2001:db8::5]:8081", BOUND_V6),
        expected
    );
}

#[test]
fn a_name_is_looked_up_here_or_there() {
    let request = asked("socks5h", "http://h.example", BOUND_NAME);
    assert_eq!(request, b"\x05\x01\x00\x03\x09h.example\x00\x50");
    let request = asked("socks5", "http://h.example", BOUND_V4);
    assert_eq!(request, [5, 1, 0, 1, 192, 0, 2, 8, 0, 80]);
}

#[test]
fn an_ipv6_literal_can_be_reached_without_the_proxy() {
    let proxy = Server::start(|visit| {
        visit.take(1);
    });
    for no_proxy in ["::1", "[::1]", "a.example, ::1"] {
        let direct = |port| {
            let options = options()
                .proxy(format!("socks5://{}", proxy.address()))
                .no_proxy(no_proxy)
                .max_attempts(1);
            let client = with_token(format!("http://[::1]:{port}"), options);
            client.upload(Source::bytes(b"x"), UploadOptions::default())
        };
        match TcpListener::bind("[::1]:0") {
            Ok(listener) => {
                let server = Server::listen(
                    listener,
                    |socket| Box::new(socket),
                    |visit| {
                        visit.request();
                        visit.answer(200, "", STORED);
                    },
                );
                direct(server.address().port()).expect(no_proxy);
                assert_eq!(server.heads().len(), 1);
            }
            // A machine without IPv6: it is not the proxy that fails.
            Err(_) => {
                let error = direct(9).unwrap_err();
                assert_eq!(error.status(), Status::Connect, "{error}");
            }
        }
    }
}

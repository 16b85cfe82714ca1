//! What a SOCKS5 proxy is asked for, byte by byte (RFC 1928).

use super::kit::{STORED, failed, must_end, options, single_attempt, with_token};
use super::server::Server;
use chatfile::{ProxyLogin, SecretText, Source, Status, UploadOptions, UploadResult};
use std::net::{Ipv6Addr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};

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

/// What comes of a host with an address of either kind, of which the proxy takes the one of
/// IPv6 with the first reply and the other with the second; and which kinds it was asked for.
fn with_two_addresses(scheme: &str, replies: [u8; 2]) -> (chatfile::Result<UploadResult>, Vec<u8>) {
    let (tell, told) = mpsc::channel();
    let proxy = Server::start(move |visit| {
        assert_eq!(visit.take_exact(), [5, 1, 0], "version 5, no login");
        visit.say([5, 0]).unwrap();
        let [5, 1, 0, kind] = visit.take_exact() else {
            panic!("it is asked to connect");
        };
        let (length, reply) = match kind {
            1 => (4, replies[1]),
            4 => (16, replies[0]),
            _ => (u64::from(visit.take_exact::<1>()[0]), replies[0]),
        };
        visit.take(length + 2);
        tell.send(kind).unwrap();
        visit.say([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        if reply == 0 {
            visit.request();
            visit.answer(200, "", STORED);
        }
    });
    let options = single_attempt()
        .proxy(format!("{scheme}://{}", proxy.address()))
        .resolve("h.example:80:2001:db8::5,h.example:80:192.0.2.8");
    let client = with_token("http://h.example".into(), options);
    let result = must_end(move || client.upload(Source::bytes(b"x"), UploadOptions::default()));
    (result, told.try_iter().collect())
}

#[test]
fn what_the_proxy_says_of_one_address_is_not_about_the_next() {
    for refusal in 1..=9 {
        let (result, kinds) = with_two_addresses("socks5", [refusal, 0]);
        assert_eq!(result.unwrap().file, "abc", "{refusal}");
        assert_eq!(kinds, [4, 1]);
    }
    for (scheme, replies, kinds, status, said) in [
        (
            "socks5",
            [8, 8],
            &[4, 1][..],
            Status::Proxy,
            "no IPv6 addresses; have it resolve the names (socks5h://)",
        ),
        (
            "socks5",
            [7, 1],
            &[4, 1],
            Status::Proxy,
            "does not know the command",
        ),
        ("socks5", [1, 2], &[4, 1], Status::Proxy, "does not say why"),
        ("socks5", [4, 5], &[4, 1], Status::Connect, "unreachable"),
        // It may be reached later.
        (
            "socks5",
            [8, 5],
            &[4, 1],
            Status::Connect,
            "192.0.2.8:80: it refused",
        ),
        (
            "socks5h",
            [8, 0],
            &[3],
            Status::Proxy,
            "no names; give it addresses (socks5://)",
        ),
    ] {
        let (result, asked) = with_two_addresses(scheme, replies);
        let error = failed(result);
        assert_eq!(error.status(), status, "{error}");
        assert_eq!(asked, kinds);
        assert!(error.message().contains(said), "{error}");
    }
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

/// A proxy that wants this login, which is then the host itself. Tells which logins it got.
fn guarded(login: &'static str) -> (Server, Receiver<String>) {
    let (tell, told) = mpsc::channel();
    let server = Server::start(move |visit| {
        let [5, count] = visit.take_exact() else {
            panic!("it is version 5");
        };
        let methods: Vec<u8> = (0..count).map(|_| visit.take_exact::<1>()[0]).collect();
        assert_eq!(methods, [0, 2]);
        visit.say([5, 2]).unwrap();
        if visit.number == 0 {
            // Who has no login yet comes again with one.
            return;
        }
        assert_eq!(visit.take_exact(), [1]);
        let mut text = || {
            let [length] = visit.take_exact();
            let bytes = (0..length).map(|_| visit.take_exact::<1>()[0]);
            String::from_utf8(bytes.collect()).unwrap()
        };
        let got = format!("{}:{}", text(), text());
        let is_refused = got != login;
        tell.send(got).unwrap();
        visit.say([1, u8::from(is_refused)]).unwrap();
        if is_refused {
            return;
        }
        visit.take_exact::<10>();
        visit.say(BOUND_V4).unwrap();
        visit.request();
        visit.answer(200, "", STORED);
    });
    (server, told)
}

#[test]
fn a_login_is_asked_for_when_the_proxy_wants_one() {
    for (answers, used, found) in [
        (&["a:wrong", "a:b"][..], 2, None),
        (&["a:1", "a:2", "a:3", "a:b"], 3, Some(Status::Proxy)),
        (&[""], 0, Some(Status::Proxy)),
    ] {
        let (proxy, told) = guarded("a:b");
        let asked = Arc::<Mutex<usize>>::default();
        let count = Arc::clone(&asked);
        let address = proxy.address().to_string();
        let login = ProxyLogin::new(move |challenge| {
            assert_eq!(challenge.proxy, address);
            assert_eq!((challenge.scheme, challenge.realm), ("SOCKS5", ""));
            let mut count = count.lock().unwrap();
            *count += 1;
            Ok(SecretText::new(answers[*count - 1].to_owned()))
        });
        let options = single_attempt()
            .proxy(format!("socks5h://{}", proxy.address()))
            .proxy_login(login);
        let client = with_token("http://192.0.2.7:8081".into(), options);
        let result = must_end(move || {
            // It is read once.
            let source = Source::reader(&b"x"[..], 1);
            client.upload(source, UploadOptions::default())
        });
        assert_eq!(result.as_ref().err().map(chatfile::Error::status), found);
        let got: Vec<String> = told.try_iter().collect();
        assert_eq!(got, answers[..used]);
        assert_eq!(*asked.lock().unwrap(), used.max(1));
        if let Err(error) = result {
            assert!(error.message().contains("proxy_login"), "{error}");
            assert!(!error.message().contains("a:"), "{error}");
        }
    }
}

#[test]
fn what_is_said_of_a_proxy_without_a_way_in_is_true() {
    for (url, offered, said) in [
        ("", &[5, 1, 0][..], "wants a user name and password"),
        ("a:b@", &[5, 2, 0, 2], "takes no user name and password"),
    ] {
        let proxy = Server::start(move |visit| {
            let got: Vec<u8> = offered.iter().map(|_| visit.take_exact::<1>()[0]).collect();
            assert_eq!(got, offered);
            visit.say([5, 0xff]).unwrap();
        });
        let options = single_attempt().proxy(format!("socks5h://{url}{}", proxy.address()));
        let client = with_token("http://192.0.2.7:8081".into(), options);
        let error = client
            .upload(Source::bytes(b"x"), UploadOptions::default())
            .unwrap_err();
        assert_eq!(error.status(), Status::Proxy);
        assert!(error.to_string().contains(said), "{error}");
    }
}

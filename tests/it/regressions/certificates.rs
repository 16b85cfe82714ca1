//! Which certificates of a server are trusted, and what is said of the others.

use super::kit::{single_attempt, with_token};
use super::server::{Server, Wire};
use chatfile::{Client, ClientOptions, DownloadOptions, Error, Sink, Status};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::TcpListener;
use std::sync::Arc;

struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

/// As `openssl req -x509` makes them: it signs itself, and may sign others.
fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "toy");
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    Identity {
        certificate: params.self_signed(&key).unwrap(),
        key,
    }
}

/// Signed by a CA that nobody knows.
fn signed_by_a_stranger(names: &[&str]) -> Identity {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "stranger");
    let issuer = Issuer::new(authority, KeyPair::generate().unwrap());
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(names).unwrap();
    Identity {
        certificate: params.signed_by(&key, &issuer).unwrap(),
        key,
    }
}

/// Says `hello` under TLS.
fn server(identity: &Identity) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain: Vec<CertificateDer<'static>> = vec![identity.certificate.der().clone()];
    let key = PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let secure = move |socket| {
        let tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        Box::new(rustls::StreamOwned::new(tls, socket)) as Box<dyn Wire>
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Server::listen(listener, secure, |visit| {
        if !visit.head().is_empty() {
            visit.answer(200, "", "hello");
        }
    })
}

fn trusting(ca_certificates: Option<Vec<u8>>) -> ClientOptions {
    let mut options = single_attempt();
    options.ca_certificates = ca_certificates;
    options
}

fn fetch(url: String, ca_certificates: Option<Vec<u8>>) -> Result<Vec<u8>, Error> {
    let client = with_token(url, trusting(ca_certificates));
    let got = client.download("5f", Sink::buffer(), DownloadOptions::default())?;
    Ok(got.data.unwrap())
}

#[test]
fn the_very_certificate_that_was_given_is_trusted() {
    for identity in [
        self_signed(&["127.0.0.1"], |_| {}),
        self_signed(&["127.0.0.1"], |params| params.is_ca = IsCa::NoCa),
        self_signed(&["127.0.0.1"], |params| params.is_ca = IsCa::ExplicitNoCa),
        signed_by_a_stranger(&["127.0.0.1"]),
    ] {
        let server = server(&identity);
        let pem = identity.certificate.pem().into_bytes();
        let with_mark = [&b"\xef\xbb\xbf"[..], &pem].concat();
        for given in [pem, with_mark, identity.certificate.der().to_vec()] {
            assert_eq!(fetch(server.tls_url(), Some(given)).unwrap(), b"hello");
        }
    }
}

#[test]
fn each_fault_of_a_certificate_has_its_own_advice() {
    let another = self_signed(&["127.0.0.1"], |_| {});
    for (identity, is_given, advice) in [
        (
            self_signed(&["127.0.0.1"], |_| {}),
            false,
            "ca_certificates",
        ),
        (
            self_signed(&["127.0.0.1"], |params| params.is_ca = IsCa::NoCa),
            false,
            "ca_certificates",
        ),
        (
            signed_by_a_stranger(&["127.0.0.1"]),
            false,
            "ca_certificates",
        ),
        (
            self_signed(&["other.example"], |_| {}),
            true,
            "subjectAltName",
        ),
        (self_signed(&[], |_| {}), true, "subjectAltName"),
        (signed_by_a_stranger(&["127.0.0.2"]), true, "subjectAltName"),
        (
            self_signed(&["127.0.0.1"], |params| {
                params.not_after = date_time_ymd(2020, 1, 1);
            }),
            true,
            "clock",
        ),
        (
            self_signed(&["127.0.0.1"], |params| {
                params.not_before = date_time_ymd(4000, 1, 1);
            }),
            true,
            "clock",
        ),
        (
            self_signed(&["127.0.0.1"], |params| {
                params.is_ca = IsCa::NoCa;
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }),
            true,
            "extendedKeyUsage",
        ),
    ] {
        let server = server(&identity);
        let given = if is_given { &identity } else { &another };
        let pem = given.certificate.pem().into_bytes();
        let error = fetch(server.tls_url(), Some(pem)).unwrap_err();
        assert_eq!(error.status(), Status::Tls, "{error}");
        assert_eq!(error.attempts(), 1);
        assert!(error.message().contains(advice), "{advice}: {error}");
        let address = server.address().to_string();
        assert!(error.message().contains(&address), "{error}");
    }
}

#[test]
fn tls_to_a_port_without_it_is_said_to_be_that() {
    for greeting in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "220 smtp.example ESMTP\r\n",
    ] {
        let server = Server::start(move |visit| {
            // A whole record, so that nothing is left unread.
            let [_, _, _, high, low] = visit.take_exact::<5>();
            visit.take(u64::from(u16::from_be_bytes([high, low])));
            let _ = visit.say(greeting);
        });
        let error = fetch(server.tls_url(), None).unwrap_err();
        assert_eq!(error.status(), Status::Tls, "{error}");
        assert!(error.message().contains("does not speak TLS"), "{error}");
        assert!(error.message().contains(&server.address().to_string()));
    }
}

#[test]
fn what_windows_puts_before_pem_is_passed_over_or_named() {
    let identity = self_signed(&["127.0.0.1"], |_| {});
    let key = identity.key.serialize_pem();
    let open = |key: Vec<u8>| {
        Client::without_service(
            single_attempt()
                .client_certificate(identity.certificate.pem().into_bytes())
                .client_key(key),
        )
    };
    open(format!("\u{feff}{key}").into_bytes()).unwrap();
    let utf16: Vec<u8> = format!("\u{feff}{key}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (key, said) in [
        (utf16, "UTF-16"),
        (
            key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY").into_bytes(),
            "is encrypted",
        ),
        (
            b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n".to_vec(),
            "is encrypted",
        ),
        (b"key".to_vec(), "holds no private key"),
    ] {
        let error = open(key).err().unwrap();
        assert_eq!(error.field(), Some("client_key"));
        assert!(error.message().contains(said), "{said}: {error}");
    }
}

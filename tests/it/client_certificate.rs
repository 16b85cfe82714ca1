//! A server that asks who is calling gets the client's certificate, and only
//! a client that has one gets in.

use chatfile::{Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials, Sink, Status};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// An authority, and a certificate that it has signed.
struct Signed {
    authority: rcgen::Certificate,
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn signed(names: Vec<String>) -> Signed {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names)
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    Signed {
        authority,
        certificate,
        key,
    }
}

/// Serves five bytes to whoever shows a certificate of `clients`.
fn serve(server: &Signed, clients: &Signed) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(clients.authority.der().clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let key = PrivateKeyDer::try_from(server.key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    // Ends with the process: it has no state that outlives a test.
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            answer(socket.unwrap(), Arc::clone(&config));
        }
    });
    url
}

fn answer(socket: TcpStream, config: Arc<ServerConfig>) {
    let connection = ServerConnection::new(config).unwrap();
    let mut stream = BufReader::new(StreamOwned::new(connection, socket));
    let mut line = String::new();
    // A client that is refused is gone before its request is over.
    while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
    if line == "\r\n" {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
        stream.get_mut().write_all(answer).unwrap();
        stream.get_mut().conn.send_close_notify();
        stream.get_mut().flush().unwrap();
    }
}

fn fetch(url: &str, server: &Signed, client: Option<&Signed>) -> chatfile::Result<Vec<u8>> {
    let config =
        Easemob::new("o#a", EasemobCredentials::Token("token".into())).base_url(url.to_owned());
    let mut options = ClientOptions::default()
        .ca_certificates(server.authority.der().to_vec())
        .max_attempts(1);
    options.client_certificate = client.map(|client| client.certificate.pem().into_bytes());
    options.client_key = client.map(|client| client.key.serialize_pem().into_bytes());
    let client = Client::easemob(config, options)?;
    let download = client.download("5f", Sink::buffer(), DownloadOptions::default())?;
    Ok(download.data.unwrap())
}

#[test]
fn only_a_client_with_its_certificate_gets_in() {
    let server = signed(vec!["127.0.0.1".into()]);
    let (ours, others) = (signed(vec!["us".into()]), signed(vec!["them".into()]));
    let url = serve(&server, &ours);
    // The server's authority is given as DER here, the client's own as PEM.
    assert_eq!(fetch(&url, &server, Some(&ours)).unwrap(), b"hello");
    for stranger in [None, Some(&others)] {
        let error = fetch(&url, &server, stranger).unwrap_err();
        assert_eq!(error.status(), Status::Tls, "{error}");
    }
}

#[test]
fn a_key_that_does_not_fit_is_found_at_once() {
    let (one, other) = (signed(vec!["a".into()]), signed(vec!["b".into()]));
    let options = |certificate: &Signed, key: Option<&Signed>| {
        let mut options =
            ClientOptions::default().client_certificate(certificate.certificate.pem().into_bytes());
        options.client_key = key.map(|key| key.key.serialize_pem().into_bytes());
        options
    };
    let field = |options| {
        let client = Client::without_service(options);
        client
            .err()
            .map(|error| (error.status(), error.field().unwrap()))
    };
    assert_eq!(field(options(&one, Some(&one))), None);
    assert_eq!(
        field(options(&one, Some(&other))),
        Some((Status::Argument, "client_key"))
    );
    assert_eq!(
        field(options(&one, None)),
        Some((Status::Argument, "client_certificate"))
    );
}

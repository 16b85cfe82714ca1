//! TLS as a client meets it that checks the certificate.

use crate::common::*;
use chatfile_emulator::{Action, Config, Emulator, Rule};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::BufReader;
use std::net::TcpStream;
use std::sync::Arc;

type TlsConnection = Connection<StreamOwned<ClientConnection, TcpStream>>;

/// Talks to an emulator, and trusts the authority of another, or of the same.
fn open(emulator: &Emulator, trusted: &Emulator) -> TlsConnection {
    let mut roots = RootCertStore::empty();
    let authority = trusted.ca_pem().unwrap();
    roots
        .add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let base = emulator.tls_base_url().unwrap();
    let socket = connect(base.strip_prefix("https://").unwrap());
    Connection(BufReader::new(StreamOwned::new(client, socket)))
}

fn start_tls() -> Emulator {
    Emulator::start(Config {
        tls: Some("127.0.0.1:0".parse().unwrap()),
        ..Config::default()
    })
    .unwrap()
}

#[test]
fn a_client_that_trusts_the_authority_gets_through() {
    let emulator = start_tls();
    let token = app_token(&emulator);
    let token = ("Authorization", token.as_str());
    let mut connection = open(&emulator, &emulator);
    let form = file_form("file", "a.txt", "text/plain", b"over TLS");
    let path = format!("{APP}/chatfiles");
    let reply = connection.request("POST", &path, &[token, FORM], &form);
    let (id, _) = uploaded(&reply);
    // Addresses in replies keep the scheme that was asked over.
    let uri = reply.json()["uri"].as_str().unwrap().to_owned();
    assert!(uri.starts_with("https://"), "{uri}");
    let path = format!("{path}/{id}?em-redirect=true");
    let reply = connection.request("GET", &path, &[token], b"");
    let storage = reply.header("location").unwrap().to_owned();
    assert!(storage.starts_with("https://"), "{storage}");
    let reply = connection.request("GET", &path_of(&storage), &[], b"");
    assert_eq!(reply.text(), "over TLS");
    let journal = emulator.control().journal();
    let last = journal.last().unwrap();
    assert_eq!((last.verb.as_str(), last.tls), ("storage", true));
    assert_eq!(last.request_of_connection, 3);
    // Faults reach below TLS.
    emulator
        .control()
        .add_fault(Rule::new(Action::ResetBody { after: 3 }))
        .unwrap();
    connection.send(head("GET", &path_of(&storage), &[], 0));
    assert!(connection.try_reply(true).is_err());
}

#[test]
fn a_client_that_does_not_trust_it_is_stopped() {
    let emulator = start_tls();
    let stranger = start_tls();
    let mut connection = open(&emulator, &stranger);
    let request = head("GET", "/srv-sdk/allocate", &[], 0);
    assert!(connection.try_send(request).is_err());
    assert!(emulator.control().journal().is_empty());
}

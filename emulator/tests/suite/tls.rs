//! TLS and redirects as a whole HTTP client meets them.

use crate::common::*;
use chatfile_emulator::{Action, Config, Emulator, Rule};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

fn agent(roots: RootCerts) -> ureq::Agent {
    ureq::Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build()
        .into()
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
    let base = emulator.tls_base_url().unwrap();
    let certificate = Certificate::from_pem(emulator.ca_pem().unwrap().as_bytes()).unwrap();
    let agent = agent(RootCerts::Specific(std::sync::Arc::new(vec![certificate])));
    let form = file_form("file", "a.txt", "text/plain", b"over TLS");
    let token = app_token(&emulator);
    let mut reply = agent
        .post(format!("{base}{APP}/chatfiles"))
        .header("Authorization", &token)
        .header(FORM.0, FORM.1)
        .send(&form[..])
        .unwrap();
    let body: serde_json::Value =
        serde_json::from_str(&reply.body_mut().read_to_string().unwrap()).unwrap();
    // Addresses in replies keep the scheme that was asked over.
    assert_eq!(body["uri"], format!("{base}{APP}/chatfiles"));
    let id = body["entities"][0]["uuid"].as_str().unwrap();
    let url = format!("{base}{APP}/chatfiles/{id}?em-redirect=true");
    let mut reply = agent
        .get(&url)
        .header("Authorization", &token)
        .call()
        .unwrap();
    assert_eq!(reply.body_mut().read_to_string().unwrap(), "over TLS");
    let journal = emulator.control().journal();
    let last = journal.last().unwrap();
    assert_eq!((last.verb.as_str(), last.tls), ("storage", true));
    // The pool kept the connection.
    assert_eq!(last.request_of_connection, 3);
    // Faults reach below TLS.
    emulator
        .control()
        .add_fault(Rule::new(Action::ResetBody { after: 3 }))
        .unwrap();
    let mut reply = agent.get(&url).header("Authorization", &token).call();
    let failed = reply
        .as_mut()
        .map_or(true, |reply| reply.body_mut().read_to_string().is_err());
    assert!(failed);
}

#[test]
fn a_client_that_does_not_trust_it_is_stopped() {
    let emulator = start_tls();
    let stranger = start_tls();
    let other = Certificate::from_pem(stranger.ca_pem().unwrap().as_bytes()).unwrap();
    let agent = agent(RootCerts::Specific(std::sync::Arc::new(vec![other])));
    let result = agent
        .get(format!(
            "{}/srv-sdk/allocate",
            emulator.tls_base_url().unwrap()
        ))
        .call();
    assert!(result.is_err());
    assert!(emulator.control().journal().is_empty());
}

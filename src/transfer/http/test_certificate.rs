//! A certificate for 127.0.0.1 that signs itself, valid until 2120. Only these
//! tests trust it, so its key is no secret.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

pub const PEM: &str = "\
-----BEGIN CERTIFICATE-----
MIH1MIGooAMCAQICAQEwBQYDK2VwMBkxFzAVBgNVBAMMDmNoYXRmaWxlIHRlc3Rz
MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAZMRcwFQYDVQQDDA5j
aGF0ZmlsZSB0ZXN0czAqMAUGAytlcAMhAIrLpsZ+R6YdUwxIN5Clir+/CD/g4bnA
7dMWdudUBsj8oxMwETAPBgNVHREECDAGhwR/AAABMAUGAytlcANBAC70JCJ45wGt
P5gdnRCWM06F/E2VtZ3GM+gCqGoBRAuxykBGVR8qE40Y/wea3Ipjua/laqkk9jNf
ctgCX5aFKg8=
-----END CERTIFICATE-----
";

pub const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIGQl3TMzkiPpndq5eEcQ3QAZQPvqPPeN6w6xM8BhnLpX
-----END PRIVATE KEY-----
";

pub fn server_config() -> Arc<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(PEM.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap(),
        )
        .unwrap();
    Arc::new(config)
}

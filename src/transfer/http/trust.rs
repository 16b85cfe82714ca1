//! Whose certificates are believed.

use crate::error::{Error, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use std::sync::{Arc, OnceLock};

/// Which CA certificates a client trusts besides those that it was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// Those that are built in (Mozilla's), and where nobody of them has signed, those
    /// of the system: an old Windows lacks new ones, a company adds its own.
    #[default]
    Both,
    /// Those that are built in: the same on every machine.
    BuiltIn,
    /// Those of the system: also what its administrator has taken away counts.
    System,
}

/// Verifies as the caller wants it. `extra` are the caller's own certificates.
pub(super) fn verifier(
    trust: Trust,
    extra: Vec<CertificateDer<'static>>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let mut roots = RootCertStore::empty();
    if trust != Trust::System {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for certificate in &extra {
        roots.add(certificate.clone()).map_err(|e| {
            Error::argument(
                "ca_certificates",
                format_args!("holds one that is no CA certificate: {e}"),
            )
        })?;
    }
    Ok(Arc::new(Verifier {
        provider: Arc::new(ring::default_provider()),
        known: with_roots(roots),
        uses_system: trust != Trust::BuiltIn,
        given: extra,
    }))
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// By the built-in roots and those of the caller; `None` if there are none.
    known: Option<Arc<WebPkiServerVerifier>>,
    uses_system: bool,
    /// Trusted as they are when a server of their names shows them: also one that may
    /// sign others (CA:TRUE), as `openssl req -x509` makes them, and one whose signer
    /// nobody knows.
    given: Vec<CertificateDer<'static>>,
}

/// The system's, read when it is first needed, once in a process: there may be
/// hundreds, and most servers are known without.
fn system() -> Option<&'static WebPkiServerVerifier> {
    static SYSTEM: OnceLock<Option<Arc<WebPkiServerVerifier>>> = OnceLock::new();
    let system = SYSTEM.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // What cannot be read of it is not trusted; that is all there is to say.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        with_roots(roots)
    });
    system.as_deref()
}

fn with_roots(roots: RootCertStore) -> Option<Arc<WebPkiServerVerifier>> {
    let provider = Arc::new(ring::default_provider());
    // It fails without roots alone.
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .ok()
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let ask = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now)
        };
        let nobody = || Err(CertificateError::UnknownIssuer.into());
        let mut verified = self.known.as_deref().map_or_else(nobody, ask);
        if self.uses_system
            && is_about_the_signer(&verified)
            && let Some(system) = system()
        {
            verified = ask(system);
        }
        // What is left is its name: webpki looks at its time before either.
        if is_about_the_signer(&verified) && self.given.contains(end_entity) {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            rustls::client::verify_server_name(&certificate, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn is_about_the_signer(verified: &Result<ServerCertVerified, rustls::Error>) -> bool {
    matches!(verified, Err(rustls::Error::InvalidCertificate(fault)) if is_unknown_signer(fault))
}

/// Whether a certificate may be fine, but nobody who is trusted has signed it.
pub(super) fn is_unknown_signer(fault: &CertificateError) -> bool {
    match fault {
        CertificateError::UnknownIssuer => true,
        CertificateError::Other(OtherError(other)) => matches!(
            other.downcast_ref::<webpki::Error>(),
            Some(webpki::Error::CaUsedAsEndEntity)
        ),
        _ => false,
    }
}

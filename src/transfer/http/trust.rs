//! Whose certificates are believed.

use super::descriptors::is_out_of_files;
use crate::error::{English, Error, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::{env, fmt};

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

/// Why the system's certificates are not known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoStore {
    /// There were no descriptors left to read them with; that may pass.
    OutOfFiles,
    /// There are none, or they cannot be read.
    Unreadable(String),
}

impl fmt::Display for NoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfFiles => f.write_str("too many files are open"),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NoStore {}

/// The system's, read when it is first needed, once in a process: there may be
/// hundreds, and most servers are known without. Nothing is locked meanwhile, for another
/// thread may fork; and what has failed is tried anew.
fn system() -> Result<&'static WebPkiServerVerifier, NoStore> {
    static SYSTEM: OnceLock<Arc<WebPkiServerVerifier>> = OnceLock::new();
    if let Some(system) = SYSTEM.get() {
        return Ok(system);
    }
    let named = env::var_os("SSL_CERT_FILE");
    if let Some(fault) = named.and_then(|path| store_fault(Path::new(&path))) {
        return Err(NoStore::Unreadable(fault));
    }
    let found = rustls_native_certs::load_native_certs();
    let is_out_of_files = |error: &rustls_native_certs::Error| match &error.kind {
        rustls_native_certs::ErrorKind::Io { inner, .. } => is_out_of_files(inner),
        _ => false,
    };
    if found.errors.iter().any(is_out_of_files) {
        return Err(NoStore::OutOfFiles);
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    let Some(loaded) = with_roots(roots) else {
        let why = match found.errors.first() {
            None => "it has none".to_owned(),
            Some(error) => match &error.kind {
                rustls_native_certs::ErrorKind::Io { inner, path } => {
                    let (what, said) = (error.context, English(inner));
                    format!("{what}: {said} at '{}'", path.display())
                }
                _ => error.to_string(),
            },
        };
        return Err(NoStore::Unreadable(why));
    };
    Ok(SYSTEM.get_or_init(|| loaded))
}

/// What is named in place of the system's certificates is read whole, by who knows no deadline: so it has to be a file,
/// and of a size that such files have.
fn store_fault(path: &Path) -> Option<String> {
    /// Mozilla's have 220 KiB.
    const LARGEST: u64 = 64 * 1024 * 1024;
    let path_of = path.display();
    match path.metadata() {
        // It is told by who reads it.
        Err(_) => None,
        Ok(metadata) if !metadata.is_file() => {
            Some(format!("SSL_CERT_FILE names {path_of}, which is no file"))
        }
        Ok(metadata) if metadata.len() > LARGEST => Some(format!(
            "SSL_CERT_FILE names {path_of}, which has {} bytes",
            metadata.len()
        )),
        Ok(_) => None,
    }
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
        let mut no_store = None;
        if self.uses_system && is_about_the_signer(&verified) {
            match system() {
                Ok(system) => verified = ask(system),
                Err(why) => no_store = Some(why),
            }
        }
        // What is left is its name: webpki looks at its time before either.
        if is_about_the_signer(&verified) && self.given.contains(end_entity) {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            rustls::client::verify_server_name(&certificate, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        match no_store {
            Some(why) if is_about_the_signer(&verified) => {
                Err(rustls::Error::Other(OtherError(Arc::new(why))))
            }
            _ => verified,
        }
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

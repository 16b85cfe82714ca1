//! Whom TLS trusts, and who it says we are.

use crate::error::{Error, Result, Status, TlsFault};
use crate::random;
#[cfg(not(feature = "platform-verifier"))]
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use std::io;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Certificates beyond those built in.
#[derive(Clone, Default)]
pub(crate) struct TlsOptions {
    /// CA certificates to trust besides the built-in ones: PEM (any number) or
    /// DER (one).
    pub(crate) ca_certificates: Option<Vec<u8>>,
    /// The client's certificate chain, PEM, its own first.
    pub(crate) client_certificate: Option<Vec<u8>>,
    /// The key that goes with it, PEM (PKCS#8, PKCS#1 or SEC1).
    pub(crate) client_key: Option<Zeroizing<Vec<u8>>>,
}

pub(super) fn config(options: &TlsOptions) -> Result<Arc<rustls::ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let extra = match &options.ca_certificates {
        Some(bytes) => certificates("ca_certificates", bytes)?,
        None => Vec::new(),
    };
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| error(&e, "any server"))?;
    let verifier = GivenVerifier {
        given: extra.clone(),
        others: verifier(extra, provider)?,
    };
    // "Dangerous" is what rustls calls any verifier but its own.
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match (&options.client_certificate, &options.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(chain), Some(key)) => {
            let chain = certificates("client_certificate", chain)?;
            let key = private_key(key)?;
            builder.with_client_auth_cert(chain, key).map_err(|e| {
                Error::argument(
                    "client_key",
                    format_args!("does not fit the certificate: {e}"),
                )
            })?
        }
        _ => {
            return Err(Error::argument(
                "client_certificate",
                "give client_certificate and client_key together",
            ));
        }
    };
    Ok(Arc::new(config))
}

/// The roots of the Mozilla programme, which are built in, and the extra ones.
#[cfg(not(feature = "platform-verifier"))]
fn verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let mut roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for certificate in extra {
        roots.add(certificate).map_err(|e| {
            Error::argument(
                "ca_certificates",
                format_args!("holds one that is no CA certificate: {e}"),
            )
        })?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    // It fails without roots alone, and some are built in.
    Ok(verifier.map_err(|e| Error::argument("ca_certificates", e))?)
}

/// What the operating system trusts, and the extra ones.
#[cfg(feature = "platform-verifier")]
fn verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
        .map_err(|e| error(&e, "any server"))?;
    Ok(Arc::new(verifier))
}

/// Trusts the very certificates that the caller gave, when a server of their names
/// shows them: also one that may sign others (CA:TRUE), as `openssl req -x509` makes
/// them, and one whose signer nobody knows. Of all others, `others` decides.
#[derive(Debug)]
struct GivenVerifier {
    given: Vec<CertificateDer<'static>>,
    others: Arc<dyn ServerCertVerifier>,
}

impl ServerCertVerifier for GivenVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.others.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // What is left is its name: webpki looks at its time before either.
            Err(rustls::Error::InvalidCertificate(fault))
                if is_about_the_signer(&fault) && self.given.contains(end_entity) =>
            {
                let certificate = ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&certificate, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.others
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.others
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.others.supported_verify_schemes()
    }
}

fn is_about_the_signer(fault: &CertificateError) -> bool {
    match fault {
        CertificateError::UnknownIssuer => true,
        CertificateError::Other(OtherError(other)) => matches!(
            other.downcast_ref::<webpki::Error>(),
            Some(webpki::Error::CaUsedAsEndEntity)
        ),
        _ => false,
    }
}

/// Reads PEM, or a single certificate as DER.
fn certificates(field: &'static str, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    // DER begins with a SEQUENCE; PEM is text.
    if bytes.first() == Some(&0x30) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem(field, bytes)?)
        .collect::<Result<_, _>>()
        .map_err(|_| Error::argument(field, "is not valid PEM"))?;
    if found.is_empty() {
        return Err(Error::argument(field, "holds no certificate in PEM or DER"));
    }
    Ok(found)
}

fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>> {
    const FIELD: &str = "client_key";
    let text = pem(FIELD, bytes)?;
    PrivateKeyDer::from_pem_slice(text).map_err(|_| {
        // As PKCS#8 ("BEGIN ENCRYPTED PRIVATE KEY"), or as OpenSSL once did.
        let is_encrypted = [&b"ENCRYPTED PRIVATE KEY"[..], b"Proc-Type: 4,ENCRYPTED"]
            .iter()
            .any(|mark| text.windows(mark.len()).any(|part| part == *mark));
        Error::argument(
            FIELD,
            if is_encrypted {
                "is encrypted, and a passphrase cannot be given: decrypt it first (openssl pkey -in \
                 key.pem -out plain.pem)"
            } else {
                "holds no private key in PEM"
            },
        )
    })
}

/// The text without what Windows programs put before it.
fn pem<'b>(field: &'static str, bytes: &'b [u8]) -> Result<&'b [u8]> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::argument(
            field,
            "is text in UTF-16; save it as UTF-8 or ASCII",
        ));
    }
    Ok(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes))
}

/// What TLS has to say, if an error of the socket is really one of that.
pub(super) fn fault(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What went wrong with the server at `place`, and what to do about it.
pub(super) fn error(error: &rustls::Error, place: &str) -> Error {
    use rustls::{AlertDescription as Alert, Error as Fault, InvalidMessage};
    let (fault, advice) = match error {
        Fault::FailedToGetRandomBytes => return random::refused(),
        Fault::InvalidMessage(InvalidMessage::InvalidContentType) => {
            return Error::new(
                Status::Tls,
                format!(
                    "{place} does not speak TLS: give the port for https, or begin the URL with \
                     http://"
                ),
            )
            .with_tls_fault(TlsFault::NotSpoken);
        }
        Fault::InvalidCertificate(fault) => about_certificate(fault),
        Fault::AlertReceived(alert) => match alert {
            Alert::UnrecognisedName => (
                TlsFault::WrongName,
                "the server does not know this host name; check the URL",
            ),
            Alert::CertificateRequired
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied => (
                TlsFault::ClientCertificate,
                "the server wants another certificate of the client; check client_certificate",
            ),
            Alert::ProtocolVersion => NO_COMMON_VERSION,
            Alert::HandshakeFailure | Alert::InsufficientSecurity => (
                TlsFault::Incompatible,
                "the server shares no cipher with this library, or wants a certificate of the \
                 client (client_certificate)",
            ),
            _ => (TlsFault::Other, "the server ended it; its log says more"),
        },
        Fault::PeerIncompatible(_) => NO_COMMON_VERSION,
        Fault::NoCertificatesPresented => (
            TlsFault::Other,
            "the server shows no certificate; check its set-up",
        ),
        _ => (
            TlsFault::Other,
            "check the address, and for what changes bytes on the way",
        ),
    };
    Error::new(
        Status::Tls,
        format!("TLS with {place} failed: {error}; {advice}"),
    )
    .with_tls_fault(fault)
}

const NO_COMMON_VERSION: (TlsFault, &str) = (
    TlsFault::Incompatible,
    "TLS 1.2 or 1.3 is needed; have the server brought up to date",
);

/// What is wrong with the certificate of a server, and what to do about it.
fn about_certificate(fault: &CertificateError) -> (TlsFault, &'static str) {
    use CertificateError as Certificate;
    match fault {
        _ if is_about_the_signer(fault) => (
            TlsFault::UnknownIssuer,
            "nobody who is trusted has signed it: give the certificate of its CA, or this very one, \
             as ca_certificates; also where the network inspects TLS",
        ),
        Certificate::Expired | Certificate::ExpiredContext { .. } => (
            TlsFault::Expired,
            "check the clock of this machine; if it is right, the server needs a new certificate",
        ),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            (TlsFault::NotYetValid, "check the clock of this machine")
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => (
            TlsFault::WrongName,
            "use a name that the certificate has (subjectAltName) in the URL, or check for what \
             stands in between",
        ),
        Certificate::Revoked => (TlsFault::Revoked, "the server needs a new certificate"),
        Certificate::BadSignature => (
            TlsFault::BadSignature,
            "it is not signed by the CA that it names; check for what stands in between, and \
             ca_certificates for an older certificate of that CA",
        ),
        Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => (
            TlsFault::WrongPurpose,
            "it is not made for servers (extendedKeyUsage); the server needs another",
        ),
        _ => (
            TlsFault::Other,
            "this library does not take such a certificate; the server needs another",
        ),
    }
}

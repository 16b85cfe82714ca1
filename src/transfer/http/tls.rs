//! The configuration of TLS, and what goes wrong with it in our words.

use super::descriptors::TOO_MANY_FILES;
use super::trust::{self, NoStore, Trust, is_unknown_signer};
use crate::error::{Error, Result, Status, TlsFault};
use crate::random;
use rustls::CertificateError;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Whom to trust, and who we are.
#[derive(Clone, Default)]
pub(crate) struct TlsOptions {
    pub(crate) trust: Trust,
    /// More CA certificates to trust: PEM (any number) or DER (one).
    pub(crate) ca_certificates: Option<Vec<u8>>,
    /// The client's certificate chain, PEM, its own first.
    pub(crate) client_certificate: Option<Vec<u8>>,
    /// The key that goes with it, PEM (PKCS#8, PKCS#1 or SEC1).
    pub(crate) client_key: Option<Zeroizing<Vec<u8>>>,
}

pub(super) fn config(options: &TlsOptions) -> Result<Arc<rustls::ClientConfig>> {
    let extra = match &options.ca_certificates {
        Some(bytes) => certificates("ca_certificates", bytes)?,
        None => Vec::new(),
    };
    let provider = Arc::new(ring::default_provider());
    // "Dangerous" is what rustls calls any verifier but its own.
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| error(&e, "any server"))?
        .dangerous()
        .with_custom_certificate_verifier(trust::verifier(options.trust, extra)?);
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

/// Whether, behind the handshake, somebody on the way has changed what the server has sent.
pub(super) fn is_damage(error: &rustls::Error) -> bool {
    use rustls::Error as Fault;
    matches!(
        error,
        Fault::InvalidMessage(_)
            | Fault::DecryptError
            | Fault::InappropriateMessage { .. }
            | Fault::InappropriateHandshakeMessage { .. }
            | Fault::PeerMisbehaved(_)
    )
}

/// What went wrong with the server at `place`, and what to do about it.
pub(super) fn error(error: &rustls::Error, place: &str) -> Error {
    use rustls::{AlertDescription as Alert, Error as Fault, InvalidMessage};
    let (fault, advice) = match error {
        Fault::FailedToGetRandomBytes => return random::refused(),
        Fault::Other(other) => match other.0.downcast_ref() {
            Some(NoStore::OutOfFiles) => {
                let text = format!("cannot read the system's certificates: {TOO_MANY_FILES}");
                return Error::new(Status::System, text).retryable();
            }
            Some(NoStore::Unreadable(why)) => {
                return Error::new(
                    Status::Tls,
                    format!(
                        "TLS with {place} failed: nobody who is trusted has signed its certificate, and \
                         the system's certificates cannot be read ({why}): install them \
                         (ca-certificates), or give the certificate of its CA as ca_certificates"
                    ),
                )
                .with_tls_fault(TlsFault::UnknownIssuer);
            }
            None => OTHER,
        },
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
        _ => OTHER,
    };
    Error::new(
        Status::Tls,
        format!("TLS with {place} failed: {error}; {advice}"),
    )
    .with_tls_fault(fault)
}

const OTHER: (TlsFault, &str) = (
    TlsFault::Other,
    "check the address, and for what changes bytes on the way",
);

const NO_COMMON_VERSION: (TlsFault, &str) = (
    TlsFault::Incompatible,
    "TLS 1.2 or 1.3 is needed; have the server brought up to date",
);

/// What is wrong with the certificate of a server, and what to do about it.
fn about_certificate(fault: &CertificateError) -> (TlsFault, &'static str) {
    use CertificateError as Certificate;
    match fault {
        _ if is_unknown_signer(fault) => (
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

//! Whom TLS trusts, and who it says we are.

use super::crypto;
use crate::error::{Error, Result, Status};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
#[cfg(not(feature = "platform-verifier"))]
use rustls::pki_types::{Der, TrustAnchor};
use std::fmt::Display;
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
    let provider = Arc::new(crypto::provider());
    let extra = match &options.ca_certificates {
        Some(bytes) => certificates("ca_certificates", bytes)?,
        None => Vec::new(),
    };
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| error(&e))?;
    let builder = trust(builder, extra, provider)?;
    let config = match (&options.client_certificate, &options.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(chain), Some(key)) => {
            let chain = certificates("client_certificate", chain)?;
            let key = PrivateKeyDer::from_pem_slice(key)
                .map_err(|_| Error::argument("client_key", "holds no private key in PEM"))?;
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

type NeedsTrust = rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>;
type NeedsClientCert = rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>;

/// The roots of the Mozilla programme, which are built in, and the extra ones.
#[cfg(not(feature = "platform-verifier"))]
fn trust(
    builder: NeedsTrust,
    extra: Vec<CertificateDer<'static>>,
    _: Arc<rustls::crypto::CryptoProvider>,
) -> Result<NeedsClientCert> {
    let mut roots = rustls::RootCertStore {
        roots: built_in_roots(),
    };
    for certificate in extra {
        roots.add(certificate).map_err(|e| {
            Error::argument(
                "ca_certificates",
                format_args!("holds one that is no CA certificate: {e}"),
            )
        })?;
    }
    Ok(builder.with_root_certificates(roots))
}

/// Unpacks what build.rs has packed.
#[cfg(not(feature = "platform-verifier"))]
fn built_in_roots() -> Vec<TrustAnchor<'static>> {
    fn field(packed: &mut &'static [u8]) -> Option<Der<'static>> {
        let (length, rest) = packed.split_first_chunk()?;
        let (field, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
        *packed = rest;
        Some(Der::from_slice(field))
    }
    let mut packed: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/roots.bin"));
    std::iter::from_fn(|| {
        Some(TrustAnchor {
            subject: field(&mut packed)?,
            subject_public_key_info: field(&mut packed)?,
            name_constraints: Some(field(&mut packed)?).filter(|found| !found.is_empty()),
        })
    })
    .collect()
}

/// What the operating system trusts, and the extra ones.
#[cfg(feature = "platform-verifier")]
fn trust(
    builder: NeedsTrust,
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<NeedsClientCert> {
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
        .map_err(|e| error(&e))?;
    // "Dangerous" is what rustls calls any verifier but its own.
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

/// Reads PEM, or a single certificate as DER.
fn certificates(field: &'static str, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    // DER begins with a SEQUENCE; PEM is text.
    if bytes.first() == Some(&0x30) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let found: Vec<_> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| Error::argument(field, "is not valid PEM"))?;
    if found.is_empty() {
        return Err(Error::argument(field, "holds no certificate in PEM or DER"));
    }
    Ok(found)
}

/// Whether an error of the socket is really one of TLS.
pub(super) fn is_fault(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<rustls::Error>())
}

pub(super) fn error(error: &dyn Display) -> Error {
    Error::new(
        Status::Tls,
        format!(
            "TLS failed: {error}; check the host name, the clock, and who signed the certificate"
        ),
    )
}

#[cfg(all(test, not(feature = "platform-verifier")))]
mod tests {
    use super::*;

    #[test]
    fn all_built_in_roots_are_unpacked() {
        assert_eq!(built_in_roots(), webpki_roots::TLS_SERVER_ROOTS);
    }
}

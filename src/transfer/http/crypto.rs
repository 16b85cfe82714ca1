//! What TLS encrypts and verifies with: all that rustls's provider for ring has
//! but ChaCha20, for the code of what is named in no list is not linked.

use rustls::crypto::ring::{ALL_KX_GROUPS, cipher_suite as suites, sign};
use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{SignatureScheme as Scheme, SupportedCipherSuite};
use std::sync::Arc;
use webpki::ring as algorithms;

/// Every server has one of these: AES with 128 bits is mandatory in TLS 1.3 (RFC
/// 8446 §9.1), and in effect in 1.2.
static CIPHER_SUITES: &[SupportedCipherSuite] = &[
    suites::TLS13_AES_256_GCM_SHA384,
    suites::TLS13_AES_128_GCM_SHA256,
    suites::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suites::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suites::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    suites::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// rustls's own list, which it does not hand out by itself.
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        algorithms::ECDSA_P256_SHA256,
        algorithms::ECDSA_P256_SHA384,
        algorithms::ECDSA_P384_SHA256,
        algorithms::ECDSA_P384_SHA384,
        algorithms::ED25519,
        algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        algorithms::RSA_PKCS1_2048_8192_SHA256,
        algorithms::RSA_PKCS1_2048_8192_SHA384,
        algorithms::RSA_PKCS1_2048_8192_SHA512,
        algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    // The curve of a scheme is fixed in TLS 1.3 only.
    mapping: &[
        (
            Scheme::ECDSA_NISTP384_SHA384,
            &[algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384],
        ),
        (
            Scheme::ECDSA_NISTP256_SHA256,
            &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
        ),
        (Scheme::ED25519, &[algorithms::ED25519]),
        (
            Scheme::RSA_PSS_SHA512,
            &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
        ),
        (
            Scheme::RSA_PSS_SHA384,
            &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
        ),
        (
            Scheme::RSA_PSS_SHA256,
            &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
        ),
        (
            Scheme::RSA_PKCS1_SHA512,
            &[algorithms::RSA_PKCS1_2048_8192_SHA512],
        ),
        (
            Scheme::RSA_PKCS1_SHA384,
            &[algorithms::RSA_PKCS1_2048_8192_SHA384],
        ),
        (
            Scheme::RSA_PKCS1_SHA256,
            &[algorithms::RSA_PKCS1_2048_8192_SHA256],
        ),
    ],
};

pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: CIPHER_SUITES.to_vec(),
        kx_groups: ALL_KX_GROUPS.to_vec(),
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Ring,
        key_provider: &Ring,
    }
}

#[derive(Debug)]
struct Ring;

impl SecureRandom for Ring {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        use ring::rand::{SecureRandom as _, SystemRandom};
        let filled = SystemRandom::new().fill(buffer);
        filled.map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for Ring {
    fn load_private_key(
        &self,
        key: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        sign::any_supported_type(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_rustls_has_but_chacha20() {
        let (ours, theirs) = (provider(), rustls::crypto::ring::default_provider());
        let suites = |provider: &CryptoProvider| -> Vec<String> {
            let names = provider.cipher_suites.iter();
            names.map(|suite| format!("{:?}", suite.suite())).collect()
        };
        let kept: Vec<_> = suites(&theirs)
            .into_iter()
            .filter(|name| !name.contains("CHACHA20"))
            .collect();
        assert_eq!(suites(&ours), kept);
        assert_eq!(
            format!("{:?}", ours.kx_groups),
            format!("{:?}", theirs.kx_groups)
        );
        assert_eq!(
            format!("{:?}", ours.signature_verification_algorithms),
            format!("{:?}", theirs.signature_verification_algorithms)
        );
        let all = |provider: &CryptoProvider| {
            let all = provider.signature_verification_algorithms.all.iter();
            let ids = all.map(|a| (a.public_key_alg_id(), a.signature_alg_id()));
            ids.collect::<Vec<_>>()
        };
        assert_eq!(all(&ours), all(&theirs));
    }
}

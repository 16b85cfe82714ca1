//! The one shape of every upload body: `prefix ‖ encode(content) ‖ suffix`.

use crate::json;
use serde::Serialize;
use zeroize::Zeroizing;

/// How the content of a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
#[non_exhaustive]
pub enum Encoding {
    /// As it is.
    Identity = 1,
    /// Standard base64 with padding.
    Base64 = 2,
    /// Standard base64 with padding, then percent-encoded as a value of a
    /// url-encoded form: `+`, `/` and `=` become `%2B`, `%2F` and `%3D`.
    Base64Form = 3,
}

impl Encoding {
    pub(crate) const ALL: [Self; 3] = [Self::Identity, Self::Base64, Self::Base64Form];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Base64 => "base64",
            Self::Base64Form => "base64_form",
        }
    }
}

/// A body: what stands before the content, how the content is written, and
/// what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The bytes before the content; they may hold a secret.
    pub prefix: Zeroizing<Vec<u8>>,
    /// How the content is written; `None` for a body without content.
    pub content: Option<Encoding>,
    /// The bytes behind the content.
    pub suffix: Vec<u8>,
}

impl Body {
    /// No body at all.
    pub fn empty() -> Self {
        Self::fixed(Vec::new())
    }

    /// A body without content.
    pub fn fixed(bytes: Vec<u8>) -> Self {
        Self {
            prefix: bytes.into(),
            content: None,
            suffix: Vec::new(),
        }
    }

    /// A body that is JSON.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        Self {
            prefix: json::write(value),
            ..Self::empty()
        }
    }
}

/// The length of the padded base64 text of `raw` bytes.
pub(crate) fn base64_length(raw: u64) -> u64 {
    raw.div_ceil(3).saturating_mul(4)
}

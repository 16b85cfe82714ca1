//! Where the address of a request comes from.

use super::url::Url;

/// Where the address of a request comes from. What may be reached is judged by it, so
/// whoever states a request has to say it: none is trusted because nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Provenance {
    pub(crate) namer: Namer,
    /// What to say of the address if it cannot be reached, where the caller has no
    /// setting for it.
    pub(crate) note: Option<&'static str>,
}

/// Who says where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Namer {
    /// The client's own configuration.
    Config,
    /// Whoever wrote what the caller was handed: a message, a presigned request.
    Message,
    /// The answer of a host that was asked over TLS, or not.
    Answer { over_tls: bool },
    /// The same, by a redirect.
    Redirect { over_tls: bool },
}

impl Provenance {
    pub(crate) const CONFIG: Self = Self::of(Namer::Config);
    pub(crate) const MESSAGE: Self = Self::of(Namer::Message);

    const fn of(namer: Namer) -> Self {
        Self { namer, note: None }
    }

    /// The answer of `host` names the address.
    pub(crate) fn answer_of(host: &Url) -> Self {
        let over_tls = host.is_https();
        Self::of(Namer::Answer { over_tls })
    }

    /// `host` redirects to the address.
    pub(crate) fn redirect_of(host: &Url) -> Self {
        let over_tls = host.is_https();
        Self::of(Namer::Redirect { over_tls })
    }

    pub(crate) fn with_note(self, note: Option<&'static str>) -> Self {
        Self { note, ..self }
    }
}

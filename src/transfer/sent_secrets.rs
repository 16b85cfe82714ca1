//! What was sent and is not to be quoted: a service may say it again, and an error or the log say that.

use crate::message::url::{is_unreserved, percent_decode, percent_encode};
use crate::message::{Namer, Request};
use crate::secret::SecretText;
use zeroize::Zeroizing;

/// What a call has sent that is secret.
#[derive(Default)]
pub(crate) struct SentSecrets {
    of_call: Secrets,
    /// Those of the request that was sent last: each to a store may have its own.
    of_request: Secrets,
}

impl SentSecrets {
    /// This secret is sent.
    pub(crate) fn add(&mut self, secret: &str) {
        self.of_call.add(secret);
    }

    /// What stands in a header field is sent.
    pub(crate) fn add_credential(&mut self, value: &str) {
        self.of_call.add_credential(value);
    }

    /// This request is sent: what its query signs, or lets in, is a secret, as are credentials and
    /// values of its form. Those of the service itself may be quoted later, too.
    pub(crate) fn note_request(&mut self, request: &Request) {
        /// Shorter values are words, sizes and dates.
        const SHORTEST: usize = 16;
        let url = request.url.as_str();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let of_request = &mut self.of_request;
        of_request.0.clear();
        let values = query.split('&').filter_map(|pair| pair.split_once('='));
        for (_, value) in values.filter(|(_, value)| value.len() >= SHORTEST) {
            let decoded = SecretText::new(percent_decode(value));
            if *decoded != *value {
                of_request.0.push(decoded);
            }
            of_request.0.push(SecretText::new(value.to_owned()));
        }
        for secret in &request.form_secrets {
            of_request.add(secret);
        }
        let of_headers = match request.provenance.namer {
            Namer::Config => &mut self.of_call,
            Namer::Message | Namer::Answer { .. } | Namer::Redirect { .. } => of_request,
        };
        for header in request.headers.iter().filter(|header| header.secret) {
            of_headers.add_credential(&header.value);
        }
    }

    pub(super) fn all(&self) -> Vec<&str> {
        let all = self.of_call.0.iter().chain(&self.of_request.0);
        all.map(|secret| secret.as_str()).collect()
    }
}

#[derive(Default)]
struct Secrets(Vec<SecretText>);

impl Secrets {
    /// Adds it, also as it stands in a URL, in a form and in JSON.
    fn add(&mut self, secret: &str) {
        /// A shorter one would be found in words that have nothing to do with it.
        const SHORTEST: usize = 6;
        let is_known = self.0.iter().any(|known| **known == secret);
        if secret.len() < SHORTEST || is_known {
            return;
        }
        // The others are the same however they are written.
        if !is_unreserved(secret) {
            let encoded = percent_encode(secret);
            // As .NET writes it.
            let mut lower = encoded.clone();
            for (at, _) in encoded.match_indices('%') {
                lower[at + 1..at + 3].make_ascii_lowercase();
            }
            if lower != encoded {
                self.0.push(SecretText::new(lower));
            }
            self.0.push(SecretText::new(encoded));
            // Room for all of it escaped: what grows leaves a copy behind.
            let mut json = Zeroizing::new(Vec::with_capacity(6 * secret.len() + 2));
            let is_written = serde_json::to_writer(&mut *json, secret).is_ok();
            let text = std::str::from_utf8(&json).unwrap_or_default();
            if let Some(text) = text.get(1..text.len().saturating_sub(1))
                && is_written
                && text != secret
            {
                self.0.push(SecretText::new(text.to_owned()));
            }
        }
        self.0.push(SecretText::new(secret.to_owned()));
    }

    /// The same of what stands in a header field: of `Bearer …` the second word, of a
    /// signature in several also the last.
    fn add_credential(&mut self, value: &str) {
        let mut schemes = ["Bearer ", "Basic "].iter();
        if let Some(word) = schemes.find_map(|scheme| value.strip_prefix(scheme)) {
            return self.add(word);
        }
        self.add(value);
        if let Some((_, word)) = value.rsplit_once(' ') {
            self.add(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_however_it_is_escaped() {
        let mut sent = SentSecrets::default();
        sent.add("S3cr\"et/To+k");
        for escaped in [
            "S3cr\"et/To+k",
            "S3cr%22et%2FTo%2Bk",
            "S3cr%22et%2fTo%2bk",
            "S3cr\\\"et/To+k",
        ] {
            assert!(sent.all().contains(&escaped), "{escaped}");
        }
    }
}

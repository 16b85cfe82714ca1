//! Access tokens (smh.md §1.2).

use super::error::refusal;
use super::{Library, SERVICE, add};
use crate::error::{Error, Phase, Result};
use crate::json::Json;
use crate::message::{Answer, Body, Method, Provenance, Request, url};
use crate::secret::SecretText;
use crate::service::unexpected;
use crate::text::is_token;
use std::time::Duration;

/// What the verbs of this library need: a token without grants can only read.
const DEFAULT_GRANT: &str = "create_directory,upload_file,upload_file_force,begin_upload,\
                             begin_upload_force,confirm_upload,delete_file,delete_file_permanent";

impl Library {
    /// `GET /api/v1/token` with the secret of the library.
    pub(crate) fn token_request(&self, library_secret: &str) -> Request {
        let period = self.token_ttl.map(|period| period.as_secs().to_string());
        let mut query = SecretText::default();
        for (name, value) in [
            ("library_id", Some(self.library_id.as_str())),
            ("space_id", self.space_id.as_deref()),
            ("user_id", self.user_id.as_deref()),
            ("client_id", self.client_id.as_deref()),
            ("session_id", self.session_id.as_deref()),
            ("period", period.as_deref()),
            ("grant", self.grant.as_deref().or(Some(DEFAULT_GRANT))),
            ("library_secret", Some(library_secret)),
        ] {
            if let Some(value) = value {
                add(&mut query, name, value);
            }
        }
        let rest = "/api/v1/token?".to_owned() + query.trim_start_matches('&');
        let url = self.base_url.with(&SecretText::new(rest));
        Request::get(url, Provenance::CONFIG).header("Accept", "application/json")
    }

    /// `POST /api/v1/token/{library}/{token}`: the token lives on for its
    /// period, as it does after every other call.
    pub(crate) fn renew_token_request(&self, token: &str) -> Request {
        let token = SecretText::new(url::percent_encode(token));
        let place = format!("/api/v1/token/{}/", url::percent_encode(&self.library_id));
        let rest = SecretText::new(place + &token);
        let url = self.base_url.with(&rest);
        Request::new(Method::Post, url, Provenance::CONFIG, Body::empty())
            .header("Accept", "application/json")
    }
}

/// The token and how long it lives without being used.
pub(crate) fn read_token(answer: &Answer) -> Result<(SecretText, Option<Duration>)> {
    let fail = |error: Error| Err(error.with_phase(Phase::Token));
    if !answer.is_success() {
        return fail(refusal(SERVICE, "an access token", answer));
    }
    let json = Json::parse(&answer.body);
    let token = json.get("accessToken").as_text();
    let Some(token) = token.filter(|token| is_token(token)) else {
        return fail(unexpected(SERVICE, "a usable accessToken", answer));
    };
    let lifetime = json.get("expiresIn").number().map(Duration::from_secs);
    Ok((SecretText::new(token.to_owned()), lifetime))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;

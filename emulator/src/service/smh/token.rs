//! Access tokens: made with the library's secret, kept alive by use, and limited to what they grant (smh.md §1.2).

use std::collections::HashMap;

use hyper::Method;
use serde_json::json;

use super::Context;
use super::error::Error;
use super::reply::ok;
use super::upload::random_hex;
use crate::http::{Answer, status_only};

/// "clamped to [300, 315360000]".
/// From so many on, those that are over are forgotten.
const MANY: usize = 10_000;
const SHORTEST_S: u64 = 300;
const LONGEST_S: u64 = 315_360_000;

#[derive(Debug, Clone)]
struct Token {
    /// None is all.
    spaces: Vec<String>,
    user: String,
    client: String,
    session: String,
    grants: Vec<String>,
    period_s: u64,
    expires_ms: i64,
}

#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<String, Token>);

/// Which grants a call needs; one of them is enough. `admin` and `space_admin` are always.
pub(super) type Grants = &'static [&'static str];

pub(super) const READ: Grants = &[];
pub(super) const BEGIN: Grants = &[
    "upload_file",
    "upload_file_force",
    "begin_upload",
    "begin_upload_force",
];
pub(super) const BEGIN_FORCE: Grants = &["upload_file_force", "begin_upload_force"];
/// For renewing, asking and cancelling: "needs an UPLOAD permission although a read".
pub(super) const UPLOAD: Grants = &[
    "upload_file",
    "upload_file_force",
    "begin_upload",
    "begin_upload_force",
    "confirm_upload",
];
pub(super) const CONFIRM: Grants = &["upload_file", "upload_file_force", "confirm_upload"];
pub(super) const CONFIRM_FORCE: Grants = &["upload_file_force", "confirm_upload"];

impl Context<'_> {
    /// Checks library, token, space and grants, in this order, and prolongs the token.
    pub(super) fn authorize(&self, needed: Grants) -> Result<(), Error> {
        self.check_access(needed, true)
    }

    /// The same for what concerns no space, or several.
    pub(super) fn authorize_library(&self, needed: Grants) -> Result<(), Error> {
        self.check_access(needed, false)
    }

    fn check_access(&self, needed: Grants, of_space: bool) -> Result<(), Error> {
        self.count()?;
        let known_library = self.call.library == self.config.library_id;
        if let Some(secret) = self.secret() {
            if !known_library || secret != self.config.library_secret {
                return Err(Error::new("WrongLibraryIdOrSecret"));
            }
            return if of_space { self.known_space() } else { Ok(()) };
        }
        let text = self.token_text()?;
        let now_ms = self.now_ms();
        let mut tokens = self.memory.tokens();
        let token = tokens.0.get_mut(&text);
        let token = token.filter(|token| now_ms < token.expires_ms);
        if !known_library {
            return Err(Error::new(match token {
                Some(_) => "AccessTokenNotMatchLibrary",
                None => "LibraryNotFound",
            }));
        }
        let token = token.ok_or_else(|| Error::new("InvalidAccessToken"))?;
        if of_space {
            self.known_space()?;
            if !token.spaces.is_empty() && !token.spaces.contains(&self.call.space) {
                return Err(Error::new("AccessTokenNotMatchSpace"));
            }
        }
        let granted = |wanted: &str| token.grants.iter().any(|grant| grant == wanted);
        let master = granted("admin") || granted("space_admin");
        if !needed.is_empty() && !master && !needed.iter().any(|grant| granted(grant)) {
            return Err(Error::because(
                "NoPermission",
                format!("the access token grants none of {}", needed.join(", ")),
            ));
        }
        token.expires_ms = expiry(now_ms, token.period_s);
        Ok(())
    }

    fn secret(&self) -> Option<String> {
        let secret = self.head.query("library_secret");
        secret.filter(|secret| !secret.is_empty())
    }

    fn token_text(&self) -> Result<String, Error> {
        self.head
            .query("access_token")
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Error::new("EmptyAccessToken"))
    }

    fn known_space(&self) -> Result<(), Error> {
        if self.config.spaces.contains(&self.call.space) {
            return Ok(());
        }
        Err(Error::new("SpaceNotFound"))
    }

    fn check_secret(&self, library: Option<String>) -> Result<(), Error> {
        let (Some(library), Some(secret)) =
            (library.filter(|library| !library.is_empty()), self.secret())
        else {
            return Err(Error::new("EmptyLibraryIdOrSecret"));
        };
        if library != self.config.library_id || secret != self.config.library_secret {
            return Err(Error::new("WrongLibraryIdOrSecret"));
        }
        Ok(())
    }
}

fn expiry(now_ms: i64, period_s: u64) -> i64 {
    let period_ms = i64::try_from(period_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    now_ms.saturating_add(period_ms)
}

fn list(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    let items = text.split(',').map(str::trim);
    items
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn create(context: &Context<'_>) -> Result<Answer, Error> {
    context.count()?;
    let query = |name| context.head.query(name);
    context.check_secret(query("library_id"))?;
    let period_s = match query("period").filter(|period| !period.is_empty()) {
        None => context.config.token_ttl,
        Some(period) => period
            .parse::<u64>()
            .map_err(|_| Error::parameter("period is not a number of seconds"))?,
    };
    let period_s = period_s.clamp(SHORTEST_S, LONGEST_S);
    let spaces = list(query("space_id"));
    if spaces
        .iter()
        .any(|space| !context.config.spaces.contains(space))
    {
        return Err(Error::new("SpaceNotFound"));
    }
    let token = Token {
        spaces,
        user: query("user_id").unwrap_or_default(),
        client: query("client_id").unwrap_or_default(),
        session: query("session_id").unwrap_or_default(),
        grants: list(query("grant")),
        period_s,
        expires_ms: expiry(context.now_ms(), period_s),
    };
    let text = format!("acctk01{}", random_hex(32));
    let mut tokens = context.memory.tokens();
    if tokens.0.len() >= MANY {
        let now_ms = context.now_ms();
        tokens.0.retain(|_, token| now_ms < token.expires_ms);
    }
    tokens.0.insert(text.clone(), token);
    Ok(ok(&json!({ "accessToken": text, "expiresIn": period_s })))
}

pub(super) fn renew(context: &Context<'_>) -> Result<Answer, Error> {
    context.count()?;
    let text = &context.call.rest;
    let now_ms = context.now_ms();
    if context.call.library != context.config.library_id {
        return Err(Error::new("LibraryNotFound"));
    }
    let mut tokens = context.memory.tokens();
    let token = tokens.0.get_mut(text);
    let token = token
        .filter(|token| now_ms < token.expires_ms)
        .ok_or_else(|| Error::new("InvalidAccessToken"))?;
    token.expires_ms = expiry(now_ms, token.period_s);
    Ok(ok(
        &json!({ "accessToken": text, "expiresIn": token.period_s }),
    ))
}

/// One token by its address, or all of a user with the library's secret.
pub(super) fn delete(context: &Context<'_>) -> Result<Answer, Error> {
    debug_assert!(context.head.method == Method::DELETE);
    context.count()?;
    if context.call.library != context.config.library_id {
        return Err(Error::new("LibraryNotFound"));
    }
    if !context.call.rest.is_empty() {
        let mut tokens = context.memory.tokens();
        tokens.0.remove(&context.call.rest);
        return Ok(status_only(204));
    }
    context.check_secret(Some(context.call.library.clone()))?;
    let query = |name: &str| context.head.query(name).filter(|value| !value.is_empty());
    let user = query("user_id").ok_or_else(|| Error::parameter("user_id is missing"))?;
    let (client, session) = (query("client_id"), query("session_id"));
    let mut tokens = context.memory.tokens();
    tokens.0.retain(|_, token| {
        let other = |wanted: &Option<String>, have: &String| {
            wanted.as_ref().is_some_and(|wanted| wanted != have)
        };
        token.user != user || other(&client, &token.client) || other(&session, &token.session)
    });
    Ok(status_only(204))
}

//! The two tokens: the gateway's AccessToken and ccmessaging's own, which rotates (huawei.md §3.1, §3.2).

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::reply::{Refusal, code, ok};
use super::{Context, lock};
use crate::config::{HUAWEI_BAD_SECRET, HuaweiLongExpire};
use crate::http::{Answer, RequestBody};
use crate::random;

/// The longest life of an AccessToken.
const LONGEST_LIFE_S: u64 = 3600;
/// A token request holds a handful of short fields.
const LONGEST_BODY: usize = 64 * 1024;
const LOCALES: &[&str] = &["zh", "zh_CN", "en", "en_US"];

/// A ccmessaging-token.
#[derive(Debug, Clone)]
struct Token {
    session: u64,
    expires_ms: i64,
}

/// From so many on, those that are over are forgotten.
const MANY: usize = 10_000;

/// What belongs to one applyToken: the token that holds now, and the calls made since it was handed out.
#[derive(Debug)]
struct Session {
    current: String,
    calls: u32,
}

/// The tokens given out; a restart forgets them.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    access: HashMap<String, i64>,
    tokens: HashMap<String, Token>,
    sessions: HashMap<u64, Session>,
    next_session: u64,
}

/// Of letters and digits; that the first are a little more frequent is nobody's concern.
fn random(length: usize) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = vec![0; length];
    random::fill(&mut bytes);
    let signs = bytes
        .iter()
        .map(|byte| SIGNS[usize::from(*byte) % SIGNS.len()]);
    signs.map(char::from).collect()
}

pub(super) async fn fields(body: &mut RequestBody) -> Result<Map<String, Value>, Refusal> {
    let bytes = body
        .collect(LONGEST_BODY)
        .await?
        .ok_or_else(|| Refusal::gateway(400, "the body is too long"))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::Gateway(400, format!("the body is not a JSON object: {error}")))
}

fn seconds_ms(seconds: u64) -> i64 {
    i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1000)
}

/// tokenByAkSk. All values of its reply are text.
pub(super) async fn access_token(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = fields(body).await?;
    let is = |name: &str, wanted: &str| fields.get(name).and_then(Value::as_str) == Some(wanted);
    if !is("app_key", &context.config.app_key) || !is("app_secret", &context.config.app_secret) {
        return Err(Refusal::gateway(403, HUAWEI_BAD_SECRET));
    }
    let life_s = access_life(context)?;
    let now_ms = context.now_ms();
    let token = random(64);
    {
        let mut tokens = lock(&context.memory.tokens);
        if tokens.access.len() >= MANY {
            tokens.access.retain(|_, end| now_ms < *end);
        }
        let end = now_ms.saturating_add(seconds_ms(life_s));
        tokens.access.insert(token.clone(), end);
    }
    let reply = json!({
        "AccessToken": token,
        "ApplyType": "Bearer",
        "CreateTime": now_ms.div_euclid(1000).to_string(),
        "Expires": life_s.to_string(),
        "Scope": "",
        "AppKey": context.config.app_key,
        "UserID": "Anonymous",
    });
    Ok(ok(&object(reply)))
}

fn access_life(context: &Context<'_>) -> Result<u64, Refusal> {
    let default = context.config.access_token_ttl.min(LONGEST_LIFE_S);
    let Some(wanted) = context.head.header("x-token-expire") else {
        return Ok(default);
    };
    let wrong = || Refusal::gateway(400, "X-Token-Expire must be a number from 1 to 3600");
    match (wanted.parse::<u64>(), context.config.long_expire) {
        (Ok(0) | Err(_), _) => Err(wrong()),
        (Ok(seconds), _) if seconds <= LONGEST_LIFE_S => Ok(seconds),
        (Ok(_), HuaweiLongExpire::Clamp) => Ok(LONGEST_LIFE_S),
        (Ok(_), HuaweiLongExpire::Refuse) => Err(wrong()),
    }
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What the gateway checks before every call behind it: the AccessToken, and whose it is.
pub(super) fn check_access(context: &Context<'_>) -> Result<(), Refusal> {
    let authorization = context.head.header("authorization").unwrap_or_default();
    let token = authorization
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let holds = token
        .and_then(|token| lock(&context.memory.tokens).access.get(token).copied())
        .is_some_and(|expires| context.now_ms() < expires);
    let key = context.head.header("x-app-key").unwrap_or_default();
    if holds && key == context.config.app_key {
        return Ok(());
    }
    Err(Refusal::access())
}

pub(super) async fn apply_token(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    check_access(context)?;
    let fields = fields(body).await?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    // Neither name nor locale is said to be needed; a locale that is given has to be one.
    let good = (1..=32).contains(&text("userId").chars().count())
        && text("channelId") == context.config.channel_id
        && (fields.get("locale").is_none_or(Value::is_null) || LOCALES.contains(&text("locale")));
    if !good {
        return Err(Refusal::Apply);
    }
    let token = {
        let mut tokens = lock(&context.memory.tokens);
        tokens.next_session += 1;
        let session = tokens.next_session;
        tokens.issue(context, session)
    };
    let mut reply = Map::new();
    reply.insert("resultCode".to_owned(), code(context.config, 0));
    reply.insert("token".to_owned(), token.into());
    Ok(ok(&reply))
}

impl Tokens {
    /// A new token of that session, which begins to count calls anew.
    fn issue(&mut self, context: &Context<'_>, session: u64) -> String {
        let token = if context.config.odd_token {
            format!("\"{}\"", random(40))
        } else {
            random(40)
        };
        let life_ms = seconds_ms(context.config.token_ttl);
        let made = Token {
            session,
            expires_ms: context.now_ms().saturating_add(life_ms),
        };
        if self.tokens.len() >= MANY {
            let now_ms = context.now_ms();
            self.tokens.retain(|_, token| now_ms < token.expires_ms);
            let tokens = &self.tokens;
            self.sessions
                .retain(|_, session| tokens.contains_key(&session.current));
        }
        self.tokens.insert(token.clone(), made);
        let begun = Session {
            current: token.clone(),
            calls: 0,
        };
        if let Some(before) = self.sessions.insert(session, begun)
            && let Some(old) = self.tokens.get_mut(&before.current)
        {
            let grace = context
                .now_ms()
                .saturating_add(seconds_ms(context.config.rotation_grace));
            old.expires_ms = old.expires_ms.min(grace);
        }
        token
    }
}

/// The session a call belongs to, from its header field or, as in the web adapter, its cookie.
pub(super) fn check_token(context: &Context<'_>) -> Result<u64, Refusal> {
    let token = context
        .head
        .header("ccmessaging-token")
        .or_else(|| cookie(context))
        .ok_or_else(Refusal::token)?;
    let tokens = lock(&context.memory.tokens);
    tokens
        .tokens
        .get(&token)
        .filter(|known| context.now_ms() < known.expires_ms)
        .map(|known| known.session)
        .ok_or_else(Refusal::token)
}

fn cookie(context: &Context<'_>) -> Option<String> {
    let cookies = context.head.header("cookie")?;
    cookies.split(';').find_map(|cookie| {
        let value = cookie.trim().strip_prefix("ccmessaging-token=")?;
        Some(value.to_owned())
    })
}

/// Counts a call of the session; the token to hand out with the answer, if any. A call with a token that is replaced
/// already learns the current one.
pub(super) fn count_call(context: &Context<'_>, session: u64) -> Option<String> {
    let used = context
        .head
        .header("ccmessaging-token")
        .or_else(|| cookie(context));
    let every = context.memory.rotation();
    let mut tokens = lock(&context.memory.tokens);
    let known = tokens.sessions.get_mut(&session)?;
    if used.as_ref() != Some(&known.current) {
        return Some(known.current.clone());
    }
    known.calls += 1;
    if every == 0 || known.calls < every {
        return None;
    }
    Some(tokens.issue(context, session))
}

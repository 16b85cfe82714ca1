//! Users and tokens (openim.md §2.3). A token is a JWT, but holds only while the server remembers it too.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Sha256, Sha384, Sha512};

use super::go_code::RAW_URL;
use super::logins::{ADMIN_PLATFORM, Standing};
use super::reply::{Refusal, done, ok};
use super::{Context, lock, read, shapes};
use crate::config::OpenimServer;
use crate::http::{Answer, RequestBody};

/// Tokens are dated a little back, against clocks that differ.
const DATED_BACK_S: i64 = 5;

/// Who calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) admin: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "UserID", default)]
    user: String,
    #[serde(rename = "PlatformID", default)]
    platform: i32,
    #[serde(default)]
    exp: Option<f64>,
    #[serde(default, skip_serializing)]
    nbf: Option<f64>,
    #[serde(default)]
    iat: Option<f64>,
}

fn hmac<M: Mac + KeyInit>(secret: &str, text: &str) -> Vec<u8> {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sign(secret: &str, text: &str) -> Vec<u8> {
    hmac::<Hmac<Sha256>>(secret, text)
}

/// A token by its claims alone.
fn make(context: &Context<'_>, user: &str, platform: i32) -> String {
    let now_s = context.now_ms().div_euclid(1000);
    let life_s = i64::try_from(context.config.token_ttl).unwrap_or(i64::MAX / 1000);
    let claims = json!({
        "UserID": user,
        "PlatformID": platform,
        "exp": now_s.saturating_add(life_s),
        "iat": now_s - DATED_BACK_S,
    });
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = URL_SAFE_NO_PAD.encode(sign(&context.config.secret, &text));
    format!("{text}.{signature}")
}

/// Makes a token; what becomes of older ones is the logins' business.
fn issue(context: &Context<'_>, user: &str, platform: i32) -> String {
    let token = make(context, user, platform);
    let mut logins = lock(&context.memory.accounts);
    let (config, now_ms) = (context.config, context.now_ms());
    logins.add(
        config.server,
        config.multi_login,
        user,
        platform,
        &token,
        now_ms,
    );
    token
}

fn granted(context: &Context<'_>, token: String) -> Answer {
    ok(json!({ "token": token, "expireTimeSeconds": context.config.token_ttl }))
}

pub(super) async fn admin_token(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::ADMIN_TOKEN, body).await?;
    let (secret, user) = (fields.text("secret"), fields.text("userID"));
    if user.is_empty() {
        return Err(Refusal::args("userID is empty"));
    }
    if secret != context.config.secret {
        return Err(Refusal::permission("secret invalid"));
    }
    let admin = &context.config.admin_id;
    if user != *admin {
        return Err(Refusal::args(format!(
            "userID is error., userID={user}, adminUserID=[{admin}]"
        )));
    }
    Ok(granted(context, issue(context, &user, ADMIN_PLATFORM)))
}

pub(super) async fn user_token(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::USER_TOKEN, body).await?;
    let (platform, user) = (fields.int32("platformID"), fields.text("userID"));
    need_admin(caller)?;
    if platform == ADMIN_PLATFORM {
        return Err(Refusal::permission(
            "platformID invalid. platformID must not be adminPlatformID",
        ));
    }
    if user == context.config.admin_id {
        return Err(Refusal::permission("don't get Admin token"));
    }
    if !exists(context, &user) {
        return Err(Refusal::new(1004, "record not found"));
    }
    /// `AppNotificationAdmin`: accounts that only send notices.
    const NOTICES: i64 = 3;
    if context.user_level(&user) >= NOTICES {
        return Err(Refusal::args("app account can`t get token"));
    }
    Ok(granted(context, issue(context, &user, platform)))
}

pub(super) async fn parse_token(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::PARSE_TOKEN, body).await?;
    let token = fields.text("token");
    if token.is_empty() {
        return Err(Refusal::args("userID is empty"));
    }
    let claims = verify(context, &token)?;
    Ok(ok(json!({
        "userID": claims.user,
        "platformID": claims.platform,
        "expireTimeSeconds": claims.exp.unwrap_or_default() as i64,
    })))
}

pub(super) async fn force_logout(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::FORCE_LOGOUT, body).await?;
    let (platform, user) = (fields.int32("platformID"), fields.text("userID"));
    if user.is_empty() {
        return Err(Refusal::args("userID is empty"));
    }
    // The main line has two more: HarmonyOS and bots.
    let platforms = match context.config.server {
        OpenimServer::Release => 1..=10,
        OpenimServer::Main => 1..=12,
    };
    if !platforms.contains(&platform) {
        return Err(Refusal::args("platformID is invalidate"));
    }
    need_admin(caller)?;
    lock(&context.memory.accounts).kick(&user, platform);
    Ok(done())
}

pub(super) async fn register(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::REGISTER, body).await?;
    let users = fields.structs("users");
    // On its way through a cluster an empty list gets lost.
    let users =
        users.filter(|users| !users.is_empty() || context.config.server == OpenimServer::Main);
    let users = users.ok_or_else(|| Refusal::args("users are empty"))?;
    let mut all = Vec::with_capacity(users.len());
    for user in users {
        let user = user
            .as_ref()
            .ok_or_else(|| Refusal::args("user is empty"))?;
        let is_legal = |c: char| c.is_alphanumeric() || c == '_';
        if !user.text("userID").chars().all(is_legal) {
            return Err(Refusal::args("userID is legal"));
        }
        all.push(user);
    }
    if all.iter().any(|user| user.text("nickname").is_empty()) {
        return Err(Refusal::args("user name is empty"));
    }
    if all.is_empty() {
        return Err(Refusal::args("users is empty"));
    }
    need_admin(caller)?;
    let names: BTreeSet<String> = all.iter().map(|user| user.text("userID")).collect();
    if names.len() < all.len() {
        return Err(Refusal::args("userID repeated"));
    }
    if names.contains("") {
        return Err(Refusal::args("userID is empty"));
    }
    if names.iter().any(|name| exists(context, name)) {
        return Err(Refusal::new(1102, "userID registered already"));
    }
    for user in all {
        let level = user.number("appMangerLevel");
        context.add_user(&user.text("userID"), level).await?;
    }
    Ok(done())
}

/// Whether there is such a user: from the start, or registered since.
fn exists(context: &Context<'_>, name: &str) -> bool {
    let config = context.config;
    config.admin_id == name
        || config.users.iter().any(|user| user == name)
        || context.has_user(name)
}

fn need_admin(caller: &Caller) -> Result<(), Refusal> {
    if caller.admin {
        return Ok(());
    }
    let words = format!("user {} is not admin userID", caller.user);
    Err(Refusal::permission(words))
}

/// Whose token the request carries.
pub(super) fn caller(context: &Context<'_>) -> Result<Caller, Refusal> {
    let token = context
        .head
        .header("token")
        .filter(|token| !token.is_empty())
        .ok_or_else(|| Refusal::args("header must have token"))?;
    let claims = verify(context, &token)?;
    Ok(Caller {
        admin: claims.user == context.config.admin_id,
        user: claims.user,
    })
}

fn verify(context: &Context<'_>, token: &str) -> Result<Claims, Refusal> {
    let now_s = context.now_ms() as f64 / 1000.0;
    let claims = claims(&context.config.secret, token, now_s)?;
    let logins = lock(&context.memory.accounts);
    // The release line keeps none of an admin's tokens, and so takes all that it could have signed.
    let is_any = context.config.server == OpenimServer::Release
        && claims.user == context.config.admin_id
        && !logins.is_revoked(token);
    match logins.standing(&claims.user, claims.platform, token) {
        _ if is_any => Ok(claims),
        Some(Standing::Good) => Ok(claims),
        Some(Standing::Until(end)) if context.now_ms() < end => Ok(claims),
        Some(Standing::Kicked) => Err(Refusal::new(1506, "")),
        _ => Err(Refusal::new(1507, "")),
    }
}

/// Reads a JWT in the order of checks that the server's library has: its form, its signature, its times.
fn claims(secret: &str, token: &str, now_s: f64) -> Result<Claims, Refusal> {
    let refused = |code: u32| Refusal::of_token(code, None, token);
    let unknown = |words: &str| Refusal::of_token(1505, Some(words), token);
    let segments: Vec<&str> = token.split('.').collect();
    let [head, body, signature] = segments[..] else {
        return Err(refused(1503));
    };
    let decode = |text: &str| RAW_URL.decode(text).map_err(|_| refused(1503));
    let head_json: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&decode(head)?).map_err(|_| refused(1503))?;
    let claims: Claims = serde_json::from_slice(&decode(body)?).map_err(|_| refused(1503))?;
    let text = &token[..head.len() + 1 + body.len()];
    let own = match head_json.get("alg").and_then(serde_json::Value::as_str) {
        Some("HS256") => sign(secret, text),
        Some("HS384") => hmac::<Hmac<Sha384>>(secret, text),
        Some("HS512") => hmac::<Hmac<Sha512>>(secret, text),
        Some("none") => return Err(unknown("'none' signature type is not allowed")),
        Some(
            "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512"
            | "EdDSA",
        ) => return Err(unknown("key is of invalid type")),
        Some(_) => return Err(unknown("signing method (alg) is unavailable.")),
        None => return Err(unknown("signing method (alg) is unspecified.")),
    };
    let signature = RAW_URL.decode(signature).map_err(|words| unknown(&words))?;
    if signature != own {
        return Err(unknown("signature is invalid"));
    }
    if claims.exp.is_some_and(|exp| now_s >= exp) {
        return Err(refused(1501));
    }
    if claims.nbf.is_some_and(|nbf| now_s < nbf) {
        return Err(refused(1504));
    }
    if claims.iat.is_some_and(|iat| now_s < iat) {
        return Err(unknown("token used before issued"));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn token(head: &str, claims: &str, secret: &str) -> String {
        let text = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(head),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = URL_SAFE_NO_PAD.encode(sign(secret, &text));
        format!("{text}.{signature}")
    }

    #[test]
    fn each_flaw_has_its_code() {
        let head = r#"{"alg":"HS256","typ":"JWT"}"#;
        let claims = r#"{"UserID":"u","PlatformID":5,"exp":2000,"iat":900}"#;
        assert_eq!(
            super::claims("s", &token(head, claims, "s"), 1000.0)
                .unwrap()
                .user,
            "u"
        );
        for (token, now_s, code) in [
            (token(head, claims, "s"), 2000.0, 1501),
            // A bad signature goes before all that is signed.
            (token(head, claims, "other"), 2000.0, 1505),
            (token(head, claims, "other"), 1000.0, 1505),
            (token(head, claims, "s"), 800.0, 1505),
            (token(head, r#"{"nbf":2000}"#, "s"), 1000.0, 1504),
            (token(r#"{"alg":"none"}"#, claims, "s"), 1000.0, 1505),
            (token(head, "no json", "s"), 1000.0, 1503),
            ("a.b".to_owned(), 1000.0, 1503),
            ("!.!.!".to_owned(), 1000.0, 1503),
        ] {
            let refused = super::claims("s", &token, now_s).unwrap_err();
            assert_eq!(refused.code(), code, "{token}");
        }
    }
}

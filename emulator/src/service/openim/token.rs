//! Users and tokens (openim.md §2.3). A token is a JWT, but holds only while the server remembers it too.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;

use super::fields::Fields;
use super::reply::{Refusal, done, ok};
use super::{Context, lock};
use crate::config::{OPENIM_OLD_ADMIN_MS, OpenimMultiLogin};
use crate::http::{Answer, RequestBody};

/// The admin's own platform.
const ADMIN_PLATFORM: i32 = 10;
/// `maxNumOneEnd` in OpenIM's configuration.
const TOKENS_EACH: usize = 30;
/// Tokens are dated a little back, against clocks that differ.
const DATED_BACK_S: i64 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Good,
    /// An admin's token that a newer one replaced; it holds for a while.
    Until(i64),
    Kicked,
}

#[derive(Debug)]
struct Login {
    user: String,
    platform: i32,
    token: String,
    standing: Standing,
}

/// The tokens given out, in order; a restart forgets them.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    logins: Vec<Login>,
}

impl Accounts {
    fn of<'a>(&'a self, user: &'a str, platform: i32) -> impl Iterator<Item = &'a Login> {
        self.logins
            .iter()
            .filter(move |login| login.user == user && login.platform == platform)
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
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

fn sign(secret: &str, text: &str) -> Vec<u8> {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
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

/// Makes a token and decides what becomes of older ones.
fn issue(context: &Context<'_>, user: &str, platform: i32) -> String {
    let token = make(context, user, platform);
    let mut accounts = lock(&context.memory.accounts);
    // Two logins within a second make the same token.
    accounts.logins.retain(|login| login.token != token);
    let now_ms = context.now_ms();
    let keep = match context.config.multi_login {
        OpenimMultiLogin::ThirtyEach => TOKENS_EACH - 1,
        OpenimMultiLogin::OneEach => 0,
    };
    let older = accounts
        .of(user, platform)
        .filter(|login| login.standing == Standing::Good);
    let mut excess = older.count().saturating_sub(keep);
    for login in &mut accounts.logins {
        if login.user != user || login.platform != platform || login.standing != Standing::Good {
            continue;
        }
        if platform == ADMIN_PLATFORM {
            login.standing = Standing::Until(now_ms.saturating_add(OPENIM_OLD_ADMIN_MS));
        } else if excess > 0 {
            login.standing = Standing::Kicked;
            excess -= 1;
        }
    }
    accounts.logins.push(Login {
        user: user.to_owned(),
        platform,
        token: token.clone(),
        standing: Standing::Good,
    });
    token
}

fn granted(context: &Context<'_>, token: String) -> Answer {
    ok(json!({ "token": token, "expireTimeSeconds": context.config.token_ttl }))
}

pub(super) async fn admin_token(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = Fields::read("auth.GetAdminTokenReq", body).await?;
    let (secret, user) = (fields.text("secret")?, fields.text("userID")?);
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
    let fields = Fields::read("auth.GetUserTokenReq", body).await?;
    let (platform, user) = (fields.int32("platformID")?, fields.text("userID")?);
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
    Ok(granted(context, issue(context, &user, platform)))
}

pub(super) async fn parse_token(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = Fields::read("auth.ParseTokenReq", body).await?;
    let token = fields.text("token")?;
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
    let fields = Fields::read("auth.ForceLogoutReq", body).await?;
    let (platform, user) = (fields.int32("platformID")?, fields.text("userID")?);
    if user.is_empty() {
        return Err(Refusal::args("userID is empty"));
    }
    if !(1..=ADMIN_PLATFORM).contains(&platform) {
        return Err(Refusal::args("platformID is invalidate"));
    }
    need_admin(caller)?;
    let mut accounts = lock(&context.memory.accounts);
    for login in &mut accounts.logins {
        if login.user == user && login.platform == platform {
            login.standing = Standing::Kicked;
        }
    }
    Ok(done())
}

pub(super) async fn register(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = Fields::read("user.UserRegisterReq", body).await?;
    let users = fields
        .structs("users", "sdkws.UserInfo")?
        .ok_or_else(|| Refusal::args("users are empty"))?;
    if users.is_empty() {
        return Err(Refusal::args("users is empty"));
    }
    let mut names = BTreeSet::new();
    for user in &users {
        let (id, nickname) = (user.text("userID")?, user.text("nickname")?);
        user.text("faceURL")?;
        if id.is_empty() {
            return Err(Refusal::args("userID is legal"));
        }
        if nickname.is_empty() {
            return Err(Refusal::args("user name is empty"));
        }
        if id.contains(':') {
            return Err(Refusal::args("userID contains ':' is invalid userID"));
        }
        if !names.insert(id) {
            return Err(Refusal::args("userID repeated"));
        }
    }
    need_admin(caller)?;
    if names.iter().any(|name| exists(context, name)) {
        return Err(Refusal::new(1102, "userID registered already"));
    }
    for name in &names {
        context.add_user(name).await?;
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
    let claims = read(&context.config.secret, token, now_s)?;
    let accounts = lock(&context.memory.accounts);
    let known = accounts
        .of(&claims.user, claims.platform)
        .find(|login| login.token == token);
    match known.map(|login| login.standing) {
        Some(Standing::Good) => Ok(claims),
        Some(Standing::Until(end)) if context.now_ms() < end => Ok(claims),
        Some(Standing::Kicked) => Err(Refusal::new(1506, "")),
        _ => Err(Refusal::new(1507, "")),
    }
}

/// Reads a JWT in the order of checks that the server's library has: its form, its times, its signature.
fn read(secret: &str, token: &str, now_s: f64) -> Result<Claims, Refusal> {
    let malformed = || Refusal::new(1503, "");
    let segments: Vec<&str> = token.split('.').collect();
    let [head, body, signature] = segments[..] else {
        return Err(malformed());
    };
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed());
    let algorithm: serde_json::Value =
        serde_json::from_slice(&decode(head)?).map_err(|_| malformed())?;
    let claims: Claims = serde_json::from_slice(&decode(body)?).map_err(|_| malformed())?;
    if algorithm["alg"] != "HS256" {
        return Err(Refusal::token_unknown(
            "signing method (alg) is unavailable.",
        ));
    }
    if claims.exp.is_some_and(|exp| now_s >= exp) {
        return Err(Refusal::new(1501, ""));
    }
    if claims.nbf.is_some_and(|nbf| now_s < nbf) {
        return Err(Refusal::new(1504, ""));
    }
    if claims.iat.is_some_and(|iat| now_s < iat) {
        return Err(Refusal::token_unknown("Token used before issued"));
    }
    let text = &token[..head.len() + 1 + body.len()];
    let good = URL_SAFE_NO_PAD
        .decode(signature)
        .is_ok_and(|signature| signature == sign(secret, text));
    if good {
        return Ok(claims);
    }
    Err(Refusal::token_unknown("signature is invalid"))
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
            read("s", &token(head, claims, "s"), 1000.0).unwrap().user,
            "u"
        );
        for (token, now_s, code) in [
            (token(head, claims, "s"), 2000.0, 1501),
            // Expired goes before a bad signature.
            (token(head, claims, "other"), 2000.0, 1501),
            (token(head, claims, "other"), 1000.0, 1505),
            (token(head, claims, "s"), 800.0, 1505),
            (token(head, r#"{"nbf":2000}"#, "s"), 1000.0, 1504),
            (token(r#"{"alg":"none"}"#, claims, "s"), 1000.0, 1505),
            (token(head, "no json", "s"), 1000.0, 1503),
            ("a.b".to_owned(), 1000.0, 1503),
            ("!.!.!".to_owned(), 1000.0, 1503),
        ] {
            assert_eq!(read("s", &token, now_s).unwrap_err().code, code, "{token}");
        }
    }
}

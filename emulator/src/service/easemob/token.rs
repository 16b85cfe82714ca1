//! Tokens and users (easemob.md §2.2).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::error::{Error, oauth, token_corrupt, token_missing, token_unknown, tokens_limited};
use super::reply::{bare, is_named};
use super::{Context, lock};
use crate::config::EasemobConfig;
use crate::http::{Answer, Form, FormEvent, RequestBody, media_type};
use crate::random;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    App,
    User(String),
}

#[derive(Debug)]
struct Grant {
    holder: Holder,
    expires_ms: Option<i64>,
}

/// The tokens given out; a restart forgets them.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<String, Grant>);

#[derive(Debug)]
struct User {
    uuid: String,
    password: Option<String>,
    activated: bool,
    created_ms: i64,
}

/// The app's users by name in lower case, as the service keeps them.
#[derive(Debug, Default)]
pub(super) struct Users(HashMap<String, User>);

impl Users {
    pub(super) fn new(config: &EasemobConfig, now_ms: i64) -> Self {
        let users = config.users.iter().map(|user| {
            let made = User {
                uuid: super::upload::time_uuid(now_ms).to_string(),
                password: Some(user.password.clone()),
                activated: user.activated,
                created_ms: now_ms,
            };
            (user.username.to_lowercase(), made)
        });
        Self(users.collect())
    }
}

/// From so many on, those that are over are forgotten.
const MANY: usize = 10_000;
/// A token request holds a handful of short fields.
const LONGEST_BODY: usize = 64 * 1024;
/// `ac-`, the start of every token, is `YWMt` in base64.
const PREFIX: &[u8] = b"ac-";

pub(super) async fn grant(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Error> {
    let counted = context.count("token", context.config.tokens_per_second);
    counted.map_err(|_| tokens_limited())?;
    let fields = fields(context, body).await?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let ttl_ms = ttl_ms(context, fields.get("ttl"))?;
    match text("grant_type") {
        "client_credentials" => {
            let refused = |what| Error::new(400, "invalid_grant", what);
            if text("client_id") != context.config.client_id {
                return Err(refused("client_id does not match"));
            }
            if text("client_secret") != context.config.client_secret {
                return Err(refused("client_secret does not match"));
            }
            let mut reply = json!({
                "access_token": issue(context, Holder::App, ttl_ms),
                "expires_in": expires_in(context, ttl_ms),
            });
            if is_named(context) {
                reply["application"] = context.config.app_id.clone().into();
            }
            Ok(bare(&reply))
        }
        "password" => by_password(context, text("username"), text("password"), ttl_ms),
        "inherit" => {
            let create = match fields.get("autoCreateUser") {
                Some(Value::Bool(create)) => *create,
                Some(Value::String(create)) => create == "true",
                _ => false,
            };
            inherit(context, text("username"), create, ttl_ms)
        }
        "agora" => {
            let given = bearer(context).ok_or_else(oauth)?;
            if given != context.config.agora_token {
                return Err(token_corrupt());
            }
            let token = issue(context, Holder::App, ttl_ms);
            let expires = ttl_ms.map_or(0, |ttl| context.now_ms() + ttl);
            Ok(bare(
                &json!({ "access_token": token, "expire_timestamp": expires }),
            ))
        }
        _ => Err(Error::new(
            400,
            "unsupported_grant_type",
            "grant_type must be client_credentials, password, inherit or agora",
        )),
    }
}

/// The fields of the body, from JSON or, as OAuth has it, from a form.
async fn fields(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<serde_json::Map<String, Value>, Error> {
    let parse_error = |text: String| Error::new(400, "json_parse", text);
    // What begins like JSON is read as such, whatever it is said to be (easemob.md §2.2).
    let start = body.peek(LONGEST_BODY as u64).await.unwrap_or_default();
    let kind = match start.first() {
        Some(b'{' | b'[') => "application/json".to_owned(),
        _ => media_type(context.head),
    };
    match kind.as_str() {
        "" | "application/json" => {
            let bytes = body
                .collect(LONGEST_BODY)
                .await?
                .ok_or_else(|| parse_error("the body is too long".to_owned()))?;
            serde_json::from_slice(&bytes).map_err(|error| parse_error(error.to_string()))
        }
        "application/x-www-form-urlencoded" => {
            let mut fields = serde_json::Map::new();
            let mut name = String::new();
            let mut form = Form::new(body);
            while let Some(event) = form.next().await? {
                match event {
                    FormEvent::Field(field) => {
                        name = field;
                        fields.insert(name.clone(), Value::String(String::new()));
                    }
                    FormEvent::Data(data) => {
                        if let Some(Value::String(value)) = fields.get_mut(&name) {
                            value.push_str(&String::from_utf8_lossy(&data));
                            if value.len() > LONGEST_BODY {
                                return Err(parse_error("a field is too long".to_owned()));
                            }
                        }
                    }
                }
            }
            Ok(fields)
        }
        _ => Err(Error::new(415, "web_application", "Unsupported Media Type")),
    }
}

/// How long the token lives; `None` is for ever.
fn ttl_ms(context: &Context<'_>, ttl: Option<&Value>) -> Result<Option<i64>, Error> {
    let unit = if context.config.ttl_in_milliseconds {
        1
    } else {
        1000
    };
    let illegal = || Error::new(400, "illegal_argument", "ttl must be a non-negative number");
    let given = match ttl {
        None | Some(Value::Null) => {
            let seconds = i64::try_from(context.config.token_ttl).unwrap_or(i64::MAX);
            return Ok((seconds > 0).then(|| seconds.saturating_mul(1000)));
        }
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    let given = given.filter(|ttl| *ttl >= 0).ok_or_else(illegal)?;
    Ok((given > 0).then(|| given.saturating_mul(unit)))
}

fn expires_in(context: &Context<'_>, ttl_ms: Option<i64>) -> i64 {
    let ttl_ms = ttl_ms.unwrap_or(0);
    if context.config.ttl_in_milliseconds {
        ttl_ms
    } else {
        ttl_ms / 1000
    }
}

fn by_password(
    context: &Context<'_>,
    username: &str,
    password: &str,
    ttl_ms: Option<i64>,
) -> Result<Answer, Error> {
    let name = username.to_lowercase();
    let user = {
        let users = lock(&context.memory.users);
        let user = users
            .0
            .get(&name)
            .ok_or_else(|| Error::new(404, "invalid_grant", "user not found"))?;
        if user.password.as_deref() != Some(password) {
            return Err(Error::new(
                400,
                "invalid_grant",
                "invalid username or password",
            ));
        }
        describe(&name, user)?
    };
    Ok(user_token(context, name, &user, ttl_ms))
}

fn inherit(
    context: &Context<'_>,
    username: &str,
    create: bool,
    ttl_ms: Option<i64>,
) -> Result<Answer, Error> {
    match holder(context) {
        Ok(Holder::App) => {}
        // A user's token is the wrong kind, and the documents call that corrupt too.
        Ok(Holder::User(_)) => return Err(token_corrupt()),
        Err(_) => return Err(oauth()),
    }
    let name = username.to_lowercase();
    let user = {
        let mut users = lock(&context.memory.users);
        if !users.0.contains_key(&name) {
            if !create {
                return Err(Error::new(404, "invalid_grant", "user not found"));
            }
            check_name(&name)?;
            if users.0.len() >= context.config.max_users {
                return Err(Error::new(
                    429,
                    "resource_limited",
                    "You have exceeded the limit of the community edition,Please upgrade to the enterprise edition",
                ));
            }
            let created_ms = context.now_ms();
            let user = User {
                uuid: super::upload::time_uuid(created_ms).to_string(),
                password: None,
                activated: true,
                created_ms,
            };
            users.0.insert(name.clone(), user);
        }
        match users.0.get(&name) {
            Some(user) => describe(&name, user)?,
            None => return Err(Error::new(404, "invalid_grant", "user not found")),
        }
    };
    Ok(user_token(context, name, &user, ttl_ms))
}

/// User names hold letters, digits, `_`, `-`, `.`, up to 64 of them.
fn check_name(name: &str) -> Result<(), Error> {
    if name.len() > 64 {
        return Err(Error::new(400, "illegal_argument", "USERNAME_TOO_LONG"));
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if name.is_empty() || !name.bytes().all(legal) {
        let description = format!("username [{name}] is not legal");
        return Err(Error::new(400, "illegal_argument", description));
    }
    Ok(())
}

fn describe(name: &str, user: &User) -> Result<Value, Error> {
    if !user.activated {
        return Err(Error::new(400, "invalid_grant", "user not activated"));
    }
    Ok(json!({
        "uuid": user.uuid,
        "type": "user",
        "created": user.created_ms,
        "modified": user.created_ms,
        "username": name,
        "activated": true,
    }))
}

fn user_token(context: &Context<'_>, name: String, user: &Value, ttl_ms: Option<i64>) -> Answer {
    let token = issue(context, Holder::User(name), ttl_ms);
    bare(&json!({
        "access_token": token,
        "expires_in": expires_in(context, ttl_ms),
        "user": user,
    }))
}

/// A token of the length and look of real ones: `ac-`, a time UUID, and 81 bytes that mean nothing to a client.
fn issue(context: &Context<'_>, holder: Holder, ttl_ms: Option<i64>) -> String {
    let now_ms = context.now_ms();
    let mut bytes = PREFIX.to_vec();
    bytes.extend_from_slice(super::upload::time_uuid(now_ms).as_bytes());
    bytes.extend_from_slice(&random::bytes::<81>());
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let grant = Grant {
        holder,
        expires_ms: ttl_ms.map(|ttl| now_ms.saturating_add(ttl)),
    };
    let mut tokens = lock(&context.memory.tokens);
    if tokens.0.len() >= MANY {
        tokens
            .0
            .retain(|_, grant| grant.expires_ms.is_none_or(|end| now_ms < end));
    }
    tokens.0.insert(token.clone(), grant);
    token
}

fn bearer(context: &Context<'_>) -> Option<String> {
    let value = context.head.header("authorization")?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// Whose token the request carries.
pub(super) fn holder(context: &Context<'_>) -> Result<Holder, Error> {
    let token = bearer(context).ok_or_else(token_missing)?;
    let tokens = lock(&context.memory.tokens);
    let Some(grant) = tokens.0.get(&token) else {
        // A token that does not even decode is corrupt; one of the right form is merely not known here.
        let well_formed = URL_SAFE_NO_PAD
            .decode(&token)
            .is_ok_and(|bytes| bytes.starts_with(PREFIX) && bytes.len() > PREFIX.len() + 16);
        return Err(if well_formed {
            token_unknown()
        } else {
            token_corrupt()
        });
    };
    if grant
        .expires_ms
        .is_some_and(|expires| expires <= context.now_ms())
    {
        return Err(token_missing());
    }
    Ok(grant.holder.clone())
}

//! The older signatures, by HMAC-SHA1, of COS and OSS, as far as OpenIM's drivers for them use one; and Kodo's token,
//! which that driver gets wrong.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha1::{Digest, Sha1};

use super::super::Context;
use super::super::driver::KeyValues;
use super::sigv4::canonical_query;
use crate::calendar::iso_date;
use crate::clock::http_date;
use crate::store::hex;

fn mac(key: &str, text: &str) -> Vec<u8> {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn seconds(ms: i64) -> i64 {
    ms.div_euclid(1000)
}

/// COS's signature over a text, by way of a key for a span of time.
pub(crate) fn cos_signature(secret: &str, key_time: &str, text: &str) -> String {
    hex(&mac(&hex(&mac(secret, key_time)), text))
}

/// The text that COS signs of a request whose host alone is signed of its fields.
pub(crate) fn cos_text(key_time: &str, method: &str, path: &str, host: &str) -> String {
    let host = super::sigv4::escape(host, false);
    let request = format!("{method}\n{path}\n\nhost={host}\n");
    format!("sha1\n{key_time}\n{}\n", hex(&Sha1::digest(request)))
}

pub(crate) fn cos_authorization(
    context: &Context<'_>,
    method: &str,
    path: &str,
    host: &str,
    life_s: u64,
) -> String {
    let now_s = seconds(context.now_ms());
    let life_s = i64::try_from(life_s).unwrap_or(i64::MAX / 1000);
    let time = format!("{now_s};{}", now_s.saturating_add(life_s));
    let text = cos_text(&time, method, path, host);
    let signature = cos_signature(&context.config.secret_key, &time, &text);
    format!(
        "q-sign-algorithm=sha1&q-ak={}&q-sign-time={time}&q-key-time={time}&q-header-list=host&q-url-param-list=\
         &q-signature={signature}",
        context.config.access_key
    )
}

fn owned<const N: usize>(fields: [(&str, String); N]) -> BTreeMap<String, String> {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub(crate) fn cos_form(
    context: &Context<'_>,
    key: &str,
    content_type: &str,
    expires_ms: i64,
) -> BTreeMap<String, String> {
    let config = context.config;
    let time = format!("{};{}", seconds(context.now_ms()), seconds(expires_ms));
    let mut conditions = vec![
        json!({ "q-sign-algorithm": "sha1" }),
        json!({ "q-ak": config.access_key }),
        json!({ "q-sign-time": time }),
        json!({ "key": key }),
    ];
    if !content_type.is_empty() {
        conditions.push(json!({ "Content-Type": content_type }));
    }
    let policy = json!({ "expiration": iso_date(expires_ms), "conditions": conditions });
    let policy = policy.to_string();
    let digest = hex(&Sha1::digest(&policy));
    let mut fields = owned([
        ("key", key.to_owned()),
        ("policy", STANDARD.encode(&policy)),
        ("q-sign-algorithm", "sha1".to_owned()),
        ("q-ak", config.access_key.clone()),
        (
            "q-signature",
            cos_signature(&config.secret_key, &time, &digest),
        ),
        ("q-key-time", time),
    ]);
    if !content_type.is_empty() {
        fields.insert("Content-Type".to_owned(), content_type.to_owned());
    }
    fields
}

pub(crate) fn oss_form(
    context: &Context<'_>,
    key: &str,
    size: u64,
    content_type: &str,
    expires_ms: i64,
) -> BTreeMap<String, String> {
    let config = context.config;
    let policy = json!({
        "expiration": iso_date(expires_ms),
        "conditions": [
            { "bucket": config.bucket },
            { "key": key },
            ["content-length-range", 0, size],
        ],
    });
    let policy = STANDARD.encode(policy.to_string());
    let mut fields = owned([
        ("key", key.to_owned()),
        ("OSSAccessKeyId", config.access_key.clone()),
        ("signature", oss_signature(&config.secret_key, &policy)),
        ("policy", policy),
    ]);
    if !content_type.is_empty() {
        fields.insert("x-oss-content-type".to_owned(), content_type.to_owned());
    }
    fields
}

/// The upload token as OpenIM makes it: in the place of the signature stands the policy again.
pub(crate) fn kodo_form(
    context: &Context<'_>,
    key: &str,
    content_type: &str,
) -> BTreeMap<String, String> {
    let config = context.config;
    let resource = format!("{}:{key}", crate::config::OPENIM_REGION);
    let deadline = seconds(context.now_ms()) + 3600;
    let policy = json!({ "scope": resource, "deadline": deadline });
    let policy = STANDARD.encode(policy.to_string());
    let token = format!(
        "{}:{}:{policy}",
        config.access_key,
        STANDARD.encode(&policy)
    );
    let mut fields = owned([("key", resource), ("token", token)]);
    if !content_type.is_empty() {
        fields.insert("accept".to_owned(), content_type.to_owned());
    }
    fields
}

pub(crate) fn oss_signature(secret: &str, text: &str) -> String {
    STANDARD.encode(mac(secret, text))
}

/// The text that OSS signs of a PUT; the content type counts, so a client must not send one of its own.
pub(crate) fn oss_text(
    content_md5: &str,
    content_type: &str,
    date: &str,
    path: &str,
    query: &[(String, String)],
) -> String {
    let query = canonical_query(query);
    format!("PUT\n{content_md5}\n{content_type}\n{date}\nx-oss-date:{date}\n{path}?{query}")
}

pub(crate) fn oss_headers(
    context: &Context<'_>,
    path: &str,
    query: &[(String, String)],
) -> Vec<KeyValues> {
    let date = http_date(context.now_ms());
    let text = oss_text("", "", &date, path, query);
    let signature = oss_signature(&context.config.secret_key, &text);
    let authorization = format!("OSS {}:{signature}", context.config.access_key);
    vec![
        KeyValues::one("Host", context.storage_host()),
        KeyValues::one("X-Oss-Date", date),
        KeyValues::one("Authorization", authorization),
    ]
}

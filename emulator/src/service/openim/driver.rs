//! What each object store of OpenIM hands out: limits, forms, signed parts, presigned addresses (openim.md §2.4, §2.5).

use std::collections::BTreeMap;

use super::Context;
use super::reply::Refusal;
use super::storage::{legacy, sigv4};
use crate::calendar;
use crate::config::{OPENIM_REGION, OpenimDriver};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

const MIB: u64 = 1024 * 1024;

/// A name with its values, as OpenIM writes headers and queries.
#[derive(Debug, Clone, Serialize)]
pub(super) struct KeyValues {
    key: String,
    values: Vec<String>,
}

impl KeyValues {
    pub(super) fn one(key: &str, value: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            values: vec![value.into()],
        }
    }
}

/// An empty list is `null`.
fn list(items: Vec<KeyValues>) -> Option<Vec<KeyValues>> {
    (!items.is_empty()).then_some(items)
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedPart {
    part_number: i32,
    url: String,
    query: Option<Vec<KeyValues>>,
    header: Option<Vec<KeyValues>>,
}

/// Signatures for several parts.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SignedParts {
    url: String,
    query: Option<Vec<KeyValues>>,
    header: Option<Vec<KeyValues>>,
    /// An empty list is `null`, too.
    parts: Option<Vec<SignedPart>>,
}

/// A form to fill in.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) url: String,
    pub(super) fields: BTreeMap<String, String>,
}

/// What the store takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) min_part: u64,
    pub(super) max_part: u64,
    pub(super) max_parts: u64,
}

pub(super) fn limits(context: &Context<'_>) -> Limits {
    let (min_part, max_parts) = match context.config.driver {
        OpenimDriver::Minio | OpenimDriver::Aws => (5 * MIB, 10_000),
        OpenimDriver::Cos => (MIB, 1000),
        OpenimDriver::Oss | OpenimDriver::Kodo => (MIB, 10_000),
    };
    Limits {
        min_part: context.config.min_part_size.unwrap_or(min_part).max(1),
        max_part: 5 * 1024 * MIB,
        max_parts: context.config.max_parts.unwrap_or(max_parts).max(1),
    }
}

/// The size of parts for a file of that size.
pub(super) fn part_size(context: &Context<'_>, size: i64) -> Result<u64, Refusal> {
    let limits = limits(context);
    let size = u64::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| Refusal::internal("size must be greater than 0"))?;
    if size > limits.max_part.saturating_mul(limits.max_parts) {
        return Err(Refusal::internal(
            "MINIO size must be less than the maximum allowed limit",
        ));
    }
    if size <= limits.min_part.saturating_mul(limits.max_parts) {
        return Ok(limits.min_part);
    }
    Ok(size.div_ceil(limits.max_parts))
}

impl Context<'_> {
    pub(super) fn signer(&self) -> sigv4::Signer<'_> {
        self.signer_in(OPENIM_REGION)
    }

    /// The store takes what was signed for any region.
    pub(super) fn signer_in<'s>(&'s self, region: &'s str) -> sigv4::Signer<'s> {
        sigv4::Signer {
            access_key: &self.config.access_key,
            secret_key: &self.config.secret_key,
            region,
        }
    }

    fn bucket_url(&self) -> String {
        format!("{}/{}", self.storage_base(), self.config.bucket)
    }

    fn path(&self, key: &str) -> String {
        format!("/{}/{key}", self.config.bucket)
    }

    fn url(&self, key: &str) -> String {
        format!(
            "{}{}",
            self.storage_base(),
            sigv4::escape(&self.path(key), true)
        )
    }

    fn host_header(&self) -> (String, String) {
        ("host".to_owned(), self.storage_host().to_owned())
    }

    /// The query of an address for one method and key.
    fn presign(
        &self,
        method: &str,
        key: &str,
        life_s: u64,
        mut headers: Vec<(String, String)>,
        more: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        headers.push(self.host_header());
        let date = calendar::amz_date(self.now_ms());
        let path = self.path(key);
        self.signer()
            .presign(&date, life_s, method, headers, &path, more)
    }

    /// The whole address; the signature stands last, as the server's client of MinIO writes it.
    fn presigned(&self, key: &str, query: &[(String, String)]) -> String {
        let (signature, signed) = query.split_last().map_or_else(
            || (String::new(), query),
            |(last, signed)| {
                (
                    format!("&{}", sigv4::canonical_query(std::slice::from_ref(last))),
                    signed,
                )
            },
        );
        let signed = sigv4::canonical_query(signed);
        format!("{}?{signed}{signature}", self.url(key))
    }

    /// An address to fetch an object from.
    pub(super) fn presign_get(&self, key: &str, life_s: u64, more: &[(&str, &str)]) -> String {
        if self.config.public_read {
            let query: Vec<(String, String)> = more
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let sign = if query.is_empty() { "" } else { "?" };
            return format!("{}{sign}{}", self.url(key), sigv4::canonical_query(&query));
        }
        let query = self.presign("GET", key, life_s, Vec::new(), more);
        self.presigned(key, &query)
    }
}

/// The single PUT of a small file.
pub(super) fn presign_put(
    context: &Context<'_>,
    key: &str,
    life_s: u64,
    content_type: &str,
) -> SignedParts {
    let mut headers = Vec::new();
    let mut named = Vec::new();
    // OSS alone signs the type, so that it has to be sent.
    if context.config.driver == OpenimDriver::Oss && !content_type.is_empty() {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
        named.push(KeyValues::one("Content-Type", content_type));
    }
    let query = context.presign("PUT", key, life_s, headers, &[]);
    SignedParts {
        url: String::new(),
        query: None,
        header: None,
        parts: Some(vec![SignedPart {
            part_number: 1,
            url: context.presigned(key, &query),
            query: None,
            header: list(named),
        }]),
    }
}

/// How long signatures of parts hold where the store lets them.
const PART_LIFE_S: u64 = 86_400;

pub(super) fn sign_parts(
    context: &Context<'_>,
    upload_id: &str,
    key: &str,
    numbers: &[i32],
) -> SignedParts {
    let part = |number: i32| SignedPart {
        part_number: number,
        url: String::new(),
        query: list(vec![KeyValues::one("partNumber", number.to_string())]),
        header: None,
    };
    let mut signed = SignedParts {
        url: context.url(key),
        query: list(vec![KeyValues::one("uploadId", upload_id)]),
        header: None,
        parts: None,
    };
    if context.config.driver == OpenimDriver::Cos {
        let (path, host) = (context.path(key), context.storage_host());
        let header = legacy::cos_authorization(context, "put", &path, host, PART_LIFE_S);
        signed.header = list(vec![KeyValues::one("Authorization", header)]);
    }
    for &number in numbers {
        let mut made = part(number);
        let text = number.to_string();
        let query = [("partNumber", text.as_str()), ("uploadId", upload_id)];
        match context.config.driver {
            OpenimDriver::Minio => made.header = list(minio_headers(context, key, &query)),
            OpenimDriver::Cos => {}
            OpenimDriver::Oss => {
                let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
                made.url = format!("{}?{}", signed.url, sigv4::canonical_query(&query));
                made.header = list(legacy::oss_headers(context, &context.path(key), &query));
            }
            OpenimDriver::Kodo => {
                let query = context.presign("PUT", key, PART_LIFE_S, Vec::new(), &query);
                made.url = format!("{}?{}", signed.url, sigv4::canonical_query(&query));
                made.query = None;
                made.header = list(vec![KeyValues::one("Host", context.storage_host())]);
            }
            OpenimDriver::Aws => {
                let query = [&query[..], &[("x-id", "UploadPart")]].concat();
                let query = context.presign("PUT", key, PART_LIFE_S, Vec::new(), &query);
                let query = query.into_iter();
                made.query = list(
                    query
                        .map(|(name, value)| KeyValues::one(&name, value))
                        .collect(),
                );
                made.header = list(vec![KeyValues::one("Host", context.storage_host())]);
                signed.query = None;
            }
        }
        signed.parts.get_or_insert_default().push(made);
    }
    signed
}

/// The header fields that MinIO checks for one part. They hold as long as clocks may differ.
fn minio_headers(context: &Context<'_>, key: &str, query: &[(&str, &str)]) -> Vec<KeyValues> {
    let date = calendar::amz_date(context.now_ms());
    let path = context.path(key);
    let query = query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = sigv4::Canonical {
        method: "PUT",
        path: &path,
        query: query.collect(),
        headers: vec![
            context.host_header(),
            (
                "x-amz-content-sha256".to_owned(),
                sigv4::UNSIGNED.to_owned(),
            ),
            ("x-amz-date".to_owned(), date.clone()),
        ],
        payload: sigv4::UNSIGNED,
    };
    let authorization = context.signer().authorization(&date, &request);
    vec![
        KeyValues::one("X-Amz-Content-Sha256", sigv4::UNSIGNED),
        KeyValues::one("X-Amz-Date", date.clone()),
        KeyValues::one("Authorization", authorization),
    ]
}

/// A form for one object of at most that size.
pub(super) fn form(
    context: &Context<'_>,
    key: &str,
    size: u64,
    content_type: &str,
    expires_ms: i64,
) -> Result<Form, Refusal> {
    let mut fields = match context.config.driver {
        OpenimDriver::Minio => minio_form(context, key, size, content_type, expires_ms),
        OpenimDriver::Cos => legacy::cos_form(context, key, content_type, expires_ms),
        OpenimDriver::Oss => legacy::oss_form(context, key, size, content_type, expires_ms),
        OpenimDriver::Kodo => legacy::kodo_form(context, key, content_type),
        OpenimDriver::Aws => {
            return Err(Refusal::internal(
                "aws does not currently support form data file uploads",
            ));
        }
    };
    if context.config.driver != OpenimDriver::Kodo {
        fields.insert("success_action_status".to_owned(), "200".to_owned());
    }
    Ok(Form {
        url: context.bucket_url(),
        fields,
    })
}

fn minio_form(
    context: &Context<'_>,
    key: &str,
    size: u64,
    content_type: &str,
    expires_ms: i64,
) -> BTreeMap<String, String> {
    let date = calendar::amz_date(context.now_ms());
    let credential = context.signer().credential(&date);
    let mut fields = BTreeMap::new();
    let mut conditions = Vec::new();
    // As the server's client of MinIO does it: no value is escaped, whatever it holds (openim.md §2.9).
    let mut add = |name: &str, value: &str| {
        fields.insert(name.to_owned(), value.to_owned());
        conditions.push(format!("[\"eq\",\"${name}\",\"{value}\"]"));
    };
    add("key", key);
    add("success_action_status", "200");
    if !content_type.is_empty() {
        add("Content-Type", content_type);
    }
    add("bucket", &context.config.bucket);
    add("x-amz-date", &date);
    add("x-amz-algorithm", sigv4::ALGORITHM);
    add("x-amz-credential", &credential);
    conditions.push(format!("[\"content-length-range\", 0, {size}]"));
    let policy = STANDARD.encode(format!(
        "{{\"expiration\":\"{}\",\"conditions\":[{}]}}",
        calendar::iso_date(expires_ms),
        conditions.join(",")
    ));
    let signature = context.signer().sign_text(&date, &policy);
    fields.insert("policy".to_owned(), policy);
    fields.insert("x-amz-signature".to_owned(), signature);
    fields
}

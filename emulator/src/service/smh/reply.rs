//! The objects in SMH's answers.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Context;
use super::aws;
use super::object::Object;
use super::path::{Kind as FileKind, kind};
use super::sign::{Keys, Signed, Span, escape_path};
use super::tree::{Attributes, File, Node};
use super::upload::{Kind, Upload};
use super::world::World;
use crate::calendar::iso_date;
use crate::config::{SmhDomain, SmhOverwritten};
use crate::http::{Answer, json};

const JSON: &str = "application/json; charset=utf-8";
/// The type under which everything is stored.
pub(super) const STORED_TYPE: &str = "application/octet-stream";

pub(super) fn with_status(status: u16, value: &impl Serialize) -> Answer {
    json(status, JSON, value)
}

pub(super) fn ok(value: &impl Serialize) -> Answer {
    with_status(200, value)
}

pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

impl Context<'_> {
    pub(super) fn keys(&self) -> Keys {
        Keys::of(self.config)
    }

    /// Scheme and host of the store.
    pub(super) fn store_base(&self) -> String {
        let asked = &self.head.base;
        let (scheme, host) = asked.split_once("://").unwrap_or(("http", asked));
        match &self.config.domain {
            SmhDomain::Asked => format!("{scheme}://{host}"),
            SmhDomain::Tls => self
                .state
                .tls_base_url()
                .unwrap_or_else(|| self.state.base_url()),
            SmhDomain::Named(name) => {
                let port = |address: std::net::SocketAddr| address.port().to_string();
                let tls = self.state.tls_address.map(port).unwrap_or_default();
                let name = name
                    .replace("{tls_port}", &tls)
                    .replace("{port}", &port(self.state.address));
                format!("{scheme}://{name}")
            }
        }
    }

    /// `domain` of replies, which has no scheme.
    pub(super) fn domain(&self) -> String {
        let base = self.store_base();
        base.split_once("://")
            .map_or(base.clone(), |(_, host)| host.to_owned())
    }

    /// What an upload is told at its beginning, at renewal, and inside its state.
    pub(super) fn upload_info(&self, upload: &Upload, numbers: &[u32]) -> Map<String, Value> {
        let mut info = Map::new();
        let mut put = |name: &str, value: Value| {
            info.insert(name.to_owned(), value);
        };
        put("domain", self.domain().into());
        put("confirmKey", upload.confirm_key.clone().into());
        put(
            "expiration",
            iso_date(upload.end_s.saturating_mul(1000)).into(),
        );
        put("availableDomainNum", 1.into());
        if let Some(id) = &upload.upload_id {
            put("uploadId", id.clone().into());
        }
        if upload.kind == Kind::Form {
            put("path", "/".into());
            let fields = self.form_fields(upload).into_iter();
            let form: Map<String, Value> =
                fields.map(|(name, value)| (name, value.into())).collect();
            put("form", form.into());
            return info;
        }
        // As it is: clients escape what an address may not hold.
        put("path", format!("/{}", upload.key).into());
        match (self.config.private_cloud, upload.kind) {
            (true, Kind::Multipart) => {
                let parts: Map<String, Value> = numbers
                    .iter()
                    .map(|number| {
                        let headers = self.private_headers(upload, Some(*number));
                        (number.to_string(), json!({ "headers": headers }))
                    })
                    .collect();
                put("parts", parts.into());
            }
            (true, _) => put("headers", self.private_headers(upload, None).into()),
            (false, _) => put("headers", self.public_headers(upload).into()),
        }
        info
    }

    /// One set of header fields for all parts.
    fn public_headers(&self, upload: &Upload) -> Map<String, Value> {
        let keys = self.keys();
        let path = format!("/{}", upload.key);
        let token = keys.token(&path, upload.span());
        let mut signed = Vec::new();
        if self.config.sign_headers {
            signed.push(("content-type".to_owned(), STORED_TYPE.to_owned()));
            signed.push(("host".to_owned(), self.domain()));
            if let Some(limit) = upload.traffic_limit {
                signed.push(("x-cos-traffic-limit".to_owned(), limit.to_string()));
            }
        }
        let signed = Signed {
            method: "put",
            path: &path,
            parameters: Vec::new(),
            headers: signed,
        };
        let mut headers = Map::new();
        headers.insert("Content-Type".to_owned(), STORED_TYPE.into());
        let authorization = keys.authorization(&token, upload.span(), &signed);
        headers.insert("Authorization".to_owned(), authorization.into());
        headers.insert("x-cos-security-token".to_owned(), token.into());
        if let Some(limit) = upload.traffic_limit {
            // A number, unlike its neighbours.
            headers.insert("x-cos-traffic-limit".to_owned(), limit.into());
        }
        headers
    }

    /// The header fields of a private deployment, for one part or for the whole.
    fn private_headers(&self, upload: &Upload, number: Option<u32>) -> Map<String, Value> {
        let query: Vec<(String, String)> = match (number, &upload.upload_id) {
            (Some(number), Some(id)) => vec![
                ("partNumber".to_owned(), number.to_string()),
                ("uploadId".to_owned(), id.clone()),
            ],
            _ => Vec::new(),
        };
        let whole = [
            ("cache-control", "max-age=0"),
            ("content-type", STORED_TYPE),
            ("x-amz-acl", "private"),
        ];
        let more: &[(&str, &str)] = if number.is_some() { &[] } else { &whole };
        let fields = aws::headers(
            &self.keys(),
            &self.domain(),
            &format!("/{}", upload.key),
            &query,
            upload.start_s,
            more,
        );
        fields
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect()
    }

    /// The fields of a form upload, in the order in which the vendor lists them.
    pub(super) fn form_fields(&self, upload: &Upload) -> Vec<(String, String)> {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let keys = self.keys();
        let span = upload.span();
        let time = span.text();
        let token = keys.token(&format!("/{}", upload.key), span);
        let id = Keys::temporary_id(&token);
        let policy = json!({
            "expiration": iso_date(span.end_s.saturating_mul(1000)),
            "conditions": [
                { "key": upload.key },
                { "acl": "default" },
                { "Content-Type": STORED_TYPE },
                { "q-sign-algorithm": "sha1" },
                { "q-ak": id },
                { "q-sign-time": time },
            ],
        })
        .to_string();
        [
            ("key", upload.key.clone()),
            ("acl", "default".to_owned()),
            ("Content-Type", STORED_TYPE.to_owned()),
            ("x-cos-security-token", token),
            ("policy", STANDARD.encode(&policy)),
            ("q-sign-algorithm", "sha1".to_owned()),
            ("q-ak", id),
            ("q-key-time", time),
            ("q-signature", keys.policy_signature(span, &policy)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// An address of the store at which an object can be fetched for some seconds.
    pub(super) fn signed_address(
        &self,
        object: &Object,
        life_s: u64,
        disposition: Option<String>,
    ) -> String {
        use super::sign::escape;
        let start_s = self.now_ms().div_euclid(1000);
        let life_s = i64::try_from(life_s).unwrap_or(i64::MAX);
        let span = Span {
            start_s,
            end_s: start_s.saturating_add(life_s),
        };
        let path = format!("/{}", object.key);
        let parameters: Vec<(String, String)> = disposition
            .into_iter()
            .map(|value| ("response-content-disposition".to_owned(), value))
            .collect();
        let signed = Signed {
            method: "get",
            path: &path,
            parameters: parameters.clone(),
            headers: Vec::new(),
        };
        let keys = self.keys();
        let token = keys.token(&path, span);
        let mut query: Vec<String> = keys
            .authorization(&token, span, &signed)
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        query.push(format!("x-cos-security-token={}", escape(&token)));
        query.extend(
            parameters
                .iter()
                .map(|(name, value)| format!("{name}={}", escape(value))),
        );
        format!(
            "{}{}?{}",
            self.store_base(),
            escape_path(&path),
            query.join("&")
        )
    }

    /// A file as listings and confirmations show it, without its path.
    pub(super) fn file_object(&self, node: &Node, file: &File, object: &Object) -> Fields {
        let mut fields = self.content_fields(&node.name, object, &file.attributes);
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        put("creationTime", iso_date(node.created_ms).into());
        put("modificationTime", iso_date(node.modified_ms).into());
        put("versionId", file.version.into());
        put("metaData", json!(file.meta));
        if self.flag("with_inode") {
            put("inode", node.inode.clone().into());
        }
        if self.flag("with_content_cas") {
            put("contentCas", node.content_cas().into());
        }
        fields
    }

    /// The same, of a virtual file as well; `None` of what is no file, or has no content any more.
    pub(super) fn file_entry(&self, world: &World, node: &Node) -> Option<Fields> {
        let file = node.file.as_ref()?;
        let Some(told) = &file.is_virtual else {
            let object = world.objects.get(&file.object)?;
            return Some(self.file_object(node, file, object));
        };
        let mut fields = Fields::new();
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        put("name", node.name.clone().into());
        put("type", "virtual".into());
        put("size", told.size.to_string().into());
        if let Some(content_type) = &told.content_type {
            put("contentType", content_type.clone().into());
        }
        put("creationTime", iso_date(node.created_ms).into());
        put("modificationTime", iso_date(node.modified_ms).into());
        put("metaData", json!(file.meta));
        put_attributes(&mut fields, &file.attributes);
        if self.flag("with_inode") {
            fields.insert("inode".to_owned(), node.inode.clone().into());
        }
        Some(fields)
    }

    /// What follows from name and content alone.
    pub(super) fn content_fields(
        &self,
        name: &str,
        object: &Object,
        attributes: &Attributes,
    ) -> Fields {
        let FileKind {
            content_type,
            file_type,
            by_doc,
            by_ci,
            as_icon,
        } = kind(name);
        let mut fields = Fields::new();
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        put("name", name.into());
        put("type", type_name(file_type).into());
        put("contentType", content_type.into());
        // Text, since they can be larger than what a script's numbers hold.
        put("size", object.size.to_string().into());
        put("crc64", object.crc64.to_string().into());
        put("eTag", quoted(&object.etag).into());
        put("fileType", file_type.into());
        put("previewByDoc", by_doc.into());
        put("previewByCI", by_ci.into());
        put("previewAsIcon", as_icon.into());
        put_attributes(&mut fields, attributes);
        fields
    }

    /// The answer of a confirmation and of an instant upload.
    pub(super) fn landed(
        &self,
        world: &World,
        node: u64,
        overwritten: bool,
    ) -> Option<Map<String, Value>> {
        let node = world.tree.get(node)?;
        let mut fields = self.file_entry(world, node)?;
        fields.insert("path".to_owned(), json!(world.tree.path(node.id)));
        fields.insert("virusAuditStatus".to_owned(), 0.into());
        self.mark_overwritten(&mut fields, overwritten);
        Some(fields)
    }

    pub(super) fn mark_overwritten(&self, fields: &mut Fields, overwritten: bool) {
        let reading = self.config.overwritten;
        if reading != SmhOverwritten::IsOverwrittened {
            fields.insert("isOverwritten".to_owned(), overwritten.into());
        }
        if reading != SmhOverwritten::IsOverwritten {
            fields.insert("isOverwrittened".to_owned(), overwritten.into());
        }
    }
}

pub(super) type Fields = Map<String, Value>;

fn put_attributes(fields: &mut Fields, attributes: &Attributes) {
    if let Some(labels) = &attributes.labels {
        fields.insert("labels".to_owned(), json!(labels));
    }
    for (name, value) in [
        ("category", &attributes.category),
        ("localCreationTime", &attributes.local_created),
        ("localModificationTime", &attributes.local_modified),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value.clone().into());
        }
    }
}

/// The `type` of a file.
pub(super) fn type_name(file_type: &str) -> &str {
    match file_type {
        "image" | "video" => file_type,
        _ => "file",
    }
}
